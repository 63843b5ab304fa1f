"""Many cases at the same time: every core and GPU busy, faults met by their names, nothing lost."""

import os
import sys

import pytest
from typer.testing import CliRunner

from harness.cli.app import app
from harness.engines.gpus import gpus
from harness.pipeline import plan_study
from harness.runs.campaign import campaign
from harness.runs.slots import Share

from ..conftest import TINY_TOML

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


def test_gpus_of_a_machine_without(tmp_path, stand_in, monkeypatch):
    stand_in()
    monkeypatch.setattr("harness.engines.gpus._ask", lambda *arguments: None)
    (tmp_path / "tiny.toml").write_text(TINY_TOML)
    asked = ["run", str(tmp_path / "tiny.toml"), "--engine", "mumax3", "--gpus", "all"]
    answer = CliRunner().invoke(app, asked)
    assert answer.exit_code == 2 and "--gpus all: no GPU is to be seen" in answer.stderr
