"""What of a difference between simulation and model is the mesh's error, and what the model's.

In: a case's rows and saved states, the models and the continuum on the same fields. Out: an ErrorBudget.

    simulation - model = (simulation - continuum) + (continuum - model) = mesh error + Ansatz error

A state is set against the continuum's branch of its own kind and polarity. Where simulation and model hold
different kinds of states, those branches differ too, and their difference is a third part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.analysis.loop import branches
from harness.analysis.result import CaseResult
from harness.comparison.events import (
    Events,
    continuum_events,
    event_table,
    events_of_rows,
    model_events,
    scattered,
    seen_by_kind,
)
from harness.comparison.prediction import Prediction
from harness.comparison.states import (
    KINDS,
    NONUNIFORM,
    UNIFORM,
    UNKNOWN,
    every_direction_alike,
    simulated_turn,
)
from harness.comparison.testimony import (
    ESTIMATORS,
    OBSERVABLES,
    WITNESS,
    Testimony,
    model_testimony,
    on_branches,
    stable_at,
    testimony_of,
)
from harness.comparison.windows import Spoken, Window, Witness, windows
from reduced_model.loops.observables import BranchObservables, loop_observables
from reduced_model.results import Shown

if TYPE_CHECKING:
    from reduced_model.continuum.branches import ContinuumBranches

__all__ = ["OBSERVABLES", "ErrorBudget", "Theory", "Window", "Witness", "budget_of", "theory_of"]

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Theory:
    """Continuum and models on one path of n fields; shared by all cases of one prediction."""

    axis_angle_rad: float
    continuum: ContinuumBranches
    place: NDArray[np.int_]
    """(n,) branch of the stable continuum, by its place among the branches; -1 where there is none."""
    kind: NDArray[np.int_]
    """(n,) its kind, a place in `states.KINDS`."""
    stable: Mapping[str, tuple[Vector, Vector]]
    """Value and error, (n,) each, by observable."""
    models: tuple[Testimony, ...]
    """None where they do not cover the particle."""
    events: Mapping[str, Sequence[Events]]
    """Of every branch in path order, by "H'", "H''" and "continuum"."""
    remanence: tuple[float, ...]
    """The stable continuum's moment in zero field on every branch, nan where there is none."""


@dataclass(frozen=True, eq=False, repr=False)
class ErrorBudget(Shown):
    """The error budget of one case."""

    result: CaseResult = field(repr=False)
    theory: Theory = field(repr=False)
    simulated: Testimony = field(repr=False)
    seen: tuple[BranchObservables, ...] = field(repr=False)
    """The run's observables, of every branch in path order; without circulation by the kind of its rows."""
    events: pd.DataFrame
    """A row an event (nucleation, tilt, reversal, annihilation): branch, event, then field and error in T of
    "simulation", "H'", "H''" and "continuum", as `simulation_T` and `simulation_error_T`; nan for none."""

    @property
    def case(self) -> str:
        """Name of the case."""
        return self.result.case.name

    @cached_property
    def observables(self) -> tuple[str, ...]:
        """Those of OBSERVABLES that the run tells of, and of which somebody has a value."""
        told = (name for name in OBSERVABLES if name in self.simulated.values)
        return tuple(
            name for name in told if any(np.isfinite(self._values(one, name)).any() for one in self.witnesses)
        )

    @property
    def witnesses(self) -> tuple[Testimony, ...]:
        """The simulation, then H' and H'' where they cover the particle."""
        return self.simulated, *self.theory.models

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """Who is nearest in the moment along the field, in path order, branch by branch."""
        return self.windows_of("m")

    def windows_of(self, observable: str) -> tuple[Window, ...]:
        """Who is nearest in one of `observables`, in path order, branch by branch."""
        n = self._n
        spoken = [
            Spoken(
                one.witness,
                self._values(one, observable),
                one.errors[observable][:n],
                one.states.kind[:n],
                self._on_branch(one),
            )
            for one in self.witnesses
        ]
        stable, error = (part[:n] for part in self.theory.stable[observable])
        B_T = np.asarray(self.result.loop.B_T)
        alike = every_direction_alike(self.result.case.material.Ku_J_per_m3, B_T)  # none is nearer there
        sound = self.result.sound & ~alike
        found = windows(B_T, self.result.branches, sound, (stable, error), self.theory.kind[:n], spoken)
        return tuple(replace(window, unit=OBSERVABLES[observable]) for window in found)

    def to_dataframe(self) -> pd.DataFrame:
        """The budget as `frame` has it."""
        return self.frame

    @property
    def frame(self) -> pd.DataFrame:
        """A row a table row, observable and witness that has a value there; made when it is asked for.

        `stable` is the continuum's stable state on this path, `like` its branch of the witness's own kind and
        polarity (nan where it has none), `difference` is value - like, and `on_branch` says whether the two
        branches are one. Observables of saved states have rows at those alone, for models too.
        """
        parts = [self._part(name, one) for name in self.observables for one in self.witnesses]
        whole = pd.concat(parts, ignore_index=True)
        for column, known in (("observable", OBSERVABLES), ("witness", Witness)):
            whole[column] = pd.Categorical(whole[column], [str(each) for each in known])
        whole.insert(0, "case", pd.Categorical.from_codes(np.zeros(len(whole), dtype=int), [self.case]))
        return whole

    @cached_property
    def moments(self) -> pd.DataFrame:
        """The rows of `frame` about the moment along the field."""
        frame = self.frame
        return frame[frame["observable"] == "m"]

    def split(self, observable: str = "m", model: Witness = Witness.PRIME) -> pd.DataFrame:
        """The difference between simulation and a model in its parts, a row a table row that has both.

        Parameters
        ----------
        observable : str
            One of `observables`.
        model : Witness
            H' or H''.

        Returns
        -------
        pandas.DataFrame
            step, branch, B_T and difference = mesh_error + branch_difference + ansatz_error. The middle part
            is zero where both hold the same kind of state; a part is nan where the continuum has no branch
            of the kind.
        """
        cells = self._part(observable, self.simulated).set_index("step")
        (of_model,) = (one for one in self.theory.models if one.witness is model)
        ansatz = self._part(observable, of_model).set_index("step")
        steps = cells.index.intersection(ansatz.index, sort=False)
        cells, ansatz = cells.loc[steps], ansatz.loc[steps]
        parts = {
            "difference": cells["value"] - ansatz["value"],
            "mesh_error": cells["difference"],
            "branch_difference": cells["like"] - ansatz["like"],
            "ansatz_error": -ansatz["difference"],
        }
        return pd.DataFrame({"branch": cells["branch"], "B_T": cells["B_T"], **parts}).reset_index()

    def to_dict(self) -> dict[str, Any]:
        """Windows and events as plain values, for JSON."""
        return {
            "case": self.case,
            "windows": [window.to_dict() for window in self.windows],
            "events": self.events.to_dict("records"),
        }

    @property
    def _n(self) -> int:
        """Rows of the run, as many as its path has fields, or fewer where it was stopped."""
        return len(self.result.loop.B_T)

    def _on_branch(self, one: Testimony) -> NDArray[np.bool_]:
        """Rows at which a witness is on the branch of the stable continuum."""
        place = self.theory.place[: self._n]
        return np.asarray((one.like[: self._n] == place) & (place >= 0))

    def _values(self, one: Testimony, name: str) -> Vector:
        """A witness's values, at the rows that are sound and of which the case has the observable."""
        there = self.result.sound
        if name in ESTIMATORS:
            curled = ~np.isin(one.states.kind[: self._n], (UNIFORM, NONUNIFORM))  # else nu means nothing
            there = there & np.isfinite(self.simulated.values[name]) & curled
        return np.where(there, one.values[name][: self._n], np.nan)

    def _part(self, name: str, one: Testimony) -> pd.DataFrame:
        """The rows of one observable and one witness."""
        values, loop, theory = self._values(one, name), self.result.loop, self.theory
        rows = np.flatnonzero(np.isfinite(values))
        like, like_error = (part[rows] for part in one.like_values[name])
        stable, stable_error = (part[rows] for part in theory.stable[name])
        columns: dict[str, Any] = {
            "step": loop.step[rows],
            "branch": self._branch_names[rows],
            "B_T": loop.B_T[rows],
            "observable": name,
            "unit": pd.Categorical([OBSERVABLES[name]] * rows.size, sorted(set(OBSERVABLES.values()))),
            "witness": str(one.witness),
            "value": values[rows],
            "value_error": one.errors[name][rows],
            "kind": _kind_names(one.states.kind[rows]),
            "stable": stable,
            "stable_error": stable_error,
            "stable_kind": _kind_names(theory.kind[rows]),
            "like": like,
            "like_error": like_error,
            "like_stability": _stability(theory.continuum, one.like[rows], np.asarray(loop.B_T)[rows]),
            "difference": values[rows] - like,
            "on_branch": self._on_branch(one)[rows],
        }
        return pd.DataFrame(columns)

    @cached_property
    def _branch_names(self) -> pd.Categorical:
        """The branch of every row; a turning row counts to the one it ends."""
        labels = self.result.branch_of_row
        names = [*dict.fromkeys(("descending", "ascending", *filter(None, labels)))]
        return pd.Categorical.from_codes([names.index(name) if name else -1 for name in labels], names)


def theory_of(prediction: Prediction, B_T: Sequence[float]) -> Theory | None:
    """Continuum and models on the fields of a path; None where the continuum is not solved.

    Parameters
    ----------
    prediction : Prediction
        Of a case.
    B_T : sequence of float, shape (n,)
        The case's fields, T.
    """
    if (continuum := prediction.continuum) is None:
        return None
    fields, angle = np.asarray(B_T, dtype=float), prediction.axis_angle_rad
    place = np.asarray(continuum.path(fields))
    kind = np.array([*(KINDS.index(branch.kind) for branch in continuum.branches), UNKNOWN])[place]
    stable = {name: on_branches(continuum, place, name, fields) for name in OBSERVABLES}
    core = (kind != UNIFORM) & (kind != NONUNIFORM)
    for name in ("core_angle_deg", *ESTIMATORS):
        value, error = stable[name]
        stable[name] = np.where(core, value, np.nan), np.where(core, error, np.nan)
    alike = every_direction_alike(continuum.material.Ku_J_per_m3, fields)
    for name in ("m", "core_angle_deg"):
        value, error = stable[name]
        stable[name] = np.where(alike, np.nan, value), error
    models = tuple(model_testimony(loop, continuum, angle) for loop in prediction.on_path.values())
    events: dict[str, Sequence[Events]] = {
        str(WITNESS[loop.model]): model_events(loop, angle) for loop in prediction.curves.values()
    }
    m, parts = stable["m"][0], branches(fields)
    events["continuum"] = tuple(continuum_events(continuum, place, m, fields, branch) for branch in parts)
    known = np.isfinite(m).all()
    remanence = (o.remanence for o in loop_observables(fields, m)) if known else (np.nan for _ in parts)
    return Theory(angle, continuum, place, kind, stable, models, events, tuple(remanence))


def budget_of(result: CaseResult, theory: Theory) -> ErrorBudget:
    """The error budget of one case; rows at fault have no part in it."""
    simulated, seen, read = _read(result, theory)
    read = scattered(read, [_read(again, theory)[2] for again in result.replicas])
    events = event_table(result.branches, {str(Witness.SIMULATION): read, **theory.events})
    return ErrorBudget(result, theory, simulated, seen, events)


def _read(
    result: CaseResult, theory: Theory
) -> tuple[Testimony, tuple[BranchObservables, ...], tuple[Events, ...]]:
    """What a run says row by row, its observables and its events branch by branch."""
    simulated = testimony_of(result, theory.continuum, theory.axis_angle_rad)
    states = simulated.states if theory.axis_angle_rad == 0.0 else None
    parts = [result.sound_part(branch) for branch in result.branches]
    seen = result.observables
    if result.order is None:
        seen = seen_by_kind(np.asarray(result.loop.B_T), parts, seen, simulated.states)
    read = events_of_rows(np.asarray(result.loop.B_T), parts, seen, states)
    if states is not None:
        turns = (simulated_turn(result, rows, states) for rows in parts)
        read = tuple({**events, "tilt": turn} for events, turn in zip(read, turns, strict=True))
    return simulated, tuple(seen), read


def _kind_names(kind: NDArray[np.int_]) -> pd.Categorical:
    """Kinds by name, "" where unknown."""
    return pd.Categorical.from_codes(np.where(kind == UNKNOWN, len(KINDS), kind), [*KINDS, ""])


def _stability(continuum: ContinuumBranches, place: NDArray[np.int_], B_T: Vector) -> pd.Categorical:
    """Whether each branch is a minimum or a saddle at a field, "" where there is none."""
    code = np.where(place < 0, 2, np.where(stable_at(continuum, place, B_T), 0, 1))
    return pd.Categorical.from_codes(code, ["minimum", "saddle", ""])
