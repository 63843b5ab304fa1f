"""What happens between two neighbouring fields of a loop: where a branch ends, and by which mode.

In: the stable states at two fields. Out: `ContinuumEvent`s, their fields found at a degree N and again at
N-1 and N-4: the larger change is the error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.optimize import brentq, newton

from reduced_model.continuum.basis import Array
from reduced_model.continuum.equilibrium import Solver
from reduced_model.continuum.follow import Step
from reduced_model.continuum.problem import COARSER, SOFT_SHIFT, Continuum, ContinuumState
from reduced_model.continuum.texture import Kind
from reduced_model.results import Tabled

EventKind = Literal[
    "nucleation", "annihilation", "tilt", "upright", "rotation", "switching", "reversal", "jump"
]
_EVENT_DEGREE: dict[Kind, int] = {"upright vortex": 16, "uniform": 12}
"""Least degree of the fields at which a state goes soft: the tilt of a core asks for more than the state."""
_FIELD_TOLERANCE_T = 1e-10
_SLOPE_STEP_T = 1e-4
"""Distance of fields from which a slope is best read: below it is rounding, above it a branch bends."""
_SHARES = (1.0, 0.5, 0.25)
"""Of the way to the next field: a branch that has become unstable may end before it."""
_NEAR = 0.1
"""Difference of the mean moment below which two states of a branch's bisection are neighbours on it."""
_FOLD_SOFT_T = 5e-3
"""Smallest curvature up to which the last state before a loss is one beside a fold, T."""
_FOLD_TOLERANCE_T, _MOMENT_TOLERANCE_T = 1e-6, 1e-9
_ANOTHER_DEGREE_T = 0.05
"""How far from a root of one degree that of another may be."""
_UNKNOWN = 0.49
"""Part of a stretch of fields from which on an error says no more than that something is there."""
_BESIDE_END = 1e-6
"""Part of the way before a branch ends at which it is still there."""
_BESIDE_JOIN = 0.01
"""Part of the way before a join at which the branch must point as the one that it goes over into."""
_ROOT_TOLERANCE = 1e-7
"""Of the eigenvalue problem where its root is sought; the eigenvalue's own error is its square."""
NO_MOMENT = 1e-6
"""Moment along the field that is none."""
KINDS: dict[tuple[Kind, Kind], EventKind] = {
    ("uniform", "upright vortex"): "nucleation",
    ("uniform", "tilted vortex"): "nucleation",
    ("upright vortex", "uniform"): "annihilation",
    ("tilted vortex", "uniform"): "annihilation",
    ("upright vortex", "tilted vortex"): "tilt",
    ("tilted vortex", "upright vortex"): "upright",
    ("nonuniform", "tilted vortex"): "nucleation",
    ("tilted vortex", "nonuniform"): "annihilation",
}
SYMMETRY: dict[Kind, int] = {"uniform": 2, "upright vortex": 1, "tilted vortex": 0, "nonuniform": 0}


@dataclass(frozen=True, eq=False)
class ContinuumEvent(Tabled):
    """A change of branch along the path, or of the sign of the moment along the field."""

    kind: EventKind
    B_T: float
    """Field: in closed form where a uniform state ends in one, else to 1e-6 T at its degree N, that of the
    states beside it, at least 16 for an upright vortex and 12 for a uniform state."""
    error_T: float
    """Its largest change from degree N-1 or N-4 to N, nan where those do not have it; none in closed form."""
    mode: str
    """The mode that goes soft there; empty where none does."""
    before: Kind
    after: Kind
    chirality: int
    """Of the state after."""
    row: int
    """First row of the loop beyond it."""
    left: ContinuumState | None = None
    """The unstable state that the branch became, at the field of that row."""
    rejected: ContinuumState | None = None
    """Where the other side of its mode leads; of the same energy where the two are a tie."""
    ends_branch: bool = True
    """Whether another branch begins; if not, the moment along the field vanished on its own."""

    def to_dict(self) -> dict[str, Any]:
        """Its values without the states."""
        names = ("kind", "B_T", "error_T", "mode", "before", "after", "chirality", "row")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return event_words(self.kind, self.B_T, self.error_T, self.mode)


def event_words(kind: str, B_T: float, error_T: float, mode: str) -> str:
    """An event as a line: where, how surely, by which mode."""
    return f"{kind} at {round(B_T, 6) + 0.0:.6f} T, error {error_words(error_T)}" + (
        f" ({mode})" if mode else ""
    )


def error_words(error_T: float) -> str:
    """What is known of an event's error: no less than what its field is sought to."""
    if math.isnan(error_T):
        return "not known: smaller degrees do not have it"
    return f"below {_FOLD_TOLERANCE_T:g} T" if error_T < _FOLD_TOLERANCE_T else f"{error_T:.1e} T"


def events_between(problem: Continuum, before: ContinuumState, step: Step, row: int) -> list[ContinuumEvent]:
    """What happened between two neighbouring fields, in path order."""
    end, turned = _end_between(problem, before, step), _loses_moment(before, step.state)
    if end is None:
        return [_moment_turns(problem, before, step, row, None)] if turned else []
    kind = _kind(problem, before, step.state, end, turned)
    left, rejected = (step.left, step.rejected) if end.mode else (None, None)
    known = (before.kind, step.state.kind, step.state.chirality, row, left, rejected)
    found = [ContinuumEvent(kind, end.B_T, end.error_T, end.mode, *known)]
    if turned and kind != "reversal":
        found.append(_moment_turns(problem, before, step, row, end))
    return sorted(found, key=lambda event: abs(event.B_T - before.B_T))


def _loses_moment(before: ContinuumState, after: ContinuumState) -> bool:
    """Whether the moment along the field, which has a sign, has another one after, or none."""
    return abs(before.along) >= NO_MOMENT > math.copysign(1.0, before.along) * after.along


def _end_between(problem: Continuum, before: ContinuumState, step: Step) -> _End | None:
    """Where a branch ends between two neighbouring fields, if one does."""
    after, jumped = step.state, step.left is not None or step.lost
    if jumped and before.kind == after.kind != "uniform" and not (step.left and step.left.softest_is_turn):
        jumped = not _is_same_branch(problem, before, after)  # which few polynomials lose, or a long step
    return _branch_end(problem, before, after, jumped) if jumped or before.kind != after.kind else None


def _kind(
    problem: Continuum, before: ContinuumState, after: ContinuumState, end: _End, turned: bool
) -> EventKind:
    """What the end of a branch is called, the moment turning over between its two states or not."""
    over, with_field = end.is_turned(before), end.B_T * before.along
    kind = KINDS.get((before.kind, after.kind), "jump")
    off_axis = not problem.aligned and before.kind == after.kind == "uniform"
    if off_axis and (over or with_field >= 0.0 or abs(before.along) < NO_MOMENT):
        sides = (before.point.mean @ problem.axis) * (after.point.mean @ problem.axis)
        # on the line of a field across the axis it is on neither: it turns onto that, or off it
        return "switching" if sides < -NO_MOMENT else "rotation"
    turns_in_it = turned and not (end.joins or over) and with_field <= 0.0
    return "reversal" if turns_in_it and kind in ("annihilation", "jump") else kind


def _moment_turns(
    problem: Continuum, before: ContinuumState, step: Step, row: int, end: _End | None
) -> ContinuumEvent:
    """Where the moment along the field vanishes on its own: before its branch ends, or after."""
    of, lasts_T = step.state, [step.state.B_T]
    if end is not None and (end.joins or end.is_turned(before)):  # before it goes over
        parts = (_BESIDE_JOIN,) if end.joins else (_BESIDE_JOIN, _BESIDE_END)
        of, lasts_T = before, [_beside(before, end.B_T, part) for part in parts]
    for last_T in lasts_T:
        B_T, error_T = _moment_vanishes(problem, of, before.B_T, last_T)
        if not error_T >= _UNKNOWN * abs(last_T - before.B_T):
            break
    is_after = end is not None and abs(end.B_T - before.B_T) <= abs(B_T - before.B_T)
    held = step.state.kind if is_after else before.kind
    chirality = step.state.chirality
    return ContinuumEvent("reversal", B_T, error_T, "", held, held, chirality, row, ends_branch=False)


def turns_over(before: ContinuumState, after: ContinuumState) -> bool:
    """Whether the moment along the field has a sign in both states, and another one after."""
    least = min(abs(before.along), abs(after.along))
    return least > NO_MOMENT and before.along * after.along < 0.0


def _is_same_branch(problem: Continuum, before: ContinuumState, after: ContinuumState) -> bool:
    """Whether the later state's branch, followed back by its own degree, holds the state before."""
    at = problem.ball_of(after, max(before.degree, after.degree))
    back = problem.followed(at, after.B_T, before.B_T, problem.carried(after, at))
    if back is None or abs(back.mean[2] - before.along) > _SAME_BRANCH:  # no field tells up from down
        return False
    return problem.apart(back, before.point) < _SAME_BRANCH


class _End(NamedTuple):
    """Where a branch ends, and the mode that goes soft there."""

    B_T: float
    error_T: float
    mode: str
    joins: bool = False
    """Whether it is the state after whose branch begins there, and the other goes over into it."""
    along: float = math.nan
    """The moment along the field of the branch of the state before, at its end; nan where unknown."""

    def is_turned(self, before: ContinuumState) -> bool:
        """Whether that has turned over since the state before."""
        return self.along * before.along < 0.0


def _goes_over(problem: Continuum, before: ContinuumState, after: ContinuumState, B_T: float) -> bool:
    """Whether a branch can go over, at a field, into that of a state after it: both point to one side there.

    A core that points against it has turned over before, wherever the branch of the state after began.
    """
    if before.along * after.along >= 0.0:
        return True
    at = problem.ball_of(before, before.degree)
    towards_T = _beside(before, B_T, _BESIDE_JOIN)
    point = problem.followed(at, before.B_T, towards_T, problem.carried(before, at))
    return point is not None and bool(point.mean[2] * after.along > 0.0)


def _beside(before: ContinuumState, B_T: float, part: float) -> float:
    return B_T + part * (before.B_T - B_T)


def _branch_end(
    problem: Continuum, before: ContinuumState, after: ContinuumState, jumped: bool
) -> _End | None:
    """Field, error, soft mode where a branch ends: of the state before or, in a joining, the one after."""
    known = _end_of_uniform(problem, before, after) or (
        _turned_as_a_whole(problem, before, after) if jumped else None
    )
    if known:
        return known
    ways = [(before, after.B_T)]
    if SYMMETRY[after.kind] > SYMMETRY[before.kind]:
        ways.insert(0, (after, before.B_T))
    for state, towards_T in ways:
        smallest = _SmallestCurvature(problem, state, state.degree)
        degree = max(state.degree, _EVENT_DEGREE.get(state.kind, 0))
        towards_T = smallest.held_towards(state.B_T, towards_T)
        if smallest(state.B_T) >= 0.0 >= smallest(towards_T):  # zero where a turn is free in no field
            B_T, slope = smallest.root_between(state.B_T, towards_T), smallest.slope
            if degree > state.degree and math.isfinite(B_T):
                finer = _SmallestCurvature(problem, smallest.found, degree)
                root = finer.root_near(B_T, slope)
                if math.isfinite(root):
                    B_T, smallest = root, finer
        else:  # so few polynomials may hold it where more do not
            smallest = _SmallestCurvature(problem, state, degree)
            if degree == state.degree or not smallest(state.B_T) > 0.0 > smallest(towards_T):
                continue
            B_T, slope = smallest.root_between(state.B_T, towards_T), smallest.slope
        if not math.isfinite(B_T):
            continue
        joins = state is after
        if joins and not _goes_over(problem, before, after, B_T):
            continue
        others = [
            _SmallestCurvature(problem, smallest.found, degree - less).root_near(B_T, slope)
            for less in COARSER
        ]
        free = problem.free_in_no_field(smallest.found.point) and smallest.found.kind != "uniform"
        mode = "azimuth of the core" if free else smallest.found.softest
        along = math.nan if joins else smallest.found.along
        return _End(B_T, float(np.abs(np.array(others) - B_T).max()), mode, joins, along)
    if not jumped:
        return None
    last = _fold(problem, before, after.B_T, before.degree)
    coarser = _fold(problem, before, after.B_T, before.degree - COARSER[-1])
    if last is None:
        return _End(0.5 * (before.B_T + after.B_T), 0.5 * abs(before.B_T - after.B_T), "")
    change = abs(coarser.B_T - last.B_T) if coarser is not None else math.nan
    return _End(last.B_T, change + _FOLD_TOLERANCE_T, last.softest, along=last.along)


def _end_of_uniform(problem: Continuum, before: ContinuumState, after: ContinuumState) -> _End | None:
    """Field, error, mode where the uniform state along the field ends, or is joined, in closed form."""
    low_T, high_T = sorted((before.B_T, after.B_T))
    may_join = SYMMETRY[after.kind] > SYMMETRY[before.kind]
    for state in ((after, before) if may_join else (before,)) if problem.aligned else ():
        end_T, mode = problem.uniform_end(state.along)
        if state.kind == "uniform" and low_T <= end_T <= high_T:
            joins = state is after
            if not joins or _goes_over(problem, before, after, end_T):
                return _End(end_T, _FIELD_TOLERANCE_T, mode, joins)
    return None


def _turned_as_a_whole(problem: Continuum, before: ContinuumState, after: ContinuumState) -> _End | None:
    """Field, error, mode where symmetry or a closed form says that a state turns over as a whole.

    A uniform one off the easy axis by turning, if nothing else is soft before; without anisotropy any, as the
    field changes sign.
    """
    way = sorted((before.B_T, after.B_T))
    if problem.k == 0.0 and before.along * after.B_T < 0.0 and before.B_T * after.B_T <= 0.0:
        uniform = before.kind == "uniform"
        return _End(0.0, 0.0, "coherent rotation" if uniform else "tilt of the core")
    end_T = problem.turning_field_T(before.point, after.B_T)
    if not way[0] <= end_T <= way[1]:
        return None
    just_before_T = _beside(before, end_T, _BESIDE_END)
    point = problem.stationary(problem.ball_of(before, before.degree), just_before_T, before.point.c)
    if point is None:
        return None
    there = problem.certified(just_before_T, point, False, before.spectrum.modes, k=2)
    if not there.lambda_min_T > 0.0:
        return None
    return _End(end_T, 0.0, "coherent rotation", along=there.along)


class _SmallestCurvature:
    """The smallest curvature of a state's own branch as a function of the field, T, and its zero."""

    def __init__(self, problem: Continuum, state: ContinuumState, degree: int) -> None:
        self.problem, self.found = problem, state
        self.at = problem.ball_of(state, degree)
        self._c, self._c_at_T = problem.carried(state, self.at), state.B_T
        self._modes: Array | None = None
        self._known: dict[float, float] = {}

    def __call__(self, B_T: float) -> float:
        """The curvature, T; nan where the branch has ended."""
        if B_T not in self._known:
            self._known[B_T] = self._solved(B_T)
        return self._known[B_T]

    def _near(self, B_T: float, root_T: float) -> float:
        """The same; nan where the field is not, or lies too far from a root of another degree."""
        return self(B_T) if abs(B_T - root_T) < _ANOTHER_DEGREE_T else math.nan

    def held_towards(self, B_T: float, towards_T: float) -> float:
        """The field farthest from one at which the branch is held, of another and of shares of the way."""
        fields = [B_T + (towards_T - B_T) * share for share in _SHARES]
        return next((field for field in fields if math.isfinite(self(field))), towards_T)

    @property
    def slope(self) -> float:
        """Its change with the field where it was last asked for."""
        (*rest, (B_T, value)) = self._known.items()
        other, there = min(rest, key=lambda known: abs(abs(known[0] - B_T) - _SLOPE_STEP_T))
        return (value - there) / (B_T - other)

    def root_between(self, first_T: float, last_T: float) -> float:
        """The field where it vanishes, between two where its signs differ; nan if the branch ends."""
        try:
            return float(brentq(self, first_T, last_T, xtol=_FIELD_TOLERANCE_T, rtol=1e-15))
        except ValueError:  # brentq's word for a nan on the way
            return math.nan

    def root_near(self, B_T: float, slope: float) -> float:
        """The field where it vanishes, near one where another degree has it; nan if it is not found."""
        first = self(B_T)
        if abs(first) < _FIELD_TOLERANCE_T * abs(slope):
            return B_T
        try:
            x1 = B_T - first / slope
            return float(newton(self._near, B_T, x1=x1, args=(B_T,), tol=_FIELD_TOLERANCE_T, maxiter=10))
        except RuntimeError:  # it does not converge: this degree does not have it
            return math.nan

    def _solved(self, B_T: float) -> float:
        point = self.problem.followed(self.at, self._c_at_T, B_T, self._c)
        if point is None:
            return math.nan
        self.found = self.problem.certified(
            *(B_T, point, self.found.axisymmetric, self._modes),
            k=2,
            shift=SOFT_SHIFT,
            tolerance=_ROOT_TOLERANCE,
        )
        self._c, self._modes, self._c_at_T = point.c, self.found.spectrum.modes, B_T
        least = self.found.solved_lambda_T
        return min(least, 0.0) if self.problem.free_in_no_field(point) else least


def _fold(problem: Continuum, state: ContinuumState, towards_T: float, degree: int) -> ContinuumState | None:
    """The last stable state of a branch that ends in a fold before a field, to 1e-6 T, by bisection.

    None if no fold is found: the smallest curvature of a branch goes to zero at its end.
    """
    same = problem.refined(state, degree)
    if same is None or same.lambda_min_T < 0.0:
        return None
    at, beyond_T = problem.ball_of(state, degree), towards_T
    while abs(beyond_T - same.B_T) > _FOLD_TOLERANCE_T:
        middle = 0.5 * (beyond_T + same.B_T)
        point = problem.followed(at, same.B_T, middle, problem.carried(same, at))
        if point is not None:
            found = problem.certified(middle, point, state.axisymmetric, start=same.spectrum.modes, k=2)
            alike = found.lambda_min_T > 0.0 and found.kind == same.kind
            if alike and _leads_back(problem, found, same):
                same = found
                continue
        beyond_T = middle
    return same if same.lambda_min_T < _FOLD_SOFT_T else None


def _leads_back(problem: Continuum, found: ContinuumState, same: ContinuumState) -> bool:
    """Whether a state that a branch seems to lead to is on it: near, or it leads back."""
    if problem.apart(found.point, same.point) < _NEAR:
        return True
    at = problem.ball_of(same, same.degree)
    back = problem.followed(at, found.B_T, same.B_T, problem.carried(found, at))
    return back is not None and problem.apart(back, same.point) < _SAME_BRANCH


def _moment_vanishes(
    problem: Continuum, of: ContinuumState, first_T: float, last_T: float
) -> tuple[float, float]:
    """Where the moment of a branch changes its sign between two fields, and its change with the degree."""
    fields = []
    for degree in (of.degree, *(of.degree - less for less in COARSER)):
        end = of if degree == of.degree else problem.refined(of, degree)
        if end is None:
            fields.append(math.nan)
            continue
        if abs(end.along) < NO_MOMENT:
            fields.append(of.B_T)
            continue
        at = problem.ball_of(of, degree)
        c = problem.carried(end, at)

        def moment(B_T: float, at: Solver = at, c: Array = c) -> float:
            point = problem.followed(at, of.B_T, B_T, c)
            return float(point.mean[2]) if point is not None else math.nan

        try:
            fields.append(float(brentq(moment, first_T, last_T, xtol=_MOMENT_TOLERANCE_T)))
        except ValueError:  # the branch ends, or does not change its sign, at this degree
            fields.append(math.nan)
    if not math.isfinite(fields[0]):
        return 0.5 * (first_T + last_T), 0.5 * abs(first_T - last_T)
    change = float(np.abs(np.array(fields[1:]) - fields[0]).max())
    return fields[0], change + _MOMENT_TOLERANCE_T


_SAME_BRANCH = 0.02
"""Difference of the mean moment, at another degree, up to which a state is the same."""
