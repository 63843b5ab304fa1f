"""Loops of the continuum: a stable state at every field, certified, with its error; events between fields.

In: fields along one direction, a radius, a material. Out: a `ContinuumLoop`.

At every field the state of the field before is carried on as the stationary point of its own branch. Its
curvature is computed; where it is negative both sides of the mode are followed downhill and the lower end is
kept (ties: the chirality is +1, a core tilts towards +x), until nothing is left to fall into. What is solved
at degree N is solved again at N-1 and N-4: the larger change is its error, of a curvature what may be left of
it. Closed forms, of uniform states, have no such error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from reduced_model.continuum.basis import Array
from reduced_model.continuum.equilibrium import NotResolved
from reduced_model.continuum.events import (
    NO_MOMENT,
    ContinuumEvent,
    error_words,
    events_between,
    turns_over,
)
from reduced_model.continuum.follow import FULL_DEGREE, Step, first_state, holds, next_state, settled
from reduced_model.continuum.mirror import Path
from reduced_model.continuum.problem import Continuum, ContinuumState, Stability
from reduced_model.continuum.record import events_of, of_events, of_state, state_of
from reduced_model.continuum.texture import Kind
from reduced_model.errors import ModelError, column, finite, positive
from reduced_model.materials import Material
from reduced_model.materials import material as known_material
from reduced_model.results import DRAWING_IN, Result, Table, axes_for, notebook_html

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DEGREES = {True: (8, 12, 16, 20, 24), False: (8, FULL_DEGREE, 14, 16, 20)}
"""Degrees tried, for states axisymmetric about the field and for others."""
_COARSE = 1e-3
"""Accuracy from which on the smallest of them will do to begin with."""
_A_LENGTH = 0.85
"""Degrees an exchange length of radius below which m may be near and yet a saddle taken for a minimum: at 12
lengths and degree 8 an upright core is one, that has tilted at degree 12."""
_UNSYMMETRIC = 10.0
"""How many times the accuracy is asked of states that are not axisymmetric."""
_INERTIA_EVERY = 10
_LEAST_GAP_T = 1e-3
"""Field step that is not halved."""
_LONG = 2.0
"""Units of the field from which on a step that finds no state is tried in halves."""
_KNOWN = 0.4
"""Part of a step up to which an event's error is one, and not that it lies somewhere in the step."""
_FALLS = 4
"""How often a state may turn out a saddle at a larger degree."""
_DIRECTION = (0.0, 0.0, 1.0)


class RefusedField(NamedTuple):
    """A field whose state polynomials do not hold."""

    B_T: float
    why: str

    def __str__(self) -> str:
        return f"refused at {self.B_T:g} T: {self.why}"


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
    """What it may be off, from its change between the same degrees; 0 in closed form."""
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
    refused: tuple[RefusedField, ...] = ()
    """Fields of the path that no state was found for, and why; they have no row."""

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
            "refused": [one._asdict() for one in self.refused],
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
        rows = [(e.kind, f"{e.B_T:.6f}", error_words(e.error_T), e.mode) for e in self.events]
        return notebook_html(self.plot, DRAWING_IN, (self.title, ("event", "B (T)", "error", "mode"), rows))


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
        If polynomials cannot hold the state at any field: a Bloch point, several vortices, a wall too thin.
        A field that is refused while others are not stands in `refused`; the path goes on from the last
        state before it.

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
    refused: list[RefusedField] = []
    for done, (state, found) in enumerate(followed(problem, fields.tolist(), accuracy, refused=refused), 1):
        states.append(replace(state, coarser=()))  # a hundred of them would fill the memory
        events += found
        if on_step is not None:
            on_step(done + len(refused), len(fields))
    return ContinuumLoop(
        B_T=np.array([s.B_T for s in states]),
        m=np.stack([s.m for s in states]),
        m_error=np.array([s.m_error for s in states]),
        lambda_min_T=np.array([s.lambda_min_T for s in states]),
        lambda_error_T=np.array([s.lambda_error_T for s in states]),
        N=np.array([s.degree for s in states]),
        states=tuple(states),
        events=tuple(event for event in events if not _only_touches(event, states)),
        radius_m=problem.radius_m,
        material=problem.material,
        direction=along,
        refused=tuple(refused),
    )


def _only_touches(event: ContinuumEvent, states: Sequence[ContinuumState]) -> bool:
    """Whether the moment vanishes on the row beyond an event, and does not turn over in those after it."""
    if event.ends_branch or event.kind != "reversal" or abs(states[event.row].along) >= NO_MOMENT:
        return False
    after = next((state.along for state in states[event.row :] if abs(state.along) >= NO_MOMENT), 0.0)
    return not after * states[event.row - 1].along < 0.0


def followed(
    problem: Continuum,
    fields: Iterable[float],
    accuracy: float,
    *,
    count: bool = True,
    refused: list[RefusedField] | None = None,
    kept: MutableMapping[str, Any] | None = None,
) -> Iterator[tuple[ContinuumState, list[ContinuumEvent]]]:
    """The stable state at every field of a path, and what happened between it and the one before.

    At events and at every tenth field the negative modes of the whole Hessian are counted, or not. Fields
    whose states are not resolved are put into `refused`, if that is given and some state is found. What is
    found is `kept`, if that is given, and what is kept is not sought again.
    """
    path = Path()
    for field in fields:
        try:
            place = f"way down, {len(path.states)}: {field!r} T"
            if kept is not None and place in kept:
                values, events, image = kept[place]
                state, found = state_of(problem, values), events_of(problem, events)
            else:
                state, found, image = _next_on(path, problem, field, accuracy)
                if kept is not None:
                    kept[place] = of_state(state), of_events(found), image
            if count and not state.inertia and (found or len(path.states) % _INERTIA_EVERY == 0):
                state = state.with_inertia()
        except NotResolved as why:
            if refused is None:
                raise
            refused.append(RefusedField(field, str(why)))
            continue
        yield state, found
        path.add(state, found, image)
    if refused and not path.states:
        raise NotResolved([one.why for one in refused])


def _next_on(
    path: Path, problem: Continuum, B_T: float, accuracy: float
) -> tuple[ContinuumState, list[ContinuumEvent], int | None]:
    """The state at the path's next field, what lies before it, and the row whose image it is."""
    row = len(path.states)
    if not row:
        step = first_state(problem, B_T, degrees_for(accuracy, problem)[problem.aligned][0])
        return _refined(problem, step, accuracy)[0], [], None
    before, image = path.states[-1], path.image_at(B_T)
    if image is None:
        earlier = path.states[-2] if row > 1 and not path.events[-1] else None  # of the same branch
        return *_gone_on(problem, B_T, before, earlier, accuracy, row), None
    of, state, found = image
    if found is None:
        found, known = _between(problem, before, Step(state, None, None, False), row)
        if found is None or not known:  # in steps as short as it needs
            return *_gone_on(problem, B_T, before, None, accuracy, row), None
    return state, found, of


def _gone_on(
    problem: Continuum,
    B_T: float,
    before: ContinuumState,
    earlier: ContinuumState | None,
    accuracy: float,
    row: int,
) -> tuple[ContinuumState, list[ContinuumEvent]]:
    """The state at a field, and what lies between; in halves where much does, or what, is not known."""
    arrived: tuple[ContinuumState, Step] | NotResolved
    try:
        arrived = _refined(problem, next_state(problem, B_T, before, earlier), accuracy)
    except NotResolved as why:
        if abs(B_T - before.B_T) <= _LONG * problem.unit_T:
            raise
        arrived = why
    else:
        state, step = arrived[0], arrived[1]._replace(state=arrived[0])
        found, known = _between(problem, before, step, row)
        if found is not None and known:
            return state, found
    half_T = 0.5 * (before.B_T + B_T)
    if not problem.aligned and abs(half_T) < _LEAST_GAP_T:  # in no field a turn about the axis is free
        half_T += 0.1 * (before.B_T - B_T)
    try:
        middle, first = _gone_on(problem, half_T, before, earlier, accuracy, row)
        last, second = _gone_on(problem, B_T, middle, None, accuracy, row)
    except NotResolved:  # on the way; what was asked for may be
        if isinstance(arrived, NotResolved):
            raise arrived from None
        return state, events_between(problem, before, step, row) if found is None else found
    return last, first + second


def _between(
    problem: Continuum, before: ContinuumState, step: Step, row: int
) -> tuple[list[ContinuumEvent] | None, bool]:
    """What lies between two states, None of a step too long to know it, and whether it is known."""
    gap_T = abs(step.state.B_T - before.B_T)
    if _is_too_long(problem, before, step, gap_T):
        return None, False
    found = events_between(problem, before, step, row)
    return found, gap_T <= _LEAST_GAP_T or all(event.error_T < _KNOWN * gap_T for event in found)


def _is_too_long(problem: Continuum, before: ContinuumState, step: Step, gap_T: float) -> bool:
    """Whether a step may have left out a branch on its way, or have led to another beside its own.

    A state that turns over in a jump, or into another kind, may have turned before or after; a core stands
    upright before it tilts; and no branch becomes unstable by a mode that keeps its symmetry but at its end.
    """
    state, left, kinds = step.state, step.left, {before.kind, step.state.kind}
    jumped = step.lost or left is not None or len(kinds) > 1
    skipped = (problem.aligned or problem.across) and kinds == {"uniform", "tilted vortex"}
    if (skipped or (jumped and turns_over(before, state))) and gap_T > problem.unit_T:
        return True
    at_end = left is not None and left.kind in ("tilted vortex", "nonuniform") and not left.softest_is_odd
    return at_end and gap_T > _LEAST_GAP_T


def _refined(problem: Continuum, step: Step, accuracy: float) -> tuple[ContinuumState, Step]:
    """The state of a step to an accuracy; where more polynomials make it a saddle, it is left for good."""
    degrees = degrees_for(accuracy, problem)
    for _ in range(_FALLS):
        symmetric = step.state.axisymmetric
        state = problem.to_accuracy(step.state, wanted(accuracy, symmetric), degrees[symmetric])
        if holds(state):
            return state, step
        fallen = settled(problem, state)
        step = fallen._replace(left=step.left or fallen.left, lost=step.lost)
    raise NotResolved(f"B = {state.B_T:g} T: degrees up to {state.degree} do not agree on what is a minimum")


def check_accuracy(accuracy: float) -> None:
    """Refuse an accuracy that no state can be asked for."""
    if not 1e-7 <= finite("accuracy", accuracy) < 1.0:
        raise ModelError.of("accuracy", accuracy, "from 1e-7 to below 1")


def degrees_for(accuracy: float, problem: Continuum) -> dict[bool, tuple[int, ...]]:
    """The degrees tried for states axisymmetric about the field (True) and for others."""
    least = _A_LENGTH * problem.exchange_lengths
    return {
        symmetric: tuple(degree for degree in tried[accuracy < _COARSE :] if degree >= least)
        for symmetric, tried in _DEGREES.items()
    }


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
