"""Steps along a branch of states in a changing field: where the next is looked for, and from what start.

In: a way between two fields, the states so far, what lies beyond the branch's end if that is known. Out: the
share of the way to try next; the state that those known foretell there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from harness.mx3.magnet.curvature import Array
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.stability import Stability

RESOLUTION_T = 1e-5
"""To which the field of an event is located."""
LARGEST_STEP_T = 0.01
"""By which the field is changed at once, however far apart the fields asked for are."""
FORETOLD = 2
"""How many times that, as long as states and curvatures come as those before foretell."""
_AS_FORETOLD_RAD, _AS_FORETOLD = 1e-3, 0.1
"""rms angle, and share of the smallest curvature, by which they may be off."""
REMEMBERED = 2
"""States of a branch kept to foretell the next by, besides the newest."""
_FARTHEST = 3.0
"""How far ahead they foretell, in steps between them: rounding grows with it."""
_FARTHEST_MODES = 2.0


class Place(NamedTuple):
    """A state of a branch by its field, in T, with its softest modes and their curvatures."""

    B_T: float
    m: Array
    modes: Array
    curvatures_T: Array

    @property
    def nearest_T(self) -> float:
        """The eigenvalue nearest to zero, soft modes included."""
        return float(np.abs(self.curvatures_T).min())

    @property
    def lowest_T(self) -> float:
        """The smallest eigenvalue, soft modes included: any may be the one that vanishes."""
        return float(self.curvatures_T.min())


class State(NamedTuple):
    """A stationary state at a share of the way from one field to the next."""

    s: float
    m: Array
    found: Stability
    earlier: tuple[Place, ...] = ()
    """States before it on its branch, the newest first."""

    def place(self, way: Way) -> Place:
        """The state as one that others are foretold by."""
        return Place(way.B_T(self.s), self.m, self.found.changes, self.found.spectrum.eigenvalues_T)

    def packed(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """The state as arrays, and as numbers that JSON can hold."""
        arrays, numbers = self.found.packed()
        for i, place in enumerate(self.earlier):
            arrays |= {f"{name}_{i}": np.asarray(value) for name, value in place._asdict().items()}
        return arrays | {"m": self.m}, numbers | {"s": self.s, "earlier": len(self.earlier)}

    @classmethod
    def unpacked(cls, arrays: Mapping[str, Array], numbers: Mapping[str, Any]) -> State:
        """The state that was packed."""
        places = ([arrays[f"{name}_{i}"] for name in Place._fields] for i in range(numbers["earlier"]))
        earlier = tuple(Place(float(B_T), *others) for B_T, *others in places)
        return cls(numbers["s"], arrays["m"], Stability.unpacked(arrays, numbers), earlier)


class Lost(NamedTuple):
    """What a step that just fails leads to: a saddle, or nothing."""

    s: float
    beyond: State | None
    critical: int | None = None
    """The mode that vanishes there, of the last state, where the branch was followed round its end."""


class Way:
    """The way from one applied field to another, both (3, nz, ny, nx), in T."""

    def __init__(self, start: Array, stop: Array) -> None:
        self._start, self.stop, self.change = start, stop, stop - start
        change = self.change.reshape(3, -1)
        self.length_T = float(np.sqrt(np.sum(change**2, axis=0).max()))
        line = change.mean(axis=1) if self.length_T else stop.reshape(3, -1).mean(axis=1)
        size = np.linalg.norm(line)
        self.axis = line / size if size else np.array([0.0, 0.0, 1.0])
        self.axis = self.axis * np.sign(self.axis[np.abs(self.axis).argmax()])

    def set(self, magnet: Magnet, s: float) -> None:
        """Apply the field at a share of the way."""
        magnet.set_field(self.stop if s == 1 else self._start + s * self.change)

    def B_T(self, s: float) -> float:
        """Mean field along the line of the way."""
        mean = (self._start + s * self.change).reshape(3, -1).mean(axis=1)
        return round(float(mean @ self.axis), 12) + 0.0

    def share(self, B_T: float) -> float:
        """The share of the way where the mean field along it is so large; nan where that does not change."""
        start_T, stop_T = self.B_T(0), self.B_T(1)
        return (B_T - start_T) / (stop_T - start_T) if stop_T != start_T else float("nan")


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
        before_T = max(0.0, at.place(way).lowest_T)
        end = gap * before_T / (before_T - beyond.beyond.place(way).lowest_T)
    elif (end := _fold_ahead(way, at)) > gap:
        end = gap / 2
    return at.s + float(np.copysign(max(end - 0.4 * shortest, shortest), goal - at.s))


def nears_end(way: Way, at: State, ahead: State, beyond: Lost) -> bool:
    """Whether a step has come as near to the end of a branch as it should, if the end is where it seems."""
    if beyond.beyond is None:
        return _fold_ahead(way, ahead) <= abs(beyond.s - ahead.s)
    return ahead.place(way).lowest_T < at.place(way).lowest_T / 2


def longest_step(way: Way, at: State) -> float:
    """The largest share of the way by which the field may change at once."""
    return (FORETOLD if _came_as_foretold(way, at) else 1) * LARGEST_STEP_T / way.length_T


def _came_as_foretold(way: Way, at: State) -> bool:
    """Whether a state was foretold, and its smallest curvature on the line through the two before."""
    if len(at.earlier) < REMEMBERED or at.found.polished.moved_rad > _AS_FORETOLD_RAD:
        return False
    here, (one, other) = at.place(way), at.earlier
    if one.B_T == other.B_T:
        return False
    slope = (one.lowest_T - other.lowest_T) / (one.B_T - other.B_T)
    wrong = here.lowest_T - (one.lowest_T + slope * (here.B_T - one.B_T))
    return abs(wrong) <= _AS_FORETOLD * here.lowest_T


def _fold_ahead(way: Way, at: State) -> float:
    """How far ahead the branch would fold, in shares of the way: the square of a curvature vanishes there."""
    if not at.earlier or abs(change_T := way.B_T(at.s) - at.earlier[0].B_T) == 0:
        return float("inf")
    square, before = at.place(way).nearest_T ** 2, at.earlier[0].nearest_T ** 2
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
    m = through(B_T, [one.B_T for one in known], [one.m for one in known])
    found: Array = m / np.sqrt(np.sum(m**2, axis=0))
    return found


def through(x: float, places: Sequence[float], values: Sequence[Any]) -> Any:
    """The polynomial through values at places, at x."""
    total = 0.0
    for i, (place, value) in enumerate(zip(places, values, strict=True)):
        others = [other for j, other in enumerate(places) if j != i]
        total = total + value * float(np.prod([(x - other) / (place - other) for other in others]))
    return total


def foretold_modes(steps: float, here: Array, before: Array) -> Array:
    """The modes so many steps ahead, on the line through two states of a branch, (k, 3, nz, ny, nx).

    Those here go on in what they have beyond the span of those before, for single ones may have crossed.
    """
    if not -1 <= steps <= _FARTHEST_MODES:
        return here
    now, then = (modes.reshape(len(modes), -1) for modes in (here, before))
    within = np.linalg.solve(then @ then.T, then @ now.T).T @ then
    return (now + steps * (now - within)).reshape(here.shape)
