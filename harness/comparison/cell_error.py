"""How an observable's mesh error depends on the cell size, and the largest cell that keeps it within a bound.

In: an observable on a few lattices, the same in the continuum. Out: an `ErrorLaw`.

Cells cut from a cubic lattice give a sphere two errors. They hold too much or too little volume: known for
any cell by counting, and weighed with the continuum's own dependence on the radius. The rest, staircase and
finite differences, follows C h^p with a scatter, as the lattice cuts the sphere now so, now otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from reduced_model.results import Result

Array = NDArray[np.float64]
Outcome = Literal["law", "within", "scatter", "few", "continuum"]

SCATTER, SCATTER_DOF = 0.1, 4
"""What counts as known of the scatter before any run, with the weight of so many runs."""
POWER, POWER_ERROR = 1.0, 0.2
"""What counts as known of the power: a staircase errs as h in the end, and on coarse cells a little faster.
How well predictions made so held on finer lattices stands in docs/results/cell_size.md."""
LIKELY_POWERS = (0.5, 1.75)
"""Powers one of which the runs must allow: another one is that of parts that cancel."""
LEVEL = 0.95
"""Level of every bound."""
FEWEST = 3
MOST_ACROSS = 200
"""Cells along the diameter up to which a cell is looked for."""
KNOWN = 3.0
"""How many times the continuum's error the wanted one has to be."""
WELL_WITHIN = 0.5
"""Share of the wanted error below which the errors need no law."""


@dataclass(frozen=True)
class PowerLaw:
    """size = amplitude (h/centre)^power: least squares in the logarithms, the power held to what is known."""

    amplitude: float
    power: float
    power_error: float
    """Half the width of its 90 % interval."""
    measured: float
    """The power of the runs alone."""
    measured_error: float
    centre_m: float
    """Geometric mean of the cells."""
    scatter: float
    """Standard deviation of the logarithm about the law."""
    n: int

    @classmethod
    def fit(cls, cell_m: Array, size: Array) -> PowerLaw:
        """The law of positive sizes."""
        x, y = np.log(cell_m), np.log(size)
        from_mean = x - x.mean()
        spread = float(from_mean @ from_mean)
        measured = float(from_mean @ y) / spread
        rest = y - y.mean() - measured * from_mean
        dof = len(x) - 2 + SCATTER_DOF
        scatter = math.sqrt((float(rest @ rest) + SCATTER_DOF * SCATTER**2) / dof)
        of_runs, known = spread / scatter**2, 1 / POWER_ERROR**2
        power = (of_runs * measured + known * POWER) / (of_runs + known)
        quantile = float(stdtrit(dof, LEVEL))
        return cls(
            amplitude=math.exp(y.mean()),
            power=power,
            power_error=quantile / math.sqrt(of_runs + known),
            measured=measured,
            measured_error=quantile / math.sqrt(of_runs),
            centre_m=math.exp(x.mean()),
            scatter=scatter,
            n=len(x),
        )

    @property
    def likely(self) -> bool:
        """Whether the runs show that the error shrinks, by a power that a staircase may have."""
        low, high = self.measured - self.measured_error, self.measured + self.measured_error
        return low > 0 and low <= LIKELY_POWERS[1] and high >= LIKELY_POWERS[0]

    def expected(self, cell_m: ArrayLike) -> Array:
        """The law itself."""
        return np.asarray(self.amplitude * (np.asarray(cell_m) / self.centre_m) ** self.power)

    def bounds(self, cell_m: ArrayLike) -> tuple[Array, Array]:
        """Lower and upper bound of one more lattice's size, each at its level."""
        away = np.log(np.asarray(cell_m, dtype=float) / self.centre_m)
        quantile = float(stdtrit(self.n - 2 + SCATTER_DOF, LEVEL))
        of_one = quantile * self.scatter * math.sqrt(1.0 + 1.0 / self.n)
        half = np.hypot(of_one, self.power_error * away)
        middle = self.expected(cell_m)
        return middle * np.exp(-half), middle * np.exp(half)


@dataclass(frozen=True, eq=False, repr=False)
class ErrorLaw(Result):
    """The mesh error of one observable at one field: as measured on (n,) cells, as a law, what follows."""

    observable: str
    unit: str
    B_T: float
    """Field; of a nucleation field, Brown's."""
    radius_m: float
    continuum: float
    continuum_error: float
    per_log_radius: float
    """Its change with the logarithm of the radius; 0 where it was not computed."""
    wanted: float
    """Largest error asked for, in the observable's unit."""
    cell_m: Array
    """Cells whose state is of the continuum's kind, coarsest first."""
    value: Array
    outcome: Outcome
    """law; within: no law, every run well within the error; scatter: no law; few: too few cells hold a state
    of the continuum's kind; continuum: its own error is too large."""
    law: PowerLaw | None
    """Of what is left of the error without the volume's part."""
    advised_m: float
    """Largest cell from which on the bound of the error is within the wanted one; nan if none is known."""
    expected_m: float
    """The same by the law without its bounds."""

    @property
    def difference(self) -> Array:
        """Value on the cells less the continuum's, (n,)."""
        return self.value - self.continuum

    @property
    def volume_part(self) -> Array:
        """The part of the difference that the cells' volume makes, (n,)."""
        return self.per_log_radius * radius_excess(self.radius_m, self.cell_m)

    @property
    def staircase_part(self) -> Array:
        """The rest of the difference, (n,)."""
        return self.difference - self.volume_part

    def predicted(self, cell_m: ArrayLike) -> tuple[Array, Array, Array]:
        """Difference to expect on other cells, and its lower and upper bound; nan without a law."""
        h = np.atleast_1d(np.asarray(cell_m, dtype=float))
        if self.law is None:
            none = np.full(h.shape, np.nan)
            return none, none, none
        return _predicted(self.law, self.staircase_part, self.per_log_radius, self.radius_m, h)


def error_law(
    observable: str,
    unit: str,
    B_T: float,
    *,
    radius_m: float,
    continuum: tuple[float, float],
    per_log_radius: float,
    wanted: float,
    cell_m: Sequence[float],
    value: Sequence[float],
) -> ErrorLaw:
    """The law of an observable's mesh error, and the largest cell that keeps it within `wanted`.

    Parameters
    ----------
    observable, unit : str
    B_T, radius_m : float
    continuum : tuple of float
        Its value and error.
    per_log_radius : float
        Its change with ln R.
    wanted : float
        In the observable's unit.
    cell_m, value : sequence of float, shape (n,)
        Cells and what they gave; nan where their state is of another kind.
    """
    order = np.argsort(cell_m)[::-1]
    cells, values = np.asarray(cell_m, dtype=float)[order], np.asarray(value, dtype=float)[order]
    cells, values = cells[np.isfinite(values)], values[np.isfinite(values)]
    exact, error = continuum
    rest = values - exact - per_log_radius * radius_excess(radius_m, cells)
    law, outcome = _law(cells, rest, values - exact, error, wanted)
    advised = expected = math.nan
    if law is not None:
        least = math.ceil(2 * radius_m / cells[0] - 1e-9)
        tried = 2 * radius_m / np.arange(least, MOST_ACROSS + 1)
        middle, low, high = _predicted(law, rest, per_log_radius, radius_m, tried)
        worst = np.maximum(np.abs(low), np.abs(high))
        advised, expected = (_first_within(tried, e + error, wanted) for e in (worst, np.abs(middle)))
    elif outcome == "within":
        advised = expected = float(cells[0])
    return ErrorLaw(
        *(observable, unit, B_T, radius_m, exact, error, per_log_radius, wanted),
        *(cells, values, outcome, law, advised, expected),
    )


def radius_excess(radius_m: float, cell_m: ArrayLike) -> Array:
    """ln of the radius of a ball of the cells' volume over that of the sphere, for each of (n,) cells.

    Examples
    --------
    >>> np.round(100 * radius_excess(20e-9, [4e-9, 2e-9, 1e-9]), 2).tolist()
    [1.76, 0.28, 0.04]
    """
    across = 2 * radius_m / np.atleast_1d(np.asarray(cell_m, dtype=float))
    return np.array([_radius_excess(round(float(a), 12)) for a in across])


@lru_cache(maxsize=4096)
def _radius_excess(across: float) -> float:
    """Of a sphere so many cells across, its centre on a corner or in the middle of a cell."""
    rho, even = across / 2, math.ceil(across - 1e-9) % 2 == 0
    axis = np.arange(-math.ceil(rho), math.ceil(rho) + 1) + 0.5 * even
    left = rho**2 - axis[:, None] ** 2 - axis**2
    half = np.sqrt(left[left >= (0.25 if even else 0.0)])
    count = float(np.sum(2 * np.floor(half + 0.5) if even else 2 * np.floor(half) + 1))
    return math.log(count / (4 / 3 * math.pi * rho**3)) / 3


def _law(
    cells: Array, rest: Array, difference: Array, error: float, wanted: float
) -> tuple[PowerLaw | None, Outcome]:
    """The power law, or why there is none."""
    if len(cells) < FEWEST:
        return None, "few"
    known = KNOWN * error <= wanted  # nor is it known where its error is not
    if np.all(rest > 0) or np.all(rest < 0):
        law = PowerLaw.fit(cells, np.abs(rest))
        if law.likely:
            return (law, "law") if known else (None, "continuum")
    if known and np.abs(difference).max() <= WELL_WITHIN * wanted:
        return None, "within"
    return None, "scatter" if KNOWN * error <= np.ptp(difference) else "continuum"


def _predicted(
    law: PowerLaw, rest: Array, per_log_radius: float, radius_m: float, h: Array
) -> tuple[Array, Array, Array]:
    sign, volume = np.sign(rest[0]), per_log_radius * radius_excess(radius_m, h)
    ends = np.array(law.bounds(h)) * sign + volume
    return law.expected(h) * sign + volume, ends.min(axis=0), ends.max(axis=0)


def _first_within(cells: Array, error: Array, wanted: float) -> float:
    """The largest of ever smaller cells from which on every error is within; nan if the last is not."""
    outside = np.flatnonzero(error > wanted)
    first = int(outside[-1]) + 1 if outside.size else 0
    return float(cells[first]) if first < len(cells) else math.nan
