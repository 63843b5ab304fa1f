"""What was measured beside what is predicted or published.

In: a study and the analysed runs of its cases. Out: a Comparison: model loops on the same fields, a table
in which every number knows its equation, run and rows, and what figures and report are drawn from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from harness.analysis.result import CaseResult, SavedState
from harness.comparison.prediction import Prediction, axis_angle_rad, predict
from harness.comparison.table import Row, rows_of
from harness.study.study import Case, Study

__all__ = ["Comparison", "compare"]


HEADERS = {name: name for name in ("case", "branch", "quantity", "unit", "simulated")} | {
    "uncertainty": "±",
    "model_prime": "H′",
    "model_double_prime": "H″",
    "continuum": "Brown",
    "published": "paper",
}
"""Columns of the table that a notebook shows, and how it heads them."""


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

    @cached_property
    def by_run(self) -> dict[str, CaseResult]:
        """The results by the names of their run folders."""
        return {result.folder.name: result for result in self.results}

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
        shown = self.table.rename(columns=HEADERS)[list(HEADERS.values())]
        shown["case"] = [self.by_run[row.folder].label for row in self.rows]
        shown["unit"] = shown["unit"].replace("", "1")
        return shown.to_html(index=False, escape=True, na_rep="–", float_format="{:.4g}".format)


def compare(study: Study, results: Sequence[CaseResult]) -> Comparison:
    """Set every case beside the models: same particle, same fields, same definitions.

    Equal particles on equal paths, at one angle to the field, share one set of model loops. Cases get their
    short labels here.
    """
    labelled = tuple(
        replace(result, label=label)
        for result, label in zip(results, _labels([result.case for result in results]), strict=True)
    )
    known: dict[tuple[Any, ...], Prediction] = {}
    for case in (result.case for result in labelled):
        if (key := _problem(case)) not in known:
            known[key] = predict(case)
    predictions = tuple(known[_problem(result.case)] for result in labelled)
    rows = (row for pair in zip(labelled, predictions, strict=True) for row in rows_of(*pair))
    return Comparison(study, labelled, predictions, tuple(rows))


def _problem(case: Case) -> tuple[Any, ...]:
    """What a prediction depends on."""
    return case.material, case.radius_m, case.field, axis_angle_rad(case.material.axis, case.direction)


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
            case.solver.algorithm,
            f"{case.solver.precision} precision",
            f"tolerance {case.solver.tolerance_T:g} T",
            _kind(case) if kinds[_kind(case)] == 1 else case.protocol.slug,
        )
        for case in cases
    ]
    differing = [k for k, values in enumerate(zip(*parts, strict=True)) if len(set(values)) > 1] or [-1]
    return [", ".join(p[k] for k in differing) for p in parts]


def _kind(case: Case) -> str:
    return str(case.protocol.model_dump()["kind"])
