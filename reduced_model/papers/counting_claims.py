"""The counting claims of Shi 2025 and Shi & Cardwell 2026, put to the Monte Carlo.

In: statistics of simulated moments, or the x = m B / kT to simulate.
Out: power-law fits, and `ClaimCheck`s whose verdict follows from claim, measurement and error bar.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reduced_model.errors import ModelError, positive
from reduced_model.sizes.langevin import SIGMAS, Sigma, critical_number
from reduced_model.sizes.monte_carlo import MOST_DRAWS, MomentStatistics, simulate_moments

Quantity = Literal["relative", "absolute"]
_RESOLVED = 10.0  # standard errors a mean must stand above zero before anything is divided by it


@dataclass(frozen=True)
class PowerLaw:
    """A weighted straight-line fit in logarithms, y = amplitude N^exponent, with its standard errors."""

    exponent: float
    exponent_error: float
    amplitude: float
    amplitude_error: float
    chi2_per_degree: float
    """Near 1 where the power law and the error bars hold."""


@dataclass(frozen=True)
class ClaimCheck:
    """A claim beside what the Monte Carlo measured; the verdict follows from the two and the error bar."""

    claim: str
    claimed: float
    measured: float
    error: float
    """Standard error of the measured value."""
    tolerance: float = 3.0
    """Standard errors a claim may be off by."""

    @property
    def deviation(self) -> float:
        """How many standard errors the claim is off."""
        if self.error > 0.0:
            return abs(self.measured - self.claimed) / self.error
        return 0.0 if self.measured == self.claimed else math.inf

    @property
    def verdict(self) -> Literal["confirmed", "not confirmed"]:
        """Confirmed if the claim lies within the tolerance of the measured value."""
        return "confirmed" if self.deviation <= self.tolerance else "not confirmed"

    def __str__(self) -> str:
        return (
            f"{self.claim}: claimed {self.claimed:.4g}, measured {self.measured:.4g} ± {self.error:.2g}, "
            f"{self.verdict} ({self.deviation:.1f} standard errors)"
        )


def fit_power_law(statistics: MomentStatistics, quantity: Quantity = "relative") -> PowerLaw:
    """Fit the variance against N.

    Parameters
    ----------
    statistics : MomentStatistics
        Of at least three numbers N.
    quantity : str
        "relative" for (delta B / <B>)^2, "absolute" for the variance of the moment per dipole.

    Raises
    ------
    ModelError
        If there are too few N, or a mean is lost in its noise, so that nothing can be divided by it.
    """
    if np.unique(statistics.count).size < 3:
        raise ModelError.of("count", statistics.count.tolist(), "at least three numbers N for a fit")
    if quantity == "absolute":
        values, errors = statistics.variance, statistics.variance_error
    elif quantity == "relative":
        _refuse_a_lost_mean(statistics)
        values = statistics.relative_variance
        errors = 2.0 * values * statistics.snr_error / statistics.snr
    else:
        raise ModelError.of("quantity", quantity, '"relative" or "absolute"')
    u, v, weights = np.log(statistics.count), np.log(values), values / errors
    (slope, intercept), covariance = np.polyfit(u, v, 1, w=weights, cov="unscaled")
    slope_error, intercept_error = np.sqrt(np.diag(covariance)).tolist()
    amplitude, residual = float(np.exp(intercept)), (v - intercept - slope * u) * weights
    chi2_per_degree = float(residual @ residual) / (u.size - 2)
    return PowerLaw(float(slope), slope_error, amplitude, amplitude * intercept_error, chi2_per_degree)


def _refuse_a_lost_mean(statistics: MomentStatistics) -> None:
    lost = statistics.mean < _RESOLVED * statistics.mean_error
    if lost.any():
        raise ModelError(
            f"x = {statistics.x:g}: the mean moment is lost in its noise at N = "
            f"{statistics.count[lost].min()}; take more replicas, larger N or a stronger field"
        )


def check_variance_law(
    statistics: MomentStatistics, quantity: Quantity = "relative", *, tolerance: float = 3.0
) -> ClaimCheck:
    """Whether the variance falls as 1/N (Shi 2025, mean-field approach; Shi & Cardwell 2026, Sec. 1.8).

    Examples
    --------
    >>> print(check_variance_law(simulate_moments(1.0, replicas=5000)).verdict)
    confirmed
    """
    law = fit_power_law(statistics, quantity)
    what = "(delta B/<B>)^2" if quantity == "relative" else "variance of the moment per dipole"
    claim = f"exponent of {what} in N at x = {statistics.x:g}"
    return ClaimCheck(claim, -1.0, law.exponent, law.exponent_error, positive("tolerance", tolerance))


def check_required_number(
    statistics: MomentStatistics, epsilon: float = 0.1, *, tolerance: float = 3.0
) -> ClaimCheck:
    """Whether 1/epsilon^2 moments keep the relative fluctuation at `epsilon` in this field.

    The number measured is (delta B/<B>)^2 N / epsilon^2, pooled over all N of the statistics. The claim holds
    only where mean and standard deviation of one moment happen to be equal.
    """
    share = positive("epsilon", epsilon)
    _refuse_a_lost_mean(statistics)
    root = np.sqrt(statistics.count)
    weights = statistics.count / (1.0 + 0.5 * statistics.exact_snr**2)  # fixed beforehand: no bias
    weights /= weights.sum()
    ratio = float(weights @ (statistics.snr / root))  # of one moment
    error = float(np.linalg.norm(weights * statistics.snr_error / root))
    number = (ratio * share) ** -2.0
    claim = f"moments for a relative fluctuation of {share:g} at x = {statistics.x:g}"
    limit = positive("tolerance", tolerance)
    return ClaimCheck(claim, share**-2.0, number, 2.0 * number * error / ratio, limit)


def check_critical_number(
    x: float,
    k: float = 5.0,
    *,
    sigma: Sigma = "zero-field",
    replicas: int = 20_000,
    seed: int = 0,
    tolerance: float = 3.0,
) -> ClaimCheck:
    """Whether N_c(x) moments have the signal-to-noise ratio k (Shi & Cardwell 2026, Sec. 1.6).

    The ensembles have N = N_c rounded up to whole moments; the ratio claimed for those is k sqrt(N/N_c).

    Parameters
    ----------
    x, k : float
        m B / kT and signal-to-noise ratio, > 0.
    sigma : str
        "zero-field" for the papers' N_c, "in-field" for the exact one.
    tolerance : float
        Standard errors the claim may be off by. Other parameters as for `simulate_moments`.

    Raises
    ------
    ModelError
        If too many moments would have to be drawn.

    Examples
    --------
    10 nm magnetite in 0.1 T:

    >>> print(check_critical_number(6.1).verdict, check_critical_number(6.1, sigma="in-field").verdict)
    not confirmed confirmed
    """
    field, ratio = positive("x", x), positive("k", k)
    exact = float(critical_number(field, ratio, sigma=sigma))
    if not 0.0 < exact * replicas <= MOST_DRAWS:
        drawn_in_all = f"N_c = {exact:.3g} moments in {replicas} replicas"
        raise ModelError(f"x = {field:g}: {drawn_in_all}: must be at most {MOST_DRAWS:.0e} moments drawn")
    count = math.ceil(exact)
    drawn = simulate_moments(field, count, replicas=replicas, seed=seed)
    claim = f"signal-to-noise ratio of N = {count} moments at x = {field:g} ({sigma} sigma)"
    claimed, (measured,), (error,) = ratio * math.sqrt(count / exact), drawn.snr, drawn.snr_error
    return ClaimCheck(claim, claimed, float(measured), float(error), positive("tolerance", tolerance))


def check_counting_claims(
    x: Sequence[float] = (0.061, 0.61, 6.1, 61.0), k: float = 5.0, *, draws: float = 2e7, seed: int = 0
) -> tuple[ClaimCheck, ...]:
    """Every counting claim of the two papers, at each field: 1/N, 1/epsilon^2, N_c as printed and exact.

    Parameters
    ----------
    x : sequence of float
        Fields as m B / kT, > 0; by default those of Shi & Cardwell 2026, Table 1 (1 mT to 1 T).
    k, draws : float
        Signal-to-noise ratio of N_c; moments drawn for each check, about, but at most 20,000 ensembles.
    seed : int
        As for `simulate_moments`.
    """
    checks: list[ClaimCheck] = []
    for field in x:
        first = math.ceil(0.1 * float(critical_number(field, 1.0)))  # the mean is a third of the noise there
        count = tuple(first * n for n in (1, 2, 4, 8, 16))
        statistics = simulate_moments(field, count, replicas=_replicas(draws, sum(count)), seed=seed)
        checks += [check_variance_law(statistics), check_required_number(statistics)]
        for sigma in SIGMAS:
            number = math.ceil(float(critical_number(field, k, sigma=sigma)))
            replicas = _replicas(draws, number)
            checks.append(check_critical_number(field, k, sigma=sigma, replicas=replicas, seed=seed))
    return tuple(checks)


def _replicas(draws: float, count: int) -> int:
    return int(min(max(draws / count, 100.0), 20_000.0))
