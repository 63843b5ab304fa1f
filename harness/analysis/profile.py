"""The radial profile of a vortex (Adams & Michels 2026, Fig. 1(b)).

In: distance from the core axis and cylindrical components of every cell.
Out: a RadialProfile, binned in rho/R, that draws itself beside the Ansatz.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reduced_model.results import BLUE, GREY, ORANGE, Shown, axes_for, table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Vector = NDArray[np.float64]

_COMPONENTS = (
    ("m_phi", r"$m_\phi$", BLUE, "o", "-"),
    ("m_z", r"$m_z$", ORANGE, "s", (0, (4, 1.5))),
    ("m_rho", r"$m_\rho$", GREY, "^", (0, (1, 1.5))),
)


@dataclass(frozen=True, eq=False, repr=False)
class RadialProfile(Shown):
    """Cylindrical components in the vortex's own frame against the distance from its axis.

    Every array has one value a bin that holds cells: mean and standard deviation (the scatter of its cells,
    not an error of the mean) of the component pointing outward, along the circulation, along the core.
    """

    rho: Vector
    """Mean rho/R of the cells in the bin."""
    m_rho: Vector
    m_phi: Vector
    """Along the circulation: positive for either chirality."""
    m_z: Vector
    """Along the core axis p."""
    m_rho_std: Vector
    m_phi_std: Vector
    m_z_std: Vector
    count: NDArray[np.int64]

    def to_dataframe(self) -> "pd.DataFrame":
        """The profile as a table, one row a bin."""
        names = ("m_rho", "m_phi", "m_z")
        means = {name: getattr(self, name) for name in names}
        scatter = {f"std({name})": getattr(self, f"{name}_std") for name in names}
        return table({"rho/R": self.rho, **means, **scatter, "cells": self.count})

    def plot(self, ax: "Axes | None" = None, nu: float = float("nan")) -> "Axes":
        """Draw the binned components with their scatter, and tanh, sech and 0 of a nu, if one is given."""
        ax = axes_for(ax, figsize=(3.4, 2.5), layout="constrained")
        rho = np.linspace(0, 1, 200)
        curves = {"m_phi": np.tanh(nu * rho), "m_z": 1 / np.cosh(nu * rho), "m_rho": 0 * nu * rho}
        for name, label, color, marker, linestyle in _COMPONENTS:
            ax.plot(rho, curves[name], color=color, linestyle=linestyle, linewidth=1.1)
            style: dict[str, Any] = {"color": color, "marker": marker, "markerfacecolor": "white"}
            mean, scatter = getattr(self, name), getattr(self, f"{name}_std")
            ax.errorbar(self.rho, mean, scatter, linestyle="none", elinewidth=0.7, label=label, **style)
        ax.set(xlim=(0, 1), ylim=(-0.25, 1.15))
        ax.set(xlabel=r"distance from the core axis $\rho/R$", ylabel="component")
        return ax


def bin_profile(rho: Vector, components: Vector, n_bins: int) -> RadialProfile:
    """Mean and scatter of each component over equal bins of rho/R; bins without cells are left out."""
    bins = np.minimum((rho / max(1.0, rho.max()) * n_bins).astype(int), n_bins - 1)
    count = np.bincount(bins, minlength=n_bins)
    filled = count > 0

    def mean(values: Vector) -> Vector:
        return np.bincount(bins, values, n_bins)[filled] / count[filled]

    means = [mean(component) for component in components]
    centres = np.zeros((3, n_bins))
    centres[:, filled] = means
    out, around, along = (np.sqrt(mean((c - d[bins]) ** 2)) for c, d in zip(components, centres, strict=True))
    return RadialProfile(mean(rho), means[0], means[1], means[2], out, around, along, count[filled])
