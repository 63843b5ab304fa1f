"""Loops of the vortex model averaged over random easy axes: the powder of equal spheres.

In: fields, a radius, a material, a model, a number of orientations.
Out: `OrientationAverage`: the mean loop with the single ones behind it; it draws itself.

The field is along z and the axes are spread evenly over the sphere; a loop depends on the angle beta alone,
so the mean is a Gauss-Legendre sum over cos(beta). Spheres do not interact. Where they switch one after
another the mean is a staircase with an error of about 1/orientations.
"""

import dataclasses
import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reduced_model.errors import ModelError, column
from reduced_model.loops.loop import ModelLoop, field_loop
from reduced_model.loops.observables import BranchObservables, branch_table, branches, loop_observables
from reduced_model.materials import Material, material
from reduced_model.tables import Table
from reduced_model.vortex.hamiltonian import Model
from reduced_model.vortex.profiles import profile_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
OnStep = Callable[[int, int], None]
"""Called with the steps done and their number."""
Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_ORIENTATIONS = 2000
"""The mean converges as 1/orientations at worst; beyond this, memory goes before accuracy comes."""


@dataclass(frozen=True, eq=False)
class OrientationAverage:
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

    def to_dict(self) -> dict[str, Any]:
        """The mean loop by column name, with its settings and observables."""
        names = ("B_T", "mz", "nu", "beta_rad", "weights")
        return {
            "model": self.loops[0].model,
            "radius_nm": round(self.loops[0].radius_m * 1e9, 9),
            "material": self.loops[0].material.name,
            **{name: getattr(self, name) for name in names},
            "observables": self.observables(),
        }

    def to_table(self) -> Table:
        """The observables for people: title, header, rows."""
        one, axes = self.loops[0], f"{len(self.loops)} random axes"
        title = f"{one.material.name}, R = {one.radius_m * 1e9:g} nm, {one.model}, {axes}"
        return branch_table(title, self.observables())

    def observables(self) -> tuple[BranchObservables, ...]:
        """Remanence, coercive field, nucleation, annihilation of the mean loop."""
        return loop_observables(self.B_T, self.mz, order=self.nu, jump_threshold=2.0)  # a staircase has none

    def to_frame(self) -> "pd.DataFrame":
        """The mean loop as a table."""
        import pandas as pd

        return pd.DataFrame({"B_T": self.B_T, "mz": self.mz, "nu": self.nu})

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """The mean loop over the single ones; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        for loop in self.loops[:: max(1, len(self.loops) // 8)]:
            ax.plot(loop.B_T, loop.mz, color="0.8", linewidth=0.6, zorder=0)
        for first, last in branches(self.B_T):
            rows = slice(first, last + 1)
            line, label = ("-", "falling") if self.B_T[last] < self.B_T[first] else ("--", "rising")
            ax.plot(self.B_T[rows], self.mz[rows], line, color="#0b3c7d", label=label)
        one = self.loops[0]
        title = f"{one.material.name}, R = {one.radius_m * 1e9:g} nm, {one.model}, {len(self.loops)} axes"
        ax.set(xlabel=r"$B_0$ (T)", ylabel=r"$\langle m_z\rangle$", title=title)
        ax.legend(frameon=False)
        return ax


def orientation_average(
    B_T: ArrayLike,
    *,
    radius_m: float,
    material_or_name: Material | str = "iron",
    model: Model = "H''",
    orientations: int = 64,
    workers: int | None = None,
    on_step: OnStep | None = None,
) -> OrientationAverage:
    """Loops of equal spheres with random easy axes, averaged.

    Parameters
    ----------
    B_T : (n,) path of fields along z
    radius_m, model : as for `field_loop`
    material_or_name : its axis is replaced by random ones
    orientations : number of angles, 2 to 2000
    workers : loops computed at a time; as many as there are cores if None
    on_step : called with the loops done and their number

    Raises
    ------
    ModelError
        If a parameter is out of range.

    Examples
    --------
    >>> mean = orientation_average(np.linspace(1, -1, 201), radius_m=20e-9, orientations=16)
    >>> print(f"{mean.observables()[0].remanence:.3f}")
    0.098
    """
    path = column("B_T", B_T)
    chosen = material(material_or_name)
    if not isinstance(orientations, (int, np.integer)) or not 2 <= orientations <= MOST_ORIENTATIONS:
        raise ModelError.of("orientations", orientations, f"an integer from 2 to {MOST_ORIENTATIONS}")
    nodes, weights = np.polynomial.legendre.leggauss(int(orientations))
    beta = np.arccos(0.5 * (nodes + 1.0))
    axes = [(math.sin(b), 0.0, math.cos(b)) for b in beta]
    magnets = [dataclasses.replace(chosen, axis=axis) for axis in axes]

    def follow(magnet: Material) -> ModelLoop:
        return field_loop(path, radius_m=radius_m, material=magnet, model=model)

    loops = in_parallel(follow, magnets, workers, on_step)
    share = 0.5 * weights
    mean = share @ np.array([loop.mz for loop in loops])
    order = share @ np.array([loop.nu for loop in loops])
    for values in (mean, order):
        values.flags.writeable = False
    return OrientationAverage(path, mean, order, beta, share, tuple(loops))


def in_parallel(
    work: Callable[[Item], Result],
    items: list[Item],
    workers: int | None = None,
    on_step: OnStep | None = None,
) -> list[Result]:
    """Map over items in threads, in order; the loop kernel holds no lock.

    Raises
    ------
    ModelError
        If `workers` is not a positive integer; and whatever `work` raises.
    """
    if workers is not None and (not isinstance(workers, (int, np.integer)) or workers < 1):
        raise ModelError.of("workers", workers, "a positive integer, or None for every core")
    profile_table()  # once, before the threads
    results = []
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        for result in pool.map(work, items):
            results.append(result)
            if on_step is not None:
                on_step(len(results), len(items))
    return results
