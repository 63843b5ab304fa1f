"""Ubermag's drives of one sphere at one field each, as the rows of a loop.

In: the drives' tables, each with its script (.mif) beside it. Out: a table of their last rows, why others are
left out; InputError where they are several loops, or of several problems.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.inputs import InputError
from harness.runs.foreign.mif import read_mif
from harness.runs.foreign.rows import is_stage
from harness.runs.foreign.table import ForeignTable, IsRead, read_foreign_table
from harness.runs.foreign.told import told_once
from harness.study.lattice import Triple

SAME_FIELD_T = 1e-9
ToldFields = Callable[[ForeignTable], NDArray[np.float64] | None]


def sound_drives(
    paths: Sequence[Path], is_read: IsRead, told_fields: ToldFields
) -> tuple[dict[Path, ForeignTable], list[str]]:
    """The tables that are rows of one loop, by path, and a line for each that is left out."""
    _require_one_problem(paths)
    read: dict[Path, ForeignTable] = {}
    notes = []
    for path in paths:
        try:
            table = read_foreign_table(path, is_read)
        except InputError as error:
            notes.append(f"{error}: left out")
        else:
            if table.rows_cut:
                notes.append(f"{table.notes[-1]}: the drive is left out")
            else:
                read[path] = table
    if not read:
        raise InputError("\n".join(told_once(notes)))
    fields = {path: told_fields(table) for path, table in read.items()}
    if loops := [
        p.parent for p, B in fields.items() if B is not None and np.ptp(B, axis=0).max() > SAME_FIELD_T
    ]:
        told = ", ".join(place.name for place in loops[:4]) + (" ..." if len(loops) > 4 else "")
        given = " ".join(shlex.quote(str(place)) for place in loops)
        raise InputError(
            f"{loops[0].parent}: the field changes within a drive ({told}), so each is its own loop; "
            f"give those: {given}"
        )
    untold = [p for p, B in fields.items() if B is None and fixed_field_T(p) is None]
    for path in untold if len(untold) < len(read) else ():
        notes.append(f"{path.parent}: neither its table nor a script (.mif) tells its field: left out")
        del read[path]
    return read, notes


def last_of_each(tables: Iterable[ForeignTable]) -> ForeignTable:
    """A table of the last rows of several, with the columns that all have."""
    first, *others = tables
    shared = [
        name
        for name in first.columns
        if all(name in other.columns for other in others) and not is_stage(name)
    ]
    columns = {name: np.array([table.columns[name][-1] for table in (first, *others)]) for name in shared}
    return replace(first, columns=columns, units={name: first.units[name] for name in shared})


def fixed_field_T(table: Path) -> Triple | None:
    """The field of a drive by the script beside its table."""
    mif = _beside(table)
    return read_mif(mif).fixed_field_T if mif else None


def _require_one_problem(tables: Iterable[Path]) -> None:
    """Refuse drives whose scripts differ in more than the field: they are rows of several loops."""
    mifs = {mif: read_mif(mif) for mif in map(_beside, tables) if mif}
    (first, own), *others = mifs.items() or [(Path(), None)]
    for mif, its in others:
        for key in ("Ms_A_per_m", "A_J_per_m", "Ku_J_per_m3", "axis"):
            found, wanted = getattr(its, key), getattr(own, key)
            if found != wanted:
                raise InputError(
                    f"{mif}: its {key.partition('_')[0]} is {found}, and that of {first} is {wanted}: rows "
                    "of one loop are of one problem; give the drives of one alone"
                )


def _beside(table: Path) -> Path | None:
    return next(iter(sorted(table.parent.glob("*.mif"))), None)
