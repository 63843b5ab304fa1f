"""The registry: every name a script may use, what it stands for, and what to say about it.

In: a session. Out: the bindings the compiler resolves names with, and the entries the documentation is made
from.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from harness.mx3.language.scope import Binding, Function, Outside
from harness.mx3.language.values import Part, Signature, signature
from harness.mx3.names import (
    files,
    geometry,
    initial_states,
    materials,
    mathematics,
    operators,
    physics,
    solvers,
    text,
)
from harness.mx3.names.entries import Entry
from harness.mx3.names.outside import outside
from harness.mx3.session.evolution import Evolution
from harness.mx3.session.search import Search
from harness.mx3.session.session import Session

THEMES: tuple[ModuleType, ...] = (
    geometry,
    materials,
    initial_states,
    physics,
    solvers,
    files,
    operators,
    text,
    mathematics,
)


@dataclass(frozen=True)
class Documented:
    """One line of the documentation of what is supported."""

    name: str
    theme: str
    kind: str
    usage: str
    doc: str
    note: str


class World:
    """Names of the script language, bound to the parts of one running script.

    Parameters
    ----------
    session : Session

    Attributes
    ----------
    search : Search
        The script's relax and minimize.
    names : dict
        What each lower-case name stands for.
    spelling : dict
        The documented spelling of each lower-case name.
    """

    def __init__(self, session: Session) -> None:
        evolution = Evolution(session)
        self.search = Search(session, evolution)
        parts = (session.grid, session.sample, session, evolution, self.search)
        self._parts: dict[type, Part] = {type(part): part for part in parts}
        self.names: dict[str, Binding] = {}
        self.spelling: dict[str, str] = {}
        self._entries: list[tuple[ModuleType, Signature | Entry]] = []
        for theme in THEMES:
            for function in _functions(theme):
                self._declare(function.name, Function(function, self._part(function.part)))
                self._entries.append((theme, function))
            for named in self._objects(theme):
                self._declare(named.name, named.expr)
                self._entries.append((theme, named))
        for refused in outside():
            self._declare(refused.name, refused)

    def _part(self, kind: type | None) -> Part | None:
        return None if kind is None else self._parts[kind]

    def _objects(self, theme: ModuleType) -> Iterator[Entry]:
        """What a theme's `objects` yields, given the parts it asks for."""
        if hasattr(theme, "objects"):
            hints = typing.get_type_hints(theme.objects)
            yield from theme.objects(*(self._parts[hints[name]] for name in hints if name != "return"))

    def _declare(self, name: str, binding: Binding) -> None:
        if name.lower() in self.names:
            raise ValueError(f"the name {name} is declared twice")
        self.names[name.lower()] = binding
        self.spelling[name.lower()] = name

    def documented(self) -> list[Documented]:
        """Every supported name, theme by theme."""
        return [_documented(theme, entry) for theme, entry in self._entries]

    def kinds(self) -> set[type]:
        """Types of all named values, and of what functions give."""
        return {e.expr.kind if isinstance(e, Entry) else e.returns for _, e in self._entries}

    def refused(self) -> list[Outside]:
        """Every name of MuMax3 that is not supported, with the reason."""
        return [binding for binding in self.names.values() if isinstance(binding, Outside)]


def _functions(theme: ModuleType) -> Iterator[Signature]:
    for member in vars(theme).values():
        if hasattr(member, "__script__") and member.__module__ == theme.__name__:
            yield signature(member)
    if hasattr(theme, "functions"):
        yield from theme.functions()


def _documented(theme: ModuleType, entry: Signature | Entry) -> Documented:
    name = theme.__name__.rpartition(".")[2].replace("_", " ")
    if isinstance(entry, Entry):
        return Documented(entry.name, name, entry.kind, entry.name, entry.doc, entry.note)
    usage = f"{entry.name}({', '.join(entry.argument_names)})"
    return Documented(entry.name, name, "function", usage, entry.mark.doc, entry.mark.note)
