"""What the command line shows: tables for people, JSON for programs.

In: results of the harness. Out: text on stdout.
JSON holds null where a number does not exist; arrays become lists, records become tables.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import typer


def print_branches(title: str, observables: Sequence[Mapping[str, Any]]) -> None:
    """Observables of a loop, one line a branch."""
    keys = [k for k in observables[0] if k not in ("branch", "jumps")]
    rows = [
        (
            b["branch"],
            *(short(b[k]) for k in keys),
            ", ".join(f"{j['B_T']:.4g} T" for j in b["jumps"]) or "none",
        )
        for b in observables
    ]
    print_table(
        title, ("branch", *(k.replace("_T", " (T)").replace("_", " ") for k in keys), "jumps at"), rows
    )


def print_agreements(summaries: Sequence[Mapping[str, Any]]) -> None:
    """Pairs of runs, a few lines each."""
    for s in summaries:
        energy = max(filter(None, s["largest_difference_of_energy"].values()), default=0.0)
        typer.echo(f"{s['case']}: {' and '.join(s['engines'])}")
        typer.echo(f"  {s['rows'] - s['rows_apart']} of {s['rows']} rows on one branch")
        if s["rows_apart"]:
            typer.echo(f"  apart at {', '.join(f'{B:g}' for B in s['apart_at_T'])} T")
        typer.echo(f"  there m within {short(s['largest_difference_of_m'])}")
        typer.echo(f"  and energies within {short(energy)} of mu0 Ms^2 V / 2")
        typer.echo(f"  largest residual torque {_pair(s['worst_residual_T'])} T")
        for state in s["states"]:
            typer.echo(f"  step {state['step']}: nu {_pair((state['nu_1'], state['nu_2']))}")
        typer.echo(f"  {_pair(s['seconds_per_row'])} s a row")


def _pair(values: Sequence[Any]) -> str:
    return " and ".join(short(value) for value in values)


def print_reproduction(records: Sequence[Mapping[str, Any]]) -> None:
    """Published beside computed numbers, a table a paper; equation and reason stand below the quantity."""
    for paper in dict.fromkeys(record["paper"] for record in records):
        rows = [
            (
                "\n".join(filter(None, (f"{r['where']}: {r['quantity']}", f"({r['equation']})", r["why"]))),
                f"{r['published']} {r['unit']}".strip(),
                r["computed_text"],
                "" if math.isnan(r["difference"]) else f"{r['difference']:+.2g}",
                r["verdict"],
            )
            for r in records
            if r["paper"] == paper
        ]
        print_table(paper, ("quantity", "published", "computed", "difference", "verdict"), rows, lines=True)


def print_table(
    title: str, header: Sequence[str], rows: Sequence[Sequence[Any]], *, lines: bool = False
) -> None:
    """A table for people, with lines between the rows where they are long."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(*header, title=title, title_justify="left", show_lines=lines)
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    Console().print(table)


def short(value: Any) -> str:
    """A value in a few characters."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return "(" + ", ".join(short(v) for v in value) + ")"
    if isinstance(value, dict):
        return ", ".join(f"{k} {short(v)}" for k, v in value.items())
    return "none" if value is None else str(value)


def print_json(value: Any) -> None:
    """JSON for programs."""
    typer.echo(json.dumps(plain(value), indent=1, allow_nan=False))


def plain(value: Any) -> Any:
    """JSON values: arrays as lists, records as tables, nan as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
