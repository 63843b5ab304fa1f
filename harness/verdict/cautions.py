"""What the numbers suffer from, said before anything is made of them.

In: the Evidence of a case, or a Comparison. Out: Findings; how well the rows converged is one of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.comparison.comparison import Comparison
from harness.verdict.evidence import Evidence
from harness.verdict.finding import Finding, Kind, Source
from harness.verdict.mesh import coarse_cells, soft_rows

ASYMMETRIC = 0.01
"""Rms difference of <m> between mirrored branches from which they are called different."""


def unfinished(comparison: Comparison) -> Iterator[Finding]:
    """The cases there is no result of."""
    if comparison.unfinished:
        numbers = {"n_cases": len(comparison.study.cases())}
        yield Finding(Kind.UNFINISHED, numbers, details={"names": comparison.unfinished})


def cautions_of(own: Evidence) -> Iterator[Finding]:
    """What one case's numbers suffer from."""
    result, mesh = own.result, own.result.case.mesh
    for reason in own.prediction.missing:
        yield own.finding(Kind.MODEL_MISSING, particle=own.prediction.label, reason=reason)
    yield from coarse_cells(own)
    yield _convergence(own)
    skew = result.asymmetry
    turned = result.moment[result.branches[0].rows][[0, -1]]
    if skew is not None and skew.rms > ASYMMETRIC and turned.prod() < 0.0:  # a minor loop has no mirror image
        yield own.finding(Kind.ASYMMETRY, rms=skew.rms, largest=skew.largest, at_T=skew.B_T)
    if result.order is None:
        yield own.finding(Kind.NO_ORDER_PARAMETER)
    if mesh.edge_smooth:
        yield own.finding(Kind.EDGE_SMOOTH, edge_smooth=mesh.edge_smooth)
    if any(mesh.offset_cells):
        yield own.finding(Kind.OFFSET, offset_cells=mesh.offset_cells)
    run = result.folder.name
    if odd := [state for state in result.states if state.fit.state == "other"]:
        rows = Source(run, tuple(state.step for state in odd))
        first = odd[0]
        yield own.finding(
            Kind.FOREIGN_STATES, rows, n_states=len(odd), first_T=first.B_T, reason=first.fit.reason
        )
    for reason in dict.fromkeys(result.unfitted.values()):
        rows = Source(run, tuple(step for step, why in result.unfitted.items() if why == reason))
        yield own.finding(Kind.UNFITTED, rows, n_states=len(rows.steps), reason=reason)
    yield from soft_rows(own)
    for line in result.warnings:
        yield own.finding(Kind.ENGINE_WARNING, line=line)


def _convergence(own: Evidence) -> Finding:
    """How far the residual torques are below what was asked for."""
    loop, tolerance = own.result.loop, own.result.case.solver.tolerance_T
    if loop.residual_T is None:
        return own.finding(Kind.NO_RESIDUALS)
    above = ~(np.asarray(loop.residual_T) <= tolerance)
    numbers = {
        "n_rows": len(above),
        "worst_residual_T": own.result.worst_residual_T,
        "tolerance_T": tolerance,
    }
    if not above.any():
        return own.finding(Kind.CONVERGED, **numbers)
    rows = Source(own.result.folder.name, tuple(map(int, np.asarray(loop.step)[above])))
    return own.finding(Kind.UNCONVERGED_ROWS, rows, n_above=int(above.sum()), **numbers)
