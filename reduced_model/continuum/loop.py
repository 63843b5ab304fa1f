"""Loops of the continuum: at every field a stable state, certified, with its error and the events between fields.

In: fields along one direction, a radius, a material. Out: a `ContinuumLoop`.

At every field the state of the field before is carried on as the stationary point of its own branch. Its curvature
is computed; where it is negative both sides of the mode are followed downhill and the lower end is kept (ties: the
chirality is +1, a core tilts towards +x), until nothing is left to fall into. States that are axisymmetric about the
field are solved, and their modes found, on the azimuthal orders they need. Every number is computed at degree N, and
again at N-1 and N-4: its error is the larger change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.curvature import Spectrum, rotated, spectrum
from reduced_model.continuum.equilibrium import NotResolved, Solver
from reduced_model.continuum.state import Energy, Point
from reduced_model.errors import column, positive
from reduced_model.materials import Material
from reduced_model.materials import material as known_material
from reduced_model.results import Result

Kind = Literal["uniform", "upright vortex", "tilted vortex", "nonuniform"]
Stability = Literal["minimum", "saddle", "undecided"]
DEGREES = {True: (12, 16, 20, 24), False: (12, 14, 16)}
"""Degrees tried, for states axisymmetric about the field and for others."""
_COARSER = (1, 4)
_UNIFORM = 1e-9
_AXISYMMETRIC = 1e-7
_PUSH = 0.15
_Z = np.array([0.0, 0.0, 1.0])


@lru_cache(maxsize=32)
def solver(degree: int, order: int | None = None) -> Solver:
    """The solver of one ball, its tables made once."""
    return Solver(Ball(degree, max_order=order))


@dataclass(frozen=True)
class Event:
    """A change of branch along the path."""

    kind: Literal["nucleation", "annihilation", "tilt", "upright", "jump", "reversal"]
    B_T: float
    error_T: float
    """Change of the field from degree N-4 to N; nan where it was found at one degree only."""
    mode: str
    """The mode that goes soft there."""
    before: str
    after: str


@dataclass(frozen=True, eq=False)
class ContinuumState:
    """One stationary state of the ball."""

    B_T: float
    point: Point
    axisymmetric: bool
    spectrum: Spectrum
    unit_T: float
    """Tesla of one unit of reduced field."""

    @cached_property
    def m(self) -> Array:
        """Mean magnetisation, (3,)."""
        return self.point.mean

    @property
    def degree(self) -> int:
        """N."""
        return self.point.energy.ball.degree

    @property
    def lambda_min_T(self) -> float:
        """Smallest curvature, T."""
        return float(self.spectrum.eigenvalues[0]) * self.unit_T

    @cached_property
    def toroidal(self) -> Array:
        """<r x m>, (3,), over the 3 pi/16 of a pure circulation."""
        e = self.point.energy
        points = e.ball.points.reshape(-1, 3)
        return (e.weights @ np.cross(points, self.point.m)) / (3.0 * math.pi / 16.0)

    @property
    def kind(self) -> Kind:
        """What it is."""
        if np.linalg.norm(self.m) > 1.0 - _UNIFORM:
            return "uniform"
        if np.linalg.norm(self.toroidal) < 1e-3:
            return "nonuniform"
        return "upright vortex" if self.axisymmetric else "tilted vortex"


@dataclass(frozen=True, eq=False)
class ContinuumLoop(Result):
    """Stable states of the continuum along a path of fields; arrays in path order, read-only."""

    B_T: Array
    """Applied field, T."""
    m: Array
    """Mean magnetisation, (n, 3)."""
    m_error: Array
    """Largest change of m from degree N-1 or N-4 to N."""
    lambda_min_T: Array
    """Smallest curvature of the energy, T; what costs nothing by symmetry left out."""
    lambda_error_T: Array
    """Its largest change between the same degrees."""
    degree: Array
    """N."""
    states: tuple[ContinuumState, ...]
    events: tuple[Event, ...]
    """Changes of branch, in path order."""
    radius_m: float
    material: Material

    table_columns: ClassVar[tuple[str, ...]] = (
        *("B_T", "mx", "my", "mz", "m_error", "lambda_min_T", "lambda_error_T", "state", "stability", "degree"),
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
    def state(self) -> tuple[Kind, ...]:
        """What every state is."""
        return tuple(state.kind for state in self.states)

    @property
    def stability(self) -> tuple[Stability, ...]:
        """Minimum or saddle; undecided where the smallest curvature is below its error."""
        return tuple(
            "undecided" if abs(value) <= error else "minimum" if value > 0 else "saddle"
            for value, error in zip(self.lambda_min_T, self.lambda_error_T, strict=True)
        )


class Continuum:
    """The continuum problem of one sphere in fields along one direction, in a frame with that direction as z."""

    def __init__(self, material: Material, radius_m: float, direction: Array) -> None:
        self.material, self.radius_m = material, radius_m
        self.turn = _frame(direction)
        A, Ms = material.A_J_per_m, material.Ms_A_per_m
        self.k = material.Ku_J_per_m3 * radius_m**2 / A
        self.d = material.magnetostatic_J_per_m3 * radius_m**2 / A
        self.unit_T = A / (Ms * radius_m**2)
        self.axis = self.turn @ np.array(material.axis)
        self.aligned = self.k == 0.0 or bool(abs(abs(self.axis[2]) - 1.0) < 1e-12)
        self._energies: dict[Solver, Energy] = {}

    def energy(self, at: Solver, B_T: float) -> Energy:
        """The energy on one ball in one field."""
        if at not in self._energies:
            self._energies[at] = Energy(at.ball, self.k, self.d, np.zeros(3), self.axis)
        return self._energies[at].in_field(_Z * (B_T / self.unit_T))

    def zero_modes(self, point: Point) -> Array:
        """Rotations that cost nothing by symmetry and do move the state, (j, 3, n_basis)."""
        ball, in_field = point.energy.ball, bool(np.any(point.energy.b))
        axes: list[Array]
        if self.k == 0.0:
            axes = [_Z] if in_field else list(np.eye(3))
        elif not in_field:
            axes = [self.axis]
        else:
            axes = [_Z] if self.aligned else []
        modes = [rotated(ball, point.c, axis) for axis in axes]
        kept = [mode for mode in modes if np.vdot(mode, point.metric(mode)) > 1e-10]
        return np.stack(kept) if kept else np.zeros((0, 3, ball.n_basis))

    def stationary(self, at: Solver, B_T: float, c: Array, *, downhill: bool = False) -> Point | None:
        """The stationary point near c: of its own branch, or downhill of it."""
        energy = self.energy(at, B_T)
        symmetric = at.ball.order == 1
        point = energy.at(c)
        if not downhill:
            found = at.polish(point, None if symmetric else self.zero_modes)
            if found is not None:
                return found
        for tolerance in (1e-4, 1e-6):
            point = at.descend(energy, c, tolerance=tolerance)
            found = at.polish(point, None if symmetric else self.zero_modes)
            if found is not None:
                return found
        return None

    def certified(
        self, B_T: float, point: Point, axisymmetric: bool, start: Array | None = None, k: int = 4
    ) -> ContinuumState:
        """The state with the smallest curvatures."""
        ball = point.energy.ball
        if axisymmetric:  # its modes need one azimuthal order more than itself
            at = solver(ball.degree, 2)
            wide = self.energy(at, B_T).at(ball.carried(point.c, at.ball))
        else:
            at, wide = solver(ball.degree), point
        begin = None if start is None or start.shape[2] != at.ball.n_basis else start
        found = spectrum(at, wide, k, start=begin, zero_modes=self.zero_modes(wide))
        return ContinuumState(B_T, wide, axisymmetric, found, self.unit_T)

    def fall(self, state: ContinuumState) -> ContinuumState:
        """Follow both sides of the negative mode downhill; the lower end, ties broken the same way always."""
        ball = state.point.energy.ball
        mode, symmetric = self._preferred(state)
        at = solver(ball.degree, 1 if symmetric else None)
        ends = []
        for side in (1.0, -1.0):
            c = ball.carried(state.point.c + side * _PUSH * mode, at.ball)
            point = self.stationary(at, state.B_T, c, downhill=True)
            if point is not None:
                ends.append(point)
        if not ends:
            raise NotResolved(f"B = {state.B_T:g} T: no state could be resolved at degree {ball.degree}")
        lower = ends[-1] if len(ends) > 1 and ends[1].value < ends[0].value - 1e-7 else ends[0]
        return self.certified(state.B_T, *self._reduced(lower))

    def _preferred(self, state: ContinuumState) -> tuple[Array, bool]:
        """The negative mode with the sign and direction that are kept in a tie, and whether it is axisymmetric."""
        ball, point = state.point.energy.ball, state.point
        negative = state.spectrum.modes[state.spectrum.eigenvalues < min(0.0, state.spectrum.eigenvalues[0] + 1e-3)]
        mode = negative[0]
        if not state.axisymmetric:
            return mode, False
        round_ = axisymmetric_part(ball, mode)
        if np.vdot(round_, point.metric(round_)) > 0.5:
            swirl = point.energy.weights @ np.cross(
                ball.points.reshape(-1, 3), ball.values(round_).reshape(-1, 3)
            )
            return round_ * (1.0 if swirl[2] * state.m[2] >= 0 else -1.0), True
        towards_x = rotated(ball, point.c, np.array([0.0, math.copysign(1.0, state.m[2]), 0.0]))
        moved = point.metric(towards_x)
        tilt = sum(np.vdot(one, moved) * one for one in negative)
        size = np.vdot(tilt, point.metric(tilt)) ** 0.5
        return (tilt / size if size > 1e-3 else mode), False

    def _reduced(self, point: Point) -> tuple[Point, bool]:
        """The point on the smallest ball that holds it, and whether it is axisymmetric about the field."""
        ball = point.energy.ball
        if ball.order == 1:
            return point, True
        if not self.aligned:
            return point, False
        rest = point.c - axisymmetric_part(ball, point.c)
        if np.vdot(rest, point.metric(rest)) > _AXISYMMETRIC**2 * 1e4:
            return point, False
        at = solver(ball.degree, 1)
        c = axisymmetric_part(at.ball, ball.carried(point.c, at.ball))
        B_T = float(point.energy.b[2]) * self.unit_T
        found = self.stationary(at, B_T, c)
        return (found, True) if found is not None else (point, False)

    def next_state(self, B_T: float, before: ContinuumState) -> ContinuumState:
        """The stable state at a field, coming from the state before."""
        ball = before.point.energy.ball
        at = solver(ball.degree, 1 if before.axisymmetric else None)
        c = ball.carried(before.point.c, at.ball)
        point = self.stationary(at, B_T, axisymmetric_part(at.ball, c) if before.axisymmetric else c)
        if point is None:
            raise NotResolved(f"B = {B_T:g} T: no state could be resolved at degree {ball.degree}")
        state = self.certified(B_T, *self._reduced(point), start=before.spectrum.modes)
        for _ in range(6):
            if state.lambda_min_T > -1e-6:
                return state
            state = self.fall(state)
        raise NotResolved(f"B = {B_T:g} T: no minimum was found")

    def start(self, B_T: float, degree: int) -> ContinuumState:
        """The uniform state along the field, or what it falls into."""
        at = solver(degree, 1 if self.aligned else None)
        c = np.zeros((3, at.ball.n_basis))
        c[2] = math.copysign(1.0, B_T) * at.ball.project(np.ones((*at.ball.shape, 1)))[0]
        point = self.stationary(at, B_T, c)
        assert point is not None
        state = self.certified(B_T, *self._reduced(point))
        return state if state.lambda_min_T > -1e-6 else self.fall(state)

    def errors(self, state: ContinuumState) -> tuple[float, float]:
        """Largest change of m, and of the smallest curvature in T, from coarser degrees; nan if one lacks the state."""
        coarser = [self.refined(state, state.degree - less) for less in _COARSER]
        if any(other is None for other in coarser):
            return math.nan, math.nan
        return (
            max(float(np.abs(other.m - state.m).max()) for other in coarser if other),
            max(abs(other.lambda_min_T - state.lambda_min_T) for other in coarser if other),
        )

    def events_between(self, before: ContinuumState, after: ContinuumState) -> list[Event]:
        """The changes of branch between two neighbouring fields, located to 1e-6 T."""
        found = []
        if before.kind != after.kind:
            found.append(self._change(before, after))
        sign = before.m[2] * after.m[2]
        if sign < 0 or (after.m[2] == 0 and before.m[2] != 0):
            found.append(self._reversal(before, after))
        return sorted(found, key=lambda event: abs(event.B_T - before.B_T))

    def _change(self, before: ContinuumState, after: ContinuumState) -> Event:
        """Where the branch of higher symmetry loses its stability; else a jump, between the two fields."""
        ranks = {"uniform": 2, "upright vortex": 1}
        symmetric, other = sorted((before, after), key=lambda s: -ranks.get(s.kind, 0))
        names = {
            ("uniform", "upright vortex"): ("nucleation", "annihilation", "curling"),
            ("upright vortex", "tilted vortex"): ("tilt", "upright", "tilt of the core"),
        }
        kinds = names.get((symmetric.kind, other.kind))
        if kinds is not None:
            fields = [self._softening(symmetric, other.B_T, degree) for degree in
                      (symmetric.degree, symmetric.degree - 4)]
            if fields[0] is not None:
                error = abs(fields[0] - fields[1]) if fields[1] is not None else math.nan
                kind = kinds[0] if symmetric is before else kinds[1]
                return Event(kind, fields[0], error, kinds[2], before.kind, after.kind)
        return Event("jump", 0.5 * (before.B_T + after.B_T), 0.5 * abs(before.B_T - after.B_T), "", before.kind,
                     after.kind)

    def _softening(self, state: ContinuumState, towards_T: float, degree: int) -> float | None:
        """Field at which the smallest curvature vanishes on the state's own branch; None if it does not."""
        at = solver(degree, 1 if state.axisymmetric else None)
        last = {"c": state.point.energy.ball.carried(state.point.c, at.ball), "modes": None}

        def smallest(B_T: float) -> float:
            point = self.stationary(at, B_T, last["c"])
            if point is None:
                return math.nan
            found = self.certified(B_T, point, state.axisymmetric, start=last["modes"], k=2)
            last["c"], last["modes"] = point.c, found.spectrum.modes
            return found.lambda_min_T

        ends = smallest(state.B_T), smallest(towards_T)
        if not (np.isfinite(ends).all() and ends[0] > 0 > ends[1]):
            return None
        return float(brentq(smallest, state.B_T, towards_T, xtol=1e-7))

    def _reversal(self, before: ContinuumState, after: ContinuumState) -> Event:
        """Where the moment along the field vanishes."""
        if before.kind != after.kind or abs(before.m[2] - after.m[2]) > 0.5:
            middle = 0.5 * (before.B_T + after.B_T)
            return Event("reversal", middle, 0.5 * abs(before.B_T - after.B_T), "", before.kind, after.kind)
        at = solver(after.degree, 1 if after.axisymmetric else None)
        last = {"c": before.point.energy.ball.carried(before.point.c, at.ball)}

        def moment(B_T: float) -> float:
            point = self.stationary(at, B_T, last["c"])
            assert point is not None
            last["c"] = point.c
            return float(point.mean[2])

        field = float(brentq(moment, before.B_T, after.B_T, xtol=1e-7))
        return Event("reversal", field, math.nan, "", before.kind, after.kind)

    def refined(self, state: ContinuumState, degree: int) -> ContinuumState | None:
        """The same state at another degree; None if that degree does not hold it."""
        ball = state.point.energy.ball
        at = solver(degree, 1 if state.axisymmetric else None)
        point = self.stationary(at, state.B_T, ball.carried(state.point.c, at.ball))
        if point is None or np.linalg.norm(point.mean - state.m) > 0.1:
            return None
        wide = solver(degree, 2 if state.axisymmetric else None).ball
        start = np.stack([ball.carried(mode, wide) for mode in state.spectrum.modes])
        return self.certified(state.B_T, point, state.axisymmetric, start=start)


def continuum_loop(
    B_T: ArrayLike,
    *,
    radius_m: float,
    material: Material | str = "iron",
    direction: Sequence[float] = (0.0, 0.0, 1.0),
    accuracy: float = 1e-4,
    on_step: Callable[[int, int], None] | None = None,
) -> ContinuumLoop:
    """Follow stable states of the continuum along a path of fields, from the uniform state on.

    Parameters
    ----------
    B_T : array_like, shape (n,)
        Fields along `direction`, T, in path order.
    radius_m : float
    material : Material or str
        Its axis is the easy axis.
    direction : sequence of float
        Of the field.
    accuracy : float
        Wanted error of the mean magnetisation where a state is axisymmetric about the field; ten times that is
        asked of others. What was reached stands in `m_error`.
    on_step : callable, optional
        Called with the fields done and their number.

    Raises
    ------
    NotResolved
        If a state asks for more than the largest degree gives.
    """
    fields = column("B_T", B_T)
    problem = Continuum(known_material(material), positive("radius_m", radius_m), np.asarray(direction, float))
    degrees = {kind: choices[0] for kind, choices in DEGREES.items()}
    state = problem.start(float(fields[0]), degrees[problem.aligned])
    states: list[ContinuumState] = []
    errors: list[tuple[float, float]] = []
    events: list[Event] = []
    for row, field in enumerate(fields.tolist()):
        before, state = state, problem.next_state(field, state)
        error = problem.errors(state)
        wanted = accuracy * (1.0 if state.axisymmetric else 10.0)
        for degree in DEGREES[state.axisymmetric]:
            if degree <= state.degree or (error[0] <= wanted and np.isfinite(error[0])):
                continue
            finer = problem.refined(state, degree)
            if finer is None:
                break
            state, error = finer, problem.errors(finer)
        if not np.isfinite(error[0]):
            raise NotResolved(
                f"B = {field:g} T: the state of degree {state.degree} is not that of a smaller degree; it may have a "
                "Bloch point, several vortices or a wall too thin to resolve"
            )
        states.append(state)
        errors.append(error)
        if row:
            events += problem.events_between(before, state)
        if on_step is not None:
            on_step(row + 1, len(fields))
    back = problem.turn.T
    return ContinuumLoop(
        B_T=fields,
        m=np.stack([back @ s.m for s in states]),
        m_error=np.array([e[0] for e in errors]),
        lambda_min_T=np.array([s.lambda_min_T for s in states]),
        lambda_error_T=np.array([e[1] for e in errors]),
        degree=np.array([s.degree for s in states]),
        states=tuple(states),
        events=tuple(events),
        radius_m=problem.radius_m,
        material=problem.material,
    )


def axisymmetric_part(ball: Ball, c: Array) -> Array:
    """The part of a vector field that does not change when position and vector turn about z together."""
    out = np.zeros_like(c)
    out[2] = np.where(ball.m == 0, c[2], 0.0)
    place = {key: j for j, key in enumerate(zip(ball.l.tolist(), ball.n.tolist(), ball.m.tolist(), strict=True))}
    cosine = np.flatnonzero(ball.m == 1)
    sine = np.array([place[int(ball.l[j]), int(ball.n[j]), -1] for j in cosine], dtype=int)
    outward = 0.5 * (c[0, cosine] + c[1, sine])
    around = 0.5 * (c[1, cosine] - c[0, sine])
    out[0, cosine], out[1, sine], out[1, cosine], out[0, sine] = outward, outward, around, -around
    return out


def _frame(direction: Array) -> Array:
    """A rotation that takes the direction to z, (3, 3)."""
    z = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    if z[2] > 1.0 - 1e-15:
        return np.eye(3)
    helper = np.array([1.0, 0.0, 0.0]) if abs(z[0]) < 0.9 else np.array([0.0, 1.0, 0.0])
    y = np.cross(z, helper)
    y /= np.linalg.norm(y)
    return np.stack((np.cross(y, z), y, z))
