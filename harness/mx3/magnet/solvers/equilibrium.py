"""Nearest equilibrium by preconditioned limited-memory BFGS on the product of spheres.

In: unit vectors (3, N), the effective field as a callable, cell weights and the exchange term.
Out: the unit vectors at which the largest torque |m x B| is below a tolerance, and what that took.
Three choices matter.  The exchange operator, which sets the condition number, is inverted approximately
by a fixed Chebyshev polynomial: only nearest-neighbour sweeps, far cheaper than a demagnetising field.
Energy changes are formed from field differences, so they do not drown in the energy's rounding error.
Steps are limited in angle, so that a metastable branch is followed until it loses stability.
Vectors are kept in the precision of m; inner products and energy changes are summed in double.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import DTypeLike, NDArray

from harness.mx3.magnet.fields.anisotropy import Anisotropy
from harness.mx3.magnet.fields.exchange import Exchange

Array = NDArray[np.floating]

MEMORY = 12
"""Curvature pairs kept."""
MOST_SWEEPS = 40
"""Sweeps of the preconditioner, however stiff the exchange."""
LARGEST_ROTATION = 0.25
"""Largest angle in radians by which one step may turn a cell."""
_SHORTEST_ROTATION = 1e-14
_ROUNDING = {np.dtype(np.float64): 2e-16, np.dtype(np.float32): 1.2e-7}
"""Relative rounding error of a number."""
_SUFFICIENT_DECREASE = 1e-4
_GAUSS_POINTS = 4
"""Points of the quadrature along a step: exact for energies up to the eighth order, as the cubic term's."""


@dataclass(frozen=True)
class Equilibrium:
    """What one search reached."""

    residual_T: float
    """Largest torque max |m x B_eff| in T."""
    field_evaluations: int
    iterations: int
    converged: bool
    """Whether the residual is within the tolerance asked for, or MuMax3's rule stopped the search."""
    tolerance_T: float = 0.0
    """What the search went for: the tolerance asked for, less where a field is weak, or the rounding
    floor."""


@dataclass(frozen=True, eq=False)
class _Point:
    """A state with its effective field, its tangent gradient and its largest torque."""

    m: Array
    b: Array
    g: Array
    residual: float

    @classmethod
    def of(cls, m: Array, b: Array) -> _Point:
        g = np.empty_like(m)
        return cls(m, b, g, float(_tangent_gradient(m, b, g)))


class EquilibriumSolver:
    """Searches equilibria of one magnet, keeping its curvature memory from field to field.

    Parameters
    ----------
    exchange : Exchange
        For the preconditioner.
    weights : array, shape (N,)
        Ms * fill of each cell: the energy gradient is -weights * V * B.
    shift_T : float
        Field added to the exchange operator before it is inverted, in T.
    anisotropies : sequence
        Terms whose energy is not quadratic in m.
    frozen : bool array, shape (N,), optional
        Cells that do not turn; their effective field must be given as zero.
    """

    def __init__(
        self,
        exchange: Exchange,
        weights: Array,
        shift_T: float,
        anisotropies: Sequence[Anisotropy] = (),
        frozen: NDArray[np.bool_] | None = None,
    ) -> None:
        self._precondition = ExchangePreconditioner(exchange, shift_T)
        self._anisotropies = anisotropies
        self._frozen = frozen
        self._weights = weights / weights.max()
        self._pairs: list[tuple[Array, Array, float]] = []

    def forget(self) -> None:
        """Drop the curvature memory (after the state was set from outside)."""
        self._pairs.clear()

    def search(
        self, m: Array, field: Callable[[Array], Array], tolerance_T: float, max_evaluations: int
    ) -> Equilibrium:
        """Move `m`, in place, to the nearest equilibrium.

        Parameters
        ----------
        m : array, shape (3, N)
        field : callable
            Effective field in T of shape (3, N), as a new array.
        tolerance_T, max_evaluations
            The search ends when max |m x B| <= tolerance_T, or without convergence after that many fields.
        """
        evaluations = 0

        def counted_field(state: Array) -> Array:
            nonlocal evaluations
            evaluations += 1
            return field(state)

        at = _Point.of(m, counted_field(m))
        iterations = 0
        while at.residual > tolerance_T and evaluations < max_evaluations:
            d = self._direction(at)
            following = self._line_search(at, d, counted_field, max_evaluations - evaluations)
            if following is not None:
                iterations += 1
                self._remember(at, following)
                at = following
            elif self._pairs:
                self.forget()
            else:
                break
        m[...] = at.m
        return Equilibrium(at.residual, evaluations, iterations, at.residual <= tolerance_T, tolerance_T)

    def _line_search(
        self, at: _Point, d: Array, field: Callable[[Array], Array], budget: int
    ) -> _Point | None:
        """Point along `d` with a sufficiently lower energy; None where there is none.

        Where the energy curves downwards along d a step gives no curvature pair, so it is lengthened as long
        as that pays.
        """
        w = self._weights
        slope = _inner(at.g, d, w)
        if not slope < 0:
            return None
        longest = LARGEST_ROTATION / _largest_length(d)
        step = min(1.0, longest)
        best = None
        for _ in range(budget):
            m = np.empty_like(d)
            _retract(at.m, d, step, m)
            point = _Point.of(m, field(m))
            change, noise = self._energy_change(at, point)
            new_slope = _inner(point.g, d, w)
            decreased = change <= _SUFFICIENT_DECREASE * step * slope
            if decreased or (abs(change) <= noise and abs(new_slope) <= abs(slope)):
                if new_slope >= slope or step >= longest:
                    return point
                best, step = point, min(4 * step, longest)
            elif best is not None:
                return best
            else:
                step *= _backtrack(change, step * slope)
                if step * _largest_length(d) < _SHORTEST_ROTATION:
                    return None
        return best

    def _energy_change(self, at: _Point, to: _Point) -> tuple[float, float]:
        """Energy change over weight, in T, and its rounding error.

        The mean of the fields at both ends is exact for quadratic energies; for the others it is replaced by
        a quadrature along the chord.
        """
        change, noise = _energy_change(at.m, to.m, at.b, to.b, self._weights, _ROUNDING[at.m.dtype])
        if not self._anisotropies:
            return change, noise
        dm, excess = to.m - at.m, np.zeros_like(at.m)
        nodes, shares = np.polynomial.legendre.leggauss(_GAUSS_POINTS)
        for where, share in (*zip((1 + nodes) / 2, shares / 2, strict=True), (0.0, -0.5), (1.0, -0.5)):
            b = np.zeros_like(at.m)
            for term in self._anisotropies:
                term.add_field(at.m + where * dm, b)
            _axpy(share, b, excess)
        return change - _inner(dm, excess, self._weights), noise

    def _direction(self, at: _Point) -> Array:
        """Quasi-Newton direction -H g by the two-loop recursion, tangent at the point."""
        w = self._weights
        d = at.g.copy()
        coefficients = []
        for s, y, rho in reversed(self._pairs):
            a = rho * _inner(s, d, w)
            _axpy(-a, y, d)
            coefficients.append(a)
        self._precondition(at.m, d)
        for (s, y, rho), a in zip(self._pairs, reversed(coefficients), strict=True):
            _axpy(a - rho * _inner(y, d, w), s, d)
        _tangent_gradient(at.m, d, d)
        if self._frozen is not None:
            d[:, self._frozen] = 0.0
        return d

    def _remember(self, before: _Point, after: _Point) -> None:
        """Keep the curvature pair of a step, where the energy curved upwards along it."""
        s, y, w = after.m - before.m, after.g - before.g, self._weights
        sy = _inner(s, y, w)
        if sy > 1e-12 * math.sqrt(_inner(s, s, w) * _inner(y, y, w)):
            self._pairs.append((s, y, 1 / sy))
            if len(self._pairs) > MEMORY:
                self._pairs.pop(0)


class ExchangePreconditioner:
    """Fixed polynomial in the exchange operator L that approximates (shift + L)^-1 on tangent vectors."""

    def __init__(self, exchange: Exchange, shift_T: float, dtype: DTypeLike | None = None) -> None:
        coupling = np.maximum(exchange.coupling, 0)  # a negative one would make it indefinite
        coupling = coupling.astype(dtype or coupling.dtype, copy=False)
        top = float(2 * coupling.sum(axis=0).max(initial=0.0))
        sweeps = math.ceil(math.sqrt(min((shift_T + top) / shift_T, MOST_SWEEPS**2)))
        spectrum = (shift_T, shift_T + top / 2, top / 2)
        self._polynomial = (exchange.neighbours, coupling, *spectrum, sweeps)

    def __call__(self, m: Array, v: Array) -> None:
        """Replace `v`, shape (3, N), by the preconditioned vector, tangent at m."""
        _chebyshev_solve(m, v, *self._polynomial)


def _backtrack(change: float, first_order: float) -> float:
    """Factor by which to shorten a step whose energy change was not a decrease (parabola's minimum)."""
    curvature = change - first_order
    return min(0.5, max(0.1, -first_order / (2 * curvature))) if curvature > 0 else 0.5


@numba.njit(cache=True, fastmath={"contract"})
def _chebyshev_solve(m, v, neighbours, coupling, shift, centre, half, sweeps):  # type: ignore[no-untyped-def]
    n = v.shape[1]
    of = v.dtype.type
    r = v.copy()
    for i in range(n):
        along = m[0, i] * r[0, i] + m[1, i] * r[1, i] + m[2, i] * r[2, i]
        for c in range(3):
            r[c, i] -= along * m[c, i]
    sigma = centre / half if half > 0 else 1e300
    rho = 1 / sigma
    p = r / of(centre)
    x = np.zeros_like(v)
    for sweep in range(sweeps):
        for i in range(n):
            x[0, i] += p[0, i]
            x[1, i] += p[1, i]
            x[2, i] += p[2, i]
        if sweep == sweeps - 1 or half == 0:
            break
        for i in range(n):
            ax, ay, az = of(shift) * p[0, i], of(shift) * p[1, i], of(shift) * p[2, i]
            for k in range(6):
                j, c = neighbours[k, i], coupling[k, i]
                ax += c * (p[0, i] - p[0, j])
                ay += c * (p[1, i] - p[1, j])
                az += c * (p[2, i] - p[2, j])
            r[0, i] -= ax
            r[1, i] -= ay
            r[2, i] -= az
        rho_new = 1 / (2 * sigma - rho)
        a, b = of(rho_new * rho), of(2 * rho_new / half)
        for i in range(n):
            p[0, i] = a * p[0, i] + b * r[0, i]
            p[1, i] = a * p[1, i] + b * r[1, i]
            p[2, i] = a * p[2, i] + b * r[2, i]
        rho = rho_new
    for i in range(n):
        along = m[0, i] * x[0, i] + m[1, i] * x[1, i] + m[2, i] * x[2, i]
        for c in range(3):
            v[c, i] = x[c, i] - along * m[c, i]


@numba.njit(cache=True)
def _tangent_gradient(m, b, g):  # type: ignore[no-untyped-def]
    """g = -(b - (m.b) m), where g may be b; returns the largest |g|, the largest torque |m x b|."""
    largest = 0.0
    for i in range(m.shape[1]):
        along = m[0, i] * b[0, i] + m[1, i] * b[1, i] + m[2, i] * b[2, i]
        size = 0.0
        for c in range(3):
            g[c, i] = along * m[c, i] - b[c, i]
            size += g[c, i] * g[c, i]
        if not size <= largest:
            largest = size
    return math.sqrt(largest)


@numba.njit(cache=True)
def _retract(m, d, step, out):  # type: ignore[no-untyped-def]
    for i in range(m.shape[1]):
        x, y, z = m[0, i] + step * d[0, i], m[1, i] + step * d[1, i], m[2, i] + step * d[2, i]
        f = 1 / math.sqrt(x * x + y * y + z * z)
        out[0, i] = f * x
        out[1, i] = f * y
        out[2, i] = f * z


@numba.njit(cache=True)
def _energy_change(m0, m1, b0, b1, w, rounding):  # type: ignore[no-untyped-def]
    """Energy change per weight and its rounding error; exact for fields linear in m plus a constant."""
    total, size = 0.0, 0.0
    for i in range(m0.shape[1]):
        for c in range(3):
            term = 0.5 * w[i] * (m1[c, i] - m0[c, i]) * (b0[c, i] + b1[c, i])
            total -= term
            size += abs(0.5 * w[i] * (b0[c, i] + b1[c, i]))
    return total, rounding * size


@numba.njit(cache=True, fastmath={"reassoc", "contract", "nsz"})
def _inner(a, b, w):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(a.shape[1]):
        total += w[i] * (a[0, i] * b[0, i] + a[1, i] * b[1, i] + a[2, i] * b[2, i])
    return total


@numba.njit(cache=True)
def _axpy(a, x, y):  # type: ignore[no-untyped-def]
    for c in range(3):
        for i in range(x.shape[1]):
            y[c, i] += a * x[c, i]


@numba.njit(cache=True)
def _largest_length(d):  # type: ignore[no-untyped-def]
    largest = 0.0
    for i in range(d.shape[1]):
        largest = max(largest, d[0, i] ** 2 + d[1, i] ** 2 + d[2, i] ** 2)
    return math.sqrt(largest)
