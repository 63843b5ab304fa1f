"""What of a foreign loop looks mistaken by its physics: the sign of a column, its unit, its order.

In: LoopColumns, the sphere. Out: a line each, with the flag that mends it; none where a loop cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from harness.runs.foreign.columns import LoopColumns
from harness.runs.foreign.partial import SATURATED
from harness.runs.foreign.possible import FULL, SIGMAS, saturates_T, scatter
from harness.runs.foreign.rows import MIRRORED, OPEN, SAME_FIELD_T
from harness.study.tables import MaterialTable
from reduced_model.loops.observables import branches
from reduced_model.materials import Material
from reduced_model.nucleation.spinodals import on_axis_nucleation_field

Vector = NDArray[np.float64]

OPPOSED = 0.5
"""Mean moment against fields that turn it, over their larger half, that no loop has."""
TOO_SMALL = 0.1
"""Share of the moment that grows evenly up to saturation which some row of every loop has."""
SHORT = 0.03
"""Share of saturation that cells may cost where a field saturates the sphere, and more than that."""
FAR_OFF = 50.0
"""Times by which a loop's fields may be below its sphere's own before a unit is doubted: an Oe is 80 A/m."""
FAR_ABOVE = 2.0
"""Times the saturating field from which on any sphere's moment is full, with its easy axis at any angle."""
FEWEST_PARTIAL = 3
"""Rows without the full moment from which on a loop is no plain switch, which may come at any field."""
UNEQUAL = 0.1
"""Moment by which two branches must be apart somewhere before they are called different ones."""
IDENTICAL = 1e-9
"""Moment by which two branches are off each other that are one set of numbers."""
SYMMETRIC = 0.05
"""Share of a branch's fields by which its ends may be off each other's opposite."""
BACK_AND_FORTH, FORTH, OVER_NOISE = 4, 0.5, 10.0
"""Jumps, each against the one before it, that no path of one direction has; the least of them, and that over
the noise of the rows that have nearly most: spikes of a noise with heavy tails are rarely larger."""
NEARLY_MOST = 0.75
"""Share of rows whose moment is smaller than what counts as most, which no spike is."""
TWO_CURVES = ((16, 13.0), (32, 7.0))
"""In so many rows, times by which two curves in one another are further apart than the rows are off them, and
one curve's under noise, halved at random, never are."""
MOST_WINDOWS = 50_000
"""Of more rows, every other window and so on are looked at."""
PASSES = 4
"""Times that rows are put on the nearer of two curves, and these are drawn through them."""
TURNS = 0.4
"""Jumps between these, for each row: as many as rows less one where the curves take turns, half by chance."""


def doubts_of(loop: LoopColumns, material: MaterialTable, radius_nm: float) -> Iterator[str]:
    """The moment against the field, fields that are not this sphere's, a branch read backwards."""
    magnet = Material("", material.Ms_A_per_m, material.A_J_per_m, material.Ku_J_per_m3)
    yield from _too_small(loop, saturates_T(material))
    yield from _never_full(loop, material)
    yield from _opposed(loop, magnet.anisotropy_field_T)
    yield from _other_unit(loop, magnet, radius_nm)
    yield from _saturates_late(loop, saturates_T(material))
    yield from _backwards(loop.B_T, loop.along)
    yield from _retraced(loop.B_T, loop.along)
    yield from _back_and_forth(loop.B_T, loop.along)


def _too_small(loop: LoopColumns, enough_T: float) -> Iterator[str]:
    """The moment is far below that of any equilibrium, which is full where the field saturates."""
    most, largest = int(np.abs(loop.B_T).argmax()), float(np.abs(loop.along).max())
    share = abs(float(loop.B_T[most])) / enough_T
    if largest < (FULL if share > 1 else TOO_SMALL * share):
        yield (
            f"the moment is {largest:.3g} of saturation at most, in fields to {abs(loop.B_T[most]):.4g} T "
            f"({enough_T:.3g} T saturate any sphere of this material): if it is in another unit, give "
            "--full-moment, the table's value at saturation"
        )


def _never_full(loop: LoopColumns, material: MaterialTable) -> Iterator[str]:
    """In fields that saturate any sphere the moment is less than an oblique axis leaves: by another Ms."""
    size, from_T = np.abs(loop.B_T), saturates_T(material)
    beyond = size > from_T
    if beyond.sum() < FEWEST_PARTIAL or (mean := float(np.abs(loop.along[beyond]).mean())) < FULL:
        return
    turned = material.Ku_J_per_m3 / (material.Ms_A_per_m * size[beyond])
    least = float(np.sqrt(1 - turned**2).mean())
    if least - mean > SHORT + SIGMAS * scatter(loop.along) / np.sqrt(beyond.sum()):
        yield (
            f"the moment is {mean:.3g} of saturation from {from_T:.3g} T on, which saturate any sphere of "
            f"this material to {least:.3g} at least: if its Ms is another, give that, or --full-moment with "
            "the table's value at saturation"
        )


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
        turns = flag and loop.field_columns and loop.moment_has_axes  # a moment along the field turns with it
        mend = f"give {flag}" if turns else "mend the table"
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
    yield (
        f"{loop.inferred[0].source}: the moment is {FULL:g} and more from {from_T:.3g} T on, and this "
        f"sphere's own field is {own_T:.3g} T ({what}): if the unit is another, {_mended_unit(loop)}"
    )


def _saturates_late(loop: LoopColumns, enough_T: float) -> Iterator[str]:
    """The moment is not full in fields far above those that saturate the sphere: Oe read as kA/m."""
    size, least = np.abs(loop.B_T), FULL - SIGMAS * scatter(loop.along)
    partial = (size > FAR_ABOVE * enough_T) & (np.abs(loop.along) < least)
    if partial.sum() >= FEWEST_PARTIAL and (np.abs(loop.along) >= FULL).any():  # else it is the moment's unit
        k = int(np.where(partial, size, 0.0).argmax())
        yield (
            f"{loop.inferred[0].source}: the moment is {loop.along[k]:.3g} at {loop.B_T[k]:.4g} T, and "
            f"{enough_T:.3g} T saturate any sphere of this material: if the unit is another, "
            f"{_mended_unit(loop)}"
        )


def _mended_unit(loop: LoopColumns) -> str:
    """What to give where a field's unit is another."""
    only = loop.only_field_column
    return f"give --field-column '{only} [UNIT]'" if only else "mend the table"


def _backwards(B_T: Vector, along: Vector) -> Iterator[str]:
    """Two branches one way, the field jumping back between them, that are each other's mirror image.

    A run so finds the same twice; of the two branches of a loop, which loses energy, the moment runs ahead of
    the field on the one that is read backwards. Reversal curves, each from another field, are none.
    """
    parts = [np.arange(first, last + 1) for first, last in branches(B_T)]
    ends = [B_T[part[[0, -1]]] for part in parts]
    whole = [abs(first + last) <= SYMMETRIC * abs(first - last) for first, last in ends]
    for k, (one, back, other) in enumerate(zip(parts, parts[1:], parts[2:], strict=False)):
        if not (whole[k] and whole[k + 2]):
            continue
        way = np.sign(B_T[one[-1]] - B_T[one[0]])
        same, turned = _beside(B_T, along, one, other)
        known = np.isfinite(same + turned)
        apart, off = (along[one] - same)[known], (along[one] + turned)[known]
        if len(back) > 2 or np.abs(apart).max(initial=0.0) < UNEQUAL:
            continue
        if np.linalg.norm(off) <= MIRRORED * np.linalg.norm(apart):
            wrong, right = (one, other) if way * apart.sum() > 0 else (other, one)
            first_T, last_T = B_T[wrong[[0, -1]]]
            yield (
                f"rows {wrong[0]} to {wrong[-1]} go from {first_T:g} to {last_T:g} T like rows {right[0]} to "
                f"{right[-1]}, the field jumping back between them, and are their mirror image: they are the "
                f"branch from {last_T:g} to {first_T:g} T read backwards; turn their order round"
            )


def _beside(B_T: Vector, along: Vector, one: NDArray[np.int_], other: NDArray[np.int_]) -> Iterator[Vector]:
    """The moment of another branch at one's fields, then at the opposite ones; nan beyond its own."""
    way = int(np.sign(B_T[other[-1]] - B_T[other[0]]))
    ordered = (B_T[other][::way], along[other][::way])
    return (np.interp(B, *ordered, left=np.nan, right=np.nan) for B in (B_T[one], -B_T[one]))


def _retraced(B_T: Vector, along: Vector) -> Iterator[str]:
    """A branch between saturated ends that comes back number by number, and is no mirror image of itself.

    The branch on the way back is the mirror image of the one before it: where both are one, as with a field
    across the easy axis, m(-B) = -m(B). Between states that are not saturated any branch may be retraced.
    """
    parts = [np.arange(first, last + 1) for first, last in branches(B_T)]
    for one, back in pairwise(parts):
        ends = along[one[[0, -1]]]
        if np.abs(ends).min() < SATURATED or ends[0] * ends[1] > 0:
            continue
        same, turned = _beside(B_T, along, one, back)
        if np.abs(along[one] - same).max() <= IDENTICAL and np.nanmax(np.abs(along[one] + turned)) > UNEQUAL:
            yield (
                f"rows {back[0]} to {back[-1]} are rows {one[0]} to {one[-1]} backwards, number by number, "
                "though both ends are saturated and m(−B) is not −m(B): one branch stands there twice; give "
                "the other as it was run"
            )


def _back_and_forth(B_T: Vector, along: Vector) -> Iterator[str]:
    """The moment jumps to and fro while the field goes one way: rows of two branches in one another."""
    for first, last in branches(B_T):
        fields_T, moment = B_T[first : last + 1], along[first : last + 1]
        for rows, opening, most in _may_be_two(fields_T, moment):
            steps = np.diff(moment[rows])
            jumps = np.sign(steps[np.abs(steps) > opening / 2])
            if (turns := int((np.diff(jumps) != 0).sum()) + 1) >= most:
                from_T, to_T = fields_T[rows][[0, -1]]
                yield (
                    f"the moment jumps to and fro {turns} times while the field goes from {from_T:g} to "
                    f"{to_T:g} T: if the table was sorted by field, give it as the loop was run"
                )
                break


def _may_be_two(B_T: Vector, moment: Vector) -> Iterator[tuple[slice, float, float]]:
    """Rows of one direction, how far two branches in them are apart, jumps from which on they are two."""
    size = np.abs(moment)  # two branches in one another may be full both
    most = min(float(np.quantile(size, NEARLY_MOST)) or 1.0, 1.0)
    yield slice(None), 2 * max(FORTH, OVER_NOISE * most * scatter(size / most)), BACK_AND_FORTH
    for n, over_noise in TWO_CURVES:
        if len(moment) < n:
            return
        each = 1 + len(moment) // MOST_WINDOWS
        full, *window = (sliding_window_view(of, n)[::each] for of in (size == size.max(), B_T, moment))
        opening, noise = _two_curves(*window)
        cut = full.sum(axis=1) > 1  # saturated, as noise may be too
        for k in np.flatnonzero((opening > np.maximum(OPEN, over_noise * noise)) & ~cut):
            yield slice(each * k, each * k + n), opening[k], TURNS * n


def _two_curves(B_T: Vector, moment: Vector) -> tuple[Vector, Vector]:
    """Of windows, (n, rows), how far two parabolas of one shape are apart, and the rows off the nearer."""
    x = B_T - B_T.mean(axis=1, keepdims=True)
    x /= np.maximum(np.abs(x).max(axis=1, keepdims=True), SAME_FIELD_T)
    curve = np.linalg.qr(np.stack([x**0, x, x**2], axis=2))[0]

    def bare(values: Vector) -> Vector:
        return values - (curve @ (curve.transpose(0, 2, 1) @ values[:, :, None]))[:, :, 0]

    off = rest = bare(moment)
    for _ in range(PASSES):
        side = np.where(off > 0, 0.5, -0.5)
        own = bare(side)
        opening = (own * rest).sum(axis=1) / np.maximum((own**2).sum(axis=1), IDENTICAL)
        left = rest - opening[:, None] * own
        off = left + opening[:, None] * side
    return opening, np.sqrt((left**2).sum(axis=1) / (moment.shape[1] - 4))
