"""Sentences about how the uniform state ended: nucleation of a vortex, and who left a saddle too late.

In: the Evidence of a case. Out: sentences; the rival that shows a run to be late.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.study.protocols import Kick
from harness.verdict.evidence import (
    Evidence,
    apart,
    margin_T,
    rivals_of,
    signed,
    tesla,
    with_error,
    witnesses,
)
from reduced_model.models import Model


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
    for other in rivals_of(own):
        if other.branch.starts_as == "vortex":
            found.append((np.inf, other))
            continue
        left = other.height(other.nucleation.simulated)
        mine = own.height(own.nucleation.simulated) if own.nucleates else own.held_to_T
        if left - mine > margin_T(own.nucleation, other.nucleation):
            found.append((left, other))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def nucleation_text(own: Evidence) -> str:
    """What became of the uniform state in this run."""
    if own.branch.starts_as == "unknown":
        return "the table has no order parameter, so where a vortex appears cannot be told."
    if own.branch.starts_as == "vortex":
        return f"{starts_with_a_vortex(own)}."
    rival = first_to_leave(own)
    if rival is not None:
        return _late(own, rival)
    return _appears(own) if own.nucleates else _uniform(own)


def starts_with_a_vortex(own: Evidence) -> str:
    """Said where the first row is beyond nucleation already."""
    only = "only field" if len(own.result.loop.B_T) == 1 else "first field"
    text = (
        f"at the {only} of the path, {tesla(own.result.loop.B_T[0])}, the particle holds a vortex already, "
        "so the path cannot say where it appears"
    )
    if own.perturbed:
        return f"{text}; the bias itself makes the state curl"
    n = own.prediction.nucleation
    if np.isfinite(n.ansatz_T) and own.height(own.fields_T[0]) < n.uniform_lost_T:
        text += f"; theory has the uniform state end at {signed(own.side * n.uniform_lost_T)} T, before it"
    return text


def beside_theory(own: Evidence) -> str:
    """How the nucleation field lies to theory: what follows it in a sentence, with its punctuation."""
    n, row = own.prediction.nucleation, own.nucleation
    if not own.prediction.closed_form:
        why = "; no closed form holds for this particle and field"
        first, second = row.model_prime, row.model_double_prime
        if first == second:
            return f"{why}, and on the same fields both models open their vortex at {signed(first)} T"
        opened = [
            (m.symbol, B) for m, B in ((Model.PRIME, first), (Model.DOUBLE_PRIME, second)) if np.isfinite(B)
        ]
        said = ", ".join(f"{name} opens its vortex at {signed(B)} T" for name, B in opened)
        return f"{why}; on the same fields {said}" if said else why
    if n.brown_T <= n.coherent_T:
        return ", although theory has this particle reverse as one, without a vortex"
    brown_T, ansatz_T = own.side * n.brown_T, own.side * n.ansatz_T
    return (
        f", {apart(row, brown_T)} Brown's curling field ({signed(brown_T)} T, exact in the continuum) and "
        f"{apart(row, ansatz_T)} the Ansatz's spinodal ({signed(ansatz_T)} T)"
    )


def _appears(own: Evidence) -> str:
    row, n = own.nucleation, own.prediction.nucleation
    text = f"the vortex appears at {with_error(row)}{beside_theory(own)}."
    if own.prediction.closed_form and n.paper_T > n.coherent_T:
        paper_T = own.side * n.paper_T
        text += f" The paper's Eq. 11, {signed(paper_T)} T, is {_off(row.simulated, paper_T)}."
    if own.perturbed:
        return f"{text} The bias rounds the transition: the circulation passes the threshold here, no more."
    late_T = n.uniform_lost_ansatz_T - own.height(row.simulated)
    confirmed = next((other for other in rivals_of(own) if agrees(own, other)), None)
    late = bool(late_T > 3 * np.nan_to_num(row.uncertainty))  # False too where theory has no closed form
    if late and isinstance(own.result.case.protocol, Kick):
        text += (
            " In the continuum the uniform state is unstable at that field already; a kick does not leave "
            "it, so the cells hold it there."
        )
    elif late and confirmed:
        text += (
            " In the continuum the uniform state is unstable at that field already; "
            f"“{confirmed.result.label}” leaves it there too, so the cells hold it."
        )
    elif late:
        text += (
            " In the continuum the uniform state is unstable at that field already; whether the cells or the "
            "symmetry of the start hold it there, this run alone cannot tell."
        )
    if own.keeps_inversion and confirmed is None:
        text += (
            " Nothing in this protocol breaks the inversion symmetry that holds the uniform state: rounding "
            "errors alone let it go, so the field says when they had grown."
        )
    return text


def agrees(own: Evidence, other: Evidence) -> bool:
    """Whether a protocol that does break the symmetry leaves at the same field."""
    if other.keeps_inversion or not other.nucleates:
        return False
    difference = abs(own.nucleation.simulated - other.nucleation.simulated)
    return difference <= margin_T(own.nucleation, other.nucleation) + 1e-12


def _off(simulated_T: float, paper_T: float) -> str:
    difference = paper_T - simulated_T
    return f"{abs(difference):.3f} T {'above' if difference > 0 else 'below'} it"


def _late(own: Evidence, rival: Evidence) -> str:
    """Why a run that nucleates after another one on the same cells is not to be believed."""
    label = rival.result.label
    if rival.branch.starts_as == "vortex":
        left = f"“{label}” holds one from the first field on, on the same cells"
    else:
        left = f"“{label}” leaves the uniform branch on the same cells at {with_error(rival.nucleation)}"
    if own.nucleates:
        what = f"the vortex appears at {with_error(own.nucleation)} only, while {left}"
    else:
        what = f"no vortex appears, although {left}"
    reached = own.height(own.nucleation.simulated) if own.nucleates else own.held_to_T
    if reached < own.prediction.nucleation.uniform_lost_ansatz_T - np.nan_to_num(own.nucleation.uncertainty):
        return (
            f"{what}, and theory has the uniform state unstable there: it sat on a saddle, and where it left "
            "says more about rounding errors than about the material or the mesh."
        )
    return f"{what}: it sat on a saddle, unless “{label}” carried the state over a barrier."


def _uniform(own: Evidence) -> str:
    """What to make of a particle that never left the uniform state for a vortex."""
    said = "".join(unexplained(own))
    if said:
        return f"{said}."
    return f"{expected_uniform(own)}."


def unexplained(own: Evidence) -> Iterator[str]:
    """Said where a uniform state outlived the field at which theory has it certainly unstable to a vortex."""
    n = own.prediction.nucleation
    if own.prediction.closed_form:
        certain_T = n.ansatz_T if n.ansatz_T > n.coherent_T else np.nan
        source = f"the Ansatz has it unstable to a vortex from {signed(own.side * certain_T)} T on"
    else:
        models = np.array([own.nucleation.model_prime, own.nucleation.model_double_prime])
        certain_T = float((own.side * models).min())
        source = f"in both models a vortex opens, by {signed(own.side * certain_T)} T"
    if not own.held_to_T < certain_T - 1e-12:
        return
    yield f"no vortex appears down to {signed(own.side * own.held_to_T)} T, although {source}: "
    if own.keeps_inversion:
        yield (
            "nothing in this run breaks the symmetry of the uniform state, so it sits on a saddle, which is "
            "no stable state; a kick would tell"
        )
    elif isinstance(own.result.case.protocol, Kick):
        yield "a kick does not leave it, so the cells hold it there"
    else:
        yield "the cells or the symmetry of the start hold it there"


def expected_uniform(own: Evidence) -> str:
    """Said where a uniform state is what theory expects, or at least allows."""
    n, radii = own.prediction.nucleation, own.prediction.radii
    if own.single_domain and radii is not None and own.result.case.radius_m < radii.crossing_brown_m:
        turns = (
            f"by coherent rotation, at −2Ku/Ms = {signed(own.side * n.coherent_T)} T"
            if own.prediction.closed_form
            else "as in both models"
        )
        return (
            "the particle stays uniform throughout, as theory has it: below a radius of "
            f"{1e9 * radii.crossing_brown_m:.2f} nm (Brown; {1e9 * radii.crossing_ansatz_m:.2f} nm within "
            f"the Ansatz) curling comes after coherent rotation, so it reverses as one, {turns}"
        )
    if own.single_domain:
        return "the particle stays uniform throughout, as in both models"
    if own.prediction.closed_form and own.held_to_T > n.uniform_lost_T:
        return (
            f"no vortex appears, nor does theory have one on this path: it ends at "
            f"{signed(own.side * own.held_to_T)} T, and the uniform state is lost at "
            f"{signed(own.side * n.uniform_lost_T)} T (Brown)"
        )
    if own.prediction.closed_form:
        return (
            f"no vortex appears down to {signed(own.side * own.held_to_T)} T; theory loses the uniform state "
            f"between {signed(own.side * n.uniform_lost_T)} T (Brown) and "
            f"{signed(own.side * n.uniform_lost_ansatz_T)} T (Ansatz), so the path does not decide"
        )
    return "no vortex appears on the path"
