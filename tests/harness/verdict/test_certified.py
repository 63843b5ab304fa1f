"""Certificates in the verdict: what was measured is said as a fact, the rest stays an inference."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.analysis.certificate import Certificate
from harness.analysis.run_certificates import RunCertificates
from harness.comparison.comparison import compare
from harness.verdict import Kind, Level, judge, overtaken_by

from .reading import believed, found, kinds_of, rests_on, the


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


def test_a_late_run_certified_on_a_saddle_is_a_fact(comparison):
    """The bare run holds the uniform state at 0.4 T, which the kicked one left at 0.51 T."""

    def late(B_T, uniform):
        return certificate("saddle", -0.03) if uniform else minimum(B_T, uniform)

    verdict = judge(certified(comparison, {"bare": late, "kick": minimum}))
    found_late = the(verdict, Kind.LATE_ON_SADDLE, "bare")
    assert found_late.level is Level.FACT
    assert "the state saved at 0.4 T is a saddle: λ_min = −0.03 T, curling" in found_late.text
    assert "the state saved at 0.4 T is a saddle" in believed(verdict)[Kind.LATE_ON_SADDLE].brief
    assert "inferred" not in " ".join(verdict.how_sure) and "suggests" not in " ".join(verdict.believe)
    assert Kind.UNCERTIFIED not in rests_on(verdict)
    sure = rests_on(verdict)[Kind.CERTIFIED]
    assert sure.text.startswith(
        "All 10 saved states are minima: no direction was found in which the energy falls"
    )
    assert "λ_min = 0.02 T at 0 T" in sure.text
    assert Kind.SADDLES not in kinds_of(verdict, "bare")  # told beside the rival already


def test_a_run_certified_on_minima_is_not_late(comparison):
    both = certified(comparison, {"bare": minimum, "kick": minimum})
    assert overtaken_by(both, both.results[0]) is None
    verdict = judge(both)
    assert not found(verdict, Kind.LATE_ON_SADDLE) and not found(verdict, Kind.UNCERTIFIED)
    barrier = the(verdict, Kind.OVER_A_BARRIER, "bare")
    assert "0.51 ± 0.01 T, over a barrier: here the state saved at 0.4 T is a minimum" in barrier.text
    assert barrier.brief.startswith("Do not read the nucleation of “kick” as the end of the uniform state")


def test_an_upright_core_on_a_saddle_is_said_with_its_curvature(comparison):
    """Nothing to do with nucleation: the vortex itself should tilt."""

    def upright(B_T, uniform):
        c = certificate("saddle", -0.0256, "tilt of the core")
        return c if abs(B_T) < 0.1 else certificate("saddle", -0.03) if uniform else minimum(B_T, uniform)

    verdict = judge(certified(comparison, {"bare": upright, "kick": minimum}))
    saddle = believed(verdict)[Kind.SADDLES]
    assert (saddle.level, saddle.numbers["n_saddles"], saddle.numbers["n_states"]) == (Level.FACT, 4, 10)
    assert saddle.brief.startswith(
        "At B = 0 the state of “bare” is a saddle: λ_min = −0.0256 T, tilt of the core; 4 of 10 certified"
    )
    assert verdict.answers[0].how_sure[0].cases == ("kick",)  # who stands on a saddle is not believed first


def test_undecided_and_refused_states_are_counted_with_their_reason(comparison):
    def some(B_T, uniform):
        return None if B_T > 0.3 else certificate("undecided", 1e-9) if B_T == 0.0 else minimum(B_T, uniform)

    verdict = judge(certified(comparison, {"kick": some}))
    assert "of 8 saved states 6 are minima, 2 undecided" in rests_on(verdict)[Kind.CERTIFIED].text.lower()
    assert "2 saved states not certified: too far" in rests_on(verdict)[Kind.NOT_CERTIFIED].text
    assert "“bare” sat on a saddle is inferred" in rests_on(verdict)[Kind.UNCERTIFIED].text  # it has none


def test_without_certificates_nothing_is_said_of_them(comparison):
    kinds = {finding.kind for finding in judge(comparison).findings}
    assert kinds.isdisjoint({Kind.CERTIFIED, Kind.SADDLES, Kind.NOT_CERTIFIED, Kind.OVER_A_BARRIER})


@pytest.mark.parametrize("verdict", ["saddle", "minimum"])
def test_the_table_has_the_curvature_at_zero_field_with_its_verdict(comparison, verdict):
    value = -0.0256 if verdict == "saddle" else 0.01
    made = certified(comparison, {"kick": lambda *_: certificate(verdict, value)})
    rows = made.table[made.table["quantity"] == "smallest curvature at B = 0"]
    assert list(rows["branch"]) == ["descending", "ascending"]
    assert set(rows["simulated"]) == {value} and set(rows["verdict"]) == {verdict}
    listed = made.certificates
    assert len(listed) == 10 and set(listed["case"]) == {made.results[1].case.name}
    assert set(listed["verdict"]) == {verdict} and set(listed["B_T"]) == {0.4, 0.2, 0.0, -0.2, -0.4}
