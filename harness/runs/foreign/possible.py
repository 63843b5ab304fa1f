"""Whether fields and moments of a foreign table are a sphere's of its material; else a unit is another one.

In: fields and moments of the rows along the field's line. Out: nothing, or an InputError with the flag.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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
SIGMAS, MOST_NOISE = 5.0, 0.05
"""By how many times its scatter a measured moment may be longer; by what, whatever the mean of rows is."""
PASSES = 2
"""Times that the scatter is found, of rows that are full but for twice what it was before."""
STANDARD_ERRORS, FEWEST = 4.0, 3
"""By how many times its standard error the mean of saturated rows may be longer, or shorter; of how many rows
it is under noise."""


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
    noise, full = scatter(moment), full_moment or 1.0
    _require_no_longer(path, B_T, moment, noise, full)
    enough_T, most = saturates_T(material), int(np.abs(B_T).argmax())
    beyond = np.abs(B_T) > enough_T
    if full_moment is not None or not beyond.any():
        return
    told = max(_means(B_T[beyond], moment[beyond], noise))
    if 2 * told.mean - told.least < FULL:
        raise InputError(
            f"{path}: the moment is {moment[most]:.4g} at {B_T[most]:.4g} T, above the "
            f"{enough_T:.3g} T that saturate any sphere of this material, as a mean over a box is, or one "
            f"over another Ms; give --full-moment {told.mean:.5g}, the table's value at saturation, or the "
            "field's unit, --field-column 'NAME [mT]' or [A/m]"
        )


def _require_no_longer(path: Path, B_T: Vector, moment: Vector, noise: float, full: float) -> None:
    """Refuse a moment that is longer than saturation by more than its noise: in the mean, or in a row.

    Of the rows at the largest fields, at one end or both, as many as tell most have the mean.
    """
    longest = int(np.abs(moment).argmax())
    if (length := abs(float(moment[longest]))) <= LONGEST + min(SIGMAS * noise, MOST_NOISE):
        return
    told = max(_means(B_T, moment, noise))
    most = max(told.mean, LONGEST) + SIGMAS * noise
    if rows := int((np.abs(moment) > most).sum()):
        these, them = ("row", "it") if rows == 1 else (f"{rows} rows", "them")
        raise InputError(
            f"{path}: the mean moment reaches {length:.4g} times saturation, at {B_T[longest]:.4g} T"
            f"{_by_noise(noise, most)}: if the {these} beyond that came about by mistake, take {them} out; "
            "else give the material's Ms, or --full-moment with the table's value at saturation"
        )
    if told.least > LONGEST:
        of = f"as the mean of {told.rows} rows " if told.rows > 1 else ""
        raise InputError(
            f"{path}: the mean moment reaches {told.mean:.4g} times saturation, {of}from {told.from_T:.4g} T "
            f"on{_by_noise(noise, LONGEST + told.mean - told.least)}; give the material's Ms, or "
            f"--full-moment {full * told.mean:.5g}, the table's value at saturation"
        )


class _Mean(NamedTuple):
    """The mean moment of the rows in the largest fields."""

    least: float
    """That its standard error leaves."""
    mean: float
    rows: int
    from_T: float


def _means(B_T: Vector, moment: Vector, noise: float) -> Iterator[_Mean]:
    """Of as many rows as tell most, under noise of three or more, at each end of the field and at both."""
    sign = np.where(B_T < 0, -1.0, 1.0)
    for end in (sign > 0, sign < 0, sign != 0):
        size, along = np.abs(B_T[end]), (sign * moment)[end]
        order = np.argsort(-size, kind="stable")
        n = np.arange(1, len(order) + 1)
        mean = np.abs(np.cumsum(along[order]) / n)
        least = mean - STANDARD_ERRORS * noise / np.sqrt(n)
        if n.size:
            first = min(FEWEST, len(n)) - 1 if noise else 0
            k = first + int(least[first:].argmax())
            yield _Mean(float(least[k]), float(mean[k]), k + 1, float(size[order[k]]))


def _by_noise(noise: float, most: float) -> str:
    """How much a noise explains; "" of none."""
    return f" (noise, {noise:.2g} by the scatter of its rows, explains {most:.4g})" if noise else ""


def scatter(moment: Vector) -> float:
    """Standard deviation of a moment's noise where it is nearly full, and so has no curve of its own.

    By what half of the rows are off the mean of those beside them; at first of rows that noise leaves full.

    >>> noise = 0.003 * np.random.default_rng(1).normal(size=400)
    >>> round(scatter(np.tanh(np.linspace(-3, 3, 400)) + noise), 3), scatter(np.linspace(-1, 1, 9) ** 3)
    (0.003, 0.0)
    """
    found, off = 0.0, np.abs(np.diff(moment, 2))
    for _ in range(PASSES):
        full = np.abs(moment) > FULL - 2 * found
        rows = full[:-2] & full[1:-1] & full[2:]
        found = float(np.median(off[rows]) / (0.6745 * np.sqrt(6.0))) if rows.any() else 0.0
    return found


def noise_beyond(moment: Vector) -> float:
    """The noise of a moment that exceeds saturation by it; 0 of others, for a curve may scatter as well."""
    return scatter(moment) if (np.abs(moment) > LONGEST).any() else 0.0


def share_of_a_cube(moment: float, radius_nm: float, cell_nm: float) -> tuple[int, float] | None:
    """Cells across the one cube whose mean a saturated sphere's moment is, and the share it fills."""
    lattice = fit_lattice(radius_nm, cell_nm)
    inside = int((np.linalg.norm(lattice.positions(), axis=0) <= lattice.radius_m).sum())
    fits = [n for n in range(lattice.n[0], MOST_ACROSS) if SATURATED <= moment * n**3 / inside <= LONGEST]
    return (fits[0], inside / fits[0] ** 3) if len(fits) == 1 else None
