"""Quantities made of quantities: sums, products, masks, shifts, cut-outs; and masks to write numbers into.

In: quantities, shapes, numbers. Out: new quantities, re-evaluated whenever they are tabulated, saved or
averaged. Results have no name in MuMax3; the table shows them as `unnamed.*engine.crossProduct` and the like.
"""

from __future__ import annotations

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.language.signatures import ScriptName, Signature, script, variant
from harness.mx3.language.values import Mask, Vector
from harness.mx3.session.grid import Grid
from harness.mx3.session.quantities import Cropped, Operator, Quantity, Values
from harness.mx3.session.shapes import Shape, grid_coordinates


def _same(name: str, a: Quantity, b: Quantity) -> int:
    if a.components != b.components:
        counts = f"{a.name} has {a.components} components, {b.name} has {b.components}"
        raise ScriptError(None, f"{name}: {counts}")
    return a.components


def _vectors(name: str, *quantities: Quantity) -> None:
    for q in quantities:
        if q.components != 3:
            raise ScriptError(None, f"{name} needs vector quantities; {q.name} has {q.components} component")


@script("Add", "Sum of two quantities.")
def add(grid: Grid, a: Quantity, b: Quantity) -> Quantity:
    return Operator(grid, "addition", _same("Add", a, b), lambda: a.values() + b.values())


@script("Madd", "c1 times one quantity plus c2 times another.")
def madd(grid: Grid, a: Quantity, b: Quantity, c1: float, c2: float) -> Quantity:
    return Operator(grid, "mAddition", _same("Madd", a, b), lambda: c1 * a.values() + c2 * b.values())


@script("Dot", "Inner product of two vector quantities, cell by cell.")
def dot(grid: Grid, a: Quantity, b: Quantity) -> Quantity:
    _vectors("Dot", a, b)
    return Operator(grid, "dotProduct", 1, lambda: (a.values() * b.values()).sum(axis=0, keepdims=True))


@script("Cross", "Vector product of two vector quantities, cell by cell.")
def cross(grid: Grid, a: Quantity, b: Quantity) -> Quantity:
    _vectors("Cross", a, b)
    return Operator(grid, "crossProduct", 3, lambda: np.cross(a.values(), b.values(), axis=0))


@script("Mul", "Product of two quantities, cell by cell; one may be a scalar.")
def mul(grid: Grid, a: Quantity, b: Quantity) -> Quantity:
    if 1 not in (a.components, b.components):
        _same("Mul", a, b)
    return Operator(grid, "pointwiseMul", max(a.components, b.components), lambda: a.values() * b.values())


@script(
    "Div", "Quotient of two quantities, cell by cell, 0 where the divisor is 0; the divisor may be a scalar."
)
def div(grid: Grid, a: Quantity, b: Quantity) -> Quantity:
    if b.components != 1:
        _same("Div", a, b)

    def quotient() -> Values:
        top, bottom = np.broadcast_arrays(a.values(), b.values())
        return np.divide(top, bottom, out=np.zeros(top.shape), where=bottom != 0)

    return Operator(grid, "pointwiseDiv", a.components, quotient)


@script("MulMV", "Matrix, given by its three rows, times a vector quantity, cell by cell.")
def mul_matrix(grid: Grid, ax: Quantity, ay: Quantity, az: Quantity, b: Quantity) -> Quantity:
    _vectors("MulMV", ax, ay, az, b)

    def product() -> Values:
        return np.stack([(row.values() * b.values()).sum(axis=0) for row in (ax, ay, az)])

    return Operator(grid, "mulmv", 3, product)


@script("Const", "The same number everywhere.")
def const(grid: Grid, value: float) -> Quantity:
    return Operator(grid, "constValue", 1, lambda: np.full((1, *grid.mesh.shape), value))


@script("ConstVector", "The same vector everywhere.")
def const_vector(grid: Grid, x: float, y: float, z: float) -> Quantity:
    return Operator(grid, "constValue", 3, lambda: np.stack([np.full(grid.mesh.shape, c) for c in (x, y, z)]))


@script("Masked", "The quantity inside a shape, zero outside.")
def masked(grid: Grid, q: Quantity, shape: Shape) -> Quantity:
    return Operator(grid, "masked", q.components, lambda: q.values() * shape(*grid_coordinates(grid.mesh)))


@script("Normalized", "The quantity's direction, cell by cell, zero where it is zero.")
def normalized(grid: Grid, q: Quantity) -> Quantity:
    _vectors("Normalized", q)

    def directions() -> Values:
        values = q.values()
        length = np.sqrt((values**2).sum(axis=0))
        return np.divide(values, length, out=np.zeros(values.shape), where=length > 0)

    return Operator(grid, "normalized", 3, directions)


@script("Shifted", "The quantity moved by whole cells; zero moves in at the edges.")
def shifted(grid: Grid, q: Quantity, dx: int, dy: int, dz: int) -> Quantity:
    def moved() -> Values:
        values, out = q.values(), np.zeros((q.components, *grid.mesh.shape))
        target, source = [slice(None)], [slice(None)]
        for d, n in zip((dz, dy, dx), grid.mesh.shape, strict=True):
            d = max(-n, min(d, n))
            target.append(slice(max(d, 0), n + min(d, 0)))
            source.append(slice(max(-d, 0), n + min(-d, 0)))
        out[tuple(target)] = values[tuple(source)]
        return out

    return Operator(grid, "shifted", q.components, moved)


@script("Sum", "Sum over all cells and components.")
def total(q: Quantity) -> float:
    return float(q.values().sum())


@script("SumVector", "Sum of a vector quantity over all cells.")
def total_vector(q: Quantity) -> Vector:
    _vectors("SumVector", q)
    return Vector(q.values().sum(axis=(1, 2, 3)))


# ---- cut-outs -----------------------------------------------------------------------------------------


@script("Crop", "Block of cells x1 <= ix < x2, y1 <= iy < y2, z1 <= iz < z2.")
def crop(q: Quantity, x1: int, x2: int, y1: int, y2: int, z1: int, z2: int) -> Cropped:
    return Cropped(q, ((x1, x2), (y1, y2), (z1, z2)))


def _crop_axis(q: Quantity, axis: int, low: int, high: int) -> Cropped:
    """Cells of an index from low up to, not including, high along one axis."""
    ranges = [(0, n) for n in q.mesh.n]
    ranges[axis] = (low, high)
    return Cropped(q, tuple(ranges))


@script("CropLayer", "One layer of cells along z.")
def crop_layer(q: Quantity, layer: int) -> Cropped:
    return _crop_axis(q, 2, layer, layer + 1)


@script("CropRegion", "Smallest block that holds a region.")
def crop_region(grid: Grid, q: Quantity, region: int) -> Cropped:
    cells = np.nonzero(grid.regions == region)
    if not len(cells[0]):
        raise ScriptError(None, f"CropRegion: region {region} holds no cell")
    z, y, x = ((int(i.min()), int(i.max()) + 1) for i in cells)
    return Cropped(q, (x, y, z))


# ---- masks --------------------------------------------------------------------------------------------


@script("NewSlice", "Mask of zeros with the given number of components and nx, ny, nz cells.")
def new_slice(components: int, nx: int, ny: int, nz: int) -> Mask:
    return Mask.zeros(components, nx, ny, nz)


_VARIANTS = (
    ("CropX", "Cells x1 <= ix < x2.", _crop_axis, "q", 0, "x1", "x2"),
    ("CropY", "Cells y1 <= iy < y2.", _crop_axis, "q", 1, "y1", "y2"),
    ("CropZ", "Cells z1 <= iz < z2.", _crop_axis, "q", 2, "z1", "z2"),
    ("NewVectorMask", "Mask of zero vectors with nx, ny, nz cells.", new_slice, 3, "nx", "ny", "nz"),
    ("NewScalarMask", "Mask of zeros with nx, ny, nz cells.", new_slice, 1, "nx", "ny", "nz"),
)


def functions() -> tuple[Signature, ...]:
    """Cut-outs and masks that differ from another by a fixed argument."""
    return tuple(variant(ScriptName(name, doc), *call) for name, doc, *call in _VARIANTS)  # type: ignore[arg-type]
