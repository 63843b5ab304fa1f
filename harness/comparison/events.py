"""The fields at which a loop changes its state, by every witness and by the continuum.

In: a run, the models on a fine path, the continuum's events. Out: nucleation, tilt, reversal and annihilation
of every branch, each with its error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.analysis.loop import Branch, branches
from harness.comparison.states import RowStates, model_states, turn_field
from reduced_model.loops.loop import ModelLoop
from reduced_model.loops.observables import NOWHERE, BranchObservables, Located

if TYPE_CHECKING:
    from reduced_model.continuum.branches import ContinuumBranches

__all__ = ["EVENTS", "Events", "continuum_events", "event_table", "events_of_rows", "model_events"]

Vector = NDArray[np.float64]
Events = Mapping[str, Located]
"""Field and error in T, by event; nan where there is none."""

EVENTS = ("nucleation", "tilt", "reversal", "annihilation")
"""In the order of a path from saturation."""


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


def model_events(loop: ModelLoop, axis_angle_rad: float) -> tuple[Events, ...]:
    """The events of every branch of a model's loop."""
    B_T = np.asarray(loop.B_T)
    states = model_states(loop, axis_angle_rad) if axis_angle_rad == 0.0 else None
    return events_of_rows(B_T, [branch.rows for branch in branches(B_T)], loop.observables(), states)


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
    order = 1.0 if branch.name == "ascending" else -1.0
    heights = order * B_T[rows]
    chains: dict[int, list[tuple[float, int]]] = {}
    for number, event in enumerate(continuum.events):
        B = -order * event.B_T  # as it is on the way down
        after = int(np.searchsorted(heights, order * B))
        if 0 < after < rows.size:
            chains.setdefault(after, []).append((order * B, number))
    found = dict.fromkeys(EVENTS, NOWHERE)
    for after, chain in chains.items():
        met = [continuum.events[number] for _, number in sorted(chain)]
        one, other = rows[after - 1], rows[after]
        if place[one] < 0 or place[other] < 0 or (place[one] == place[other] and m[one] * m[other] > 0.0):
            continue
        ends = (continuum.branches[place[one]].kind, continuum.branches[place[other]].kind)
        if ends == (met[0].before, met[-1].after):
            found |= {
                event.kind: (-order * event.B_T, event.error_T) for event in met if event.kind in EVENTS
            }
    return found


def event_table(parts: Sequence[Branch], events: Mapping[str, Sequence[Events]]) -> pd.DataFrame:
    """A row an event that anybody has: branch, event, then field and error in T by the names in `events`."""
    rows = []
    for number, branch in enumerate(parts):
        for name in EVENTS:
            fields = {who: of[number][name] for who, of in events.items()}
            if any(np.isfinite(B_T) for B_T, _ in fields.values()):
                row: dict[str, object] = {"branch": branch.name, "event": name}
                for who, (B_T, error_T) in fields.items():
                    row |= {f"{who}_T": B_T, f"{who}_error_T": error_T}
                rows.append(row)
    columns = [f"{who}{end}" for who in events for end in ("_T", "_error_T")]
    return pd.DataFrame(rows, columns=["branch", "event", *columns])
