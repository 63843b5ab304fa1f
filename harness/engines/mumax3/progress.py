"""How far a run of MuMax3 has come, seen from its files.

In: the output folder and the console of a run. Out: rows so far, and whether anything was written lately.
MuMax3 holds back table rows for up to five seconds; saved states appear at once and count as well.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

_STATE = re.compile(r"m_step(\d+)\.ovf")


class RunProgress:
    """Progress of one run.

    Parameters
    ----------
    out : Path
        The output folder; it need not exist yet.
    console : Path
        The file that takes what the engine prints.

    Attributes
    ----------
    rows : int
        Table rows written, or states saved where these tell of more.
    """

    def __init__(self, out: Path, console: Path) -> None:
        self._out, self._console = out, console
        self._sizes: dict[str, int] = {}
        self._table_read, self._table_lines = 0, 0
        self.rows = 0

    def update(self) -> bool:
        """Update `rows`; returns whether any file has appeared or changed its size since the last time."""
        sizes = self._file_sizes()
        written = sizes != self._sizes
        if written:
            self._sizes = sizes
            self._count_lines()
            steps = (int(m[1]) + 1 for name in sizes if (m := _STATE.fullmatch(name)))
            self.rows = max(self._table_lines - 1, *steps, 0)
        return written

    def _file_sizes(self) -> dict[str, int]:
        sizes = {"": self._console.stat().st_size if self._console.exists() else 0}
        if self._out.is_dir():
            with os.scandir(self._out) as entries:
                for entry in entries:
                    with suppress(FileNotFoundError):  # MuMax3 removes a file before it makes it anew
                        sizes[entry.name] = entry.stat(follow_symlinks=False).st_size
        return sizes

    def _count_lines(self) -> None:
        """Count the table's lines added since the last time."""
        if "table.txt" in self._sizes:
            with suppress(FileNotFoundError), (self._out / "table.txt").open("rb") as table:
                table.seek(self._table_read)
                added = table.read()
                self._table_read += len(added)
                self._table_lines += added.count(b"\n")
