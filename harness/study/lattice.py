"""The box of cells that holds one spherical particle.

In: radius, cell size, offset of the sphere from the lattice. Out: a Lattice (cell counts, centre, positions).
The sphere keeps its place on the lattice whatever the box: only the number of cells around it changes.
"""

import math
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

Triple = tuple[float, float, float]


def nanometres(value_nm: float) -> float:
    """Metres of a length in nanometres, as the decimal number a person would write.

    A product with 1e-9 can miss that number by one unit in the last place, and scripts print every digit.

    >>> nanometres(1.1), 1.1 * 1e-9
    (1.1e-09, 1.1000000000000001e-09)
    """
    return float(Decimal(repr(float(value_nm))).scaleb(-9))


def unit_vector(axis: Triple) -> Triple:
    """The direction of a vector; ValueError for the zero vector.

    One of length 1 but for rounding stays as it is, so that what was written is read back to the last bit.

    >>> once = unit_vector((1.0, 1.0, 0.0))
    >>> unit_vector(once) == once
    True
    """
    length = math.hypot(*axis)
    if length == 0:
        raise ValueError("a direction is wanted, not the zero vector")
    if abs(length - 1.0) <= 1e-15:
        return axis
    return (axis[0] / length, axis[1] / length, axis[2] / length)


@dataclass(frozen=True)
class Lattice:
    """A regular box of cubic cells around a sphere."""

    n: tuple[int, int, int]
    """Number of cells (nx, ny, nz) along each axis."""
    cell_m: float
    radius_m: float
    centre_m: Triple
    """Centre of the sphere relative to the centre of the box."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Array shape (nz, ny, nx) of a scalar on this box."""
        return self.n[::-1]

    @property
    def n_cells(self) -> int:
        """Number of cells of the box."""
        return math.prod(self.n)

    def positions(self) -> np.ndarray:
        """Cell centres relative to the sphere's centre, shape (3, nz, ny, nx), in m."""
        x, y, z = (
            self.cell_m * (np.arange(n) - (n - 1) / 2) - centre
            for n, centre in zip(self.n, self.centre_m, strict=True)
        )
        return np.stack(np.broadcast_arrays(x[None, None, :], y[None, :, None], z[:, None, None]))


def fit_lattice(radius_nm: float, cell_nm: float, offset_cells: Triple = (0.0, 0.0, 0.0)) -> Lattice:
    """Smallest suitable box for a sphere.

    Along each axis n = ceil(D/c) cells hold the sphere, so a 40 nm sphere in 2 nm cells takes 20^3. Whether n
    is even or odd decides if the sphere's centre falls on a corner or in the middle of a cell, hence which
    cells are inside; every later growth keeps it even or odd. An offset by d cells asks for 2|d| more cells.
    The count is then raised to the next product of 2, 3, 5 and 7, for which GPU and CPU transforms are fast.

    Parameters
    ----------
    radius_nm, cell_nm : float
        Radius of the sphere and edge of the cubic cells in nm.
    offset_cells : (3,) floats
        Shift of the sphere's centre from the symmetric place, in cells, along x, y, z.

    Examples
    --------
    >>> fit_lattice(20, 2).n, fit_lattice(20, 4).n, fit_lattice(11, 2).n
    ((20, 20, 20), (10, 10, 10), (15, 15, 15))
    >>> fit_lattice(20, 2, (0.25, 0, 0)).n
    (24, 20, 20)
    """
    cells_across = 2 * radius_nm / cell_nm
    symmetric = _ceil(cells_across)
    nx, ny, nz = (_smooth_count(_ceil(cells_across + 2 * abs(d)), symmetric % 2) for d in offset_cells)
    dx, dy, dz = (nanometres(d * cell_nm) for d in offset_cells)
    return Lattice((nx, ny, nz), nanometres(cell_nm), nanometres(radius_nm), (dx, dy, dz))


def _ceil(x: float) -> int:
    """Ceiling that forgives the rounding of a quotient: 40/0.8 is 50, not 51."""
    return max(1, math.ceil(x - 1e-9))


def _smooth_count(at_least: int, parity: int) -> int:
    """The next number with this parity whose prime factors are 2, 3, 5 and 7 only."""
    n = at_least
    while n % 2 != parity or pow(210, n, n):  # (2 3 5 7)^n holds every such number up to n
        n += 1
    return n
