"""Findings about how the uniform state ended: nucleation, reversal, and how both move with the cell size.

In: the Evidence of a case. Out: Findings; for every protocol its nucleation field by cell size, with a trend.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from harness.analysis.loop import order_threshold
from harness.comparison.lattices import but_cells, tells_nucleation, uniform_saddles
from harness.study.study import MAX_CELLS
from harness.verdict.certified import Rows, proof
from harness.verdict.evidence import Evidence, grouped, measured, same_T
from harness.verdict.finding import Finding, Kind
from reduced_model.loops.stoner_wohlfarth import coercive_field

ALLOWANCE = 0.1
"""Share of the theoretical field by which the staircase of a few cells may shift coherent rotation."""
SAME = "the same within the field step"
FEWEST_MESHES = 3
"""Meshes it takes to call a sequence converging."""


def uniform_beyond(evidence: Evidence, T: float = np.inf) -> Rows:
    """Uniform states below a height; none where the table has no order parameter."""
    order, moment = evidence.result.order, evidence.result.moment
    below = _beyond(evidence, T)
    return below & (order < order_threshold(order, moment)) if order is not None else np.zeros_like(below)


def _beyond(evidence: Evidence, T: float) -> Rows:
    """Rows below a height: that of the state itself, on any branch."""
    height_T = np.sign(evidence.result.moment) * np.asarray(evidence.result.loop.B_T)
    return np.asarray(height_T < T - 1e-12)


def late(evidence: Evidence) -> bool:
    """Whether the uniform state was held on a saddle, as its certificates say."""
    return bool(uniform_saddles(evidence.result).any())


def nucleation_findings(evidence: Evidence) -> Iterator[Finding]:
    """What became of the uniform state in this run; nothing where the table has no order parameter."""
    if evidence.branch.starts_as == "vortex":
        yield _starts_with_a_vortex(evidence)
    elif evidence.branch.starts_as == "uniform" and evidence.nucleates:
        yield from _appears(evidence)
    elif evidence.branch.starts_as == "uniform":
        found = _outlives_theory(evidence) or _stays_uniform(evidence)
        yield from (found,) if found else ()


def _starts_with_a_vortex(evidence: Evidence) -> Finding:
    """The first row is beyond nucleation already; by theory too, where that can be known."""
    B_T, lost_T = evidence.result.loop.B_T, evidence.prediction.nucleation.uniform_lost_T
    first_T = evidence.height(evidence.fields_T[0])
    by_theory, early = (known and not evidence.perturbed for known in (first_T < lost_T, first_T > lost_T))
    return evidence.finding(
        Kind.STARTS_WITH_VORTEX,
        first_field_T=float(B_T[0]),
        uniform_lost_T=evidence.height(lost_T) if by_theory else np.nan,
        uniform_to_T=evidence.height(lost_T) if early else np.nan,
        only_field=len(B_T) == 1,
        bias=evidence.perturbed,
        beside=bool(evidence.rivals),
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
        bias=evidence.perturbed,
    )
    held = proof(evidence, uniform_beyond(evidence, n.uniform_lost_ansatz_T))
    if held["certified"] == "minimum" and not evidence.perturbed:
        yield evidence.finding(Kind.CELLS_HOLD, row, uniform_lost_T=height(n.uniform_lost_ansatz_T), **held)
    if evidence.keeps_inversion and all(rival.keeps_inversion for rival in evidence.rivals):
        tilted = evidence.prediction.axis_angle_rad > 0.0 or evidence.case.protocol.kind == "tilt"
        held = proof(evidence, uniform_beyond(evidence))
        yield evidence.finding(Kind.ROUNDING_DECIDES, row, **held, tilted=tilted)


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
        **proof(evidence, uniform_beyond(evidence, certain_T)),
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
            only_field=len(evidence.result.loop.B_T) == 1,
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
    """Cases that differ in cell size alone, in which a vortex is expected and nucleates freely.

    Those whose nucleation field counts to what the cells tend to, none biased; coarsest first, two at least.
    """
    free = [e for e in cases if e.nucleates and not (e.perturbed or e.single_domain)]
    return by_cells(e for e in free if tells_nucleation(e.result))


def by_cells(cases: Iterable[Evidence]) -> tuple[tuple[Evidence, ...], ...]:
    """Cases that differ in cell size alone, coarsest first; two at least."""

    groups = grouped(cases, lambda e: (*but_cells(e.result), e.case.mesh.offset_cells))
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
    """The cell to run beside this one: half as large, or twice where that would be too many cells.

    nan where the sphere has been run in such cells.
    """
    cell = evidence.case.mesh.cell_nm
    halved = (2.0 * evidence.cells_across) ** 3 <= MAX_CELLS
    wanted = cell / 2.0 if halved else 2.0 * cell
    return np.nan if wanted in {case.mesh.cell_nm for case in evidence.of_sphere} else wanted


def reversal_findings(evidence: Evidence) -> Iterator[Finding]:
    """Where a moment without a vortex turned over, held against theory, if the path turns the field over."""
    if not evidence.stays_uniform or evidence.lowest_T >= 0.0:
        return
    row, theory_T = evidence.coercive, _coherent_field_T(evidence)
    stuck = evidence.held_to_T < theory_T - ALLOWANCE * abs(theory_T)
    turned = np.isfinite(row.simulated)
    if np.isfinite(theory_T) and (stuck or turned):
        yield evidence.finding(
            Kind.COHERENT_REVERSAL,
            row,
            **measured("reversal", row),
            **proof(evidence, _beyond(evidence, theory_T) & stuck),
            path_end_T=evidence.height(evidence.lowest_T),
            coherent_T=evidence.height(theory_T),
        )
    elif turned and evidence.prediction.closed_form:
        yield from _curling_reversal(evidence)


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
