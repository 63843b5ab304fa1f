"""Where the uniform state of a sphere ends: vortex nucleation and coherent rotation, in closed form.

In: a material and a radius; the field lies along the easy axis.
Out: the spinodal fields and radii of the Ansatz, of the paper's formulas and of Brown's exact curling mode.
"""

import math
from dataclasses import dataclass

from reduced_model.errors import ModelError, positive
from reduced_model.materials import Material, material
from reduced_model.results import Tabled

CURLING_ROOT = 2.0815759778181006
"""First zero of the derivative of the spherical Bessel function j_1: the curling mode of a sphere."""


@dataclass(frozen=True)
class NucleationField(Tabled):
    """Fields at which the uniform state along the easy axis loses stability, coming from saturation."""

    ansatz_T: float
    """Vortex nucleation within the Ansatz, mu0 Ms/3 - 2Ku/Ms - 10 A/(Ms R^2)."""
    paper_T: float
    """The same with the demagnetisation curvature 125/882 of a fitted g_d (Adams & Michels 2026, Eq. 11)."""
    brown_T: float
    """Curling, the exact continuum spinodal: mu0 Ms/3 - 2Ku/Ms - 2 q^2 A/(Ms R^2), q = 2.0816."""
    coherent_T: float
    """Coherent rotation, -2Ku/Ms (Eq. S32)."""

    @property
    def uniform_lost_T(self) -> float:
        """The higher of curling and coherent rotation: where a real sphere leaves the uniform state."""
        return max(self.brown_T, self.coherent_T)

    @property
    def uniform_lost_ansatz_T(self) -> float:
        """The higher of the Ansatz's nucleation and coherent rotation: where the model leaves it."""
        return max(self.ansatz_T, self.coherent_T)


@dataclass(frozen=True)
class NucleationRadius(Tabled):
    """Radii at which the uniform state changes its fate; infinite where the anisotropy forbids it."""

    exact_m: float
    """Vortex nucleation in zero field within the Ansatz, sqrt(15) l_ex [1 - 6Ku/(mu0 Ms^2)]^(-1/2)."""
    paper_m: float
    """The same as printed, (42 sqrt(5)/25) l_ex [1 - (3528/625) Ku/(mu0 Ms^2)]^(-1/2) (Eq. 10)."""
    brown_m: float
    """Curling in zero field, q sqrt(3) l_ex [1 - 6Ku/(mu0 Ms^2)]^(-1/2)."""
    crossing_ansatz_m: float
    """Where vortex nucleation (Ansatz) and coherent rotation happen at the same field: sqrt(15) l_ex."""
    crossing_brown_m: float
    """Where curling and coherent rotation happen at the same field: q sqrt(3) l_ex."""


def nucleation_field(material_or_name: Material | str, radius_m: float) -> NucleationField:
    """Spinodal fields of the uniform state along the easy axis of a sphere of `radius_m` > 0 metres.

    Raises
    ------
    ModelError
        If the easy axis is not along the field (0, 0, 1), for which the closed forms hold; for a tilted one
        the loop locates the instability.

    Examples
    --------
    >>> field = nucleation_field("iron", 20e-9)
    >>> print(f"{field.ansatz_T:.5f} {field.paper_T:.5f} {field.brown_T:.5f}")
    0.50856 0.55337 0.52818
    """
    chosen = material(material_or_name)
    if not chosen.is_along():
        raise ModelError.of("axis", chosen.axis, "along the field (0, 0, 1) for a nucleation field")
    return on_axis_nucleation_field(chosen, radius_m)


def on_axis_nucleation_field(material_or_name: Material | str, radius_m: float) -> NucleationField:
    """The same of a field along the easy axis, wherever that points: a scale of fields for others."""
    chosen, radius = material(material_or_name), positive("radius_m", radius_m)
    exchange_T = 2.0 * chosen.A_J_per_m / (chosen.Ms_A_per_m * radius * radius)
    coherent_T = -chosen.anisotropy_field_T
    return NucleationField(
        ansatz_T=chosen.mu0Ms_T / 3.0 + coherent_T - 5.0 * exchange_T,
        paper_T=chosen.mu0Ms_T * 625.0 / 1764.0 + coherent_T - 5.0 * exchange_T,
        brown_T=chosen.mu0Ms_T / 3.0 + coherent_T - CURLING_ROOT**2 * exchange_T,
        coherent_T=coherent_T,
    )


def nucleation_radius(material_or_name: Material | str) -> NucleationRadius:
    """Critical radii of the uniform state with the field along the easy axis.

    Examples
    --------
    >>> radius = nucleation_radius("iron")
    >>> print(f"{radius.exact_m * 1e9:.3f} {radius.paper_m * 1e9:.3f} {radius.brown_m * 1e9:.3f}")
    9.472 9.164 8.818
    """
    chosen = material(material_or_name)
    length = chosen.exchange_length_m
    hardness = chosen.Ku_J_per_m3 / chosen.magnetostatic_J_per_m3
    return NucleationRadius(
        exact_m=math.sqrt(15.0) * length * _stretch(6.0 * hardness),
        paper_m=42.0 * math.sqrt(5.0) / 25.0 * length * _stretch(3528.0 / 625.0 * hardness),
        brown_m=CURLING_ROOT * math.sqrt(3.0) * length * _stretch(6.0 * hardness),
        crossing_ansatz_m=math.sqrt(15.0) * length,
        crossing_brown_m=CURLING_ROOT * math.sqrt(3.0) * length,
    )


def _stretch(hardness: float) -> float:
    """(1 - hardness)^(-1/2), infinite for a hard magnet: no vortex nucleates there in zero field."""
    return 1.0 / math.sqrt(1.0 - hardness) if hardness < 1.0 else math.inf
