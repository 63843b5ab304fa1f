"""The registry: every name a script may use, what it stands for, and what to say about it.

In: a session. Out: the bindings the compiler resolves names with, and the entries the documentation is made
from.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType

from harness.mx3.language.scope import Binding, Function, Outside
from harness.mx3.language.signatures import Part, Signature, signature
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
from harness.mx3.names.entries import Entry, function
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
        self._entries: list[tuple[ModuleType, Entry]] = []
        for theme in THEMES:
            for entry in (*self._functions(theme), *self._objects(theme)):
                self._declare(entry.name, entry.binding)
                self._entries.append((theme, entry))
        for refused in outside():
            self._declare(refused.name, refused)

    def _functions(self, theme: ModuleType) -> Iterator[Entry]:
        for each in _signatures(theme):
            yield function(each, None if each.part is None else self._parts[each.part])

    def _objects(self, theme: ModuleType) -> Iterator[Entry]:
        if hasattr(theme, "objects"):
            yield from theme.objects(*(self._parts[kind] for kind in _parts_asked_for(theme.objects)))

    def _declare(self, name: str, binding: Binding) -> None:
        if name.lower() in self.names:
            raise ValueError(f"the name {name} is declared twice")
        self.names[name.lower()] = binding
        self.spelling[name.lower()] = name

    def documented(self) -> list[Entry]:
        """Every supported name, theme by theme."""
        titles = {theme: theme.__name__.rpartition(".")[2].replace("_", " ") for theme in THEMES}
        return [replace(entry, theme=titles[theme]) for theme, entry in self._entries]

    def kinds(self) -> set[type]:
        """Types of all named values, and of what functions give."""
        bindings = [entry.binding for _, entry in self._entries]
        return {
            b.signature.returns if isinstance(b, Function) else b.kind
            for b in bindings
            if not isinstance(b, Outside)
        }

    def refused(self) -> list[Outside]:
        """Every name of MuMax3 that is not supported, with the reason."""
        return [binding for binding in self.names.values() if isinstance(binding, Outside)]


@functools.cache
def _signatures(theme: ModuleType) -> tuple[Signature, ...]:
    """A theme's marked functions and their variants."""
    members = [m for m in vars(theme).values() if getattr(m, "__module__", None) == theme.__name__]
    marked = [signature(member) for member in members if hasattr(member, "__script__")]
    return (*marked, *(theme.functions() if hasattr(theme, "functions") else ()))


@functools.cache
def _parts_asked_for(objects: Callable[..., Iterator[Entry]]) -> tuple[type, ...]:
    hints = typing.get_type_hints(objects)
    return tuple(hints[name] for name in hints if name != "return")
