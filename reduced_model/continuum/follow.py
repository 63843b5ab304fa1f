"""From state to state along a path of fields: on its own branch while it lasts, downhill where it ends.

In: a `Continuum` and the state before. Out: a `Step`: the stable state, and what was left on the way.
At a saddle both sides of the negative mode are followed and the lower end is kept; in a tie the chirality
is +1 and a core tilts towards +x.
"""

from __future__ import annotations

import math
from itertools import product
from typing import NamedTuple

import numpy as np

from reduced_model.continuum.basis import Array
from reduced_model.continuum.equilibrium import NotResolved, Solver, solver
from reduced_model.continuum.problem import SHIFT, Continuum, ContinuumState
from reduced_model.continuum.state import Point
from reduced_model.continuum.symmetry import axisymmetric_part, half_turn, rotated, turned

_NEGATIVE_T = -1e-6
"""A smallest curvature below this is left along its mode; of a turn about the axis any below zero."""
FULL_DEGREE = 12
"""With which states that are not axisymmetric begin."""
FINER_DEGREE = 16
"""And with which they are looked for where that is too small."""
_PUSHES = (0.15, 0.6)
"""Root mean square changes of m with which a saddle is left: the larger where a smaller one leads back."""
_LEFT = 1e-5
"""Change of the coefficients from which on it is left: where little is gained, Newton steps lead back."""

_NO_SWIRL = 1e-9
"""Circulation of a mode, of unit mean square, that is none."""


class Step(NamedTuple):
    """What became of a state when the field moved on."""

    state: ContinuumState
    left: ContinuumState | None
    """The saddle that was left, if its branch lost its stability."""
    rejected: ContinuumState | None
    """Where the other side of the saddle's mode leads."""
    lost: bool
    """Whether the branch could not be followed to this field at all."""


def first_state(problem: Continuum, B_T: float, degree: int) -> Step:
    """The uniform state along the field, or what it falls into."""
    at = solver(degree, 1 if problem.aligned else None)
    c = np.zeros((3, at.ball.n_basis))
    c[2] = math.copysign(1.0, B_T) * at.ball.project(np.ones((*at.ball.shape, 1)))[0]
    point = problem.stationary(at, B_T, c)
    if point is None:
        point = _downhill(problem, at, B_T, c)
    return settled(problem, problem.certified(B_T, *problem.reduced(point)))


def next_state(
    problem: Continuum, B_T: float, before: ContinuumState, earlier: ContinuumState | None = None
) -> Step:
    """The stable state at a field, coming from the state before; one earlier helps to predict it."""
    at = problem.ball_of(before, before.degree)
    c = problem.carried(before, at)
    ahead = c  # a uniform one's own direction tells which of two it is, a guess beyond a fold does not
    if before.kind != "uniform" and earlier is not None and earlier.point.c.shape == before.point.c.shape:
        ratio = (B_T - before.B_T) / (before.B_T - earlier.B_T or math.inf)
        ahead = c + ratio * (c - problem.carried(earlier, at))
    point = problem.stationary(at, B_T, ahead)
    if point is None:
        point, c = problem.followed_or_lost(at, before.B_T, B_T, c)
    lost = point is None
    if point is None:
        try:
            point = _downhill(problem, at, B_T, c)
        except NotResolved:  # a core too narrow for so few polynomials need not be for more
            finer = problem.refined(before, FINER_DEGREE) if before.degree < FINER_DEGREE else None
            if finer is None:
                raise
            return next_state(problem, B_T, finer)
    shift = SHIFT if lost else problem.shift_beside(before, B_T)
    state = problem.certified(B_T, *problem.reduced(point), start=before.spectrum.modes, shift=shift)
    step = settled(problem, state)
    return step._replace(lost=lost)


def _downhill(problem: Continuum, at: Solver, B_T: float, c: Array) -> Point:
    point = problem.stationary(at, B_T, c, downhill=True)
    if point is None:
        raise NotResolved(
            f"B = {B_T:g} T: no stationary state was found at degree {at.ball.degree}; it may have "
            "several vortices or a wall too thin to resolve"
        )
    return point


def holds(state: ContinuumState) -> bool:
    """Whether a state is kept, no mode of it being one to leave it by."""
    return state.lambda_min_T >= (0.0 if state.softest_is_turn else _NEGATIVE_T)


def settled(problem: Continuum, state: ContinuumState) -> Step:
    """The state, or the minimum that it falls into."""
    left = rejected = None
    for _ in range(6):
        if holds(state):
            return Step(state, left, rejected, False)
        left = left or state
        state, rejected = _fall(problem, state)
    raise NotResolved(f"B = {state.B_T:g} T: no minimum was found at degree {state.degree}")


def _fall(problem: Continuum, state: ContinuumState) -> tuple[ContinuumState, ContinuumState | None]:
    """Both ends of the negative mode, the kept one first: the lower, ties broken the same way always."""
    opposite = _turned_over(problem, state)
    if opposite is not None:
        return problem.certified(state.B_T, *problem.reduced(opposite)), None
    if not state.spectrum.eigenvalues[0] < 0.0:
        raise NotResolved(
            f"B = {state.B_T:g} T: the {state.kind} state is a saddle, and degree {state.degree} does not "
            "hold the mode by which it is left; start the path above nucleation"
        )
    mode, symmetric = _preferred(state)
    degree = min(state.degree, FULL_DEGREE)
    tries: list[tuple[int, int | None]] = [(degree, None), (FINER_DEGREE, None)]
    if symmetric:  # where no axisymmetric state is found, any other will do
        tries = [(state.degree, 1), (state.degree + 4, 1), *tries]
    for (degree, order), push in product(tries, _PUSHES):
        at = solver(degree, order)
        ball = state.point.energy.ball
        base, change = (ball.carried(c, at.ball) for c in (state.point.c, push * mode))
        starts = (base + change, base - change)
        found = [problem.stationary(at, state.B_T, c, downhill=True) for c in starts]
        ends = [point for point in found if point is not None and np.linalg.norm(point.c - base) > _LEFT]
        if ends:
            break
    else:
        raise NotResolved(
            f"B = {state.B_T:g} T: the {state.kind} state loses its stability, and no minimum that "
            "polynomials resolve was found beyond"
        )
    if len(ends) > 1 and ends[1].value < ends[0].value - 1e-7:
        ends.reverse()
    first, *others = [problem.certified(state.B_T, *problem.reduced(end)) for end in ends]
    return first, (others[0] if others else None)


def _turned_over(problem: Continuum, state: ContinuumState) -> Point | None:
    """Where a turn of the whole state leads that only the field hinders: a circle, not two sides.

    One about an easy axis off the field, if that is the mode; without an axis, of a state against the field.
    """
    point, axis, at = state.point, problem.axis, problem.ball_of(state, state.degree)
    if problem.k == 0.0 and state.along * state.B_T < 0.0:
        found = problem.stationary(at, state.B_T, half_turn(at.ball, problem.carried(state, at)))
        return found if found is not None and found.value < point.value else None
    if problem.turn_about_axis(point) is None or not state.softest_is_turn:
        return None
    field, moment = (v - (v @ axis) * axis for v in (point.energy.b, point.mean))
    angle = math.atan2(axis @ np.cross(moment, field), moment @ field)
    found = problem.stationary(at, state.B_T, turned(at.ball, point.c, axis, angle))
    return found if found is not None and found.value < point.value else None


def _preferred(state: ContinuumState) -> tuple[Array, bool]:
    """The negative mode as it is kept in a tie, and whether it is axisymmetric."""
    ball, point = state.point.energy.ball, state.point
    values = state.spectrum.eigenvalues
    negative = state.spectrum.modes[values < min(0.0, values[0] + 1e-3)]
    mode = negative[0]
    round_ = axisymmetric_part(ball, mode)
    if state.axisymmetric and np.vdot(round_, point.metric(round_)) > 0.5:
        return round_ * _handed(point, round_), True
    if not state.axisymmetric:
        return mode * _handed(point, mode), False
    towards_x = rotated(ball, point.c, np.array([0.0, math.copysign(1.0, point.mean[2]), 0.0]))
    moved = point.metric(towards_x)
    tilt = sum(np.vdot(one, moved) * one for one in negative)
    size = np.vdot(tilt, point.metric(tilt)) ** 0.5
    return (tilt / size if size > 1e-3 else mode), False


def _handed(point: Point, mode: Array) -> float:
    """The sign with which a mode circulates, +1, about the mean magnetisation, or moves that towards +x."""
    ball, e = point.energy.ball, point.energy
    values = ball.values(mode).reshape(-1, 3)
    swirl = float(e.weights @ np.cross(ball.points.reshape(-1, 3), values) @ point.mean)
    moved = float(e.weights @ values[:, 0])
    return math.copysign(1.0, swirl if abs(swirl) > _NO_SWIRL else moved)
