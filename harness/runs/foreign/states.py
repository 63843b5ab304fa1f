"""Saved states of a foreign loop: their moments on a study's box of cells.

In: OVF files of m or M. Out: unit vectors on the lattice of the case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.inputs import InputError
from harness.mx3.files.ovf import OvfError, VectorField, read_ovf
from harness.runs.output import LENGTH_TOLERANCE
from harness.study.lattice import Lattice, Triple, fit_lattice, nanometres

Vector = NDArray[np.float64]

EMPTY = 1e-6
"""Share of the longest vector below which a cell holds none."""
SMALLEST_M, LARGEST_M = 1e-11, 1e-3
"""Edges that cells of a magnet may have: less is within an atom, more is another unit."""
UNIT_LENGTH = 0.01
"""By which vectors whose unit is 1 may be longer or shorter."""
FEW_CELLS = 8
"""Cells of a box that a sphere may fill: two along each edge."""
ON_SURFACE = 1e-5
"""Share of the radius by which the centre of a cell on the sphere may be off it: edges have six digits."""
RADIUS_CELLS = 0.6
"""Cells by which the radius of the magnetic cells' volume may be off the sphere's; staircases keep to 0.3."""
_IN_A_PER_M = {"A/m": 1.0, "kA/m": 1e3, "MA/m": 1e6}
_OTHER_NAME = re.compile(r"[BH](_.+)?|E(dens)?_.+|F_.+|(LL|ST)?torque|anis[UC]\d?")
"""Quantities of MuMax3 that are no magnetisation and are vectors, or may be written as such."""
_OTHER_UNIT = ("T", "mT", "Oe", "kOe", "G", "J/m3", "N/m3", "A/m2")
_OOMMF_S = ("Magnetization", "Spin")


class OtherQuantity(InputError):
    """A file of another quantity than the magnetisation."""


@dataclass(frozen=True)
class Place:
    """How the sphere lies in the box of a file and in that of the case."""

    cell_nm: float
    offset_cells: Triple
    """Of the case's mesh."""
    shift: tuple[int, int, int]
    """Index of a cell in the case's box less its index in the file's, along x, y, z."""
    strange_cells: int
    """Cells that are magnetic in the file alone, or in the sphere alone, but for those below."""
    on_surface: tuple[tuple[int, int, int, bool], ...]
    """Cells whose centres lie on the sphere itself, which rounding decides: index (x, y, z) in the case's
    box, and whether the file has them."""
    box_share: float
    """Share of the file's box that is magnetic."""


def moments(path: Path) -> tuple[VectorField, Vector, float]:
    """A saved magnetisation as unit vectors, which cells are magnetic, and the length it had.

    Raises OtherQuantity if the file says that it holds another quantity; InputError if it holds no
    magnetisation of one material, or cells that no magnet has.
    """
    try:
        state = read_ovf(path)
    except OvfError as error:
        raise InputError(f"{path}: not a readable OVF file: {error.why}; {error.remedy}") from None
    if len(state.m) != 3:
        raise OtherQuantity(f"{path}: has {len(state.m)} component(s) a cell, so it holds no magnetisation")
    if other := _other_quantity(state):
        raise OtherQuantity(f"{path}: holds {other} by its header, and no magnetisation")
    if state.cell_m.min() < SMALLEST_M or state.cell_m.max() > LARGEST_M:
        raise InputError(
            f"{path}: its cells are {' x '.join(f'{edge:.3g}' for edge in state.cell_m)} m by its meshunit; "
            f"{SMALLEST_M:g} to {LARGEST_M:g} m are read: correct the meshunit in its header"
        )
    if not np.isfinite(state.m).all():
        raise InputError(f"{path}: holds values that are not finite; save the state again")
    length = np.linalg.norm(state.m, axis=0)
    longest = float(length.max())
    magnetic = length > EMPTY * longest
    if longest == 0.0 or not magnetic.any():
        raise InputError(f"{path}: no cell of it is magnetic; save m after SetGeom and a start")
    if state.unit == "1" and abs(longest - 1) > UNIT_LENGTH:
        raise InputError(
            f"{path}: its unit is 1, and its vectors are {longest:.6g} long; allowed: 1 ± {UNIT_LENGTH:g}; "
            "save m, or M with its unit"
        )
    if (off := float(np.abs(length[magnetic] / longest - 1).max())) > LENGTH_TOLERANCE:
        raise InputError(
            f"{path}: its vectors differ in length by {off:.2g}, so it is no magnetisation of one material"
        )
    unit = np.divide(state.m, length, out=np.zeros(state.m.shape), where=magnetic)
    return state, np.where(magnetic, unit, 0.0), longest


def require_body(path: Path, unit: Vector) -> None:
    """Refuse vectors that fill their whole box, as an applied field's do and no sphere's."""
    if unit[0].size > FEW_CELLS and unit.any(axis=0).all():
        raise OtherQuantity(
            f"{path}: its vectors fill the whole box, and a sphere's magnetisation leaves its corners empty"
        )


def _other_quantity(state: VectorField) -> str:
    """The quantity that title, labels or unit of a file name, where that is no magnetisation; else ""."""
    label = re.sub(r"_?[xyz]$", "", state.labels[0]) if state.labels else ""
    for name in filter(_OTHER_NAME.fullmatch, (state.title, label)):
        return name
    if state.title.startswith("Oxs_") and state.title.rpartition(":")[2] not in _OOMMF_S:
        return state.title
    return f"values in {state.unit}" if state.unit.replace("^", "") in _OTHER_UNIT else ""


def mean_moment(unit: Vector, weight: NDArray[Any]) -> Vector:
    """The mean of unit vectors, (3, nz, ny, nx), as a table has it: (3,); each cell by its weight."""
    return np.asarray((unit * weight).sum(axis=(1, 2, 3)) / weight.sum())


def told_Ms(state: VectorField, length: float) -> float | None:
    """Ms by the length of vectors, in single precision's digits; None where their unit is not one of M."""
    factor = _IN_A_PER_M.get(state.unit.replace(" ", ""))
    return float(f"{length * factor:.6g}") if factor else None


def place_in(path: Path, radius_nm: float, centre_m: Triple | None) -> Place:
    """How the sphere lies in the file's box, as its magnetic cells tell, or as the script does.

    Raises InputError if the cells are no cubes, or fill a sphere of another radius.
    """
    state, unit, _ = moments(path)
    cells = state.cell_m
    if np.ptp(cells) > 1e-4 * cells.max():
        edges = " x ".join(f"{1e9 * edge:.4g}" for edge in cells)
        raise InputError(f"{path}: cells of {edges} nm; only cubic ones are read, so give the table alone")
    cell_nm = float(f"{1e9 * float(cells.mean()):.6g}")
    cell = nanometres(cell_nm)
    found_nm = 1e9 * state.sphere_radius_m
    if abs(found_nm - radius_nm) > RADIUS_CELLS * cell_nm:
        raise InputError(
            f"--radius-nm {radius_nm:g}: the magnetic cells of {path} fill a sphere of {found_nm:.4g} nm; "
            "give its radius, or the states of this sphere"
        )
    magnetic = unit.any(axis=0)
    index = np.argwhere(magnetic)[:, ::-1]
    n = np.array(magnetic.shape[::-1])
    middle = index.mean(axis=0) - (n - 1) / 2
    guesses = [np.round(2 * middle) / 2, np.zeros(3), middle]
    if centre_m is not None:
        guesses.insert(0, np.array(centre_m) / cell)
    places = [_placed(radius_nm, cell_nm, n, index, guess) for guess in guesses]
    return min(places, key=lambda place: place.strange_cells)


def _placed(radius_nm: float, cell_nm: float, n: Vector, index: NDArray[np.int_], centre: Vector) -> Place:
    """The place of a sphere with its centre so many cells from the box's."""
    own = np.array(fit_lattice(radius_nm, cell_nm).n)
    offset = centre - (own - n) / 2
    offset = np.round(offset - np.round(offset), 9) + 0.0
    d: Triple = (float(offset[0]), float(offset[1]), float(offset[2]))
    lattice = fit_lattice(radius_nm, cell_nm, d)
    shift = np.round((np.array(lattice.n) - n) / 2 - centre + offset).astype(int)
    moved = index + shift
    away = np.linalg.norm(lattice.positions(), axis=0) / lattice.radius_m - 1.0
    within = ((moved >= 0) & (moved < lattice.n)).all(axis=1)
    x, y, z = moved[within].T
    filled, surface = np.zeros(lattice.shape, dtype=bool), np.abs(away) <= ON_SURFACE
    filled[z, y, x] = True
    strange = int((~within).sum()) + int(((filled != (away <= 0.0)) & ~surface).sum())
    a, b, c = (int(s) for s in shift)
    on_surface = tuple((int(i), int(j), int(k), bool(filled[k, j, i])) for k, j, i in np.argwhere(surface))
    return Place(cell_nm, d, (a, b, c), strange, on_surface, float(len(index) / n.prod()))


def on_lattice(
    state: VectorField, unit: Vector, place: Place, lattice: Lattice, shape: tuple[int, ...] | None
) -> Vector:
    """The unit vectors of a state, as `moments` reads them, on the case's box, (3, nz, ny, nx).

    Raises InputError if it is of another mesh than the others (their `shape`), or holds cells beyond the box.
    """
    if (shape and unit.shape != shape) or not np.allclose(state.cell_m, lattice.cell_m, rtol=1e-4, atol=0.0):
        grid = "x".join(map(str, unit.shape[:0:-1]))
        raise InputError(
            f"{state.path}: {grid} cells of {1e9 * state.cell_m[0]:.4g} nm, another mesh than the first "
            "state's"
        )
    index = np.argwhere(unit.any(axis=0))[:, ::-1]
    moved = index + np.array(place.shift)
    if ((moved < 0) | (moved >= np.array(lattice.n))).any():
        raise InputError(
            f"{state.path}: is magnetic beyond the sphere's box; give --radius-nm as the script has it"
        )
    on = np.zeros((3, *lattice.shape))
    on[:, moved[:, 2], moved[:, 1], moved[:, 0]] = unit[:, index[:, 2], index[:, 1], index[:, 0]]
    return on
