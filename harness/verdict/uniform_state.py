"""Findings about how the uniform state ended: nucleation, reversal, and who left a saddle too late.

In: the Evidence of a case. Out: Findings; the rival that shows a run to be late; for every protocol its
nucleation field by cell size, with a trend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from harness.analysis.loop import order_threshold
from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.comparison.table import Row
from harness.study.study import MAX_CELLS
from harness.verdict.certified import Rows, proof, saddle_findings
from harness.verdict.evidence import Evidence, grouped, margin_T, measured, same_T, witnesses
from harness.verdict.finding import Finding, Kind
from reduced_model.loops.stoner_wohlfarth import coercive_field

ALLOWANCE = 0.1
"""Share of the theoretical field by which the staircase of a few cells may shift coherent rotation."""
SAME = "the same within the field step"
FEWEST_MESHES = 3
"""Meshes it takes to call a sequence converging."""


def overtaken_by(comparison: Comparison, result: CaseResult) -> CaseResult | None:
    """Another protocol on the same problem and mesh that leaves the uniform branch clearly earlier, if any.

    Of several, the one that left first. Protocols that perturb the rows themselves do not count.
    """
    rival = first_to_leave(next(e for e in witnesses(comparison) if e.result is result))
    return rival.result if rival else None


def first_to_leave(evidence: Evidence) -> Evidence | None:
    """The rival that left the uniform state first and clearly before this run; None without one.

    Nor is a run late whose states beyond that field are certified minima: the rival crossed a barrier.
    A run that starts with a vortex is late for nothing; one that starts so beside another that starts uniform
    left at the first field at the latest. A rival's vortex below the field at which this run reversed as one
    says nothing of it.
    """
    if evidence.branch.starts_as != "uniform":
        return None
    rival = _earliest_rival(evidence, evidence.left_T, _vortex_at_T, lambda e: e.nucleation)
    return None if rival and _held(evidence, rival)["certified"] == "minimum" else rival


def first_to_reverse(evidence: Evidence) -> Evidence | None:
    """The first other protocol that reverses clearly before this run; None without one."""
    if evidence.perturbed:
        return None
    reversal_T = _reversal_at_T(evidence)
    until_T = reversal_T if np.isfinite(reversal_T) else evidence.lowest_T
    rival = _earliest_rival(evidence, until_T, _reversal_at_T, lambda e: e.coercive)
    held = proof(evidence, _beyond(evidence, _reversal_at_T(rival))) if rival else {}
    return None if held.get("certified") == "minimum" else rival


def _earliest_rival(
    evidence: Evidence,
    until_T: float,
    height_T: Callable[[Evidence], float],
    field: Callable[[Evidence], Row],
) -> Evidence | None:
    """The rival with the greatest height of those clearly above the height this run held out to."""
    heights = {rival: height_T(rival) for rival in evidence.rivals}
    earlier = [e for e, T in heights.items() if T - until_T > margin_T(field(evidence), field(e)) + 1e-12]
    return max(earlier, key=heights.__getitem__, default=None)


def _reversal_at_T(evidence: Evidence) -> float:
    return evidence.height(evidence.coercive.simulated)


def late_rows(evidence: Evidence) -> Rows:
    """Rows at which this run held what another protocol on the same cells had left already."""
    late = np.zeros(len(evidence.result.loop.B_T), dtype=bool)
    if (rival := first_to_leave(evidence)) is not None:
        late |= _uniform_beyond(evidence, _vortex_at_T(rival))
    if (rival := first_to_reverse(evidence)) is not None:
        late |= _beyond(evidence, _reversal_at_T(rival))
    return late


def _beyond(evidence: Evidence, T: float) -> Rows:
    """Rows below a height: that of the state itself, on any branch."""
    height_T = np.sign(evidence.result.moment) * np.asarray(evidence.result.loop.B_T)
    return np.asarray(height_T < T - 1e-12)


def _uniform_beyond(evidence: Evidence, T: float) -> Rows:
    """Uniform states below a height; none where the table has no order parameter."""
    order, moment = evidence.result.order, evidence.result.moment
    below = _beyond(evidence, T)
    return below & (order < order_threshold(order, moment)) if order is not None else np.zeros_like(below)


def _held(evidence: Evidence, rival: Evidence) -> dict[str, Any]:
    """What the uniform states are that this run held and a rival had left."""
    return proof(evidence, _uniform_beyond(evidence, _vortex_at_T(rival)))


def nucleating(cases: Iterable[Evidence]) -> list[Evidence]:
    """The cases in which a vortex appears, late ones aside."""
    return [evidence for evidence in cases if evidence.nucleates and first_to_leave(evidence) is None]


def _vortex_at_T(evidence: Evidence) -> float:
    """Height at which the vortex appears, inf where it is there from the start, nan where it never does."""
    return np.inf if evidence.branch.starts_as == "vortex" else evidence.height(evidence.nucleation.simulated)


def confirming(evidence: Evidence) -> Evidence | None:
    """Another protocol on the same problem, one that breaks the symmetry, that leaves there too."""
    here = evidence.nucleation
    for rival in evidence.rivals:
        apart_T = abs(here.simulated - rival.nucleation.simulated)
        if not rival.keeps_inversion and apart_T <= margin_T(here, rival.nucleation) + 1e-12:
            return rival
    return None


def nucleation_findings(evidence: Evidence) -> Iterator[Finding]:
    """What became of the uniform state in this run; nothing where the table has no order parameter."""
    if evidence.branch.starts_as == "unknown":
        return
    if evidence.branch.starts_as == "vortex":
        yield _starts_with_a_vortex(evidence)
    elif (rival := first_to_leave(evidence)) is not None:
        yield _late(evidence, rival)
    elif evidence.nucleates:
        yield from _appears(evidence)
    else:
        found = _outlives_theory(evidence) or _stays_uniform(evidence)
        yield from (found,) if found else ()


def barrier_findings(evidence: Evidence) -> Iterator[Finding]:
    """A rival that left the uniform state where this run's is a minimum still."""
    if evidence.branch.starts_as != "uniform":
        return
    rival = _earliest_rival(evidence, evidence.left_T, _vortex_at_T, lambda e: e.nucleation)
    if rival is not None and (held := _held(evidence, rival))["certified"] == "minimum":
        row = evidence.nucleation
        yield evidence.finding(
            Kind.OVER_A_BARRIER,
            row,
            rival.nucleation,
            **measured("rival", rival.nucleation),
            **held,
            rival=rival.result.label,
            rival_starts_with_vortex=rival.branch.starts_as == "vortex",
        )


def _starts_with_a_vortex(evidence: Evidence) -> Finding:
    """The first row is beyond nucleation already; by theory too, where that can be known."""
    B_T, lost_T = evidence.result.loop.B_T, evidence.prediction.nucleation.uniform_lost_T
    by_theory = evidence.height(evidence.fields_T[0]) < lost_T and not evidence.perturbed
    return evidence.finding(
        Kind.STARTS_WITH_VORTEX,
        first_field_T=float(B_T[0]),
        uniform_lost_T=evidence.height(lost_T) if by_theory else np.nan,
        only_field=len(B_T) == 1,
        bias=evidence.perturbed,
    )


def _appears(evidence: Evidence) -> Iterator[Finding]:
    row, n, height = evidence.nucleation, evidence.prediction.nucleation, evidence.height
    curling = n.brown_T > n.coherent_T
    yield evidence.finding(
        Kind.NUCLEATION,
        row,
        **measured("nucleation", row),
        brown_T=height(n.brown_T) if curling else np.nan,
        ansatz_T=height(n.ansatz_T) if curling else np.nan,
        paper_T=height(n.paper_T) if n.paper_T > n.coherent_T else np.nan,
        prime_T=row.model_prime,
        double_prime_T=row.model_double_prime,
        continuum_T=evidence.continuum_T("nucleation"),
        most_circulation=float(np.max(evidence.circulation)),
        closed_form=evidence.prediction.closed_form,
    )
    if evidence.perturbed:
        yield evidence.finding(Kind.BIAS_ROUNDS, row, alone=not evidence.rivals)
        return
    witness, lost_T = confirming(evidence), n.uniform_lost_ansatz_T
    if lost_T - height(row.simulated) > 3 * np.nan_to_num(row.uncertainty):  # not for nan
        held = proof(evidence, _uniform_beyond(evidence, lost_T))
        cells = held["certified"] == "minimum" if held["certified"] else evidence.kicked or witness
        yield evidence.finding(
            Kind.CELLS_HOLD if cells else Kind.CELLS_OR_SYMMETRY,
            *([row, witness.nucleation] if witness else [row]),
            uniform_lost_T=height(lost_T),
            offset=evidence.offset,
            **held,
        )
    if evidence.keeps_inversion and witness is None:
        tilted = evidence.prediction.axis_angle_rad > 0.0
        yield evidence.finding(Kind.ROUNDING_DECIDES, row, tilted=tilted)


def _late(evidence: Evidence, rival: Evidence) -> Finding:
    """Why a run that nucleates after another one on the same cells is not to be believed."""
    row, lost_T = evidence.nucleation, evidence.prediction.nucleation.uniform_lost_ansatz_T
    return evidence.finding(
        Kind.LATE_ON_SADDLE,
        row,
        rival.nucleation,
        **measured("nucleation", row),
        **measured("rival", rival.nucleation),
        uniform_lost_T=evidence.height(lost_T),
        rival=rival.result.label,
        rival_starts_with_vortex=rival.branch.starts_as == "vortex",
        unstable_in_theory=bool(evidence.left_T < lost_T - np.nan_to_num(row.uncertainty)),
        **_held(evidence, rival),
    )


def _outlives_theory(evidence: Evidence) -> Finding | None:
    """A uniform state beyond the field at which theory has it certainly unstable to a vortex."""
    n, closed = evidence.prediction.nucleation, evidence.prediction.closed_form
    if closed:
        certain_T = n.ansatz_T if n.ansatz_T > n.coherent_T else np.nan
    else:
        certain_T = evidence.lower_model_T(evidence.nucleation)
    if not evidence.held_to_T < certain_T - 1e-12:
        return None
    return evidence.finding(
        Kind.OUTLIVES_THEORY,
        held_to_T=evidence.height(evidence.held_to_T),
        unstable_from_T=evidence.height(certain_T),
        closed_form=closed,
        holder="symmetry" if evidence.keeps_inversion else "cells" if evidence.kicked else "either",
        **proof(evidence, _uniform_beyond(evidence, certain_T)),
    )


def _stays_uniform(evidence: Evidence) -> Finding | None:
    """A uniform state that theory expects, or at least allows; None where its reversal says how it ended."""
    n, radii, height = evidence.prediction.nucleation, evidence.prediction.radii, evidence.height
    if evidence.single_domain:
        below = radii if radii and evidence.case.radius_m < radii.crossing_brown_m else None
        return evidence.finding(
            Kind.SINGLE_DOMAIN,
            crossing_brown_nm=1e9 * below.crossing_brown_m if below else np.nan,
            crossing_ansatz_nm=1e9 * below.crossing_ansatz_m if below else np.nan,
            coherent_T=height(n.coherent_T),
            path_end_T=height(evidence.lowest_T),
            path_ends_before=evidence.lowest_T > n.coherent_T and not evidence.isotropic,
            isotropic=evidence.isotropic,
        )
    if not evidence.prediction.closed_form:
        return evidence.finding(Kind.NO_VORTEX)
    if np.isfinite(evidence.coercive.simulated):
        return None
    return evidence.finding(
        Kind.ENDS_BEFORE_THEORY if evidence.held_to_T > n.uniform_lost_T else Kind.BETWEEN_THEORIES,
        held_to_T=height(evidence.held_to_T),
        uniform_lost_brown_T=height(n.uniform_lost_T),
        uniform_lost_ansatz_T=height(n.uniform_lost_ansatz_T),
    )


def mesh_series(cases: Iterable[Evidence]) -> tuple[tuple[Evidence, ...], ...]:
    """Cases that differ in cell size alone and in which a vortex is expected, holds and nucleates freely.

    None of them late, biased or too coarse for a core; coarsest first, two at least.
    """
    free = [e for e in nucleating(cases) if e.resolved and not e.perturbed and not e.single_domain]
    return by_cells(free)


def by_cells(cases: Iterable[Evidence]) -> tuple[tuple[Evidence, ...], ...]:
    """Cases that differ in cell size alone, coarsest first; two at least."""

    def but_cells(e: Evidence) -> tuple[object, ...]:
        case, mesh = e.case, e.case.mesh
        alike = (case.material, case.particle, case.field, case.solver, case.protocol)
        return *alike, mesh.edge_smooth, mesh.offset_cells, e.engine

    groups = grouped(cases, but_cells)
    ordered = (tuple(sorted(group, key=lambda e: -e.case.mesh.cell_nm)) for group in groups)
    return tuple(s for s in ordered if len({e.case.mesh.cell_nm for e in s}) == len(s) > 1)


def trend(series: Sequence[Evidence]) -> str:
    """How the nucleation field moves with respect to Brown's, no finer than the field steps allow.

    "" where nothing can be said: of fewer than three meshes, or where Brown has no say.
    """
    away_T = np.array(
        [abs(e.height(e.nucleation.simulated) - e.prediction.nucleation.brown_T) for e in series]
    )
    change = float(away_T[-1] - away_T[0])
    if len(series) < FEWEST_MESHES or not np.isfinite(change):
        return ""
    first, last = (pick(series, key=lambda e: e.nucleation.simulated).nucleation for pick in (min, max))
    if same_T(first, last):
        return SAME
    if not (np.diff(away_T) * np.sign(change) >= -1e-12).all():
        return "without a clear trend"
    return "closing in on" if change < 0 else "moving away from"


def trend_finding(series: Sequence[Evidence]) -> Finding:
    """How the nucleation field of one protocol moves as the cells shrink."""
    coarsest, mesh = series[0], series[0].case.mesh
    found = coarsest.finding(
        Kind.MESH_TREND,
        *(e.nucleation for e in series),
        cell_nm=tuple(e.case.mesh.cell_nm for e in series),
        radius_nm=coarsest.case.particle.radius_nm,
        edge_smooth=float(mesh.edge_smooth),
        nucleation_T=tuple(e.nucleation.simulated for e in series),
        nucleation_error_T=tuple(e.nucleation.uncertainty for e in series),
        brown_T=coarsest.height(coarsest.prediction.nucleation.brown_T),
        next_cell_nm=next_cell_nm(series[-1]),
        way=coarsest.way,
        trend=trend(series),
    )
    return replace(found, cases=tuple(e.result.label for e in series))


def next_cell_nm(evidence: Evidence) -> float:
    """The cell to run beside this one: half as large, or twice where that would be too many cells."""
    cell = evidence.case.mesh.cell_nm
    halved = (2.0 * evidence.cells_across) ** 3 <= MAX_CELLS
    return cell / 2.0 if halved else 2.0 * cell


def reversal_findings(evidence: Evidence) -> Iterator[Finding]:
    """Where the moment turned over, held against theory and against the other protocols."""
    row, theory_T = evidence.coercive, _coherent_field_T(evidence)
    stuck = evidence.stays_uniform and evidence.held_to_T < theory_T - ALLOWANCE * abs(theory_T)
    turns_over = evidence.stays_uniform and evidence.lowest_T < 0.0  # the path turns the field over
    if turns_over and np.isfinite(theory_T) and (stuck or np.isfinite(row.simulated)):
        held = proof(evidence, _beyond(evidence, theory_T) & stuck)
        saddle = held["certified"] == "saddle" if held["certified"] else stuck and _may_be_held(evidence)
        yield evidence.finding(
            Kind.REVERSAL_SADDLE if saddle else Kind.COHERENT_REVERSAL,
            row,
            **measured("reversal", row),
            **held,
            path_end_T=evidence.height(evidence.lowest_T),
            coherent_T=evidence.height(theory_T),
        )
    elif turns_over and evidence.prediction.closed_form and np.isfinite(row.simulated):
        yield from _curling_reversal(evidence)
    if (rival := first_to_reverse(evidence)) is not None:
        numbers = {**measured("reversal", row), **measured("rival", rival.coercive)}
        numbers |= proof(evidence, _beyond(evidence, _reversal_at_T(rival)))
        yield evidence.finding(Kind.LATE_REVERSAL, row, rival.coercive, **numbers, rival=rival.result.label)
    if evidence.stays_uniform and len(evidence.result.observables) == 2:
        first_T, second_T = (branch.coercive_field_T for branch in evidence.result.observables)
        if abs(first_T + second_T) > np.nan_to_num(row.uncertainty) + 1e-12:  # no mirror images
            turns = {"first_T": first_T, "second_T": second_T, "error_T": row.uncertainty}
            yield evidence.finding(Kind.UNEVEN_REVERSAL, row, **turns, kicked=evidence.kicked)


def state_findings(evidence: Evidence) -> Iterator[Finding]:
    """Saved states that are saddles, the late ones aside, which are told of beside their rival."""
    yield from saddle_findings(evidence, late_rows(evidence))


def _may_be_held(evidence: Evidence) -> bool:
    """Whether symmetry can have held the moment: none breaks it here, nor reverses there where one does."""
    row, others = evidence.coercive, [rival for rival in evidence.rivals if not rival.keeps_axis]
    return evidence.keeps_axis and not any(same_T(row, rival.coercive) for rival in others)


def _curling_reversal(evidence: Evidence) -> Iterator[Finding]:
    """A particle that theory has curl before it turns as one, and in which no row holds a vortex."""
    row, n = evidence.coercive, evidence.prediction.nucleation
    if n.brown_T > n.coherent_T:
        low_T, high_T, at_T = n.uniform_lost_ansatz_T, n.brown_T, evidence.height(row.simulated)
        error_T = float(np.nan_to_num(row.uncertainty))
        yield evidence.finding(
            Kind.CURLING_REVERSAL,
            row,
            **measured("reversal", row),
            brown_T=evidence.height(n.brown_T),
            ansatz_T=evidence.height(n.ansatz_T) if n.ansatz_T > n.coherent_T else np.nan,
            coherent_T=evidence.height(n.coherent_T),
            by_curling=bool(low_T - error_T <= at_T <= high_T + error_T),
        )


def _coherent_field_T(evidence: Evidence) -> float:
    """Height at which a uniform particle's moment changes sign in theory; nan where that has no say.

    That is: in a particle that curls first, and without anisotropy, which holds no moment.
    """
    if evidence.isotropic or not evidence.single_domain:
        return np.nan
    material = evidence.case.material
    anisotropy_T = 2.0 * material.Ku_J_per_m3 / material.Ms_A_per_m
    return -anisotropy_T * float(coercive_field(evidence.prediction.axis_angle_rad))
