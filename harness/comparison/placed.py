"""Which branch of the continuum each row of a table sits on, told by its mean moment alone.

In: the moment along the field and across it, the continuum's branches. Out: a branch a row, or that none is
near, or that several are. For tables without states and circulation; what those tell is surer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness.comparison.states import KINDS, TILTED, UNKNOWN, UPRIGHT, RowStates

if TYPE_CHECKING:
    from reduced_model.continuum.branches import ContinuumBranches

Vector = NDArray[np.float64]

UNDECIDED, ON_NONE, TILTED_ON_NONE = -1, -2, -3
"""What stands for the place of a row that two branches are near; that none is near; and none, but for an
upright vortex, where the row's moment is off the field's line."""
NEAR = 0.06
"""Distance in the moment up to which a row may be on a branch: twice what 2 nm cells of iron are off."""
NEAR_ALONE, ALONE = 0.1, 0.3
"""The same, as coarse cells are off, where the distance is at most that share of the next branch's."""
CLEARLY, BEYOND_DOUBT = 0.5, 0.05
"""Share of the distance of the next branch up to which the nearest is the one: where that branch is farther
than cells are off, and where it is not."""
APART = 0.03
"""Distance from which the next branch is farther than cells are off."""
ON_LINE, OFF_LINE = 0.005, 0.02
"""Moment across the field below which a core stands upright, and above which it does not: rounding that a
saddle has amplified stays below the first until the row before it leaves."""
WELL_TILTED_DEG = 15.0


def place_rows(
    B_T: Vector, along: Vector, across: Vector | None, continuum: ContinuumBranches, axis_angle_rad: float
) -> NDArray[np.int_]:
    """The branch of every row, by its place among the continuum's; or UNDECIDED, ON_NONE, TILTED_ON_NONE.

    Parameters
    ----------
    B_T, along : (n,) arrays
        Field, and mean moment along it; nan at rows that are not to be placed.
    across : (n,) array, optional
        Length of the moment across the field, where the table has it.
    continuum : ContinuumBranches
    axis_angle_rad : float
        Of the easy axis to the field; a core stands upright only where it is 0.
    """
    away = np.full((len(continuum.branches), len(B_T)), np.inf)
    off_upright = np.full(len(B_T), np.inf)
    for j, branch in enumerate(continuum.branches):
        distance = np.abs(along - branch.at("m", B_T)[0])
        if across is not None and axis_angle_rad == 0.0:
            tilted = branch.kind == "tilted vortex"
            angle, _ = branch.at("core_angle_deg", B_T)
            well = np.minimum(angle, 180.0 - angle) > WELL_TILTED_DEG
            if branch.kind == KINDS[UPRIGHT]:
                off_upright = np.fmin(off_upright, np.where(across > OFF_LINE, distance, np.inf))
            distance = np.where((across < ON_LINE) & well if tilted else across > OFF_LINE, np.inf, distance)
        away[j] = np.where(np.isfinite(distance), distance, np.inf)
    nearest = away.argmin(axis=0)
    ordered = np.sort(np.vstack([away, np.full(len(B_T), np.inf)]), axis=0)
    share = np.where(ordered[1] >= APART, CLEARLY, BEYOND_DOUBT)
    place = np.where(ordered[0] <= share * ordered[1], nearest, UNDECIDED)
    near = (ordered[0] <= NEAR) | ((ordered[0] <= NEAR_ALONE) & (ordered[0] <= ALONE * ordered[1]))
    place = np.where(near, place, ON_NONE)
    return np.where((place == ON_NONE) & (off_upright <= NEAR), TILTED_ON_NONE, place)


def sided(
    states: RowStates,
    along: Vector,
    continuum: ContinuumBranches,
    B_T: Vector,
    seen: NDArray[np.bool_] | None = None,
) -> RowStates:
    """The states with every upright core that was not seen on the side whose branch is nearer in the moment.

    Circulation does not tell on which side of a core the moment stands: late on its branch it is against it.
    """
    seen = np.zeros(len(B_T), dtype=bool) if seen is None else seen
    angle = states.angle_deg.copy()
    for turned in (0.0, 180.0):
        of_side = (states.kind == UPRIGHT) & (np.abs(states.angle_deg - turned) < 90.0)
        rows = np.flatnonzero(of_side & ~seen)
        own, other = (
            _from_upright(along[rows], B_T[rows], side, continuum) for side in (turned, 180.0 - turned)
        )
        wrong = rows[other < np.nan_to_num(own, nan=np.inf)]
        angle[wrong] = 180.0 - angle[wrong]
    return replace(states, angle_deg=angle)


def _from_upright(along: Vector, B_T: Vector, side_deg: float, continuum: ContinuumBranches) -> Vector:
    """Distance of moments from the upright vortex on one side of the field, nan where there is none."""
    nearest = np.full(len(B_T), np.nan)
    for branch in continuum.branches:
        if branch.kind == KINDS[UPRIGHT] and len(B_T):
            on_side = np.abs(branch.at("core_angle_deg", B_T)[0] - side_deg) < 90.0
            nearest = np.fmin(nearest, np.where(on_side, np.abs(along - branch.at("m", B_T)[0]), np.nan))
    return nearest


def with_placed(
    states: RowStates, place: NDArray[np.int_], continuum: ContinuumBranches, B_T: Vector
) -> RowStates:
    """The states with kind and core angle of the branch they were placed on, where their own is not known.

    A row that has a moment across the field where the continuum has but an upright vortex of its moment is a
    tilted one, on no branch.
    """
    kind, angle = states.kind.copy(), states.angle_deg.copy()
    for j in np.unique(place[place >= 0]):
        rows = np.flatnonzero((place == j) & (states.kind == UNKNOWN))
        branch = continuum.branches[j]
        kind[rows] = KINDS.index(branch.kind)
        angle[rows] = branch.at("core_angle_deg", B_T[rows])[0]
    kind[(place == TILTED_ON_NONE) & (states.kind == UNKNOWN)] = TILTED
    return replace(states, kind=kind, angle_deg=angle)
