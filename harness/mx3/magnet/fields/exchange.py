"""Isotropic exchange between nearest-neighbour cells.

In: the neighbours of every magnetic cell, the exchange stiffness and the saturation magnetisation.
Out: B = (2/Ms) sum_j A_ij (m_j - m_i) / D_j^2 in tesla, added to a field. A missing neighbour means no flux
through that face. Between cells of stiffness a and b A_ij is what MuMax3 3.11.1 takes: their harmonic mean;
sqrt(sqrt(-a b) |a + b|/2) with the sign of a + b where signs differ; nothing where a cell has no Ms. The fill
of a cell does not weight the coupling.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


class Exchange:
    """Exchange term of a list of cells.

    Parameters
    ----------
    neighbours : int32 array, shape (6, N)
        Index of the neighbour along -x, +x, -y, +y, -z, +z; the cell itself where there is none.
    cell : (dx, dy, dz)
        Cell edges in m.
    stiffness, saturation : arrays, shape (N,)
        A in J/m and Ms in A/m of every cell.
    dtype : dtype
        Precision of the fields.
    smooth : bool
        Whether the surface cuts cells at any angle. At a facet that only stands for it m changes along the
        surface in the outer half of a cell too: where a neighbour is missing, the bond opposite counts for
        that half as well.
    """

    def __init__(
        self,
        neighbours: NDArray[np.int32],
        cell: tuple[float, float, float],
        stiffness: NDArray[np.floating],
        saturation: NDArray[np.floating],
        dtype: np.dtype,
        smooth: bool = False,
    ) -> None:
        self.neighbours = neighbours
        stiffness = np.where(saturation > 0, stiffness, 0.0)
        coupling = 2 * stiffness_between(stiffness, stiffness[neighbours]) / np.repeat(cell, 2)[:, None] ** 2
        coupling = np.divide(coupling, saturation, out=np.zeros_like(coupling), where=saturation > 0)
        if smooth:
            missing = neighbours == np.arange(neighbours.shape[1])
            behind = missing[[1, 0, 3, 2, 5, 4]]  # this cell lacks the neighbour opposite, or that one does
            coupling = coupling * (1 + behind / 2 + np.take_along_axis(missing, neighbours, axis=1) / 2)
        self.coupling = coupling.astype(dtype, copy=False)

    def add_field(self, m: NDArray[np.floating], field: NDArray[np.floating]) -> None:
        """Add the exchange field in T of unit vectors `m`, shape (3, N), to `field`."""
        _add_exchange(m, self.neighbours, self.coupling, field)

    def softest_T(self, n: tuple[int, int, int]) -> float:
        """Smallest field in T of half a turn along a side of `n` cells; inf without exchange along any."""
        largest = np.abs(self.coupling).reshape(3, -1).max(axis=1)
        fields = largest * (np.pi / np.array(n)) ** 2
        return float(fields.min(where=fields > 0, initial=np.inf))

    @property
    def largest_eigenvalue_T(self) -> float:
        """Upper bound of the spectrum of -dB/dm (Gershgorin), in T."""
        return float(2 * np.abs(self.coupling).sum(axis=0).max(initial=0.0))


def stiffness_between(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.floating]:
    """Exchange stiffness in J/m that acts between cells of stiffness `a` and `b`, cell by cell.

    The harmonic mean; where the signs differ, sign(a + b) sqrt(sqrt(-a b) |a + b| / 2), which is MuMax3's.
    """
    total, product = a + b, a * b
    harmonic = np.divide(2 * product, total, out=np.zeros_like(total), where=(total != 0) & (product > 0))
    mixed = np.sign(total) * np.sqrt(np.sqrt(np.maximum(-product, 0)) * np.abs(total) / 2)
    return np.where(product < 0, mixed, harmonic)


@numba.njit(cache=True)
def _add_exchange(m, neighbours, coupling, field):  # type: ignore[no-untyped-def]
    zero = m.dtype.type(0)
    for i in range(m.shape[1]):
        x, y, z = m[0, i], m[1, i], m[2, i]
        bx = by = bz = zero
        for k in range(6):
            j, c = neighbours[k, i], coupling[k, i]
            bx += c * (m[0, j] - x)
            by += c * (m[1, j] - y)
            bz += c * (m[2, j] - z)
        field[0, i] += bx
        field[1, i] += by
        field[2, i] += bz
