"""The reduced model: profile functions, the paper's grid, one field loop and a sweep of radii.

In: nothing. Out: seconds of ours, and of the paper's equations and procedure written down in numpy and scipy.
"""

import numpy as np

from benchmarks.timing import Seconds, mean_of

FIELDS = np.concatenate([np.linspace(1, -1, 500), np.linspace(-1, 1, 500)])
RADIUS = 20e-9
RADII = np.arange(6.0, 30.05, 0.1) * 1e-9
MODELS = 2
MS, A, KU, MU0 = 1.7e6, 1e-11, 4.8e4, 4e-7 * np.pi
NU = np.linspace(0.0, 50.0, 2000)
NU_ON_GRID, K = 4.443, 21


def profiles_ours() -> Seconds:
    """Seconds of `profiles` at 2000 nu: five functions with first and second derivatives, to 1e-13."""
    from reduced_model.vortex.profiles import profiles

    profiles(NU, derivatives=2)
    return mean_of(10, lambda: profiles(NU, derivatives=2))


def profiles_numpy() -> Seconds:
    """Seconds of Eqs. S9 to S12 by Gauss-Legendre, 64 x 64 nodes, one nu at a time; no g_d or derivatives."""
    x, w = np.polynomial.legendre.leggauss(64)
    xi, theta = 0.5 * (x + 1.0)[:, None], 0.5 * np.pi * (x + 1.0)[None, :]
    weight = 0.25 * np.pi * w[:, None] * w[None, :]
    rho, jacobian = xi * np.sin(theta), weight * xi**2 * np.sin(theta)

    def table() -> np.ndarray:
        rows = []
        for nu in NU:
            sech = 1.0 / np.cosh(nu * rho)
            tanh2 = 1.0 - sech * sech
            density = nu**2 * sech * sech + tanh2 / rho**2
            mean = [1.5 * np.sum(jacobian * f) for f in (density, 0.5 * tanh2, sech * sech, sech)]
            rows.append(mean)
        return np.array(rows)

    table()
    return mean_of(1, table)


def grid_ours() -> Seconds:
    """Seconds of `grid_g_d` on the paper's grid of 4169 points."""
    from reduced_model.papers.grid_demag import grid_g_d

    grid_g_d(NU_ON_GRID, K=K)
    return mean_of(20, lambda: grid_g_d(NU_ON_GRID, K=K))


def grid_numpy() -> Seconds:
    """Seconds of Eqs. S13 to S15 with one row of pairs at a time."""
    from reduced_model.papers.grid_demag import ansatz_on_grid, grid_points

    points, m = grid_points(K), ansatz_on_grid(NU_ON_GRID, K)
    volume = (2.0 / (K - 1)) ** 3

    def value() -> float:
        total = 0.0
        for i in range(len(points)):
            r = np.delete(points[i] - points, i, axis=0)
            others = np.delete(m, i, axis=0)
            distance = np.linalg.norm(r, axis=1)[:, None]
            along = np.sum(r * others, axis=1)[:, None]
            field = np.sum(3.0 * along * r / distance**5 - others / distance**3, axis=0)
            total += m[i] @ (2.0 / 3.0 * m[i] + volume / (4.0 * np.pi) * field)
        return 3.0 / (8.0 * np.pi) * volume * total

    return mean_of(1, value)


def loop_ours() -> Seconds:
    """Seconds of `field_loop`: 1000 fields over H'' for iron, R = 20 nm."""
    from reduced_model import field_loop

    def loop() -> object:
        return field_loop(FIELDS, radius_m=RADIUS, material="iron")

    loop()
    return mean_of(20, loop)


def loop_scipy() -> Seconds:
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

    return mean_of(1, loop)


def sweep_ours() -> Seconds:
    """Seconds of `radius_sweep` from 6 to 30 nm in steps of 0.1 nm, both models, on every core."""
    from reduced_model.loops.sweep import radius_sweep

    radius_sweep(RADII[:4])
    return mean_of(1, lambda: radius_sweep(RADII))


def sweep_scipy() -> Seconds:
    """Seconds the procedure of `loop_scipy` would take: one loop of 20 nm, times their number."""
    return loop_scipy() * (RADII.size * MODELS)
