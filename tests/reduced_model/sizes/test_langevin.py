"""Langevin mean and variance against high precision; critical numbers against print and limits."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reduced_model import ModelError
from reduced_model.sizes.langevin import (
    critical_number,
    field_parameter,
    langevin,
    langevin_variance,
    signal_to_noise,
    weak_field_critical_number,
    weakest_field_parameter,
)

FIELDS_T = np.array([1e-3, 1e-2, 0.1, 1.0])
X = FIELDS_T * 2.5e-19 / 4.1e-21  # moment and kT as Shi & Cardwell 2026 print them in Table 1

ROUNDING = 8e-16  # a few units of the last place
positive_x = st.floats(-8, 8).map(lambda power: 10.0**power)


def exact(x):
    """Langevin function and its derivative with 60 digits, from their definitions."""
    with mpmath.workdps(60):
        big = mpmath.mpf(float(x))
        return float(mpmath.coth(big) - 1 / big), float(1 / big**2 - mpmath.csch(big) ** 2)


@given(positive_x)
def test_mean_and_variance_to_rounding_at_any_field(x):
    mean, variance = exact(x)
    assert langevin(x) == pytest.approx(mean, rel=ROUNDING)
    assert langevin_variance(x) == pytest.approx(variance, rel=ROUNDING)


@pytest.mark.parametrize("x", [1.9999999999999998, 2.0, 2.0000000000000004])
def test_nothing_happens_where_the_two_forms_meet(x):
    mean, variance = exact(x)
    assert langevin(x) == pytest.approx(mean, rel=ROUNDING)
    assert langevin_variance(x) == pytest.approx(variance, rel=ROUNDING)


def test_limits():
    assert langevin(1e-300) == pytest.approx(1e-300 / 3, rel=ROUNDING)
    assert langevin_variance(0.0) == pytest.approx(1 / 3, rel=ROUNDING)
    assert langevin([0.0, 1e308]).tolist() == [0.0, 1.0]
    assert langevin_variance(1e10) == pytest.approx(1e-20, rel=ROUNDING)
    assert langevin_variance(1e308) == 0.0


@given(positive_x)
def test_the_mean_is_odd_and_the_variance_even(x):
    assert langevin(-x) == -langevin(x)
    assert langevin_variance(-x) == langevin_variance(x)


@given(st.floats(1e-3, 1e3))
def test_variance_is_one_minus_mean_square_minus_twice_mean_over_x(x):
    mean = langevin(x)
    assert langevin_variance(x) == pytest.approx(
        1 - mean**2 - 2 * mean / x, abs=1e-12
    )  # cancellation at 1e-3


def test_the_papers_own_formula_gives_small_numbers():
    printed = critical_number(X, sigma="zero-field")
    assert printed == pytest.approx([2.0e4, 212, 11.9, 8.61], rel=0.01)  # quoted to two or three digits


def test_the_true_variance_leaves_less():
    true = critical_number(X)
    assert true[0] == pytest.approx(2.0e4, rel=0.01)
    assert true[2] == pytest.approx(0.96, abs=0.005)
    assert true[3] < 1.0


@given(st.floats(1e-8, 0.01), st.floats(0.1, 100))
def test_weak_fields(x, k):
    weak = weak_field_critical_number(x, k)
    # the next terms are 2 x^2/15 and -x^2/15 of the number
    assert critical_number(x, k, sigma="zero-field") == pytest.approx(weak, rel=0.14 * x**2 + 1e-14)
    assert critical_number(x, k) == pytest.approx(weak, rel=0.07 * x**2 + 1e-14)


def test_a_strong_field_leaves_k_squared_over_three_by_the_papers_sigma_and_nothing_by_the_true_one():
    assert critical_number(1e12, 5.0, sigma="zero-field") == pytest.approx(25 / 3)
    assert critical_number(1e12, 5.0) == pytest.approx(25e-24)
    assert critical_number(0.0) == weak_field_critical_number(0.0) == math.inf


@given(positive_x, st.floats(0.1, 100), st.sampled_from(["in-field", "zero-field"]))
def test_at_the_critical_number_the_signal_to_noise_ratio_is_k(x, k, sigma):
    count = critical_number(x, k, sigma=sigma)
    assert signal_to_noise(x, count, sigma=sigma) == pytest.approx(k, rel=1e-14)  # rounding


@given(positive_x)
def test_the_true_number_never_exceeds_the_papers(x):
    assert critical_number(x) <= critical_number(x, sigma="zero-field") * (1 + ROUNDING)


@given(st.floats(10, 1e18), st.floats(0.5, 5.4), st.sampled_from(["in-field", "zero-field"]))
def test_the_weakest_field_is_the_inverse(count, k, sigma):
    x = weakest_field_parameter(count, k, sigma=sigma)
    # near k^2/3 the zero-field number hardly depends on x, elsewhere a root to 1e-14
    assert critical_number(x, k, sigma=sigma) == pytest.approx(count, rel=1e-10)


def test_the_field_of_ten_thousand_million_dipoles_is_a_microtesla():
    per_tesla = 2.5e-19 / 4.1e-21
    assert weakest_field_parameter(1e10, sigma="zero-field") / per_tesla == pytest.approx(1.42e-6, rel=0.005)
    assert weakest_field_parameter(1000, sigma="zero-field") / per_tesla == pytest.approx(4.5e-3, rel=0.01)
    assert weakest_field_parameter(100, sigma="zero-field") / per_tesla == pytest.approx(15e-3, rel=0.01)


def test_field_parameter():
    assert field_parameter(1e-3, 2.5e-19, 4.1e-21 / 1.380649e-23) == pytest.approx(0.0610, abs=5e-5)
    assert field_parameter([1.0, 2.0], 1e-19, [[300.0], [150.0]]).shape == (2, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: langevin([1.0, math.inf]), r"x = inf: must be a finite number"),
        (lambda: critical_number(-1.0), r"x = -1.0: must be zero or a positive"),
        (lambda: critical_number(1.0, 0.0), r"k = 0.0: must be a positive"),
        (lambda: critical_number(1.0, sigma="true"), r"sigma = 'true': must be \"in-field\" or"),
        (lambda: signal_to_noise(1.0, 0), r"count = 0.0"),
        (lambda: field_parameter(1.0, 1e-19, 0.0), r"temperature_K = 0.0"),
        (
            lambda: weakest_field_parameter(8.0, sigma="zero-field"),
            r"count = 8.0: must be above k\^2/3 = 8.3",
        ),
    ],
)
def test_bad_parameters_are_refused_by_name(call, message):
    with pytest.raises(ModelError, match=message) as refusal:
        call()
    assert "\n" not in str(refusal.value)
