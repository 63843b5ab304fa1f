"""Magnetic materials: the constants the model needs, with where they come from.

In: a name, or the four constants in SI units.
Out: a frozen `Material` that knows its exchange length and its fields in tesla.
"""

import math
from dataclasses import dataclass

from reduced_model.errors import ModelError, finite, positive

MU0 = 4e-7 * math.pi
"""Vacuum permeability, T m/A (the value MuMax3 and the papers use)."""


@dataclass(frozen=True)
class Material:
    """A uniaxial ferromagnet.

    Examples
    --------
    >>> iron = material("iron")
    >>> print(f"{iron.exchange_length_m * 1e9:.4f} nm, {iron.anisotropy_field_T:.6f} T")
    2.3467 nm, 0.056471 T
    """

    name: str
    Ms_A_per_m: float
    """Saturation magnetisation, > 0."""
    A_J_per_m: float
    """Exchange stiffness, > 0."""
    Ku_J_per_m3: float
    """First-order uniaxial anisotropy constant, >= 0 (an easy axis)."""
    axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
    """Easy axis, of any length but 0, normalised here; the field of a loop is along (0, 0, 1)."""
    source: str = ""
    """Where the constants come from."""

    def __post_init__(self) -> None:
        for key in ("Ms_A_per_m", "A_J_per_m"):
            object.__setattr__(self, key, positive(key, getattr(self, key)))
        if finite("Ku_J_per_m3", self.Ku_J_per_m3) < 0.0:
            raise ModelError.of("Ku_J_per_m3", self.Ku_J_per_m3, "zero or positive (an easy axis)")
        object.__setattr__(self, "Ku_J_per_m3", float(self.Ku_J_per_m3))
        object.__setattr__(self, "axis", _unit(self.axis))

    @property
    def mu0Ms_T(self) -> float:
        """Saturation polarisation mu0 Ms."""
        return MU0 * self.Ms_A_per_m

    @property
    def magnetostatic_J_per_m3(self) -> float:
        """mu0 Ms^2, the scale of the magnetostatic energy density."""
        return MU0 * self.Ms_A_per_m**2

    @property
    def exchange_length_m(self) -> float:
        """sqrt(2A / mu0 Ms^2) (Adams & Michels 2026, Eq. S26)."""
        return math.sqrt(2.0 * self.A_J_per_m / self.magnetostatic_J_per_m3)

    @property
    def anisotropy_field_T(self) -> float:
        """2 Ku / Ms, the switching field of a uniform particle along its axis (Eq. S32)."""
        return 2.0 * self.Ku_J_per_m3 / self.Ms_A_per_m


def _unit(axis: object) -> tuple[float, float, float]:
    """The axis as a unit vector; a multiple of a coordinate axis comes out exact."""
    try:
        x, y, z = (finite("axis", component) for component in axis)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise ModelError.of("axis", axis, "three numbers") from None
    length = math.hypot(x, y, z)
    if length == 0.0:
        raise ModelError.of("axis", axis, "a direction, not the zero vector")
    return (x / length, y / length, z / length)


_COEY = "J. M. D. Coey, Magnetism and Magnetic Materials (Cambridge University Press, 2010)"
_CUBIC = "; the crystal is cubic with K1 < 0, |K1| stands here as a uniaxial constant"

MATERIALS: dict[str, Material] = {
    entry.name: entry
    for entry in (
        Material("iron", 1.7e6, 1.0e-11, 4.8e4, source="Adams & Michels, Phys. Rev. B (2026), Sec. II"),
        Material("magnetite", 4.8e5, 7.0e-12, 1.3e4, source=_COEY + _CUBIC),
        Material("cobalt", 1.44e6, 3.1e-11, 4.1e5, source=_COEY + ", hexagonal"),
        Material("nickel", 4.9e5, 8.0e-12, 5.0e3, source=_COEY + _CUBIC),
        Material("permalloy", 8.0e5, 1.3e-11, 5.0e2, source="NIST muMAG Standard Problem 1"),
    )
}
"""The materials shipped, by name. Iron is the papers' reference."""


def material(name: Material | str) -> Material:
    """The material of this name, one of `MATERIALS` in any case; a `Material` passes through."""
    if isinstance(name, Material):
        return name
    key = name.strip().lower() if isinstance(name, str) else ""
    if key not in MATERIALS:
        raise ModelError.of("material", name, "one of " + ", ".join(MATERIALS) + ", or a Material")
    return MATERIALS[key]
