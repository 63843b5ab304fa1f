"""The problem of one sphere in fields along one direction: its energy, its symmetries, its stationary points.

In: a material, a radius, the direction of the field. Out: `Point`s, stationary at given fields.

It is posed in a frame whose z is the field's direction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from reduced_model.continuum import uniform
from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.curvature import Spectrum, Turn
from reduced_model.continuum.equilibrium import Solver, TooLarge, solver
from reduced_model.continuum.state import Energy, Point
from reduced_model.continuum.symmetry import ModeName, frame_along, rotated
from reduced_model.materials import Material
from reduced_model.nucleation.spinodals import NucleationField, on_axis_nucleation_field

LARGEST_RADIUS = 16.0
"""In exchange lengths: beyond it polynomials of any degree tried are too smooth for a core."""
_NO_FIELD = 1e-8
"""Reduced field below which it breaks no symmetry that could be seen."""
_EVEN = 1e-6
"""Part of the coefficients that a half turn about y with reversed time inverts, up to which it is noise."""
_IS_TURN = 0.5
"""Share of a mode from which it is a turn about the easy axis."""
_UNIFORM_NOISE = 1e-6
"""Part of the coefficients up to which what is not uniform is noise."""
_LEAST_STEP, _LEAST_STEP_T = 1.0 / 64.0, 1e-4
"""Part of a field step, and field, below which both a branch that cannot be followed is taken to end."""
_BEYOND = 0.15
"""Change of m, rms, by which a state is set beyond the end of its branch, in the direction it was going."""
_BENDS, _STRAIGHT, _NO_CHANGE = 0.6, 0.15, 1e-4
"""Parts by which a branch's slope may change between steps, and by which the next may be twice as long; and
change of m from which on that is asked."""
_Z = np.array([0.0, 0.0, 1.0])


class Problem:
    """One sphere in fields along one direction."""

    def __init__(self, material: Material, radius_m: float, direction: Sequence[float] | Array) -> None:
        self.material, self.radius_m = material, radius_m
        self.exchange_lengths = radius_m / material.exchange_length_m
        if self.exchange_lengths > LARGEST_RADIUS:
            raise TooLarge(
                f"radius_nm = {radius_m * 1e9:g} is {self.exchange_lengths:.1f} exchange lengths of "
                f"{material.name}; spheres are solved up to {LARGEST_RADIUS:g}: larger ones have too narrow "
                "a core"
            )
        self.turn = _frame(direction, material)
        """Takes the material's frame to the problem's: z is the field's direction, x-z the axis's plane."""
        A, Ms = material.A_J_per_m, material.Ms_A_per_m
        self.k = material.Ku_J_per_m3 * radius_m**2 / A
        self.d = material.magnetostatic_J_per_m3 * radius_m**2 / A
        self.unit_T = A / (Ms * radius_m**2)
        """Tesla of one unit of reduced field."""
        self.axis = self.turn @ np.array(material.axis)
        self.aligned = material.is_along([float(component) for component in direction])
        self.across = abs(float(self.axis[2])) < uniform.ACROSS
        """Whether the axis stands across the field."""
        self._energies: dict[Solver, Energy] = {}

    def uniform_curvature_T(self, B_T: float, along: float) -> float:
        """Smallest curvature of the uniform state along or against the field: field less its loss.

        Source: Brown 1963 (curling); -2Ku/Ms (coherent rotation).
        """
        return math.copysign(1.0, along) * B_T - self._closed.uniform_lost_T

    def uniform_end(self, along: float) -> tuple[float, ModeName]:
        """Field at which the uniform state along or against it goes soft, and the mode that does."""
        end_T = math.copysign(1.0, along) * self._closed.uniform_lost_T
        return end_T, "curling" if self._closed.brown_T > self._closed.coherent_T else "coherent rotation"

    @cached_property
    def _closed(self) -> NucleationField:
        return on_axis_nucleation_field(self.material, self.radius_m)

    def energy(self, at: Solver, B_T: float) -> Energy:
        """The energy on one ball in one field."""
        if at not in self._energies:
            self._energies[at] = Energy(at.ball, self.k, self.d, np.zeros(3), self.axis)
        return self._energies[at].in_field(_Z * (B_T / self.unit_T))

    def is_even(self, ball: Ball, c: Array) -> bool:
        """Whether a half turn about y with reversed time leaves a state, as it does the problem, as it is."""
        return bool(np.linalg.norm(c * ball.sectors[1]) < _EVEN * np.linalg.norm(c))

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

    def turning_modes(self, point: Point) -> Spectrum:
        """The modes of a uniform state off the easy axis that keep it uniform, in closed form; else none.

        Those that cost nothing by symmetry are left out.
        """
        ball = point.energy.ball
        m = None if self.aligned else uniform_moment(ball, point.c)
        found = []
        if m is not None:
            found = list(uniform.turning_curvatures(self.k, float(point.energy.b[2]), self.axis, m))
            if len(self.zero_modes(point)):
                found.pop()
        modes = [uniform_coefficients(ball, direction) for direction, _ in found]
        return Spectrum(
            np.array([value for _, value in found]),
            np.array(modes).reshape(-1, 3, ball.n_basis),
            np.zeros(len(found)),
            np.arange(len(found)) > 0,
        )

    def turning_field_T(self, point: Point, towards_T: float) -> float:
        """Where, on the way to a field, turning ends the branch of a uniform state off the easy axis.

        nan if it is none, or none that the axis holds.
        """
        m = None if self.aligned else uniform_moment(point.energy.ball, point.c)
        if m is None or abs(m @ self.axis) < uniform.ACROSS:
            return math.nan
        ends = self.unit_T * uniform.turning_field(self.k, self.axis)
        if self.across:  # it leans with the field until it is along it
            return math.copysign(ends, towards_T - float(point.energy.b[2]) * self.unit_T)
        return -math.copysign(ends, float(m @ self.axis) * float(self.axis[2]))

    def turns_as_a_whole(self, point: Point, mode: Array) -> bool:
        """Whether a mode is a turn about an easy axis off the field."""
        if self.aligned:
            return False
        ball = point.energy.ball
        turn = rotated(solver(ball.degree, ball.order).ball if ball.half else ball, point.c, self.axis)
        moved = point.metric(turn)
        size = float(np.vdot(turn, moved))
        return size > 1e-10 and float(np.vdot(mode, moved)) ** 2 > _IS_TURN * size

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

        From an even c it is sought among even ones, from a uniform one among those.
        """
        energy = self.energy(at, B_T)
        moment = None if self.aligned else uniform_moment(at.ball, c)
        if moment is not None:
            field = B_T / self.unit_T
            m = uniform.direction(self.k, field, self.axis, moment, downhill=downhill)
            return None if m is None else energy.at(uniform_coefficients(at.ball, m))
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

    def followed(self, at: Solver, from_T: float, to_T: float, c: Array) -> Point | None:
        """The branch's point at a field, by as many steps as it needs; None if it ends before."""
        return self.followed_or_lost(at, from_T, to_T, c)[0]

    def followed_or_lost(
        self, at: Solver, from_T: float, to_T: float, c: Array
    ) -> tuple[Point | None, Array]:
        """The branch's point at a field and its coefficients; without one, the last and where they led."""
        done, step, slope = 0.0, 1.0, None
        least = min(_LEAST_STEP, _LEAST_STEP_T / (abs(to_T - from_T) or 1.0))
        while step >= least:
            point = self.stationary(at, from_T + (done + step) * (to_T - from_T), c)
            if point is None or not _goes_on(slope, (point.c - c) / step, step):
                step *= 0.5
                continue
            last, slope = slope, (point.c - c) / step
            c, done = point.c, done + step
            if done > 1.0 - 1e-12:
                return point, c
            step = min(2.0 * step if _goes_on(last, slope, step, _STRAIGHT) else step, 1.0 - done)
        if slope is None:
            return None, c
        changed, whole = (float(np.linalg.norm(of)) for of in (slope, c))
        return None, c + (_BEYOND * whole / max(changed, _NO_CHANGE)) * slope


def _goes_on(before: Array | None, slope: Array, step: float, share: float = _BENDS) -> bool:
    """Whether what has changed by one slope may change by another in a step; else it is another branch."""
    if before is None:
        return True
    return bool(np.linalg.norm(slope - before) * step <= share * np.linalg.norm(slope) * step + _NO_CHANGE)


def uniform_coefficients(ball: Ball, m: Array) -> Array:
    """Coefficients, (3, n_basis), of a uniform field."""
    return np.asarray(m[:, None] * ball.project(np.ones((*ball.shape, 1))))


def uniform_moment(ball: Ball, c: Array) -> Array | None:
    """The direction of a uniform magnetisation, (3,); None of another."""
    places = ball.n == 0
    length = np.linalg.norm(c[:, places])
    if np.linalg.norm(c[:, ~places]) > _UNIFORM_NOISE * length:
        return None
    return np.asarray(c[:, places].ravel() / length)


def _frame(direction: Sequence[float] | Array, material: Material) -> Array:
    """A rotation that takes the field's direction to z, and the easy axis to the x-z plane."""
    turn = frame_along(direction)
    x, y, _ = turn @ np.array(material.axis)
    across = math.hypot(x, y)
    if material.Ku_J_per_m3 == 0.0 or across < 1e-12 or y == 0.0:
        return turn
    about_z = np.array([[x, y, 0.0], [-y, x, 0.0], [0.0, 0.0, across]]) / across
    return np.asarray(about_z @ turn)
