"""The effective field of a 40 nm sphere in 1 nm cells: demagnetising, exchange and anisotropy terms.

In: nothing. Out: seconds a field, after one to warm up.
"""

import time

import numpy as np

N, CELL, REPEATS = 40, 1e-9, 50
MS, A, KU = 1.7e6, 1e-11, 4.8e4


def _state() -> tuple[np.ndarray, np.ndarray]:
    """Fill (N, N, N) and a random magnetisation (3, N, N, N)."""
    x = CELL * (np.arange(N) - (N - 1) / 2)
    inside = x[:, None, None] ** 2 + x[:, None] ** 2 + x**2 <= (N * CELL / 2) ** 2
    m = np.random.default_rng(0).normal(size=(3, N, N, N))
    return inside, m / np.linalg.norm(m, axis=0)


def ours() -> float:
    """Seconds of the embedded engine."""
    from harness.mx3.magnet import Magnet
    from harness.mx3.mesh import Mesh

    inside, m = _state()
    magnet = Magnet(Mesh((N, N, N), (CELL, CELL, CELL)), inside)
    magnet.set_parameters(MS, A, KU)
    columns = np.ascontiguousarray(m[:, inside])
    return _timed(lambda: magnet.effective_field(columns))


def magnumnp() -> float:
    """Seconds of magnum.np with its own demagnetising, exchange and anisotropy fields."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()):
        import torch
        from magnumnp import DemagField, ExchangeField, Mesh, State, UniaxialAnisotropyField

        torch.set_default_dtype(torch.float64)
        inside, m = _state()
        state = State(Mesh((N, N, N), (CELL, CELL, CELL)))
        for name, value in {"Ms": MS, "A": A, "Ku": KU}.items():
            state.material[name] = torch.from_numpy(np.where(inside, value, 0.0)[..., None])
        axis = np.where(inside[..., None], np.array([0.0, 0.0, 1.0]), 0.0)
        state.material["Ku_axis"] = torch.from_numpy(axis)
        state.m = torch.from_numpy(np.moveaxis(np.where(inside, m, 0.0), 0, -1).copy())
        terms = [DemagField(), ExchangeField(), UniaxialAnisotropyField()]
        return _timed(lambda: sum(term.h(state) for term in terms))


def _timed(work) -> float:
    work()
    start = time.perf_counter()
    for _ in range(REPEATS):
        work()
    return (time.perf_counter() - start) / REPEATS
