"""What theory says about one case: its particle on its field path.

In: a Case. Out: a Prediction: H' and H'' on the case's fields and on a fine path, nucleation fields, the
continuum's branches.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from harness.analysis.loop import branches
from harness.comparison.continuum import continuum_of, sphere_of
from harness.comparison.equations import is_paper_particle
from harness.study.study import Case
from harness.study.tables import ContinuumTable
from reduced_model.continuum.branches import ContinuumBranches
from reduced_model.errors import ModelError
from reduced_model.loops.loop import ModelLoop, field_loop
from reduced_model.materials import Material
from reduced_model.models import VORTEX_MODELS
from reduced_model.nucleation.spinodals import (
    NucleationField,
    NucleationRadius,
    nucleation_field,
    nucleation_radius,
)
from reduced_model.results import Shown

CURVE_POINTS = 2001
"""Points a branch of the drawn model curves."""
LEAVE_OUT = "; `solve = false` under [continuum] leaves it out"


@dataclass(frozen=True, eq=False, repr=False)
class Prediction(Shown):
    """What the models say about one particle on one field path."""

    label: str
    """Material and radius, and the field's angle to the easy axis where there is one."""
    on_path: dict[str, ModelLoop]
    """H' and H'' on the very fields of the run; empty where the model does not cover the particle."""
    curves: dict[str, ModelLoop]
    """H' and H'' on a fine path over the same range, for drawing."""
    nucleation: NucleationField
    """All nan where no closed form holds (an easy axis that is not along the field)."""
    radii: NucleationRadius | None
    """Critical radii of the material; None where the model does not cover it."""
    axis_angle_rad: float
    """Angle between field and easy axis, 0 to pi/2; 0 without anisotropy."""
    is_paper_particle: bool
    """Whether this is the paper's sphere in the paper's field, along its easy axis."""
    continuum: ContinuumBranches | None = None
    """The continuum's branches over the run's fields; None where it was not asked for or not resolved."""
    missing: tuple[str, ...] = ()
    """What theory cannot say about this particle, and why."""

    @property
    def nucleation_lines(self) -> tuple[tuple[str, float], ...]:
        """Name and value in T of what ends the uniform state: curling by the Ansatz, by the paper, by Brown.

        Those that coherent rotation comes before are left out; where it comes before all, it is the line, but
        without anisotropy nothing holds the moment and there is none.
        """
        n = self.nucleation
        if not np.isfinite(n.ansatz_T):
            return ()
        curling = (("Ansatz", n.ansatz_T), ("Eq. 11", n.paper_T), ("Brown", n.brown_T))
        coherent = ("coherent rotation", n.coherent_T)
        first = tuple(line for line in curling if line[1] > n.coherent_T)
        return first or ((coherent,) if n.coherent_T < 0.0 else ())

    @property
    def closed_form(self) -> bool:
        """Whether the field's direction allows closed forms."""
        return bool(np.isfinite(self.nucleation.ansatz_T))


def predict(
    case: Case,
    continuum: ContinuumTable | None = None,
    on_step: Callable[[str], None] = lambda words: None,
    maximum_T: float | None = None,
    *,
    of_study: bool = False,
) -> Prediction:
    """Model loops on the case's path, on a fine path over the same turns, nucleation fields, the continuum.

    The models know a field along z: they get the easy axis as it lies in the field's own frame.

    Parameters
    ----------
    case : Case
    continuum : ContinuumTable, optional
        Whether and how precisely the continuum is solved; not at all without it.
    on_step : callable, optional
        Called with a few words as the continuum is begun.
    maximum_T : float, optional
        Field up to which the continuum is solved; the case's largest by default.
    of_study : bool
        Whether there is a study's file to leave the continuum out in.
    """
    given = case.material
    numbers = (given.Ms_A_per_m, given.A_J_per_m, given.Ku_J_per_m3)
    *_, angle = sphere_of(case)
    path = np.asarray(case.field_values_T)
    turns = [0, *(b.rows.stop - 1 for b in branches(path))]
    fine = [np.linspace(path[a], path[b], CURVE_POINTS) for a, b in pairwise(turns)]
    found: dict[str, Any] = {"on_path": {}, "curves": {}, "radii": None, "missing": ()}
    found["nucleation"] = NucleationField(*[math.nan] * 4)
    try:
        axis = (math.sin(angle), 0.0, math.cos(angle))
        material = Material(given.name or "material", *numbers, axis=axis)
        found["radii"] = nucleation_radius(material)
        if angle == 0.0:
            found["nucleation"] = nucleation_field(material, case.radius_m)
        for name, fields in (("on_path", path), ("curves", np.concatenate(fine) if fine else path)):
            found[name] = {
                model: field_loop(fields, radius_m=case.radius_m, material=material, model=model)
                for model in VORTEX_MODELS
            }
    except ModelError as error:
        found["missing"] = (f"the model cannot be computed in full: {error}",)
    if continuum is not None and continuum.solve:
        try:
            aside = LEAVE_OUT if of_study else ""
            solved = found["continuum"] = continuum_of(case, continuum.accuracy, on_step, maximum_T, aside)
            lacks = f"the continuum is solved in part: {solved.refused}" if solved.refused else ""
        except ModelError as error:
            lacks = f"the continuum is not solved, so there is no error budget: {error}"
        found["missing"] = (*found["missing"], *filter(None, (lacks,)))
    tilted = f", field at {math.degrees(angle):.3g}° to the easy axis" if angle else ""
    return Prediction(
        label=f"{given.name or 'material'}, R = {case.particle.radius_nm:g} nm{tilted}",
        axis_angle_rad=angle,
        is_paper_particle=angle == 0.0 and is_paper_particle(*numbers, case.radius_m),
        **found,
    )
