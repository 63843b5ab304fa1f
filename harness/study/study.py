"""What is asked for: a study, and the cases it stands for.

In: a TOML file, or the same values from Python. Out: a frozen Study, whose cases() gives one Case per run.
Only [sweep], [[protocol]] tables and their seeds multiply. Nothing here knows how a case is run.
A value that can be no mistake of form, but that no magnet has, is let through with a line in `doubts`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from harness.inputs import (
    InputError,
    ListAsTuple,
    StrictModel,
    checked,
    read_toml,
    suggestion,
)
from harness.study.field_path import FieldPath
from harness.study.lattice import Lattice, Triple, fit_lattice, nanometres
from harness.study.numbers import number
from harness.study.protocols import AnyProtocol, Bare
from harness.study.protocols.base import Protocol
from harness.study.sweep import NUMBERS, SWEEPABLE, if_listed, with_first_swept_values, with_value, without
from harness.study.tables import (
    ContinuumTable,
    MaterialTable,
    MeshTable,
    Name,
    ParticleTable,
    SaveTable,
    SolverTable,
    as_name,
)
from reduced_model.materials import Material

MAX_CELLS = 256**3
MAX_CASES = 10_000

RESERVED_NAMES = ("studies", "recorded")
CaseName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,199}$")]


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
        if self.solver.surface == "smooth" and self.mesh.edge_smooth:
            raise ValueError(
                f"mesh.edge_smooth = {self.mesh.edge_smooth}: a smooth surface is made of whole cells; "
                'allowed with solver.surface = "smooth": 0'
            )
        self.saved_steps  # noqa: B018  names a saved field that is not on the path
        self.protocol.require(self)
        return self

    def __repr__(self) -> str:
        return f"Case({self.study_name}, {self.name}, {len(self.field_values_T)} fields)"

    @property
    def doubts(self) -> tuple[str, ...]:
        """Values that no magnet and no experiment has, a line each, with the unit that was probably meant."""
        given, radius_nm, cell_nm = self.material, self.particle.radius_nm, self.mesh.cell_nm
        magnet = Material(given.label, given.Ms_A_per_m, given.A_J_per_m, abs(given.Ku_J_per_m3))
        most_T, enough_T = max(map(abs, self.field_values_T)), magnet.mu0Ms_T + magnet.anisotropy_field_T
        found = [magnet.doubt] if magnet.doubt else []
        if radius_nm < 1.0:
            found.append(f"particle.radius_nm = {radius_nm:g}: a handful of atoms at most; the key is in nm")
        if cell_nm < 0.1:
            found.append(f"mesh.cell_nm = {cell_nm:g}: smaller than an atom; the key is in nm")
        if not magnet.doubt and most_T > 10.0 * enough_T:
            times = f"{most_T / enough_T:.0f} times mu0 Ms + 2 Ku/Ms"
            unit = "the keys are in T"
            if self.protocol.kind == "imported":
                unit = "if its unit is another, give --field-column 'NAME [UNIT]'"
            found.append(f"field: goes to {most_T:g} T, {times}; {unit}")
        for key, value in self.protocol.model_dump().items():
            if key.endswith("_mT") and value < 0.01:
                why = "far below the Earth's field of 0.05 mT"
                found.append(f"protocol.{key} = {value:g}: {why}; the key is in mT")
            elif key.endswith("_mT") and not magnet.doubt and value > 1e3 * magnet.mu0Ms_T / 3.0:
                why = f"more than the particle's own demagnetising field, {1e3 * magnet.mu0Ms_T / 3.0:.3g} mT"
                found.append(f"protocol.{key} = {value:g}: {why}; the key is in mT")
        return tuple(found)

    @property
    def field_values_T(self) -> tuple[float, ...]:
        """Applied fields in path order, T; row k of the run's table belongs to value k."""
        return self.field.all_values_T

    @property
    def direction(self) -> Triple:
        """Unit vector of the applied field."""
        return self.protocol.direction

    @property
    def engine_options(self) -> dict[str, Any]:
        """What is asked of the engine and not written into the script."""
        return self.solver.model_dump(exclude={"method"}) | self.protocol.engine_options

    @property
    def radius_m(self) -> float:
        """Radius of the particle in m."""
        return nanometres(self.particle.radius_nm)

    @property
    def cell_m(self) -> float:
        """Edge of a cell in m."""
        return nanometres(self.mesh.cell_nm)

    @property
    def cells_across(self) -> float:
        """Cells along the diameter."""
        return 2.0 * self.radius_m / self.cell_m

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
    continuum: ContinuumTable = ContinuumTable()
    sweep: dict[str, Annotated[tuple[Any, ...], ListAsTuple]] = Field(default_factory=dict)
    """values that multiply; keys as in SWEEPABLE"""
    protocol: Annotated[tuple[AnyProtocol, ...], ListAsTuple, Field(min_length=1)] = (Bare(),)
    """what breaks the symmetry, a [[protocol]] table each; not at all if none is given"""
    repeats: Annotated[int, Field(ge=1, le=100)] = 1
    """runs of each case by MuMax3, whose scatter becomes the simulation's own error"""

    def __repr__(self) -> str:
        swept = "".join(f", {key} = {list(values)}" for key, values in self.sweep.items())
        protocols = ", ".join(p.slug for p in self.protocol)
        return f"Study({self.name}, {self.material.label}{swept}, protocols {protocols})"

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of its values before it is run: doubtful and repeated ones, then the materials."""
        cases = self.cases()
        doubts = (line for case in cases for line in case.doubts)
        repeated = (f"{key}: {value} stands there twice, and is run once" for key, value in self._repeated)
        origins = (f"{m.label}: {m.origin}" for m in (case.material for case in cases) if m.origin)
        return tuple(dict.fromkeys((*doubts, *repeated, *origins)))

    @property
    def _repeated(self) -> Iterator[tuple[str, Any]]:
        """Values that stand in a list a second time, with the list's key."""
        members = [member.slug for protocol in self.protocol for member in protocol.members()]
        for key, values in (*((f"sweep.{k}", v) for k, v in self.sweep.items()), ("protocol", members)):
            yield from ((key, value) for k, value in enumerate(values) if value in values[:k])

    def with_(self, **changes: Any) -> Study:
        """The study with other values, checked as a file is.

        Parameters
        ----------
        **changes
            Keys of [sweep] (``radius_nm=14``; a list of several values sweeps them), or keys of the file
            (``name="other"``, ``field={"loop": {"max_T": 1, "step_T": 0.01}}``, ``protocol=[...]``), which
            replace what stood there. A protocol's key changes every protocol that has it.

        Raises
        ------
        InputError
            As `load`.

        Examples
        --------
        >>> from harness.shipped import find_study
        >>> demo = Study.load(find_study("demo"))
        >>> [case.name for case in demo.with_(radius_nm=14, cell_nm=2).cases()]
        ['R14nm-c2nm-bare', 'R14nm-c2nm-kick5mT-seed1']
        """
        source, values, magnet = f"study {self.name}, changed", self.model_dump(), self.material
        tables = [k for k, v in changes.items() if k not in SWEEPABLE or isinstance(v, Mapping | StrictModel)]
        for key in tables:
            if key not in Study.model_fields:
                known = {**SWEEPABLE, **Study.model_fields}
                raise InputError(f"{key}: unknown key; {suggestion(key, known)} ({source})")
            values[key] = _plain(changes[key])
            if key == "material":
                magnet = checked(MaterialTable, values[key], source=source)
        if not isinstance(values["sweep"], Mapping):
            return Study.from_values(values, source=source)  # which says so
        sweep = values["sweep"] = dict(values["sweep"])
        single = [key for key in changes if key not in tables]
        for key in sorted(single, key=lambda key: key != "material"):  # its numbers come after its name
            value, (table, field) = changes[key], SWEEPABLE[key]
            if isinstance(value, list | tuple) and not _is_one_offset(key, value):
                sweep[key] = value
                continue
            sweep.pop(key, None)
            if table == "material":
                magnet = magnet.with_(field, value, source)
                values["material"] = magnet.model_dump()
            else:
                values = with_value(values, key, value, source)
        for key in sweep.keys() & SWEEPABLE.keys():
            values = without(values, key)
        return Study.from_values(values, source=source)

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
                as_name(path.stem)
            except ValueError as rule:
                why = f"missing, and the file's own name cannot stand in for it; {rule}"
                raise InputError(f"name: {why} ({path})") from None
        return cls.from_values({"name": path.stem, **values}, source=str(path))

    @classmethod
    def from_values(cls, values: Mapping[str, Any], source: str = "study") -> Study:
        """Make a study from nested tables, with an InputError naming ``source`` if they are not one.

        A swept key may be left out of its own table.
        """
        study = checked(cls, with_first_swept_values(values, source), source=source, if_listed=if_listed)
        if study.name.lower() in RESERVED_NAMES:
            raise InputError(f"name = {study.name}: reserved; choose another name ({source})")
        study._cases(source)
        return study

    def cases(self) -> tuple[Case, ...]:
        """Every run of this study once, sweeps outermost, protocols innermost.

        Raises InputError when a swept value is out of range or a combination makes no sense.
        """
        return self._all_cases

    @cached_property
    def _all_cases(self) -> tuple[Case, ...]:
        return self._cases(f"study {self.name}")

    def __getstate__(self) -> dict[Any, Any]:
        """To another process goes what was asked for, not the cases it stands for."""
        state = super().__getstate__()
        values = {key: value for key, value in state["__dict__"].items() if key != "_all_cases"}
        return {**state, "__dict__": values}

    def _cases(self, source: str) -> tuple[Case, ...]:
        members = sum(len(p.members()) for p in self.protocol)
        if (count := members * math.prod(map(len, self.sweep.values()))) > MAX_CASES:
            raise InputError(f"sweep: {count} cases; at most {MAX_CASES} are allowed ({source})")
        cases: dict[tuple[Any, ...], Case] = {}
        for values in itertools.product(*self.sweep.values()):
            swept = dict(zip(self.sweep, values, strict=True))
            settings = self._settings(swept, source)
            for protocol in self._protocols(swept, source):
                of_case = (settings["particle"], settings["mesh"], settings["solver"], protocol)
                name = _case_name(*of_case, _magnet_parts(swept))
                asked = {"study_name": self.name, "name": name, "protocol": protocol, **settings}
                cases.setdefault((*settings.values(), protocol), checked(Case, asked, source=source))
        return tuple(cases.values())

    def _settings(self, swept: dict[str, Any], source: str) -> dict[str, Any]:
        """The tables of one combination of swept values, each checked as if it stood in the file."""
        settings = {k: getattr(self, k) for k in ("material", "particle", "mesh", "field", "solver", "save")}
        for key in sorted(swept, key=lambda key: key != "material"):  # its numbers come after its name
            table, field = SWEEPABLE[key]
            if table != "protocol":
                with _naming(f"sweep.{key}"):
                    settings[table] = _changed(settings[table], field, swept[key], source)
        return settings

    def _protocols(self, swept: dict[str, Any], source: str) -> Iterator[Protocol]:
        """The protocols of one combination of swept values, seed by seed."""
        for protocol in self.protocol:
            for key, value in swept.items():
                table, field = SWEEPABLE[key]
                if table == "protocol" and field in type(protocol).model_fields:
                    with _naming(f"sweep.{key}"):
                        protocol = _changed(protocol, field, value, source)
            yield from protocol.members()


def _changed(table: Any, field: str, value: Any, source: str) -> Any:
    """A table with another value, checked."""
    if isinstance(table, MaterialTable):
        return table.with_(field, value, source)
    return checked(type(table), {**table.model_dump(), field: value}, source=source)


@contextmanager
def _naming(key: str) -> Iterator[None]:
    """Problems are said to be of this key."""
    try:
        yield
    except InputError as error:
        raise InputError([f"{key}: {line}" for line in error.problems]) from None


def _case_name(
    particle: ParticleTable, mesh: MeshTable, solver: SolverTable, protocol: Protocol, magnet: Sequence[str]
) -> str:
    """Name a folder can bear: size and cell always, anything unusual, the magnet if swept, the protocol.

    Every sweepable key is in it, digit for digit, so that no two cases of a study share a name.
    """
    parts = [f"R{number(particle.radius_nm)}nm", f"c{number(mesh.cell_nm)}nm"]
    if mesh.edge_smooth:
        parts.append(f"smooth{mesh.edge_smooth}")
    if any(mesh.offset_cells):
        parts.append("offset" + "_".join(map(number, mesh.offset_cells)))
    usual = SolverTable()
    parts += [
        getattr(solver, key)
        for key in ("method", "algorithm", "precision")
        if getattr(solver, key) != getattr(usual, key)
    ]
    if solver.demag != usual.demag:
        parts.append(f"{solver.demag}kernel")
    if solver.surface != usual.surface:
        parts.append(f"{solver.surface}surface")
    if solver.tolerance_T != usual.tolerance_T:
        parts.append(f"tol{number(solver.tolerance_T)}T")
    return "-".join([*parts, *magnet, protocol.slug])


def _magnet_parts(swept: Mapping[str, Any]) -> tuple[str, ...]:
    """What is swept of the material, as it stands in the names of cases."""
    numbers = (name + number(swept[key]) for key, name in NUMBERS.items() if key in swept)
    return (*([swept["material"]] if "material" in swept else []), *numbers)


def _plain(value: Any) -> Any:
    """Models as the tables a file would hold."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.model_dump() if isinstance(value, StrictModel) else value


def _is_one_offset(key: str, value: Sequence[Any]) -> bool:
    """Whether this is the one value of a key whose values are lists."""
    return key == "offset_cells" and not any(isinstance(each, list | tuple) for each in value)
