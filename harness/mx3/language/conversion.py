"""Types: which expression fits where, and how it is turned into what is needed.

In: an expression and the type wanted. Out: an expression of that type, by the rules of MuMax3's interpreter,
or a ScriptError that says what does not fit and what would.
"""

from __future__ import annotations

from types import NoneType
from typing import Any

from harness.mx3.errors import ScriptError
from harness.mx3.language.expressions import (
    Apply,
    BoolFunction,
    Constant,
    Deferred,
    Expr,
    ScalarFunction,
    VectorFunction,
    as_integer,
)
from harness.mx3.language.signatures import methods, type_name
from harness.mx3.language.values import Int64, Vector


class Unknown:
    """Type of a name whose definition failed; it fits anywhere, so that one mistake is reported once."""

    script_type = "unknown"


def convert(value: Expr, kind: type, line: int) -> Expr:
    """The expression as another type, by MuMax3's rules; ScriptError if there is no way."""
    have = value.kind
    if Unknown in (have, kind) or (have is kind) or (kind is object and have is not NoneType):
        return value
    if have is NoneType:
        raise ScriptError(line, "this gives no value, but one is needed")
    if kind is float and have is int:
        return Apply(float, float, (value,))
    if kind is int and have is float:
        converted = Apply(int, as_integer, (value,))
        if converted.literal:
            converted.eval()
        return converted
    if kind is float and _gives_number(have):
        return Apply(float, methods(have)["get"].call, (value,), pure=False)
    if kind is ScalarFunction and have is int:
        return convert(convert(value, float, line), kind, line)
    if (kind, have) in ((ScalarFunction, float), (VectorFunction, Vector), (BoolFunction, bool)):
        return Constant(kind, kind(value), literal=value.literal)
    if have not in (bool, int, float, str, Int64) and issubclass(have, kind):
        return value
    hint = _conversion_hint(have, kind)
    raise ScriptError(line, f"{with_article(kind)} is needed here, not {with_article(have)}{hint}")


def known(value: Expr) -> Any:
    """What is known of a value before the run: number, text, object, an expression of known value.

    None if variables decide that change.
    """
    if value.literal:
        return value.eval()
    held = value.value if isinstance(value, Constant) else None
    return None if isinstance(held, Deferred) else held


def _gives_number(kind: type) -> bool:
    getter = methods(kind).get("get")
    return getter is not None and not getter.parameters and getter.returns is float


def _conversion_hint(have: type, kind: type) -> str:
    if kind in (float, ScalarFunction, Vector, VectorFunction) and "average" in methods(have):
        return "; use its .average()"
    if kind is ScalarFunction and _gives_number(have):
        return "; use its .get()"
    if have is Int64:
        return ", which MuMax3 does not convert; .Nanosecond() of a time is an integer"
    return ""


def with_article(kind: type) -> str:
    """Name of a type for messages, with its article."""
    name = type_name(kind)
    article = "" if name in ("true/false", "nothing", "text") else "an " if name[0] in "aeiou" else "a "
    return article + name
