"""The papers' counting claims, judged by the Monte Carlo: confirmed where they hold, else not."""

import math

import pytest

from reduced_model import ModelError
from reduced_model.papers.counting_claims import (
    ClaimCheck,
    check_counting_claims,
    check_critical_number,
    check_required_number,
    check_variance_law,
    fit_power_law,
)
from reduced_model.sizes.langevin import critical_number, langevin_variance
from reduced_model.sizes.monte_carlo import simulate_moments


@pytest.fixture(scope="module")
def tenth_of_a_tesla():
    return simulate_moments(6.1, (1, 2, 4, 8, 16, 32, 64), replicas=10_000, seed=7)


@pytest.mark.parametrize("quantity", ["relative", "absolute"])
def test_the_variance_falls_with_one_over_N(tenth_of_a_tesla, quantity):
    check = check_variance_law(tenth_of_a_tesla, quantity)
    assert check.verdict == "confirmed"
    assert check.error < 0.02  # an exponent of -0.9 or -1.1 would have been told apart


def test_the_fit_finds_the_variance_of_one_moment(tenth_of_a_tesla):
    law = fit_power_law(tenth_of_a_tesla, "absolute")
    assert (
        abs(law.amplitude - langevin_variance(6.1)) < 4 * law.amplitude_error
    )  # 4 standard errors, fixed seed
    assert law.chi2_per_degree < 4.0  # 5 degrees of freedom: above that once in a thousand


def test_another_power_would_not_be_confirmed(tenth_of_a_tesla):
    law = fit_power_law(tenth_of_a_tesla)
    assert ClaimCheck("one over root N", -0.5, law.exponent, law.exponent_error).verdict == "not confirmed"


def test_one_over_epsilon_squared_is_not_confirmed_and_the_exact_number_measured(tenth_of_a_tesla):
    check = check_required_number(tenth_of_a_tesla, 0.1)
    assert check.verdict == "not confirmed" and check.claimed == pytest.approx(100)
    assert abs(check.measured - critical_number(6.1, 10.0)) < 4 * check.error  # 4 standard errors, fixed seed


@pytest.mark.parametrize(
    ("x", "verdict"), [(0.15, "confirmed"), (6.1, "not confirmed"), (61.0, "not confirmed")]
)
def test_the_papers_number_holds_in_weak_fields_only(x, verdict):
    check = check_critical_number(x, 5.0, replicas=2000)
    assert check.verdict == verdict


@pytest.mark.parametrize("x", [0.15, 0.61, 6.1, 61.0])
def test_the_number_with_the_true_variance_holds_everywhere(x):
    assert check_critical_number(x, 5.0, sigma="in-field", replicas=2000).verdict == "confirmed"


def test_all_claims_at_once_agree_with_theory():
    checks = check_counting_claims((0.61, 6.1))
    ten_millitesla, tenth_of_a_tesla = checks[:4], checks[4:]
    # 1/N holds, 1/epsilon^2 does not, N_c with the zero-field sigma neither, N_c with the true one does
    expected = ["confirmed", "not confirmed", "not confirmed", "confirmed"]
    assert [check.verdict for check in ten_millitesla] == expected
    assert [check.verdict for check in tenth_of_a_tesla] == expected


def test_a_claim_says_what_was_measured():
    check = ClaimCheck("ratio", 5.0, 17.7, 0.1)
    assert str(check) == "ratio: claimed 5, measured 17.7 ± 0.1, not confirmed (127.0 standard errors)"
    assert ClaimCheck("exact", 1.0, 1.0, 0.0).verdict == "confirmed"
    assert ClaimCheck("exact", 1.0, 2.0, 0.0).deviation == math.inf


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(ModelError, match=r"x = 1e-06: N_c = 7.5e\+13 moments .*must be at most"):
        check_critical_number(1e-6)
    lost = simulate_moments(0.001, (1, 2, 4), replicas=200)
    for check in (check_variance_law, check_required_number):
        with pytest.raises(ModelError, match=r"x = 0.001: the mean moment is lost in its noise at N = 1"):
            check(lost)
    with pytest.raises(ModelError, match="at least three numbers N"):
        check_variance_law(simulate_moments(1.0, (1, 2), replicas=200))
    with pytest.raises(ModelError, match="quantity = 'both'"):
        fit_power_law(simulate_moments(1.0, (1, 2, 4), replicas=200), "both")
    with pytest.raises(ModelError, match="x = 0"):
        check_critical_number(0.0)
    with pytest.raises(ModelError, match="tolerance = -1"):
        check_critical_number(6.1, tolerance=-1)
