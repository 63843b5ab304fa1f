"""Where the residual torque of a loop grows row by row, as the unstable mode of a saddle does.

In: a loop's torques in path order. Out: Growths. Each search starts from the state before and ends as soon as
the torque is small: on a minimum that leaves rounding, on a saddle it leaves the mode larger than it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

LEAST_STEP = 1.15
"""Factor from row to row that still counts as growth: below it, rounding does the same."""
LEAST_ROWS = 4
LEAST_FACTOR = 100.0
"""Rows, and factor over them all, from which a growth is told: rounding spreads over a decade."""
LINEAR = 0.97
"""Correlation of the torque's logarithm with the row from which the growth is exponential: at a fold or a
bifurcation it is faster than that."""


@dataclass(frozen=True)
class Growth:
    """A stretch of rows over which the residual torque grows as a power."""

    first: int
    last: int
    """Rows at its ends."""
    first_T: float
    last_T: float
    """Fields there."""
    from_torque_T: float
    to_torque_T: float

    @property
    def factor(self) -> float:
        """How many times the torque has grown."""
        return self.to_torque_T / self.from_torque_T

    @property
    def by_row(self) -> float:
        """Factor from one row to the next."""
        return float(self.factor ** (1.0 / (self.last - self.first)))

    def __str__(self) -> str:
        return (
            f"{self.first_T:g} to {self.last_T:g} T: the residual torque grows row by row, "
            f"{self.by_row:.2g} times each, from {self.from_torque_T:.1e} to {self.to_torque_T:.1e} T"
        )


def torque_growths(B_T: Vector, residual_T: Vector | None) -> tuple[Growth, ...]:
    """The stretches of growth, in path order; none where the table has no torque.

    Examples
    --------
    >>> B = np.arange(0.0, -0.08, -0.01)
    >>> [str(g) for g in torque_growths(B, np.array([1e-6, 1e-6, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 2e-6]))]
    ['-0.02 to -0.06 T: the residual torque grows row by row, 10 times each, from 1.0e-06 to 1.0e-02 T']
    """
    if residual_T is None:
        return ()
    torque = np.maximum(np.nan_to_num(residual_T), np.finfo(float).tiny)
    rising = np.append(torque[1:] >= LEAST_STEP * torque[:-1], False)
    found, first = [], None
    for row, goes_on in enumerate(rising):
        if goes_on:
            first = row if first is None else first
        elif first is not None:
            found += _growth(np.asarray(B_T), torque, first, row)
            first = None
    return tuple(found)


def _growth(B_T: Vector, torque: Vector, first: int, last: int) -> list[Growth]:
    """The longest part of a rising stretch, to its end, that grows as a power and far enough."""
    for start in range(first, last - LEAST_ROWS + 2):
        logs = np.log(torque[start : last + 1])
        if logs[-1] - logs[0] < np.log(LEAST_FACTOR):
            return []
        if np.corrcoef(np.arange(len(logs)), logs)[0, 1] >= LINEAR:
            ends = (float(B_T[start]), float(B_T[last]), float(torque[start]), float(torque[last]))
            return [Growth(start, last, *ends)]
    return []
