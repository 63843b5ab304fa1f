"""The magnetostatic field of a ball, exact for a polynomial magnetisation.

In: unit vectors m at the nodes of a `Ball`. Out: the demagnetising field h = -grad phi there, in units of Ms.

phi, of degree N+1, solves the weak form with the outer field eliminated exactly: for every psi
    integral grad phi . grad psi + sum_l (l+1) surface integral phi_l psi_l = integral m . grad psi,
which couples no two (l, m): one small matrix a degree l, inverted once.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from reduced_model.continuum.basis import Array, Ball, radial_functions


class Magnetostatics:
    """Potential and field of any magnetisation at the nodes of a ball."""

    def __init__(self, ball: Ball) -> None:
        self.ball = Ball(ball.degree + 1, ball.degree if ball.nodes_degree is None else ball.nodes_degree,
                         ball.oversampling)

    @cached_property
    def _inverse(self) -> Array:
        """(l, s, s): inverse of the weak form's matrix for each degree l, zero beyond N+1."""
        ball = self.ball
        r, w = ball._rule[:2]
        (R, dR), degree = ball._radial, ball.degree
        l = np.arange(degree + 1)
        edge = radial_functions(np.ones(1), l, np.arange(R.shape[2]), degree)[0][:, 0]
        inverse = np.zeros((degree + 1, R.shape[2], R.shape[2]))
        for j in l:
            n = (degree - j) // 2 + 1
            slope, value, at_one = dR[j, :, :n], R[j, :, :n] / r[:, None], edge[j, :n]
            matrix = (slope * w[:, None]).T @ slope + j * (j + 1) * (value * w[:, None]).T @ value
            inverse[j, :n, :n] = np.linalg.inv(matrix + (j + 1) * np.outer(at_one, at_one))
        return inverse

    def field(self, m: Array) -> tuple[Array, float]:
        """h at the nodes (phi, theta, r, 3), and -1/2 integral m . h over the ball.

        Parameters
        ----------
        m : ndarray, shape (phi, theta, r, 3)
            Cartesian components.
        """
        ball, frame = self.ball, self.ball.frame
        parts = np.einsum("ptrc,ptac->aptr", m, frame, optimize=True) * ball.weights
        load = ball.collect(None, *parts[..., None])
        potential = ball.unpad(np.matmul(self._inverse, ball.pad(load).reshape(*self._inverse.shape[:2], -1))
                               .reshape(*self._inverse.shape[:2], 1, -1))
        _, along_r, along_theta, along_phi = ball.expand(potential)
        gradient = np.stack((along_r[..., 0], along_theta[..., 0], along_phi[..., 0]))
        h = -np.einsum("aptr,ptac->ptrc", gradient, frame, optimize=True)
        return h, 0.5 * float(np.vdot(load, potential))
