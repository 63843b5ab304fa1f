"""Monte Carlo of N independent classical moments in a field.

In: x = m B / kT, numbers of moments, replicas, a seed.
Out: `MomentStatistics`, mean, variance and signal-to-noise ratio against N with their error bars.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reduced_model.errors import Array, ModelError, non_negative_values, whole
from reduced_model.results import Result, axes_for
from reduced_model.sizes.langevin import langevin, langevin_variance, signal_to_noise

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_DRAWS = 2e9
"""Moments one call may draw: about ten seconds."""
POWERS_OF_TWO = tuple(2**i for i in range(9))
_ALIGNED = 1e12
_BLOCK = 2**17  # moments drawn at a time: they stay in the cache


@dataclass(frozen=True, eq=False, repr=False)
class MomentStatistics(Result):
    """Summed moments of N independent dipoles over many replicas; arrays (n,), read-only, in the order of N.

    Mean and variance are those of the moment per dipole along the field, (1/N) sum cos(theta). The field of
    such an ensemble is proportional to its summed moment, so the relative fluctuation holds for both.
    """

    x: float
    """m B / kT."""
    replicas: int
    """Independent ensembles for each N."""
    seed: int
    count: NDArray[np.int64]
    """N."""
    mean: Array
    mean_error: Array
    """Standard error of the mean."""
    variance: Array
    variance_error: Array
    """Standard error of the variance, from the fourth moment of the sample."""
    snr: Array
    """Signal-to-noise ratio, mean over standard deviation."""
    snr_error: Array
    """Its standard error, from the third and fourth moments of the sample."""

    @property
    def relative_variance(self) -> Array:
        """(delta B / <B>)^2, the inverse square of the signal-to-noise ratio."""
        return self.snr**-2.0

    @property
    def relative_fluctuation(self) -> Array:
        """delta B / <B>, the inverse of the signal-to-noise ratio."""
        return 1.0 / self.snr

    @property
    def relative_fluctuation_error(self) -> Array:
        """Standard error of `relative_fluctuation`."""
        return self.snr_error / self.snr**2

    @property
    def exact_mean(self) -> float:
        """L(x)."""
        return float(langevin(self.x))

    @property
    def exact_variance(self) -> Array:
        """(1 - L^2 - 2L/x)/N."""
        return langevin_variance(self.x) / self.count

    @property
    def exact_snr(self) -> Array:
        """sqrt(N) L / sqrt(1 - L^2 - 2L/x)."""
        return signal_to_noise(self.x, self.count)

    table_columns = (
        *("count", "mean", "mean_error", "variance", "variance_error", "snr", "snr_error"),
        *("relative_fluctuation", "relative_fluctuation_error", "exact_variance", "exact_snr"),
    )

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the signal-to-noise ratio against N, with the exact line and the papers'."""
        ax = axes_for(ax)
        printed = signal_to_noise(self.x, self.count, sigma="zero-field")
        ax.plot(self.count, self.exact_snr, "-", color="0.55", lw=1.2, label=r"exact $\sigma(x)$")
        ax.plot(self.count, printed, "--", color="0", lw=1.0, label=r"printed $\sigma = m/\sqrt{3}$")
        ax.errorbar(self.count, self.snr, self.snr_error, fmt="ko", ms=3, mfc="w", label="Monte Carlo")
        ax.set(xscale="log", yscale="log", xlabel="number of moments $N$", ylabel="signal-to-noise ratio")
        ax.set_title(f"$x = mB/k_BT$ = {self.x:.3g}")
        ax.legend(frameon=False)
        return ax

    def __repr__(self) -> str:
        return f"MomentStatistics(x = {self.x:g}, N = {self.count.tolist()}, {self.replicas} replicas)"


def simulate_moments(
    x: float, count: Sequence[int] | int = POWERS_OF_TWO, *, replicas: int = 20_000, seed: int = 0
) -> MomentStatistics:
    """Draw ensembles of N independent classical moments in a field.

    Each cos(theta) is drawn exactly from its density, proportional to exp(x cos theta), by inversion.

    Parameters
    ----------
    x : float
        m B / kT, 0 to 1e12.
    count : int or sequence of int, shape (n,)
        Numbers of moments N, >= 1.
    replicas, seed : int
        Ensembles for each N, >= 100 so that the error bars mean something; seed of the numbers, >= 0.

    Raises
    ------
    ModelError
        If more than 2e9 moments would have to be drawn.

    Examples
    --------
    >>> statistics = simulate_moments(1.0, (1, 10), replicas=5000, seed=1)
    >>> bool((abs(statistics.snr - statistics.exact_snr) < 4 * statistics.snr_error).all())
    True
    """
    field = float(non_negative_values("x", x))
    if field > _ALIGNED:
        raise ModelError.of("x", x, f"at most {_ALIGNED:.0e}, where a moment is aligned to rounding")
    ensembles, root = whole("replicas", replicas, 100), whole("seed", seed, 0)
    counts = np.array([whole("count", n, 1) for n in np.atleast_1d(np.asarray(count, dtype=object))])
    if counts.size == 0:
        raise ModelError("count must name at least one number of moments")
    draws = float(ensembles) * float(counts.sum(dtype=float))
    if draws > MOST_DRAWS:
        raise ModelError(f"count x replicas = {draws:.2g} moments drawn: must be at most {MOST_DRAWS:.0e}")
    columns = []
    for i, n in enumerate(counts):
        stream = np.random.default_rng((root, i, int(np.float64(field).view(np.uint64))))
        columns.append(_statistics(summed_deficits(stream, field, int(n), ensembles) / n))
    return MomentStatistics(field, ensembles, root, counts, *np.transpose(columns))


def summed_deficits(rng: np.random.Generator, x: float, count: int, replicas: int) -> Array:
    """Sums of 1 - cos(theta), which keep their digits when all moments are aligned, shape (replicas,).

    cos(theta) = 1 + log(1 - v (1 - exp(-2x)))/x with v uniform in [0, 1), and 1 - 2v at x = 0.
    """
    sums, step = np.zeros(replicas), max(1, _BLOCK // replicas)
    for first in range(0, count, step):
        v = rng.random((min(step, count - first), replicas))
        sums += (np.log1p(v * math.expm1(-2.0 * x)) if x > 0.0 else v).sum(axis=0)
    return sums / -x if x > 0.0 else 2.0 * sums


def _statistics(deficit: Array) -> tuple[float, ...]:
    """Mean, variance and signal-to-noise ratio of 1 - deficit, each followed by its standard error."""
    size, mean = deficit.size, 1.0 - float(deficit.mean())
    centred = float(deficit.mean()) - deficit
    variance = float(centred @ centred) / (size - 1)
    spread = math.sqrt(variance)
    skewness, kurtosis = float(np.mean(centred**3)) / spread**3, float(np.mean(centred**4)) / variance**2
    snr = mean / spread
    snr_variance = (1.0 - snr * skewness + 0.25 * snr**2 * (kurtosis - 1.0)) / size  # delta method
    variance_error = variance * math.sqrt((kurtosis - 1.0) / size)
    return mean, spread / math.sqrt(size), variance, variance_error, snr, math.sqrt(max(snr_variance, 0.0))
