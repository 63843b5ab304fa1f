"""Findings about the cells: how results move as they shrink, and which are too coarse to be judged.

In: a Comparison. Out: for every protocol its nucleation field by cell size, with a trend; cautions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.study.study import MAX_CELLS
from harness.verdict.evidence import LEAST_ACROSS, Evidence, margin_T
from harness.verdict.finding import Finding, Kind, Source
from harness.verdict.nucleation import first_to_leave

SAME = "the same within the field step"


@dataclass(frozen=True)
class Series:
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


def series_of(cases: Sequence[Evidence]) -> tuple[Series, ...]:
    """Every set of cases in which only the cells differ."""
    groups: dict[tuple[object, ...], list[Evidence]] = {}
    for own in cases:
        if own.nucleates and first_to_leave(own) is None:
            case = own.result.case
            other_than_cell = (case.mesh.edge_smooth, case.mesh.offset_cells)
            key = (case.particle, case.field, case.solver, case.protocol, other_than_cell)
            groups.setdefault(key, []).append(own)
    ordered = (sorted(group, key=lambda e: -e.result.case.mesh.cell_nm) for group in groups.values())
    return tuple(
        Series(tuple(group))
        for group in ordered
        if len({e.result.case.mesh.cell_nm for e in group}) == len(group) > 1
    )


def trend_of(series: Series) -> Finding:
    """How the nucleation field of one protocol moves as the cells shrink."""
    one, last = series.members[0], series.members[-1]
    found = one.finding(
        Kind.MESH_TREND,
        *(e.nucleation for e in series.members),
        cell_nm=tuple(e.result.case.mesh.cell_nm for e in series.members),
        nucleation_T=tuple(e.nucleation.simulated for e in series.members),
        brown_T=one.height(one.prediction.nucleation.brown_T),
        next_cell_nm=next_cell_nm(last),
        way=one.way,
        trend=series.trend,
    )
    return replace(found, cases=tuple(e.result.label for e in series.members))


def next_cell_nm(own: Evidence) -> float:
    """The cell to run beside this one: half as large, or twice where that would be too many cells."""
    cell = own.result.case.mesh.cell_nm
    halved = (2.0 * own.cells_across) ** 3 <= MAX_CELLS
    return cell / 2.0 if halved else 2.0 * cell


def coarse_cells(own: Evidence) -> Iterator[Finding]:
    """A caution where the cells exceed the exchange length or hardly make up a sphere."""
    wide, few = own.cell_in_exchange_lengths > 1.0, own.cells_across < LEAST_ACROSS
    if wide or few:
        case, nan = own.result.case, float("nan")
        yield own.finding(
            Kind.COARSE_CELLS,
            radius_nm=case.particle.radius_nm,
            cell_nm=case.mesh.cell_nm,
            exchange_lengths=own.cell_in_exchange_lengths if wide else nan,
            exchange_length_nm=case.mesh.cell_nm / own.cell_in_exchange_lengths,
            cells_across=own.cells_across if few else nan,
            resolved=own.resolved,
        )


def soft_rows(own: Evidence) -> Iterator[Finding]:
    """A caution where a row lies inside a jump: beside a fold a torque within tolerance proves little."""
    result, tolerance = own.result, own.result.case.solver.tolerance_T
    if tolerance <= 1e-8:
        return
    fields = np.asarray(result.loop.B_T)
    inside: list[int] = []
    for branch, observables in zip(result.branches, result.observables, strict=True):
        rows = np.arange(branch.rows.start, branch.rows.stop)
        for jump in observables.jumps:
            low, high = sorted((jump.B_before_T, jump.B_after_T))
            inside += map(int, rows[(fields[rows] > low + 1e-12) & (fields[rows] < high - 1e-12)])
    if inside:
        yield own.finding(
            Kind.SOFT_ROWS,
            Source(result.folder.name, tuple(int(result.loop.step[k]) for k in inside)),
            at_T=tuple(dict.fromkeys(float(fields[k]) for k in inside)),
            tolerance_T=tolerance,
        )
