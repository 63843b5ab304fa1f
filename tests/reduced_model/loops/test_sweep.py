"""Sweeps: each row is its loop's, exact fields, phases where theory has them."""

import dataclasses
import math

import numpy as np
import pytest
from matplotlib.figure import Figure

from reduced_model import ModelError, Sphere, material, nucleation_radius, phase_diagram, radius_sweep
from reduced_model.loops.sweep import QUANTITIES, STATES


def test_rows_are_the_loops_own():
    sweep = radius_sweep([8e-9, 12e-9, 20e-9], points=201)
    for model, summaries in sweep.summaries.items():
        for radius_nm, summary in zip((8, 12, 20), summaries, strict=True):
            falling = Sphere(radius_nm).loop(model=model).observables()[0]
            assert summary.remanence == pytest.approx(falling.remanence, abs=1e-9)
            assert summary.coercive_field_T == pytest.approx(falling.coercive_field_T, abs=0.005)  # its step


def test_fields_are_exact_whatever_the_step():
    coarse, fine = (radius_sweep([20e-9], models=["H''"], points=points) for points in (51, 801))
    one, other = coarse.summaries["H''"][0], fine.summaries["H''"][0]
    for name in ("coercive_field_T", "nucleation_field_T", "annihilation_field_T"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-9)  # the loop's promise
    assert one.nucleation_field_T == pytest.approx(Sphere(20).nucleation_field().ansatz_T, abs=1e-9)
    assert one.annihilation_field_T == pytest.approx(-one.nucleation_field_T, abs=1e-9)


def test_a_jump_that_does_not_reverse_is_not_the_coercive_field():
    # near 11.2 nm H' first jumps into a tilted vortex at +1.4 mT, then passes m = 0 at B = 0
    summary = radius_sweep([11.2e-9], models=["H'"]).summaries["H'"][0]
    assert abs(summary.coercive_field_T) < 1e-9
    assert summary.state == "tilted vortex"


def test_small_spheres_are_macrospins():
    sweep = radius_sweep([6e-9, 9e-9], models=["H'", "H''", "SW"])
    for summaries in sweep.summaries.values():
        for summary in summaries:
            assert summary.state == "uniform" and math.isnan(summary.nucleation_field_T)
            assert summary.coercive_field_T == pytest.approx(-material("iron").anisotropy_field_T, abs=1e-9)


def test_phases_change_at_the_nucleation_radius():
    radius = np.linspace(8.8e-9, 13e-9, 22)
    Ku = np.array([0.0, 4.8e4, 2e5])
    phases = phase_diagram(radius, Ku, points=101)
    for constant, row in zip(Ku, phases.states, strict=True):
        critical = nucleation_radius(dataclasses.replace(material("iron"), Ku_J_per_m3=constant)).exact_m
        np.testing.assert_array_equal(row == STATES.index("upright vortex"), radius > critical)
    assert phases.column("remanence").shape == (3, 22)


def test_tables_and_drawings():
    sweep = radius_sweep([8e-9, 20e-9], points=101)
    frame = sweep.to_dataframe()
    assert len(frame) == 4 and set(QUANTITIES) <= set(frame)
    assert frame["radius_nm"].tolist() == [8.0, 20.0, 8.0, 20.0]
    for quantity in QUANTITIES:
        assert len(sweep.plot(Figure().add_subplot(), quantity).lines) == 2
    phases = phase_diagram([8e-9, 20e-9], [0.0, 1e5], points=51)
    assert len(phases.to_dataframe()) == 4
    assert phases.plot(Figure().add_subplot()).get_legend() is not None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"radius_m": []}, "radius_m"),
        ({"radius_m": [1e-8, -1e-8]}, "radius_m = -1e-08"),
        ({"models": ["H3"]}, "model = 'H3': must be one of H', H'', Hp, Hpp, SW"),
        ({"points": 4}, "points = 4: must be an odd"),
        ({"maximum_T": 0}, "maximum_T = 0"),
        ({"workers": 1.5}, "workers = 1.5"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(ModelError, match=message):
        radius_sweep(**({"radius_m": [1e-8]} | change))
    with pytest.raises(ModelError, match="quantity = 'colour'"):
        radius_sweep([1e-8], points=11).plot(Figure().add_subplot(), "colour")
