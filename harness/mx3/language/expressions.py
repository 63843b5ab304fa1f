"""Compiled expressions: small trees that know their type, can be evaluated, and can be frozen.

In: built by the compiler. Out: `eval()` gives the value now; `fix()` gives a copy in which every variable
except the time t has become its present value, which is what MuMax3 keeps when an expression of t is assigned
to a parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from harness.mx3.errors import ScriptError


class Expr:
    """Base: an expression of a known script type."""

    __slots__ = ("kind",)
    kind: type

    def eval(self) -> Any:
        """Value at this moment."""
        raise TypeError("abstract expression")

    def fix(self) -> Expr:
        """Copy with all variables but t replaced by their present values."""
        return self

    @property
    def timed(self) -> bool:
        """Whether t occurs in it."""
        return False

    @property
    def literal(self) -> bool:
        """Whether its value is already known before the run."""
        return False


class Constant(Expr):
    """A value that does not change: a literal, a named constant, or an object such as a quantity."""

    __slots__ = ("literal_value", "value")

    def __init__(self, kind: type, value: Any, *, literal: bool = False) -> None:
        self.kind, self.value, self.literal_value = kind, value, literal

    def eval(self) -> Any:
        return self.value

    @property
    def literal(self) -> bool:
        return self.literal_value


class Variable(Expr):
    """A named storage cell, of the script or of the engine.

    Parameters
    ----------
    kind : type
    value : its present value
    accept : callable, optional
        Called with each new value before it is stored; raises ScriptError to refuse it.
    is_time : bool
        Marks t, the one variable `fix` leaves alone.
    literal : bool
        Whether the value is known before the run and the only one the script gives it.
    """

    __slots__ = ("accept", "is_time", "literal_value", "value")

    def __init__(
        self,
        kind: type,
        value: Any = None,
        accept: Callable[[Any], None] | None = None,
        is_time: bool = False,
        literal: bool = False,
    ) -> None:
        self.kind, self.value, self.accept, self.is_time = kind, value, accept, is_time
        self.literal_value = literal

    def eval(self) -> Any:
        return self.value

    def assign(self, value: Any) -> None:
        """Store a value, already of the right type."""
        if self.accept is not None:
            self.accept(value)
        self.value = value

    def vet(self, value: Any) -> str | None:
        """Why a value known before the run (None: not known) is refused, or None."""
        if value is not None and self.accept is not None:
            self.accept(value)
        return None

    def fix(self) -> Expr:
        return self if self.is_time else Constant(self.kind, self.value)

    @property
    def timed(self) -> bool:
        return self.is_time

    @property
    def literal(self) -> bool:
        return self.literal_value


class Apply(Expr):
    """A function of other expressions, or an operator between two.

    `pure` promises that equal arguments give equal results; `name` is how scripts write the function.
    """

    __slots__ = ("args", "function", "name", "pure")

    def __init__(
        self,
        kind: type,
        function: Callable[..., Any],
        args: tuple[Expr, ...],
        *,
        pure: bool = True,
        name: str = "",
    ) -> None:
        self.kind, self.function, self.args, self.pure, self.name = kind, function, args, pure, name

    def eval(self) -> Any:
        return self.function(*[arg.eval() for arg in self.args])

    def fix(self) -> Expr:
        args = tuple(arg.fix() for arg in self.args)
        return type(self)(self.kind, self.function, args, pure=self.pure, name=self.name)

    @property
    def timed(self) -> bool:
        return any(arg.timed for arg in self.args)

    @property
    def literal(self) -> bool:
        return self.pure and all(arg.literal for arg in self.args)


class Logical(Apply):
    """`a && b` by `all`, `a || b` by `any`: the second operand counts only if the first does not decide."""

    __slots__ = ()

    def eval(self) -> bool:
        return self.function(arg.eval() for arg in self.args)


class Deferred:
    """An expression handed over unevaluated, to be evaluated whenever it is needed."""

    __slots__ = ("expr",)

    def __init__(self, expr: Expr) -> None:
        self.expr = expr

    @property
    def timed(self) -> bool:
        """Whether it depends on t."""
        return self.expr.timed

    def fixed(self) -> Deferred:
        """The same with every variable but t frozen."""
        return type(self)(self.expr.fix())

    def __call__(self) -> Any:
        return self.expr.eval()


def circumstances(expr: Expr) -> str:
    """What made a number in an expression infinite or undefined, and when: ", from 0/0 at t = 1e-09 s"."""
    cause = _undefined(expr)
    time = next((part.value for part in _parts(expr) if isinstance(part, Variable) and part.is_time), None)
    return (f", from {cause}" if cause else "") + ("" if time is None else f" at t = {time:g} s")


def _parts(expr: Expr) -> Iterator[Expr]:
    yield expr
    for arg in expr.args if isinstance(expr, Apply) else ():
        yield from _parts(arg)


def _undefined(expr: Expr) -> str | None:
    """The innermost operation that gave NaN, or an infinity from finite numbers, with its operands."""
    if not isinstance(expr, Apply):
        return None
    if inner := next(filter(None, map(_undefined, expr.args)), None):
        return inner
    operands = [arg.eval() for arg in expr.args]
    if not expr.name or not all(isinstance(x, int | float) for x in operands):
        return None
    result = expr.function(*operands)
    if not isinstance(result, float) or math.isfinite(result):
        return None
    if math.isinf(result) and not all(map(math.isfinite, operands)):
        return None
    shown = [f"{x:g}" for x in operands]
    return expr.name.join(shown) if not expr.name.isidentifier() else f"{expr.name}({', '.join(shown)})"


class ScalarFunction(Deferred):
    """A number that may depend on variables; accepts number expressions."""

    script_type = "number"


class VectorFunction(Deferred):
    """A vector that may depend on variables; accepts vector expressions."""

    script_type = "vector"


class BoolFunction(Deferred):
    """A condition that is evaluated again and again."""

    script_type = "true/false"


def as_integer(x: float) -> int:
    """The integer equal to x; ScriptError if there is none within 64 bits."""
    if not abs(x) < 2**63 or x != int(x):
        raise ScriptError(None, f"cannot use {x:g} as an integer")
    return int(x)
