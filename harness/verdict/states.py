"""Findings about the remanent state and about which Hamiltonian the loop is nearer to.

In: the Evidence of a case. Out: Findings; distances of the loop to both models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from harness.analysis.vortex import VortexFit
from harness.comparison.comparison import Comparison
from harness.comparison.table import Row
from harness.verdict.evidence import Evidence, witnesses
from harness.verdict.finding import Finding, Kind, RunRows
from reduced_model.models import Model

MODELS_DIFFER = 0.01
"""Least |m(H') - m(H'')| at a row for it to tell the two Hamiltonians apart."""
NEAR = 0.1
"""Largest rms distance in <m> of a loop that is said to be near a model."""
CLEARLY_CLOSER = 0.5
"""A model is called the closer one when its rms distance is at most this share of the other's."""
SEVERAL = 3
"""Fewest different fields at which the models must differ for a choice between them to be a headline."""
NEAR_DEG = 5.0
"""Angle within which two directions of a core are called the same."""
LATTICE = tuple(np.array(d) for d in product((-1, 0, 1), repeat=3) if any(d))
"""Every <100>, <110> and <111> of the cells' lattice."""
COLLAR = 0.02
"""Least reversed m_z outside the core that is worth a sentence; the Ansatz has none."""
ESTIMATORS = {"all": "all components", "m_phi": "m_φ", "m_z": "m_z"}


@dataclass(frozen=True)
class Distances:
    """Rms distance of <m> to both models over the rows where they differ."""

    to_prime: float
    to_double_prime: float
    overall_prime: float
    """The same over all rows."""
    overall_double_prime: float
    reach_T: float
    """Largest |B| of the rows where the models differ."""
    fields: int
    """Number of different fields among them."""
    rows: RunRows
    """Those rows."""

    @property
    def nearer(self) -> Model | None:
        """The Hamiltonian that is clearly the nearer one, None where neither is."""
        if self.to_prime <= CLEARLY_CLOSER * self.to_double_prime:
            return Model.PRIME
        return Model.DOUBLE_PRIME if self.to_double_prime <= CLEARLY_CLOSER * self.to_prime else None


def distances_to_models(evidence: Evidence) -> Distances | None:
    """How far the loop is from either model where the two differ; None where nothing can be said.

    That is: no model, no row at which they differ, or cells and states that no Ansatz describes.
    """
    telling = _telling(evidence)
    foreign = any(not state.fit.described for state in evidence.result.states)
    if not telling.any() or not evidence.resolved or foreign:
        return None
    fields = np.asarray(evidence.result.loop.B_T)[telling]
    reach_T, n_fields = float(np.abs(fields).max()), len(np.unique(fields))
    near, overall = _rms(evidence, telling), _rms(evidence, evidence.result.sound)
    return Distances(*near, *overall, reach_T, n_fields, evidence.rows_at(telling))


def _rms(evidence: Evidence, rows: np.ndarray) -> tuple[float, float]:
    """Rms distance of <m> to H' and to H'' over some rows; nan over none."""
    if not rows.any():
        return np.nan, np.nan
    moment, models = evidence.result.moment, evidence.prediction.on_path.values()
    prime, double_prime = (float(np.sqrt(np.mean((moment - model.mz)[rows] ** 2))) for model in models)
    return prime, double_prime


def _parts_at_the_end(evidence: Evidence) -> dict[str, float | bool]:
    """The last field of the leading branch, should loop and models part there alone, as one turns over."""
    rows = evidence.result.branches[evidence.number].rows
    moment = evidence.result.moment[rows]
    model = next(iter(evidence.prediction.on_path.values())).mz[rows]
    apart = np.abs(moment - model) > NEAR
    turns_last = len(moment) > 1 and apart[-1] and not apart[:-1].any() and moment[-1] * model[-1] < 0.0
    parts_T = float(evidence.result.loop.B_T[rows][-1]) if turns_last else np.nan
    return {"parts_T": parts_T, "models_turn": bool(turns_last and model[-2] * model[-1] < 0.0)}


def _differ(evidence: Evidence) -> np.ndarray:
    """The rows at which the two Hamiltonians differ."""
    first, second = (loop.mz for loop in evidence.prediction.on_path.values())
    return np.asarray(np.abs(first - second) > MODELS_DIFFER)


def _telling(evidence: Evidence) -> np.ndarray:
    """Those of them that are sound; none without models."""
    sound = evidence.result.sound
    return sound & _differ(evidence) if evidence.prediction.on_path else np.zeros_like(sound)


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
        nu_spread=fit.nu_spread,
        nu_prime=nu.model_prime,
        nu_double_prime=nu.model_double_prime,
        nu_continuum=nu.continuum,
        nu_continuum_error=nu.continuum_error,
        nu_printed=nu.published,
        angle_deg=angle.simulated,
        angle_prime_deg=angle.model_prime,
        angle_double_prime_deg=angle.model_double_prime,
        angle_continuum_deg=angle.continuum,
        state=fit.state,
    )
    if fit.is_uniform:
        return
    if evidence.isotropic or ("tilted" in fit.state and evidence.prediction.axis_angle_rad == 0.0):
        yield _lattice_pins(evidence, fit, angle)
    yield from _collar(evidence, fit, nu)


def _lattice_pins(evidence: Evidence, fit: VortexFit, angle: Row) -> Finding:
    """What of the core's direction is free in theory, what no theory has, the lattice's nearest axis."""
    apart_deg, axis = nearest_axis(fit.axis)
    models = np.array([angle.model_prime, angle.model_double_prime])
    own = not abs(angle.simulated - angle.continuum) <= NEAR_DEG  # nan: no continuum
    return evidence.finding(
        Kind.LATTICE_PINS,
        angle,
        angle_deg=angle.simulated,
        angle_prime_deg=angle.model_prime,
        angle_double_prime_deg=angle.model_double_prime,
        angle_continuum_deg=angle.continuum,
        apart_deg=apart_deg,
        axis=axis if apart_deg <= NEAR_DEG else "",
        isotropic=evidence.isotropic,
        no_model_s=own and bool((np.abs(angle.simulated - models) > NEAR_DEG).all()),
    )


def nearest_axis(direction: tuple[float, float, float]) -> tuple[float, str]:
    """Angle in degrees to the nearest of the lattice's <100>, <110> and <111>, and which of them it is.

    >>> nearest_axis((0.0, 0.0, 1.0)), nearest_axis((0.58, -0.58, 0.57))[1]
    ((0.0, '⟨100⟩'), '⟨111⟩')
    """
    nearest = max(LATTICE, key=lambda axis: float(axis @ direction) / float(np.linalg.norm(axis)))
    across = float(np.linalg.norm(np.cross(nearest, direction)))
    apart = np.degrees(np.arctan2(across, float(nearest @ direction)))
    return float(apart), "⟨{}{}{}⟩".format(*sorted(np.abs(nearest), reverse=True))


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
    """Which of the two Hamiltonians the loop is nearer to, or why it cannot say; nothing beside a continuum.

    There the error budget says more: how far each is from it.
    """
    if evidence.budget is not None or not evidence.prediction.on_path:
        return
    if not _differ(evidence).any():
        overall, _ = _rms(evidence, evidence.result.sound)
        told = {"without_anisotropy": evidence.isotropic, "far": overall > NEAR and not evidence.isotropic}
        yield evidence.finding(
            Kind.SAME_HAMILTONIANS,
            rms_all=overall,
            n_fields=len(evidence.result.loop.B_T),
            **_parts_at_the_end(evidence),
            **told,
        )
    elif not _telling(evidence).any():
        return  # the rows at fault are said elsewhere
    elif (distances := distances_to_models(evidence)) is None:
        yield evidence.finding(Kind.HAMILTONIAN_UNTOLD, coarse=not evidence.resolved)
    else:
        yield evidence.finding(
            Kind.HAMILTONIAN,
            distances.rows,
            rms_prime=distances.to_prime,
            rms_double_prime=distances.to_double_prime,
            rms_all_prime=distances.overall_prime,
            rms_all_double_prime=distances.overall_double_prime,
            reach_T=distances.reach_T,
            n_fields=distances.fields,
            n_all=len(np.unique(evidence.result.loop.B_T)),
            nearer=distances.nearer.symbol if distances.nearer else "neither",
            far=min(distances.to_prime, distances.to_double_prime) > NEAR,
            few=distances.fields < SEVERAL,
            engine=evidence.engine,
        )
