"""What the command line shows: tables for people, JSON for programs.

In: results, which know their values and their table. Out: text on stdout, letters that a terminal lacks in
others that it has. JSON holds null where a number does not exist; arrays become lists, records become tables.
"""

from __future__ import annotations

import codecs
import dataclasses
import json
import logging
import math
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from reduced_model.results import Table


class Result(Protocol):
    """What can be shown."""

    def to_dict(self) -> Mapping[str, Any]:
        """The values for programs, by key."""

    def to_table(self) -> Table:
        """The values for people."""


@dataclass(frozen=True)
class Answer:
    """What a command tells that is no single result; without a header it has no table."""

    values: Mapping[str, Any]
    title: str = ""
    header: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()

    def to_dict(self) -> Mapping[str, Any]:
        """The values for programs, by key."""
        return self.values

    def to_table(self) -> Table:
        """The values for people."""
        return self.title, self.header, self.rows


def show(
    result: Result, as_json: bool, *, more: Mapping[str, Any] | None = None, notes: Iterable[str] = ()
) -> None:
    """A result for programs, with `more` beside its own values; or for people, with notes below the table."""
    if as_json:
        say(json.dumps(plain({**result.to_dict(), **(more or {})}), indent=1, allow_nan=False))
        return
    title, header, rows = result.to_table()
    if header:
        _print_table(title, header, [[short(cell) for cell in row] for row in rows])
    for note in notes:
        say(note)


def say(line: str, *, err: bool = False) -> None:
    """Print a line, to stderr if it is no answer."""
    print(line, file=sys.stderr if err else sys.stdout, flush=True)


def _print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table as wide as its cells, or as the screen where there is one: cells are wrapped between words.

    Where the words alone are too wide, each row becomes a block of lines: nothing is ever cut or left out.
    """
    from rich.console import Console  # takes a tenth of a second, and JSON has no need of it

    screen = Console()
    columns = list(zip(header, *rows, strict=True))
    widest = [max(len(cell) for cell in column) for column in columns]
    frame = 3 * len(columns) + 1
    room = screen.width - frame if screen.is_terminal else sum(widest)
    widths = _wrapped([max(map(_longest_word, column)) for column in columns], widest, room)
    if title:
        say(title)
    if sum(widths) > room:
        _print_blocks(header, rows)
        return
    from rich.table import Table as Drawn  # as above
    from rich.text import Text

    table = Drawn(width=sum(widths) + frame)
    for heading, width in zip(header, widths, strict=True):
        table.add_column(Text(heading), width=width, no_wrap=sum(widest) <= room)
    for row in rows:
        table.add_row(*map(Text, row))
    Console(width=sum(widths) + frame).print(table)


def _wrapped(narrowest: list[int], widest: list[int], room: int) -> list[int]:
    """Widths between the two that fill the room, each column's share growing by one in turn."""
    widths, spare = list(narrowest), room - sum(narrowest)
    while spare > 0 and (growing := [k for k, width in enumerate(widths) if width < widest[k]]):
        for k in growing[:spare]:
            widths[k] += 1
        spare -= len(growing)
    return widths


def _longest_word(cell: str) -> int:
    return max(map(len, cell.split()), default=0)


def _print_blocks(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows one below the other, a line a cell."""
    wide = max(map(len, header))
    for row in rows:
        say("")
        for heading, cell in zip(header, row, strict=True):
            if cell:
                say(f"{heading:{wide}}  {cell}" if heading else cell)


def plain_streams() -> None:
    """Let stdout and stderr write any letter, and libraries' warnings come as a line without a place."""
    codecs.register_error("plain", _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="plain")
    warnings.showwarning = _show_warning
    logging.basicConfig(format="mxval: note: %(name)s: %(message)s")


_LETTERS = {
    **dict.fromkeys("−–—━─", "-"),
    **dict.fromkeys("‘’′", "'"),
    **{"“": '"', "”": '"', "″": "''", "±": "+-", "×": "x", "°": " deg", "µ": "u", "μ": "u"},
    **{"₀": "0", "²": "^2", "³": "^3", "ν": "nu", "τ": "tau", "ρ": "rho", "φ": "phi", "π": "pi"},
    **{"·": "*", "…": "...", "≤": "<=", "≥": ">=", "½": "1/2", "⅔": "2/3", "→": "->"},
}


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    """What stands for letters that a stream cannot write."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(_LETTERS.get(letter, "?") for letter in letters), error.end


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, *_: object, **__: object
) -> None:
    """A library's warning as one line: where in its code it arose helps nobody here."""
    path = PurePath(filename).parts
    library = path[path.index("site-packages") + 1] if "site-packages" in path else "python"
    say(f"mxval: note: {library.removesuffix('.py')}: {' '.join(str(message).split())}", err=True)


def short(value: Any) -> str:
    """A value in a few characters."""
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else "none"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(short(v) for v in value) + ")"
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {short(v)}" for k, v in value.items())
    return "none" if value is None else str(value)


def plain(value: Any) -> Any:
    """JSON values: arrays as lists, records as tables, paths as text, nan as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, PurePath):
        return str(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
