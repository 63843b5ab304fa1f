"""What scripts can hold besides numbers and texts.

In: components, arrays, settings. Out: the plain value types Vector, Mask, OutputFormat, Instant and their
like, with the methods scripts call on them.
"""

from __future__ import annotations

import enum
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.language.signatures import script

MAX_MASK_VALUES = 300_000_000
"""Most numbers one mask may hold (2.4 GB)."""


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

    def __new__(cls, components: Iterable[float]) -> Vector:
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

    @script("HostCopy", "A copy that later changes of the mask do not reach.")
    def host_copy(self) -> Mask:
        return Mask(self.array.copy())

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


class Int64(int):
    """An integer of a type that MuMax3 prints but converts to no other."""

    script_type = "int64"


def _part(name: str, doc: str, kind: type[int], of: Callable[[Any], int]) -> Callable[..., int]:
    """A method without arguments that gives an integer."""

    def method(self: Any) -> int:
        return kind(of(self))

    method.__annotations__["return"] = kind
    return script(name, doc)(method)


@dataclass(frozen=True)
class Elapsed:
    """A stretch of wall time."""

    ns: int
    script_type = "duration"

    nanoseconds = _part("Nanoseconds", "The duration in ns.", Int64, lambda at: at.ns)
    microseconds = _part("Microseconds", "The duration in µs.", Int64, lambda at: at.ns // 10**3)
    milliseconds = _part("Milliseconds", "The duration in ms.", Int64, lambda at: at.ns // 10**6)

    @script("Seconds", "The duration in seconds.")
    def in_seconds(self) -> float:
        return self.ns / 1e9

    @script("Minutes", "The duration in minutes.")
    def in_minutes(self) -> float:
        return self.in_seconds() / 60

    @script("Hours", "The duration in hours.")
    def in_hours(self) -> float:
        return self.in_seconds() / 3600

    def __str__(self) -> str:
        return f"{self.in_seconds():.9g}s"


@dataclass(frozen=True)
class Instant:
    """A moment of wall time, from `now()`: nanoseconds since 1970."""

    ns: int
    script_type = "time"

    nanosecond = _part("Nanosecond", "Nanoseconds of the second.", int, lambda at: at.ns % 10**9)
    second = _part("Second", "Second of the minute.", int, lambda at: at._local.tm_sec)
    minute = _part("Minute", "Minute of the hour.", int, lambda at: at._local.tm_min)
    hour = _part("Hour", "Hour of the day.", int, lambda at: at._local.tm_hour)
    day = _part("Day", "Day of the month.", int, lambda at: at._local.tm_mday)
    year_day = _part("YearDay", "Day of the year.", int, lambda at: at._local.tm_yday)
    year = _part("Year", "Year.", int, lambda at: at._local.tm_year)
    unix = _part("Unix", "Seconds since 1970.", Int64, lambda at: at.ns // 10**9)
    unix_milli = _part("UnixMilli", "Milliseconds since 1970.", Int64, lambda at: at.ns // 10**6)
    unix_micro = _part("UnixMicro", "Microseconds since 1970.", Int64, lambda at: at.ns // 10**3)
    unix_nano = _part("UnixNano", "Nanoseconds since 1970.", Int64, lambda at: at.ns)

    @property
    def _local(self) -> time.struct_time:
        return time.localtime(self.ns // 10**9)

    @script("Sub", "Duration since another moment.")
    def sub(self, other: Instant) -> Elapsed:
        return Elapsed(self.ns - other.ns)

    @script("After", "Whether it is later than another moment.")
    def after(self, other: Instant) -> bool:
        return self.ns > other.ns

    @script("Before", "Whether it is earlier than another moment.")
    def before(self, other: Instant) -> bool:
        return self.ns < other.ns

    def __str__(self) -> str:
        return time.strftime("%Y-%m-%d %H:%M:%S", self._local)
