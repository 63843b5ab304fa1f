"""The energy of a magnetisation of the ball, with its gradient and its Hessian's product.

In: coefficients of u, three polynomials; the magnetisation is m = u/|u|. Out: energies in (4 pi/3) A R.

    E = (3/4pi) [ integral |grad m|^2 - k (m.a)^2 - b.m - (d/2) m.h ]
        + gauge (3/4pi) integral [ (|u|^2 - 1)^2 + s |grad |u||^2 ]
with k = Ku R^2/A, b = Ms B R^2/A, d = mu0 Ms^2 R^2/A, easy axis a. |m| = 1 and the gradient are exact at the
nodes; the gauge holds |u|, which means nothing, near 1 and smooth. Energies count from MuMax3's zero
(uniform: d/6).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reduced_model.continuum import kernels
from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.magnetostatics import Magnetostatics

PREFACTOR = 3.0 / (4.0 * np.pi)
_SLOPE = 0.004
"""s: the more, the fewer steps a solution takes, and the more polynomials."""


@dataclass(frozen=True, eq=False)
class Energy:
    """The reduced energy on the coefficients of one ball."""

    ball: Ball
    k: float
    """Reduced anisotropy, Ku R^2/A."""
    d: float
    """Reduced magnetostatic energy, mu0 Ms^2 R^2/A."""
    b: Array
    """Reduced field, Ms B R^2/A, (3,)."""
    axis: Array
    """Easy axis, (3,), of length one."""
    gauge: float = 3.0

    @cached_property
    def magnetostatics(self) -> Magnetostatics:
        """The field of this ball's magnetisations."""
        return Magnetostatics(self.ball)

    @cached_property
    def weights(self) -> Array:
        """Quadrature weights of averages over the ball, (n,)."""
        return PREFACTOR * self.ball.weights.ravel()

    @cached_property
    def frame(self) -> Array:
        """Unit vectors at the nodes' directions, (phi theta, 3 vectors, 3 components)."""
        return np.ascontiguousarray(self.ball.frame.reshape(-1, 3, 3))

    def at(self, c: Array) -> Point:
        """Everything at the state with these coefficients, (3, n_basis)."""
        return Point(self, c)

    def in_field(self, b: Array) -> Energy:
        """The same ball in another field."""
        other = Energy(self.ball, self.k, self.d, b, self.axis, self.gauge)
        for name in ("magnetostatics", "weights", "frame"):  # shared: they do not depend on the field
            other.__dict__[name] = getattr(self, name)
        return other


class Point:
    """Energy, gradient and Hessian's product at one state, on a half ball an even one."""

    def __init__(self, energy: Energy, c: Array) -> None:
        self.energy, self.c = energy, c
        self._u, self._s = _flat(*energy.ball.expand(c))
        n = len(self._u)
        self.m, self.length = np.empty((n, 3)), np.empty(n)
        """Unit vectors and |u| at the nodes, (n, 3) and (n,)."""
        load = np.empty((3, n))
        kernels.normalise(self._u, energy.frame, energy.weights, self.m, self.length, load)
        self._slopes_of_potential, self._demag = energy.magnetostatics.potential(load)

    @cached_property
    def _sums(self) -> tuple[float, ...]:
        e = self.energy
        self._out, self._out_s = np.empty_like(self._u), np.empty_like(self._s)
        self._pull = np.empty_like(self._u)
        return kernels.energy_and_pull(
            *(self._u, self._s, self.m, self.length),
            *(self._slopes_of_potential / PREFACTOR, e.frame, e.weights),
            *(e.k, e.d, e.b, e.axis, e.gauge, _SLOPE * e.gauge, self._out, self._out_s, self._pull),
        )

    @property
    def mean(self) -> Array:
        """Mean magnetisation, (3,)."""
        x, y, z = self._sums[4:]
        return np.array([x, 0.0 if self.energy.ball.half else y, z])

    @property
    def terms(self) -> dict[str, float]:
        """Exchange, anisotropy, Zeeman and magnetostatic energy; the gauge's part is none of them."""
        exchange, aligned = self._sums[:2]
        return {
            "exchange": exchange,
            "anisotropy": -self.energy.k * aligned,
            "zeeman": -float(self.energy.b @ self.mean),
            "magnetostatic": self.energy.d * self._demag / PREFACTOR,
        }

    @property
    def value(self) -> float:
        """Energy, the gauge's part included: what is minimised."""
        return sum(self.terms.values()) + self.energy.gauge * (self._sums[2] + _SLOPE * self._sums[3])

    @cached_property
    def gradient(self) -> Array:
        """dE/dc, (3, n_basis)."""
        assert self._sums
        return self._collect(self._out, self._out_s)

    def times(self, v: Array, odd: bool = False) -> Array:
        """The Hessian times a vector of coefficients, (3, n_basis); `odd` is one of an even half ball's."""
        e, ball = self.energy, self.energy.ball
        assert self._sums
        du, ds = _flat(*ball.expand(v))
        dm, load = np.empty_like(du), np.empty((3, len(du)))
        kernels.tangent(self._u, self.m, self.length, du, e.frame, e.weights, dm, load)
        slopes = e.magnetostatics.potential(load, odd)[0] / PREFACTOR
        out, out_s = np.empty_like(du), np.empty_like(ds)
        kernels.second_variation(
            *(self._u, self._s, self.m, self.length, self._pull, du, ds, dm, slopes, e.frame, e.weights),
            *(e.k, e.d, e.axis, e.gauge, _SLOPE * e.gauge, out, out_s),
        )
        return self._collect(out, out_s, odd)

    def along(self, direction: Array, odd: bool = False) -> Array:
        """d(m . direction)/dc of the mean magnetisation, (3, n_basis)."""
        e = self.energy
        across = direction - self.m * (self.m @ direction)[:, None]
        load = across * (e.weights / self.length)[:, None]
        return self._kept(e.ball.gather(load.reshape(*e.ball.shape, 3)), odd)

    def metric(self, v: Array, odd: bool = False) -> Array:
        """What a change of the coefficients moves of m: v -> J^T J v with J = dm/dc, (3, n_basis)."""
        ball = self.energy.ball
        out = np.empty_like(self._u)
        du = ball.values(v).reshape(-1, 3)
        kernels.metric(self.m, self.length, du, self.energy.weights, out)
        return self._kept(ball.gather(out.reshape(*ball.shape, 3)), odd)

    def _collect(self, out: Array, out_s: Array, odd: bool = False) -> Array:
        shape = (*self.energy.ball.shape, 3)
        return self._kept(self.energy.ball.collect(out.reshape(shape), *out_s.reshape(3, *shape)), odd)

    def _kept(self, c: Array, odd: bool) -> Array:
        """On a half ball, what of a sum over the nodes is the whole ball's."""
        return c * self.energy.ball.sectors[odd] if self.energy.ball.half else c


def _flat(value: Array, *slopes: Array) -> tuple[Array, Array]:
    """A field and its slopes at all nodes, (n, 3) and (3, n, 3)."""
    return value.reshape(-1, 3), np.stack(slopes).reshape(3, -1, 3)
