"""Energy landscapes: every minimum found by bracketing is there, with the saddles between them."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from reduced_model import ModelError, Sphere, energy_landscape, material


def tilted(degrees):
    beta = math.radians(degrees)
    return dataclasses.replace(material("iron"), axis=(math.sin(beta), 0.0, math.cos(beta)))


@settings(deadline=None, max_examples=20)  # the first call compiles
@given(st.sampled_from(["H'", "H''"]), st.floats(-0.6, 0.6), st.sampled_from([0.0, 20.0, 70.0]))
def test_minima_are_those_found_by_bracketing(model, field, degrees):
    sphere = Sphere(20, tilted(degrees))
    expected = sphere.minima(field, model=model)
    if min((abs(minimum.lambda_min) for minimum in expected), default=1.0) < 1e-3:
        return  # about to vanish: two stationary points closer than a cell
    found = energy_landscape(sphere.hamiltonian(model), field).minima
    assert len(found) == len(expected)
    for point, minimum in zip(
        found, sorted(expected, key=lambda m: (round(m.energy, 9), -m.p[2])), strict=True
    ):
        assert point.energy == pytest.approx(minimum.energy, abs=1e-9)  # rounding of terms of size 100
        assert point.nu == pytest.approx(minimum.nu, abs=1e-6)


def test_mountain_pass_between_the_two_vortices_of_H_double_prime():
    land = energy_landscape(Sphere(20).hamiltonian("H''"), 0.0)
    kinds = [point.kind for point in land.stationary]
    assert (kinds.count("minimum"), kinds.count("saddle"), kinds.count("maximum")) == (2, 3, 1)
    saddle = next(p for p in land.stationary if p.kind == "saddle")
    assert saddle.tau_rad == pytest.approx(math.pi / 2, abs=1e-9)
    assert saddle.energy > land.minima[0].energy


def test_H_prime_has_no_minimum_upright():
    land = energy_landscape(Sphere(20).hamiltonian("H'"), 0.0)
    assert [round(math.degrees(p.tau_rad)) for p in land.minima] == [90]


def test_drawing_and_shape():
    land = energy_landscape(Sphere(15).hamiltonian(), 0.1, nu_max=5, points=(40, 30))
    assert land.energy.shape == (30, 40)
    axes = land.plot(Figure().add_subplot())
    assert {line.get_label() for line in axes.lines} >= {"minimum", "saddle"}
    np.testing.assert_allclose(land.energy[0, 0], Sphere(15).hamiltonian().energy(0.0, (0, 0, 1), 0.1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"nu_max": 51}, "nu_max = 51: must be at most 50"),
        ({"nu_max": 0}, "nu_max = 0"),
        ({"points": (3, 40)}, "points"),
        ({"B_T": float("nan")}, "B_T"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ModelError, match=message):
        energy_landscape(Sphere(20).hamiltonian(), **arguments)


def test_a_rigid_moment_has_no_landscape():
    with pytest.raises(ModelError, match="model = 'SW'"):
        energy_landscape(Sphere(20).hamiltonian("SW"))
