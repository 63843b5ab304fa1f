"""The remanent vortex of a 40 nm iron ball in 2 nm cells: from a rough vortex to a torque of 1e-6 T.

In: nothing. Out: seconds a search, kernels already compiled.
"""

import sys
import time

import numpy as np

N, CELL, RADIUS = 20, 2e-9, 20e-9
MS, A, KU = 1.7e6, 1e-11, 4.8e4
TOLERANCE_T = 1e-6
MOST_STEPS = 20_000
MU0 = 4e-7 * np.pi


def _start() -> tuple[np.ndarray, np.ndarray]:
    """Fill (N, N, N) and an upright vortex (3, N, N, N), tilted a little so that it may turn."""
    x = CELL * (np.arange(N) - (N - 1) / 2)
    z, y, x = np.meshgrid(x, x, x, indexing="ij")
    m = np.stack([-y + 0.02 * z, x, np.full_like(x, RADIUS / 4) + 0.01 * x])
    return x**2 + y**2 + z**2 <= RADIUS**2, m / np.linalg.norm(m, axis=0)


def _magnet():
    from harness.mx3.magnet.magnet import Magnet
    from harness.mx3.magnet.mesh import Mesh

    inside, m = _start()
    magnet = Magnet(Mesh((N,) * 3, (CELL,) * 3), inside)
    magnet.set_parameters(MS, A, KU)
    magnet.set_m(m)
    return magnet


def ours() -> float:
    """Seconds of the engine's minimiser."""
    magnet = _magnet()
    magnet.equilibrate(TOLERANCE_T)
    magnet.set_m(_start()[1])
    start = time.perf_counter()
    found = magnet.equilibrate(TOLERANCE_T)
    seconds = time.perf_counter() - start
    assert found.converged
    return seconds


def barzilai_borwein() -> float:
    """Seconds of MuMax3's steepest descent on the engine's own field."""
    from harness.mx3.magnet.solvers import faithful
    from harness.mx3.magnet.solvers.runge_kutta import landau_lifshitz

    magnet = _magnet()
    still = np.zeros(magnet.n_cells)

    def torque(m: np.ndarray) -> np.ndarray:
        out = np.empty_like(m)
        landau_lifshitz(m, magnet.effective_field(m), still, False, out)
        return out

    start_m = magnet.columns
    faithful.minimize(start_m, torque, 1e-6, 10, 20)
    m, start = start_m, time.perf_counter()
    while np.sqrt((torque(m) ** 2).sum(axis=0).max()) > TOLERANCE_T:
        m = faithful.minimize(m, torque, 1e-8, 10, 200).m
    return time.perf_counter() - start


def magnumnp() -> float:
    """Seconds of magnum.np's minimiser until its torque is as small."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        import magnumnp
        import torch
        from magnumnp import DemagField, ExchangeField, Mesh, MinimizerBB, State, UniaxialAnisotropyField

        magnumnp.set_log_level(100)
        torch.set_default_dtype(torch.float64)
        torch.set_num_threads(2)
        inside, m = (np.transpose(array) for array in _start())
        state = State(Mesh((N,) * 3, (CELL,) * 3))
        for name, value in {"Ms": MS, "A": A, "Ku": KU}.items():
            state.material[name] = torch.from_numpy(np.where(inside, value, 0.0)[..., None].copy())
        axis = np.where(inside[..., None], np.array([0.0, 0.0, 1.0]), 0.0)
        state.material["Ku_axis"] = torch.from_numpy(axis)
        state.m = torch.from_numpy(np.where(inside[..., None], m, 0.0).copy())
        terms = [DemagField(), ExchangeField(), UniaxialAnisotropyField()]

        minimizer = MinimizerBB(terms)
        minimizer.minimize(state, maxiter=20)
        state.m = torch.from_numpy(np.where(inside[..., None], m, 0.0).copy())
        start = time.perf_counter()
        reached = minimizer.minimize(state, dm_tol=TOLERANCE_T / MU0, maxiter=MOST_STEPS)
        seconds = time.perf_counter() - start
    if not reached:
        print(f"magnum.np: not there after {MOST_STEPS} steps", file=sys.stderr)
    return seconds
