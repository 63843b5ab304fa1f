"""Several loops of one sphere beside its continuum: which branch each sits on, and whether that is a minimum.

In: a Comparison of runs of any origin. Out: a SourceTable: every stretch of every loop, and its sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison, engine_of
from harness.comparison.placed import reach_of
from harness.comparison.stretches import Stretch, growths_of, spans, stretches
from harness.inputs import InputError
from harness.runs.descent import fault_warning
from harness.runs.foreign.possible import noise_beyond
from harness.runs.foreign.told import Contradiction, disbelieved
from harness.study.study import Case, Study
from reduced_model.results import Shown, Table

if TYPE_CHECKING:
    import pandas as pd

STUDY_NAME = "compare"
FAR = 3.0
"""How many times what cells explain a moment is off from its branch where that is told as a caution."""
HEADER = ("fields (T)", "rows", "state", "in the continuum", "off it in m")


@dataclass(frozen=True, eq=False, repr=False)
class SourceTable(Shown):
    """The loops of a comparison, stretch by stretch."""

    comparison: Comparison
    together: tuple[str, ...] = ()
    """What holds of the loops together, in sentences: where they disagree, where each event is."""

    @cached_property
    def of_source(self) -> dict[str, tuple[Stretch, ...]]:
        """The stretches of every loop by its label; none where the continuum is not solved."""
        each = zip(self.comparison.results, self.comparison.budgets, strict=True)
        return {result.label: stretches(budget) if budget else () for result, budget in each}

    @property
    def frame(self) -> pd.DataFrame:
        """A row a stretch."""
        import pandas as pd  # half a second

        rows = [
            {
                "source": label,
                **{k: v for k, v in one.to_dict().items() if k != "certified"},
                **one.to_dict()["certified"],
            }
            for label, found in self.of_source.items()
            for one in found
        ]
        return pd.DataFrame(rows)

    def to_table(self) -> Table:
        """All stretches for people: title, header, rows."""
        rows = [
            (label, *row)
            for label in self.of_source
            for _, _, found in [self.table_of(label)]
            for row in found
        ]
        return "which branch each loop sits on", ("source", *HEADER), rows

    def table_of(self, label: str) -> Table:
        """The stretches of one loop, narrow enough for a page: title, header, rows."""
        found = self.of_source[label]
        told = list(dict.fromkeys(s.told_by for s in found))
        by = f" (told by {told[0]})" if len(told) == 1 else ""
        rows = [
            (
                s.fields,
                s.n_rows,
                s.state + (f" (by {s.told_by})" if s.kind and not by else ""),
                s.verdict or "-",
                "-" if s.distance != s.distance else f"{s.distance:.2g}",
            )
            for s in found
        ]
        return f"{label}{by}", HEADER, rows

    def to_dict(self) -> dict[str, Any]:
        """What holds of all; stretches, growths of the torque and error budgets as plain values."""
        return {
            "together": list(self.together),
            "sources": [self._source(result) for result in self.comparison.results],
        }

    def _source(self, result: CaseResult) -> dict[str, Any]:
        budget = self.comparison.budgets[self.comparison.results.index(result)]
        return {
            "source": result.label,
            "folder": str(result.folder),
            "program": engine_of(result),
            "stretches": [one.to_dict() for one in self.of_source[result.label]],
            "torque_growths": [str(g) for g in growths_of(budget)] if budget else [],
            "budget": budget.to_dict() if budget else None,
            "warnings": list(result.warnings),
        }

    def lines(self) -> Iterator[str]:
        """What holds of all; of each loop what looks mistaken or is left out, and where it sits."""
        yield from self.together
        for result in self.comparison.results:
            found = self.of_source[result.label]
            for doubt in result.doubts:
                yield f"{result.label}: {disbelieved(doubt)}"
            for other in result.record.details.get("contradicted", ()):
                yield f"{result.label}: {Contradiction(*other)}"
            for warning in fault_warning(result.faults, result.case):
                yield f"{result.label}: {warning.partition(';')[0]}"
            if not found:
                yield f"{result.label}: the continuum is not solved, so its branches are not known"
                continue
            saddles = [s for s in found if s.stability == "saddle"]
            off = [s for s in found if not s.stability]
            rows = sum(s.n_rows for s in found)
            told = []
            if saddles:
                told.append(f"{_share(_rows(saddles), rows)} on a saddle of the continuum ({spans(saddles)})")
            if off:
                share = str(_rows(off)) if saddles else _share(_rows(off), rows)
                told.append(f"{share} on no branch, or undecided ({spans(off)})")
            minima = f"{_share(rows, rows)} on {'minima' if rows > 1 else 'a minimum'} of the continuum"
            yield f"{result.label}: {'; '.join(told) or minima}"
            reach = reach_of(result.case.cells_across, result.moment)
            if far := [s for s in found if s.distance > FAR * reach]:
                off_by = f"up to {max(s.distance for s in far):.2g} (rms) off the branch of its kind"
                what = "its cells and its noise" if noise_beyond(result.moment) else "its cells"
                explained = f"more than {FAR:g} times the {reach:.2g} that {what} explain"
                yield f"{result.label}: its moment is {off_by} ({spans(far)}), {explained}"
            budget = self.comparison.budgets[self.comparison.results.index(result)]
            for growth in growths_of(budget) if budget else ():
                yield f"{result.label}: {growth}, as the unstable mode of a saddle does"


def require_one_sphere(results: Sequence[CaseResult]) -> None:
    """InputError unless all runs are of one radius and material."""
    first = results[0]
    for other in results[1:]:
        for what, ours, theirs in zip(
            ("radius", "material"), _sphere(first.case), _sphere(other.case), strict=True
        ):
            if ours != theirs:
                raise InputError(
                    f"{other.folder.name}: {what} {theirs}, where {first.folder.name} has {ours}; "
                    "compare runs of one sphere"
                )


def together(results: Sequence[CaseResult], accuracy: float) -> Study:
    """A study that stands for runs of one sphere."""
    case = results[0].case
    tables = {name: getattr(case, name).model_dump(exclude_none=True) for name in _TABLES}
    values = {**tables, "name": STUDY_NAME, "description": ""}
    values |= {"protocol": [case.protocol.model_dump()], "continuum": {"accuracy": accuracy}}
    return Study.from_values(values, source=STUDY_NAME)


_TABLES = ("material", "particle", "mesh", "field", "solver", "save")


def _sphere(case: Case) -> tuple[str, str]:
    m = case.material
    axis = (
        ""
        if m.axis == (0.0, 0.0, 1.0) or not m.Ku_J_per_m3
        else f", axis {', '.join(f'{x:g}' for x in m.axis)}"
    )
    numbers = f"Ms = {m.Ms_A_per_m:g} A/m, A = {m.A_J_per_m:g} J/m, Ku = {m.Ku_J_per_m3:g} J/m3{axis}"
    return f"{case.particle.radius_nm:g} nm", numbers


def _share(k: int, rows: int) -> str:
    """How many of so many rows.

    >>> _share(1, 1), _share(1, 2), _share(2, 2)
    ('its only row', '1 of 2 rows', 'all 2 rows')
    """
    return "its only row" if rows == 1 else f"all {rows} rows" if k == rows else f"{k} of {rows} rows"


def _rows(found: Sequence[Stretch]) -> int:
    return sum(s.n_rows for s in found)
