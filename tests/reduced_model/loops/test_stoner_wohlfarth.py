"""The Stoner-Wohlfarth limit: astroid, coercivity, loops, random ensembles."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reduced_model import ModelError, field_loop, loop_observables, material
from reduced_model.loops.stoner_wohlfarth import (
    coercive_field,
    random_axes_coercivity,
    random_axes_loop,
    sw_loop,
    switching_field,
)


def test_astroid():
    np.testing.assert_allclose(switching_field(np.radians([0, 45, 90, 180])), [1, 0.5, 1, 1], atol=1e-9)
    np.testing.assert_allclose(switching_field(np.radians([1, 5])), [0.90707, 0.76643], atol=1e-5)


@given(st.floats(0.0, math.pi / 2))
def test_at_the_switching_field_slope_and_curvature_vanish_together(beta):
    h = float(switching_field(beta))
    phi = math.pi - math.atan(math.tan(beta) ** (1 / 3))
    # along the axis and across it the fold turns into a pitchfork, where rounding enters as a cube root
    assert math.sin(2 * phi) / 2 + h * math.sin(phi - beta) == pytest.approx(0, abs=1e-12)
    assert math.cos(2 * phi) + h * math.cos(phi - beta) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("degrees", [1, 20, 44, 46, 70, 89])
def test_loops_switch_and_vanish_where_the_closed_forms_say(degrees):
    beta = math.radians(degrees)
    h = np.linspace(1.5, -1.5, 3001)
    (branch,) = loop_observables(h, sw_loop(h, beta))
    # to a step of the path
    assert branch.coercive_field_T == pytest.approx(-float(coercive_field(beta)), abs=1e-3)
    assert branch.remanence == pytest.approx(math.cos(beta), abs=1e-12)
    if degrees <= 46:  # beyond it the switch is too small to stand out
        switch = branch.jumps[-1]
        assert switch.B_after_T <= -float(switching_field(beta)) <= switch.B_before_T


@pytest.mark.parametrize("degrees", [0, 3, 45, 77, 90])
def test_the_field_following_loop_agrees(degrees):
    iron = material("iron")
    beta = math.radians(degrees)
    magnet = dataclasses.replace(iron, axis=(math.sin(beta), 0, math.cos(beta)))
    h = np.concatenate((np.linspace(2.03, -2.03, 200), np.linspace(-2.03, 2.03, 200)))
    loop = field_loop(h * iron.anisotropy_field_T, radius_m=8e-9, material=magnet, model="SW")
    np.testing.assert_allclose(loop.mz, sw_loop(h, beta), atol=1e-8)  # Newton's tolerance near the fold


def test_random_axes_remember_half_their_moment():
    m = random_axes_loop([2.0, 0.0, -2.0, 0.0])
    assert m[1] == pytest.approx(0.5, abs=1e-12)
    assert m[3] == pytest.approx(-0.5, abs=1e-12)


def test_random_axes_coercivity_is_the_published_one():
    # Stoner and Wohlfarth's 0.479 was refined later to 0.4822
    assert random_axes_coercivity() == pytest.approx(0.4822, abs=5e-5)
    h = np.linspace(1.5, -1.5, 601)
    (branch,) = loop_observables(h, random_axes_loop(h))
    assert branch.coercive_field_T == pytest.approx(-random_axes_coercivity(), abs=1e-4)  # interpolation
    assert branch.jumps == ()  # particles switch one after another


def test_which_end_of_the_axis_does_not_matter():
    h = np.linspace(1, -1, 41)
    np.testing.assert_allclose(sw_loop(h, 0.3), sw_loop(h, math.pi - 0.3), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: switching_field(-0.1), "beta_rad = -0.1: must be between 0 and pi"),
        (lambda: sw_loop([1.0, math.nan], 0.1), r"h\[1\] is not a finite number"),
        (lambda: random_axes_loop([1.0], orientations=1), "orientations = 1"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ModelError, match=message):
        call()
