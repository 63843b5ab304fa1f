"""Findings about how the uniform state ended: nucleation of a vortex, and who left a saddle too late.

In: the Evidence of a case. Out: Findings; the rival that shows a run to be late.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.study.protocols import Kick
from harness.verdict.evidence import Evidence, margin_T, measured, witnesses
from harness.verdict.finding import Finding, Kind


def overtaken_by(comparison: Comparison, result: CaseResult) -> CaseResult | None:
    """Another protocol on the same problem and mesh that leaves the uniform branch clearly earlier, if any.

    Of several, the one that left first. Protocols that perturb the rows themselves do not count.
    """
    own = next(e for e in witnesses(comparison) if e.result is result)
    rival = first_to_leave(own)
    return rival.result if rival else None


def first_to_leave(own: Evidence) -> Evidence | None:
    """The rival that left the uniform state first and clearly before this run; None without one.

    A run that starts with a vortex is late for nothing; one that starts so beside another that starts uniform
    left at the first field at the latest. A rival's vortex below the field at which this run reversed as one
    says nothing of it.
    """
    if own.branch.starts_as != "uniform":
        return None
    found: list[tuple[float, Evidence]] = []
    for other in own.rivals:
        if other.branch.starts_as == "vortex":
            found.append((np.inf, other))
            continue
        left = other.height(other.nucleation.simulated)
        mine = own.height(own.nucleation.simulated) if own.nucleates else own.held_to_T
        if left - mine > margin_T(own.nucleation, other.nucleation):
            found.append((left, other))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def agrees(own: Evidence, other: Evidence) -> bool:
    """Whether a protocol that does break the symmetry leaves at the same field."""
    if other.keeps_inversion or not other.nucleates:
        return False
    difference = abs(own.nucleation.simulated - other.nucleation.simulated)
    return difference <= margin_T(own.nucleation, other.nucleation) + 1e-12


def confirming(own: Evidence) -> Evidence | None:
    """Another protocol on the same problem, one that breaks the symmetry, that leaves there too."""
    return next((other for other in own.rivals if agrees(own, other)), None)


def nucleation_findings(own: Evidence) -> Iterator[Finding]:
    """What became of the uniform state in this run; nothing where the table has no order parameter."""
    if own.branch.starts_as == "unknown":
        return
    if own.branch.starts_as == "vortex":
        yield _starts_with_a_vortex(own)
    elif (rival := first_to_leave(own)) is not None:
        yield _late(own, rival)
    elif own.nucleates:
        yield from _appears(own)
    else:
        yield _outlives_theory(own) or _stays_uniform(own)


def _starts_with_a_vortex(own: Evidence) -> Finding:
    """The first row is beyond nucleation already; by theory too, where that can be told."""
    n = own.prediction.nucleation
    before = own.prediction.closed_form and own.height(own.fields_T[0]) < n.uniform_lost_T
    return own.finding(
        Kind.STARTS_WITH_VORTEX,
        first_field_T=float(own.result.loop.B_T[0]),
        uniform_lost_T=own.height(n.uniform_lost_T) if before and not own.perturbed else np.nan,
        only_field=len(own.result.loop.B_T) == 1,
        bias=own.perturbed,
    )


def _appears(own: Evidence) -> Iterator[Finding]:
    row, n, closed = own.nucleation, own.prediction.nucleation, own.prediction.closed_form
    curling = closed and n.brown_T > n.coherent_T
    nan = float("nan")
    yield own.finding(
        Kind.NUCLEATION,
        row,
        **measured("nucleation", row),
        brown_T=own.height(n.brown_T) if curling else nan,
        ansatz_T=own.height(n.ansatz_T) if curling else nan,
        paper_T=own.height(n.paper_T) if closed and n.paper_T > n.coherent_T else nan,
        prime_T=row.model_prime,
        double_prime_T=row.model_double_prime,
        closed_form=closed,
    )
    if own.perturbed:
        yield own.finding(Kind.BIAS_ROUNDS, row)
        return
    witness = confirming(own)
    if n.uniform_lost_ansatz_T - own.height(row.simulated) > 3 * np.nan_to_num(
        row.uncertainty
    ):  # not for nan
        kicked = isinstance(own.result.case.protocol, Kick)
        yield own.finding(
            Kind.CELLS_HOLD if kicked or witness else Kind.CELLS_OR_SYMMETRY,
            row,
            *([witness.nucleation] if witness else []),
            uniform_lost_T=own.height(n.uniform_lost_ansatz_T),
            offset=any(own.result.case.mesh.offset_cells),
        )
    if own.keeps_inversion and witness is None:
        yield own.finding(Kind.ROUNDING_DECIDES, row)


def _late(own: Evidence, rival: Evidence) -> Finding:
    """Why a run that nucleates after another one on the same cells is not to be believed."""
    reached = own.height(own.nucleation.simulated) if own.nucleates else own.held_to_T
    lost_T = own.prediction.nucleation.uniform_lost_ansatz_T
    return own.finding(
        Kind.LATE_ON_SADDLE,
        own.nucleation,
        rival.nucleation,
        **measured("nucleation", own.nucleation),
        **measured("rival", rival.nucleation),
        uniform_lost_T=own.height(lost_T),
        rival=rival.result.label,
        rival_starts_with_vortex=rival.branch.starts_as == "vortex",
        unstable_in_theory=bool(reached < lost_T - np.nan_to_num(own.nucleation.uncertainty)),
    )


def _outlives_theory(own: Evidence) -> Finding | None:
    """A uniform state beyond the field at which theory has it certainly unstable to a vortex."""
    n, closed = own.prediction.nucleation, own.prediction.closed_form
    if closed:
        certain_T = n.ansatz_T if n.ansatz_T > n.coherent_T else np.nan
    else:
        models = np.array([own.nucleation.model_prime, own.nucleation.model_double_prime])
        certain_T = float((own.side * models).min())
    if not own.held_to_T < certain_T - 1e-12:
        return None
    kicked = isinstance(own.result.case.protocol, Kick)
    return own.finding(
        Kind.OUTLIVES_THEORY,
        held_to_T=own.height(own.held_to_T),
        unstable_from_T=own.height(certain_T),
        closed_form=closed,
        holder="symmetry" if own.keeps_inversion else "cells" if kicked else "either",
    )


def _stays_uniform(own: Evidence) -> Finding:
    """A uniform state that theory expects, or at least allows."""
    n, radii, closed = own.prediction.nucleation, own.prediction.radii, own.prediction.closed_form
    nan = float("nan")
    if own.single_domain:
        below = radii is not None and own.result.case.radius_m < radii.crossing_brown_m
        return own.finding(
            Kind.SINGLE_DOMAIN,
            crossing_brown_nm=1e9 * radii.crossing_brown_m if radii and below else nan,
            crossing_ansatz_nm=1e9 * radii.crossing_ansatz_m if radii and below else nan,
            coherent_T=own.height(n.coherent_T) if closed else nan,
            path_end_T=own.height(own.lowest_T),
            path_ends_before=closed and own.lowest_T > n.coherent_T,
        )
    if not closed:
        return own.finding(Kind.NO_VORTEX)
    return own.finding(
        Kind.ENDS_BEFORE_THEORY if own.held_to_T > n.uniform_lost_T else Kind.BETWEEN_THEORIES,
        held_to_T=own.height(own.held_to_T),
        uniform_lost_brown_T=own.height(n.uniform_lost_T),
        uniform_lost_ansatz_T=own.height(n.uniform_lost_ansatz_T),
    )
