"""What the columns of a foreign table mean: applied field, mean magnetisation, residual torque.

In: a ForeignTable, the material, and what the user says of it. Out: LoopColumns in this program's units.
What cannot be told from names and units is asked for in a line; what was told from them is listed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.inputs import InputError
from harness.runs.foreign.lines import OFF_LINE, line_of
from harness.runs.foreign.possible import require_possible
from harness.runs.foreign.table import SUFFIXES, UNITS, ForeignTable
from harness.runs.table import FLOAT32_ROUNDING
from harness.study.lattice import Triple
from harness.study.tables import MaterialTable
from reduced_model.materials import MU0

Vector = NDArray[np.float64]
Family = Mapping[str, tuple[str, str]]
"""Columns of one vector: name and unit by axis, "" for its length or the one there is."""

_Fields = tuple[Vector, Triple, tuple["Inferred", ...], Mapping[str, str]]
_IN_TESLA = {"T": 1.0, "mT": 1e-3, "A/m": MU0, "kA/m": 1e3 * MU0, "MA/m": 1e6 * MU0}
_IN_TESLA |= {"Oe": 1e-4, "kOe": 0.1, "G": 1e-4}
_OTHER = re.compile(r"torque|mxh|dm_?dt|^e(_|nergy)|time$|^t$|iteration", re.I)
"""Names of columns that no field has."""
_FIELD = re.compile(
    r"(?P<stem>(?:(?:mu|[\u00b5\u03bc])_?[0\u2080][ *_]?)?h|b_?ext|b_?app\w*?|b"
    r"|(?:(?:mu|[\u00b5\u03bc])_?[0\u2080][ *_]?)?h_?(?:ext|app\w*?)|field)_?(?P<axis>[xyz]?)",
    re.I,
)
"""With mu0 before H, as letters or as signs."""
_MOMENT = re.compile(
    r"<?(?P<stem>m|j|mag|moment|magneti[sz]ation)_?(?P<axis>[xyz]|par|parallel|)>?"
    r"(_?(avg|mean|norm|average)|/M_?s)?",
    re.I,
)
_IN_SECONDS = ("s", "ns")
_TORQUES = {"maxtorque": "T", "max mxhxm": "A/m", "max_mxhxm": "A/m"}
OTHER_UNIT = (
    "; of one in another unit, as emu or A m2, give --full-moment too, its value at saturation in that"
)
SAME_LENGTH = 1e-3
"""By which a moment along the field may be off that of the components."""
OTHER_FIELD = 0.01
"""Share of the largest field by which another column of a field must be off to be told as another one."""
ASSUMED = "assumed"


class Inferred(NamedTuple):
    """Something that was found out, its value in words, and where from."""

    what: str
    value: str
    source: str


@dataclass(frozen=True, eq=False)
class LoopColumns:
    """A loop's columns, n rows."""

    B_T: Vector
    """(n,) field along its direction."""
    direction: Triple
    m: Vector
    """(n, 3) mean magnetisation of the particle."""
    torque_T: Vector | None
    others: dict[str, Vector]
    """Columns that MuMax3's tables have and readers know: energies, circulation, time."""
    inferred: tuple[Inferred, ...]
    notes: tuple[str, ...]
    whole_vector: bool
    """Whether all components of m are known; else those across the field stand as 0."""
    field_columns: Mapping[str, str]
    """Names of the field's columns by axis, "" for one without; none where a script tells the field."""
    moment_has_axes: bool
    """Whether the moment has columns along axes; else one is along the field, whichever way that is."""

    @property
    def along(self) -> Vector:
        """(n,) moment along the field."""
        return self.m @ np.array(self.direction)

    @property
    def only_field_column(self) -> str:
        """The one column that tells the field, "" where it takes several or none."""
        told = [axis for axis, u in zip("xyz", self.direction, strict=True) if u]
        several = len(self.field_columns) > 1
        axis = (told[0] if len(told) == 1 else None) if several else next(iter(self.field_columns), None)
        return self.field_columns.get(axis, "") if axis is not None else ""


def loop_columns(
    table: ForeignTable,
    material: MaterialTable,
    *,
    field_column: str | None = None,
    direction: Triple | None = None,
    full_moment: float | None = None,
    fields_T: Vector | None = None,
) -> LoopColumns:
    """The loop that a table holds.

    Parameters
    ----------
    table : ForeignTable
        Of OOMMF's, the last row of each stage.
    material : MaterialTable
        Its Ms is the length of M and J.
    field_column : str, optional
        Name of the column of the applied field, with its unit in brackets where the table names none.
    direction : (3,) floats, optional
        Unit vector of the field, where one column tells it; z by default.
    full_moment : float, optional
        What the table's moment is at saturation, where that is not 1, as of a mean over the box.
    fields_T : (n, 3) array, optional
        Fields of the rows by the script, for tables without.

    Raises
    ------
    InputError
        If a column is missing, or means something that no sphere can do.
    """
    B, line, found, columns = _fields(table, field_column, direction, fields_T)
    m, whole, moment, moment_columns = _moments(table, material, line, full_moment)
    if whole and found[-1].source == ASSUMED and (told := _line_by_moments(table, material, m, full_moment)):
        line, source = told
        found = (*found[:-1], Inferred("field direction", _triple(line), source))
    require_possible(table.path, B, m @ np.array(line), material, full_moment)
    torque, source = _torque(table)
    known = ("E_total", "E_exch", "E_demag", "E_anis", "E_Zeeman")
    others = {name: _one(table, name) for name in known if name in table.columns}
    circulating = [name for name in table.columns if re.search(r"crossProduct[xyz]$", name)]
    others |= {name: table.columns[name] for name in circulating if len(circulating) == 3}
    inferred = (*found, moment, *((Inferred("residual torque", "in every row", source),) if source else ()))
    has_axes = whole or "" not in moment_columns
    return LoopColumns(B, line, m, torque, others, inferred, table.notes, whole, columns, has_axes)


def is_read(name: str, field_column: str | None) -> bool:
    """Whether a column may be read as field, moment or torque, so that each of its rows has to have it."""
    short = short_name(name)
    of_vector = any(pattern.fullmatch(_without_unit(short)) for pattern in (_FIELD, _MOMENT))
    given = (field_column or "").partition("[")[0].strip()
    return of_vector or short.lower() in _TORQUES or name == given


def moments_along(table: ForeignTable, fields_T: Vector) -> Vector | None:
    """The moment along the line of fields (n, 3), in the table's own unit; None where no column has one."""
    families = _families(table, _MOMENT)
    if not families:
        return None
    family = min(families, key=lambda f: not {"x", "y", "z"} <= f.keys())
    columns = {axis: table.columns[name] for axis, (name, _) in family.items()}
    if {"x", "y", "z"} <= columns.keys():
        along = fields_T[np.linalg.norm(fields_T, axis=1).argmax()]
        return np.stack([columns[axis] for axis in "xyz"], axis=1) @ along / (np.linalg.norm(along) or 1.0)
    return next(iter(columns.values()))


def told_fields(table: ForeignTable, column: str | None, direction: Triple | None) -> Vector | None:
    """The field of every row, (n, 3) in T, where the table itself tells it."""
    try:
        B, line, _, names = _fields(table, column, direction, None)
    except InputError:
        return None
    if len(names) == 1:
        return np.outer(B, line)
    of = components_T(table, next(iter(names.values())))
    return np.stack([of.get(axis, np.zeros(table.n_rows)) for axis in "xyz"], axis=1)


def line_of_one(table: ForeignTable, column: str | None, direction: Triple | None) -> Triple | None:
    """The line of the fields where the table tells but one component of them."""
    try:
        _, line, _, names = _fields(table, column, direction, None)
    except InputError:
        return None
    return line if len(names) == 1 else None


def no_axis_told(table: ForeignTable, column: str | None) -> bool:
    """Whether one column tells the field, and not its direction."""
    try:
        *_, names = _fields(table, column, None, None)
    except InputError:
        return False
    return names.keys() == {""}


def components_T(table: ForeignTable, column: str) -> dict[str, Vector]:
    """The components of the field, by axis, of which a column is one; T by the unit given with that."""
    name, unit = _named(table, column)
    family = next((f for f in _families(table, _FIELD) if name in dict(f.values())), {})
    return {
        axis: _one(table, at) * (_tesla(at, own or unit) or 1.0) for axis, (at, own) in family.items() if axis
    }


def names_no_field(table: ForeignTable) -> bool:
    """Whether no column has the name of an applied field."""
    try:
        return not _families(table, _FIELD)
    except InputError:  # several have
        return False


def column_flag(table: ForeignTable) -> str:
    """The flag that names the column of the applied field, and what there is to name."""
    named = ", ".join(list(table.columns)[:12])
    return f"--field-column NAME, as 'NAME [T]' where it names no unit (columns: {named})"


def _fields(
    table: ForeignTable, column: str | None, direction: Triple | None, by_script: Vector | None
) -> _Fields:
    """The field of every row along its line, the line, where they are from, and from which columns."""
    if column is not None:
        name, unit = _named(table, column)
        match = _FIELD.fullmatch(_without_unit(short_name(name)))
        return _along(table, {match["axis"].lower() if match else "": (name, unit)}, direction)
    families = _families(table, _FIELD)
    whole = [f for f in families if {"x", "y", "z"} <= f.keys()]
    single = [f for f in families if "" in f] or list(families)
    usable = [f for f in (*whole, *single) if all(_tesla(*at) is not None for at in f.values())]
    if usable:
        B, line, (told, *rest), names = _along(table, usable[0], direction)
        for family in usable[1:]:
            with suppress(InputError):
                other, *_ = _along(table, family, direction)
                if np.abs(np.abs(other) - np.abs(B)).max() > OTHER_FIELD * np.abs(B).max():
                    why = (
                        f"{told.source}; not {', '.join(name for name, _ in family.values())}, which differs"
                    )
                    told = told._replace(source=why)
        return B, line, (told, *rest), names
    if by_script is not None:
        line, B = line_of(by_script, f"{table.path}: by its script")
        if len(B) < table.n_rows:
            raise InputError(
                f"{table.path}: {table.n_rows} rows, of which the script names the field of {len(B)}; "
                "give the script that wrote it, or --field-column"
            )
        return B[: table.n_rows], line, (Inferred("field", _span(B), "the script"),), {}
    for name, unit in (at for family in (*whole, *single) for at in family.values()):
        if unit and _tesla(name, unit) is None:
            raise InputError(
                f"{table.path}: column {name} is in {unit}; a field is in {', '.join(_IN_TESLA)}: mend the "
                f"table, or give --field-column '{name} [T]' if the field is along that alone"
            )
    flag = column_flag(table)
    raise InputError(
        f"{table.path}: no column of it is known to be the applied field; give {flag}, or --script"
    )


def _along(table: ForeignTable, family: Family, direction: Triple | None) -> _Fields:
    """The field of a family of columns: three components, or one along a direction."""
    values = {axis: _one(table, n) * (_tesla(n, unit) or 1.0) for axis, (n, unit) in family.items()}
    names = ", ".join(dict.fromkeys(name for name, _ in family.values()))
    if len(values.keys() & set("xyz")) > 1:
        none = np.zeros(table.n_rows)
        given = np.stack([values.get(axis, none) for axis in "xyz"], axis=1)
        line, B = line_of(given, f"{table.path}: columns {names}")
        told = "the direction of its components"
    else:
        axis, B = next(iter(values.items()))
        letter = dict(zip("xyz", np.eye(3).tolist(), strict=True)).get(axis)
        line = direction or (tuple(letter) if letter else (0.0, 0.0, 1.0))  # type: ignore[assignment]
        told = "--field-direction" if direction else f"the name of {names}" if letter else ASSUMED
    unit = _units(family, "T, as it names none")
    return (
        B,
        line,
        (
            Inferred("field", _span(B), f"{_columns(family)} {names} in {unit}"),
            Inferred("field direction", _triple(line), told),
        ),
        {axis: name for axis, (name, _) in family.items()},
    )


def _moments(
    table: ForeignTable, material: MaterialTable, direction: Triple, full_moment: float | None
) -> tuple[Vector, bool, Inferred, Family]:
    """The mean magnetisation (n, 3), whether all of it is known, where it is from, and its columns."""
    families = _families(table, _MOMENT)
    if not families:
        raise InputError(
            f"{table.path}: no column of it is known to be the mean magnetisation; name it mx, my, mz, or m "
            f"along the field{OTHER_UNIT} (columns: {', '.join(list(table.columns)[:12])})"
        )
    lengths = {"A/m": material.Ms_A_per_m, "kA/m": material.Ms_A_per_m / 1e3}
    lengths |= dict.fromkeys(("emu/cm3", "emu/cm^3", "emu/cc"), material.Ms_A_per_m / 1e3)
    lengths |= {"T": MU0 * material.Ms_A_per_m, "": 1.0, "1": 1.0}

    def length(at: tuple[str, str]) -> float | None:
        told = "T" if short_name(at[0])[:1].lower() == "j" and not at[1] else at[1]
        return lengths.get(told, None if full_moment is None else 1.0)

    usable = [f for f in families if all(length(at) is not None for at in f.values())]
    if not usable:
        name, unit = next(at for at in families[0].values() if length(at) is None)
        raise InputError(
            f"{table.path}: column {name} is in {unit}; a moment is in A/m, T, emu/cm3 or 1{OTHER_UNIT}"
        )
    usable.sort(key=lambda f: (not {"x", "y", "z"} <= f.keys(), next(iter(f.values()))[1] != ""))
    family = usable[0]
    scaled = {axis: _one(table, at[0]) / float(length(at) or 1.0) for axis, at in family.items()}
    whole = {"x", "y", "z"} <= scaled.keys()
    names = ", ".join(name for name, _ in family.values())
    if whole:
        m = np.stack([scaled[axis] for axis in "xyz"], axis=1)
    elif "" in scaled:
        m = np.outer(scaled[""], direction)
    else:
        along = dict(zip("xyz", direction, strict=True))
        if lacking := [axis for axis in "xyz" if axis not in scaled and abs(along[axis]) > OFF_LINE]:
            raise InputError(
                f"{table.path}: of the mean magnetisation it has {names} and nothing along "
                f"{', '.join(lacking)}, and the field is taken along {_triple(direction)}; give "
                "--field-direction if it is along another, or a table with all components"
            )
        m = np.outer(sum(scaled[axis] * along[axis] for axis in scaled), direction)
    unit = _units(family, "1")
    told = "mx, my, mz" if whole else "along the field alone"
    if full_moment is not None:
        m, names = m / full_moment, f"{names} over {full_moment:g}"
    return m, whole, Inferred("magnetisation", told, f"{_columns(family)} {names} in {unit}"), family


def _line_by_moments(
    table: ForeignTable, material: MaterialTable, m: Vector, full_moment: float | None
) -> tuple[Triple, str] | None:
    """The direction along which the moment is that of another column, and which; None of no other."""
    names = [f[""][0] for f in _families(table, _MOMENT) if f.keys() == {""}]
    for name in names:
        alone = replace(table, columns={name: table.columns[name]}, units={name: table.units[name]})
        try:
            along = _moments(alone, material, (0.0, 0.0, 1.0), full_moment)[0][:, 2]
        except InputError:
            continue
        line = np.linalg.lstsq(m, along, rcond=1e-6)[0]
        length = float(np.linalg.norm(line))
        if abs(length - 1) < SAME_LENGTH and np.abs(m @ line - along).max() < SAME_LENGTH:
            x, y, z = (float(u) + 0.0 for u in np.round(line / length, 7))
            return (x, y, z), f"column {name}, the moment along it"
    return None


def _torque(table: ForeignTable) -> tuple[Vector | None, str]:
    """The residual torque max |m x B| in T and its column; None where the table has none."""
    for name in table.columns:
        usual = _TORQUES.get(short_name(name).lower())
        factor = _IN_TESLA.get(table.units[name] or usual or "") if usual else None
        if factor is not None:
            return _one(table, name) * factor, f"column {name} in {table.units[name] or usual}"
    return None, ""


def _families(table: ForeignTable, pattern: re.Pattern[str]) -> Sequence[Family]:
    """Columns of one vector together, by what their names share."""
    found: dict[str, dict[str, dict[str, tuple[str, str]]]] = {}
    for name, unit in table.units.items():
        short = _without_unit(short_name(name))
        if match := pattern.fullmatch(short):
            axis = match["axis"].lower() if match["axis"] in ("x", "y", "z") else ""
            stem = short[: match.start("axis")] + short[match.end("axis") :]
            first, _ = found.setdefault(stem, {}).setdefault(unit, {}).setdefault(axis, (name, unit))
            if not np.array_equal(table.columns[first], table.columns[name]):
                raise InputError(f"{table.path}: {_differ(first, name)}")
    families = [family for by_unit in found.values() for family in _of_one_vector(by_unit)]
    whole = {"x", "y", "z"}  # a length beside its components is left out
    return [{a: at for a, at in of.items() if a or not whole <= of.keys()} for of in families]


def _of_one_vector(by_unit: Mapping[str, Family]) -> Sequence[Family]:
    """The components of a name by unit; as one where each has a unit of its own, none two."""
    axes = [axis for family in by_unit.values() for axis in family]
    if len(set(axes)) < len(axes) or ("" in axes and not {"x", "y", "z"} <= set(axes)):
        return list(by_unit.values())
    return [{axis: at for family in by_unit.values() for axis, at in family.items()}]


def _columns(family: Family) -> str:
    return "columns" if len(family) > 1 else "column"


def _units(family: Family, none: str) -> str:
    """The units of a family's columns, each once."""
    return ", ".join(dict.fromkeys(unit or none for _, unit in family.values()))


def _one(table: ForeignTable, name: str) -> Vector:
    """The column of a name; InputError if several have it and differ."""
    if name in table.ambiguous:
        raise InputError(f"{table.path}: {_differ(name, name)}")
    return table.columns[name]


def _differ(first: str, second: str) -> str:
    named = f"two columns are called {first}" if first == second else f"{first} and {second} are both there"
    return f"{named} and differ; take out the one that is not meant"


def times_s(table: ForeignTable) -> Vector | None:
    """(n,) simulated time of each row; None where no column has it."""
    for name, unit in table.units.items():
        if unit in _IN_SECONDS and short_name(name).lower() in ("t", "time", "simulation time"):
            return table.columns[name] * UNITS[unit]
    return None


def short_name(name: str) -> str:
    """A column's own name, without that of the part of the problem that wrote it."""
    return name.rpartition(":")[2]


def _without_unit(name: str) -> str:
    return re.sub(rf"_({'|'.join(SUFFIXES.keys() - {'s'})})$", "", name)


def _named(table: ForeignTable, column: str) -> tuple[str, str]:
    """The column of that name and its unit, which may stand behind it in brackets."""
    match = re.fullmatch(r"(.*?)\s*(?:\[(.*)\])?", column.strip())
    name, unit = (match[1], match[2]) if match else (column, None)
    if name not in table.columns:
        raise InputError(
            f"--field-column {name}: {table.path} has no such column; it has {', '.join(table.columns)}"
        )
    if not unit and _OTHER.search(short_name(name)):
        raise InputError(
            f"--field-column {name}: no field by its name; give the column of the applied field, or "
            f"'{name} [T]' if it is that"
        )
    if not unit and _MOMENT.fullmatch(_without_unit(short_name(name))):
        raise InputError(
            f"--field-column {name}: a magnetisation by its name; give the column of the applied field, or "
            f"'{name} [T]' if it is that"
        )
    unit = unit or table.units[name]
    if unit and unit not in _IN_TESLA:
        raise InputError(f"--field-column {column}: unit {unit}; allowed: {', '.join(_IN_TESLA)}")
    return name, unit


def _tesla(name: str, unit: str) -> float | None:
    """Tesla in one of a field column's unit; None where it is not known."""
    return _IN_TESLA.get(unit) if unit else 1.0 if short_name(name)[:1].lower() == "b" else None


def _span(B_T: Vector) -> str:
    """How many rows, and the largest and the lowest field, whichever comes first.

    >>> _span(np.array([-0.7, 0.0, 0.7, 0.0])), _span(np.array([0.0, 0.7, -0.7])), _span(np.array([0.3]))
    ('4 rows, -0.7 to 0.7 T', '3 rows, 0.7 to -0.7 T', '1 row, 0.3 T')
    """
    if len(B_T) == 1:
        return f"1 row, {B_T[0]:.6g} T"
    first, last = sorted((int(B_T.argmax()), int(B_T.argmin())))
    return f"{len(B_T)} rows, {B_T[first]:.6g} to {B_T[last]:.6g} T"


def _triple(line: Triple) -> str:
    return ", ".join(f"{x:.6g}" for x in line)


def snapped(B_T: Vector) -> Vector:
    """Fields as the decimal numbers they were before single precision; else to 12 decimals."""
    allowed = 4 * FLOAT32_ROUNDING * float(np.abs(B_T).max()) + 1e-12
    for decimals in range(2, 7):
        rounded = np.round(B_T, decimals) + 0.0
        if np.abs(rounded - B_T).max() <= allowed:
            return rounded
    return np.round(B_T, 12) + 0.0
