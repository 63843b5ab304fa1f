"""Sentences about the remanent state and about which Hamiltonian the loop follows.

In: the Evidence of a case. Out: sentences; distances of the loop to both models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harness.analysis.vortex import VortexFit
from harness.comparison.comparison import Comparison
from harness.verdict.evidence import Evidence, same_but_protocol, tesla, witnesses

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

    @property
    def closer(self) -> str | None:
        """The Hamiltonian that is clearly the closer one, None where neither is."""
        if self.to_prime <= CLEARLY_CLOSER * self.to_double_prime:
            return "H′"
        return "H″" if self.to_double_prime <= CLEARLY_CLOSER * self.to_prime else None

    @property
    def where(self) -> str:
        """The fields in words."""
        return f"for |B| up to {tesla(round(self.reach_T, 4))}" if self.reach_T > 1e-12 else "at B = 0"


def distances_to_models(own: Evidence) -> Distances | None:
    """How far the loop is from either model where the two differ; None where nothing can be told.

    That is: no model, no row at which they differ, or cells and states that no Ansatz describes.
    """
    telling = _telling(own)
    if not telling.any() or not describable(own):
        return None
    first, second = (loop.mz for loop in own.prediction.on_path.values())
    result = own.result
    to_first, to_second = (
        float(np.sqrt(np.mean((result.moment - m)[telling] ** 2))) for m in (first, second)
    )
    fields = np.asarray(result.loop.B_T)[telling]
    return Distances(to_first, to_second, float(np.abs(fields).max()), len(np.unique(fields)))


def _telling(own: Evidence) -> np.ndarray:
    """The rows at which the two Hamiltonians differ."""
    if not own.prediction.on_path:
        return np.zeros(len(own.result.loop.B_T), dtype=bool)
    first, second = (loop.mz for loop in own.prediction.on_path.values())
    return np.abs(first - second) > MODELS_DIFFER


def describable(own: Evidence) -> bool:
    """Whether the cells can hold a core and no saved state is foreign to the Ansatz."""
    return own.resolved and not any(state.fit.state == "other" for state in own.result.states)


def closest_model(comparison: Comparison) -> str:
    """The Hamiltonian nearer to the simulated moment over all cases; H'' where they cannot be told apart."""
    distances = [d for own in witnesses(comparison) if (d := distances_to_models(own))]
    nearer = sum(d.to_prime for d in distances) < sum(d.to_double_prime for d in distances)
    return "H'" if nearer else "H''"


def remanence_texts(own: Evidence) -> Iterator[str]:
    """The state saved at zero field on the leading branch, beside both models."""
    nu = own.row("nu at B = 0")
    if nu is None:
        return
    fit = next(state.fit for state in own.result.states if state.step == nu.steps[0])
    tau = own.row(f"{'moment' if fit.state == 'uniform' else 'core'} angle at B = 0")
    assert tau is not None  # made together with nu
    angles = (
        f"{tau.simulated:.1f}° from the field (H′ {tau.model_prime:.1f}°, H″ {tau.model_double_prime:.1f}°)"
    )
    models = f"H′ {nu.model_prime:.3f}, H″ {nu.model_double_prime:.3f}"
    if fit.state == "uniform":
        curled = f", where the models have a vortex ({models})" if nu.model_double_prime > 0.1 else ""
        yield f"at B = 0 the particle is uniform{curled}; its moment stands {angles}."
        return
    printed = f", the paper prints {nu.published:g}" if np.isfinite(nu.published) else ""
    yield (
        f"at B = 0, ν = {nu.simulated:.3f} ± {nu.uncertainty:.3f} ({models}{printed}); the core stands "
        f"{angles}.{_pinning(own, fit)}"
    )
    yield from _collar(fit, nu.published)


def _pinning(own: Evidence, fit: VortexFit) -> str:
    if own.result.case.material.Ku_J_per_m3 == 0.0:
        return (
            " Without anisotropy every direction of the core costs the same at B = 0: only the lattice pins "
            "its tilt and its azimuth, and the models' angle is one of many."
        )
    return " Only the lattice pins the azimuth of a tilted core." if _free_azimuth(own, fit) else ""


def _free_azimuth(own: Evidence, fit: VortexFit) -> bool:
    """Whether turning the core about the field costs nothing in a continuum: an easy axis along the field."""
    return fit.state == "tilted vortex" and own.prediction.axis_angle_rad == 0.0


def _collar(fit: VortexFit, printed: float) -> Iterator[str]:
    """Said where the moment around the core is reversed: no sech does that, and the estimates of nu part."""
    lowest = float(fit.profile.m_z.min())
    if not lowest < -COLLAR:
        return
    by = fit.nu_by_estimator
    least, most = min(by, key=by.__getitem__), max(by, key=by.__getitem__)
    nearest = min(by, key=lambda name: abs(by[name] - printed))
    told = f" The paper's {printed:g} is nearest to that of {ESTIMATORS[nearest]}, {by[nearest]:.2f}."
    yield (
        f"at B = 0 the moment around the core points against it (m_z down to −{-lowest:.2f}), which no sech "
        f"does; so ν is {by[least]:.2f} by {ESTIMATORS[least]} and {by[most]:.2f} by {ESTIMATORS[most]}, and "
        f"this spread is its uncertainty, not the fit's own error of {fit.nu_error:.3f}."
        f"{told if np.isfinite(printed) else ''}"
    )


def hamiltonian_texts(own: Evidence) -> Iterator[str]:
    """Which of the two Hamiltonians the loop follows, or why it cannot say."""
    if not own.prediction.on_path:
        return
    if not _telling(own).any():
        same = own.result.case.material.Ku_J_per_m3 == 0.0
        why = "are the same without anisotropy" if same else "do not differ on this path"
        yield f"H′ and H″ {why}, so it cannot choose between them."
        return
    distances = distances_to_models(own)
    if distances is None:
        why = "its states are too little like the Ansatz" if own.resolved else "the cells are too coarse"
        yield f"{why} to choose between H′ and H″."
        return
    choice = f"the loop follows {distances.closer}" if distances.closer else "neither is clearly the closer"
    few = " These are too few fields to decide on." if distances.fields < SEVERAL else ""
    yield (
        f"where the two Hamiltonians differ ({distances.where}) {choice}: rms distance of ⟨m⟩ "
        f"{distances.to_prime:.3f} to H′, {distances.to_double_prime:.3f} to H″.{few}"
    )


def disagreement(comparison: Comparison) -> tuple[Evidence, str, Evidence, str] | None:
    """Two protocols on one problem and mesh that choose different Hamiltonians: who and which, twice."""
    choices = [
        (own, d.closer)
        for own in witnesses(comparison)
        if (d := distances_to_models(own)) and d.closer and d.fields >= SEVERAL
    ]
    for k, (one, first) in enumerate(choices):
        for other, second in choices[k + 1 :]:
            if first != second and same_but_protocol(one, other):
                return one, str(first), other, str(second)
    return None
