"""Branches of the continuum between the fields they are solved at: like beside like, stable or not."""

import json

import numpy as np
import pytest

from benchmarks.brown import solved_curvature_T
from reduced_model import ModelError, Sphere, continuum_branches, continuum_loop, nucleation_field
from reduced_model.continuum.branches import OBSERVABLES, SECTORS, UNKNOWN, ContinuumBranches, branch_of
from reduced_model.continuum.problem import Continuum
from reduced_model.continuum.uniform_branch import in_closed_form
from reduced_model.materials import Material, material


@pytest.fixture(scope="module")
def small():
    """Iron, R = 9 nm: a vortex just above the crossing, and an open loop."""
    return Sphere(9, "iron").continuum_branches(accuracy=1e-2)


def test_the_way_down_goes_from_saturation_over_the_vortex_to_the_other_side(small):
    nucleation, reversal = small.events
    exact = nucleation_field("iron", 9e-9)
    iron = Continuum(material("iron"), 9e-9, (0, 0, 1))
    assert nucleation.kind == "nucleation" and abs(solved_curvature_T(iron, 8, nucleation.B_T)) < 1e-9
    assert (reversal.kind, reversal.before, reversal.after) == ("reversal", "upright vortex", "uniform")
    assert exact.coherent_T < reversal.B_T < 0.0
    down = small.path([1.0, 0.03, 0.0, reversal.B_T + 1e-4, reversal.B_T - 1e-4, -1.0])
    assert [small.branches[k].kind for k in down] == ["uniform"] * 2 + ["upright vortex"] * 2 + [
        "uniform"
    ] * 2
    assert small.branches[down[-1]].at("m", -1.0)[0] == pytest.approx(-1.0)


def test_inversion_of_time_gives_the_other_half(small):
    fields = np.array([0.3, 0.02, 0.0, -0.03, -0.2])
    down, up = small.path([0.3, *fields])[1:], small.path([-0.3, *-fields])[1:]
    # a path starts along +B where it may: so let the second come from saturation below
    m_down = [small.branches[k].at("m", B)[0] for k, B in zip(down, fields, strict=True)]
    m_up = [small.branches[k].at("m", B)[0] for k, B in zip(up, -fields, strict=True)]
    assert m_up == pytest.approx([-m for m in m_down])


def test_between_its_fields_a_branch_is_where_a_solution_is_within_the_error(small):
    (vortex,) = {small.path([1.0, B])[1] for B in (0.02, -0.03)}
    fields = [0.0137, -0.0071]
    exact = continuum_loop([0.02, *fields], radius_m=9e-9, material="iron", accuracy=1e-5)
    for B, state in zip(fields, exact.states[1:], strict=True):
        m, error = small.branches[vortex].at("m", B)
        assert abs(m - state.along) <= error < 1e-2
        nu, nu_error = small.branches[vortex].at("nu", B)
        assert abs(nu - state.fit.nu) <= nu_error + 1e-3
        total, total_error = small.branches[vortex].at("total_J", B)
        assert abs(total - state.energies_J["total"]) <= total_error + 1e-4 * abs(total)


def test_a_branch_goes_on_as_a_saddle(small):
    vortex = small.like("upright vortex", 0.0, -0.1)
    assert vortex is not None and not vortex.stable(-0.1) and vortex.stable(0.0)
    assert vortex.at("lambda_min_T", -0.1)[0] < -0.02
    assert vortex.at("core_angle_deg", -0.1)[0] == pytest.approx(0.0, abs=1e-5)  # a root of rounding
    assert np.isnan(vortex.at("m", 0.5)[0])


def test_where_two_modes_cross_each_is_followed_beyond_the_other():
    """The smallest curvature has a kink at 0.25 T, midway between two fields that were solved."""
    B = np.linspace(0.0, 0.5, 6)
    kept, broken = 0.1 - 0.2 * B, 0.2 * B**2 + 0.0375
    values = dict.fromkeys(OBSERVABLES, B) | {"lambda_min_T": np.fmin(kept, broken)}
    values |= {"lambda_kept_T": np.where(B > 0.15, kept, np.nan), "lambda_broken_T": broken}
    branch = branch_of("upright vortex", B, values, dict.fromkeys(OBSERVABLES, 0.0 * B), (0.0, 0.5))
    fields = np.linspace(0.0, 0.5, 101)
    expected = np.fmin(0.1 - 0.2 * fields, 0.2 * fields**2 + 0.0375)
    assert branch.at("lambda_min_T", fields)[0] == pytest.approx(expected, abs=1e-12)


def test_states_are_matched_by_kind_and_side(small):
    assert small.like("upright vortex", 170.0, 0.0).at("m", 0.0)[0] < 0.0
    assert small.like("upright vortex", 10.0, 0.0).at("m", 0.0)[0] > 0.0
    assert small.like("tilted vortex", 40.0, 0.0) is None
    assert small.like("upright vortex", 0.0, 0.5) is None


def test_a_path_that_turns_stays_on_its_branch(small):
    path = small.path([1.0, 0.0, -0.03, 0.0, 0.02, 0.5, 0.0])
    kinds = [small.branches[k].kind for k in path]
    assert kinds == ["uniform", *["upright vortex"] * 4, "uniform", "upright vortex"]


def test_where_nothing_is_known_it_says_so(small):
    jumped = small.path([1.0, -0.2, 0.2])
    assert jumped[1] != UNKNOWN
    assert small.branches[jumped[2]].at("m", 0.2)[0] == pytest.approx(1.0)


def test_as_plain_values_and_back(small):
    again = ContinuumBranches.from_dict(json.loads(json.dumps(small.to_dict())))
    for one, other in zip(small.branches, again.branches, strict=True):
        assert one.kind == other.kind and one.stable_T == other.stable_T
        for name in OBSERVABLES:
            assert one.at(name, one.B_T)[0] == pytest.approx(other.at(name, one.B_T)[0], nan_ok=True)
    frame = small.to_dataframe()
    assert set(frame["kind"]) == {"uniform", "upright vortex"}
    assert len(frame) == sum(branch.B_T.size for branch in small.branches)
    assert small.plot().get_ylabel() == "m along B" and "branches" in repr(small)


def test_a_solved_branch_shows_itself(small):
    """Of the curvatures by symmetry no error is known."""
    for branch in small.branches:
        frame = branch.to_dataframe()
        assert set(OBSERVABLES + SECTORS) <= set(frame) and len(frame) == branch.B_T.size
        assert (frame["m_error"] == branch.errors["m"]).all()
        assert branch._repr_html_().startswith("<")


@pytest.mark.validate
def test_a_core_across_the_field_joins_its_mirror_image():
    """Iron, R = 12 nm: the tilted branch goes through zero field, the loop is closed, no field unknown."""
    closed = Sphere(12, "iron").continuum_branches(accuracy=1e-2)
    kinds = [
        closed.branches[k].kind if k != UNKNOWN else "" for k in closed.path(np.linspace(0.6, -0.6, 121))
    ]
    assert "" not in kinds and list(dict.fromkeys(kinds)) == ["uniform", "upright vortex", "tilted vortex"]
    tilted = [branch for branch in closed.branches if branch.kind == "tilted vortex"]
    assert len(tilted) == 1 and tilted[0].stable_T[0] == pytest.approx(-tilted[0].stable_T[1], abs=1e-9)


@pytest.mark.validate
@pytest.mark.parametrize("degrees", [70.0, 89.0])
def test_bars_hold_beside_a_fold(degrees):
    """A moment off the axis goes with the root of the field where it turns over: own minima of the energy."""
    angle, iron = np.radians(degrees), Material("iron", 1.7e6, 1e-11, 4.8e4)
    off = Material("off", 1.7e6, 1e-11, 4.8e4, axis=(np.sin(angle), 0.0, np.cos(angle)))
    scale_T = iron.anisotropy_field_T
    found = Sphere(7, off).continuum_branches(maximum_T=0.2, accuracy=1e-3)
    turn_T = -scale_T * (np.cos(angle) ** (2 / 3) + np.sin(angle) ** (2 / 3)) ** -1.5
    last = [event for event in found.events if event.mode == "coherent rotation"][-1]
    assert last.kind == "switching" and pytest.approx(turn_T, abs=1e-6) == last.B_T
    theta = np.linspace(-np.pi, np.pi, 200001)
    held = np.cos(theta - angle) > 0
    fields = turn_T * np.array([0.999, 0.99, 0.97, 0.9, 0.7, 0.3])
    branch = found.branches[found.path([0.2, *fields])[1]]
    for B_T in fields:
        energy = -0.5 * scale_T * np.cos(theta - angle) ** 2 - B_T * np.cos(theta)
        low = np.flatnonzero(held & (energy < np.roll(energy, 1)) & (energy < np.roll(energy, -1)))
        m, error = branch.at("m", B_T)
        assert abs(m - np.cos(theta[low[0]])) <= error + 2e-5, B_T  # beside the grid of the angle


def test_bars_of_a_leaning_moment_hold_on_few_fields_and_on_its_mirror_image():
    """Permalloy, R = 25 nm, axis at 45 degrees: Stoner and Wohlfarth's moment, on ten fields."""
    angle, soft = np.pi / 4, Material("soft", 8e5, 1.3e-11, 5e2, axis=(2**-0.5, 0.0, 2**-0.5))
    problem = Continuum(soft, 25e-9, (0.0, 0.0, 1.0))
    B_T = 1e-3 * np.array([0.4, 2, 20, 50, 80, 100, 109, 110, 112, 114])
    theta = np.linspace(0.0, angle, 200001)  # field over anisotropy field is monotone on the way
    field_T = soft.anisotropy_field_T * np.sin(2 * (angle - theta)) / (2 * np.sin(theta).clip(1e-9))

    def m(fields):
        return np.cos(np.interp(-fields, -field_T, theta))

    values = dict.fromkeys(OBSERVABLES, 0.0 * B_T) | {"m": m(B_T)}
    made = branch_of("uniform", B_T, values, dict.fromkeys(OBSERVABLES, 0.0 * B_T), None)
    fields = np.linspace(B_T[0], B_T[-1], 2000)
    for branch, side in ((made, 1.0), (made.mirrored(), -1.0)):
        told, bar = in_closed_form(problem, branch).at("m", side * fields)
        assert (np.abs(side * told - m(fields)) <= bar + 1e-8).all()
        assert bar.max() < 2e-3 and np.median(bar) < 1e-6  # the largest next to an end, where it may fold


def test_a_macrospin_has_two_branches():
    tiny = Sphere(6, "iron").continuum_branches()
    assert [branch.kind for branch in tiny.branches] == ["uniform", "uniform"]
    (event,) = tiny.events
    assert pytest.approx(-2 * 4.8e4 / 1.7e6, abs=1e-6) == event.B_T and event.kind == "reversal"


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [("maximum_T", 0.0, "positive"), ("accuracy", 2.0, "1e-7"), ("radius_nm", -1.0, "positive")],
)
def test_bad_input_is_one_clear_line(key, value, allowed):
    given = {"radius_nm": 9.0, "maximum_T": 1.0, "accuracy": 1e-2} | {key: value}
    with pytest.raises(ModelError) as refused:
        Sphere(given.pop("radius_nm")).continuum_branches(**given)
    assert key in str(refused.value) and str(value)[:2] in str(refused.value)


@pytest.mark.validate
def test_an_axis_off_the_field_turns_the_moment_and_the_way_down_goes_on():
    """R = 16 nm of a soft material, axis at 45 degrees: a single domain that turns over at half 2Ku/Ms."""
    off = Material("off", 1e6, 1.2e-11, 4e4, axis=(2**-0.5, 0.0, 2**-0.5))
    found = Sphere(16, off).continuum_branches(maximum_T=0.3, accuracy=1e-2)
    (event,) = found.events
    assert event.kind == "reversal" and pytest.approx(-0.04, abs=1e-5) == event.B_T
    down, up = (found.path(side * np.array([0.3, 0.0, -0.2])) for side in (1.0, -1.0))
    m_down, m_up = (
        [found.branches[k].at("m", B)[0] for k, B in zip(p, f, strict=True)]
        for p, f in ((down, (0.3, 0.0, -0.2)), (up, (-0.3, 0.0, 0.2)))
    )
    assert m_up == pytest.approx([-m for m in m_down])
    assert m_down[1] == pytest.approx(np.cos(np.pi / 4), abs=1e-3) and m_down[2] < -0.9


@pytest.mark.validate
def test_a_soft_sphere_across_its_axis_ends_and_keeps_its_branches_apart():
    """Permalloy, R = 18 nm: along the field, leaning to the axis, along it again; each joins the next."""
    across = Material("across", 8e5, 1.3e-11, 5e2, axis=(1.0, 0.0, 0.0))
    found = continuum_branches(radius_m=18e-9, material=across, maximum_T=0.01, accuracy=1e-2)
    bound_T = across.anisotropy_field_T
    assert [event.kind for event in found.events] == ["rotation", "reversal", "rotation"]
    ranges = [branch.stable_T for branch in found.branches]
    assert [low for low, _ in ranges][:2] == pytest.approx([bound_T, -bound_T], abs=1e-9)
    assert [high for _, high in ranges][1:] == pytest.approx([bound_T, -bound_T], abs=1e-9)
    assert found.path([0.01, 0.0005, -0.0005, -0.01]).tolist() == [0, 1, 1, 2]


@pytest.mark.validate
def test_without_anisotropy_a_branch_ends_where_the_field_changes_sign():
    soft = Material("soft", 1.7e6, 2.1e-11, 0.0)
    found = continuum_branches(radius_m=15e-9, material=soft, maximum_T=0.6, accuracy=1e-2)
    lost_T = found.events[0].B_T
    assert [(event.kind, event.B_T) for event in found.events] == [("nucleation", lost_T), ("reversal", 0.0)]
    ranges = [branch.stable_T for branch in found.branches if branch.kind == "upright vortex"]
    assert ranges == [(0.0, lost_T), (-lost_T, 0.0)]
    down = found.branches[1]
    assert down.at("lambda_min_T", 0.0)[0] == pytest.approx(0.0, abs=1e-12)  # a turn
    near, farther = (down.at("lambda_min_T", share * lost_T)[0] for share in (0.05, 0.1))
    assert 0.0 < near < farther
    assert found.path([0.5 * lost_T, 0.0, -0.1 * lost_T, -0.5 * lost_T]).tolist() == [1, 1, 2, 2]


@pytest.mark.validate
def test_a_first_field_at_which_a_moment_begins_to_lean_hides_no_branch():
    """Iron, R = 7.5 nm, across the axis: one of the survey's fields is the anisotropy field itself."""
    found = continuum_branches(radius_m=7.5e-9, material="iron", direction=(1.0, 0.0, 0.0), maximum_T=0.5)
    bound_T = material("iron").anisotropy_field_T
    assert [event.kind for event in found.events] == ["rotation", "reversal", "rotation"]
    fields = np.linspace(0.49, -0.49, 200)
    for B_T, place in zip(fields, found.path(fields), strict=True):
        value, error = found.branches[place].at("m", B_T)
        assert abs(value - np.clip(B_T / bound_T, -1.0, 1.0)) <= error + 1e-9


class Broken(Exception):
    """What breaks the work off."""


class UntilBroken(dict):
    """Keeps what is solved as a file would, and breaks the work off after some states."""

    def __init__(self, known, most):
        super().__init__(known)
        self.most, self.new = most, 0

    def __setitem__(self, name, values):
        super().__setitem__(name, json.loads(json.dumps(values)))
        self.new += 1
        if self.new == self.most:
            raise Broken


def test_work_that_was_broken_off_goes_on_from_what_is_kept(small):
    options = {"radius_m": 9e-9, "material": "iron", "accuracy": 1e-2}
    first = UntilBroken({}, most=6)
    with pytest.raises(Broken):
        continuum_branches(**options, kept=first)
    second = UntilBroken(first, most=-1)
    found = continuum_branches(**options, kept=second)
    assert len(first) == 6 and second.new == len(second) - 6 > 0
    assert [event.kind for event in found.events] == [event.kind for event in small.events]
    for one, other in zip(found.branches, small.branches, strict=True):
        assert pytest.approx(other.B_T, abs=1e-9) == one.B_T
        assert one.values["m"] == pytest.approx(other.values["m"], abs=1e-8)


def test_the_bar_of_a_curvature_holds_beside_a_crossing_of_modes_where_a_spline_swings():
    """Iron, R = 20 nm, solved at these fields: modes cross at 0.45 T and, of one symmetry, at 0.5 T."""
    B_T = np.array([0.3019, 0.3451, 0.3882, 0.4314, 0.4745, 0.5176, 0.5203, 0.5229, 0.5255])
    values = {
        "lambda_min_T": np.array([40.42, 58.01, 81.43, 114.01, 98.23, 20.70, 15.60, 10.46, 5.26]) * 1e-3,
        "lambda_kept_T": np.array([np.nan, 288.28, 230.94, 167.73, 98.23, 20.70, 15.60, 10.46, 5.26]) * 1e-3,
        "lambda_broken_T": np.array([40.42, 58.01, 81.43, 114.01, 162.86, 214.91, 211.41, 207.94, 204.5])
        * 1e-3,
    }
    errors = {"lambda_min_T": np.full(B_T.size, 2.4e-4)}
    branch = branch_of("upright vortex", B_T, values, errors, (0.3, 0.5))
    truth = {0.48: 0.088825, 0.45: 0.132463, 0.44: 0.122158, 0.41: 0.096429, 0.36: 0.065325, 0.33: 0.051315}
    told, bar = branch.at("lambda_min_T", list(truth))
    assert (np.abs(told - np.array(list(truth.values()))) <= bar).all() and (bar < 5e-3).all()
    assert branch.at("lambda_min_T", B_T)[1] == pytest.approx(np.full(B_T.size, 2.4e-4))
