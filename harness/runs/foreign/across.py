"""Fields across the one that a loop is judged in, as a table or its script have them.

In: LoopColumns, the table, the script's fields. Out: a line, and whether it takes all trust from the loop.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.runs.foreign.columns import LoopColumns, components_T
from harness.runs.foreign.lines import OFF_LINE, SMALL_FIELD
from harness.runs.foreign.table import ForeignTable

Vector = NDArray[np.float64]

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
    elif (column := field_column or next(iter(loop.field_columns.values()), None)) is not None:
        of = components_T(table, column)
        fields_T = np.stack([of.get(axis, np.zeros(table.n_rows)) for axis in "xyz"], axis=1)
        source = "its columns"
    else:
        return
    line = np.array(loop.direction)
    off = fields_T - np.outer(fields_T @ line, line)
    size, largest_T = np.linalg.norm(off, axis=1), float(np.abs(loop.B_T).max())
    most = float(size.max())
    if most <= OFF_LINE * largest_T:
        return
    if np.linalg.norm(off - off[0], axis=1).max() <= OFF_LINE * largest_T:
        along = ", ".join(f"{u:.3g}" for u in off[0] / size[0] + 0.0)
        what = f"a constant field of {size[0]:.6g} T along ({along})"
    else:
        what = f"a field of {size.min():.4g} to {most:.4g} T"
    told = f"{what} stands across the one that is taken, by {source}"
    unknown = "continuum, models and certificates know nothing of it"
    if most > SMALL_FIELD * largest_T:
        yield f"{told}; {unknown}", True
    else:
        near = f"it turns fields below {most / TURNED:.2g} T by more than 6 degrees"
        yield f"{told}: {near}; {unknown}", False
