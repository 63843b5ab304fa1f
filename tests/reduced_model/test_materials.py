"""Materials: iron's derived numbers, normalised axes, refused constants."""

import math

import numpy as np
import pytest

from reduced_model import MATERIALS, Material, ModelError, material
from reduced_model.continuum.problem import Continuum
from reduced_model.materials import axis_angle_rad


def test_iron_is_the_papers_reference():
    iron = material("iron")
    # the numbers are quoted to these decimals
    assert iron.exchange_length_m == pytest.approx(2.3467e-9, abs=5e-14)
    assert iron.mu0Ms_T == pytest.approx(2.13628, abs=5e-6)
    assert iron.anisotropy_field_T == pytest.approx(0.056471, abs=5e-7)


def test_every_material_names_its_source_and_has_a_sane_exchange_length():
    for entry in MATERIALS.values():
        assert entry.source
        assert 1e-9 < entry.exchange_length_m < 1e-8  # "3-10 nm for many magnetic materials", iron 2.3


def test_names_are_forgiving_about_case_and_strict_about_spelling():
    assert material(" Iron ") is MATERIALS["iron"]
    assert material(MATERIALS["nickel"]) is MATERIALS["nickel"]
    with pytest.raises(ModelError, match=r"material = 'unobtainium': must be one of iron, iron_21pJ, "):
        material("unobtainium")


def test_one_rule_says_what_is_along_the_axis():
    """For the solver, the closed forms and a run: neither rounding nor half a microradian counts."""
    for off, along in ((5e-7, True), (2e-6, False)):
        leaning = Material("x", 1e6, 1e-11, 1e4, axis=(-off, 0.0, -1.0))
        assert leaning.is_along() is along is Continuum(leaning, 1e-8, (0.0, 0.0, 1.0)).aligned
        assert (axis_angle_rad(leaning.axis, (0.0, 0.0, 1.0)) == 0.0) is along
    assert Material("soft", 1e6, 1e-11, 0.0, axis=(1, 0, 0)).is_along()
    assert Material("x", 1e6, 1e-11, 1e4, axis=(1, 2, 2)).is_along((-1, -2, -2))


def test_axis_is_normalised():
    tilted = Material("x", 1e6, 1e-11, 1e4, axis=(3, 0, 4))
    assert tilted.axis == pytest.approx((0.6, 0, 0.8))
    assert math.isclose(math.hypot(*tilted.axis), 1.0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Ms_A_per_m", 0.0),
        ("Ms_A_per_m", "iron"),
        ("A_J_per_m", -1e-11),
        ("A_J_per_m", math.inf),
        ("Ku_J_per_m3", -1.0),
        ("Ku_J_per_m3", math.nan),
        ("axis", (0, 0, 0)),
        ("axis", (0, 1)),
        ("axis", 3),
    ],
)
def test_bad_constants_are_refused_by_name(key, value):
    good = {"name": "x", "Ms_A_per_m": 1e6, "A_J_per_m": 1e-11, "Ku_J_per_m3": 0.0}
    with pytest.raises(ModelError, match=rf"^{key} = .*must be") as refusal:
        Material(**{**good, key: value})
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["magnetite", "nickel"])
def test_a_cubic_crystal_has_two_thirds_of_the_anisotropy_field_its_material_has_here(name):
    """From <111> the energy rises as (2/3)|K1| angle^2, that of a uniaxial magnet as Ku angle^2."""
    entry = material(name)
    easy, across = np.ones(3) / np.sqrt(3.0), np.array([1.0, -1.0, 0.0]) / np.sqrt(2.0)
    angle = 1e-3
    a = np.cos(angle) * easy + np.sin(angle) * across
    rise = -entry.Ku_J_per_m3 * ((a[0] * a[1]) ** 2 + (a[1] * a[2]) ** 2 + (a[2] * a[0]) ** 2 - 1.0 / 3.0)
    cubic_T = 2.0 * rise / angle**2 / entry.Ms_A_per_m
    assert cubic_T == pytest.approx(4.0 * entry.Ku_J_per_m3 / (3.0 * entry.Ms_A_per_m), rel=1e-5)
    assert cubic_T == pytest.approx(2.0 / 3.0 * entry.anisotropy_field_T, rel=1e-5)  # next term: angle^2
    assert "two thirds" in entry.note


def test_the_papers_iron_says_so_and_the_other_is_there():
    assert (material("iron").A_J_per_m, material("IRON_21pj").A_J_per_m) == (1e-11, 2.1e-11)
    assert "the paper's iron, A = 10 pJ/m where most sources have 21 (iron_21pJ)" in material("iron").note


def test_constants_of_real_magnets_leave_no_doubt_and_mistaken_units_do():
    magnets = {
        "YIG": (1.4e5, 3.7e-12, 6e2),
        "SmCo5": (8.6e5, 1.2e-11, 1.72e7),
        "FeCo": (1.95e6, 2.5e-11, 1e4),
        "(Ga,Mn)As": (4e4, 1e-13, 1e3),
    }
    assert not any(Material(name, *constants).doubt for name, constants in magnets.items())
    in_kA_per_m = Material("x", 480, 7e-12, 1.3e4).doubt
    assert "mu0 Ms = 0.000603 T (known are 0.01 to 3)" in in_kA_per_m
    assert in_kA_per_m.endswith("Ms_A_per_m = 480000 if kA/m or emu/cm3 was meant")
