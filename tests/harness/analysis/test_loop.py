"""What a table says: branches, order parameter, observables, mirror symmetry."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from harness.analysis.ansatz import PURE_CIRCULATION, texture
from harness.analysis.loop import (
    analyse_loop,
    branch_asymmetry,
    branches,
    central_opening,
    moment_along,
    order_parameter,
    order_threshold,
    whole_pair,
    widest,
)
from harness.runs.table import Loop
from reduced_model.loops.loop import field_loop

FIELDS = np.concatenate((np.linspace(0.8, -0.8, 81), np.linspace(-0.8, 0.8, 81)))


def table(B=FIELDS, direction=(0.0, 0.0, 1.0), toroidal=True, odd_part=False):
    """A simulation that does exactly as H'' says."""
    model = field_loop(B, radius_m=20e-9, material="iron")
    circulation = np.tanh(0.68 * model.nu)
    m = model.mz[:, None] * np.asarray(direction)
    return Loop(
        step=np.arange(B.size),
        B_T=B,
        m=m,
        toroidal=PURE_CIRCULATION * circulation[:, None] * np.array([0.6, 0.0, 0.8]) if toroidal else None,
        residual_T=None,
        odd_part=circulation if odd_part else None,
        table=pd.DataFrame(),
        states={},
    )


def test_simulation_equal_to_the_model_gives_the_model_s_observables():
    simulated = analyse_loop(table())
    predicted = field_loop(FIELDS, radius_m=20e-9, material="iron").observables()
    for one, other in zip(simulated, predicted, strict=True):
        assert one.remanence == pytest.approx(other.remanence, abs=1e-12)
        assert one.coercive_field_T == pytest.approx(other.coercive_field_T, abs=1e-12)
        # Circulation and nu pass their thresholds in the same 20 mT bracket: the root grows that fast.
        assert one.nucleation_field_T == pytest.approx(other.nucleation_field_T, abs=1e-12)
        assert one.annihilation_field_T == pytest.approx(other.annihilation_field_T, abs=1e-12)


def test_moment_is_taken_along_a_tilted_field():
    tilted = table(direction=(0.6, 0.0, 0.8))
    np.testing.assert_allclose(moment_along(tilted, (0.6, 0.0, 0.8)), moment_along(table()), atol=1e-12)


def test_order_parameter_is_one_for_pure_circulation():
    # Cell-free check of 3 pi/16: mean of rho over 2e5 points uniform in the ball, error 0.24/sqrt(2e5).
    rng = np.random.default_rng(3)
    points = rng.normal(size=(3, 200_000))
    points *= rng.uniform(size=200_000) ** (1 / 3) / np.linalg.norm(points, axis=0)
    m = texture(points, 1e6, np.array([0.0, 0.6, 0.8]))
    toroidal = np.cross(points, m, axis=0).mean(axis=1)
    assert np.linalg.norm(toroidal) / PURE_CIRCULATION == pytest.approx(1, abs=4e-3)


def test_order_parameter_falls_back_to_the_odd_part_and_then_to_none():
    with_both, odd_only = table(odd_part=True), table(toroidal=False, odd_part=True)
    np.testing.assert_allclose(order_parameter(with_both), order_parameter(odd_only), atol=1e-12)
    assert order_parameter(table(toroidal=False)) is None
    assert np.isnan(analyse_loop(table(toroidal=False))[0].nucleation_field_T)


def test_mirrored_branches_have_no_asymmetry_and_a_late_one_is_found():
    B, m = FIELDS, field_loop(FIELDS, radius_m=20e-9, material="iron").mz.copy()
    assert branch_asymmetry(B, m).rms < 1e-12
    late = m.copy()
    late[np.flatnonzero(B[:81] > 0.3)] = 1.0
    skew = branch_asymmetry(B, late)
    assert skew.rms > 0.05
    assert 0.3 < skew.B_T < 0.34
    assert branch_asymmetry(B[:81], m[:81]) is None


def test_asymmetry_compares_branches_on_different_fields():
    down, up = np.linspace(1, -1, 41), np.linspace(-1, 1, 57)
    B = np.concatenate((down, up))
    assert branch_asymmetry(B, 0.5 * B).rms < 1e-12  # linear, so interpolation is exact


@pytest.mark.parametrize(
    ("before", "after"),
    [(np.linspace(0, 1, 21), []), (np.r_[1:0.5:-0.1, 0.5:1:0.1], []), ([], np.r_[1:0.2:-0.1])],
)
def test_what_comes_before_or_after_a_loop_is_no_branch_of_it(before, after):
    """A virgin curve, a minor loop, a third branch that stops: m is none of the loop's there."""
    down, up = np.linspace(1, -1, 41), np.linspace(-1, 1, 41)
    B = np.concatenate((before, down, up, after))
    m = np.concatenate((np.full(len(before), 0.3), down + 0.1, up - 0.1, np.full(len(after), 0.3)))
    pair = whole_pair(B)
    assert [float(np.ptp(B[branch.rows])) for branch in pair] == [2.0, 2.0]
    assert branch_asymmetry(B, m).rms < 1e-12
    assert np.isnan(central_opening(B, m).uncertainty_T)  # open to the ends


def test_a_jump_of_the_field_is_no_branch_of_a_loop():
    down = np.linspace(1, -1, 41)
    B = np.concatenate((down[2:], down))
    assert widest(branches(B), B).label == "2nd descending"
    assert branch_asymmetry(B, B) is central_opening(B, B) is None


def test_rows_around_a_field_are_found_on_the_branch_asked_for():
    down, up = branches(FIELDS)
    assert down.around(FIELDS, 0.51) == (14, 15)
    assert down.around(FIELDS, 0.0) == (40,)
    assert up.around(FIELDS, 0.51) == (81 + 65, 81 + 66)
    assert up.around(FIELDS, np.nan) == ()


def test_opening_is_that_around_zero_field_only():
    minimal = field_loop(FIELDS, radius_m=20e-9, material="iron", model="H''").mz.copy()
    # H'' leaves the upright vortex at 24 mT: open at 0 and +-20 mT of this 20 mT path, closed at 40 mT.
    found = central_opening(FIELDS, minimal)
    assert (found.B_T, found.uncertainty_T) == (pytest.approx(0.03), pytest.approx(0.01))
    assert abs(found.B_T - 0.023979) <= found.uncertainty_T  # the exact field, as the model loop locates it
    minimal[np.flatnonzero(FIELDS[:81] > 0.3)] = 1.0  # a late nucleation opens the loop elsewhere
    assert pytest.approx(0.03) == central_opening(FIELDS, minimal).B_T
    full = field_loop(FIELDS, radius_m=20e-9, material="iron", model="H'").mz
    assert np.isnan(central_opening(FIELDS, full).B_T)  # closed: no field at all, which is not "zero tesla"
    assert central_opening(FIELDS[:81], full[:81]) is None
    assert central_opening(FIELDS[:100], full[:100]) is None  # the way back ends before zero field


def test_a_loop_open_at_zero_alone_is_not_closed():
    B = np.array([0.4, 0.2, 0.0, -0.2, -0.4])
    down = np.array([0.9, 0.5, 0.28, -0.5, -0.9])
    found = central_opening(np.concatenate((B, -B)), np.concatenate((down, -down)))
    assert (found.B_T, found.uncertainty_T) == (pytest.approx(0.1), pytest.approx(0.1))
    assert found.rows == (1, 2)


def test_a_loop_still_open_where_the_path_ends_has_no_error():
    B = np.array([0.1, 0.0, -0.1])
    found = central_opening(np.concatenate((B, -B)), np.concatenate((np.ones(3), -np.ones(3))))
    assert pytest.approx(0.1) == found.B_T
    assert np.isnan(found.uncertainty_T)


def test_what_saturation_circulates_on_a_lattice_without_inversion_is_no_vortex():
    # Measured: iron, R = 12 nm, 4 nm cells, offset (0.3, 0.25, 0.1): 0.0218 at 0.8 T, 0.155 once curling.
    B = np.array([0.8, 0.6, 0.4, 0.28, 0.24, 0.2])
    order = np.array([0.0218, 0.0280, 0.0392, 0.0546, 0.1549, 0.3992])
    moment = np.array([0.998, 0.997, 0.994, 0.99, 0.97, 0.9])
    assert 0.0546 < order_threshold(order, moment) < 0.1549
    offset = replace(
        table(B),
        m=moment[:, None] * np.array([0.0, 0.0, 1.0]),
        toroidal=PURE_CIRCULATION * order[:, None] * np.array([1.0, 0.0, 0.0]),
    )
    (branch,) = analyse_loop(offset)
    assert branch.starts_as == "uniform"
    assert branch.nucleation_field_T == pytest.approx(0.26)


def test_a_young_vortex_on_the_first_row_is_no_background():
    order, moment = np.array([0.36, 0.7]), np.array([0.95, 0.75])
    assert order_threshold(order, moment) == 0.02
    assert order_threshold(np.array([0.15, 0.7]), np.array([0.992, 0.75])) == 0.02
