"""What a quantity tends to as the cells shrink: its continuum value with an interval, or why it has none.

In: one quantity on a few lattices, sizes and values. Out: an `Extrapolation`.

    value = continuum + c b(h) + k e + scatter,   b(h) = h^p with 0.5 <= p <= 2.5, or (1 - s) h + s h^2

c, k and the scatter are free; e, where given, is what a lattice has too much of the sphere's radius. Every
shape b is fitted by least squares, evenly weighted and by 1/h, as by Eca & Hoekstra (2014). They take the
best fit and a factor of safety; here every fit counts by its likelihood: the order need not be known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import fdtrc, stdtr, stdtrit

from reduced_model.results import Result

Array = NDArray[np.float64]
Outcome = Literal["converges", "same", "few", "range", "rows", "oscillates", "diverges", "order", "beyond"]

LEVEL = 0.95
"""Of every interval; how often they held on made data stands in docs/results/mesh.md."""
FEWEST = 3
ONE_SIZE = 1.05
"""Ratio up to which cells count as of one size."""
LEAST_RANGE = 1.5
"""Coarsest over finest cell."""
ORDERS = (0.5, 2.0)
"""Orders that a staircase and differences of second order can have together (Eca & Hoekstra 2014)."""
STEEPEST = 2.5
"""Order up to which powers are fitted: were it the last plausible one, fits of data of just that order would
all err to one side."""
SHARES = (-0.5, 2.0)
"""Shares s of h^2 at the coarsest cell of the mixtures. Beyond 1 the two parts are of opposite sign and the
error is zero at a cell of its own: up to 1 alone, no interval held for data of -0.5 h + 1.5 h^2."""
SCATTER, SCATTER_WEIGHS = 0.02, 1.25
"""Expected beforehand of one lattice's scatter, a share of the range of the values, and as how many lattices
it weighs. So calibrated, intervals of made data of orders 1 to 2 hold in 0.9 of the cases or more where every
lattice scatters by up to 5 % of the coarsest cells' error. Less is bolder."""
LEAST_SCATTER = 0.01
"""As such a share: the misfit that any law of the cells may have."""
REVERSED = 0.5
"""Share of all changes from size to size that must remain between the coarsest and the finest."""
UNRESOLVED = 0.25
"""Share of the range of the values from which their own errors hide what the cells change."""
LEAST_JUMP = 0.1
"""Share of its range by which the lattices' volume must jump from size to size to be told from the order."""
EXCLUDED = 0.01
"""Level at which an order outside the plausible ones is told."""
SAFETY, SAFETY_UNSURE = 1.25, 3.0
"""Roache's factors: with an observed order, and without."""
ROUNDED = 1e-3
"""Share by which a value at its limit may be fitted beyond it."""
REASONS: dict[str, str] = {
    "few": "fewer than three cell sizes hold such a state",
    "range": "the coarsest cells are less than 1.5 times the finest",
    "rows": "the rows are too far apart to tell what the cells change",
    "oscillates": "it goes up and down from size to size",
    "diverges": "it changes the more, the smaller the cells",
    "order": "it follows no order from 0.5 to 2",
    "beyond": "what it would tend to is more than it can be",
}
"""Why a quantity has no continuum value, by outcome."""
_TRIED = np.arange(-3.0, 6.01, 0.1)
_SHAPES = 31


@dataclass(frozen=True, eq=False, repr=False)
class Extrapolation(Result):
    """One quantity on n lattices, coarsest first, and what it tends to."""

    cell_m: Array
    value: Array
    excess: Array | None
    """ln of the radius of a ball of each lattice's volume over the sphere's; None if it is not taken out."""
    outcome: Outcome
    """converges, or why there is no continuum value: few sizes, too small a range of them, rows too far apart
    to tell, changes that reverse, that grow, that go by no plausible order, or to what cannot be. same: all
    lattices agree."""
    continuum: float
    """nan where there is none."""
    low: float
    high: float
    order: float
    """Mean over all fits: p, or 1 + the share of h^2 at the coarsest cell; nan without a trend."""
    order_low: float
    order_high: float
    scatter: float
    """Standard deviation of one lattice of the mean size about the fits."""
    index: float
    """Roache's grid convergence index, as Eca & Hoekstra write it: error bar of the finest value."""
    per_log_radius: float
    """k, the change with ln R that the lattices themselves show; 0 if `excess` is not taken out."""
    _fits: _Fits | None = field(repr=False, default=None)

    @property
    def converges(self) -> bool:
        """Whether there is a continuum value."""
        return self.outcome in ("converges", "same")

    @property
    def reason(self) -> str:
        """Why there is no continuum value, in words; empty if there is one."""
        return REASONS.get(self.outcome, "")

    @property
    def half_width(self) -> float:
        """Half the interval."""
        return (self.high - self.low) / 2

    @property
    def finest(self) -> float:
        """Mean over the lattices of the finest size."""
        return float(self.value[_sizes(self.cell_m)[-1]].mean())

    @property
    def finest_error(self) -> float:
        """What that is off the continuum value."""
        return self.finest - self.continuum

    @property
    def at_equal_volume(self) -> Array:
        """Values less what the lattices' volume makes of them, (n,)."""
        return self.value if self.excess is None else self.value - self.per_log_radius * self.excess

    def holds(self, value: float, error: float = 0.0) -> bool:
        """Whether another value, with its own error, lies within the interval."""
        return self.low - error <= value <= self.high + error

    def band(self, cell_m: ArrayLike) -> tuple[Array, Array, Array]:
        """Middle and both bounds of the law at other cells of the sphere's own volume; nan without one."""
        cells = np.atleast_1d(np.asarray(cell_m, dtype=float))
        if not self.converges:
            return (np.full(cells.shape, np.nan),) * 3
        if self._fits is None:
            return tuple(np.full(cells.shape, v) for v in (self.continuum, self.low, self.high))  # type: ignore[return-value]
        fits, tails = self._fits, (0.5, 0.5 - LEVEL / 2, 0.5 + LEVEL / 2)
        bounds = [[fits.quantile(share, one) for share in tails] for one in cells]
        middle, low, high = np.array(bounds).T
        return middle, low, high


@dataclass(frozen=True, eq=False)
class _Fits:
    """Least-squares fits of all shapes and both weights, each with its share of the likelihood."""

    shape: Callable[[float], Array]
    """The shapes (k,) at a cell size."""
    order: Array
    weight: Array
    coefficients: Array
    covariance: Array
    """(k, c, c), scaled."""
    dof: float
    scatter: float

    def quantile(self, share: float, cell_m: float) -> float:
        """Of the law at a cell size (0: of the continuum value), over all fits."""
        at = np.zeros(self.coefficients.shape)
        at[:, 0], at[:, 1] = 1.0, self.shape(cell_m)
        middle = np.sum(self.coefficients * at, axis=1)
        deviation = np.sqrt(np.einsum("ki,kij,kj->k", at, self.covariance, at))
        each = middle + deviation * stdtrit(self.dof, share)
        low, high = float(each.min()), float(each.max())
        if not low < high:
            return low

        def missing(value: float) -> float:
            return float(self.weight @ stdtr(self.dof, (value - middle) / deviation)) - share

        return float(brentq(missing, low, high, xtol=1e-6 * float(deviation.min())))

    def order_at(self, share: float) -> float:
        """Quantile of the order."""
        ranked = np.argsort(self.order)
        return float(np.interp(share, np.cumsum(self.weight[ranked]), self.order[ranked]))


def extrapolate(
    cell_m: Sequence[float],
    value: Sequence[float],
    *,
    error: Sequence[float] | float = 0.0,
    excess: Sequence[float] | None = None,
    most: float = math.inf,
) -> Extrapolation:
    """What a quantity tends to as the cells shrink, with an interval of 95 %, or why nothing can be said.

    On made data of orders from 0.75 to 2, and of -0.5 h + 1.5 h^2 at the coarsest of sizes within a factor 4,
    they hold in 91 to 100 %; the more nearly two parts of opposite sign cancel, and the closer the sizes, the
    fewer: of -h + 2 h^2, where it is not refused, 63 to 100 %. At order 0.5, the last plausible one, all fits
    err to one side: 56 to 93 % hold. The fewer, the more the lattices scatter.

    Parameters
    ----------
    cell_m, value : sequence of float, shape (n,)
        Lattices; several of one size are replicas, and their spread counts as scatter.
    error : float or sequence of float, shape (n,)
        Half the range in which each value lies for other reasons, such as the distance of two rows.
    excess : sequence of float, shape (n,), optional
        ln of the lattice's radius by volume over the sphere's. Its part is found from the lattices themselves
        and taken out; left in where there are too few of them to tell it from the rest.
    most : float, optional
        Largest size that the quantity can have, such as 1 of a mean moment.

    Returns
    -------
    Extrapolation

    Source: Eca & Hoekstra, J. Comput. Phys. 262, 104 (2014); Roache, J. Fluids Eng. 116, 405 (1994).

    Examples
    --------
    >>> found = extrapolate([4e-9, 2.5e-9, 2e-9, 1.25e-9, 1e-9], [0.7077, 0.6803, 0.6712, 0.6597, 0.6565])
    >>> found.outcome, round(found.continuum, 3), found.holds(0.6443)
    ('converges', 0.645, True)
    """
    ranked = np.argsort(-np.asarray(cell_m, dtype=float), kind="stable")
    h, y = np.asarray(cell_m, dtype=float)[ranked], np.asarray(value, dtype=float)[ranked]
    errors = np.broadcast_to(np.asarray(error, dtype=float), y.shape)[ranked]
    e = None if excess is None else np.asarray(excess, dtype=float)[ranked]
    sizes = _sizes(h) if len(h) else []
    if e is not None and not _separable(h, e):
        e = None

    def made(outcome: Outcome, **found: float | _Fits) -> Extrapolation:
        nothing = dict.fromkeys(
            ("continuum", "low", "high", "order", "order_low", "order_high", "scatter", "index"), math.nan
        )
        values = {**nothing, "per_log_radius": 0.0, **found}
        return Extrapolation(h, y, e, outcome, **values)  # type: ignore[arg-type]

    if len(sizes) < FEWEST:
        return made("few")
    if h[0] / h[-1] < LEAST_RANGE:
        return made("range")
    spread, own = float(np.ptp(y)), float(errors.max())
    if spread <= max(2 * own * (1 + 1e-9), 1e-12 * float(np.abs(y).max())):
        middle, half = float(y[sizes[-1]].mean()), max(own, spread)
        return made("same", continuum=middle, low=middle - half, high=middle + half, index=half, scatter=0.0)
    if own > UNRESOLVED * spread:
        return made("rows")
    fits = _fits(h, y, e, float(np.sqrt(np.mean(errors**2) / 3)))
    k = float(fits.weight @ fits.coefficients[:, 2]) if e is not None else 0.0
    means = np.array([(y - (0.0 if e is None else k * e))[rows].mean() for rows in sizes])
    if abs(means[-1] - means[0]) < REVERSED * float(np.abs(np.diff(means)).sum()):
        return made("oscillates", scatter=fits.scatter, per_log_radius=k)
    if (order := _order_excluded(h, y, e, spread)) is not None:
        return made("diverges" if order <= 0 else "order", order=order, per_log_radius=k)
    tails = (0.5, 0.5 - LEVEL / 2, 0.5 + LEVEL / 2)
    middle, low, high = (fits.quantile(share, 0.0) for share in tails)
    if abs(middle) > (1 + ROUNDED) * most:
        return made("beyond", scatter=fits.scatter, per_log_radius=k)
    return made(
        "converges",
        continuum=middle,
        low=low,
        high=high,
        order=float(fits.weight @ fits.order),
        order_low=fits.order_at(tails[1]),
        order_high=fits.order_at(tails[2]),
        scatter=fits.scatter,
        index=_index(h, y, sizes[-1], fits, middle),
        per_log_radius=k,
        _fits=fits,
    )


def _sizes(h: Array) -> list[slice]:
    """The lattices of each cell size, coarsest first."""
    starts = [0, *(i for i in range(1, len(h)) if h[i - 1] / h[i] > ONE_SIZE), len(h)]
    return [slice(a, b) for a, b in pairwise(starts)]


def _separable(h: Array, e: Array) -> bool:
    """Whether the volume's part can be told from the rest: enough lattices, whose volume jumps."""
    if len(h) < 2 * FEWEST:
        return False
    smooth = np.stack([np.ones_like(h), h / h[0], (h / h[0]) ** 2], axis=1)
    jumps = e - smooth @ np.linalg.lstsq(smooth, e, rcond=None)[0]
    return float(np.ptp(jumps)) > LEAST_JUMP * float(np.ptp(e))


def _columns(h: Array, shapes: Array, e: Array | None) -> Array:
    """Design matrices (k, n, c) of shapes (k, n)."""
    parts = [np.ones_like(shapes), shapes, *([] if e is None else [np.broadcast_to(e, shapes.shape)])]
    return np.stack(parts, axis=-1)


def _solved(X: Array, y: Array, w: Array) -> tuple[Array, Array, Array, Array]:
    """Coefficients, inverse normal matrices, their log-determinants, sums of squares, of weighted fits."""
    weighted, target = X * w[:, None], y * w
    normal = np.swapaxes(weighted, 1, 2) @ weighted
    inverse = np.asarray(np.linalg.inv(normal), dtype=float)
    coefficients = (inverse @ (np.swapaxes(weighted, 1, 2) @ target)[..., None])[..., 0]
    rest = target - (weighted @ coefficients[..., None])[..., 0]
    return (
        coefficients,
        inverse,
        np.asarray(np.linalg.slogdet(normal)[1], dtype=float),
        np.asarray(np.sum(rest**2, axis=1), dtype=float),
    )


def _fits(h: Array, y: Array, e: Array | None, own: float) -> _Fits:
    """All fits, with what the values' own errors add to the scatter."""
    powers = np.linspace(ORDERS[0], STEEPEST, _SHAPES)
    shares = np.linspace(*SHARES, _SHAPES)
    coarsest = float(h[0])

    def shape(cell_m: float) -> Array:
        x = cell_m / coarsest
        return np.tile(np.concatenate([x**powers, (1 - shares) * x + shares * x**2]), 2)

    shapes = np.array([shape(one) for one in h]).T[: 2 * _SHAPES]
    expected = (SCATTER * float(np.ptp(y))) ** 2 + own**2
    X, centre, found = _columns(h, shapes, e), float(np.exp(np.log(h).mean())), []
    dof = len(h) - X.shape[2] - 1 + SCATTER_WEIGHS  # the order is found from the lattices too
    for power in (0.0, 1.0):
        w = (h / centre) ** -power
        coefficients, inverse, log_det, squares = _solved(X, y, w)
        variance = (squares + SCATTER_WEIGHS * expected) / dof
        likelihood = np.log(w).sum() - 0.5 * log_det - 0.5 * dof * np.log(variance)
        found.append((coefficients, variance[:, None, None] * inverse, likelihood, variance))
    coefficients, covariance, likelihood, variance = (
        np.concatenate(part) for part in zip(*found, strict=True)
    )
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    order = np.tile(np.concatenate([powers, 1.0 + shares]), 2)
    scatter = float(np.sqrt(weight @ variance))
    return _Fits(shape, order, weight, coefficients, covariance, dof, scatter)


def _order_excluded(h: Array, y: Array, e: Array | None, spread: float) -> float | None:
    """The order of the best fit, where it is better than every plausible one beyond chance; or None."""
    tried = np.array([p for p in _TRIED if abs(p) > 1e-9])
    shapes = np.concatenate([(h / h[0]) ** tried[:, None], np.log(h / h[0])[None]])
    squares = _solved(_columns(h, shapes, e), y, np.ones_like(h))[3]
    squares = squares + (LEAST_SCATTER * spread) ** 2
    orders = np.append(tried, 0.0)
    plausible = (orders >= ORDERS[0] - 1e-9) & (orders <= ORDERS[1] + 1e-9)
    dof = max(1, len(h) - (3 if e is None else 4) + 1)
    ratio = dof * (float(squares[plausible].min()) / float(squares.min()) - 1.0)
    chance = float(fdtrc(1.0, float(dof), ratio))
    return float(orders[squares.argmin()]) if chance < EXCLUDED else None


def _index(h: Array, y: Array, finest: slice, fits: _Fits, continuum: float) -> float:
    """Roache's index of the finest lattices' mean, in the form of Eca & Hoekstra (2014)."""
    law = fits.quantile(0.5, float(h[finest].mean()))
    error, misfit = abs(law - continuum), abs(float(y[finest].mean()) - law)
    change = float(np.ptp(y)) / (len(_sizes(h)) - 1)
    if fits.scatter < change:
        safety = SAFETY if ORDERS[0] < fits.order_at(0.5) < ORDERS[1] else SAFETY_UNSURE
        return safety * error + fits.scatter + misfit
    return SAFETY_UNSURE * fits.scatter / change * (error + fits.scatter + misfit)
