"""Numbers side by side: which belong together, where they come from, what is said of them."""

from dataclasses import replace

import numpy as np
import pytest

from harness.comparison.comparison import compare
from harness.verdict import Kind, judge


def rows_of(comparison, kind, quantity, branch="descending"):
    return next(
        row
        for row in comparison.rows
        if row.protocol.startswith(kind) and row.quantity == quantity and row.branch == branch
    )


def test_nucleation_stands_beside_models_continuum_and_paper(comparison):
    row = rows_of(comparison, "kick", "nucleation field")
    assert row.simulated == row.model_prime == pytest.approx(0.51)  # the same rows, the same definition
    assert row.uncertainty == pytest.approx(0.01)  # half the 20 mT step
    assert row.continuum == pytest.approx(
        0.52818, abs=5e-6
    )  # Brown for iron, R = 20 nm, as known to 5 digits
    assert row.published == pytest.approx(0.55337, abs=5e-6)
    assert row.steps == (14, 15)
    assert row.folder.startswith("R20nm-c4nm-kick")


def test_fields_change_sign_on_the_ascending_branch(comparison):
    row = rows_of(comparison, "kick", "nucleation field", "ascending")
    assert row.simulated == pytest.approx(-0.51)
    assert (row.continuum, row.published) == (
        pytest.approx(-0.52818, abs=5e-6),
        pytest.approx(-0.55337, abs=5e-6),
    )


def test_late_nucleation_shows_as_a_jump_where_the_models_have_none(comparison):
    row = rows_of(comparison, "bare", "nucleation jump, at")
    assert row.simulated == pytest.approx(0.31)
    assert np.isnan(row.model_double_prime)
    assert np.isnan(row.published)  # the paper's 0.36 T belongs to 2 nm cells, these are 4 nm
    assert np.isnan(rows_of(comparison, "kick", "nucleation jump, at").simulated)


def test_reversal_jump_is_that_through_zero(comparison):
    row = rows_of(comparison, "bare", "reversal jump, of")
    assert row.simulated == pytest.approx(row.model_double_prime, abs=1e-12)
    assert row.simulated < -0.3
    assert np.isnan(row.model_prime)  # H' turns smoothly


def test_central_opening_is_told_of_both_branches_together(comparison):
    row = rows_of(comparison, "bare", "loop open up to |B|", "both")
    # Open at 20 mT, closed at 40 mT.
    assert row.simulated == row.model_double_prime == pytest.approx(0.03)
    assert row.uncertainty == pytest.approx(0.01)
    assert np.isnan(row.model_prime)  # closed
    assert row.steps == (38, 39)


def test_remanent_state_is_fitted_beside_both_models(comparison):
    nu = rows_of(comparison, "kick", "nu at B = 0")
    assert nu.simulated == pytest.approx(
        nu.model_prime, rel=1e-5
    )  # the state is H' itself, to OVF's nine digits
    tau = rows_of(comparison, "kick", "core angle at B = 0")
    assert (tau.simulated, tau.model_prime) == (pytest.approx(90, abs=1e-4), pytest.approx(90))


def test_paper_numbers_belong_to_its_particle_on_its_cells(tmp_path, make_comparison, make_study):
    fine = make_study(
        mesh={"cell_nm": 2.0},
        field={"values_T": [0.8, 0.4, 0.0, -0.4]},
        save={"ovf": "remanence"},
        protocol=[{"kind": "bare"}],
    )
    row = rows_of(make_comparison(tmp_path, fine), "bare", "nu at B = 0")
    assert (row.published, row.published_where) == (4.443, "Adams & Michels 2026, Fig. 1")


def test_cases_of_one_particle_share_a_prediction(comparison):
    assert len(comparison.predictions) == 1
    assert [result.label for result in comparison.results] == ["bare", "kick"]


def test_labels_say_what_differs(tmp_path, make_comparison, make_study):
    study = make_study(
        mesh={"edge_smooth": 0},
        field={"values_T": [0.8, 0.0]},
        save={"ovf": "none"},
        sweep={"cell_nm": [5.0, 4.0]},
        protocol=[{"kind": "kick", "seeds": [1, 2]}],
    )
    labels = [result.label for result in make_comparison(tmp_path, study).results]
    assert labels[0] == "5 nm cells, kick5mT-seed1"
    assert len(set(labels)) == 4


def test_table_has_every_row_and_the_difference(comparison):
    table = comparison.table
    assert len(table) == len(comparison.rows)
    row = table[(table["quantity"] == "nucleation field") & table["protocol"].str.startswith("bare")].iloc[0]
    assert row["minus_double_prime"] == pytest.approx(row["simulated"] - row["model_double_prime"])
    assert row["minus_prime"] == pytest.approx(row["simulated"] - row["model_prime"])
    assert "nucleation field" in comparison._repr_html_()


def test_saved_states_know_their_branch(comparison):
    states = comparison.results[0].states
    assert [state.branch for state in states] == ["descending"] * 5 + ["ascending"] * 5
    assert [state.B_T for state in comparison.remanent_states()] == [0.0, 0.0]


def test_bias_is_no_witness_against_a_bare_run(tmp_path, make_comparison, make_study):
    study = make_study(protocol=[{"kind": "bare"}, {"kind": "bias"}])
    biased = make_comparison(tmp_path, study, bare={"nucleates_below_T": 0.31})
    kinds = {finding.kind for finding in judge(biased).findings}
    assert Kind.BIAS in kinds and Kind.RUNS_DIFFER not in kinds


def test_particle_outside_the_model_is_reported_without_it(tmp_path, make_comparison, make_study):
    study = make_study(protocol=[{"kind": "bare"}])
    known = make_comparison(tmp_path, study).results[0]
    plane = study.material.model_copy(update={"name": None, "Ku_J_per_m3": -1e4})
    odd = replace(known, case=known.case.model_copy(update={"material": plane}))
    outside = compare(study, [odd])
    assert all(np.isnan(row.model_double_prime) for row in outside.rows)
    verdict = judge(outside)
    (missing,) = (f for f in verdict.findings if f.kind is Kind.THEORY_MISSING)
    assert "Ku_J_per_m3" in missing.details["reason"]
    nucleation = verdict.answers[0].believe[0]
    assert (nucleation.kind, nucleation.details["closed_form"]) == (Kind.NUCLEATION, False)


def test_warnings_name_what_is_wrong(tmp_path, make_comparison):
    good = make_comparison(tmp_path, finished=1)
    result = good.results[0]
    residual = np.full(result.loop.B_T.size, 5e-7)
    residual[7] = 3e-3
    m = result.loop.m.copy()
    m[:15] = (0, 0, 1)
    bad = replace(
        result,
        loop=replace(result.loop, residual_T=residual, m=m),
        record=result.record.updated(warnings=("disk was nearly full",)),
    )
    found = {f.kind: f for f in judge(compare(good.study, [bad])).findings}
    unconverged = found[Kind.UNCONVERGED_ROWS]
    n = dict(unconverged.numbers)
    assert np.isnan(n.pop("floor_T"))  # judged by the tolerance
    assert (n.pop("at_T"), n.pop("worst_at_T")) == ((0.66,), 0.66)
    assert n == {"n_above": 1, "n_rows": 162, "worst_residual_T": 3e-3, "limit_T": 1e-6}
    assert unconverged.rows[0].steps == (7,)
    assert "kick" in found[Kind.UNFINISHED].details["names"][0]
    assert found[Kind.ENGINE_WARNING].details["line"] == "disk was nearly full"


def test_no_result_at_all_is_a_verdict_too(make_study):
    verdict = judge(compare(make_study(), []))
    assert [finding.kind for finding in verdict.answers[0].believe] == [Kind.NOTHING_FINISHED]
    assert any("mxval run" in step for step in verdict.surer)


def test_a_row_says_where_the_core_leaves_the_field_s_line(comparison):
    """H' turns its core at 0.0655 T, between the rows at 0.08 and 0.06 T; that of H'' jumps along it."""
    kick = rows_of(comparison, "kick", "core leaves the field's line, at")
    assert kick.simulated == kick.model_prime == pytest.approx(0.07)
    assert (kick.uncertainty, kick.unit) == (pytest.approx(0.01), "T")
    assert np.isnan(kick.model_double_prime)
    bare = rows_of(comparison, "bare", "core leaves the field's line, at")
    assert np.isnan(bare.simulated) and bare.model_prime == pytest.approx(0.07)


def test_a_core_in_a_tilted_field_has_no_line_to_leave(tmp_path, make_comparison, make_study):
    study = make_study(save={"ovf": "none"}, protocol=[{"kind": "tilt", "theta_deg": 2.0}])
    made = make_comparison(tmp_path, study)
    assert not any(row.quantity.startswith("core leaves") for row in made.rows)


def test_without_anisotropy_no_line_is_drawn_for_coherent_rotation(tmp_path, make_comparison, make_study):
    soft = {"Ms_A_per_m": 8e5, "A_J_per_m": 1.3e-11, "Ku_J_per_m3": 0.0}
    study = make_study(
        material=soft, particle={"radius_nm": 8.0}, mesh={"cell_nm": 1.0}, save={"ovf": "none"}
    )
    assert make_comparison(tmp_path, study, finished=1).predictions[0].nucleation_lines == ()
