"""What the command line shows: tables for people, JSON for programs.

In: results, which know their values and their table. Out: text on stdout.
JSON holds null where a number does not exist; arrays become lists, records become tables.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol

import typer

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
        typer.echo(json.dumps(plain({**result.to_dict(), **(more or {})}), indent=1, allow_nan=False))
        return
    title, header, rows = result.to_table()
    if header:
        _print_table(title, header, rows)
    for note in notes:
        typer.echo(note)


def _print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from rich.console import Console  # takes a tenth of a second, and JSON has no need of it
    from rich.markup import escape
    from rich.table import Table as Drawn

    table = Drawn(title=escape(title), title_justify="left")
    for heading in header:
        table.add_column(escape(heading), overflow="fold")  # a long path is broken, never cut
    for row in rows:
        table.add_row(*(escape(short(cell)) for cell in row))
    Console().print(table)


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
