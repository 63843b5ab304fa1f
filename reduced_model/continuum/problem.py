"""States of one sphere's continuum, certified: with their smallest curvatures and the errors of both.

In: a `Problem` and its stationary points. Out: `ContinuumState`s, refined until they are as sure as wanted.

States that are axisymmetric about the field are solved, and their modes found, on the azimuthal orders they
need.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.curvature import Spectrum, spectrum, spectrum_of_even
from reduced_model.continuum.equilibrium import NotResolved, Solver, solver
from reduced_model.continuum.inertia import negative_modes
from reduced_model.continuum.state import Point
from reduced_model.continuum.stationary import Problem, uniform_moment
from reduced_model.continuum.symmetry import ModeName, axisymmetric_part, mode_name
from reduced_model.continuum.texture import Texture
from reduced_model.results import Tabled, axes_for, table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Stability = Literal["minimum", "saddle", "undecided"]
COARSER = (1, 4)
"""By how much smaller the degrees are that give a state's error: of both parities."""
_CURVATURE_SHARE = (1.0, 1.0 / 3.0)
"""Shares of the changes from those that a curvature may be off: two degrees more halve its error at least,
so that four leave a third of what they change (of 170 states, at N = 10 to 20, 1.5 to 50 times too wide)."""
_TOLERANCE = 1e-6
"""Of the eigenvalue problem: a turn that the field alone resists, or an axis near it, is soft. To 1e-5 it
was off by 1.3 times its bar in both; to 1e-6 by half of it at most, for 3 % more of a loop's time."""
INERTIA_DEGREE = {True: 12, False: 11}
"""Largest degree of the Hessians that count negative modes, of axisymmetric states and others."""
UNIFORM_INERTIA = 8
"""And of uniform ones: what curls out of them is known to nine digits there."""
SOFT_SHIFT = 15.0
"""What is added to curvatures near zero to find the smallest: the less, the faster, if it stays positive."""
SHIFT = 60.0
_AXISYMMETRIC = 1e-10
"""Mean square of the part of m that turns with phi, below which a state is taken to have none."""
_LEAST_LENGTH = 0.2
"""|u| is held near 1; where it falls below this m turns faster than the polynomials can follow."""
_ANOTHER_STATE = 0.1
"""Change of the mean magnetisation beyond which two degrees do not hold the same state."""


@lru_cache(maxsize=8)
def _between_nodes(degree: int, order: int) -> Ball:
    return Ball(degree, 2 * degree, None if order == degree else order)


@dataclass(frozen=True, eq=False)
class ContinuumState(Tabled, Texture):
    """One stationary state of the ball, certified; vectors are in the frame of the material's axis."""

    problem: Continuum
    spectrum: Spectrum
    m_error: float = math.nan
    """Largest change of the mean magnetisation from degree N-1 or N-4 to N; a free azimuth does not count."""
    lambda_error_T: float = math.nan
    """What the smallest curvature may be off, from its change between the same degrees, mode by mode."""
    inertia: tuple[int, ...] = ()
    """Negative eigenvalues of the whole Hessian at two degrees, where they were counted."""
    coarser: tuple[ContinuumState, ...] = ()
    """The same state at degrees N-1 and N-4, from which the errors come; kept where they are asked for."""

    @property
    def lambda_min_T(self) -> float:
        """Smallest curvature of the energy; what costs nothing by symmetry is left out.

        Of the uniform state along the field it is known in closed form, and that is taken.
        """
        if self.problem.aligned and self.kind == "uniform":
            return self.problem.uniform_curvature_T(self.B_T, self.along)
        return self.solved_lambda_T

    @cached_property
    def lowest_T(self) -> dict[bool, float]:
        """The smallest curvature of changes that keep the state's symmetry (False) and of those that do not.

        Of those found: where it is axisymmetric, with any azimuthal number; else with the half turn about y.
        """
        found = self.spectrum
        lowest: dict[bool, float] = {}
        odd = [False] * len(found.modes) if found.odd is None else found.odd.tolist()
        for value, mode, inverted in zip(found.eigenvalues, found.modes, odd, strict=True):
            lowest.setdefault(self._breaks(mode, inverted), float(value) * self.problem.unit_T)
        return lowest

    def _breaks(self, mode: Array, odd: bool) -> bool:
        if not self.axisymmetric:
            return odd
        round_ = axisymmetric_part(self.point.energy.ball, mode)
        return bool(np.vdot(round_, self.point.metric(round_)) < 0.5)

    @property
    def solved_lambda_T(self) -> float:
        """The same from the solved eigenproblem alone."""
        return float(self.spectrum.eigenvalues[0]) * self.problem.unit_T

    @property
    def stability(self) -> Stability:
        """Minimum or saddle; undecided where the curvature is below its error.

        Or where the counts of negative modes contradict it, or one another.
        """
        unstable = self.lambda_min_T < 0.0
        if not abs(self.lambda_min_T) > self.lambda_error_T or len(set(self.inertia)) > 1:
            return "undecided"
        if any((n > 0) != unstable for n in self.inertia):
            return "undecided"
        return "saddle" if unstable else "minimum"

    @property
    def softest_is_odd(self) -> bool:
        """Whether the mode of the smallest curvature breaks the half turn about y, which the state has."""
        odd = self.spectrum.odd
        return odd is not None and bool(odd[0])

    @property
    def softest_is_turn(self) -> bool:
        """Whether that mode is a turn about an easy axis off the field, known to its sign."""
        return self.problem.turns_as_a_whole(self.point, self.spectrum.modes[0])

    @property
    def softest(self) -> ModeName:
        """What the mode of the smallest curvature does."""
        if self.softest_is_turn and self.kind != "uniform":
            return "azimuth of the core"
        return mode_name(self.point, self.spectrum.modes[0], self.core)

    def with_inertia(self, degrees: Sequence[int] = ()) -> ContinuumState:
        """The state with its negative modes of all symmetries counted, from whole Hessians of some degrees.

        Half a second at degree 12 for an axisymmetric state, two at degree 11 for another. Degrees that lack
        the state count none. By default two below its own.
        """
        largest = UNIFORM_INERTIA if self.kind == "uniform" else INERTIA_DEGREE[self.axisymmetric]
        largest = min(self.degree - 1, largest)
        return self.problem.with_inertia(self, degrees or (largest, largest - 1))

    def to_dataframe(self) -> pd.DataFrame:
        """One row: field, kind and stability, moment, curvature, energies, and the Ansatz nearest to it."""
        mx, my, mz = self.m
        names = ("m_error", "lambda_min_T", "lambda_error_T", "chirality", "degree")
        energies = {f"{term}_J": value for term, value in self.energies_J.items()}
        fit = {name: getattr(self.fit, name, math.nan) for name in ("nu", "nu_m_phi", "nu_m_z", "rms")}
        told = {"B_T": self.B_T, "kind": self.kind, "stability": self.stability}
        own = {name: getattr(self, name) for name in names}
        return table([{**told, "m_x": mx, "m_y": my, "m_z": mz, **own, **fit, **energies}])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the cut through the centre across z, shaded by the part along z; returns the axes."""
        ax = axes_for(ax)
        self.field().sel("z").mpl(ax=ax, scalar_kw={"colorbar": False})
        return ax

    def __repr__(self) -> str:
        return f"ContinuumState({self.B_T:g} T, {self.kind}, m = {self.along:.5f} along B, {self.stability})"


class Continuum(Problem):
    """The continuum problem of one sphere in fields along one direction, and its certified states."""

    def certified(
        self,
        B_T: float,
        point: Point,
        axisymmetric: bool,
        start: Array | None = None,
        k: int = 4,
        shift: float = SHIFT,
        tolerance: float = _TOLERANCE,
    ) -> ContinuumState:
        """The state with the smallest curvatures."""
        ball = point.energy.ball
        if axisymmetric:  # its modes need one azimuthal order more than itself
            at = solver(ball.degree, 2)
            wide = self.energy(at, B_T).at(ball.carried(point.c, at.ball))
        else:
            at, wide = solver(ball.degree), point
        if self.aligned and uniform_moment(wide.energy.ball, wide.c) is not None:  # it may be a deep saddle
            shift = max(shift, -2.0 * self.uniform_curvature_T(B_T, wide.mean[2]) / self.unit_T)
        known, even = self.turning_modes(wide), self.is_even(at.ball, wide.c)
        held = np.concatenate((self.zero_modes(wide), known.modes))
        if start is None or start.shape[2] != at.ball.n_basis:
            start = held[:0]
        if len(known.modes):  # what is known is not sought
            start = start[np.linalg.norm(start[..., at.ball.n == 0], axis=(1, 2)) < 1.0]
        if even:
            at = at.half
            place = self.energy(at, B_T).at(wide.c * at.ball.sectors[0])
        else:
            place = wide
        found = (spectrum_of_even if even else spectrum)(
            *(at, place, k),
            start=start,
            zero_modes=held,
            shift=shift,
            tolerance=tolerance,
            turn=None if len(known.modes) else self.turn_about_axis(place),
        )
        state = ContinuumState(B_T, self, wide, axisymmetric, known.with_others(found))
        exact = self.aligned and state.kind == "uniform"
        return replace(state, lambda_error_T=0.0) if exact else state

    def reduced(self, point: Point) -> tuple[Point, bool]:
        """The point on the smallest ball that holds it, and whether it is axisymmetric about the field."""
        ball = point.energy.ball
        if ball.order == 1:
            return point, True
        if not self.aligned:
            return self._evened(point), False
        rest = point.c - axisymmetric_part(ball, point.c)
        if np.vdot(rest, point.metric(rest)) > _AXISYMMETRIC:
            return self._evened(point), False
        at = solver(ball.degree, 1)
        c = axisymmetric_part(at.ball, ball.carried(point.c, at.ball))
        found = self.stationary(at, float(point.energy.b[2]) * self.unit_T, c)
        return (found, True) if found is not None else (point, False)

    def _evened(self, point: Point) -> Point:
        """The even state of which a point differs by noise alone, if it does."""
        ball = point.energy.ball
        rest = point.c * ball.sectors[1]
        if np.vdot(rest, point.metric(rest)) > _AXISYMMETRIC or not rest.any():
            return point
        found = self.stationary(
            solver(ball.degree, ball.order), float(point.energy.b[2]) * self.unit_T, point.c * ball.sectors[0]
        )
        return point if found is None else found

    def carried(self, state: ContinuumState, at: Solver, c: Array | None = None) -> Array:
        """Coefficients of a state, or c of its ball, on another ball."""
        c = state.point.energy.ball.carried(state.point.c if c is None else c, at.ball)
        return axisymmetric_part(at.ball, c) if state.axisymmetric else c

    def ball_of(self, state: ContinuumState, degree: int) -> Solver:
        """The smallest ball that holds the state at this degree."""
        return solver(degree, 1 if state.axisymmetric else None)

    def refined(self, state: ContinuumState, degree: int, k: int = 4) -> ContinuumState | None:
        """The same state, with k modes, at another degree; None if that degree does not hold it."""
        point = self._at_degree(state, degree)
        if point is None:
            return None
        ball, wide = state.point.energy.ball, solver(degree, 2 if state.axisymmetric else None).ball
        start = np.stack([ball.carried(mode, wide) for mode in state.spectrum.modes])
        shift = self.shift_beside(state, state.B_T)
        return self.certified(state.B_T, point, state.axisymmetric, start=start, k=k, shift=shift)

    def shift_beside(self, state: ContinuumState, B_T: float) -> float:
        """What to add to the curvatures of a state that goes on from a known one at a field."""
        least = float(state.spectrum.eigenvalues[0]) - abs(B_T - state.B_T) / self.unit_T
        return SOFT_SHIFT if least > -0.5 * SOFT_SHIFT else SHIFT

    def _at_degree(self, state: ContinuumState, degree: int) -> Point | None:
        """The same stationary point at another degree; None if that degree does not hold it."""
        at = self.ball_of(state, degree)
        point = self.stationary(at, state.B_T, self.carried(state, at))
        return None if point is None or self.apart(point, state.point) > _ANOTHER_STATE else point

    def with_errors(self, state: ContinuumState) -> ContinuumState:
        """The state with its errors, from coarser degrees; nan if one of them lacks the state."""
        with warnings.catch_warnings(), ThreadPoolExecutor(len(COARSER)) as pool:
            warnings.simplefilter(
                "ignore", UserWarning
            )  # as `spectrum` does, but a filter is no thread's own
            coarser = list(pool.map(lambda less: self.refined(state, state.degree - less, k=2), COARSER))
        same = tuple(other for other in coarser if other is not None)
        if len(same) < len(coarser):
            return state
        m = self.observable(state.point)
        m_error = max(float(np.abs(self.observable(other.point) - m).max()) for other in same)
        return replace(state, m_error=m_error, lambda_error_T=_lambda_error(state, same), coarser=same)

    def to_accuracy(self, state: ContinuumState, wanted: float, degrees: Sequence[int]) -> ContinuumState:
        """The state at the first of the degrees, from its own on, whose error is as wanted; else the last.

        Raises
        ------
        NotResolved
            If coarser degrees do not hold the state, or m turns too fast for the polynomials somewhere.
        """
        state = self.with_errors(state)
        for degree in degrees:
            if degree <= state.degree or state.m_error <= wanted:
                continue
            finer = self.refined(state, degree)
            if finer is not None:
                state = self.with_errors(finer)
        if not math.isfinite(state.m_error):
            raise NotResolved(
                f"B = {state.B_T:g} T: the state of degree {state.degree} is not that of smaller degrees; "
                "it may have several vortices or a wall too thin to resolve"
            )
        ball = state.point.energy.ball
        u = _between_nodes(ball.degree, ball.order).values(state.point.c)
        least = float(np.linalg.norm(u, axis=-1).min())
        if least < _LEAST_LENGTH:
            raise NotResolved(
                f"B = {state.B_T:g} T: m turns over too short a length at degree {state.degree} (|u| falls "
                f"to {least:.2g} of 1): a Bloch point, or a core too narrow to resolve"
            )
        return state

    def with_inertia(self, state: ContinuumState, degrees: Sequence[int]) -> ContinuumState:
        """The state with the negative eigenvalues of its whole Hessian counted at some degrees."""
        counts = []
        for degree in degrees:
            point = self._at_degree(state, degree)
            if point is None:
                continue
            at = solver(degree)
            c = point.energy.ball.carried(point.c, at.ball)
            if self.is_even(at.ball, c):
                at, c = at.half, c * at.ball.sectors[0]
            whole = self.energy(at, state.B_T).at(c)
            held = self.zero_modes(self.energy(solver(degree), state.B_T).at(c))
            counts.append(negative_modes(at, whole, held, state.axisymmetric, self.turn_about_axis(whole)))
        return replace(state, inertia=tuple(counts))


def _lambda_error(state: ContinuumState, coarser: Sequence[ContinuumState]) -> float:
    """By how much the smallest curvature may be off: by its own mode, and by others that may lie lower."""
    if state.problem.aligned and state.kind == "uniform":
        return 0.0

    def off(value: float, others: Sequence[float]) -> float:
        pairs = zip(_CURVATURE_SHARE, others, strict=True)
        return max(share * abs(value - other) for share, other in pairs)

    value, of_modes = state.solved_lambda_T, [other.lowest_T for other in coarser]
    bars = {
        breaks: off(lowest, [other[breaks] for other in of_modes])
        for breaks, lowest in state.lowest_T.items()
        if all(breaks in other for other in of_modes)
    }
    softest = next(iter(state.lowest_T))
    bars.setdefault(softest, off(value, [other.solved_lambda_T for other in coarser]))
    below = min(state.lowest_T[breaks] - bar for breaks, bar in bars.items())
    return max(bars[softest], value - below)
