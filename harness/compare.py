"""What was measured beside what is predicted or published.

In: a study and the analysed runs of its cases. Out: a Comparison: model loops on the same fields, a table
in which every number knows its equation, run and rows, and what figures and report are drawn from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.analysis.loop import (
    Asymmetry,
    Branch,
    analyse_loop,
    branch_asymmetry,
    branches,
    moment_along,
    order_parameter,
)
from harness.analysis.vortex import TooFewCells, VortexFit, fit_vortex
from harness.prediction import Prediction, axis_angle_rad, predict
from harness.rows import Row, rows_of
from reduced_model.observables import BranchObservables

if TYPE_CHECKING:
    from harness.read import Loop, VectorField
    from harness.study import Case, Study

__all__ = ["CaseResult", "Comparison", "Prediction", "Row", "SavedState", "analyse_case", "compare"]

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SavedState:
    """One saved magnetisation with its fit."""

    label: str
    step: int
    B_T: float
    branch: str
    fit: VortexFit
    path: Path | None
    centre_m: tuple[float, float, float]
    """The sphere's centre from the grid's."""

    def read(self) -> VectorField:
        """The vector field itself, from its file."""
        from harness.read import read_ovf

        if self.path is None:
            raise FileNotFoundError(
                f"{self.label}, step {self.step}: the state was fitted but its file is not known"
            )
        return read_ovf(self.path)


@dataclass(frozen=True, eq=False)
class CaseResult:
    """One case: its loop, what the loop says, and the fits of its saved states by step."""

    case: Case
    loop: Loop
    observables: tuple[BranchObservables, ...]
    fits: dict[int, VortexFit]
    folder: Path
    manifest: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    """Short name in figures; compare() chooses it so that the cases of a study differ."""
    unfitted: Mapping[int, str] = field(default_factory=dict)
    """Why saved states could not be fitted, by step."""

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """Monotone stretches of the rows."""
        return branches(self.loop.B_T)

    @cached_property
    def moment(self) -> Vector:
        """Mean moment along the field at every row."""
        return moment_along(self.loop, self.case.direction)

    @cached_property
    def order(self) -> Vector | None:
        """Share of pure circulation at every row."""
        return order_parameter(self.loop)

    @cached_property
    def asymmetry(self) -> Asymmetry | None:
        """Ascending against mirrored descending branch."""
        return branch_asymmetry(self.loop.B_T, self.moment)

    @cached_property
    def states(self) -> tuple[SavedState, ...]:
        """Saved states in the order of the path."""
        rows = {int(step): k for k, step in enumerate(self.loop.step)}
        return tuple(
            SavedState(
                self.label,
                step,
                float(self.loop.B_T[rows[step]]),
                next((b.name for b in self.branches if b.rows.start <= rows[step] < b.rows.stop), ""),
                self.fits[step],
                self.loop.states.get(step),
                self.case.lattice.centre_m,
            )
            for step in sorted(self.fits)
            if step in rows
        )

    @property
    def worst_residual_T(self) -> float:
        """Largest residual torque of any row; nan where the engine recorded none."""
        residual = self.loop.residual_T
        return float("nan") if residual is None else float(np.nanmax(residual))


@dataclass(frozen=True, eq=False)
class Comparison:
    """A study's cases beside the models, ready to be drawn and reported."""

    study: Study
    results: tuple[CaseResult, ...]
    prediction_of: tuple[Prediction, ...]
    """The prediction of each case, in the order of results; cases of one particle and path share it."""
    rows: tuple[Row, ...]

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Names of the study's cases that have no result here."""
        done = {result.case.name for result in self.results}
        return tuple(case.name for case in self.study.cases() if case.name not in done)

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """The distinct predictions."""
        return tuple(dict.fromkeys(self.prediction_of))

    @property
    def table(self) -> pd.DataFrame:
        """The rows as a table; column names carry no units, the column "unit" does."""
        names = list(Row.__dataclass_fields__)
        frame = pd.DataFrame([[getattr(row, n) for n in names] for row in self.rows], columns=names)
        for name in ("minus_double_prime", "minus_prime"):
            frame.insert(names.index("continuum"), name, [getattr(row, name) for row in self.rows])
        frame["steps"] = [" ".join(map(str, row.steps)) for row in self.rows]
        return frame

    def remanent_states(self) -> tuple[SavedState, ...]:
        """The saved state nearest zero field of every case that saved one; the first of equals."""
        return tuple(
            min(result.states, key=lambda state: (abs(state.B_T), state.step))
            for result in self.results
            if result.states
        )

    def _repr_html_(self) -> str:
        labels = {result.case.name: result.label for result in self.results}
        shown = pd.DataFrame(
            {
                "case": [labels[row.case] for row in self.rows],
                "branch": [row.branch for row in self.rows],
                "quantity": [row.quantity for row in self.rows],
                "unit": [row.unit or "1" for row in self.rows],
                "simulated": [row.simulated for row in self.rows],
                "±": [row.uncertainty for row in self.rows],
                "H′": [row.model_prime for row in self.rows],
                "H″": [row.model_double_prime for row in self.rows],
                "Brown": [row.continuum for row in self.rows],
                "paper": [row.published for row in self.rows],
            }
        )
        return shown.to_html(index=False, escape=True, na_rep="–", float_format="{:.4g}".format)


def analyse_case(
    case: Case, loop: Loop, folder: Path, manifest: Mapping[str, Any] | None = None
) -> CaseResult:
    """Observables of a finished run and fits of every state it saved.

    Raises
    ------
    FitError
        When a saved state is empty or not finite. One of too few cells is left unfitted, with the reason.
    """
    from harness.read import read_ovf

    fits: dict[int, VortexFit] = {}
    unfitted: dict[int, str] = {}
    for step, path in loop.states.items():
        try:
            fits[step] = fit_vortex(read_ovf(path), case.radius_m, case.lattice.centre_m, case.direction)
        except TooFewCells as few:
            unfitted[step] = str(few)
    observables = analyse_loop(loop, case.direction)
    return CaseResult(case, loop, observables, fits, folder, manifest or {}, unfitted=unfitted)


def compare(study: Study, results: Sequence[CaseResult]) -> Comparison:
    """Set every case beside the models: same particle, same fields, same definitions.

    Equal particles on equal paths, at one angle to the field, share one set of model loops. Cases get their
    short labels here.
    """
    labels = _labels([result.case for result in results])
    known: dict[tuple[Any, ...], Prediction] = {}
    labelled: list[CaseResult] = []
    predictions: list[Prediction] = []
    rows: list[Row] = []
    for result, label in zip(results, labels, strict=True):
        case = result.case
        key = (case.material, case.radius_m, case.field, axis_angle_rad(case.material.axis, case.direction))
        if key not in known:
            known[key] = predict(case)
        named = replace(result, label=label)
        labelled.append(named)
        predictions.append(known[key])
        rows += rows_of(named, known[key])
    return Comparison(study, tuple(labelled), tuple(predictions), tuple(rows))


def _labels(cases: Sequence[Case]) -> list[str]:
    """What tells the cases apart, and the protocol if nothing does."""
    kinds = Counter(kind for kind, _ in {(_kind(case), case.protocol.slug) for case in cases})
    parts = [
        (
            f"R = {case.particle.radius_nm:g} nm",
            f"{case.mesh.cell_nm:g} nm cells",
            f"EdgeSmooth {case.mesh.edge_smooth}",
            f"offset {case.mesh.offset_cells}",
            case.solver.method,
            f"tolerance {case.solver.tolerance_T:g} T",
            _kind(case) if kinds[_kind(case)] == 1 else case.protocol.slug,
        )
        for case in cases
    ]
    differing = [k for k in range(7) if len({p[k] for p in parts}) > 1] or [6]
    return [", ".join(p[k] for k in differing) for p in parts]


def _kind(case: Case) -> str:
    return str(case.protocol.model_dump()["kind"])
