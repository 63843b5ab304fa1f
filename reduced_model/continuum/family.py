"""Upright vortices between the reduced model and the continuum: the Ansatz with more coordinates.

In: a sphere, some `Coordinate`s. Out: the texture of least energy that they hold, in any field.

With Theta the angle of m to the axis and Psi that of its part across the axis to e_phi,
    m = (sin Theta sin Psi, sin Theta cos Psi, cos Theta) in (rho, phi, z),
    Theta = gd(psi) + sum a_j A_j,    psi = sum n_j P_j,    Psi = sum c_j C_j,
P, A, C polynomials in rho and z. psi = nu rho alone is the Ansatz (gd: tanh = sin gd, sech = cos gd), psi =
nu rho (1 - kappa z^2) its axial modulation (Adams & Michels 2026, Eq. 6). Lengths are in radii.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import minimize

from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.equilibrium import NotResolved, Solver, solver
from reduced_model.continuum.magnetostatics import Magnetostatics
from reduced_model.continuum.problem import Continuum
from reduced_model.continuum.state import PREFACTOR, Energy, Point
from reduced_model.continuum.symmetry import axisymmetric_part
from reduced_model.continuum.texture import UNIFORM_LOSS
from reduced_model.errors import ModelError
from reduced_model.nucleation.spinodals import on_axis_nucleation_field

Angle = Literal["psi", "Theta", "Psi"]
NODES_DEGREE = 24
"""Degree of the nodes and of the potential: gd has poles at a distance of pi/2 nu from the axis."""
_LEAST_NU = 0.7
"""With which a vortex is sought at least."""
_FLAT = 1e-9
"""Slope of the energy at which a minimum is found; energies are of the order of a hundred."""


@dataclass(frozen=True)
class Coordinate:
    """One number more: a polynomial sum_k factor_k rho^i_k z^j_k in one of the three angles."""

    angle: Angle
    terms: tuple[tuple[float, int, int], ...]
    """(factor, power of rho, power of z)."""
    start: float = 0.0

    def on(self, rho: Array, z: Array) -> Array:
        """Value and derivatives along rho and z, (3, ...)."""
        out = np.zeros((3, *rho.shape))
        for factor, i, j in self.terms:
            out[0] += factor * rho**i * z**j
            out[1] += factor * i * rho ** max(i - 1, 0) * z**j
            out[2] += factor * j * rho**i * z ** max(j - 1, 0)
        return out


def core_width(axial: int = 0) -> Coordinate:
    """The Ansatz's nu and, from axial = 2 on, its modulation along the core: rho z^axial in psi."""
    return Coordinate("psi", ((1.0, 1, axial),), start=0.0 if axial else 3.0)


def radial(order: int, axial: int = 0) -> Coordinate:
    """rho^(2 order - 1) (1 - rho^2) z^axial in Theta, which may pass 90 degrees: a collar may reverse."""
    i = 2 * order - 1
    return Coordinate("Theta", ((1.0, i, axial), (-1.0, i + 2, axial)))


def outward(radial_power: int = 0, axial: int = 1) -> Coordinate:
    """rho^radial_power z^axial in Psi: m_rho, odd in z, as the stray field wants it."""
    return Coordinate("Psi", ((1.0, radial_power, axial),))


@dataclass(frozen=True, eq=False)
class Upright:
    """The texture of least energy of a family in one field."""

    family: Family
    B_T: float
    coordinates: tuple[Coordinate, ...]
    values: Array
    """Of the coordinates."""

    @cached_property
    def m(self) -> Array:
        """(rho, phi, z) components at the nodes, (3, theta, r)."""
        return texture(self.coordinates, self.values, self.family.rho, self.family.z)

    @cached_property
    def terms(self) -> dict[str, float]:
        """Exchange, anisotropy, Zeeman and magnetostatic energy, in (4 pi/3) A R, from MuMax3's zero."""
        return self.family.energy(self.coordinates, self.values, self.B_T)[0]

    @property
    def energy(self) -> float:
        """Their sum."""
        return sum(self.terms.values())

    @property
    def mz(self) -> float:
        """Mean magnetisation along the field."""
        return float((self.family.weights * self.m[2]).sum())

    @property
    def nu(self) -> float:
        """nu of the Ansatz."""
        return float(self.values[0])

    def on(self, degree: int) -> Point:
        """The texture as polynomials of a degree, with the azimuthal numbers that tilt it.

        They hold u = m cosh psi, which has no poles; so the gauge, which wants |u| = 1, is left out.
        """
        energy = self.family.gauge_free(degree, self.B_T)
        ball = energy.ball
        x, y, z = np.moveaxis(ball.points, -1, 0)
        rho = np.hypot(x, y)
        outward, around, along = texture(self.coordinates, self.values, rho, z)
        u = np.stack((outward * x - around * y, outward * y + around * x, along * rho), axis=-1)
        psi = sum(
            v * c.on(rho, z)[0]
            for c, v in zip(self.coordinates, self.values, strict=True)
            if c.angle == "psi"
        )
        return energy.at(ball.project(u * (np.cosh(psi) / rho)[..., None]))


class Family:
    """Upright textures of one sphere in fields along its axis."""

    def __init__(self, problem: Continuum, nodes_degree: int = NODES_DEGREE) -> None:
        if not problem.aligned:
            raise ModelError("an upright vortex stands along the easy axis: give a field along it")
        self.problem = problem
        ball = Ball(nodes_degree, max_order=0)
        self.magnetostatics = Magnetostatics(ball)
        self.shape = ball.shape
        self.weights: Array = PREFACTOR * ball.weights.sum(axis=0)
        """Of averages over the ball, (theta, r)."""
        x, y, z = np.moveaxis(ball.points[0], -1, 0)
        self.rho, self.z = np.hypot(x, y), z
        self._gauge_free: dict[int, Energy] = {}
        self._known: dict[Coordinate, Array] = {}
        self._sine, self._cosine = self.rho / np.hypot(self.rho, z), z / np.hypot(self.rho, z)

    def gauge_free(self, degree: int, B_T: float) -> Energy:
        """The energy of states whose |u| is not one, on a ball that holds the turns of upright ones."""
        problem = self.problem
        if degree not in self._gauge_free:
            self._gauge_free[degree] = replace(problem.energy(solver(degree, 2), 0.0), gauge=0.0)
        return self._gauge_free[degree].in_field(np.array([0.0, 0.0, B_T / problem.unit_T]))

    def energy(
        self, coordinates: Sequence[Coordinate], values: Array, B_T: float
    ) -> tuple[dict[str, float], Array]:
        """Energy terms of a texture, and the derivatives of their sum along the coordinates."""
        w, problem = self.weights, self.problem
        b = B_T / problem.unit_T
        shapes = self._shapes(tuple(coordinates))
        angles: dict[Angle, Array] = {name: np.zeros((3, *w.shape)) for name in ("psi", "Theta", "Psi")}
        for coordinate, value, shape in zip(coordinates, values, shapes, strict=True):
            angles[coordinate.angle] += value * shape
        psi, Psi = angles["psi"], angles["Psi"]
        sech, tanh = 1.0 / np.cosh(psi[0]), np.tanh(psi[0])
        Theta = angles["Theta"] + np.stack((gudermannian(psi[0]), sech * psi[1], sech * psi[2]))
        s, c = np.sin(Theta[0]), np.cos(Theta[0])
        turning = Psi[1] ** 2 + Psi[2] ** 2 + self.rho**-2.0
        m = _components(Theta[0], Psi[0])
        slope, demag = self._potential(m)
        terms = {
            "exchange": float((w * (Theta[1] ** 2 + Theta[2] ** 2 + s * s * turning)).sum()),
            "anisotropy": -problem.k * float((w * c * c).sum()),
            "zeeman": -b * float((w * c).sum()),
            "magnetostatic": problem.d * demag,
        }
        sin, cos = np.sin(Psi[0]), np.cos(Psi[0])
        by_Theta = 2.0 * s * c * (turning + problem.k) + b * s
        by_Theta += problem.d * (slope[0] * c * sin + slope[1] * c * cos - slope[2] * s)
        by_Psi = problem.d * s * (slope[0] * cos - slope[1] * sin)
        gradient = np.empty(len(values))
        for j, (coordinate, f) in enumerate(zip(coordinates, shapes, strict=True)):
            if coordinate.angle == "Psi":
                density = by_Psi * f[0] + 2.0 * s * s * (Psi[1] * f[1] + Psi[2] * f[2])
            else:
                if coordinate.angle == "psi":
                    f = np.stack([sech * f[0], *(sech * (f[a] - tanh * f[0] * psi[a]) for a in (1, 2))])
                density = by_Theta * f[0] + 2.0 * (Theta[1] * f[1] + Theta[2] * f[2])
            gradient[j] = (w * density).sum()
        return terms, gradient

    def minimum(self, coordinates: Sequence[Coordinate], B_T: float, start: Upright | None = None) -> Upright:
        """The texture of least energy, from the Ansatz or one of fewer coordinates on; the first is nu."""
        known = dict(zip(start.coordinates, start.values.tolist(), strict=True)) if start else {}
        begin = np.array([known.get(coordinate, coordinate.start) for coordinate in coordinates])
        begin[0] = max(begin[0], _LEAST_NU)  # the uniform state is stationary, and often a saddle

        def value(x: Array) -> tuple[float, Array]:
            terms, gradient = self.energy(coordinates, x, B_T)
            return sum(terms.values()), gradient

        found = minimize(value, begin, jac=True, method="BFGS", options={"gtol": _FLAT, "maxiter": 2000})
        return Upright(self, B_T, tuple(coordinates), found.x)

    def nucleation_T(self, coordinates: Sequence[Coordinate]) -> float:
        """Field at which the uniform state gives way to the family's vortices.

        Near it m_phi = f and m_z = 1 - f^2/2: 2 q^2 of Brown's field becomes the least <|grad f|^2 +
        f^2/rho^2>/<f^2>, twice, of the polynomials f in psi and Theta.
        """
        shapes = [
            s for c, s in zip(coordinates, self._shapes(tuple(coordinates)), strict=True) if c.angle != "Psi"
        ]
        f = np.stack(shapes)
        value, slopes = f[:, 0], f[:, 1:]
        w, per_rho = self.weights, value / self.rho
        exchange = np.einsum("tr,iatr,jatr->ij", w, slopes, slopes, optimize=True)
        exchange += np.einsum("tr,itr,jtr->ij", w, per_rho, per_rho, optimize=True)
        q2 = _least(exchange, np.einsum("tr,itr,jtr->ij", w, value, value, optimize=True))
        return (self.problem.d / 3.0 - 2.0 * self.problem.k - 2.0 * q2) * self.problem.unit_T

    def _shapes(self, coordinates: tuple[Coordinate, ...]) -> list[Array]:
        """The coordinates' polynomials with their slopes at the nodes."""
        for coordinate in coordinates:
            if coordinate not in self._known:
                self._known[coordinate] = coordinate.on(self.rho, self.z)
        return [self._known[coordinate] for coordinate in coordinates]

    def _potential(self, m: Array) -> tuple[Array, float]:
        """(rho, phi, z) slopes of the potential at the nodes, (3, theta, r), and -1/2 <m . h>."""
        along_r = m[0] * self._sine + m[2] * self._cosine
        along_theta = m[0] * self._cosine - m[2] * self._sine
        load = np.stack((along_r, along_theta, m[1])) * self.weights / self.shape[0]
        load = np.broadcast_to(load[:, None], (3, *self.shape))
        slopes, demag = self.magnetostatics.potential(load.reshape(3, -1))
        r, theta, phi = slopes.reshape(3, *self.shape)[:, 0] / PREFACTOR
        slope = np.stack((r * self._sine + theta * self._cosine, phi, r * self._cosine - theta * self._sine))
        return slope, demag / PREFACTOR


class UprightBranch:
    """The continuum's upright vortex, stable or not, in any field below nucleation."""

    def __init__(self, problem: Continuum) -> None:
        self.problem, self.family = problem, Family(problem)
        self._known: dict[int, dict[float, Array]] = {}

    @property
    def nucleation_T(self) -> float:
        """Brown's curling field."""
        return on_axis_nucleation_field(self.problem.material, self.problem.radius_m).brown_T

    def at(self, B_T: float, degree: int) -> Point:
        """Solved from the nearest field solved before, or from the Ansatz."""
        at, known = solver(degree, 1), self._known.setdefault(degree, {})
        point = None
        if known:
            near = min(known, key=lambda B: abs(B - B_T))
            point = self.problem.stationary(at, B_T, known[near])
        if point is None or point.mean[2] > 1.0 - UNIFORM_LOSS:
            point = self.problem.stationary(at, B_T, self._start(B_T, at), downhill=True)
        if point is None or point.mean[2] > 1.0 - UNIFORM_LOSS:
            raise NotResolved(f"B = {B_T:g} T: no upright vortex was found at degree {degree}")
        known[B_T] = point.c
        return point

    def _start(self, B_T: float, at: Solver) -> Array:
        """The Ansatz, curled where it would be uniform still, of unit length as the gauge wants it."""
        ansatz = self.family.minimum((core_width(),), B_T)
        curled = replace(ansatz, values=np.maximum(ansatz.values, _LEAST_NU))
        point = curled.on(at.ball.degree)
        ball = point.energy.ball
        c = ball.project(point.m.reshape(*ball.shape, 3))
        return axisymmetric_part(at.ball, ball.carried(c, at.ball))

    def wide(self, B_T: float, degree: int, wider: int) -> Point:
        """The same on a ball of some degrees more that holds its turns."""
        point, at = self.at(B_T, degree), solver(degree + wider, 2)
        return self.problem.energy(at, B_T).at(point.energy.ball.carried(point.c, at.ball))


def texture(
    coordinates: Sequence[Coordinate], values: Sequence[float] | Array, rho: Array, z: Array
) -> Array:
    """(rho, phi, z) components of a texture at any points, (3, ...)."""
    angles: dict[Angle, Array] = {name: np.zeros_like(rho) for name in ("psi", "Theta", "Psi")}
    for coordinate, value in zip(coordinates, values, strict=True):
        angles[coordinate.angle] = angles[coordinate.angle] + value * coordinate.on(rho, z)[0]
    return _components(gudermannian(angles["psi"]) + angles["Theta"], angles["Psi"])


def gudermannian(x: Array) -> Array:
    """The angle whose sine is tanh x and whose cosine is sech x."""
    return np.arctan(np.sinh(np.clip(x, -300.0, 300.0)))


def _components(Theta: Array, Psi: Array) -> Array:
    """(rho, phi, z) components of a unit vector by its angles."""
    return np.stack((np.sin(Theta) * np.sin(Psi), np.sin(Theta) * np.cos(Psi), np.cos(Theta)))


def _least(form: Array, norm: Array, smallest: float = 1e-10) -> float:
    """Least quotient of two quadratic forms; combinations of almost no norm are left out."""
    scale = np.diag(norm) ** -0.5
    values, vectors = np.linalg.eigh(norm * scale * scale[:, None])
    kept = vectors[:, values > smallest] * scale[:, None]
    return float(eigh(kept.T @ form @ kept, kept.T @ norm @ kept, eigvals_only=True)[0])
