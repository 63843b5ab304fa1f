"""The energy of a magnetisation of the ball, with its gradient and its Hessian's product.

In: coefficients of u, three polynomials; the magnetisation is m = u/|u|. Out: energies in units of (4 pi/3) A R.

    E = (3/4pi) [ integral |grad m|^2 - k (m.a)^2 - b m.B - (d/2) m.h ]  +  gauge (3/4pi) integral (|u|^2 - 1)^2
with k = Ku R^2/A, b = Ms B R^2/A, d = mu0 Ms^2 R^2/A, easy axis a. |m| = 1 and the gradient are exact at the nodes;
the last term holds |u|, which means nothing, near 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.magnetostatics import Magnetostatics

PREFACTOR = 3.0 / (4.0 * np.pi)


@dataclass(frozen=True, eq=False)
class Energy:
    """The reduced energy on the coefficients of one ball."""

    ball: Ball
    k: float
    d: float
    b: Array
    """Reduced field, (3,)."""
    axis: Array
    """Easy axis, (3,)."""
    gauge: float = 10.0

    @cached_property
    def magnetostatics(self) -> Magnetostatics:
        return Magnetostatics(self.ball)

    def at(self, c: Array) -> "Point":
        """Everything at one state, (3, n_basis)."""
        u, *slopes = self.ball.expand(c)
        return Point(self, u, np.stack(slopes))


def _dot(a: Array, b: Array) -> Array:
    return np.einsum("...c,...c->...", a, b)[..., None]


class Point:
    """Energy, gradient and Hessian's product at one state."""

    def __init__(self, energy: Energy, u: Array, slopes: Array) -> None:
        self.energy, self.u, self.slopes = energy, u, slopes
        self.length = np.sqrt(_dot(u, u))
        self.m = m = u / self.length
        self.q = _dot(m, slopes)
        self.dm = (slopes - m * self.q) / self.length
        self.h, self.demag = energy.magnetostatics.field(m)
        self.w = energy.ball.weights[..., None] * PREFACTOR
        self.along_axis = (m @ energy.axis)[..., None]

    @cached_property
    def terms(self) -> dict[str, float]:
        """Exchange, anisotropy, Zeeman and magnetostatic energy; the gauge's apart."""
        e, w = self.energy, self.w
        return {
            "exchange": float(np.sum(w * self.dm**2)),
            "anisotropy": -e.k * float(np.sum(w * self.along_axis**2)),
            "zeeman": -float(e.b @ self.mean),
            "magnetostatic": e.d * PREFACTOR * self.demag,
        }

    @cached_property
    def mean(self) -> Array:
        """Mean magnetisation, (3,)."""
        return np.sum(self.w * self.m, axis=(0, 1, 2))

    @cached_property
    def value(self) -> float:
        """Energy, the gauge's part included."""
        excess = self.length**2 - 1.0
        return sum(self.terms.values()) + self.energy.gauge * float(np.sum(self.w * excess**2))

    @cached_property
    def _pull(self) -> Array:
        """dE/dm of the terms without derivatives, a field."""
        e = self.energy
        return -2.0 * e.k * self.along_axis * e.axis - e.b - e.d * self.h

    @cached_property
    def _along_u(self) -> tuple[Array, Array]:
        """What exchange and what the other terms give along u."""
        rho, m, q, s = self.length, self.m, self.q, self.slopes
        exchange = -(2.0 / rho**3) * np.sum((_dot(s, s) - 2.0 * q**2) * m + q * s, axis=0)
        g = self._pull
        return exchange, (g - m * _dot(m, g)) / rho

    @cached_property
    def gradient(self) -> Array:
        """dE/dc, (3, n_basis)."""
        exchange, others = self._along_u
        gauge = 4.0 * self.energy.gauge * (self.length**2 - 1.0) * self.u
        slopes = 2.0 * self.dm / self.length
        return self.energy.ball.collect(self.w * (exchange + others + gauge), *(self.w * slopes))

    def times(self, v: Array) -> Array:
        """The Hessian times a vector of coefficients, (3, n_basis)."""
        e, w, rho, m, q, s = self.energy, self.w, self.length, self.m, self.q, self.slopes
        du, *ds = e.ball.expand(v)
        ds = np.stack(ds)
        drho = _dot(m, du)
        dm = (du - m * drho) / rho
        dq = _dot(dm, s) + _dot(m, ds)
        ddm = (ds - dm * q - m * dq) / rho - self.dm * (drho / rho)
        dslopes = 2.0 * (ddm - self.dm * (drho / rho)) / rho
        exchange, others = self._along_u
        inner = (2.0 * _dot(s, ds) - 4.0 * q * dq) * m + (_dot(s, s) - 2.0 * q**2) * dm + dq * s + q * ds
        along = -3.0 * (drho / rho) * exchange - (2.0 / rho**3) * np.sum(inner, axis=0)
        g = self._pull
        dh = e.magnetostatics.field(dm)[0]
        dg = -2.0 * e.k * (dm @ e.axis)[..., None] * e.axis - e.d * dh
        along += (dg - dm * _dot(m, g) - m * (_dot(dm, g) + _dot(m, dg))) / rho - others * (drho / rho)
        along += 4.0 * e.gauge * (2.0 * rho * drho * self.u + (rho**2 - 1.0) * du)
        return e.ball.collect(w * along, *(w * dslopes))
