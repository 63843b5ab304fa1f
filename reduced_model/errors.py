"""What the reduced model says when it cannot do what was asked.

In: a key, the value given for it, and what would have been allowed.
Out: `ModelError`, whose text is one line fit to show to the person who typed the value.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray


class ModelError(ValueError):
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
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ModelError.of(key, value, "a number") from None
    if not math.isfinite(number):
        raise ModelError.of(key, value, "a finite number")
    return number


def column(key: str, values: ArrayLike) -> NDArray[np.float64]:
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
