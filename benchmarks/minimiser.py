"""The remanent vortex of a 40 nm iron ball in 2 nm cells: from a rough vortex to a torque of 1e-6 T.

In: nothing. Out: seconds a search, kernels already compiled.
"""

import sys

import numpy as np

from benchmarks.effective_field import KU, MS, A, ball, magnumnp_magnet
from benchmarks.timing import Seconds

N, CELL = 20, 2e-9
TOLERANCE_T = 1e-6
MOST_STEPS = 20_000
MU0 = 4e-7 * np.pi


def _start() -> np.ndarray:
    """An upright vortex (3, N, N, N), tilted a little so that it may turn."""
    x = CELL * (np.arange(N) - (N - 1) / 2)
    z, y, x = np.meshgrid(x, x, x, indexing="ij")
    m = np.stack([-y + 0.02 * z, x, np.full_like(x, N * CELL / 8) + 0.01 * x])
    return m / np.linalg.norm(m, axis=0)


def _magnet():
    from harness.mx3.magnet.magnet import Magnet
    from harness.mx3.magnet.mesh import Mesh

    magnet = Magnet(Mesh((N,) * 3, (CELL,) * 3), ball(N))
    magnet.set_parameters(MS, A, KU)
    magnet.set_m(_start())
    return magnet


def ours() -> Seconds:
    """Seconds of the engine's minimiser."""
    magnet = _magnet()
    magnet.equilibrate(TOLERANCE_T)
    magnet.set_m(_start())
    start = Seconds.now()
    found = magnet.equilibrate(TOLERANCE_T)
    seconds = Seconds.now() - start
    assert found.converged
    return seconds


def barzilai_borwein() -> Seconds:
    """Seconds of MuMax3's steepest descent on the engine's own field."""
    from harness.mx3.magnet.solvers import faithful
    from harness.mx3.magnet.solvers.runge_kutta import landau_lifshitz

    magnet = _magnet()
    still = np.zeros(magnet.n_cells)

    def torque(m: np.ndarray) -> np.ndarray:
        out = np.empty_like(m)
        landau_lifshitz(m, magnet.effective_field(m), still, False, out)
        return out

    m = magnet.columns
    faithful.minimize(m, torque, 1e-6, 10, 20)
    start = Seconds.now()
    while np.sqrt((torque(m) ** 2).sum(axis=0).max()) > TOLERANCE_T:
        m = faithful.minimize(m, torque, 1e-8, 10, 200).m
    return Seconds.now() - start


def magnumnp() -> Seconds:
    """Seconds of magnum.np's minimiser until its torque is as small."""
    with magnumnp_magnet(ball(N), _start(), CELL) as magnet:
        from magnumnp import MinimizerBB

        minimizer = MinimizerBB(magnet.terms)
        minimizer.minimize(magnet.state, maxiter=20)
        magnet.state.m = magnet.start.clone()
        start = Seconds.now()
        reached = minimizer.minimize(magnet.state, dm_tol=TOLERANCE_T / MU0, maxiter=MOST_STEPS)
        seconds = Seconds.now() - start
    if not reached:
        print(f"magnum.np: not there after {MOST_STEPS} steps", file=sys.stderr)
    return seconds
