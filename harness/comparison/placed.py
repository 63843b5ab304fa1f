"""Which branch of the continuum each row of a table sits on, told by its mean moment alone.

In: the moment along the field and across it, the continuum's branches. Out: a branch a row, or that none is
near, or that several are. For tables without states and circulation; what those tell is surer.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness.comparison.states import KINDS, TILTED, UNIFORM, UNKNOWN, UPRIGHT, RowStates
from harness.runs.foreign.possible import noise_beyond

if TYPE_CHECKING:
    from reduced_model.continuum.branches import ContinuumBranches

Vector = NDArray[np.float64]

UNDECIDED, ON_NONE, TILTED_ON_NONE = -1, -2, -3
"""What stands for the place of a row that two branches are near; that none is near; and none, but for an
upright vortex, where the row's moment is off the field's line."""
CELLS_OFF, LEAST_OFF = 1.0, 0.02
"""How far cells move a moment from its branch: at most this over their number along the diameter (measured:
0.83, docs/results/cell_size.md); and what is never told apart."""
EARLY = 2.0
"""How many times that from the end of the tilted branch a core may have turned already (measured: 1.6)."""
ON_LINE, OFF_LINE = 0.005, 0.02
"""Moment across the field below which a core stands upright, and above which it does not: rounding that a
saddle has amplified stays below the first until the row before it leaves."""
WELL_TILTED_DEG = 15.0
SIGMAS = 3.0
"""How many times its noise a measured moment may be off further."""


def reach_of(cells_across: float, along: Vector) -> float:
    """How far from its branch a moment may be, by the cells along the diameter and by noise."""
    return max(CELLS_OFF / cells_across, LEAST_OFF) + SIGMAS * noise_beyond(along)


def place_rows(
    B_T: Vector,
    along: Vector,
    across: Vector | None,
    continuum: ContinuumBranches,
    axis_angle_rad: float,
    cells_across: float,
) -> NDArray[np.int_]:
    """The branch of every row, by its place among the continuum's; or UNDECIDED, ON_NONE, TILTED_ON_NONE.

    A row is on the branch from which its cells and its noise may have moved its moment, if there is but one;
    several that are alike in all that a table tells, as those whose cores tilt to two sides, count as one.

    Parameters
    ----------
    B_T, along : (n,) arrays
        Field, and mean moment along it; nan at rows that are not to be placed.
    across : (n,) array, optional
        Length of the moment across the field, where the table has it.
    continuum : ContinuumBranches
    axis_angle_rad : float
        Of the easy axis to the field; a core stands upright only where it is 0.
    cells_across : float
        Cells along the diameter.
    """
    reach = reach_of(cells_across, along)
    across = None if noise_beyond(along) else across
    m, error, near = (np.zeros((len(continuum.branches), len(B_T)), dtype=t) for t in (float, float, bool))
    sort = np.zeros(m.shape)
    near_uniform = np.zeros(len(B_T), dtype=bool)
    beside_upright, turned = np.zeros(len(B_T), dtype=bool), np.zeros(len(B_T), dtype=bool)
    aligned = axis_angle_rad == 0.0
    for j, branch in enumerate(continuum.branches):
        m[j], error[j] = branch.at("m", B_T)
        sort[j] = KINDS.index(branch.kind) + 0.5 * branch.stable(B_T)
        near[j] = np.abs(along - m[j]) <= reach  # nan is near nothing
        near_uniform |= near[j] & (branch.kind == KINDS[UNIFORM])
        if aligned and branch.kind == KINDS[TILTED]:  # cells turn a core before the continuum does
            end, _ = branch.at("m", np.clip(B_T, branch.B_T[0], branch.B_T[-1]))
            turned |= np.isnan(m[j]) & (np.abs(along - end) <= EARLY * reach)
        if aligned and across is not None:
            if branch.kind == KINDS[UPRIGHT]:
                beside_upright |= near[j] & (across > OFF_LINE)
            if branch.kind == KINDS[TILTED]:
                angle, _ = branch.at("core_angle_deg", B_T)
                well = np.minimum(angle, 180.0 - angle) > WELL_TILTED_DEG
                near[j] &= ~(well & (across < ON_LINE))
                turned &= across >= ON_LINE
            else:
                near[j] &= ~(across > OFF_LINE)
    alike = (_spread(m, near) <= np.where(near, error, 0.0).sum(axis=0)) & (_spread(sort, near) <= 0.0)
    place = np.select([~near.any(axis=0), alike & ~turned], [ON_NONE, near.argmax(axis=0)], UNDECIDED)
    place = np.where((place == ON_NONE) & beside_upright & ~near_uniform, TILTED_ON_NONE, place)
    off = along - np.take_along_axis(m, np.maximum(place, 0)[None], axis=0)[0]
    curled = np.array([branch.kind != KINDS[UNIFORM] for branch in continuum.branches])
    vortex, far = (place >= 0) & curled[place], (place >= 0) & (np.abs(off) > 0.25 * reach)
    beside = _beside_none(place == ON_NONE, along, far, 2.0 * reach) & (vortex | far)
    place = np.where(beside | (vortex & _passing(place, along, off, reach)), UNDECIDED, place)
    return np.where(_alone(place == UNDECIDED, along, reach), UNDECIDED, place)


def _alone(untold: NDArray[np.bool_], along: Vector, reach: float) -> NDArray[np.bool_]:
    """Rows between two that are not told, near to both: what these are it is likely too."""
    found = np.zeros(untold.shape, dtype=bool)
    near = np.abs(np.diff(along)) <= reach
    found[1:-1] = ~untold[1:-1] & untold[:-2] & untold[2:] & near[:-1] & near[1:]
    return found


def _beside_none(
    none: NDArray[np.bool_], along: Vector, far: NDArray[np.bool_], jump: float
) -> NDArray[np.bool_]:
    """Rows that a loop has, without a jump, between two on no branch, or next to one as long as they are far.

    What passes such rows little by little is likely the same state, which met a branch's moment by chance.
    """
    found = np.zeros(none.shape, dtype=bool)
    ends = np.flatnonzero(~(np.abs(np.diff(along)) <= jump)) + 1
    for rows in np.split(np.arange(len(none)), ends):
        at = np.flatnonzero(none[rows])
        if at.size:
            first, last = int(at[0]), int(at[-1])
            while first > 0 and far[rows[first - 1]]:
                first -= 1
            while last < len(rows) - 1 and far[rows[last + 1]]:
                last += 1
            found[rows[first : last + 1]] = True
    return found


def _passing(place: NDArray[np.int_], along: Vector, off: Vector, reach: float) -> NDArray[np.bool_]:
    """Stretches on two branches between which the moment hardly changes, and its distance from them does."""
    found = np.zeros(place.shape, dtype=bool)
    stretch = np.cumsum(np.append(0, np.diff(place) != 0))
    rows = np.flatnonzero((place >= 0) | (place == ON_NONE))
    for one, other in itertools.pairwise(rows):
        apart = place[one] != place[other] and min(place[one], place[other]) >= 0
        if apart and abs(along[other] - along[one]) <= reach < abs(off[other] - off[one]):
            found |= (stretch == stretch[one]) | (stretch == stretch[other])
    return found


def _spread(values: Vector, of: NDArray[np.bool_]) -> Vector:
    """Largest less smallest of each column's values that count."""
    return np.where(of, values, -np.inf).max(axis=0) - np.where(of, values, np.inf).min(axis=0)


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
