"""MuMax3 as an engine: how it is found and called, and what its exit codes and messages become.

The stand-in below imitates MuMax3's outside (arguments, messages, exit codes, files); it computes nothing.
"""

import os
import signal

import pytest

from harness.engines import CpuEngine, MuMax3, choose_engine
from harness.engines.base import EngineCrashed, EngineMissing, ScriptError
from harness.engines.mumax3 import explain

STAND_IN = """#!/bin/sh
if [ "$1" = "-test" ]; then
    echo "//mumax 3.11.1 [linux_amd64 go1.21(gc) CUDA-12.2]"
    exit {probe}
fi
while [ $# -gt 1 ]; do
    if [ "$1" = "-o" ]; then out="$2"; fi
    echo "arg $1"
    shift
done
mkdir "$out"
printf '# t (s)\\tmx ()\\n0\\t1\\n0\\t1\\n' > "$out/table.txt"
ls position.ovf
{end}
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def make(end="exit 0", probe=0):
        binary = tmp_path / "mumax3"
        binary.write_text(STAND_IN.replace("{end}", end).replace("{probe}", str(probe)))
        binary.chmod(0o755)
        return MuMax3(str(binary))

    return make


@pytest.fixture
def folder(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "script.mx3").write_text("m = uniform(1, 0, 0)")
    (run / "position.ovf").touch()
    return run


def test_one_script_no_port_own_cache(stand_in, folder, tmp_path):
    rows = []
    told = stand_in().run(folder / "script.mx3", folder / "out", {}, slot=1, on_progress=rows.append)
    console = (folder / "console.txt").read_text()
    for argument in ("-http=", "-gpu", "1", "-cache", str(tmp_path / "cache"), "-o", str(folder / "out")):
        assert f"arg {argument}" in console
    assert "position.ovf" in console  # it ran beside the files the script loads
    assert (told.engine, told.version) == ("mumax3", "3.11.1")
    assert rows[-1] == 2


def test_missing_binary(monkeypatch, tmp_path):
    monkeypatch.setenv("MUMAX3", str(tmp_path / "nothing"))
    engine = MuMax3()
    assert "set MUMAX3 to the binary" in engine.unavailable() and engine.version() is None
    with pytest.raises(EngineMissing, match="engine mumax3 cannot run"):
        choose_engine("mumax3")
    with pytest.raises(EngineMissing):
        engine.run(tmp_path / "s.mx3", tmp_path / "out", {})


def test_auto_says_which_and_why(monkeypatch, stand_in, tmp_path):
    monkeypatch.setenv("MUMAX3", str(tmp_path / "nothing"))
    engine, reason = choose_engine("auto")
    assert isinstance(engine, CpuEngine) and reason.startswith(
        "engine cpu, because mumax3 cannot run: no program"
    )
    monkeypatch.setenv("MUMAX3", stand_in().binary)
    engine, reason = choose_engine("auto")
    assert isinstance(engine, MuMax3) and "able to run" in reason


def test_unknown_engine():
    with pytest.raises(ValueError, match="must be auto, cpu, mumax3"):
        choose_engine("oommf")


ENDS = {
    "script error": (1, "script line 12: undefined: foo", ScriptError, "script line 12: undefined: foo"),
    "failed expect": (1, "//m : have: 1 want: 2±0.1", ScriptError, "m : have: 1 want: 2±0.1"),
    "no gpu": (1, "CUDA_ERROR_NO_DEVICE", EngineMissing, "no NVIDIA GPU is visible"),
    "old driver": (1, "CUDA_ERROR_INSUFFICIENT_DRIVER", EngineMissing, "driver is too old"),
    "new gpu": (1, "CUDA_ERROR_NO_BINARY_FOR_GPU", EngineMissing, "no kernels for this GPU"),
    "no driver": (
        127,
        "error while loading shared libraries: libcuda.so.1",
        EngineMissing,
        "no NVIDIA driver here",
    ),
    "memory": (2, "panic: CUDA_ERROR_OUT_OF_MEMORY", EngineCrashed, "memory is full"),
    "panic": (2, "panic: NaN\ngoroutine 1 [running]:", EngineCrashed, "exit code 2: panic: NaN"),
    "disk": (1, "write table.txt: no space left on device", EngineCrashed, "the disk is full"),
    "killed": (-9, "", EngineCrashed, "killed by signal 9"),
    "silent": (1, "", ScriptError, "no message"),
}


@pytest.mark.parametrize("end", ENDS)
def test_ends_have_names(end):
    exit_code, text, kind, message = ENDS[end]
    error = explain(exit_code, text)
    assert type(error) is kind and message in str(error) and "\n" not in str(error)


def test_script_error_keeps_its_line(stand_in, folder):
    engine = stand_in(end='echo "script line 3: undefined: foo" >&2; exit 1')
    with pytest.raises(ScriptError) as caught:
        engine.run(folder / "script.mx3", folder / "out", {})
    assert caught.value.line == 3


def test_nothing_is_left_running(stand_in, folder):
    engine = stand_in(end="echo $$ > pid; exec sleep 600")

    def interrupt(rows):
        if (folder / "pid").exists() and (folder / "pid").read_text().strip():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.run(folder / "script.mx3", folder / "out", {}, on_progress=interrupt)
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "pid").read_text()), signal.SIGCONT)
