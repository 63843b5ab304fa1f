"""Magnetocrystalline anisotropy: uniaxial to fourth order in m, cubic to eighth.

In: constants in J/m^3, axes and Ms of every cell. Out: fields in tesla, added to a field, and energies.
The energy densities, without offset, are -Ku1 (m.u)^2 - Ku2 (m.u)^4 along the axis u, and
Kc1 (a^2 b^2 + b^2 c^2 + c^2 a^2) + Kc2 a^2 b^2 c^2 + Kc3 (a^4 b^4 + b^4 c^4 + c^4 a^4),
where a, b, c are the components of m along the two cubic axes and along their vector product.
"""

from __future__ import annotations

from typing import Protocol

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


class Anisotropy(Protocol):
    """A term that acts within one cell; a quadratic one has the energy -1/2 sum M.B V."""

    quadratic: bool
    sizes_T: tuple[float, ...]
    """Largest size of each constant over the cells, in T."""
    first_axis: Array
    """An axis of the first cell, (3,)."""

    def add_field(self, m: Array, field: Array) -> None:
        """Add the term's field in T of unit vectors `m`, shape (3, N), to `field`."""

    def add_derivative(self, m: Array, v: Array, field: Array) -> None:
        """Add the derivative of the term's field at `m` along `v`, both (3, N), to `field`."""

    def energy_T(self, m: Array) -> Array:
        """Energy of each cell over its moment, in T, shape (N,)."""


class UniaxialAnisotropy:
    """B = [2 Ku1 (m.u) + 4 Ku2 (m.u)^3] u / Ms on a list of cells.

    Parameters
    ----------
    first, second, saturation : arrays, shape (N,)
        Ku1 and Ku2 in J/m^3 and Ms in A/m.
    axis : array, shape (3, N)
        Easy axis; normalised here, a zero axis switches the term off in that cell.
    dtype : dtype
        Precision of the fields.
    """

    def __init__(self, first: Array, second: Array, axis: Array, saturation: Array, dtype: np.dtype) -> None:
        self.axis = normalised(axis).astype(dtype, copy=False)
        self.first_T = over_saturation(2 * first, saturation).astype(dtype, copy=False)
        self.second_T = over_saturation(4 * second, saturation).astype(dtype, copy=False)
        self.quadratic = not self.second_T.any()
        self.sizes_T = _sizes(self.first_T, self.second_T)
        self.first_axis = self.axis[:, 0]

    def add_field(self, m: Array, field: Array) -> None:
        """Add the anisotropy field in T of unit vectors `m`, shape (3, N), to `field`."""
        _add_uniaxial(m, self.axis, self.first_T, self.second_T, field)

    def add_derivative(self, m: Array, v: Array, field: Array) -> None:
        """Add the derivative of the term's field at `m` along `v`, both (3, N), to `field`."""
        _add_uniaxial_derivative(m, v, self.axis, self.first_T, self.second_T, field)

    def energy_T(self, m: Array) -> Array:
        """Energy of each cell over its moment, in T, shape (N,)."""
        square = np.sum(m * self.axis, axis=0) ** 2
        return -self.first_T / 2 * square - self.second_T / 4 * square**2


class CubicAnisotropy:
    """Cubic anisotropy of a list of cells.

    Parameters
    ----------
    constants : array, shape (3, N)
        Kc1, Kc2 and Kc3 in J/m^3.
    one, two : arrays, shape (3, N)
        Cube edges, of any length; the third is their vector product.  The caller makes them perpendicular.
    saturation : array, shape (N,)
        Ms in A/m.
    dtype : dtype
        Precision of the fields.
    """

    quadratic = False

    def __init__(self, constants: Array, one: Array, two: Array, saturation: Array, dtype: np.dtype) -> None:
        one, two = normalised(one), normalised(two)
        axes = np.stack([one, two, np.cross(one, two, axis=0)])
        self.axes = axes.astype(dtype, copy=False)
        self.strength_T = over_saturation(constants, saturation).astype(dtype, copy=False)
        self.sizes_T = _sizes(*self.strength_T)
        self.first_axis = self.axes[0, :, 0]

    def add_field(self, m: Array, field: Array) -> None:
        """Add the anisotropy field in T of unit vectors `m`, shape (3, N), to `field`."""
        _add_cubic(m, self.axes, self.strength_T, field)

    def add_derivative(self, m: Array, v: Array, field: Array) -> None:
        """Add the derivative of the term's field at `m` along `v`, both (3, N), to `field`."""
        _add_cubic_derivative(m, v, self.axes, self.strength_T, field)

    def energy_T(self, m: Array) -> Array:
        """Energy of each cell over its moment, in T, shape (N,)."""
        a, b, c = np.einsum("kci,ci->ki", self.axes, m) ** 2
        first, second, third = self.strength_T
        lowest = first * (a * b + b * c + c * a) + second * a * b * c
        return lowest + third * ((a * b) ** 2 + (b * c) ** 2 + (c * a) ** 2)


def normalised(axis: Array) -> Array:
    """Vectors (3, N) divided by their lengths; zero stays zero."""
    length = np.sqrt(np.sum(axis**2, axis=0))
    return np.divide(axis, length, out=np.zeros_like(axis), where=length > 0)


def _sizes(*constants: Array) -> tuple[float, ...]:
    return tuple(float(np.abs(constant).max()) for constant in constants)


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


@numba.njit(cache=True)
def _add_uniaxial_derivative(m, v, axis, first, second, field):  # type: ignore[no-untyped-def]
    for i in range(m.shape[1]):
        along = m[0, i] * axis[0, i] + m[1, i] * axis[1, i] + m[2, i] * axis[2, i]
        change = v[0, i] * axis[0, i] + v[1, i] * axis[1, i] + v[2, i] * axis[2, i]
        b = (first[i] + 3 * second[i] * along * along) * change
        field[0, i] += b * axis[0, i]
        field[1, i] += b * axis[1, i]
        field[2, i] += b * axis[2, i]


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


@numba.njit(cache=True)
def _add_cubic_derivative(m, v, axes, strength, field):  # type: ignore[no-untyped-def]
    for i in range(m.shape[1]):
        k1, k2, k3 = strength[0, i], strength[1, i], strength[2, i]
        for x in range(3):  # one cubic axis after another, y and z the two after it
            y, z = (x + 1) % 3, (x + 2) % 3
            a = axes[x, 0, i] * m[0, i] + axes[x, 1, i] * m[1, i] + axes[x, 2, i] * m[2, i]
            b = axes[y, 0, i] * m[0, i] + axes[y, 1, i] * m[1, i] + axes[y, 2, i] * m[2, i]
            c = axes[z, 0, i] * m[0, i] + axes[z, 1, i] * m[1, i] + axes[z, 2, i] * m[2, i]
            da = axes[x, 0, i] * v[0, i] + axes[x, 1, i] * v[1, i] + axes[x, 2, i] * v[2, i]
            db = axes[y, 0, i] * v[0, i] + axes[y, 1, i] * v[1, i] + axes[y, 2, i] * v[2, i]
            dc = axes[z, 0, i] * v[0, i] + axes[z, 1, i] * v[1, i] + axes[z, 2, i] * v[2, i]
            a2, b2, c2 = a * a, b * b, c * c
            change = -2 * da * (k1 * (b2 + c2) + k2 * b2 * c2 + 6 * k3 * a2 * (b2 * b2 + c2 * c2))
            change -= 4 * a * b * db * (k1 + k2 * c2 + 4 * k3 * a2 * b2)
            change -= 4 * a * c * dc * (k1 + k2 * b2 + 4 * k3 * a2 * c2)
            field[0, i] += change * axes[x, 0, i]
            field[1, i] += change * axes[x, 1, i]
            field[2, i] += change * axes[x, 2, i]
