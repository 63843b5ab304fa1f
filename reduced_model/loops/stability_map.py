"""Where the uniform state of a sphere is stable: against radius and field, and against radius and anisotropy.

In: a material with its easy axis along the field; radii or anisotropy constants.
Out: `StabilityDiagram` in (R, B), with the field at which a loop leaves the uniform state, and
`NucleationMap` in (R, Ku), zero field; both draw themselves.

Two instabilities end the uniform state as the field falls: it curls (a vortex nucleates) or it rotates
coherently. The first to come decides; the radius at which they change places is the crossing radius, and
below it the sphere is a macrospin.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reduced_model.errors import Array, ModelError, column, non_negative_values, positive_values
from reduced_model.loops.loop import field_loop
from reduced_model.materials import Material, material
from reduced_model.nucleation.crossings import energy_crossing
from reduced_model.nucleation.spinodals import NucleationRadius, nucleation_field, nucleation_radius
from reduced_model.results import BLUE, GREEN, ORANGE, Result, axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SOLID, _DASHED, _DOTTED, _LONG = "-", (0, (4, 1.5)), (0, (1, 1.5)), (0, (6, 2))


@dataclass(frozen=True, eq=False, repr=False)
class StabilityDiagram(Result):
    """Fields at which the uniform state ends, coming from saturation; arrays (n,), one value a radius."""

    radius_m: Array
    ansatz_T: Array
    """Vortex nucleation within the Ansatz."""
    paper_T: Array
    """The same with the curvature 125/882 of a fitted g_d (Adams & Michels 2026, Eq. 11)."""
    brown_T: Array
    """Curling, exact."""
    coherent_T: Array
    """Coherent rotation."""
    lost_T: Array
    """Where the loop of H'' leaves the uniform state, by following it."""
    nucleates: NDArray[np.bool_]
    """Whether it leaves for a vortex (or else rotates)."""
    crossings: NucleationRadius
    material: Material

    table_columns = ("radius_m", "ansatz_T", "paper_T", "brown_T", "coherent_T", "lost_T", "nucleates")

    @property
    def paper_offset_T(self) -> Array:
        """How far Eq. 11 lies above the loop's own nucleation; nan where no vortex nucleates."""
        return np.where(self.nucleates, self.paper_T - self.lost_T, np.nan)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Both instabilities and the crossing radii, with the loop's loss of stability; returns the axes."""
        ax = axes_for(ax)
        radius_nm = self.radius_m * 1e9
        uniform = np.maximum(self.brown_T, self.coherent_T)
        top = 1.1 * float(uniform.max()) + 0.02
        bottom = 1.6 * float(self.coherent_T.min()) - 0.02
        ax.fill_between(radius_nm, uniform, top, color="0.93", linewidth=0.0, label="uniform state stable")
        ax.plot(radius_nm, self.brown_T, color="0.45", linestyle=_DOTTED, label="curling (Brown)")
        ax.plot(radius_nm, self.ansatz_T, color=BLUE, label="vortex (Ansatz)")
        ax.plot(radius_nm, self.paper_T, color="0.0", linestyle=_LONG, linewidth=0.8, label="Eq. 11")
        ax.plot(radius_nm, self.coherent_T, color=ORANGE, linestyle=_DASHED, label="coherent rotation")
        shown = slice(None, None, max(1, radius_nm.size // 24))
        marks: dict[str, Any] = {"color": BLUE, "markersize": 2.6, "label": "loops of H″"}
        ax.plot(radius_nm[shown], self.lost_T[shown], "o", **marks)
        for crossing in (self.crossings.crossing_ansatz_m, self.crossings.crossing_brown_m):
            ax.axvline(crossing * 1e9, color="0.7", linewidth=0.6, zorder=0)
        ax.set(xlabel="radius (nm)", ylabel=r"$\mu_0 H$ (T)", ylim=(bottom, top))
        ax.set_xlim(radius_nm[0], radius_nm[-1])
        ax.legend(loc="lower right", fontsize="small")
        return ax


@dataclass(frozen=True, eq=False, repr=False)
class NucleationMap(Result):
    """Critical radii in zero field against anisotropy, arrays (n,); infinite where there is none."""

    Ku_J_per_m3: Array
    exact_m: Array
    """Vortex nucleation within the Ansatz."""
    paper_m: Array
    """As printed (Eq. 10)."""
    brown_m: Array
    """Curling."""
    energy_ansatz_m: Array
    """Where the Ansatz' lowest vortex has the energy of the uniform state."""
    energy_brown_m: Array
    """The same for Brown's texture (Eq. S28): the radius the paper quotes (Eq. S27)."""
    crossing_ansatz_m: float
    """Below it the sphere rotates coherently, whatever its anisotropy (Ansatz)."""
    crossing_brown_m: float
    """The same in the continuum; also Brown's lower bound of every vortex."""
    material: Material

    table_columns = ("Ku_J_per_m3", "exact_m", "paper_m", "brown_m", "energy_ansatz_m", "energy_brown_m")

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """The radii against Ku; returns the axes."""
        ax = axes_for(ax)
        Ku = self.Ku_J_per_m3 * 1e-3
        lines = (
            ("nucleation, Ansatz", self.exact_m, BLUE, _SOLID),
            ("Eq. 10", self.paper_m, "0.0", _LONG),
            ("curling (Brown)", self.brown_m, "0.45", _DOTTED),
            ("energies cross, Ansatz", self.energy_ansatz_m, GREEN, (0, (5, 1.5, 1, 1.5))),
            ("energies cross, Eq. S28", self.energy_brown_m, ORANGE, _DASHED),
        )
        for label, radius, color, dashes in lines:
            shown = np.where(np.isfinite(radius), radius * 1e9, np.nan)
            ax.plot(Ku, shown, color=color, linestyle=dashes, label=label)
        ax.axhline(self.crossing_ansatz_m * 1e9, color="0.7", linewidth=0.6, label="macrospin below")
        top = 6 * self.crossing_ansatz_m * 1e9
        ax.set(xlabel=r"$K_{\rm u}$ (kJ/m$^3$)", ylabel="radius (nm)", ylim=(0, top))
        ax.set_xlim(Ku[0], Ku[-1])
        ax.legend(loc="upper left", fontsize="small")
        return ax


def stability_diagram(
    material_or_name: Material | str = "iron", radius_m: ArrayLike | None = None
) -> StabilityDiagram:
    """The end of the uniform state against rising radii (n,), for an easy axis along the field.

    The radii are by default from a third of the crossing radius to three times it.

    Examples
    --------
    >>> diagram = stability_diagram("iron", [8e-9, 12e-9, 20e-9])
    >>> diagram.nucleates.tolist(), (diagram.paper_offset_T * 1e3).round(2).tolist()
    ([False, True, True], [nan, 44.81, 44.81])
    """
    chosen = material(material_or_name)
    crossings = nucleation_radius(chosen)
    if radius_m is None:
        radius_m = crossings.crossing_ansatz_m * np.linspace(1.0 / 3.0, 3.0, 241)
    radius = _rising("radius_m", positive_values("radius_m", column("radius_m", radius_m)))
    rows = [(*dataclasses.astuple(nucleation_field(chosen, R)), *_lost(chosen, R)) for R in radius.tolist()]
    ansatz, paper, brown, coherent, lost, nucleates = map(np.array, zip(*rows, strict=True))
    return StabilityDiagram(radius, ansatz, paper, brown, coherent, lost, nucleates, crossings, chosen)


def nucleation_map(
    material_or_name: Material | str = "iron", Ku_J_per_m3: ArrayLike | None = None
) -> NucleationMap:
    """Critical radii in zero field against rising anisotropy constants (n,) >= 0, for an easy axis along z.

    The constants are by default from 0 to mu0 Ms^2/5, beyond where all radii diverge.

    Examples
    --------
    >>> radii = nucleation_map("iron", [0.0, 4.8e4])
    >>> (radii.exact_m * 1e9).round(3).tolist(), (radii.energy_brown_m * 1e9).round(2).tolist()
    ([9.089, 9.472], [10.63, 11.05])
    """
    chosen = material(material_or_name)
    if Ku_J_per_m3 is None:
        Ku_J_per_m3 = chosen.magnetostatic_J_per_m3 / 5.0 * np.linspace(0.0, 1.0, 201)
    constants = column("Ku_J_per_m3", Ku_J_per_m3)
    constants = _rising("Ku_J_per_m3", non_negative_values("Ku_J_per_m3", constants))
    scaled = [dataclasses.replace(chosen, Ku_J_per_m3=float(Ku)) for Ku in constants]
    rows = [
        (r.exact_m, r.paper_m, r.brown_m, energy.ansatz_m, energy.brown_m)
        for r, energy in ((nucleation_radius(each), energy_crossing(each)) for each in scaled)
    ]
    exact, paper, brown, energy_ansatz, energy_brown = map(np.array, zip(*rows, strict=True))
    crossings = nucleation_radius(chosen)  # they do not depend on Ku
    macrospin = crossings.crossing_ansatz_m, crossings.crossing_brown_m
    return NucleationMap(constants, exact, paper, brown, energy_ansatz, energy_brown, *macrospin, chosen)


def _lost(chosen: Material, radius_m: float) -> tuple[float, bool]:
    """Field at which a loop from saturation first loses stability, and whether a vortex opens there."""
    top = chosen.mu0Ms_T + chosen.anisotropy_field_T
    loop = field_loop([top, -top], radius_m=radius_m, material=chosen)  # a loop does not depend on its step
    return (loop.events[0].B_T, loop.events[0].mode == "nu") if loop.events else (math.nan, False)


def _rising(key: str, values: Array) -> Array:
    if (np.diff(values) <= 0.0).any():
        raise ModelError(f"{key} must be a row of rising numbers")
    return values
