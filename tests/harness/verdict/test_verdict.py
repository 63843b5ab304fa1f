"""What is said of a study: what to believe, what symmetry and rounding made, where nothing can."""

from dataclasses import replace

import numpy as np
import pytest

from harness.comparison.comparison import compare
from harness.verdict import judge, overtaken_by

NEVER = -np.inf  # a field below which nothing is let go


def findings(verdict, case):
    return " ".join(finding.text for finding in verdict.findings if finding.case == case)


def rows_of(comparison, kind, quantity):
    return next(r for r in comparison.rows if r.protocol.startswith(kind) and r.quantity == quantity)


def with_state(result, **changes):
    """The result with its saved states' fits changed."""
    return replace(result, fits={step: replace(fit, **changes) for step, fit in result.fits.items()})


def test_headline_says_what_to_believe_and_what_symmetry_made(comparison):
    bare, kick = comparison.results
    assert overtaken_by(comparison, bare) is kick
    assert overtaken_by(comparison, kick) is None
    verdict = judge(comparison)
    assert verdict.sentences[0].startswith("In 4 nm cells the vortex nucleates at 0.51 ± 0.01 T (“kick”)")
    assert "0.018 T below Brown's curling field (0.5282 T" in verdict.sentences[0]
    assert verdict.sentences[1].startswith("Do not read the nucleation of “bare” as physics")
    assert (
        "|B| up to 0.06 T, it follows H′, not H″; H″ is what “bare”, whose symmetry" in verdict.sentences[2]
    )
    assert "sat on a saddle" in findings(verdict, "bare")
    assert "sat on a saddle" not in findings(verdict, "kick")
    assert "depends on the protocol: H″ with “bare”, H′ with “kick”" in findings(verdict, "")


def test_one_symmetric_run_claims_no_more_than_it_shows(tmp_path, make_comparison, make_study):
    alone = make_comparison(
        tmp_path, make_study(protocol=[{"kind": "bare"}]), bare={"nucleates_below_T": 0.31}
    )
    verdict = judge(alone)
    assert "rounding errors chose that field: add a kick" in verdict.headline
    assert "this run alone cannot tell" in findings(verdict, "bare")
    assert "sat on a saddle" not in findings(verdict, "bare")


def test_a_run_that_starts_with_a_vortex_is_not_late(tmp_path, make_comparison, make_study):
    below = make_study(field={"loop": {"max_T": 0.2, "step_T": 0.02}}, save={"ovf": "remanence"})
    found = make_comparison(tmp_path, below, bare={"nucleates_below_T": 0.13})
    bare, kick = found.results
    assert kick.observables[0].starts_as == "vortex"
    assert overtaken_by(found, kick) is None
    assert overtaken_by(found, bare) is kick
    verdict = judge(found)
    assert "first field of the path, 0.2 T, the particle holds a vortex already" in verdict.headline
    assert "saddle" not in findings(verdict, "kick")
    assert "“kick” holds one from the first field on" in findings(verdict, "bare")


def test_a_bias_that_curls_the_first_row_sits_on_no_saddle(tmp_path, make_comparison, make_study):
    kinds = [{"kind": "bias", "b0_mT": 100.0}, {"kind": "kick"}]
    below = make_study(field={"loop": {"max_T": 0.4, "step_T": 0.02}}, save={"ovf": "none"}, protocol=kinds)
    found = make_comparison(tmp_path, below, kick={"nucleates_below_T": 0.3})
    bias, kick = found.results
    assert overtaken_by(found, bias) is None
    assert overtaken_by(found, kick) is None  # a bias perturbs the rows themselves: no witness
    assert "the bias itself makes the state curl" in findings(judge(found), "bias")
    assert "saddle" not in findings(judge(found), "bias")


def test_a_path_of_one_field_is_read_as_it_stands(tmp_path, make_comparison, make_study):
    one = make_study(field={"values_T": [0.3]}, save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    text = findings(judge(make_comparison(tmp_path, one)), "kick")
    assert text.startswith("At the only field of the path, 0.3 T, the particle holds a vortex already")


def test_models_see_the_field_at_its_angle_to_the_axis(tmp_path, make_comparison, make_study):
    common = {"particle": {"radius_nm": 4.0}, "mesh": {"cell_nm": 1.0}, "save": {"ovf": "none"}}
    common["field"] = {"loop": {"max_T": 0.1, "step_T": 0.002}}
    kinds = [{"kind": "bare"}, {"kind": "tilt", "theta_deg": 45.0}]
    found = make_comparison(tmp_path, make_study(**common, protocol=kinds))
    assert len(found.predictions) == 2
    # Stoner and Wohlfarth: -B_K along the axis, -B_K/2 at 45 degrees; 56.5 and 28.2 mT for iron.
    straight, tilted = (rows_of(found, kind, "coercive field") for kind in ("bare", "tilt"))
    assert straight.model_prime == pytest.approx(-0.057, abs=1e-9)
    assert tilted.model_prime == tilted.model_double_prime == pytest.approx(-0.029, abs=1e-9)
    assert np.isnan(rows_of(found, "tilt", "nucleation field").continuum)
    assert not any("cannot be computed" in text for text in judge(found).warnings)


def test_turning_the_field_is_turning_the_particle(tmp_path, make_comparison, make_study):
    material = {"name": "iron", "axis": [1, 0, 0]}
    turned = make_comparison(tmp_path / "a", make_study(material=material, protocol=[{"kind": "kick"}]))
    tilted = make_comparison(tmp_path / "b", make_study(protocol=[{"kind": "tilt", "theta_deg": 90.0}]))
    for one, other in zip(turned.rows, tilted.rows, strict=True):
        assert (one.quantity, one.branch) == (other.quantity, other.branch)
        for name in ("model_prime", "model_double_prime", "continuum"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-9, nan_ok=True)


def test_another_field_direction_is_another_problem(tmp_path, make_comparison, make_study):
    kinds = [{"kind": "tilt", "theta_deg": 90.0}, {"kind": "kick"}]
    found = make_comparison(tmp_path, make_study(protocol=kinds, save={"ovf": "none"}))
    tilt, kick = found.results
    assert tilt.observables[0].nucleation_field_T > kick.observables[0].nucleation_field_T + 0.02
    assert overtaken_by(found, kick) is None
    assert "saddle" not in findings(judge(found), "kick")
    assert "of one another" not in judge(found).headline + findings(judge(found), "")


def test_particles_are_not_thrown_together(tmp_path, make_comparison, make_study):
    study = make_study(
        particle={},
        save={"ovf": "none"},
        sweep={"radius_nm": [12.0, 20.0]},
        protocol=[{"kind": "kick", "seeds": [1, 2]}],
    )
    verdict = judge(make_comparison(tmp_path, study))
    assert [text[:10] for text in verdict.sentences] == ["R = 12 nm:", "R = 20 nm:"]
    assert "2 cases of iron, R = 12 nm nucleate within 0.000 T" in findings(verdict, "")
    assert "2 cases of iron, R = 20 nm nucleate within 0.000 T" in findings(verdict, "")


@pytest.mark.parametrize(
    ("cell_nm", "says"), [(30.0, "12.8 exchange lengths"), (6.7, "2.9 exchange lengths")]
)
def test_coarse_cells_judge_no_hamiltonian(tmp_path, make_comparison, make_study, cell_nm, says):
    radius = 150.0 if cell_nm == 30 else 20.0
    study = make_study(
        particle={"radius_nm": radius},
        mesh={"cell_nm": cell_nm},
        field={"loop": {"max_T": 0.8, "step_T": 0.02 if radius == 20 else 0.1}},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    verdict = judge(make_comparison(tmp_path, study))
    assert any(says in text and "too coarse for ν" in text for text in verdict.warnings)
    assert verdict.headline.startswith("A sketch only")
    assert "it follows" not in verdict.headline


def test_a_state_foreign_to_the_ansatz_has_no_nu(comparison):
    odd = [
        with_state(r, state="other", reason="the Ansatz misses the cells by 1.19 rms")
        for r in comparison.results
    ]
    found = compare(comparison.study, odd)
    assert not any(row.quantity.startswith(("nu at", "core angle")) for row in found.rows)
    verdict = judge(found)
    assert "ν =" not in " ".join(finding.text for finding in verdict.findings)
    assert "too little like the Ansatz" in findings(verdict, "kick")
    assert "it follows" not in verdict.headline
    assert any("10 saved states are no vortex" in text for text in verdict.warnings)


def small(make_study, radius_nm=6.0, **changes):
    given = {"particle": {"radius_nm": radius_nm}, "mesh": {"cell_nm": 1.0}, "save": {"ovf": "remanence"}}
    given["field"] = {"loop": {"max_T": 0.2, "step_T": 0.01}}
    return make_study(**{**given, **changes})


def test_single_domain_particle_is_said_to_be_one(tmp_path, make_comparison, make_study):
    found = make_comparison(tmp_path, small(make_study, protocol=[{"kind": "kick"}]))
    verdict = judge(found)
    for text in (
        "stays uniform throughout, as theory has it",
        "8.46 nm (Brown; 9.09 nm",
        "2Ku/Ms = −0.0565 T",
    ):
        assert text in verdict.headline
    said = findings(verdict, "kick")
    assert "reverses at −0.055 ± 0.005 T, within half a field step of coherent rotation" in said
    assert "the particle is uniform; its moment stands 0.0°" in said
    assert "core" not in said
    # Curling at -0.98 T would be a line through nothing.
    assert found.predictions[0].nucleation_lines == (
        ("coherent rotation", pytest.approx(-0.056471, abs=1e-6)),
    )
    assert np.isnan(rows_of(found, "kick", "nucleation field").continuum)


def test_a_uniform_particle_that_never_turns_sits_on_a_saddle(tmp_path, make_comparison, make_study):
    study = small(make_study)
    found = make_comparison(tmp_path, study, bare={"nucleates_below_T": NEVER, "turns": False})
    verdict = judge(found)
    assert "The moment never reverses, although the path goes to −0.2 T" in findings(verdict, "bare")
    assert "while with “kick”, on the same cells, it does at −0.055" in findings(verdict, "bare")
    assert "Do not read the reversal of “bare” as physics" in verdict.headline
    assert "saddle" not in findings(verdict, "kick")


def test_turning_at_different_fields_down_and_up_is_an_accident(tmp_path, make_comparison, make_study):
    known = make_comparison(tmp_path, small(make_study, protocol=[{"kind": "bare"}]))
    (result,) = known.results
    first, second = result.observables
    uneven = replace(result, observables=(first, replace(second, coercive_field_T=0.075)))
    assert "at −0.0550 T one way and at 0.0750 T the other" in findings(
        judge(compare(known.study, [uneven])), "bare"
    )
    assert "one way" in judge(compare(known.study, [uneven])).headline
    assert "one way" not in findings(judge(known), "bare") + judge(known).headline


def test_bare_alone_that_never_nucleates_is_no_proof(tmp_path, make_comparison, make_study):
    study = make_study(
        field={"values_T": [1.0, 0.0, -1.0]}, save={"ovf": "none"}, protocol=[{"kind": "bare"}]
    )
    verdict = judge(make_comparison(tmp_path, study, bare={"nucleates_below_T": -0.5}))
    assert verdict.headline.startswith(
        "No vortex appears down to 0.0000 T, although the Ansatz has it unstable"
    )
    assert "sits on a saddle" in verdict.headline


def test_a_path_above_nucleation_is_not_blamed(tmp_path, make_comparison, make_study):
    study = make_study(field={"values_T": [1.0, 0.8, 0.6]}, save={"ovf": "none"}, protocol=[{"kind": "bare"}])
    headline = judge(make_comparison(tmp_path, study)).headline
    assert "nor does theory have one on this path" in headline
    assert "saddle" not in headline


def test_an_ascending_path_is_judged_like_its_mirror_image(tmp_path, make_comparison, make_study):
    segments = [{"start_T": -0.8, "stop_T": 0.8, "step_T": 0.02}]
    study = make_study(field={"segments": segments}, save={"ovf": "none"})
    found = make_comparison(tmp_path, study, bare={"nucleates_below_T": 0.31})
    verdict = judge(found)
    assert (
        "the vortex nucleates at −0.51 ± 0.01 T (“kick”), 0.018 T above Brown's curling field (−0.5282 T"
        in (verdict.headline)
    )
    assert overtaken_by(found, found.results[0]) is found.results[1]


def test_one_field_chooses_no_hamiltonian(tmp_path, make_comparison, make_study):
    coarse = {"values_T": [0.8, 0.4, 0.0, -0.4, -0.8]}
    study = make_study(field=coarse, save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    verdict = judge(make_comparison(tmp_path, study, kick={"model": "H'"}))
    assert "it follows" not in verdict.headline
    assert "(at B = 0) the loop follows H′" in findings(verdict, "kick")
    assert "too few fields to decide on" in findings(verdict, "kick")


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
    said = findings(judge(make_comparison(tmp_path, study)), "kick")
    assert "only the lattice pins its tilt and its azimuth" in said
    assert "H′ and H″ are the same without anisotropy" in said


def test_a_tilted_field_nucleates_by_rounding_alone(tmp_path, make_comparison, make_study):
    study = make_study(save={"ovf": "none"}, protocol=[{"kind": "tilt", "theta_deg": 2.0}])
    said = findings(judge(make_comparison(tmp_path, study)), "tilt")
    assert "no closed form holds for this particle and field" in said
    assert "rounding errors alone let it go" in said


def test_a_row_inside_a_jump_is_suspected(tmp_path, make_comparison, make_study):
    known = make_comparison(tmp_path, small(make_study, protocol=[{"kind": "kick"}]))
    (result,) = known.results
    B, m = result.loop.B_T, np.array(result.loop.m)
    m[np.flatnonzero(B == -0.06)[0]] = (-0.53, 0.0, 0.3)
    ghost = replace(result, loop=replace(result.loop, m=m))
    from harness.analysis.loop import analyse_loop

    ghost = replace(ghost, observables=analyse_loop(ghost.loop))
    (warning,) = (w for w in judge(compare(known.study, [ghost])).warnings if "inside a jump" in w)
    assert "the row at −0.06 T lies inside a jump" in warning
    assert "solver.tolerance_T = 1e-9" in warning
    assert not any("inside a jump" in w for w in judge(known).warnings)


def test_too_few_cells_are_not_fitted_and_the_rest_stands(tmp_path, make_comparison, make_study):
    study = small(make_study, mesh={"cell_nm": 12.0}, protocol=[{"kind": "kick"}])
    found = make_comparison(tmp_path, study)
    (result,) = found.results
    assert result.fits == {}
    assert np.isfinite(rows_of(found, "kick", "coercive field").simulated)
    warnings = judge(found).warnings
    assert any(
        "2 saved states not fitted: 1 magnetic cell: a fit needs at least 4" in text for text in warnings
    )


@pytest.mark.parametrize(
    ("shift_T", "says"),
    [(-0.04, "closing in on Brown's 0.5282 T"), (-0.02, "the same within the field step")],
)
def test_a_mesh_trend_is_told_no_finer_than_the_field_step(
    tmp_path, make_comparison, make_study, shift_T, says
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
    assert says in verdict.findings[-1].text
    assert verdict.headline.startswith("In 4 nm cells the vortex nucleates at 0.51")
    assert ("shrinking the cells brings it closer to Brown" in verdict.headline) == (shift_T == -0.04)


def test_headline_takes_its_evidence_from_the_finest_mesh(tmp_path, make_comparison, make_study):
    study = make_study(mesh={"edge_smooth": 0}, sweep={"cell_nm": [4.0, 2.5]}, save={"ovf": "none"})
    late = make_comparison(tmp_path / "a", study, bare={"nucleates_below_T": 0.31}).results
    fine = make_comparison(tmp_path / "b", study).results
    verdict = judge(compare(study, [late[0], late[1], fine[2], fine[3]]))
    assert verdict.sentences[0].startswith("In 2.5 nm cells the vortex nucleates at 0.51 ± 0.01 T (“kick”)")
    assert "in 4 nm cells it stayed uniform where another protocol did not" in verdict.sentences[1]


def test_a_kick_that_cannot_leave_blames_the_cells(tmp_path, make_comparison, make_study):
    study = make_study(save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    shifted = make_comparison(tmp_path, study, kick={"shift_T": -0.06})
    assert "a kick does not leave it, so the cells hold it there" in findings(judge(shifted), "kick")


def test_runs_that_share_a_name_keep_their_own_numbers(tmp_path, make_comparison, make_study):
    study = make_study(
        solver={}, sweep={"tolerance_T": [1e-6, 1e-3]}, save={"ovf": "none"}, protocol=[{"kind": "kick"}]
    )
    single = make_study(save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    one = make_comparison(tmp_path / "a", single).results[0]
    other = make_comparison(tmp_path / "b", single, kick={"shift_T": -0.1}).results[0]
    second = replace(other, case=study.cases()[1], folder=other.folder.with_name("another-run"))
    found = compare(study, [one, second])
    assert [result.label for result in found.results] == ["tolerance 1e-06 T", "tolerance 0.001 T"]
    verdict = judge(found)
    assert "appears at 0.51" in findings(verdict, "tolerance 1e-06 T")
    assert "appears at 0.41" in findings(verdict, "tolerance 0.001 T")


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
    found = compare(comparison.study, [replace(comparison.results[1], fits=reversed_around)])
    text = " ".join(finding.text for finding in judge(found).findings)
    assert "ν is 4.60 by m_φ and 5.30 by m_z" in text
    assert "m_phi" not in text


def test_a_notebook_s_table_has_readable_headers(comparison):
    shown = comparison._repr_html_()
    assert "<th>H′</th>" in shown and "<th>H″</th>" in shown
    assert "model_double_prime" not in shown
