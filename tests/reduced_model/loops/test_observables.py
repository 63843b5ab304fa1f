"""Observables of loops of any origin: branches, crossings, jumps, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reduced_model import ModelError, Sphere, full_loop, loop_observables
from reduced_model.loops.observables import branch_table


def square(B, switching):
    """A square loop that starts saturated."""
    m, state = [], 1.0
    for field in B:
        state = -1.0 if field < -switching else 1.0 if field > switching else state
        m.append(state)
    return np.array(m)


def test_square_loop():
    B = full_loop(0.1, 41)  # 5 mT steps
    falling, rising = loop_observables(B, square(B, 0.0512))
    assert (falling.branch, rising.branch) == ("descending", "ascending")
    assert (falling.remanence, rising.remanence) == (1.0, -1.0)
    # the switch lies between -0.05 and -0.055 T: the middle is what can be said
    assert falling.coercive_field_T == pytest.approx(-0.0525, abs=1e-12)
    assert rising.coercive_field_T == pytest.approx(0.0525, abs=1e-12)
    (jump,) = falling.jumps
    assert (jump.delta_m, jump.branch) == (-2.0, "descending")
    assert (jump.B_before_T, jump.B_after_T) == pytest.approx((-0.05, -0.055))
    assert math.isnan(falling.nucleation_field_T)


def test_the_models_own_loop_agrees_with_its_exact_events():
    loop = Sphere(20, "iron").loop(full_loop(1.0, 401))
    falling, rising = loop.observables()
    events = loop.events
    half_step = 0.0025 + 1e-9
    assert falling.nucleation_field_T == pytest.approx(events[0].B_T, abs=half_step)
    assert falling.annihilation_field_T == pytest.approx(events[2].B_T, abs=half_step)
    assert [jump.B_T for jump in falling.jumps] == pytest.approx([events[1].B_T], abs=half_step)
    assert falling.coercive_field_T == falling.jumps[0].B_T
    assert rising.remanence == pytest.approx(-falling.remanence, abs=1e-9)


def test_a_steep_but_resolved_slope_is_no_jump():
    B = np.linspace(0.2, -0.2, 81)
    for width in (0.01, 0.02, 0.05):  # two steps and more
        (branch,) = loop_observables(B, np.tanh(B / width))
        assert branch.jumps == ()
        assert branch.coercive_field_T == pytest.approx(0, abs=1e-12)


def test_a_fold_is_a_jump_although_the_slope_rises_before_it():
    B = np.linspace(0.2, -0.2, 81)
    before = 0.5 + np.sqrt(np.clip(B + 0.0501, 0, None))  # falls ever more steeply, then ends
    (branch,) = loop_observables(B, np.where(B > -0.0501, before, -0.9))
    (jump,) = branch.jumps
    assert (jump.B_before_T, jump.B_after_T) == pytest.approx((-0.05, -0.055))


def test_noise_and_kinks_are_no_jumps():
    random = np.random.default_rng(1)
    B = np.linspace(1, -1, 401)
    kinked = np.clip(B / 0.4, -1, 1) + 1e-6 * random.normal(size=401)
    assert loop_observables(B, kinked)[0].jumps == ()


def test_jump_threshold_scales_with_uneven_steps():
    B = np.array([1.0, 0.9, 0.8, 0.2, 0.1, 0.0])  # one long step over a straight line
    assert loop_observables(B, B)[0].jumps == ()


def test_a_jump_over_two_steps_is_one_jump():
    B = np.linspace(0.05, -0.05, 21)
    m = np.ones(21)
    m[10], m[11:] = 0.2, -1.0
    (jump,) = loop_observables(B, m)[0].jumps
    assert (jump.B_before_T, jump.B_after_T, jump.delta_m) == pytest.approx((B[9], B[11], -2.0))


def test_jumps_into_and_out_of_a_vortex_are_two_jumps():
    """A cobalt sphere in coarse cells holds its vortex for two rows; both ends of it stay apart."""
    B = np.linspace(0.2, -0.4, 13)
    m, order = np.ones(13), np.zeros(13)
    m[6:8], m[8:], order[6:8] = (-0.352, -0.519), -0.998, 0.8
    into, out_of = loop_observables(B, m, order=order)[0].jumps
    assert (into.B_before_T, into.delta_m) == pytest.approx((B[5], -1.519))
    assert (out_of.B_before_T, out_of.delta_m) == pytest.approx((B[7], -0.479))
    assert len(loop_observables(B, m)[0].jumps) == 1  # nothing tells them apart without the vortex


def test_a_change_at_constant_field_is_a_jump():
    B = [0.3, 0.2, 0.1, 0.1, 0.0, -0.1]
    (branch,) = loop_observables(B, [1, 1, 1, 0.4, 0.4, 0.4])
    assert [(jump.B_T, jump.delta_m) for jump in branch.jumps] == [(0.1, pytest.approx(-0.6))]


def test_remanence_is_interpolated_unless_a_row_is_at_zero():
    assert loop_observables([0.1, -0.1], [0.6, 0.2])[0].remanence == pytest.approx(0.4)
    assert loop_observables([0.1, 0.0, -0.1], [0.6, 0.5, 0.2])[0].remanence == 0.5
    assert loop_observables([0.1, 0.0, 0.0, -0.1], [0.6, 0.5, 0.45, 0.2])[0].remanence == 0.45


def test_remanence_before_a_jump_over_zero_field_is_a_state_that_existed():
    B = np.linspace(0.1, -0.1, 10)  # no row at zero
    m = np.where(B > 0, 0.7, -0.7)
    (branch,) = loop_observables(B, m)
    assert branch.remanence == 0.7
    assert branch.coercive_field_T == pytest.approx(0, abs=1e-15)


def test_partial_paths():
    (branch,) = loop_observables([1.0, 0.8, 0.6], [1.0, 0.99, 0.9], order=[0, 0, 0.5])
    assert math.isnan(branch.remanence) and math.isnan(branch.coercive_field_T)
    assert branch.nucleation_field_T == pytest.approx(0.7)
    assert math.isnan(branch.annihilation_field_T)  # the vortex is still there at the end


@pytest.mark.parametrize("last", [0.0, 1e-9, -1e-9, -3e-7])
def test_a_moment_that_comes_to_zero_changes_no_sign(last):
    """A half loop whose last row is rounding; so is a row that touches zero."""
    B = np.linspace(0.7, 0.0, 15)
    assert math.isnan(loop_observables(B, np.append(B[:-1], last))[0].coercive_field_T)
    assert math.isnan(loop_observables([0.1, 0.0, -0.1], [1.0, last, 1.0])[0].coercive_field_T)
    beyond = loop_observables([0.1, 0.0, -0.1], [1.0, last, -1.0])[0]
    assert beyond.coercive_field_T == pytest.approx(0.0, abs=1e-7)
    assert loop_observables(B, np.append(B[:-1], -1e-3))[0].coercive_field_T == pytest.approx(0.0, abs=1e-3)


def test_a_last_row_that_is_beyond_zero_by_noise_changes_no_sign():
    B, rng = np.linspace(0.7, 0.0, 36), np.random.default_rng(2)
    for _ in range(50):
        m = np.clip(1.8 * B, -1, 1) + 0.01 * rng.normal(size=36)
        m[-2:] = 0.05, -0.004
        assert math.isnan(loop_observables(B, m)[0].coercive_field_T)
        m[-1] = -0.2  # many times that
        assert loop_observables(B, m)[0].coercive_field_T == pytest.approx(0.01, abs=0.01)


def test_the_coercive_field_lies_in_the_one_step_that_changes_sign():
    # Steep towards a fold, then over: the jump spans two steps, m turns in the second.
    B = np.array([-0.030, -0.032, -0.034, -0.036, -0.038, -0.040, -0.042, -0.044])
    m = np.array([0.999, 0.9985, 0.998, 0.997, 0.944, -0.9998, -0.9998, -0.9999])
    (branch,) = loop_observables(B, m)
    (jump,) = branch.jumps
    assert (jump.B_before_T, jump.B_after_T) == (-0.036, -0.040)
    assert branch.coercive_field_T == pytest.approx(-0.039, abs=1e-12)


def test_a_branch_knows_how_it_starts():
    B = [0.2, 0.1, 0.0]
    starts = [
        loop_observables(B, [1, 1, 1], order)[0].starts_as for order in ([0, 0, 0.5], [0.3, 0.4, 0.5], None)
    ]
    assert starts == ["uniform", "vortex", "unknown"]


def test_a_branch_that_begins_with_a_vortex_has_no_nucleation():
    (branch,) = loop_observables([0.0, 0.2, 0.4, 0.6], [0, 0.3, 0.8, 1], order=[3, 2, 1, 0])
    assert math.isnan(branch.nucleation_field_T)
    assert branch.annihilation_field_T == pytest.approx(0.5)
    assert branch.branch == "ascending"


def test_virgin_curve_and_loop_are_three_branches():
    B = np.concatenate((np.linspace(0, 1, 11), np.linspace(1, -1, 21), np.linspace(-1, 1, 21)))
    found = loop_observables(B, np.clip(2 * B, -1, 1))
    assert [branch.branch for branch in found] == ["ascending", "descending", "ascending"]
    assert [branch.remanence for branch in found] == pytest.approx([0, 0, 0], abs=1e-12)


def test_a_single_field_is_a_branch_of_its_own():
    (branch,) = loop_observables([0.0], [0.3])
    assert branch.remanence == 0.3
    assert branch.jumps == ()


@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(-1, 1)), min_size=1, max_size=30))
def test_any_path_is_covered_by_its_branches(rows):
    B, m = np.array(rows).T
    found = loop_observables(B, m, order=np.abs(m))
    turns = np.diff(np.sign(np.diff(B)[np.diff(B) != 0]))
    assert len(found) == 1 + np.count_nonzero(turns)
    for branch in found:
        for jump in branch.jumps:
            assert min(B) <= jump.B_T <= max(B)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 0.0], [1.0]), "m has 1 values and B_T 2"),
        (([1.0, 0.0], [1.0, math.nan]), r"m\[1\] is not a finite number"),
        (([1.0, math.inf], [1.0, 1.0]), r"B_T\[1\] is not a finite number"),
        (([], []), "B_T has shape"),
        (([[1.0]], [[1.0]]), "B_T has shape"),
        (([1.0, 0.0], [1.0, 1.0], [0.0]), "order has 1 values"),
        (([1.0, 0.0], [1.0, 1.0], [0.0, -1.0]), "order = -1.0"),
        (([1.0, 0.0], [1.0, 1.0], None, 0.0), "order_threshold = 0.0"),
        (([1.0, 0.0], [1.0, 1.0], None, 0.02, -1), "jump_threshold = -1"),
    ],
)
def test_what_is_no_loop_is_refused(arguments, message):
    with pytest.raises(ModelError, match=message):
        loop_observables(*arguments)


def test_every_field_says_how_well_the_rows_locate_it():
    B, m = [0.4, 0.1, 0.0, -0.2], [1.0, 0.6, 0.2, -0.3]
    found = loop_observables(B, m, order=[0.0, 0.0, 0.5, 0.0], jump_threshold=2.0)[0]
    errors = (found.coercive_error_T, found.nucleation_error_T, found.annihilation_error_T)
    assert errors == pytest.approx((0.1, 0.05, 0.1))
    assert loop_observables([0.1, 0.0, -0.1], [1.0, 0.0, -1.0])[0].coercive_error_T == 0.0
    assert math.isnan(loop_observables([0.1, 0.0], [1.0, 1.0])[0].coercive_error_T)


def test_a_table_shows_errors_and_no_rounding_noise():
    found = loop_observables([0.4, 0.1, 0.0, -0.2], [1.0, 0.6, -1e-17, -0.3], jump_threshold=2.0)
    _, header, rows = branch_table("loop", found)
    assert header == ("", "descending")
    assert ("remanence", 0.0) in rows and ("coercive field (T)", "0.00 ± 0.05") in rows
    assert math.copysign(1.0, dict(rows)["remanence"]) == 1.0
