"""Which program wrote an output folder, by its log.

In: the folder. Out: the program's name, its version; what it is called in words.
"""

from __future__ import annotations

import re
from pathlib import Path

from harness.mx3.run import QUADRATURE_IN_LOG

QUADRATURE = "cpu, mumax3 kernel"
"""The CPU engine with MuMax3's quadrature of the demagnetising kernel."""
NAMES = {"cpu": "CPU engine", QUADRATURE: "CPU engine, MuMax3's kernel", "mumax3": "MuMax3", "oommf": "OOMMF"}
"""Programs whose energy is known, by what records call them."""
_BEGINS = 2000
_MUMAX = re.compile(r"mumax ?v?(\d+(?:\.\d+)*\w*)?", re.I)


def program_of(folder: Path) -> str:
    """A key of `NAMES`, or "" where the folder has no log of such a program."""
    begin = log_begin(folder)
    if "mxval CPU engine" in begin:
        return QUADRATURE if QUADRATURE_IN_LOG in begin else "cpu"
    return "mumax3" if _MUMAX.search(begin) else ""


def version_of(folder: Path) -> str | None:
    """Version of MuMax3, where its log tells."""
    found = _MUMAX.search(log_begin(folder))
    return found[1] if found else None


def log_begin(folder: Path) -> str:
    """The first lines of a folder's log; "" without one."""
    try:
        with (folder / "log.txt").open(encoding="utf-8", errors="replace") as log:
            return log.read(_BEGINS)
    except OSError:
        return ""
