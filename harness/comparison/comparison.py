"""What was measured beside what is predicted or published.

In: a study and the analysed runs of its cases. Out: a Comparison: model loops on the same fields, a table
in which every number knows its equation, run and rows, and what figures and report are drawn from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.analysis.result import CaseResult, SavedState
from harness.comparison.continuum import sphere_of
from harness.comparison.error_budget import ErrorBudget, Theory, budget_of, theory_of
from harness.comparison.mesh import MeshStudy, mesh_studies
from harness.comparison.prediction import Prediction, predict
from harness.comparison.table import Row, rows_of
from harness.runs.program import NAMES
from harness.runs.record import IMPORTED
from harness.study.protocols import Imported
from harness.study.study import Case, Study
from reduced_model.loops.observables import rounded
from reduced_model.results import Shown

__all__ = ["Comparison", "compare", "engine_of"]


CERTIFIED = ("lambda_min_T", "residual_T", "verdict", "basis", "mode", "moved_rad")
CERTIFICATE_COLUMNS = ("case", "step", "B_T", *CERTIFIED, "soft_T", "reason")
LEFT = "left: certificates take no more than half the run's time"
HEADERS = {name: name for name in ("case", "branch", "quantity", "unit", "simulated")} | {
    "uncertainty": "±",
    "model_prime": "H′",
    "model_double_prime": "H″",
    "continuum": "continuum",
    "published": "paper",
}
"""Columns of the table that a notebook shows, and how it heads them."""


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Shown):
    """A study's cases beside the models, ready to be drawn and reported."""

    study: Study
    results: tuple[CaseResult, ...]
    prediction_of: tuple[Prediction, ...]
    """The prediction of each case, in the order of results; cases of one particle and path share it."""
    rows: tuple[Row, ...]
    budgets: tuple[ErrorBudget | None, ...] = ()
    """The error budget of each case, in the order of results; None where the continuum is not solved."""
    whole: bool = True
    """Whether all cases of the study were asked for; else it stands for runs of any origin."""
    why_not: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Why cases have no result here, by name, as far as is known."""

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Names of the study's cases that have no result here."""
        if not self.whole:
            return ()
        done = {result.case.name for result in self.results}
        return tuple(case.name for case in self.study.cases() if case.name not in done)

    @cached_property
    def drawn_with(self) -> tuple[Prediction, ...]:
        """What a case is drawn beside: its own prediction; of runs of any origin that of the longest path."""
        if self.whole:
            return self.prediction_of
        paths = (np.asarray(result.case.field_values_T) for result in self.results)
        reach = [(float(np.abs(B_T).max()), len(B_T)) for B_T in paths]
        shortest_first = sorted(zip(reach, self.prediction_of, strict=True), key=itemgetter(0))
        longest = {of.label: of for _, of in shortest_first}
        return tuple(longest[of.label] for of in self.prediction_of)

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """The distinct predictions that cases are drawn beside."""
        return tuple(dict.fromkeys(self.drawn_with))

    @cached_property
    def by_run(self) -> dict[str, CaseResult]:
        """The results by the names of their run folders."""
        return {result.folder.name: result for result in self.results}

    @cached_property
    def mesh(self) -> tuple[MeshStudy, ...]:
        """What the cases tend to as their cells shrink: a `MeshStudy` for every series of cell sizes."""
        return mesh_studies(self.results, self.prediction_of, self.budgets, self.rows)

    @property
    def table(self) -> pd.DataFrame:
        """The rows as a table; column names carry no units, the column "unit" does."""
        names = list(Row.__dataclass_fields__)
        frame = pd.DataFrame([[getattr(row, n) for n in names] for row in self.rows], columns=names)
        for name in ("minus_double_prime", "minus_prime"):
            frame.insert(names.index("continuum"), name, [getattr(row, name) for row in self.rows])
        frame["steps"] = [" ".join(map(str, row.steps)) for row in self.rows]
        return frame

    def to_dataframe(self) -> pd.DataFrame:
        """The table."""
        return self.table

    @property
    def certificates(self) -> pd.DataFrame:
        """What every saved state is, a row a state; why, where it has no certificate."""
        rows = [row for result in self.results if result.certified for row in _certificate_rows(result)]
        return pd.DataFrame(rows, columns=CERTIFICATE_COLUMNS)

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
        return shown.to_html(index=False, escape=True, na_rep="–", float_format=lambda x: f"{rounded(x):.4g}")


def compare(
    study: Study,
    results: Sequence[CaseResult],
    on_step: Callable[[str], None] = lambda words: None,
    *,
    whole: bool = True,
) -> Comparison:
    """Set every case beside models and continuum: same particle, same fields, same definitions.

    Equal particles on equal paths, at one angle to the field, share one set of model loops, and one continuum
    if the study asks for it. Cases get their short labels here.

    Parameters
    ----------
    study : Study
    results : sequence of CaseResult
        Of its cases, in their order.
    on_step : callable, optional
        Called with a few words as something begins that takes long.
    whole : bool
        Whether all cases of the study are asked for, so that those without a result are named.
    """
    labels = _labels(results) if whole else _called(results)
    labelled = tuple(replace(result, label=label) for result, label in zip(results, labels, strict=True))
    reach_T: dict[tuple[Any, ...], float] = {}
    for case in (result.case for result in labelled):
        far = max(map(abs, case.field_values_T))
        reach_T[sphere_of(case)] = max(far, reach_T.get(sphere_of(case), 0.0))
    known: dict[tuple[Any, ...], tuple[Prediction, Theory | None]] = {}
    for case in (result.case for result in labelled):
        if (key := _problem(case)) not in known:
            prediction = predict(case, study.continuum, on_step, reach_T[sphere_of(case)], of_study=whole)
            known[key] = prediction, theory_of(prediction, case.field_values_T)
    theory = [known[_problem(result.case)] for result in labelled]
    predictions = tuple(prediction for prediction, _ in theory)
    budgets = tuple(
        budget_of(result, of) if of else None for result, (_, of) in zip(labelled, theory, strict=True)
    )
    rows = (row for of in zip(labelled, predictions, budgets, strict=True) for row in rows_of(*of))
    return Comparison(study, labelled, predictions, tuple(rows), budgets, whole)


def _problem(case: Case) -> tuple[Any, ...]:
    """What a prediction depends on."""
    return case.field, case.material.label, *sphere_of(case)


def engine_of(result: CaseResult) -> str:
    """Engine and algorithm that found a run's equilibria, as its record tells: MuMax3, relax."""
    options, method = result.record.options, result.case.solver.method
    if result.record.engine == IMPORTED:
        return f"{NAMES.get(result.record.program, 'another program')}, imported"
    if result.record.engine != "cpu":
        return f"MuMax3, {method}"
    algorithm = str(options.get("algorithm", ""))  # "fast" is one algorithm for both statements
    words = ["CPU engine", f"faithful {method}" if algorithm == "faithful" else algorithm]
    words += ["single precision"] if options.get("float_dtype") == "float32" else []
    words += [kernel_of(result)] if "demag" in options else []
    words += ["smooth surface"] if options.get("surface") == "smooth" else []
    return ", ".join(filter(None, words))


def kernel_of(result: CaseResult) -> str:
    """Demagnetising kernel of a run: exact, or MuMax3's; "" for an import, whose name is its own."""
    if result.record.engine == IMPORTED:
        return ""
    quadrature = result.record.engine != "cpu" or result.record.options.get("demag") == "mumax3"
    return "MuMax3's kernel" if quadrature else "exact kernel"


def _labels(results: Sequence[CaseResult]) -> list[str]:
    """What tells the cases apart, and the protocol if nothing does."""
    cases = [result.case for result in results]
    kinds = Counter(kind for kind, _ in {(case.protocol.kind, case.protocol.slug) for case in cases})
    parts = [
        (
            case.material.label,
            f"R = {case.particle.radius_nm:g} nm",
            f"{case.mesh.cell_nm:g} nm cells",
            f"EdgeSmooth {case.mesh.edge_smooth}",
            f"offset {case.mesh.offset_cells}",
            case.solver.method,
            str(result.record.options.get("algorithm", "")),
            {"float32": "single precision", "float64": "double precision"}.get(
                str(result.record.options.get("float_dtype", "")), ""
            ),
            kernel_of(result),
            "smooth surface" if case.solver.surface == "smooth" else "surface as cut",
            f"tolerance {case.solver.tolerance_T:g} T",
            case.protocol.kind
            if kinds[case.protocol.kind] == 1 and case.protocol.kind != "imported"
            else case.protocol.slug,
        )
        for result, case in zip(results, cases, strict=True)
    ]
    differing = [k for k, of_part in enumerate(zip(*parts, strict=True)) if len(set(of_part)) > 1] or [-1]
    labels = [", ".join(p[k] for k in differing if p[k]) for p in parts]
    return [
        label if labels.count(label) == 1 else f"{label} ({result.folder.name})"
        for label, result in zip(labels, results, strict=True)
    ]


def _called(results: Sequence[CaseResult]) -> list[str]:
    """What runs of any origin are called by who brought them: as short as tells them apart."""
    names = []
    for result in results:
        details, folder = result.record.details, result.folder.resolve()
        protocol = result.case.protocol
        source = protocol.source if isinstance(protocol, Imported) else ""  # of imports that do not tell more
        own = str(details.get("called") or source or re.sub(r"-[0-9a-f]{12}$", "", folder.name))
        around = Path(next(iter(details.get("originals", {})), folder)).parent
        above = around.parent if around.name in (own, "out", f"{own}.out") else around
        names.append((own, f"{above.name}/{own}", folder.name))
    for level in zip(*names, strict=True):
        if len(set(level)) == len(results):
            return list(level)
    return [f"{name[0]} ({number})" for number, name in enumerate(names, start=1)]


def _certificate_rows(result: CaseResult) -> Iterator[dict[str, Any]]:
    """The certificates of one case as rows of a table, in the order of the path."""
    certified, loop = result.certified, result.loop
    assert certified
    for row, step in enumerate(loop.step.tolist()):
        if step not in loop.states:
            continue
        shown = {"case": result.case.name, "step": step, "B_T": float(loop.B_T[row])}
        if c := certified.found.get(step):
            soft = {"soft_T": " ".join(f"{value:.6g}" for value in c.soft_T)}
            yield shown | {name: getattr(c, name) for name in CERTIFIED} | soft
        else:
            yield shown | {"verdict": "", "reason": certified.refused.get(step, LEFT)}
