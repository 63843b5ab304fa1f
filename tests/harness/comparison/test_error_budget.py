"""Who is nearest to the continuum: a continuum and witnesses made by hand, so that every answer is known."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.analysis.loop import branches
from harness.analysis.result import analyse
from harness.comparison.error_budget import OBSERVABLES, Witness
from harness.comparison.events import continuum_events, whole_way
from harness.comparison.states import UNKNOWN
from harness.comparison.table import rows_of
from harness.comparison.windows import Spoken, windows
from harness.runs.descent import Fault, Rule
from reduced_model.continuum.branches import ContinuumBranches, branch_of
from reduced_model.materials import material

from ..made_runs import MadeRun
from .made_continuum import (
    ERROR,
    made_budget,
    made_continuum,
    made_prediction,
    made_result,
    made_study,
    stable_states,
    tilted,
    upright,
)

SIMULATION, PRIME, DOUBLE_PRIME = Witness
DOWN = (0.8, 0.6, 0.4, 0.3, 0.2, 0.05, 0.02, -0.02, -0.05, -0.2, -0.3, -0.4, -0.6, -0.8)


def off(m, by, where):
    """Values farther from the continuum by a distance, at some rows, on the side of larger moments."""
    return np.where(where, m + by * np.sign(m), m)


@pytest.fixture
def budget(tmp_path):
    """Cells 0.03 off while the core stands and 0.02 off where it is turned; H' 0.01 off, and 0.05 turned;
    H'' is H', but for its core, which stays upright down to zero field."""
    study = made_study(DOWN)
    B = np.array(DOWN)
    m, angle, nu = stable_states(B)
    stands, turned = (np.abs(B) < 0.5) & (np.abs(B) > 0.1), np.abs(B) < 0.1
    held = turned & (B > 0)
    result = made_result(tmp_path, study, off(off(m, 0.03, stands), 0.02, turned), angle, nu)
    prime = off(off(m, 0.01, stands), 0.05, turned)
    prediction = made_prediction(
        result.case,
        prime=(prime, angle, nu),
        double_prime=(np.where(held, upright(B), prime), np.where(held, 0.0, angle), nu),
    )
    return made_budget(result, prediction)


def test_windows_are_those_known_by_hand(budget):
    said = [(w.first_T, w.last_T, w.n_rows, w.nearest, w.reason) for w in budget.windows]
    assert said == [
        (0.8, 0.6, 2, None, "undecided"),
        (0.4, 0.2, 3, PRIME, "nearer"),
        (0.05, 0.02, 2, SIMULATION, "nearer"),
        (-0.02, -0.05, 2, SIMULATION, "nearer"),
        (-0.2, -0.4, 3, PRIME, "nearer"),
        (-0.6, -0.8, 2, None, "undecided"),
    ]
    stands = budget.windows[1]
    assert stands.branch == "descending"
    assert stands.factor == pytest.approx(3.0)
    assert stands.rms == pytest.approx({SIMULATION: 0.03, PRIME: 0.01, DOUBLE_PRIME: 0.01})
    assert stands.equals == (DOUBLE_PRIME,)  # H' and H'' are one energy where the core stands
    assert stands.error == pytest.approx(ERROR, rel=1e-3)
    assert stands.off_branch == {}
    turned = budget.windows[2]
    assert turned.factor == pytest.approx(2.5)
    assert turned.off_branch == {DOUBLE_PRIME: "upright vortex"}
    assert set(turned.rms) == {SIMULATION, PRIME}  # what is on another branch is never scored


def test_windows_say_themselves_in_a_line(budget):
    assert str(budget.windows[1]) == (
        "0.4 to 0.2 T descending: H' and H'' nearer by 3 x, rms H' 0.01; simulation 0.03, error 0.001"
    )
    assert str(budget.windows[2]).endswith("on another branch: H'' (upright vortex)")


def test_a_state_on_another_branch_is_held_against_its_own_kind(budget):
    frame = budget.frame
    held = frame[(frame["witness"] == "H''") & (frame["observable"] == "m") & (frame["B_T"] == 0.05)].iloc[0]
    assert held["kind"] == "upright vortex" and held["stable_kind"] == "tilted vortex"
    assert held["like"] == pytest.approx(upright(0.05)) and held["stable"] == pytest.approx(tilted(0.05))
    assert held["like_stability"] == "saddle" and not held["on_branch"]
    assert held["difference"] == pytest.approx(0.0, abs=1e-12)


def test_the_parts_of_a_difference_are_its_sum(budget):
    for observable in ("m", "core_angle_deg"):
        for model in (PRIME, DOUBLE_PRIME):
            parts = budget.split(observable, model)
            whole = parts["mesh_error"] + parts["branch_difference"] + parts["ansatz_error"]
            assert np.abs(whole - parts["difference"]).max() < 1e-13
    parts = budget.split("m", DOUBLE_PRIME).set_index("B_T")
    assert parts.loc[0.3, "mesh_error"] == pytest.approx(0.03)
    assert parts.loc[0.3, "ansatz_error"] == pytest.approx(-0.01)
    assert parts.loc[0.3, "branch_difference"] == 0.0
    assert parts.loc[0.05, "branch_difference"] == pytest.approx(tilted(0.05) - upright(0.05))
    assert parts.loc[0.05, "ansatz_error"] == pytest.approx(0.0, abs=1e-12)


def test_events_stand_beside_each_other(budget):
    events = budget.events.set_index("event")
    assert list(events.index) == ["nucleation", "tilt", "reversal", "annihilation"]
    assert events["continuum_T"].tolist() == [0.5, 0.1, 0.0, -0.5]
    assert events["continuum_error_T"].tolist() == [1e-9, 2e-6, 3e-6, 1e-9]
    assert events["simulation_T"].tolist() == pytest.approx([0.5, 0.125, 0.0, -0.5])
    assert events["simulation_error_T"].tolist() == pytest.approx([0.1, 0.075, 0.02, 0.1])
    # of the real models on their fine path, to half its rows: Ansatz's field, H' turns at 0.0655 T
    assert events.loc["nucleation", "H'_T"] == pytest.approx(0.50857, abs=5e-4)
    assert events.loc["tilt", "H'_T"] == pytest.approx(0.0655, abs=5e-4)
    assert np.isnan(events.loc["tilt", "H''_T"])  # jumps from pole to pole
    assert events.loc["nucleation", "H'_error_T"] < 5e-4


@pytest.mark.parametrize("there", [0.15, 5e-9, 0.0, -5e-9])
@pytest.mark.parametrize("way", [1, -1])
def test_a_moment_that_vanishes_or_turns_over_on_a_row_reverses_there(there, way):
    B = way * np.array((0.05, 0.0, -0.05))
    m = way * np.array((0.2, there, -0.2))
    (branch,) = branches(B)
    found = continuum_events(made_continuum(), np.full(3, 2), m, B, branch)
    assert found["reversal"] == (0.0, 3e-6)


def test_what_differs_by_less_than_the_errors_is_undecided(tmp_path):
    study = made_study(DOWN)
    m, angle, nu = stable_states(DOWN)
    stands = (np.abs(DOWN) < 0.5) & (np.abs(DOWN) > 0.1)
    result = made_result(tmp_path, study, off(m, 0.012, stands), angle, nu)
    models = (off(m, 0.01, stands), angle, nu)
    for error, nearest in ((1e-4, PRIME), (1.1e-3, None)):
        prediction = made_prediction(result.case, made_continuum(error), models, models)
        (window,) = (w for w in made_budget(result, prediction).windows if w.first_T >= 0.3 >= w.last_T)
        assert (window.nearest, window.reason) == (nearest, "nearer" if nearest else "undecided")


def test_a_residual_torque_widens_the_error_by_what_it_can_hide(tmp_path):
    study = made_study(DOWN)
    m, angle, nu = stable_states(DOWN)
    result = made_result(tmp_path, study, m, angle, nu, residual_T=np.full(len(DOWN), 1e-4))
    frame = made_budget(result, made_prediction(result.case)).frame
    cells = frame[(frame["witness"] == "simulation") & (frame["observable"] == "m")]
    assert cells["value_error"].between(0.01, 0.01 + 2e-7).all()  # 0.1 mT in a mode of 10 mT


def test_nobody_is_on_the_branch(tmp_path):
    study = made_study((0.8, 0.4))
    result = made_result(tmp_path, study, (0.99, 0.99), (0, 0), (0, 0))
    held = ((1.0, 1.0), (0, 0), (0, 0))
    windows = made_budget(result, made_prediction(result.case, prime=held, double_prime=held)).windows
    late = windows[1]
    assert (late.nearest, late.reason, dict(late.rms)) == (None, "nobody", {})
    assert "nobody on the continuum's branch" in str(late) and "rms" not in str(late)
    assert late.off_branch == dict.fromkeys(Witness, "uniform")


def test_alone_on_the_branch(tmp_path):
    study = made_study((0.8, 0.4))
    result = made_result(tmp_path, study, (0.99, upright(0.4) + 0.1), (0, 0), (0, 4.0))
    held = ((1.0, 1.0), (0, 0), (0, 0))
    late = made_budget(result, made_prediction(result.case, prime=held, double_prime=held)).windows[1]
    assert (late.nearest, late.reason, late.factor) == (SIMULATION, "alone", np.inf)
    assert late.off_branch == {PRIME: "uniform", DOUBLE_PRIME: "uniform"}


def test_nu_of_a_uniform_state_is_no_value(budget):
    """Two uniform states differ in it by rounding alone: the fields above nucleation have no window."""
    cells = budget.simulated
    nu = np.where(np.abs(DOWN) > 0.5, 8.6e-8, 4.01)
    told = replace(
        cells,
        values={**cells.values, "nu": nu},
        errors={**cells.errors, "nu": 0.0 * nu},
        like_values={**cells.like_values, "nu": budget.theory.models[0].like_values["nu"]},
    )
    found = replace(budget, simulated=told)
    assert found.windows_of("nu")[0].first_T == 0.4
    frame = found.frame[found.frame["observable"] == "nu"]
    assert set(frame["kind"]) == {"upright vortex", "tilted vortex"}


def test_the_other_polarity_is_another_branch(tmp_path):
    study = made_study((0.8, -0.2, -0.6))
    m, angle, nu = stable_states((0.8, -0.2, -0.6))
    result = made_result(tmp_path, study, (1.0, 0.2, 1.0), (0, 0, 0), nu)
    models = (m, angle, nu)
    budget = made_budget(result, made_prediction(result.case, prime=models, double_prime=models))
    assert [w.off_branch for w in budget.windows] == [
        {},
        {SIMULATION: "another upright vortex"},
        {SIMULATION: "another uniform"},
    ]
    frame = budget.frame
    cells = frame[(frame["witness"] == "simulation") & (frame["observable"] == "m")]
    assert cells["like"].tolist() == pytest.approx([1.0, upright(-0.2), 1.0])


def test_a_moment_that_stays_along_a_field_across_the_axis_is_not_the_one_that_leans(tmp_path):
    """Uniform states: along the field down to 0.1 T and beyond as a saddle, leaning to the axis below it."""
    known, B = made_continuum(), np.linspace(-0.1, 0.1, 41)
    along, against = (
        replace(known.branches[k], stable_T=ends) for k, ends in ((0, (0.1, 1)), (4, (-1, -0.1)))
    )
    values = dict.fromkeys(known.branches[0].values, 0.0 * B)
    values |= {"m": 10.0 * B, "core_angle_deg": np.degrees(np.arccos(10.0 * B.clip(-0.1, 0.1)))}
    leaning = branch_of("uniform", B, values, dict.fromkeys(values, 0.0 * B), (-0.1, 0.1))
    across = replace(known, branches=(along, leaning, against), links=((1, -1), (2, 0), (-1, 1)))
    fields = (0.8, 0.09, 0.05, 0.02, -0.8)
    study = made_study(fields, material={"name": "iron", "axis": [1, 0, 0]})
    nothing, angle = np.zeros(5), np.degrees(np.arccos(np.clip(10.0 * np.array(fields), -1.0, 1.0)))
    result = made_result(tmp_path, study, (1, 1, 1, 1, -1), (0, 0, 0, 0, 180), nothing)
    model = np.clip(10.0 * np.array(fields), -1.0, 1.0), angle, nothing
    found = made_budget(result, made_prediction(result.case, across, prime=model, double_prime=model)).windows
    assert [(w.reason, w.off_branch) for w in found] == [
        ("undecided", {}),
        ("alone", {SIMULATION: "another uniform"}),
        ("undecided", {}),
    ]


@pytest.mark.parametrize("none_T", [0.0, -0.0, 1e-12])
def test_without_anisotropy_no_direction_in_no_field_is_nearer(tmp_path, none_T):
    soft = {"name": "soft", "Ms_A_per_m": 1.7e6, "A_J_per_m": 1e-11, "Ku_J_per_m3": 0.0}
    fields = (0.3, none_T, -0.3)
    m, angle, nu = stable_states(fields)
    result = made_result(tmp_path, made_study(fields, material=soft), m + 0.01, angle, nu)
    known = replace(made_continuum(), material=replace(material("iron"), Ku_J_per_m3=0.0))
    models = (m + 0.02, angle, nu)
    found = made_budget(result, made_prediction(result.case, known, models, models))
    assert [(w.first_T, w.nearest) for w in found.windows] == [(0.3, SIMULATION), (-0.3, SIMULATION)]
    assert np.isnan(found.simulated.states.angle_deg).tolist() == [False, True, False]
    assert np.isnan(found.theory.stable["m"][0]).tolist() == [False, True, False]


def test_a_table_has_the_error_of_the_continuum_s_remanence(budget):
    rows = rows_of(budget.result, made_prediction(budget.result.case), budget)
    (remanence, *_) = (row for row in rows if row.quantity == "remanence")
    around = list(budget.result.branches[0].around(budget.result.loop.B_T, 0.0))
    assert remanence.continuum_error == max(budget.theory.stable["m"][1][around]) > 0
    nothing = replace(budget, theory=replace(budget.theory, remanence=np.full(2, np.nan)))
    (remanence, *_) = rows_of(budget.result, made_prediction(budget.result.case), nothing)
    assert remanence.quantity == "remanence" and np.isnan(
        remanence.continuum_error
    )  # no zero field, no value


def test_either_chirality_is_the_same_state(tmp_path):
    m, angle, nu = stable_states(DOWN)
    frames = [
        made_budget(result, made_prediction(result.case)).frame
        for result in (made_result(tmp_path, made_study(DOWN), m, angle, nu, chirality=c) for c in (1, -1))
    ]
    pd.testing.assert_frame_equal(*frames)


def test_an_ascending_branch_is_the_mirror_image(tmp_path, budget):
    up = made_study([-B for B in DOWN])
    result = budget.result
    mirrored = made_result(
        tmp_path,
        up,
        -np.asarray(result.moment),
        180.0 - budget.simulated.states.angle_deg,
        stable_states(DOWN)[2],
    )
    models = [
        (-one.values["m"], 180.0 - one.states.angle_deg, one.values["nu"]) for one in budget.theory.models
    ]
    other = made_budget(mirrored, made_prediction(mirrored.case, prime=models[0], double_prime=models[1]))
    assert len(other.windows) == len(budget.windows)
    for one, image in zip(budget.windows, other.windows, strict=True):
        assert image.branch == "ascending"
        assert (image.first_T, image.last_T, image.nearest) == (-one.first_T, -one.last_T, one.nearest)
        assert image.rms == pytest.approx(one.rms)
        assert image.off_branch == one.off_branch
    assert other.events["continuum_T"].tolist() == [-0.5, -0.1, 0.0, 0.5]


def test_a_path_begins_on_the_side_of_its_first_field():
    """Where both uniform states are stable, the one the path starts from holds."""
    up, *_, down = made_continuum().branches
    both = [replace(one, stable_T=ends) for one, ends in ((up, (-0.1, 1.0)), (down, (-1.0, 0.1)))]
    hard = replace(made_continuum(), branches=tuple(both), links=((1, -1), (-1, 0)), events=())
    fields = np.array((0.05, -0.05, -0.2, 0.05, 0.2))
    assert hard.path(fields).tolist() == [0, 0, 1, 1, 0]
    assert hard.path(-fields).tolist() == [1, 1, 0, 0, 1]


def test_a_path_that_starts_inside_has_its_own_events(tmp_path):
    fields = (0.3, 0.2, 0.0, -0.2, -0.1)
    m, angle, nu = stable_states(fields)
    result = made_result(tmp_path, made_study(fields), m, angle, nu)
    budget = made_budget(result, made_prediction(result.case))
    down = budget.events[budget.events["branch"] == "descending"].set_index("event")["continuum_T"]
    assert np.isnan(down.get("nucleation", np.nan)) and down["tilt"] == 0.1 and down["reversal"] == 0.0
    assert [w.branch for w in budget.windows][-1] == "ascending"
    assert sum(w.n_rows for w in budget.windows) == len(fields)  # the turning row counts once


def test_rows_at_fault_have_no_part_in_it(budget):
    fault = Fault(3, 0.3, Rule.DESCENT, 1e-19)
    spoilt = replace(budget.result, faults=(fault,))
    prime, double_prime = ((t.values["m"], t.states.angle_deg, t.values["nu"]) for t in budget.theory.models)
    again = made_budget(spoilt, made_prediction(spoilt.case, prime=prime, double_prime=double_prime))
    assert 3 not in again.frame["step"].to_numpy()
    assert sum(w.n_rows for w in again.windows) == len(DOWN) - 1
    assert {(w.first_T, w.last_T) for w in again.windows} >= {(0.4, 0.4), (0.2, 0.2)}  # it ends windows


def test_without_a_toroidal_moment_the_odd_part_and_m_tell(budget):
    loop = budget.result.loop
    nu = stable_states(DOWN)[2]
    odd = replace(loop, toroidal=None, odd_part=np.tanh(0.5 * nu))
    result = analyse(MadeRun(budget.result.folder, budget.result.case, budget.result.record, odd))
    again = made_budget(result, made_prediction(result.case))
    assert "core_angle_deg" not in again.observables
    assert again.simulated.states.kind.tolist() == budget.simulated.states.kind.tolist()
    bare = replace(loop, toroidal=None)
    result = analyse(MadeRun(budget.result.folder, budget.result.case, budget.result.record, bare))
    again = made_budget(result, made_prediction(result.case))
    told, known = again.simulated.states.kind, budget.simulated.states.kind
    assert (told[told != UNKNOWN] == known[told != UNKNOWN]).all() and (told != UNKNOWN).sum() > len(told) / 2


def test_energies_count_from_one_zero(tmp_path):
    volume, Ms = 4 / 3 * np.pi * 20e-9**3, 1.7e6
    terms = {
        "E_exch": np.array((0.0, 3e-18)),
        "E_anis": np.full(2, -4.8e4 * volume),
        "E_Zeeman": -Ms * volume * np.array((0.8, 0.3 * upright(0.3))),
        "E_demag": np.array((2.0e-17, 5e-18)),
    }
    columns = {**terms, "E_total": sum(terms.values())}
    study = made_study((0.8, 0.3))
    m, angle, nu = stable_states((0.8, 0.3))
    result = made_result(tmp_path, study, m, angle, nu, energies_J=columns)
    budget = made_budget(result, made_prediction(result.case))
    assert budget.observables == tuple(name for name in OBSERVABLES if not name.startswith("nu"))
    frame = budget.frame.set_index(["observable", "witness", "B_T"]).sort_index()
    assert frame.loc[("exchange_J", "simulation", 0.3), "difference"] == pytest.approx(3e-18 - 1e-17)
    assert frame.loc[("exchange_J", "simulation", 0.3), "unit"] == "J"
    # a uniform sphere: (mu0 Ms^2/6 - Ku - Ms B) V
    saturated = {
        "exchange_J": 0.0,
        "anisotropy_J": -4.8e4 * volume,
        "zeeman_J": -Ms * 0.8 * volume,
        "magnetostatic_J": 4e-7 * np.pi * Ms**2 / 6 * volume,
    }
    for name, value in {**saturated, "total_J": sum(saturated.values())}.items():
        for model in ("H'", "H''"):
            assert frame.loc[(name, model, 0.8), "value"] == pytest.approx(value, rel=1e-12, abs=1e-30)


def test_every_row_is_of_one_observable_and_one_witness(budget):
    frame = budget.frame
    assert list(frame.columns) == [
        *("case", "step", "branch", "B_T", "observable", "unit", "witness", "value", "value_error", "kind"),
        *("stable", "stable_error", "stable_kind", "like", "like_error", "like_stability"),
        *("difference", "on_branch"),
    ]
    assert not frame.duplicated(["step", "observable", "witness"]).any()
    assert len(frame[frame["observable"] == "m"]) == 3 * len(DOWN)
    angles = frame[frame["observable"] == "core_angle_deg"]
    assert len(angles) == 3 * 10  # rows that hold a vortex
    assert set(frame["case"]) == {"R20nm-c4nm-bare"}


def test_a_particle_the_models_do_not_cover_has_its_mesh_error_all_the_same(tmp_path):
    m, angle, nu = stable_states(DOWN)
    result = made_result(tmp_path, made_study(DOWN), m - 0.01, angle, nu)
    prediction = replace(made_prediction(result.case), on_path={}, curves={})
    budget = made_budget(result, prediction)
    assert {w.nearest for w in budget.windows} == {SIMULATION}
    assert {w.reason for w in budget.windows} == {"alone"}
    assert "H'_T" not in budget.events


@given(
    st.lists(st.tuples(*[st.floats(-1, 1)] * 4, *[st.floats(0, 0.1)] * 3), min_size=1, max_size=8),
    st.booleans(),
)
@example([(0.0, 1.0, 0.0, 0.03125, 0.0, 0.0625, 0.0)], False)  # who is far off and unsure does not count
@example([(0.0, 0.01, 0.02, 0.03, 0.0, 0.0, 0.0)], True)  # cells of which nobody knows what they hold
def test_no_true_values_within_the_errors_make_another_the_nearest(rows, untold):
    """Whatever continuum, cells and models really are within their errors, the named one stays nearest."""
    stable, *values = np.array(rows).T[:4]
    stable_error, of_cells, of_models = np.array(rows).T[4:]
    errors, n = (of_cells, of_models, of_models), len(stable)
    kind, everywhere = np.zeros(n, dtype=int), np.ones(n, dtype=bool)
    spoken = [Spoken(w, v, e, kind, everywhere) for w, v, e in zip(Witness, values, errors, strict=True)]
    if untold:
        spoken[0] = replace(spoken[0], kind=np.full(n, UNKNOWN), on_branch=~everywhere)
    down = np.linspace(1.0, -1.0, n)
    found = list(windows(down, branches(down), everywhere, (stable, stable_error), kind, spoken))
    assert sum(w.n_rows for w in found) == n
    for window in found:
        apart = [rms for other, rms in window.rms.items() if other not in (window.nearest, *window.equals)]
        if window.nearest is not None and apart:
            assert min(apart) - window.rms[window.nearest] >= window.error - 1e-12
    place = np.repeat(range(len(found)), [w.n_rows for w in found])
    for row, window in enumerate(found[k] for k in place):
        if window.nearest is None:
            continue
        of = list(Witness).index(window.nearest)
        for true in stable[row] + stable_error[row] * np.array((-1.0, 0.0, 1.0)):
            own = abs(values[of][row] - true) + errors[of][row]
            for other in set(range(3)) - {of} - {list(Witness).index(twin) for twin in window.equals}:
                assert abs(values[other][row] - true) - errors[other][row] >= own - 1e-12


def test_the_way_out_of_a_vortex_is_the_way_in_backwards():
    """The survey of iron, R = 20 nm, ends at zero field; beyond it lie the mirror images."""
    solved = json.loads((Path(__file__).parent / "iron_20nm.json").read_text(encoding="utf-8"))
    events = ContinuumBranches.from_dict(solved).events
    assert {e.kind for e in events}.isdisjoint({"upright", "annihilation"})
    field = {e.kind: e.B_T for e in whole_way(events)}
    assert (field["upright"], field["annihilation"]) == (-field["tilt"], -field["nucleation"])
    assert [e.B_T for e in whole_way(events)] == sorted((e.B_T for e in whole_way(events)), reverse=True)
