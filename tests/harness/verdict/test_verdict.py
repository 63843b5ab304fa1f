"""What is found of a study: what to believe, what symmetry and rounding made, where nothing can be told."""

import json
from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.loop import analyse_loop
from harness.comparison.comparison import compare
from harness.verdict import Kind, Level, judge, overtaken_by

NEVER = -np.inf  # a field below which nothing is let go
BROWN_T, ANSATZ_T, EQ_11_T = 0.52818, 0.50856, 0.55337  # iron, R = 20 nm, to five digits


def found(verdict, kind, case=None):
    """The findings of a kind, or those that hold for one case."""
    return [f for f in verdict.findings if f.kind is kind and (case is None or case in f.cases)]


def the(verdict, kind, case=None):
    """The one finding of a kind."""
    (finding,) = found(verdict, kind, case)
    return finding


def kinds_of(verdict, case):
    return {f.kind for f in verdict.findings if case in f.cases}


def believed(verdict, particle=0):
    """The findings the head is made of, by kind."""
    return {f.kind: f for f in verdict.answers[particle].believe}


def rests_on(verdict, particle=0):
    return {f.kind: f for f in verdict.answers[particle].how_sure}


def rows_of(comparison, kind, quantity):
    return next(r for r in comparison.rows if r.protocol.startswith(kind) and r.quantity == quantity)


def with_state(result, **changes):
    """The result with its saved states' fits changed."""
    return replace(result, fits={step: replace(fit, **changes) for step, fit in result.fits.items()})


def test_head_says_what_to_believe_and_what_symmetry_made(comparison):
    bare, kick = comparison.results
    assert overtaken_by(comparison, bare) is kick
    assert overtaken_by(comparison, kick) is None
    verdict = judge(comparison)
    first, second, third, fourth = verdict.answers[0].believe
    assert (first.kind, first.cases) == (Kind.NUCLEATION, ("kick",))
    n = first.numbers
    assert (n["nucleation_T"], n["nucleation_error_T"]) == (pytest.approx(0.51), pytest.approx(0.01))
    assert (n["brown_T"], n["ansatz_T"]) == (
        pytest.approx(BROWN_T, abs=5e-6),
        pytest.approx(ANSATZ_T, abs=5e-6),
    )
    assert n["paper_T"] == pytest.approx(EQ_11_T, abs=5e-6)
    assert (second.kind, second.cases) == (Kind.LATE_ON_SADDLE, ("bare",))
    assert (third.kind, third.cases, third.details["closer"]) == (Kind.HAMILTONIAN, ("kick",), "H′")
    assert third.numbers["reach_T"] == pytest.approx(0.06)
    assert fourth.kind is Kind.PROTOCOL_DECIDES
    assert dict(zip(fourth.cases, fourth.details["models"], strict=True)) == {"bare": "H″", "kick": "H′"}
    assert dict(zip(fourth.cases, fourth.details["kept_by_symmetry"], strict=True)) == {
        "bare": True,
        "kick": False,
    }
    assert Kind.LATE_ON_SADDLE in kinds_of(verdict, "bare")
    assert Kind.LATE_ON_SADDLE not in kinds_of(verdict, "kick")


def test_a_late_run_is_held_against_the_rows_of_its_rival(comparison):
    bare, kick = comparison.results
    late = the(judge(comparison), Kind.LATE_ON_SADDLE)
    assert late.level is Level.INFERENCE
    assert late.numbers["nucleation_T"] == pytest.approx(0.31)
    assert late.numbers["rival_T"] == pytest.approx(0.51)
    assert (late.details["rival"], late.details["unstable_in_theory"]) == ("kick", True)
    own, rival = late.rows
    assert (own.run, rival.run) == (bare.folder.name, kick.folder.name)
    for source, kind in ((own, "bare"), (rival, "kick")):
        assert source.steps == rows_of(comparison, kind, "nucleation field").steps


def test_one_symmetric_run_claims_no_more_than_it_shows(tmp_path, make_comparison, make_study):
    alone = make_comparison(
        tmp_path, make_study(protocol=[{"kind": "bare"}]), bare={"nucleates_below_T": 0.31}
    )
    verdict = judge(alone)
    assert Kind.ROUNDING_DECIDES in believed(verdict)  # beside the very field, not further down
    assert any('kind = "kick"' in step for step in verdict.surer)
    assert found(verdict, Kind.CELLS_OR_SYMMETRY, "bare") and not found(verdict, Kind.CELLS_HOLD)
    assert not found(verdict, Kind.LATE_ON_SADDLE)


def test_a_run_that_starts_with_a_vortex_is_not_late(tmp_path, make_comparison, make_study):
    below = make_study(field={"loop": {"max_T": 0.2, "step_T": 0.02}}, save={"ovf": "remanence"})
    made = make_comparison(tmp_path, below, bare={"nucleates_below_T": 0.13})
    bare, kick = made.results
    assert kick.observables[0].starts_as == "vortex"
    assert overtaken_by(made, kick) is None
    assert overtaken_by(made, bare) is kick
    verdict = judge(made)
    start = believed(verdict)[Kind.STARTS_WITH_VORTEX]
    assert (start.cases, start.numbers["first_field_T"]) == (("kick",), 0.2)
    assert start.numbers["uniform_lost_T"] == pytest.approx(BROWN_T, abs=5e-6)
    assert not start.details["only_field"]
    assert Kind.LATE_ON_SADDLE not in kinds_of(verdict, "kick")
    assert the(verdict, Kind.LATE_ON_SADDLE, "bare").details["rival_starts_with_vortex"]
    assert any("`field`" in step and "0.53 T" in step for step in verdict.surer)


def test_a_bias_that_curls_the_first_row_sits_on_no_saddle(tmp_path, make_comparison, make_study):
    protocols = [{"kind": "bias", "b_mT": 100.0}, {"kind": "kick"}]
    below = make_study(
        field={"loop": {"max_T": 0.4, "step_T": 0.02}}, save={"ovf": "none"}, protocol=protocols
    )
    made = make_comparison(tmp_path, below, kick={"nucleates_below_T": 0.3})
    bias, kick = made.results
    assert overtaken_by(made, bias) is None
    assert overtaken_by(made, kick) is None  # a bias perturbs the rows themselves: no witness
    verdict = judge(made)
    assert the(verdict, Kind.STARTS_WITH_VORTEX, "bias").details["bias"]
    assert Kind.LATE_ON_SADDLE not in kinds_of(verdict, "bias")


def test_a_path_of_one_field_is_read_as_it_stands(tmp_path, make_comparison, make_study):
    one = make_study(field={"values_T": [0.3]}, save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    start = the(judge(make_comparison(tmp_path, one)), Kind.STARTS_WITH_VORTEX, "kick")
    assert start.details["only_field"]
    assert start.numbers["first_field_T"] == 0.3


def test_models_see_the_field_at_its_angle_to_the_axis(tmp_path, make_comparison, make_study):
    common = {"particle": {"radius_nm": 4.0}, "mesh": {"cell_nm": 1.0}, "save": {"ovf": "none"}}
    common["field"] = {"loop": {"max_T": 0.1, "step_T": 0.002}}
    protocols = [{"kind": "bare"}, {"kind": "tilt", "theta_deg": 45.0}]
    made = make_comparison(tmp_path, make_study(**common, protocol=protocols))
    assert len(made.predictions) == 2
    # Stoner and Wohlfarth: -B_K along the axis, -B_K/2 at 45 degrees; 56.5 and 28.2 mT for iron.
    straight, tilted = (rows_of(made, kind, "coercive field") for kind in ("bare", "tilt"))
    assert straight.model_prime == pytest.approx(-0.057, abs=1e-9)
    assert tilted.model_prime == tilted.model_double_prime == pytest.approx(-0.029, abs=1e-9)
    assert np.isnan(rows_of(made, "tilt", "nucleation field").continuum)
    verdict = judge(made)
    assert not found(verdict, Kind.MODEL_MISSING)
    assert verdict.question.numbers["axis_angle_deg"] == (0.0, 45.0)


def test_turning_the_field_is_turning_the_particle(tmp_path, make_comparison, make_study):
    material = {"name": "iron", "axis": [1, 0, 0]}
    turned = make_comparison(tmp_path / "a", make_study(material=material, protocol=[{"kind": "kick"}]))
    tilted = make_comparison(tmp_path / "b", make_study(protocol=[{"kind": "tilt", "theta_deg": 90.0}]))
    for one, other in zip(turned.rows, tilted.rows, strict=True):
        assert (one.quantity, one.branch) == (other.quantity, other.branch)
        for name in ("model_prime", "model_double_prime", "continuum"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-9, nan_ok=True)


def test_another_field_direction_is_another_problem(tmp_path, make_comparison, make_study):
    protocols = [{"kind": "tilt", "theta_deg": 90.0}, {"kind": "kick"}]
    made = make_comparison(tmp_path, make_study(protocol=protocols, save={"ovf": "none"}))
    tilt, kick = made.results
    assert tilt.observables[0].nucleation_field_T > kick.observables[0].nucleation_field_T + 0.02
    assert overtaken_by(made, kick) is None
    verdict = judge(made)
    assert Kind.LATE_ON_SADDLE not in kinds_of(verdict, "kick")
    assert not found(verdict, Kind.SCATTER)


def test_particles_are_not_thrown_together(tmp_path, make_comparison, make_study):
    study = make_study(
        particle={},
        save={"ovf": "none"},
        sweep={"radius_nm": [12.0, 20.0]},
        protocol=[{"kind": "kick", "seeds": [1, 2]}],
    )
    verdict = judge(make_comparison(tmp_path, study))
    assert [answer.particle for answer in verdict.answers] == ["R = 12 nm", "R = 20 nm"]
    for particle in ("R = 12 nm", "R = 20 nm"):
        assert any(text.startswith(f"{particle}: ") for text in verdict.believe)
    scatter = {f.details["particle"]: f for f in found(verdict, Kind.SCATTER)}
    assert set(scatter) == {"iron, R = 12 nm", "iron, R = 20 nm"}
    for f in scatter.values():
        assert (f.numbers["n_cases"], f.numbers["spread_T"], len(f.cases)) == (2, 0.0, 2)


def test_many_particles_are_counted_not_listed(tmp_path, make_comparison, make_study):
    study = make_study(
        particle={},
        field={"values_T": [0.8, 0.4, 0.0]},
        save={"ovf": "none"},
        sweep={"radius_nm": [11.0, 13.0, 16.0, 19.0, 22.0]},
        protocol=[{"kind": "kick"}],
    )
    verdict = judge(make_comparison(tmp_path, study))
    assert len(verdict.answers) == 5
    assert "2 more particles" in verdict.believe[-1]
    assert not any("22 nm" in text for text in verdict.believe)
    assert len(verdict.summary) <= 8


@pytest.mark.parametrize(("cell_nm", "exchange_lengths"), [(30.0, 12.8), (6.7, 2.9)])
def test_coarse_cells_judge_no_hamiltonian(tmp_path, make_comparison, make_study, cell_nm, exchange_lengths):
    radius = 150.0 if cell_nm == 30 else 20.0
    study = make_study(
        particle={"radius_nm": radius},
        mesh={"cell_nm": cell_nm},
        field={"loop": {"max_T": 0.8, "step_T": 0.02 if radius == 20 else 0.1}},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    verdict = judge(make_comparison(tmp_path, study))
    coarse = verdict.answers[0].believe[0]  # said first of all
    assert coarse.kind is Kind.COARSE_CELLS and coarse.level is Level.CAUTION
    assert coarse.numbers["exchange_lengths"] == pytest.approx(exchange_lengths, abs=0.05)
    assert not coarse.details["resolved"]
    assert not found(verdict, Kind.HAMILTONIAN)
    assert the(verdict, Kind.HAMILTONIAN_UNTOLD).details["coarse"]
    assert any("`cell_nm`" in step and "2.3" in step for step in verdict.surer)  # l_ex of iron


def test_a_state_foreign_to_the_ansatz_has_no_nu(comparison):
    odd = [
        with_state(r, state="other", reason="the Ansatz misses the cells by 1.19 rms")
        for r in comparison.results
    ]
    made = compare(comparison.study, odd)
    assert not any(row.quantity.startswith(("nu at", "core angle")) for row in made.rows)
    verdict = judge(made)
    assert not found(verdict, Kind.REMANENT_STATE) and not found(verdict, Kind.HAMILTONIAN)
    assert not the(verdict, Kind.HAMILTONIAN_UNTOLD, "kick").details["coarse"]
    foreign = the(verdict, Kind.FOREIGN_STATES)
    assert (foreign.numbers["n_states"], len(foreign.rows[0].steps)) == (10, 10)
    assert set(foreign.cases) == {"bare", "kick"}
    assert "1.19 rms" in foreign.details["reason"]


def small(make_study, radius_nm=6.0, **changes):
    given = {"particle": {"radius_nm": radius_nm}, "mesh": {"cell_nm": 1.0}, "save": {"ovf": "remanence"}}
    given["field"] = {"loop": {"max_T": 0.2, "step_T": 0.01}}
    return make_study(**{**given, **changes})


def test_single_domain_particle_is_said_to_be_one(tmp_path, make_comparison, make_study):
    made = make_comparison(tmp_path, small(make_study, protocol=[{"kind": "kick"}]))
    verdict = judge(made)
    numbers = believed(verdict)[Kind.SINGLE_DOMAIN].numbers
    assert numbers["crossing_brown_nm"] == pytest.approx(8.46, abs=5e-3)
    assert numbers["crossing_ansatz_nm"] == pytest.approx(9.09, abs=5e-3)
    assert numbers["coherent_T"] == pytest.approx(-0.056471, abs=1e-6)
    turn = believed(verdict)[Kind.COHERENT_REVERSAL].numbers
    assert turn["reversal_T"] == pytest.approx(-0.055)
    assert turn["reversal_error_T"] == pytest.approx(0.005)
    assert abs(turn["reversal_T"] - turn["coherent_T"]) < turn["reversal_error_T"]
    assert "the distance to theory" in rests_on(verdict)[Kind.FIELD_STEP].details["hides"]
    state = the(verdict, Kind.REMANENT_STATE, "kick")
    assert (state.details["state"], round(state.numbers["angle_deg"], 1)) == ("uniform", 0.0)
    assert not found(verdict, Kind.LATTICE_PINS) and not found(verdict, Kind.COLLAR)
    # Curling at -0.98 T would be a line through nothing.
    assert made.predictions[0].nucleation_lines == (
        ("coherent rotation", pytest.approx(-0.056471, abs=1e-6)),
    )
    assert np.isnan(rows_of(made, "kick", "nucleation field").continuum)


def test_a_path_that_ends_before_reversal_is_a_minor_loop(tmp_path, make_comparison, make_study):
    study = small(make_study, field={"loop": {"max_T": 0.04, "step_T": 0.01}}, protocol=[{"kind": "kick"}])
    verdict = judge(make_comparison(tmp_path, study, kick={"turns": False, "nucleates_below_T": NEVER}))
    single = the(verdict, Kind.SINGLE_DOMAIN)
    assert single.details["path_ends_before"] and single.numbers["path_end_T"] == pytest.approx(-0.04)
    assert any("`field`" in step and "−0.06 T" in step for step in verdict.surer)
    assert not found(verdict, Kind.ASYMMETRY)  # neither branch reached the other side


def test_a_uniform_particle_that_never_turns_sits_on_a_saddle(tmp_path, make_comparison, make_study):
    made = make_comparison(tmp_path, small(make_study), bare={"nucleates_below_T": NEVER, "turns": False})
    verdict = judge(made)
    stuck = the(verdict, Kind.REVERSAL_SADDLE, "bare")
    assert stuck.level is Level.INFERENCE
    assert np.isnan(stuck.numbers["reversal_T"]) and stuck.numbers["path_end_T"] == pytest.approx(-0.2)
    late = the(verdict, Kind.LATE_REVERSAL, "bare")
    assert (late.details["rival"], late.numbers["rival_T"]) == ("kick", pytest.approx(-0.055))
    assert believed(verdict)[Kind.REVERSAL_SADDLE].cases == ("bare",)
    assert kinds_of(verdict, "kick").isdisjoint(
        {Kind.REVERSAL_SADDLE, Kind.LATE_REVERSAL, Kind.LATE_ON_SADDLE}
    )


def test_turning_at_different_fields_down_and_up_is_an_accident(tmp_path, make_comparison, make_study):
    known = make_comparison(tmp_path, small(make_study, protocol=[{"kind": "bare"}]))
    (result,) = known.results
    first, second = result.observables
    uneven = replace(result, observables=(first, replace(second, coercive_field_T=0.075)))
    verdict = judge(compare(known.study, [uneven]))
    numbers = the(verdict, Kind.UNEVEN_REVERSAL, "bare").numbers
    assert (numbers["first_T"], numbers["second_T"]) == (pytest.approx(-0.055), 0.075)
    assert Kind.UNEVEN_REVERSAL in believed(verdict)
    assert not found(judge(known), Kind.UNEVEN_REVERSAL)
    assert Kind.UNEVEN_REVERSAL not in believed(judge(known))


def test_bare_alone_that_never_nucleates_is_no_proof(tmp_path, make_comparison, make_study):
    study = make_study(
        field={"values_T": [1.0, 0.0, -1.0]}, save={"ovf": "none"}, protocol=[{"kind": "bare"}]
    )
    verdict = judge(make_comparison(tmp_path, study, bare={"nucleates_below_T": -0.5}))
    first = verdict.answers[0].believe[0]
    assert (first.kind, first.level) == (Kind.OUTLIVES_THEORY, Level.INFERENCE)
    assert first.numbers["held_to_T"] == 0.0
    assert first.numbers["unstable_from_T"] == pytest.approx(ANSATZ_T, abs=5e-6)
    assert first.details["holder"] == "symmetry"
    assert any('kind = "kick"' in step for step in verdict.surer)


def test_a_path_above_nucleation_is_not_blamed(tmp_path, make_comparison, make_study):
    study = make_study(field={"values_T": [1.0, 0.8, 0.6]}, save={"ovf": "none"}, protocol=[{"kind": "bare"}])
    verdict = judge(make_comparison(tmp_path, study))
    ends = believed(verdict)[Kind.ENDS_BEFORE_THEORY].numbers
    assert (ends["held_to_T"], ends["uniform_lost_brown_T"]) == (0.6, pytest.approx(BROWN_T, abs=5e-6))
    blamed = {Kind.OUTLIVES_THEORY, Kind.SYMMETRY_KEPT, Kind.UNCERTIFIED, Kind.LATE_ON_SADDLE}
    assert blamed.isdisjoint(f.kind for f in verdict.findings)


def test_a_path_that_ends_between_brown_and_ansatz_does_not_decide(tmp_path, make_comparison, make_study):
    study = make_study(field={"values_T": [0.8, 0.52]}, save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    between = believed(judge(make_comparison(tmp_path, study)))[Kind.BETWEEN_THEORIES].numbers
    assert between["uniform_lost_brown_T"] > between["held_to_T"] == 0.52 > between["uniform_lost_ansatz_T"]


def test_an_ascending_path_is_judged_like_its_mirror_image(tmp_path, make_comparison, make_study):
    segments = [{"start_T": -0.8, "stop_T": 0.8, "step_T": 0.02}]
    study = make_study(field={"segments": segments}, save={"ovf": "none"})
    made = make_comparison(tmp_path, study, bare={"nucleates_below_T": 0.31})
    first = judge(made).answers[0].believe[0]
    assert (first.kind, first.cases) == (Kind.NUCLEATION, ("kick",))
    assert first.numbers["nucleation_T"] == pytest.approx(-0.51)
    assert first.numbers["brown_T"] == pytest.approx(-BROWN_T, abs=5e-6)
    assert "0.018 T above Brown" in first.brief  # above: nearer to zero, on a branch that ascends
    assert overtaken_by(made, made.results[0]) is made.results[1]


def test_one_field_chooses_no_hamiltonian(tmp_path, make_comparison, make_study):
    coarse = {"values_T": [0.8, 0.4, 0.0, -0.4, -0.8]}
    study = make_study(field=coarse, save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    verdict = judge(make_comparison(tmp_path, study, kick={"model": "H'"}))
    assert Kind.HAMILTONIAN not in believed(verdict)
    choice = the(verdict, Kind.HAMILTONIAN, "kick")
    assert choice.details == {"closer": "H′", "few": True}
    assert (choice.numbers["n_fields"], choice.numbers["reach_T"]) == (1, 0.0)
    assert rests_on(verdict)[Kind.HAMILTONIAN].details["few"]
    assert any("`step_T`" in step for step in verdict.surer)


def test_neither_hamiltonian_is_an_answer(comparison):
    kick = comparison.results[1]
    prime, double = (loop.mz for loop in comparison.prediction_of[1].on_path.values())
    m = kick.loop.m.copy()
    m[:, 2] = (prime + double) / 2
    between = replace(kick, loop=replace(kick.loop, m=m))
    verdict = judge(compare(comparison.study, [between]))
    choice = believed(verdict)[Kind.HAMILTONIAN]
    assert choice.details["closer"] == "neither"
    assert choice.numbers["rms_prime"] == pytest.approx(choice.numbers["rms_double_prime"])


def test_without_anisotropy_the_tilt_is_free_as_well(tmp_path, make_comparison, make_study):
    soft = {"name": "soft", "Ms_A_per_m": 8e5, "A_J_per_m": 1.3e-11, "Ku_J_per_m3": 0.0}
    study = make_study(
        material=soft,
        particle={"radius_nm": 30.0},
        mesh={"cell_nm": 6.0},
        field={"values_T": [0.5, 0.0, -0.5]},
        save={"ovf": "remanence"},
        protocol=[{"kind": "kick"}],
    )
    verdict = judge(make_comparison(tmp_path, study))
    assert the(verdict, Kind.LATTICE_PINS, "kick").details["tilt_too"]
    assert the(verdict, Kind.SAME_HAMILTONIANS, "kick").details["without_anisotropy"]


def test_a_tilted_field_nucleates_by_rounding_alone(tmp_path, make_comparison, make_study):
    study = make_study(save={"ovf": "none"}, protocol=[{"kind": "tilt", "theta_deg": 2.0}])
    verdict = judge(make_comparison(tmp_path, study))
    nucleation = the(verdict, Kind.NUCLEATION, "tilt")
    assert not nucleation.details["closed_form"] and np.isnan(nucleation.numbers["brown_T"])
    assert the(verdict, Kind.ROUNDING_DECIDES, "tilt").level is Level.CAUTION


def test_a_row_inside_a_jump_is_suspected(tmp_path, make_comparison, make_study):
    known = make_comparison(tmp_path, small(make_study, protocol=[{"kind": "kick"}]))
    (result,) = known.results
    B, m = result.loop.B_T, np.array(result.loop.m)
    inside = int(np.flatnonzero(B == -0.06)[0])
    m[inside] = (-0.53, 0.0, 0.3)
    ghost = replace(result, loop=replace(result.loop, m=m))
    ghost = replace(ghost, observables=analyse_loop(ghost.loop))
    verdict = judge(compare(known.study, [ghost]))
    soft = the(verdict, Kind.SOFT_ROWS)
    assert soft.numbers == {"at_T": (-0.06,), "tolerance_T": 1e-6}
    assert soft.rows[0].steps == (inside,)
    assert any("solver.tolerance_T = 1e-9" in step for step in verdict.surer)
    assert not found(judge(known), Kind.SOFT_ROWS)


def test_too_few_cells_are_not_fitted_and_the_rest_stands(tmp_path, make_comparison, make_study):
    study = small(make_study, mesh={"cell_nm": 12.0}, protocol=[{"kind": "kick"}])
    made = make_comparison(tmp_path, study)
    (result,) = made.results
    assert result.fits == {}
    assert np.isfinite(rows_of(made, "kick", "coercive field").simulated)
    unfitted = the(judge(made), Kind.UNFITTED)
    assert unfitted.numbers["n_states"] == 2
    assert unfitted.rows[0].steps == tuple(result.unfitted)
    assert "1 magnetic cell: a fit needs at least 4" in unfitted.details["reason"]


@pytest.mark.parametrize(
    ("shift_T", "trend"), [(-0.04, "closing in on"), (-0.02, "the same within the field step")]
)
def test_a_mesh_trend_is_told_no_finer_than_the_field_step(
    tmp_path, make_comparison, make_study, shift_T, trend
):
    study = make_study(
        mesh={"edge_smooth": 0},
        sweep={"cell_nm": [8.0, 4.0]},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    shifted = make_comparison(tmp_path / "a", study, kick={"shift_T": shift_T}).results[0]
    exact = make_comparison(tmp_path / "b", study).results[1]
    verdict = judge(compare(study, [shifted, exact]))
    series = the(verdict, Kind.MESH_TREND)
    assert (series.details["trend"], series.level) == (trend, Level.INFERENCE)
    assert series.numbers["cell_nm"] == (8.0, 4.0)
    assert series.numbers["nucleation_T"] == pytest.approx((0.51 + shift_T, 0.51))
    assert series.numbers["brown_T"] == pytest.approx(BROWN_T, abs=5e-6)
    assert [source.run for source in series.rows] == [r.folder.name for r in (shifted, exact)]
    assert believed(verdict)[Kind.NUCLEATION].cases == ("4 nm cells",)
    assert rests_on(verdict)[Kind.MESH_TREND].details["trend"] == trend
    step = rests_on(verdict)[Kind.FIELD_STEP]
    assert ("what the cells change" in step.details["hides"]) == (shift_T == -0.02)
    assert any("sweep.cell_nm" in text for text in verdict.surer)


def test_head_takes_its_evidence_from_the_finest_mesh(tmp_path, make_comparison, make_study):
    study = make_study(mesh={"edge_smooth": 0}, sweep={"cell_nm": [4.0, 2.5]}, save={"ovf": "none"})
    late = make_comparison(tmp_path / "a", study, bare={"nucleates_below_T": 0.31}).results
    fine = make_comparison(tmp_path / "b", study).results
    verdict = judge(compare(study, [late[0], late[1], fine[2], fine[3]]))
    first, second = verdict.answers[0].believe[:2]
    assert (first.kind, first.cases) == (Kind.NUCLEATION, ("2.5 nm cells, kick",))
    assert first.numbers["nucleation_T"] == pytest.approx(0.51)
    assert (second.kind, second.cases) == (Kind.LATE_ON_SADDLE, ("4 nm cells, bare",))
    # The finer bare run leaves with its kick: it confirms, and is suspected of nothing.
    assert rests_on(verdict)[Kind.SYMMETRY_BROKEN].details["agreeing"] == ("2.5 nm cells, bare",)
    assert rests_on(verdict)[Kind.UNCERTIFIED].details["suspects"] == ("4 nm cells, bare",)


def test_one_mesh_cannot_tell_what_the_cells_contribute(comparison):
    one = rests_on(judge(comparison))[Kind.ONE_MESH]
    assert one.numbers == {"cell_nm": 4.0, "next_cell_nm": 2.0}


def test_a_kick_that_cannot_leave_blames_the_cells(tmp_path, make_comparison, make_study):
    study = make_study(save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    verdict = judge(make_comparison(tmp_path, study, kick={"shift_T": -0.06}))
    held = the(verdict, Kind.CELLS_HOLD, "kick")
    assert held.level is Level.INFERENCE
    assert held.numbers["uniform_lost_T"] == pytest.approx(ANSATZ_T, abs=5e-6)


def test_runs_that_share_a_name_keep_their_own_numbers(tmp_path, make_comparison, make_study):
    study = make_study(
        solver={}, sweep={"tolerance_T": [1e-6, 1e-3]}, save={"ovf": "none"}, protocol=[{"kind": "kick"}]
    )
    single = make_study(save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    one = make_comparison(tmp_path / "a", single).results[0]
    other = make_comparison(tmp_path / "b", single, kick={"shift_T": -0.1}).results[0]
    second = replace(other, case=study.cases()[1], folder=other.folder.with_name("another-run"))
    made = compare(study, [one, second])
    assert [result.label for result in made.results] == ["tolerance 1e-06 T", "tolerance 0.001 T"]
    verdict = judge(made)
    for label, field_T in (("tolerance 1e-06 T", 0.51), ("tolerance 0.001 T", 0.41)):
        assert the(verdict, Kind.NUCLEATION, label).numbers["nucleation_T"] == pytest.approx(field_T)


def test_estimators_are_written_as_in_the_table(comparison):
    fits = comparison.results[1].fits
    reversed_around = {
        step: replace(
            fit,
            nu_by_estimator={"all": 5.1, "m_phi": 4.6, "m_z": 5.3},
            profile=replace(fit.profile, m_z=fit.profile.m_z - 0.2),
        )
        for step, fit in fits.items()
    }
    made = compare(comparison.study, [replace(comparison.results[1], fits=reversed_around)])
    collar = the(judge(made), Kind.COLLAR)
    assert (collar.numbers["nu_least"], collar.numbers["nu_most"]) == (4.6, 5.3)
    assert (collar.details["least_by"], collar.details["most_by"]) == ("m_φ", "m_z")
    assert "4.60 by m_φ" in collar.text and "5.30 by m_z" in collar.text
    assert "m_phi" not in collar.text


def test_what_is_the_same_is_said_once(tmp_path, make_comparison, make_study):
    study = make_study(save={"ovf": "remanence"}, protocol=[{"kind": "kick", "seeds": [1, 2, 3]}])
    verdict = judge(make_comparison(tmp_path, study))
    for kind in (Kind.NUCLEATION, Kind.REMANENT_STATE, Kind.HAMILTONIAN, Kind.CONVERGED):
        one = the(verdict, kind)
        assert len(one.cases) == 3
        assert len({source.run for source in one.rows}) == 3


def test_findings_come_facts_first_and_name_real_rows(comparison):
    verdict = judge(comparison)
    levels = [list(Level).index(f.level) for f in verdict.findings]
    assert levels == sorted(levels)
    steps = {r.folder.name: set(map(int, r.loop.step)) for r in comparison.results}
    for finding in verdict.findings:
        assert finding.rows, finding.kind
        for source in finding.rows:
            assert set(source.steps) <= steps[source.run]


def test_verdict_reads_back_from_json(comparison):
    verdict = judge(comparison)
    read = json.loads(json.dumps(verdict.to_dict(), allow_nan=False))
    assert set(read) == {"asked", "believe", "how_sure", "surer", "findings"}
    for finding, plain in zip(verdict.findings, read["findings"], strict=True):
        assert (plain["kind"], plain["level"]) == (finding.kind, finding.level)
        assert plain["text"] == finding.text
    late = next(f for f in read["findings"] if f["kind"] == "late_on_saddle")
    assert late["numbers"]["nucleation_T"] == pytest.approx(0.31)
    nucleation = next(f for f in read["findings"] if f["kind"] == "nucleation")
    assert nucleation["rows"][0]["steps"] == [14, 15]


def test_summary_is_a_few_labelled_lines(comparison):
    summary = judge(comparison).summary
    assert len(summary) <= 8
    labels = [line.split(":")[0] for line in summary]
    assert list(dict.fromkeys(labels)) == ["Asked", "Believe", "How sure", "Surer"]


def test_a_notebook_shows_the_head_escaped(comparison):
    shown = judge(comparison)._repr_html_()
    for part in ("Asked", "Believe", "How sure", "Surer", "0.51 ± 0.01 T"):
        assert part in shown
    assert "<code>" in shown and "`" not in shown  # keys are set as code
    assert "Brown&#39;s" in shown


def test_a_notebook_s_table_has_readable_headers(comparison):
    shown = comparison._repr_html_()
    assert "<th>H′</th>" in shown and "<th>H″</th>" in shown
    assert "model_double_prime" not in shown


def test_a_study_that_was_really_run_is_judged(really_run):
    """R = 12 nm in ten cells: Brown's field is 0.30 T there, and the kicked run should nearly see it."""
    verdict = judge(really_run.comparison)
    first = verdict.answers[0].believe[0]
    assert (first.kind, first.cases) == (Kind.NUCLEATION, ("kick",))
    assert first.numbers["brown_T"] == pytest.approx(0.3016, abs=1e-4)
    assert first.numbers["nucleation_T"] == pytest.approx(0.3016, abs=0.06)  # the step is 0.04 T
    # The bare run may leave anywhere below; only if clearly later is it called late.
    bare = really_run.results[0]
    assert bool(found(verdict, Kind.LATE_ON_SADDLE, "bare")) == bool(
        overtaken_by(really_run.comparison, bare)
    )
    assert not found(verdict, Kind.LATE_ON_SADDLE, "kick")
    assert the(verdict, Kind.CONVERGED, "kick").numbers["worst_residual_T"] <= 1e-6
    state = the(verdict, Kind.REMANENT_STATE, "kick")
    assert state.numbers["nu"] == pytest.approx(state.numbers["nu_prime"], rel=0.1)


def test_fields_that_never_change_are_still_asked_about(tmp_path, make_comparison, make_study):
    still = make_study(field={"values_T": [0.1, 0.1]}, protocol=[{"kind": "kick"}], save={"ovf": "none"})
    verdict = judge(make_comparison(tmp_path, still))
    assert verdict.question.numbers["steps_T"] == () and "2 fields" in verdict.asked[0]


@pytest.mark.parametrize("sense", [1, -1])
def test_a_moment_that_stays_along_a_rising_field_sits_on_no_saddle(
    tmp_path, make_comparison, make_study, sense
):
    """A path that only strengthens the field on the moment's own side never asks it to turn."""
    path = [0.0, 0.05, 0.1, 0.2] if sense > 0 else [-0.05, -0.1, -0.2]
    study = small(make_study, field={"values_T": path}, protocol=[{"kind": "kick"}])
    verdict = judge(make_comparison(tmp_path, study, kick={"nucleates_below_T": NEVER, "turns": False}))
    kinds = {finding.kind for finding in verdict.findings}
    assert Kind.SINGLE_DOMAIN in kinds
    assert not kinds & {Kind.REVERSAL_SADDLE, Kind.COHERENT_REVERSAL, Kind.UNEVEN_REVERSAL}
