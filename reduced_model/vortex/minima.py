"""Every local minimum of the reduced energy at one field, by bracketing.

In: the reduced energy as the kernels take it (`physics`, `live`), the tilt of the easy axis, the field.
Out: `Minimum`s in the kernels' frame; `Hamiltonian.minima` turns them into the laboratory's, lowest first.

At fixed nu the direction p sees the energy -kappa (p.u)^2 - h p_z, whose local minima lie in the plane of u
and z: at most two for kappa > 0 (inside the astroid) and one for kappa <= 0, each in an interval on which the
slope changes sign once. A minimum in (nu, p) is then a minimum, along one of these branches, of a function of
nu alone, and its zeros of slope are bracketed from nu = 0 to 50.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reduced_model.errors import Array
from reduced_model.results import Tabled
from reduced_model.vortex.directions import direction_minima
from reduced_model.vortex.kernels import (
    CONVERGED,
    NU_MAX,
    NU_TOO_LARGE,
    correct,
    diagonalise,
    expand,
    expand_many,
    interpolate_many,
    settle_symmetry,
)
from reduced_model.vortex.profiles import profile_table

_NODES = 1200


@dataclass(frozen=True)
class Minimum(Tabled):
    """A local minimum of the energy at one field."""

    nu: float
    """Vortex parameter, 0 for the uniform state."""
    p: tuple[float, float, float]
    """Unit vector along the core's magnetisation."""
    energy: float
    """Energy in units of (4 pi/3) A R."""
    lambda_min: float
    """Smallest curvature in (nu, two angles), in the same units; a direction free of cost is left out."""
    mz: float
    """Mean magnetisation along the field, g_z(nu) p_z."""


@dataclass(frozen=True, eq=False)
class EnergyAlongNu:
    """The energy at one field as a function of nu, p being at one of its two minima for that nu."""

    physics: tuple[float, float, float, float, float]
    """(k, d, f, ux, uz), see `kernels`."""
    live: tuple[bool, bool, bool]
    """Which of nu, tau, omega decide on stability."""
    tilt_rad: float
    """Angle between easy axis and field."""
    b: float
    """Reduced field."""

    def minima(self) -> tuple[int, list[Minimum]]:
        """CONVERGED and all minima in the kernels' frame; NU_TOO_LARGE where the energy falls at nu = 50.

        Each is found to about 1e-9 in nu before Newton's method polishes it.
        """
        found = []
        for branch in (0, 1):
            if not self.live[0]:  # a rigid moment
                found.append(self._states(np.zeros(1), branch)[0])
                continue
            nu = np.sqrt(np.expm1(np.linspace(0.0, math.log1p(NU_MAX**2), _NODES)))
            nu[-1] = NU_MAX
            slope = self._slope(nu, branch)
            if slope[-1] < 0.0:
                return NU_TOO_LARGE, []
            if slope[0] > 0.0:
                found.append(self._states(nu[:1], branch)[0])
            found += [self._bisected(*ends, branch) for ends in self._brackets(branch, nu, slope)]
        return CONVERGED, [self._polished(state) for state in found if not np.isnan(state).any()]

    def _states(self, nu: Array, branch: int) -> Array:
        """States (n, 4) on a branch in the kernels' frame; nan where the branch does not exist."""
        k, _, f, _, _ = self.physics
        g = np.empty((len(nu), 15))
        interpolate_many(profile_table(), nu, g)
        phi = direction_minima(k * (g[:, 2] - f * g[:, 1]), abs(self.b) * g[:, 3], self.tilt_rad)[branch]
        tau, side = self.tilt_rad - phi, math.copysign(1.0, self.b)
        return np.stack((nu, side * np.sin(tau), np.zeros_like(nu), side * np.cos(tau)), axis=1)

    def _slope(self, nu: Array, branch: int) -> Array:
        """(1/nu) dE/dnu along a branch, its limit d2E/dnu2 at nu = 0; nan where the branch does not exist."""
        x, b = self._states(nu, branch), np.full(len(nu), self.b)
        energy, gradient, hessian = np.empty(len(nu)), np.empty((len(nu), 3)), np.empty((len(nu), 3, 3))
        expand_many(profile_table(), self.physics, b, x, energy, gradient, hessian)
        uniform = nu == 0.0
        return np.where(uniform, hessian[:, 0, 0], gradient[:, 0] / np.where(uniform, 1.0, nu))

    def _brackets(self, branch: int, nu: Array, slope: Array) -> list[tuple[float, float]]:
        """Intervals of nu in which the slope turns from negative to positive.

        Beyond the sign changes between nodes, cells next to a node where the slope comes closest to zero
        without crossing, and those where the branch begins or ends, are looked into more finely.
        """
        turns = [(float(nu[i]), float(nu[i + 1])) for i in _rising(slope)]
        exists = np.isfinite(slope)
        before, here, after = slope[:-2], slope[1:-1], slope[2:]
        closest = (np.abs(here) <= np.abs(before)) & (np.abs(here) <= np.abs(after))
        same = (np.sign(before) == np.sign(here)) & (np.sign(after) == np.sign(here))
        suspects = [(i, i + 2) for i in np.flatnonzero(closest & same)]
        suspects += [(i, i + 1) for i in np.flatnonzero(exists[1:] != exists[:-1])]
        for i, j in suspects:
            fine = np.linspace(nu[i], nu[j], 513)
            turns += [(float(fine[m]), float(fine[m + 1])) for m in _rising(self._slope(fine, branch))]
        return turns

    def _bisected(self, low: float, high: float, branch: int) -> Array:
        """The state (4,) where the slope in a bracket vanishes."""
        while high - low > 1e-9:
            inner = np.linspace(low, high, 65)
            crossing = int(np.argmax(self._slope(inner, branch) > 0.0))
            low, high = inner[max(crossing - 1, 0)], inner[crossing] if crossing else inner[1]
        return self._states(np.array([0.5 * (low + high)]), branch)[0]

    def _polished(self, state: Array) -> Minimum:
        """The state after Newton's method, as a `Minimum`."""
        table, x = profile_table(), state.copy()
        k, d, _, ux, _ = self.physics
        g, w, values, vectors = np.empty(15), np.empty((5, 3)), np.empty(3), np.empty((3, 3))
        work = (4.0 + k + d + abs(self.b), g, w, values, vectors, np.empty(3))
        if correct(table, self.physics, self.live, self.b, x, *work) != CONVERGED:
            x = state  # the bracket stands by itself where the curvature is too small for Newton
        settle_symmetry(x, ux == 0.0)
        energy = expand(table, self.physics, self.b, x, g, w)
        lowest = diagonalise(w, self.live, values, vectors)
        px, py, pz = (float(component) for component in x[1:])
        return Minimum(float(x[0]), (px, py, pz), float(energy), float(values[lowest]), float(g[3] * x[3]))


def _rising(slope: Array) -> NDArray[np.intp]:
    """Indices i with slope[i] < 0 <= slope[i + 1]; nan compares false."""
    return np.flatnonzero((slope[:-1] < 0.0) & (slope[1:] >= 0.0))
