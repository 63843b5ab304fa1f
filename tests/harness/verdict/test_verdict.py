"""What is found of a study: what to believe, what symmetry and rounding made, where nothing can be told."""

import json
from dataclasses import replace

import numpy as np
import pytest

from harness.verdict import Finding, Kind, Level, Verdict, judge
from harness.verdict.evidence import witnesses
from harness.verdict.head import ParticleAnswer, answers
from harness.verdict.uniform_state import next_cell_nm
from harness.verdict.verdict import FINDINGS

from .reading import believed, found, rests_on, rows_of, small, the
from .samples import SAMPLES

BROWN_T, ANSATZ_T, EQ_11_T = 0.52818, 0.50856, 0.55337  # iron, R = 20 nm, to five digits


@pytest.mark.parametrize(
    ("shift", "breaks"), [((0.5, 0.5, 0.5), False), ((0.5, 0.0, -0.5), False), ((0.25, 0.0, 0.0), True)]
)
def test_a_lattice_off_by_half_a_cell_keeps_inversion(tmp_path, make_comparison, make_study, shift, breaks):
    made = make_comparison(tmp_path, make_study(mesh={"cell_nm": 4, "offset_cells": list(shift)}))
    assert bool(found(judge(made), Kind.OFFSET)) == breaks
    assert {e.keeps_inversion for e in witnesses(made)} == ({False} if breaks else {True, False})  # a kick


def test_head_gives_both_fields_where_nothing_tells_which_run_is_late(comparison):
    verdict = judge(comparison)
    nucleation, *differ, choice = verdict.answers[0].believe
    assert (nucleation.kind, nucleation.cases) == (Kind.NUCLEATION, ("kick",))  # it breaks the symmetry
    told = ("nucleation field", (0.51, 0.31)), ("coercive field", (0.0, -0.03)), ("remanence", (0.195, 0.0))
    for apart, (quantity, values) in zip(differ, told, strict=True):
        assert (apart.kind, apart.details["quantity"]) == (Kind.RUNS_DIFFER, quantity)
        assert apart.numbers["value"] == pytest.approx(values, abs=5e-4)
    assert differ[0].numbers["brown_T"] == pytest.approx(BROWN_T, abs=5e-6)
    assert any("states saved between the fields" in step for step in verdict.surer)
    every = [
        replace(r, loop=replace(r.loop, states=dict.fromkeys(r.loop.step, r.folder)))
        for r in comparison.results
    ]
    surer = judge(replace(comparison, results=tuple(every))).surer
    assert any("tell a field step" in step for step in surer) and "saved between" not in " ".join(surer)
    assert (choice.kind, choice.cases, choice.details["nearer"]) == (Kind.HAMILTONIAN, ("kick",), "H′")
    assert choice.numbers["reach_T"] == pytest.approx(0.06)


def test_a_nucleation_field_is_held_against_theory(comparison):
    nucleation = the(judge(comparison), Kind.NUCLEATION, "kick")
    n = nucleation.numbers
    assert (n["nucleation_T"], n["nucleation_error_T"]) == (pytest.approx(0.51), pytest.approx(0.01))
    for name, theory_T in (("brown_T", BROWN_T), ("ansatz_T", ANSATZ_T), ("paper_T", EQ_11_T)):
        assert n[name] == pytest.approx(theory_T, abs=5e-6)
    assert nucleation.rows[0].steps == rows_of(comparison, "kick", "nucleation field").steps


def test_one_symmetric_run_claims_no_more_than_it_shows(tmp_path, make_comparison, make_study):
    alone = make_comparison(
        tmp_path, make_study(protocol=[{"kind": "bare"}]), bare={"nucleates_below_T": 0.31}
    )
    verdict = judge(alone)
    assert Kind.ROUNDING_DECIDES in believed(verdict)  # beside the very field, not further down
    assert any('kind = "kick"' in step for step in verdict.surer)
    assert not found(verdict, Kind.CELLS_HOLD) and not found(verdict, Kind.SADDLES)


def test_a_run_that_starts_with_a_vortex_is_not_late(tmp_path, make_comparison, make_study):
    below = make_study(field={"loop": {"max_T": 0.2, "step_T": 0.02}}, save={"ovf": "remanence"})
    made = make_comparison(tmp_path, below, bare={"nucleates_below_T": 0.13})
    assert made.results[1].observables[0].starts_as == "vortex"
    verdict = judge(made)
    start = believed(verdict)[Kind.STARTS_WITH_VORTEX]
    assert (start.cases, start.numbers["first_field_T"]) == (("kick",), 0.2)
    assert start.numbers["uniform_lost_T"] == pytest.approx(BROWN_T, abs=5e-6)
    assert not start.details["only_field"]
    assert any("`field`" in step and "0.53 T" in step for step in verdict.surer)


def test_a_bias_that_curls_the_first_row_is_said_to(tmp_path, make_comparison, make_study):
    protocols = [{"kind": "bias", "b_mT": 100.0}, {"kind": "kick"}]
    below = make_study(
        field={"loop": {"max_T": 0.4, "step_T": 0.02}}, save={"ovf": "none"}, protocol=protocols
    )
    made = make_comparison(tmp_path, below, kick={"nucleates_below_T": 0.3})
    verdict = judge(made)
    assert the(verdict, Kind.STARTS_WITH_VORTEX, "bias").details["bias"]
    assert not found(verdict, Kind.RUNS_DIFFER)  # a bias perturbs the rows themselves: no witness


def test_a_path_of_one_field_is_read_as_it_stands(tmp_path, make_comparison, make_study):
    one = make_study(field={"values_T": [0.3]}, save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    start = the(judge(make_comparison(tmp_path, one)), Kind.STARTS_WITH_VORTEX, "kick")
    assert start.details["only_field"]
    assert start.numbers["first_field_T"] == 0.3


def test_another_field_direction_is_another_problem(tmp_path, make_comparison, make_study):
    protocols = [{"kind": "tilt", "theta_deg": 90.0}, {"kind": "kick"}]
    made = make_comparison(tmp_path, make_study(protocol=protocols, save={"ovf": "none"}))
    tilt, kick = made.results
    assert tilt.observables[0].nucleation_field_T > kick.observables[0].nucleation_field_T + 0.02
    verdict = judge(made)
    assert not found(verdict, Kind.RUNS_DIFFER) and not found(verdict, Kind.RUNS_AGREE)


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
    agree = [f for f in found(verdict, Kind.RUNS_AGREE) if f.details["quantity"] == "nucleation field"]
    assert [{label[:9] for label in f.cases} for f in agree] == [{"R = 12 nm"}, {"R = 20 nm"}]
    assert all(f.numbers["n_runs"] == len(f.cases) == 2 for f in agree)


def test_many_particles_are_counted_not_listed(tmp_path, make_comparison, make_study, monkeypatch):
    study = make_study(
        particle={},
        field={"values_T": [0.8, 0.4, 0.0]},
        save={"ovf": "none"},
        sweep={"radius_nm": [11.0, 13.0, 16.0, 19.0, 22.0]},
        protocol=[{"kind": "kick"}],
    )
    verdict = judge(make_comparison(tmp_path, study))
    assert len(verdict.answers) == 5
    sketch, gist, more = (
        verdict.believe
    )  # what differs in numbers alone is told once, a sketch before the gist
    assert sketch.startswith("R = 11 and 13 nm: A sketch only: ") and "only 5.5 and 6.5 cells" in sketch
    assert gist.startswith("All 5 particles: The vortex nucleates at 0.2 ± 0.2 … 0.6 ± 0.2 T")
    assert "Brown's curling field (0.2343 … 0.5503 T" in gist
    assert gist in verdict.behind
    assert more == "2 more to believe among the findings."  # which Hamiltonian the equilibria follow
    monkeypatch.setattr("harness.verdict.verdict.MOST_GISTS", 3)
    assert verdict.believe[-1] == "2 more particles among the findings."
    assert not any("5 particles" in text for text in verdict.believe)
    assert len(verdict.summary) <= 9
    assert [line for line in verdict.summary if "more" in line] == [
        f"More: {t}" for t in verdict.believe[-2:]
    ]


def test_bare_alone_that_never_nucleates_is_no_proof(tmp_path, make_comparison, make_study):
    study = make_study(
        field={"values_T": [1.0, 0.0, -1.0]}, save={"ovf": "none"}, protocol=[{"kind": "bare"}]
    )
    verdict = judge(make_comparison(tmp_path, study, bare={"nucleates_below_T": -0.5}))
    first = verdict.answers[0].believe[0]
    assert (first.kind, first.level) == (Kind.OUTLIVES_THEORY, Level.INFERENCE)
    assert first.numbers["held_to_T"] == 0.0
    assert first.numbers["unstable_from_T"] == pytest.approx(ANSATZ_T, abs=5e-6)
    assert rests_on(verdict)[Kind.NOT_CERTIFIED].text == (
        "Whether its states are minima is not known: none was saved."
    )
    assert any("`[save] ovf" in step for step in verdict.surer)


def test_a_path_above_nucleation_is_not_blamed(tmp_path, make_comparison, make_study):
    study = make_study(field={"values_T": [1.0, 0.8, 0.6]}, save={"ovf": "none"}, protocol=[{"kind": "bare"}])
    verdict = judge(make_comparison(tmp_path, study))
    ends = believed(verdict)[Kind.ENDS_BEFORE_THEORY].numbers
    assert (ends["held_to_T"], ends["uniform_lost_brown_T"]) == (0.6, pytest.approx(BROWN_T, abs=5e-6))
    blamed = {Kind.OUTLIVES_THEORY, Kind.SADDLES, Kind.ROUNDING_DECIDES}
    assert blamed.isdisjoint(f.kind for f in verdict.findings)


def test_a_path_that_ends_between_brown_and_ansatz_does_not_decide(tmp_path, make_comparison, make_study):
    study = make_study(field={"values_T": [0.8, 0.52]}, save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    between = believed(judge(make_comparison(tmp_path, study)))[Kind.BETWEEN_THEORIES].numbers
    assert between["uniform_lost_brown_T"] > between["held_to_T"] == 0.52 > between["uniform_lost_ansatz_T"]


def test_an_ascending_path_is_judged_like_its_mirror_image(tmp_path, make_comparison, make_study):
    segments = [{"start_T": -0.8, "stop_T": 0.8, "step_T": 0.02}]
    study = make_study(field={"segments": segments}, save={"ovf": "none"})
    made = make_comparison(tmp_path, study, bare={"nucleates_below_T": 0.31})
    verdict = judge(made)
    first = the(verdict, Kind.NUCLEATION, "kick")
    assert first.numbers["nucleation_T"] == pytest.approx(-0.51)
    assert first.numbers["brown_T"] == pytest.approx(-BROWN_T, abs=5e-6)
    assert "0.018 T above Brown" in first.brief  # above: nearer to zero, on a branch that ascends
    assert "−0.31 ± 0.01 T (“bare”), −0.51 ± 0.01 T (“kick”)" in " ".join(verdict.believe)


def test_a_tilted_field_nucleates_by_rounding_alone(tmp_path, make_comparison, make_study):
    study = make_study(save={"ovf": "none"}, protocol=[{"kind": "tilt", "theta_deg": 2.0}])
    verdict = judge(make_comparison(tmp_path, study))
    nucleation = the(verdict, Kind.NUCLEATION, "tilt")
    assert not nucleation.details["closed_form"] and np.isnan(nucleation.numbers["brown_T"])
    assert the(verdict, Kind.ROUNDING_DECIDES, "tilt").level is Level.CAUTION


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
    assert set(read) == {"asked", "believe", "how_sure", "surer", "lamps", "findings"}
    for finding, plain in zip(verdict.findings, read["findings"], strict=True):
        assert (plain["kind"], plain["level"]) == (finding.kind, finding.level)
        assert plain["text"] == finding.text
    nucleation = next(f for f in read["findings"] if f["kind"] == "nucleation" and f["cases"] == ["kick"])
    assert nucleation["rows"][0]["steps"] == [14, 15]


def test_summary_is_a_few_labelled_lines(comparison):
    summary = judge(comparison).summary
    assert len(summary) <= 9
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
    first = the(verdict, Kind.NUCLEATION, "kick")
    assert first.numbers["brown_T"] == pytest.approx(0.3016, abs=1e-4)
    assert first.numbers["nucleation_T"] == pytest.approx(0.3016, abs=0.06)  # the step is 0.04 T
    assert the(verdict, Kind.CONVERGED, "kick").numbers["worst_residual_T"] <= 1e-6
    state = the(verdict, Kind.REMANENT_STATE, "kick")
    assert state.numbers["nu"] == pytest.approx(state.numbers["nu_prime"], rel=0.1)


def test_fields_that_never_change_are_still_asked_about(tmp_path, make_comparison, make_study):
    still = make_study(field={"values_T": [0.1, 0.1]}, protocol=[{"kind": "kick"}], save={"ovf": "none"})
    verdict = judge(make_comparison(tmp_path, still))
    assert verdict.question.numbers["steps_T"] == () and "2 fields" in verdict.asked[0]


@pytest.mark.parametrize(("b_mT", "strong"), [(5.0, False), (200.0, True)])
def test_a_kick_that_could_cross_a_barrier_is_cautioned(tmp_path, make_comparison, make_study, b_mT, strong):
    study = make_study(save={"ovf": "none"}, protocol=[{"kind": "kick", "b_mT": b_mT}])
    verdict = judge(make_comparison(tmp_path, study))
    assert bool(found(verdict, Kind.STRONG_KICK)) == strong
    if strong:
        numbers = rests_on(verdict)[Kind.STRONG_KICK].numbers
        assert (numbers["kick_T"], numbers["holds_T"]) == (0.2, pytest.approx(BROWN_T, abs=5e-6))
        assert any("`b_mT` of at most" in step for step in verdict.surer)


def test_half_a_step_and_half_a_step_make_one(tmp_path, make_comparison, make_study):
    for shift_T, differ in ((0.0, False), (-0.02, True)):
        study = make_study(save={"ovf": "none"})
        made = make_comparison(tmp_path / str(differ), study, bare={"shift_T": shift_T})
        told = [f.details["quantity"] for f in found(judge(made), Kind.RUNS_DIFFER)]
        assert ("nucleation field" in told) == differ


def test_a_distance_below_the_step_is_not_printed_as_a_number(comparison):
    """0.51 +- 0.01 T stands beside the Ansatz's 0.5086 T; no sentence says 0.000 T or 0.001 T."""
    verdict = judge(comparison)
    assert "within its error of the Ansatz's" in the(verdict, Kind.NUCLEATION, "kick").text
    assert not any("within 0.00" in f.text or " 0.001 T" in f.text for f in verdict.findings)


def test_no_remedy_is_what_the_study_has(tmp_path, make_comparison, make_study):
    study = make_study(
        mesh={},
        sweep={"cell_nm": [4.0, 2.0], "edge_smooth": [4, 0]},
        field={"values_T": [0.3, 0.0]},
        save={"ovf": "none"},
        protocol=[{"kind": "kick", "b_mT": 200.0}, {"kind": "kick", "b_mT": 1.0}, {"kind": "bias"}],
    )
    verdict = judge(make_comparison(tmp_path, study))
    beside = {Kind.EDGE_SMOOTH, Kind.CELLS_SHIFT, Kind.STRONG_KICK, Kind.STARTS_WITH_VORTEX}
    told = [f for f in verdict.findings if f.kind in beside]
    assert {f.kind for f in told} == beside
    assert not [f.remedy for f in told if "whole" in f.remedy.lower() or "kick" in f.remedy]
    alone = [replace(f, details={**f.details, "whole_beside": False}) for f in told]
    assert any("Whole cells beside them" in f.remedy for f in alone)
    coarse = next(e for e in witnesses(make_comparison(tmp_path / "b", study)) if e.case.mesh.cell_nm == 4.0)
    assert np.isnan(next_cell_nm(coarse))


def _head_of(kind, numbers, details, values):
    """What the head says of particles in each of which one finding has other numbers."""
    told = [Finding(kind, numbers | each, ("kick",), (), details) for each in values]
    answers = (ParticleAnswer(f"R = {n + 9} nm", (f,), ()) for n, f in enumerate(told))
    return Verdict((), Finding(Kind.QUESTION), tuple(answers), ()).believe


def test_few_particles_share_a_line_where_one_value_or_a_range_tells_it():
    of_models, chosen = next((n, d) for k, n, d in SAMPLES if k is Kind.HAMILTONIAN)
    told = _head_of(Kind.HAMILTONIAN, of_models, chosen, [{}, {"rms_prime": 0.5, "rms_all_prime": 0.7}])
    assert [line.partition(":")[0] for line in told] == ["R = 9 nm", "R = 10 nm"]
    limit, nothing = next((n, d) for k, n, d in SAMPLES if k is Kind.ENDS_BEFORE_THEORY)
    fields = [{"held_to_T": B} for B in (0.1, 0.3, 0.3)]
    (two,) = _head_of(Kind.ENDS_BEFORE_THEORY, limit, nothing, fields[:2])
    assert two.startswith("R = 9 and 10 nm: ") and "0.1 and 0.3 T" in two
    (three,) = _head_of(Kind.ENDS_BEFORE_THEORY, limit, nothing, fields)
    assert three.startswith("R = 9, 10 and 11 nm: ") and "0.1 … 0.3 T" in three and " and 0.3" not in three


def test_whose_particle_stays_uniform_is_named_where_another_s_does_not(
    tmp_path, make_comparison, make_study
):
    made = make_comparison(tmp_path, small(make_study, protocol=[{"kind": "kick"}, {"kind": "bias"}]))
    assert "The particle stays uniform throughout" in " ".join(judge(made).believe)
    told = {e: tuple(f for of in FINDINGS for f in of(e)) for e in witnesses(made)}
    *_, biased = told
    told[biased] = (replace(told[biased][0], kind=Kind.NO_VORTEX),)
    (one,) = answers(made, told, ())
    assert any(f.brief.startswith("In “kick” the particle stays uniform throughout") for f in one.believe)


def test_a_field_step_is_named_where_nothing_else_would_help(comparison):
    step = next(f for f in judge(comparison).answers[0].how_sure if f.kind is Kind.FIELD_STEP)
    step = replace(step, details={**step.details, "hides": (), "located": False})
    alone = Verdict((), Finding(Kind.QUESTION), (ParticleAnswer("R = 9 nm", (), (step,)),), ())
    assert alone.surer == ("A smaller `step_T`, 0.004, tells fields to ± 0.002 T.",)
    sure = replace(alone, answers=(ParticleAnswer("R = 9 nm", (), ()),))
    assert sure.surer == ("Nothing that runs on these cells could add.",)
