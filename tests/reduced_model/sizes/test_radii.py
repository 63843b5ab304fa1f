"""Flux-quantum and dipole radii, counts, superparamagnetic radius, cells: printed numbers and limits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants

from reduced_model import MATERIALS, ModelError, material
from reduced_model.sizes.radii import (
    BOHR_MAGNETON_A_M2,
    FLUX_QUANTUM_WB,
    bohr_magnetons_per_m3,
    cell_moments,
    dipole_count,
    dipole_radius_m,
    flux_quantum_radius_m,
    particle_moment_A_m2,
    required_number,
    superparamagnetic_radius_m,
    thermal_energy_J,
)


def test_the_constants_are_those_of_codata():
    assert pytest.approx(constants.value("mag. flux quantum"), rel=1e-9) == FLUX_QUANTUM_WB  # its ten digits
    # the Bohr magneton changed by 3e-10 between CODATA 2018 and 2022
    assert pytest.approx(constants.value("Bohr magneton"), rel=1e-9) == BOHR_MAGNETON_A_M2


def test_flux_quantum_radii_need_the_rounded_quantum_for_the_printed_digits():
    fields = [1.0, 0.1, 0.01]
    assert np.round(flux_quantum_radius_m(fields) * 1e9, 1).tolist() == [25.7, 81.1, 256.6]
    rounded = flux_quantum_radius_m(fields, flux_quantum_Wb=2.07e-15)
    assert np.round(rounded * 1e9, 1).tolist() == [25.7, 81.2, 256.7]


def test_dipole_radii_of_table_one():
    radii = dipole_radius_m([1, 10, 100, 1000, 10_000], 1e23) * 1e9
    assert radii == pytest.approx([13.4, 28.8, 62.0, 134, 288], rel=0.003)  # three printed digits


@given(st.floats(1e-6, 1e3))
def test_the_circle_carries_one_flux_quantum(B_T):
    area = math.pi * flux_quantum_radius_m(B_T) ** 2
    assert B_T * area == pytest.approx(FLUX_QUANTUM_WB, rel=1e-14)  # rounding


@given(st.floats(0, 1e20), st.floats(1e15, 1e30))
def test_radius_and_count_are_inverse(count, density):
    assert dipole_count(dipole_radius_m(count, density), density) == pytest.approx(
        count, rel=1e-14
    )  # rounding


def test_arrays_broadcast_and_numbers_stay_numbers():
    assert dipole_radius_m([1.0, 2.0], [[1e23], [1e29]]).shape == (2, 2)
    assert np.ndim(flux_quantum_radius_m(1.0)) == 0


def test_moment_of_ten_nanometre_magnetite():
    moment = particle_moment_A_m2("magnetite", 5e-9)
    assert moment == pytest.approx(2.51e-19, abs=5e-22)  # as printed
    assert moment == pytest.approx(
        BOHR_MAGNETON_A_M2 * dipole_count(5e-9, bohr_magnetons_per_m3("magnetite"))
    )


def test_required_number():
    assert required_number([0.1, 0.01]) == pytest.approx([100, 10_000])


def test_the_superparamagnetic_barrier_is_25_kT():
    radius = superparamagnetic_radius_m(4.8e4)
    barrier = 4.8e4 * 4 / 3 * math.pi * radius**3
    assert barrier == pytest.approx(25 * thermal_energy_J(300.0), rel=1e-14)  # rounding
    assert radius == pytest.approx(8.02e-9, abs=5e-12)


def test_without_an_easy_axis_there_is_no_superparamagnetic_radius():
    assert np.isnan(superparamagnetic_radius_m([0.0, -1e4])).all()
    assert np.isfinite(superparamagnetic_radius_m(np.array([[1e4, 0.0]]))).tolist() == [[True, False]]


@pytest.mark.parametrize("name", list(MATERIALS))
def test_a_cell_counts_its_bohr_magnetons_and_says_what_for(name):
    cell = cell_moments(name, 2.0)
    expected = material(name).Ms_A_per_m * 8e-27 / BOHR_MAGNETON_A_M2
    assert cell.bohr_magnetons == pytest.approx(expected, rel=1e-12)  # rounding
    assert cell.required == pytest.approx(1e4)
    assert "Informational" in cell.note and "no limit of the discretisation" in cell.note
    assert "fewer" in cell.note  # all shipped materials have some hundred to 1500 in 8 nm^3
    assert "more" in cell_moments(name, 20.0).note


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: flux_quantum_radius_m(0.0), r"B_T = 0.0: must be a positive number"),
        (lambda: flux_quantum_radius_m([1.0, -2.0]), r"B_T = -2.0: must be"),
        (lambda: flux_quantum_radius_m("strong"), r"B_T = 'strong': must be a number"),
        (lambda: flux_quantum_radius_m(1.0, flux_quantum_Wb=0), r"flux_quantum_Wb = 0"),
        (lambda: dipole_radius_m(-1, 1e23), r"count = -1.0: must be zero or a positive"),
        (lambda: dipole_radius_m(1, math.nan), r"density_per_m3 = nan"),
        (lambda: particle_moment_A_m2("wood", 1e-9), r"material = 'wood'"),
        (lambda: required_number(0.0), r"epsilon = 0.0"),
        (lambda: superparamagnetic_radius_m(1e4, temperature_K=0), r"temperature_K = 0.0"),
        (lambda: superparamagnetic_radius_m(math.inf), r"Ku_J_per_m3 = inf: must be a finite"),
        (lambda: cell_moments("iron", -2), r"cell_nm = -2"),
        (lambda: cell_moments("iron", 2, epsilon=1.5), r"epsilon = 1.5: must be above 0 and below 1"),
    ],
)
def test_bad_parameters_are_refused_by_name(call, message):
    with pytest.raises(ModelError, match=message) as refusal:
        call()
    assert "\n" not in str(refusal.value)
