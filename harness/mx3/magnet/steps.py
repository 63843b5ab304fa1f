"""Steps along a branch of states in a changing field: where the next is looked for, and from what start.

In: a way between two fields, the states so far, what lies beyond the branch's end if that is known. Out: the
share of the way to try next; the state that those known foretell there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from harness.mx3.magnet.curvature import Array
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.stability import Stability

RESOLUTION_T = 1e-5
"""To which the field of an event is located."""
LARGEST_STEP_T = 0.01
"""By which the field is changed at once, however far apart the fields asked for are."""
REMEMBERED = 2
"""States of a branch kept to foretell the next by, besides the newest."""
_FARTHEST = 3.0
"""How far ahead they foretell, in steps between them: rounding grows with it."""


class Place(NamedTuple):
    """A state of a branch by its field, in T, with its eigenvalue nearest to zero."""

    B_T: float
    m: Array
    nearest_T: float


class State(NamedTuple):
    """A stationary state at a share of the way from one field to the next."""

    s: float
    m: Array
    found: Stability
    earlier: tuple[Place, ...] = ()
    """States before it on its branch, the newest first."""

    @property
    def nearest_T(self) -> float:
        """The eigenvalue nearest to zero, soft modes included."""
        return float(np.abs(self.found.spectrum.eigenvalues_T).min())

    @property
    def lowest_T(self) -> float:
        """The smallest eigenvalue, soft modes included: any may be the one that vanishes."""
        return float(self.found.spectrum.eigenvalues_T.min())


class Lost(NamedTuple):
    """What a step that just fails leads to: a saddle, or nothing."""

    s: float
    beyond: State | None


class Way:
    """The way from one applied field to another, both (3, nz, ny, nx), in T."""

    def __init__(self, start: Array, stop: Array) -> None:
        self._start, self.stop = start, stop
        change = (stop - start).reshape(3, -1)
        self.length_T = float(np.sqrt(np.sum(change**2, axis=0).max()))
        line = change.mean(axis=1) if self.length_T else stop.reshape(3, -1).mean(axis=1)
        size = np.linalg.norm(line)
        self.axis = line / size if size else np.array([0.0, 0.0, 1.0])
        self.axis = self.axis * np.sign(self.axis[np.abs(self.axis).argmax()])

    def set(self, magnet: Magnet, s: float) -> None:
        """Apply the field at a share of the way."""
        magnet.set_field(self.stop if s == 1 else self._start + s * (self.stop - self._start))

    def B_T(self, s: float) -> float:
        """Mean field along the line of the way."""
        mean = (self._start + s * (self.stop - self._start)).reshape(3, -1).mean(axis=1)
        return round(float(mean @ self.axis), 12) + 0.0


def next_share(way: Way, at: State, goal: float, size: float, beyond: Lost | None) -> float:
    """The share of the way to try next: a step on, or one between a state and where there was none.

    There, just before the end of the branch is expected, or a step of the resolution if it is nearer.
    """
    if beyond is None:
        steps = int(np.ceil(abs(goal - at.s) / size - 1e-6))
        return goal if steps <= 1 else at.s + (goal - at.s) / steps
    gap, shortest = abs(beyond.s - at.s), RESOLUTION_T / way.length_T
    if gap <= shortest * (1 + 1e-9):
        return beyond.s
    if beyond.beyond is not None:
        before_T = max(0.0, at.lowest_T)
        end = gap * before_T / (before_T - beyond.beyond.lowest_T)
    elif (end := _fold_ahead(way, at)) > gap:
        end = gap / 2
    return at.s + float(np.copysign(max(end - 0.4 * shortest, shortest), goal - at.s))


def nears_end(way: Way, at: State, ahead: State, beyond: Lost) -> bool:
    """Whether a step has come as near to the end of a branch as it should, if the end is where it seems."""
    if beyond.beyond is None:
        return _fold_ahead(way, ahead) <= abs(beyond.s - ahead.s)
    return ahead.lowest_T < at.lowest_T / 2


def _fold_ahead(way: Way, at: State) -> float:
    """How far ahead the branch would fold, in shares of the way: the square of a curvature vanishes there."""
    if not at.earlier or abs(change_T := way.B_T(at.s) - at.earlier[0].B_T) == 0:
        return float("inf")
    square, before = at.nearest_T**2, at.earlier[0].nearest_T ** 2
    if square >= before:
        return float("inf")
    return float(abs(change_T) * square / (before - square) / way.length_T)


def foretold(B_T: float, places: tuple[Place, ...]) -> Array | None:
    """The state in another field by the polynomial through those known, as far as they reach; None if one."""
    ahead_T = B_T - places[0].B_T
    known = [places[0]]
    for one in places[1:]:
        step_T = (known[-1].B_T - one.B_T) * np.sign(ahead_T)
        if step_T <= 0 or abs(ahead_T) > _FARTHEST * step_T:  # after a turning point, or too near
            break
        known.append(one)
    if len(known) == 1:
        return None
    m = np.zeros_like(known[0].m)
    for one in known:
        share = 1.0
        for other in known:
            if other is not one:
                share *= (B_T - other.B_T) / (one.B_T - other.B_T)
        m += share * one.m
    return m / np.sqrt(np.sum(m**2, axis=0))
