"""The effective field: demagnetising, exchange and uniaxial anisotropy terms, float64, two threads.

In: nothing. Out: seconds a field, after some to warm up; and the time the transforms alone would take.

A ball in a cubic box of 20, 40 or 96 cells an edge, or a full film of 128 x 32 x 1 cells.
"""

import math
import time
from collections.abc import Callable

import numpy as np

CELL = 1e-9
MS, A, KU = 1.7e6, 1e-11, 4.8e4
BOXES = {"ball_20": (20, 20, 20), "ball_40": (40, 40, 40), "ball_96": (96, 96, 96), "film": (128, 32, 1)}


def _state(box: str) -> tuple[np.ndarray, np.ndarray]:
    """Fill (nz, ny, nx) and a random magnetisation (3, nz, ny, nx)."""
    shape = BOXES[box][::-1]
    inside = np.ones(shape, bool)
    if box.startswith("ball"):
        z, y, x = np.meshgrid(*(np.arange(n) - (n - 1) / 2 for n in shape), indexing="ij")
        inside = x**2 + y**2 + z**2 <= (shape[0] / 2) ** 2
    m = np.random.default_rng(0).normal(size=(3, *shape))
    return inside, m / np.linalg.norm(m, axis=0)


def _ours(box: str) -> float:
    """Seconds of the embedded engine."""
    from harness.mx3.magnet.magnet import Magnet
    from harness.mx3.magnet.mesh import Mesh

    inside, m = _state(box)
    magnet = Magnet(Mesh(BOXES[box], (CELL,) * 3), inside)
    magnet.set_parameters(MS, A, KU)
    columns = np.ascontiguousarray(m[:, inside])
    return timed(lambda: magnet.effective_field(columns))


def _magnumnp(box: str) -> float:
    """Seconds of magnum.np with its own demagnetising, exchange and anisotropy fields."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        import magnumnp
        import torch
        from magnumnp import DemagField, ExchangeField, Mesh, State, UniaxialAnisotropyField

        magnumnp.set_log_level(100)
        torch.set_default_dtype(torch.float64)
        torch.set_num_threads(2)
        inside, m = (np.transpose(array) for array in _state(box))  # magnum.np indexes x, y, z
        state = State(Mesh(BOXES[box], (CELL,) * 3))
        for name, value in {"Ms": MS, "A": A, "Ku": KU}.items():
            state.material[name] = torch.from_numpy(np.where(inside, value, 0.0)[..., None].copy())
        axis = np.where(inside[..., None], np.array([0.0, 0.0, 1.0]), 0.0)
        state.material["Ku_axis"] = torch.from_numpy(axis)
        state.m = torch.from_numpy(np.where(inside[..., None], m, 0.0).copy())
        terms = [DemagField(), ExchangeField(), UniaxialAnisotropyField()]
        return timed(lambda: sum(term.h(state) for term in terms))


def _fft_bound(box: str) -> float:
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
    seconds = timed(lambda: scipy.fft.fft(probe, axis=1, workers=1))
    rate = 256 * 5 * 64 * math.log2(64) / seconds
    return operations / rate


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call, the best of five rounds of at least 0.2 s."""
    work()
    start = time.perf_counter()
    work()
    repeats = max(1, round(0.2 / (time.perf_counter() - start)))
    rounds = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(repeats):
            work()
        rounds.append((time.perf_counter() - start) / repeats)
    return min(rounds)


def __getattr__(name: str) -> Callable[[], float]:
    """`ours_ball_20`, `magnumnp_film`, `fft_bound_ball_40` …: a contestant on a box."""
    for contestant, work in {"ours": _ours, "magnumnp": _magnumnp, "fft_bound": _fft_bound}.items():
        box = name.removeprefix(contestant + "_")
        if box in BOXES:
            return lambda: work(box)
    raise AttributeError(name)
