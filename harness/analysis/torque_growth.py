"""Where the residual torque of a loop grows row by row, as the unstable mode of a saddle does.

In: a loop's torques in path order. Out: Growths. Each search starts from the state before and ends as soon as
the torque is small: on a minimum that leaves rounding, on a saddle it leaves the mode larger than it was.
Torques scatter from row to row, by a few per cent or by decades: a growth is held against that scatter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

LEAST_STEP = 1.15
"""Factor from row to row that still counts as growth."""
LEAST_ROWS, MOST_ROWS = 4, 200
"""Rows of a growth; more are found in parts."""
LEAST_FACTOR = 100.0
"""Factor over them all from which a growth is told."""
SURE = 7.0
"""Standard errors by which the slope of the torque's logarithm is above 0: a loop has some ten thousand
stretches, and of loops of 800 rows that only scatter, by up to two decades, less than one in fifty passes."""
LINEAR = 0.97
"""Correlation of the logarithm, less its scatter, with the row from which the growth is exponential: at a
fold or a bifurcation it is faster than that."""
LAGS = (1, 2, 3)
"""Rows apart, of the differences that tell the scatter."""
ENOUGH = 40
"""Rows from which those farther apart are looked at."""
LEAST_SCATTER = 0.05
"""Scatter of the logarithm that every loop has."""


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
    if residual_T is None or len(residual_T) < LEAST_ROWS:
        return ()
    torque = np.maximum(np.nan_to_num(residual_T), np.finfo(float).tiny)
    logs, free, found = np.log(torque), np.ones(len(torque), dtype=bool), []
    for first, last in _candidates(logs, _scatter(logs)):
        if not free[first : last + 1].all():
            continue
        while first > 0 and torque[first] >= LEAST_STEP * torque[first - 1]:
            first -= 1
        while last + 1 < len(torque) and torque[last + 1] >= LEAST_STEP * torque[last]:
            last += 1
        while last - first >= LEAST_ROWS and torque[first + 1] < LEAST_STEP * torque[first]:
            first += 1
        while last - first >= LEAST_ROWS and torque[last] < torque[last - 1]:
            last -= 1
        if torque[last] >= LEAST_FACTOR * torque[first]:
            free[first : last + 1] = False
            ends = (float(B_T[first]), float(B_T[last]), float(torque[first]), float(torque[last]))
            found.append(Growth(first, last, *ends))
    return tuple(sorted(found, key=lambda growth: growth.first))


def _scatter(logs: Vector) -> float:
    """Standard deviation of the logarithm from row to row, whatever steady growth or jump there is.

    By the median of second differences, which for independent scatter have six times its variance; neighbours
    that scatter alike show in those of rows farther apart.
    """
    found = [LEAST_SCATTER]
    for lag in LAGS if len(logs) >= ENOUGH else LAGS[:1]:
        second = np.abs(logs[2 * lag :] - 2 * logs[lag:-lag] + logs[: -2 * lag])
        found += [1.4826 * float(np.median(second)) / np.sqrt(6.0)] if second.size else []
    return max(found)


def _candidates(logs: Vector, scatter: float) -> list[tuple[int, int]]:
    """First and last row of the stretches that grow as a power, surely and far enough, the surest first."""
    found: list[tuple[float, int, int]] = []
    for n in range(LEAST_ROWS, min(MOST_ROWS, len(logs)) + 1):
        windows = np.lib.stride_tricks.sliding_window_view(logs, n)
        x = np.arange(n) - (n - 1) / 2
        spread = float(x @ x)
        slope = (windows @ x) / spread
        grows = np.flatnonzero((slope >= np.log(LEAST_STEP)) & (slope * (n - 1) >= np.log(LEAST_FACTOR)))
        if not grows.size:
            continue
        total = windows[grows].var(axis=1) * n
        rest = np.maximum(total - slope[grows] ** 2 * spread, 0.0)
        error = np.sqrt(np.maximum(rest / (n - 2), scatter**2) / spread)
        sure = slope[grows] / error
        steady = rest <= (1.0 - LINEAR**2) * total + n * scatter**2
        kept = np.flatnonzero(steady & (sure >= SURE))
        found += [(float(sure[k]), int(grows[k]), int(grows[k]) + n - 1) for k in kept]
    return [(first, last) for _, first, last in sorted(found, reverse=True)]
