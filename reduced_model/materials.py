"""Magnetic materials: the constants the model needs, with where they come from.

In: a name, or the four constants in SI units.
Out: a frozen `Material` that knows its lengths and fields, and whether any magnet has such constants.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reduced_model.errors import ModelError, finite, positive

MU0 = 4e-7 * math.pi
"""Vacuum permeability, T m/A (the value MuMax3 and the papers use)."""
ALONG_RAD = 1e-6
"""Angle of a field to an easy axis below which it is along it: beyond the rounding of components, too small
to show in a result."""


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
    source: str = field(default="", repr=False)
    """Where the constants come from."""
    note: str = field(default="", repr=False)
    """What to know before relying on them: what they stand for, where sources differ."""

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

    def is_along(self, direction: Sequence[float] = (0.0, 0.0, 1.0)) -> bool:
        """Whether the easy axis is the line of a field, or there is none."""
        return self.Ku_J_per_m3 == 0.0 or axis_angle_rad(self.axis, direction) == 0.0

    @property
    def wall_width_m(self) -> float:
        """pi sqrt(A / Ku), the width of a Bloch wall; infinite without anisotropy."""
        return math.pi * math.sqrt(self.A_J_per_m / self.Ku_J_per_m3) if self.Ku_J_per_m3 else math.inf

    @property
    def doubt(self) -> str:
        """What no magnet has of these constants, with the unit that was probably meant; "" if all is well.

        Examples
        --------
        >>> Material("steel", 1700, 1e-11, 4.8e4).doubt.split("; ")[-1]
        'Ms_A_per_m = 1.7e+06 if kA/m or emu/cm3 was meant'
        >>> material("iron").doubt
        ''
        """
        if not (strange := self._strange()):
            return ""
        guesses = (
            f"{key} = {changed:g} if {unit} was meant"
            for key, factor, unit in _UNITS_MISTAKEN
            if (changed := factor * getattr(self, key)) > 0.0
            and not replace(self, **{key: changed})._strange()
        )
        given = ", ".join(f"{k} = {getattr(self, k):g}" for k in ("Ms_A_per_m", "A_J_per_m", "Ku_J_per_m3"))
        return "; ".join((f"{given}: no magnet has {' or '.join(strange)}", *guesses))

    def _strange(self) -> list[str]:
        """The derived quantities that lie outside the range of known magnets."""
        values = (self.mu0Ms_T, self.exchange_length_m * 1e9, self.anisotropy_field_T)
        return [
            f"{name} = {value:.3g} {unit} (known are {low:g} to {high:g})"
            for (name, unit, low, high), value in zip(_KNOWN, values, strict=True)
            if not low <= value <= high
        ]


def axis_angle_rad(axis: Sequence[float], direction: Sequence[float]) -> float:
    """Angle between an easy axis (either end of it) and a field, 0 to pi/2, exact where they are along.

    >>> axis_angle_rad((0.0, 0.0, -1.0), (0.0, 0.0, 1.0)), round(axis_angle_rad((1, 0, 0), (0, 0, 1)), 6)
    (0.0, 1.570796)
    """
    a, b = axis, direction
    across = math.hypot(a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    angle = math.atan2(across, abs(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]))
    return 0.0 if angle < ALONG_RAD else float(angle)


_KNOWN = (
    ("mu0 Ms", "T", 0.01, 3.0),
    ("l_ex", "nm", 0.5, 50.0),
    ("2 Ku/Ms", "T", 0.0, 50.0),
)
"""Wider than any magnet: from dilute semiconductors (0.05 T) to iron-cobalt (2.4 T), SmCo5 (40 T)."""
_UNITS_MISTAKEN = (
    ("Ms_A_per_m", 1e3, "kA/m or emu/cm3"),
    ("Ku_J_per_m3", 0.1, "erg/cm3"),
)


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
_OOMMF = "OOMMF's app/mmpe/materials, there called approximate"
_TAUXE = "L. Tauxe et al., Essentials of Paleomagnetism, ch. 4"
_EASY_111 = (
    "a cubic crystal with K1 < 0 (easy <111>), taken as uniaxial with |K1|: along <111> the crystal itself "
    "has an anisotropy field of 4|K1|/(3 Ms), two thirds of this one, and four easy axes instead of one"
)
_EASY_100 = (
    "a cubic crystal (easy <100>), taken as uniaxial with K1: the same field 2 K1/Ms, one easy axis "
    "instead of three"
)

MATERIALS: dict[str, Material] = {
    entry.name: entry
    for entry in (
        Material(
            "iron",
            1.7e6,
            1.0e-11,
            4.8e4,
            source="Adams & Michels, Phys. Rev. B (2026), Sec. II",
            note=f"the paper's iron, A = 10 pJ/m where most sources have 21 (iron_21pJ); {_EASY_100}",
        ),
        Material(
            "iron_21pJ",
            1.7e6,
            2.1e-11,
            4.8e4,
            source=_OOMMF,
            note=f"iron with A as most sources have it, where the paper's has 10 pJ/m (iron); {_EASY_100}",
        ),
        Material(
            "magnetite",
            4.8e5,
            7.0e-12,
            1.3e4,
            source=_COEY,
            note=f"{_EASY_111}; rock magnetism has A = 13.3 pJ/m, K1 = -13.5 kJ/m3 ({_TAUXE})",
        ),
        Material(
            "cobalt",
            1.44e6,
            3.1e-11,
            4.1e5,
            source=_COEY,
            note="a hexagonal crystal, its second constant left out; Ms = 1400 kA/m, A = 30 pJ/m, "
            f"K1 = 520 kJ/m3 in {_OOMMF}",
        ),
        Material(
            "nickel",
            4.9e5,
            8.0e-12,
            5.0e3,
            source=_COEY,
            note=f"{_EASY_111}; A = 9 pJ/m, K1 = -5.7 kJ/m3 in {_OOMMF}",
        ),
        Material(
            "permalloy",
            8.0e5,
            1.3e-11,
            5.0e2,
            source="NIST muMAG Standard Problem 1",
            note=f"a film's constants; Ms = 860 kA/m, K1 = 0 in {_OOMMF}",
        ),
    )
}
"""The materials shipped, by name. Iron is the papers' reference."""


def material(name: Material | str) -> Material:
    """The material of this name, one of `MATERIALS` in any case; a `Material` passes through."""
    if isinstance(name, Material):
        return name
    key = name.strip().lower() if isinstance(name, str) else ""
    known = {each.lower(): entry for each, entry in MATERIALS.items()}
    if key not in known:
        raise ModelError.of("material", name, "one of " + ", ".join(MATERIALS) + ", or a Material")
    return known[key]
