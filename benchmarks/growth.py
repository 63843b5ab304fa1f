"""How the cost of a field grows with the number of cells, and the memory a cell takes.

In: nothing. Out: seconds a field of a full cube; the memory goes to stderr.
"""

import resource
import sys
from collections.abc import Callable

import numpy as np

from benchmarks.effective_field import CELL, KU, MS, A, timed


def _cube(n: int) -> float:
    from harness.mx3.magnet.magnet import Magnet
    from harness.mx3.magnet.mesh import Mesh

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    magnet = Magnet(Mesh((n,) * 3, (CELL,) * 3))
    magnet.set_parameters(MS, A, KU)
    m = np.random.default_rng(0).normal(size=(3, n**3))
    m /= np.linalg.norm(m, axis=0)
    seconds = timed(lambda: magnet.effective_field(m))
    used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    print(f"{n}^3: {used / n**3:.0f} bytes a cell at most", file=sys.stderr)
    return seconds


def __getattr__(name: str) -> Callable[[], float]:
    """`cube_16` and so on: the field of a cube with that many cells an edge."""
    if name.startswith("cube_"):
        return lambda: _cube(int(name.removeprefix("cube_")))
    raise AttributeError(name)
