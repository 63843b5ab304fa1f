"""What of a foreign loop looks mistaken by its physics: the sign of a column, its unit.

In: LoopColumns, the sphere. Out: a line each, with the flag that mends it; none where a loop cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.runs.foreign.columns import FULL, LoopColumns
from harness.study.tables import MaterialTable
from reduced_model.materials import Material
from reduced_model.nucleation.spinodals import on_axis_nucleation_field

OPPOSED = 0.5
"""Mean moment against fields that turn it, over their larger half, that no loop has."""
FAR_OFF = 100.0
"""Times by which a loop's fields may be below its sphere's own before their unit is doubted."""
FEWEST_PARTIAL = 3
"""Rows without the full moment from which on a loop is no plain switch, which may come at any field."""


def doubts_of(loop: LoopColumns, material: MaterialTable, radius_nm: float) -> Iterator[str]:
    """The moment against the field, or fields that are not this sphere's."""
    magnet = Material("", material.Ms_A_per_m, material.A_J_per_m, abs(material.Ku_J_per_m3))
    yield from _opposed(loop, magnet.anisotropy_field_T)
    yield from _other_unit(loop, magnet, radius_nm)


def _opposed(loop: LoopColumns, turns_T: float) -> Iterator[str]:
    """The moment is opposed to the fields that turn it: the sign of one is another."""
    size = np.abs(loop.B_T)
    turned = (size > size.max() / 2) & (size > turns_T)
    along = float((np.sign(loop.B_T) * loop.along)[turned].mean()) if turned.any() else 0.0
    if along < -OPPOSED:
        back = ",".join(f"{0.0 - x:g}" for x in loop.direction)
        flag = f"--field-direction={back}"
        if len(loop.field_columns) > 1:  # three components tell the direction; one of them can be turned
            flag = f"--field-column '{only}' {flag}" if (only := loop.only_field_column) else ""
        mend = f"give {flag}" if flag and loop.field_columns else "mend the table"
        from_T = size[turned].min()
        yield (
            f"the moment is opposed to the field (⟨m⟩ along it is {along:.2g} from {from_T:.3g} T on): "
            f"if the sign of one of them is another, {mend}"
        )


def _other_unit(loop: LoopColumns, magnet: Material, radius_nm: float) -> Iterator[str]:
    """The loop is saturated at fields far below those that this sphere's states can be turned by."""
    size, full = np.abs(loop.B_T), np.abs(loop.along) >= FULL
    brown_T = on_axis_nucleation_field(magnet, 1e-9 * radius_nm).brown_T
    own_T, what = max((brown_T, "Brown's field"), (magnet.anisotropy_field_T, "2Ku/Ms"))
    if (~full).sum() < FEWEST_PARTIAL:
        return
    above = size > size[~full].max()
    if not above.any() or not 0 < (from_T := float(size[above].min())) < own_T / FAR_OFF:
        return
    only = loop.only_field_column
    mend = f"give --field-column '{only} [UNIT]'" if only else "mend the table"
    yield (
        f"{loop.inferred[0].source}: the moment is {FULL:g} and more from {from_T:.3g} T on, and this "
        f"sphere's own field is {own_T:.3g} T ({what}): if the unit is another, {mend}"
    )
