"""How far fitted parameters scatter where neighbouring cells share their residuals.

In: unit moments on a lattice; residuals and slopes of a least-squares fit to them. Out: a Scatter.

The residuals are taken for a random field across the moments whose correlation falls with distance as a sum
of Gaussians, from one cell to the body's radius, with factors >= 0. Those are found from the products of
residuals, which the fit made smaller than the field's own (minimum-norm quadratic estimation, C. R. Rao, J.
Multivariate Anal. 1 (1971) 257), and give the estimates' covariance.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Single = NDArray[np.float32]

FIRST_CELLS, RATIO = 0.7, 2.0
"""Shortest correlation length in cells, and what the next is longer by; no correlation at all comes first."""
LONGEST = 1.2
"""Longest of them, in radii."""
MOST_ACROSS = 24
"""Cells across beyond which every second, third... is looked at: correlations are then seen no finer, and
what is shorter than such a step counts as one step long, which makes errors too large."""
SLOW_SHARE = 2.0**-1.5
"""Share of the independent residuals that tell the variance of an estimate, which the slow part of the field
makes: of a Gaussian correlation, tr(S^2)^2 / tr(S^4) over tr(S)^2 / tr(S^2)."""
EXACT = 1e-18
"""Mean square of a residual that is rounding alone."""
SINGULAR = 1e12
"""Condition number from which the data do not tell the parameters apart."""
ONE, TWO = 0.6826894921, 0.95
"""The levels of errors: of one standard deviation, and 95 %."""


@dataclass(frozen=True, eq=False)
class Scatter:
    """Covariance of fitted parameters, and how well that itself is known."""

    covariance: Vector
    """(p, p)."""
    noise: Vector
    """The same as if no two residuals were correlated, (p, p): of noise in every cell for itself."""
    independent: float
    """Effective number of independent residuals, tr(S)^2 / tr(S^2) of their covariance S."""

    @property
    def degrees(self) -> float:
        """Degrees of freedom of the variances, for Student's t."""
        return max(SLOW_SHARE * self.independent, 1.0) if np.isfinite(self.independent) else np.inf

    def of(self, index: int, level: float = ONE) -> float:
        """Half-width of the interval of one parameter that holds it with that probability."""
        from scipy.special import stdtrit  # a tenth of a second, as all of scipy

        return float(np.sqrt(self.covariance[index, index]) * stdtrit(self.degrees, (1 + level) / 2))

    def of_pair(self, index: int, level: float = ONE) -> float:
        """Radius of the circle that holds this parameter and the next, each with their mean variance."""
        half = self.degrees / 2
        square = -np.log(1 - level) if np.isinf(half) else half * ((1 - level) ** (-1 / half) - 1)
        mean = (self.covariance[index, index] + self.covariance[index + 1, index + 1]) / 2
        return float(np.sqrt(2 * mean * square))


@dataclass(frozen=True, eq=False)
class Moments:
    """Unit moments on a regular lattice, lengths in units of the body's radius."""

    points: Vector
    """Where they sit, (3, n)."""
    m: Vector
    """(3, n)."""
    cell: Vector
    """Cell sides, (3,)."""

    def scatter(self, fitted: Vector, slopes: Vector) -> Scatter:
        """Covariance of a fit's parameters, by its unit moments (3, n) and their derivatives (p, 3, n)."""
        kept, lattice = self._lattice
        nothing = np.full((len(slopes),) * 2, np.nan)
        unknown = Scatter(nothing, nothing, np.nan)
        if 2 * np.count_nonzero(kept) <= len(slopes):
            return unknown
        m, slopes, residual = fitted[:, kept], slopes[:, :, kept], fitted - self.m
        left = residual[:, kept] - m * (m * residual[:, kept]).sum(axis=0)
        gram = _products(slopes, slopes)
        if not (left**2).sum() > EXACT * left.shape[1]:
            return Scatter(0 * gram, 0 * gram, np.inf)
        scale = np.sqrt(np.diag(gram))
        if not scale.all() or np.linalg.cond(gram / np.outer(scale, scale)) > SINGULAR:
            return unknown
        inverse = np.asarray(np.linalg.inv(gram), dtype=float)
        forms, pairs = _traces(lattice, m, slopes, inverse)
        products = np.array([(left * lattice.blurred(left, length)).sum() for length in lattice.lengths])
        factors = _factors(pairs, products)
        trace = 2 * left.shape[1] - np.trace(inverse @ forms, axis1=1, axis2=2)
        independent = float((factors @ trace) ** 2 / (factors @ pairs @ factors))
        each = float(
            (residual**2).sum() / (2 * residual.shape[1] - len(slopes)) / len(kept) * np.count_nonzero(kept)
        )
        return Scatter(inverse @ np.tensordot(factors, forms, 1) @ inverse, each * inverse, independent)

    @cached_property
    def _lattice(self) -> "tuple[NDArray[np.bool_], _Lattice]":
        """The cells that are looked at, and their lattice."""
        index = np.rint((self.points - self.points.min(axis=1, keepdims=True)) / self.cell[:, None])
        step = -(-(int(index.max()) + 1) // MOST_ACROSS)
        kept = (index % step == 0).all(axis=0)
        return kept, _Lattice.of((index[:, kept] // step).astype(int), step * self.cell)


@dataclass(frozen=True, eq=False)
class _Lattice:
    """The box of cells around a body, and the correlation lengths looked for in it."""

    shape: tuple[int, ...]
    places: NDArray[np.int64]
    """Of the cells in the flattened box, (n,)."""
    sides: Vector
    lengths: tuple[float, ...]

    @classmethod
    def of(cls, index: NDArray[np.int64], sides: Vector) -> "_Lattice":
        """The lattice of cells at (3, n) places."""
        shape = tuple(int(n) for n in index.max(axis=1) + 1)
        lengths = [0.0]
        length = FIRST_CELLS * float(sides.max())
        while length <= LONGEST:
            lengths.append(length)
            length *= RATIO
        return cls(shape, np.ravel_multi_index(tuple(index), shape), sides, tuple(lengths))

    def blurred(self, values: Vector, length: float) -> Vector:
        """Sums over all cells with a Gaussian of their distance as weight, (..., n), in single precision."""
        if length == 0:
            return values
        flat = self._blurred(self.boxed(values), length)
        return flat[:, self.places].reshape(values.shape).astype(float)

    def boxed(self, values: Vector) -> Single:
        """Values of cells (..., n) in the flattened box, zero elsewhere, (-1, cells of the box)."""
        flat = np.zeros((int(np.prod(values.shape[:-1])), int(np.prod(self.shape))), dtype=np.float32)
        flat[:, self.places] = values.reshape(len(flat), -1)
        return flat

    def weighed(self, flat: Single, length: float) -> float:
        """Sum over all pairs of cells of the products of their values in a box, by their distance."""
        return float(np.vdot(flat, self._blurred(flat, length) if length else flat))

    def _blurred(self, flat: Single, length: float) -> Single:
        nx, ny, nz = self.shape
        gx, gy, gz = (
            _gaussian(n, float(side / length)) for n, side in zip(self.shape, self.sides, strict=True)
        )
        box = gy @ (flat.reshape(-1, ny, nz) @ gz)  # matrices so small that no threads are started for them
        return (gx @ box.reshape(-1, nx, ny * nz)).reshape(len(flat), -1)


def _traces(lattice: _Lattice, m: Vector, slopes: Vector, inverse: Vector) -> tuple[Vector, Vector]:
    """J^T B J of each correlation B, (k, p, p); tr(B M P C P M) of each two, (k, k).

    P projects across the moments, M = 1 - J (J^T J)^-1 J^T is what a fit leaves of a field.
    """
    blurred = [lattice.blurred(slopes, length) for length in lattice.lengths]
    forms = np.stack([_products(slopes, each) for each in blurred])
    across = [each - m * np.einsum("in,pin->pn", m, each)[:, None] for each in blurred]
    upper = np.triu_indices(3)
    weights = np.where(upper[0] == upper[1], 1.0, np.sqrt(2.0))
    tensor = lattice.boxed(
        np.vstack((np.ones((1, m.shape[1])), weights[:, None] * m[upper[0]] * m[upper[1]]))
    )
    pairs = np.empty((len(forms),) * 2)
    for k, one in enumerate(lattice.lengths):
        for other, two in enumerate(lattice.lengths[: k + 1]):
            both = one * two / np.hypot(one, two) if two else 0.0
            own = lattice.weighed(tensor, both)  # tr(P_i P_j) = 1 + (m_i . m_j)^2
            taken = np.vdot(inverse, _products(blurred[k], across[other]))
            back = np.vdot(inverse @ forms[k], (inverse @ forms[other]).T)
            pairs[k, other] = pairs[other, k] = own - 2 * taken + back
    return forms, pairs


def _products(one: Vector, other: Vector) -> Vector:
    """Sums of products over cells and components, (p, q); each component is too little for threads."""
    sums: Vector = (one.transpose(1, 0, 2) @ other.transpose(1, 2, 0)).sum(axis=0)
    return sums


@lru_cache(256)
def _gaussian(count: int, ratio: float) -> Single:
    place = ratio * np.arange(count)
    return np.exp(-((place[:, None] - place) ** 2) / 2).astype(np.float32)


def _factors(pairs: Vector, products: Vector) -> Vector:
    """What each correlation is multiplied by to give the products of residuals that are there."""
    from scipy.optimize import nnls  # as above

    scale = 1 / np.sqrt(np.diag(pairs))
    return np.asarray(nnls(scale[:, None] * pairs * scale, scale * products)[0] * scale)
