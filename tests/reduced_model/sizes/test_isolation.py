"""Isolation distances: the paper's Table 2, scaling, refused parameters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reduced_model import ModelError
from reduced_model.sizes.isolation import dipole_energy_J, isolation_distance_m, particle_isolation_distance_m
from reduced_model.sizes.radii import thermal_energy_J

moments = st.floats(1e-24, 1e-12)
shares = st.floats(1e-4, 1e2)


def test_table_two():
    distances = particle_isolation_distance_m("magnetite", 5e-9, [1, 0.1, 0.01]) * 1e9
    assert np.round(distances, 1).tolist() == [14.5, 31.2, 67.3]


def test_contact_energy_is_three_kT():
    moment = 4.8e5 * 5.236e-25
    assert dipole_energy_J(moment, 10e-9) == pytest.approx(1.26e-20, abs=5e-23)  # as printed
    assert dipole_energy_J(moment, 10e-9) / thermal_energy_J(300) == pytest.approx(3.05, abs=0.005)


@given(moments, shares, st.floats(1, 1000))
def test_at_the_distance_the_energy_is_that_share_of_kT(moment, share, temperature):
    distance = isolation_distance_m(moment, share, temperature)
    energy = dipole_energy_J(moment, distance)
    assert energy == pytest.approx(share * thermal_energy_J(temperature), rel=1e-13)  # rounding


@given(moments, shares)
def test_distance_goes_with_the_two_thirds_power_of_the_moment(moment, share):
    ratio = isolation_distance_m(8 * moment, share) / isolation_distance_m(moment, share)
    assert ratio == pytest.approx(4.0, rel=1e-13)  # rounding


def test_arrays_broadcast():
    assert particle_isolation_distance_m("iron", [[5e-9], [10e-9]], [1, 0.1, 0.01]).shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: isolation_distance_m(0.0), r"moment_A_m2 = 0.0: must be a positive"),
        (lambda: isolation_distance_m(1e-19, [1, -1]), r"share = -1.0"),
        (lambda: isolation_distance_m(1e-19, 1, -3), r"temperature_K = -3.0"),
        (lambda: dipole_energy_J(1e-19, 0), r"distance_m = 0.0"),
        (lambda: particle_isolation_distance_m("iron", 0), r"radius_m = 0.0"),
    ],
)
def test_bad_parameters_are_refused_by_name(call, message):
    with pytest.raises(ModelError, match=message):
        call()
