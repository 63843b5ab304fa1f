"""Loops of the continuum: events with their errors, both sides of a saddle, tables, bad input."""

import math
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from benchmarks.brown import solved_curvature_T
from reduced_model import ModelError, Sphere, continuum_loop, nucleation_field
from reduced_model.continuum import loop as loops
from reduced_model.continuum.equilibrium import NotResolved
from reduced_model.continuum.follow import next_state
from reduced_model.continuum.problem import Continuum
from reduced_model.loops.stoner_wohlfarth import switching_field
from reduced_model.materials import Material, material


def solved_there_T(name, radius_nm, event):
    """What the solver's own curvature of the uniform state is where the closed form says that it ends."""
    return solved_curvature_T(Continuum(material(name), radius_nm * 1e-9, (0, 0, 1)), 8, event.B_T)


@pytest.fixture(scope="module")
def opening():
    """Iron, R = 20 nm, from the uniform state into the vortex."""
    return Sphere(20, "iron").continuum_loop([0.6, 0.55, 0.5], accuracy=1e-3)


def test_nucleation_is_found_at_brown_s_field(opening):
    (event,) = opening.events
    exact = nucleation_field("iron", 20e-9).brown_T
    assert (event.kind, event.mode, event.chirality, event.row) == ("nucleation", "curling", 1, 2)
    assert pytest.approx(exact, abs=1e-9) == event.B_T and event.error_T < 1e-4
    assert abs(solved_there_T("iron", 20, event)) < 1e-9
    assert opening.state == ("uniform", "uniform", "upright vortex")
    assert opening.stability == ("minimum",) * 3
    solved = [state.solved_lambda_T for state in opening.states[:2]]
    assert solved == pytest.approx(opening.B_T[:2] - exact, abs=1e-5)  # as far as loops solve for it
    assert opening.lambda_min_T[:2] == pytest.approx(opening.B_T[:2] - exact, abs=1e-12)


def test_both_sides_of_the_saddle_are_kept(opening):
    (event,) = opening.events
    assert event.left.kind == "uniform" and event.left.lambda_min_T < 0.0 and event.left.stability == "saddle"
    assert event.rejected.chirality == -1
    assert event.rejected.along == pytest.approx(opening.mz[2], abs=1e-6)


def test_a_loop_as_table_drawing_and_json(opening):
    assert list(opening.to_dataframe().columns) == list(opening.table_columns)
    assert set(opening.to_dict()) >= {"B_T", "m", "m_error", "lambda_min_T", "state", "N", "events"}
    assert "nucleation" in opening._repr_html_() and "3 fields" in repr(opening)
    ax = opening.plot()
    assert ax.get_xlabel() == "B (T)"
    plt.close(ax.figure)
    with pytest.raises(ValueError):
        opening.m[0] = 0.0


@pytest.mark.parametrize("sign", [1, -1])
def test_a_small_sphere_reverses_as_a_whole(sign):
    loop = continuum_loop(sign * np.array([0.1, -0.04, -0.06]), radius_m=8e-9, accuracy=1e-3)
    (event,) = loop.events
    assert (event.kind, event.mode) == ("reversal", "coherent rotation")
    assert pytest.approx(-sign * 2 * 4.8e4 / 1.7e6, abs=1e-8) == event.B_T
    assert loop.mz == pytest.approx(sign * np.array([1.0, 1.0, -1.0]), abs=1e-9)


def test_a_small_sphere_with_a_tilted_axis_is_stoner_and_wohlfarth_s():
    """The branch ends in a fold, found to its 1e-6 T."""
    tilted = Material("tilted", 1.7e6, 1e-11, 4.8e4, axis=(1.0, 0.0, 1.0))
    exact = -tilted.anisotropy_field_T * float(switching_field(np.pi / 4))
    loop = continuum_loop(
        [0.1, 0.0, exact + 0.002, exact - 0.002], radius_m=6e-9, material=tilted, accuracy=1e-3
    )
    event = loop.events[-1]
    assert (event.kind, event.row) == ("reversal", 3)
    assert pytest.approx(exact, abs=2e-6) == event.B_T
    assert set(loop.state) == {"uniform"}
    assert loop.m[1] == pytest.approx(np.array([1, 0, 1]) / np.sqrt(2), abs=1e-6)


def test_across_the_easy_axis_the_moment_rotates_and_does_not_jump():
    """m = B Ms/(2 Ku) below the anisotropy field; what fields are asked for does not change the words."""
    cobalt = Material("cobalt", 1.44e6, 3e-11, 4.1e5)
    bound_T = 2 * 4.1e5 / 1.44e6
    rounded = (1.0, 0.0, math.cos(0.5 * math.pi))  # which is 6e-17
    for fields, direction in (([1.0, 0.3, -0.3], (1, 0, 0)), ([0.6, 0.0], (1, 0, 0)), ([0.6, 0.1], rounded)):
        loop = continuum_loop(fields, radius_m=10e-9, material=cobalt, direction=direction, accuracy=1e-3)
        rotation, *reversals = loop.events
        assert (rotation.kind, rotation.mode) == ("rotation", "coherent rotation")
        assert pytest.approx(bound_T, abs=1e-6) == rotation.B_T
        assert [event.kind for event in reversals] == ["reversal"] * (fields[-1] < 0.0)  # none where it ends
        assert all(abs(event.B_T) < 1e-6 for event in reversals)
        assert loop.m_along[1:] == pytest.approx(np.array(fields[1:]) / bound_T, abs=1e-5)
        leans = loop.m[1] @ np.array(cobalt.axis)  # the tie is broken towards the axis, not against it
        assert leans == pytest.approx(math.sqrt(1.0 - (fields[1] / bound_T) ** 2), abs=1e-5)


@pytest.mark.parametrize("fields", [[0.2, -0.05], [0.05, 0.0, -0.01, -0.05], [-0.2, 0.05]])
def test_a_moment_that_vanishes_before_the_uniform_state_switches_does_so_in_one_step_too(fields):
    """Iron, R = 8 nm, 70 degrees: Stoner-Wohlfarth's moment vanishes at (B_K/2) sin 2(90 - 70) degrees."""
    off = np.radians(70.0)
    iron = Material("off", 1.7e6, 1e-11, 4.8e4, axis=(np.sin(off), 0.0, np.cos(off)))
    loop = continuum_loop(fields, radius_m=8e-9, material=iron, accuracy=1e-2)
    side = -np.sign(fields[0])
    assert [event.kind for event in loop.events] == ["reversal", "switching"]
    vanishes_T = 0.5 * iron.anisotropy_field_T * np.sin(np.pi - 2.0 * off)
    assert side * loop.events[0].B_T == pytest.approx(vanishes_T, abs=1e-8)
    assert 1e-9 <= loop.events[0].error_T < 1e-8  # no less than what it is sought to
    assert side * loop.events[1].B_T == pytest.approx(0.0323943, abs=1e-7)


def test_a_moment_that_touches_zero_and_grows_again_has_not_turned_over():
    across = Material("across", 1.7e6, 1e-11, 4.8e4, axis=(1.0, 0.0, 0.0))
    loop = continuum_loop([0.5, 0.0, 0.5], radius_m=8e-9, material=across, accuracy=1e-2)
    assert [event.kind for event in loop.events] == ["rotation", "rotation"]


def test_off_the_axis_no_turn_is_missed_however_far_the_rows_before_are_apart():
    """Iron, R = 7.5 nm, 89 degrees: a straight guess from two rows lies beyond the fold."""
    off = Material("off", 1.7e6, 1e-11, 4.8e4, axis=(57.29, 0.0, 1.0))
    loop = continuum_loop([0.05, -0.045, -0.0508, -0.06], radius_m=7.5e-9, material=off, accuracy=1e-2)
    assert [event.kind for event in loop.events] == ["reversal", "switching"]
    assert pytest.approx(-0.051223, abs=2e-6) == loop.events[1].B_T


def test_a_row_close_below_nucleation_makes_no_event_of_its_own():
    loop = continuum_loop([0.54, 0.528, 0.52], radius_m=20e-9, material="iron", accuracy=1e-2)
    assert [event.kind for event in loop.events] == ["nucleation"]


def test_without_anisotropy_any_direction_is_alike():
    soft = Material("soft", 1.7e6, 1e-11, 0.0)
    along = (1.0, 2.0, 2.0)
    turned = Sphere(15, soft).continuum_state(0.2, direction=along, accuracy=1e-3)
    straight = Sphere(15, soft).continuum_state(0.2, accuracy=1e-3)
    assert turned.m == pytest.approx(straight.along * np.array(along) / 3.0, abs=1e-9)


def test_a_step_far_beyond_the_end_of_a_branch():
    """0.1 T are 15 of this sphere's units of field: the curvature falls below minus the usual shift."""
    loop = continuum_loop([0.6, 0.5], radius_m=30e-9, material="iron", accuracy=1e-3)
    (event,) = loop.events
    assert event.kind == "nucleation" and abs(solved_there_T("iron", 30, event)) < 1e-9
    assert event.left.solved_lambda_T == pytest.approx(0.5 - event.B_T, abs=1e-5)


@pytest.mark.validate
def test_iron_round_its_half_loop():
    """Iron, R = 20 nm: the core turns at 0.12908 T (N = 24), and the loop is odd in the field."""
    loop = Sphere(20, "iron").continuum_loop(np.linspace(0.6, -0.6, 61))
    kinds = [event.kind for event in loop.events]
    assert kinds == ["nucleation", "tilt", "reversal", "upright", "annihilation"]
    fields = np.array([event.B_T for event in loop.events])
    assert fields == pytest.approx(-fields[::-1], abs=1e-6)
    tilt = loop.events[1]
    assert abs(tilt.B_T - 0.12908) < tilt.error_T < 2e-3
    assert loop.mz == pytest.approx(-loop.mz[::-1], abs=1e-4)
    assert loop.mz[np.isclose(loop.B_T, 0.1)] == pytest.approx(np.array([0.27352]), abs=1e-3)
    assert (loop.lambda_min_T > 0.0).all()
    assert "saddle" not in loop.stability


@pytest.mark.validate
def test_events_are_found_between_fields_far_apart():
    """A core that turns up again between 0 and -0.2 T joins the upright branch where it had left it."""
    loop = Sphere(20, "iron").continuum_loop([0.16, 0.0, -0.2], accuracy=1e-3)
    assert [event.kind for event in loop.events] == ["tilt", "reversal", "upright"]
    for event, expected_T in zip(loop.events[::2], (0.12908, -0.12908), strict=True):
        assert abs(event.B_T - expected_T) < event.error_T < 2e-3


@pytest.mark.parametrize(
    "bad, message",
    [
        ({"B_T": []}, "B_T has shape"),
        ({"B_T": [float("nan")]}, r"B_T\[0\] is not a finite number"),
        ({"radius_m": 0.0}, "radius_m = 0.0: must be a positive number"),
        ({"material": "cheese"}, "material = 'cheese': must be one of"),
        ({"direction": (0, 0, 0)}, "direction = .*: must be three numbers, not all zero"),
        ({"accuracy": 1e-9}, "accuracy = 1e-09: must be from 1e-7 to below 1"),
    ],
)
def test_bad_input_is_one_line(bad, message):
    arguments = {"B_T": [0.3], "radius_m": 20e-9, **bad}
    with pytest.raises(ModelError, match=message) as raised:
        continuum_loop(arguments.pop("B_T"), **arguments)
    assert "\n" not in str(raised.value)


def test_a_saddle_is_left_where_next_to_nothing_is_gained():
    """Permalloy, R = 15 nm: a moment all but free turns over at -2Ku/Ms, 1 mT from zero."""
    found = Sphere(15, "permalloy").continuum_loop([0.02, -0.01], accuracy=1e-3)
    (event,) = found.events
    exact = nucleation_field("permalloy", 15e-9).coherent_T
    assert event.kind == "reversal" and pytest.approx(exact, abs=1e-6) == event.B_T
    assert found.mz == pytest.approx([1.0, -1.0])


def test_a_refused_field_loses_no_other(monkeypatch):
    """The path goes on from the last state before it; the reason is kept."""

    def unresolved_at_055(problem, B_T, *rest):
        if B_T == 0.55:
            raise NotResolved("B = 0.55 T: a wall too thin")
        return next_state(problem, B_T, *rest)

    monkeypatch.setattr(loops, "next_state", unresolved_at_055)
    found = Sphere(20, "iron").continuum_loop([0.6, 0.55, 0.5], accuracy=1e-3)
    assert found.B_T.tolist() == [0.6, 0.5] and found.state == ("uniform", "upright vortex")
    (event,) = found.events
    assert (event.kind, event.row) == ("nucleation", 1)
    assert str(found.refused[0]) == "refused at 0.55 T: B = 0.55 T: a wall too thin"
    assert found.to_dict()["refused"] == [{"B_T": 0.55, "why": "B = 0.55 T: a wall too thin"}]


def test_a_path_of_refused_fields_alone_is_refused(monkeypatch):
    def unresolved(*rest):
        raise NotResolved("B = 0.3 T: several vortices")

    monkeypatch.setattr(loops, "first_state", unresolved)
    with pytest.raises(NotResolved, match="several vortices"):
        continuum_loop([0.3, 0.2], radius_m=20e-9)


@pytest.mark.validate
def test_a_core_too_narrow_for_twelve_degrees_is_found_with_more():
    """Iron, R = 30 nm: at 0.1 T no state of degree 12 is found, and those of 16 and 20 agree."""
    found = Sphere(30, "iron").continuum_loop([0.35, 0.3, 0.2, 0.1], accuracy=1e-3)
    assert not found.refused and found.state[-1] == "tilted vortex" and found.N[-1] > 12
    assert found.mz[-1] == pytest.approx(0.1720, abs=1e-3) and found.m_error[-1] < 1e-2


def test_a_uniform_state_off_the_axis_is_known_in_closed_form():
    """Permalloy, R = 18 nm, across its axis: it leans below 2Ku/Ms, on both sides of zero."""
    across = Material("across", 8e5, 1.3e-11, 5e2, axis=(1.0, 1.0, 0.0))
    bound_T = across.anisotropy_field_T
    loop = continuum_loop([0.01, 0.001, -0.001, -0.01], radius_m=18e-9, material=across, accuracy=1e-2)
    assert [event.kind for event in loop.events] == ["rotation", "reversal", "rotation"]
    assert [event.B_T for event in loop.events] == pytest.approx([bound_T, 0.0, -bound_T], abs=1e-9)
    assert loop.mz == pytest.approx([1.0, 0.001 / bound_T, -0.001 / bound_T, -1.0], abs=1e-9)
    leaning_T = bound_T * (1.0 - (0.001 / bound_T) ** 2)
    assert loop.lambda_min_T == pytest.approx(
        [0.01 - bound_T, leaning_T, leaning_T, 0.01 - bound_T], abs=1e-9
    )
    assert [state.inertia for state in loop.states if state.inertia] == [(0, 0)] * 4


@pytest.mark.parametrize("path", [(0.2, 0.05, -0.05), (0.2, 0.05, 0.0, -0.05)], ids=["over zero", "at zero"])
@pytest.mark.parametrize(("radius_m", "mode"), [(5e-9, "coherent rotation"), (15e-9, "tilt of the core")])
def test_without_anisotropy_a_state_turns_over_as_a_whole_at_zero(path, radius_m, mode):
    soft = Material("soft", 1.7e6, 1e-11, 0.0)
    loop = continuum_loop(path, radius_m=radius_m, material=soft, accuracy=1e-3)
    (event,) = (event for event in loop.events if event.B_T < 0.1)
    assert (event.kind, event.mode, event.B_T) == ("reversal", mode, 0.0) and event.error_T < 1e-9
    assert loop.mz[-1] == pytest.approx(-loop.mz[1], abs=1e-9)
    assert loop.states[-1].chirality == loop.states[1].chirality


def test_a_coarse_accuracy_takes_no_saddle_of_a_large_sphere_for_a_minimum():
    """Iron, R = 28 nm: at 0.2 T the core has tilted, but at degree 8 it stands, and softens nowhere."""
    state = Sphere(28, "iron").continuum_state(0.2, accuracy=1e-2)
    assert state.kind == "tilted vortex" and state.lambda_min_T > 0.0


@pytest.mark.validate
@pytest.mark.parametrize("way", [1.0, -1.0])
def test_a_core_that_jumps_over_does_so_where_its_own_branch_ends(way):
    """Iron, R = 10 nm: the core jumps over at -0.0195 T, and the reversed vortex is gone at -0.1459 T."""
    fine, coarse = (
        continuum_loop(way * np.array(fields), radius_m=10e-9, material="iron", accuracy=1e-3).events
        for fields in ((0.1, 0.0, -0.03), (0.1, 0.0, -0.5))
    )
    assert [(e.kind, e.mode) for e in coarse] == [
        ("reversal", "tilt of the core"),
        ("annihilation", "curling"),
    ]
    assert abs(coarse[0].B_T - fine[0].B_T) < 1e-6 and abs(way * fine[0].B_T + 0.0195) < 1e-4
    assert abs(way * coarse[1].B_T + 0.145864) < 1e-6


def test_a_core_that_leaves_for_the_uniform_state_does_not_join_it():
    """Iron, R = 9 nm: beyond -0.0414 T the uniform state alone is stable, which ends at -0.0263 T."""
    event = continuum_loop([0.02, 0.0, -0.05], radius_m=9e-9, material="iron", accuracy=1e-3).events[-1]
    assert (event.kind, event.after) == ("reversal", "uniform") and abs(event.B_T + 0.041421) < 1e-6


@pytest.mark.validate
def test_a_core_that_turned_over_before_goes_over_into_the_uniform_state():
    """Iron, R = 12 nm, from a tilted core to saturation in one step: its moment vanished on the way."""
    loop = continuum_loop([0.05, 0.005, -0.4], radius_m=12e-9, material="iron", accuracy=1e-2)
    assert [event.kind for event in loop.events] == ["tilt", "reversal", "upright", "annihilation"]
    fields = [event.B_T for event in loop.events]
    assert np.abs(np.array(fields) - (0.013445, 0.0, -0.013445, -0.301624)).max() < 1e-5


@pytest.mark.validate
def test_a_moment_that_vanishes_beside_a_tilt_vanishes_in_the_tilted_state():
    """Iron, R = 12 nm, tilts at 0.0134 T, between two rows."""
    loop = continuum_loop([0.05, 0.0, -0.05], radius_m=12e-9, material="iron", accuracy=1e-3)
    assert [(e.kind, e.before, e.after) for e in loop.events] == [
        ("tilt", "upright vortex", "tilted vortex"),
        ("reversal", "tilted vortex", "tilted vortex"),
        ("upright", "tilted vortex", "upright vortex"),
    ]


@pytest.mark.validate
def test_a_step_over_all_that_happens_is_halved_until_that_is_known():
    loop = continuum_loop([1.0, -1.0], radius_m=20e-9, material="iron", accuracy=1e-2)
    kinds = [event.kind for event in loop.events]
    assert kinds == ["nucleation", "tilt", "reversal", "upright", "annihilation"]
    fields = np.array([event.B_T for event in loop.events])
    assert np.abs(fields + fields[::-1]).max() < 1e-9
    assert fields[0] == pytest.approx(nucleation_field("iron", 20e-9).brown_T, abs=1e-9)
    assert fields[1] == pytest.approx(0.129048, abs=1e-3)


@pytest.mark.validate
def test_across_the_axis_too_a_core_stands_upright_before_it_tilts():
    across = replace(material("iron"), axis=(1.0, 0.0, 0.0))
    loop = continuum_loop([0.5, 0.0], radius_m=10e-9, material=across, accuracy=1e-3)
    assert [event.kind for event in loop.events] == ["nucleation", "tilt"]
    assert pytest.approx(0.0171894, abs=1e-6) == loop.events[1].B_T


def nearly_across(share: float) -> Material:
    """Iron with its axis off the plane across the field by a share of its length."""
    x, _, z = np.array([1.0, 0.0, share]) / math.hypot(1.0, share)
    return replace(material("iron"), axis=(x, 0.0, z))


@pytest.mark.validate
def test_a_long_step_keeps_to_the_side_to_which_a_core_leans():
    """R = 10 nm: between 0.02 T and 0 the core turns towards the axis, to one side of it, in a few mT."""
    loop = continuum_loop([0.1, 0.0], radius_m=10e-9, material=nearly_across(0.02), accuracy=1e-3)
    assert loop.events == () and abs(loop.m_along[1] - 0.0146) < 1e-3


@pytest.mark.validate
def test_a_moment_that_vanished_before_the_branch_ends_is_not_said_to_reverse_there():
    loop = continuum_loop([0.1, 0.0, -0.03], radius_m=10e-9, material=nearly_across(0.02), accuracy=1e-3)
    assert [(event.kind, event.ends_branch) for event in loop.events] == [("reversal", False), ("jump", True)]
    fields = np.array([event.B_T for event in loop.events])
    assert np.abs(fields - (-0.000489, -0.015813)).max() < 2e-6


@pytest.mark.validate
def test_a_fold_is_found_from_far_where_the_moment_falls_fast_before_it():
    """R = 10 nm at 45 degrees: m along falls from 0.30 to 0.14 in the last 1.5 mT."""
    axis = (0.0, math.sqrt(0.5), math.sqrt(0.5))
    iron = replace(material("iron"), axis=axis)
    loop = continuum_loop([0.1, 0.0, -0.05], radius_m=10e-9, material=iron, accuracy=1e-3)
    (event,) = loop.events
    assert event.kind == "reversal" and abs(event.B_T + 0.009470) < 2e-6


def test_the_field_at_which_a_vortex_nucleates_has_no_error_of_small_degrees():
    """Permalloy, R = 22 nm: it is Brown's, whatever degree the states beside it have."""
    loop = continuum_loop([0.1, 0.03], radius_m=22e-9, material="permalloy", accuracy=1e-3)
    (event,) = loop.events
    assert (event.kind, event.mode) == ("nucleation", "curling") and event.error_T < 1e-9
    assert abs(solved_there_T("permalloy", 22, event)) < 1e-9


@pytest.mark.validate
def test_two_degrees_off_the_axis_the_core_turns_about_it_at_zero():
    off = np.radians(2.0)
    iron = Material("iron", 1.7e6, 1e-11, 4.8e4, axis=(np.sin(off), 0.0, np.cos(off)))
    loop = continuum_loop([0.1, 0.02, -0.02], radius_m=17e-9, material=iron, accuracy=1e-2)
    event = loop.events[-1]
    assert (event.kind, event.mode) == ("reversal", "azimuth of the core") and abs(event.B_T) < 1e-6
    there, back = loop.lambda_min_T[1:]  # mirror images
    assert abs(there - back) <= loop.lambda_error_T[1:].sum()


@pytest.mark.validate
@pytest.mark.parametrize("path", [(0.001, 0.0, -0.001), (0.004, -0.0005)], ids=["at zero", "over zero"])
def test_a_degree_off_the_axis_a_core_turns_at_zero_however_little_that_costs(path):
    """Half a millitesla beyond, its turn has a curvature of -8e-7 T, and a moment that fell by 0.003."""
    off = np.radians(1.0)
    iron = Material("iron", 1.7e6, 1e-11, 4.8e4, axis=(np.sin(off), 0.0, np.cos(off)))
    loop = continuum_loop(path, radius_m=20e-9, material=iron, accuracy=1e-3)
    (event,) = loop.events
    assert (event.kind, event.mode) == ("reversal", "azimuth of the core")
    assert abs(event.B_T) < 1e-6 and event.error_T < 1e-6 and set(loop.stability) == {"minimum"}


@pytest.mark.validate
def test_a_core_that_turns_at_zero_is_found_there_by_a_long_step_too():
    """Iron, R = 14 nm, axis at 45 degrees: its branch cannot be followed as far as the next field."""
    iron = Material("iron", 1.7e6, 1e-11, 4.8e4, axis=(2**-0.5, 0.0, 2**-0.5))
    event = continuum_loop([0.05, -0.05], radius_m=14e-9, material=iron, accuracy=1e-2).events[-1]
    assert (event.kind, event.mode) == ("reversal", "azimuth of the core")
    assert abs(event.B_T) < 1e-6 and event.error_T < 1e-6
