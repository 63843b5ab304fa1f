"""Powders: the rigid limit is Stoner and Wohlfarth's, workers and orientations do not change the answer."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from reduced_model import ModelError, full_loop, material, orientation_average
from reduced_model.loops.stoner_wohlfarth import random_axes_coercivity, random_axes_loop

PATH = full_loop(0.2, 81)


def test_small_spheres_are_stoner_and_wohlfarths_powder():
    mean = orientation_average(PATH, radius_m=6e-9, orientations=40)
    h = PATH / material("iron").anisotropy_field_T
    np.testing.assert_allclose(mean.mz, random_axes_loop(h, 40), atol=1e-9)
    falling = mean.observables()[0]
    assert falling.remanence == pytest.approx(0.5, abs=1e-3)  # Gauss-Legendre over a smooth function


@pytest.mark.parametrize("points", [21, 401])
def test_the_coercive_field_is_exact_whatever_the_field_step(points):
    falling, rising = orientation_average(full_loop(1, points), radius_m=6e-9, model="SW").observables()
    expected = -random_axes_coercivity() * material("iron").anisotropy_field_T  # its own root finding
    assert falling.coercive_error_T < 2e-5  # the step itself is 0.1 or 0.005 T
    assert falling.coercive_field_T == pytest.approx(expected, abs=falling.coercive_error_T)
    assert rising.coercive_field_T == pytest.approx(-expected, abs=rising.coercive_error_T)


def test_the_error_of_the_coercive_field_holds_what_few_axes_leave_out():
    exact = orientation_average(PATH, radius_m=12e-9, orientations=256).observables()[0]
    for orientations in (2, 3, 4, 8):
        rough = orientation_average(PATH, radius_m=12e-9, orientations=orientations).observables()[0]
        assert abs(rough.coercive_field_T - exact.coercive_field_T) <= rough.coercive_error_T


def test_a_vortex_has_less_remanence_than_its_aligned_loop():
    mean = orientation_average(PATH, radius_m=20e-9, orientations=24)
    aligned = mean.loops[-1]  # the smallest angle
    assert 0 < mean.observables()[0].remanence < aligned.observables()[0].remanence
    np.testing.assert_allclose(mean.mz[:81], -mean.mz[81:], atol=1e-9)  # a full loop is symmetric
    assert mean.weights.sum() == pytest.approx(1.0, abs=1e-14)


def test_workers_do_not_change_the_answer_and_progress_is_told():
    told = []
    one = orientation_average(PATH, radius_m=15e-9, orientations=6, workers=1)
    two = orientation_average(
        PATH,
        radius_m=15e-9,
        orientations=6,
        workers=2,
        on_step=lambda done, total: told.append((done, total)),
    )
    np.testing.assert_array_equal(one.mz, two.mz)
    assert told == [(n, 6) for n in range(1, 7)]


def test_table_and_drawing():
    mean = orientation_average(PATH, radius_m=15e-9, orientations=4)
    assert list(mean.to_dataframe()) == ["B_T", "mz", "nu"]
    assert mean.plot(Figure().add_subplot()).lines


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"orientations": 1}, "orientations = 1"),
        ({"workers": 0}, "workers = 0"),
        ({"radius_m": 0}, "radius_m"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(ModelError, match=message):
        orientation_average(PATH, **({"radius_m": 15e-9} | change))
