"""A magnetic sphere, as a person thinks of it: a radius and a material.

In: radius in nm, a material's name or a `Material`.
Out: its loops, minima, critical fields and radii; the continuum it is a model of.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import ArrayLike

from reduced_model.continuum.branches import ContinuumBranches
from reduced_model.continuum.loop import ContinuumLoop, continuum_loop
from reduced_model.continuum.problem import ContinuumState
from reduced_model.continuum.survey import continuum_branches
from reduced_model.errors import ModelError, finite, positive
from reduced_model.loops.loop import ModelLoop, field_loop
from reduced_model.loops.path import full_loop
from reduced_model.loops.random_axes import OrientationAverage, orientation_average
from reduced_model.materials import Material, material
from reduced_model.models import Model
from reduced_model.nucleation.spinodals import (
    NucleationField,
    NucleationRadius,
    nucleation_field,
    nucleation_radius,
)
from reduced_model.vortex.hamiltonian import Hamiltonian, local_minima
from reduced_model.vortex.landscape import Landscape, energy_landscape
from reduced_model.vortex.minima import Minimum


@dataclass(frozen=True)
class Sphere:
    """A single-crystal sphere in a field along z.

    Examples
    --------
    >>> iron = Sphere(radius_nm=20, material="iron")
    >>> loop = iron.loop(model="H''")
    >>> falling, rising = loop.observables()
    >>> print(f"{falling.remanence:.4f}, nucleation at {falling.nucleation_field_T:.4f} T")
    0.1951, nucleation at 0.5075 T
    """

    radius_nm: float = 20.0
    """Radius in nanometres, > 0."""
    material: Material | str = "iron"
    """A name from `MATERIALS` or a `Material`; its axis is the easy axis."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "radius_nm", positive("radius_nm", self.radius_nm))
        object.__setattr__(self, "material", material(self.material))

    @property
    def radius_m(self) -> float:
        """The radius in metres."""
        return self.radius_nm * 1e-9

    def loop(
        self,
        B_T: ArrayLike | None = None,
        *,
        model: Model | str = Model.DOUBLE_PRIME,
        maximum_T: float = 1.0,
        frozen_omega: bool = False,
    ) -> ModelLoop:
        """Hysteresis loop (see `field_loop`), by default 401 fields from maximum_T down, 401 back."""
        path = full_loop(maximum_T) if B_T is None else B_T
        return field_loop(
            path, radius_m=self.radius_m, material=self.material, model=model, frozen_omega=frozen_omega
        )

    def hamiltonian(self, model: Model | str = Model.DOUBLE_PRIME) -> Hamiltonian:
        """The reduced energy: values, gradient, Hessian, minima."""
        return Hamiltonian(material(self.material), self.radius_m, Model(model))

    def minima(self, B_T: float = 0.0, *, model: Model | str = Model.DOUBLE_PRIME) -> tuple[Minimum, ...]:
        """Every local minimum at one field, lowest energy first (see `local_minima`)."""
        return local_minima(self.hamiltonian(model), B_T)

    def landscape(
        self, B_T: float = 0.0, *, model: Model | str = Model.DOUBLE_PRIME, nu_max: float = 8.0
    ) -> Landscape:
        """Energy over nu and tau with its stationary points (see `energy_landscape`)."""
        return energy_landscape(self.hamiltonian(model), B_T, nu_max=nu_max)

    def continuum_loop(
        self,
        B_T: ArrayLike | None = None,
        *,
        direction: Sequence[float] = (0.0, 0.0, 1.0),
        accuracy: float = 1e-4,
        on_step: Callable[[int, int], None] | None = None,
    ) -> ContinuumLoop:
        """Loop of the full problem (see `continuum_loop`), by default 101 fields from 1 T to -1 T."""
        path = np.linspace(1.0, -1.0, 101) if B_T is None else B_T
        return continuum_loop(
            path,
            radius_m=self.radius_m,
            material=self.material,
            direction=direction,
            accuracy=accuracy,
            on_step=on_step,
        )

    def continuum_state(
        self, B_T: float, *, direction: Sequence[float] = (0.0, 0.0, 1.0), accuracy: float = 1e-4
    ) -> ContinuumState:
        """What the uniform state along the field falls into: m(r), energies, curvature, with errors."""
        path = [finite("B_T", B_T)]
        return self.continuum_loop(path, direction=direction, accuracy=accuracy).states[0]

    def continuum_branches(
        self,
        *,
        maximum_T: float = 1.0,
        direction: Sequence[float] = (0.0, 0.0, 1.0),
        accuracy: float = 1e-3,
        on_step: Callable[[int, int], None] | None = None,
    ) -> ContinuumBranches:
        """Every branch of the full problem, stable or not, at any field (see `continuum_branches`)."""
        return continuum_branches(
            radius_m=self.radius_m,
            material=self.material,
            direction=direction,
            maximum_T=maximum_T,
            accuracy=accuracy,
            on_step=on_step,
        )

    def random_axes_loop(
        self,
        B_T: ArrayLike | None = None,
        *,
        model: Model | str = Model.DOUBLE_PRIME,
        orientations: int = 64,
    ) -> OrientationAverage:
        """Loop averaged over random easy axes (see `orientation_average`), by default from 1 T and back."""
        return orientation_average(
            full_loop() if B_T is None else B_T,
            radius_m=self.radius_m,
            material_or_name=self.material,
            model=model,
            orientations=orientations,
        )

    def nucleation_field(self) -> NucleationField:
        """Where the uniform state ends, lowering a field along the easy axis."""
        return nucleation_field(self.material, self.radius_m)

    def nucleation_radius(self) -> NucleationRadius:
        """Critical radii of this material (whatever the radius of this sphere)."""
        return nucleation_radius(self.material)

    def _repr_html_(self) -> str:
        """What theory says of it in closed form, for a notebook."""
        chosen, radius = material(self.material), self.nucleation_radius()
        x, y, z = chosen.axis
        rows = {
            "sphere": f"{chosen.name}, R = {self.radius_nm:g} nm, easy axis ({x:g}, {y:g}, {z:g})",
            **({"material": chosen.note} if chosen.note else {}),
            "exchange length": f"{chosen.exchange_length_m * 1e9:.3f} nm",
            "anisotropy field 2Ku/Ms": f"{chosen.anisotropy_field_T:.4f} T",
        }
        try:
            field = self.nucleation_field()
        except ModelError as why:
            rows["nucleation field"] = f"no closed form: {why}"
        else:
            rows["vortex nucleation, Ansatz"] = f"{field.ansatz_T:.4f} T"
            rows["curling, Brown"] = f"{field.brown_T:.4f} T"
            rows["coherent rotation"] = f"{field.coherent_T:.4f} T"
            rows["uniform state lost"] = f"{field.uniform_lost_T:.4f} T"
        rows["nucleation radius in zero field"] = _both(radius.exact_m, radius.brown_m)
        rows["single-domain below"] = _both(radius.crossing_ansatz_m, radius.crossing_brown_m)
        cells = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in rows.items())
        return f"<table>{cells}</table>"


def _both(ansatz_m: float, brown_m: float) -> str:
    """A radius by the Ansatz and by Brown's exact mode; infinite where a hard axis forbids the vortex."""
    texts = (f"{r * 1e9:.3f} nm" if np.isfinite(r) else "none" for r in (ansatz_m, brown_m))
    return "{} (Ansatz), {} (Brown)".format(*texts)
