"""Fields across the one that a loop is judged in, as a table or its script have them.

In: LoopColumns, the table, the script's fields. Out: a line, and whether it takes all trust from the loop.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.runs.foreign.columns import OFF_LINE, LoopColumns, components_T
from harness.runs.foreign.table import ForeignTable

Vector = NDArray[np.float64]

SMALL_FIELD = 1e-3
"""Share of the largest field that fields which nothing else knows of may add."""
TURNED = 0.1
"""Share of a field, across it, that turns it by 6 degrees."""


def across(
    loop: LoopColumns, table: ForeignTable, field_column: str | None, by_script: Vector | None
) -> Iterator[tuple[str, bool]]:
    """What stands beside the column that was chosen, or that the script tells off the line.

    Parameters
    ----------
    loop : LoopColumns
    table : ForeignTable
    field_column : str, optional
        As the user gives it; other components of its field are not looked at.
    by_script : (n, 3) array, optional
        Fields of the rows, and perhaps of more, by the script.
    """
    if by_script is not None:
        fields_T, source = by_script[: table.n_rows], "its script"
    elif field_column is not None:
        of = components_T(table, field_column)
        fields_T = np.stack([of.get(axis, np.zeros(table.n_rows)) for axis in "xyz"], axis=1)
        source = "its columns"
    else:
        return
    line = np.array(loop.direction)
    off = fields_T - np.outer(fields_T @ line, line)
    most = np.abs(off).max(axis=0)
    if most.max() <= OFF_LINE * np.abs(loop.B_T).max():
        return
    k = int(most.argmax())
    low, high = off[:, k].min(), off[:, k].max()
    constant = high - low <= OFF_LINE * np.abs(loop.B_T).max()
    what = f"a constant field of {off[0, k]:.6g} T" if constant else f"a field of {low:.4g} to {high:.4g} T"
    told = f"{what} along {'xyz'[k]} stands across the one that is taken, by {source}"
    unknown = "continuum, models and certificates know nothing of it"
    if most[k] > SMALL_FIELD * np.abs(loop.B_T).max():
        yield f"{told}; {unknown}", True
    else:
        near = f"it turns fields below {most[k] / TURNED:.2g} T by more than 6 degrees"
        yield f"{told}: {near}; {unknown}", False
