"""The other half of a loop: what a state at one field is at the opposite field, by symmetry.

In: states and events of a `Path` so far. Out: the image of one of them, if the path goes through it.

With the axis along the field (z) a half turn about x inverts the field alone, so the image's core stays on
its side and keeps its chirality; with any other axis time is reversed, which inverts field and moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.events import KINDS, SYMMETRY, ContinuumEvent
from reduced_model.continuum.problem import ContinuumState
from reduced_model.continuum.symmetry import half_turn

_SAME_FIELD_T = 1e-12
_ITSELF = 1e-5
"""Distance of the coefficients up to which a state is another, or its own image."""
_AHEAD = 0.5
"""Part of its distance from the state before, up to which an image may miss where the path is heading."""


def image_of(state: ContinuumState) -> ContinuumState:
    """The state at the opposite field, with all that is known of it."""
    problem, ball = state.problem, state.point.energy.ball
    energy = state.point.energy.in_field(-state.point.energy.b)
    c, modes = (
        half_turn(ball, each) if problem.aligned else -each for each in (state.point.c, state.spectrum.modes)
    )
    return replace(
        state,
        B_T=-state.B_T,
        point=energy.at(c),
        spectrum=replace(state.spectrum, modes=modes),
        coarser=tuple(image_of(other) for other in state.coarser),
    )


@dataclass
class Path:
    """The states of a path so far, and what lies between each and the one before."""

    states: list[ContinuumState] = field(default_factory=list)
    events: list[list[ContinuumEvent]] = field(default_factory=list)
    images: list[int | None] = field(default_factory=list)
    """Row whose image a state is, its own perhaps in zero field; None if of none."""

    def add(self, state: ContinuumState, events: list[ContinuumEvent], image: int | None) -> None:
        """Go on to a state."""
        self.states.append(state)
        self.events.append(events)
        if image is None:
            row = self._opposite(state.B_T)
            same = row is not None and _apart(state, image_of(self.states[row])) < _ITSELF
            image = row if same else None
        self.images.append(image)

    def _opposite(self, B_T: float) -> int | None:
        """The first row at the opposite field."""
        return next((k for k, state in enumerate(self.states) if abs(state.B_T + B_T) < _SAME_FIELD_T), None)

    def image_at(self, B_T: float) -> tuple[int, ContinuumState, list[ContinuumEvent] | None] | None:
        """A known row's image at a field if the path leads there: row, state, ends of branches on the way.

        Where the last state is an image too, the way was gone before, in the other direction. None as events:
        they are not known.
        """
        row = self._opposite(B_T)
        if row is None:
            return None
        image, before = image_of(self.states[row]), self.states[-1]
        if self.images[-1] != row + 1:
            return (row, image, None) if self._ahead(image) else None
        ends = [event for event in self.events[row + 1] if event.ends_branch]
        if not ends and image.kind == before.kind:
            return row, image, None
        if not self._joins(image, ends):
            return None
        end = replace(
            ends[0],
            kind=KINDS[before.kind, image.kind],
            B_T=-ends[0].B_T,
            before=before.kind,
            after=image.kind,
            chirality=image.chirality,
            row=len(self.states),
            left=None,
            rejected=None,
        )
        return row, image, [end]

    def _ahead(self, image: ContinuumState) -> bool:
        """Whether a state lies where the last two lead."""
        if len(self.states) < 2:
            return False
        earlier, before = self.states[-2:]
        gone, to_go = before.B_T - earlier.B_T, image.B_T - before.B_T
        if not gone * to_go > 0.0:
            return False
        first, last, now = _together(earlier, before, image)
        ahead = last + to_go / gone * (last - first)
        return bool(np.linalg.norm(now - ahead) <= _AHEAD * np.linalg.norm(now - last) + _ITSELF)

    def _joins(self, image: ContinuumState, ends: list[ContinuumEvent]) -> bool:
        """Whether the last state's branch joins a more symmetric one that had left it for it, to a mode.

        The square of their distance vanishes, as a straight line in the field, on the way.
        """
        if len(ends) != 1 or not ends[0].mode or len(self.states) < 2:
            return False
        earlier, before = self.states[-2:]
        if (ends[0].before, ends[0].after) != (image.kind, before.kind) or earlier.kind != before.kind:
            return False
        if SYMMETRY[image.kind] <= SYMMETRY[before.kind] or image.along * before.along <= 0.0:
            return False
        first, last, now = _together(earlier, before, image)
        was, left = (float(np.linalg.norm(now - c)) ** 2 for c in (first, last))
        if not was > left:
            return False
        joined_T = before.B_T + (before.B_T - earlier.B_T) * left / (was - left)
        return abs(joined_T - before.B_T) <= abs(image.B_T - before.B_T)


def _together(*states: ContinuumState) -> list[Array]:
    """The coefficients of states on the smallest ball that holds them all."""
    degree = max(state.degree for state in states)
    ball = Ball(degree, max_order=2 if all(state.axisymmetric for state in states) else None)
    return [state.point.energy.ball.carried(state.point.c, ball) for state in states]


def _apart(one: ContinuumState, other: ContinuumState) -> float:
    a, b = _together(one, other)
    return float(np.linalg.norm(a - b))
