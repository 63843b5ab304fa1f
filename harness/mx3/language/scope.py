"""Names in scope, and what a name can stand for.

In: declarations. Out: the binding of a name, whatever its case, from the innermost block that has it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.mx3.language.expressions import Expr
from harness.mx3.language.signatures import Signature

_LONGEST_SUGGESTED = 60


@dataclass(frozen=True)
class Outside:
    """A name MuMax3 knows and this engine does not, with the reason and what to do."""

    name: str
    reason: str


@dataclass(frozen=True)
class Function:
    """A world function with the part it works on, None if it works on none."""

    signature: Signature
    part: Any


Binding = Expr | Function | Outside


@dataclass
class Scope:
    """Names visible in a block, by lower-case spelling."""

    names: dict[str, Binding]
    parent: Scope | None = None

    def find(self, name: str) -> Binding | None:
        """What a name (any case) stands for here, or None."""
        key, scope = name.lower(), self
        while key not in scope.names:
            if scope.parent is None:
                return None
            scope = scope.parent
        return scope.names[key]

    def suggestion(self, name: str, spelling: Mapping[str, str]) -> str:
        """A usable name much like this one, in its documented spelling, or an empty string.

        It begins with a small letter where the name did, as most scripts have it.
        """
        if len(name) > _LONGEST_SUGGESTED:
            return ""
        usable: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            usable += (key for key, binding in scope.names.items() if not isinstance(binding, Outside))
            scope = scope.parent
        close = difflib.get_close_matches(name.lower(), usable, n=1, cutoff=0.8)
        found = spelling.get(close[0], close[0]) if close else ""
        return found[:1].lower() + found[1:] if name[:1].islower() else found
