"""The profile functions at 2000 nu: ours, and the paper's double integrals by quadrature in numpy.

In: nothing. Out: seconds a table, after one to warm up.
"""

import time

import numpy as np

NU = np.linspace(0.0, 50.0, 2000)


def ours() -> float:
    """Seconds of `profiles`: five functions with first and second derivatives, to 1e-13."""
    from reduced_model.vortex.profiles import profiles

    return _timed(lambda: profiles(NU, derivatives=2), repeats=10)


def plain_numpy() -> float:
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

    return _timed(table, repeats=1)


def _timed(work, repeats: int) -> float:
    work()
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats
