"""Runs on a real Slurm of one node: arrays, time limits, preemption, scancel, a node that dies.

MuMax3 is played by the stand-in; while the file `hold` lies beside a study, its kicked cases hang.
Each test waits for what the cluster does by itself, and two jobs that run into their limit start first.
"""

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import harness
from harness.cli.app import app

from ...slurm.cluster import Cluster, missing
from ..conftest import STAND_IN, TINY_TOML

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.validate,
    pytest.mark.skipif(missing() is not None, reason=f"no Slurm here: {missing()}"),
]
PROGRAM = """#!/bin/sh
case "$PWD" in *kick*) [ -e "$HOLD" ] && export STAND_IN_FAULT=hangs ;; esac
exec "{python}" -SE "{stand_in}" "$@"
"""
BARE, KICK = "R6nm-c3nm-bare", "R6nm-c3nm-kick5mT-seed1"
PATIENCE_S = 120
SETTLED_S = 5.0
"""Time Slurm is given between taking a job back and starting it again."""


class Desk:
    """A folder on the login node with the tiny study in it, under a name of its own."""

    def __init__(self, cluster, folder, name, program, answers):
        folder.mkdir()
        self.cluster, self.folder, self.name = cluster, folder, name
        (folder / f"{name}.toml").write_text(TINY_TOML.replace("tiny", name))
        self.hold = folder / "hold"
        self.environment = cluster.environment | {
            "PYTHONPATH": str(Path(harness.__file__).parent.parent),
            "MUMAX3": str(program),
            "STAND_IN_ANSWERS": str(answers),
            "STAND_IN_FAULT": "",
            "HOLD": str(self.hold),
        }

    def mxval(self, command, *options, code=0):
        """The command about this study; its values."""
        done = self.call(command, *options, "--json")
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)

    def call(self, command, *options):
        """The command as it ends, given in this study's folder."""
        engine = ["--engine", "mumax3"] if "--slurm" in options and "gres" not in options[1] else []
        with contextlib.chdir(self.folder):
            asked = [command, f"{self.name}.toml", *options, *engine]
            return CliRunner().invoke(app, asked, env=self.environment)

    def submit(self, slurm, *options):
        """Submit what is missing; the numbers of the jobs."""
        return list(self.mxval("run", "--slurm", slurm, *options)["jobs"])

    def states(self, code=0):
        """State and note of each case."""
        return {c["name"]: (c["state"], c["note"]) for c in self.mxval("status", code=code)["cases"]}

    def kicked(self):
        """State of the kicked case, as its record has it."""
        (file,) = self.folder.glob(f"mumax_runs/{self.name}/{KICK}*/run.json")
        return json.loads(file.read_text())["state"]

    def wait_until_it_hangs(self):
        """Wait until the kicked case is at work."""
        wait_for(lambda: self.kicked() == "running", self.logs)

    def wait_for_job(self, job, *states):
        """Wait until Slurm says one of these of a job; "" once it has forgotten it."""
        wait_for(lambda: self.state_of(job) in states, self.logs)

    def state_of(self, job, shown="%T"):
        """What the queue says of a job."""
        return self.cluster.run("squeue", "--noheader", f"--jobs={job}", f"--format={shown}").stdout.strip()

    def finish(self, job):
        """Wait until the kicked case is done, but not for the pause that Slurm makes before a next try."""
        self.hold.unlink()
        queued = []

        def done():
            if self.state_of(job, "%r") == "BeginTime":
                queued.append(time.monotonic())
            if (
                queued and time.monotonic() - queued[0] > SETTLED_S
            ):  # sooner, its former try is not cleared away
                queued.clear()
                self.cluster.run("scontrol", "update", f"JobId={job}", "StartTime=now")
            return self.kicked() == "done"

        wait_for(done, self.logs)

    def logs(self):
        """All that the jobs have written, and the controller."""
        files = sorted(self.folder.glob("mumax_runs/*/slurm/*/*_log.*"))
        files += sorted(self.cluster.folder.glob("slurm*.log"))
        return "\n".join(f"{file.name}\n{file.read_text(errors='replace')}" for file in files)


def wait_for(true, told):
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, told()
        time.sleep(0.2)


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as running:
        yield running


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory, answers):
    """Makes a folder with a study of this name, whose kicked cases hang at first if asked for."""
    program = tmp_path_factory.mktemp("bin") / "mumax3"
    program.write_text(PROGRAM.format(python=sys.executable, stand_in=STAND_IN))
    program.chmod(0o755)

    def make(name, *, hold=False):
        made = Desk(cluster, tmp_path_factory.mktemp("desk") / "my runs", name, program, answers)
        if hold:
            made.hold.touch()
        return made

    return make


@pytest.fixture(scope="module")
def at_their_limit(desk):
    """Two studies whose kicked case hangs into the limit: in one job with a case that ends, and alone."""
    with_progress, alone = desk("progress", hold=True), desk("alone", hold=True)
    (packed,) = with_progress.submit("gres=gpu:1,time=1,cases_per_job=2")
    _, stuck = alone.submit("time=1,cases_per_job=1")
    return with_progress, packed, alone, stuck


def test_an_array_seen_cancelled_and_finished_at_home(at_their_limit, desk, no_figures):
    study = desk("array", hold=True)
    jobs = study.submit("time=10,cases_per_job=1,jobs_at_once=1")
    assert [job.split("_")[1] for job in jobs] == ["0", "1"]
    states = study.states()
    assert {state for state, _ in states.values()} <= {"queued", "running", "done"}
    assert f"in Slurm job {jobs[1]}, pending (" in states[KICK][1]
    again = study.mxval("run", "--slurm", "time=10")
    assert again["jobs"] == {} and KICK in again["left"]  # nobody submits twice
    study.wait_until_it_hangs()
    states = study.states()
    assert states[BARE] == ("done", "") and states[KICK][0] == "running"
    assert states[KICK][1].endswith(f" rows written, in Slurm job {jobs[1]}")
    study.cluster.run("scancel", jobs[1])
    study.wait_for_job(jobs[1], "")
    state, note = study.states(code=1)[KICK]
    assert state == "interrupted" and f"Slurm job {jobs[1]} has ended, its log is " in note
    study.hold.unlink()
    result = study.mxval("run")  # auto: the engine they were submitted with
    assert result["engine"] == "mumax3" and "as submitted to Slurm" in result["engine_reason"]
    assert result["failures"] == {} and Path(study.folder / result["report"]).is_file()
    assert study.states() == {BARE: ("done", ""), KICK: ("done", "")}


def test_a_job_at_its_limit_goes_on_later_if_it_finished_a_run(at_their_limit):
    study, job, alone, stuck = at_their_limit
    wait_for(lambda: "Requeued job" in study.logs(), study.logs)
    assert study.states()[KICK][0] in ("queued", "interrupted")
    study.finish(job)
    assert "R6nm-c3nm-bare" in study.logs().split("Requeued job")[1]  # was done before, and kept
    wait_for(lambda: "no run was finished within the job's 1 min" in alone.logs(), alone.logs)
    alone.wait_for_job(stuck, "")
    state, note = alone.states(code=1)[KICK]
    assert state == "interrupted" and f"Slurm job {stuck} has ended" in note


def test_what_is_preempted_is_queued_again(desk):
    study = desk("preempted", hold=True)
    (job,) = study.submit("time=10,cpus_per_task=2")  # both cases at a time
    study.wait_until_it_hangs()
    study.cluster.run("sbatch", "--partition=urgent", "--ntasks=8", "--output=/dev/null", "--wrap", "sleep 1")
    wait_for(lambda: "DUE TO PREEMPTION" in study.logs(), study.logs)
    study.finish(job)


def test_a_node_that_dies_loses_nothing(desk, cluster):
    study = desk("dies", hold=True)
    (job,) = study.submit("time=10,cases_per_job=2")
    study.wait_until_it_hangs()
    cluster.kill_node()
    study.wait_for_job(job, "PENDING")
    state, note = study.states()[KICK]
    assert state == "queued" and "before that interrupted: " in note
    cluster.start_node()
    study.finish(job)
    assert study.states() == {BARE: ("done", ""), KICK: ("done", "")}


def test_slurm_says_why_it_refuses(desk):
    study = desk("refused")
    done = study.call("run", "--slurm", "partition=nowhere,time=10")
    assert done.exit_code == 1
    assert "nothing was submitted: " in done.stderr and "invalid partition" in done.stderr.lower()
    assert not list(study.folder.glob("mumax_runs/refused/slurm/2*"))


def test_the_cluster_listens_on_loopback_alone(cluster):
    """Ports of every process of the cluster, by the sockets they hold."""
    lines = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout.splitlines()
    ours = [line.split()[3] for line in lines if '"slurm' in line or '"srun"' in line]
    assert len(ours) >= 2 and all(address.startswith("127.0.0.1:") for address in ours)
