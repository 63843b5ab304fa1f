"""Which branch a row sits on, told by its moment alone."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.comparison.placed import ON_NONE, TILTED_ON_NONE, UNDECIDED, place_rows, sided, with_placed
from harness.comparison.states import TILTED, UNKNOWN, UPRIGHT, RowStates, simulated_states
from harness.pipeline import open_run
from reduced_model.continuum.branches import ContinuumBranches
from tests.harness.recorded_runs import RECORDED
from tests.harness.runs.foreign.loops import imported

from .straight_continuum import CORE, SLOPE, straight_continuum

UNIFORM_UP, UP, TILT, UNIFORM_DOWN, DOWN = range(5)
CONTINUUM = straight_continuum()


def _placed(B_T, along, across, cells_across=20):
    given = [np.array([x], dtype=float) for x in (B_T, along)]
    across = None if across is None else np.array([across])
    return int(place_rows(*given, across, CONTINUUM, 0.0, cells_across)[0])


@pytest.mark.parametrize(
    ("B_T", "along", "across", "place"),
    [
        (0.1, 0.3307, 1e-5, UP),  # a public loop of this sphere: the two branches of one run
        (-0.1, -0.2832, 0.09, TILT),
        (0.3, 0.9995, 1e-6, UNIFORM_UP),
        (0.3, 0.66, 1e-6, UP),
        (-0.3, -0.66, 1e-6, DOWN),
        (-1.0, -0.9995, 0.0, UNIFORM_DOWN),
        (0.1, 0.3307, None, UP),  # without components the moment along the field has to do
        (0.115, 0.32, None, UNDECIDED),
        (0.3, 0.78, 0.0, ON_NONE),
        (0.3, 0.85, 0.0, ON_NONE),
        (0.0, 0.6, 0.3, ON_NONE),
        (0.14, 0.37, 0.05, TILTED_ON_NONE),  # cells turn the core earlier than the continuum
    ],
)
def test_rows(B_T, along, across, place):
    assert _placed(B_T, along, across) == place


def test_a_row_alone_among_rows_that_are_not_told_is_not_told():
    """The upright core's moment is met once by a core that turns."""
    B, along = np.array([0.115, 0.1, 0.115]), np.array([0.32, 0.3307, 0.32])
    assert place_rows(B, along, None, CONTINUUM, 0.0, 20).tolist() == [UNDECIDED] * 3
    assert _placed(0.1, 0.3307, None) == UP


def test_uniform_rows_that_lead_to_rows_on_no_branch_are_not_told():
    """A vortex in a field scaled by 0.8: its first rows are within reach of the uniform state's moment."""
    B, along = np.array([0.45, 0.352, 0.336, 0.32, 0.3]), np.array([0.9999, 0.934, 0.91, 0.872, 0.83])
    assert place_rows(B, along, None, CONTINUUM, 0.0, 10).tolist()[1:3] == [UNDECIDED] * 2


def test_noise_that_exceeds_saturation_puts_no_row_on_another_branch():
    """The uniform state and the upright vortex with noise of 0.08; of components, too."""
    rng, B = np.random.default_rng(1), np.linspace(1.0, 0.2, 65)
    true = np.where(B > 0.528, UNIFORM_UP, UP)
    m = np.where(true == UP, CORE + SLOPE * B, 1.0)
    for across in (None, np.full(65, 0.08)):
        place = place_rows(B, m + 0.08 * rng.normal(size=65), across, CONTINUUM, 0.0, 20)
        told = place != UNDECIDED
        assert (place == true)[told].all() and told.sum() > 20


@pytest.mark.parametrize(
    ("B_T", "along", "cells_across", "place"),
    [
        (0.25, 0.63, 10, UP),  # 4 nm cells are off by 0.08 there, and no other branch is within 0.1
        (0.25, 0.63, 20, ON_NONE),
        (0.18, 0.475, 16, UNDECIDED),  # tilted in 2.5 nm cells, as is the next in 2 nm cells
        (0.15, 0.405, 20, UNDECIDED),
        (0.19, 0.47, 20, UP),
        (0.1, 0.3145, 10, UNDECIDED),  # a tilted core in 4 nm cells, 5e-4 from the upright one by chance
        (0.1, 0.3145, 40, UP),
        (0.15, 0.42, 10, UNDECIDED),  # tilted in 4 nm cells, where the continuum's core stands up
        (0.475, 0.988, 10, UNDECIDED),  # a vortex in 4 nm cells beside the uniform state's moment
        (0.475, 0.9995, 40, UNIFORM_UP),
    ],
)
def test_a_row_is_told_as_far_as_its_cells_move_a_moment(B_T, along, cells_across, place):
    """The 4 nm rows are MuMax3's own; their saved states and circulation say what they hold."""
    assert _placed(B_T, along, None, cells_across) == place


def test_a_moment_that_is_hardly_off_the_line_beyond_the_tilted_branch_may_be_either():
    """A public loop in 2 nm cells at -0.15 and -0.155 T, whose core still turns until -0.157 T."""
    assert _placed(-0.15, -0.41, 0.0177) == _placed(-0.155, -0.42, 0.0103) == UNDECIDED
    assert _placed(-0.15, -0.41, 0.001) == DOWN


def test_a_state_of_no_branch_that_meets_one_by_chance_is_told_on_none():
    """Searches of MuMax3 that failed: the moment passes the branches' moments little by little."""
    B = np.linspace(-0.2, 0.2, 21)
    place = place_rows(B, 0.3 * B, None, CONTINUUM, 0.0, 16)
    assert set(place) == {ON_NONE, UNDECIDED}
    jumped = np.where(B < 0.07, 0.3 * B, CORE + SLOPE * B)
    place = place_rows(B, jumped, None, CONTINUUM, 0.0, 40)
    assert set(place[B < 0.07]) == {ON_NONE, UNDECIDED} and place[-1] == UP
    B = np.arange(-8, 9) * 0.01
    assert set(place_rows(B, -0.15 * B, None, CONTINUUM, 0.0, 10)) == {UNDECIDED}


def test_branches_alike_in_all_a_table_tells_count_as_one():
    """Off the easy axis a core tilts to either of two sides, of one moment."""
    both = replace(CONTINUUM, branches=(*CONTINUUM.branches, CONTINUUM.branches[TILT]))
    B, along = np.array([-0.05, -0.128]), np.array([-0.14, -0.34])
    assert place_rows(B, along, None, both, 0.0175, 20).tolist() == [TILT, UNDECIDED]


def test_rows_without_a_moment_are_on_none():
    assert _placed(0.3, np.nan, 0.0) == ON_NONE


def test_known_states_stay_as_they_are():
    states = RowStates(np.array([UNKNOWN, TILTED, UNKNOWN]), np.zeros(3))
    B, place = np.array([0.3, 0.3, 0.14]), np.array([UP, UP, TILTED_ON_NONE])
    assert with_placed(states, place, CONTINUUM, B).kind.tolist() == [UPRIGHT, TILTED, TILTED]


def test_a_moment_against_its_upright_core_keeps_the_core_s_side():
    """On the saddle the moment passes zero before the core turns; circulation alone turns it too early."""
    B, m = np.array([-0.1, -0.1]), np.array([-0.02, -0.315])
    states = RowStates(np.full(2, UPRIGHT), np.full(2, 180.0))
    assert sided(states, m, CONTINUUM, B).angle_deg.tolist() == [0.0, 180.0]


def test_a_core_that_was_seen_stays_and_coarse_cells_do_not_turn_one():
    """Coarse cells are farther off than branches are told apart by; of the two sides the nearer is meant."""
    B, m = np.array([-0.1, -0.1]), np.array([-0.13, -0.13])
    states = RowStates(np.full(2, UPRIGHT), np.full(2, 180.0))
    seen = np.array([False, True])
    assert sided(states, m, CONTINUUM, B, seen).angle_deg.tolist() == [0.0, 180.0]


@pytest.mark.parametrize(
    "name",
    [
        "four/R20nm-c4nm-bare",
        "four/R20nm-c4nm-kick5mT-seed1",
        "finer/R20nm-c4nm-minimize-kick5mT-seed1",  # its last rows are failed searches, which hold no vortex
        "published/R20nm-c2nm-minimize-bare",
    ],
)
def test_no_row_of_MuMax3_is_told_a_kind_that_its_circulation_denies(name, tmp_path):
    """And of those that are told by the moment along the field alone there are many."""
    folder = imported(RECORDED / name, tmp_path, radius_nm=20.0, material="iron").folder
    result = open_run(folder)
    solved = json.loads(Path(__file__).with_name("iron_20nm.json").read_text(encoding="utf-8"))
    continuum, B = ContinuumBranches.from_dict(solved), np.asarray(result.loop.B_T)
    known, n = simulated_states(result, 0.0), len(B)
    across = np.linalg.norm(np.asarray(result.loop.m)[:, :2], axis=1)
    for beside, share in ((None, 0.35), (across, 0.55)):
        place = place_rows(
            B, np.asarray(result.moment), beside, continuum, 0.0, 40.0 / result.case.mesh.cell_nm
        )
        bare = RowStates(np.full(n, UNKNOWN), np.zeros(n))
        told = with_placed(bare, place, continuum, B).kind
        assert (told[told != UNKNOWN] == known.kind[told != UNKNOWN]).all()
        assert (told != UNKNOWN).sum() > share * n
