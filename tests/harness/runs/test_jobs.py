"""Runs prepared for others: run from their folder alone, by whoever comes first, as planned or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from harness.engines import CpuEngine
from harness.inputs import InputError
from harness.pipeline import plan_study
from harness.runs.jobs import CASES_NAME, prepare, prepared, run_prepared, write_jobs
from harness.runs.output import read
from harness.runs.record import NotARun
from harness.runs.slots import Share
from harness.study.study import Study

from ..conftest import TINY

PATHS = os.environ | {"PYTHONPATH": str(Path(harness.__file__).parent.parent)}


@pytest.fixture
def runs(tiny, tmp_path):
    """The tiny study's two runs, prepared."""
    planned = plan_study(tiny, CpuEngine(), tmp_path / "my 'runs'")
    assert [prepare(run, CpuEngine()) for run in planned] == ["prepared", "prepared"]
    return planned


def edited(run, **values):
    """A run whose run.json says something else."""
    file = run.folder.path / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))
    return run.folder.path


def ended(place):
    """How the run of one folder ends; its error is raised."""
    (outcome,) = run_prepared([place]).values()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def test_a_prepared_run_is_run_from_its_folder_alone(runs, tiny, tmp_path):
    place = runs[0].folder.path
    assert (
        runs[0].folder.state() == "planned" and (place / "script.mx3").read_text() == runs[0].rendered.script
    )
    assert ended(place) == "done"
    assert read(place).record.hash == runs[0].folder.hash
    stamp = (place / "run.json").stat().st_mtime_ns
    assert ended(place) == "kept" and prepare(runs[0], CpuEngine()) == "done"
    assert (place / "run.json").stat().st_mtime_ns == stamp
    assert prepare(runs[0], CpuEngine(), redo=True) == "prepared" and runs[0].folder.state() == "planned"


def test_a_run_at_work_elsewhere_is_left_to_that(runs):
    with runs[0].folder.lock():
        assert ended(runs[0].folder.path) == "busy"
        assert prepare(runs[0], CpuEngine()) == "busy"
    assert ended(runs[0].folder.path) == "done"


def test_what_an_earlier_attempt_says_stays_until_the_next_begins(runs):
    place = edited(runs[0], state="failed", error="no room", error_kind="DiskFull")
    assert prepare(runs[0], CpuEngine()) == "prepared"
    assert "no room" in (place / "run.json").read_text()
    assert ended(place) == "done" and read(place).record.error is None


def test_a_strangers_run_json_runs_nothing_of_its_own(runs, tmp_path):
    """Its script is never looked at; options, case and hash must be what this version plans."""
    place = edited(runs[0], script='saveAs(m, "../../../hacked")')
    assert ended(place) == "done"
    assert (place / "script.mx3").read_text() == runs[0].rendered.script
    folder = runs[1].folder.path
    for change in ({"hash": 64 * "0"}, {"engine": "mumax3"}, {"replica": 7}):
        before = (folder / "run.json").read_text()
        with pytest.raises(NotARun, match="is not the run that this mxval plans for its case"):
            ended(edited(runs[1], **change))
        (folder / "run.json").write_text(before)
    case = json.loads((folder / "run.json").read_text())["case"]
    case["particle"]["radius_nm"] = 5
    with pytest.raises(NotARun, match="prepare it anew from its study"):
        ended(edited(runs[1], case=case))


@pytest.mark.parametrize("name", ["script.mx3", "position.ovf", "out", "run.json.new", "out/table.txt"])
def test_nobody_writes_through_a_link(runs, tmp_path, name):
    outside = tmp_path / "outside"
    outside.write_text("mine")
    place = runs[0].folder.path
    (place / name).parent.mkdir(exist_ok=True)
    (place / name).unlink(missing_ok=True)
    (place / name).symlink_to(outside)
    with pytest.raises(NotARun, match="is a link, and a run's folder holds none; put the file itself there"):
        ended(place)
    assert outside.read_text() == "mine"


def test_a_folder_that_holds_no_run(tmp_path):
    with pytest.raises(NotARun, match="no such folder"):
        ended(tmp_path / "gone")


def test_several_at_a_time(runs, tmp_path):
    """Worker processes keep the cores of a job busy; what is no run of ours is told, and the rest goes on."""
    told = []
    places = [run.folder.path for run in runs]
    outcomes = run_prepared(
        [*places, tmp_path / "gone"], Share(cores=2), lambda place, outcome: told.append(place)
    )
    assert [outcomes[place] for place in places] == ["done", "done"]
    assert isinstance(outcomes[tmp_path / "gone"], NotARun) and set(told) == set(outcomes)


def sh(script, cwd, **variables):
    """A script run as a scheduler would, in another folder."""
    environment = PATHS | variables
    return subprocess.run(["sh", script], cwd=cwd, env=environment, capture_output=True, text=True)


def test_the_files_of_commands_run_each_case_and_keep_what_is_done(runs, tmp_path):
    folder = tmp_path / "a folder; touch hacked"
    cases, pbs, sge, loop = write_jobs(runs, folder, replace=False)
    assert cases.name == CASES_NAME and len(cases.read_text().splitlines()) == 2
    assert "#PBS -J 1-2\n" in pbs.read_text() and "#$ -t 1-2\n" in sge.read_text()
    name = [run.folder.path.name for run in runs]
    assert sh(pbs, tmp_path, PBS_ARRAY_INDEX="1").stdout == f"{name[0]}: done\n"
    assert sh(sge, tmp_path, SGE_TASK_ID="2").stdout == f"{name[1]}: done\n"
    beyond = (sh(pbs, tmp_path, PBS_ARRAY_INDEX="3"), sh(sge, tmp_path, SGE_TASK_ID="3"))
    assert [(one.returncode, one.stdout) for one in beyond] == [(2, "")] * 2
    assert {one.stderr for one in beyond} == {f"mxval: no case 3: 1 to 2 are in {cases}\n"}
    nameless = [sh(sge, tmp_path, SGE_TASK_ID=task) for task in ("", "undefined")]
    assert [(one.returncode, one.stdout) for one in nameless] == [(2, "")] * 2
    both = sh(loop, tmp_path)
    assert both.returncode == 0
    assert both.stdout == f"{name[0]}: done before, kept\n{name[1]}: done before, kept\n"
    assert not list(tmp_path.rglob("hacked"))


def test_two_that_start_a_case_at_once_run_it_once(runs):
    asked = [sys.executable, "-m", "harness", "work", str(runs[1].folder.path)]
    pair = [subprocess.Popen(asked, env=PATHS, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(process.communicate(timeout=120)[0].partition(": ")[2].strip() for process in pair)
    assert [process.returncode for process in pair] == [0, 0]
    assert said in (["another mxval is at work on it", "done"], ["done", "done before, kept"])


def test_files_that_are_there_are_not_replaced_unless_they_are_ours(runs, tmp_path):
    (tmp_path / CASES_NAME).write_text("mine")
    with pytest.raises(InputError, match=r"cases.txt: exists already; give another folder with -o"):
        write_jobs(runs, tmp_path, replace=False)
    assert (tmp_path / CASES_NAME).read_text() == "mine"
    write_jobs(runs, tmp_path / "ours", replace=False)
    assert write_jobs(runs[:1], tmp_path / "ours", replace=True)
    assert "-J" not in (tmp_path / "ours" / "pbs.sh").read_text()  # PBS takes no array of one


@pytest.mark.parametrize("axis", [(1, 1, 0), (1, 0, 1), (1, 1, 1), (1, 2, 3)])
def test_a_direction_is_read_back_to_the_last_bit(tmp_path, axis):
    """A run prepared from a study is the run that its own run.json stands for, whatever the easy axis."""
    values = TINY | {"material": {"name": "iron", "axis": list(axis)}}
    planned = plan_study(Study.from_values(values), CpuEngine(), tmp_path)
    prepare(planned[0], CpuEngine())
    run, _ = prepared(planned[0].folder.path)
    assert run.folder.hash == planned[0].folder.hash
