"""Equilibria followed through folds: the stable and unstable states that one branch connects.

In: a `Hamiltonian`, a field and a state near an equilibrium.
Out: `EquilibriumBranch`: states along the branch with their curvature, and the `Fold`s where the field turns.

A hysteresis loop leaves a branch that loses stability; the branch itself goes on, back in field, as saddles.
Pseudo-arclength continuation follows it: the field is one more unknown, and the step is measured along the
curve of equilibria, with the field in units of mu0 Ms.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reduced_model.errors import Array, ModelError, finite, positive
from reduced_model.results import Result, axes_for
from reduced_model.vortex.hamiltonian import Hamiltonian
from reduced_model.vortex.kernels import NU_MAX, expand
from reduced_model.vortex.profiles import profile_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CONVERGED = 1e-11
_SMALLEST_STEP = 1e-9
_SYMMETRIC = 1e-9


@dataclass(frozen=True)
class Fold:
    """Where a branch turns back in field: a stable and an unstable state meet and vanish."""

    B_T: float
    nu: float
    tau_rad: float
    row: int
    """First row of the branch beyond it."""


@dataclass(frozen=True, eq=False, repr=False)
class EquilibriumBranch(Result):
    """Equilibria along one branch, (n,) arrays, read-only, in the order of the walk."""

    B_T: Array
    nu: Array
    tau_rad: Array
    """Angle of the core to the field, 0 to pi."""
    omega_rad: Array
    """Azimuth of the core; 0 where it has none."""
    mz: Array
    energy: Array
    """In units of (4 pi/3) A R."""
    lambda_min: Array
    """Smallest curvature, same units."""
    unstable: NDArray[np.int64]
    """Number of negative curvatures: 0 for a minimum."""
    folds: tuple[Fold, ...]
    hamiltonian: Hamiltonian

    table_columns = ("B_T", "nu", "tau_rad", "omega_rad", "mz", "energy", "lambda_min", "unstable")

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """m_z against field, stable states as a line, others dashed, folds as dots; returns the axes."""
        ax = axes_for(ax)
        stable = self.unstable == 0
        ax.plot(self.B_T, np.where(stable, self.mz, np.nan), "-", color="0.0", label="stable")
        ax.plot(self.B_T, np.where(stable, np.nan, self.mz), "--", color="0.45", label="unstable")
        fields, rows = [fold.B_T for fold in self.folds], [fold.row for fold in self.folds]
        ax.plot(fields, self.mz[rows], "o", color="0.0", markersize=3, label="fold")
        ax.set(xlabel=r"$B_0$ (T)", ylabel=r"$\langle m_z\rangle$", title=f"{self.hamiltonian.model}")
        ax.legend(frameon=False)
        return ax


def continue_branch(
    hamiltonian: Hamiltonian,
    B_T: float,
    nu: float,
    p: Sequence[float],
    *,
    direction: int = -1,
    range_T: tuple[float, float] = (-1.0, 1.0),
    step: float = 0.02,
    points: int = 4000,
) -> EquilibriumBranch:
    """Follow equilibria from a state, through folds, until the branch ends.

    Parameters
    ----------
    hamiltonian : Hamiltonian
        Its axis may lie at any angle to the field.
    B_T, nu : float
        Field in tesla and vortex parameter to start from.
    p : sequence of float, shape (3,)
        Core direction to start from; the state is corrected onto the equilibrium close by.
    direction : int
        -1 to set out towards lower fields, +1 towards higher ones.
    range_T, points : tuple of float, int
        Fields at which the walk stops; the most states it has.
    step : float
        Longest step, in nu and radians, with the field in units of mu0 Ms.

    Returns
    -------
    EquilibriumBranch
        It ends at the range, where it meets a branch of higher symmetry (nu = 0, or p along the field), where
        it comes back to its start, or after `points` states.

    Raises
    ------
    ModelError
        If no equilibrium is close to the state.

    Examples
    --------
    >>> import dataclasses
    >>> from reduced_model import Sphere, material
    >>> tilted = dataclasses.replace(material("iron"), axis=(0.5, 0, 0.75**0.5))
    >>> sphere = Sphere(20, tilted)
    >>> upper = sphere.minima(0.0)[0]
    >>> branch = continue_branch(sphere.hamiltonian(), 0.0, upper.nu, upper.p)
    >>> print([f"{fold.B_T:.9f} T" for fold in branch.folds])
    ['-0.012702722 T']
    """
    if direction not in (-1, 1):
        raise ModelError.of("direction", direction, "-1 or 1")
    low, high = finite("range_T", range_T[0]), finite("range_T", range_T[1])
    if not low <= finite("B_T", B_T) <= high:
        raise ModelError.of("B_T", B_T, f"inside range_T, {low:g} to {high:g} T")
    walk = _Walk(hamiltonian)
    largest = positive("step", step, below=0.5)
    at = walk.start(B_T, nu, p, float(direction))
    states, folds = [at], []
    length = 0.1 * largest
    while len(states) < points:
        reached = walk.step(at, length)
        if reached is None:
            length *= 0.5
            if length < _SMALLEST_STEP:
                break
            continue
        if walk.ends(at, reached) or not low <= reached.B_T <= high:
            break
        if reached.tangent[-1] * at.tangent[-1] < 0.0:
            folds.append(walk.fold(at, length, len(states)))
        states.append(reached)
        if len(states) > 10 and walk.distance(reached, states[0]) < 0.5 * length:
            break
        at, length = reached, min(1.3 * length, largest)
    return walk.branch(states, tuple(folds))


@dataclass(frozen=True, eq=False)
class _Point:
    """An equilibrium: field, x = (nu, px, py, pz), tangent (d nu, dp in space, d field over mu0 Ms)."""

    B_T: float
    x: Array
    tangent: Array


class _Walk:
    """Predictor and corrector for one Hamiltonian, in the kernels' frame."""

    def __init__(self, h: Hamiltonian) -> None:
        self.h = h
        self.table, self.physics = profile_table(), h.physics
        self.unit_T = h.material.mu0Ms_T
        self.live = np.flatnonzero(h.live)
        self.g, self.w = np.empty(15), np.empty((5, 3))

    def start(self, B_T: float, nu: float, p: Sequence[float], direction: float) -> _Point:
        """The equilibrium close to a state at this field, with its tangent."""
        state = np.asarray(p, dtype=float)
        if state.shape != (3,) or not np.isfinite(state).all() or not np.any(state):
            raise ModelError.of("p", p, "a direction of three components")
        if not 0.0 <= finite("nu", nu) <= NU_MAX:
            raise ModelError.of("nu", nu, f"between 0 and {NU_MAX:g}")
        x = np.concatenate(([nu], self.h.rotated(state / np.linalg.norm(state), into_kernel=True)))
        found = self._corrected(B_T, x, np.array([0.0, 0.0, 0.0, 0.0, direction]))
        if found is None or np.abs(found.x - x).max() > 0.1:
            raise ModelError(f"nu = {nu:g}, p = {tuple(p)}: no equilibrium close by at {B_T:g} T")
        return found

    def step(self, at: _Point, length: float) -> _Point | None:
        """The equilibrium a length further along the branch; None if the step is too long."""
        reached = self._corrected(*self._moved(at.B_T, at.x, length * at.tangent), at.tangent)
        if reached is None or self.distance(reached, at) > 2.0 * length or reached.tangent @ at.tangent < 0.9:
            return None
        return reached

    def fold(self, at: _Point, length: float, row: int) -> Fold:
        """The point between `at` and the next one where the field turns, by bisection along the branch."""
        low, high = 0.0, length
        for _ in range(60):
            middle = 0.5 * (low + high)
            reached = self.step(at, middle)
            if reached is None or reached.tangent[4] * at.tangent[4] < 0.0:
                high = middle
            else:
                low = middle
        turning = self.step(at, low) or at
        nu, px, py, pz = turning.x.tolist()
        return Fold(float(turning.B_T), nu, math.atan2(math.hypot(px, py), pz), row)

    def ends(self, at: _Point, reached: _Point) -> bool:
        """Whether the step has run into a branch of higher symmetry, beyond which it repeats mirrored."""
        closes = at.x[0] > _SYMMETRIC and reached.x[0] <= 0.0
        axial = self.physics[3] == 0.0
        return bool(closes or (axial and at.x[1] > _SYMMETRIC and reached.x[1] <= 0.0))

    def distance(self, one: _Point, other: _Point) -> float:
        """Length of the straight line between two points, the field in units of mu0 Ms."""
        return math.hypot(float(np.linalg.norm(one.x - other.x)), (one.B_T - other.B_T) / self.unit_T)

    def branch(self, states: list[_Point], folds: tuple[Fold, ...]) -> EquilibriumBranch:
        """The columns of the result, in the laboratory frame."""
        x = np.array([state.x for state in states])
        p = self.h.rotated(x[:, 1:], into_kernel=False)
        sine = np.hypot(p[:, 0], p[:, 1])
        energy, moment, curvatures = [], [], []
        for state in states:
            energy.append(self._expand(state.B_T, state.x))
            moment.append(float(self.g[3]))
            curvatures.append(np.linalg.eigvalsh(self._live_hessian()))
        rounding = 1e-12 * (4.0 + self.h.k + self.h.d)
        B_T = np.array([state.B_T for state in states])
        tau, omega = np.arctan2(sine, p[:, 2]), np.where(sine > 1e-12, np.arctan2(p[:, 1], p[:, 0]), 0.0)
        mz, lambda_min = np.array(moment) * p[:, 2], np.array(curvatures)[:, 0]
        unstable = np.sum(np.array(curvatures) < -rounding, axis=1)
        columns = (B_T, x[:, 0].copy(), tau, omega, mz, np.array(energy), lambda_min, unstable)
        return EquilibriumBranch(*columns, folds, self.h)

    def _expand(self, B_T: float, x: Array) -> float:
        return float(expand(self.table, self.physics, B_T * self.h.b_per_T, x, self.g, self.w))

    def _live_hessian(self) -> Array:
        return self.w[1:4][np.ix_(self.live, self.live)]

    def _corrected(self, B_T: float, x: Array, along: Array) -> _Point | None:
        """Newton's method in state and field, square to the direction `along`; then the new tangent."""
        for _ in range(12):
            if abs(x[0]) > NU_MAX:
                return None
            change = self._solved(B_T, x, along, newton=True)
            if change is None:
                return None
            B_T, x = self._moved(B_T, x, change)
            if np.abs(change).max() < _CONVERGED:
                break
        else:
            return None
        tangent = self._solved(B_T, x, along, newton=False)
        return None if tangent is None else _Point(B_T, x, tangent / np.linalg.norm(tangent))

    def _solved(self, B_T: float, x: Array, along: Array, newton: bool) -> Array | None:
        """Newton's step square to `along`, or the torque-free direction along it; None if singular."""
        self._expand(B_T, x)
        basis, n = _frame(x)[self.live], len(self.live)
        matrix, right = np.empty((n + 1, n + 1)), np.zeros(n + 1)  # the live Hessian, bordered by `along`
        matrix[:n, :n] = self._live_hessian()
        matrix[:n, n] = self.w[4][self.live] * self.h.b_per_T * self.unit_T
        matrix[n, :n] = [row[0] * along[0] + row[1:] @ along[1:4] for row in basis]
        matrix[n, n] = along[4]
        if newton:
            right[:n] = -self.w[0][self.live]
        else:
            right[n] = 1.0
        if not np.isfinite(matrix).all() or np.linalg.cond(matrix) > 1e15:
            return None
        change = np.linalg.solve(matrix, right)
        return np.append(change[:n] @ basis, change[n])

    def _moved(self, B_T: float, x: Array, change: Array) -> tuple[float, Array]:
        p = x[1:] + change[1:4]
        return B_T + change[4] * self.unit_T, np.append(x[0] + change[0], p / np.linalg.norm(p))


def _frame(x: Array) -> Array:
    """Unit changes along nu, e_tau and e_omega of the kernels at the state, (3, 4) in (nu, p)."""
    px, py, pz = x[1:]
    sine = math.hypot(px, py)
    c, s = (px / sine, py / sine) if sine > 0.0 else (1.0, 0.0)
    return np.array([[1.0, 0.0, 0.0, 0.0], [0.0, pz * c, pz * s, -sine], [0.0, -s, c, 0.0]])
