"""Branches of stationary states in a changing field: each followed while stable, downhill where it ends.

In: a `Magnet` in a new field, and the state kept in the field before. Out: the magnet at a state that no mode
found lowers; events, where a branch lost its stability; falls, with both ends of each mode that was
followed. In a tie the chirality is +1 and a core tilts towards +x. Undecided modes are not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from harness.mx3.magnet.curvature import SEEDS, Array, Curvature
from harness.mx3.magnet.events import (
    TILTED,
    Event,
    Fall,
    Instability,
    end_of_branch,
    kind_of,
    mean_moment,
    sine,
)
from harness.mx3.magnet.fields.demag import MU0
from harness.mx3.magnet.flow import flow_down
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.modes import Motions
from harness.mx3.magnet.stability import NotStationary, Stability, at_rest, stability
from harness.mx3.magnet.steps import (
    REMEMBERED,
    RESOLUTION_T,
    Lost,
    State,
    Way,
    foretold,
    foretold_modes,
    longest_step,
    nears_end,
    next_share,
)
from harness.mx3.magnet.turning import round_the_end

FALL_T = 1e-3
"""How far behind an event its branch is left, if no field asked for comes first: at the very event there is
hardly a slope to follow."""
PUSH = 0.15
"""Root mean square change of m with which a saddle is left."""
TIE = 1e-7
"""Energies that differ by less, in units of mu0 Ms^2 V / 2, are a tie."""
ALIKE = 1e-3
"""In T: modes so near to the lowest are taken with it; rms of m: a state so near to its image has the
symmetry."""
SAME_STATE_RAD = 0.05
COUNTED_UP_TO = 400
"""Unknowns, two a cell, up to which all eigenvalues of a descent's end are computed."""
_MOST_FALLS = 6
_TIGHTER = 0.01


class NotSettled(ValueError):
    """No minimum was found where a branch ends."""


class BranchFollower:
    """Keeps to the stable branches of a magnet from field to field.

    Parameters
    ----------
    tolerance_T, max_evaluations
        Of the descents, as `Magnet.equilibrate` has them; every state is then polished to a torque of 1e-8 T.
    seeds : (int, int)
        Of the random vectors of the eigenvalue searches.

    Attributes
    ----------
    events, falls : list
        In the order in which they were met; whoever writes them down may empty the lists.
    field_evaluations : int
        Effective fields and products with the second variation so far.
    """

    def __init__(
        self, tolerance_T: float = 1e-6, max_evaluations: int = 20_000, seeds: tuple[int, int] = SEEDS
    ) -> None:
        self._tolerance_T, self._max_evaluations, self._seeds = tolerance_T, max_evaluations, seeds
        self.events: list[Event] = []
        self.falls: list[Fall] = []
        self.field_evaluations = 0
        self._before: tuple[Array, State] | None = None
        self._line: Array = np.zeros(3)

    def follow(self, magnet: Magnet) -> Stability:
        """Move a magnet to the stable state in its applied field, from the one before, or by descent.

        Raises
        ------
        ValueError
            If it has no curvature: cells are partly filled, or none can turn.
        NotSettled
            If no minimum is found where a branch ends.
        """
        applied = magnet.field("zeeman")
        before, self._before = self._before, None
        if before is None or not self._is_on_branch(magnet, before):
            way = Way(applied, applied)
            state = self._settled(magnet, way, self._descended(magnet, way, 1.0, magnet.columns))
        else:
            way = Way(before[0], applied)
            state = before[1]._replace(s=0.0 if way.length_T else 1.0)
            if abs(way.axis @ self._line) < 1 - 1e-9:
                state = state._replace(earlier=())
            while state.s < 1:
                state, lost = self._advance(magnet, way, state, 1.0, self._merged)
                if lost is not None:
                    state = self._left(magnet, way, state, lost)
        way.set(magnet, 1.0)
        magnet.move_to(state.m.copy())
        self._before, self._line = (applied, state), way.axis
        return state.found

    def memory(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """What `restore` goes on from: arrays, and numbers that JSON can hold; after a field was followed."""
        assert self._before is not None
        applied, state = self._before
        arrays, numbers = state.packed()
        numbers |= {"field_evaluations": self.field_evaluations}
        return arrays | {"applied": applied, "line": self._line}, numbers

    def restore(self, arrays: Mapping[str, Array], numbers: Mapping[str, Any]) -> None:
        """Go on as the follower did whose memory this is."""
        self.field_evaluations = numbers["field_evaluations"]
        self._before, self._line = (arrays["applied"], State.unpacked(arrays, numbers)), arrays["line"]

    def instability(self, magnet: Magnet, stop: Array) -> Instability | None:
        """Where the branch of the magnet's state loses its stability on the way to a field, if it does."""
        way = Way(magnet.field("zeeman"), stop)
        start = State(0.0, magnet.columns.copy(), self._certified(magnet))
        state, lost = self._advance(magnet, way, start, 1.0)
        return None if lost is None else end_of_branch(way, state, lost)

    def _is_on_branch(self, magnet: Magnet, before: tuple[Array, State]) -> bool:
        """Whether the magnet is at the state before, and at rest there: nothing but the field has changed."""
        applied, state = before
        if applied.shape != (now := magnet.field("zeeman")).shape or not np.array_equal(
            magnet.columns, state.m
        ):
            return False
        magnet.set_field(applied)
        left_T = magnet.max_torque()
        magnet.set_field(now)
        return left_T <= 2 * max(state.found.polished.torque_T, magnet.rounding_floor_T)

    # ---- along a branch -------------------------------------------------------------------------------

    def _advance(
        self,
        magnet: Magnet,
        way: Way,
        at: State,
        goal: float,
        passed: Callable[[Magnet, Way, State, State], None] = lambda *_: None,
    ) -> tuple[State, Lost | None]:
        """Along a branch to a share of the way; short of it, the last stable state and what is beyond.

        A step that fails is shortened and tried again from the newest stable state, so that none is taken for
        a loss of stability because it was too long for Newton's method.
        """
        shortest = RESOLUTION_T / way.length_T
        last_T = abs(way.B_T(at.s) - at.earlier[0].B_T) if at.earlier else FALL_T / 2
        size, beyond = max(shortest, 2 * last_T / way.length_T), None
        stuck: State | None = None
        while at.s != goal:
            s = next_share(way, at, goal, min(size, longest_step(way, at)), beyond)
            ahead = self._stationary(magnet, way, s, at)
            if ahead is None and stuck is not at:
                stuck, (last, lost, work) = at, round_the_end(magnet, way, at, s, self._certified)
                self.field_evaluations += work
                if last is not at:
                    passed(magnet, way, at, last)
                    at = last
                if lost is not None and lost.critical is not None:
                    return at, lost
                beyond = lost or Lost(s, None)
            elif ahead is not None and not ahead.found.falls():
                passed(magnet, way, at, ahead)
                if beyond is not None and (s == beyond.s or not nears_end(way, at, ahead, beyond)):
                    beyond = None
                size, at = 2 * abs(s - at.s), ahead
            elif abs(s - at.s) <= shortest * (1 + 1e-9):
                return at, Lost(s, ahead)
            else:
                beyond = Lost(s, ahead)
        return at, None

    def _stationary(self, magnet: Magnet, way: Way, s: float, near: State) -> State | None:
        """The stationary state near another, on its branch as far as that is known; None if there is none."""
        way.set(magnet, s)
        here = near.place(way)
        places = (here, *near.earlier) if s != near.s else near.earlier
        modes = here.modes
        if near.earlier and (step_T := here.B_T - near.earlier[0].B_T):
            modes = foretold_modes((way.B_T(s) - here.B_T) / step_T, modes, near.earlier[0].modes)
        starts = [near.m]
        if s != near.s and (ahead := foretold(way.B_T(s), places)) is not None:
            starts.insert(0, ahead)
        for start in starts:
            magnet.move_to(start.copy())
            with suppress(NotStationary):
                found = self._certified(magnet, near.found, modes)
                return State(s, magnet.columns.copy(), found, places[:REMEMBERED])
        return None

    def _certified(
        self, magnet: Magnet, near: Stability | None = None, modes: Array | None = None
    ) -> Stability:
        counted = near is None and 2 * magnet.n_cells <= COUNTED_UP_TO
        try:
            found = stability(magnet, near, foretold=modes, dense=counted, seeds=self._seeds)
        except NotStationary as far:
            self.field_evaluations += far.products
            raise
        self.field_evaluations += found.products
        return found

    def _merged(self, magnet: Magnet, way: Way, one: State, other: State) -> None:
        """Put on record that a branch has run into a more symmetric one, which is unstable before."""
        kind = kind_of(magnet, way, one, other)
        if kind not in ("annihilation", "upright", "rotation"):
            return
        if kind == "rotation" and sine(way, other) > TILTED:
            return
        # where the branches meet the state may still have a trace of what it loses: from a little further
        # on to a little further back
        margin = FALL_T / way.length_T
        further = self._stationary(magnet, way, other.s + margin, other)
        state, lost = self._advance(magnet, way, (further or other)._replace(earlier=()), one.s - margin)
        if lost is not None and lost.beyond is not None:
            self.events.append(Event(kind, end_of_branch(way, state, lost)))

    # ---- off a branch ---------------------------------------------------------------------------------

    def _left(self, magnet: Magnet, way: Way, last: State, lost: Lost) -> State:
        """The state beyond the end of a branch, with the event on record.

        What the end leads to is looked at a little beyond it, were that beyond the end of the way too: near a
        fork it has hardly begun.
        """
        state = self._beyond(magnet, way, last, lost, lost.s + FALL_T / way.length_T)
        kind = kind_of(magnet, way, last, state) or ("other" if lost.critical is None else "fold")
        moved = np.sqrt(np.average(np.sum((state.m - last.m) ** 2, axis=0), weights=magnet.moments))
        if kind not in ("fold", "other") or moved > SAME_STATE_RAD:
            self.events.append(Event(kind, end_of_branch(way, last, lost)))
        if state.s <= 1.0:
            return state
        back = self._stationary(magnet, way, 1.0, state)
        return back if back and not back.found.falls() else self._beyond(magnet, way, last, lost, 1.0)

    def _beyond(self, magnet: Magnet, way: Way, last: State, lost: Lost, s: float) -> State:
        """The minimum at a share of the way that the end of a branch leads to."""
        if lost.beyond is None:
            return self._settled(magnet, way, self._descended(magnet, way, s, last.m))
        further = self._stationary(magnet, way, s, lost.beyond)
        is_saddle = further is not None and further.found.falls()
        return self._settled(magnet, way, further if further and is_saddle else lost.beyond)

    def _settled(self, magnet: Magnet, way: Way, state: State) -> State:
        """The state, or the minimum that it falls into by its negative modes."""
        for _ in range(_MOST_FALLS):
            if not state.found.falls():
                return state
            state = self._fall(magnet, way, state)
        raise NotSettled(f"B = {way.B_T(state.s):g} T: still a saddle after {_MOST_FALLS} falls")

    def _fall(self, magnet: Magnet, way: Way, saddle: State) -> State:
        """The lower end of a saddle's mode; both go on record."""
        way.set(magnet, saddle.s)
        magnet.move_to(saddle.m.copy())
        mode = PUSH * _preferred(magnet, saddle)
        ends = []
        for push in (mode, -mode):
            m = saddle.m + push
            self._rest(magnet, way, saddle.s, m / np.sqrt(np.sum(m**2, axis=0)))
            ends.append((magnet.energy(), magnet.columns.copy()))
        scale_J = MU0 / 2 * magnet.mesh.cell_volume * float(np.sum(magnet.moments**2))
        if ends[1][0] < ends[0][0] - TIE * scale_J:
            ends.reverse()
        (low, kept), (high, rejected) = ends
        found = saddle.found
        name = found.names[found.decisive or 0]
        means = (mean_moment(magnet, m) for m in (kept, rejected))
        self.falls.append(Fall(way.B_T(saddle.s), found.lambda_min_T, name, low, high, *means))
        magnet.move_to(kept)
        return State(saddle.s, kept, self._certified(magnet))

    def _descended(self, magnet: Magnet, way: Way, s: float, m: Array) -> State:
        """Where a descent from moments (3, N) comes to rest."""
        self._rest(magnet, way, s, m)
        return State(s, magnet.columns.copy(), self._certified(magnet))

    def _rest(self, magnet: Magnet, way: Way, s: float, m: Array) -> None:
        """Down the flow from moments (3, N) to rest; once more, tighter, where that was no rest."""
        way.set(magnet, s)
        magnet.move_to(m.copy())
        used, rested = flow_down(magnet, self._max_evaluations)
        self.field_evaluations += used
        if not rested:
            raise NotSettled(f"B = {way.B_T(s):g} T: the flow down did not come to rest within {used} fields")
        for tolerance_T in (self._tolerance_T, _TIGHTER * self._tolerance_T):
            done = magnet.equilibrate(tolerance_T, self._max_evaluations)
            self.field_evaluations += done.field_evaluations
            kept = magnet.columns.copy()
            try:
                _, polished = at_rest(magnet)
                self.field_evaluations += polished.products
                if polished.converged:
                    return
                why = ""
            except NotStationary as far:
                self.field_evaluations += far.products
                why = str(far)
                magnet.move_to(kept)
        if why:
            raise NotSettled(f"B = {way.B_T(s):g} T: a descent did not end at rest: {why}")


def instability_field(
    magnet: Magnet,
    from_T: float,
    to_T: float,
    direction: tuple[float, float, float] = (0.0, 0.0, 1.0),
) -> Instability | None:
    """Field at which the branch of a magnet's state loses its stability: a root of lambda_min, or a fold.

    Parameters
    ----------
    magnet : Magnet
        Its state first comes to rest in the field `from_T`: saturated, for the nucleation field of its mesh;
        with an upright core, for its tilt. It is left in the last field that was tried.
    from_T, to_T : float
        Range in T, from where the state is stable.
    direction : (3,) floats
        Unit vector of the field.

    Returns
    -------
    Instability or None
        None where the branch is stable all the way.

    Raises
    ------
    ValueError
        If it is a saddle there, or cells are partly filled.
    """
    axis = np.asarray(direction, dtype=float)[:, None, None, None] * np.ones((1, *magnet.mesh.shape))
    magnet.set_field(from_T * axis)
    magnet.equilibrate()
    if stability(magnet).falls():
        raise ValueError(f"from_T = {from_T:g}: the state is a saddle there; start where it is a minimum")
    return BranchFollower().instability(magnet, to_T * axis) if to_T != from_T else None


def _preferred(magnet: Magnet, saddle: State) -> Array:
    """The negative mode as it is kept in a tie, a change (3, N) of mean square 1; magnet at the saddle."""
    found, inside = saddle.found, magnet.fill > 0
    values, weights = found.spectrum.eigenvalues_T, magnet.moments / magnet.moments.sum()
    low = [
        found.changes[i][:, inside]
        for i, soft in enumerate(found.soft)
        if not soft and values[i] < min(0.0, found.lambda_min_T + ALIKE)
    ]
    motions, mean = Motions(magnet, Curvature(magnet)), saddle.m @ weights
    towards_x = motions.turned(np.array([0.0, np.copysign(1.0, mean[2]), 0.0]))
    swirl = np.cross(mean, motions.r, axisb=0, axisc=0)
    for wanted in (towards_x, swirl, motions.turned(np.array([0.0, 0.0, 1.0]))):
        mode: Array = sum(np.sum(weights * one * wanted) * one for one in low)  # type: ignore[assignment]
        if np.sqrt(np.sum(weights * mode**2)) > ALIKE:
            break
    else:
        mode = low[0]
    image, turned = _image(magnet, mode), _image(magnet, saddle.m)
    if image is not None and turned is not None and np.abs(turned - saddle.m).max() < ALIKE:
        mode = mode + np.copysign(1.0, np.sum(mode * image)) * image
    return mode / np.sqrt(np.sum(weights * mode**2))


def _image(magnet: Magnet, v: Array) -> Array | None:
    """Columns (3, N) turned half about y and reversed, which a vortex along z, and one tilted to x, outlive.

    None where the cells are not those of the turned body. Without it the residual of a mode would grow, in
    the descent, into an azimuth that depends on how the mode was found.
    """
    inside = magnet.fill > 0
    if not np.array_equal(inside, inside[::-1, :, ::-1]):
        return None
    grid = np.zeros((3, *inside.shape))
    grid[:, inside] = v
    turned = grid[:, ::-1, :, ::-1][:, inside]
    return turned * np.array([1.0, -1.0, 1.0])[:, None]
