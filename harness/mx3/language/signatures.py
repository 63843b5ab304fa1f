"""How Python functions become callable from scripts.

In: annotated Python functions and methods, marked with `script`. Out: their `Signature`: name, types of the
arguments, type of the result, and the part of the running script they work on.

Types of the script language are Python classes: int, float, bool, str, NoneType (no value), those of
`values`, and the quantities, shapes and initial states of the session.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any

_ANY_NUMBER = "…"
F = typing.TypeVar("F", bound=Callable[..., Any])


class Part:
    """A part of the running script, such as its grid or its magnet, that functions of the language work on.

    A marked function whose first parameter is a part is handed it; scripts write the other arguments.
    """


@dataclass(frozen=True)
class ScriptName:
    """The mark `script` leaves on a function: how scripts call it, and what to tell about it."""

    name: str
    """Documented spelling."""
    doc: str
    note: str = ""
    """How support here differs from MuMax3's; empty if it does not."""
    pure: bool = False
    """Whether the result depends on the arguments alone: calls with literals can be made beforehand."""
    otherwise: str = ""
    """What to do with an argument of another type."""
    vet: Callable[..., str | None] | None = None
    """Looks at the arguments before the run (None where not yet known); returns why the call is refused. One
    whose first parameter is a part, or self, is handed that too."""


@dataclass(frozen=True)
class Signature:
    """A function or method as the compiler sees it."""

    mark: ScriptName
    call: Callable[..., Any]
    """Takes the part or the object it works on, if there is one, and the arguments."""
    argument_names: tuple[str, ...]
    """For the documentation; an ellipsis for any number of arguments."""
    parameters: tuple[type, ...]
    """Types of the arguments, those of any number left out."""
    returns: type
    part: type[Part] | None = None
    """What it works on, if on a part."""
    vet: Callable[..., str | None] | None = None
    """The mark's, taking what `call` takes."""

    @property
    def name(self) -> str:
        """The name scripts use, in its documented spelling."""
        return self.mark.name

    @property
    def usage(self) -> str:
        """The call as scripts write it, with the names of its arguments."""
        return f"{self.name}({', '.join(self.argument_names)})"

    @property
    def variadic(self) -> bool:
        """Whether any number of arguments may follow."""
        return _ANY_NUMBER in self.argument_names


def script(name: str, doc: str, **more: Any) -> Callable[[F], F]:
    """Mark a function or method as callable from scripts under `name`; arguments as those of `ScriptName`."""

    def mark(function: F) -> F:
        function.__script__ = ScriptName(name, doc, **more)  # type: ignore[attr-defined]
        return function

    return mark


@functools.cache
def signature(function: Callable[..., Any]) -> Signature:
    """Signature of a marked function or method."""
    return _signature(function.__script__, function)  # type: ignore[attr-defined]


def _signature(mark: ScriptName, function: Callable[..., Any]) -> Signature:
    """Signature of an annotated function; a first parameter that is a part, or self, is no argument."""
    hints = typing.get_type_hints(function)
    parameters = list(inspect.signature(function).parameters.values())
    part, vet = _part_of(function), mark.vet
    if part or _is_method(function):
        parameters = parameters[1:]
        if vet is not None and not (_part_of(vet) or _is_method(vet)):
            vet = _without_object(vet)
    fixed = [p for p in parameters if p.kind is not p.VAR_POSITIONAL]
    names = (*(p.name for p in fixed), *(_ANY_NUMBER for _ in parameters[len(fixed) :]))
    kinds = tuple(hints[p.name] for p in fixed)
    return Signature(mark, function, names, kinds, hints["return"], part, vet)


def _part_of(function: Callable[..., Any]) -> type[Part] | None:
    """The part of the running script a function works on: the type of its first parameter, if it is one."""
    first = next(iter(inspect.signature(function).parameters), None)
    kind = typing.get_type_hints(function).get(first) if first else None
    return kind if isinstance(kind, type) and issubclass(kind, Part) else None


def _is_method(function: Callable[..., Any]) -> bool:
    return next(iter(inspect.signature(function).parameters), None) == "self"


def _without_object(vet: Callable[..., str | None]) -> Callable[..., str | None]:
    return lambda _, *arguments: vet(*arguments)


def variant(mark: ScriptName, function: Callable[..., Any], *arguments: object) -> Signature:
    """A function with some arguments fixed, or one argument given twice, under a name of its own.

    Of `arguments`, what the function is called with, a text names an argument of the variant; all else is a
    value. The function must be annotated, and need not be marked with `script`.

    Examples
    --------
    >>> def power(x: float, n: int) -> float:
    ...     return x**n
    >>> square = variant(ScriptName("square", "x times x."), power, "x", 2)
    >>> square.argument_names, square.call(3.0)
    (('x',), 9.0)
    """
    whole = _signature(mark, function)
    kinds = {a: kind for a, kind in zip(arguments, whole.parameters, strict=True) if isinstance(a, str)}
    parts = 0 if whole.part is None else 1

    def call(*given: Any) -> Any:
        values = dict(zip(kinds, given[parts:], strict=True))
        return whole.call(*given[:parts], *(values[a] if isinstance(a, str) else a for a in arguments))

    return Signature(mark, call, tuple(kinds), tuple(kinds.values()), whole.returns, whole.part)


@functools.cache
def methods(kind: type) -> dict[str, Signature]:
    """Methods scripts may call on values of this type, by lower-case name."""
    members = [inspect.getattr_static(kind, name) for name in dir(kind)]
    found = [signature(member) for member in members if hasattr(member, "__script__")]
    return {entry.name.lower(): entry for entry in found}


_NAMES = {
    int: "integer",
    float: "number",
    bool: "true/false",
    str: "text",
    NoneType: "nothing",
    object: "value",
}


def type_name(kind: type) -> str:
    """Name of a script type for messages."""
    return str(_NAMES.get(kind) or getattr(kind, "script_type", kind.__name__.lower()))
