"""The fields at which a loop changes its state, by every witness and by the continuum.

In: a run, the models on a fine path, the continuum's events. Out: nucleation, tilt, reversal and annihilation
of every branch, each with its error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.analysis.loop import Branch, branches
from harness.comparison.states import UNKNOWN, RowStates, model_states, turn_field
from reduced_model.loops.loop import ModelLoop
from reduced_model.loops.observables import NOWHERE, BranchObservables, Located

if TYPE_CHECKING:
    from reduced_model.continuum.branches import BranchEvent, ContinuumBranches

__all__ = [
    "EVENTS",
    "Events",
    "continuum_events",
    "event_table",
    "events_of_rows",
    "model_events",
    "run_to_run",
    "scattered",
    "seen_by_kind",
    "whole_way",
]

Vector = NDArray[np.float64]
Events = Mapping[str, Located]
"""Field and error in T, by event; nan where there is none."""

EVENTS = ("nucleation", "tilt", "reversal", "annihilation")
"""In the order of a path from saturation."""
_END_ERROR_T = 1e-9
"""To which a model's loop locates where a branch ends."""
_NO_MOMENT = 1e-6
"""Moment below which it has no side."""
_BACKWARDS = {"nucleation": "annihilation", "tilt": "upright"}
"""What a continuous event is called where it is met from the other side."""


def events_of_rows(
    B_T: Vector, parts: Sequence[slice], observables: Sequence[BranchObservables], states: RowStates | None
) -> tuple[Events, ...]:
    """The events of every branch by its rows, each sure to half their distance; no tilt without states."""
    found = []
    for rows, seen in zip(parts, observables, strict=True):
        events = {
            "nucleation": (seen.nucleation_field_T, seen.nucleation_error_T),
            "tilt": NOWHERE if states is None else turn_field(B_T, rows, states),
            "reversal": (seen.coercive_field_T, seen.coercive_error_T),
            "annihilation": (seen.annihilation_field_T, seen.annihilation_error_T),
        }
        found.append(events)
    return tuple(found)


def run_to_run(values: Sequence[float]) -> float:
    """Standard deviation of a number over runs of one script; nan of fewer than two that have it."""
    known = [value for value in values if np.isfinite(value)]
    if len(known) < 2:
        return np.nan
    return float(np.std(known, ddof=1)) if np.ptp(known) else 0.0


def scattered(own: Sequence[Events], others: Sequence[Sequence[Events]]) -> tuple[Events, ...]:
    """A run's events, branch by branch, with the scatter over it and others of one script in each error."""
    return tuple(
        {
            event: (value, float(np.hypot(error, np.nan_to_num(run_to_run([of[event][0] for of in runs])))))
            for event, (value, error) in runs[0].items()
        }
        for runs in zip(own, *others, strict=True)
    )


def seen_by_kind(
    B_T: Vector, parts: Sequence[slice], observables: Sequence[BranchObservables], states: RowStates
) -> tuple[BranchObservables, ...]:
    """The observables of a table without circulation: nucleation and annihilation by the kind of its rows.

    Each lies between the last row of one kind and the first of the other; rows of unknown kind widen it.
    """
    found = []
    for rows, seen in zip(parts, observables, strict=True):
        fields, vortex, known = B_T[rows], states.vortex[rows], states.kind[rows] != UNKNOWN
        held = np.flatnonzero(vortex)
        fates: dict[str, Any] = {}
        for name, before, after in (
            ("nucleation", np.flatnonzero(known & ~vortex), held[:1]),
            ("annihilation", held[-1:], np.flatnonzero(known & ~vortex)),
        ):
            first = before[before < after[0]][-1:] if name == "nucleation" and after.size else before
            last = after[after > before[0]][:1] if name == "annihilation" and before.size else after
            if first.size and last.size:
                a, b = float(fields[first[0]]), float(fields[last[0]])
                fates |= {f"{name}_field_T": (a + b) / 2, f"{name}_error_T": abs(a - b) / 2}
        found.append(replace(seen, **fates))
    return tuple(found)


def model_events(loop: ModelLoop, axis_angle_rad: float) -> tuple[Events, ...]:
    """The events of every branch of a model's loop; those that end a branch as exactly as it has them."""
    B_T = np.asarray(loop.B_T)
    states = model_states(loop, axis_angle_rad) if axis_angle_rad == 0.0 else None
    parts = [branch.rows for branch in branches(B_T)]
    by_rows = events_of_rows(B_T, parts, loop.observables(), states)

    def exact(located: Located, rows: slice) -> Located:
        B, error = located
        ends = [e.B_T for e in loop.events if rows.start < e.row < rows.stop and abs(e.B_T - B) <= error]
        return (ends[0], _END_ERROR_T) if len(ends) == 1 else located

    return tuple(
        {name: exact(located, rows) for name, located in events.items()}
        for events, rows in zip(by_rows, parts, strict=True)
    )


def continuum_events(
    continuum: ContinuumBranches, place: NDArray[np.int_], m: Vector, B_T: Vector, branch: Branch
) -> Events:
    """The events that the stable continuum meets on one branch of a path.

    Those of a path from saturation are its own, on a branch that ascends their mirror images; they happen
    here where the states at the rows around them are those before and after.

    Parameters
    ----------
    place, m : (n,) arrays
        The stable continuum's branch at every row, and its moment along the field.
    """
    rows = np.arange(branch.rows.start, branch.rows.stop)
    down = -1.0 if branch.name == "ascending" else 1.0
    depths = -down * B_T[rows]
    found, chains = dict.fromkeys(EVENTS, NOWHERE), _by_rows(continuum, depths)
    for after, chain in chains.items():
        one, other = rows[after - 1], rows[after]
        same_side = m[one] * m[other] > 0.0 and min(abs(m[one]), abs(m[other])) > _NO_MOMENT
        if place[one] < 0 or place[other] < 0 or (place[one] == place[other] and same_side):
            continue
        ends = (continuum.branches[place[one]].kind, continuum.branches[place[other]].kind)
        if ends == (chain[0].before, chain[-1].after):
            found |= {e.kind: (down * e.B_T + 0.0, e.error_T) for e in chain if e.kind in EVENTS}
    return found


def _by_rows(continuum: ContinuumBranches, depths: Vector) -> dict[int, list[BranchEvent]]:
    """The events of the way down in its order, by the first row beyond them; none before the first row."""
    chains: dict[int, list[BranchEvent]] = {}
    for event in whole_way(continuum.events):
        after = int(np.searchsorted(depths, -event.B_T, side="right"))  # at its very field it is to come
        if 0 < after < depths.size:
            chains.setdefault(after, []).append(event)
    return chains


def whole_way(events: Sequence[BranchEvent]) -> tuple[BranchEvent, ...]:
    """The events of the whole way down, of which a survey that turns back at zero field has the first half.

    Its way back out is its way in: what happens there is the mirror image of an event run backwards, which a
    continuous one allows. The core stands up at minus the tilt field, the vortex is gone at minus the
    nucleation field.
    """
    lowest = min((event.B_T for event in events), default=0.0)
    back = (
        replace(e, kind=_BACKWARDS[e.kind], B_T=-e.B_T, before=e.after, after=e.before)
        for e in reversed(events)
        if e.kind in _BACKWARDS and e.B_T + lowest > 0.0
    )
    return tuple(sorted((*events, *back), key=lambda event: -event.B_T))


def event_table(parts: Sequence[Branch], events: Mapping[str, Sequence[Events]]) -> pd.DataFrame:
    """A row an event that anybody has: branch, event, then field and error in T by the names in `events`."""
    rows = []
    for number, branch in enumerate(parts):
        for name in EVENTS:
            fields = {who: of[number][name] for who, of in events.items()}
            if any(np.isfinite(B_T) for B_T, _ in fields.values()):
                row: dict[str, object] = {"branch": branch.label, "event": name}
                for who, (B_T, error_T) in fields.items():
                    row |= {f"{who}_T": B_T, f"{who}_error_T": error_T}
                rows.append(row)
    columns = [f"{who}{end}" for who in events for end in ("_T", "_error_T")]
    return pd.DataFrame(rows, columns=["branch", "event", *columns])
