"""How the moment of a particle without a vortex turns over: as one, by curling, late, or not at all."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from harness.analysis.loop import analyse_loop
from harness.analysis.run_certificates import RunCertificates
from harness.comparison.comparison import compare
from harness.verdict import Kind, Level, judge
from harness.verdict.states import _parts_at_the_end

from .reading import believed, found, rests_on, rows_of, small, the
from .samples.shared import NAN
from .test_certified import certificate, certified

NEVER = -np.inf  # a field below which nothing is let go


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


def test_a_uniform_particle_that_never_turns_is_held_against_theory(tmp_path, make_comparison, make_study):
    made = make_comparison(tmp_path, small(make_study), bare={"nucleates_below_T": NEVER, "turns": False})
    verdict = judge(made)
    stuck = the(verdict, Kind.COHERENT_REVERSAL, "bare")
    assert np.isnan(stuck.numbers["reversal_T"]) and stuck.numbers["path_end_T"] == pytest.approx(-0.2)
    assert "never reverses, although the path goes to −0.2 T" in stuck.text
    (apart,) = (f for f in found(verdict, Kind.RUNS_DIFFER) if f.details["quantity"] == "coercive field")
    assert "−0.055 ± 0.005 T (“kick”), none (“bare”)" in apart.text


def test_a_moment_held_on_a_certified_saddle_is_said_to_be(tmp_path, make_comparison, make_study):
    made = make_comparison(
        tmp_path, small(make_study, save={"ovf": [-0.1]}), bare={"nucleates_below_T": NEVER, "turns": False}
    )
    held = certificate("saddle", -0.04, "coherent rotation")
    verdict = judge(certified(made, {"bare": lambda *_: held}))
    stuck = the(verdict, Kind.COHERENT_REVERSAL, "bare")
    assert stuck.level is Level.FACT
    assert stuck.text.endswith("the state saved at −0.1 T is a saddle: λ_min = −0.04 T, coherent rotation.")


def test_turning_at_different_fields_down_and_up_is_said_with_the_asymmetry(
    tmp_path, make_comparison, make_study
):
    known = make_comparison(tmp_path, small(make_study, protocol=[{"kind": "bare"}]))
    (result,) = known.results
    late = replace(result, loop=replace(result.loop, m=np.array(result.loop.m)))
    up = late.branches[1].rows
    rows = np.arange(up.start, up.stop)[(late.loop.B_T[up] > 0.05) & (late.loop.B_T[up] < 0.075)]
    late.loop.m[rows, 2] *= -1.0
    late = replace(late, observables=analyse_loop(late.loop))
    uneven = the(judge(compare(known.study, [late])), Kind.ASYMMETRY)
    assert (uneven.numbers["first_T"], uneven.numbers["second_T"]) == pytest.approx((-0.055, 0.075))
    assert "turns at −0.055 ± 0.005 T one way and at 0.075 ± 0.005 T the other" in uneven.text
    assert not found(judge(known), Kind.ASYMMETRY)


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
    assert soft.numbers == {"at_T": (-0.06,), "limit_T": 1e-6}
    assert soft.rows[0].steps == (inside,)
    assert any("solver.tolerance_T = 1e-9" in step for step in verdict.surer)
    assert not found(judge(known), Kind.SOFT_ROWS)

    def suspected(torque_T=5e-7, states=None):
        torques_T = np.array(ghost.loop.residual_T)
        torques_T[inside] = torque_T
        held = replace(ghost, loop=replace(ghost.loop, residual_T=torques_T))
        return bool(found(judge(compare(known.study, [replace(held, certified=states)])), Kind.SOFT_ROWS))

    assert suspected(2e-8) and not suspected(1e-8)  # a hundredth of the limit
    for is_, doubted in (("minimum", False), ("saddle", False), ("undecided", True)):
        assert suspected(states=RunCertificates({inside: certificate(is_, 0.01)}, {})) is doubted


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
    assert not kinds & {Kind.COHERENT_REVERSAL, Kind.ASYMMETRY}


@pytest.mark.parametrize(("angle_deg", "theory_T"), [(30.0, -0.029591), (45.0, -0.028235), (60.0, -0.02445)])
def test_a_tilted_field_is_held_against_exact_coherent_rotation(
    tmp_path, make_comparison, make_study, angle_deg, theory_T
):
    """Stoner and Wohlfarth: B_K (cos^2/3 + sin^2/3)^-3/2 up to 45 degrees, B_K sin cos beyond."""
    study = small(make_study, save={"ovf": "none"}, protocol=[{"kind": "tilt", "theta_deg": angle_deg}])
    verdict = judge(make_comparison(tmp_path, study))
    assert the(verdict, Kind.COHERENT_REVERSAL).numbers["coherent_T"] == pytest.approx(theory_T, abs=6e-6)


def test_without_anisotropy_the_moment_follows_the_field(tmp_path, make_comparison, make_study):
    soft = {"Ms_A_per_m": 8e5, "A_J_per_m": 1.3e-11, "Ku_J_per_m3": 0.0}
    verdict = judge(make_comparison(tmp_path, small(make_study, material=soft, protocol=[{"kind": "kick"}])))
    single = believed(verdict)[Kind.SINGLE_DOMAIN]
    assert "without anisotropy its moment follows the field" in single.text and "0.0000 T" not in single.text
    assert not found(verdict, Kind.COHERENT_REVERSAL)


def test_a_row_at_the_edge_of_merged_jumps_is_not_suspected(tmp_path, make_comparison, make_study):
    """The moment turns in one step, and creeps on in the next: that row is the jump's end, not inside it."""
    known = make_comparison(tmp_path, small(make_study, protocol=[{"kind": "kick"}]))
    (result,) = known.results
    B, m = result.loop.B_T, np.array(result.loop.m)
    m[int(np.flatnonzero(B == -0.06)[0])] = (0.0, 0.0, -0.95)
    crept = replace(result, loop=replace(result.loop, m=m))
    crept = replace(crept, observables=analyse_loop(crept.loop))
    assert any(jump.range_T == (-0.07, -0.05) for jump in crept.observables[0].jumps)  # merged
    assert not found(judge(compare(known.study, [crept])), Kind.SOFT_ROWS)


def test_a_path_to_theory_is_rounded_past_it(tmp_path, make_comparison, make_study):
    """-2Ku/Ms = -0.0541 T: -0.05 T would not reach it."""
    material = {"Ms_A_per_m": 1.7e6, "A_J_per_m": 1e-11, "Ku_J_per_m3": 4.6e4}
    field = {"loop": {"max_T": 0.04, "step_T": 0.01}}
    study = small(
        make_study, material=material, field=field, save={"ovf": "none"}, protocol=[{"kind": "kick"}]
    )
    verdict = judge(make_comparison(tmp_path, study, kick={"turns": False, "nucleates_below_T": NEVER}))
    assert any("past −0.06 T" in step for step in verdict.surer)


@pytest.mark.parametrize(
    ("loop", "model", "said"),
    [
        ((1.0, 1.0, -1.0), (1.0, 1.0, 1.0), {"parts_T": -0.5, "models_turn": False}),
        ((1.0, 1.0, 1.0), (1.0, 1.0, -1.0), {"parts_T": -0.5, "models_turn": True}),
        ((1.0, -1.0, -1.0), (1.0, 1.0, 1.0), {"parts_T": NAN, "models_turn": False}),
        ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), {"parts_T": NAN, "models_turn": False}),
        ((1.0,), (-1.0,), {"parts_T": NAN, "models_turn": False}),
    ],
)
def test_a_loop_that_parts_from_the_models_at_the_last_field_alone_is_told_with_it(loop, model, said):
    result = SimpleNamespace(
        moment=np.array(loop),
        loop=SimpleNamespace(B_T=np.array([0.5, 0.0, -0.5])[: len(loop)]),
        branches=[SimpleNamespace(rows=slice(0, len(loop)))],
    )
    prediction = SimpleNamespace(on_path={"H'": SimpleNamespace(mz=np.array(model))})
    parts = _parts_at_the_end(SimpleNamespace(result=result, prediction=prediction, number=0))
    assert parts == pytest.approx(said, nan_ok=True)
