"""Certificates of a run's saved states: made once, kept beside it, made anew where they are not its own."""

import json

import pytest

from harness.analysis.result import analyse
from harness.engines import CpuEngine
from harness.runs.execute import execute
from harness.runs.output import read
from harness.runs.plan import plan

from ..recorded_runs import recorded_run


@pytest.fixture
def finished(tiny, tmp_path):
    engine = CpuEngine()
    run, _ = plan(tiny, engine, tmp_path)
    return read(execute(run, engine)).folder


def test_they_are_kept_beside_the_run_and_no_part_of_it(finished, monkeypatch):
    first = analyse(read(finished)).certificates
    assert {step: c.verdict for step, c in first.found.items()} == {2: "minimum", 7: "minimum"}
    assert [c.B_T for c in first.found.values()] == [(0, 0, 0)] * 2
    assert first.refused == {}

    def never(*_):
        raise AssertionError("made twice")

    monkeypatch.setattr("harness.analysis.run_certificates.certify_case", never)
    again = analyse(read(finished)).certificates  # the run still counts as unchanged
    assert [c.to_dict() for c in again.found.values()] == [
        c.to_dict() | {"file": again.found[step].file} for step, c in first.found.items()
    ]


@pytest.mark.parametrize("change", ["outputs", "verdict", "text"])
def test_what_is_not_this_runs_is_made_anew(finished, change):
    first = analyse(read(finished)).certificates
    file = finished / "certificates.json"
    kept = json.loads(file.read_text())
    if change == "outputs":
        kept["outputs"]["m_step000002.ovf"] = "0" * 64
        kept["states"][0]["verdict"] = "saddle"
    elif change == "verdict":
        kept["states"][0]["verdict"] = 7
    file.write_text("{" if change == "text" else json.dumps(kept))
    again = analyse(read(finished)).certificates
    assert [c.verdict for c in again.found.values()] == [c.verdict for c in first.found.values()]
    assert json.loads(file.read_text())["states"][0]["verdict"] == "minimum"


def test_states_of_mumax3_are_certified_and_the_row_at_fault_is_no_minimum():
    result = analyse(recorded_run("four/R20nm-c4nm-minimize-tilt2deg"))
    found = result.certificates.found
    assert {step: c.verdict for step, c in found.items()} == {24: "minimum", 28: "maximum"}
    assert not result.sound[28]
    assert not (result.folder / "certificates.json").exists()  # the record has no hashes to tell them by
