"""Every length at which a sphere of one material changes its nature, side by side.

In: a material.
Out: `SizeMap`, frozen: lengths with formula and source; it draws itself on one axis.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from reduced_model.errors import ModelError
from reduced_model.materials import Material, material
from reduced_model.nucleation.spinodals import nucleation_radius
from reduced_model.results import Table, axes_for, notebook_html, table
from reduced_model.sizes.radii import (
    bohr_magnetons_per_m3,
    dipole_radius_m,
    flux_quantum_radius_m,
    superparamagnetic_radius_m,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Kind = Literal["exchange", "nucleation", "flux", "counting", "heat"]

_FONT = "DejaVu Sans"
"""Comes with matplotlib and has every sign the names use."""
_MARKERS: dict[Kind, tuple[str, str, str]] = {
    "exchange": ("D", "0.0", "0.0"),
    "nucleation": ("o", "0.0", "0.0"),
    "flux": ("s", "0.0", "1.0"),
    "counting": ("^", "0.35", "0.75"),
    "heat": ("*", "0.0", "1.0"),
}
"""Marker, edge and face of each kind: told apart by shape, in grey."""


@dataclass(frozen=True)
class Size:
    """One length of the map."""

    key: str
    """Stable name, for programs."""
    name: str
    kind: Kind
    value_m: float
    """The length; inf if the material never gets there, nan where it is not defined (see the note)."""
    formula: str
    source: str
    note: str = ""
    unit: str = "m"

    @property
    def value_nm(self) -> float:
        """The length in nanometres."""
        return self.value_m * 1e9


@dataclass(frozen=True)
class SizeMap:
    """Critical sizes of a material; radii of spheres, except for the exchange length."""

    material: Material
    sizes: tuple[Size, ...]

    def __getitem__(self, key: str) -> Size:
        for size in self.sizes:
            if size.key == key:
                return size
        raise ModelError.of("size", key, "one of " + ", ".join(size.key for size in self.sizes))

    def to_dataframe(self) -> "pd.DataFrame":
        """One row a size: key, name, kind, value_nm, formula, source, note."""
        names = ("key", "name", "kind", "value_nm", "formula", "source", "note")
        return table({name: getattr(size, name) for name in names} for size in self.sizes)

    def to_dict(self) -> dict[str, Any]:
        """The material and a record a size."""
        return {"material": self.material.name, "sizes": self.to_dataframe().to_dict(orient="records")}

    def to_table(self) -> Table:
        """The sizes for people: title, header, rows."""
        rows: list[tuple[object, ...]] = [
            (s.name, "none" if math.isnan(s.value_nm) else f"{s.value_nm:.4g}", s.formula, s.source)
            for s in self.sizes
        ]
        title = f"{self.material.name}: radii of spheres, and l_ex"
        return title, ("size", "nm", "formula", "source"), rows

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """All sizes on one logarithmic axis, as wide as a journal column and in grey; returns the axes."""
        ax = axes_for(ax, figsize=(3.4, 0.45 + 0.19 * len(self.sizes)), layout="constrained")
        finite = [size.value_nm for size in self.sizes if math.isfinite(size.value_nm)]
        left, right = min(finite) / 2.0, max(finite) * 6.0  # the right margin holds the last number
        for row, size in enumerate(self.sizes):
            ax.axhline(row, color="0.88", lw=0.5, zorder=0)
            marker, edge, face = _MARKERS[size.kind]
            style: dict[str, Any] = {"markeredgecolor": edge, "markerfacecolor": face, "markersize": 5}
            text: dict[str, Any] = {"va": "center", "fontsize": 6.5}
            if math.isnan(size.value_nm):
                ax.text(math.sqrt(left * right), row, "not defined", ha="center", style="italic", **text)
            elif math.isinf(size.value_nm):  # never reached: an arrow at the right edge
                ax.plot([right / 1.4], [row], marker=">", **style)
                ax.text(right / 1.8, row, "never", ha="right", **text)
            else:
                ax.plot([size.value_nm], [row], marker=marker, **style)
                ax.text(size.value_nm * 1.25, row, f"{size.value_nm:.3g}", ha="left", **text)
        ax.set(xscale="log", xlim=(left, right), ylim=(len(self.sizes) - 0.5, -0.5))
        ax.set_yticks(range(len(self.sizes)), [size.name for size in self.sizes], fontsize=6.5, family=_FONT)
        ax.tick_params(axis="y", length=0)
        ax.tick_params(axis="x", labelsize=7)
        ax.xaxis.set_major_formatter("{x:g}")
        ax.set_xlabel("radius (nm)", fontsize=8)
        ax.set_title(self.material.name, fontsize=8)
        return ax

    def __repr__(self) -> str:
        return f"SizeMap({self.material.name}, {len(self.sizes)} sizes)"

    def _repr_html_(self) -> str:
        """The drawing and the table, for a notebook."""
        title, head, rows = self.to_table()
        noted = [(*row, size.note) for row, size in zip(rows, self.sizes, strict=True)]
        height_in = 0.45 + 0.22 * len(self.sizes)
        return notebook_html(self.plot, (4.8, height_in), (title, (*head, "note"), noted))


def size_map(material_or_name: Material | str) -> SizeMap:
    """All critical sizes of a material.

    Examples
    --------
    >>> iron = size_map("iron")
    >>> for key in ("exchange_length", "nucleation_ansatz", "flux_quantum", "superparamagnetic"):
    ...     print(f"{iron[key].name}: {iron[key].value_nm:.2f} nm")
    exchange length: 2.35 nm
    vortex nucleation, Ansatz: 9.47 nm
    flux quantum, B = μ₀Ms: 17.55 nm
    superparamagnetic: 8.02 nm
    """
    chosen = material(material_or_name)
    return SizeMap(chosen, _sizes(chosen))


# A row is key, name, kind, value in metres, formula, source, note.
# fmt: off
def _sizes(chosen: Material) -> tuple[Size, ...]:
    radius, adams, brown = nucleation_radius(chosen), "Adams & Michels 2026", "Brown 1963; Aharoni 2000"
    flux, shi, mu0Ms = "sqrt(Phi0/(pi B)), Phi0 = h/2e", "Shi 2025, Eq. 4", chosen.mu0Ms_T
    density = bohr_magnetons_per_m3(chosen)

    def reached(value_m: float) -> str:
        never = "The anisotropy holds the uniform state in zero field at any radius."
        return "" if math.isfinite(value_m) else never

    return (
        Size("exchange_length", "exchange length", "exchange", chosen.exchange_length_m,
             "l_ex = sqrt(2A/(mu0 Ms^2))", f"{adams}, Eq. S26",
             "A length, not a radius: what cells must resolve."),
        Size("nucleation_ansatz", "vortex nucleation, Ansatz", "nucleation", radius.exact_m,
             "sqrt(15) l_ex [1 - 6 Ku/(mu0 Ms^2)]^(-1/2)",
             f"{adams}, Eq. 10 with the exact demagnetisation curvature 2/15", reached(radius.exact_m)),
        Size("nucleation_paper", "vortex nucleation, as printed", "nucleation", radius.paper_m,
             "(42 sqrt(5)/25) l_ex [1 - (3528/625) Ku/(mu0 Ms^2)]^(-1/2)",
             f"{adams}, Eq. 10", reached(radius.paper_m)),
        Size("curling", "curling (Brown)", "nucleation", radius.brown_m,
             "q sqrt(3) l_ex [1 - 6 Ku/(mu0 Ms^2)]^(-1/2), q = 2.0816", brown, reached(radius.brown_m)),
        Size("crossing_ansatz", "vortex = coherent, Ansatz", "nucleation", radius.crossing_ansatz_m,
             "sqrt(15) l_ex", f"{adams}, Eqs. 11 and S32 with the exact curvature"),
        Size("crossing_curling", "curling = coherent", "nucleation", radius.crossing_brown_m,
             "q sqrt(3) l_ex, q = 2.0816", brown),
        Size("flux_quantum", "flux quantum, B = μ₀Ms", "flux", float(flux_quantum_radius_m(mu0Ms)),
             f"{flux}, B = mu0 Ms", shi),
        Size("flux_quantum_sphere", "flux quantum, B = ⅔μ₀Ms", "flux",
             float(flux_quantum_radius_m(2.0 / 3.0 * mu0Ms)), f"{flux}, B = (2/3) mu0 Ms", shi,
             "B inside an isolated, uniformly magnetised sphere."),
        *(Size(f"dipoles_{count}", f"{count:,} Bohr magneton{'s' if count > 1 else ''}", "counting",
               float(dipole_radius_m(count, density)), "(3N/(4 pi n))^(1/3), n = Ms/mu_B",
               "Shi 2025, Table I; Shi & Cardwell 2026, Sec. 1.6", note)
          for count, note in ((1, ""), (100, "1/epsilon^2 for 10 %."), (10_000, "1/epsilon^2 for 1 %."))),
        Size("dipole_printed_density", "1 dipole at 10²³ m⁻³", "counting", float(dipole_radius_m(1.0, 1e23)),
             "(3/(4 pi n))^(1/3), n = 1e23 m^-3", "Shi 2025, Table I",
             "Called an atomic density in the paper; "
             f"{chosen.name} has {density:.2g} Bohr magnetons per m^3."),
        Size("superparamagnetic", "superparamagnetic", "heat",
             float(superparamagnetic_radius_m(chosen.Ku_J_per_m3)), "Ku (4 pi/3) R^3 = 25 kT, T = 300 K",
             "Bean & Livingston 1959", _barrier_note(chosen.Ku_J_per_m3)),
    )
# fmt: on


def _barrier_note(Ku_J_per_m3: float) -> str:
    """What the superparamagnetic radius takes for granted, or why there is none."""
    if Ku_J_per_m3 == 0.0:
        return "Not defined: without anisotropy there is no barrier, a moment of any size turns freely."
    if Ku_J_per_m3 < 0.0:
        plane_nm = float(superparamagnetic_radius_m(-Ku_J_per_m3)) * 1e9
        return (
            "Not defined: with Ku < 0 the axis is hard and the moment turns freely in the plane across it. "
            f"|Ku| V, the cost of leaving that plane, is 25 kT at {plane_nm:.3g} nm."
        )
    return (
        "For a uniaxial barrier Ku V. A cubic crystal has K1 V/4 (K1 > 0) or |K1| V/12 (K1 < 0): the radius "
        "is then 1.59 or 2.29 times as large."
    )
