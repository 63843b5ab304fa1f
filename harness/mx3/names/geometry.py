"""Grid, geometry, shapes and regions.

In: sizes, shapes and indices from the script. Out: the sample's mesh, fill and region map.
"""

from __future__ import annotations

import math

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.files.input_files import load
from harness.mx3.language.signatures import ScriptName, Signature, script, variant
from harness.mx3.language.values import Vector
from harness.mx3.names.entries import Entries, quantity, variable
from harness.mx3.session.grid import N_REGIONS, Grid, checked_region, negative_repetitions
from harness.mx3.session.quantities import Quantity, ScalarQuantity
from harness.mx3.session.sample import Sample
from harness.mx3.session.shapes import UNIVERSE, Coordinate, Inside, Shape, grid_coordinates


@script("SetGridSize", "Number of cells along x, y and z.")
def set_grid_size(sample: Sample, nx: int, ny: int, nz: int) -> None:
    sample.set_grid(n=(nx, ny, nz))


@script("SetCellSize", "Cell edges along x, y and z in m.")
def set_cell_size(sample: Sample, dx: float, dy: float, dz: float) -> None:
    sample.set_grid(cell=(dx, dy, dz))


@script("SetPBC", "Periodic repetitions along x, y and z; 0 is open.", vet=negative_repetitions)
def set_pbc(sample: Sample, nx: int, ny: int, nz: int) -> None:
    sample.set_repetitions((nx, ny, nz))


@script(
    "SetMesh",
    "Cell counts, cell edges in m and periodic repetitions at once.",
    vet=lambda *arguments: negative_repetitions(*arguments[6:]),
)
def set_mesh(
    sample: Sample, nx: int, ny: int, nz: int, dx: float, dy: float, dz: float, px: int, py: int, pz: int
) -> None:
    sample.set_repetitions((px, py, pz))
    sample.set_grid((nx, ny, nz), (dx, dy, dz))


@script("SetGeom", "The body's shape; cells outside it are empty.")
def set_geom(sample: Sample, shape: Shape) -> None:
    sample.set_shape(shape)


@script("Index2Coord", "Coordinates in m of a cell's centre.")
def index_to_coordinates(grid: Grid, ix: int, iy: int, iz: int) -> Vector:
    mesh = grid.mesh
    return Vector(c * (i - (n - 1) / 2) for c, i, n in zip(mesh.cell, (ix, iy, iz), mesh.n, strict=True))


# ---- shapes -------------------------------------------------------------------------------------------


@script("Ellipsoid", "Ellipsoid with the given diameters in m.")
def ellipsoid(diam_x: float, diam_y: float, diam_z: float) -> Shape:
    dx, dy, dz = np.float64(diam_x), np.float64(diam_y), np.float64(diam_z)  # 0 divides to inf, as in Go
    return Shape(lambda x, y, z: (x / dx) ** 2 + (y / dy) ** 2 + (z / dz) ** 2 <= 0.25)


@script(
    "Superball", "|2x/d|^2p + |2y/d|^2p + |2z/d|^2p <= 1, from octahedron (p = 0.5) over sphere (1) to cube."
)
def superball(diameter: float, p: float) -> Shape:
    if p <= 0:
        return UNIVERSE.inverse()
    d = np.float64(diameter)
    return Shape(lambda *r: sum(np.abs(2 * u / d) ** (2 * p) for u in r) <= 1)


@script("Cylinder", "Cylinder along z with diameter and height in m.")
def cylinder(diameter: float, height: float) -> Shape:
    d = np.float64(diameter)
    return Shape(lambda x, y, z: (np.abs(z) <= height / 2) & ((x / d) ** 2 + (y / d) ** 2 <= 0.25))


@script("Cone", "Cone with base at z = 0, diameter and height in m.")
def cone(diameter: float, height: float) -> Shape:
    d, h = np.float64(diameter), np.float64(height)
    return Shape(
        lambda x, y, z: ((height - z) * z >= 0) & ((x / d) ** 2 + (y / d) ** 2 <= 0.25 * (1 - z / h) ** 2)
    )


@script("Cuboid", "Cuboid with the given sides in m.")
def cuboid(side_x: float, side_y: float, side_z: float) -> Shape:
    return box((-side_x / 2, -side_y / 2, -side_z / 2), (side_x / 2, side_y / 2, side_z / 2))


def box(low: tuple[float, ...], high: tuple[float, ...]) -> Shape:
    """Points strictly between two corners, in m."""

    def inside(*r: Coordinate) -> Inside:
        x, y, z = ((u > a) & (u < b) for u, a, b in zip(r, low, high, strict=True))
        return x & y & z

    return Shape(inside)


@script("Triangle", "Prism along z over the triangle (x0, y0), (x1, y1), (x2, y2) in m.")
def triangle(x0: float, y0: float, x1: float, y1: float, x2: float, y2: float) -> Shape:
    area = np.float64((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))

    def inside(x: Coordinate, y: Coordinate, z: Coordinate) -> Inside:
        s = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
        t = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
        return np.asarray((s >= 0) & (t >= 0) & (s + t <= 1))

    return Shape(inside)


def axis_range(axis: int, a: float, b: float) -> Shape:
    """Points with a <= coordinate < b, in m."""
    return Shape(lambda *r: (r[axis] >= a) & (r[axis] < b))


@script("Layers", "Cell layers along z from index a up to, not including, b.")
def layers(grid: Grid, a: int, b: int) -> Shape:
    nz, dz = grid.mesh.n[2], grid.mesh.cell[2]
    if not 0 <= a <= b <= nz:
        raise ScriptError(None, f"layers {a} to {b} are outside 0 to {nz}")
    return axis_range(2, dz * (a - nz / 2), dz * (b - nz / 2))


@script("Layer", "One cell layer along z, by index from 0.")
def layer(grid: Grid, index: int) -> Shape:
    return layers(grid, index, index + 1)


@script("Cell", "One cell by its indices.")
def cell(grid: Grid, ix: int, iy: int, iz: int) -> Shape:
    centre, edges = index_to_coordinates(grid, ix, iy, iz), grid.mesh.cell
    low, high = (tuple(c + s * d / 2 for c, d in zip(centre, edges, strict=True)) for s in (-1, 1))
    return box(low, high)


@script("Universe", "The whole of space.")
def universe() -> Shape:
    return UNIVERSE


_HIGH = "Infinitely high {} along z with the given {} in m."
_VARIANTS = (
    (
        "Ellipse",
        "Elliptic cylinder along z with the given diameters in m.",
        ellipsoid,
        "diam_x",
        "diam_y",
        math.inf,
    ),
    ("Circle", "Infinitely long cylinder along z with diameter in m.", cylinder, "diameter", math.inf),
    ("Rect", _HIGH.format("prism", "sides"), cuboid, "side_x", "side_y", math.inf),
    ("Square", _HIGH.format("square prism", "side"), cuboid, "side", "side", math.inf),
    ("XRange", "Points with a <= x < b in m.", axis_range, 0, "a", "b"),
    ("YRange", "Points with a <= y < b in m.", axis_range, 1, "a", "b"),
    ("ZRange", "Points with a <= z < b in m.", axis_range, 2, "a", "b"),
)


def functions() -> tuple[Signature, ...]:
    """Shapes that differ from another by a fixed argument."""
    return tuple(variant(ScriptName(name, doc), *call) for name, doc, *call in _VARIANTS)  # type: ignore[arg-type]


# ---- regions ------------------------------------------------------------------------------------------


def _stored(index: int) -> int:
    """The region a definition means: 256 is region 0, as in MuMax3, which keeps the index in a byte."""
    return 0 if index == N_REGIONS else checked_region(index)


def _vet_index(index: int | None, *_: object) -> str | None:
    if index is not None:
        _stored(index)
    return None


_TO_256 = "256 means region 0, as in MuMax3"


@script(
    "DefRegion",
    "Give all cells whose centre lies in the shape a region index, 0 to 255.",
    note=_TO_256,
    vet=_vet_index,
)
def def_region(grid: Grid, index: int, shape: Shape) -> None:
    stored = _stored(index)

    def define() -> None:
        grid.regions[shape(*grid_coordinates(grid.mesh))] = stored

    grid.define_region(define)


@script("RedefRegion", "Give all cells of one region another index.", note=_TO_256, vet=_vet_index)
def redef_region(grid: Grid, start: int, end: int) -> None:
    old, new = _stored(start), _stored(end)

    def define() -> None:
        grid.regions[grid.regions == old] = new

    grid.define_region(define)


@script("DefRegionCell", "Give one cell a region index.", note=_TO_256, vet=_vet_index)
def def_region_cell(grid: Grid, index: int, ix: int, iy: int, iz: int) -> None:
    regions = grid.regions.copy()
    regions[grid.checked_cell(ix, iy, iz)] = _stored(index)
    grid.set_regions(regions)


class FillMap(ScalarQuantity):
    """The filled share of each cell."""

    script_type = "fill map"

    @script("GetCell", "Filled share of one cell.")
    def get_cell(self, ix: int, iy: int, iz: int) -> float:
        return float(self.grid.fill[self.grid.checked_cell(ix, iy, iz)])


def _vet_load(self: RegionMap | None, name: str | None) -> str | None:
    return None if self is None or name is None else self._folders.missing(name)


class RegionMap(Quantity):
    """The region index of each cell."""

    script_type = "region map"

    def __init__(self, sample: Sample) -> None:
        grid = sample.grid
        self._folders, compute = sample.folders, lambda: grid.regions[None].astype(np.float64)
        super().__init__(grid, "regions", "", 1, compute, whole_box=True)

    @script("Average", "Average index, over the whole box.")
    def average(self) -> float:
        return self.mean()[0]

    @script("GetCell", "Region index of one cell.")
    def get_cell(self, ix: int, iy: int, iz: int) -> int:
        return int(self.grid.regions[self.grid.checked_cell(ix, iy, iz)])

    @script("SetCell", "Give one cell a region index.")
    def set_cell(self, ix: int, iy: int, iz: int, index: int) -> None:
        def_region_cell(self.grid, index, ix, iy, iz)

    @script("LoadFile", "Take region indices from an OVF file.", vet=_vet_load)
    def load_file(self, name: str) -> None:
        indices = load(self._folders, name).resampled(self.grid.mesh.shape)[0]
        if not ((indices >= 0) & (indices < N_REGIONS)).all():
            raise ScriptError(None, f'"{name}" holds region indices outside 0 to {N_REGIONS - 1}')
        self.grid.set_regions(indices.astype(np.uint8))


def objects(sample: Sample) -> Entries:
    """Geometry quantities and settings."""
    grid = sample.grid
    smooth = "Samples per cell edge for cells the surface cuts; 0 is all or nothing."
    yield variable("EdgeSmooth", grid.edge_smooth, smooth)
    fill = FillMap(grid, "geom", "", 1, lambda: grid.fill[None], whole_box=True)
    yield quantity(fill, "Filled share of each cell.")
    yield quantity(RegionMap(sample), "Region index of each cell.")
