"""What the numbers suffer from, said before anything is made of them.

In: the Evidence of a case, or a Comparison. Out: Findings; how well the rows converged is one of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.comparison.comparison import Comparison
from harness.verdict.evidence import LEAST_ACROSS, Evidence
from harness.verdict.finding import Finding, Kind, RunRows

ASYMMETRIC = 0.01
"""Rms difference of <m> between mirrored branches from which they are called different."""


def unfinished(comparison: Comparison) -> Iterator[Finding]:
    """The cases there is no result of."""
    if comparison.unfinished:
        numbers = {"n_cases": len(comparison.study.cases())}
        yield Finding(Kind.UNFINISHED, numbers, details={"names": comparison.unfinished})


def cautions_of(evidence: Evidence) -> Iterator[Finding]:
    """What one case's numbers suffer from."""
    result, mesh, material = evidence.result, evidence.case.mesh, evidence.case.material
    if doubts := evidence.case.doubts:
        yield evidence.finding(Kind.DOUBTFUL_VALUES, lines=doubts)
    if material.origin:
        yield evidence.finding(Kind.MATERIAL, name=material.label, origin=material.origin)
    for reason in evidence.prediction.missing:
        yield evidence.finding(Kind.MODEL_MISSING, particle=evidence.prediction.label, reason=reason)
    yield from _coarse_cells(evidence)
    yield _convergence(evidence)
    skew = result.asymmetry
    turned = result.moment[result.branches[0].rows][[0, -1]]
    if skew is not None and skew.rms > ASYMMETRIC and turned.prod() < 0.0:  # a minor loop has no mirror image
        yield evidence.finding(Kind.ASYMMETRY, rms=skew.rms, largest=skew.largest, at_T=skew.B_T)
    if result.order is None:
        yield evidence.finding(Kind.NO_ORDER_PARAMETER)
    if mesh.edge_smooth:
        yield evidence.finding(Kind.EDGE_SMOOTH, edge_smooth=mesh.edge_smooth)
    if evidence.offset:
        yield evidence.finding(Kind.OFFSET, offset_cells=mesh.offset_cells)
    if odd := [state for state in result.states if state.fit.state == "other"]:
        rows = RunRows(evidence.run, tuple(state.step for state in odd))
        first = odd[0]
        yield evidence.finding(
            Kind.FOREIGN_STATES, rows, n_states=len(odd), first_T=first.B_T, reason=first.fit.reason
        )
    for reason in dict.fromkeys(result.unfitted.values()):
        rows = RunRows(evidence.run, tuple(step for step, why in result.unfitted.items() if why == reason))
        yield evidence.finding(Kind.UNFITTED, rows, n_states=len(rows.steps), reason=reason)
    yield from _soft_rows(evidence)
    for line in result.warnings:
        yield evidence.finding(Kind.ENGINE_WARNING, line=line)


def _convergence(evidence: Evidence) -> Finding:
    """How far the residual torques are below what was asked for."""
    loop, tolerance = evidence.result.loop, evidence.case.solver.tolerance_T
    if loop.residual_T is None:
        return evidence.finding(Kind.NO_RESIDUALS)
    above = ~(np.asarray(loop.residual_T) <= tolerance)
    numbers = {"n_rows": len(above), "worst_residual_T": evidence.result.worst_residual_T}
    numbers |= {"tolerance_T": tolerance}
    if not above.any():
        return evidence.finding(Kind.CONVERGED, **numbers)
    rows = evidence.rows_at(above)
    return evidence.finding(Kind.UNCONVERGED_ROWS, rows, n_above=int(above.sum()), **numbers)


def _coarse_cells(evidence: Evidence) -> Iterator[Finding]:
    """A caution where the cells exceed the exchange length or hardly make up a sphere."""
    wide, few = evidence.cell_in_exchange_lengths > 1.0, evidence.cells_across < LEAST_ACROSS
    if wide or few:
        yield evidence.finding(
            Kind.COARSE_CELLS,
            radius_nm=evidence.case.particle.radius_nm,
            cell_nm=evidence.case.mesh.cell_nm,
            exchange_lengths=evidence.cell_in_exchange_lengths if wide else np.nan,
            exchange_length_nm=(length_nm := evidence.case.mesh.cell_nm / evidence.cell_in_exchange_lengths),
            widest_nm=min(length_nm, 2 * evidence.case.particle.radius_nm / LEAST_ACROSS),
            cells_across=evidence.cells_across if few else np.nan,
            resolved=evidence.resolved,
        )


def _soft_rows(evidence: Evidence) -> Iterator[Finding]:
    """A caution where a row lies inside a jump: beside a fold a torque within tolerance proves little."""
    result, tolerance = evidence.result, evidence.case.solver.tolerance_T
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
        yield evidence.finding(
            Kind.SOFT_ROWS,
            evidence.rows_at(inside),
            at_T=tuple(dict.fromkeys(float(fields[k]) for k in inside)),
            tolerance_T=tolerance,
        )
