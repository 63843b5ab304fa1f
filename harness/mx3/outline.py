"""What a script is about, found by following it without its searches.

In: a script. Out: an Outline: cells, body, material, the field at every row of the table and every m saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.mx3.files.folders import Folders
from harness.mx3.magnet.mesh import Mesh
from harness.mx3.run import follow
from harness.mx3.session.quantities import Quantity
from harness.mx3.session.rehearsal import STATES, Rehearsal
from harness.mx3.session.sample import Sample
from harness.mx3.session.shapes import Shape

Vector = NDArray[np.float64]
Triple = tuple[float, float, float]
_HALVINGS = 60
_ROUND = 1e-6
"""Share by which a sphere may be longer one way than another."""


@dataclass(frozen=True, eq=False)
class Outline:
    """A script's problem."""

    n: tuple[int, int, int]
    cell_m: Triple
    Ms_A_per_m: float
    A_J_per_m: float
    Ku_J_per_m3: float
    axis: Triple
    edge_smooth: int
    fill: Vector
    """(nz, ny, nx) share of each cell that the body fills."""
    radius_m: float | None
    """Of the sphere that the body is; None for any other."""
    centre_m: Triple
    """Its centre, from the grid's."""
    fields_T: Vector
    """(rows, 3) field at every row of the table."""
    saved: dict[str, int]
    """Row of the table that each saved m belongs to, by the file's name."""
    other_problem: str = ""
    """What of its energy, at some row, makes it another problem than a uniaxial sphere's; "" for the same."""
    extra_T: float = 0.0
    """Largest field that masks add to that of a row."""
    in_time: frozenset[int] = frozenset()
    """Rows that are written as time goes by, each up to a step after it is due."""
    on_the_way: frozenset[int] = frozenset()
    """Rows of a field from before a search in it that another of its rows follows."""
    early: frozenset[str] = frozenset()
    """Files of m that are saved in a field before a search in it."""
    unread: tuple[str, ...] = ()
    """Files it reads that are not there: what they hold is unknown."""

    def at_rest(self) -> Outline:
        """The same, its rows on the way not counted."""
        kept = [row for row in range(len(self.fields_T)) if row not in self.on_the_way]
        new = {row: k for k, row in enumerate(kept)}
        return replace(
            self,
            fields_T=self.fields_T[kept],
            saved={name: new[row] for name, row in self.saved.items() if row in new},
            in_time=frozenset(new[row] for row in self.in_time & new.keys()),
            on_the_way=frozenset(),
        )


class _Followed(Rehearsal):
    """A rehearsal that notes rows and saved states, and builds no magnet for them."""

    def __init__(self, script: Path) -> None:
        super().__init__(Folders(script, unread=[]), lambda name, magnet: None)
        self.sample.only_followed = True
        self.fields_T: list[tuple[float, ...]] = []
        self.saved: dict[str, int] = {}
        self.in_time: set[int] = set()
        self.others: dict[str, None] = {}
        """What of its energy is another one's, in order."""
        self.extra_T = 0.0
        self._first: dict[str, Vector] = {}
        self.early: set[str] = set()
        self._before: list[tuple[str, tuple[float, ...]]] = []
        self._early: list[str] = []
        self._searched_T: tuple[float, ...] | None = None
        self._searched: list[bool] = []
        self._row_found: int | None = None

    def pass_over(self, event: str, until_s: float | None = None) -> None:
        """Search: what was saved in a field before that is still what the last row found in its own."""
        if self._early:
            for name in self._early:
                if self._row_found is not None and self._row_found not in self.saved.values():
                    self.saved[name] = self._row_found
            self.early.update(self._early)
            self._early.clear()
            self._before.clear()
        super().pass_over(event, until_s)
        self._searched_T, self._row_found = self._field(), None

    def save_row(self) -> None:
        """Note the field; a state saved since the row before, in this field, is this row's too."""
        self.fields_T.append(self._field())
        fill = _magnetic(self.sample)
        self.others |= dict.fromkeys(_others(self.sample, fill))
        self._note_changes(fill)
        if (extra := self.sample.b_ext.extra()) is not None:
            self.extra_T = max(self.extra_T, float(np.linalg.norm(extra, axis=0).max()))
        self._searched.append(self.fields_T[-1] == self._searched_T)
        if self._searched[-1]:
            self._row_found = len(self.fields_T) - 1
        for name, B in self._before:
            if self.fields_T[-1] == B:
                self.saved[name] = len(self.fields_T) - 1
        self._before.clear()

    def _note_changes(self, fill: Vector) -> None:
        """Note a material that is another one than at the first row."""
        for parameter, value in _material(self.sample, fill).items():
            if not np.array_equal(self._first.setdefault(parameter, value), value):
                self.others[f"has {parameter} that changes between rows"] = None

    def make_due_output(self) -> None:
        """Note which rows are due."""
        before = len(self.fields_T)
        super().make_due_output()
        self.in_time.update(range(before, len(self.fields_T)))

    def save(self, quantity: Quantity, name: str | None = None) -> None:
        """Note which row m belongs to: the last, unless the field has changed since."""
        path = self.path_for(quantity, name)
        if quantity.name in STATES:
            field_T = self._field()
            if self.fields_T and self.fields_T[-1] == field_T:
                self.saved[path.name] = len(self.fields_T) - 1
            else:
                self._before.append((path.name, field_T))
            if field_T != self._searched_T:
                self._early.append(path.name)

    def on_the_way(self) -> Iterator[int]:
        """The rows of a field up to its last, where a search in it was made between the first and that."""
        for _, rows in groupby(range(len(self.fields_T)), self.fields_T.__getitem__):
            *before, last = rows
            if before and self._searched[last] and not self._searched[before[0]]:
                yield from before

    def _field(self) -> tuple[float, ...]:
        by_region = self.sample.b_ext.by_region
        by_region.refresh()
        return tuple(float(x) for x in by_region.table[:, 0])


def outline(script: Path) -> Outline:
    """Follow a script to know what it is about, without the files it reads where they are lost.

    Raises
    ------
    ScriptError
        If the script cannot be read or has a mistake.
    """
    session = _Followed(script)
    follow(script, session)
    grid, sample = session.grid, session.sample
    centre, radius = _sphere(grid.shape, grid.mesh.n, grid.mesh.cell)
    fill = _magnetic(sample)
    of_msat, of_aex, of_ku1, axis = _material(sample, fill).values()
    msat, aex, ku1 = (float(value[0]) for value in (of_msat, of_aex, of_ku1))
    x, y, z = (float(u) for u in axis)
    if radius is not None and not _is_ball(fill, grid.mesh, centre, radius):
        radius = None
    return Outline(
        n=grid.mesh.n,
        cell_m=grid.mesh.cell,
        Ms_A_per_m=msat,
        A_J_per_m=aex,
        Ku_J_per_m3=ku1,
        axis=(x, y, z),
        edge_smooth=int(grid.edge_smooth.value),
        fill=grid.fill,
        radius_m=radius,
        centre_m=centre,
        fields_T=np.array(session.fields_T).reshape(-1, 3),
        saved=session.saved,
        other_problem=" and ".join(session.others),
        extra_T=session.extra_T,
        in_time=frozenset(session.in_time),
        on_the_way=frozenset(session.on_the_way()),
        early=frozenset(session.early),
        unread=tuple(dict.fromkeys(session.folders.unread or ())),
    )


def _magnetic(sample: Sample) -> Vector:
    """Share of each cell that is magnetic: filled by the body, in a region with Msat."""
    grid = sample.grid
    return np.where(sample.msat.by_region.on_cells(grid.regions)[0] > 0, grid.fill, 0.0)


def _material(sample: Sample, fill: Vector) -> dict[str, Vector]:
    """The parameters of the material by name, in the first region of the body."""
    regions = sample.grid.regions[fill > 0]
    region = int(regions[0]) if regions.size else 0
    parameters = (sample.msat, sample.aex, sample.ku1, sample.anis_u)
    return {p.name: p.by_region.table[:, region].copy() for p in parameters}


def _others(sample: Sample, fill: Vector) -> Iterator[str]:
    """What of a magnet's present energy exchange, demagnetising field, uniaxial axis and field leave out."""
    grid = sample.grid
    of_body = np.unique(grid.regions[fill > 0])
    for name, (parameter, effect) in sample.lacking.items():
        if parameter.by_region.table[:, of_body].any():
            yield f"has {effect} ({name})"
    others = (sample.ku2, sample.kc1, sample.kc2, sample.kc3, sample.no_demag_spins, sample.frozen_spins)
    yield from (f"has {p.name}" for p in others if p.by_region.table[:, of_body].any())
    for parameter in (sample.msat, sample.aex, sample.ku1, sample.anis_u):
        if np.ptp(parameter.by_region.table[:, of_body], axis=1).any():
            yield f"has {parameter.name} that differs by region"
    if not sample.enable_demag.value:
        yield "lacks the demagnetising field (EnableDemag)"
    if any(grid.mesh.repetitions):
        yield "is that of periodic images (SetPBC)"


def _is_ball(fill: Vector, mesh: Mesh, centre: Triple, radius: float) -> bool:
    """Whether cells well inside a sphere are magnetic, none well outside, and the grid holds all of it."""
    off = [mesh.axis_centres(k) - x for k, x in enumerate(centre)]
    away = np.sqrt(off[0] ** 2 + off[1][:, None] ** 2 + off[2][:, None, None] ** 2)
    diagonal = float(np.linalg.norm(mesh.cell))
    held = np.abs(centre) + radius <= (np.array(mesh.size) + mesh.cell) / 2
    return bool(
        held.all()
        and (fill[away < radius - diagonal] > 0).all()
        and (fill[away > radius + diagonal] == 0).all()
    )


def _sphere(shape: Shape | None, n: tuple[int, int, int], cell: Triple) -> tuple[Triple, float | None]:
    """Centre and radius of a shape that is as long every way; no radius for any other."""
    centre = np.zeros(3)
    if shape is None:
        return (0.0, 0.0, 0.0), None
    box = np.array(n) * cell
    if not _inside(shape, centre):  # begin in the middle of what is inside
        grids = np.meshgrid(
            *(c * (np.arange(k) - (k - 1) / 2) for k, c in zip(n, cell, strict=True)), indexing="ij"
        )
        places = np.stack([g[np.asarray(shape(*grids))] for g in grids])
        centre = places.mean(axis=1)
    axes = np.eye(3)
    for _ in range(2):  # chords through a point off the centre are shorter: their middles are nearer to it
        ends = [[_reach(shape, centre, s * u, box.max()) for s in (1.0, -1.0)] for u in axes]
        centre = centre + axes.T @ [(plus - minus) / 2 for plus, minus in ends]
    ways = [*axes, *-axes, np.ones(3) / np.sqrt(3), np.array([1.0, -1.0, 0.5]) / 1.5]
    radii = np.array([_reach(shape, centre, u, box.max()) for u in ways])
    x, y, z = (float(c) if abs(c) > _ROUND * radii.max() else 0.0 for c in centre)
    sphere = np.ptp(radii) <= _ROUND * radii.max() and radii.max() < box.max()
    return (x, y, z), float(np.format_float_positional(radii.mean(), 9, fractional=False)) if sphere else None


def _inside(shape: Shape, place: Vector) -> bool:
    return bool(np.asarray(shape(*(np.array([x]) for x in place)))[0])


def _reach(shape: Shape, start: Vector, way: Vector, most: float) -> float:
    """How far a shape goes from a place inside it."""
    low, high = 0.0, most
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _inside(shape, start + middle * way) else (low, middle)
    return low
