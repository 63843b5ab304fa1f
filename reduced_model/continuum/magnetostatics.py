"""The magnetostatic field of a ball, exact for a polynomial magnetisation.

In: the components of a magnetisation along e_r, e_theta, e_phi at the nodes of a `Ball`, weighted.
Out: the gradient of the potential there (h = -grad phi, in units of Ms) and the energy -1/2 integral m . h.

phi, of degree N+1, solves the weak form with the outer field eliminated exactly: for every psi
    integral grad phi . grad psi + sum_l (ell+1) surface integral phi_l psi_l = integral m . grad psi,
which couples no two (l, m): one small matrix a degree l, inverted once.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from reduced_model.continuum.basis import Array, Ball, radial_functions


class Magnetostatics:
    """Potential of any magnetisation at the nodes of a ball."""

    def __init__(self, ball: Ball) -> None:
        order = None if ball.order == ball.degree else ball.order
        self.ball = Ball(
            ball.degree + 1, ball.nodes_degree or ball.degree, order, ball.oversampling, ball.half
        )

    @cached_property
    def _inverse(self) -> Array:
        """(l, s, s): inverse of the weak form's matrix for each degree l, zero beyond N+1."""
        ball = self.ball
        degree, n_s = ball.degree, ball.degree // 2 + 1
        edge = radial_functions(np.ones(1), np.arange(degree + 1), np.arange(n_s), degree)[0][:, 0]
        inverse = np.zeros((degree + 1, n_s, n_s))
        for ell in range(degree + 1):
            stiffness = ball.stiffness(ell)
            n = len(stiffness)
            surface = (ell + 1) * np.outer(edge[ell, :n], edge[ell, :n])
            inverse[ell, :n, :n] = np.linalg.inv(stiffness + surface)
        return inverse

    def potential(self, load: Array, odd: bool = False) -> tuple[Array, float]:
        """Slopes of the potential along the frame, (3, n), and -1/2 integral m . h.

        Parameters
        ----------
        load : ndarray, shape (3, n)
            Components of m along the frame times the quadrature weights.
        odd : bool
            On a half ball, whether m is odd.
        """
        ball = self.ball
        source = ball.collect(None, *load.reshape(3, *ball.shape, 1))
        if ball.half:  # of an even magnetisation the potential is what its y component is
            source *= ball.sectors[odd][1]
        ell, s, _ = self._inverse.shape
        padded = ball.pad(source)
        phi = ball.unpad(np.matmul(self._inverse, padded.reshape(ell, s, -1)).reshape(padded.shape))
        _, *slopes = ball.expand(phi)
        return np.stack(slopes).reshape(3, -1), 0.5 * float(np.vdot(source, phi))
