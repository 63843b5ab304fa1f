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
from harness.mx3.names.materials import MAGNETOELASTIC
from harness.mx3.run import follow
from harness.mx3.session.quantities import Quantity
from harness.mx3.session.rehearsal import STATES, Rehearsal
from harness.mx3.session.sample import Sample
from harness.mx3.session.shapes import Shape

Vector = NDArray[np.float64]
Regions = NDArray[np.uint8]
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
    before_search: frozenset[int] = frozenset()
    """Rows of a field from before a search in it that another of its rows follows."""
    early: frozenset[str] = frozenset()
    """Files of m that are saved in a field before a search in it."""
    unread: tuple[str, ...] = ()
    """Files it reads that are not there: what they hold is unknown."""

    @property
    def on_the_way(self) -> frozenset[int]:
        """Rows before a search, and those of a time in one field that another follows."""
        same = (np.diff(self.fields_T, axis=0) == 0.0).all(axis=1)
        return self.before_search | {row for row in self.in_time if row + 1 in self.in_time and same[row]}

    def as_written(self, rows: NDArray[np.int_], fields_T: Vector) -> Outline:
        """The same by the (n, 3) fields of a table's rows: one due as the field changes may be in the next.

        A state saved then belongs to the row before.
        """
        following = np.append(self.fields_T[1:], self.fields_T[-1:], axis=0)
        off, off_next = (np.linalg.norm(fields_T - own[rows], axis=1) for own in (self.fields_T, following))
        late = self.in_time.intersection(rows[off_next < off].tolist())
        own = self.fields_T.copy()
        own[list(late)] = following[list(late)]
        return replace(
            self, fields_T=own, saved={name: row - (row in late) for name, row in self.saved.items()}
        )

    def at_rest(self) -> Outline:
        """The same, its rows on the way not counted."""
        left = self.on_the_way
        kept = [row for row in range(len(self.fields_T)) if row not in left]
        new = {row: k for k, row in enumerate(kept)}
        return replace(
            self,
            fields_T=self.fields_T[kept],
            saved={name: new[row] for name, row in self.saved.items() if row in new},
            in_time=frozenset(new[row] for row in self.in_time & new.keys()),
            before_search=frozenset(),
        )

    def fills_ball(self, radius_m: float) -> bool:
        """Whether cells well inside a sphere are filled, none well outside, and the grid holds all of it."""
        mesh = Mesh(self.n, self.cell_m)
        off = [mesh.axis_centres(k) - x for k, x in enumerate(self.centre_m)]
        away = np.sqrt(off[0] ** 2 + off[1][:, None] ** 2 + off[2][:, None, None] ** 2)
        diagonal = float(np.linalg.norm(mesh.cell))
        held = np.abs(self.centre_m) + radius_m <= (np.array(mesh.size) + mesh.cell) / 2
        return bool(
            held.all()
            and (self.fill[away < radius_m - diagonal] > 0).all()
            and (self.fill[away > radius_m + diagonal] == 0).all()
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
        self._before: list[tuple[str, tuple[float, ...], bool]] = []
        """States since the last row: name, field, and whether they were due."""
        self._due = False
        self._row_s = 0.0
        self._early: list[str] = []
        self._body: tuple[int, Vector, Regions] | None = None
        self._others_searched: tuple[str, ...] = ()
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
        self._before = [(name, B, due) for name, B, due in self._before if not due]
        super().pass_over(event, until_s)
        self._searched_T, self._row_found = self._field(), None
        self._others_searched = tuple(_others(self.sample, self.regions))

    def save_row(self) -> None:
        """Note the field; a state saved since the row before, in this field, is this row's too."""
        self.fields_T.append(self._field())
        self.others |= dict.fromkeys((*self._others_searched, *_others(self.sample, self.regions)))
        self._note_changes()
        if (extra := self.sample.b_ext.extra()) is not None:
            self.extra_T = max(self.extra_T, float(np.linalg.norm(extra, axis=0).max()))
        self._searched.append(self.fields_T[-1] == self._searched_T)
        if self._searched[-1]:
            self._row_found = len(self.fields_T) - 1
        self._row_s = self.time.value
        for name, B, _ in self._before:
            if self.fields_T[-1] == B:
                self.saved[name] = len(self.fields_T) - 1
        self._before.clear()

    @property
    def regions(self) -> Regions:
        """The regions of the body; looked for where they may have changed."""
        grid = self.sample.grid
        if self._body is None or self._body[0] != grid.version or self._body[1] is not grid.fill:
            self._body = grid.version, grid.fill, np.unique(grid.regions[grid.fill > 0])
        return self._body[2]

    def _note_changes(self) -> None:
        """Note a material that is another one than at the first row."""
        for parameter, by_region in _material(self.sample, self.regions).items():
            if not np.allclose(by_region[0], self._first.setdefault(parameter, by_region[0]), _ROUND, 0.0):
                self.others[f"has {parameter} that changes between rows"] = None

    def make_due_output(self) -> None:
        """Note which rows are due."""
        before, self._due = len(self.fields_T), True
        super().make_due_output()
        self._due = False
        self.in_time.update(range(before, len(self.fields_T)))

    def save(self, quantity: Quantity, name: str | None = None) -> None:
        """Note which row m belongs to: the last, unless the field has changed since."""
        path = self.path_for(quantity, name)
        if quantity.name in STATES:
            field_T = self._field()
            of_row = self.fields_T and self.fields_T[-1] == field_T
            if of_row and not (self._due and self._row_s != self.time.value):
                self.saved[path.name] = len(self.fields_T) - 1
            else:
                self._before.append((path.name, field_T, self._due))
            if field_T != self._searched_T and not self._due:
                self._early.append(path.name)

    def before_search(self) -> Iterator[int]:
        """The rows of a field up to its last, where a search in it was made between the first and that."""
        for _, rows in groupby(range(len(self.fields_T)), self.fields_T.__getitem__):
            *before, last = rows
            if before and self._searched[last] and not self._searched[before[0]]:
                yield from before

    def _field(self) -> tuple[float, ...]:
        """Its mean over the box, as a table has it."""
        by_region = self.sample.b_ext.by_region
        by_region.refresh()
        return tuple(by_region.compact(self.grid.regions).reshape(3, -1).mean(axis=1).tolist())


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
    first = session.regions[:1]
    msat, aex, ku1, (x, y, z) = (
        [float(u) for u in p.present(first)[:, 0]]
        for p in (sample.msat, sample.aex, sample.ku1, sample.anis_u)
    )
    found = Outline(
        n=grid.mesh.n,
        cell_m=grid.mesh.cell,
        Ms_A_per_m=msat[0],
        A_J_per_m=aex[0],
        Ku_J_per_m3=ku1[0],
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
        before_search=frozenset(session.before_search()),
        early=frozenset(session.early),
        unread=tuple(dict.fromkeys(session.folders.unread or ())),
    )
    return found if radius is None or found.fills_ball(radius) else replace(found, radius_m=None)


def _material(sample: Sample, regions: Regions) -> dict[str, Vector]:
    """What of the energy is the material's, by the names that set it: (regions, values).

    An axis is the same turned round, of any length, and none without Ku1.
    """
    msat, aex, ku1, u = (p.present(regions) for p in (sample.msat, sample.aex, sample.ku1, sample.anis_u))
    u = u / np.maximum(np.linalg.norm(u, axis=0), np.finfo(float).tiny)
    return {"Msat": msat.T, "Aex": aex.T, "Ku1 or AnisU": (ku1 * u * u[:, None]).reshape(9, -1).T}


def _others(sample: Sample, regions: Regions) -> Iterator[str]:
    """What of the energy in regions exchange, demagnetising field, uniaxial axis and field leave out."""
    acting: dict[str, list[str]] = {}
    for name, (parameter, effect) in sample.lacking.items():
        if parameter.acts(regions):
            acting.setdefault(effect, []).append(name)
    for effect, names in acting.items():
        couplings = {"B1", "B2"}.intersection(names)
        if effect != MAGNETOELASTIC or 0 < len(couplings) < len(names):  # it takes a strain too
            yield f"has {effect} ({', '.join(names)})"
    if (sample.ku1.present(regions) < 0).any():
        yield "has an easy plane (Ku1 below 0)"
    if sample.b_ext.by_region.compact(sample.grid.regions).ndim > 1:
        yield "has B_ext that differs by region"
    others = (sample.ku2, sample.kc1, sample.kc2, sample.kc3, sample.no_demag_spins, sample.frozen_spins)
    yield from (f"has {p.name}" for p in others if p.acts(regions))
    for parameters, by_region in _material(sample, regions).items():
        if not np.allclose(by_region, by_region[0], _ROUND, 0.0):
            yield f"has {parameters} that differs by region"
    if not sample.enable_demag.value:
        yield "lacks the demagnetising field (EnableDemag)"
    if any(sample.grid.mesh.repetitions):
        yield "is that of periodic images (SetPBC)"


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
