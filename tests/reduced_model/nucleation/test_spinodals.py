"""Nucleation fields and radii: iron's numbers, consistency, and inequalities that hold for every magnet."""

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import spherical_jn

from reduced_model import Material, ModelError, Sphere, material, nucleation_field, nucleation_radius
from reduced_model.nucleation.spinodals import CURLING_ROOT, on_axis_nucleation_field

magnets = st.builds(
    Material,
    name=st.just("any"),
    Ms_A_per_m=st.floats(1e5, 2e6),
    A_J_per_m=st.floats(1e-12, 1e-10),
    Ku_J_per_m3=st.floats(0, 1e6),
)
radii = st.floats(1e-9, 1e-6)


def test_iron_sphere_of_20_nm():
    field = nucleation_field("iron", 20e-9)
    # quoted to five decimals
    assert field.ansatz_T == pytest.approx(0.50856, abs=5e-6)
    assert field.paper_T == pytest.approx(0.55337, abs=5e-6)
    assert field.brown_T == pytest.approx(0.52818, abs=5e-6)
    assert field.uniform_lost_T == field.brown_T


def test_of_a_field_along_the_axis_wherever_that_points():
    aside = dataclasses.replace(material("iron"), axis=(1.0, 0.0, 0.0))
    assert on_axis_nucleation_field(aside, 20e-9) == nucleation_field("iron", 20e-9)
    with pytest.raises(ModelError, match="axis"):
        nucleation_field(aside, 20e-9)


def test_iron_radii():
    radius = nucleation_radius("iron")
    # quoted to three decimals in nm
    assert radius.exact_m == pytest.approx(9.472e-9, abs=5e-13)
    assert radius.paper_m == pytest.approx(9.164e-9, abs=5e-13)
    assert radius.brown_m == pytest.approx(8.818e-9, abs=5e-13)
    assert radius.crossing_ansatz_m == pytest.approx(9.09e-9, abs=5e-12)
    assert radius.crossing_brown_m == pytest.approx(8.46e-9, abs=5e-12)


def test_curling_root_is_the_first_extremum_of_the_spherical_bessel_function():
    assert spherical_jn(1, CURLING_ROOT, derivative=True) == pytest.approx(0, abs=1e-15)


@given(magnets, radii)
def test_a_trial_function_never_nucleates_above_the_exact_spinodal(magnet, radius_m):
    field = nucleation_field(magnet, radius_m)
    assert field.ansatz_T <= field.brown_T
    assert field.uniform_lost_ansatz_T <= field.uniform_lost_T


@given(magnets)
def test_radii_are_where_the_fields_vanish_or_meet(magnet):
    radius = nucleation_radius(magnet)
    scale = 1e-12 * magnet.mu0Ms_T  # rounding of three terms of that size
    for metre, name in ((radius.exact_m, "ansatz_T"), (radius.brown_m, "brown_T")):
        if math.isfinite(metre) and metre < 1e-5:
            assert getattr(nucleation_field(magnet, metre), name) == pytest.approx(0, abs=scale)
    crossing = nucleation_field(magnet, radius.crossing_ansatz_m)
    assert crossing.ansatz_T == pytest.approx(crossing.coherent_T, abs=scale)
    crossing = nucleation_field(magnet, radius.crossing_brown_m)
    assert crossing.brown_T == pytest.approx(crossing.coherent_T, abs=scale)


def test_a_hard_magnet_has_no_nucleation_radius():
    hard = Material("hard", 1e6, 1e-11, 1e6)  # 6 Ku > mu0 Ms^2
    assert nucleation_radius(hard).exact_m == nucleation_radius(hard).brown_m == math.inf


@settings(deadline=None)  # the first call compiles
@given(st.floats(9.6, 60), st.floats(0, 9e4))
def test_the_curvature_of_the_model_vanishes_at_its_nucleation_field(radius_nm, Ku):
    sphere = Sphere(radius_nm, dataclasses.replace(material("iron"), Ku_J_per_m3=Ku))
    field = sphere.nucleation_field().ansatz_T
    h = sphere.hamiltonian("H'")
    curvature = h.hessian(0.0, (0, 0, 1), field)[0, 0]
    assert curvature == pytest.approx(0, abs=1e-13 * (4 + h.d))  # rounding of terms of size d


def test_closed_forms_are_refused_for_a_tilted_axis():
    tilted = dataclasses.replace(material("iron"), axis=(1, 0, 1))
    with pytest.raises(ModelError, match=r"axis = .*along the field"):
        nucleation_field(tilted, 20e-9)


def test_bad_radius():
    with pytest.raises(ModelError, match="radius_m = -1"):
        nucleation_field("iron", -1)
