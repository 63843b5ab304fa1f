"""Stable branches on cells: where they end, which end of a saddle is kept, and what it does not depend on."""

import numpy as np
import pytest

from harness.mx3.magnet.branch import BranchFollower, NotSettled, instability_field
from harness.mx3.magnet.flow import flow_down
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh
from harness.mx3.magnet.stability import stability

IRON = (1.7e6, 1e-11, 4.8e4)
EVENTS = ["nucleation", "tilt", "other", "reversal", "other", "upright", "annihilation"]
"""The other two are turns of the core from one azimuth of the lattice to another."""
ALONG_Z = np.array([0.0, 0.0, 1.0])


def sphere(radius_nm, cell_nm, material=IRON, m=ALONG_Z):
    n = int(np.ceil(2 * radius_nm / cell_nm))
    mesh = Mesh((n, n, n), (cell_nm * 1e-9,) * 3)
    inside = np.sum(mesh.centres() ** 2, axis=0) <= (radius_nm * 1e-9) ** 2
    magnet = Magnet(mesh, inside)
    magnet.set_parameters(*material)
    magnet.set_m(m)
    return magnet


def swept(fields, radius_nm=12, cell_nm=4, **how):
    magnet, follower = sphere(radius_nm, cell_nm), BranchFollower(**how)
    rows = {}
    for B in fields:
        magnet.set_field(B * ALONG_Z)
        found = follower.follow(magnet)
        rows[round(B, 6)] = *magnet.average(magnet.m), found.lambda_min_T, found.verdict() == "minimum"
    return follower, rows


@pytest.fixture(scope="module")
def loop():
    return swept(np.arange(6, -7, -1) * 0.1)


def test_every_row_is_a_minimum_and_every_change_of_state_is_named(loop):
    follower, rows = loop
    assert all(row[-1] for row in rows.values())
    assert [event.kind for event in follower.events] == EVENTS
    assert all(event.at.error_T <= 0.5e-5 for event in follower.events)
    nucleation, tilt, to_110, reversal, to_100, upright, annihilation = (
        event.at for event in follower.events
    )
    for turn in (to_110, to_100):
        assert turn.mode == "azimuth of the core"
        assert turn.lambda_after_T < 0 < turn.lambda_before_T < 2e-5
    for crossing, mode in ((nucleation, "curling"), (tilt, "tilt of the core")):
        assert crossing.mode == mode
        assert crossing.lambda_after_T < 0 < crossing.lambda_before_T < 2e-5
    assert reversal.is_fold
    assert abs(annihilation.B_T + nucleation.B_T) < 1e-5 and abs(upright.B_T + tilt.B_T) < 1e-5


def test_a_tilted_core_leaves_an_azimuth_that_its_cells_push_it_from():
    """In 3 nm cells the core first tilts to an azimuth from which it turns on as the field falls."""
    magnet, follower = sphere(12, 3), BranchFollower()
    for B in (0.06, 0.02, 0.0, -0.02):
        magnet.set_field(B * ALONG_Z)
        follower.follow(magnet)
        found = stability(magnet, dense=True)
        assert (found.verdict(), found.spectrum.negative) == ("minimum", 0), B
    assert follower.events[0].kind == "tilt"


def test_a_fold_does_not_depend_on_the_steps_to_it(loop):
    """Its field is the branch's own turning point, not the middle of a step that led to nothing."""
    follower, _ = swept([0.1, -0.1, -0.2])
    fields = [
        [event.at.B_T for event in each.events if event.at.is_fold and event.at.B_T > -0.2]
        for each in (follower, loop[0])
    ]
    assert len(fields[0]) == 1
    np.testing.assert_allclose(*fields, atol=1e-6)


@pytest.mark.validate
def test_an_azimuth_that_hardly_any_field_drives_does_not_fold():
    """In 2 nm cells its curvature stays below 1e-5 T for 1 mT; the branch forks there, it does not end."""
    magnet, follower = sphere(20, 2), BranchFollower()
    for B in (0.51, 0.50, 0.157, 0.154, 0.14, 0.137, 0.13):
        magnet.set_field(B * ALONG_Z)
        assert follower.follow(magnet).verdict() == "minimum"
    assert [event.kind for event in follower.events] == ["nucleation", "tilt", "other"]
    assert not any(event.at.is_fold for event in follower.events)


@pytest.mark.parametrize("after_T", [1e-5, 5e-5, 2e-4])
def test_an_event_just_before_a_row_is_an_event(loop, after_T):
    """A little beyond a fork what it leads to can hardly be told from where it left."""
    before = [event.at.B_T for event in loop[0].events[:3]]
    rows = [0.6, *(B - after_T for B in before), before[-1] - 0.01]
    follower, found = swept(rows)
    assert [event.kind for event in follower.events] == EVENTS[:3]
    assert [event.at.B_T for event in follower.events] == pytest.approx(before, abs=1e-5)
    assert all(row[-1] for row in found.values())


def test_ties_are_broken_as_in_the_continuum(loop):
    follower, rows = loop
    curling, tilt, *turns = follower.falls
    assert curling.energy_kept_J == pytest.approx(curling.energy_rejected_J, rel=1e-9)
    assert tilt.mode == "tilt of the core" and tilt.m_kept[0] > 0.01
    assert tilt.m_rejected[0] == pytest.approx(-tilt.m_kept[0], rel=1e-5)
    assert abs(tilt.m_kept[1]) < 1e-8  # polished to a torque of 1e-8 T
    assert {turn.mode for turn in turns} == {"azimuth of the core"}
    assert rows[0.0][0] == pytest.approx(rows[0.0][1], rel=1e-5)  # the lattice has turned it to [110]


@pytest.mark.parametrize(
    ("step_T", "how"), [(0.1, {"seeds": (7, 8), "tolerance_T": 1e-4}), (0.15, {})], ids=["seeds", "step"]
)
def test_the_loop_depends_on_no_seed_tolerance_or_step(loop, step_T, how):
    n = round(0.6 / step_T)
    follower, rows = swept(np.arange(n, -n - 1, -1) * step_T, **how)
    reference, known = loop
    assert [e.kind for e in follower.events] == [e.kind for e in reference.events]
    fields = [[e.at.B_T for e in each.events] for each in (follower, reference)]
    np.testing.assert_allclose(*fields, atol=1e-5)
    common = rows.keys() & known.keys()
    assert len(common) >= 5
    for B in common:
        np.testing.assert_allclose(rows[B][:3], known[B][:3], atol=1e-6)
        assert rows[B][3] == pytest.approx(known[B][3], abs=2e-5)


def test_what_a_fold_leads_to_is_where_the_flow_comes_to_rest():
    """There Landau-Lifshitz flow without precession ends, integrated with the dense Jacobian, 0.06, 0.9 and
    1.9 mT beyond it; a minimiser leaps over a ridge into a lower valley, but for the first."""
    ends, core = [], np.array([0.82, 0.49, -0.27])
    for B in (-0.0292, -0.03, -0.031):
        magnet, follower = sphere(14, 4), BranchFollower()
        swirl = np.cross(core, magnet.mesh.centres() / 14e-9, axisb=0, axisc=0)
        m = 3 * swirl + 2 * core[:, None, None, None] * np.exp(-4 * np.sum(swirl**2, axis=0))
        magnet.set_m(m / np.linalg.norm(m, axis=0))
        for field in (-0.0192, -0.0285, B):
            magnet.set_field(field * ALONG_Z)
            assert follower.follow(magnet).verdict() == "minimum"
        assert [event.kind for event in follower.events] == ["fold"]
        ends.append(magnet.average(magnet.m))
    expected = [(0.23932, 0, -0.23555), (0.23857, 0, -0.23866), (0.2376, 0, -0.24263)]
    np.testing.assert_allclose(ends, expected, atol=2e-5)


def test_a_flow_keeps_to_its_bound_and_one_cut_short_ends_in_no_state():
    """Random moments take some 400 fields to come to rest; the bound is of all its steps together."""
    magnet, follower = sphere(12, 4), BranchFollower(max_evaluations=60)
    m = np.random.default_rng(1).standard_normal((3, *magnet.mesh.shape))
    magnet.set_field(0.3 * ALONG_Z)
    magnet.set_m(m)
    with pytest.raises(
        NotSettled, match=r"^B = 0\.3 T: the flow down did not come to rest within 60 fields$"
    ):
        follower.follow(magnet)
    assert follower.field_evaluations == 60
    for most in (1, 2, 3):  # a step is one field for its torque and one more at least
        magnet.set_m(m)
        used, rested = flow_down(magnet, most)
        assert used <= most and not rested
    magnet.set_m(m)
    used, rested = flow_down(magnet, 20_000)
    assert 200 < used < 2000 and rested
    assert stability(magnet).polished.moved_rad < 0.01


def test_single_cell_loses_its_stability_at_minus_the_anisotropy_field():
    magnet = Magnet(Mesh((1, 1, 1), (3e-9,) * 3))
    magnet.set_parameters(*IRON)
    magnet.set_m(ALONG_Z)
    lost = instability_field(magnet, 0.1, -0.2)
    assert abs(lost.B_T + 2 * IRON[2] / IRON[0]) < 1e-5
    assert lost.error_T <= 0.5e-5 and lost.mode == "coherent rotation"


def test_small_spheres_turn_over_as_one_and_tend_to_the_anisotropy_field():
    roots = []
    for cell_nm in (2, 1):
        magnet, follower = sphere(4, cell_nm), BranchFollower()
        for B in (0.1, -0.1):
            magnet.set_field(B * ALONG_Z)
            follower.follow(magnet)
        first, last = follower.events[0], follower.events[-1]
        assert first.at.mode == "coherent rotation" and last.kind == "reversal"
        assert magnet.average(magnet.m)[2] < -0.99
        roots.append(first.at.B_T)
    off = np.abs(np.array(roots) + 2 * IRON[2] / IRON[0])
    assert off[1] < off[0] / 2 and off[1] < 0.005


def test_a_moment_that_turns_into_the_field_is_an_event_where_it_gets_there():
    """One cell, its axis across the field: on the line of the field from 2 Ku/Ms on, off it below."""
    Ms, _, Ku = IRON
    for fields in ((0.0, 0.03, 0.05, 0.07), (0.07, 0.05, 0.03)):
        magnet, follower = Magnet(Mesh((1, 1, 1), (4e-9,) * 3)), BranchFollower()
        magnet.set_parameters(*IRON, (1.0, 0.0, 0.0))
        magnet.set_m((1.0, 0.0, 0.0) if fields[0] == 0 else ALONG_Z)
        for B in fields:
            magnet.set_field(B * ALONG_Z)
            follower.follow(magnet)
        (event,) = follower.events
        assert event.kind == "rotation"
        assert abs(event.at.B_T - 2 * Ku / Ms) < 1e-5
        assert event.to_dict()["B_along_T"] == event.at.B_T


def test_nucleation_is_a_root_of_the_smallest_curvature():
    magnet = sphere(12, 4)
    lost = instability_field(magnet, 0.5, 0.2)
    assert lost.mode == "curling" and not lost.is_fold
    for side in (-1, 1):
        magnet.set_field((lost.B_T + side * 2e-5) * ALONG_Z)
        magnet.set_m(ALONG_Z)
        magnet.equilibrate()
        assert np.sign(stability(magnet).lambda_min_T) == side


def test_a_branch_without_an_end_has_no_field():
    assert instability_field(sphere(12, 4), 0.6, 0.4) is None


def test_a_start_that_is_a_saddle_is_refused():
    with pytest.raises(ValueError, match=r"from_T = 0\.2: the state is a saddle there"):
        instability_field(sphere(12, 4), 0.2, 0.1)


@pytest.mark.parametrize(
    ("angle_deg", "kind"),
    [(1, "reversal"), (30, "reversal"), (60, "switching"), (89.2, "switching"), (89.95, "switching")],
)
def test_an_oblique_single_cell_turns_over_where_stoner_and_wohlfarth_say(angle_deg, kind):
    """Beyond 45 degrees the moment along the field has changed its sign before."""
    turn = np.deg2rad(angle_deg)
    axis = np.array([np.sin(turn), 0.0, np.cos(turn)])
    magnet = Magnet(Mesh((1, 1, 1), (2e-9,) * 3))
    magnet.set_parameters(1.7e6, 1e-11, 4.8e4, axis)
    magnet.set_m(ALONG_Z)
    follower, B_K = BranchFollower(), 2 * 4.8e4 / 1.7e6
    for B in np.linspace(0.1, -0.1, 9):
        magnet.set_field(B * ALONG_Z)
        follower.follow(magnet)
    (event,) = follower.events
    switching = (np.cos(turn) ** (2 / 3) + np.sin(turn) ** (2 / 3)) ** -1.5
    assert event.kind == kind
    assert event.at.is_fold and event.at.error_T == 5e-6
    assert abs(event.at.B_T + switching * B_K) < 0.5e-6


def test_a_state_set_by_hand_is_not_taken_for_the_branch():
    magnet, follower = sphere(12, 4), BranchFollower()
    magnet.set_field(0.5 * ALONG_Z)
    follower.follow(magnet)
    magnet.set_m(-ALONG_Z)
    magnet.set_field(-0.5 * ALONG_Z)
    follower.follow(magnet)
    assert follower.events == [] and magnet.average(magnet.m)[2] < -0.9


@pytest.mark.validate
def test_iron_sphere_of_20_nm_in_4_nm_cells():
    """The kick of 5 mT nucleates at 0.485(5) T on these cells; Brown's field is 0.5282 T."""
    nucleation = instability_field(sphere(20, 4), 0.8, 0.3)
    assert 0.48 <= nucleation.B_T <= 0.49 and nucleation.mode == "curling"
    finer = instability_field(sphere(20, 2.5), 0.6, 0.4)
    assert nucleation.B_T < finer.B_T < 0.5282
    magnet, follower = sphere(20, 4), BranchFollower()
    for B in (0.5, 0.4):
        magnet.set_field(B * ALONG_Z)
        follower.follow(magnet)
    tilt = instability_field(magnet, 0.4, 0.1)
    assert 0.19 <= tilt.B_T <= 0.195 and tilt.mode == "tilt of the core"


def test_a_loop_is_the_same_both_ways_and_its_turning_point_is_taken_twice(loop):
    down = np.arange(6, -7, -1) * 0.1
    follower, _ = swept([*down, *down[::-1]])
    assert [event.kind for event in follower.events] == 2 * EVENTS
    there, back = follower.events[:7], follower.events[7:]
    np.testing.assert_allclose(
        [e.at.B_T for e in back], [-e.at.B_T for e in there], atol=1e-5
    )  # each is located to 5e-6


def test_branches_are_followed_by_few_products(loop):
    """Newton's steps start from where the states before point, and ends are aimed at."""
    assert loop[0].field_evaluations < 8_000  # failed steps included
