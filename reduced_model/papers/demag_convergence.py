"""How the paper's grid scheme for g_d approaches the exact series as its grid is refined.

In: nu and a list of grid sizes K.
Out: `GridConvergence`: g_d and its error for each K, as computed and with the staircase volume divided out,
with fitted orders; and the grid's own curvature at nu = 0, which stands for 2/15 where its table is used.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reduced_model.errors import Array, ModelError, whole
from reduced_model.papers.grid_demag import grid_field, grid_g_d, grid_points
from reduced_model.results import Result, axes_for
from reduced_model.vortex.profiles import profiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DEFAULT_SIZES = (11, 15, 21, 29, 41, 57, 81)


@dataclass(frozen=True, eq=False, repr=False)
class GridConvergence(Result):
    """g_d of one nu on successive grids; arrays (n,), one value a K."""

    nu: float
    K: NDArray[np.int64]
    points: NDArray[np.int64]
    """Grid points inside the sphere."""
    volume_ratio: Array
    """Their volume over that of the sphere."""
    g_d: Array
    """As the scheme gives it (Adams & Michels 2026, Eq. S13)."""
    exact: float
    """The series of `profiles`."""

    table_columns = ("nu", "K", "points", "volume_ratio", "g_d", "exact", "error", "normalised_error")

    @property
    def error(self) -> Array:
        """g_d minus the exact value."""
        return self.g_d - self.exact

    @property
    def normalised_error(self) -> Array:
        """The same for g_d over the volume ratio: what is left when the staircase holds the right volume."""
        return self.g_d / self.volume_ratio - self.exact

    @property
    def order(self) -> float:
        """Exponent of the spacing in |error|, fitted in logarithms; the staircase makes it rough."""
        return _order(self.K, self.error)

    @property
    def normalised_order(self) -> float:
        """The same for the normalised error; nan at nu = 0, where nothing is left of it."""
        return _order(self.K, self.normalised_error)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """|error| against K on logarithmic axes, with and without the volume; returns the axes."""
        ax = axes_for(ax)
        ax.loglog(self.K, np.abs(self.error), "o-", color="0.0", label=f"as computed, order {self.order:.1f}")
        if math.isfinite(self.normalised_order):
            label = f"volume normalised, order {self.normalised_order:.1f}"
            ax.loglog(self.K, np.abs(self.normalised_error), "s--", color="0.45", label=label)
        ax.set(xlabel="grid points along an edge, K", ylabel=rf"$|g_d - $exact$|$ at $\nu = {self.nu:g}$")
        ax.set_xticks(self.K, [str(size) for size in self.K])
        ax.set_xticks([], minor=True)
        ax.legend(frameon=False)
        return ax


def grid_convergence(nu: float = 4.443, K: Sequence[int] = DEFAULT_SIZES) -> GridConvergence:
    """g_d on a sequence of grids beside the exact value (Adams & Michels 2026, Eqs. S13-S15).

    Parameters
    ----------
    nu : float
        Vortex parameter, 0 to 50.
    K : sequence of int
        At least two grid sizes, each at least 3; beyond 25 the sums are done by FFT.

    Examples
    --------
    >>> study = grid_convergence(4.443, K=(11, 21, 31))
    >>> print(study.points, study.normalised_error.round(4))
    [  515  4169 14147] [-0.0143 -0.0064 -0.0039]
    """
    sizes = sorted({whole("K", size, 3) for size in K})
    if len(sizes) < 2:
        raise ModelError.of("K", tuple(K), "at least two different integers, each at least 3")
    exact = float(profiles(nu).g_d)
    points = np.array([len(grid_points(size)) for size in sizes])
    spacing = 2.0 / (np.array(sizes) - 1.0)
    volume_ratio, g_d = points * spacing**3 / (4.0 * math.pi / 3.0), [grid_g_d(nu, K=size) for size in sizes]
    return GridConvergence(float(nu), np.array(sizes), points, volume_ratio, np.array(g_d), exact)


@cache
def grid_curvature(K: int = 21) -> float:
    """d^2 g_d/dnu^2 at nu = 0 of the grid scheme; 2/15 is exact, the paper's fit has 125/882.

    The energy is a quadratic form and m = e_z + nu m_1 + nu^2 m_2/2 + ..., with m_1 the rigid circulation and
    m_2 = -rho^2 e_z, so no difference quotient is needed.

    Examples
    --------
    >>> print(f"{grid_curvature(21):.5f}")
    0.12393
    """
    points = grid_points(K)
    swirl = np.stack((-points[:, 1], points[:, 0], np.zeros(len(points))), axis=1)
    sag = np.stack((*np.zeros((2, len(points))), -(points[:, 0] ** 2 + points[:, 1] ** 2)), axis=1)
    upright = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    density = np.sum(swirl * grid_field(swirl, K) + upright * grid_field(sag, K))
    return 2.0 * 3.0 / (8.0 * math.pi) * (2.0 / (K - 1)) ** 3 * float(density)


def _order(K: NDArray[np.int64], error: Array) -> float:
    resolved = np.abs(error) > 1e-13  # rounding
    if resolved.sum() < 2:
        return math.nan
    slope = np.polyfit(np.log(K[resolved] - 1.0), np.log(np.abs(error[resolved])), 1)[0]
    return -float(slope)
