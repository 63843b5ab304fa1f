"""What is asked for: a study, and the cases it stands for.

In: a TOML file, or the same values from Python. Out: a frozen Study, whose cases() gives one Case per run.
Only [sweep], [[protocol]] tables and their seeds multiply. Nothing here knows how a case is run.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from harness.inputs import (
    InputError,
    KeyPath,
    ListAsTuple,
    StrictModel,
    checked,
    key_path,
    read_toml,
    suggestion,
)
from harness.study.field_path import FieldPath, PositiveTesla
from harness.study.lattice import Lattice, Triple, fit_lattice, nanometres
from harness.study.numbers import number
from harness.study.protocols import AnyProtocol, Bare
from harness.study.protocols.base import Protocol
from reduced_model.materials import MATERIALS

MAX_CELLS = 256**3
MAX_CASES = 10_000

SWEEPABLE: dict[str, tuple[str, str]] = {
    "radius_nm": ("particle", "radius_nm"),
    "cell_nm": ("mesh", "cell_nm"),
    "edge_smooth": ("mesh", "edge_smooth"),
    "offset_cells": ("mesh", "offset_cells"),
    "solver": ("solver", "method"),
    "tolerance_T": ("solver", "tolerance_T"),
}
"""Keys of [sweep], each with the table and key it stands for."""

RESERVED_NAMES = ("studies", "recorded")
NAME_RULE = "should be letters, digits, _ . - only, at most 64, beginning with a letter or digit"


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", text):
        raise ValueError(NAME_RULE)
    return text


Name = Annotated[str, AfterValidator(_name)]
CaseName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,199}$")]


def _unit_vector(axis: Triple) -> Triple:
    length = math.hypot(*axis)
    if length == 0:
        raise ValueError("a direction is wanted, not the zero vector")
    return (axis[0] / length, axis[1] / length, axis[2] / length)


class MaterialTable(StrictModel):
    """A uniaxial ferromagnet: a known one by its name alone, any other by its numbers."""

    name: Name | None = None
    """name of a known material, or a label for the numbers below"""
    Ms_A_per_m: Annotated[float, Field(ge=1e3, le=1e7)]
    """saturation magnetisation, A/m"""
    A_J_per_m: Annotated[float, Field(ge=1e-14, le=1e-9)]
    """exchange stiffness, J/m"""
    Ku_J_per_m3: Annotated[float, Field(ge=0, le=1e8)]
    """uniaxial anisotropy of an easy axis, J/m3"""
    axis: Annotated[Triple, ListAsTuple, AfterValidator(_unit_vector)] = (0.0, 0.0, 1.0)
    """anisotropy axis; normalised"""

    @model_validator(mode="before")
    @classmethod
    def _known_by_name(cls, values: Any) -> Any:
        numbers = ("Ms_A_per_m", "A_J_per_m", "Ku_J_per_m3")
        if not isinstance(values, dict) or not isinstance(values.get("name"), str):
            return values
        known = MATERIALS.get(values["name"])
        given = [k for k in numbers if k in values]
        if known is None:
            if not given:
                raise ValueError(f"name = {values['name']}: {suggestion(values['name'], MATERIALS)}")
            return values
        values = {**{k: getattr(known, k) for k in numbers}, **values}
        if any(values[k] != getattr(known, k) for k in given):
            raise ValueError(
                f"name = {known.name} stands for other numbers: drop it, or drop {', '.join(given)}"
            )
        return values


class ParticleTable(StrictModel):
    """The particle's shape and size."""

    shape: Literal["sphere"] = "sphere"
    radius_nm: Annotated[float, Field(gt=0, le=1000)]
    """radius, nm"""


class MeshTable(StrictModel):
    """The lattice the particle is cut from."""

    cell_nm: Annotated[float, Field(gt=0, le=1000)]
    """edge of the cubic cells, nm"""
    edge_smooth: Annotated[int, Field(ge=0, le=16)] = 0
    """samples per axis for partly filled cells at the surface; 0 keeps whole cells whose centre is inside"""
    offset_cells: Annotated[
        tuple[Annotated[float, Field(ge=-0.5, le=0.5)], ...], ListAsTuple, Field(min_length=3, max_length=3)
    ] = (0.0, 0.0, 0.0)
    """shift of the sphere from its symmetric place on the lattice, in cells along x, y, z"""


class SolverTable(StrictModel):
    """How equilibrium is found at each field."""

    method: Literal["relax", "minimize"] = "relax"
    """the script's statement; relax always ends, MuMax3's minimize has no iteration limit"""
    tolerance_T: Annotated[float, Field(ge=1e-12, le=1e-2)] = 1e-6
    """largest |m x B| the CPU engine leaves in any cell, T; MuMax3 stops at its own rounding floor"""


def _saved_fields(value: Any) -> str | tuple[float, ...]:
    if isinstance(value, str) and value in ("remanence", "all", "none"):
        return value
    if isinstance(value, list | tuple) and all(isinstance(v, float | int) for v in value):
        return tuple(float(v) for v in value)
    raise ValueError('must be "remanence", "all", "none" or a list of fields in T')


class SaveTable(StrictModel):
    """Which magnetisation states are written; the table always is."""

    ovf: Annotated[str | tuple[float, ...], BeforeValidator(_saved_fields)] = "remanence"
    """states kept as OVF: at zero field, at all fields, none, or at listed fields in T on every branch"""
    every_T: PositiveTesla | None = None
    """states kept besides: at every multiple of this field, T"""


class Case(StrictModel):
    """One run: everything that decides its result, with its name."""

    study_name: Name
    name: CaseName
    material: MaterialTable
    particle: ParticleTable
    mesh: MeshTable
    field: FieldPath
    solver: SolverTable
    save: SaveTable
    protocol: AnyProtocol

    @model_validator(mode="after")
    def _makes_sense(self) -> Case:
        cell, diameter = self.mesh.cell_nm, 2 * self.particle.radius_nm
        if cell > diameter:
            raise ValueError(
                f"mesh.cell_nm = {cell:g}: larger than the particle, whose diameter is {diameter:g} nm; "
                f"allowed: at most {diameter:g}"
            )
        if (diameter / cell) ** 3 > MAX_CELLS or self.lattice.n_cells > MAX_CELLS:
            least = diameter / MAX_CELLS ** (1 / 3)
            raise ValueError(
                f"mesh.cell_nm = {cell:g}: a box of {(diameter / cell) ** 3:.3g} cells, more than the "
                f"{MAX_CELLS} allowed; for radius_nm = {self.particle.radius_nm:g} take at least {least:.2g}"
            )
        self.saved_steps  # noqa: B018  names a saved field that is not on the path
        return self

    @property
    def field_values_T(self) -> tuple[float, ...]:
        """Applied fields in path order, T; row k of the run's table belongs to value k."""
        return self.field.all_values_T

    @property
    def direction(self) -> Triple:
        """Unit vector of the applied field."""
        return self.protocol.direction

    @property
    def radius_m(self) -> float:
        """Radius of the particle in m."""
        return nanometres(self.particle.radius_nm)

    @property
    def cell_m(self) -> float:
        """Edge of a cell in m."""
        return nanometres(self.mesh.cell_nm)

    @property
    def lattice(self) -> Lattice:
        """The box of cells fitted to the particle."""
        dx, dy, dz = self.mesh.offset_cells
        return fit_lattice(self.particle.radius_nm, self.mesh.cell_nm, (dx, dy, dz))

    @property
    def grid(self) -> tuple[int, int, int]:
        """Number of cells (nx, ny, nz) of the box."""
        return self.lattice.n

    @property
    def saved_steps(self) -> tuple[int, ...]:
        """Steps of the field path whose state is written as OVF."""
        fields, save = self.field_values_T, self.save
        if isinstance(save.ovf, str):
            wanted = {"remanence": {0.0}, "none": set(), "all": set(fields)}[save.ovf]
        else:
            wanted = set(save.ovf)
            if absent := sorted(wanted - set(fields)):
                raise ValueError(f"save.ovf: {absent[0]:g} T is not a value of the field path")
        if save.every_T:
            step = Decimal(repr(save.every_T))
            wanted |= {B for B in fields if Decimal(repr(B)) % step == 0}
        return tuple(k for k, B in enumerate(fields) if B in wanted)


class Study(StrictModel):
    """A set of runs that belong together, as a person asks for them."""

    name: Name
    """names the folder of its runs"""
    description: str = ""
    """what the study is for, in a sentence"""
    material: MaterialTable
    particle: ParticleTable
    mesh: MeshTable
    field: FieldPath
    solver: SolverTable = SolverTable()
    save: SaveTable = SaveTable()
    sweep: dict[str, Annotated[tuple[Any, ...], ListAsTuple]] = Field(default_factory=dict)
    """values that multiply; keys as in SWEEPABLE"""
    protocol: Annotated[tuple[AnyProtocol, ...], ListAsTuple, Field(min_length=1)] = (Bare(),)
    """what breaks the symmetry, a [[protocol]] table each; not at all if none is given"""

    @classmethod
    def load(cls, path: str | Path) -> Study:
        """Read a study file; raises InputError where it is missing or no TOML, and for bad keys or values."""
        if not isinstance(path, str | Path) or not str(path).strip():
            raise InputError(f"path = {path!r}: must be the path of a study file")
        path = Path(path)
        try:
            values = read_toml(path)
        except FileNotFoundError:
            raise InputError(f"{path}: no such study file") from None
        if "name" not in values:
            try:
                _name(path.stem)
            except ValueError as rule:
                why = f"missing, and the file's own name cannot stand in for it; {rule}"
                raise InputError(f"name: {why} ({path})") from None
        return cls.from_values({"name": path.stem, **values}, source=str(path))

    @classmethod
    def from_values(cls, values: Mapping[str, Any], source: str = "study") -> Study:
        """Make a study from nested tables, with an InputError naming ``source`` if they are not one.

        A swept key may be left out of its own table.
        """
        study = checked(cls, _with_first_swept_values(values, source), source=source, if_listed=_if_listed)
        if study.name.lower() in RESERVED_NAMES:
            raise InputError(f"name = {study.name}: reserved; choose another name ({source})")
        study._cases(source)
        return study

    def cases(self) -> tuple[Case, ...]:
        """Every run of this study once, sweeps outermost, protocols innermost.

        Raises InputError when a swept value is out of range or a combination makes no sense.
        """
        return self._cases(f"study {self.name}")

    def _cases(self, source: str) -> tuple[Case, ...]:
        protocols = [member for p in self.protocol for member in p.members()]
        if (count := len(protocols) * math.prod(map(len, self.sweep.values()))) > MAX_CASES:
            raise InputError(f"sweep: {count} cases; at most {MAX_CASES} are allowed ({source})")
        cases: dict[tuple[Any, ...], Case] = {}
        for values in itertools.product(*self.sweep.values()):
            settings = self._settings(dict(zip(self.sweep, values, strict=True)), source)
            for protocol in protocols:
                name = _case_name(settings["particle"], settings["mesh"], settings["solver"], protocol)
                asked = {"study_name": self.name, "name": name, "protocol": protocol, **settings}
                cases.setdefault((*settings.values(), protocol), checked(Case, asked, source=source))
        return tuple(cases.values())

    def _settings(self, swept: dict[str, Any], source: str) -> dict[str, Any]:
        """The tables of one combination of swept values, each checked as if it stood in the file."""
        settings = {k: getattr(self, k) for k in ("material", "particle", "mesh", "field", "solver", "save")}
        for key, value in swept.items():
            table, field = SWEEPABLE[key]
            values = {**settings[table].model_dump(), field: value}
            try:
                settings[table] = checked(type(settings[table]), values, source=source)
            except InputError as error:
                raise InputError([f"sweep.{key}: {line}" for line in error.problems]) from None
        return settings


def _case_name(particle: ParticleTable, mesh: MeshTable, solver: SolverTable, protocol: Protocol) -> str:
    """Name a folder can bear: size and cell always, anything unusual, the protocol.

    Every sweepable key is in it, digit for digit, so that no two cases of a study share a name.
    """
    parts = [f"R{number(particle.radius_nm)}nm", f"c{number(mesh.cell_nm)}nm"]
    if mesh.edge_smooth:
        parts.append(f"smooth{mesh.edge_smooth}")
    if any(mesh.offset_cells):
        parts.append("offset" + "_".join(map(number, mesh.offset_cells)))
    if solver.method != "relax":
        parts.append(solver.method)
    if solver.tolerance_T != SolverTable().tolerance_T:
        parts.append(f"tol{number(solver.tolerance_T)}T")
    return "-".join([*parts, protocol.slug])


def _if_listed(path: KeyPath) -> str:
    """What to do where a list stands and one value belongs."""
    if path[0] == "protocol":
        return "write a [[protocol]] table for each"
    if key := next((key for key, place in SWEEPABLE.items() if place == path), None):
        return f"to run several, list them as {key} under [sweep]"
    return f"only {', '.join(SWEEPABLE)} can be listed, under [sweep]"


def _with_first_swept_values(values: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Complete the tables with the first value of each sweep, after checking the sweep itself."""
    complete = dict(values)
    sweep = values.get("sweep", {})
    if not isinstance(sweep, Mapping):
        raise InputError(f"sweep: must be a table of lists ({source})")
    for key, listed in sweep.items():
        if key not in SWEEPABLE:
            raise InputError(f"sweep.{key}: cannot be swept; {suggestion(key, SWEEPABLE)} ({source})")
        if not isinstance(listed, list | tuple) or not listed:
            raise InputError(f"sweep.{key} = {listed}: must be a list of one or more values ({source})")
        table, field = SWEEPABLE[key]
        given = complete.get(table, {})
        if not isinstance(given, Mapping):
            continue  # not a table at all: the study's own check says so
        if field in given:
            where = key_path((table, field))
            raise InputError(f"{where} = {given[field]}: stands in [sweep] too; keep one of them ({source})")
        complete[table] = {**given, field: listed[0]}
    return complete
