"""Observables of a hysteresis loop, branch by branch, for the model's loops and simulated ones alike.

In: fields and magnetisation along a path, and optionally a non-negative order parameter of the vortex.
Out: one `BranchObservables` for each monotone stretch of the path, in path order, fields signed, in tesla.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reduced_model.errors import Array, ModelError, column, positive
from reduced_model.loops.path import branches
from reduced_model.results import Shown, Table, Tabled, with_error

BranchName = Literal["descending", "ascending"]
Start = Literal["uniform", "vortex", "unknown"]

Located = tuple[float, float]
"""A field and its error, in T."""
NOWHERE: Located = (math.nan, math.nan)

_STEEPNESS = 8.0  # a step this many times what the slopes beside it foretell is a discontinuity
_NEIGHBOURS = 3  # steps looked at on either side
_NO_SIDE = 1e-6  # rounding of m in single precision, summed over cells
_LAST_ROWS, _SIGMAS = 9, 3.0  # the last row of a branch has a side if it is so many times the noise of these


@dataclass(frozen=True)
class Jump(Tabled):
    """A discontinuity of m between two consecutive fields of a branch."""

    branch: BranchName
    """The branch it lies on."""
    B_T: float
    """Midpoint of the two fields that bracket it."""
    delta_m: float
    """Change of m along the path."""
    B_before_T: float
    """Last field before it."""
    B_after_T: float
    """First field after it."""

    @property
    def range_T(self) -> tuple[float, float]:
        """The two fields, the lower first."""
        return min(self.B_before_T, self.B_after_T), max(self.B_before_T, self.B_after_T)


@dataclass(frozen=True, repr=False)
class BranchObservables(Shown):
    """What is read off one monotone branch; nan where it is not defined there."""

    branch: BranchName
    """Whether the field falls or rises along it."""
    remanence: float
    """m in zero field."""
    coercive_field_T: float
    """Field at which m first changes sign; the middle of that very step where m jumps. To come to zero, or
    from it, is none, nor is it to pass zero by rounding, or on the last row by less than thrice its noise."""
    nucleation_field_T: float
    """Field at which the order parameter first passes the threshold, coming from below it; nan too where the
    branch starts with a vortex, so read it together with `starts_as`."""
    annihilation_field_T: float
    """Field at which the order parameter falls below the threshold for good."""
    jumps: tuple[Jump, ...]
    """Discontinuities of m, in path order."""
    starts_as: Start = "unknown"
    """Whether the order parameter is above the threshold on the first row already; unknown without one."""
    coercive_error_T: float = math.nan
    """Half the distance of the two fields around the coercive field; 0 where m vanishes on a row."""
    nucleation_error_T: float = math.nan
    """Half the distance of the two fields around the nucleation field."""
    annihilation_error_T: float = math.nan
    """Half the distance of the two fields around the annihilation field."""


def branch_table(title: str, observables: Sequence[BranchObservables]) -> Table:
    """Observables for people, a column a branch: title, header, rows; fields with their errors."""
    names = [each.name for each in fields(BranchObservables) if each.name not in ("branch", "jumps")]
    rows: list[tuple[object, ...]] = [
        (name.replace("_T", " (T)").replace("_", " "), *(_cell(b, name) for b in observables))
        for name in names
        if not name.endswith("_error_T")
    ]
    jumps = (", ".join(f"{jump.B_T:.4g}" for jump in b.jumps) or "none" for b in observables)
    return title, ("", *(b.branch for b in observables)), [*rows, ("jumps at (T)", *jumps)]


def rounded(value: float) -> float:
    """A number to nine decimals, without the sign of zero: what a table of m or T can show of it.

    >>> rounded(-1e-17), rounded(0.19508)
    (0.0, 0.19508)
    """
    return round(value, 9) + 0.0


def _cell(observables: BranchObservables, name: str) -> object:
    """An observable, with its error where it has one and as many digits as that needs."""
    value = getattr(observables, name)
    error_T = getattr(observables, name.replace("_field_T", "_error_T")) if name.endswith("_field_T") else 0.0
    if not isinstance(value, float) or not error_T > 0.0:
        return rounded(value) if isinstance(value, float) else value
    return with_error(rounded(value), error_T)


def loop_observables(
    B_T: ArrayLike,
    m: ArrayLike,
    order: ArrayLike | None = None,
    order_threshold: float = 0.02,
    jump_threshold: float = 0.02,
) -> tuple[BranchObservables, ...]:
    """Remanence, coercive field, nucleation, annihilation and jumps of every branch of a loop.

    Parameters
    ----------
    B_T, m : array_like, shape (n,)
        Fields along the path in tesla, which may turn, stand still, start or stop anywhere, step unevenly;
        mean magnetisation along the field, in units of Ms.
    order : array_like, shape (n,), optional
        Non-negative order parameter: nu for the model, the odd part for a simulation.
    order_threshold, jump_threshold : float
        Where a state counts as a vortex, and the smallest |delta m| that can be a jump, both > 0.

    Returns
    -------
    tuple of BranchObservables
        One for each monotone stretch, in path order; a turning point belongs to both of its branches.

    Raises
    ------
    ModelError
        If the arrays are empty, of different length, not one-dimensional or hold a nan.

    Notes
    -----
    A jump is a step that both exceeds `jump_threshold` and is eight times larger than the median slope of the
    three steps on either side would make it, so that a steep but resolved slope is none; neighbouring steps
    of that kind are one jump. Between two rows quantities are interpolated linearly, except over a jump:
    there the remanence is that of the row before it, and the coercive field is the midpoint of the one step
    in which m changes sign. Thresholds are passed at the midpoint of the two rows around them. The error of a
    field is half the distance of these rows: between them it may lie anywhere.

    Examples
    --------
    >>> down = loop_observables([0.2, 0.1, 0.0, -0.1, -0.2], [1.0, 1.0, 1.0, -1.0, -1.0])[0]
    >>> print(down.branch, down.remanence, down.coercive_field_T, down.coercive_error_T)
    descending 1.0 -0.05 0.05
    """
    path_T, values = column("B_T", B_T), column("m", m)
    orders = None if order is None else column("order", order)
    for name, given in (("m", values), ("order", orders)):
        if given is not None and given.size != path_T.size:
            raise ModelError(f"{name} has {given.size} values and B_T {path_T.size}: one a field is needed")
    if orders is not None and (orders < 0.0).any():
        raise ModelError.of("order", float(orders.min()), "zero or positive")
    positive("order_threshold", order_threshold)
    positive("jump_threshold", jump_threshold)
    result = []
    for first, last in branches(path_T):
        rows = slice(first, last + 1)
        path, along = path_T[rows], values[rows]
        branch: BranchName = "ascending" if path[-1] > path[0] else "descending"
        vortex = None if orders is None else orders[rows] >= order_threshold
        jumps = _jumps(branch, path, along, jump_threshold, vortex)
        start: Start = "unknown"
        nucleation, annihilation = NOWHERE, NOWHERE
        if orders is not None:
            start = "vortex" if orders[first] >= order_threshold else "uniform"
            nucleation, annihilation = _vortex_range(path, orders[rows], order_threshold)
        coercive = _coercive_field(path, along, jumps)
        fields_T, errors_T = zip(coercive, nucleation, annihilation, strict=True)
        remanence = _remanence(path, along, jumps)
        result.append(BranchObservables(branch, remanence, *fields_T, jumps, start, *errors_T))
    return tuple(result)


def _jumps(
    branch: BranchName, B_T: Array, m: Array, threshold: float, vortex: NDArray[np.bool_] | None = None
) -> tuple[Jump, ...]:
    """Discontinuities on one branch; neighbouring ones merged, but not over a vortex that comes and goes."""
    dB, dm = np.abs(np.diff(B_T)), np.diff(m)
    resolved = dB > 1e-12  # less is standing still: nan for a slope
    slope = np.where(resolved, np.abs(dm) / np.where(resolved, dB, 1.0), np.nan)
    found: list[tuple[int, int]] = []
    for i in map(int, np.flatnonzero(np.abs(dm) > threshold)):
        beside = np.concatenate((slope[max(i - _NEIGHBOURS, 0) : i], slope[i + 1 : i + 1 + _NEIGHBOURS]))
        beside = beside[np.isfinite(beside)]
        if beside.size == 0 or abs(dm[i]) <= _STEEPNESS * np.median(beside) * dB[i]:
            continue
        goes_on = bool(found) and found[-1][1] == i and dm[i] * dm[i - 1] > 0.0
        if goes_on and not (vortex is not None and vortex[i] and not (vortex[found[-1][0]] or vortex[i + 1])):
            found[-1] = (found[-1][0], i + 1)
        else:
            found.append((i, i + 1))
    ends = [(float(B_T[i]), float(B_T[j]), float(m[j] - m[i])) for i, j in found]
    return tuple(Jump(branch, 0.5 * (one + other), delta_m, one, other) for one, other, delta_m in ends)


def _remanence(B_T: Array, m: Array, jumps: tuple[Jump, ...]) -> float:
    """m in zero field: of the last row there, else interpolated, else of the row before a jump over zero."""
    at_zero = np.flatnonzero(np.equal(B_T, 0.0))
    if at_zero.size:
        return float(m[at_zero[-1]])
    before = np.flatnonzero(B_T[:-1] * B_T[1:] < 0.0)
    if before.size == 0:
        return math.nan
    i = int(before[0])
    for jump in jumps:
        if jump.range_T[0] < 0.0 < jump.range_T[1]:
            return float(m[np.flatnonzero(np.equal(B_T, jump.B_before_T))[-1]])
    return float(m[i] + (m[i + 1] - m[i]) * B_T[i] / (B_T[i] - B_T[i + 1]))


def _coercive_field(B_T: Array, m: Array, jumps: tuple[Jump, ...]) -> Located:
    """First sign change of m: interpolated, or the midpoint of its own step where that lies in a jump."""
    sign, side = np.sign(m), np.where(np.abs(m) > _NO_SIDE, np.sign(m), 0.0)
    if abs(m[-1]) <= _SIGMAS * _scatter(m[-_LAST_ROWS:]):
        side[-1] = 0.0
    with_side = np.flatnonzero(side)
    changes = np.flatnonzero(np.diff(side[with_side]))
    if changes.size == 0:
        return NOWHERE
    before = int(with_side[changes[0]])
    i = before + int(np.diff(sign[before:]).nonzero()[0][0])
    if m[i + 1] == 0.0:
        return float(B_T[i + 1]), 0.0
    middle_T, error_T = _between(B_T, i)
    low, high = sorted((float(B_T[i]), float(B_T[i + 1])))
    if any(jump.range_T[0] <= low and high <= jump.range_T[1] for jump in jumps):
        return middle_T, error_T  # of a jump over several steps, only this one says where m changes sign
    return float(B_T[i] + (B_T[i + 1] - B_T[i]) * m[i] / (m[i] - m[i + 1])), error_T


def _scatter(m: Array) -> float:
    """Standard deviation of the noise of a smooth row, by its fourth differences; 0 of less than all rows."""
    if m.size < _LAST_ROWS:
        return 0.0
    return float(np.median(np.abs(np.diff(m, 4))) / (0.6745 * math.sqrt(70.0)))


def _vortex_range(B_T: Array, order: Array, threshold: float) -> tuple[Located, Located]:
    """Fields at which the order parameter first rises over the threshold and last falls below it."""
    above = order >= threshold
    rises = np.flatnonzero(~above[:-1] & above[1:])
    falls = np.flatnonzero(above[:-1] & ~above[1:])
    nucleation = _between(B_T, int(rises[0])) if rises.size else NOWHERE
    lost_for_good = falls.size > 0 and not above[-1]
    return nucleation, _between(B_T, int(falls[-1])) if lost_for_good else NOWHERE


def _between(B_T: Array, i: int) -> Located:
    """The middle of two rows, and half their distance."""
    return 0.5 * float(B_T[i] + B_T[i + 1]), 0.5 * abs(float(B_T[i + 1] - B_T[i]))
