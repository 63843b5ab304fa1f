"""All branches of a sphere's continuum, solved at as few fields as an interpolation between them needs.

In: a radius, a material, the direction of the field. Out: `ContinuumBranches`.

The stable branches are followed from saturation down; where one goes on as a saddle it is followed on. Then
gaps are halved until an interpolation foretells what is solved. B -> -B, m -> -m gives the other half.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from reduced_model.continuum.basis import Array
from reduced_model.continuum.branches import (
    OBSERVABLES,
    SECTORS,
    UNKNOWN,
    BranchEvent,
    ContinuumBranch,
    ContinuumBranches,
    branch_of,
    interpolated,
)
from reduced_model.continuum.equilibrium import NotResolved
from reduced_model.continuum.events import NO_MOMENT, ContinuumEvent
from reduced_model.continuum.loop import (
    check_accuracy,
    degrees_for,
    followed,
    unit_direction,
    wanted,
)
from reduced_model.continuum.problem import Continuum, ContinuumState
from reduced_model.continuum.record import of_state, state_of
from reduced_model.continuum.texture import Kind
from reduced_model.continuum.uniform_branch import in_closed_form
from reduced_model.errors import positive
from reduced_model.materials import Material
from reduced_model.materials import material as known_material
from reduced_model.nucleation.spinodals import on_axis_nucleation_field

_STEPS = 6
"""Fields between the loss of the uniform state and zero, to begin with."""
_ABOVE = 2
"""Fields above those where nothing is known of the loss of the uniform state, off the axis."""
_BESIDE = 0.02
"""How far beside the loss of the uniform state the first fields are, as a share of the field scale."""
_STATES_A_FIELD = 2
"""A state for the field and one for the gap below it, by which the way to go is counted."""
_DEEPEST = 3
"""How often a gap between fields is halved."""
_SHRINKS = 8.0
"""By how much less the halves of a gap miss than the gap: by a sixteenth in the limit of small ones."""
_SHRINKS_AT_A_FOLD = 0.5
"""And of the gap that ends in a fold, where a state goes with the root of the field and a spline swings."""
_MAY_MISS = {"m": 1.0, "core_angle_deg": 1e3, "nu": 50.0, "nu_m_z": 50.0}
"""What an interpolation may miss by, in units of the wanted error of m."""
_SAME_M, _SAME_DEG = 0.03, 10.0
"""Differences at one field up to which two branches are one."""
_MEET_T = 1e-9
"""Range of common fields of two branches that have but an end in common."""
_SOFT_T = 1e-5
"""Smallest curvature up to which a branch may end where it meets another."""
_JOINS = 0.35
"""Part of the change of m since a branch ended by which the next may miss its end, if they join there."""
_HELD_BEYOND = 16
"""Degree up to which a branch is followed as a saddle: its core narrows against the field."""
_LONGER = 1.4
"""How steps along an unstable branch grow."""
_END = 1.0 / 4.0
"""Part of a step to which the end of an unstable branch is sought."""


class Known(NamedTuple):
    """What is kept of a state."""

    values: dict[str, float]
    errors: dict[str, float]


@dataclass
class _Piece:
    """A stable stretch of the way down, and what its branch is beyond."""

    kind: Kind
    known: dict[float, Known] = field(default_factory=dict)
    """By the field."""
    states: list[ContinuumState] = field(default_factory=list)
    """The stable ones, on the way down."""
    low_T: float = -math.inf
    high_T: float = math.inf
    continuous: bool = False
    """Whether it joins the stretch before where it begins."""


def continuum_branches(
    *,
    radius_m: float,
    material: Material | str = "iron",
    direction: Sequence[float] = (0.0, 0.0, 1.0),
    maximum_T: float = 1.0,
    accuracy: float = 1e-3,
    on_step: Callable[[int, int], None] | None = None,
    kept: MutableMapping[str, Any] | None = None,
) -> ContinuumBranches:
    """Solve the branches of a sphere's continuum for fields from -maximum_T to maximum_T.

    Parameters
    ----------
    radius_m : float
    material : Material or str
        Its axis is the easy axis.
    direction : sequence of float, shape (3,)
        Of the field, of any length.
    maximum_T : float
        Largest field; raised to where the uniform state ends, if that lies beyond.
    accuracy : float
        As for `continuum_loop`; an interpolation of m adds no more than that, or says so.
    on_step : callable, optional
        Called with the number of states solved, and how many there will be about.
    kept : mutable mapping, optional
        Takes plain values of every state that is solved, and gives them to a call that goes on.

    Raises
    ------
    NotResolved
        If not even the first state is one that polynomials hold. If a later one is not, `refused` says so.

    Examples
    --------
    >>> small = continuum_branches(radius_m=6e-9, material="iron")
    >>> small.path([1.0, 0.0, -0.05, -0.06]).tolist(), str(small.events[0])[:21]
    ([0, 0, 0, 1], 'reversal at -0.056471')
    """
    check_accuracy(accuracy)
    along = unit_direction(direction)
    problem = Continuum(known_material(material), positive("radius_m", radius_m), along)
    return _Survey(problem, accuracy, positive("maximum_T", maximum_T), on_step, kept).result(along)


class _Survey:
    """The work on one sphere."""

    def __init__(
        self,
        problem: Continuum,
        accuracy: float,
        maximum_T: float,
        on_step: Callable[[int, int], None] | None,
        kept: MutableMapping[str, Any] | None = None,
    ) -> None:
        self.problem, self.accuracy, self.on_step = problem, accuracy, on_step
        self.kept = kept
        m = problem.material
        self.lost_T = -math.inf
        closed = on_axis_nucleation_field(m, problem.radius_m)
        if problem.aligned:
            self.lost_T = closed.uniform_lost_T
        scale = max(abs(closed.uniform_lost_T), abs(closed.coherent_T), 0.02 * m.mu0Ms_T)
        if not problem.aligned:  # across the axis curling has one anisotropy field more to overcome
            scale += abs(closed.coherent_T)
        self.scale_T = scale
        self.maximum_T = max(maximum_T, (1.0 + 2.0 * _BESIDE) * scale)
        self.solved = 0
        self.to_come = 0
        """About how many states are still to be solved."""
        self.refused = ""
        self.events: list[ContinuumEvent] = []
        self.pieces: list[_Piece] = []

    def result(self, direction: tuple[float, float, float]) -> ContinuumBranches:
        """All branches, and how the stable ones follow one another."""
        pieces = self.pieces = self._way_down()
        for piece, event in zip(pieces, [*self._ends(), None], strict=False):
            self._refine(piece, folds=event is not None and event.left is None)
            if event is not None and event.left is not None and piece.states:
                self._beyond(piece)
        branches, links = _joined(pieces)
        names = ("kind", "B_T", "error_T", "mode", "before", "after")
        return ContinuumBranches(
            branches=tuple(in_closed_form(self.problem, branch) for branch in branches),
            links=links,
            events=tuple(BranchEvent(**{n: getattr(event, n) for n in names}) for event in self.events),
            radius_m=self.problem.radius_m,
            material=self.problem.material,
            direction=direction,
            accuracy=self.accuracy,
            refused=self.refused,
        )

    def _ends(self) -> list[ContinuumEvent]:
        return [event for event in self.events if event.ends_branch]

    def _fields(self) -> Iterator[float]:
        """Fields of the way down; it is left where nothing new can come."""
        beside, step = _BESIDE * self.scale_T, self.scale_T / _STEPS
        if not self.problem.aligned:  # symmetric about zero: the way on is known from the way there
            above = np.linspace(self.maximum_T, self.scale_T, _ABOVE, endpoint=False)
            down = np.concatenate((above, np.linspace(self.scale_T, 0.0, _STEPS + 1)))
            yield from np.concatenate((down, -down[-2::-1])).tolist()
            return
        yield max(self.lost_T, 0.0) + beside  # the state of the first field is the uniform one along it
        first = self.lost_T - beside
        yield first
        if first > 0.0:
            yield from np.linspace(first, 0.0, _STEPS + 1)[1:].tolist()
        lowest = min(first, 0.0)
        yield from np.arange(lowest - step, -self.maximum_T, -step).tolist()

    def _way_down(self) -> list[_Piece]:
        """The stable stretches from saturation on."""
        pieces: list[_Piece] = []
        try:
            fields = list(self._fields())
            for state, found in followed(self.problem, fields, self.accuracy, count=False, kept=self.kept):
                self.to_come = _STATES_A_FIELD * int(np.count_nonzero(np.array(fields) < state.B_T))
                self.events += found
                ends = [event for event in found if event.ends_branch]
                if not pieces:
                    pieces.append(_Piece(state.kind, high_T=self.maximum_T))
                elif ends or state.kind != pieces[-1].kind:
                    B_T = ends[0].B_T if ends else 0.5 * (pieces[-1].states[-1].B_T + state.B_T)
                    pieces.append(self._after(pieces[-1], state, B_T))
                self._keep(pieces[-1], state)
                if self._nothing_new(pieces, state):
                    break
        except NotResolved as why:
            if not pieces:
                raise
            self.refused = str(why)
            pieces[-1].low_T = pieces[-1].states[-1].B_T
        if pieces[-1].low_T == -math.inf:
            pieces[-1].low_T = pieces[-1].states[-1].B_T
        if self._closed(pieces[0]):
            self._saturated(pieces[0])
        if self._closed(pieces[-1]) and len(pieces) > 1:
            pieces[-1].known.clear()  # the mirror image of the first
        return pieces

    def _after(self, before: _Piece, state: ContinuumState, B_T: float) -> _Piece:
        """The stretch that begins with a state, its predecessor's branch having ended at a field."""
        piece = _Piece(state.kind, high_T=B_T)
        before.low_T = B_T
        end = self._solved(before.states[-1], B_T)
        if end is None:
            return piece
        if not self._closed(before):
            self._keep(before, end, stable=False)
        half = self._solved(state, 0.5 * (state.B_T + B_T))
        if half is None:
            return piece
        self._keep(piece, half)
        at_end = 2.0 * half.along - state.along  # the branch as a straight line
        if abs(at_end - end.along) < _JOINS * abs(state.along - end.along) + self.accuracy:
            piece.continuous = True
            known = observed(end)
            known.values.update(lambda_min_T=0.0, lambda_kept_T=0.0, lambda_broken_T=math.nan)
            piece.known[B_T] = known
        return piece

    def _nothing_new(self, pieces: list[_Piece], state: ContinuumState) -> bool:
        """Whether the rest of the way down is the mirror image of what is known."""
        piece = pieces[-1]
        if self._closed(piece):
            return state.along < 0.0
        if state.B_T > 0.0 or not self.problem.aligned:
            return False
        if state.B_T == 0.0:
            return piece.continuous and abs(state.along) < NO_MOMENT
        here = _Piece(piece.kind, {state.B_T: piece.known[state.B_T]})
        return any(_same(_branch(here), _branch(other).mirrored()) for other in pieces[:-1] if other.known)

    def _closed(self, piece: _Piece) -> bool:
        """Whether its states are known in closed form: uniform, along the field."""
        return piece.kind == "uniform" and self.problem.aligned

    def _saturated(self, piece: _Piece) -> None:
        """The uniform state, in closed form, at every field."""
        m, volume = self.problem.material, 4.0 * math.pi / 3.0 * self.problem.radius_m**3
        piece.known.clear()
        for B_T in (-self.maximum_T, self.lost_T, self.maximum_T):
            values = dict.fromkeys(OBSERVABLES, 0.0)
            values |= {
                "m": 1.0,
                "anisotropy_J": -m.Ku_J_per_m3 * volume,
                "zeeman_J": -m.Ms_A_per_m * B_T * volume,
                "magnetostatic_J": m.magnetostatic_J_per_m3 * volume / 6.0,
                "lambda_min_T": B_T - self.lost_T,
            }
            values["total_J"] = values["anisotropy_J"] + values["zeeman_J"] + values["magnetostatic_J"]
            piece.known[B_T] = Known(values, dict.fromkeys(OBSERVABLES, 0.0))
        piece.low_T = self.lost_T

    def _keep(self, piece: _Piece, state: ContinuumState, *, stable: bool = True) -> None:
        self.solved += 1
        piece.known[state.B_T] = observed(state)
        if self.problem.k == 0.0 and state.B_T == 0.0:  # a turn that costs nothing here does beside it
            piece.known[state.B_T].values.update(lambda_min_T=0.0, lambda_broken_T=0.0)
        if stable:
            piece.states.append(state)
        if self.on_step is not None:
            self.on_step(self.solved, self.solved + self.to_come)

    def _solved(self, near: ContinuumState, B_T: float) -> ContinuumState | None:
        """The state of a known one's own branch at another field; None if the branch ends before it."""
        place = f"from {near.kind}, {near.B_T!r} T, m = {near.along:.6f}, to {B_T!r} T"
        if self.kept is not None and place in self.kept:
            values = self.kept[place]
            return None if values is None else state_of(self.problem, values)
        state = self._on_its_branch(near, B_T)
        if self.kept is not None:
            self.kept[place] = None if state is None else of_state(state)
        return state

    def _on_its_branch(self, near: ContinuumState, B_T: float) -> ContinuumState | None:
        problem, at = self.problem, self.problem.ball_of(near, near.degree)
        point = problem.followed(at, near.B_T, B_T, problem.carried(near, at))
        if point is None:
            return None
        shift = problem.shift_beside(near, B_T)
        state = problem.certified(B_T, point, near.axisymmetric, start=near.spectrum.modes, shift=shift)
        symmetric = state.axisymmetric
        try:
            degrees = degrees_for(self.accuracy, problem)[symmetric]
            state = problem.to_accuracy(state, wanted(self.accuracy, symmetric), degrees)
        except NotResolved:  # so many polynomials do not hold it: here the branch ends for us
            return None
        return state if state.kind == near.kind or state.kind == "uniform" else None

    def _refine(self, piece: _Piece, *, folds: bool) -> None:
        """Halve the gaps of a stable stretch, that may end in a fold, until an interpolation foretells it."""
        states = {state.B_T: state for state in piece.states}
        gaps = [(gap, 0) for gap in pairwise(sorted(piece.known))] if not self._closed(piece) else []
        while gaps:
            (low, high), depth = gaps.pop()
            self.to_come = len(gaps) + self._later(piece)
            middle = 0.5 * (low + high)
            near = min(states, key=lambda B_T: abs(B_T - middle))
            state = self._solved(states[near], middle)
            if state is None:
                continue
            foretold = {name: self._between(piece, name, middle) for name in OBSERVABLES}
            self._keep(piece, state)
            states[middle] = state
            found = piece.known[middle].values
            at_fold = folds and low == min(piece.known)
            shrinks = _SHRINKS_AT_A_FOLD if at_fold else _SHRINKS
            missed = {name: abs(foretold[name] - found[name]) / shrinks for name in OBSERVABLES}
            for B_T in (low, middle, high):
                errors = piece.known[B_T].errors
                for name, value in missed.items():
                    errors[name] = float(np.fmax(errors[name], value))
            allowed = wanted(self.accuracy, state.axisymmetric)
            if depth + 1 < _DEEPEST and any(
                missed[name] > share * allowed for name, share in _MAY_MISS.items()
            ):
                gaps += [((low, middle), depth + 1), ((middle, high), depth + 1)]

    def _beyond(self, piece: _Piece) -> None:
        """Follow a branch on where it is stable no more."""
        state, step = piece.states[-1], self.scale_T / _STEPS
        B_T, smallest = min(piece.known), _END * step
        while step >= smallest and B_T - step >= -self.maximum_T and state.degree <= _HELD_BEYOND:
            found = self._solved(state, B_T - step)
            if found is None:
                step *= 0.5
                continue
            self._keep(piece, found, stable=False)
            state, B_T, step = found, found.B_T, _LONGER * step

    def _later(self, piece: _Piece) -> int:
        """Gaps of the stretches after one."""
        rest = self.pieces[self.pieces.index(piece) + 1 :]
        return sum(max(len(other.known) - 1, 0) for other in rest if not self._closed(other))

    @staticmethod
    def _between(piece: _Piece, name: str, B_T: float) -> float:
        fields = np.array(sorted(piece.known))
        values = _columns([piece.known[B].values for B in fields.tolist()], OBSERVABLES + SECTORS)
        return float(interpolated(name, fields, values, B_T))


def observed(state: ContinuumState) -> Known:
    """The observables of a state, and their change with the degree."""
    values = _values(state)
    if not state.coarser:
        unknown = dict.fromkeys(OBSERVABLES, math.nan if state.kind != "uniform" else 0.0)
        return Known(values, unknown)
    coarser = [_values(other) for other in state.coarser]
    errors = {name: max(abs(other[name] - values[name]) for other in coarser) for name in OBSERVABLES}
    return Known(values, errors | {"lambda_min_T": state.lambda_error_T})


def _values(state: ContinuumState) -> dict[str, float]:
    core, fit = state.core, state.fit
    angle = math.degrees(math.atan2(math.hypot(core[0], core[1]), core[2]))
    nu = (fit.nu, fit.nu_m_phi, fit.nu_m_z) if fit else (0.0, 0.0, 0.0)
    energies = {f"{name}_J": value for name, value in state.energies_J.items()}
    names = ("m", "core_angle_deg", "nu", "nu_m_phi", "nu_m_z", "lambda_min_T")
    values = (state.along, angle, *nu, state.lambda_min_T)
    lowest = (state.lowest_T.get(breaks, math.nan) for breaks in (False, True))
    return dict(zip(names + SECTORS, (*values, *lowest), strict=True)) | energies


def _branch(piece: _Piece) -> ContinuumBranch:
    fields = np.array(sorted(piece.known))
    known = [piece.known[B_T] for B_T in fields.tolist()]
    values = _columns([one.values for one in known], OBSERVABLES + SECTORS)
    errors = _columns([one.errors for one in known], OBSERVABLES)
    stable = (piece.low_T, piece.high_T) if piece.low_T < piece.high_T else None
    return branch_of(piece.kind, fields, values, errors, stable)


def _columns(rows: Sequence[dict[str, float]], names: Sequence[str]) -> dict[str, Array]:
    """Values by name, (n,); nan where a row has none."""
    return {name: np.array([row.get(name, math.nan) for row in rows]) for name in names}


def _same(one: ContinuumBranch, other: ContinuumBranch) -> bool:
    """Whether two are one branch, as the fields that both hold tell."""
    if one.kind != other.kind:
        return False
    fields = np.concatenate((one.B_T, other.B_T))
    low, high = max(one.B_T[0], other.B_T[0]), min(one.B_T[-1], other.B_T[-1])
    common = fields[(fields >= low) & (fields <= high)]
    if not common.size:
        return False
    m, angle = (np.abs(one.at(n, common)[0] - other.at(n, common)[0]) for n in ("m", "core_angle_deg"))
    (a, a_error), (b, b_error) = (branch.at("lambda_min_T", common) for branch in (one, other))
    if high - low < _MEET_T and min(one.B_T.size, other.B_T.size) > 1 and (np.minimum(a, b) <= _SOFT_T).any():
        return False  # where one ends and joins the other; a branch that goes on is not soft there
    apart = (a * b < 0.0) & (np.abs(a) > a_error) & (np.abs(b) > b_error)  # a minimum and a saddle
    return bool((m < _SAME_M).all() and (angle < _SAME_DEG).all() and not apart.any())


def _merged(one: ContinuumBranch, other: ContinuumBranch) -> ContinuumBranch:
    """Two that are one branch, as one: what the first has counts."""
    new = np.array([np.abs(one.B_T - B_T).min() > 1e-6 for B_T in other.B_T])
    fields = np.concatenate((one.B_T, other.B_T[new]))
    order = np.argsort(fields)
    values, errors = (
        {n: np.concatenate((a[n], b[n][new]))[order] for n in a}
        for a, b in ((one.values, other.values), (one.errors, other.errors))
    )
    ranges = [branch.stable_T for branch in (one, other) if branch.stable_T is not None]
    stable = (min(r[0] for r in ranges), max(r[1] for r in ranges)) if ranges else None
    return branch_of(one.kind, fields[order], values, errors, stable)


def _joined(pieces: list[_Piece]) -> tuple[tuple[ContinuumBranch, ...], tuple[tuple[int, int], ...]]:
    """The branches with their mirror images, each once, and the stable neighbour of each below and above."""
    branches: list[ContinuumBranch] = []

    def place(branch: ContinuumBranch) -> int:
        for k, known in enumerate(branches):
            if _same(known, branch):
                branches[k] = _merged(known, branch)
                return k
        branches.append(branch)
        return len(branches) - 1

    kept = [piece for piece in pieces if piece.known]
    down = [place(_branch(piece)) for piece in kept]
    up = [place(_branch(piece).mirrored()) for piece in kept]
    if len(kept) < len(pieces):  # the way down ends in the mirror image of saturation
        down.append(up[0])
        up.append(down[0])
    links = [[UNKNOWN, UNKNOWN] for _ in branches]
    for k, piece in enumerate(pieces[1:], start=1):
        links[down[k - 1]][0] = down[k]
        links[up[k - 1]][1] = up[k]
        if piece.continuous:
            links[down[k]][1] = down[k - 1]
            links[up[k]][0] = up[k - 1]
    return tuple(branches), tuple((below, above) for below, above in links)
