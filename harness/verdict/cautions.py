"""What the numbers suffer from, said before anything is made of them.

In: the Evidence of a case, or a Comparison. Out: Findings; how well the rows converged is one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from harness.analysis.loop import whole_pair
from harness.comparison.comparison import Comparison
from harness.comparison.lattices import HANDFUL_ACROSS
from harness.runs.convergence import unsettled
from harness.runs.folder import Damaged
from harness.runs.foreign.possible import noise_beyond
from harness.study.protocols import Kick
from harness.verdict.certified import certificates
from harness.verdict.evidence import MOMENTS_DIFFER, Evidence
from harness.verdict.finding import Finding, Kind, RunRows

STRONG = 0.1
"""Share of the field that holds the uniform state from which a kick may carry it over a barrier."""
INSIDE = 0.1
"""Share of a jump that must lie on either side of a row inside it; nearer the ends it is one of them."""
LITTLE_T, LITTLE = 1e-8, 0.01
"""Torque, or share of what counts as none, up to which a row is not drifting: fields are steps apart."""
ASYMMETRIC = 0.01
"""Rms difference of <m> between mirrored branches from which they are called different."""


def unfinished(comparison: Comparison) -> Iterator[Finding]:
    """The cases there is no result of."""
    if comparison.unfinished:
        numbers = {"n_cases": len(comparison.study.cases())}
        of_disk = r"^damaged: (.*/)?(?=out/|run\.json)"  # where the runs lie is nothing to a page
        why = {name: comparison.why_not.get(name, "") for name in comparison.unfinished}
        damaged = tuple(name for name in why if isinstance(why[name], Damaged))
        told = tuple(f"{name} ({re.sub(of_disk, '', why[name]).partition(';')[0]})" for name in damaged)
        left = tuple(name for name in why if name not in damaged)
        yield Finding(Kind.UNFINISHED, numbers, details={"names": left, "damaged": damaged, "why": told})


def cautions_of(evidence: Evidence) -> Iterator[Finding]:
    """What one case's numbers suffer from."""
    result, mesh, material = evidence.result, evidence.case.mesh, evidence.case.material
    if doubts := evidence.result.doubts:
        yield evidence.finding(Kind.DOUBTFUL_VALUES, lines=doubts)
    if material.origin:
        yield evidence.finding(Kind.MATERIAL, name=material.label, origin=material.origin)
    for reason in evidence.prediction.missing:
        yield evidence.finding(Kind.THEORY_MISSING, particle=evidence.prediction.label, reason=reason)
    yield from _rows_at_fault(evidence)
    yield from _coarse_cells(evidence)
    yield _convergence(evidence)
    yield from _asymmetry(evidence)
    yield from _runs_part(evidence)
    yield from _strong_kick(evidence)
    if result.order is None and evidence.budget is None:  # with one, the moment tells the branches
        yield evidence.finding(Kind.NO_ORDER_PARAMETER)
    if mesh.edge_smooth:
        yield evidence.finding(
            Kind.EDGE_SMOOTH, edge_smooth=mesh.edge_smooth, whole_beside=evidence.whole_beside
        )
    if evidence.offset:
        yield evidence.finding(Kind.OFFSET, offset_cells=mesh.offset_cells)
    if odd := [state for state in result.states if not state.fit.described]:
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
        if line in result.row_warnings:
            continue  # a finding of its own
        yield evidence.finding(Kind.ENGINE_WARNING, line=line)


def _asymmetry(evidence: Evidence) -> Iterator[Finding]:
    """A caution where the branches are no mirror images, with the fields at which a uniform moment turns."""
    result, skew = evidence.result, evidence.result.asymmetry
    pair = sorted(whole_pair(np.asarray(result.loop.B_T)) or (), key=lambda branch: branch.rows.start)
    noise = noise_beyond(result.moment)  # of both branches: √2 of it rms
    if skew is None or skew.rms <= np.hypot(ASYMMETRIC, 2.0 * noise):
        return
    if result.moment[pair[0].rows][[0, -1]].prod() >= 0.0:  # a minor loop has no mirror image
        return
    seen = [result.observables[result.branches.index(branch)] for branch in pair]
    first_T, second_T = (branch.coercive_field_T for branch in seen)
    scatter_T = np.nan_to_num(evidence.coercive.run_to_run)
    errors = [float(np.hypot(branch.coercive_error_T, scatter_T)) for branch in seen]
    uneven = evidence.stays_uniform and abs(first_T + second_T) > max(np.nan_to_num(errors)) + 1e-12
    turns = {"first_T": first_T, "second_T": second_T}
    turns |= dict(zip(("first_error_T", "second_error_T"), errors, strict=True))
    yield evidence.finding(
        Kind.ASYMMETRY,
        rms=skew.rms,
        largest=skew.largest,
        at_T=skew.B_T,
        **{"down" if branch.name == "descending" else "up": branch.label for branch in pair},
        **(turns if uneven else dict.fromkeys(turns, np.nan)),
    )


def _runs_part(evidence: Evidence) -> Iterator[Finding]:
    """The rows at which repeats of a case hold other moments: what is said of them is of the first run."""
    result = evidence.result
    low, high = result.span
    spread = np.nan_to_num(high - low)
    if (apart := spread > MOMENTS_DIFFER).any():
        yield evidence.finding(
            Kind.RUNS_PART,
            evidence.rows_at(apart),
            n_runs=1 + len(result.replicas),
            n_apart=int(apart.sum()),
            n_rows=len(apart),
            largest=float(spread.max()),
            at_T=float(result.loop.B_T[spread.argmax()]),
        )


def _rows_at_fault(evidence: Evidence) -> Iterator[Finding]:
    """The rows that are no result of the field path."""
    if not (faults := evidence.result.faults):
        return
    first, last = faults[0], faults[-1]
    yield evidence.finding(
        Kind.ROWS_AT_FAULT,
        RunRows(evidence.run, tuple(fault.step for fault in faults)),
        n_faults=len(faults),
        n_rows=len(evidence.result.loop.step),
        first_step=first.step,
        last_step=last.step,
        first_T=first.B_T,
        last_T=last.B_T,
        excess_J=first.excess_J,
        why=first.why,
        method=evidence.case.solver.method,
    )


def _convergence(evidence: Evidence) -> Finding:
    """How far the residual torques are below what counts as none: the table's, else those of all states."""
    loop, limit = evidence.result.loop, evidence.result.torque_limit
    limits = {"limit_T": limit.value_T, "floor_T": limit.floor_T}
    if loop.residual_T is None:
        states_T = [known.torque_before_T for known in certificates(evidence).values()]
        worst_T = max(states_T, default=np.inf)
        if len(states_T) < evidence.result.sound.sum() or not worst_T <= limit.value_T:
            return evidence.finding(Kind.NO_RESIDUALS)
        return evidence.finding(Kind.CONVERGED, n_rows=len(states_T), worst_residual_T=worst_T, **limits)
    above, residual_T = unsettled(loop, limit), np.asarray(loop.residual_T)
    worst = int(np.nanargmax(residual_T))
    numbers = {"n_rows": len(above), "worst_residual_T": float(residual_T[worst])} | limits
    if not above.any():
        return evidence.finding(Kind.CONVERGED, **numbers)
    return evidence.finding(
        Kind.UNCONVERGED_ROWS,
        evidence.rows_at(above),
        **numbers,
        n_above=int(above.sum()),
        at_T=tuple(dict.fromkeys(float(B) for B in loop.B_T[above])),
        worst_at_T=float(loop.B_T[worst]),
    )


def _coarse_cells(evidence: Evidence) -> Iterator[Finding]:
    """A caution where the cells exceed the exchange length or hardly make up a sphere."""
    wide, few = evidence.cell_in_exchange_lengths > 1.0, evidence.cells_across < HANDFUL_ACROSS
    if wide or few:
        yield evidence.finding(
            Kind.COARSE_CELLS,
            radius_nm=evidence.case.particle.radius_nm,
            cell_nm=evidence.case.mesh.cell_nm,
            exchange_lengths=evidence.cell_in_exchange_lengths if wide else np.nan,
            exchange_length_nm=(length_nm := evidence.case.mesh.cell_nm / evidence.cell_in_exchange_lengths),
            widest_nm=min(length_nm, 2 * evidence.case.particle.radius_nm / HANDFUL_ACROSS),
            cells_across=evidence.cells_across if few else np.nan,
            fewest_across=HANDFUL_ACROSS,
            resolved=not evidence.sketch,
        )


def _strong_kick(evidence: Evidence) -> Iterator[Finding]:
    """A caution where the kick is not small beside the field that holds the uniform state in theory."""
    protocol, material = evidence.case.protocol, evidence.case.material
    if isinstance(protocol, Kick):
        anisotropy_T = 2.0 * material.Ku_J_per_m3 / material.Ms_A_per_m
        holds_T = float(np.fmax(abs(evidence.prediction.nucleation.uniform_lost_T), anisotropy_T))
        beside = [e.case.protocol for e in evidence.rivals]
        if 1e-3 * protocol.b_mT > STRONG * holds_T > 0.0:
            weaker = any(isinstance(p, Kick) and 1e-3 * p.b_mT <= STRONG * holds_T for p in beside)
            yield evidence.finding(
                Kind.STRONG_KICK, kick_T=1e-3 * protocol.b_mT, holds_T=holds_T, weaker_beside=weaker
            )


def _soft_rows(evidence: Evidence) -> Iterator[Finding]:
    """A caution where a row lies inside a jump: beside a fold a torque within tolerance proves little.

    A certificate does, and a torque far below it.
    """
    result, limit = evidence.result, evidence.result.torque_limit
    if limit.value_T <= LITTLE_T:
        return
    fields, moment = np.asarray(result.loop.B_T), result.moment
    proven = {row for row, known in certificates(evidence).items() if known.verdict != "undecided"}
    if result.loop.residual_T is not None:
        proven |= set(np.flatnonzero(result.loop.residual_T <= max(LITTLE_T, LITTLE * limit.value_T)))
    inside: list[int] = []
    for branch, observables in zip(result.branches, result.observables, strict=True):
        rows = np.arange(branch.rows.start, branch.rows.stop)
        for jump in observables.jumps:
            low, high = sorted((jump.B_before_T, jump.B_after_T))
            within = rows[(fields[rows] > low + 1e-12) & (fields[rows] < high - 1e-12)]
            ends = moment[rows[[int(np.flatnonzero(fields[rows] == B)[0]) for B in (low, high)]]]
            apart = np.abs(moment[within, None] - ends).min(axis=1)
            inside += (int(row) for row in within[apart > INSIDE * abs(jump.delta_m)] if row not in proven)
    if inside:
        yield evidence.finding(
            Kind.SOFT_ROWS,
            evidence.rows_at(inside),
            at_T=tuple(dict.fromkeys(float(fields[k]) for k in inside)),
            limit_T=limit.value_T,
            single_precision=bool(np.isfinite(limit.floor_T)),
        )
