"""From the table an engine wrote to a loop.

In: its output folder, and the fields asked for. Out: a Loop, which knows where the saved states are.
Every row is recognised by its step counter and compared with its intended field; a misfit is refused.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.engines.base import Diverged, OutputForeign, OutputIncomplete, OutputInvalid
from harness.study.lattice import Triple
from reduced_model.results import Shown, axes_for
from reduced_model.results import table as as_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

FLOAT32_ROUNDING = 1.2e-7
"""Relative spacing of float32: MuMax3 keeps fields and prints table numbers in it."""

AGAIN = "run the case again"
ELSEWHERE = "check the material's numbers, then run the case again, on the other engine if it comes back"
"""What to do about output that is no good."""


class LocatedEvent(NamedTuple):
    """A change of state that the engine located between two rows."""

    step: int
    """Of the row that follows it."""
    kind: str
    """"nucleation", "tilt", "upright", "rotation", "reversal", "switching", "annihilation", "fold" or
    "other"."""
    B_T: float
    error_T: float


@dataclass(frozen=True, eq=False, repr=False)
class Loop(Shown):
    """A magnetisation loop as simulated, n rows."""

    step: np.ndarray
    """(n,) counter of the field path."""
    B_T: np.ndarray
    """(n,) intended field along the field direction, T."""
    m: np.ndarray
    """(n, 3) mean magnetisation of the particle."""
    toroidal: np.ndarray | None
    """(n, 3) mean of (r/R) x m, None if the table lacks it."""
    residual_T: np.ndarray | None
    """(n,) largest |m x B| of each row's state in T, None if unknown."""
    odd_part: np.ndarray | None
    """(n,) rms |m(r) - m(-r)|/2 of each row's state, None if the engine does not record it."""
    table: pd.DataFrame
    """Every column; units by column name in ``table.attrs["units"]``."""
    states: Mapping[int, Path]
    """Saved OVF files by step."""
    events: tuple[LocatedEvent, ...] = ()
    """In path order; none where the engine located none, as without protocol certified."""

    def to_dataframe(self) -> pd.DataFrame:
        """A row a field: step, B_T, mean moment, and what else of the loop's columns is known."""
        columns = {"step": self.step, "B_T": self.B_T, **_components("m", self.m)}
        if self.toroidal is not None:
            columns |= _components("toroidal", self.toroidal)
        more = {"residual_T": self.residual_T, "odd_part": self.odd_part}
        columns |= {name: values for name, values in more.items() if values is not None}
        saved = [self.states[step].name if step in self.states else "" for step in self.step.tolist()]
        return as_table({**columns, "state": saved})

    def plot(self, ax: Axes | None = None, direction: Triple = (0.0, 0.0, 1.0)) -> Axes:
        """Draw the moment along a direction against field, one line a branch; returns the axes."""
        from reduced_model.loops.path import draw_branches  # only a drawing needs it

        ax = draw_branches(axes_for(ax), self.B_T, self.m @ np.array(direction), "")
        ax.set_ylabel(r"$\langle m\rangle$ along the field")
        return ax


def _components(name: str, vectors: np.ndarray) -> dict[str, np.ndarray]:
    return {f"{name}_{axis}": vectors[:, k] for k, axis in enumerate("xyz")}


def read_loop(out: Path, field_values_T: Sequence[float], direction: Triple = (0.0, 0.0, 1.0)) -> Loop:
    """Read and check the table of a finished run.

    Parameters
    ----------
    out : Path
        The engine's output folder.
    field_values_T : sequence of float
        The fields asked for in T, in path order; row k belongs to value k.
    direction : (3,) floats
        Unit vector of the field.

    Raises
    ------
    OutputInvalid
        As `read_table`; OutputIncomplete also if rows are missing, OutputForeign also if rows are double or
        out of order, or a row's field is not the one asked for.
    """
    table = read_table(out / "table.txt")
    B = np.asarray(field_values_T, dtype=float)
    _check_steps(table, len(B))
    _check_fields(table, B, direction)
    solver = _solver_rows(out / "solver.csv", len(B))
    residual = solver["residual_T"] if solver is not None else table.get("maxTorque")
    toroidal = [c for c in table if re.search(r"crossProduct[xyz]$", c)]
    states = {int(m[1]): f for f in out.iterdir() if (m := re.fullmatch(r"m_step(\d+)\.ovf", f.name))}
    return Loop(
        step=_frozen(table["step"].astype(int)),
        B_T=_frozen(B),
        m=_frozen(_vector(table, "m")),
        toroidal=_frozen(table[toroidal]) if len(toroidal) == 3 else None,
        residual_T=None if residual is None else _frozen(residual),
        odd_part=None if solver is None else _frozen(solver["odd_part"]),
        table=table,
        states=dict(sorted(states.items())),
        events=_events(out / "events.csv"),
    )


def read_table(path: Path) -> pd.DataFrame:
    """Read a MuMax3 table; column units go into ``attrs["units"]``.

    Raises
    ------
    OutputIncomplete
        If the file is missing or holds a line cut short.
    OutputForeign
        If it has no MuMax3 header, or a line of something else.
    Diverged
        If it holds a value that is not finite.
    """
    import pandas as pd  # half a second, and planning a study needs no table

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise OutputIncomplete(f"{path}: cannot be read: {error.strerror}; {AGAIN}") from None
    except UnicodeDecodeError:
        raise OutputForeign(f"{path}: is not a text file; {AGAIN}") from None
    if not lines or not lines[0].startswith("# "):
        raise OutputForeign(f"{path}: does not begin with MuMax3's header line; {AGAIN}")
    columns = [re.fullmatch(r"(.*) \((.*)\)", c) for c in lines[0][2:].split("\t")]
    if not all(columns):
        raise OutputForeign(f"{path}: header is not of MuMax3's form, name (unit) for every column")
    names, units = zip(*((c[1], c[2]) for c in columns if c), strict=True)
    rows = np.empty((len(lines) - 1, len(names)))
    for k, line in enumerate(lines[1:]):
        numbers = line.split("\t")
        if len(numbers) != len(names):
            raise OutputIncomplete(
                f"{path}: line {k + 2} has {len(numbers)} of {len(names)} columns; the file is cut short; "
                f"{AGAIN}"
            )
        try:
            rows[k] = [float(x) for x in numbers]
        except ValueError as error:
            raise OutputForeign(f"{path}: line {k + 2}: {error}; {AGAIN}") from None
        if not np.isfinite(rows[k]).all():
            column = int(np.argmin(np.isfinite(rows[k])))
            what = f"{names[column]} is {rows[k][column]}"
            raise Diverged(f"{path}: line {k + 2}: {what}; the run diverged; {ELSEWHERE}")
    table = pd.DataFrame(rows, columns=list(names))
    table.attrs["units"] = dict(zip(names, units, strict=True))
    return table


def _check_steps(table: pd.DataFrame, wanted: int) -> None:
    if "step" not in table:
        raise OutputForeign("table.txt: has no column step; it is not of a script of this program")
    steps = table["step"].to_numpy()
    if len(double := steps[table["step"].duplicated()]):
        why = "stands there more than once; two runs wrote into one file"
        raise OutputForeign(f"table.txt: step {min(double):g} {why}: {AGAIN}")
    if missing := sorted(set(range(wanted)) - set(steps.astype(int))):
        raise OutputIncomplete(
            f"table.txt: {len(missing)} of {wanted} rows are missing, the first is step {missing[0]}; {AGAIN}"
        )
    if len(steps) > wanted:
        raise OutputForeign(f"table.txt: {len(steps)} rows where {wanted} were asked for")
    if (np.diff(steps) < 0).any():
        raise OutputForeign(f"table.txt: steps are out of order; {AGAIN}")


def _check_fields(table: pd.DataFrame, B_T: np.ndarray, direction: Triple) -> None:
    measured = _vector(table, "B_ext") @ np.array(direction)
    allowed = 4 * FLOAT32_ROUNDING * np.max(np.abs(B_T)) + 1e-12
    off = np.abs(measured - B_T)
    if off.max() > allowed:
        k = int(np.argmax(off))
        raise OutputForeign(
            f"table.txt: step {k} was run at {measured[k]:g} T where {B_T[k]:g} T was asked for"
        )


def _vector(table: pd.DataFrame, name: str) -> np.ndarray:
    columns = [f"{name}{axis}" for axis in "xyz"]
    if absent := [c for c in columns if c not in table]:
        raise OutputForeign(f"table.txt: has no column {absent[0]}")
    return table[columns].to_numpy()


def _solver_rows(path: Path, rows: int) -> pd.DataFrame | None:
    """The CPU engine's account of the state at each table row; None for engines that keep none."""
    import pandas as pd  # as above

    if not path.exists():
        return None
    try:
        record = pd.read_csv(path)
        at_rows = record[record["event"] == "tablesave"].reset_index(drop=True)
        complete = list(at_rows["row"].astype(int)) == list(range(rows))
    except (ValueError, KeyError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise OutputInvalid(f"{path}: cannot be read: {why}") from None
    if not complete:
        raise OutputIncomplete(f"{path}: does not account for every row of table.txt; {AGAIN}")
    return at_rows


def _events(path: Path) -> tuple[LocatedEvent, ...]:
    """The changes of state that the engine located; none where it does not look for them."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            B = "B_T" if "B_T" in (reader.fieldnames or ()) else "B_along_T"  # the first in runs before 0.3.0
            return tuple(
                LocatedEvent(int(row["step"]), row["kind"], float(row[B]), float(row["error_T"]))
                for row in reader
            )
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OutputInvalid(f"{path}: cannot be read: {error}; {AGAIN}") from None


def _frozen(values: np.ndarray | pd.Series | pd.DataFrame) -> np.ndarray:
    array = np.array(values)
    array.flags.writeable = False
    return array
