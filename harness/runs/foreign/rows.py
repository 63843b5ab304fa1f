"""Which rows of a foreign table are a loop's: the last of each stage, of each search, of readings at a field.

In: a ForeignTable, its fields. Out: the table without the rows on the way; InputError for a loop whose rows
were sorted by field.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from harness.inputs import InputError
from harness.runs.foreign.columns import moments_along, short_name
from harness.runs.foreign.table import ForeignTable

Vector = NDArray[np.float64]

SAME_FIELD_T, OFTEN = 1e-9, 0.25
"""By which fields are one; the share of rows that another at their field follows from which these are told as
those before its searches."""
NEARLY_ALL = 0.9
"""Share of the fields between a sorted table's ends that have two rows or more."""
APART, OPEN, LEAST = 2.0, 0.05, 1e-3
"""How many steps from field to field two rows must be apart to be of two branches, as a search goes from the
row before to the next, by a step at most; by what share of the largest moment, as less is a ripple; and the
share from which on two moments differ at all."""
FEWEST, ALTERNATING, OVER_NOISE = 3, 9, 4.0
"""At how many fields in turn two rows must be so; in how many pairs of rows in turn, where no two have one
field, as by chance a few are; and how many times further apart than elsewhere."""
NEAR = 0.05
"""Share of the steps between most fields by which two rows' fields may differ that may be meant as one."""
MIRRORED = 0.1
"""Share of their distance by which two branches may be off each other's mirror image; a search's rows are off
by about all of it."""
LAST_TAKEN = "of rows at one field the last is taken, the end of its search or its last reading"
OR_SORTED = " (if the table was sorted by field they are of two branches: give it as the loop was run)"
_ORDER = re.compile(r"t|time|simulation time|iteration|stage", re.I)
"""Columns that count on as a loop is run."""


def is_stage(name: str) -> bool:
    """Whether a column is OOMMF's count of stages."""
    return short_name(name).lower() == "stage"


def last_of_each_stage(table: ForeignTable) -> ForeignTable:
    """An OOMMF table without the rows on the way to each stage's end."""
    name = next(filter(is_stage, table.columns), None)
    if name is None:
        return table
    last = np.append(np.diff(table.columns[name]) != 0, True)
    return _ends(table, last, "on the way to the end of a stage")


def last_of_each_search(table: ForeignTable, on_the_way: Collection[int]) -> ForeignTable:
    """A table without the rows that its script writes at a field before those at rest, by their number."""
    last = ~np.isin(table.rows_of_script, list(on_the_way))
    if not last.any():
        raise InputError(
            f"{table.path}: all its rows are of before the searches of its script: run at least one of these"
        )
    return _ends(table, last, LAST_TAKEN)


def last_at_each_field(table: ForeignTable, fields_T: Vector | None) -> ForeignTable:
    """A table without the rows that another at their field follows, where it has many: before each search.

    In a loop of a row a search a field may stand twice where the path turns, and at a few fields more.

    Raises
    ------
    InputError
        If these are rows of two branches, of a loop that was sorted by field.
    """
    if fields_T is None or not len(fields_T):
        return table
    gaps = np.abs(np.diff(fields_T, axis=0)).max(axis=1)
    near_T = NEAR * float(np.median(gaps[gaps >= gaps.mean()])) if gaps.size else 0.0
    near, last = (np.append(gaps > most_T, True) for most_T in (max(SAME_FIELD_T, near_T), SAME_FIELD_T))
    may_be_sorted = _may_be_sorted(table, fields_T, near)
    if _by_fields(near) and _goes_back(fields_T, ~near[:-1]):  # readings of a field that is measured too
        last = near
    if (~last).sum() < OFTEN * len(last):
        return table
    return _ends(table, last, LAST_TAKEN + (OR_SORTED if may_be_sorted else ""))


def _along(B: Vector) -> float:
    """A field as one number, with the sign of its largest component."""
    return round(float(np.linalg.norm(B) * np.sign(B[np.abs(B).argmax()])), 12) + 0.0


def _by_fields(last: NDArray[np.bool_]) -> bool:
    """Whether nearly all fields between the ends have two rows or more, of which the last are told."""
    rows = np.diff(np.flatnonzero(last), prepend=-1)[1:-1]
    return bool(rows.size and np.mean(rows > 1) >= NEARLY_ALL)


def _goes_back(fields_T: Vector, among: NDArray[np.bool_]) -> bool:
    """Whether some steps between rows go one way and some the other."""
    steps_T = (np.diff(fields_T, axis=0) @ fields_T[np.abs(fields_T).max(axis=1).argmax()])[among]
    return bool(steps_T.size and steps_T.min() < 0 < steps_T.max())


def _may_be_sorted(table: ForeignTable, fields_T: Vector, last: NDArray[np.bool_]) -> bool:
    """Whether rows that go one way may be two branches; refused where these are smooth and far apart.

    Held against each other are the rows at one field, and where few fields have two, each row and the next.
    """
    m, ends = moments_along(table, fields_T), np.append(0, np.flatnonzero(last) + 1)
    if m is None or len(ends) < FEWEST + 2 or _is_as_run(table):
        return False
    at_fields = _by_fields(last)
    parts = [
        slice(a, b) for a, b in (pairwise(ends) if at_fields else ((k, k + 2) for k in range(len(m) - 1)))
    ]
    first_T = fields_T[[part.start for part in parts]]
    on = np.diff(first_T, axis=0) @ (fields_T[-1] - fields_T[0]) > 0  # neither back nor at one field
    if at_fields and not on.all():
        return False
    low, high = (np.array([f(m[part]) for part in parts]) for f in (np.min, np.max))
    apart = np.array([np.diff(np.sort(m[part])).max(initial=0.0) for part in parts])  # noise leaves no gap
    step = np.pad(np.where(on, np.abs(np.diff([low, high])).max(axis=0), np.inf), 1)
    least = LEAST * float(np.abs(m).max())
    two = (apart > APART * np.maximum(step[1:], step[:-1])) & (apart > OPEN * np.abs(m).max())
    opposite = (
        at_fields and np.abs(first_T + first_T[::-1]).max() <= SAME_FIELD_T and (apart > least).sum() > 1
    )
    mirrored = opposite and np.linalg.norm(low + high[::-1]) <= MIRRORED * np.linalg.norm(high - low)
    if not mirrored and not _stands_out(two, apart, FEWEST if at_fields else ALTERNATING):
        handed_on = m[ends[1:-1]] - m[ends[1:-1] - 1]  # a search begins where the one before it ended
        return at_fields and bool(np.abs(handed_on).max() > least)
    k = int(np.where(two | mirrored, apart, 0.0).argmax())
    rows = np.arange(len(m))[parts[k]]
    lowest, highest = (int(rows[f(m[rows])]) for f in (np.argmin, np.argmax))
    why = f"further apart than {APART:g} steps from field to field, as at {two.sum()} fields"
    raise InputError(
        f"{table.path}: its rows look sorted by field, with two branches in one another (the moment is "
        f"{m[lowest]:.4g} at {_along(fields_T[lowest]):.9g} T and {m[highest]:.4g} at "
        f"{_along(fields_T[highest]):.9g} T, {'mirrored at the opposite field' if mirrored else why}): give "
        "the table as the loop was run, one branch after the other; if these are rows before and after each "
        "search, those after alone"
    )


def _stands_out(two: NDArray[np.bool_], apart: Vector, long: int) -> bool:
    """Whether what is far apart is so in stretches of no less than a length, and nearly nothing else is."""
    runs = np.split(two, np.flatnonzero(np.diff(two)) + 1)
    if 2 * sum(len(run) for run in runs if run[0] and len(run) >= long) <= two.sum():
        return False
    return bool(two.mean() > 0.5 or np.median(apart[two]) > OVER_NOISE * np.median(apart[~two]))


def _is_as_run(table: ForeignTable) -> bool:
    """Whether a column that counts on as a loop is run does so from row to row."""
    counts = (c for name, c in table.columns.items() if _ORDER.fullmatch(short_name(name)))
    return any((np.diff(c) >= 0).all() and c[-1] > c[0] for c in counts)


def _ends(table: ForeignTable, last: NDArray[np.bool_], why: str) -> ForeignTable:
    """The last rows of something, with a note of why the others are left out."""
    if last.all():
        return table
    left = int((~last).sum())
    return table.only(last, f"{why}: {'1 row' if left == 1 else f'{left} rows'} left out")
