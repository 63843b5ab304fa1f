"""Uniaxial magnetocrystalline anisotropy, first order.

In: Ku1 in J/m^3, its axis and Ms of every cell.
Out: B = (2 Ku1/Ms) (m.u) u in tesla, added to a field; the energy is -Ku1 (m.u)^2 V, without offset.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


class UniaxialAnisotropy:
    """Anisotropy term of a list of cells.

    Parameters
    ----------
    constant, saturation : arrays, shape (N,)
        Ku1 in J/m^3 and Ms in A/m.
    axis : array, shape (3, N)
        Easy axis; normalised here, a zero axis switches the term off in that cell.
    """

    def __init__(
        self, constant: NDArray[np.float64], axis: NDArray[np.float64], saturation: NDArray[np.float64]
    ) -> None:
        length = np.sqrt(np.sum(axis**2, axis=0))
        self.axis = np.divide(axis, length, out=np.zeros_like(axis), where=length > 0)
        self.strength = np.divide(2 * constant, saturation, out=np.zeros_like(constant), where=saturation > 0)

    def add_field(self, m: NDArray[np.float64], field: NDArray[np.float64]) -> None:
        """Add the anisotropy field in T of unit vectors `m`, shape (3, N), to `field`."""
        _add_uniaxial(m, self.axis, self.strength, field)


@numba.njit(cache=True)
def _add_uniaxial(m, axis, strength, field):  # type: ignore[no-untyped-def]
    for i in range(m.shape[1]):
        along = m[0, i] * axis[0, i] + m[1, i] * axis[1, i] + m[2, i] * axis[2, i]
        b = strength[i] * along
        field[0, i] += b * axis[0, i]
        field[1, i] += b * axis[1, i]
        field[2, i] += b * axis[2, i]
