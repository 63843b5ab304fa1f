"""MuMax3 as an engine: how it is found, called and watched, and what its ends become.

The stand-in imitates MuMax3's outside (arguments, messages, exit codes, files); it computes nothing.
"""

import os
import signal
import stat

import psutil
import pytest

from harness.engines import CpuEngine, MuMax3, choose_engine
from harness.engines.base import EngineMissing, EngineStalled, OutputForeign, ScriptError
from harness.engines.mumax3 import program as module
from harness.engines.mumax3.settings import Configuration
from harness.study.script import render


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Kernels of this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path, tiny):
    """A run folder with the script and the masks of the first tiny case."""
    run = tmp_path / "a run; touch hacked"
    run.mkdir()
    render(tiny.cases()[0]).write(run)
    return run


def run_in(folder, engine, **more):
    return engine.run(folder / "script.mx3", folder / "out", {}, **more)


def test_one_script_no_port_own_cache_no_shell(stand_in, folder, tmp_path):
    rows = []
    told = run_in(folder, stand_in(pace_s=0.1), slot=1, on_progress=rows.append)
    console = (folder / "console.txt").read_text()
    assert f"-http= -gpu 1 -cache {tmp_path / 'cache' / 'mxval' / 'mumax3-kernels' / 'run-'}" in console
    assert f"-o {folder / 'out'} {folder / 'script.mx3'}" in console
    assert (told.engine, told.version) == ("mumax3", "3.11.1")
    assert told.details["gpu"] == "Stand-in GPU(1MB), CUDA Driver 12.6, cc=9.0"
    assert rows == sorted(rows) and rows[-1] == 10 and len(set(rows)) > 3
    assert not list(tmp_path.rglob("hacked"))


def test_missing_program(tmp_path, monkeypatch):
    monkeypatch.setenv("MUMAX3", str(tmp_path / "nothing"))
    engine = MuMax3()
    assert "set MUMAX3 to the binary" in engine.unavailable() and engine.version() is None
    with pytest.raises(EngineMissing, match="engine mumax3 cannot run"):
        choose_engine("mumax3")
    with pytest.raises(EngineMissing):
        engine.run(tmp_path / "s.mx3", tmp_path / "out", {})


def test_found_by_environment_then_configuration_then_path(tmp_path, monkeypatch):
    for name in ("environment", "configuration", "path"):
        (tmp_path / name).mkdir()
        program = tmp_path / name / "mumax3"
        program.write_text("#!/bin/sh\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert MuMax3().program == tmp_path / "path" / "mumax3"
    settings = tmp_path / "config" / "mxval" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'mumax3 = "{tmp_path / "configuration" / "mumax3"}"\n')
    assert MuMax3().program == tmp_path / "configuration" / "mumax3"
    monkeypatch.setenv("MUMAX3", str(tmp_path / "environment" / "mumax3"))
    assert MuMax3().program == tmp_path / "environment" / "mumax3"


def test_auto_says_which_and_why(monkeypatch, stand_in, tmp_path):
    stand_in("no gpu")
    engine, reason = choose_engine("auto")
    assert isinstance(engine, CpuEngine)
    assert reason.startswith(
        "engine cpu, because mumax3 cannot run: no NVIDIA GPU is visible; check nvidia-smi"
    )
    stand_in()
    engine, reason = choose_engine("auto")
    assert isinstance(engine, MuMax3) and "able to run" in reason


def test_unknown_engine():
    with pytest.raises(ValueError, match="must be auto, cpu, mumax3"):
        choose_engine("oommf")


def test_version_without_a_gpu_comes_from_the_program_file(tmp_path):
    program = tmp_path / "mumax3"
    program.write_bytes(b"#!/bin/sh\nexit 127\n\x00go.buildid\x00mumax 3.10main.init\x00" + bytes(5000))
    program.chmod(0o755)
    assert MuMax3(str(program)).version() == "3.10"


def test_program_that_is_another(tmp_path):
    program = tmp_path / "mumax3"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    assert "does not answer as MuMax3 does; set MUMAX3" in MuMax3(str(program)).unavailable()


def test_program_that_is_none(tmp_path):
    program = tmp_path / "mumax3"
    program.write_bytes(b"\x7fELFnonsense")
    program.chmod(0o755)
    assert "cannot be started" in MuMax3(str(program)).unavailable()


def test_output_that_exists_is_never_written_into(stand_in, folder):
    (folder / "out").mkdir()
    with pytest.raises(OutputForeign, match="exists already, and MuMax3 would write into it"):
        run_in(folder, stand_in())
    assert not list((folder / "out").iterdir())


def test_hanging_is_noticed_and_ended(stand_in, folder):
    with pytest.raises(EngineStalled, match=r"wrote nothing for 0.01 min after row 3 ") as stalled:
        run_in(folder, stand_in("hangs", patience_min=0.01))
    assert not psutil.pid_exists(int((folder / "out" / "pid").read_text()))
    assert 'minimize() has no iteration limit: take solver.method = "relax"' in str(stalled.value)


def test_advice_against_a_hang_is_about_what_the_script_does(tmp_path):
    script = tmp_path / "script.mx3"
    for line, advised in (
        ("\tminimize()", True),
        ("Minimize ()", True),
        ("relax()", False),
        ("// minimize()", False),
    ):
        script.write_text(f"B_ext = vector(0, 0, 1)\n{line}\n")
        advice = module._stall_advice(script)
        assert ("solver.method" in advice) == advised and ("take larger cells" in advice) != advised, line


def test_a_gpu_that_is_not_there_is_told_before_anything_runs(stand_in, folder):
    engine = stand_in()
    assert engine.unavailable() is None and "no GPU of this number" in engine.unavailable(3)
    with pytest.raises(EngineMissing, match="there is no GPU of this number; choose another with --gpu"):
        run_in(folder, engine, slot=3)
    assert not (folder / "out").exists()


def test_a_wrapper_is_called_by_the_name_it_is_found_by(tmp_path):
    """Some wrappers serve many programs and look at their own name."""
    wrapper, program = tmp_path / "wrapper", tmp_path / "mumax3"
    wrapper.write_text("#!/bin/sh\ncase $0 in */mumax3) echo '//mumax 3.10' ;; *) exit 1 ;; esac\n")
    wrapper.chmod(0o755)
    program.symlink_to(wrapper)
    assert (MuMax3(str(program)).unavailable(), MuMax3(str(program)).version()) == (None, "3.10")


def test_slow_is_not_hanging(stand_in, folder):
    told = run_in(folder, stand_in(pace_s=0.15, patience_min=0.0125))  # 0.75 s of patience, 1.5 s of run
    assert told.version == "3.11.1"


@pytest.mark.parametrize("fault", ["hangs", "ignores SIGTERM"])
def test_nothing_is_left_running(stand_in, folder, monkeypatch, fault):
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.5)

    def interrupt(rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_in(folder, stand_in(fault), on_progress=interrupt)
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "out" / "pid").read_text()), signal.SIGCONT)


def test_script_error_keeps_its_line(stand_in, folder):
    with pytest.raises(ScriptError) as caught:
        run_in(folder, stand_in("syntax"))
    assert caught.value.line == 12  # MuMax3 says 13: it counts the line it puts before the script


def test_kernels_are_kept_only_from_runs_that_ended_well(stand_in, folder, tmp_path):
    kept = tmp_path / "cache" / "mxval" / "mumax3-kernels"
    with pytest.raises(EngineStalled):
        run_in(folder, stand_in("hangs", patience_min=0.005))
    assert list(kept.iterdir()) == []
    (folder / "out").rename(folder / "first")
    run_in(folder, stand_in())
    assert [f.name for f in kept.iterdir()] == ["mumax3kernel_stand_in_00.ovf"]
    assert (kept / "mumax3kernel_stand_in_00.ovf").read_text() == "whole"
    (folder / "out").rename(folder / "second")
    run_in(folder, stand_in())
    assert "Using cached kernel" in (folder / "console.txt").read_text()


def test_settings_are_checked(tmp_path):
    settings = tmp_path / "config" / "mxval" / "config.toml"
    settings.parent.mkdir(parents=True)
    for text, told in (
        ("patience = 3", r"patience: unknown key; did you mean patience_min\?"),
        ("patience_min = -3", "patience_min = -3: .*greater than 0 and at most 10080"),
        ("patience_min", "not valid TOML"),
    ):
        settings.write_text(text)
        with pytest.raises(ValueError, match=told):
            MuMax3()
    settings.unlink()
    assert MuMax3().settings == Configuration()
