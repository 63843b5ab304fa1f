"""A simulated hysteresis loop in numbers: branch by branch, and whether its branches mirror each other.

In: a Loop as read from a run's table. Out: observables of each branch, the order parameter of every row,
the asymmetry of the descending against the ascending branch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.analysis.ansatz import PURE_CIRCULATION
from harness.analysis.thresholds import ORDER_THRESHOLD
from harness.runs.table import Loop
from reduced_model.loops.observables import BranchName, BranchObservables, Located, loop_observables
from reduced_model.loops.observables import branches as monotone_stretches

Vector = NDArray[np.float64]
UP = (0.0, 0.0, 1.0)
SATURATED = 0.99
"""Moment from which a state is near enough to saturation for its circulation to be a background."""
LARGEST_BACKGROUND = 0.05
"""Circulation above which a nearly saturated state is a young vortex, not a background."""
ABOVE_BACKGROUND = 3.0
"""How many backgrounds the threshold is raised by."""


@dataclass(frozen=True)
class Branch:
    """A stretch of rows along which the field runs one way; a turning row belongs to both its branches."""

    name: BranchName
    """"descending" or "ascending"."""
    rows: slice
    nth: int = 0
    """Which one of several that run this way, from 1; 0 of the only one."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.rows.stop - self.rows.start

    @property
    def label(self) -> str:
        """The name that tells it from all others of its path, as "2nd descending"."""
        return f"{_ordinal(self.nth)} {self.name}" if self.nth else self.name

    def around(self, B_T: Vector, value_T: float) -> tuple[int, ...]:
        """Rows of the branch that hold this field, or the two either side of it; empty for nan."""
        if not np.isfinite(value_T):
            return ()
        fields, order = B_T[self.rows], 1 if self.name == "ascending" else -1
        right = int(np.searchsorted(order * fields, order * value_T - 1e-9))
        exact = right < len(fields) and abs(fields[right] - value_T) < 1e-9
        found = (right,) if exact else (right - 1, right)
        return tuple(self.rows.start + k for k in found if 0 <= k < len(fields))


@dataclass(frozen=True)
class Asymmetry:
    """How far the ascending branch is from the descending one turned by B -> -B, m -> -m."""

    rms: float
    largest: float
    B_T: float
    """Field on the descending branch where the difference is largest."""


@dataclass(frozen=True)
class Opening:
    """How far around zero field the two branches stay apart."""

    B_T: float
    """Midway between the last row that is open and the first that is closed; nan where zero is closed."""
    uncertainty_T: float
    """Half the distance of those rows; nan where the path ends before the loop has closed."""
    rows: tuple[int, ...]
    """Those rows on the descending branch."""

    def is_near(self, B_T: float) -> bool:
        """Whether a field is between the last row that is open and the first that is closed."""
        return abs(B_T - self.B_T) <= self.uncertainty_T


def branches(B_T: ArrayLike) -> tuple[Branch, ...]:
    """Monotone stretches of a field path, in its order.

    Examples
    --------
    >>> [(b.name, b.rows.start, b.rows.stop) for b in branches([1, 0, -1, -1, 0, 1])]
    [('descending', 0, 3), ('ascending', 3, 6)]
    >>> [(b.name, b.rows.start, b.rows.stop) for b in branches([1, 0, -1, 0])]
    [('descending', 0, 3), ('ascending', 2, 4)]
    >>> [b.label for b in branches([1, 0, 1, 0])]
    ['1st descending', 'ascending', '2nd descending']
    """
    fields = np.asarray(B_T, dtype=float)
    stretches = monotone_stretches(fields)
    names: list[BranchName] = ["ascending" if fields[b] > fields[a] else "descending" for a, b in stretches]
    return tuple(
        Branch(name, slice(a, b + 1), names[: k + 1].count(name) if names.count(name) > 1 else 0)
        for k, (name, (a, b)) in enumerate(zip(names, stretches, strict=True))
    )


def branch_of_rows(B_T: ArrayLike) -> NDArray[np.object_]:
    """Label of the branch of every row, (n,): a turning row's is the one it ends, "" of a single row."""
    labels = np.full(len(np.asarray(B_T)), "", dtype=object)
    for branch in reversed(branches(B_T)):
        labels[branch.rows] = branch.label
    return labels


def falls(label: str) -> bool:
    """Whether the field falls along a branch of this name or label."""
    return label.endswith("descending")


def _ordinal(n: int) -> str:
    """A number's place in words.

    >>> [_ordinal(n) for n in (1, 2, 3, 4, 12, 22)]
    ['1st', '2nd', '3rd', '4th', '12th', '22nd']
    """
    teens = 10 < n % 100 < 14
    return f"{n}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def moment_along(loop: Loop, direction: tuple[float, float, float] = UP) -> Vector:
    """Mean moment along the field, (n,)."""
    return np.asarray(loop.m, dtype=float) @ np.asarray(direction)


def order_parameter(loop: Loop) -> Vector | None:
    """Share of pure circulation at every row, |<(r/R) x m>| / (3 pi/16), (n,).

    Where the table has no toroidal moment, the odd part rms |m(r) - m(-r)|/2 stands in; with neither, None.
    """
    if loop.toroidal is not None:
        return np.linalg.norm(loop.toroidal, axis=1) / PURE_CIRCULATION
    return None if loop.odd_part is None else np.asarray(loop.odd_part, dtype=float)


def order_threshold(order: Vector, moment: Vector) -> float:
    """Circulation from which a row counts as a vortex: ORDER_THRESHOLD above what saturation itself has.

    On a lattice that breaks inversion, and under a bias, even a nearly saturated state circulates a little,
    and ever more towards the instability: a rounded bifurcation. The threshold is raised by three times the
    circulation of the most saturated row; on a centred lattice that is nothing.

    Examples
    --------
    >>> round(order_threshold(np.array([0.0, 0.9]), np.array([1.0, 0.2])), 6)
    0.02
    >>> round(order_threshold(np.array([0.022, 0.9]), np.array([0.998, 0.2])), 6)
    0.086
    """
    most = int(np.argmax(np.abs(moment)))
    background = float(order[most])
    counts = abs(moment[most]) >= SATURATED and background < LARGEST_BACKGROUND
    return ORDER_THRESHOLD + (ABOVE_BACKGROUND * background if counts else 0.0)


def located(loop: Loop, rows: slice, *kinds: str) -> Located | None:
    """The first change of state of these kinds that the engine located on a stretch of rows; None if none."""
    steps = np.asarray(loop.step)[rows][1:]
    return next(((e.B_T, e.error_T) for e in loop.events if e.kind in kinds and e.step in steps), None)


def analyse_loop(
    loop: Loop, direction: tuple[float, float, float] = UP, sound: NDArray[np.bool_] | None = None
) -> tuple[BranchObservables, ...]:
    """Remanence, coercive, nucleation and annihilation field and jumps of each branch, in path order.

    Fields lie between two rows, to half their distance; where the engine located an event, they are its own.

    Parameters
    ----------
    loop : Loop
    direction : (3,) floats
        Unit vector of the applied field.
    sound : (n,) bool, optional
        The rows to read; of each branch what comes before the first row that is not among them.
    """
    B_T, moment, order = np.asarray(loop.B_T), moment_along(loop, direction), order_parameter(loop)
    read = np.ones(len(B_T), dtype=bool) if sound is None else sound
    threshold = ORDER_THRESHOLD
    if order is not None and read.any():
        threshold = order_threshold(order[read], moment[read])
    if read.all():
        found = loop_observables(B_T, moment, order=order, order_threshold=threshold)
    else:
        found = tuple(_before_fault(b, read, B_T, moment, order, threshold) for b in branches(B_T))
    return tuple(_sharpened(o, loop, sound_part(b, read)) for o, b in zip(found, branches(B_T), strict=True))


def _sharpened(seen: BranchObservables, loop: Loop, rows: slice) -> BranchObservables:
    """The same with the fields that the engine located, where it did."""
    sharper = {
        "nucleation": located(loop, rows, "nucleation"),
        "coercive": located(loop, rows, "reversal"),
        "annihilation": located(loop, rows, "annihilation"),
    }
    if sharper["annihilation"] is None and (jump := sharper["coercive"]):  # a jump may end both at once
        ends_too = abs(jump[0] - seen.annihilation_field_T) <= seen.annihilation_error_T
        sharper["annihilation"] = jump if ends_too else None
    fields: dict[str, Any] = {f"{name}_field_T": at[0] for name, at in sharper.items() if at}
    errors: dict[str, Any] = {f"{name}_error_T": at[1] for name, at in sharper.items() if at}
    return replace(seen, **fields, **errors)


def sound_part(branch: Branch, sound: NDArray[np.bool_]) -> slice:
    """The rows of a branch before its first that is not sound."""
    faulty = np.flatnonzero(~sound[branch.rows])
    return slice(branch.rows.start, branch.rows.start + int(faulty[0])) if faulty.size else branch.rows


def _before_fault(
    branch: Branch,
    sound: NDArray[np.bool_],
    B_T: Vector,
    moment: Vector,
    order: Vector | None,
    threshold: float,
) -> BranchObservables:
    """Observables of the sound part of a branch; where it is cut short, no vortex ends for good."""
    rows, whole = sound_part(branch, sound), branch.rows
    if rows.stop == rows.start:
        return BranchObservables(branch.name, np.nan, np.nan, np.nan, np.nan, ())
    along = None if order is None else order[rows]
    (found,) = loop_observables(B_T[rows], moment[rows], order=along, order_threshold=threshold)
    jumps = tuple(replace(jump, branch=branch.name) for jump in found.jumps)
    ends = found.annihilation_field_T if rows == whole else np.nan
    return replace(found, branch=branch.name, annihilation_field_T=ends, jumps=jumps)


def central_opening(B_T: Vector, moment: Vector, threshold: float = 0.02) -> Opening | None:
    """Largest |B| up to which, going outward from zero field, the branches differ by more than a threshold.

    None without a descending and an ascending branch that hold zero field and a moment there. Loops that open
    again further out, at nucleation, are not part of it. The side that stays open longer counts.

    Examples
    --------
    >>> B = np.array([2.0, 1.0, 0.0, -1.0, -2.0, -2.0, -1.0, 0.0, 1.0, 2.0])
    >>> found = central_opening(B, np.array([1, 0.9, 0.5, 0, -1, -1, -0.9, -0.5, 0, 1]))
    >>> found.B_T, found.uncertainty_T
    (1.5, 0.5)
    """
    if not (pair := whole_pair(B_T)):
        return None
    down, up = (branch.rows for branch in pair)
    fields = B_T[down]
    if not fields.min() <= 0 <= fields.max():
        return None
    upward = np.interp(fields, B_T[up], moment[up], left=np.nan, right=np.nan)
    difference = np.abs(moment[down] - upward)
    apart, zero = difference > threshold, int(np.argmin(np.abs(fields)))
    if np.isnan(difference[zero]):
        return None
    if not apart[zero]:
        return Opening(np.nan, np.nan, (down.start + zero,))
    known = np.isfinite(difference)
    edges = (_edge(fields, apart, known, zero, step, down.start) for step in (-1, 1))
    return max(edges, key=lambda edge: edge.B_T)


def _edge(
    fields: Vector, apart: NDArray[np.bool_], known: NDArray[np.bool_], zero: int, step: int, offset: int
) -> Opening:
    """Where the open rows around zero end, or what is known of them, going one way along the branch."""
    last = zero
    while 0 <= last + step < len(fields) and apart[last + step]:
        last += step
    rows = tuple(k for k in sorted((last, last + step)) if 0 <= k < len(fields) and known[k])
    ends = np.abs(fields[list(rows)])
    half = float(np.ptp(ends)) / 2 if len(rows) == 2 else np.nan
    return Opening(float(ends.mean()), half, tuple(offset + k for k in rows))


def widest(parts: Sequence[Branch], B_T: Vector) -> Branch:
    """The first of those that span most fields; others are minor loops, two rows a jump of the field."""

    def width(branch: Branch) -> tuple[bool, float]:
        return branch.n_rows > 2, round(float(np.ptp(B_T[branch.rows])), 9)

    return max(parts, key=width)


def whole_pair(B_T: Vector) -> tuple[Branch, Branch] | None:
    """The widest descending and the widest ascending branch, the first of equals."""
    parts = [branch for branch in branches(B_T) if branch.n_rows > 2]
    named = [[b for b in parts if b.name == name] for name in ("descending", "ascending")]
    return (widest(named[0], B_T), widest(named[1], B_T)) if all(named) else None


def branch_asymmetry(B_T: Vector, moment: Vector) -> Asymmetry | None:
    """Compare m(B) of the widest descending branch with -m(-B) of the widest ascending one.

    Inversion of time takes one into the other, so an equilibrium loop has none of it. The comparison is made
    at the descending branch's fields, by interpolation where the ascending one has others; None without both.
    """
    if not (pair := whole_pair(B_T)):
        return None
    down, up = (branch.rows for branch in pair)
    mirrored = -np.interp(-B_T[down], B_T[up], moment[up], left=np.nan, right=np.nan)
    difference = moment[down] - mirrored
    common = np.isfinite(difference)
    if not common.any():
        return None
    worst = int(np.nanargmax(np.abs(difference)))
    rms = float(np.sqrt(np.mean(difference[common] ** 2)))
    return Asymmetry(rms, float(abs(difference[worst])), float(B_T[down][worst]) + 0.0)
