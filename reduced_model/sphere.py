"""A magnetic sphere, as a person thinks of it: a radius and a material.

In: radius in nm, a material's name or a `Material`.
Out: its loops, minima, critical fields and radii.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import finite, positive
from .materials import Material, material
from .nucleation import NucleationField, NucleationRadius, nucleation_field, nucleation_radius

if TYPE_CHECKING:
    from .hamiltonian import Hamiltonian, Minimum, Model
    from .landscape import Landscape
    from .loop import ModelLoop
    from .random_axes import OrientationAverage


@dataclass(frozen=True)
class Sphere:
    """A single-crystal sphere in a field along z.

    Parameters
    ----------
    radius_nm : > 0
    material : a name from `MATERIALS` or a `Material`; its axis is the easy axis

    Raises
    ------
    ModelError
        If the radius is not positive or the material unknown.

    Examples
    --------
    >>> iron = Sphere(radius_nm=20, material="iron")
    >>> loop = iron.loop(model="H''")
    >>> falling, rising = loop.observables()
    >>> print(f"{falling.remanence:.4f}, nucleation at {falling.nucleation_field_T:.4f} T")
    0.1951, nucleation at 0.5075 T
    """

    radius_nm: float = 20.0
    material: Material | str = "iron"

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
        model: "Model" = "H''",
        maximum_T: float = 1.0,
        frozen_omega: bool = False,
    ) -> "ModelLoop":
        """Hysteresis loop (see `field_loop`).

        Parameters
        ----------
        B_T : (n,) path of fields; by default from +maximum_T to -maximum_T and back, 401 fields each way
        model : "H'", "H''" or "SW"
        maximum_T : largest field of the default path
        frozen_omega : keep the core's azimuth out of stability (see `field_loop`)
        """
        from .loop import field_loop

        path = full_loop(maximum_T) if B_T is None else B_T
        return field_loop(
            path, radius_m=self.radius_m, material=self.material, model=model, frozen_omega=frozen_omega
        )

    def hamiltonian(self, model: "Model" = "H''") -> "Hamiltonian":
        """The reduced energy: values, gradient, Hessian, minima."""
        from .hamiltonian import Hamiltonian

        return Hamiltonian(material(self.material), self.radius_m, model)

    def minima(self, B_T: float = 0.0, *, model: "Model" = "H''") -> "tuple[Minimum, ...]":
        """Every local minimum at one field, lowest energy first."""
        return self.hamiltonian(model).minima(B_T)

    def landscape(self, B_T: float = 0.0, *, model: "Model" = "H''", nu_max: float = 8.0) -> "Landscape":
        """Energy over nu and tau with its stationary points (see `energy_landscape`)."""
        from .landscape import energy_landscape

        return energy_landscape(self.hamiltonian(model), B_T, nu_max=nu_max)

    def random_axes_loop(
        self, B_T: ArrayLike | None = None, *, model: "Model" = "H''", orientations: int = 64
    ) -> "OrientationAverage":
        """Loop averaged over random easy axes (see `orientation_average`), by default from 1 T and back."""
        from .random_axes import orientation_average

        path = full_loop() if B_T is None else B_T
        return orientation_average(
            path,
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


def full_loop(maximum_T: float = 1.0, points: int = 401) -> NDArray[np.float64]:
    """Fields from +maximum_T to -maximum_T and back, `points` on each branch (both ends on both)."""
    top = positive("maximum_T", maximum_T)
    count = max(int(finite("points", points)), 2)
    steps = np.arange(count)
    falling = top * (1.0 - 2.0 * steps / (count - 1))
    return np.concatenate((falling, -falling))
