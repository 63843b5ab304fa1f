"""Findings about the cells: how results move as they shrink, and which are too coarse to be judged.

In: a Comparison. Out: for every protocol its nucleation field by cell size, with a trend; cautions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.study.study import MAX_CELLS, Case
from harness.verdict.evidence import Evidence, grouped, margin_T
from harness.verdict.finding import Finding, Kind
from harness.verdict.uniform_state import nucleating

SAME = "the same within the field step"


@dataclass(frozen=True)
class MeshSeries:
    """Cases that differ in cell size alone and nucleate, none of them late; coarsest first, two at least."""

    members: tuple[Evidence, ...]

    @property
    def away_T(self) -> np.ndarray:
        """Distances to Brown's field."""
        return np.array(
            [abs(e.height(e.nucleation.simulated) - e.prediction.nucleation.brown_T) for e in self.members]
        )

    @property
    def trend(self) -> str:
        """How the field moves with respect to Brown's, no finer than the field steps allow."""
        first, last = self.members[0].nucleation, self.members[-1].nucleation
        change = float(self.away_T[-1] - self.away_T[0])
        if abs(change) <= margin_T(first, last) + 1e-12:
            return SAME
        if not np.isfinite(change):
            return "unclear"
        steady = (np.diff(self.away_T) * np.sign(change) >= -1e-12).all()
        if not steady:
            return "without a clear trend"
        return "closing in on" if change < 0 else "moving away from"


def series_of(cases: Sequence[Evidence]) -> tuple[MeshSeries, ...]:
    """Every set of cases in which only the cells differ."""

    def but_cells(case: Case) -> tuple[object, ...]:
        mesh = case.mesh
        return case.particle, case.field, case.solver, case.protocol, mesh.edge_smooth, mesh.offset_cells

    groups = grouped(nucleating(cases), lambda e: but_cells(e.case))
    ordered = (sorted(group, key=lambda e: -e.case.mesh.cell_nm) for group in groups)
    return tuple(
        MeshSeries(tuple(group))
        for group in ordered
        if len({e.case.mesh.cell_nm for e in group}) == len(group) > 1
    )


def trend_of(series: MeshSeries) -> Finding:
    """How the nucleation field of one protocol moves as the cells shrink."""
    one, last = series.members[0], series.members[-1]
    found = one.finding(
        Kind.MESH_TREND,
        *(e.nucleation for e in series.members),
        cell_nm=tuple(e.case.mesh.cell_nm for e in series.members),
        nucleation_T=tuple(e.nucleation.simulated for e in series.members),
        brown_T=one.height(one.prediction.nucleation.brown_T),
        next_cell_nm=next_cell_nm(last),
        way=one.way,
        trend=series.trend,
    )
    return replace(found, cases=tuple(e.result.label for e in series.members))


def next_cell_nm(evidence: Evidence) -> float:
    """The cell to run beside this one: half as large, or twice where that would be too many cells."""
    cell = evidence.case.mesh.cell_nm
    halved = (2.0 * evidence.cells_across) ** 3 <= MAX_CELLS
    return cell / 2.0 if halved else 2.0 * cell
