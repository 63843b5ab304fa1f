"""The numbers of a page as tables: a row a case, and every quantity with what stands beside it.

In: a Comparison. Out: views for the template, numbers as text with what they sort by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, islice
from pathlib import Path

import numpy as np

from harness.analysis.convergence import FEWEST
from harness.analysis.loop import central_opening
from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.comparison.equations import PAPER
from harness.comparison.events import model_events
from harness.comparison.mesh import LatticeValues, MeshStudy
from harness.comparison.prediction import Prediction
from harness.comparison.table import OPENING, TURN, Row, continuum_opening
from harness.comparison.windows import Witness
from harness.report.places import anchor, link
from harness.report.varied import OBSERVABLES, Key, Observable, kind_of_protocol, leading_rows, varied
from harness.runs.folder import Damaged
from harness.study.study import Case
from reduced_model.loops.observables import Located
from reduced_model.results import with_error

DECIMALS = {"T": 4, "deg": 2, "": 3}
AT_ZERO = "closed at B = 0"
BESIDE = (("continuum", "continuum"), ("H′", "model_prime"), ("H″", "model_double_prime"))
"""Rows of theory below the cases of each sphere, and where their numbers stand."""
EVENT_OF = {"nucleation field": "nucleation", TURN: "tilt", "coercive field": "reversal"}
"""Fields that theory has by itself, not on the rows of a study alone."""
WINDOW_COLUMNS = (
    *("branch", "from (T)", "to (T)", "rows", "nearest", "simulation", "H′", "H″", "error"),
    "on another branch",
)


@dataclass(frozen=True)
class Cell:
    """A number of the table of cases."""

    text: str
    sort: str = ""
    """What it sorts by; "" sorts last."""
    to: str = ""
    """Anchor of the row it comes from."""


TableRow = tuple[str, str, str, tuple[Cell, ...]]


@dataclass(frozen=True)
class CaseTable:
    """A row a case, then a row a theory and sphere."""

    keys: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    """Name, anchor of its run ("" for theory), what it is (a class of the page), cells."""


@dataclass(frozen=True)
class _Columns:
    """What the table of cases has columns for."""

    keys: tuple[Key, ...]
    protocols: bool
    observables: tuple[Observable, ...]
    certified: bool

    @property
    def heads(self) -> tuple[str, ...]:
        """Of what was varied."""
        return (*map(_headed, self.keys), *("protocol",) * self.protocols)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Heads of what was found."""
        return (*map(_headed, self.observables), *("minima",) * self.certified)


def case_table(comparison: Comparison) -> CaseTable:
    """Observables of the branch that leaves saturation, a row a case, theory below."""
    rows = leading_rows(comparison)
    runs = [result.folder.name for result in comparison.results]
    columns = _Columns(
        varied(comparison),
        len({kind_of_protocol(result) for result in comparison.results}) > 1,
        tuple(o for o in OBSERVABLES if any(_known(rows.get((run, o.quantity))) for run in runs)),
        any(result.certified and result.loop.states for result in comparison.results),
    )
    shown = [
        *_case_rows(comparison, columns, rows),
        *(
            row
            for sphere in comparison.predictions
            for row in _theory_rows(comparison, columns, rows, sphere)
        ),
        *_unfinished_rows(comparison, columns),
    ]
    return CaseTable(columns.heads, columns.numbers, tuple(shown))


def _headed(of: Key | Observable) -> str:
    return f"{of.label} ({of.unit})" if of.unit else of.label


def _case_rows(
    comparison: Comparison, columns: _Columns, rows: Mapping[tuple[str, str], Row]
) -> Iterator[TableRow]:
    places = {id(row): f"row-{n}" for n, row in enumerate(comparison.rows, start=1)}
    for result in comparison.results:
        kind = kind_of_protocol(result)
        of = [(o, rows.get((result.folder.name, o.quantity))) for o in columns.observables]
        cells = (
            *(_value(key, result.case) for key in columns.keys),
            *(Cell(kind, kind),) * columns.protocols,
            *(_measured(row, o, places.get(id(row), "")) for o, row in of),
            *([_minima(result)] if columns.certified else []),
        )
        yield result.label, anchor(result), "case", cells


def _theory_rows(
    comparison: Comparison, columns: _Columns, rows: Mapping[tuple[str, str], Row], sphere: Prediction
) -> Iterator[TableRow]:
    """A row a theory that has a number of this sphere."""
    first = comparison.results[comparison.prediction_of.index(sphere)]
    own = (_value(key, first.case) if key.of_sphere else Cell("") for key in columns.keys)
    before = (*own, *(Cell(""),) * columns.protocols)
    for name, field in BESIDE:
        closed = _known_closed(comparison, first, field)
        own_fields = _own_fields(comparison, first, field)
        found = [
            _theory(rows.get((first.folder.name, o.quantity)), o, field, closed, own_fields)
            for o in columns.observables
        ]
        if any(cell.sort for cell in found):
            label = name if len(comparison.predictions) == 1 else f"{name}, {sphere.label}"
            yield label, "", "theory", (*before, *found, *(Cell(""),) * columns.certified)


def _unfinished_rows(comparison: Comparison, columns: _Columns) -> Iterator[TableRow]:
    """None where the table has no column."""
    if n := len(columns.heads) + len(columns.numbers):
        for name in comparison.unfinished:
            damaged = isinstance(comparison.why_not.get(name), Damaged)
            cells = (Cell("damaged" if damaged else "not finished"), *(Cell("–"),) * (n - 1))
            yield name, "", "missing", cells


def _value(key: Key, case: Case) -> Cell:
    """What a key is in a case; a dash where the case has none."""
    value = key.of(case)
    return Cell(f"{value:g}".replace("-", "−"), f"{value!r}") if np.isfinite(value) else Cell("–")


def _known(row: Row | None) -> bool:
    return row is not None and bool(np.isfinite([row.simulated, row.model_prime, row.continuum]).any())


def _measured(row: Row | None, observable: Observable, place: str) -> Cell:
    """A simulated number with its error."""
    if row is None or not np.isfinite(row.simulated):
        return Cell(AT_ZERO if row and observable.quantity == OPENING else "–", "")
    if np.isfinite(row.uncertainty) and row.uncertainty > 0:
        text = with_error(row.simulated, row.uncertainty)
    else:
        text = f"{round(row.simulated, observable.decimals) + 0.0:.{observable.decimals}f}"
    return Cell(text.replace("-", "−"), f"{row.simulated!r}", place if _has_value(row) else "")


def _known_closed(comparison: Comparison, result: CaseResult, field: str) -> bool:
    """Whether a theory's loop is known on a case's path, so that one without an opening is closed."""
    place = comparison.results.index(result)
    if field == "continuum":
        budget = comparison.budgets[place] if comparison.budgets else None
        return continuum_opening(result, budget) is not None
    return bool(comparison.prediction_of[place].on_path)


def _own_fields(comparison: Comparison, result: CaseResult, theory: str) -> dict[str, Located]:
    """The fields of a theory's events on the branch that leaves saturation, by quantity."""
    place, leading = comparison.results.index(result), result.leading
    sphere = comparison.prediction_of[place]
    budget = comparison.budgets[place] if comparison.budgets else None
    if theory == "continuum":
        if budget is None:
            return {}
        events = {**budget.theory.events["continuum"][leading]}
        if sphere.closed_form:
            del events["nucleation"]  # it is Brown's field, exactly
        opening = continuum_opening(result, budget)
    else:
        curves = zip(("model_prime", "model_double_prime"), sphere.curves.values(), strict=False)
        if (curve := dict(curves).get(theory)) is None:
            return {}
        events = dict(model_events(curve, sphere.axis_angle_rad)[leading])
        opening = central_opening(np.asarray(curve.B_T), np.asarray(curve.mz))
        if opening and opening.B_T - opening.uncertainty_T < 1e-12:  # at the row of zero field alone
            opening = replace(opening, B_T=np.nan, uncertainty_T=np.nan)
    found = {quantity: events[name] for quantity, name in EVENT_OF.items() if name in events}
    return found | ({OPENING: (opening.B_T, opening.uncertainty_T)} if opening else {})


def _theory(
    row: Row | None, observable: Observable, field: str, closed: bool, own_fields: Mapping[str, Located]
) -> Cell:
    """A number of theory, or that its loop is closed, should it have no opening."""
    value = getattr(row, field) if row else np.nan
    own_error = row.continuum_error if row and field == "continuum" else np.nan
    value, error = own_fields.get(observable.quantity, (value, own_error))
    if not np.isfinite(value):
        return Cell(AT_ZERO if closed and row and observable.quantity == OPENING else "–")
    return Cell(_with_error(value, error, observable.decimals), f"{value!r}")


def _with_error(value: float, error: float, decimals: int) -> str:
    """So many decimals, and an error that reaches the last of them."""
    told = error >= 0.5 * 10.0**-decimals
    text = with_error(value, error) if told else f"{round(value, decimals) + 0.0:.{decimals}f}"
    return text.replace("-", "−")


def _minima(result: CaseResult) -> Cell:
    """How many of the certified states are minima."""
    if not result.certified or not result.certified.found:
        return Cell("–")
    count = Counter(certificate.verdict for certificate in result.certified.found.values())
    return Cell(f"{count['minimum']} of {count.total()}", f"{count['minimum'] / count.total()!r}")


def window_rows(comparison: Comparison, most_cases: int) -> Iterator[tuple[str, str, list[Cell]]]:
    """Who is nearest to the continuum in the moment, window by window: case, its anchor, WINDOW_COLUMNS."""
    for result, budget in islice(zip(comparison.results, comparison.budgets, strict=True), most_cases):
        for window in budget.windows if budget else ():
            nearest = " and ".join(filter(None, (window.nearest, *window.equals))) or window.reason
            off = "; ".join(f"{who}: {kind}" for who, kind in window.off_branch.items())
            distances = [*(window.rms.get(who, np.nan) for who in Witness), window.error]
            numbers = [Cell(f"{d:.2g}", f"{d!r}") if np.isfinite(d) else Cell("–") for d in distances]
            ends = [Cell(f"{B + 0.0:g}", f"{B!r}") for B in (window.first_T, window.last_T)]
            cells = [Cell(window.branch), *ends, Cell(f"{window.n_rows}"), Cell(nearest), *numbers, Cell(off)]
            yield result.label, anchor(result), [replace(c, text=_typeset(c.text)) for c in cells]


def _typeset(text: str) -> str:
    return text.replace("''", "″").replace("'", "′").replace("-", "−")


def quantity_groups(comparison: Comparison, folder: Path) -> Iterator[tuple[str, str, list[dict[str, str]]]]:
    """The table's rows by case and branch: (case label, branch, rows)."""
    numbered = list(enumerate(comparison.rows, start=1))
    for (run, branch), rows in groupby(numbered, key=lambda pair: (pair[1].folder, pair[1].branch)):
        result = comparison.by_run[run]
        closed = {field: _known_closed(comparison, result, field) for _, field in BESIDE}
        shown = [_row_view(number, row, result, folder, closed) for number, row in rows if _has_value(row)]
        if shown:
            yield result.label, branch, shown


def row_places(comparison: Comparison) -> dict[tuple[str, tuple[int, ...]], str]:
    """Anchors of the table's rows by run and steps, the first of equals."""
    places: dict[tuple[str, tuple[int, ...]], str] = {}
    for place, row in enumerate(comparison.rows, start=1):
        if _has_value(row):
            places.setdefault((row.folder, row.steps), f"row-{place}")
    return places


def _has_value(row: Row) -> bool:
    values = (row.simulated, row.model_prime, row.model_double_prime)
    return row.quantity == OPENING or bool(np.isfinite(values).any())


def _row_view(
    number: int, row: Row, result: CaseResult, folder: Path, closed: Mapping[str, bool]
) -> dict[str, str]:
    """A row of the table as text, its sources as links; `closed`: whose loop is closed without an opening."""
    text = partial(_number, unit=row.unit)

    def of(value: float, closed: bool) -> str:
        return AT_ZERO if row.quantity == OPENING and closed and np.isnan(value) else text(value)

    theory = {field: of(getattr(row, field), known) for field, known in closed.items()}
    if np.isfinite([row.continuum, row.continuum_error]).all():
        theory["continuum"] = _with_error(row.continuum, row.continuum_error, DECIMALS[row.unit])
    held = row.simulated, row.uncertainty
    known = np.isfinite(held).all()
    quantity = row.quantity.replace("nu at", "ν at").replace("kappa at", "κ at")
    verdict = f" ({row.verdict})" if row.verdict else ""
    return {
        "anchor": f"row-{number}",
        "quantity": quantity.replace("m_phi", "m_φ alone").replace("m_z", "m_z alone"),
        "unit": row.unit.replace("deg", "°") or "1",
        "simulated": (with_error(*held).replace("-", "−") if known else of(row.simulated, True)) + verdict,
        **theory,
        "minus_prime": text(row.minus_prime, "+"),
        "minus_double_prime": text(row.minus_double_prime, "+"),
        "published": text(row.published),
        "published_where": row.published_where.removeprefix(f"{PAPER}, "),
        "equation": row.equation,
        "case_anchor": anchor(result),
        "table_link": link(result.folder / "out" / "table.txt", folder),
        "steps": ", ".join(map(str, row.steps)),
    }


def _number(value: float, sign: str = "-", *, unit: str) -> str:
    """Rounded for reading, with a true minus and no minus zero; a dash for nan."""
    if not np.isfinite(value):
        return "–"
    decimals = DECIMALS[unit]
    return f"{round(value, decimals) + 0.0:{sign}.{decimals}f}".replace("-", "−")


def mesh_views(studies: Sequence[MeshStudy]) -> list[dict[str, object]]:
    """The series of cell sizes that are long enough to tend to something."""
    return [_mesh_view(study) for study in studies if len(study.cell_nm) >= FEWEST]


def _mesh_view(study: MeshStudy) -> dict[str, object]:
    """A series of cell sizes: what a few quantities tend to, and the volume of its lattices."""
    ratios = [
        f"{mesh.cell_nm:g} nm{', off centre' * any(mesh.offset_cells)}: {volume:.4f}"
        for mesh, volume in zip((r.case.mesh for r in study.results), study.volume_ratios, strict=True)
        if np.isfinite(volume)
    ]
    return {
        "way": study.way,
        "cells": ", ".join(f"{cell:g}" for cell in study.cell_nm),
        "volumes": "; ".join(ratios),
        "rows": [_limit_view(values) for values in study.telling],
    }


def _limit_view(values: LatticeValues) -> dict[str, str]:
    """One quantity's continuum value from its lattices as text, or why it has none."""
    found, text = values.found, f".{DECIMALS[values.unit] + (values.unit != 'deg')}f"
    known = np.isfinite(values.continuum[0])
    error = f" ± {values.continuum[1]:{text}}" if values.continuum[1] > 0 else ""
    return {
        "name": values.name,
        "unit": values.unit.replace("deg", "°") or "1",
        "finest": _plain(found.finest, text),
        "index": _plain(found.index, text),
        "extrapolated": _plain(found.continuum, text) if found.converges else found.reason,
        "interval": f"{_plain(found.low, text)} to {_plain(found.high, text)}" if found.converges else "–",
        "order": f"{found.order:.1f}" if np.isfinite(found.order) and found.converges else "–",
        "continuum": _plain(values.continuum[0], text) + error if known else "–",
        "agrees": {True: "yes", False: "no", None: "–"}[values.agrees],
    }


def _plain(value: float, text: str) -> str:
    return f"{value + 0.0:{text}}".replace("-", "−") if np.isfinite(value) else "–"
