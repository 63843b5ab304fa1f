"""Uniaxial magnetocrystalline anisotropy, first and second order.

In: Ku1 and Ku2 in J/m^3, their axis and Ms of every cell.
Out: B = [2 Ku1 (m.u) + 4 Ku2 (m.u)^3] u / Ms in tesla, added to a field; the energy density is
-Ku1 (m.u)^2 - Ku2 (m.u)^4, without offset.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
DOUBLE = np.dtype(np.float64)


class UniaxialAnisotropy:
    """Anisotropy term of a list of cells.

    Parameters
    ----------
    first, second, saturation : arrays, shape (N,)
        Ku1 and Ku2 in J/m^3 and Ms in A/m.
    axis : array, shape (3, N)
        Easy axis; normalised here, a zero axis switches the term off in that cell.
    dtype : dtype
        Precision of the fields.
    """

    def __init__(
        self, first: Array, second: Array, axis: Array, saturation: Array, dtype: np.dtype = DOUBLE
    ) -> None:
        self.axis = normalised(axis).astype(dtype, copy=False)
        self.first_T = over_saturation(2 * first, saturation).astype(dtype, copy=False)
        self.second_T = over_saturation(4 * second, saturation).astype(dtype, copy=False)
        self.quadratic = not self.second_T.any()

    def add_field(self, m: Array, field: Array) -> None:
        """Add the anisotropy field in T of unit vectors `m`, shape (3, N), to `field`."""
        _add_uniaxial(m, self.axis, self.first_T, self.second_T, field)

    def energy_T(self, m: Array) -> Array:
        """Energy of each cell over its moment, in T, shape (N,)."""
        square = np.sum(m * self.axis, axis=0) ** 2
        return -self.first_T / 2 * square - self.second_T / 4 * square**2


def normalised(axis: Array) -> Array:
    """Vectors (3, N) divided by their lengths; zero stays zero."""
    length = np.sqrt(np.sum(axis**2, axis=0))
    return np.divide(axis, length, out=np.zeros_like(axis), where=length > 0)


def over_saturation(constant: Array, saturation: Array) -> Array:
    """A constant over Ms, in T; zero where Ms is."""
    return np.divide(constant, saturation, out=np.zeros_like(constant), where=saturation > 0)


@numba.njit(cache=True)
def _add_uniaxial(m, axis, first, second, field):  # type: ignore[no-untyped-def]
    for i in range(m.shape[1]):
        along = m[0, i] * axis[0, i] + m[1, i] * axis[1, i] + m[2, i] * axis[2, i]
        b = (first[i] + second[i] * along * along) * along
        field[0, i] += b * axis[0, i]
        field[1, i] += b * axis[1, i]
        field[2, i] += b * axis[2, i]
