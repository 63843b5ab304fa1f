"""A 1000-point loop over H'' for iron, R = 20 nm: ours against the paper's procedure in plain scipy.

In: nothing. Out: seconds a loop, after one to warm up.
"""

import time

import numpy as np

FIELDS = np.concatenate([np.linspace(1, -1, 500), np.linspace(-1, 1, 500)])
RADIUS = 20e-9
MS, A, KU, MU0 = 1.7e6, 1e-11, 4.8e4, 4e-7 * np.pi


def ours() -> float:
    """Seconds of `reduced_model.field_loop`."""
    from reduced_model import field_loop

    return _timed(lambda: field_loop(FIELDS, radius_m=RADIUS, material="iron"), repeats=20)


def plain_scipy() -> float:
    """Seconds of lookup tables, splines and one bounded minimisation a field from the last state."""
    from scipy.interpolate import CubicSpline
    from scipy.optimize import minimize

    from reduced_model.vortex.profiles import profiles

    nu = np.linspace(0, 10, 401)
    g = profiles(nu)
    g_ex, g_uz, g_z, g_d = (CubicSpline(nu, values) for values in (g.g_ex, g.g_uz, g.g_z, g.g_d))
    k, b_per_T, d = KU * RADIUS**2 / A, MS * RADIUS**2 / A, MU0 * MS**2 * RADIUS**2 / A

    def energy(state: np.ndarray, field: float) -> float:
        v, tau = state
        c = np.cos(tau)
        return float(g_ex(v) - k * g_uz(v) * c * c - b_per_T * field * g_z(v) * c - d * g_d(v))

    def loop() -> np.ndarray:
        state, mz = np.array([0.01, 0.01]), []
        for field in FIELDS:
            start = state + 1e-3  # off the symmetric saddle
            found = minimize(energy, start, args=(field,), bounds=((0, 10), (0, np.pi)), method="L-BFGS-B")
            state = np.clip(found.x, (0, 0), (10 - 1e-3, np.pi - 1e-3))
            mz.append(float(g_z(state[0])) * np.cos(state[1]))
        return np.array(mz)

    return _timed(loop, repeats=1, warm_up=False)


def _timed(work, repeats: int, warm_up: bool = True) -> float:
    if warm_up:
        work()
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats
