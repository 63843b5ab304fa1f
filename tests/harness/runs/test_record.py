"""run.json: one typed record, of whatever version; and the identity of a run, which never changes."""

import json
import shutil
from pathlib import Path

import pytest

from harness.engines import CpuEngine, MuMax3
from harness.engines.base import EngineCrashed, EngineError
from harness.pipeline import plan_study
from harness.runs.execute import execute
from harness.runs.folder import RunFolder
from harness.runs.record import FORMAT, NotARun, RunRecord
from harness.study.study import Study

from ..conftest import TINY

FORMAT_1 = Path(__file__).with_name("data") / "run_format_1.json"
"""As the release before the record had a version wrote it."""

PLAIN = TINY | {"solver": {"method": "relax"}}
"""The tiny study as the release before wrote its scripts: with a plain relax()."""
IDENTITIES = {
    "cpu": "903a73582d0543f3fd222659261dca959298560a70f1216b4301c0f1d1dff04c",
    "mumax3": "b9f88915cbd28ca6425aa4c15efe74ae8afdded4fc57d5a0b9b57fc35aae8ea9",
}
"""Of the bare plain case, at revision 2 of the CPU engine: its script and options are what they ever were."""
GUARDED = {
    "cpu": "002b5196738c62fae65077f2023ba7c1996eb4539ac84ba96f19b4e7ab1eac0f",
    "mumax3": "c4b455dfe934cff696583046d70d443f2da86a4084ee74b3e73903fda8e7aa86",
}
"""The same of the usual method."""


@pytest.fixture
def folder(tmp_path):
    """A folder with a run.json of format 1."""
    shutil.copy(FORMAT_1, tmp_path / "run.json")
    return tmp_path


def changed(folder, **values):
    """The folder with keys of its run.json replaced, or dropped where they are None."""
    record = json.loads((folder / "run.json").read_text()) | values
    (folder / "run.json").write_text(json.dumps({k: v for k, v in record.items() if v is not None}))
    return folder


@pytest.mark.parametrize("engine", [CpuEngine(), MuMax3()], ids=lambda engine: engine.name)
@pytest.mark.parametrize(
    ("study", "identities", "name"),
    [(PLAIN, IDENTITIES, "R6nm-c3nm-relax-bare"), (TINY, GUARDED, "R6nm-c3nm-bare")],
    ids=["relax", "usual"],
)
def test_identity_of_a_run_is_what_it_ever_was(tmp_path, engine, study, identities, name, monkeypatch):
    if engine.revision is not None:
        monkeypatch.setattr(engine, "revision", 2)
    run = plan_study(Study.from_values(study), engine, tmp_path)[0]
    assert run.folder.hash == identities[engine.name]
    assert run.folder.path == tmp_path / "tiny" / f"{name}-{run.folder.hash[:12]}"


def test_a_record_of_the_first_format_is_brought_up_to_date(folder):
    before = json.loads(FORMAT_1.read_text())
    record = RunRecord.read(folder)
    plain = Study.from_values(PLAIN | {"continuum": {}})
    case = plain.cases()[0].model_copy(update={"name": "R6nm-c3nm-bare"})
    assert "format" not in before and record.format == FORMAT
    assert record.study == plain and record.case == case and record.hash == IDENTITIES["cpu"]
    for part in ("study", "case"):  # keys that came later, at what was then the only choice
        before[part]["solver"] |= {"algorithm": "fast", "precision": "double"}
        before[part]["solver"] |= {"demag": "newell", "surface": "cells"}
        before[part]["save"]["certify"] = True
    before["study"]["continuum"] = {"solve": True, "accuracy": 1e-3}
    before["study"]["repeats"], before["earlier"] = 1, []
    assert record.to_dict() == {"format": FORMAT, **before}
    record.write(folder)
    assert json.loads((folder / "run.json").read_text()) == {"format": FORMAT, **before}
    assert RunRecord.read(folder) == record


@pytest.mark.parametrize("version", [FORMAT + 1, 99, 0, "2", [2], None])
def test_a_record_of_a_version_to_come_is_refused_in_words(folder, version):
    changed(folder, format=FORMAT)
    (folder / "run.json").write_text(
        json.dumps(json.loads((folder / "run.json").read_text()) | {"format": version})
    )
    with pytest.raises(NotARun, match=rf"format = .*: this mxval reads 1 to {FORMAT}; take the later"):
        RunRecord.read(folder)
    with pytest.raises(EngineError, match="format = "):
        RunFolder(folder, IDENTITIES["cpu"]).state()


@pytest.mark.parametrize("key", ["state", "hash", "study", "case", "engine", "options", "script", "masks"])
def test_a_record_that_lacks_a_key_is_refused_by_its_name(folder, key):
    with pytest.raises(NotARun, match=rf"run.json: {key}: .*; it is not of a run of this program"):
        RunRecord.read(changed(folder, **{key: None}))


@pytest.mark.parametrize("content", ["[]", "1", '"done"', "{", "\x00", ""])
def test_what_is_no_record_is_refused_with_what_to_do(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(NotARun, match=r"run.json: cannot be read .*give the folder of a run, or move"):
        RunRecord.read(tmp_path)


def test_a_record_is_frozen_and_a_change_makes_another(folder):
    record = RunRecord.read(folder)
    with pytest.raises(ValueError, match="frozen"):
        record.state = "failed"
    assert record.updated(state="failed").state == "failed" and record.state == "done"


def test_nothing_is_lost_on_the_way_to_the_file_and_back(folder):
    record = RunRecord.read(folder).updated(
        state="failed", error="line\nbreak \u2033", error_kind="X", options={"a": None, "b": 1.5, "c": True}
    )
    record.write(folder)
    assert RunRecord.read(folder) == record


def test_the_longest_field_path_can_be_recorded(tmp_path):
    """100000 fields listed one by one make a script of megabytes; the record takes it and reads it back."""

    class Refuses(CpuEngine):
        def run(self, *args, **kwargs):
            raise EngineCrashed(1, "for the test")

    fields = [k / 10_000 for k in range(100_000)]
    study = Study.from_values({**TINY, "field": {"values_T": fields}, "save": {"ovf": "all"}})
    run = plan_study(study, Refuses(), tmp_path)[0]
    with pytest.raises(EngineCrashed):
        execute(run, Refuses())
    assert RunRecord.read(run.folder.path).script == run.rendered.script
    assert len(run.rendered.script) > 2e6
