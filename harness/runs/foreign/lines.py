"""The line that the fields of a loop lie on.

In: fields (n, 3) in T. Out: a direction, its largest component positive, and the field of every row along it;
InputError for fields off it, but for a small constant one across.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.inputs import InputError
from harness.study.lattice import Triple

Vector = NDArray[np.float64]

OFF_LINE = 1e-4
"""Share of the largest field by which a row may be off the line that all fields lie on."""
SMALL_FIELD = 1e-3
"""Share of the largest field that fields which nothing else knows of may add."""


def line_of(fields_T: Vector, source: str) -> tuple[Triple, Vector]:
    """The line that fields lie on, and each along it; a small constant one across it does not count.

    Raises InputError, which begins with the source, if they lie on none.
    """
    size = np.linalg.norm(fields_T, axis=1)
    if not size.any():
        return (0.0, 0.0, 1.0), fields_T[:, 2]
    most = int(size.argmax())
    unit = _beside_a_small_one(fields_T, size[most])
    if unit is None:
        unit = fields_T[most] / size[most]
        unit = np.where(np.abs(unit) < 1e-6, 0.0, unit)
        unit = unit / np.linalg.norm(unit) * np.sign(unit[np.abs(unit).argmax()])
        off = np.linalg.norm(fields_T - np.outer(fields_T @ unit, unit), axis=1)
        if off.max() > OFF_LINE * size[most] + 1e-9:
            raise InputError(
                f"{source}: the field of row {int(off.argmax())} is {off.max():.3g} T off the line of the "
                "others; a loop has one field direction, so give its rows alone, or, where a constant field "
                "stands across it, the swept component's --field-column"
            )
    return _triple(unit), fields_T @ unit


def swept_direction(fields_T: Vector) -> Triple | None:
    """The direction that fields are swept along, whatever constant one stands beside; None of one field."""
    unit = _swept(fields_T)
    return None if unit is None else _triple(unit)


def _swept(fields_T: Vector) -> Vector | None:
    off = fields_T - fields_T.mean(axis=0)
    if not off.any():
        return None
    unit = np.round(np.linalg.svd(off, full_matrices=False)[2][0], 9) + 0.0
    return np.asarray(unit * np.sign(unit[np.abs(unit).argmax()]))


def _beside_a_small_one(fields_T: Vector, largest_T: float) -> Vector | None:
    """The direction of fields beside which a small constant one stands; None of others."""
    if (unit := _swept(fields_T)) is None:
        return None
    across = fields_T - np.outer(fields_T @ unit, unit)
    steady = across.mean(axis=0)
    size, rest = np.linalg.norm(steady), np.linalg.norm(across - steady, axis=1).max()
    small = 1e-6 * largest_T < size <= SMALL_FIELD * largest_T
    return unit if small and rest <= OFF_LINE * largest_T else None


def _triple(unit: Vector) -> Triple:
    x, y, z = (float(u) + 0.0 for u in unit)
    return x, y, z
