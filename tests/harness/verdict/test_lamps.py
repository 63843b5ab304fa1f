"""The three lamps: what switches each, and that none says more than its number."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from harness.analysis.loop import analyse_loop
from harness.comparison.comparison import compare
from harness.comparison.error_budget import Witness
from harness.verdict import Kind, Light, judge
from harness.verdict.evidence import witnesses
from harness.verdict.lamps import FAR, NEAR, _by_distance, _simulation, lamps, rules

from ..made_budgets import EVENTS, IRON, MadeBudget, with_budgets
from .reading import small, with_state


def lamp(comparison, about):
    return next(lamp for lamp in judge(comparison).lamps if lamp.about == about)


def at_distance(comparison, witness, distance, error=1e-4, on_branch=True):
    """The comparison with every row of a witness so far from the continuum."""
    budgeted = with_budgets(comparison, IRON, EVENTS)
    budgets = []
    for budget in budgeted.budgets:
        frame = budget.frame.copy()
        rows = (frame["observable"] == "m") & (frame["witness"] == witness)
        for name in ("like", "stable"):
            frame.loc[rows, name] = frame.loc[rows, "value"] - distance
            frame.loc[rows, f"{name}_error"] = error
        frame.loc[rows, "on_branch"] = on_branch
        budgets.append(MadeBudget(pd.DataFrame(frame), budget.windows, budget.events, budget.own))
    return replace(budgeted, budgets=tuple(budgets))


@pytest.mark.parametrize(
    "distance, error, light",
    [
        (NEAR / 2, 1e-4, Light.TRUSTED),
        (NEAR, 1e-4, Light.UNDECIDED),  # the error reaches over the limit
        ((NEAR + FAR) / 2, 1e-4, Light.DOUBTFUL),
        ((NEAR + FAR) / 2, FAR, Light.UNDECIDED),
        (2 * FAR, 1e-4, Light.NOT_TRUSTED),
    ],
)
def test_a_mesh_is_trusted_by_its_distance_from_the_continuum(comparison, distance, error, light):
    shown = lamp(at_distance(comparison, Witness.SIMULATION, distance, error), "mesh")
    assert shown.light is light
    assert shown.numbers["rms"] == pytest.approx(distance) and shown.numbers["error"] == pytest.approx(error)
    digits = f"{distance:.2g} ± {error:.1g}".replace("-", "−")
    assert f"{digits} (rms of 81 fields)" in shown.text


@pytest.mark.parametrize(
    ("far", "says"),
    [
        (1, "0.22 ± 0.0001 (rms of 81 fields; 0.001 without 1 of them)"),
        (8, "0.63 ± 0.0001 (rms of 81 fields; 0.001 without 8 of them)"),
        (9, "0.67 ± 0.0001 (rms of 81 fields)"),  # more than a tenth
    ],
)
def test_a_distance_that_rests_on_few_fields_says_so(comparison, far, says):
    """A model that flips one step from where the continuum does is as near as ever at all other fields."""
    made = at_distance(comparison, Witness.PRIME, 1e-3)
    for result, budget in zip(made.results, made.budgets, strict=True):
        frame = budget.frame
        frame.loc[frame["witness"] == Witness.DOUBLE_PRIME, "stable"] = np.nan
        own = (frame["observable"] == "m") & (frame["witness"] == Witness.PRIME)
        leads = frame.index[own & (frame["branch"] == result.branches[0].label)]
        frame.loc[leads[40 : 40 + far], "stable"] -= 2.0
    shown = lamp(made, "model")
    assert says in shown.text


def test_a_mesh_that_nucleates_far_from_brown_s_field_is_at_best_doubtful(
    tmp_path, make_comparison, make_study
):
    for below_T, light, says in (
        (0.45, Light.DOUBTFUL, "; the vortex nucleates 0.0"),
        (0.53, Light.TRUSTED, "."),
    ):
        study = make_study(protocol=[{"kind": "kick"}])
        made = make_comparison(tmp_path / str(below_T), study, kick={"nucleates_below_T": below_T})
        shown = lamp(at_distance(made, Witness.SIMULATION, NEAR / 2), "mesh")
        assert shown.light is light and says in shown.text
        assert ("below Brown's field" in shown.text) == (light is Light.DOUBTFUL)


def test_a_mesh_that_holds_another_state_is_at_best_doubtful(comparison):
    shown = lamp(at_distance(comparison, Witness.SIMULATION, 1e-3, on_branch=False), "mesh")
    assert (shown.light, shown.why) == (Light.DOUBTFUL, "elsewhere")
    assert (
        "off the continuum's state of that kind by" in shown.text and "; not the stable one at" in shown.text
    )


@pytest.mark.parametrize(("none", "light"), [(5, Light.TRUSTED), (12, Light.DOUBTFUL)])
def test_a_mesh_on_no_branch_of_the_continuum_is_at_best_doubtful(comparison, monkeypatch, none, light):
    """Of rows told by their moment alone only those near a branch have a distance from it."""
    made = at_distance(comparison, Witness.SIMULATION, 1e-3)
    for result, budget in zip(made.results, made.budgets, strict=True):
        frame = budget.frame
        own = (frame["observable"] == "m") & (frame["witness"] == Witness.SIMULATION)
        leads = frame.index[own & (frame["branch"] == result.branches[0].label)]
        frame.loc[leads[: none + 3], ["kind", "like"]] = "", np.nan
    label = comparison.results[0].branches[0].label
    apart = [
        SimpleNamespace(branch=b, n_rows=n, kind="", undecided=u)
        for b, n, u in (
            (label, none, False),
            (label, 3, True),
            ("ascending", 40, False),
        )
    ]
    monkeypatch.setattr("harness.verdict.lamps.stretches", lambda budget: apart)
    shown = lamp(made, "mesh")
    assert shown.light is light and f"; on no branch of it at {none} more." in shown.text


def test_noise_of_the_moments_is_in_the_error_of_a_mesh_s_distance_and_no_asymmetry(comparison, monkeypatch):
    made = at_distance(comparison, Witness.SIMULATION, 2 * FAR)
    for module in ("lamps", "cautions"):
        monkeypatch.setattr(f"harness.verdict.{module}.noise_beyond", lambda moment: 0.05)
    shown = lamp(made, "mesh")
    assert shown.light is Light.UNDECIDED and shown.numbers["error"] == pytest.approx(0.15, rel=1e-3)
    monkeypatch.setattr("harness.verdict.cautions.ASYMMETRIC", -1.0)
    assert Kind.ASYMMETRY not in {finding.kind for finding in judge(made).findings}


def test_a_model_that_holds_another_state_is_at_best_doubtful(comparison):
    both = at_distance(comparison, Witness.PRIME, 1e-3, on_branch=False)
    assert (lamp(both, "model").light, lamp(both, "model").why) == (Light.DOUBTFUL, "elsewhere")


def test_fields_without_a_continuum_are_no_other_state(comparison):
    known = at_distance(comparison, Witness.SIMULATION, 1e-3)
    budgets = []
    for budget in known.budgets:
        frame = budget.frame.copy()
        frame.loc[frame.index[frame["B_T"] < 0.0], ["like", "stable"]] = float("nan")
        frame.loc[frame["B_T"] < 0.0, "on_branch"] = False
        budgets.append(MadeBudget(frame, budget.windows, budget.events, budget.own))
    shown = lamp(replace(known, budgets=tuple(budgets)), "mesh")
    assert (shown.light, shown.numbers["n_off"]) == (Light.TRUSTED, 0.0) and shown.numbers["n_unknown"] > 0
    assert "another state" not in shown.text and "no continuum at" in shown.text
    assert f"(rms of {shown.numbers['n_like']:g} fields)" in shown.text and shown.numbers["n_like"] < 81


def test_fields_where_the_kinds_differ_are_not_counted_in_the_mean(comparison):
    known = at_distance(comparison, Witness.SIMULATION, 1e-3)
    budgets = []
    for budget in known.budgets:
        frame = budget.frame.copy()
        frame.loc[frame["B_T"] < 0.5, "like"] = float("nan")
        budgets.append(MadeBudget(frame, budget.windows, budget.events, budget.own))
    shown = lamp(replace(known, budgets=tuple(budgets)), "mesh").numbers
    assert 0 < shown["n_like"] < shown["n_rows"]


def test_the_model_is_the_nearer_of_the_two(comparison):
    shown = lamp(at_distance(comparison, Witness.PRIME, 1e-3), "model")
    assert shown.light is Light.TRUSTED and shown.text.startswith("H′: ⟨m⟩ off the continuum's by 0.001")
    assert shown.finding.kind in (Kind.BUDGET_WINDOW, Kind.OFF_BRANCH)


def test_without_a_continuum_mesh_and_model_are_undecided(comparison):
    assert [lamp(comparison, about).light for about in ("mesh", "model")] == [Light.UNDECIDED] * 2
    assert lamp(comparison, "model").text == "No continuum was solved to hold it against."
    assert "no other mesh and no continuum" in lamp(comparison, "mesh").text


def test_a_mesh_without_distance_says_what_is_missing(tmp_path, comparison, make_comparison, make_study):
    strange = at_distance(comparison, Witness.SIMULATION, float("nan"))
    assert "known to have a state of their kind" in lamp(strange, "mesh").text
    uniform = small(make_study, mesh={}, sweep={"cell_nm": [1.0, 2.0]}, field={"values_T": [0.4, 0.3]})
    shown = lamp(make_comparison(tmp_path, uniform), "mesh")
    assert "no continuum to tell their error, nor a nucleation field to follow" in shown.text


def test_a_mesh_that_holds_what_the_continuum_is_not_known_to_have_is_at_best_doubtful(comparison):
    elsewhere = at_distance(comparison, Witness.SIMULATION, 1e-3, on_branch=False)
    frames = [b.frame.assign(like=float("nan")) for b in elsewhere.budgets]
    budgets = tuple(
        MadeBudget(frame, b.windows, b.events, b.own)
        for frame, b in zip(frames, elsewhere.budgets, strict=True)
    )
    shown = lamp(replace(elsewhere, budgets=budgets), "mesh")
    assert (shown.light, shown.why) == (Light.DOUBTFUL, "other_kind")
    assert "hold another kind of state than the continuum's stable one at 81 of 81 fields" in shown.text


def test_cells_too_coarse_for_a_core_are_not_trusted(tmp_path, make_comparison, make_study):
    coarse = make_comparison(tmp_path, small(make_study, 12.0, mesh={"cell_nm": 4.0}))
    assert lamp(coarse, "mesh").light is Light.NOT_TRUSTED
    assert "are too coarse to resolve a vortex core" in lamp(coarse, "mesh").text
    assert "8 of them across the diameter: `cell_nm` of at most 2.3." in judge(coarse).surer[0]


def test_cells_of_a_sphere_without_a_core_are_judged_by_what_they_hold(tmp_path, make_comparison, make_study):
    coarse = make_comparison(tmp_path, small(make_study, mesh={"cell_nm": 3.0}))
    assert lamp(coarse, "mesh").light is Light.UNDECIDED  # there is no continuum to judge them by
    near = at_distance(coarse, Witness.SIMULATION, NEAR / 2)
    assert lamp(near, "mesh").light is Light.TRUSTED
    verdict = judge(near)
    assert not any("sketch" in text for text in verdict.believe)
    assert any("only 4 cells make up the diameter." in text for text in verdict.how_sure)


@pytest.mark.parametrize(("Ku_J_per_m3", "n_unknown"), [(0.0, 0.0), (4.8e4, 1.0)])
def test_where_every_direction_is_alike_no_continuum_is_missing(
    tmp_path, make_comparison, make_study, Ku_J_per_m3, n_unknown
):
    soft = {"Ms_A_per_m": 8e5, "A_J_per_m": 1.3e-11, "Ku_J_per_m3": Ku_J_per_m3}
    study = small(make_study, material=soft, protocol=[{"kind": "kick"}])
    known = at_distance(make_comparison(tmp_path, study), Witness.SIMULATION, NEAR / 2)
    (budget,) = known.budgets
    nowhere = budget.frame["B_T"].abs() < 1e-9
    frame = budget.frame.assign(**{name: budget.frame[name].mask(nowhere) for name in ("like", "stable")})
    shown = lamp(replace(known, budgets=(replace(budget, frame=frame),)), "mesh")
    assert shown.numbers["n_unknown"] == n_unknown and shown.light is Light.TRUSTED
    assert ("no continuum at 1 more" in shown.text) == bool(n_unknown)


def test_a_table_without_circulation_holds_a_core_only_where_states_or_theory_tell_one(
    tmp_path, make_comparison, make_study
):
    """In a sphere that theory has uniform, along the axis and at 20 degrees to it."""
    for theta_deg in (0.0, 20.0):
        study = small(make_study, mesh={"cell_nm": 3.0}, protocol=[{"kind": "tilt", "theta_deg": theta_deg}])
        known = make_comparison(tmp_path, study)
        (result,) = known.results
        loop = replace(result.loop, toroidal=None, odd_part=None)
        bare = replace(result, loop=loop, observables=analyse_loop(loop))
        (evidence,) = witnesses(compare(study, [bare]))
        assert bare.order is None and evidence.branch.starts_as == "unknown"
        assert evidence.single_domain and not evidence.resolved and not evidence.sketch
        vortex = with_state(bare, state="vortex")
        assert vortex.fits and witnesses(compare(study, [vortex]))[0].sketch


@pytest.mark.parametrize(("held", "light"), [(1.0, Light.DOUBTFUL), (0.0, Light.NOT_TRUSTED)])
def test_a_saddle_whose_saved_state_is_lost_is_doubtful(comparison, held, light):
    evidence = witnesses(comparison)[0]
    numbers = {"n_rows": 9.0, "n_saddle": 3.0, "n_held": held, "n_lost": 2.0, "n_off": 0.0}
    shown = lamps([(evidence, [evidence.finding(Kind.SITS_ON, **numbers, saddles="0.1 T", off="")])])[0]
    assert shown.light is light and ("which would tell of the cells" in shown.text) == bool(held)


@pytest.mark.parametrize("lost", [0.0, 2.0])
def test_so_is_a_row_on_no_branch_whose_saved_state_is_lost(comparison, lost):
    evidence = witnesses(comparison)[0]
    numbers = {"n_rows": 9.0, "n_saddle": 0.0, "n_held": 0.0, "n_lost": 0.0, "n_lost_off": lost, "n_off": 3.0}
    shown = lamps([(evidence, [evidence.finding(Kind.SITS_ON, **numbers, saddles="", off="0.1 T")])])[0]
    assert (shown.why == "state_lost") == ("are lost" in shown.text) == bool(lost)


@pytest.mark.parametrize("held", [0.0, 2.0, 3.0])
def test_a_saddle_of_the_continuum_that_is_a_minimum_of_the_cells_is_no_fault_of_the_simulation(
    comparison, held
):
    evidence = witnesses(comparison)[0]
    sits = evidence.finding(
        Kind.SITS_ON, n_rows=9.0, n_saddle=3.0, n_held=held, n_off=0.0, saddles="0.1 T", off=""
    )
    shown = lamps([(evidence, [sits])])[0]
    assert (shown.light is Light.NOT_TRUSTED) == (held < 3) == (shown.why == "sits_on_saddle")
    assert ("all of them" in sits.text) == (held == 3) and ("2 of them" in sits.text) == (held == 2)


def test_a_number_that_the_files_contradict_takes_all_trust_and_leads_the_head(comparison):
    first, *others = comparison.results
    other = ["Ms", "A/m", 1.7e6, 8e5, "states/m000042.ovf", ""]
    record = first.record.updated(engine="imported", details={"contradicted": [other]})
    verdict = judge(replace(comparison, results=(replace(first, record=record), *others), whole=False))
    assert verdict.believe[0] == (
        f"{first.label}: Nothing of what follows, before one of them is mended: "
        "by m000042.ovf Ms is 800000 A/m, and 1.7e+06 A/m is taken."
    )
    shown = verdict.lamps[0]
    assert (shown.light, shown.finding.kind) == (Light.NOT_TRUSTED, Kind.CONTRADICTED)
    assert "is not that of its files (1.7e+06, where they have 8e+05)" in shown.text
    mesh = verdict.lamps[1]
    assert (mesh.light, mesh.why) == (Light.UNDECIDED, "contradicted")
    assert "their files contradict the numbers taken" in mesh.text
    assert "Give the numbers that its files have, or the files of these numbers." in verdict.surer[0]


def test_a_column_that_looks_mistaken_takes_all_trust_and_leads_the_head(comparison):
    first, *others = comparison.results
    doubt = "the moment is opposed to the field: mend the table"
    record = first.record.updated(engine="imported", details={"doubts": [doubt]})
    verdict = judge(replace(comparison, results=(replace(first, record=record), *others), whole=False))
    told = f"Nothing of what follows, before these values are checked: {doubt}."
    assert verdict.believe[0] == f"{first.label}: {told}"
    simulation, mesh, _ = verdict.lamps
    assert (simulation.light, mesh.light) == (Light.NOT_TRUSTED, Light.UNDECIDED)
    assert "for some values look mistaken" in mesh.text
    assert "or mend the table" in verdict.surer[0]


def test_loops_in_fields_of_other_directions_are_told_first_and_their_events_apart(comparison):
    both = with_budgets(comparison, IRON, EVENTS)
    first, *others = both.prediction_of
    across = replace(first, axis_angle_rad=np.pi / 2)
    believe = judge(replace(both, prediction_of=(across, *others), whole=False)).of_all
    names = [result.label for result in comparison.results]
    told = f"The field stands at 90° to the easy axis in “{names[0]}” and at 0° to the easy axis in "
    assert believe[0].startswith(f"{told}“{names[1]}”: another direction is another problem")
    for angle, own, other in ((90, names[0], names[1]), (0, names[1], names[0])):
        (event,) = [
            t for t in believe if t.startswith(f"With the field at {angle}° to the easy axis the vortex")
        ]
        assert f"“{own}”" in event and other not in event
    assert not any("to the easy axis" in text for text in judge(replace(both, whole=False)).of_all)


def test_a_distance_of_rounding_is_none(comparison):
    shown = lamp(at_distance(comparison, Witness.SIMULATION, 4e-16, 0.0), "mesh")
    assert shown.text == "4 nm cells: ⟨m⟩ equals the continuum's (rms of 81 fields)."


def test_states_that_nobody_certified_leave_the_simulation_undecided_or_worse(comparison):
    shown = lamp(comparison, "simulation")
    assert shown.light is not Light.TRUSTED and "o saved state is certified" in shown.text


@pytest.mark.parametrize("kind", ["imported", "kick", "certified"])
def test_one_certified_minimum_of_many_rows_is_enough_of_a_certified_loop_alone(kind):
    """An imported loop has no options of an engine to ask for."""
    loop = SimpleNamespace(states={20: "m000020.ovf"}, step=range(41))
    case = SimpleNamespace(protocol=SimpleNamespace(kind=kind))
    found = {Kind.CERTIFIED: SimpleNamespace(numbers={"n_states": 1.0, "n_minimum": 1.0, "n_undecided": 0.0})}
    light, why, *_ = _simulation(SimpleNamespace(case=case, result=SimpleNamespace(loop=loop)), found)
    assert (light, why) == (
        (Light.TRUSTED, "minima") if kind == "certified" else (Light.UNDECIDED, "few_rows")
    )


def test_a_simulation_that_is_one_of_several_is_named(comparison):
    assert lamp(comparison, "simulation").text.startswith("“kick”: ")
    alone = replace(comparison, **{k: getattr(comparison, k)[1:] for k in ("results", "prediction_of")})
    alone = replace(alone, budgets=comparison.budgets[1:])
    assert lamp(alone, "simulation").text.startswith("No saved state")


def test_nothing_finished_is_undecided_and_says_so():
    assert {lamp.light for lamp in lamps([])} == {Light.UNDECIDED}
    assert all(lamp.text == "No run has finished." for lamp in lamps([]))


def test_every_lamp_leads_to_a_finding_of_its_verdict(comparison):
    verdict = judge(with_budgets(comparison, IRON, EVENTS))
    kinds = {finding.kind for finding in verdict.findings}
    assert [lamp.about for lamp in verdict.lamps] == ["simulation", "mesh", "model"]
    assert all(lamp.finding and lamp.finding.kind in kinds for lamp in verdict.lamps)
    assert verdict.to_dict()["lamps"][0]["light"] == str(verdict.lamps[0].light)


def test_the_rules_name_the_limits():
    assert f"trusted up to {NEAR:g}, not trusted beyond {FAR:g}" in rules()
    assert _by_distance({"rms": 0.0, "error": 0.0}) is Light.TRUSTED
