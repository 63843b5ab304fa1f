"""A run repeated from its run.json, and what is refused of it."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from harness.checks.rerun import rerun
from harness.cli.app import app
from harness.engines import CpuEngine
from harness.engines.base import ScriptError
from harness.pipeline import plan_study
from harness.runs.execute import execute
from harness.runs.output import read
from harness.runs.record import NotARun, RunRecord
from harness.study.study import Study


@pytest.fixture(scope="module")
def finished(tiny, tmp_path_factory):
    """The kicked tiny case, run by the CPU engine."""
    runs = tmp_path_factory.mktemp("runs")
    run = plan_study(tiny, CpuEngine(), runs)[1]
    execute(run, CpuEngine())
    return run.folder.path


@pytest.fixture
def lonely(finished, tmp_path):
    """A copy of the run with nothing but run.json and its output: no script, no masks."""
    folder = tmp_path / "from a stranger"
    folder.mkdir()
    shutil.copy(finished / "run.json", folder)
    shutil.copytree(finished / "out", folder / "out")
    return folder


def change(folder, **values):
    manifest = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(manifest | values))


def test_run_json_alone_repeats_a_run(lonely, finished):
    told = rerun(lonely)
    assert told.identical and told.agreement.agrees and told.remarks == ()
    assert told.folder == lonely.with_name("from a stranger-rerun")
    assert (told.folder / "script.mx3").read_bytes() == (finished / "script.mx3").read_bytes()
    for mask in ("position.ovf", "kick.ovf"):
        assert (told.folder / mask).read_bytes() == (finished / mask).read_bytes()
    summary = told.to_dict()
    assert summary["folder"] == str(told.folder) and summary["identical"] and summary["remarks"] == ()
    assert ("rows on one branch", "10 of 10") in told.to_table()[2]
    assert summary["rows"] == 10 and summary["rows_apart"] == 0 and summary["largest_difference_of_m"] == 0
    assert set(summary["largest_difference_of_energy"].values()) == {0}


def test_provenance_is_whole(finished):
    manifest = json.loads((finished / "run.json").read_text())
    assert manifest["script"] == (finished / "script.mx3").read_text()
    assert set(manifest["masks"]) == {"position", "kick"}
    assert {"versions", "host", "options", "engine_version", "case", "study", "outputs"} <= set(manifest)
    assert RunRecord.read(finished).case == read(finished).case


def test_difference_is_found(lonely):
    """Another tolerance: not the same bytes, but the same loop."""
    manifest = json.loads((lonely / "run.json").read_text())
    change(lonely, options=manifest["options"] | {"tolerance_T": 1e-3})
    told = rerun(lonely)
    assert not told.identical and told.agreement.agrees
    assert told.remarks == ("its hash is not that of its script, masks and options under this version",)


def test_another_engine_may_repeat_it(lonely, stand_in):
    told = rerun(lonely, engine="cpu")
    assert told.agreement.agrees
    stand_in()
    told = rerun(lonely, lonely.with_name("on mumax3"), "mumax3")
    assert told.remarks == ("run by cpu then, by mumax3 now",)


def test_command(lonely):
    result = CliRunner().invoke(app, ["rerun", str(lonely)])
    assert result.exit_code == 0, result.output
    assert "the same, byte for byte" in result.stdout and "10 of 10" in result.stdout
    result = CliRunner().invoke(app, ["rerun", str(lonely), "--json"])
    assert json.loads(result.stdout)["identical"] is True


def test_parting_ways_is_told(lonely, tmp_path):
    """A recorded script with another anisotropy: the loop is another one, and the exit code says so."""
    script = json.loads((lonely / "run.json").read_text())["script"]
    change(lonely, script=script.replace("Ku1   = 48000", "Ku1   = 0"))
    assert "48000" in script
    result = CliRunner().invoke(app, ["rerun", str(lonely), "--json"])
    told = json.loads(result.stdout)
    assert result.exit_code == 1 and told["rows_apart"] > 0 and told["apart_at_T"]


REFUSED = {
    "nothing": ({}, "holds no run.json"),
    "state": ({"state": "failed"}, "the run is failed, not done"),
    "engine": ({"engine": "/bin/sh"}, "engine: Input should be 'cpu', 'mumax3' or 'imported'"),
    "options": ({"options": {"tolerance_T": 1e-6, "shell": "true"}}, "option shell is not one of engine cpu"),
    "option of a wrong kind": ({"options": {"tolerance_T": [1]}}, "options.tolerance_T"),
    "hash": ({"hash": "../../x"}, "hash: String should match"),
    "masks": ({"masks": {"position": "0" * 64}}, "masks of its case are not those it ran with"),
    "mask names": ({"masks": {"../../x": "nohash"}}, "masks.../../x"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_folders_from_strangers(lonely, what):
    values, message = REFUSED[what]
    change(lonely, **values)
    if not values:
        (lonely / "run.json").unlink()
    with pytest.raises(NotARun) as caught:
        rerun(lonely)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert not lonely.with_name("from a stranger-rerun").exists()


@pytest.mark.parametrize("name", ["../../../etc/cron.d/x", "a/b", "..", ""])
def test_names_from_strangers_make_no_paths(lonely, name):
    manifest = json.loads((lonely / "run.json").read_text())
    for key in ("name", "study_name"):
        change(lonely, case={**manifest["case"], key: name})
        with pytest.raises(NotARun, match=f"case.{key}"):
            rerun(lonely)


@pytest.mark.parametrize("engine", ["cpu", "mumax3"])
@pytest.mark.parametrize(
    "line", ['saveas(m, "../../stolen")', 'fprintln("/tmp/mxval-stolen", 1)', 'loadfile("/etc/passwd")']
)
def test_scripts_from_strangers_stay_in_their_folder(lonely, stand_in, engine, line, tmp_path):
    stand_in()
    script = json.loads((lonely / "run.json").read_text())["script"]
    change(lonely, script=f"{script}\n{line}\n")
    with pytest.raises(ScriptError, match=r"script line \d+"):
        rerun(lonely, engine=engine)
    assert not list(tmp_path.rglob("*stolen*"))


def test_not_in_its_own_folder(lonely):
    with pytest.raises(NotARun, match="not repeated in its own folder"):
        rerun(lonely, lonely)


def test_never_over_something_else(lonely, tmp_path):
    mine = tmp_path / "mine"
    (mine / "out").mkdir(parents=True)
    (mine / "out" / "thesis.txt").write_text("years of work")
    with pytest.raises(NotARun, match="mine: holds something else; give another folder with --out"):
        rerun(lonely, mine)
    assert (mine / "out" / "thesis.txt").read_text() == "years of work"
    rerun(lonely, tmp_path / "again")
    rerun(lonely, tmp_path / "again")  # its own repetition may be made anew


def test_output_of_a_stranger_is_checked(lonely):
    table = lonely / "out" / "table.txt"
    table.write_text(table.read_text().replace("0.4", "0.5"))
    result = CliRunner().invoke(app, ["rerun", str(lonely)])
    assert result.exit_code == 1 and "was changed since the run was finished" in result.stderr


def test_a_study_with_seeds_reads_back_from_its_manifest(small_with):
    values = small_with("protocol", [{"kind": "bare"}, {"kind": "kick", "b_mT": 5, "seeds": [1, 2]}])
    study = Study.from_values(values)
    written = json.loads(json.dumps(study.model_dump(mode="json")))
    assert Study.model_validate(written) == study
    assert [case.name for case in Study.model_validate(written).cases()] == [c.name for c in study.cases()]
