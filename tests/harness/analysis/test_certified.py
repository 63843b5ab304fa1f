"""Certificates for a report: those that matter first, as far as the time allows, never fatal, kept."""

import json

import numpy as np
import pytest

from harness.analysis import certified
from harness.analysis.certified import telling, with_certificates, with_kept_certificates
from harness.analysis.result import analyse
from harness.engines import CpuEngine
from harness.pipeline import plan_study, read_study, run_study
from harness.report.figures.ribbon import marks
from harness.runs.execute import execute
from harness.runs.output import read
from harness.study.study import Study
from harness.verdict import Kind, Level, judge

from ..conftest import TINY


def finished(study, runs):
    return [analyse(read(execute(run, CpuEngine()))) for run in plan_study(study, CpuEngine(), runs)]


@pytest.fixture(scope="module")
def held():
    """Iron, R = 20 nm, 4 nm cells: a uniform start that MuMax3's minimiser keeps so down to zero field."""
    return Study.from_values(
        {
            "name": "held",
            "material": {"name": "iron"},
            "particle": {"radius_nm": 20},
            "mesh": {"cell_nm": 4},
            "field": {"values_T": [0.3, 0.2, 0.1, 0.0]},
            "save": {"ovf": "all"},
            "continuum": {"solve": False},
            "solver": {"method": "minimize", "algorithm": "faithful", "precision": "single"},
        }
    )


def test_a_run_held_on_a_saddle_says_so_by_itself(held, tmp_path, monkeypatch):
    """One protocol alone: nothing to compare it with, and yet a fact."""
    monkeypatch.setattr("harness.report.report.draw_all", lambda *_: ([], {}))
    steps = []
    result = run_study(held, "cpu", tmp_path, on_step=steps.append)
    assert "certifying the saved states: 0 of 4" in steps
    (case,) = result.results
    remanent = case.certified.found[3]
    assert remanent.verdict == "saddle" and remanent.lambda_min_T == pytest.approx(-0.483, abs=0.001)
    (saddle,) = (f for f in result.verdict.findings if f.kind is Kind.SADDLES)
    assert saddle.level is Level.FACT
    assert (
        saddle.brief
        == "Of “bare” 4 of 4 saved states are saddles; the lowest by mode: curling at 0 T (λ_min = −0.483 T)."
    )
    assert any("are saddles" in line for line in result.summary)
    assert 0.0 in marks(case)["saddle"]
    report = result.report.parent
    assert (report / "certificates.csv").read_text().count("saddle") >= 1
    assert "(saddle)" in result.report.read_text(encoding="utf-8")
    again = run_study(held, "cpu", tmp_path, on_step=steps.append)
    assert again.kept and again.summary == result.summary == again.verdict.summary
    assert read_study(held, "cpu", tmp_path).verdict.summary == result.summary


def test_what_there_is_no_time_for_is_left_and_named(tmp_path, monkeypatch):
    study = Study.from_values({**TINY, "save": {"ovf": "all"}, "protocol": [{"kind": "bare"}]})
    (result,) = finished(study, tmp_path)
    monkeypatch.setattr(certified, "LEAST_S", 0.0)
    monkeypatch.setattr(certified, "SHARE", 0.0)
    monkeypatch.setattr("harness.analysis.run_certificates.IN_ORDER", 0)
    (hurried,) = with_certificates([result])
    (step,) = hurried.certified.found
    assert step in telling(result) and len(hurried.certified.left) == len(result.loop.states) - 1
    (again,) = with_certificates([result])
    assert again.certified.left == hurried.certified.left  # a report says the same again
    assert with_kept_certificates([result])[0].certified.left == hurried.certified.left
    assert len(hurried.certificates.found) == len(result.loop.states)  # asked for, the rest is made too
    monkeypatch.undo()
    (whole,) = with_certificates([result])
    assert whole.certified.left == () and len(whole.certified.found) == len(result.loop.states)


def test_remanent_states_and_those_beside_an_event_come_first(tmp_path, comparison):
    study = Study.from_values({**TINY, "save": {"ovf": "all"}, "protocol": [{"kind": "bare"}]})
    (result,) = finished(study, tmp_path)
    B_T = dict(zip(result.loop.step.tolist(), result.loop.B_T.tolist(), strict=True))
    at = [B_T[step] for step in sorted(telling(result))]
    assert at.count(0.0) == 2  # one a branch
    assert 0.4 not in at and len(at) < len(B_T)
    bare = comparison.results[0]  # its vortex appears at 0.31 T, between the states saved at 0.4 and 0.2 T
    first = np.flatnonzero(np.isin(bare.loop.B_T[:81], (0.4, 0.2)))
    assert set(bare.loop.step[first].tolist()) <= telling(bare)


def test_smoothed_edges_are_refused_with_the_reason_and_the_report_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.report.report.draw_all", lambda *_: ([], {}))
    study = Study.from_values(
        {**TINY, "mesh": {"cell_nm": 3, "edge_smooth": 4}, "protocol": [{"kind": "bare"}]}
    )
    result = run_study(study, "cpu", tmp_path)
    (case,) = result.results
    assert case.certified.found == {} and len(case.certified.refused) == 2
    (why,) = set(case.certified.refused.values())  # of the state itself, without the path of another
    assert "cells are partly filled (EdgeSmooth)" in why and ".ovf" not in why
    assert not any(f.kind is Kind.NOT_CERTIFIED for f in result.verdict.findings)  # it is told once
    (caution,) = (f for f in result.verdict.findings if f.kind is Kind.EDGE_SMOOTH)
    assert "whether a state is a minimum cannot be known" in caution.text
    assert "partly filled" in (result.report.parent / "certificates.csv").read_text()


def test_where_no_state_was_saved_nothing_is_said_of_certifying(tmp_path):
    study = Study.from_values({**TINY, "save": {"ovf": "none"}})
    steps = []
    with_certificates(finished(study, tmp_path), steps.append)
    assert steps == []


def test_certificates_can_be_left_out_and_are_no_part_of_a_run(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.report.report.draw_all", lambda *_: ([], {}))
    without = Study.from_values({**TINY, "save": {"certify": False}, "protocol": [{"kind": "bare"}]})
    result = run_study(without, "cpu", tmp_path)
    (folder,) = (run.folder for run in result.runs)
    assert not (folder / "certificates.json").exists() and result.results[0].certified is None
    assert 'href="certificates.csv"' not in result.report.read_text(encoding="utf-8")
    states = []
    study = Study.from_values({**TINY, "protocol": [{"kind": "bare"}]})
    again = run_study(study, "cpu", tmp_path, progress=lambda case: states.append(case.state))
    assert states == ["kept"] and again.runs[0].folder == folder  # the same run, another report
    assert json.loads((folder / "certificates.json").read_text())["states"]
    assert 'href="certificates.csv"' in again.report.read_text(encoding="utf-8")
    assert judge(again.comparison).summary == again.summary
