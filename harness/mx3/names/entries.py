"""What the world holds for each name.

In: a name, what it stands for, and what to tell about it. Out: an `Entry`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.mx3.language.expressions import Constant, Expr, Variable
from harness.mx3.language.scope import Function
from harness.mx3.session.quantities import Quantity


@dataclass(frozen=True)
class Entry:
    """A name of the script world."""

    name: str
    """Documented spelling."""
    binding: Expr | Function
    """What the name stands for."""
    doc: str
    note: str = ""
    """How support here differs from MuMax3's."""

    @property
    def usage(self) -> str:
        """The name as scripts write it, a function with its arguments."""
        return self.binding.signature.usage if isinstance(self.binding, Function) else self.name


Entries = Iterator[Entry]


def constant(name: str, value: Any, doc: str) -> Entry:
    """A literal constant."""
    return Entry(name, Constant(type(value), value, literal=True), doc)


def variable(name: str, cell: Variable, doc: str, note: str = "") -> Entry:
    """An engine variable scripts may assign to."""
    return Entry(name, cell, doc, note)


def quantity(value: Quantity, doc: str, note: str = "") -> Entry:
    """A quantity or parameter under its own name."""
    return Entry(value.name, Constant(type(value), value), doc, note)
