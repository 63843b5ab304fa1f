"""Numbers look as Go prints them: in tables, file headers, logs and formatted texts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.mx3.errors import ScriptError
from harness.mx3.language.go_format import float_text, sprintf


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (100000.0, "100000"),
        (999999.5, "999999.5"),
        (1e6, "1e+06"),
        (123456789.0, "1.23456789e+08"),
        (1e21, "1e+21"),
        (0.0001, "0.0001"),
        (0.00012, "0.00012"),
        (0.00001, "1e-05"),
        (-2.5e-300, "-2.5e-300"),
        (1 / 3, "0.3333333333333333"),
        (math.nan, "NaN"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
    ],
)
def test_double_precision(x: float, text: str) -> None:
    assert float_text(x) == text


@pytest.mark.parametrize(
    ("x", "text"),
    [(0.1, "0.1"), (1 / 3, "0.33333334"), (800e3, "800000"), (16777217.0, "1.6777216e+07"), (1e300, "+Inf")],
)
def test_single_precision(x: float, text: str) -> None:
    assert float_text(x, 32) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_back_as_itself(x: float) -> None:
    assert float(float_text(x)) == x


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_every_single_precision_number_reads_back_as_itself(x: float) -> None:
    assert np.float32(float_text(x, 32)) == np.float32(x)


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("%d", [42], "42"),
        ("%5d|%-5d|%05d|%+d", [42, 42, -42, 42], "   42|42   |-0042|+42"),
        ("%x %X %o %b", [255, 255, 8, 5], "ff FF 10 101"),
        ("%f %.1f %8.3f %-8.1f|", [1.5, 1.25, 3.14159, 2.0], "1.500000 1.2    3.142 2.0     |"),
        ("%e %.2E %g %G", [12345.678, 0.00012, 1e-7, 1e-7], "1.234568e+04 1.20E-04 1e-07 1E-07"),
        ("%.3g %v", [123456.0, 123456.0], "1.23e+05 123456"),
        ("%s %q %10s|", ["a", 'b"', "c"], 'a "b\\"" ' + "         c|"),
        ("%t %v", [True, False], "true false"),
        ("%v %.1f", [(1.0, 2.0, 3.5), (1.0, 2.0, 3.5)], "[1 2 3.5] [1.0 2.0 3.5]"),
        ("%*d", [5, 42], "   42"),
        ("100%%", [], "100%"),
        ("%d", [2.5], "%!d(float64=2.5)"),
        ("%f", [2], "%!f(int=2)"),
        ("%d", ["a"], "%!d(string=a)"),
        ("%d", [], "%!d(MISSING)"),
        ("a", [1, "b"], "a%!(EXTRA int=1, string=b)"),
        ("%", [], "%!(NOVERB)"),
    ],
)
def test_sprintf(template: str, values: list[object], text: str) -> None:
    assert sprintf(template, values) == text


@pytest.mark.parametrize("template", ["%1001d", "%.999999999f", "%99999999999999999999d", "%*d"])
def test_sprintf_refuses_absurd_widths(template: str) -> None:
    with pytest.raises(ScriptError, match="limited to 1000"):
        sprintf(template, [10**6, 1])
