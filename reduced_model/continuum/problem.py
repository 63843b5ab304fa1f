"""Stationary states of one sphere's continuum: found, certified, refined.

In: a material, a radius, the direction of the field. Out: `ContinuumState`s at given fields.

The problem is solved in a frame whose z is the field's direction. States that are axisymmetric about it are
solved, and their modes found, on the azimuthal orders they need.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.curvature import Spectrum, Turn, spectrum, spectrum_of_even
from reduced_model.continuum.equilibrium import NotResolved, Solver, TooLarge, solver
from reduced_model.continuum.inertia import negative_modes
from reduced_model.continuum.state import Energy, Point
from reduced_model.continuum.symmetry import ModeName, axisymmetric_part, frame_along, mode_name, rotated
from reduced_model.continuum.vortex_fit import AnsatzFit, fit_ansatz
from reduced_model.errors import ModelError
from reduced_model.materials import Material
from reduced_model.nucleation.spinodals import nucleation_field
from reduced_model.results import Tabled, axes_for, table

if TYPE_CHECKING:
    import discretisedfield
    import pandas as pd
    from matplotlib.axes import Axes

Kind = Literal["uniform", "upright vortex", "tilted vortex", "nonuniform"]
Stability = Literal["minimum", "saddle", "undecided"]
COARSER = (1, 4)
"""By how much smaller the degrees are that give a state's error: of both parities."""
_CURVATURE_SHARE = (1.0, 1.0 / 3.0)
"""Shares of the changes from those that a curvature may be off: two degrees more halve its error at least,
so that four leave a third of what they change (of 170 states, at N = 10 to 20, 1.5 to 50 times too wide)."""
INERTIA_DEGREE = {True: 12, False: 11}
"""Largest degree of the Hessians that count negative modes, of axisymmetric states and others."""
LARGEST_RADIUS = 16.0
"""In exchange lengths: beyond it polynomials of any degree tried are too smooth for a core."""
SOFT_SHIFT = 15.0
"""What is added to curvatures near zero to find the smallest: the less, the faster, if it stays positive."""
SHIFT = 60.0
_NO_FIELD = 1e-8
"""Reduced field below which it breaks no symmetry that could be seen."""
_UNIFORM = 1e-9
_CIRCULATES = 1e-3
_ON_LINE = 1e-6
"""Sine of the core's angle to the field's line, up to which it is on it."""
_AXISYMMETRIC = 1e-10
"""Mean square of the part of m that turns with phi, below which a state is taken to have none."""
_EVEN = 1e-6
"""Part of the coefficients that a half turn about y with reversed time inverts, up to which it is noise."""
_LEAST_LENGTH = 0.2
"""|u| is held near 1; where it falls below this m turns faster than the polynomials can follow."""
_LEAST_STEP = 1.0 / 64.0
"""Part of a field step below which a branch that cannot be followed is taken to end."""
_ANOTHER_STATE = 0.1
"""Change of the mean magnetisation beyond which two degrees do not hold the same state."""
_Z = np.array([0.0, 0.0, 1.0])


@lru_cache(maxsize=8)
def _between_nodes(degree: int, order: int) -> Ball:
    return Ball(degree, 2 * degree, None if order == degree else order)


@dataclass(frozen=True, eq=False)
class ContinuumState(Tabled):
    """One stationary state of the ball in one field; vectors are in the frame of the material's axis."""

    B_T: float
    """Applied field along the direction of the problem."""
    problem: Continuum
    point: Point
    """Energy, gradient and Hessian of it, in the frame whose z is the field's direction."""
    axisymmetric: bool
    """About the field."""
    spectrum: Spectrum
    m_error: float = math.nan
    """Largest change of the mean magnetisation from degree N-1 or N-4 to N; a free azimuth does not count."""
    lambda_error_T: float = math.nan
    """What the smallest curvature may be off, from its change between the same degrees, mode by mode."""
    inertia: tuple[int, ...] = ()
    """Negative eigenvalues of the whole Hessian at two degrees, where they were counted."""
    coarser: tuple[ContinuumState, ...] = ()
    """The same state at degrees N-1 and N-4, from which the errors come; kept where they are asked for."""

    @cached_property
    def m(self) -> Array:
        """Mean magnetisation, (3,)."""
        return self.problem.turn.T @ self.point.mean

    @property
    def along(self) -> float:
        """Mean magnetisation along the field's direction."""
        return float(self.point.mean[2])

    @property
    def degree(self) -> int:
        """N."""
        return self.point.energy.ball.degree

    @property
    def lambda_min_T(self) -> float:
        """Smallest curvature of the energy; what costs nothing by symmetry is left out.

        Of the uniform state along the field it is known in closed form, and that is taken.
        """
        if self.problem.aligned and self.kind == "uniform":
            return self.problem.uniform_curvature_T(self.B_T, self.along)
        return self.solved_lambda_T

    @cached_property
    def lowest_T(self) -> dict[bool, float]:
        """The smallest curvature of changes that keep the state's symmetry (False) and of those that do not.

        Of those found: where it is axisymmetric, with any azimuthal number; else with the half turn about y.
        """
        found = self.spectrum
        lowest: dict[bool, float] = {}
        odd = [False] * len(found.modes) if found.odd is None else found.odd.tolist()
        for value, mode, inverted in zip(found.eigenvalues, found.modes, odd, strict=True):
            lowest.setdefault(self._breaks(mode, inverted), float(value) * self.problem.unit_T)
        return lowest

    def _breaks(self, mode: Array, odd: bool) -> bool:
        if not self.axisymmetric:
            return odd
        round_ = axisymmetric_part(self.point.energy.ball, mode)
        return bool(np.vdot(round_, self.point.metric(round_)) < 0.5)

    @property
    def solved_lambda_T(self) -> float:
        """The same from the solved eigenproblem alone."""
        return float(self.spectrum.eigenvalues[0]) * self.problem.unit_T

    @property
    def stability(self) -> Stability:
        """Minimum or saddle; undecided where the curvature is below its error.

        Or where the counts of negative modes contradict it, or one another.
        """
        unstable = self.lambda_min_T < 0.0
        if not abs(self.lambda_min_T) > self.lambda_error_T or len(set(self.inertia)) > 1:
            return "undecided"
        if any((n > 0) != unstable for n in self.inertia):
            return "undecided"
        return "saddle" if unstable else "minimum"

    @cached_property
    def toroidal(self) -> Array:
        """<r x m> over the 3 pi/16 of a pure circulation, (3,), in the frame of the field."""
        e = self.point.energy
        points = e.ball.points.reshape(-1, 3)
        return (e.weights @ np.cross(points, self.point.m)) / (3.0 * math.pi / 16.0)

    @property
    def kind(self) -> Kind:
        """What it is; nonuniform is what neither is uniform nor circulates.

        A core is upright on the field's line, where the easy axis is along or across that.
        """
        if np.linalg.norm(self.point.mean) > 1.0 - _UNIFORM:
            return "uniform"
        if np.linalg.norm(self.toroidal) < _CIRCULATES:
            return "nonuniform"
        if self.axisymmetric or np.hypot(*self.toroidal[:2]) < _ON_LINE * np.linalg.norm(self.toroidal):
            return "upright vortex"
        return "tilted vortex"

    @cached_property
    def core(self) -> Array:
        """Direction of the core's magnetisation, or of the moment where nothing circulates, (3,)."""
        along = self.toroidal * self.chirality if self.chirality else self.point.mean
        return np.asarray(along / np.linalg.norm(along))

    @property
    def chirality(self) -> int:
        """Sense of the circulation about the core's magnetisation, +1 or -1; 0 without one."""
        if self.kind in ("uniform", "nonuniform"):
            return 0
        centre = self.point.energy.ball.at(self.point.c, np.zeros((1, 3)))[0]
        return int(math.copysign(1, centre @ self.toroidal))

    @cached_property
    def fit(self) -> AnsatzFit | None:
        """The Ansatz nearest to it over the whole ball, in the material's frame; None without a core."""
        if not self.chirality:
            return None
        found, back = fit_ansatz(self.point, self.core, self.chirality), self.problem.turn.T
        return replace(found, axis=back @ found.axis, core=back @ found.core)

    @property
    def softest(self) -> ModeName:
        """What the mode of the smallest curvature does."""
        return mode_name(self.point, self.spectrum.modes[0], self.core)

    @property
    def energies_J(self) -> dict[str, float]:
        """Energy terms and their total, J, from MuMax3's zero."""
        unit = 4.0 * math.pi / 3.0 * self.problem.material.A_J_per_m * self.problem.radius_m
        terms = {name: value * unit for name, value in self.point.terms.items()}
        return {**terms, "total": sum(terms.values())}

    def magnetisation(self, points: ArrayLike, *, in_radii: bool = False) -> Array:
        """The magnetisation at any points of the sphere.

        Parameters
        ----------
        points : array_like, shape (..., 3)
            Positions from the centre, m, or in units of the radius.
        in_radii : bool
            Whether positions are in units of the radius.

        Returns
        -------
        ndarray, shape (..., 3)
            Unit vectors; nan outside the sphere.
        """
        r = np.asarray(points, dtype=float)
        if r.ndim == 0 or r.shape[-1] != 3:
            raise ModelError(f"points have shape {r.shape}: the last dimension must be 3")
        flat = r.reshape(-1, 3) / (1.0 if in_radii else self.problem.radius_m)
        inside = np.linalg.norm(flat, axis=1) <= 1.0 + 1e-12
        out = np.full(flat.shape, np.nan)
        turn, ball = self.problem.turn, self.point.energy.ball
        places = np.flatnonzero(inside)
        for part in np.array_split(places, max(1, len(places) // 5000)):  # tables of some ten MB
            u = ball.at(self.point.c, flat[part] @ turn.T)
            out[part] = u / np.linalg.norm(u, axis=1, keepdims=True) @ turn
        return out.reshape(r.shape)

    def field(self, mesh: discretisedfield.Mesh | int = 20) -> discretisedfield.Field:
        """The magnetisation, A/m, at the centres of a mesh's cells; zero outside the sphere.

        Parameters
        ----------
        mesh : discretisedfield.Mesh or int
            Any mesh, its lengths in m and the sphere at its origin; or cells along the diameter of a cube.
        """
        import discretisedfield  # takes seconds, and no loop has need of it

        if not isinstance(mesh, int) and not hasattr(mesh, "cells"):
            raise ModelError.of("mesh", mesh, "a discretisedfield.Mesh or a whole number of cells")
        if isinstance(mesh, int):
            R = self.problem.radius_m
            mesh = discretisedfield.Mesh(p1=(-R, -R, -R), p2=(R, R, R), n=(mesh,) * 3)
        centres = np.stack(np.meshgrid(*mesh.cells, indexing="ij"), axis=-1)
        m = self.magnetisation(centres)
        valid = ~np.isnan(m[..., 0])
        values = np.where(valid[..., None], m, 0.0) * self.problem.material.Ms_A_per_m
        return discretisedfield.Field(mesh, nvdim=3, value=values, valid=valid, unit="A/m")

    def with_inertia(self, degrees: Sequence[int] = ()) -> ContinuumState:
        """The state with its negative modes of all symmetries counted, from whole Hessians of some degrees.

        Half a second at degree 12 for an axisymmetric state, two at degree 11 for another. Degrees that lack
        the state count none. By default two below its own.
        """
        largest = min(self.degree - 1, INERTIA_DEGREE[self.axisymmetric])
        return self.problem.with_inertia(self, degrees or (largest, largest - 1))

    def to_dataframe(self) -> pd.DataFrame:
        """One row: field, kind and stability, moment, curvature, energies, and the Ansatz nearest to it."""
        mx, my, mz = self.m
        names = ("m_error", "lambda_min_T", "lambda_error_T", "chirality", "degree")
        energies = {f"{term}_J": value for term, value in self.energies_J.items()}
        fit = {name: getattr(self.fit, name, math.nan) for name in ("nu", "nu_m_phi", "nu_m_z", "rms")}
        told = {"B_T": self.B_T, "kind": self.kind, "stability": self.stability}
        own = {name: getattr(self, name) for name in names}
        return table([{**told, "m_x": mx, "m_y": my, "m_z": mz, **own, **fit, **energies}])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the cut through the centre across z, shaded by the part along z; returns the axes."""
        ax = axes_for(ax)
        self.field().sel("z").mpl(ax=ax, scalar_kw={"colorbar": False})
        return ax

    def __repr__(self) -> str:
        return f"ContinuumState({self.B_T:g} T, {self.kind}, m = {self.along:.5f} along B, {self.stability})"


class Continuum:
    """The continuum problem of one sphere in fields along one direction."""

    def __init__(self, material: Material, radius_m: float, direction: Sequence[float] | Array) -> None:
        self.material, self.radius_m = material, radius_m
        lengths = radius_m / material.exchange_length_m
        if lengths > LARGEST_RADIUS:
            raise TooLarge(
                f"radius_nm = {radius_m * 1e9:g} is {lengths:.1f} exchange lengths of {material.name}; "
                f"spheres are solved up to {LARGEST_RADIUS:g}: larger ones have too narrow a core"
            )
        self.turn = frame_along(direction)
        """Takes the material's frame to the problem's, whose z is the field's direction."""
        A, Ms = material.A_J_per_m, material.Ms_A_per_m
        self.k = material.Ku_J_per_m3 * radius_m**2 / A
        self.d = material.magnetostatic_J_per_m3 * radius_m**2 / A
        self.unit_T = A / (Ms * radius_m**2)
        """Tesla of one unit of reduced field."""
        self.axis = self.turn @ np.array(material.axis)
        self.aligned = self.k == 0.0 or bool(abs(abs(self.axis[2]) - 1.0) < 1e-12)
        self.turns_back = self.k == 0.0 or bool(abs(self.axis[1]) < 1e-12)
        """Whether a half turn about y with reversed time leaves field and axis as they are."""
        self._energies: dict[Solver, Energy] = {}

    def uniform_curvature_T(self, B_T: float, along: float) -> float:
        """Smallest curvature of the uniform state along or against the field: field less its loss.

        Source: Brown 1963 (curling); -2Ku/Ms (coherent rotation).
        """
        return math.copysign(1.0, along) * B_T - self._uniform_lost_T

    @cached_property
    def _uniform_lost_T(self) -> float:
        m = self.material
        on_axis = Material(m.name, m.Ms_A_per_m, m.A_J_per_m, m.Ku_J_per_m3)
        return nucleation_field(on_axis, self.radius_m).uniform_lost_T

    def energy(self, at: Solver, B_T: float) -> Energy:
        """The energy on one ball in one field."""
        if at not in self._energies:
            self._energies[at] = Energy(at.ball, self.k, self.d, np.zeros(3), self.axis)
        return self._energies[at].in_field(_Z * (B_T / self.unit_T))

    def is_even(self, ball: Ball, c: Array) -> bool:
        """Whether a half turn about y with reversed time leaves a state, and its problem, as it is."""
        return self.turns_back and bool(np.linalg.norm(c * ball.sectors[1]) < _EVEN * np.linalg.norm(c))

    def _free_axes(self, b: Array) -> list[Array]:
        """Axes about which a rotation of the whole state costs nothing."""
        if np.abs(b).max() < _NO_FIELD:
            return list(np.eye(3)) if self.k == 0.0 else [self.axis]
        return [_Z] if self.aligned else []

    def free_in_no_field(self, point: Point) -> bool:
        """Whether a rotation costs nothing that costs energy in any field along the direction."""
        free = not self.aligned and np.abs(point.energy.b).max() < _NO_FIELD
        return bool(free) and len(self.zero_modes(point)) > 0

    def zero_modes(self, point: Point) -> Array:
        """Rotations that cost nothing by symmetry and do move the state, (j, 3, n_basis)."""
        ball = point.energy.ball
        whole = solver(ball.degree, ball.order).ball if ball.half else ball
        modes = [rotated(whole, point.c, axis) for axis in self._free_axes(point.energy.b)]
        kept = [mode for mode in modes if np.vdot(mode, point.metric(mode)) > 1e-10]
        return np.stack(kept) if kept else np.zeros((0, 3, ball.n_basis))

    def turn_about_axis(self, point: Point) -> Turn | None:
        """The rotation about an easy axis off the field, which costs energy in the field alone.

        None where it is a zero mode, or does not move the state.
        """
        if self.aligned or np.abs(point.energy.b).max() < _NO_FIELD:
            return None
        ball = point.energy.ball
        whole = solver(ball.degree, ball.order).ball if ball.half else ball
        mode = rotated(whole, point.c, self.axis)
        if ball.half:
            mode = mode * ball.sectors[1]
        if np.vdot(mode, point.metric(mode, ball.half)) < 1e-10:
            return None
        return Turn(mode, point.along(np.cross(self.axis, point.energy.b), ball.half))

    def observable(self, point: Point) -> Array:
        """What of the mean magnetisation does not depend on a free azimuth."""
        mean, axes = point.mean, self._free_axes(point.energy.b)
        if len(axes) == 1:
            along = float(mean @ axes[0])
            return np.array([along, math.sqrt(max(float(mean @ mean) - along**2, 0.0))])
        return np.array([np.linalg.norm(mean)]) if axes else mean

    def apart(self, one: Point, other: Point) -> float:
        """Largest difference of what of the mean magnetisation neither leaves free."""
        a, b = self.observable(one), self.observable(other)
        if a.shape != b.shape:  # in one of their fields more is free
            a, b = (np.array([np.linalg.norm(point.mean)]) for point in (one, other))
        return float(np.abs(a - b).max())

    def stationary(self, at: Solver, B_T: float, c: Array, *, downhill: bool = False) -> Point | None:
        """The stationary point near c of its own branch or, if `downhill`, the end of a descent from c.

        From an even c it is sought among even ones.
        """
        energy = self.energy(at, B_T)
        if not at.ball.half and self.is_even(at.ball, c):
            even = self.stationary(at.half, B_T, c * at.ball.sectors[0], downhill=downhill)
            return None if even is None else energy.at(even.c)
        zero_modes = None if at.ball.order == 1 else self.zero_modes
        if not downhill:
            return at.polish(energy.at(c), zero_modes)
        for tolerance in (1e-4, 1e-6):
            point = at.descend(energy, c, tolerance=tolerance)
            found = at.polish(point, zero_modes)
            if found is not None:
                return found
            c = point.c
        return None

    def certified(
        self,
        B_T: float,
        point: Point,
        axisymmetric: bool,
        start: Array | None = None,
        k: int = 4,
        shift: float = SHIFT,
        tolerance: float = 1e-5,
    ) -> ContinuumState:
        """The state with the smallest curvatures."""
        ball = point.energy.ball
        if axisymmetric:  # its modes need one azimuthal order more than itself
            at = solver(ball.degree, 2)
            wide = self.energy(at, B_T).at(ball.carried(point.c, at.ball))
        else:
            at, wide = solver(ball.degree), point
        begin = None if start is None or start.shape[2] != at.ball.n_basis else start
        if self.aligned and np.linalg.norm(wide.mean) > 1.0 - _UNIFORM:  # a deep saddle needs a larger shift
            shift = max(shift, -2.0 * self.uniform_curvature_T(B_T, wide.mean[2]) / self.unit_T)
        held = self.zero_modes(wide)
        if not self.is_even(at.ball, wide.c):
            found = spectrum(
                *(at, wide, k),
                start=begin,
                zero_modes=held,
                shift=shift,
                tolerance=tolerance,
                turn=self.turn_about_axis(wide),
            )
            return ContinuumState(B_T, self, wide, axisymmetric, found)
        upper = self.energy(at.half, B_T).at(wide.c * at.ball.sectors[0])
        found = spectrum_of_even(
            *(at.half, upper, k),
            start=begin,
            zero_modes=held,
            shift=shift,
            tolerance=tolerance,
            turn=self.turn_about_axis(upper),
        )
        return ContinuumState(B_T, self, wide, axisymmetric, found)

    def reduced(self, point: Point) -> tuple[Point, bool]:
        """The point on the smallest ball that holds it, and whether it is axisymmetric about the field."""
        ball = point.energy.ball
        if ball.order == 1:
            return point, True
        if not self.aligned:
            return self._evened(point), False
        rest = point.c - axisymmetric_part(ball, point.c)
        if np.vdot(rest, point.metric(rest)) > _AXISYMMETRIC:
            return self._evened(point), False
        at = solver(ball.degree, 1)
        c = axisymmetric_part(at.ball, ball.carried(point.c, at.ball))
        found = self.stationary(at, float(point.energy.b[2]) * self.unit_T, c)
        return (found, True) if found is not None else (point, False)

    def _evened(self, point: Point) -> Point:
        """The even state of which a point differs by noise alone, if it does."""
        ball = point.energy.ball
        rest = point.c * ball.sectors[1]
        if not self.turns_back or np.vdot(rest, point.metric(rest)) > _AXISYMMETRIC or not rest.any():
            return point
        found = self.stationary(
            solver(ball.degree, ball.order), float(point.energy.b[2]) * self.unit_T, point.c * ball.sectors[0]
        )
        return point if found is None else found

    def carried(self, state: ContinuumState, at: Solver, c: Array | None = None) -> Array:
        """Coefficients of a state, or c of its ball, on another ball."""
        c = state.point.energy.ball.carried(state.point.c if c is None else c, at.ball)
        return axisymmetric_part(at.ball, c) if state.axisymmetric else c

    def ball_of(self, state: ContinuumState, degree: int) -> Solver:
        """The smallest ball that holds the state at this degree."""
        return solver(degree, 1 if state.axisymmetric else None)

    def followed(self, at: Solver, from_T: float, to_T: float, c: Array) -> Point | None:
        """The branch's point at a field, by as many steps as it needs; None if it ends before."""
        done, step = 0.0, 1.0
        while True:
            point = self.stationary(at, from_T + (done + step) * (to_T - from_T), c)
            if point is None:
                step *= 0.5
                if step < _LEAST_STEP:
                    return None
                continue
            done, c = done + step, point.c
            if done > 1.0 - 1e-12:
                return point
            step = min(step, 1.0 - done)

    def refined(self, state: ContinuumState, degree: int, k: int = 4) -> ContinuumState | None:
        """The same state, with k modes, at another degree; None if that degree does not hold it."""
        point = self._at_degree(state, degree)
        if point is None:
            return None
        ball, wide = state.point.energy.ball, solver(degree, 2 if state.axisymmetric else None).ball
        start = np.stack([ball.carried(mode, wide) for mode in state.spectrum.modes])
        shift = SOFT_SHIFT if state.spectrum.eigenvalues[0] > -0.5 * SOFT_SHIFT else SHIFT
        return self.certified(state.B_T, point, state.axisymmetric, start=start, k=k, shift=shift)

    def _at_degree(self, state: ContinuumState, degree: int) -> Point | None:
        """The same stationary point at another degree; None if that degree does not hold it."""
        at = self.ball_of(state, degree)
        point = self.stationary(at, state.B_T, self.carried(state, at))
        return None if point is None or self.apart(point, state.point) > _ANOTHER_STATE else point

    def with_errors(self, state: ContinuumState) -> ContinuumState:
        """The state with its errors, from coarser degrees; nan if one of them lacks the state."""
        with warnings.catch_warnings(), ThreadPoolExecutor(len(COARSER)) as pool:
            warnings.simplefilter(
                "ignore", UserWarning
            )  # as `spectrum` does, but a filter is no thread's own
            coarser = list(pool.map(lambda less: self.refined(state, state.degree - less, k=2), COARSER))
        same = tuple(other for other in coarser if other is not None)
        if len(same) < len(coarser):
            return state
        m = self.observable(state.point)
        m_error = max(float(np.abs(self.observable(other.point) - m).max()) for other in same)
        return replace(state, m_error=m_error, lambda_error_T=_lambda_error(state, same), coarser=same)

    def to_accuracy(self, state: ContinuumState, wanted: float, degrees: Sequence[int]) -> ContinuumState:
        """The state at the first of the degrees, from its own on, whose error is as wanted; else the last.

        Raises
        ------
        NotResolved
            If coarser degrees do not hold the state, or m turns too fast for the polynomials somewhere.
        """
        state = self.with_errors(state)
        for degree in degrees:
            if degree <= state.degree or state.m_error <= wanted:
                continue
            finer = self.refined(state, degree)
            if finer is not None:
                state = self.with_errors(finer)
        if not math.isfinite(state.m_error):
            raise NotResolved(
                f"B = {state.B_T:g} T: the state of degree {state.degree} is not that of smaller degrees; "
                "it may have several vortices or a wall too thin to resolve"
            )
        ball = state.point.energy.ball
        u = _between_nodes(ball.degree, ball.order).values(state.point.c)
        least = float(np.linalg.norm(u, axis=-1).min())
        if least < _LEAST_LENGTH:
            raise NotResolved(
                f"B = {state.B_T:g} T: m turns over too short a length at degree {state.degree} (|u| falls "
                f"to {least:.2g} of 1): a Bloch point, or a core too narrow to resolve"
            )
        return state

    def with_inertia(self, state: ContinuumState, degrees: Sequence[int]) -> ContinuumState:
        """The state with the negative eigenvalues of its whole Hessian counted at some degrees."""
        counts = []
        for degree in degrees:
            point = self._at_degree(state, degree)
            if point is None:
                continue
            at = solver(degree)
            c = point.energy.ball.carried(point.c, at.ball)
            if self.is_even(at.ball, c):
                at, c = at.half, c * at.ball.sectors[0]
            whole = self.energy(at, state.B_T).at(c)
            held = self.zero_modes(self.energy(solver(degree), state.B_T).at(c))
            counts.append(negative_modes(at, whole, held, state.axisymmetric, self.turn_about_axis(whole)))
        return replace(state, inertia=tuple(counts))


def _lambda_error(state: ContinuumState, coarser: Sequence[ContinuumState]) -> float:
    """By how much the smallest curvature may be off: by its own mode, and by others that may lie lower."""
    if state.problem.aligned and state.kind == "uniform":
        return 0.0

    def off(value: float, others: Sequence[float]) -> float:
        pairs = zip(_CURVATURE_SHARE, others, strict=True)
        return max(share * abs(value - other) for share, other in pairs)

    value, of_modes = state.solved_lambda_T, [other.lowest_T for other in coarser]
    bars = {
        breaks: off(lowest, [other[breaks] for other in of_modes])
        for breaks, lowest in state.lowest_T.items()
        if all(breaks in other for other in of_modes)
    }
    softest = next(iter(state.lowest_T))
    bars.setdefault(softest, off(value, [other.solved_lambda_T for other in coarser]))
    below = min(state.lowest_T[breaks] - bar for breaks, bar in bars.items())
    return max(bars[softest], value - below)
