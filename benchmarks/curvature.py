"""The smallest curvatures of a vortex's energy, with a second random look, or from the modes of a near field.

In: nothing. Out: seconds a certificate, polishing and names included, kernels already compiled.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.effective_field import KU, MS, A, ball
from benchmarks.timing import Seconds

if TYPE_CHECKING:
    from harness.mx3.magnet.magnet import Magnet

RADIUS = 20e-9
FIELD_STEP_T = 5e-3


def _vortex(n: int) -> Magnet:
    """An upright vortex at rest at zero field, which is a saddle."""
    from harness.mx3.magnet.magnet import Magnet
    from harness.mx3.magnet.mesh import Mesh

    mesh = Mesh((n,) * 3, (2 * RADIUS / n,) * 3)
    magnet = Magnet(mesh, ball(n))
    magnet.set_parameters(MS, A, KU)
    x, y, _ = mesh.centres() / RADIUS
    magnet.set_m(np.stack([-y, x, np.full_like(x, 0.4)]))
    magnet.equilibrate()
    return magnet


def _seconds(n: int, *, warm: bool) -> Seconds:
    from harness.mx3.magnet.stability import stability

    stability(_vortex(8), dense=False)
    magnet = _vortex(n)
    start = Seconds.now()
    found = stability(magnet, dense=False)
    cold = Seconds.now() - start
    magnet.set_field((0, 0, FIELD_STEP_T))
    magnet.equilibrate()
    start = Seconds.now()
    near = stability(magnet, found)
    assert found.verdict() == near.verdict() == "saddle"
    return Seconds.now() - start if warm else cold


cold_10, cold_20, cold_40 = (partial(_seconds, n, warm=False) for n in (10, 20, 40))
warm_10, warm_20, warm_40 = (partial(_seconds, n, warm=True) for n in (10, 20, 40))
