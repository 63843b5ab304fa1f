"""What belongs to one foreign loop: its table, its saved states, its script.

In: a folder, or files. Out: ForeignOutputs, one a loop. Nothing is written; what is none is refused.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.inputs import InputError
from harness.runs.foreign.table import is_table

TABLES = (".txt", ".odt", ".csv", ".tsv", ".dat", ".mh")
STATES = (".ovf", ".omf", ".obf")
NO_TABLES = frozenset({"log.txt", "solver.csv", "events.csv", "rejected.csv", "console.txt"})
"""What lies beside a table and is none."""
EXPORTED, AGAIN = "loop.csv", "loop_mammos.csv"
"""One loop's tables that this program exports; the second says less."""
_OF_A_RUN = re.compile(r"(?P<case>R[\d.e]+nm-c[\d.e]+nm-.+)-[0-9a-f]{12}")
MOST_NAMED = 4
"""Folders, or files, that are named; of more the pattern, or how many."""
MEANT = "give a folder with a table (table.txt, .odt) or saved states (.ovf, .omf) in it"


@dataclass(frozen=True)
class ForeignOutput:
    """One loop as it lies on disk."""

    called: str
    """What its owner calls it: the name of its folder, of a table with the table's behind it."""
    tables: tuple[Path, ...]
    """The table; several where every field had a folder of its own, each with its table."""
    states: tuple[Path, ...]
    """Files that may hold states, in the order a person would list them."""
    script: Path | None
    mif: Path | None
    """OOMMF's own script."""
    script_given: bool = False
    """Whether the user named the script; else it was found beside."""
    drives: bool = False
    """Whether each table is of a drive of its own, whose last row is one of the loop's."""
    notes: tuple[str, ...] = ()
    """What of its folder was left out, and why."""

    @property
    def name(self) -> str:
        """The same in the letters that a folder's name may have."""
        return label(self.called)

    @property
    def place(self) -> Path:
        """A file that stands for it in messages."""
        return (*self.tables, *self.states)[0]


def foreign_outputs(paths: Sequence[Path], script: Path | None = None) -> tuple[ForeignOutput, ...]:
    """The loops that paths name: every folder is one, every table is one, states alone are one.

    Raises
    ------
    InputError
        If a path is not there, or holds nothing of a loop, or several.
    """
    return tuple(replace(each, script_given=script is not None) for each in _found(paths, script))


def _found(paths: Sequence[Path], script: Path | None) -> tuple[ForeignOutput, ...]:
    found, files = [], []
    for path in paths:
        if path.is_dir():
            found.append(_of_folder(path, script))
        elif path.is_file():
            files.append(path)
        else:
            raise InputError(f"{path}: no such file or folder; {MEANT}")
    tables = [file for file in files if file.suffix.lower() not in STATES]
    states = tuple(sorted((f for f in files if f.suffix.lower() in STATES), key=natural))
    if states and len(tables) > 1:
        raise InputError(
            f"{states[0]}: of which of {len(tables)} tables are the states? Give each table with its own"
        )
    if not tables and states:
        return (*found, ForeignOutput(_name(states[0].parent), (), states, script, _mif(states[0].parent)))
    for table in tables:
        folder = table.resolve().parent
        name = f"{folder.name}-{table.stem}" if _case_of(folder) is None else _name(folder)
        given = script or _beside(table.parent)
        found.append(ForeignOutput(name, (table,), states, given, _mif(table.parent)))
    return tuple(found)


def _of_folder(folder: Path, script: Path | None) -> ForeignOutput:
    """The loop of a folder, or of the output folder in it."""
    drives = sorted((f for f in folder.glob("drive-*") if f.is_dir()), key=natural)
    folders = [f for f in _shown(folder) if f.is_dir() and f not in drives]
    inner = [f for f in folders if f.name == "out" or f.suffix == ".out"]
    for place in (folder, *inner):
        tables, states = _one_table(place), _states(place)
        if tables or (states and place is not folder) or (states and not inner and not drives):
            others = [f for f in folders if f != place and _holds_run(f)]
            if others and place is not folder:
                raise _several(folder, sorted((place, *others)))
            given = script or _script_of(place)
            left = f"{folder}: is read itself, without its {_names(others)}; give {_given(others)} too"
            notes = (left,) if others else ()
            return ForeignOutput(_name(place), tables, states, given, _mif(place), notes=notes)
    if drives:
        return _of_drives(folder, drives, script)
    if others := [f for f in folders if _is_output(f)]:
        raise _several(folder, others)
    raise InputError(f"{folder}: is no output of MuMax3 or OOMMF: neither a table nor a state in it; {MEANT}")


def _several(folder: Path, loops: Sequence[Path]) -> InputError:
    return InputError(
        f"{folder}: holds no loop itself, and has folders that do ({_names(loops)}); "
        f"give those: {_given(loops)}"
    )


def _names(folders: Sequence[Path]) -> str:
    return ", ".join(f.name for f in folders[:MOST_NAMED]) + (" ..." if len(folders) > MOST_NAMED else "")


def _given(folders: Sequence[Path]) -> str:
    """Folders of one folder as one types them."""
    if len(folders) > MOST_NAMED:
        return f"{shlex.quote(str(folders[0].parent))}/*/"
    return " ".join(shlex.quote(str(f)) for f in folders)


def _of_drives(folder: Path, drives: Sequence[Path], script: Path | None) -> ForeignOutput:
    """Ubermag's folder of a system: a drive a field, or one drive with a loop of its own."""
    of_drive = {drive: _one_table(drive) for drive in drives}
    tables = tuple(file for found in of_drive.values() for file in found)
    ends = [[f for f in _states(drive) if f.name != "m0.omf"][-1:] for drive in drives]
    several = len(drives) > 1
    states = tuple(file for of in ends for file in of) if several else _states(drives[0])
    if not tables:
        raise InputError(f"{folder}: none of its drives has a table (.odt); {MEANT}")
    notes = tuple(
        f"{drive}: has no table (.odt): left out; run this field again"
        for drive, found in of_drive.items()
        if not found
    )
    mif = next(filter(None, map(_mif, drives)), None)
    return ForeignOutput(_name(folder), tables, states, script, mif, drives=several, notes=notes)


def natural(path: Path) -> tuple[object, ...]:
    """A key that sorts m9 before m10."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", str(path))
    )


def _shown(folder: Path, suffix: str = "") -> list[Path]:
    """What is in a folder and not hidden, such as a Mac's copies of what it knows of a file."""
    return sorted(f for f in folder.glob(f"*{suffix}") if not f.name.startswith("."))


def _tables(place: Path) -> tuple[Path, ...]:
    files = [f for f in _shown(place) if f.suffix.lower() in TABLES and f.name not in NO_TABLES]
    if any(f.name == EXPORTED for f in files):
        files = [f for f in files if f.name != AGAIN]
    usual = [f for f in files if f.name == "table.txt"]
    odt = [f for f in files if f.suffix.lower() == ".odt"]
    if not (usual or odt) and len(files) > 1:  # notes and timings of its program are none
        return tuple(filter(is_table, files)) or tuple(files)
    return tuple(usual or odt or files)


def _one_table(place: Path) -> tuple[Path, ...]:
    """The table of a folder, if it has one; InputError if it has several."""
    tables = _tables(place)
    if len(tables) > 1:
        names = ", ".join(file.name for file in tables)
        raise InputError(
            f"{place}: holds several tables ({names}); give the one that is meant, or each as a loop of its "
            f"own: {' '.join(shlex.quote(str(file)) for file in tables)}"
        )
    return tables


def _states(place: Path) -> tuple[Path, ...]:
    files = [f for f in _shown(place) if f.suffix.lower() in STATES]
    if (place / "info.json").is_file():  # a drive of Ubermag's, whose start is no row
        files = [f for f in files if f.name != "m0.omf"]
    return tuple(sorted(files, key=natural))


def _places(folder: Path) -> list[Path]:
    """A folder and the output folders in it, of MuMax3 or Ubermag."""
    return [folder, *(f for name in ("out", "*.out", "drive-*") for f in folder.glob(name) if f.is_dir())]


def _is_output(folder: Path) -> bool:
    return any(_tables(place) or _states(place) for place in _places(folder))


def _holds_run(folder: Path) -> bool:
    """Whether a folder has what a program of micromagnetism writes; any table may be of something else."""
    files = (f for place in _places(folder) for f in _shown(place))
    return any(f.name == "table.txt" or f.suffix.lower() in (".odt", *STATES) for f in files)


def _script_of(place: Path) -> Path | None:
    """The MuMax3 script of an output folder: the one it is named after, or the only one there is."""
    place = place if place.stem.strip(".") else place.resolve()  # "." and ".." have no name
    named = place.parent / f"{place.stem}.mx3"
    return (
        named
        if named.is_file()
        else _beside(place) or (_beside(place.parent) if place.name.startswith("out") else None)
    )


def _beside(folder: Path) -> Path | None:
    found = _shown(folder, ".mx3")
    return found[0] if len(found) == 1 else None


def _mif(folder: Path) -> Path | None:
    found = _shown(folder, ".mif")
    return found[0] if len(found) == 1 else None


def _name(place: Path) -> str:
    """What a loop is called after its folder, or the one around it where that says nothing."""
    folder = place.resolve()
    folder = folder.parent if folder.name == "out" else folder
    return _case_of(folder) or folder.name.removesuffix(".out")


def _case_of(folder: Path) -> str | None:
    """The case that a run's folder of this program, or its export's, is named after; None of any other."""
    match = _OF_A_RUN.fullmatch(folder.name)
    return match["case"] if match else None


def label(text: str) -> str:
    """A name in letters that a folder's may have."""
    return re.sub(r"[^A-Za-z0-9_.+-]+", "_", text).lstrip("_.+-")[:60] or "loop"
