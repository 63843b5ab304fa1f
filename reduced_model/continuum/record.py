"""Solved states as plain values, and back: what work that was broken off goes on from.

In: a state, or the events before one. Out: dictionaries of numbers and words, for JSON.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from reduced_model.continuum.basis import Array
from reduced_model.continuum.curvature import Spectrum
from reduced_model.continuum.equilibrium import solver
from reduced_model.continuum.events import ContinuumEvent
from reduced_model.continuum.problem import Continuum, ContinuumState

_OF_STATE = ("B_T", "axisymmetric", "m_error", "lambda_error_T")
_OF_EVENT = ("kind", "B_T", "error_T", "mode", "before", "after", "chirality", "row", "ends_branch")


def of_state(state: ContinuumState) -> dict[str, Any]:
    """A state, with its coarser ones."""
    ball, found = state.point.energy.ball, state.spectrum
    return {
        **{name: getattr(state, name) for name in _OF_STATE},
        "degree": ball.degree,
        "order": ball.order,
        "c": _text(state.point.c),
        "eigenvalues": found.eigenvalues.tolist(),
        "modes": _text(found.modes),
        "residuals": found.residuals.tolist(),
        "odd": None if found.odd is None else found.odd.tolist(),
        "inertia": list(state.inertia),
        "coarser": [of_state(other) for other in state.coarser],
    }


def state_of(problem: Continuum, values: dict[str, Any]) -> ContinuumState:
    """The state that `of_state` wrote."""
    at, odd = solver(values["degree"], values["order"]), values["odd"]
    n = at.ball.n_basis
    return ContinuumState(
        **{name: values[name] for name in _OF_STATE},
        problem=problem,
        point=problem.energy(at, values["B_T"]).at(_array(values["c"]).reshape(3, n)),
        spectrum=Spectrum(
            np.array(values["eigenvalues"]),
            _array(values["modes"]).reshape(-1, 3, n),
            np.array(values["residuals"]),
            None if odd is None else np.array(odd, dtype=bool),
        ),
        inertia=tuple(values["inertia"]),
        coarser=tuple(state_of(problem, other) for other in values["coarser"]),
    )


def of_events(events: Sequence[ContinuumEvent]) -> list[dict[str, Any]]:
    """Events, with the states that they left."""
    return [
        {
            **{name: getattr(event, name) for name in _OF_EVENT},
            "states": [None if s is None else of_state(s) for s in (event.left, event.rejected)],
        }
        for event in events
    ]


def events_of(problem: Continuum, values: Sequence[dict[str, Any]]) -> list[ContinuumEvent]:
    """The events that `of_events` wrote."""
    found = []
    for one in values:
        left, rejected = (None if s is None else state_of(problem, s) for s in one["states"])
        known = {name: one[name] for name in _OF_EVENT}
        found.append(ContinuumEvent(**known, left=left, rejected=rejected))
    return found


def _text(array: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f8").tobytes()).decode("ascii")


def _array(text: str) -> Array:
    return np.frombuffer(base64.b64decode(text), dtype="<f8").astype(float)
