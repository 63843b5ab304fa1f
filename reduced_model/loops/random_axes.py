"""Loops of the vortex model averaged over random easy axes: the powder of equal spheres.

In: fields, a radius, a material, a model, a number of orientations.
Out: `OrientationAverage`: the mean loop with the single ones behind it; it draws itself.

The field is along z and the axes are spread evenly over the sphere; a loop depends on the angle beta alone,
so the mean is a Gauss-Legendre sum over cos(beta). Spheres do not interact. Where they switch one after
another the mean is a staircase with an error of about 1/orientations. The coercive field does not hang on the
field step: loops follow their branches exactly, so fields are added where the mean changes sign.
"""

import math
from dataclasses import dataclass, replace
from functools import partial
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
from reduced_model.results import BLUE, Result, Table, axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ORIENTATIONS = 2000
"""The mean converges as 1/orientations at worst; beyond this, memory goes before accuracy comes."""
REFINEMENTS, DIVISIONS = 2, 64
"""How often, and into how many parts, the step with the coercive field is divided: 5 mT become 1.2 uT."""


@dataclass(frozen=True, eq=False, repr=False)
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
    found: tuple[BranchObservables, ...]
    """What `observables` gives."""

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
        """Remanence, coercive field, nucleation, annihilation of the mean loop.

        The coercive field is located to a few microtesla whatever the field step; its error is what another
        number of axes changes. The other errors are half a field step.
        """
        return self.found

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """The mean loop over the single ones; returns the axes."""
        ax = axes_for(ax)
        for loop in self.loops[:: max(1, len(self.loops) // 8)]:
            ax.plot(loop.B_T, loop.mz, color="0.8", linewidth=0.6, zorder=0)
        return draw_branches(ax, self.B_T, self.mz, self.title, color=BLUE)


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
    k = whole("orientations", orientations, 2, MOST_ORIENTATIONS)

    def mean(fields: Array, axes: int, on_step: OnStep | None = None) -> tuple[list[ModelLoop], Array, Array]:
        """The loops of so many axes, and their mean m_z and nu."""
        beta, weights = random_axes(axes)
        magnets = [replace(chosen, axis=(math.sin(b), 0.0, math.cos(b))) for b in beta]
        follow = partial(_loop, fields, radius_m, model)
        loops = in_parallel(follow, magnets, workers, on_step)
        return loops, *(weights @ np.array([getattr(loop, name) for loop in loops]) for name in ("mz", "nu"))

    def located(fields: Array, mz: Array, nu: Array, axes: int) -> tuple[BranchObservables, ...]:
        """Observables, with more fields where the mean changes sign."""
        for _ in range(REFINEMENTS):
            fields = _more_at_sign_changes(fields, mz)
            _, mz, nu = mean(fields, axes)
        return loop_observables(fields, mz, order=nu, jump_threshold=2.0)  # a staircase has no jumps

    loops, mz, nu = mean(path, k, on_step)
    others = k // 2 if k > 3 else 16
    other = located(path, *mean(path, others)[1:], others)
    found = tuple(
        replace(b, coercive_error_T=b.coercive_error_T + abs(b.coercive_field_T - o.coercive_field_T))
        for b, o in zip(located(path, mz, nu, k), other, strict=True)
    )
    return OrientationAverage(path, mz, nu, *random_axes(k), tuple(loops), found)


def _loop(fields: Array, radius_m: float, model: Model | str, magnet: Material) -> ModelLoop:
    return field_loop(fields, radius_m=radius_m, material=magnet, model=model)


def _more_at_sign_changes(B_T: Array, m: Array) -> Array:
    """The path with every step in which m changes sign divided."""
    parts = [B_T[:1]]
    for i in range(B_T.size - 1):
        divided = m[i] * m[i + 1] < 0.0 and B_T[i] != B_T[i + 1]
        parts.append(np.linspace(B_T[i], B_T[i + 1], DIVISIONS + 1)[1:] if divided else B_T[i + 1 : i + 2])
    return np.concatenate(parts)
