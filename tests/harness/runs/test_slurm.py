"""What is asked of Slurm, and what is read back; a real one is asked in test_slurm_cluster.py."""

import json
import pickle
import re
import shlex
import sys

import pytest
from typer.testing import CliRunner

from harness.cli.app import app
from harness.engines import CpuEngine
from harness.inputs import InputError
from harness.pipeline import plan_study
from harness.runs.folder import Found
from harness.runs.jobs import command, prepare
from harness.runs.slurm import SlurmError, Work, jobs_of, seen, submissions, submit
from harness.runs.slurm_options import slurm_options

from ..conftest import TINY_TOML

SBATCH = """#!/bin/sh
cp "$1" "$SEEN"
[ -z "$REFUSES" ] || { echo "sbatch: error: $REFUSES" >&2; exit 1; }
echo "Submitted batch job 7"
"""
SQUEUE = """#!/bin/sh
[ -z "$SILENT" ] || { echo "squeue: error: no controller" >&2; exit 1; }
[ -z "$QUEUE" ] || echo "$QUEUE"
"""
LOGIN_NODE = {"sbatch": SBATCH, "srun": "#!/bin/sh\n", "squeue": SQUEUE}
"""Programs that take a job and run nothing."""


@pytest.fixture
def login(tmp_path, monkeypatch):
    """A folder for runs, where Slurm takes every job and starts none."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in LOGIN_NODE.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("SEEN", str(tmp_path / "seen.sh"))
    for name in ("REFUSES", "SILENT", "QUEUE"):
        monkeypatch.setenv(name, "")
    return tmp_path


@pytest.fixture
def folders(tiny, login):
    """The tiny study's two runs, prepared."""
    planned = plan_study(tiny, CpuEngine(), login / "runs")
    for run in planned:
        prepare(run, CpuEngine())
    return [run.folder.path for run in planned]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("must be key=value", "partition=gpu,gres=gpu:1,time=2:00:00")),
        ("gpu", ("must be key=value",)),
        ("partition=gpu", ("time: missing",)),
        ("time=2:00:00,partiton=gpu", ("partiton: unknown key; did you mean partition?",)),
        ("time=1,time=2", ("time: given twice",)),
        ("time=soon", ("time", '"soon"', "minutes, hours:minutes:seconds or days-hours")),
        ("time=0", ("must be a time up to a year",)),
        ("time=1,cpus-per-task=many", ("cpus_per_task", '"many"')),
        ("time=1,cases_per_job=0", ("cases_per_job = 0", "at least 1")),
        ("time=1,mem=lots", ("mem", "such as 4000M or 8G")),
        ("time=1,wrap=id", ("wrap: unknown key",)),
        ("time=1,output=/etc/x", ("output: unknown key",)),
    ],
)
def test_what_slurm_is_not_asked(text, parts):
    with pytest.raises(InputError) as refused:
        slurm_options(text)
    assert all(part in str(refused.value) for part in parts), refused.value


@pytest.mark.parametrize("meta", list(";&|$`<>(){}*?!'\"\\ \t\n#~%=^[]"))
def test_no_value_says_anything_to_a_shell(meta):
    for key in ("partition", "account", "gres", "nodelist", "mem", "time"):
        with pytest.raises(InputError):
            slurm_options(f"time=1,{key}=a{meta}b" if key != "time" else f"time=1{meta}0")


def test_what_slurm_is_asked():
    asked = slurm_options("partition=a,b,time=1-12,gres=gpu:a100:2,cpus-per-task=4,mem=8G,cases_per_job=3")
    flags = {"partition": "a,b", "gres": "gpu:a100:2", "cpus-per-task": 4, "mem": "8G"}
    assert asked.flags() == flags and asked.cases_per_job == 3 and asked.wants_gpu
    assert slurm_options("gpus=1,time=5").wants_gpu and not slurm_options("partition=gpu,time=5").wants_gpu


def test_a_submission_is_one_array_of_mxval_work(folders, login):
    study = folders[0].parent
    submission = submit(folders, study, "cpu", slurm_options("partition=main,time=2:00:00,cases_per_job=1"))
    assert submission.jobs == {"7_0": (folders[0].name,), "7_1": (folders[1].name,)}
    ((place, read),) = submissions(study).items()
    assert read == submission and place.stat().st_mode & 0o077 == 0
    script = (login / "seen.sh").read_text()
    for line in ("--array=0-1%2", "--partition=main", "--time=120", "--requeue", "--signal=USR2@60"):
        assert f"#SBATCH {line}\n" in script
    commands = [line for line in script.splitlines() if line and not line.startswith(("#", "export"))]
    (asked,) = commands
    assert shlex.split(asked)[-5:] == [sys.executable, "-u", "-m", "submitit.core._submit", str(place)]
    for job, folder in zip(("7_0", "7_1"), folders, strict=True):
        delayed = pickle.loads((place / f"{job}_submitted.pkl").read_bytes())
        assert isinstance(delayed.function, Work) and delayed.function.folders == [str(folder)]
    assert command(folders[0])[1:] == ["-m", "harness", "work", str(folders[0])]


def test_many_runs_are_dealt_out_to_a_hundred_jobs(folders, monkeypatch):
    many = [folders[0].with_name(f"case-{k}") for k in range(250)]
    jobs = submit(many, folders[0].parent, "cpu", slurm_options("time=10")).jobs
    assert len(jobs) == 84 and {len(held) for held in jobs.values()} == {2, 3}
    assert sorted(name for held in jobs.values() for name in held) == sorted(f.name for f in many)
    assert jobs["7_0"] == ("case-0", "case-84", "case-168")


def test_a_refusal_leaves_nothing(folders, monkeypatch):
    monkeypatch.setenv("REFUSES", "invalid partition specified: nowhere")
    with pytest.raises(SlurmError, match="nothing was submitted: sbatch: error: invalid partition specified"):
        submit(folders, folders[0].parent, "cpu", slurm_options("partition=nowhere,time=10"))
    assert submissions(folders[0].parent) == {}
    assert not list((folders[0].parent / "slurm").iterdir())


def test_where_there_is_no_slurm(folders, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InputError, match="no sbatch here; give this command on a login node"):
        submit(folders, folders[0].parent, "cpu", slurm_options("time=10"))


def test_folders_that_slurm_cannot_log_to(tiny, login):
    study = login / "100%" / "tiny"
    with pytest.raises(InputError, match="Slurm writes no log below a '%'"):
        submit([study / "run"], study, "cpu", slurm_options("time=10"))


def test_jobs_are_laid_into_no_folder_of_a_strangers(folders, login):
    """Neither through a link, nor where something lies for a job to load."""
    study, elsewhere = folders[0].parent, login / "elsewhere"
    elsewhere.mkdir()
    (study / "slurm").symlink_to(elsewhere)
    with pytest.raises(InputError, match="is a link, and jobs are kept beside their runs"):
        submit(folders, study, "cpu", slurm_options("time=10"))
    assert not list(elsewhere.iterdir())


class Bomb:
    """What runs code when it is unpickled."""

    def __reduce__(self):
        return open, ("hacked", "w")


def test_nothing_is_unpickled_where_one_only_looks(folders, login, monkeypatch):
    monkeypatch.chdir(login)
    study = folders[0].parent
    submit(folders, study, "cpu", slurm_options("time=10"))
    for file in (study / "slurm").rglob("*.pkl"):
        file.write_bytes(pickle.dumps(Bomb()))
        file.with_name(file.name.replace("submitted", "0_result")).write_bytes(pickle.dumps(Bomb()))
    assert {job.state for job in jobs_of(study).values()} == {""}
    assert not (login / "hacked").exists()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"jobs": {"7; id": ["a"]}}', b"\xff", b"[" * 3000, b'{"submitted": 1}']
)
def test_an_account_that_cannot_be_read_is_named(folders, content):
    place = folders[0].parent / "slurm" / "x"
    place.mkdir(parents=True)
    (place / "submission.json").write_bytes(content)
    with pytest.raises(
        InputError, match=r"submission.json: is no account of a submission .*; move its folder"
    ):
        jobs_of(folders[0].parent)


def test_what_the_queue_says_of_each_run(folders, monkeypatch):
    study, names = folders[0].parent, [folder.name for folder in folders]
    submit(folders, study, "cpu", slurm_options("time=10,cases_per_job=1"))
    monkeypatch.setenv("QUEUE", "7|0|RUNNING|node1\n7|1|PENDING|(Resources)")
    jobs = jobs_of(study)
    assert [(jobs[name].name, jobs[name].state, jobs[name].reason) for name in names] == [
        ("7_0", "RUNNING", "node1"),
        ("7_1", "PENDING", "Resources"),
    ]
    monkeypatch.setenv("QUEUE", "")
    assert {job.state for job in jobs_of(study).values()} == {""}
    monkeypatch.setenv("SILENT", "1")
    assert {job.state for job in jobs_of(study).values()} == {None}
    assert {job.state for job in jobs_of(study, lambda name: False).values()} == {None}


def test_what_is_said_of_a_run_in_the_queue(folders, monkeypatch):
    study, name = folders[0].parent, folders[0].name
    submit(folders[:1], study, "cpu", slurm_options("time=10"))
    planned, failed = Found("planned", "", True), Found("failed", "DiskFull: full", False)
    running, done = Found("running", "3 rows written", True), Found("done", "", True)
    monkeypatch.setenv("QUEUE", "7|N/A|PENDING|(Priority)")
    waits = jobs_of(study)[name]
    assert seen(planned, waits) == ("queued", "in Slurm job 7, pending (Priority)", True)
    assert seen(failed, waits).note.endswith("pending (Priority); before that failed: DiskFull: full")
    assert seen(running, waits) == ("running", "3 rows written, in Slurm job 7", True)
    assert seen(done, waits) is done and seen(planned, None) is planned
    monkeypatch.setenv("QUEUE", "")
    job = jobs_of(study)[name]
    assert seen(planned, job).note == "Slurm job 7 has ended, and wrote no log"
    job.log.touch()
    ended = seen(planned, job)
    assert ended.state == "planned" and not ended.sound
    assert re.fullmatch(r"Slurm job 7 has ended, its log is .*/7_0_log.err", ended.note)
    monkeypatch.setenv("SILENT", "1")
    assert seen(planned, jobs_of(study)[name]).note.startswith("Slurm job 7 is not known here")


def test_the_json_of_a_submission_is_plain(folders):
    submit(folders, folders[0].parent, "cpu", slurm_options("time=10,partition=main"))
    (file,) = (folders[0].parent / "slurm").glob("*/submission.json")
    values = json.loads(file.read_text())
    assert set(values) == {"submitted", "engine", "options", "jobs"} and values["engine"] == "cpu"
    assert values["options"] == {"time": "10", "partition": "main", "jobs_at_once": 256}


def test_what_is_in_the_queue_is_not_submitted_twice_and_what_has_left_it_is(login, monkeypatch):
    (login / "tiny.toml").write_text(TINY_TOML)
    monkeypatch.chdir(login)

    def asked():
        command = ["run", "tiny.toml", "--slurm", "time=10,cases_per_job=2", "--json"]
        return json.loads(CliRunner().invoke(app, command).stdout)

    cases = ["R6nm-c3nm-bare", "R6nm-c3nm-kick5mT-seed1"]
    assert asked()["jobs"] == {"7": cases}
    monkeypatch.setenv("QUEUE", "7|N/A|PENDING|(Priority)")
    again = asked()
    assert again["jobs"] == {} and list(again["left"]) == cases
    monkeypatch.setenv("QUEUE", "")
    assert asked()["jobs"] == {"7": cases}
