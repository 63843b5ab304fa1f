"""Many cases at the same time: every core and GPU busy, faults met by their names, nothing lost."""

import hashlib
import os
import random
import shutil
import sys
from functools import partial
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from harness.cli.app import app
from harness.engines.base import (
    DiskFull,
    DriverMismatch,
    EngineMissing,
    GpuMemoryFull,
)
from harness.engines.cpu import CpuEngine
from harness.engines.gpus import SHARED, TIME_SLICED, chosen_gpus, gpus
from harness.inputs import InputError
from harness.pipeline import plan_study
from harness.runs.campaign import _Campaign, campaign
from harness.runs.cost import CERTIFIED, Costs, Estimate
from harness.runs.folder import RunBusy
from harness.runs.lanes import Lane
from harness.runs.slots import Share
from harness.runs.worker import Errand
from harness.study.script import render
from harness.study.study import Study

from ..conftest import TINY, TINY_TOML

SMI = """#!{python} -SE
import os, sys
n = int(os.environ.get("FAKE_GPUS", "2"))
if "-L" in sys.argv:
    for k in range(n):
        print(f"GPU {{k}}: Stand-in (UUID: GPU-0000000{{k}}-aaaa)")
else:
    for k in range(n):
        print(f"{{k}}, GPU-0000000{{k}}-aaaa, Stand-in, 80000, {{400 + 100 * k}}, 50")
"""


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """A machine with two GPUs, as far as nvidia-smi tells."""
    program = tmp_path / "smi" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text(SMI.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return program


def tasks_of(study, engine, runs):
    return [(run, engine) for run in plan_study(study, engine, runs)]


def test_cases_go_to_every_gpu(tiny, tmp_path, stand_in, nvidia_smi):
    engine, events = stand_in(pace_s=0.05), []
    tasks = tasks_of(tiny, engine, tmp_path / "runs")
    assert campaign(tasks, Share(2, gpus(), 1), events.append) == {}
    records = [run.folder.record() for run, _ in tasks]
    assert [record.state for record in records] == ["done", "done"]
    assert {record.details["device"] for record in records} == {"GPU-00000000-aaaa", "GPU-00000001-aaaa"}


@pytest.mark.parametrize("share", [Share(), Share(cores=2)], ids=["here", "in workers"])
def test_what_another_process_has_done_meanwhile_is_told_as_kept(tiny, tmp_path, share):
    ends = []
    for _ in range(2):
        events = []
        assert campaign(tasks_of(tiny, CpuEngine(), tmp_path / "runs"), share, events.append) == {}
        ends.append([event.state for event in events if event.state != "running"])
    assert ends == [["done", "done"], ["kept", "kept"]]


def test_long_errands_begin_beside_the_cases_and_short_ones_after_them(tiny, tmp_path):
    events, tasks = [], tasks_of(tiny, CpuEngine(), tmp_path / "runs")
    errands = [Errand("long", os.getpid, 1e6), Errand("longer", os.getpid, 1e6), Errand("short", os.getpid)]
    assert campaign(tasks, Share(cores=2), events.append, errands=errands) == {}
    begun = list(dict.fromkeys(event.message or event.index for event in events))
    assert begun[0] == "long" and begun[1] in (0, 1)
    assert begun.index("short") > max(begun.index(0), begun.index(1))


def test_what_errands_return_comes_back_and_of_one_that_fails_nothing(tiny, tmp_path):
    outcomes, tasks = [], tasks_of(tiny, CpuEngine(), tmp_path / "runs")
    told = {
        "errands": [Errand("fails", os.rmdir)],
        "after": lambda run: Errand("name", partial(str, run.name)),
    }
    assert campaign(tasks, Share(cores=2), **told, on_outcome=outcomes.append) == {}
    assert sorted(outcomes) == sorted(run.name for run, _ in tasks)


class Slow(Costs):
    """Every case takes a thousand seconds."""

    def estimate(self, case, engine):
        return Estimate(1000.0, 1, 0)


@pytest.mark.parametrize(("share", "cores"), [(Share(), 1), (Share(cores=2), 2)], ids=["here", "in workers"])
def test_the_time_left_has_errands_certificates_and_what_comes_after_the_cases(tiny, tmp_path, share, cores):
    events, tasks = [], tasks_of(tiny, CpuEngine(), tmp_path / "runs")
    long = Errand("long", os.getpid, 100.0)
    told = {"errands": [long], "later_s": 1000.0}
    assert campaign(tasks, share, events.append, **told) == {}
    left = [event.left_s for event in events if event.left_s is not None]
    assert 1099 < left[0] < 1110
    certified = Study.from_values(TINY | {"save": {"ovf": "all", "certify": True}})
    tasks = tasks_of(certified, CpuEngine(), tmp_path / "more")
    events.clear()
    assert campaign(tasks, share, events.append, costs=Slow()) == {}
    assert events[0].left_s == pytest.approx((1 + CERTIFIED) * 2000 / cores, abs=5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--gpus", "7"), "--gpus 7: there is no GPU 7; GPUs 0 to 1 are here (Stand-in)"),
        (("--gpus", "x"), "--gpus x: must be all, or numbers with commas between, such as 0,1"),
        (("--gpus", "all", "--per-gpu", "0"), "--per-gpu 0: must be auto, or 1 to 64"),
        (("--cpus", "0"), "--cpus 0: must be auto, or 1 to "),
    ],
)
def test_a_share_that_is_not_there_is_one_line(tmp_path, stand_in, nvidia_smi, options, said):
    stand_in()
    (tmp_path / "tiny.toml").write_text(TINY_TOML)
    for command in ("run", "plan"):
        asked = [command, str(tmp_path / "tiny.toml"), "--engine", "mumax3", "--runs", str(tmp_path / "runs")]
        answer = CliRunner().invoke(app, [*asked, *options])
        assert answer.exit_code == 2 and answer.stderr.startswith(f"mxval: {said}")
        assert len(answer.stderr.splitlines()) == 1 and answer.stdout == ""


@pytest.mark.parametrize(
    ("there", "mask", "said"),
    [
        ("no nvidia-smi", "0", "nvidia-smi, which lists them, is not on the PATH; install NVIDIA's driver"),
        ("0", None, "nvidia-smi lists none; run it by hand, then restart or mend the driver"),
        ("0", "0", "nvidia-smi lists none; run it by hand, then restart or mend the driver"),
        ("0", "", "nvidia-smi lists none; run it by hand, then restart or mend the driver"),
        ("2", "", "CUDA_VISIBLE_DEVICES= hides every GPU; unset it"),
        ("2", "7", "CUDA_VISIBLE_DEVICES=7 hides every GPU; unset it"),
    ],
)
def test_why_no_gpu_is_to_be_seen(tmp_path, stand_in, nvidia_smi, monkeypatch, there, mask, said):
    stand_in()
    if there == "no nvidia-smi":
        nvidia_smi.unlink()
        monkeypatch.setattr("harness.engines.gpus.shutil.which", lambda program: None)
    else:
        monkeypatch.setenv("FAKE_GPUS", there)
    if mask is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", mask)
    with pytest.raises(InputError) as refused:
        chosen_gpus("all", gpus())
    assert str(refused.value).startswith(f"--gpus all: no GPU is to be seen: {said}")


# ---- faults ----------------------------------------------------------------------------------------------


@pytest.fixture
def many(tmp_path, answers, monkeypatch):
    """Makes a study of so many kicked cases, all of which the stand-in can answer, with faults by case."""
    known, faults, present = (tmp_path / name for name in ("known", "faults", "present"))
    for folder in (known, faults, present):
        folder.mkdir()

    def make(n, what=None):
        study = Study.from_values(TINY | {"protocol": [{"kind": "kick", "seeds": list(range(1, n + 1))}]})
        answer = (
            answers / hashlib.sha256(render(Study.from_values(TINY).cases()[1]).script.encode()).hexdigest()
        )
        for case in study.cases():
            place = known / hashlib.sha256(render(case).script.encode()).hexdigest()
            if not place.exists():
                shutil.copytree(answer, place)
        for name, fault in (what or {}).items():
            (faults / name).write_text(fault)
        monkeypatch.setenv("STAND_IN_ANSWERS", str(known))
        monkeypatch.setenv("STAND_IN_FAULTS", str(faults))
        monkeypatch.setenv("STAND_IN_PRESENT", str(present))
        return study

    return make


def ends(tasks):
    """What the records say: the state, the error's kind, and the kinds of the tries before."""
    found = {}
    for run, _ in tasks:
        record = run.folder.record()
        kinds = [attempt.error_kind for attempt in record.earlier]
        found[run.case.name] = (record.state, record.error_kind, kinds)
    return found


CASE = "R6nm-c3nm-kick5mT-seed{}"
FAULTS = {
    "once killed": ("done", None, ["EngineKilled"]),
    "killed": ("failed", "EngineKilled", ["EngineKilled"]),
    "once worker killed": ("done", None, ["EngineKilled"]),
    "worker killed": ("failed", "EngineKilled", ["EngineKilled"]),
    "once gpu": ("done", None, ["GpuFailed"]),
    "panic": ("failed", "EngineCrashed", []),
    "hangs": ("failed", "EngineStalled", []),
    "nan": ("failed", "Diverged", []),
    "truncated table": ("failed", "OutputIncomplete", []),
}


def test_only_what_is_not_to_blame_is_tried_again(many, tmp_path, stand_in, nvidia_smi):
    names = [CASE.format(k + 1) for k in range(len(FAULTS))]
    engine = stand_in(patience_min=0.1)
    study = many(len(FAULTS) + 1, dict(zip(names, FAULTS, strict=True)))
    tasks, events = tasks_of(study, engine, tmp_path / "runs"), []
    failed = campaign(tasks, Share(2, gpus(), 1), events.append)
    wanted = dict(zip(names, FAULTS.values(), strict=True)) | {
        CASE.format(len(FAULTS) + 1): ("done", None, [])
    }
    assert ends(tasks) == wanted
    assert {type(error).__name__ for error in failed.values()} == {
        kind for state, kind, _ in wanted.values() if state == "failed"
    }
    assert sum(event.state == "again" for event in events) == 5


def test_a_full_gpu_is_shared_by_fewer(many, tmp_path, stand_in, nvidia_smi, monkeypatch):
    engine, events = stand_in(pace_s=0.02), []
    tasks = tasks_of(many(8), engine, tmp_path / "runs")
    monkeypatch.setenv("STAND_IN_ROOM", "2")
    assert campaign(tasks, Share(8, gpus()[:1], 4), events.append) == {}
    assert all(state == "done" for state, _, _ in ends(tasks).values())
    assert any("GpuMemoryFull" in kinds for _, _, kinds in ends(tasks).values())
    assert any("its memory was full with more" in e.message for e in events if e.state == "note")


def test_a_case_too_large_for_a_gpu_of_its_own_is_named(many, tmp_path, stand_in, nvidia_smi, monkeypatch):
    engine = stand_in()
    tasks = tasks_of(many(3), engine, tmp_path / "runs")
    monkeypatch.setenv("STAND_IN_ROOM", "0")
    failed = campaign(tasks, Share(8, gpus()[:1], 2))
    assert len(failed) == 3 and all(isinstance(error, GpuMemoryFull) for error in failed.values())


def test_the_cases_of_a_lost_gpu_go_to_the_others(many, tmp_path, stand_in, nvidia_smi, monkeypatch):
    engine, events = stand_in(), []
    tasks = tasks_of(many(6), engine, tmp_path / "runs")
    monkeypatch.setenv("STAND_IN_LOST", gpus()[1].uuid)
    assert campaign(tasks, Share(2, gpus(), 1), events.append) == {}
    assert {run.folder.record().details["device"] for run, _ in tasks} == {gpus()[0].uuid}
    assert [e.message for e in events if "GPU 1 is lost: no NVIDIA GPU is visible" in e.message]
    monkeypatch.setenv("STAND_IN_LOST", gpus()[0].uuid)
    with pytest.raises(EngineMissing, match="no GPU is left: no NVIDIA GPU is visible"):
        campaign(tasks, Share(1, gpus()[:1], 1), redo=True)


def test_a_case_whose_full_gpu_was_lost_meanwhile_goes_to_another(many, tmp_path, stand_in, nvidia_smi):
    tasks = tasks_of(many(2), stand_in(), tmp_path / "runs")
    job = _Campaign(tasks=tasks, share=Share(4, gpus(), 2))
    task, lost = job.queue.pop(), gpus()[1]
    task.company = 1
    job._without(lost, "gone")
    job._failed(Lane(lost.name, gpu=lost), task, GpuMemoryFull(1, "full"), None)
    assert task in job.queue and job.failures == {}


def test_a_case_that_another_process_has_taken_meanwhile_ends_no_campaign(
    many, tmp_path, stand_in, nvidia_smi, monkeypatch
):
    """Its worker was killed, and before that was recorded another mxval began to run it."""
    engine, names, events = stand_in(), [CASE.format(k) for k in (1, 2)], []
    tasks = tasks_of(many(2, {names[0]: "once worker killed"}), engine, tmp_path / "runs")

    def taken(run, error):
        raise RunBusy(f"{run.folder.path}: another mxval is at work here")

    monkeypatch.setattr("harness.runs.campaign.abandon", taken)
    failed = campaign(tasks, Share(2, gpus(), 1), events.append)
    assert [tasks[k][0].case.name for k in failed] == names[:1]
    assert all(isinstance(error, RunBusy) for error in failed.values())
    assert [event.state for event in events].count("busy") == 1
    assert tasks[1][0].folder.state() == "done"


@pytest.mark.parametrize(("fault", "kind"), [("disk", DiskFull), ("driver", DriverMismatch)])
def test_what_every_case_would_meet_stops_all(many, tmp_path, stand_in, nvidia_smi, fault, kind):
    engine = stand_in(pace_s=0.1)
    tasks = tasks_of(many(6, {CASE.format(2): f"once {fault}"}), engine, tmp_path / "runs")
    with pytest.raises(kind):
        campaign(tasks, Share(2, gpus(), 1))
    assert not [c for c in psutil.Process().children(recursive=True) if "mumax3" in " ".join(c.cmdline())]
    assert any(run.folder.state() == "planned" for run, _ in tasks)
    assert campaign(tasks, Share(2, gpus(), 1)) == {}
    assert {run.folder.state() for run, _ in tasks} == {"done"}


@pytest.mark.parametrize("n", [24, pytest.param(200, marks=pytest.mark.validate)])
def test_faults_at_random_leave_every_case_done_or_named(many, tmp_path, stand_in, nvidia_smi, n):
    """Each stop for a full disk is answered by the same command; the last one ends with all accounted for."""
    chance, kinds = random.Random(13), [*FAULTS, "once disk"]
    struck = chance.sample(range(1, n + 1), n // 4)
    what = {CASE.format(k): chance.choice(kinds) for k in struck}
    engine, stops = stand_in(patience_min=0.1), 0
    tasks = tasks_of(many(n, what), engine, tmp_path / "runs")
    while True:
        left = [task for task in tasks if task[0].folder.state() in ("planned", "interrupted")]
        try:
            campaign(left, Share(2, gpus(), 2))
            break
        except DiskFull:
            stops += 1
    assert stops <= sum(fault == "once disk" for fault in what.values())
    for run, _ in tasks:
        record = run.folder.record()
        if record.state == "done":
            run.folder.check_outputs(record)
        else:
            assert record.state == "failed" and record.error_kind and record.error
            assert run.case.name in what


MPS_CONTROL = """#!/bin/sh
echo "$@" "$CUDA_MPS_PIPE_DIRECTORY" >> {log}
[ "$1" = -d ] || cat >> {log}
"""


@pytest.mark.parametrize("mps", [False, True])
def test_as_many_share_a_gpu_as_pay(tiny, tmp_path, stand_in, nvidia_smi, monkeypatch, mps):
    """Processes that take turns are slower together, so one runs; with MPS, which is started for it, two."""
    monkeypatch.setattr("harness.engines.mumax3.throughput.WINDOW_S", 0.5)
    monkeypatch.setattr("harness.engines.mumax3.mps.BESIDE_DRIVER", tmp_path / "nowhere")
    monkeypatch.setenv("FAKE_GPUS", "1")
    monkeypatch.setenv("STAND_IN_PRESENT", str(tmp_path))
    log = tmp_path / "mps.log"
    if mps:
        control = nvidia_smi.with_name("nvidia-cuda-mps-control")
        control.write_text(MPS_CONTROL.format(log=log))
        control.chmod(0o755)
    engine, events = stand_in(), []
    tasks = tasks_of(tiny, engine, tmp_path / "runs")
    assert campaign(tasks, Share(2, gpus(), None), events.append) == {}
    notes = [event.message for event in events if event.index is None]
    if mps:
        assert notes[0] == SHARED and "GPU 0: 2 at a time: 2 bring" in notes[-1]
        began, folder, quit_ = log.read_text().split()[0:3]
        assert began == "-d" and quit_ == folder and not Path(folder).exists()
        assert log.read_text().endswith("quit\n")
    else:
        assert notes[0] == TIME_SLICED and "GPU 0: 1 at a time: 2 bring" in notes[-1]
    mine = {"STAND_IN_PRESENT": str(tmp_path)}.items()
    started = [p for p in psutil.process_iter(["environ"]) if mine <= (p.info["environ"] or {}).items()]
    assert not started
