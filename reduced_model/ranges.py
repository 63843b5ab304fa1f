"""Checks of array parameters: every value in range, or one line naming the first that is not.

In: a key and what the caller gave for it, a number or an array.
Out: a float64 array of the same shape, or `ModelError`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reduced_model.errors import ModelError

Array = NDArray[np.float64]


def finite_values(key: str, values: ArrayLike) -> Array:
    """`values` as floats, all finite."""
    array = _numbers(key, values)
    return _all(key, array, np.isfinite(array), "a finite number")


def positive_values(key: str, values: ArrayLike) -> Array:
    """`values` as floats, all finite and above 0."""
    array = _numbers(key, values)
    return _all(key, array, np.isfinite(array) & (array > 0.0), "a positive number")


def non_negative_values(key: str, values: ArrayLike) -> Array:
    """`values` as floats, all finite and at least 0."""
    array = _numbers(key, values)
    return _all(key, array, np.isfinite(array) & (array >= 0.0), "zero or a positive number")


def _numbers(key: str, values: ArrayLike) -> Array:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ModelError.of(key, values, "a number or an array of numbers") from None


def _all(key: str, array: Array, good: NDArray[np.bool_], allowed: str) -> Array:
    if not np.all(good):
        raise ModelError.of(key, float(array[~good].flat[0]), allowed)
    return array
