"""The notebook's entry: a sphere by radius and material."""

import numpy as np
import pytest

from reduced_model import Material, ModelError, Sphere, field_loop, full_loop, nucleation_field


def test_loop_is_the_field_loop_in_metres():
    ours = Sphere(radius_nm=20, material="iron").loop(model="H'")
    np.testing.assert_array_equal(
        ours.mz, field_loop(full_loop(), radius_m=20e-9, material="iron", model="H'").mz
    )
    assert Sphere(20).nucleation_field() == nucleation_field("iron", 20e-9)


def test_minima_and_radii():
    sphere = Sphere(radius_nm=20)
    assert len(sphere.minima(0.0)) == 2
    assert sphere.nucleation_radius().exact_m < sphere.radius_m


def test_landscape_and_powder():
    sphere = Sphere(radius_nm=20)
    assert [p.kind for p in sphere.landscape().minima] == ["minimum"] * 2
    mean = sphere.random_axes_loop(orientations=8)
    assert mean.mz.size == full_loop().size and mean.loops[0].radius_m == sphere.radius_m


def test_a_notebook_shows_the_sphere_s_critical_numbers():
    shown = Sphere(20)._repr_html_()
    for text in (
        "iron, R = 20 nm",
        "2.347 nm",
        "0.5086 T",
        "0.5282 T",
        "9.472 nm (Ansatz), 8.818 nm (Brown)",
    ):
        assert text in shown
    tilted = Material("tilted", 1.7e6, 1e-11, 4.8e4, axis=(1, 0, 0))
    assert "no closed form" in Sphere(20, tilted)._repr_html_()
    assert "none (Ansatz), none (Brown)" in Sphere(20, Material("hard", 1e6, 1e-11, 1e6))._repr_html_()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sphere(radius_nm=0), "radius_nm = 0: must be a positive number"),
        (lambda: Sphere(radius_nm="20 nm"), "radius_nm = '20 nm': must be a number"),
        (lambda: Sphere(material="steel"), "material = 'steel'"),
        (lambda: Sphere().loop(model="H3"), "model = 'H3'"),
        (lambda: Sphere().loop(maximum_T=-1), "maximum_T = -1"),
        (lambda: Sphere().minima("high"), "B_T = 'high'"),
    ],
)
def test_bad_input_is_one_line(make, message):
    with pytest.raises(ModelError, match=message) as refusal:
        make()
    assert "\n" not in str(refusal.value)


def test_a_radius_in_words_is_no_radius():
    with pytest.raises(ModelError, match="radius_nm = '12': must be a number, not a text"):
        Sphere(radius_nm="12")
