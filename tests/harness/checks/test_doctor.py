"""What doctor finds on machines of every kind, played by small programs on PATH."""

import json
import os
import shutil

import pytest
from typer.testing import CliRunner

from harness.checks import doctor
from harness.checks.doctor import examine
from harness.cli.app import app


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A PATH with nothing but the programs given as name: shell lines."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def has(**programs):
        for name, lines in programs.items():
            program = folder / name.replace("_", "-")
            program.write_text(f"#!/bin/sh\n{lines}\n")
            program.chmod(0o755)

    return has


def findings(runs):
    return {f.name: f for f in examine(runs)}


GPU = 'echo "NVIDIA A100, 40960 MiB, 550.54, 8.0"'


def test_machine_without_a_gpu_is_well(machine, tmp_path):
    found = findings(tmp_path / "runs")
    assert {name: f.status for name, f in found.items()} == {
        "versions": "ok",
        "CPU engine": "ok",
        "GPU and driver": "absent",
        "MuMax3": "absent",
        "disk": "ok",
    }
    assert "numpy" in found["versions"].found and "python" in found["versions"].found
    assert "set MUMAX3" in found["MuMax3"].remedy
    assert not (tmp_path / "runs").exists()


def test_gpu_and_mumax3(machine, tmp_path, stand_in, monkeypatch):
    machine(nvidia_smi=GPU, ldd="exit 0")
    stand_in()
    monkeypatch.setattr(doctor, "SMOKE_SCRIPT", smoke_of_the_stand_in())
    found = findings(tmp_path)
    assert {f.status for f in found.values()} == {"ok"}
    assert found["GPU and driver"].found == "NVIDIA A100, 40960 MiB, 550.54, 8.0"
    assert found["MuMax3"].found.startswith("3.11.1 at /") and found["MuMax3 starts"].found.startswith(
        "Stand-in GPU"
    )
    assert "MuMax3 runs a script" in found


def smoke_of_the_stand_in():
    """A script the stand-in has an answer for."""
    from harness.study.script import render
    from harness.study.study import Study

    from ..conftest import TINY

    return render(Study.from_values(TINY).cases()[0]).script


def test_script_that_fails_on_the_gpu(machine, tmp_path, stand_in):
    machine(nvidia_smi=GPU, ldd="exit 0")
    stand_in("script")
    found = findings(tmp_path)["MuMax3 runs a script"]
    assert found.status == "broken" and "script line 12" in found.found and "docs/mumax3.md" in found.remedy


def test_smoke_script_passes_on_the_cpu_engine(tmp_path):
    from harness.engines import CpuEngine

    (tmp_path / "smoke.mx3").write_text(doctor.SMOKE_SCRIPT)
    engine = CpuEngine()
    told = engine.run(tmp_path / "smoke.mx3", tmp_path / "out", engine.options(1e-6))
    assert (told.engine, told.warnings) == ("cpu", ())


def test_missing_libraries_are_named(machine, tmp_path, stand_in):
    machine(ldd='echo "	libcuda.so.1 => not found"; echo "	libc.so.6 => /lib/libc.so.6 (0x1)"')
    stand_in("no gpu")
    found = findings(tmp_path)
    assert found["MuMax3's libraries"].found == "not found: libcuda.so.1"
    assert (found["MuMax3 starts"].status, found["MuMax3 starts"].found) == (
        "absent",
        "no NVIDIA GPU is visible",
    )
    assert found["MuMax3 starts"].remedy == "check nvidia-smi and CUDA_VISIBLE_DEVICES"


def test_gpu_that_only_mumax3_names(machine, tmp_path, stand_in, monkeypatch):
    """Without nvidia-smi a GPU is not absent where MuMax3 starts on it."""
    machine(ldd="exit 0")
    stand_in()
    monkeypatch.setattr(doctor, "SMOKE_SCRIPT", smoke_of_the_stand_in())
    found = findings(tmp_path)
    assert {f.status for f in found.values()} == {"ok"}
    assert (
        found["GPU and driver"].found.startswith("Stand-in GPU")
        and "no nvidia-smi" in found["GPU and driver"].found
    )


def test_a_wrapper_script_is_not_broken(machine, tmp_path, monkeypatch):
    """Module systems make them; on a machine without a GPU they tell no version."""
    machine(mumax3="echo 'CUDA_ERROR_NO_DEVICE' >&2; exit 1")
    found = findings(tmp_path)
    assert (found["MuMax3"].status, found["MuMax3 starts"].status) == ("absent", "absent")
    assert "is a script that did not start MuMax3" in found["MuMax3"].found
    machine(mumax3="echo '//mumax 3.10 [linux]'")
    assert findings(tmp_path)["MuMax3"].found.startswith("3.10 at ")


def test_mumax3_that_cannot_start_beside_a_gpu_is_broken(machine, tmp_path, stand_in):
    machine(nvidia_smi=GPU, ldd="exit 0")
    stand_in("no gpu")
    assert findings(tmp_path)["MuMax3 starts"].status == "broken"


def test_driver_that_does_not_answer(machine, tmp_path):
    machine(nvidia_smi="exit 9")
    assert findings(tmp_path)["GPU and driver"].status == "broken"


@pytest.mark.parametrize(("mask", "status"), [("", "broken"), ("-1", "broken"), ("7", "broken"), ("0", "ok")])
def test_hidden_gpu(machine, tmp_path, monkeypatch, mask, status):
    machine(nvidia_smi=f'if [ "$1" = -L ]; then echo "GPU 0: NVIDIA A100 (UUID: GPU-1b)"; else {GPU}; fi')
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", mask)
    found = findings(tmp_path)["GPU and driver"]
    assert found.status == status and ("unset it" in found.remedy) == (status == "broken")


def test_disk(machine, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=10_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage)
    found = findings(tmp_path / "runs")["disk"]
    assert found.status == "broken" and "make room" in found.remedy


def test_disk_nobody_can_write(machine):
    if not os.path.isdir("/sys/kernel"):
        pytest.skip("needs a file system nobody can write")
    from pathlib import Path

    found = findings(Path("/sys/kernel/runs"))["disk"]
    assert found.status == "broken" and found.remedy == "choose another folder with --runs"


def test_command(machine, tmp_path):
    shown = CliRunner().invoke(app, ["doctor", "--runs", str(tmp_path), "--json"])
    told = json.loads(shown.stdout)["findings"]
    assert shown.exit_code == 0 and {f["status"] for f in told} == {"ok", "absent"}
    assert set(told[0]) == {"name", "status", "found", "remedy"}
    assert "CPU engine" in CliRunner().invoke(app, ["doctor"]).stdout
    machine(nvidia_smi="exit 9")
    assert CliRunner().invoke(app, ["doctor", "--runs", str(tmp_path)]).exit_code == 1
