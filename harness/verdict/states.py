"""Findings about the remanent state and about which Hamiltonian the loop follows.

In: the Evidence of a case. Out: Findings; distances of the loop to both models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from harness.analysis.vortex import VortexFit
from harness.comparison.comparison import Comparison
from harness.comparison.table import Row
from harness.verdict.evidence import Evidence, witnesses
from harness.verdict.finding import Finding, Kind, RunRows
from reduced_model.models import Model

MODELS_DIFFER = 0.01
"""Least |m(H') - m(H'')| at a row for it to tell the two Hamiltonians apart."""
CLEARLY_CLOSER = 0.5
"""A model is called the closer one when its rms distance is at most this share of the other's."""
SEVERAL = 3
"""Fewest different fields at which the models must differ for a choice between them to be a headline."""
COLLAR = 0.02
"""Least reversed m_z outside the core that is worth a sentence; the Ansatz has none."""
ESTIMATORS = {"all": "all components", "m_phi": "m_φ", "m_z": "m_z"}


@dataclass(frozen=True)
class Distances:
    """Rms distance of <m> to both models over the rows where they differ."""

    to_prime: float
    to_double_prime: float
    reach_T: float
    """Largest |B| of those rows."""
    fields: int
    """Number of different fields among them."""
    rows: RunRows
    """Those rows."""

    @property
    def closer(self) -> Model | None:
        """The Hamiltonian that is clearly the closer one, None where neither is."""
        if self.to_prime <= CLEARLY_CLOSER * self.to_double_prime:
            return Model.PRIME
        return Model.DOUBLE_PRIME if self.to_double_prime <= CLEARLY_CLOSER * self.to_prime else None


def distances_to_models(evidence: Evidence) -> Distances | None:
    """How far the loop is from either model where the two differ; None where nothing can be said.

    That is: no model, no row at which they differ, or cells and states that no Ansatz describes.
    """
    telling = _telling(evidence) & evidence.result.sound
    foreign = any(not state.fit.described for state in evidence.result.states)
    if not telling.any() or not evidence.resolved or foreign:
        return None
    result, models = evidence.result, (loop.mz for loop in evidence.prediction.on_path.values())
    prime, double_prime = (float(np.sqrt(np.mean((result.moment - m)[telling] ** 2))) for m in models)
    fields = np.asarray(result.loop.B_T)[telling]
    reach_T, n_fields = float(np.abs(fields).max()), len(np.unique(fields))
    return Distances(prime, double_prime, reach_T, n_fields, evidence.rows_at(telling))


def _telling(evidence: Evidence) -> np.ndarray:
    """The rows at which the two Hamiltonians differ."""
    if not evidence.prediction.on_path:
        return np.zeros(len(evidence.result.loop.B_T), dtype=bool)
    first, second = (loop.mz for loop in evidence.prediction.on_path.values())
    return np.abs(first - second) > MODELS_DIFFER


def closest_model(comparison: Comparison) -> Model:
    """The Hamiltonian nearer to the simulated moment over all cases; H'' where they cannot be told apart."""
    distances = [d for evidence in witnesses(comparison) if (d := distances_to_models(evidence))]
    nearer = sum(d.to_prime for d in distances) < sum(d.to_double_prime for d in distances)
    return Model.PRIME if nearer else Model.DOUBLE_PRIME


def remanence_findings(evidence: Evidence) -> Iterator[Finding]:
    """The state saved at zero field on the leading branch, beside both models; what of it means little."""
    nu = evidence.row("nu at B = 0")
    if nu is None:
        return
    fit = next(state.fit for state in evidence.result.states if state.step == nu.steps[0])
    angle = evidence.row(f"{'moment' if fit.is_uniform else 'core'} angle at B = 0")
    assert angle is not None  # made together with nu
    yield evidence.finding(
        Kind.REMANENT_STATE,
        nu,
        nu=nu.simulated,
        nu_error=nu.uncertainty,
        nu_prime=nu.model_prime,
        nu_double_prime=nu.model_double_prime,
        nu_printed=nu.published,
        angle_deg=angle.simulated,
        angle_prime_deg=angle.model_prime,
        angle_double_prime_deg=angle.model_double_prime,
        state=fit.state,
    )
    if fit.is_uniform:
        return
    isotropic = evidence.case.material.Ku_J_per_m3 == 0.0
    if isotropic or ("tilted" in fit.state and evidence.prediction.axis_angle_rad == 0.0):
        yield evidence.finding(Kind.LATTICE_PINS, nu, tilt_too=isotropic)
    yield from _collar(evidence, fit, nu)


def _collar(evidence: Evidence, fit: VortexFit, nu: Row) -> Iterator[Finding]:
    """The moment around the core is reversed: no sech does that, and the estimates of nu part."""
    lowest = float(fit.profile.m_z.min())
    if not lowest < -COLLAR:
        return
    by = fit.nu_by_estimator
    least, most = min(by, key=by.__getitem__), max(by, key=by.__getitem__)
    nearest = min(by, key=lambda name: abs(by[name] - nu.published))
    yield evidence.finding(
        Kind.COLLAR,
        nu,
        lowest_m_z=lowest,
        nu_least=by[least],
        nu_most=by[most],
        nu_fit_error=fit.nu_error,
        nu_printed=nu.published,
        nu_nearest=by[nearest],
        least_by=ESTIMATORS[least],
        most_by=ESTIMATORS[most],
        nearest_by=ESTIMATORS[nearest],
    )


def hamiltonian_findings(evidence: Evidence) -> Iterator[Finding]:
    """Which of the two Hamiltonians the loop follows, or why it cannot say."""
    if not evidence.prediction.on_path:
        return
    if not (telling := _telling(evidence)).any():
        isotropic = evidence.case.material.Ku_J_per_m3 == 0.0
        yield evidence.finding(Kind.SAME_HAMILTONIANS, without_anisotropy=isotropic)
    elif not (telling & evidence.result.sound).any():
        return  # the rows at fault are said elsewhere
    elif (distances := distances_to_models(evidence)) is None:
        yield evidence.finding(Kind.HAMILTONIAN_UNTOLD, coarse=not evidence.resolved)
    else:
        yield evidence.finding(
            Kind.HAMILTONIAN,
            distances.rows,
            rms_prime=distances.to_prime,
            rms_double_prime=distances.to_double_prime,
            reach_T=distances.reach_T,
            n_fields=distances.fields,
            closer=distances.closer.symbol if distances.closer else "neither",
            few=distances.fields < SEVERAL,
        )


def protocol_decides(cases: Sequence[Evidence]) -> Iterator[Finding]:
    """Said once, when two protocols on one problem and mesh choose different Hamiltonians."""
    choices = [(e, d) for e in cases if (d := distances_to_models(e)) and d.closer and d.fields >= SEVERAL]
    for (one, first), (other, second) in combinations(choices, 2):
        if first.closer != second.closer and one.problem == other.problem:
            found = one.finding(
                Kind.PROTOCOL_DECIDES,
                first.rows,
                second.rows,
                models=tuple(d.closer.symbol for d in (first, second) if d.closer),
                kept_by_symmetry=(one.keeps_inversion, other.keeps_inversion),
            )
            yield replace(found, cases=(one.result.label, other.result.label))
            return
