"""Whether a foreign table holds a whole loop, and what of one it lacks.

In: its fields in path order, its times, how many rows its script writes. Out: a sentence; "" of a whole loop.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

THERE = 0.999
"""Share of the largest field at which a path has come to it."""
SATURATED = 0.985
"""Moment along a field that saturates, which every sphere has at least."""
FEWEST_TURNS = 3.0
"""Turns of a free moment about the largest field, from row to row, below which none has come to rest: each
leaves a twentieth of what is off it where damping is strongest, alpha = 1, and more in smaller fields."""
_PRECESSION_HZ_PER_T = 28.0e9


def missing_part(B_T: Vector, script_rows: int | None) -> str:
    """What of a loop is not in a table.

    Parameters
    ----------
    B_T : (n,) array
        Field of every row.
    script_rows : int, optional
        Rows that the script writes; what its path is, its author knows.

    Examples
    --------
    >>> missing_part(np.array([0.7, 0.0, -0.7]), None)
    'one branch only, 0.7 to -0.7 T: nothing here tells of the way back'
    >>> missing_part(np.array([0.7, 0.6995, 0.0, -0.7]), None).partition(":")[0]
    'one branch only, 0.7 to -0.7 T'
    >>> missing_part(np.array([0.7, 0.0, -0.7, 0.0, 0.1]), None)
    'no closed loop: it stops at 0.1 T on its way back to 0.7 T: nothing here tells of what comes after'
    >>> missing_part(np.array([0.0, 0.7, 0.0, -0.7]), None)
    'one whole branch only, 0.7 to -0.7 T: nothing here tells of the way back'
    >>> missing_part(np.array([0.7, -0.2, 0.7]), None)
    'no closed loop: it never comes to -0.7 T: nothing here tells of what is beyond'
    >>> missing_part(np.array([0.7, 0.0]), 9)
    "2 of the 9 rows of its script's loop: it stops at 0 T: nothing here tells of what comes after"
    >>> missing_part(np.array([0.7, 0.7]), None)
    'one field only, 0.7 T: nothing here tells of a loop'
    >>> missing_part(np.array([0.7, 0.0, -0.7, 0.0, 0.7]), None)
    ''
    """
    after = "nothing here tells of what comes after"
    last = f"{B_T[-1]:g} T"
    if script_rows is not None:
        part = f"{len(B_T)} of the {script_rows} rows of its script's loop"
        return f"{part}: it stops at {last}: {after}" if len(B_T) < script_rows else ""
    largest = float(np.abs(B_T).max())
    ways = np.sign(np.diff(B_T))
    ways = ways[ways != 0]
    if not ways.size:
        return f"one field only, {last}: nothing here tells of a loop"
    at_end = np.flatnonzero(np.abs(B_T) >= THERE * largest)
    ends = at_end[np.diff(np.sign(B_T[at_end]), append=0.0) != 0]  # the last row of each visit to an end
    if ends.size > 2:
        return ""
    arrives = ends[-1] == len(B_T) - 1
    if ends.size == 2 and arrives:
        before = (np.abs(B_T[: ends[0]]) < THERE * largest).any()  # a minor loop, a virgin curve
        what = "one whole branch only" if before else "one branch only"
        first = max(B_T[: ends[0] + 1], key=abs)
        return f"{what}, {first:g} to {last}: nothing here tells of the way back"
    if (np.diff(ways) == 0).all():
        return f"part of one branch only, {B_T[0]:g} to {last}: nothing here tells of the rest of a loop"
    if arrives:
        other = f"{-np.sign(B_T[-1]) * largest:g} T"
        return f"no closed loop: it never comes to {other}: nothing here tells of what is beyond"
    towards = float(ways[-1]) * largest
    return f"no closed loop: it stops at {last} on its way back to {towards:g} T: {after}"


def never_saturated(along: Vector) -> str:
    """That no row's moment along the field, (n,), is a saturated one; "" where one is.

    >>> never_saturated(np.array([0.54, -0.3])).partition(":")[0], never_saturated(np.array([-0.99]))
    ('no row is saturated, ⟨m⟩ along the field is 0.54 at most', '')
    """
    largest = float(np.abs(along).max())
    low = f"no row is saturated, ⟨m⟩ along the field is {largest:.2g} at most"
    return f"{low}: nothing here tells where a vortex appears" if largest < SATURATED else ""


def in_motion(B_T: Vector, t_s: Vector) -> str:
    """That the field moves on faster than a moment follows; "" where rows have time, or time stands still.

    >>> in_motion(np.array([0.6, 0.5, 0.4]), np.array([0.0, 4e-11, 8e-11])).partition(":")[0]
    'a row every 0.04 ns, in which a moment turns 0.67 times about 0.6 T'
    >>> in_motion(np.array([0.6, 0.5, 0.4]), np.array([1e-8, 2e-8, 3e-8]))
    ''
    """
    passed_s, largest = np.diff(t_s), float(np.abs(B_T).max())
    turns = _PRECESSION_HZ_PER_T * largest * float(np.median(passed_s)) if passed_s.size else 0.0
    if not 0 < turns < FEWEST_TURNS or passed_s.min() <= 0 or np.median(np.abs(np.diff(B_T))) == 0:
        return ""
    every = f"a row every {1e9 * np.median(passed_s):.2g} ns, in which a moment turns {turns:.2g} times"
    return f"{every} about {largest:g} T: rows lag behind a moving field: nothing here tells of a slow loop"
