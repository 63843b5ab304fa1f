"""Sentences about reversal: where a uniform particle should turn, and who stayed too long on a saddle.

In: the Evidence of a case. Out: sentences, none where reversal holds no surprise.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.verdict.evidence import Evidence, apart, margin_T, rivals_of, signed, tesla, with_error

ALLOWANCE = 0.1
"""Share of the theoretical field by which the staircase of a few cells may shift coherent rotation."""


def reversal_texts(own: Evidence) -> Iterator[str]:
    """Where the moment turned over, held against theory and against the other protocols."""
    if own.stays_uniform and own.lowest_T < 0.0:  # else the path never turns the field over
        yield from _coherent(own)
    yield from _rival(own)
    yield from _two_ways(own)


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
    for other in rivals_of(own):
        at = other.height(other.coercive.simulated)
        if at - mine > margin_T(own.coercive, other.coercive) + 1e-12:
            found.append((at, other))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _coherent(own: Evidence) -> Iterator[str]:
    theory_T = coherent_field_T(own)
    if not np.isfinite(theory_T):
        return
    where = own.side * theory_T
    source = "coherent rotation" if own.prediction.closed_form else "reversal in the model"
    row = own.coercive
    saddle = (
        "only the symmetry of a field along an axis of the particle keeps it there, on a saddle, not in a "
        "stable state"
    )
    if not np.isfinite(row.simulated):
        if sat_on_a_saddle(own):
            yield (
                f"the moment never reverses, although the path goes to {tesla(own.side * own.lowest_T)} and "
                f"{source} comes at {signed(where)} T: {saddle}."
            )
        return
    text = f"the moment reverses at {with_error(row)}, {apart(row, where)} {source} ({signed(where)} T)"
    yield f"{text}: {saddle}, until rounding errors let it go." if sat_on_a_saddle(own) else f"{text}."


def _rival(own: Evidence) -> Iterator[str]:
    other = earlier_rival(own)
    if other is None:
        return
    mine = (
        f"reverses at {with_error(own.coercive)}" if np.isfinite(own.coercive.simulated) else "never reverses"
    )
    yield (
        f"its moment {mine}, while with “{other.result.label}”, on the same cells, it does at "
        f"{with_error(other.coercive)}: this run stayed on a saddle, or that one crossed a barrier."
    )


def _two_ways(own: Evidence) -> Iterator[str]:
    """Said where a uniform particle turns at different fields on its way down and up."""
    fields = uneven_fields_T(own)
    if fields is not None:
        yield (
            f"it turns at {signed(fields[0])} T one way and at {signed(fields[1])} T the other, where an "
            "equilibrium loop is its own mirror image: at least one of them is an accident of rounding, or "
            "of a row that had not converged."
        )
