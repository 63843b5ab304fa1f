"""Branches past the fields where they turn back: states of a given moment, the field among the unknowns.

In: a branch's states before its end. Out: the last stable one before the fold, if the branch has one there,
with the field of the fold. There the second variation vanishes along a mode; bordered by the field it does
not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from harness.mx3.magnet.curvature import Array, Curvature
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.solvers.newton import LARGEST_STEP, Modes, minres, preconditioner
from harness.mx3.magnet.stability import NotStationary, Stability, modes_of
from harness.mx3.magnet.steps import (
    REMEMBERED,
    RESOLUTION_T,
    Lost,
    Place,
    State,
    Way,
    foretold_modes,
    through,
)

DRIVEN = 1e-3
"""Cosine between a vanishing mode and the change of field from which a branch folds; where a branch forks
they are orthogonal, by symmetry, to rounding."""
_GOAL_T = 1e-8
_MOST_STEPS = 8
_SHARE = 1e-4
_MOST_STATES = 12
_SHORTER = 0.25
_SAME_END = 0.1
"""Of the resolution: fields of a fold by two polynomials that differ by less are the same."""


class _Turn(NamedTuple):
    """A state of the branch by its moment along the way."""

    moment_T: float
    s: float
    m: Array
    modes: Array
    critical: int | None
    """The softest mode that the field drives."""
    curvature_T: float
    """Of that mode."""

    @classmethod
    def of(cls, magnet: Magnet, way: Way, place: Place) -> _Turn:
        critical = _driven(magnet, way, place)
        curvature_T = float("inf") if critical is None else float(place.curvatures_T[critical])
        moment_T = _mean(magnet, place.m * _change(magnet, way))
        return cls(moment_T, way.share(place.B_T), place.m, place.modes, critical, curvature_T)


def round_the_end(
    magnet: Magnet, way: Way, at: State, goal: float, certify: Callable[[Magnet, Stability, Array], Stability]
) -> tuple[State, Lost | None, int]:
    """Follow a branch by its moment where none of its states was found by the field.

    Parameters
    ----------
    magnet : Magnet
    way : Way
    at : State
        The newest of the branch.
    goal : float
        Share of the way beyond which no state is wanted.
    certify : callable
        The stability of the magnet, given that of a neighbouring state and the modes to begin from.

    Returns
    -------
    (State, Lost or None, int)
        The newest stable state; the fold that it is next to, or the saddle found beyond; products and fields
        computed, without those of `certify`.
    """
    shortest, ahead, work = RESOLUTION_T / way.length_T, float(np.sign(goal - at.s)), 0
    known = [_Turn.of(magnet, way, place) for place in (at.place(way), *at.earlier)]
    last, beyond, end, kept = at, None, np.inf, 0
    if len(known) < 2 or not np.isfinite(known[0].s):
        return last, None, work
    if (step := known[0].moment_T - known[1].moment_T) == 0:
        return last, None, work
    for _ in range(_MOST_STATES):
        moment_T = _next_moment(known, beyond, step, shortest, 0.5**kept)
        if moment_T in (known[0].moment_T, beyond and beyond.moment_T):
            break
        near = [*known[: REMEMBERED + 1], *([beyond] if beyond else [])]
        moments = [one.moment_T for one in near]
        m = through(moment_T, moments, [one.m for one in near])
        magnet.move_to(m / np.sqrt(np.sum(m**2, axis=0)))
        s = through(moment_T, moments, [one.s for one in near])
        share = (moment_T - moments[0]) / (moments[0] - moments[1])
        modes = foretold_modes(share, known[0].modes, known[1].modes)
        try:
            s, made = at_moment(magnet, way, s, moment_T, modes_of(last.found, magnet, modes))
            found = certify(magnet, last.found, modes)
        except NotStationary as far:
            work, step = work + far.products, step * _SHORTER
            if beyond is not None:
                break
            continue
        work += made
        state = State(s, magnet.columns.copy(), found, (last.place(way), *last.earlier)[:REMEMBERED])
        turn = _Turn.of(magnet, way, state.place(way))
        if found.falls():
            if turn.curvature_T > 0:
                return last, Lost(s, state) if (s - last.s) * ahead > 0 else None, work
            beyond, kept = turn, 0
        elif (s - last.s) * ahead <= 0 or (goal - s) * ahead < 0:
            break
        else:
            last, kept = state, kept + (beyond is not None)
            known.insert(0, turn)
        if beyond is not None:
            before, end = end, _end(known, beyond)
            if abs(end - last.s) <= shortest / 2 and abs(end - before) <= _SAME_END * shortest:
                return last, Lost(end, None, known[0].critical), work
    return last, None, work


def _next_moment(
    known: list[_Turn], beyond: _Turn | None, step: float, shortest: float, less: float
) -> float:
    """The moment to try next: past the end that the last states point to, or just before one passed.

    Of a curvature beyond the end that was kept before, less counts (the Illinois rule).
    """
    newest = known[0].moment_T
    if beyond is not None:
        width = beyond.moment_T - newest
        if known[0].critical is None:
            return newest + width / 2
        share = known[0].curvature_T / (known[0].curvature_T - less * beyond.curvature_T)
        # the field differs from that of the fold by the square of what the moment does
        drop = abs(beyond.s - known[0].s) / max(abs((1 - share) ** 2 - share**2), 0.1)
        share -= np.sqrt(0.2 * shortest / drop) if drop > 0 else 0.0
        return newest + width * float(np.clip(share, 0.05, 0.95))
    if len(known) < 3:
        return newest + step
    fall_T = known[1].curvature_T - known[0].curvature_T
    past = 1.2 * known[0].curvature_T / fall_T if fall_T > 0 else 1.0
    return newest + step * float(np.clip(past, 0.3, 2.0))


def _end(known: list[_Turn], beyond: _Turn) -> float:
    """Where the polynomial through the states next to an end turns back, as a share of the way."""
    near = [beyond, *known[:3]]
    x, s = (np.array([getattr(one, name) for one in near]) for name in ("moment_T", "s"))
    width = x[0] - x[1]
    curve = np.polynomial.Polynomial.fit((x - x[1]) / width, s, len(near) - 1, domain=[-1, 1])
    found = np.asarray(curve.deriv().roots(), dtype=complex)
    inside = found.real[(np.abs(found.imag) < 1e-9) & (np.abs(found.real - 0.5) <= 0.51)]
    return float(curve(inside[0])) if len(inside) == 1 else np.inf


def _driven(magnet: Magnet, way: Way, place: Place) -> int | None:
    """The softest mode of a state that the change of field drives: along such a one a branch turns back."""
    change = _change(magnet, way)
    across = change - np.sum(change * place.m, axis=0) * place.m
    least = DRIVEN * np.sqrt(_mean(magnet, across**2))
    for i in np.argsort(place.curvatures_T):
        if abs(_mean(magnet, place.modes[i][:, magnet.fill > 0] * across)) > least:
            return int(i)
    return None


def at_moment(magnet: Magnet, way: Way, s: float, moment_T: float, near: Modes) -> tuple[float, int]:
    """Move a magnet to the stationary state of a moment along the way, from one near by.

    Newton's steps on (m, s), s the share of the way, with the moment as the equation for s.

    Returns
    -------
    (float, int)
        The share of the way where it is stationary; products and fields computed.

    Raises
    ------
    NotStationary
        If no such state is near.
    """
    work, goal_T = 0, max(_GOAL_T, 10 * magnet.rounding_floor_T)
    for _ in range(_MOST_STEPS):
        way.set(magnet, s)
        at = Curvature(magnet)
        work += 1
        missing = moment_T - _mean(magnet, at.m * _change(magnet, way))
        if at.torque_T <= goal_T and abs(missing) <= goal_T * way.length_T:
            return s, work
        v, ds = _step(at, at.coordinates(_change(magnet, way)), missing, near)
        work += at.products
        change = at.change(v)
        if (longest := np.sqrt(np.sum(change**2, axis=0).max())) > LARGEST_STEP:
            break
        m = at.m + change
        magnet.move_to(m / np.sqrt(np.sum(m**2, axis=0)))
        s += ds
    raise NotStationary(f"no state of the moment: torque {at.torque_T:.2g} T, step {longest:.2g} rad", work)


def _step(at: Curvature, push: Array, missing: float, near: Modes) -> tuple[Array, float]:
    """The step (v, ds) of [[H, -p], [-p, 0]] (v, ds) = (-g, -missing)."""
    apply = preconditioner(at, near)
    weight = 1 / float(push @ apply(push))

    def times(x: Array) -> Array:
        return np.append(at.times(x[:-1], single=True) - x[-1] * push, -(push @ x[:-1]))

    def precondition(x: Array) -> Array:
        return np.append(apply(x[:-1]), weight * x[-1])

    step = minres(times, precondition, np.append(-at.gradient, -missing), _SHARE)
    return step[:-1], float(step[-1])


def _mean(magnet: Magnet, product: Array) -> float:
    """Mean of a scalar product over the moment that can turn, from its three parts, (3, N)."""
    return float(np.average(np.sum(product, axis=0), weights=magnet.moments * magnet.turns))


def _change(magnet: Magnet, way: Way) -> Array:
    return way.change[:, magnet.fill > 0]
