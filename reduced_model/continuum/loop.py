"""Loops of the continuum: a stable state at every field, certified, with its error; events between fields.

In: fields along one direction, a radius, a material. Out: a `ContinuumLoop`.

At every field the state of the field before is carried on as the stationary point of its own branch. Its
curvature is computed; where it is negative both sides of the mode are followed downhill and the lower end is
kept (ties: the chirality is +1, a core tilts towards +x), until nothing is left to fall into. Every number is
computed at degree N, and again at N-1 and N-4: its error is the larger change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, newton

from reduced_model.continuum.basis import Array
from reduced_model.continuum.equilibrium import NotResolved, Solver
from reduced_model.continuum.follow import FULL_DEGREE, NEGATIVE_T, Step, first_state, next_state, settled
from reduced_model.continuum.problem import (
    COARSER,
    SOFT_SHIFT,
    Continuum,
    ContinuumState,
    Kind,
    Stability,
)
from reduced_model.errors import ModelError, column, finite, positive
from reduced_model.materials import Material
from reduced_model.materials import material as known_material
from reduced_model.results import Result, Table, axes_for, notebook_html

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EventKind = Literal["nucleation", "annihilation", "tilt", "upright", "reversal", "jump"]
_DEGREES = {True: (8, 12, 16, 20, 24), False: (8, FULL_DEGREE, 14, 16)}
"""Degrees tried, for states axisymmetric about the field and for others."""
_COARSE = 1e-3
"""Accuracy from which on the smallest of them will do to begin with."""
_UNSYMMETRIC = 10.0
"""How many times the accuracy is asked of states that are not axisymmetric."""
_EVENT_DEGREE = 16
"""Least degree of the fields at which an upright vortex goes soft: the tilt of a core asks for more."""
_FIELD_TOLERANCE_T = 1e-10
_SLOPE_STEP_T = 1e-4
"""Distance of fields from which a slope is best read: below it is rounding, above it a branch bends."""
_SMALL_STEP_T = 0.01
"""Field step over which a branch of states that differ by more than a tenth is another branch."""
_FOLD_SOFT_T = 5e-3
"""Smallest curvature up to which the last state before a loss is one beside a fold, T."""
_FOLD_TOLERANCE_T = 1e-6
_ROOT_TOLERANCE = 1e-7
"""Of the eigenvalue problem where its root is sought; the eigenvalue's own error is its square."""
_INERTIA_EVERY = 10
_FALLS = 4
"""How often a state may turn out a saddle at a larger degree."""
_NO_MOMENT = 1e-6
_KINDS: dict[tuple[Kind, Kind], EventKind] = {
    ("uniform", "upright vortex"): "nucleation",
    ("uniform", "tilted vortex"): "nucleation",
    ("upright vortex", "uniform"): "annihilation",
    ("tilted vortex", "uniform"): "annihilation",
    ("upright vortex", "tilted vortex"): "tilt",
    ("tilted vortex", "upright vortex"): "upright",
    ("nonuniform", "tilted vortex"): "nucleation",
    ("tilted vortex", "nonuniform"): "annihilation",
}
_SYMMETRY: dict[Kind, int] = {"uniform": 2, "upright vortex": 1, "tilted vortex": 0, "nonuniform": 0}
_DIRECTION = (0.0, 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class ContinuumEvent:
    """A change of branch along the path, or of the sign of the moment along the field."""

    kind: EventKind
    B_T: float
    """Field, to 1e-6 T at its degree N: that of the states beside it, at least 16 for an upright vortex."""
    error_T: float
    """Its largest change from degree N-1 or N-4 to N; nan where those do not have it."""
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
        mode = f" ({self.mode})" if self.mode else ""
        return f"{self.kind} at {self.B_T:.6f} T, error {self.error_T:.1e} T{mode}"


@dataclass(frozen=True, eq=False)
class ContinuumLoop(Result):
    """Stable states of the continuum along a path of fields, (n,) each, in path order, read-only."""

    B_T: Array
    """Applied field along `direction`."""
    m: Array
    """Mean magnetisation in the frame of the material's axis, (n, 3)."""
    m_error: Array
    """Largest change of m from degree N-1 or N-4 to N; a free azimuth does not count."""
    lambda_min_T: Array
    """Smallest curvature of the energy, T; what costs nothing by symmetry left out."""
    lambda_error_T: Array
    """Its largest change between the same degrees."""
    N: Array
    """Degree of the polynomials."""
    states: tuple[ContinuumState, ...]
    """The state at every field: m(r), energies, a `discretisedfield.Field` on any mesh."""
    events: tuple[ContinuumEvent, ...]
    """Changes of branch, in path order."""
    radius_m: float
    material: Material
    direction: tuple[float, float, float]
    """Of the field, of length one."""

    table_columns: ClassVar[tuple[str, ...]] = (
        *("B_T", "mx", "my", "mz", "m_error", "lambda_min_T", "lambda_error_T", "state", "stability", "N"),
    )

    @property
    def mx(self) -> Array:
        """Mean magnetisation along x."""
        return self.m[:, 0]

    @property
    def my(self) -> Array:
        """Mean magnetisation along y."""
        return self.m[:, 1]

    @property
    def mz(self) -> Array:
        """Mean magnetisation along z."""
        return self.m[:, 2]

    @property
    def m_along(self) -> Array:
        """Mean magnetisation along the field's direction."""
        return self.m @ np.array(self.direction)

    @property
    def state(self) -> tuple[Kind, ...]:
        """What every state is."""
        return tuple(state.kind for state in self.states)

    @property
    def stability(self) -> tuple[Stability, ...]:
        """Minimum or saddle; undecided where the smallest curvature is below its error."""
        return tuple(state.stability for state in self.states)

    @property
    def title(self) -> str:
        """Material and radius in a few words."""
        return f"{self.material.name}, R = {self.radius_m * 1e9:g} nm, continuum"

    def to_dict(self) -> dict[str, Any]:
        """The loop for programs: settings, columns, events."""
        names = ("B_T", "m", "m_error", "lambda_min_T", "lambda_error_T", "state", "stability", "N")
        return {
            "radius_nm": round(self.radius_m * 1e9, 9),
            "material": self.material.name,
            "direction": self.direction,
            **{name: getattr(self, name) for name in names},
            "events": [event.to_dict() for event in self.events],
        }

    def to_table(self) -> Table:
        """A row a field: title, header, rows."""
        header = ("B (T)", "m along B", "error", "lambda_min (mT)", "error", "state", "N")
        columns = (
            *(self.B_T, self.m_along, self.m_error, self.lambda_min_T * 1e3, self.lambda_error_T * 1e3),
            *(self.state, self.stability, self.N),
        )
        rows = [
            (f"{B:g}", f"{m:.5f}", f"{e:.0e}", f"{value:.3f}", f"{error:.0e}", f"{kind}, {stability}", int(N))
            for B, m, e, value, error, kind, stability, N in zip(*columns, strict=True)
        ]
        return self.title, header, rows

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the magnetisation along the field, its error bars and the events; returns the axes."""
        ax = axes_for(ax)
        ax.errorbar(self.B_T, self.m_along, yerr=self.m_error, label=self.title)
        for event in self.events:
            ax.axvline(event.B_T, color="0.7", linewidth=0.8, linestyle=":")
        ax.set_xlabel("B (T)")
        ax.set_ylabel("m along B")
        ax.set_title(self.title)
        return ax

    def __repr__(self) -> str:
        return f"ContinuumLoop({self.title}, {self.B_T.size} fields, {len(self.events)} events)"

    def _repr_html_(self) -> str:
        """The drawing and the events, for a notebook."""
        rows = [(e.kind, f"{e.B_T:.6f}", f"{e.error_T:.1e}", e.mode) for e in self.events]
        return notebook_html(
            self.plot, (4.8, 3.2), (self.title, ("event", "B (T)", "error (T)", "mode"), rows)
        )


def continuum_loop(
    B_T: ArrayLike,
    *,
    radius_m: float,
    material: Material | str = "iron",
    direction: Sequence[float] = _DIRECTION,
    accuracy: float = 1e-4,
    on_step: Callable[[int, int], None] | None = None,
) -> ContinuumLoop:
    """Follow stable states of the continuum along a path of fields, from the uniform state on.

    Parameters
    ----------
    B_T : array_like, shape (n,)
        Fields along `direction`, T, in path order; at the first, the state is what the uniform one along the
        field (along +direction at zero) falls into.
    radius_m : float
    material : Material or str
        Its axis is the easy axis.
    direction : sequence of float, shape (3,)
        Of the field, of any length.
    accuracy : float
        Wanted error of the mean magnetisation where a state is axisymmetric about the field, at least 1e-7;
        ten times that is asked of others. What was reached stands in `m_error`.
    on_step : callable, optional
        Called with the fields done and their number.

    Raises
    ------
    NotResolved
        If polynomials cannot hold a state: a Bloch point, several vortices, a wall too thin.

    Examples
    --------
    >>> loop = continuum_loop([0.3], radius_m=20e-9, material="iron", accuracy=1e-3)
    >>> print(f"{loop.mz[0]:.3f}, {loop.state[0]}, {loop.stability[0]}")
    0.644, upright vortex, minimum
    """
    fields = column("B_T", B_T)
    along = unit_direction(direction)
    check_accuracy(accuracy)
    problem = Continuum(known_material(material), positive("radius_m", radius_m), along)
    states: list[ContinuumState] = []
    events: list[ContinuumEvent] = []
    for state, found in followed(problem, fields.tolist(), accuracy):
        states.append(replace(state, coarser=()))  # a hundred of them would fill the memory
        events += found
        if on_step is not None:
            on_step(len(states), len(fields))
    return ContinuumLoop(
        B_T=fields,
        m=np.stack([s.m for s in states]),
        m_error=np.array([s.m_error for s in states]),
        lambda_min_T=np.array([s.lambda_min_T for s in states]),
        lambda_error_T=np.array([s.lambda_error_T for s in states]),
        N=np.array([s.degree for s in states]),
        states=tuple(states),
        events=tuple(events),
        radius_m=problem.radius_m,
        material=problem.material,
        direction=along,
    )


def followed(
    problem: Continuum, fields: Iterable[float], accuracy: float, *, count: bool = True
) -> Iterator[tuple[ContinuumState, list[ContinuumEvent]]]:
    """The stable state at every field of a path, and what happened between it and the one before.

    At events and at every tenth field the negative modes of the whole Hessian are counted, or not.
    """
    degrees = degrees_for(accuracy)
    before: ContinuumState | None = None
    earlier: ContinuumState | None = None
    for row, field in enumerate(fields):
        if before is None:
            step = first_state(problem, field, degrees[problem.aligned][0])
        else:
            step = next_state(problem, field, before, earlier)
        state, step = _refined(problem, step, accuracy)
        found = [] if before is None else _events_between(problem, before, step._replace(state=state), row)
        if count and (found or row % _INERTIA_EVERY == 0):
            state = state.with_inertia()
        yield state, found
        before, earlier = state, before


def _refined(problem: Continuum, step: Step, accuracy: float) -> tuple[ContinuumState, Step]:
    """The state of a step to an accuracy; where more polynomials make it a saddle, it is left for good."""
    degrees = degrees_for(accuracy)
    for _ in range(_FALLS):
        symmetric = step.state.axisymmetric
        state = problem.to_accuracy(step.state, wanted(accuracy, symmetric), degrees[symmetric])
        if state.lambda_min_T >= NEGATIVE_T:
            return state, step
        fallen = settled(problem, state)
        step = fallen._replace(left=step.left or fallen.left, lost=step.lost)
    raise NotResolved(f"B = {state.B_T:g} T: degrees up to {state.degree} do not agree on what is a minimum")


def check_accuracy(accuracy: float) -> None:
    """Refuse an accuracy that no state can be asked for."""
    if not 1e-7 <= finite("accuracy", accuracy) < 1.0:
        raise ModelError.of("accuracy", accuracy, "from 1e-7 to below 1")


def degrees_for(accuracy: float) -> dict[bool, tuple[int, ...]]:
    """The degrees tried for states axisymmetric about the field (True) and for others."""
    return {symmetric: tried[accuracy < _COARSE :] for symmetric, tried in _DEGREES.items()}


def wanted(accuracy: float, symmetric: bool) -> float:
    """The error of m asked of a state."""
    return accuracy * (1.0 if symmetric else _UNSYMMETRIC)


def unit_direction(direction: Sequence[float]) -> tuple[float, float, float]:
    """The direction at length one."""
    d = column("direction", direction)
    if d.shape != (3,) or not d.any():
        raise ModelError.of("direction", direction, "three numbers, not all zero")
    x, y, z = (d / np.linalg.norm(d)).tolist()
    return x, y, z


def _events_between(problem: Continuum, before: ContinuumState, step: Step, row: int) -> list[ContinuumEvent]:
    """What happened between two neighbouring fields, in path order."""
    after = step.state
    signs = [0 if abs(s.along) < _NO_MOMENT else int(math.copysign(1, s.along)) for s in (before, after)]
    turned = signs[0] != 0 and signs[1] != signs[0]
    jumped = step.left is not None or step.lost
    found = []
    if jumped or before.kind != after.kind:
        end = _branch_end(problem, before, after, jumped)
        if end is not None:
            B_T, error_T, mode = end
            kind = _KINDS.get((before.kind, after.kind), "jump")
            if turned and kind in ("annihilation", "jump"):  # it turns over in that
                kind = "reversal"
            found.append(_event(kind, B_T, error_T, mode, before, step, row))
            turned = turned and kind != "reversal"
    if turned:
        B_T, error_T = _moment_vanishes(problem, before, after)
        event = _event("reversal", B_T, error_T, "", before, step, row)
        found.append(replace(event, ends_branch=False))
    return sorted(found, key=lambda event: abs(event.B_T - before.B_T))


def _event(
    kind: EventKind, B_T: float, error_T: float, mode: str, before: ContinuumState, step: Step, row: int
) -> ContinuumEvent:
    left, rejected = (step.left, step.rejected) if mode else (None, None)
    chirality = step.state.chirality
    return ContinuumEvent(
        kind, B_T, error_T, mode, before.kind, step.state.kind, chirality, row, left, rejected
    )


def _branch_end(
    problem: Continuum, before: ContinuumState, after: ContinuumState, jumped: bool
) -> tuple[float, float, str] | None:
    """Field, error, soft mode where a branch ends: of the state before or, in a joining, the one after."""
    ways = [(before, after.B_T)]
    if _SYMMETRY[after.kind] > _SYMMETRY[before.kind]:
        ways.insert(0, (after, before.B_T))
    for state, towards_T in ways:
        smallest = _SmallestCurvature(problem, state, state.degree)
        degree = max(state.degree, _EVENT_DEGREE) if state.kind == "upright vortex" else state.degree
        if smallest(state.B_T) > 0.0 > smallest(towards_T):
            B_T, slope = smallest.root_between(state.B_T, towards_T), smallest.slope
            if degree > state.degree:
                finer = _SmallestCurvature(problem, smallest.found, degree)
                B_T, smallest = finer.root_near(B_T, slope), finer
        else:  # so few polynomials may hold it where more do not
            smallest = _SmallestCurvature(problem, state, degree)
            if degree == state.degree or not smallest(state.B_T) > 0.0 > smallest(towards_T):
                continue
            B_T, slope = smallest.root_between(state.B_T, towards_T), smallest.slope
        others = [
            _SmallestCurvature(problem, smallest.found, degree - less).root_near(B_T, slope)
            for less in COARSER
        ]
        return B_T, float(np.abs(np.array(others) - B_T).max()), smallest.found.softest
    if not jumped:
        return None
    last = _fold(problem, before, after.B_T, before.degree)
    coarser = _fold(problem, before, after.B_T, before.degree - COARSER[-1])
    if last is None:
        return 0.5 * (before.B_T + after.B_T), 0.5 * abs(before.B_T - after.B_T), ""
    change = abs(coarser.B_T - last.B_T) if coarser is not None else math.nan
    return last.B_T, change + _FOLD_TOLERANCE_T, last.softest


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

    @property
    def slope(self) -> float:
        """Its change with the field where it was last asked for."""
        (*rest, (B_T, value)) = self._known.items()
        other, there = min(rest, key=lambda known: abs(abs(known[0] - B_T) - _SLOPE_STEP_T))
        return (value - there) / (B_T - other)

    def root_between(self, first_T: float, last_T: float) -> float:
        """The field where it vanishes, between two at which its signs differ."""
        return float(brentq(self, first_T, last_T, xtol=_FIELD_TOLERANCE_T, rtol=1e-15))

    def root_near(self, B_T: float, slope: float) -> float:
        """The field where it vanishes, near one where another degree has it; nan if it is not found."""
        first = self(B_T)
        if abs(first) < _FIELD_TOLERANCE_T * abs(slope):
            return B_T
        try:
            return float(newton(self, B_T, x1=B_T - first / slope, tol=_FIELD_TOLERANCE_T, maxiter=10))
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
        return self.found.lambda_min_T


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
            jump = np.abs(problem.observable(point) - problem.observable(same.point)).max()
            near = jump < 0.1 or abs(middle - same.B_T) > _SMALL_STEP_T
            if found.lambda_min_T > 0.0 and near and found.kind == same.kind:
                same = found
                continue
        beyond_T = middle
    return same if same.lambda_min_T < _FOLD_SOFT_T else None


def _moment_vanishes(
    problem: Continuum, before: ContinuumState, after: ContinuumState
) -> tuple[float, float]:
    """Where the moment along the field changes its sign, and its change with the degree."""
    fields = []
    for degree in (after.degree, *(after.degree - less for less in COARSER)):
        end = after if degree == after.degree else problem.refined(after, degree)
        if end is None:
            fields.append(math.nan)
            continue
        if abs(end.along) < _NO_MOMENT:
            fields.append(after.B_T)
            continue
        at = problem.ball_of(after, degree)
        c = problem.carried(end, at)

        def moment(B_T: float, at: Solver = at, c: Array = c) -> float:
            point = problem.followed(at, after.B_T, B_T, c)
            return float(point.mean[2]) if point is not None else math.nan

        try:
            fields.append(float(brentq(moment, before.B_T, after.B_T, xtol=_FOLD_TOLERANCE_T)))
        except ValueError:  # the branch ends, or does not change its sign, at this degree
            fields.append(math.nan)
    if not math.isfinite(fields[0]):
        return 0.5 * (before.B_T + after.B_T), 0.5 * abs(before.B_T - after.B_T)
    return fields[0], float(np.abs(np.array(fields[1:]) - fields[0]).max())
