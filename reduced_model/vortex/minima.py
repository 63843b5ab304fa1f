"""Every local minimum of the reduced energy at one field, by bracketing.

In: a `Hamiltonian` and a field.
Out: the minima, lowest first.

At fixed nu the direction p sees the energy -kappa (p.u)^2 - h p_z, whose local minima lie in the plane of u
and z: at most two for kappa > 0 (inside the astroid) and one for kappa <= 0, each in an interval on which the
slope changes sign once. A minimum in (nu, p) is then a minimum, along one of these branches, of a function of
nu alone, and its zeros of slope are bracketed from nu = 0 to 50.
"""

import math

import numpy as np
from numpy.typing import NDArray

from reduced_model.vortex.directions import direction_minima
from reduced_model.vortex.hamiltonian import Hamiltonian, Minimum, core_too_narrow
from reduced_model.vortex.kernels import (
    CONVERGED,
    NU_MAX,
    correct,
    diagonalise,
    expand,
    expand_many,
    interpolate_many,
    settle_symmetry,
)
from reduced_model.vortex.profiles import profile_table

_NODES = 1200
Array = NDArray[np.float64]


def local_minima(hamiltonian: Hamiltonian, B_T: float) -> tuple[Minimum, ...]:
    """Every local minimum of the energy in the field `B_T`.

    A minimum that may be turned about an axis free of cost is listed once.

    Returns
    -------
    tuple of Minimum, lowest energy first

    Raises
    ------
    ModelError
        If the vortex core is narrower than R/50, beyond the range of the profile functions.
    """
    scan = _Scan(hamiltonian, B_T)
    states: list[Array] = []
    for branch in (0, 1):
        states.extend(_minima_along(scan, branch))
    found = (scan.polished(state) for state in states)
    return tuple(sorted(found, key=lambda minimum: minimum.energy))


class _Scan:
    """The energy of one Hamiltonian at one field as a function of nu along the branches of p."""

    def __init__(self, hamiltonian: Hamiltonian, B_T: float) -> None:
        self.hamiltonian = hamiltonian
        self.physics = hamiltonian.physics
        self.table = profile_table()
        self.b = B_T * hamiltonian.b_per_T
        self.beta = hamiltonian.axis_tilt_rad
        self.scale = 4.0 + self.physics[0] + self.physics[1] + abs(self.b)

    def states(self, nu: Array, branch: int) -> Array:
        """States (n, 4) on a branch in the kernels' frame; nan where the branch does not exist."""
        k, _, f, _, _ = self.physics
        g = np.empty((len(nu), 15))
        interpolate_many(self.table, nu, g)
        phi = direction_minima(k * (g[:, 2] - f * g[:, 1]), abs(self.b) * g[:, 3], self.beta)[branch]
        tau, side = self.beta - phi, math.copysign(1.0, self.b)
        return np.stack((nu, side * np.sin(tau), np.zeros_like(nu), side * np.cos(tau)), axis=1)

    def slope(self, nu: Array, branch: int) -> Array:
        """(1/nu) dE/dnu along a branch, its limit d2E/dnu2 at nu = 0; nan where the branch does not exist."""
        x = self.states(nu, branch)
        energy, gradient, hessian = np.empty(len(nu)), np.empty((len(nu), 3)), np.empty((len(nu), 3, 3))
        expand_many(self.table, self.physics, np.full(len(nu), self.b), x, energy, gradient, hessian)
        uniform = nu == 0.0
        return np.where(uniform, hessian[:, 0, 0], gradient[:, 0] / np.where(uniform, 1.0, nu))

    def polished(self, state: Array) -> Minimum:
        """The state after Newton's method, as a `Minimum`."""
        h, x = self.hamiltonian, state.copy()
        g, w, values, vectors = np.empty(15), np.empty((5, 3)), np.empty(3), np.empty((3, 3))
        work = (g, w, values, vectors, np.empty(3))
        if correct(self.table, self.physics, h.live, self.b, x, self.scale, *work) != CONVERGED:
            x = state  # the bracket stands by itself where the curvature is too small for Newton
        settle_symmetry(x, self.physics[3] == 0.0)
        energy = expand(self.table, self.physics, self.b, x, g, w)
        lowest = diagonalise(w, h.live, values, vectors)
        p = h.rotated(x[1:], False)
        return Minimum(
            nu=float(x[0]),
            p=(float(p[0]) + 0.0, float(p[1]) + 0.0, float(p[2])),
            energy=float(energy),
            lambda_min=float(values[lowest]),
            mz=float(g[3] * x[3]),
        )


def _minima_along(scan: _Scan, branch: int) -> list[Array]:
    """States (4,) where the energy along a branch is least, each inside an interval of about 1e-9 in nu."""
    if scan.hamiltonian.model == "SW":
        state = scan.states(np.zeros(1), branch)[0]
        return [] if np.isnan(state).any() else [state]
    found = []
    nu = np.sqrt(np.expm1(np.linspace(0.0, math.log1p(NU_MAX**2), _NODES)))
    nu[-1] = NU_MAX
    slope = scan.slope(nu, branch)
    if slope[0] > 0.0:
        found.append(scan.states(nu[:1], branch)[0])
    if slope[-1] < 0.0:
        raise core_too_narrow(scan.hamiltonian.radius_m)
    for low, high in _brackets(scan, branch, nu, slope):
        while high - low > 1e-9:
            inner = np.linspace(low, high, 65)
            crossing = int(np.argmax(scan.slope(inner, branch) > 0.0))
            low, high = inner[max(crossing - 1, 0)], inner[crossing] if crossing else inner[1]
        found.append(scan.states(np.array([0.5 * (low + high)]), branch)[0])
    return found


def _brackets(scan: _Scan, branch: int, nu: Array, slope: Array) -> list[tuple[float, float]]:
    """Intervals of nu in which the slope turns from negative to positive.

    Beyond the sign changes between nodes, cells next to a node where the slope comes closest to zero without
    crossing, and those where the branch begins or ends, are looked into more finely.
    """
    turns = [(float(nu[i]), float(nu[i + 1])) for i in _rising(slope)]
    exists = np.isfinite(slope)
    inner = slice(1, -1)
    closest = (np.abs(slope[inner]) <= np.abs(slope[:-2])) & (np.abs(slope[inner]) <= np.abs(slope[2:]))
    same = (np.sign(slope[:-2]) == np.sign(slope[inner])) & (np.sign(slope[2:]) == np.sign(slope[inner]))
    suspects = [(i, i + 2) for i in np.flatnonzero(closest & same)]
    suspects += [(i, i + 1) for i in np.flatnonzero(exists[1:] != exists[:-1])]
    for i, j in suspects:
        fine = np.linspace(nu[i], nu[j], 513)
        turns += [(float(fine[m]), float(fine[m + 1])) for m in _rising(scan.slope(fine, branch))]
    return turns


def _rising(slope: Array) -> NDArray[np.intp]:
    """Indices i with slope[i] < 0 <= slope[i + 1]; nan compares false."""
    return np.flatnonzero((slope[:-1] < 0.0) & (slope[1:] >= 0.0))
