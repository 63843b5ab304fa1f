"""Grid, geometry, shapes and regions.

In: sizes, shapes and indices from the script. Out: the session's mesh, fill and region map.
"""

from __future__ import annotations

import math

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.files.input_files import load
from harness.mx3.language.values import Vector, script
from harness.mx3.names.entries import Entries, quantity, variable
from harness.mx3.session import shapes
from harness.mx3.session.parameters import N_REGIONS
from harness.mx3.session.quantities import Quantity, ScalarField
from harness.mx3.session.session import Session
from harness.mx3.session.shapes import Shape

_PERIODIC = "periodic boundaries are not supported here, only 0; run this script with MuMax3"


@script("SetGridSize", "Number of cells along x, y and z.")
def set_grid_size(session: Session, nx: int, ny: int, nz: int) -> None:
    session.set_grid(n=(nx, ny, nz))


@script("SetCellSize", "Cell edges along x, y and z in m.")
def set_cell_size(session: Session, dx: float, dy: float, dz: float) -> None:
    session.set_grid(cell=(dx, dy, dz))


def _vet_pbc(*repetitions: int | None) -> str | None:
    return f"SetPBC: {_PERIODIC}" if any(n not in (None, 0) for n in repetitions) else None


@script("SetPBC", "Periodic repetitions along x, y and z.", note="0 only", vet=_vet_pbc)
def set_pbc(session: Session, nx: int, ny: int, nz: int) -> None:
    refusal = _vet_pbc(nx, ny, nz)
    if refusal:
        raise ScriptError(None, refusal)


@script(
    "SetMesh",
    "Cell counts, cell edges in m and periodic repetitions at once.",
    note="periodic repetitions 0 only",
    vet=lambda *arguments: _vet_pbc(*arguments[6:]),
)
def set_mesh(
    session: Session, nx: int, ny: int, nz: int, dx: float, dy: float, dz: float, px: int, py: int, pz: int
) -> None:
    set_pbc(session, px, py, pz)
    session.set_grid((nx, ny, nz), (dx, dy, dz))


@script("SetGeom", "The body's shape; cells outside it are empty.")
def set_geom(session: Session, shape: Shape) -> None:
    session.set_geometry(shape)


@script("Index2Coord", "Coordinates in m of a cell's centre.")
def index_to_coordinates(session: Session, ix: int, iy: int, iz: int) -> Vector:
    mesh = session.mesh
    return Vector(c * (i - (n - 1) / 2) for c, i, n in zip(mesh.cell, (ix, iy, iz), mesh.n, strict=True))


# ---- shapes -------------------------------------------------------------------------------------------


@script("Ellipsoid", "Ellipsoid with the given diameters in m.")
def ellipsoid(session: Session, diam_x: float, diam_y: float, diam_z: float) -> Shape:
    return shapes.ellipsoid(diam_x, diam_y, diam_z)


@script("Ellipse", "Elliptic cylinder along z with the given diameters in m.")
def ellipse(session: Session, diam_x: float, diam_y: float) -> Shape:
    return shapes.ellipsoid(diam_x, diam_y, math.inf)


@script(
    "Superball", "|2x/d|^2p + |2y/d|^2p + |2z/d|^2p <= 1, from octahedron (p = 0.5) over sphere (1) to cube."
)
def superball(session: Session, diameter: float, p: float) -> Shape:
    return shapes.superball(diameter, p)


@script("Cylinder", "Cylinder along z with diameter and height in m.")
def cylinder(session: Session, diameter: float, height: float) -> Shape:
    return shapes.cylinder(diameter, height)


@script("Circle", "Infinitely long cylinder along z with diameter in m.")
def circle(session: Session, diameter: float) -> Shape:
    return shapes.cylinder(diameter, math.inf)


@script("Cone", "Cone with base at z = 0, diameter and height in m.")
def cone(session: Session, diameter: float, height: float) -> Shape:
    return shapes.cone(diameter, height)


@script("Cuboid", "Cuboid with the given sides in m.")
def cuboid(session: Session, side_x: float, side_y: float, side_z: float) -> Shape:
    return shapes.cuboid(side_x, side_y, side_z)


@script("Rect", "Infinitely high prism along z with the given sides in m.")
def rect(session: Session, side_x: float, side_y: float) -> Shape:
    return shapes.cuboid(side_x, side_y, math.inf)


@script("Square", "Infinitely high square prism along z with the given side in m.")
def square(session: Session, side: float) -> Shape:
    return shapes.cuboid(side, side, math.inf)


@script("Triangle", "Prism along z over the triangle (x0, y0), (x1, y1), (x2, y2) in m.")
def triangle(session: Session, x0: float, y0: float, x1: float, y1: float, x2: float, y2: float) -> Shape:
    return shapes.triangle(x0, y0, x1, y1, x2, y2)


@script("XRange", "Points with a <= x < b in m.")
def x_range(session: Session, a: float, b: float) -> Shape:
    return shapes.axis_range(0, a, b)


@script("YRange", "Points with a <= y < b in m.")
def y_range(session: Session, a: float, b: float) -> Shape:
    return shapes.axis_range(1, a, b)


@script("ZRange", "Points with a <= z < b in m.")
def z_range(session: Session, a: float, b: float) -> Shape:
    return shapes.axis_range(2, a, b)


@script("Layers", "Cell layers along z from index a up to, not including, b.")
def layers(session: Session, a: int, b: int) -> Shape:
    nz, dz = session.mesh.n[2], session.mesh.cell[2]
    if not 0 <= a <= b <= nz:
        raise ScriptError(None, f"layers {a} to {b} are outside 0 to {nz}")
    return shapes.axis_range(2, dz * (a - nz / 2), dz * (b - nz / 2))


@script("Layer", "One cell layer along z, by index from 0.")
def layer(session: Session, index: int) -> Shape:
    return layers(session, index, index + 1)


@script("Cell", "One cell by its indices.")
def cell(session: Session, ix: int, iy: int, iz: int) -> Shape:
    centre, edges = index_to_coordinates(session, ix, iy, iz), session.mesh.cell
    low, high = (tuple(c + s * d / 2 for c, d in zip(centre, edges, strict=True)) for s in (-1, 1))
    return shapes.box(low, high)  # type: ignore[arg-type]


@script("Universe", "The whole of space.")
def universe(session: Session) -> Shape:
    return shapes.UNIVERSE


# ---- regions ------------------------------------------------------------------------------------------


def _checked_index(index: int) -> int:
    if not 0 <= index < N_REGIONS:
        raise ScriptError(None, f"region {index} is outside 0 to {N_REGIONS - 1}")
    return index


@script("DefRegion", "Give all cells whose centre lies in the shape a region index, 0 to 255.")
def def_region(session: Session, index: int, shape: Shape) -> None:
    _checked_index(index)

    def render() -> None:
        session.regions[shape(*shapes.grid_coordinates(session.mesh))] = index

    session.render_region(render)


@script("RedefRegion", "Give all cells of one region another index.")
def redef_region(session: Session, start: int, end: int) -> None:
    _checked_index(start), _checked_index(end)

    def render() -> None:
        session.regions[session.regions == start] = end

    session.render_region(render)


@script("DefRegionCell", "Give one cell a region index.")
def def_region_cell(session: Session, index: int, ix: int, iy: int, iz: int) -> None:
    regions = session.regions.copy()
    regions[session.checked_cell(ix, iy, iz)] = _checked_index(index)
    session.set_regions(regions)


class FillMap(ScalarField):
    """The filled share of each cell."""

    script_type = "fill map"

    @script("GetCell", "Filled share of one cell.")
    def get_cell(self, ix: int, iy: int, iz: int) -> float:
        return float(self.session.magnet.fill[self.session.checked_cell(ix, iy, iz)])


class RegionMap(Quantity):
    """The region index of each cell."""

    script_type = "region map"

    @script("GetCell", "Region index of one cell.")
    def get_cell(self, ix: int, iy: int, iz: int) -> int:
        return int(self.session.regions[self.session.checked_cell(ix, iy, iz)])

    @script("SetCell", "Give one cell a region index.")
    def set_cell(self, ix: int, iy: int, iz: int, index: int) -> None:
        def_region_cell(self.session, index, ix, iy, iz)

    @script("LoadFile", "Take region indices from an OVF file beside the script.")
    def load_file(self, name: str) -> None:
        indices = load(self.session.script_folder, name).resampled(self.session.mesh.shape)[0]
        if not ((indices >= 0) & (indices < N_REGIONS)).all():
            raise ScriptError(None, f'"{name}" holds region indices outside 0 to {N_REGIONS - 1}')
        self.session.set_regions(indices.astype(np.uint8))


def objects(session: Session) -> Entries:
    """Geometry quantities and settings."""
    yield variable(
        "EdgeSmooth",
        session.edge_smooth,
        "Samples per cell edge for cells the surface cuts; 0 is all or nothing.",
    )
    fill = FillMap(session, "geom", "", 1, lambda: session.magnet.fill[None], whole_box=True)
    yield quantity(fill, "Filled share of each cell.")
    regions = RegionMap(session, "regions", "", 1, lambda: session.regions[None].astype(np.float64))
    yield quantity(regions, "Region index of each cell.")
