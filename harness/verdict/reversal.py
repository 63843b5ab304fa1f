"""Findings about reversal: where a uniform particle should turn, and who stayed too long on a saddle.

In: the Evidence of a case. Out: Findings, none where reversal holds no surprise.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.verdict.evidence import Evidence, margin_T, measured
from harness.verdict.finding import Finding, Kind

ALLOWANCE = 0.1
"""Share of the theoretical field by which the staircase of a few cells may shift coherent rotation."""


def reversal_findings(own: Evidence) -> Iterator[Finding]:
    """Where the moment turned over, held against theory and against the other protocols."""
    row, theory_T = own.coercive, coherent_field_T(own)
    stuck = sat_on_a_saddle(own)
    turns_over = own.stays_uniform and own.lowest_T < 0.0  # else the path never turns the field over
    if turns_over and np.isfinite(theory_T) and (stuck or np.isfinite(row.simulated)):
        yield own.finding(
            Kind.REVERSAL_SADDLE if stuck else Kind.COHERENT_REVERSAL,
            row,
            **measured("reversal", row),
            path_end_T=own.height(own.lowest_T),
            coherent_T=own.height(theory_T),
            closed_form=own.prediction.closed_form,
        )
    if (other := earlier_rival(own)) is not None:
        yield own.finding(
            Kind.LATE_REVERSAL,
            row,
            other.coercive,
            **measured("reversal", row),
            **measured("rival", other.coercive),
            rival=other.result.label,
        )
    if (fields := uneven_fields_T(own)) is not None:
        yield own.finding(Kind.UNEVEN_REVERSAL, row, first_T=fields[0], second_T=fields[1])


def coherent_field_T(own: Evidence) -> float:
    """Height at which theory has a uniform particle reverse; nan where it has no say."""
    if own.prediction.closed_form:
        return own.prediction.nucleation.coherent_T
    models = own.side * np.array([own.coercive.model_prime, own.coercive.model_double_prime])
    return float(models.min()) if own.single_domain else np.nan


def sat_on_a_saddle(own: Evidence) -> bool:
    """Whether a uniform particle kept its side clearly beyond the field where theory has it turn."""
    theory_T = coherent_field_T(own)
    return own.stays_uniform and own.held_to_T < theory_T - ALLOWANCE * abs(theory_T)


def uneven_fields_T(own: Evidence) -> tuple[float, float] | None:
    """Where a uniform particle turned on its way down and up, if those fields do not mirror each other."""
    if not own.stays_uniform or len(own.result.observables) != 2:
        return None
    first, second = (branch.coercive_field_T for branch in own.result.observables)
    uneven = abs(first + second) > np.nan_to_num(own.coercive.uncertainty) + 1e-12
    return (first, second) if uneven else None


def earlier_rival(own: Evidence) -> Evidence | None:
    """The first other protocol that reverses clearly before this run; None without one."""
    if own.perturbed:
        return None
    turned = own.height(own.coercive.simulated)
    mine = turned if np.isfinite(turned) else own.lowest_T
    found = []
    for other in own.rivals:
        at = other.height(other.coercive.simulated)
        if at - mine > margin_T(own.coercive, other.coercive) + 1e-12:
            found.append((at, other))
    return max(found, key=lambda pair: pair[0])[1] if found else None
