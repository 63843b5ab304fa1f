"""Printed numbers are read with their precision, and the verdict follows from digits and value alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reduced_model import ModelError
from reduced_model.papers.table import (
    AGREES,
    DECLARED,
    FAILS,
    ROUNDS,
    Published,
    read_printed,
    scaling_exponent,
    verdict,
)


@pytest.mark.parametrize(
    ("text", "low", "high", "digits"),
    [
        ("25.7", 25.65, 25.75, 3),
        ("62.0", 61.95, 62.05, 3),
        ("134", 133.5, 134.5, 3),
        ("100", 99.5, 100.5, 3),
        ("10,000", 9999.5, 10_000.5, 5),
        ("-0.024", -0.0245, -0.0235, 2),
        ("2.4e-7", 2.35e-7, 2.45e-7, 2),
        ("1.3×10^16", 1.25e16, 1.35e16, 2),
        ("1.3 × 10¹⁶", 1.25e16, 1.35e16, 2),
        ("2.4 x 10⁻⁷", 2.35e-7, 2.45e-7, 2),
        ("~30", 25, 35, 1),
        ("about 30", 25, 35, 1),
        ("≈ 3", 2.5, 3.5, 1),
        ("~25.7", 25.65, 25.75, 3),
        ("10^16", 10**15.5, 10**16.5, 0),
        ("~10^10", 10**9.5, 10**10.5, 0),
        ("10^1-10^3", 10**0.5, 10**3.5, 0),
        ("10¹–10³", 10**0.5, 10**3.5, 0),
        ("14–15", 13.5, 15.5, 0),
        ("14 to 15", 13.5, 15.5, 0),
        ("1e-3-1e-2", 5e-4, 1.5e-2, 0),
        ("> 10^3", 1e3, math.inf, 0),
        ("≳ 100", 100, math.inf, 0),
        ("<5", -math.inf, 5, 0),
        ("0", -0.5, 0.5, 0),
    ],
)
def test_reading(text, low, high, digits):
    number = read_printed(text)
    assert (number.low, number.high) == (pytest.approx(low), pytest.approx(high))
    assert number.digits == digits


@pytest.mark.parametrize("text", ["", "small", "1.2.3", "5-3", "> 1-2", "<>1", "1,00", "10^400", None, 3.0])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ModelError, match=r"printed = .*must be") as refusal:
        read_printed(text)
    assert "\n" not in str(refusal.value)


@given(st.floats(1e-12, 1e12), st.integers(0, 6))
def test_a_number_agrees_with_its_own_rounding_and_not_with_twice_itself(value, decimals):
    text = f"{value:.{decimals}e}"
    assert verdict(text, value) == AGREES
    assert verdict(text, 2.5 * value) == FAILS


@given(st.integers(1000, 9998))
def test_one_unit_of_the_last_of_several_digits_is_rounding_and_two_are_not(figures):
    text = f"{figures / 10:.1f}"
    assert verdict(text, figures / 10 + 0.1) == ROUNDS
    assert verdict(text, figures / 10 + 0.2) == FAILS


def test_few_digits_cannot_tell_rounding_from_error():
    assert verdict("3", 3.9) == FAILS
    assert verdict("2.4", 2.5) == FAILS


def test_rounded_inputs_explain_a_difference_only_if_they_give_the_printed_number():
    assert verdict("1.3", 1.4, rounded_inputs=1.33) == ROUNDS
    assert verdict("1.3", 1.5, rounded_inputs=1.4) == FAILS
    assert verdict("1.3", 1.31, rounded_inputs=9.0) == AGREES


def test_an_approximation_the_paper_declares_explains_a_difference_only_if_it_gives_the_printed_number():
    assert verdict("3.76", 3.873, approximated=3.757) == DECLARED
    assert verdict("0.332", 1 / 3, approximated=0.3318) == DECLARED  # and not a slip of rounding
    assert verdict("3.76", 3.873, approximated=3.80) == FAILS
    assert verdict("3.76", 3.758, approximated=9.0) == AGREES


def test_intervals_must_lie_within_the_printed_one():
    assert verdict("10^1-10^3", (8.4, 8.5)) == AGREES
    assert verdict("10^1-10^3", (1000.0, 20.0)) == AGREES  # in either order
    assert verdict("10^1-10^3", (2.0, 20.0)) == FAILS
    assert verdict("> 10^3", (200.0, 2e4)) == FAILS


@pytest.mark.parametrize("computed", [math.nan, (1.0, math.nan), (math.nan, 1.0), math.inf])
def test_nothing_follows_from_no_number(computed):
    assert verdict("1.0", computed) == FAILS


def test_an_entry_recomputes_each_time_it_is_asked():
    values = iter([25.66, 30.0])
    entry = Published("Paper", "Table I", "radius", "25.7", "nm", "R = ...", lambda: next(values))
    first, second = entry.check(), entry.check()
    assert (first.verdict, second.verdict) == (AGREES, FAILS)
    assert first.difference == pytest.approx(-0.04)
    assert first.computed_text == "25.66"


def test_a_claim_in_words_is_judged_by_its_reading():
    entry = Published(
        "P", "text", "range", "tens to hundreds", "nm", "", lambda: (13.4, 288.0), reading="10-1000"
    )
    checked = entry.check()
    assert (entry.printed, checked.computed_text, checked.verdict) == (
        "tens to hundreds",
        "13.4 to 288",
        AGREES,
    )
    assert math.isnan(checked.difference)


def test_scaling_exponent():
    assert scaling_exponent(lambda x: 3 / x**2, 1.0, 100.0) == pytest.approx(-2.0)
