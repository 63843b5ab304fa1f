"""Stationary states of the ball's energy: minima by descent, the state of one's own branch by Newton steps.

In: an `Energy` and a start. Out: a `Point`, stationary to a stated residual, or a refusal by name.

Both work in coordinates in which exchange is nearly the identity: its eigenfunctions (Neumann functions of
the ball) scaled by (2 lambda + shift)^(-1/2), so that the number of steps hardly grows with the degree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.optimize import minimize
from scipy.sparse.linalg import LinearOperator, minres

from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.state import Energy, Point
from reduced_model.errors import ModelError

SHIFT = 20.0
"""What stands for all other terms in the preconditioner; iterations vary little from 10 to 100."""


class NotResolved(ModelError):
    """The state asks for more than polynomials of this degree give."""

    exit_code = 1


class TooLarge(NotResolved):
    """A sphere of any state of which that is known beforehand."""

    exit_code = 2


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Scaled eigenfunctions of exchange: y <-> coefficients c."""

    ball: Ball

    @cached_property
    def _modes(self) -> tuple[Array, Array]:
        """(l, s, s) eigenfunctions and (l, s) scales of every angular degree."""
        L, S, _ = self.ball.extent
        V, scale = np.zeros((L, S, S)), np.ones((L, S))
        for ell in range(L):
            eigenvalues, vectors = np.linalg.eigh(self.ball.stiffness(ell))
            n = len(eigenvalues)
            V[ell, :n, :n], scale[ell, :n] = vectors, (2.0 * np.maximum(eigenvalues, 0.0) + SHIFT) ** -0.5
        return V, scale[:, :, None, None]

    def to_coefficients(self, y: Array) -> Array:
        """y, (3 n_basis,) -> c, (3, n_basis)."""
        V, scale = self._modes
        return self._apply(V, self.ball.pad(y.reshape(3, -1)) * scale)

    def of_gradient(self, g: Array) -> Array:
        """dE/dc, (3, n_basis) -> dE/dy, (3 n_basis,)."""
        V, scale = self._modes
        return self._apply(V.transpose(0, 2, 1), self.ball.pad(g), scale).ravel()

    def of_coefficients(self, c: Array) -> Array:
        """c, (3, n_basis) -> y, (3 n_basis,)."""
        V, scale = self._modes
        return self._apply(V.transpose(0, 2, 1), self.ball.pad(c), 1.0 / scale).ravel()

    def _apply(self, matrix: Array, padded: Array, after: Array | float = 1.0) -> Array:
        ell, s = padded.shape[:2]
        return self.ball.unpad(np.matmul(matrix, padded.reshape(ell, s, -1)).reshape(padded.shape) * after)


class Solver:
    """Equilibria of one ball, whatever the field."""

    def __init__(self, ball: Ball) -> None:
        self.ball, self.coordinates = ball, Coordinates(ball)

    @property
    def half(self) -> Solver:
        """That of even states, on the upper half of the ball."""
        return solver(self.ball.degree, self.ball.order, True)

    def descend(self, energy: Energy, c: Array, tolerance: float = 1e-5, max_steps: int = 500) -> Point:
        """Go downhill from c to a minimum (limited-memory quasi-Newton steps); `polish` makes it exact."""
        to_c, of_g = self.coordinates.to_coefficients, self.coordinates.of_gradient
        last: dict[bytes, Point] = {}

        def at(y: Array) -> Point:
            key = y.tobytes()
            if key not in last:
                last.clear()
                last[key] = energy.at(to_c(y))
            return last[key]

        found = minimize(
            lambda y: at(y).value,
            self.coordinates.of_coefficients(c),
            jac=lambda y: of_g(at(y).gradient),
            method="L-BFGS-B",
            options={"gtol": tolerance, "ftol": 0.0, "maxcor": 20, "maxiter": max_steps},
        )
        return at(found.x)

    def orthonormal(self, modes: Array) -> Array:
        """An orthonormal basis of modes (j, 3, n_basis) in the scaled coordinates, (3 n_basis, j)."""
        if not len(modes):
            return np.zeros((3 * self.ball.n_basis, 0))
        return np.linalg.qr(np.stack([self.coordinates.of_coefficients(mode) for mode in modes], axis=1))[0]

    def polish(
        self,
        point: Point,
        zero_modes: Callable[[Point], Array] | None = None,
        tolerance: float = 1e-8,
        steps: int = 12,
        largest: float = 0.5,
    ) -> Point | None:
        """Newton steps onto the stationary point of the point's own branch, minimum or saddle; None if lost.

        What `zero_modes` gives, (j, 3, n_basis), costs nothing but the quadrature's error: it is left alone,
        and the gradient along it does not count. A way longer than `largest`, in the norm of the
        coefficients (the uniform state has 2.05), leads to another branch.
        """
        to_c, of_g = self.coordinates.to_coefficients, self.coordinates.of_gradient
        n = 3 * self.ball.n_basis
        moved = 0.0
        for step in range(steps + 1):
            free = self.orthonormal(zero_modes(point)) if zero_modes is not None else np.zeros((n, 0))

            def product(y: Array, point: Point = point, free: Array = free) -> Array:
                y = y.ravel() - free @ (free.T @ y.ravel())
                found = of_g(point.times(to_c(y)))
                return found - free @ (free.T @ found)

            g = of_g(point.gradient)
            g -= free @ (free.T @ g)
            residual = float(np.abs(g).max())
            if residual < tolerance:
                return point
            if step == steps:
                return point if residual < 10 * tolerance else None
            y, _ = minres(
                LinearOperator((n, n), matvec=product, dtype=float),
                -g,
                rtol=min(1e-2, 1e-2 * residual**0.5),
                maxiter=400,
            )
            step_c = to_c(y)
            moved += float(np.linalg.norm(step_c))
            if moved > largest:
                return None
            point = point.energy.at(point.c + step_c)
        return None


def solver(degree: int, order: int | None = None, half: bool = False) -> Solver:
    """The solver of one ball, its tables made once."""
    return _made(degree, degree if order is None else min(order, degree), half)


@lru_cache(maxsize=48)
def _made(degree: int, order: int, half: bool) -> Solver:
    return Solver(Ball(degree, max_order=order, half=half))
