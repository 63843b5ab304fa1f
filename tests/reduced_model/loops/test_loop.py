"""Field-following loops: events, symmetry, independence of the path's step, stable states only."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from reduced_model import Material, ModelError, Sphere, field_loop, full_loop, material
from reduced_model.vortex.hamiltonian import Hamiltonian
from reduced_model.vortex.profiles import profiles

IRON = material("iron")


def tilted(degrees, azimuth=0.4):
    beta = math.radians(degrees)
    axis = (math.sin(beta) * math.cos(azimuth), math.sin(beta) * math.sin(azimuth), math.cos(beta))
    return dataclasses.replace(IRON, axis=axis)


def iron_loop(model, path=None, magnet=IRON, radius_m=20e-9):
    return field_loop(full_loop() if path is None else path, radius_m=radius_m, material=magnet, model=model)


@pytest.mark.parametrize("model", ["H'", "H''"])
def test_the_vortex_opens_at_the_ansatz_nucleation_field(model):
    loop = iron_loop(model)
    expected = Sphere(20).nucleation_field().ansatz_T
    opening, *_, closing = [event for event in loop.events[: len(loop.events) // 2]]
    assert (opening.mode, closing.mode) == ("nu", "nu")
    assert math.isclose(opening.B_T, expected, abs_tol=1e-9)  # the promised accuracy of events
    assert math.isclose(closing.B_T, -expected, abs_tol=1e-9)
    assert opening.nu_before == 0.0 and closing.nu_after == 0.0
    assert abs(opening.delta_mz) < 1e-5  # nu grows like a square root, m_z continuously


def test_h2_leaves_the_upright_vortex_where_its_turning_curvature_vanishes():
    loop = iron_loop("H''")
    event = loop.events[1]
    g = profiles(event.nu_before)
    # b g_z + 2 k g_uz = 0
    assert math.isclose(event.B_T, -IRON.anisotropy_field_T * float(g.g_uz / g.g_z), abs_tol=1e-9)
    assert math.isclose(event.B_T, -0.02398, abs_tol=1e-5)
    assert event.mode == "tau" and event.p_before == (0, 0, 1) and event.p_after == (0, 0, -1)


def test_h1_tilts_already_in_a_positive_field_and_has_no_hysteresis():
    loop = iron_loop("H'")
    event = loop.events[1]
    g = profiles(event.nu_before)
    assert event.mode == "tau"
    assert math.isclose(event.B_T, 0.0655, abs_tol=5e-5)
    assert math.isclose(event.B_T, -IRON.anisotropy_field_T * float((g.g_uz - g.g_ux) / g.g_z), abs_tol=1e-9)
    falling, rising = np.split(loop.mz, 2)
    np.testing.assert_allclose(falling, rising[::-1], atol=1e-9)
    assert loop.observables()[0].remanence == pytest.approx(0, abs=1e-12)


def test_single_domain_sphere_is_the_stoner_wohlfarth_particle():
    """Aligned, the uniform state switches at -2Ku/Ms; below the crossing radius no vortex interferes."""
    for model in ("H'", "H''", "SW"):
        loop = iron_loop(model, radius_m=8e-9)
        assert [event.mode for event in loop.events] == ["tau", "tau"]
        assert math.isclose(loop.events[0].B_T, -IRON.anisotropy_field_T, abs_tol=1e-9)
        assert not loop.nu.any()


@pytest.mark.parametrize(("degrees", "fraction"), [(1, 0.9071), (5, 0.7664), (45, 0.5)])
def test_tilted_stoner_wohlfarth_switching_lies_on_the_astroid(degrees, fraction):
    loop = iron_loop("SW", magnet=tilted(degrees))
    beta = math.radians(degrees)
    astroid = (math.cos(beta) ** (2 / 3) + math.sin(beta) ** (2 / 3)) ** -1.5
    assert math.isclose(loop.events[0].B_T, -IRON.anisotropy_field_T * astroid, abs_tol=1e-9)
    assert astroid == pytest.approx(fraction, abs=1e-4)


@settings(deadline=None, max_examples=30)
@given(
    radius_nm=st.floats(5, 60),
    degrees=st.floats(0, 90),
    model=st.sampled_from(["H'", "H''", "SW"]),
)
def test_loops_are_symmetric_and_stable(radius_nm, degrees, model):
    loop = iron_loop(model, magnet=tilted(degrees), radius_m=radius_nm * 1e-9, path=full_loop(1.0, 81))
    falling, rising = np.split(loop.mz, 2)
    # the state is followed to 1e-10, and near a fold errors grow like square roots
    np.testing.assert_allclose(falling, -rising, atol=1e-6)
    assert (loop.lambda_min > -1e-9).all()
    assert (loop.nu >= 0).all()
    assert (np.abs(loop.mz) <= 1 + 1e-12).all()


@settings(deadline=None, max_examples=15)
@given(radius_nm=st.floats(5, 40), degrees=st.floats(0, 90), model=st.sampled_from(["H'", "H''", "SW"]))
def test_every_state_of_a_loop_is_one_of_the_minima(radius_nm, degrees, model):
    loop = iron_loop(
        model, magnet=tilted(degrees), radius_m=radius_nm * 1e-9, path=np.linspace(0.9, -0.9, 10)
    )
    for B, energy in zip(loop.B_T, loop.energy, strict=True):
        minima = Hamiltonian(loop.material, loop.radius_m, model).minima(B)
        assert min(abs(energy - minimum.energy) for minimum in minima) < 1e-8


@pytest.mark.parametrize("model", ["H'", "H''"])
@pytest.mark.parametrize("degrees", [0, 10, 60, 90])
def test_the_loop_does_not_depend_on_the_field_step(model, degrees):
    coarse = iron_loop(model, np.linspace(1, -1, 9), tilted(degrees))
    fine = iron_loop(model, np.linspace(1, -1, 801), tilted(degrees))
    np.testing.assert_allclose(fine.mz[::100], coarse.mz, atol=1e-8)
    np.testing.assert_allclose(fine.nu[::100], coarse.nu, atol=1e-6)
    assert [event.mode for event in fine.events] == [event.mode for event in coarse.events]
    np.testing.assert_allclose([e.B_T for e in fine.events], [e.B_T for e in coarse.events], atol=1e-9)


def test_turning_the_axis_about_the_field_only_turns_the_azimuth():
    one, other = (iron_loop("H''", magnet=tilted(30, azimuth)) for azimuth in (0.0, 2.0))
    np.testing.assert_allclose(one.mz, other.mz, atol=1e-10)
    turned = np.exp(1j * (one.omega_rad + 2.0 - other.omega_rad))
    np.testing.assert_allclose(turned[one.tau_rad > 1e-6], 1, atol=1e-6)


def test_which_end_of_the_axis_is_named_does_not_matter():
    axis = tilted(30).axis
    flipped = dataclasses.replace(IRON, axis=tuple(-c for c in axis))
    np.testing.assert_array_equal(iron_loop("H''", magnet=flipped).mz, iron_loop("H''", magnet=tilted(30)).mz)


def test_h1_core_turns_out_of_the_plane_of_axis_and_field():
    """With a tilted axis H' prefers the plane across it: at zero field the core swings around in azimuth."""
    loop = iron_loop("H'", magnet=tilted(45))
    turning = [event for event in loop.events if event.mode == "omega"]
    assert len(turning) == 2
    assert math.isclose(turning[0].B_T, 0, abs_tol=1e-9)


def test_without_anisotropy_the_core_follows_the_field():
    soft = Material("soft", 1.7e6, 1e-11, 0.0, axis=(1, 2, 3))
    loop = iron_loop("H''", magnet=soft)
    assert (loop.mz * loop.B_T >= 0).all()
    assert math.isclose(loop.observables()[0].jumps[0].B_T, 0, abs_tol=0.01)


def test_paths_may_start_anywhere_stand_still_and_turn():
    reference = iron_loop("H''", np.linspace(1, -1, 201))
    partial = iron_loop("H''", [0.1, 0.1, 0.0, 0.0, 0.05, -0.02, -0.02])
    expected = np.interp([-0.1, 0.0, 0.02], -reference.B_T, reference.mz)
    np.testing.assert_allclose(partial.mz[[1, 3, 6]], expected, atol=1e-9)  # rows of the reference
    assert partial.mz[4] == pytest.approx(float(np.interp(-0.05, -reference.B_T, reference.mz)), abs=1e-9)
    assert len(partial.events) == 0
    from_below = iron_loop("H''", [-0.1])
    assert from_below.mz[0] == pytest.approx(-partial.mz[0], abs=1e-10)


def test_minor_loop_inside_the_switching_field_is_reversible():
    path = np.concatenate((np.linspace(0.3, -0.02, 33), np.linspace(-0.02, 0.3, 33)))
    loop = iron_loop("H''", path)
    falling, rising = np.split(loop.mz, 2)
    np.testing.assert_allclose(falling, rising[::-1], atol=1e-9)


def test_results_are_read_only_and_describe_themselves():
    loop = iron_loop("H''")
    with pytest.raises(ValueError, match="read-only"):
        loop.mz[0] = 0
    frame = loop.to_dataframe()
    assert list(frame.columns) == ["B_T", "mz", "nu", "tau_rad", "omega_rad", "energy", "lambda_min"]
    assert len(frame) == 802
    assert loop.energy_J[0] == pytest.approx(loop.energy[0] * 4 * math.pi / 3 * 1e-11 * 20e-9)
    html = loop._repr_html_()
    assert "<svg" in html and "descending" in html and "<td>0.5075 ± 0.0025</td>" in html


def test_plot_draws_both_branches():
    ax = iron_loop("H''").plot(Figure().add_subplot())
    assert len(ax.lines) == 2
    assert "20 nm" in ax.get_title()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"B_T": []}, "B_T has shape"),
        ({"B_T": [[1.0]]}, "B_T has shape"),
        ({"B_T": [1.0, math.nan]}, r"B_T\[1\] is not a finite number"),
        ({"B_T": "high"}, "B_T must be"),
        ({"radius_m": -1.0}, "radius_m = -1.0: must be a positive number"),
        ({"radius_m": 2e-6}, "radius_m = .*narrower than R/50"),
        ({"material": "wood"}, "material = 'wood'"),
        ({"model": "H'''"}, "model = "),
    ],
)
def test_bad_parameters(change, message):
    good = {"B_T": [1.0, 0.0], "radius_m": 20e-9, "material": "iron", "model": "H''"}
    with pytest.raises(ModelError, match=message):
        field_loop(**{**good, **change})


def test_a_hard_magnet_leaves_the_ridge_it_nucleates_on():
    """Its vortex opens against the field: upright it would only narrow for ever, so it must be let tilt."""
    hard = Material("hard", 5e5, 8e-12, 5e5)
    loop = field_loop(full_loop(5.0, 201), radius_m=60e-9, material=hard, model="H'")
    opening = Sphere(60, hard).nucleation_field()
    assert -hard.anisotropy_field_T < opening.ansatz_T < 0  # before coherent rotation
    assert math.isclose(loop.events[0].B_T, opening.ansatz_T, abs_tol=1e-9)
    assert loop.events[0].p_after[2] < 0.5
    assert (loop.lambda_min > -1e-9).all()


@pytest.mark.parametrize("tilt_deg", [5, 60, 85])
def test_a_frozen_azimuth_makes_false_branches_of_H_prime(tilt_deg):
    free, frozen = (Sphere(20, tilted(tilt_deg)).loop(model="H'", frozen_omega=f) for f in (False, True))
    assert not free.false_branch.any()
    # in the vortex' easy plane the core turns over reversibly through the azimuth: freezing it opens the loop
    assert abs(free.observables()[0].coercive_field_T) < 0.005  # one field step
    assert abs(frozen.observables()[0].coercive_field_T) > 0.01
    assert frozen.false_branch.any() and not frozen.false_branch.all()
    away = np.abs(frozen.B_T) > 0.5
    assert not frozen.false_branch[away].any()
    np.testing.assert_allclose(frozen.mz[away], free.mz[away], atol=1e-12)


def test_freezing_the_azimuth_of_H_double_prime_costs_nothing():
    free, frozen = (Sphere(20, tilted(30)).loop(frozen_omega=f) for f in (False, True))
    np.testing.assert_allclose(frozen.mz, free.mz, atol=1e-12)
    assert not frozen.false_branch.any()
