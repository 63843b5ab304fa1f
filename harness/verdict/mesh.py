"""Sentences about the cells: how results move as they shrink, and which are too coarse to be judged.

In: a Comparison. Out: for every protocol its nucleation field by cell size, with a trend; warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harness.comparison.comparison import Comparison
from harness.verdict.evidence import LEAST_ACROSS, Evidence, margin_T, signed, tesla, witnesses
from harness.verdict.nucleation import first_to_leave


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
            return "the same within the field step"
        if not np.isfinite(change):
            return "unclear"
        steady = (np.diff(self.away_T) * np.sign(change) >= -1e-12).all()
        if not steady:
            return "without a clear trend"
        return "closing in on" if change < 0 else "moving away from"


def series_of(comparison: Comparison) -> tuple[Series, ...]:
    """Every set of cases in which only the cells differ."""
    groups: dict[tuple[object, ...], list[Evidence]] = {}
    for own in witnesses(comparison):
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


def mesh_texts(comparison: Comparison) -> Iterator[str]:
    """For each protocol run on several cell sizes: how its nucleation field moves as the cells shrink."""
    for series in series_of(comparison):
        one = series.members[0]
        listed = ", ".join(
            f"{signed(e.nucleation.simulated)} T ({e.result.case.mesh.cell_nm:g} nm)" for e in series.members
        )
        text = f"As the cells shrink, {one.nucleation.protocol} nucleates at {listed}"
        trend, brown_T = series.trend, one.side * one.prediction.nucleation.brown_T
        if not np.isfinite(brown_T):
            yield f"{text}."
        elif trend.endswith(("on", "from")):
            yield f"{text}, {trend} Brown's {signed(brown_T)} T."
        else:
            yield f"{text}: {trend}, beside Brown's {signed(brown_T)} T."


def coarseness(comparison: Comparison) -> Iterator[str]:
    """A warning for every mesh whose cells exceed the exchange length or hardly make up a sphere."""
    seen: set[tuple[float, float]] = set()
    for own in witnesses(comparison):
        case = own.result.case
        mesh = (case.particle.radius_nm, case.mesh.cell_nm)
        said = tuple(_too_coarse(own))
        if mesh in seen or not said:
            continue
        seen.add(mesh)
        judged = "" if own.resolved else ", too coarse for ν, angles and a choice between H′ and H″"
        yield f"R = {mesh[0]:g} nm in {mesh[1]:g} nm cells: {' and '.join(said)}{judged}."


def _too_coarse(own: Evidence) -> Iterator[str]:
    if own.cell_in_exchange_lengths > 1.0:
        length_nm = own.result.case.mesh.cell_nm / own.cell_in_exchange_lengths
        yield f"a cell is {own.cell_in_exchange_lengths:.1f} exchange lengths ({length_nm:.2f} nm) wide"
    if own.cells_across < LEAST_ACROSS:
        yield f"only {own.cells_across:.1f} cells make up the diameter"


def soft_rows(own: Evidence) -> Iterator[str]:
    """A warning where a row lies inside a jump: beside a fold a torque within tolerance proves little."""
    tolerance = own.result.case.solver.tolerance_T
    if tolerance <= 1e-8:
        return
    fields = np.asarray(own.result.loop.B_T)
    inside: list[float] = []
    for branch, observables in zip(own.result.branches, own.result.observables, strict=True):
        rows = fields[branch.rows]
        for jump in observables.jumps:
            low, high = sorted((jump.B_before_T, jump.B_after_T))
            inside += [float(B) for B in rows[(rows > low + 1e-12) & (rows < high - 1e-12)]]
    if inside := list(dict.fromkeys(inside)):
        listed = ", ".join(tesla(B) for B in inside[:4]) + (", …" if len(inside) > 4 else "")
        rows_of = "the row at" if len(inside) == 1 else "the rows at"
        yield (
            f"{rows_of} {listed} {'lies' if len(inside) == 1 else 'lie'} inside a jump. Just beyond a fold a "
            f"state can drift with less torque than the tolerance of {tolerance:g} T and be no equilibrium; "
            "solver.tolerance_T = 1e-9 tells."
        )
