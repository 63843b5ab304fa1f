"""Which row of a foreign loop's table each saved state belongs to.

In: files, what their names tell, the mean moments of states and rows. Out: a Filing: files by row, and what
was left. Names count as long as each state has its row's moment; where they are those of other rows, moments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.inputs import InputError
from harness.mx3.errors import ScriptError
from harness.mx3.outline import outline
from harness.runs.foreign.states import mean_moment, moments
from harness.runs.foreign.table import ForeignTable, read_foreign_table
from harness.runs.output import MEAN_TOLERANCE

Vector = NDArray[np.float64]

ROUNDING = 1e-4
"""How far a state's mean may be from its row's by rounding: four digits, sums in single precision."""
BY_MOMENT = "their mean moment"
_STEP = re.compile(r"m_step(\d+)$")
_STAGE = re.compile(r"-(\d+)-(\d+)$")
"""Stage and iteration, as OOMMF writes them behind the name of what it saves."""


@dataclass(frozen=True)
class Filing:
    """The states by row."""

    rows: dict[int, Path]
    by: str
    """What told them: their names, in some way, or their mean moment."""
    left: tuple[Path, ...]
    """What belongs to no row that can be told."""
    moved: bool
    """Whether the names are those of other rows."""
    notes: tuple[str, ...]


def rows_of_states(
    files: Sequence[Path], table: ForeignTable, n: int, saved: Mapping[str, int]
) -> tuple[dict[int, Path], str]:
    """The states by the row that their names tell, and how that was found; none where only moments can tell.

    Parameters
    ----------
    files : sequence of Path
        In natural order.
    table : ForeignTable
    n : int
        Number of its rows.
    saved : mapping
        Rows by the file's name, as the script tells.
    """
    if found := {saved[f.name]: f for f in files if saved.get(f.name, n) < n}:
        return found, "the script"
    steps = {int(s): k for k, s in enumerate(table.columns.get("step", ()))}
    numbered = {f: int(match[1]) for f in files if (match := _STEP.search(f.stem))}
    if found := {steps[step]: f for f, step in numbered.items() if step in steps}:
        return found, "their step"
    stage_of = next(
        (c for name, c in table.columns.items() if name.rpartition(":")[2].lower() == "stage"), None
    )
    staged = {f: int(match[1]) for f in files if (match := _STAGE.search(f.stem))}
    if stage_of is not None and staged:
        rows = {int(stage): k for k, stage in enumerate(stage_of)}
        return {rows[stage]: f for f, stage in staged.items() if stage in rows}, "their stage"
    if len(files) == n:
        return dict(enumerate(files)), "their order"
    return {}, BY_MOMENT


def filed(named: Mapping[int, Path], by: str, means: Mapping[Path, Vector], m: Vector, B_T: Vector) -> Filing:
    """The states by row, once their moments are held against the rows that their names tell.

    Parameters
    ----------
    named, by : as `rows_of_states` gives
    means : mapping
        Mean moment of each state, (k,).
    m : (n, k) array
        That of each row.
    B_T : (n,) array
        Its field.
    """
    away = {file: np.abs(m - mean).max(axis=1) for file, mean in means.items()}
    row_of = {file: row for row, file in named.items() if file in away}
    wrong = {file: row for file, row in row_of.items() if not _is_of_row(away[file], row)}
    moved = [file for file in wrong if away[file].min() <= MEAN_TOLERANCE]

    def told(row: int) -> str:
        return _told(row, f"{B_T[row]:g} T", m)

    if moved:
        more = f"; so it is with {len(moved) - 1} more" if len(moved) > 1 else ""
        notes = [
            f"{moved[0]}: is of {told(wrong[moved[0]])} by {by}, and its mean moment, "
            f"{_moment(means[moved[0]])}, is that of {told(int(away[moved[0]].argmin()))}{more}: "
            "so no name is believed, and each state is put where its mean moment is"
        ]
    else:
        notes = [
            f"{file}: its mean moment is {_moment(means[file])}, and it is of {told(row)} by {by}: left out"
            for file, row in wrong.items()
        ]
    if moved or by == BY_MOMENT:
        wrong, by = {}, BY_MOMENT
        like = {file: _row_of_moment(away[file], B_T, row_of.get(file)) for file in away}
        row_of = {file: row for file, row in like.items() if row is not None}
    rows = {row: file for file, row in reversed(row_of.items()) if file not in wrong}
    left = tuple(file for file in away if file not in rows.values() and file not in wrong)
    return Filing(dict(sorted(rows.items())), by, left, bool(moved), tuple(notes))


def misfiled(table: Path, script: Path, files: Mapping[str, Path]) -> dict[str, str]:
    """Why states are not those that a script saved by their names, or not of the field they are saved in.

    The rows of its table have another m, or are those before a search in that field.

    Nothing is said where table or script do not tell.
    """
    try:
        columns, told = read_foreign_table(table).columns, outline(script)
    except (InputError, ScriptError):
        return {}
    if not {"mx", "my", "mz"} <= columns.keys():
        return {}
    m = np.stack([columns[name] for name in ("mx", "my", "mz")], axis=1)
    why = {}
    for name, file in files.items():
        row = told.saved.get(name, len(m))
        try:
            unit = moments(file)[1]
        except InputError:
            continue  # whoever reads it says why
        if row < len(m) and unit.shape[1:] == told.fill.shape:
            mean = mean_moment(unit, told.fill)
            at = _told(row, f"({', '.join(f'{x:.4g}' for x in told.fields_T[row])}) T", m)
            if not _is_of_row(np.abs(m - mean).max(axis=1), row):
                why[name] = f"its mean moment is {_moment(mean)}, and the script saves it at {at}"
            elif name in told.early:
                why[name] = f"the script saves it before a search in the next field: it is of {at}"
    return why


def _told(row: int, field: str, m: Vector) -> str:
    return f"row {row} of the table ({field}, {_moment(m[row])})"


def _is_of_row(away: Vector, row: int) -> bool:
    """Whether a state can be a row's: its moment is that of the row, and no other row's is much nearer."""
    return bool(away[row] <= MEAN_TOLERANCE and (away[row] <= ROUNDING or away[row] <= 3 * away.min()))


def _row_of_moment(away: Vector, B_T: Vector, named: int | None) -> int | None:
    """The one row that has a state's mean moment; of several in one field the one that its name tells.

    >>> away, B_T = np.array([0.0, 0.3, 1e-7, 2e-3]), np.array([0.7, 0.0, 0.7, 0.1])
    >>> _row_of_moment(away, B_T, None), _row_of_moment(away, B_T, 2), _row_of_moment(away[1:], B_T[1:], None)
    (None, 2, 1)
    """
    if away.min() > MEAN_TOLERANCE:
        return None
    like = np.flatnonzero(away <= 3 * away.min() + 1e-6)
    if named in like and np.ptp(B_T[like]) < 1e-12:
        return named
    return int(like[0]) if like.size == 1 else None


def _moment(mean: Vector) -> str:
    return f"⟨m⟩ = {', '.join(f'{x:z.4f}' for x in mean)}"
