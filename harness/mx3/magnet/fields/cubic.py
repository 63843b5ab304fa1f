"""Cubic magnetocrystalline anisotropy to eighth order in m.

In: Kc1, Kc2, Kc3 in J/m^3, two axes and Ms of every cell.
Out: the field in tesla, added to a field, of the energy density
Kc1 (a^2 b^2 + b^2 c^2 + c^2 a^2) + Kc2 a^2 b^2 c^2 + Kc3 (a^4 b^4 + b^4 c^4 + c^4 a^4),
where a, b, c are the components of m along the two axes and along their vector product.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from harness.mx3.magnet.fields.anisotropy import DOUBLE, normalised, over_saturation

Array = NDArray[np.floating]


class CubicAnisotropy:
    """Cubic anisotropy term of a list of cells.

    Parameters
    ----------
    constants : array, shape (3, N)
        Kc1, Kc2 and Kc3 in J/m^3.
    first_axis, second_axis : arrays, shape (3, N)
        Cube edges, of any length; the third is their vector product.  The caller makes them perpendicular.
    saturation : array, shape (N,)
        Ms in A/m.
    dtype : dtype
        Precision of the fields.
    """

    quadratic = False

    def __init__(
        self,
        constants: Array,
        first_axis: Array,
        second_axis: Array,
        saturation: Array,
        dtype: np.dtype = DOUBLE,
    ) -> None:
        one, two = normalised(first_axis), normalised(second_axis)
        axes = np.stack([one, two, np.cross(one, two, axis=0)])
        strength_T = over_saturation(constants, np.broadcast_to(saturation, constants.shape))
        self.axes, self.strength_T = axes.astype(dtype, copy=False), strength_T.astype(dtype, copy=False)

    def add_field(self, m: Array, field: Array) -> None:
        """Add the anisotropy field in T of unit vectors `m`, shape (3, N), to `field`."""
        _add_cubic(m, self.axes, self.strength_T, field)

    def energy_T(self, m: Array) -> Array:
        """Energy of each cell over its moment, in T, shape (N,)."""
        a, b, c = np.einsum("kci,ci->ki", self.axes, m) ** 2
        first, second, third = self.strength_T
        return (
            first * (a * b + b * c + c * a)
            + second * a * b * c
            + third * ((a * b) ** 2 + (b * c) ** 2 + (c * a) ** 2)
        )


@numba.njit(cache=True)
def _add_cubic(m, axes, strength, field):  # type: ignore[no-untyped-def]
    for i in range(m.shape[1]):
        a = axes[0, 0, i] * m[0, i] + axes[0, 1, i] * m[1, i] + axes[0, 2, i] * m[2, i]
        b = axes[1, 0, i] * m[0, i] + axes[1, 1, i] * m[1, i] + axes[1, 2, i] * m[2, i]
        c = axes[2, 0, i] * m[0, i] + axes[2, 1, i] * m[1, i] + axes[2, 2, i] * m[2, i]
        a2, b2, c2 = a * a, b * b, c * c
        k1, k2, k3 = strength[0, i], strength[1, i], strength[2, i]
        along_a = -2 * a * (k1 * (b2 + c2) + k2 * b2 * c2 + 2 * k3 * a2 * (b2 * b2 + c2 * c2))
        along_b = -2 * b * (k1 * (c2 + a2) + k2 * c2 * a2 + 2 * k3 * b2 * (c2 * c2 + a2 * a2))
        along_c = -2 * c * (k1 * (a2 + b2) + k2 * a2 * b2 + 2 * k3 * c2 * (a2 * a2 + b2 * b2))
        for d in range(3):
            field[d, i] += along_a * axes[0, d, i] + along_b * axes[1, d, i] + along_c * axes[2, d, i]
