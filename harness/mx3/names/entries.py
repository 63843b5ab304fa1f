"""What a theme module hands to the world for each named value.

In: a name, what it stands for, and what to tell about it. Out: an `Entry`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.mx3.language.expressions import Constant, Expr, Variable
from harness.mx3.session.quantities import Quantity


@dataclass(frozen=True)
class Entry:
    """A named value of the script world.

    Attributes
    ----------
    name : str
        Documented spelling.
    expr : Expr
        What the name stands for.
    kind : str
        "constant", "variable", "parameter", "quantity" …, for the documentation.
    doc, note : str
        What it is, and how support here differs from MuMax3's.
    """

    name: str
    expr: Expr
    kind: str
    doc: str
    note: str = ""


Entries = Iterator[Entry]


def constant(name: str, value: Any, doc: str) -> Entry:
    """A literal constant."""
    return Entry(name, Constant(type(value), value, literal=True), "constant", doc)


def variable(name: str, cell: Variable, doc: str, note: str = "") -> Entry:
    """An engine variable scripts may assign to."""
    return Entry(name, cell, "variable", doc, note)


def quantity(value: Quantity, doc: str, note: str = "", *, kind: str = "quantity") -> Entry:
    """A quantity or parameter under its own name."""
    return Entry(value.name, Constant(type(value), value), kind, doc, note)
