"""The simulation grid: how many cells, how large, and where their centres lie.

In: cell counts, edge lengths (m), periodic repetitions. Out: a frozen `Mesh` that other modules ask for
shapes and coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ELLIPSOID = 0.1
"""Share of cells that may be in a body or in the ellipsoid of its second moments alone: spheres six cells
across and more have up to 0.07, on any offset; cylinders and cubes eight across 0.25 and 0.3."""


@dataclass(frozen=True)
class Mesh:
    """A regular grid of cells, centred on the origin.

    Parameters
    ----------
    n, cell : (nx, ny, nz) and (dx, dy, dz)
        Number of cells and cell edges in m.
    repetitions : (px, py, pz)
        0 along an open axis. A periodic axis has no ends: exchange acts across them, and of the demagnetising
        field each cell feels the cells less than p periods away.

    Raises
    ------
    ValueError
        If a cell count is not a positive integer, an edge is not a positive finite length, or a repetition is
        negative or not an integer.

    Examples
    --------
    >>> Mesh((4, 2, 1), (1e-9, 1e-9, 2e-9)).shape
    (1, 2, 4)
    """

    n: tuple[int, int, int]
    cell: tuple[float, float, float]
    repetitions: tuple[int, int, int] = (0, 0, 0)

    def __post_init__(self) -> None:
        if len(self.n) != 3 or any(int(k) != k or k < 1 for k in self.n):
            raise ValueError(f"cell counts must be three positive integers, got {self.n}")
        if len(self.cell) != 3 or not all(0 < c < np.inf for c in self.cell):
            raise ValueError(f"cell edges must be three positive lengths in m, got {self.cell}")
        if len(self.repetitions) != 3 or any(int(p) != p or p < 0 for p in self.repetitions):
            raise ValueError(f"repetitions must be three integers from 0, got {self.repetitions}")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Array shape (nz, ny, nx) of a scalar field on the grid."""
        nx, ny, nz = self.n
        return nz, ny, nx

    @property
    def size(self) -> tuple[float, float, float]:
        """Edge lengths of the whole box in m."""
        return tuple(k * c for k, c in zip(self.n, self.cell, strict=True))  # type: ignore[return-value]

    @property
    def n_cells(self) -> int:
        """Number of cells of the box."""
        return self.n[0] * self.n[1] * self.n[2]

    @property
    def cell_volume(self) -> float:
        """Volume of one cell in m³."""
        return self.cell[0] * self.cell[1] * self.cell[2]

    def axis_centres(self, axis: int) -> np.ndarray:
        """Cell-centre coordinates (n,) in m along axis 0 (x), 1 (y) or 2 (z), from the box's centre."""
        n = self.n[axis]
        return self.cell[axis] * (np.arange(n) - (n - 1) / 2)

    def centres(self) -> np.ndarray:
        """Cell-centre coordinates (3, nz, ny, nx) in m, measured from the box's centre."""
        z, y, x = (self.axis_centres(axis) for axis in (2, 1, 0))
        return np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1])


def fills_ellipsoid(mesh: Mesh, fill: np.ndarray) -> bool:
    """Whether whole cells fill an ellipsoid along the axes of an open box, as well as cells can.

    Examples
    --------
    >>> mesh = Mesh((10, 10, 10), (1e-9, 1e-9, 1e-9))
    >>> ball = np.sum(mesh.centres() ** 2, axis=0) <= 5e-9**2
    >>> fills_ellipsoid(mesh, ball), fills_ellipsoid(mesh, np.ones(mesh.shape))
    (True, False)
    """
    inside = fill > 0
    if any(mesh.repetitions) or np.any(fill[inside] < 1):
        return False
    from_middle = mesh.centres() - mesh.centres()[:, inside].mean(axis=1)[:, None, None, None]
    squares = 5 * np.mean(from_middle[:, inside] ** 2, axis=1)  # of the half-axes
    if not squares.all():
        return False
    meant = np.sum(from_middle**2 / squares[:, None, None, None], axis=0) <= 1
    return bool(np.count_nonzero(meant != inside) <= ELLIPSOID * np.count_nonzero(inside))


def ellipsoid_factors(mesh: Mesh, fill: np.ndarray) -> np.ndarray:
    """Demagnetising factors (3,) of the ellipsoid that whole cells fill, by its second moments.

    Source: Carlson's form of Osborn's integrals (Phys. Rev. 67, 351 (1945)).

    Examples
    --------
    >>> mesh = Mesh((10, 10, 10), (1e-9, 1e-9, 1e-9))
    >>> ball = np.sum(mesh.centres() ** 2, axis=0) <= 5e-9**2
    >>> (3 * ellipsoid_factors(mesh, ball)).round(12).tolist()
    [1.0, 1.0, 1.0]
    """
    from scipy.special import elliprd  # checking a script needs none of scipy

    # a cell is itself extended, which adds a twelfth of its edge squared
    squares = np.var(mesh.centres()[:, fill > 0], axis=1) + np.array(mesh.cell) ** 2 / 12
    a, b, c = squares / np.cbrt(np.prod(squares))
    return np.array([elliprd(b, c, a), elliprd(a, c, b), elliprd(a, b, c)]) / 3


def filled_average(values: np.ndarray, fill: np.ndarray) -> tuple[float, ...]:
    """Mean over a body of each component of values (components, nz, ny, nx), weighted by its cells' fill."""
    inside = fill > 0
    columns = np.asarray(values, dtype=np.float64)[:, inside]
    return tuple(float(np.average(c, weights=fill[inside])) for c in columns)
