"""What a loop's own table tells where no state does: its branches by the moment alone, its torque row by row.

In: the Evidence of a case. Out: Findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from harness.comparison.placed import reach_of
from harness.comparison.states import UNKNOWN, simulated_states
from harness.comparison.stretches import growths_of, spans, stretches
from harness.runs.foreign.possible import noise_beyond
from harness.runs.foreign.told import Contradiction
from harness.verdict.evidence import Evidence
from harness.verdict.finding import Finding, Kind


def table_findings(evidence: Evidence) -> Iterator[Finding]:
    """What its files contradict or lack; how branches without states are known; where the torque grows."""
    yield from _contradicted(evidence)
    if missing := str(evidence.result.record.details.get("missing_part", "")):
        yield evidence.finding(Kind.PART_OF_LOOP, missing=missing.replace("-", "−"))
    if evidence.budget is None:
        return
    known = simulated_states(evidence.result, evidence.prediction.axis_angle_rad).kind != UNKNOWN
    if not known.all():
        placed = evidence.budget.simulated.states.kind[: len(known)] != UNKNOWN
        yield evidence.finding(
            Kind.BY_MOMENT,
            n_rows=float((placed & ~known).sum()),
            n_untold=float((~placed).sum()),
            reach=reach_of(evidence.cells_across, evidence.result.moment),
            noise=noise_beyond(evidence.result.moment),
            saved=bool(evidence.result.loop.states),
        )
    for growth in growths_of(evidence.budget):
        rows = np.arange(growth.first, growth.last + 1)
        like = evidence.budget.simulated.like[rows]
        fields = np.asarray(evidence.result.loop.B_T)[rows]
        branches = evidence.budget.theory.continuum.branches
        saddle = [j >= 0 and not bool(branches[j].stable(B)) for j, B in zip(like, fields, strict=True)]
        yield evidence.finding(
            Kind.TORQUE_GROWS,
            evidence.rows_at(rows.tolist()),
            first_T=growth.first_T,
            last_T=growth.last_T,
            from_torque_T=growth.from_torque_T,
            to_torque_T=growth.to_torque_T,
            by_row=growth.by_row,
            n_rows=float(len(rows)),
            n_saddle=float(sum(saddle)),
        )


def _contradicted(evidence: Evidence) -> Iterator[Finding]:
    """The numbers that are taken of a loop where a file of its own has others."""
    if found := [Contradiction(*each) for each in evidence.result.record.details.get("contradicted", ())]:
        yield evidence.finding(
            Kind.CONTRADICTED,
            taken=tuple(each.taken for each in found),
            told=tuple(each.told for each in found),
            what=tuple(each.what for each in found),
            units=tuple(each.unit for each in found),
            by=tuple(Path(each.by).name for each in found),
        )


def where_it_sits(evidence: Evidence) -> Iterator[Finding]:
    """How many of a loop's rows are on minima of the continuum, on saddles, on none."""
    if evidence.budget is None:
        return
    found = stretches(evidence.budget)
    saddles, off = [s for s in found if s.stability == "saddle"], [s for s in found if not s.stability]
    rows = [k for s in saddles for k in range(s.first_row, s.last_row + 1)]
    held = [s for s in saddles if {verdict for verdict, _ in s.certified} == {"minimum"}]
    of_lost = evidence.result.record.details.get("lost_states", ())
    lost = [s for s in saddles if not s.certified and any(s.first_row <= k <= s.last_row for k in of_lost)]
    untold = [k for k in of_lost if any(s.first_row <= k <= s.last_row and not s.stability for s in found)]
    yield evidence.finding(
        Kind.SITS_ON,
        evidence.rows_at(rows),
        n_rows=float(sum(s.n_rows for s in found)),
        n_saddle=float(len(rows)),
        n_held=float(sum(s.n_rows for s in held)),
        n_lost=float(sum(s.n_rows for s in lost)),
        n_lost_off=float(len(untold)),
        n_off=float(sum(s.n_rows for s in off)),
        saddles=spans(saddles),
        off=spans(off),
    )
