"""Monte Carlo of independent moments: exact mean and variance within error bars, seeds, refusals."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import kstest

from reduced_model import ModelError
from reduced_model.sizes.langevin import langevin
from reduced_model.sizes.monte_carlo import simulate_moments, summed_deficits

# 4 standard errors: with the seeds fixed here a test either always passes or never; a correct sampler would
# fail one in 16,000
SIGMAS = 4.0


@pytest.mark.parametrize("x", [0.0, 1e-12, 0.061, 0.61, 6.1, 61.0, 1e4, 1e11])
def test_mean_variance_and_ratio_are_exact_within_the_error_bars(x):
    drawn = simulate_moments(x, (1, 2, 7, 50), replicas=10_000, seed=3)
    assert drawn.exact_mean == langevin(x)
    assert (abs(drawn.mean - drawn.exact_mean) <= SIGMAS * drawn.mean_error + 1e-15).all()
    assert (abs(drawn.variance - drawn.exact_variance) <= SIGMAS * drawn.variance_error).all()
    assert (abs(drawn.snr - drawn.exact_snr) <= SIGMAS * drawn.snr_error).all()


def test_one_moment_has_the_exact_distribution():
    """Kolmogorov-Smirnov against the cumulative distribution, through replicas of a single moment."""
    x = 2.5
    deficits = summed_deficits(np.random.default_rng(5), x, 1, 20_000)
    result = kstest(1.0 - deficits, lambda c: np.expm1(x * (c + 1)) / np.expm1(2 * x))
    assert result.pvalue > 1e-3  # the seed is fixed; a wrong density fails by orders of magnitude


@pytest.mark.parametrize("x", [0.5, 61.0])
def test_the_error_bars_are_the_scatter_of_repeated_runs(x):
    runs = [simulate_moments(x, (1, 4), replicas=1000, seed=seed) for seed in range(200)]
    pulls = np.array([(run.snr - run.exact_snr) / run.snr_error for run in runs])
    # the scatter of 200 pulls is known to 5 %, their mean to 0.07; a factor of three of that, and the
    # bias of order 1/sqrt(replicas) of a ratio of a skewed sample
    assert pulls.std(axis=0) == pytest.approx([1, 1], abs=0.15)
    assert abs(pulls.mean(axis=0)).max() < 0.35


def test_the_same_seed_gives_the_same_numbers_and_another_one_others():
    first, again, other = (simulate_moments(1.0, (3, 5), replicas=200, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.mean, again.mean) and np.array_equal(first.snr, again.snr)
    assert not np.any(first.mean == other.mean)


def test_results_are_read_only_and_tabulate_and_draw_themselves():
    drawn = simulate_moments(1.0, (1, 10, 100), replicas=500)
    with pytest.raises(ValueError, match="read-only"):
        drawn.mean[0] = 0.0
    frame = drawn.to_dataframe()
    assert frame["count"].tolist() == [1, 10, 100]
    assert frame["relative_fluctuation"].to_numpy() == pytest.approx(1 / drawn.snr)
    axes = drawn.plot(Figure().add_subplot())
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert "3 replicas" not in repr(drawn) and "500 replicas" in repr(drawn)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: simulate_moments(-1.0), r"x = -1.0: must be zero or a positive"),
        (lambda: simulate_moments(1e13), r"x = 10000000000000.0: must be at most 1e\+12"),
        (lambda: simulate_moments(1.0, 0), r"count = 0: must be a whole number of at least 1"),
        (lambda: simulate_moments(1.0, (1, 2.5)), r"count = 2.5"),
        (lambda: simulate_moments(1.0, ()), r"count must name at least one"),
        (lambda: simulate_moments(1.0, "many"), r"count = 'many'"),
        (
            lambda: simulate_moments(1.0, 10, replicas=10),
            r"replicas = 10: must be a whole number of at least 100",
        ),
        (lambda: simulate_moments(1.0, 10, seed=-1), r"seed = -1"),
        (lambda: simulate_moments(1.0, 10**16), r"count x replicas = 2e\+20 moments drawn: must be at most"),
    ],
)
def test_bad_parameters_are_refused_by_name(call, message):
    with pytest.raises(ModelError, match=message) as refusal:
        call()
    assert "\n" not in str(refusal.value)
