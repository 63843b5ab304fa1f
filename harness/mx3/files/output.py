"""The output folder: log.txt, table.txt, OVF files and solver.csv.

In: lines, rows of numbers, fields, and the record of each equilibrium search and output. Out: the folder
MuMax3 would make, plus `solver.csv`, which says how well each row and each saved state is in equilibrium; of
a run that leaves saddles also `events.csv`, where its branches end, and `rejected.csv`, what it did not keep.
What scripts may write, and where, is checked in `folders`; nothing is written through a link.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from harness.mx3.errors import OutputError
from harness.mx3.files.folders import EVENTS, LOG, REJECTED, SOLVER, TABLE
from harness.mx3.files.ovf import Header, write_ovf
from harness.mx3.language.go_format import float_text
from harness.mx3.language.values import OutputFormat

SOLVER_COLUMNS = ("event", "row", "residual_T", "field_evaluations", "iterations", "odd_part", "tolerance_T")
STABILITY_COLUMNS = ("lambda_min_T", "soft_T", "verdict")
"""Of solver.csv besides, where saddles are left."""
CERTIFICATE_COLUMNS = (*STABILITY_COLUMNS, "mode", "line")
"""Of solver.csv besides, where each equilibrium is certified."""
EVENT_COLUMNS = ("step", "kind", "B_along_T", "error_T", "mode", "lambda_before_T", "lambda_after_T")
REJECTED_COLUMNS = (
    *("step", "B_along_T", "lambda_min_T", "mode"),
    *("energy_kept_J", "mx_kept", "my_kept", "mz_kept"),
    *("energy_rejected_J", "mx_rejected", "my_rejected", "mz_rejected"),
)


class OutputFolder:
    """Files of one run.

    Parameters
    ----------
    path : Path
        Created if missing.
    overwrite : bool
        Whether a folder that already holds an earlier run may be used again: the files that run wrote are
        removed, and nothing else.
    on_log : callable, optional
        Also receives each line of the log.
    leaves_saddles : bool
        Whether events and rejected states are written too, and what each row's state is.
    certifies : bool
        Whether solver.csv also says what each equilibrium is.

    Raises
    ------
    OutputError
        If the folder is in use and `overwrite` is False, or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        overwrite: bool = False,
        on_log: Callable[[str], None] | None = None,
        leaves_saddles: bool = False,
        certifies: bool = False,
    ) -> None:
        self.path = path
        self._on_log = on_log
        self._table: IO[str] | None = None
        self.rows = 0
        self.saved: list[Path] = []
        try:
            self._prepare(overwrite)
            self._log = self._create(LOG)
            more = CERTIFICATE_COLUMNS if certifies else STABILITY_COLUMNS * leaves_saddles
            columns = {SOLVER: SOLVER_COLUMNS + more}
            if leaves_saddles:
                columns |= {EVENTS: EVENT_COLUMNS, REJECTED: REJECTED_COLUMNS}
            self._records = {name: _Record(self._create(name), header) for name, header in columns.items()}
        except OSError as error:
            raise OutputError(f"output folder {path}: {error.strerror or error}") from error

    def _prepare(self, overwrite: bool) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise OutputError(f"output folder {self.path}: a file of that name exists")
        self.path.mkdir(parents=True, exist_ok=True)
        if not any(self.path.iterdir()):
            return
        if not overwrite:
            raise OutputError(f"output folder {self.path} is not empty; choose another or allow overwriting")
        for name in _written_before(self.path):
            (self.path / name).unlink(missing_ok=True)

    def _create(self, name: str) -> IO[str]:
        opened = _open(self.path / name, os.O_TRUNC)
        return os.fdopen(opened, "w", encoding="utf-8", newline="\n", errors="replace")

    # ---- log ------------------------------------------------------------------------------------------

    def log(self, line: str) -> None:
        """Append a line to log.txt at once."""
        self._log.write(line + "\n")
        self._log.flush()
        if self._on_log is not None:
            self._on_log(line)

    # ---- table ----------------------------------------------------------------------------------------

    @property
    def table_started(self) -> bool:
        """Whether the header is written, so that no column can be added."""
        return self._table is not None

    def start_table(self, columns: Iterable[tuple[str, str]]) -> None:
        """Write the header from (name, unit) pairs, unless it is written."""
        if self._table is None:
            self._table = self._create(TABLE)
            self._table.write("\t".join(["# t (s)", *(f"{name} ({unit})" for name, unit in columns)]) + "\n")
            self._table.flush()

    def add_row(self, time_s: float, numbers: Sequence[float]) -> int:
        """Append a row, the time in double and the rest in single precision; returns its index from 0."""
        self.add_table_line("\t".join([float_text(time_s), *(float_text(x, 32) for x in numbers)]))
        self.rows += 1
        return self.rows - 1

    def add_table_line(self, line: str) -> None:
        """Append a line to the table as it is."""
        if self._table is None:
            raise OutputError("the table has no header yet")
        self._table.write(line + "\n")
        self._table.flush()

    # ---- solver record --------------------------------------------------------------------------------

    def record(self, event: str, *, residual_T: float, odd_part: float, **work: float | str) -> None:
        """Append a line to solver.csv; `work` holds row, or what a search took and went for, where known."""
        numbers = {"residual_T": f"{residual_T:.6e}", "odd_part": f"{odd_part:.9e}"}
        self.note(SOLVER, event=event, **numbers, **work)

    def note(self, name: str, **values: float | str) -> None:
        """Append a line to solver.csv, events.csv or rejected.csv at once."""
        self._records[name].add(values)

    # ---- files named by the script --------------------------------------------------------------------

    def save(self, path: Path, array: np.ndarray, header: Header, format: OutputFormat) -> None:
        """Write a field to a file named by the script."""
        with _writing(path), os.fdopen(_open(path, os.O_TRUNC), "wb") as stream:
            write_ovf(stream, array, header, format)
        if path not in self.saved:
            self.saved.append(path)

    def append_line(self, path: Path, line: str) -> None:
        """Append a line to a text file named by the script."""
        with _writing(path), os.fdopen(_open(path, os.O_APPEND), "ab") as stream:
            stream.write((line + "\n").encode("utf-8", errors="replace"))

    @property
    def kept(self) -> str:
        """What to tell of the output when the run ends early: nothing if there is none."""
        made = ((self.rows, "table row"), (len(self.saved), "saved file"))
        counts = [f"{n} {what}{'s' if n > 1 else ''}" for n, what in made if n]
        return f" ({' and '.join(counts)} kept in {self.path})" if counts else ""

    def close(self) -> None:
        """Close all files."""
        for stream in (self._log, self._table, *(record.stream for record in self._records.values())):
            if stream is not None:
                stream.close()


class _Record:
    """A CSV file that grows line by line."""

    def __init__(self, stream: IO[str], columns: tuple[str, ...]) -> None:
        self.stream = stream
        self._csv = csv.DictWriter(stream, columns, lineterminator="\n")
        self._csv.writeheader()
        stream.flush()

    def add(self, values: Mapping[str, float | str]) -> None:
        self._csv.writerow(values)
        self.stream.flush()


def _open(path: Path, flags: int) -> int:
    flags |= os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.open(path, flags, 0o666)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f'cannot write "{path.name}": {error.strerror or error}') from error


def _written_before(path: Path) -> list[str]:
    """Names an earlier run of this engine recorded as its own in solver.csv."""
    names = [LOG, TABLE, SOLVER]
    record = path / SOLVER
    if record.is_file() and not record.is_symlink():
        with record.open(encoding="utf-8", errors="replace", newline="") as stream:
            lines = [line for line in csv.reader(stream) if line]
        events = [line[0] for line in lines]
        if lines and lines[0][-1:] == [STABILITY_COLUMNS[-1]]:
            names += [EVENTS, REJECTED]
        for event in events:
            name = event.removeprefix("save:")
            if name != event and "/" not in name and "\\" not in name and name not in (".", ".."):
                names.append(name)
    return [name for name in names if (path / name).is_file() or (path / name).is_symlink()]
