"""Whether fields and moments of a foreign table are a sphere's of its material; else a unit is another one.

In: fields and moments of the rows along the field's line. Out: nothing, or an InputError with the flag.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.inputs import InputError
from harness.runs.foreign.partial import SATURATED
from harness.study.field_path import MAX_FIELD_T
from harness.study.lattice import fit_lattice
from harness.study.tables import MaterialTable
from reduced_model.materials import MU0

Vector = NDArray[np.float64]

FULL = 0.9
"""Moment that every sphere has above its saturation field."""
LONGEST = 1.001
"""Longest mean moment that rounding explains."""
MOST_ACROSS = 200
"""Cells across the largest box that is tried for a table that is a mean over one."""
SIGMAS, MOST_NOISE = 5.0, 0.1
"""By how many times its scatter a measured moment may be longer, and by what at most."""


def saturates_T(material: MaterialTable) -> float:
    """Field that saturates any sphere of a material, T: its demagnetising and its anisotropy field.

    Of this 1.2 times: coherent rotation leaves the moment at cos 30 deg in 2Ku/Ms, an axis oblique to it.
    """
    return MU0 * material.Ms_A_per_m / 3 + 2.4 * material.Ku_J_per_m3 / material.Ms_A_per_m


def require_possible(
    path: Path, B_T: Vector, moment: Vector, material: MaterialTable, full_moment: float | None
) -> None:
    """Refuse fields and moments that are no sphere's of this material: a unit is another one then."""
    if (largest := float(np.abs(B_T).max())) > MAX_FIELD_T:
        raise InputError(
            f"{path}: the field goes to {largest:.3g} T; at most {MAX_FIELD_T:g} is allowed; "
            "give its unit, --field-column 'NAME [mT]' or [A/m]"
        )
    if (longest := float(np.abs(moment).max())) > LONGEST + min(SIGMAS * scatter(moment), MOST_NOISE):
        raise InputError(
            f"{path}: the mean moment reaches {longest:.4g} times saturation; give the material's Ms, "
            "or --full-moment with the table's value at saturation"
        )
    enough_T = saturates_T(material)
    most = int(np.abs(B_T).argmax())
    if abs(B_T[most]) > enough_T and abs(moment[most]) < FULL and full_moment is None:
        raise InputError(
            f"{path}: the moment is {moment[most]:.4g} at {B_T[most]:.4g} T, above the "
            f"{enough_T:.3g} T that saturate any sphere of this material, as a mean over a box is; give "
            f"--full-moment {abs(moment[most]):.5g}, the table's value at saturation, or the field's unit, "
            "--field-column 'NAME [mT]' or [A/m]"
        )


def scatter(moment: Vector) -> float:
    """Standard deviation of a moment's noise where it is nearly full, and so has no curve of its own.

    By what half of the rows are off the mean of those beside them.

    >>> noise = 0.003 * np.random.default_rng(1).normal(size=400)
    >>> round(scatter(np.tanh(np.linspace(-3, 3, 400)) + noise), 3), scatter(np.linspace(-1, 1, 9) ** 3)
    (0.003, 0.0)
    """
    full = np.abs(moment) > FULL
    off = np.abs(np.diff(moment, 2))[full[:-2] & full[1:-1] & full[2:]]
    return float(np.median(off) / (0.6745 * np.sqrt(6.0))) if off.size else 0.0


def share_of_a_cube(moment: float, radius_nm: float, cell_nm: float) -> tuple[int, float] | None:
    """Cells across the one cube whose mean a saturated sphere's moment is, and the share it fills."""
    lattice = fit_lattice(radius_nm, cell_nm)
    inside = int((np.linalg.norm(lattice.positions(), axis=0) <= lattice.radius_m).sum())
    fits = [n for n in range(lattice.n[0], MOST_ACROSS) if SATURATED <= moment * n**3 / inside <= LONGEST]
    return (fits[0], inside / fits[0] ** 3) if len(fits) == 1 else None
