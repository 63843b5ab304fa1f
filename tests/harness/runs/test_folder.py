"""A run folder's states, its lock, and what it keeps apart."""

import json

import pytest

from harness.engines.base import EngineError, OutputInvalid
from harness.runs.folder import RunBusy, RunFolder
from harness.runs.output import read
from harness.runs.record import NotARun
from harness.study.script import render

from ..made_runs import record_of


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path / "small" / "case-0123456789ab", "0123456789ab" + 52 * "0")


@pytest.fixture
def record(small):
    return record_of(small, small.cases()[0])


def test_place_and_first_state(folder, tmp_path):
    assert folder.path == tmp_path / "small" / "case-0123456789ab"
    assert folder.state() == "planned" and not folder.path.exists()


def test_a_planned_run_tells_of_others_of_its_case(folder):
    other = folder.path.with_name("case-fedcba987654")
    (folder.path.parent / "case-tilt-fedcba987654").mkdir(parents=True)
    assert folder.look().note == ""
    other.mkdir()
    assert folder.look().note == "case-fedcba987654 is of another script, engine or version"


def test_a_folder_alone_means_nothing(folder):
    folder.out.mkdir(parents=True)
    (folder.out / "table.txt").write_text("something")
    assert folder.state() == "planned"


@pytest.mark.parametrize("state", ["planned", "done", "failed"])
def test_written_states_are_read_back(folder, record, state):
    folder.path.mkdir(parents=True)
    record.updated(state=state).write(folder.path)
    assert folder.state() == state


def test_running_without_a_lock_was_interrupted(folder, record):
    with folder.lock():
        record.updated(state="running").write(folder.path)
        assert folder.state() == "running"
    assert folder.state() == "interrupted"


def test_what_was_done_before_a_run_anew_that_was_killed_is_told(folder, small, record, monkeypatch):
    folder.out.mkdir(parents=True)
    done, rendered = record.updated(state="done"), render(small.cases()[0])
    done.write(folder.path)
    folder.prepare(rendered, record)
    assert folder.look() == ("planned", "what was done before is kept in before", True)
    record.updated(state="running").write(folder.path)
    assert folder.look() == ("interrupted", "0 rows written; what was done before is kept in before", False)
    with pytest.raises(NotARun, match="the run is interrupted, not done"):
        read(folder.path)


def test_a_disk_too_full_to_run_anew_leaves_nothing_beside_what_was_done(folder, small, record, monkeypatch):
    folder.path.mkdir(parents=True)
    record.updated(state="done").write(folder.path)

    def full(*args):
        raise OSError("no room")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no room"):
        folder.prepare(render(small.cases()[0]), record)
    assert folder.state() == "done" and not (folder.path / "before").exists()


def test_two_at_once(folder, monkeypatch):
    monkeypatch.setattr("harness.runs.folder.LOCK_PATIENCE_S", 0.1)
    with folder.lock(), pytest.raises(RunBusy, match="another mxval is at work"), folder.lock():
        pass


def test_record_is_replaced_whole(folder, record, monkeypatch):
    folder.path.mkdir(parents=True)
    record.write(folder.path)

    def full(*args):
        raise OSError("no room")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no room"):
        record.updated(state="failed").write(folder.path)
    assert folder.record() == record
    assert [f.name for f in folder.path.iterdir()] == ["run.json"]


def test_broken_record_is_named_with_what_to_do(folder):
    folder.path.mkdir(parents=True)
    (folder.path / "run.json").write_text('{"state": "do')
    with pytest.raises(EngineError, match=r"run.json: cannot be read .*move this one away"):
        folder.state()


def test_old_output_is_gone_before_a_fresh_run(folder, small, record):
    folder.out.mkdir(parents=True)
    (folder.out / "m_step000099.ovf").write_text("old")
    with folder.lock():
        script = folder.prepare(render(small.cases()[0]), record)
    assert not folder.out.exists()
    assert script.read_text().startswith("//") and (folder.path / "position.ovf").exists()
    assert json.loads((folder.path / "run.json").read_text())["state"] == "planned"


def test_changed_and_missing_outputs_are_named(folder, record):
    folder.out.mkdir(parents=True)
    (folder.out / "table.txt").write_text("1")
    (folder.out / "m.ovf").write_text("2")
    record = record.updated(outputs=folder.output_hashes())
    folder.check_outputs(record)
    (folder.out / "table.txt").write_text("3")
    with pytest.raises(OutputInvalid, match=r"table.txt: was changed since the run was finished"):
        folder.check_outputs(record)
    (folder.out / "table.txt").write_text("1")
    (folder.out / "m.ovf").unlink()
    with pytest.raises(OutputInvalid, match=r"m.ovf: is gone"):
        folder.check_outputs(record)
