"""What goes wrong through a user's doing, said in words fit to show; and the checks that say it.

In: a key, the value given for it, what would have been allowed. Out: the value as float64, or an error.
The lowest room of all: every error of this project that a user can cause descends from `MxvalError`.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class MxvalError(Exception):
    """Root of every error a user can cause: its text is the whole message, one line a problem."""

    exit_code = 1
    """What the command line ends with: 1 a run or a check failed, 2 bad input."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Text and attributes as they are: a worker's error comes back whatever its `__init__` asks for."""
        return _as_raised, (type(self), self.args), self.__dict__


def _as_raised(kind: type[MxvalError], args: tuple[Any, ...]) -> MxvalError:
    return kind.__new__(kind, *args)


class InputError(MxvalError, ValueError):
    """What was given cannot be used as it stands; `problems` has a line each: key, value, remedy."""

    exit_code = 2

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class ModelError(InputError):
    """A parameter outside the model's range, or an array that is no loop."""

    @classmethod
    def of(cls, key: str, value: object, allowed: str) -> "ModelError":
        """The standard wording: what was given, where, and what is allowed."""
        return cls(f"{key} = {value!r}: must be {allowed}")


def positive(key: str, value: float, *, below: float = math.inf) -> float:
    """Return `value` as a float, or raise `ModelError` unless 0 < value < below."""
    number = finite(key, value)
    if not 0.0 < number < below:
        allowed = "a positive number" if below == math.inf else f"above 0 and below {below:g}"
        raise ModelError.of(key, value, allowed)
    return number


def finite(key: str, value: float) -> float:
    """Return `value` as a float, or raise `ModelError` unless it is a finite number."""
    if isinstance(value, str):
        raise ModelError.of(key, value, "a number, not a text")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ModelError.of(key, value, "a number") from None
    if not math.isfinite(number):
        raise ModelError.of(key, value, "a finite number")
    return number


def whole(key: str, value: object, at_least: int, at_most: float = math.inf) -> int:
    """Return `value` as an int, or raise `ModelError` unless it is a whole number within the bounds."""
    allowed = f"of at least {at_least}" if at_most == math.inf else f"from {at_least} to {at_most:g}"
    number = value if isinstance(value, (int, float, np.integer, np.floating)) else math.nan
    if isinstance(value, bool) or not at_least <= number <= at_most or number % 1 != 0:
        raise ModelError.of(key, value, f"a whole number {allowed}")
    return int(number)


def column(key: str, values: ArrayLike) -> Array:
    """Return a copy of `values` as floats, or raise `ModelError` unless it is a row of finite numbers."""
    try:
        array = np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise ModelError(f"{key} must be a one-dimensional array of numbers") from None
    if array.ndim != 1 or array.size == 0:
        raise ModelError(f"{key} has shape {array.shape}: one dimension and at least one value are needed")
    if not np.isfinite(array).all():
        raise ModelError(f"{key}[{int(np.argmin(np.isfinite(array)))}] is not a finite number")
    return array


def finite_values(key: str, values: ArrayLike) -> Array:
    """Return `values`, a number or an array of any shape, as floats, all finite."""
    return _values(key, values, np.isfinite, "a finite number")


def positive_values(key: str, values: ArrayLike) -> Array:
    """Return `values`, a number or an array of any shape, as floats, all finite and above 0."""
    return _values(key, values, lambda array: array > 0.0, "a positive number")


def non_negative_values(key: str, values: ArrayLike) -> Array:
    """Return `values`, a number or an array of any shape, as floats, all finite and at least 0."""
    return _values(key, values, lambda array: array >= 0.0, "zero or a positive number")


def _values(key: str, values: ArrayLike, allows: Callable[[Array], NDArray[np.bool_]], allowed: str) -> Array:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ModelError.of(key, values, "a number or an array of numbers") from None
    good = np.isfinite(array) & allows(array)
    if not np.all(good):
        raise ModelError.of(key, float(array[~good].flat[0]), allowed)
    return array
