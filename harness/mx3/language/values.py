"""What scripts can hold besides numbers and texts, and how Python functions become callable from scripts.

In: annotated Python functions and methods, marked with `script`. Out: their `Signature` (script name,
argument types, result type), and the plain value types Vector, Mask, OutputFormat and Instant.

Types of the script language are Python classes: int, float, bool, str, NoneType (no value), the classes
below, and the quantities, shapes and initial states of the session.
"""

from __future__ import annotations

import enum
import functools
import inspect
import math
import time
import typing
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any

import numpy as np

from harness.mx3.errors import ScriptError

MAX_MASK_VALUES = 300_000_000
"""Most numbers one mask may hold (2.4 GB)."""


class Part:
    """A part of the running script, such as its grid or its magnet, that functions of the language work on.

    A marked function whose first parameter is a part is handed it; scripts write the other arguments.
    """


@dataclass(frozen=True)
class ScriptName:
    """The mark `script` leaves on a function: how scripts call it, and what to tell about it.

    Attributes
    ----------
    name, doc : str
        Documented spelling and meaning.
    note : str
        How support here differs from MuMax3's; empty if it does not.
    pure : bool
        Whether the result depends on the arguments alone, so that calls with literals can be made beforehand.
    vet : callable or None
        Looks at the arguments before the run (None where not yet known); returns why the call is refused.
    """

    name: str
    doc: str
    note: str = ""
    pure: bool = False
    vet: Callable[..., str | None] | None = None


@dataclass(frozen=True)
class Signature:
    """A function or method as the compiler sees it.

    Attributes
    ----------
    mark : ScriptName
    call : callable
        Takes the part or the object it works on, if there is one, and the arguments.
    argument_names : tuple of str
        For the documentation; an ellipsis for any number of arguments.
    parameters : tuple of type
        Types of the arguments, those of any number left out.
    returns : type
    part : type or None
        The `Part` it works on.
    """

    mark: ScriptName
    call: Callable[..., Any]
    argument_names: tuple[str, ...]
    parameters: tuple[type, ...]
    returns: type
    part: type[Part] | None = None

    @property
    def name(self) -> str:
        """The name scripts use, in its documented spelling."""
        return self.mark.name

    @property
    def variadic(self) -> bool:
        """Whether any number of arguments may follow."""
        return _ANY_NUMBER in self.argument_names


_ANY_NUMBER = "…"
F = typing.TypeVar("F", bound=Callable[..., Any])


def script(
    name: str,
    doc: str = "",
    *,
    note: str = "",
    pure: bool = False,
    vet: Callable[..., str | None] | None = None,
) -> Callable[[F], F]:
    """Mark a function or method as callable from scripts under `name`; see `ScriptName`."""

    def mark(function: F) -> F:
        function.__script__ = ScriptName(name, doc, note, pure, vet)  # type: ignore[attr-defined]
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
    first = hints.get(parameters[0].name) if parameters else None
    part = first if isinstance(first, type) and issubclass(first, Part) else None
    if part or (parameters and parameters[0].name == "self"):
        parameters = parameters[1:]
    fixed = [p for p in parameters if p.kind is not p.VAR_POSITIONAL]
    names = (*(p.name for p in fixed), *(_ANY_NUMBER for _ in parameters[len(fixed) :]))
    kinds = tuple(hints[p.name] for p in fixed)
    return Signature(mark, function, names, kinds, hints["return"], part)


def variant(mark: ScriptName, function: Callable[..., Any], *arguments: object) -> Signature:
    """A function with some arguments fixed, or one argument given twice, under a name of its own.

    Parameters
    ----------
    mark : ScriptName
    function : callable
        Annotated, and marked with `script` or not.
    arguments
        What it is called with: a text is the name of an argument of the variant, all else is a value.

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
    found = {}
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        if hasattr(member, "__script__"):
            entry = signature(member)
            found[entry.name.lower()] = entry
    return found


_TYPE_NAMES = {
    int: "integer",
    float: "number",
    bool: "true/false",
    str: "text",
    NoneType: "nothing",
    object: "value",
}


def type_name(kind: type) -> str:
    """Name of a script type for messages."""
    return str(_TYPE_NAMES.get(kind) or getattr(kind, "script_type", kind.__name__.lower()))


class Sequence(tuple[Any, ...]):
    """Numbers scripts can index from 0."""

    script_type = "list"
    element: type = float
    __slots__ = ()


class Numbers(Sequence):
    """A list of numbers, such as the averages of a cut-out."""

    script_type = "list of numbers"
    __slots__ = ()


class Counts(Sequence):
    """A list of integers, such as the size of a mask."""

    script_type = "list of integers"
    element = int
    __slots__ = ()


class Vector(Sequence):
    """Three numbers, immutable.

    Examples
    --------
    >>> Vector((1, 2, 3)).dot(Vector((4, 5, 6)))
    32.0
    """

    script_type = "vector"
    __slots__ = ()

    def __new__(cls, components: typing.Iterable[float]) -> Vector:
        return super().__new__(cls, (float(c) for c in components))

    @script("X", "First component.", pure=True)
    def x(self) -> float:
        return self[0]

    @script("Y", "Second component.", pure=True)
    def y(self) -> float:
        return self[1]

    @script("Z", "Third component.", pure=True)
    def z(self) -> float:
        return self[2]

    @script("Mul", "The vector times a number.", pure=True)
    def mul(self, a: float) -> Vector:
        return Vector(a * c for c in self)

    @script("Div", "The vector over a number.", pure=True)
    def div(self, a: float) -> Vector:
        return self.mul(1 / a if a else math.copysign(math.inf, a))

    @script("Add", "Sum of two vectors.", pure=True)
    def add(self, b: Vector) -> Vector:
        return self.madd(1.0, b)

    @script("MAdd", "This vector plus s times another.", pure=True)
    def madd(self, s: float, b: Vector) -> Vector:
        return Vector(p + s * q for p, q in zip(self, b, strict=True))

    @script("Sub", "Difference of two vectors.", pure=True)
    def sub(self, b: Vector) -> Vector:
        return self.madd(-1.0, b)

    @script("Len", "Length.", pure=True)
    def len(self) -> float:
        return math.sqrt(self.dot(self))

    @script("Dot", "Inner product.", pure=True)
    def dot(self, b: Vector) -> float:
        return self[0] * b[0] + self[1] * b[1] + self[2] * b[2]

    @script("Cross", "Vector product.", pure=True)
    def cross(self, b: Vector) -> Vector:
        (ax, ay, az), (bx, by, bz) = self, b
        return Vector((ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx))


@dataclass(frozen=True, eq=False)
class Mask:
    """Numbers on a grid, shape (components, nz, ny, nx), that scripts may write; MuMax3's data.Slice."""

    array: np.ndarray
    script_type = "mask"

    @classmethod
    def zeros(cls, components: int, nx: int, ny: int, nz: int) -> Mask:
        """A mask of zeros; ScriptError if a size is not positive or the whole is too large."""
        if min(components, nx, ny, nz) < 1:
            raise ScriptError(None, f"a mask needs positive sizes, got {components}, {nx}, {ny}, {nz}")
        if components * nx * ny * nz > MAX_MASK_VALUES:
            raise ScriptError(None, f"a mask of {components}×{nx}×{ny}×{nz} numbers is too large")
        return cls(np.zeros((components, nz, ny, nx)))

    def resampled(self, shape: tuple[int, int, int]) -> np.ndarray:
        """The numbers on another grid (nz, ny, nx) by nearest neighbour, as MuMax3 fits masks to the mesh."""
        if self.array.shape[1:] == shape:
            return self.array
        iz, iy, ix = ((np.arange(n) * have) // n for n, have in zip(shape, self.array.shape[1:], strict=True))
        return self.array[:, iz[:, None, None], iy[None, :, None], ix[None, None, :]]

    def _cell(self, ix: int, iy: int, iz: int) -> tuple[int, int, int]:
        nz, ny, nx = self.array.shape[1:]
        if not (0 <= ix < nx and 0 <= iy < ny and 0 <= iz < nz):
            raise ScriptError(
                None, f"mask cell ({ix}, {iy}, {iz}) is outside 0..{nx - 1}, 0..{ny - 1}, 0..{nz - 1}"
            )
        return iz, iy, ix

    def _component(self, comp: int) -> int:
        if not 0 <= comp < len(self.array):
            raise ScriptError(None, f"mask component {comp} is outside 0..{len(self.array) - 1}")
        return comp

    @script("Set", "Write one component of one cell.")
    def set(self, comp: int, ix: int, iy: int, iz: int, value: float) -> None:
        self.array[(self._component(comp), *self._cell(ix, iy, iz))] = value

    @script("SetVector", "Write the vector of one cell.")
    def set_vector(self, ix: int, iy: int, iz: int, value: Vector) -> None:
        self._component(2)
        self.array[(slice(0, 3), *self._cell(ix, iy, iz))] = value

    @script("SetScalar", "Write the first component of one cell.")
    def set_scalar(self, ix: int, iy: int, iz: int, value: float) -> None:
        self.array[(0, *self._cell(ix, iy, iz))] = value

    @script("Get", "Read one component of one cell.")
    def get(self, comp: int, ix: int, iy: int, iz: int) -> float:
        return float(self.array[(self._component(comp), *self._cell(ix, iy, iz))])

    @script("Comp", "One component; it shares its numbers with the mask.")
    def comp(self, c: int) -> Mask:
        return Mask(self.array[self._component(c)][None])

    @script("NComp", "Number of components.")
    def n_comp(self) -> int:
        return len(self.array)

    @script("Len", "Number of cells.")
    def len(self) -> int:
        return int(self.array[0].size)

    @script("Size", "Number of cells along x, y and z.")
    def size(self) -> Counts:
        return Counts(self.array.shape[:0:-1])

    def __str__(self) -> str:
        components, nz, ny, nx = self.array.shape
        return f"mask of {nx}×{ny}×{nz} cells with {components} components"


class OutputFormat(enum.Enum):
    """File formats of `Save` and `SaveAs`."""

    OVF1_TEXT = 1
    OVF1_BINARY = 2
    OVF2_TEXT = 3
    OVF2_BINARY = 4

    def __str__(self) -> str:
        return str(self.value)


OutputFormat.script_type = "output format"  # type: ignore[attr-defined]


class Switch(int):
    """One of MuMax3's named settings that have no effect here."""

    script_type = "setting"


@dataclass(frozen=True)
class Elapsed:
    """A stretch of wall time."""

    seconds: float
    script_type = "duration"

    @script("Seconds", "The duration in seconds.")
    def in_seconds(self) -> float:
        return self.seconds

    @script("Minutes", "The duration in minutes.")
    def in_minutes(self) -> float:
        return self.seconds / 60

    @script("Hours", "The duration in hours.")
    def in_hours(self) -> float:
        return self.seconds / 3600

    def __str__(self) -> str:
        return f"{self.seconds:.9g}s"


@dataclass(frozen=True)
class Instant:
    """A moment of wall time, from `now()`."""

    seconds: float
    script_type = "time"

    @script("Sub", "Duration since another moment.")
    def sub(self, other: Instant) -> Elapsed:
        return Elapsed(self.seconds - other.seconds)

    def __str__(self) -> str:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.seconds))
