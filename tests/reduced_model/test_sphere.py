"""The notebook's entry: a sphere by radius and material."""

import subprocess
import sys

import numpy as np
import pytest

from reduced_model import ModelError, Sphere, field_loop, full_loop, nucleation_field


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


def test_full_loop_is_symmetric_and_has_a_row_at_zero():
    B = full_loop(0.7, 141)
    assert B.size == 282
    np.testing.assert_array_equal(B[:141], -B[141:])
    assert (B[70], B[0], B[140]) == (0.0, 0.7, -0.7)


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


def test_importing_the_package_loads_neither_numba_nor_matplotlib():
    code = "import sys, reduced_model; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"numba", "scipy", "matplotlib", "pandas"}.isdisjoint(done.stdout.split())
