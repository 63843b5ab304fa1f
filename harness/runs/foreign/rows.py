"""Which rows of a foreign table are a loop's: the last of each stage, of each search.

In: a ForeignTable, its fields. Out: the table without the rows on the way; InputError for a loop whose rows
were sorted by field.
"""

from __future__ import annotations

import re
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
APART, LEAST, FEWEST = 2.0, 1e-3, 3
"""How many steps from field to field two rows at one field must be apart to be of two branches, the least
distance as a share of the largest moment, and at how many fields. A search goes from the row before to the
next, by a step at most."""
NEAR = 0.05
"""Share of the steps between most fields by which two rows' fields may differ that may be meant as one."""
ALTERNATING = 12
"""Rows that must lie on two curves in turn, where no two fields are one, and that most such rows must be
among: states on either of two curves by chance do so for a few rows at a time."""
MIRRORED = 0.1
"""Share of their distance by which two branches may be off each other's mirror image; a search's rows are off
by about all of it."""
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
    near_T = max(SAME_FIELD_T, NEAR * float(np.quantile(gaps, 0.75, method="lower"))) if gaps.size else 0.0
    may_be_sorted = _may_be_sorted(table, fields_T, np.append(gaps > near_T, True))
    _refuse_alternating(table, fields_T)
    last = np.append(gaps > SAME_FIELD_T, True)
    if (~last).sum() < OFTEN * len(last):
        return table
    why = "of rows at one field the last is taken, as the end of its search"
    return _ends(table, last, why + (OR_SORTED if may_be_sorted else ""))


def _refuse_alternating(table: ForeignTable, fields_T: Vector) -> None:
    """Refuse rows that go one way, on two smooth curves in turn: of two branches with fields of their own."""
    m, steps = moments_along(table, fields_T), np.diff(fields_T, axis=0)
    if m is None or len(m) < ALTERNATING or _is_as_run(table):
        return
    on = steps @ (fields_T[-1] - fields_T[0]) > 0  # neither back nor at one field
    to_next, along = np.where(on, np.diff(m), 0.0), np.abs(m[2:] - m[:-2])
    apart = np.minimum(np.abs(to_next[1:]), np.abs(to_next[:-1]))
    turns = (to_next[1:] * to_next[:-1] < 0) & (apart > np.maximum(APART * along, LEAST * np.abs(m).max()))
    runs = np.split(np.arange(len(turns)), np.flatnonzero(np.diff(turns)) + 1)
    long = [run for run in runs if turns[run[0]] and len(run) + 2 >= ALTERNATING]
    if long and sum(map(len, long)) > turns.sum() / 2:
        most = max(long, key=len)
        k = most[len(most) // 2]
        raise _sorted(
            table,
            f"{len(most) + 2} rows lie on two curves in turn, as {m[k]:.4g} at {_along(fields_T[k]):.9g} T "
            f"and {m[k + 1]:.4g} at {_along(fields_T[k + 1]):.9g} T",
        )


def _along(B: Vector) -> float:
    """A field as one number, with the sign of its largest component."""
    return round(float(np.linalg.norm(B) * np.sign(B[np.abs(B).argmax()])), 12) + 0.0


def _sorted(table: ForeignTable, why: str) -> InputError:
    return InputError(
        f"{table.path}: its rows look sorted by field, with two branches in one another ({why}): give the "
        "table as the loop was run, one branch after the other; if these are rows before and after each "
        "search, those after alone"
    )


def _may_be_sorted(table: ForeignTable, fields_T: Vector, last: NDArray[np.bool_]) -> bool:
    """Whether rows that go one way may be two branches; refused where these are smooth and far apart."""
    m, steps = moments_along(table, fields_T), np.diff(fields_T[last], axis=0)
    if m is None or len(steps) < FEWEST or (steps @ steps[0] <= 0).any() or _is_as_run(table):
        return False
    ends = np.append(0, np.flatnonzero(last) + 1)
    if np.mean(np.diff(ends)[1:-1] > 1) < NEARLY_ALL:
        return False
    low, high = (np.array([f(m[a:b]) for a, b in pairwise(ends)]) for f in (np.min, np.max))
    step = np.abs(np.diff([low, high])).max(axis=0)
    step = np.maximum(np.append(step, 0.0), np.insert(step, 0, 0.0))
    apart, least = high - low, LEAST * float(np.abs(m).max())
    if apart.max() <= least:
        return False
    two, B = (apart > APART * step) & (apart > least), fields_T[last]
    opposite = (np.abs(B + B[::-1]) <= SAME_FIELD_T).all() and (apart > least).sum() > 1
    mirrored = opposite and np.linalg.norm(low + high[::-1]) <= MIRRORED * np.linalg.norm(apart)
    if two.sum() < FEWEST and not mirrored:
        handed_on = m[ends[1:-1]] - m[ends[1:-1] - 1]  # a search begins where the one before it ended
        return bool(np.abs(handed_on).max() > least)
    most = int(np.where(two | mirrored, apart, 0.0).argmax())
    why = "mirrored at the opposite field"
    if not mirrored:
        why = f"further apart than {APART:g} steps from field to field, as at {two.sum()} fields"
    same = np.abs(np.diff(fields_T[ends[most] : ends[most + 1]], axis=0)).max(initial=0.0) <= SAME_FIELD_T
    where = f"{'at' if same else 'near'} {_along(B[most]):g} T"
    raise _sorted(table, f"{where} the moment is {low[most]:.4g} and {high[most]:.4g}, {why}")


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
