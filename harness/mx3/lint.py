"""What a script may not mean: values in another unit, cells too wide, starts that no search leaves.

In: a script that could be run. Out: cautions, each with the line that set what it is about, or else the one
it arises at. The script is followed without its searches; each caution rests on the magnet as it is there.
"""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.files.folders import Folders
from harness.mx3.names.world import World
from harness.mx3.run import carry_out, compiled, read_script
from harness.mx3.session.rehearsal import Rehearsal

if TYPE_CHECKING:
    from harness.mx3.magnet.symmetry import Held

MU0 = 4e-7 * math.pi
USUAL = {
    "Msat": (1e4, 3e6, "A/m", {1e3: "kA/m", 1 / MU0: "T"}),
    "Aex": (1e-13, 1e-10, "J/m", {1e-12: "pJ/m", 1e-7: "erg/cm"}),
    "GammaLL": (1e10, 1e12, "rad/(T s)", {1e6: "rad/(µT s)", 1 / MU0: "m/(A s)", 2e9 * math.pi: "GHz/T"}),
    "B_ext": (0.0, 100.0, "T", {1e-3: "mT", 1e-4: "G", MU0: "A/m"}),
    "cell edge": (1e-11, 1e-6, "m", {1e-9: "nm", 1e-10: "Å", 1e-6: "µm"}),
    "Ku1": (1e-1, 1e8, "J/m3", {1e3: "kJ/m3", 1e6: "MJ/m3"}),
}
"""Least and largest usual size, unit, and other units that such a number may be in with their size in it."""

START = "start"
EXCHANGE_LENGTH, WALL_WIDTH = "exchange length √(2A/μ0Ms²)", "wall width parameter √(A/Ku1)"
ABOUT = {EXCHANGE_LENGTH: ("cell edge",), WALL_WIDTH: ("cell edge",), "no axis": ("Ku1", "anisU")}
"""What cautions are about whose kind is no name of a quantity."""
MOST_LOOKS = 1000
"""Searches of one line that are looked at: a loop without an end comes to its bound soon."""


@dataclass(frozen=True)
class Caution:
    """What may not be meant, and where."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


def lint(
    script: Path, out: Path | None = None, until: int | None = None
) -> tuple[list[Caution], ScriptError | None]:
    """Cautions about a script, in the order in which it comes to them, and the mistake that shows on the way.

    What it decides by looking at a state it may decide otherwise here. Up to a mistake what is set by then is
    judged, and not what is missing.

    Parameters
    ----------
    script : Path
        One that `vet` finds no problem in before that line.
    out : Path, optional
        Its output folder, where it reads files of its own.
    until : int, optional
        The line of its first problem.
    """
    reader = _Reader(Folders(script, out))
    world = World(reader)
    reader.gamma = lambda: float(world.evolution.gamma.value)
    lines, fault = read_script(script).splitlines(), None
    with (
        np.errstate(all="ignore"),
        contextlib.suppress(ScriptError),
    ):  # of a block that is cut, of no body yet
        compilation = compiled("\n".join(lines if until is None else lines[: until - 1]), world)
        try:
            carry_out(replace(compilation, statements=[] if compilation.problems else compilation.statements))
        except ScriptError as error:
            fault = error
        if until or fault:
            reader.stop()
    return reader.found, fault


class _Reader(Rehearsal):
    """Looks at the magnet wherever the script would search, let time pass or write a row."""

    def __init__(self, folders: Folders) -> None:
        super().__init__(folders, lambda name, magnet: None)
        self.sample.at_rest = False
        self.found: list[Caution] = []
        self._said: set[tuple[str, int | str]] = set()
        """Kinds with their lines, and with their words."""
        self.gamma = lambda: 0.0
        self._values: dict[str, object] = {}
        self._set_at: dict[str, int] = {}
        """The line that set each of `_values` last."""
        self._judged: np.ndarray | None = None
        self._looks: Counter[int] = Counter()
        self._row_read = False

    def at_line(self, line: int) -> None:
        """Take note of what the statement before has set."""
        self._note_set()
        super().at_line(line)

    def _note_set(self) -> None:
        sample = self.sample
        parameters = (sample.msat, sample.aex, sample.ku1, sample.anis_u, sample.b_ext)
        values: dict[str, object] = {p.name: p.by_region.table.tobytes() for p in parameters}
        values |= {"cell edge": sample.grid.cell, "GammaLL": self.gamma(), START: sample.starts}
        for name, value in values.items():
            if self._values.setdefault(name, value) != value:
                self._values[name], self._set_at[name] = value, self.line

    def _caution(self, kind: str, message: str) -> None:
        """Once a line, though a loop comes by often; what holds on is not said again, but every start is."""
        about = ABOUT.get(kind, (kind.removeprefix("no "),))
        line = max((self._set_at.get(name, 0) for name in about), default=0) or self.line
        said: set[tuple[str, int | str]] = {(kind, line)} | ({(kind, message)} if kind != START else set())
        if said.isdisjoint(self._said):
            self.found.append(Caution(line, message))
        self._said |= said

    def pass_over(self, event: str, until_s: float | None = None) -> None:
        """Look at units, cells and start, and at the row that is due as time begins."""
        self._note_set()
        self.make_due_output()
        self._looks[self.line] += 1
        if self._looks[self.line] > MOST_LOOKS:
            return
        for kind, message in (*self._units(event), *self._cells()):
            self._caution(kind, message)
        magnet = self.sample.magnet
        if magnet.columns is self._judged or not magnet.moments.any():
            return
        self._judged = magnet.columns
        from harness.mx3.magnet.symmetry import held_by_symmetry  # compiled code

        held = held_by_symmetry(magnet)
        if said := _what_is_held(held, vortices=magnet.n_cells > 1):
            look = ", or run with --certify to see whether what is found is a minimum" * (event != "run")
            self._caution(
                START,
                f"{event} starts from a state that {_counted(held.operations - 1)} as it "
                f"is, with body, field and material: {said}, but by rounding errors; disturb state or field "
                f"a little{look}",
            )

    def stop(self) -> None:
        """Look at the units and cells that are set."""
        self._note_set()
        for kind, message in (*self._units(""), *self._cells()):
            if not kind.startswith("no "):
                self._caution(kind, message)

    def save_row(self) -> None:
        """Look at the first row of the table."""
        if self._row_read:
            return
        self._row_read = True
        for quantity in self._columns:
            if not np.isfinite(quantity.mean()).all():
                self._caution(
                    quantity.name, f"table column {quantity.name} is not a finite number in the first row"
                )

    def _units(self, event: str) -> Iterator[tuple[str, str]]:
        """Sizes that are far from any material's."""
        sample, regions = self.sample, np.unique(self.sample.grid.regions[self.sample.magnet.fill > 0])
        values = {
            "Msat": sample.msat.by_region.table[:, regions],
            "Aex": sample.aex.by_region.table[:, regions],
            "Ku1": sample.ku1.by_region.table[:, regions],
            "B_ext": np.linalg.norm(sample.b_ext.by_region.table[:, regions], axis=0),
            "cell edge": np.array(sample.grid.mesh.cell),
            "GammaLL": np.array([self.gamma() if event == "run" else 0.0]),
        }
        for name, numbers in values.items():
            for number in np.unique(np.abs(numbers[numbers != 0])):
                if said := _unusual(name, float(number)):
                    yield name, said
        if (lowest := float(values["Aex"].min())) < 0:
            yield (
                "Aex",
                f"Aex = {lowest:.4g} J/m is negative: neighbours turn away from each other cell by cell",
            )
        axes = sample.anis_u.by_region.table[:, regions]
        if (sample.ku1.by_region.table[0, regions] != 0)[~axes.any(axis=0)].any():
            yield "no axis", "Ku1 without anisU: an anisotropy without an axis does nothing"
        for parameter in (sample.msat, sample.aex):
            if not (there := parameter.by_region.table[:, regions] != 0).all():
                part = "part" if there.any() else "all"
                yield f"no {parameter.name}", f"{parameter.name} = 0 in {part} of the body"

    def _cells(self) -> Iterator[tuple[str, str]]:
        """Cells that are wide beside what the material's energy varies over."""
        sample, mesh = self.sample, self.sample.grid.mesh
        inside = sample.magnet.fill > 0
        on_cells = (p.by_region.on_cells(sample.grid.regions)[0][inside] for p in (sample.msat, sample.aex))
        msat, aex = on_cells
        ku = np.abs(sample.ku1.by_region.on_cells(sample.grid.regions)[0][inside])
        widest = max((edge for n, edge in zip(mesh.n, mesh.cell, strict=True) if n > 1), default=0.0)
        for length, name in (
            (np.sqrt(2 * aex / (MU0 * msat**2)), EXCHANGE_LENGTH),
            (np.sqrt(aex / ku), WALL_WIDTH),
        ):
            finite = length[np.isfinite(length) & (length > 0)]
            if finite.size and widest > (least := float(finite.min())) * (1 + 1e-9):
                yield name, f"cells of {1e9 * widest:.3g} nm are wider than the {name}, {1e9 * least:.3g} nm"


def _unusual(name: str, number: float) -> str | None:
    """What to say of a size outside the usual, with the units that would put it inside."""
    least, largest, unit, others = USUAL[name]
    if least <= number <= largest:
        return None
    meant = " or ".join(other for size, other in others.items() if least <= number * size <= largest)
    asked = f"; is it in {meant}?" if meant else ""
    return f"{name} = {number:.4g} {unit}: usual sizes are {least:g} to {largest:g} {unit}{asked}"


def _counted(others: int) -> str:
    return "a turn or reflection leaves" if others == 1 else f"{others} turns and reflections leave"


def _what_is_held(held: Held, *, vortices: bool) -> str:
    """Words for what cannot change; nothing where all can."""
    said = []
    free = _directions(held.moment)
    axes = _directions(held.circulation) if vortices else None
    if free == []:
        said.append("the mean moment stays zero")
    elif free is not None:
        said.append(f"the mean moment stays {_where(free)}")
    if axes == []:
        said.append("no circulation about any axis arises")
    elif axes is not None:
        said.append(f"the axis of circulation stays {_where(axes)}")
    return ", ".join(said)


def _where(directions: list[str]) -> str:
    return f"{'along' if len(directions) == 1 else 'in the plane of'} {' and '.join(directions)}"


def _directions(projection: np.ndarray) -> list[str] | None:
    """Directions that a projection leaves, as words; None where it leaves all."""
    sizes, vectors = np.linalg.eigh((projection + projection.T) / 2)
    kept = vectors[:, sizes > 0.5]
    if kept.shape[1] == 3:
        return None
    on_axes = [axis for k, axis in enumerate("xyz") if np.linalg.norm(kept[k]) > 1 - 1e-6]
    if len(on_axes) == kept.shape[1]:
        return on_axes
    return [f"({', '.join(f'{c:.2f}' for c in vector + 0.0)})" for vector in kept.T]
