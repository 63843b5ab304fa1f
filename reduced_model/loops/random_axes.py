"""Loops of the vortex model averaged over random easy axes: the powder of equal spheres.

In: fields, a radius, a material, a model, a number of orientations.
Out: `OrientationAverage`: the mean loop with the single ones behind it; it draws itself.

The field is along z and the axes are spread evenly over the sphere; a loop depends on the angle beta alone,
so the mean is a Gauss-Legendre sum over cos(beta). Spheres do not interact. Where they switch one after
another the mean is a staircase with an error of about 1/orientations.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from reduced_model.errors import Array, column, whole
from reduced_model.loops.loop import ModelLoop, OnStep, field_loop, in_parallel
from reduced_model.loops.observables import BranchObservables, branch_table, loop_observables
from reduced_model.loops.path import draw_branches
from reduced_model.loops.stoner_wohlfarth import random_axes
from reduced_model.materials import Material, material
from reduced_model.models import Model
from reduced_model.results import Result, Table, axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ORIENTATIONS = 2000
"""The mean converges as 1/orientations at worst; beyond this, memory goes before accuracy comes."""


@dataclass(frozen=True, eq=False)
class OrientationAverage(Result):
    """Mean over random easy axes; arrays (n,) in path order."""

    B_T: Array
    mz: Array
    """Mean magnetisation along the field."""
    nu: Array
    """Mean vortex parameter."""
    beta_rad: Array
    """Angles (k,) between easy axis and field."""
    weights: Array
    """Their weights (k,), which sum to one."""
    loops: tuple[ModelLoop, ...]
    """The loop of each angle."""

    table_columns = ("B_T", "mz", "nu")

    def to_dict(self) -> dict[str, Any]:
        """The mean loop by column name, with its settings and observables."""
        columns = self.columns("beta_rad", "weights")
        return {**self.loops[0].settings, **columns, "observables": self.observables()}

    @property
    def title(self) -> str:
        """Material, radius, model and number of axes in a few words."""
        return f"{self.loops[0].title}, {len(self.loops)} random axes"

    def to_table(self) -> Table:
        """The observables for people: title, header, rows."""
        return branch_table(self.title, self.observables())

    def observables(self) -> tuple[BranchObservables, ...]:
        """Remanence, coercive field, nucleation, annihilation of the mean loop."""
        return loop_observables(self.B_T, self.mz, order=self.nu, jump_threshold=2.0)  # a staircase has none

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """The mean loop over the single ones; returns the axes."""
        ax = axes_for(ax)
        for loop in self.loops[:: max(1, len(self.loops) // 8)]:
            ax.plot(loop.B_T, loop.mz, color="0.8", linewidth=0.6, zorder=0)
        return draw_branches(ax, self.B_T, self.mz, self.title, color="#0b3c7d")


def orientation_average(
    B_T: ArrayLike,
    *,
    radius_m: float,
    material_or_name: Material | str = "iron",
    model: Model | str = Model.DOUBLE_PRIME,
    orientations: int = 64,
    workers: int | None = None,
    on_step: OnStep | None = None,
) -> OrientationAverage:
    """Loops of equal spheres with random easy axes, averaged.

    Parameters
    ----------
    B_T, radius_m, material_or_name, model
        As for `field_loop`; the material's axis is replaced by random ones.
    orientations : int
        Number of angles, 2 to 2000.
    workers, on_step
        As for `in_parallel`.

    Examples
    --------
    >>> mean = orientation_average(np.linspace(1, -1, 201), radius_m=20e-9, orientations=16)
    >>> print(f"{mean.observables()[0].remanence:.3f}")
    0.098
    """
    path, chosen = column("B_T", B_T), material(material_or_name)
    beta, weights = random_axes(whole("orientations", orientations, 2, MOST_ORIENTATIONS))
    magnets = [dataclasses.replace(chosen, axis=(math.sin(b), 0.0, math.cos(b))) for b in beta]

    def follow(magnet: Material) -> ModelLoop:
        return field_loop(path, radius_m=radius_m, material=magnet, model=model)

    loops = in_parallel(follow, magnets, workers, on_step)
    mean, order = (weights @ np.array([getattr(loop, name) for loop in loops]) for name in ("mz", "nu"))
    return OrientationAverage(path, mean, order, beta, weights, tuple(loops))
