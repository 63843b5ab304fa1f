"""Certificates in the verdict: what was measured is said as a fact, the rest stays an inference."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.analysis.certificate import Certificate
from harness.analysis.run_certificates import RunCertificates
from harness.comparison.comparison import compare
from harness.verdict import Kind, Level, judge

from .reading import believed, found, rests_on, the


def certificate(verdict, lambda_min_T, mode="curling", **more):
    return Certificate(
        **{
            "file": Path("m.ovf"),
            "B_T": (0.0, 0.0, 0.0),
            "lambda_min_T": lambda_min_T,
            "residual_T": 1e-7,
            "verdict": verdict,
            "basis": "made by hand",
            "mode": mode,
            "soft_T": (),
            "eigenvalues_T": (lambda_min_T,),
            "modes": (mode,),
            "band_T": 0.0,
            "band_reason": "none",
            "torque_before_T": 1e-7,
            "torque_T": 1e-9,
            "moved_rad": 1e-6,
            "most_moved_rad": 1e-5,
            "n_cells": 500,
            "cut": {},
            **more,
        }
    )


def certified(comparison, of_kind):
    """The comparison with certificates: by protocol, a function of field and uniformity gives one or None."""
    results = []
    for result in comparison.results:
        of_field = of_kind.get(result.case.protocol.kind)
        if of_field is None:
            results.append(result)
            continue
        B_T = dict(zip(result.loop.step.tolist(), result.loop.B_T.tolist(), strict=True))
        uniform = dict(zip(result.loop.step.tolist(), (result.order < 0.02).tolist(), strict=True))
        made = {step: of_field(B_T[step], uniform[step]) for step in result.loop.states}
        found = {step: c for step, c in made.items() if c is not None}
        refused = {step: "too far" for step, c in made.items() if c is None}
        results.append(replace(result, certified=RunCertificates(found, refused)))
    return compare(comparison.study, results)


def minimum(B_T, uniform):
    return certificate("minimum", 0.02 + abs(B_T))


def test_a_uniform_state_held_on_a_saddle_is_said_with_its_curvature(comparison):
    """The bare run holds the uniform state at 0.4 T, which the kicked one left at 0.51 T."""

    def late(B_T, uniform):
        return certificate("saddle", -0.03) if uniform else minimum(B_T, uniform)

    verdict = judge(certified(comparison, {"bare": late, "kick": minimum}))
    saddle = believed(verdict)[Kind.SADDLES]
    assert saddle.level is Level.FACT
    assert saddle.brief == (
        "Of “bare” 2 of 10 saved states are saddles; the lowest by mode: curling at 0.4 T (λ_min = −0.03 T)."
    )
    assert believed(verdict)[Kind.NUCLEATION].cases == ("kick",)
    told = [f for f in found(verdict, Kind.RUNS_DIFFER) if f.details["quantity"] == "nucleation field"]
    assert not told  # where a saddle was left is no rival of where a minimum ended
    sure = rests_on(verdict)[Kind.CERTIFIED]
    assert sure.text.startswith(
        "All 10 saved states are minima: no direction was found in which the energy falls"
    )
    assert "λ_min = 0.02 T at 0 T" in sure.text
    assert Kind.NOT_CERTIFIED not in rests_on(verdict)


def test_a_rotation_that_theory_s_uniform_state_bears_is_laid_to_the_cells(comparison):
    def turns(B_T, uniform):
        return certificate("saddle", -0.03, mode="coherent rotation") if uniform else minimum(B_T, uniform)

    saddles = believed(judge(certified(comparison, {"bare": turns})))[Kind.SADDLES]
    assert saddles.numbers["borne_to_T"] == pytest.approx(-0.0565, abs=5e-5)  # 2 Ku/Ms of iron
    assert saddles.brief.endswith(
        "; in theory the uniform state bears rotation to −0.0565 T, in these cells it does not."
    )


def test_runs_that_agree_in_one_field_are_told_with_where_the_vortex_appeared(
    tmp_path, make_comparison, make_study
):
    made = make_comparison(tmp_path, make_study(), bare={"nucleates_below_T": 0.31})

    def late(B_T, uniform):
        return certificate("saddle", -0.03) if uniform else minimum(B_T, uniform)

    (agree,) = found(judge(certified(made, {"bare": late, "kick": minimum})), Kind.RUNS_AGREE)
    assert agree.brief.startswith(
        "No difference between “bare” and “kick” in the coercive field, to within a field step; "
        "the vortex appears at 0.31 ± 0.01 T in “bare”, at 0.51 ± 0.01 T in “kick”."
    )


def test_who_left_a_certified_minimum_crossed_a_barrier(comparison):
    verdict = judge(certified(comparison, {"bare": minimum, "kick": minimum}))
    assert not found(verdict, Kind.SADDLES) and not found(verdict, Kind.NOT_CERTIFIED)
    (apart,) = (f for f in found(verdict, Kind.RUNS_DIFFER) if f.details["quantity"] == "nucleation field")
    assert "0.51 ± 0.01 T (“kick”), 0.31 ± 0.01 T (“bare”)" in apart.text
    assert "In “bare” the state saved at 0.4 T is a minimum: λ_min = 0.42 T" in apart.text
    assert apart.text.endswith("what left before crossed a barrier.")
    assert Kind.NUCLEATION not in believed(verdict)  # neither is chosen
    held = the(verdict, Kind.CELLS_HOLD, "bare")
    assert held.level is Level.FACT and "from 0.5086 T on" in held.text


def test_an_upright_core_on_a_saddle_is_said_beside_the_uniform_state(comparison):
    """Nothing to do with nucleation: the vortex itself should tilt."""

    def upright(B_T, uniform):
        c = certificate("saddle", -0.0256, "tilt of the core")
        return c if abs(B_T) < 0.1 else certificate("saddle", -0.03) if uniform else minimum(B_T, uniform)

    verdict = judge(certified(comparison, {"bare": upright, "kick": minimum}))
    saddle = believed(verdict)[Kind.SADDLES]
    assert (saddle.numbers["n_saddles"], saddle.numbers["n_states"]) == (4, 10)
    assert saddle.text.startswith(
        "4 of 10 saved states are saddles; the lowest by mode: curling at 0.4 T (λ_min = −0.03 T), "
        "tilt of the core at 0 T (λ_min = −0.0256 T)"
    )
    assert verdict.answers[0].how_sure[0].cases == ("kick",)  # who stands on a saddle is not believed first


def test_undecided_and_refused_states_are_counted_with_their_reason(comparison):
    def some(B_T, uniform):
        return None if B_T > 0.3 else certificate("undecided", 1e-9) if B_T == 0.0 else minimum(B_T, uniform)

    verdict = judge(certified(comparison, {"kick": some}))
    assert "of 8 saved states 6 are minima, 2 undecided" in rests_on(verdict)[Kind.CERTIFIED].text.lower()
    assert "2 saved states not certified: too far" in rests_on(verdict)[Kind.NOT_CERTIFIED].text
    assert the(verdict, Kind.NOT_CERTIFIED, "bare").details["nothing"]


def test_without_certificates_one_sentence_says_what_is_not_known(comparison):
    """And which run sat on a saddle is not inferred from who left first: both fields are told."""
    verdict = judge(comparison)
    kinds = {finding.kind for finding in verdict.findings}
    assert kinds.isdisjoint({Kind.CERTIFIED, Kind.SADDLES, Kind.CELLS_HOLD})
    unknown = rests_on(verdict)[Kind.NOT_CERTIFIED]
    assert unknown.text == "Whether the saved states are minima is not known: they were not certified."
    assert any("`[save] certify = true`" in step for step in verdict.surer)
    assert "0.51 ± 0.01 T (“kick”), 0.31 ± 0.01 T (“bare”)" in " ".join(verdict.believe)
    assert "saddle" not in " ".join(verdict.believe)


def test_smoothed_edges_are_said_once(tmp_path, make_comparison, make_study):
    study = make_study(mesh={"cell_nm": 4.0, "edge_smooth": 8}, save={"ovf": "none"})
    verdict = judge(make_comparison(tmp_path, study))
    assert not found(verdict, Kind.NOT_CERTIFIED)
    assert "whether a state is a minimum cannot be known" in rests_on(verdict)[Kind.EDGE_SMOOTH].text


@pytest.mark.parametrize("verdict", ["saddle", "minimum"])
def test_the_table_has_the_curvature_at_zero_field_with_its_verdict(comparison, verdict):
    value = -0.0256 if verdict == "saddle" else 0.01
    made = certified(comparison, {"kick": lambda *_: certificate(verdict, value)})
    rows = made.table[made.table["quantity"] == "smallest curvature at B = 0, soft modes left out"]
    assert list(rows["branch"]) == ["descending", "ascending"]
    assert set(rows["simulated"]) == {value} and set(rows["verdict"]) == {verdict}
    listed = made.certificates
    assert len(listed) == 10 and set(listed["case"]) == {made.results[1].case.name}
    assert set(listed["verdict"]) == {verdict} and set(listed["B_T"]) == {0.4, 0.2, 0.0, -0.2, -0.4}


@pytest.mark.parametrize(
    ("torque_T", "every", "converged"), [(1e-7, True, True), (1e-5, True, False), (1e-7, False, False)]
)
def test_certified_states_tell_the_torque_that_no_table_does(comparison, torque_T, every, converged):
    """Where those of all rows are known, and each is within the limit of 1e-6 T."""
    kick = next(result for result in comparison.results if result.case.protocol.kind == "kick")
    rows = kick.loop.step.tolist()[None if every else 1 :]
    made = {step: certificate("minimum", 0.02, torque_before_T=torque_T) for step in rows}
    silent = replace(kick, loop=replace(kick.loop, residual_T=None), certified=RunCertificates(made, {}))
    verdict = judge(compare(comparison.study, [silent]))
    assert bool(found(verdict, Kind.CONVERGED)) is converged
    assert bool(found(verdict, Kind.NO_RESIDUALS)) is not converged
    if converged:
        numbers = the(verdict, Kind.CONVERGED).numbers
        assert (numbers["n_rows"], numbers["worst_residual_T"]) == (len(rows), torque_T)
