"""The registry: every name a script may use, what it stands for, and what to say about it.

In: a session. Out: the bindings the compiler resolves names with, and the entries the documentation is made
from.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable
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
from harness.mx3.names.entries import Entries, Entry
from harness.mx3.names.outside import GROUPS, refusal
from harness.mx3.session.evolution import Evolution
from harness.mx3.session.search import Search
from harness.mx3.session.session import Session

THEMES = (geometry, materials, initial_states, physics, solvers, files, operators, text, mathematics)


class World:
    """Names of the script language, bound to the parts of one running script.

    Attributes
    ----------
    session : Session
    search, evolution : Search, Evolution
        The script's relax and minimize, and its passing time.
    themes : dict
        Every supported name, theme by theme.
    names, spelling : dict
        What each lower-case name stands for, and its documented spelling.
    """

    def __init__(self, session: Session) -> None:
        self.session, self.evolution = session, Evolution(session)
        self.search = Search(session, self.evolution)
        parts = (session.grid, session.sample, self.evolution, self.search)
        self._parts: dict[type, Part] = {Session: session, **{type(part): part for part in parts}}
        self.themes: dict[str, list[Entry]] = {}
        for theme in THEMES:
            title = theme.__name__.rpartition(".")[2].replace("_", " ")
            self.themes[title] = list(self._entries(theme))
        self.names: dict[str, Binding] = {}
        self.spelling: dict[str, str] = {}
        for entry in self.documented():
            self._declare(entry.name, entry.binding)
        for subject, names in GROUPS.items():
            for name in names.split():
                self._declare(name, Outside(name, refusal(subject)))

    def _entries(self, theme: ModuleType) -> Entries:
        """A theme's functions, each bound to the part it works on, and its objects."""
        for each in _signatures(theme):
            part = None if each.part is None else self._parts[each.part]
            yield Entry(each.name, Function(each, part), each.mark.doc, each.mark.note)
        if hasattr(theme, "objects"):
            yield from theme.objects(*(self._parts[kind] for kind in _parts_asked_for(theme.objects)))

    def _declare(self, name: str, binding: Binding) -> None:
        if name.lower() in self.names:
            raise ValueError(f"the name {name} is declared twice")
        self.names[name.lower()] = binding
        self.spelling[name.lower()] = name

    def documented(self) -> list[Entry]:
        """Every supported name."""
        return [entry for entries in self.themes.values() for entry in entries]

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
def _parts_asked_for(objects: Callable[..., Entries]) -> tuple[type, ...]:
    hints = typing.get_type_hints(objects)
    return tuple(hints[name] for name in hints if name != "return")
