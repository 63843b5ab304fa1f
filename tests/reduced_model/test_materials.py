"""Materials: iron's derived numbers, normalised axes, refused constants."""

import math

import pytest

from reduced_model import MATERIALS, Material, ModelError, material


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
