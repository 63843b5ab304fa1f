"""Shapes: which points of space belong to a body, and how much of each cell it fills.

In: coordinate arrays in m. Out: boolean arrays, and fill fractions of a mesh's cells. Shapes are pure
functions of the coordinates and combine by set operations, shifts, rotations, scaling and repetition.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.mx3.language.signatures import script
from harness.mx3.magnet.mesh import Mesh

Coordinate = NDArray[np.float64]
Inside = NDArray[np.bool_]
Predicate = Callable[[Coordinate, Coordinate, Coordinate], Inside]
SetOperation = Callable[[Inside, Inside], Inside]


def _combined(name: str, doc: str, operation: SetOperation) -> Callable[[Shape, Shape], Shape]:
    """A method that combines two shapes."""

    @script(name, doc)
    def method(self: Shape, other: Shape) -> Shape:
        return Shape(self.base, (*self.steps, (operation, other)))

    return method


@dataclass(frozen=True, eq=False)
class Shape:
    """A body in space."""

    base: Predicate
    """Takes x, y, z in m (arrays that broadcast together), returns where the body is."""
    steps: tuple[tuple[SetOperation, Shape], ...] = ()
    """Set operations with other shapes, applied to the base one after the other. A flat list, so that a body
    assembled from thousands of pieces in a loop needs no deep recursion."""
    script_type = "shape"

    def __call__(self, x: Coordinate, y: Coordinate, z: Coordinate) -> Inside:
        with np.errstate(all="ignore"):
            inside = np.asarray(self.base(x, y, z))
            for operation, other in self.steps:
                inside = operation(inside, other(x, y, z))
        return np.broadcast_to(inside, np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z)))

    add = _combined("Add", "Union of two shapes.", np.logical_or)
    intersect = _combined("Intersect", "What two shapes have in common.", np.logical_and)
    sub = _combined("Sub", "The shape without the other.", lambda a, b: a & ~b)
    xor = _combined("Xor", "Points in exactly one of two shapes.", np.logical_xor)

    @script("Inverse", "Everything outside the shape.")
    def inverse(self) -> Shape:
        return Shape(lambda x, y, z: ~self(x, y, z))

    @script("Transl", "The shape moved by (dx, dy, dz) in m.")
    def transl(self, dx: float, dy: float, dz: float) -> Shape:
        return Shape(lambda x, y, z: self(x - dx, y - dy, z - dz))

    @script("Scale", "The shape stretched along x, y and z.")
    def scale(self, sx: float, sy: float, sz: float) -> Shape:
        return Shape(lambda x, y, z: self(x / np.float64(sx), y / np.float64(sy), z / np.float64(sz)))

    @script("RotX", "The shape turned about x, counterclockwise, in rad.")
    def rotx(self, angle: float) -> Shape:
        c, s = math.cos(angle), math.sin(angle)
        return Shape(lambda x, y, z: self(x, y * c + z * s, z * c - y * s))

    @script("RotY", "The shape turned about y, counterclockwise, in rad.")
    def roty(self, angle: float) -> Shape:
        c, s = math.cos(angle), math.sin(angle)
        return Shape(lambda x, y, z: self(x * c - z * s, y, z * c + x * s))

    @script("RotZ", "The shape turned about z, counterclockwise, in rad.")
    def rotz(self, angle: float) -> Shape:
        c, s = math.cos(angle), math.sin(angle)
        return Shape(lambda x, y, z: self(x * c + y * s, y * c - x * s, z))

    @script("Repeat", "The shape repeated with the given periods in m; 0 means not along this axis.")
    def repeat(self, period_x: float, period_y: float, period_z: float) -> Shape:
        return Shape(lambda x, y, z: self(_folded(x, period_x), _folded(y, period_y), _folded(z, period_z)))


def _folded(x: Coordinate, period: float) -> Coordinate:
    """The coordinate inside the period's central cell."""
    if period == 0 or math.isinf(period):
        return x
    shifted = np.sign(x) * (np.mod(np.abs(x + period / 2), period) - period / 2)
    return np.where(np.abs(x) > period / 2, shifted, x)


UNIVERSE = Shape(lambda x, y, z: np.ones(np.broadcast_shapes(x.shape, y.shape, z.shape), bool))
"""The whole of space."""


def grid_coordinates(mesh: Mesh) -> tuple[Coordinate, Coordinate, Coordinate]:
    """Cell-centre coordinates x, y, z as arrays that broadcast to (nz, ny, nx)."""
    x, y, z = (mesh.axis_centres(axis) for axis in range(3))
    return x[None, None, :], y[None, :, None], z[:, None, None]


def fill_fraction(shape: Shape, mesh: Mesh, edge_smooth: int = 0) -> np.ndarray:
    """Fraction of each cell that the shape fills, shape (nz, ny, nx), in [0, 1].

    With `edge_smooth` 0 a cell counts when its centre is inside; with n > 0, cells whose centre and corners
    disagree are sampled at n³ points, as MuMax3's EdgeSmooth.
    """
    x, y, z = grid_coordinates(mesh)
    centre = shape(x, y, z)
    fill = centre.astype(np.float64)
    if edge_smooth == 0:
        return fill
    dx, dy, dz = mesh.cell
    mixed = np.zeros(mesh.shape, bool)
    for sx, sy, sz in itertools.product((-0.5, 0.5), repeat=3):
        mixed |= shape(x + sx * dx, y + sy * dy, z + sz * dz) != centre
    iz, iy, ix = np.nonzero(mixed)
    xs, ys, zs = x[0, 0, ix], y[0, iy, 0], z[iz, 0, 0]
    offsets = (np.arange(edge_smooth) + 0.5) / edge_smooth - 0.5
    hits = sum(
        shape(xs + ox * dx, ys + oy * dy, zs + oz * dz).astype(np.float64)
        for ox, oy, oz in itertools.product(offsets, repeat=3)
    )
    fill[mixed] = hits / edge_smooth**3
    return fill
