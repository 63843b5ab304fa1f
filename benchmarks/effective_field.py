"""The effective field: demagnetising, exchange and uniaxial anisotropy terms, float64, two threads.

In: nothing. Out: seconds a field, after some to warm up; the time the transforms alone would take; and the
memory a cell of a cube takes, on stderr.

A ball in a cubic box of 20, 40 or 96 cells an edge, a full film of 128 x 32 x 1 cells, or full cubes.
"""

import contextlib
import io
import math
import resource
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np

from benchmarks.timing import Seconds, best_of

CELL = 1e-9
MS, A, KU = 1.7e6, 1e-11, 4.8e4
BALLS = {f"ball_{n}": (n, n, n) for n in (20, 40, 96)}
CUBES = {f"cube_{n}": (n, n, n) for n in (16, 32, 64, 128)}
BOXES = {**BALLS, **CUBES, "film": (128, 32, 1)}


def ball(n: int) -> np.ndarray:
    """Cells of a cube of n an edge that lie in the ball it holds, shape (n, n, n)."""
    x = np.arange(n) - (n - 1) / 2
    return x[:, None, None] ** 2 + x[:, None] ** 2 + x**2 <= (n / 2) ** 2


@contextlib.contextmanager
def magnumnp_magnet(inside: np.ndarray, m: np.ndarray, cell: float) -> Iterator[SimpleNamespace]:
    """State, its start and the field terms in magnum.np, which is kept silent; arrays as (nz, ny, nx)."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        import magnumnp
        import torch
        from magnumnp import DemagField, ExchangeField, Mesh, State, UniaxialAnisotropyField

        magnumnp.set_log_level(100)
        torch.set_default_dtype(torch.float64)
        torch.set_num_threads(2)
        inside, m = inside.T, m.T  # magnum.np indexes x, y, z
        state = State(Mesh(inside.shape, (cell,) * 3))
        for name, value in {"Ms": MS, "A": A, "Ku": KU}.items():
            state.material[name] = torch.from_numpy(np.where(inside, value, 0.0)[..., None].copy())
        axis = np.where(inside[..., None], np.array([0.0, 0.0, 1.0]), 0.0)
        state.material["Ku_axis"] = torch.from_numpy(axis)
        start = torch.from_numpy(np.where(inside[..., None], m, 0.0).copy())
        state.m = start.clone()
        terms = [DemagField(), ExchangeField(), UniaxialAnisotropyField()]
        yield SimpleNamespace(state=state, start=start, terms=terms)


def _state(box: str) -> tuple[np.ndarray, np.ndarray]:
    """Fill (nz, ny, nx) and a random magnetisation (3, nz, ny, nx)."""
    shape = BOXES[box][::-1]
    m = np.random.default_rng(0).normal(size=(3, *shape))
    return ball(shape[0]) if box in BALLS else np.ones(shape, bool), m / np.linalg.norm(m, axis=0)


def _ours(box: str) -> Seconds:
    """Seconds of the embedded engine."""
    from harness.mx3.magnet.magnet import Magnet
    from harness.mx3.magnet.mesh import Mesh

    inside, m = _state(box)
    columns = np.ascontiguousarray(m[:, inside])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    magnet = Magnet(Mesh(BOXES[box], (CELL,) * 3), inside)
    magnet.set_parameters(MS, A, KU)
    seconds = best_of(lambda: magnet.effective_field(columns))
    if box in CUBES:
        used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        print(f"{box}: {used / inside.size:.0f} bytes a cell at most", file=sys.stderr)
    return seconds


def _magnumnp(box: str) -> Seconds:
    """Seconds of magnum.np with its own demagnetising, exchange and anisotropy fields."""
    with magnumnp_magnet(*_state(box), CELL) as magnet:
        return best_of(lambda: sum(term.h(magnet.state) for term in magnet.terms))


def _fft_bound(box: str) -> Seconds:
    """Seconds the transforms alone would take at the rate one core's scipy reaches on short lines in cache.

    5 n log2 n operations a line, half for real ones, three components there and back; no lines of zeros.
    """
    import scipy.fft

    padded = [1 if n == 1 else scipy.fft.next_fast_len(2 * n) for n in BOXES[box]]
    _, ny, nz = BOXES[box]
    px, py, pz = padded
    lines = ((ny * nz, px, 0.5), (nz * (px // 2 + 1), py, 1.0), (py * (px // 2 + 1), pz, 1.0))
    operations = 6 * sum(count * share * 5 * n * math.log2(n) for count, n, share in lines if n > 1)
    probe = np.random.default_rng(0).normal(size=(256, 64)) + 0j
    seconds = best_of(lambda: scipy.fft.fft(probe, axis=1, workers=1))
    return seconds * (operations / (256 * 5 * 64 * math.log2(64)))


def __getattr__(name: str) -> Callable[[], Seconds]:
    """`ours_ball_20`, `magnumnp_film`, `fft_bound_ball_40`, `ours_cube_16` …: a contestant on a box."""
    for contestant, work in {"ours": _ours, "magnumnp": _magnumnp, "fft_bound": _fft_bound}.items():
        box = name.removeprefix(contestant + "_")
        if box in BOXES:
            return lambda: work(box)
    raise AttributeError(name)
