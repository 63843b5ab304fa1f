"""Tables that other programs wrote: MuMax3's, OOMMF's .odt, and plain columns of text.

In: a file. Out: a ForeignTable: numbers by column, with the unit of each. What the columns mean is for
`columns`. A row that is cut short, or not finite where it is read, ends the table; other columns that are not
finite are left out; with a note each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.inputs import InputError

UNITS = {
    **{"T": 1.0, "mT": 1e-3, "A/m": 1.0, "kA/m": 1e3, "MA/m": 1e6, "Oe": 1.0, "G": 1e-4},
    **{"kOe": 1e3, "emu/cm3": 1e3, "emu/cm^3": 1e3, "emu/cc": 1e3},
    **{"J": 1.0, "J/m^3": 1.0, "J/m3": 1.0, "s": 1.0, "ns": 1e-9, "deg": 1.0, "": 1.0, "1": 1.0},
}
"""Units that a column may have, and what one of them is in the first of its kind."""
SUFFIXES = {"Apm": "A/m", "kApm": "kA/m", "A_per_m": "A/m", "kA_per_m": "kA/m", "MA_per_m": "MA/m"}
SUFFIXES |= {unit: unit for unit in ("T", "mT", "Oe", "kOe", "s")}
"""Units as they stand behind an underscore in a column's name."""
_UNIT_BEHIND = re.compile(r"^(?P<name>.*?)\s*[\[(](?P<unit>[^\[\]()]*)[\])]$")
_ODT_CELL = re.compile(r"\{([^}]*)\}|(\S+)")
_PERHAPS_COMMA = re.compile(r"[-+]?\d+(?:,\d+)*(?:\.\d+)?(?:[eE][-+]?\d+)?")
_ABOUT = re.compile(r"# (?P<key>\w+): (?P<value>.*)")
MOST_ABOUT = 40
"""Lines among which a table says what it is of."""
MOST_BYTES = 500_000_000
Split = Callable[[str], list[str]]
IsRead = Callable[[str], bool]


@dataclass(frozen=True, eq=False)
class ForeignTable:
    """A table as its file holds it."""

    path: Path
    writer: str
    """"mumax3", "oommf", or "" where the form does not tell."""
    columns: dict[str, NDArray[np.float64]]
    """(n,) by name, in the file's order."""
    units: dict[str, str]
    notes: tuple[str, ...] = ()
    """What of the file was left out, and why."""
    rows_cut: int = 0
    """How many rows at its end were left out."""
    ambiguous: frozenset[str] = frozenset()
    """Names that several columns have which differ."""
    about: Mapping[str, str] = field(default_factory=dict)
    """What a table that this program exported says of its loop, by key."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values())))

    @property
    def rows_of_script(self) -> NDArray[np.int_]:
        """Which of the rows that a script writes its rows are: an exported table counts them, with gaps."""
        if self.about and "step" in self.columns:
            own = self.columns["step"].astype(int)
            if (np.diff(own, prepend=-1) > 0).all():
                return own
        return np.arange(self.n_rows)

    def only(self, rows: NDArray[np.bool_], note: str) -> ForeignTable:
        """Some of its rows, with a note of why the others are left out."""
        columns = {name: column[rows] for name, column in self.columns.items()}
        return replace(self, columns=columns, notes=(*self.notes, f"{self.path}: {note}"))


def is_table(path: Path) -> bool:
    """Whether a file is a table: a header with rows of numbers below it."""
    try:
        read_foreign_table(path, lambda name: False)
    except InputError:
        return False
    return True


def read_foreign_table(path: Path, is_read: IsRead = bool) -> ForeignTable:
    """Read a table of any of the known forms.

    Parameters
    ----------
    path : Path
    is_read : callable
        Whether each row has to have a number in the column of a name; others are left out where one has none.

    Raises
    ------
    InputError
        If the file cannot be read, or holds no header with rows of numbers below it.
    """
    try:
        if not path.is_file():
            raise InputError(f"{path}: is no file of data but a pipe or a device; save the table to a file")
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: too large for a table; give the file of the loop alone")
        lines = _text(path.read_bytes()).splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise InputError(
            f"{path}: is no text, so no table; give the .txt, .odt or .csv of the loop"
        ) from None
    if lines and lines[0].startswith("# ODT"):
        return _from_odt(path, lines, is_read)
    if lines and lines[0].startswith("# t (s)\t"):
        names, units = zip(*map(_name_and_unit, lines[0][2:].split("\t")), strict=True)
        rows = [(k, line.split("\t")) for k, line in _numbered(lines[1:], 2)]
        return _table(path, "mumax3", names, units, rows, is_read)
    return _sound_rows(replace(_from_columns(path, lines, is_read), about=_about(lines)))


def _about(lines: Sequence[str]) -> dict[str, str]:
    """The lines `# key: value` above a table that this program wrote; nothing of any other.

    >>> _about(["# written_by: mxval 1.0", "# radius_nm: 20.0", "B (T),m"])
    {'written_by': 'mxval 1.0', 'radius_nm': '20.0'}
    """
    found = filter(None, map(_ABOUT.fullmatch, lines[:MOST_ABOUT]))
    told = {match["key"]: match["value"] for match in found}
    return told if told.get("written_by", "").startswith("mxval ") else {}


def _sound_rows(table: ForeignTable) -> ForeignTable:
    """A table that this program wrote without the rows that it calls no result of their field path."""
    sound = table.columns.get("sound", np.ones(1)) != 0
    if not table.about or sound.all():
        return table
    left = int((~sound).sum())
    if left == table.n_rows:
        raise InputError(f"{table.path}: column sound is 0 in every row: none is a result of its field path")
    what = "1 row whose column sound is 0 is" if left == 1 else f"{left} rows whose column sound is 0 are"
    return table.only(sound, f"{what} no result of the field path: left out")


def _text(raw: bytes) -> str:
    """A table's text: UTF-8, UTF-16 as spreadsheets save it, or Latin-1, which has µ."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    if b"\0" in raw:
        raise UnicodeDecodeError("utf-8", raw, raw.index(b"\0"), raw.index(b"\0") + 1, "no text")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _from_odt(path: Path, lines: Sequence[str], is_read: IsRead) -> ForeignTable:
    """An OOMMF data table; a file of several, as restarted runs leave, is read as one."""
    names: list[str] = []
    units: list[str] = []
    rows, whole = [], ""
    for number, line in enumerate(lines, start=1):
        whole += line.removesuffix("\\")
        if line.endswith("\\"):
            continue
        key, _, listed = whole.partition(":")
        found = [a or b for a, b in _ODT_CELL.findall(listed)]
        if key == "# Columns":
            if names and found != names:
                raise InputError(f"{path}: line {number}: a second table with other columns; give one a file")
            names = found
        elif key == "# Units":
            units = found
        elif whole.strip() and whole[0] != "#":
            rows.append((number, whole.split()))
        whole = ""
    return _table(path, "oommf", names, units or [""] * len(names), rows, is_read)


def _from_columns(path: Path, lines: Sequence[str], is_read: IsRead) -> ForeignTable:
    """Columns with tabs, commas or blanks between them, below lines of words: names, above them units."""
    split = _splitter(lines)
    body = next((k for k, line in enumerate(lines) if _is_row(split(line))), len(lines))
    width = len(split(lines[body])) if body < len(lines) else 0
    head = [cells for line in lines[:body] if len(cells := _head_cells(line, split, width)) == width]
    if not width:
        _require_points(path, [re.split(r"[\t; ]+", line.strip()) for line in lines])
    if not width or not head:
        raise InputError(
            f"{path}: is no table: it has no line of column names with rows of numbers below it; "
            "give the table of the loop"
        )
    _require_points(path, head[-1:])  # else they are names
    named = [_name_and_unit(cell) for cell in head[-1]]
    above = head[-2] if len(head) > 1 else [""] * width
    above = [cell.replace(" ", "") for cell in above]
    given = above if any(above) and all(cell in UNITS for cell in above) else [""] * width
    units = [unit or other for (_, unit), other in zip(named, given, strict=True)]
    rows = [(k, split(line)) for k, line in _numbered(lines[body:], body + 1)]
    return _table(path, "", [name for name, _ in named], units, rows, is_read)


def _numbered(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    return ((k, line) for k, line in enumerate(lines, start=first) if line.strip() and line[0] != "#")


def _splitter(lines: Sequence[str]) -> Split:
    """What takes a line apart: by tabs or commas where there are any, else by blanks."""
    plain = [line for line in lines if line.strip() and not line.startswith("#")]
    sample = plain[len(plain) // 2] if plain else ""
    for mark in ("\t", ";", "|", ","):
        if mark in sample:
            return lambda line: [cell.strip() for cell in line.split(mark)]
    return str.split


def _head_cells(line: str, split: Split, width: int) -> list[str]:
    """The cells of a header line; units in brackets stay with their names."""
    text = line.lstrip("# ")
    cells = split(text)
    if len(cells) == width:
        return list(cells)
    return [cell.strip() for cell in re.findall(r"\S+(?:\s*[\[(][^\])]*[\])])?", text)]


def _is_row(cells: Sequence[str]) -> bool:
    """Whether cells are a row of a table: numbers, but for words that label it."""
    numbers = sum(map(_is_number, cells))
    return numbers >= 2 and numbers >= len(cells) - 2


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _require_points(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Refuse numbers with a comma where the point belongs, or between thousands: rows of nothing else."""
    numbers = (cells for cells in rows if len(cells) > 1 and all(map(_PERHAPS_COMMA.fullmatch, cells)))
    if found := next((cell for cells in numbers for cell in cells if "," in cell), None):
        raise InputError(
            f"{path}: {found} is a number with a comma; save the table with decimal points, and nothing "
            "between thousands"
        )


def _name_and_unit(cell: str) -> tuple[str, str]:
    """A column's name and its unit, which stands behind it in brackets, or after an underscore.

    >>> _name_and_unit("B_extx (T)"), _name_and_unit("J [T]"), _name_and_unit("Hz_Apm"), _name_and_unit("mz")
    (('B_extx', 'T'), ('J', 'T'), ('Hz_Apm', 'A/m'), ('mz', ''))
    >>> _name_and_unit("H_kA_per_m")
    ('H_kA_per_m', 'kA/m')
    """
    if match := _UNIT_BEHIND.match(cell.strip()):
        return match["name"], match["unit"].strip()
    suffix = next((s for s in SUFFIXES if cell.strip().endswith(f"_{s}")), "")
    return cell.strip(), SUFFIXES.get(suffix, "")


def _table(
    path: Path,
    writer: str,
    names: Sequence[str],
    units: Sequence[str],
    rows: Sequence[tuple[int, Sequence[str]]],
    is_read: IsRead,
) -> ForeignTable:
    """The numbers of the rows, up to the first that is cut short or holds no number where one is read."""
    if not names or not rows:
        raise InputError(f"{path}: holds no row; let the run write one, or give another table")
    _require_points(path, [rows[0][1]])
    words = {k for k, cell in enumerate(rows[0][1]) if not _is_number(cell)}
    read = [k for k, name in enumerate(names) if k not in words and is_read(name)]
    kept: list[list[float]] = []
    wrong = ""
    for number, cells in rows:
        values = [float(c) if k not in words and _is_number(c) else np.nan for k, c in enumerate(cells)]
        if len(cells) != len(names):
            wrong = f"has {len(cells)} of {len(names)} columns"
        elif bad := [k for k in read if not np.isfinite(values[k])]:
            wrong = f"{names[bad[0]]} is {cells[bad[0]] or 'empty'}"
        if wrong:
            wrong = f"{path}: line {number}: {wrong}"
            break
        kept.append(values)
    if not kept:
        raise InputError(f"{wrong}, its first row; run these fields again")
    array, rest = np.array(kept), len(rows) - len(kept)
    chosen, notes = [], []
    for k in (k for k in range(len(names)) if k not in words):
        if np.isfinite(array[:, k]).all():
            chosen.append(k)
        else:
            number, cells = rows[int(np.isfinite(array[:, k]).argmin())]
            notes.append(f"{path}: line {number}: {names[k]} is {cells[k] or 'empty'}; its column left out")
    if not chosen:
        raise InputError(f"{path}: no column of it has a number in every row; give the table of the loop")
    if wrong:
        notes.append(f"{wrong}; {rest} row{'s' * (rest > 1)} from there on left out: run these fields again")
    columns: dict[str, NDArray[np.float64]] = {}
    differ = {
        names[k] for k in chosen if not np.array_equal(columns.setdefault(names[k], array[:, k]), array[:, k])
    }
    named = {names[k]: units[k] for k in reversed(chosen)}  # the first of a name, as of its column
    units_of = {name: named[name] for name in columns}
    return ForeignTable(path, writer, columns, units_of, tuple(notes), rest, frozenset(differ))
