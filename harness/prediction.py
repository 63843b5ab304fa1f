"""What the reduced models say about one case: its particle on its field path.

In: a Case. Out: a Prediction: H' and H'' on the case's fields and on a fine path, nucleation fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from harness.analysis.loop import branches
from harness.published import is_paper_particle
from reduced_model.errors import ModelError
from reduced_model.loop import ModelLoop, field_loop
from reduced_model.materials import Material
from reduced_model.nucleation import NucleationField, nucleation_field

if TYPE_CHECKING:
    from harness.study import Case

__all__ = ["MODELS", "Prediction", "predict", "written"]

MODELS: tuple[Literal["H'", "H''"], ...] = ("H'", "H''")
CURVE_POINTS = 2001
"""Points a branch of the drawn model curves."""


def written(model: str) -> str:
    """The model's name with true primes, for readers.

    >>> written("H'"), written("H''")
    ('H′', 'H″')
    """
    return model.replace("''", "″").replace("'", "′")


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the models say about one particle on one field path."""

    label: str
    """Material and radius."""
    on_path: dict[str, ModelLoop]
    """H' and H'' on the very fields of the run; empty where the model does not cover the particle."""
    curves: dict[str, ModelLoop]
    """H' and H'' on a fine path over the same range, for drawing."""
    nucleation: NucleationField
    """All nan where no closed form holds (an easy axis that is not along the field)."""
    is_paper_particle: bool
    missing: tuple[str, ...] = ()
    """What the model cannot say about this particle, and why."""

    @property
    def nucleation_lines(self) -> tuple[tuple[str, float], ...]:
        """Name and value in T of the nucleation field: the Ansatz's, the paper's, the continuum's."""
        n = self.nucleation
        lines = (("Ansatz", n.ansatz_T), ("Eq. 11", n.paper_T), ("Brown", n.brown_T))
        return lines if np.isfinite(n.ansatz_T) else ()


def predict(case: Case) -> Prediction:
    """Model loops on the case's path, on a fine path over the same turns, and the nucleation fields."""
    given = case.material
    numbers = (given.Ms_A_per_m, given.A_J_per_m, given.Ku_J_per_m3)
    path = np.asarray(case.field_values_T)
    turns = [0, *(b.rows.stop - 1 for b in branches(path))]
    fine = [np.linspace(path[a], path[b], CURVE_POINTS) for a, b in pairwise(turns)]
    on_path: dict[str, ModelLoop] = {}
    curves: dict[str, ModelLoop] = {}
    nucleation = NucleationField(*[float("nan")] * 4)
    missing: tuple[str, ...] = ()
    try:
        material = Material(given.name or "material", *numbers, axis=given.axis)
        on_path = _model_loops(path, case.radius_m, material)
        curves = _model_loops(np.concatenate(fine) if fine else path, case.radius_m, material)
        nucleation = nucleation_field(material, case.radius_m)
    except ModelError as error:
        missing = (str(error),)
    return Prediction(
        label=f"{given.name or 'material'}, R = {case.particle.radius_nm:g} nm",
        on_path=on_path,
        curves=curves,
        nucleation=nucleation,
        is_paper_particle=is_paper_particle(*numbers, case.radius_m),
        missing=missing,
    )


def _model_loops(B_T: NDArray[np.float64], radius_m: float, material: Material) -> dict[str, ModelLoop]:
    return {model: field_loop(B_T, radius_m=radius_m, material=material, model=model) for model in MODELS}
