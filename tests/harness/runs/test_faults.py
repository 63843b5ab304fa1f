"""Everything that can happen to a run: each fault has a name, a message with a remedy and a recorded state.

After each the same command makes the run good, and nothing of the failed attempt is left in it. MuMax3's
faults are played by the stand-in; see stand_in_mumax3.py.
"""

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from typer.testing import CliRunner

import harness
from harness.cli.app import app
from harness.engines import Choice, CpuEngine
from harness.engines.base import (
    CheckFailed,
    DiskFull,
    Diverged,
    EngineCrashed,
    EngineKilled,
    EngineRun,
    EngineStalled,
    FolderNotWritable,
    GpuMemoryFull,
    NotConverged,
    OutputForeign,
    OutputIncomplete,
    OutputInvalid,
    ScriptError,
)
from harness.mx3.session.checkpoint import Checkpoint
from harness.pipeline import plan_study, run_study
from harness.runs.execute import execute, output_bytes
from harness.runs.folder import RunFolder
from harness.runs.output import read
from harness.study.study import Study

from ..conftest import TINY, TINY_TOML, run_case

PATHS = os.environ | {"PYTHONPATH": str(Path(harness.__file__).parent.parent)}


def mxval(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def first(study, engine, runs):
    return plan_study(study, engine, runs)[0]


def outputs(folder):
    """Content of the files a run is judged by."""
    return {f.name: f.read_bytes() for f in folder.out.iterdir() if f.name != "log.txt"}


FAULTS = {
    "script": (ScriptError, "script line 12: foo(1): undefined: foo"),
    "syntax": (ScriptError, "script line 12: expected operand"),
    "expect": (CheckFailed, "have:  0.5  want:  1"),
    "panic": (EngineCrashed, "panic: something went wrong"),
    "memory": (GpuMemoryFull, "take larger cells, or a GPU nobody else uses"),
    "killed": (EngineKilled, "killed (signal 9), by a person, the batch system"),
    "disk": (DiskFull, "make room and run the same command again"),
    "shared": (OutputForeign, "another program wrote into the output folder"),
    "hangs": (EngineStalled, "minimize() has no iteration limit"),
    "nan": (Diverged, "the run diverged; check the material's numbers"),
    "truncated table": (OutputIncomplete, "the file is cut short; run the case again"),
    "lost rows": (OutputIncomplete, "2 of 10 rows are missing, the first is step 8; run the case again"),
    "no table": (OutputIncomplete, "table.txt: cannot be read: No such file"),
    "missing state": (OutputIncomplete, "the state of step 7 was not saved; run the case again"),
    "short state": (OutputInvalid, "m_step000007.ovf: not a readable OVF file"),
    "empty state": (OutputInvalid, "m_step000007.ovf: not a readable OVF file"),
    "other row's state": (OutputForeign, "away from row 7 of the table; run the case again"),
    "foreign state": (OutputForeign, "1x1x2 cells of 1 nm, the case has 4x4x4 of 3 nm"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_mumax3_fails_and_is_made_good(tiny, stand_in, tmp_path, monkeypatch, fault):
    kind, message = FAULTS[fault]
    monkeypatch.setenv("STAND_IN_FOREIGN", str(foreign_state(tmp_path)))
    patience = {"patience_min": 0.005} if fault == "hangs" else {}
    engine = stand_in(fault, **patience)
    run = plan_study(tiny, engine, tmp_path / "runs")[1]  # kicked, so that its two states differ
    with pytest.raises(kind) as caught:
        run_case(run, engine)
    assert type(caught.value) is kind and message in str(caught.value) and "\n" not in str(caught.value)
    record = run.folder.record()
    assert (record.state, record.error_kind) == ("failed", kind.__name__)
    assert record.error == str(caught.value) and record.finished
    assert kind.__name__ in run.folder.look().note
    if run.folder.out.exists():
        (run.folder.out / "m_step000099.ovf").write_text("of the failed attempt")
    engine = stand_in()
    result = run_case(run, engine)
    assert run.folder.state() == "done" and result.record.engine_version == "3.11.1"
    assert sorted(outputs(run.folder)) == ["m_step000002.ovf", "m_step000007.ovf", "table.txt"]
    assert run.folder.record().error is None


def foreign_state(folder):
    """A state of another grid."""
    from harness.mx3.files.ovf import Header, write_ovf
    from harness.mx3.language.values import OutputFormat

    m = np.zeros((3, 2, 1, 1))
    m[2] = 1
    with (folder / "foreign.ovf").open("wb") as stream:
        write_ovf(stream, m, Header("m", "", 0.0, (1e-9,) * 3), OutputFormat.OVF2_BINARY)
    return folder / "foreign.ovf"


def test_one_failing_case_is_told_and_the_rest_goes_on(stand_in, tmp_path, monkeypatch, tiny, no_figures):
    """Only the first case is known to the stand-in, so the second one crashes it."""
    stand_in()
    answers = Path(os.environ["STAND_IN_ANSWERS"])
    some = tmp_path / "some"
    shutil.copytree(answers, some)
    from hashlib import sha256

    from harness.study.script import render

    shutil.rmtree(some / sha256(render(tiny.cases()[0]).script.encode()).hexdigest())
    monkeypatch.setenv("STAND_IN_ANSWERS", str(some))
    (tmp_path / "tiny.toml").write_text(TINY_TOML)
    monkeypatch.chdir(tmp_path)
    result = mxval("run", "tiny.toml", "--engine", "mumax3")
    assert result.exit_code == 1 and "mxval: R6nm-c3nm-bare: " in result.stderr
    status = json.loads(mxval("status", "tiny.toml", "--engine", "mumax3", "--json").stdout)["cases"]
    assert [(c["state"], bool(c["note"])) for c in status] == [("failed", True), ("done", False)]


# ---- the process is stopped ----------------------------------------------------------------------------


def started(here, *arguments):
    """A run in a process of its own, in the midst of its rows."""
    (here / "tiny.toml").write_text(TINY_TOML)
    command = [sys.executable, "-m", "harness", "run", "tiny.toml", "--engine", "mumax3", *arguments]
    environment = {**os.environ, "PYTHONPATH": PATHS["PYTHONPATH"]}
    process = subprocess.Popen(command, cwd=here, env=environment, stderr=subprocess.PIPE, text=True)
    while not list(here.glob("mumax_runs/tiny/*/out/table.txt")) and process.poll() is None:
        time.sleep(0.02)
    (pid,) = here.glob("mumax_runs/tiny/*/out/pid")
    while (pid.parent / "table.txt").read_bytes().count(b"\n") < 4:
        time.sleep(0.02)
    return process, int(pid.read_text())


@pytest.mark.parametrize(
    ("sent", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)],
)
def test_stopped_by_a_signal(tiny, tmp_path, stand_in, monkeypatch, sent, code):
    stand_in("hangs")
    process, pid = started(tmp_path)
    process.send_signal(sent)
    _, said = process.communicate(timeout=30)
    assert process.returncode == code and "Traceback" not in said
    assert ("give the same command again" in said) == (sent != signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
    assert not psutil.pid_exists(pid)  # no MuMax3 goes on writing behind the back of the next run
    monkeypatch.chdir(tmp_path)
    (case, _) = json.loads(mxval("plan", "tiny.toml", "--engine", "mumax3", "--json").stdout)["cases"]
    assert (case["state"], case["note"]) == ("interrupted", "3 rows written")
    engine = stand_in()
    run_case(first(tiny, engine, tmp_path / "mumax_runs"), engine)


def test_two_on_one_study(tmp_path, stand_in, monkeypatch, no_figures):
    """The second runs what the first has not in hand, and says what it left."""
    stand_in("hangs")
    process, _ = started(tmp_path)
    stand_in()
    monkeypatch.chdir(tmp_path)
    try:
        second = mxval("run", "tiny.toml", "--engine", "mumax3")
        assert second.exit_code == 1
        assert "another mxval is at work here; wait for it, or end it first" in second.stderr
        status = json.loads(mxval("status", "tiny.toml", "--engine", "mumax3", "--json").stdout)["cases"]
        assert [c["state"] for c in status] == ["running", "done"]
    finally:
        process.kill()
        process.communicate()


KILLED = """
import os, signal, sys
from importlib import import_module
from pathlib import Path

def at(name, nth):
    module, _, path = name.partition(":")
    *owner, last = path.split(".")
    thing = import_module(module)
    for part in owner:
        thing = getattr(thing, part)
    real, calls = getattr(thing, last), []
    def dying(*a, **k):
        calls.append(1)
        if len(calls) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*a, **k)
    setattr(thing, last, dying)

from harness.engines import MuMax3
from harness.pipeline import plan_study
from harness.runs.execute import execute
from harness.study.study import Study
import harness.pipeline, harness.runs.folder
study = Study.load(sys.argv[1])
engine = MuMax3()
run = plan_study(study, engine, Path(sys.argv[2]))[0]
at(sys.argv[3], int(sys.argv[4]))
execute(run, engine, redo=True)
"""

MOMENTS = {
    "lock taken": ("harness.runs.folder:RunFolder.prepare", 1, "planned"),
    "script not yet written": ("harness.study.script:RenderedCase.write", 1, "planned"),
    "before it says running": ("pathlib:Path.replace", 2, "planned"),
    "engine at work": ("harness.engines.mumax3.program:RunProgress.update", 2, "interrupted"),
    "engine done, output unread": ("harness.runs.output:read_loop", 1, "interrupted"),
}
MOMENTS_ANEW = {
    "first manifest half written": ("pathlib:Path.replace", 1, "done"),
    "old output not yet put aside": ("pathlib:Path.rename", 1, "planned"),
    "before the engine": ("harness.engines.mumax3.program:MuMax3.run", 1, "interrupted"),
    "output read, hashes untaken": ("harness.runs.folder:RunFolder.output_hashes", 1, "interrupted"),
    "done, old output half removed": ("os:rmdir", 2, "done"),
}
"""Function, which call of it, the state the folder is left in: for a first run, and for a run made anew."""


@pytest.mark.parametrize("moment", [*MOMENTS, *MOMENTS_ANEW])
def test_killed_at_any_moment(tiny, tmp_path, stand_in, moment):
    """kill -9 leaves a state that is true, and the next run is like one that was never disturbed."""
    where, nth, state = (MOMENTS | MOMENTS_ANEW)[moment]
    (tmp_path / "tiny.toml").write_text(TINY_TOML)
    engine, runs = stand_in(pace_s=0.05), tmp_path / "runs"
    run = first(tiny, engine, runs)
    if moment in MOMENTS_ANEW:
        execute(run, engine)
        (run.folder.out / "stray.ovf").write_bytes(b"old")
        before = outputs(run.folder)
    command = [sys.executable, "-c", KILLED, tmp_path / "tiny.toml", runs, where, str(nth)]
    environment = {**os.environ, "PYTHONPATH": PATHS["PYTHONPATH"]}
    killed = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert run.folder.state() == state
    if moment in MOMENTS_ANEW and state != "done":
        copy = RunFolder(shutil.copytree(run.folder.path, tmp_path / "copy"), run.folder.hash)
        with pytest.raises(EngineCrashed):
            execute(replace(run, folder=copy), stand_in("panic"))
        assert copy.state() == "done" and outputs(copy) == before and not (copy.path / "before").exists()
        copy.record().updated(finished="2026-01-01T00:00:00+00:00").write(copy.path)
        assert copy.record().earlier[-1].error_kind == "EngineCrashed"
        (copy.out / "stray.ovf").unlink()
        assert copy.look().note.startswith("made anew in vain: EngineCrashed: engine ended with exit code")
    elif (run.folder.out / "stray.ovf").exists():
        with pytest.raises(OutputForeign, match=r"stray.ovf: has come since the run was finished"):
            run_case(run, engine)
        (run.folder.out / "stray.ovf").unlink()
    engine = stand_in()
    read(execute(run, engine))  # what it kept is whole
    assert run.folder.state() == "done"
    undisturbed = execute(first(tiny, engine, tmp_path / "other"), engine)
    assert outputs(run.folder) == outputs(undisturbed)


# ---- the disk ------------------------------------------------------------------------------------------


def test_full_disk_under_the_cpu_engine(tiny, tmp_path, monkeypatch):
    from harness.mx3.files.output import OutputFolder

    real = OutputFolder.add_table_line
    lines = []

    def full(self, line):
        lines.append(line)
        if len(lines) == 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, line)

    monkeypatch.setattr(OutputFolder, "add_table_line", full)
    run = first(tiny, CpuEngine(), tmp_path)
    with pytest.raises(DiskFull, match=r"the disk is full .*; make room and run the same command again"):
        run_case(run, CpuEngine())
    assert (run.folder.state(), run.folder.record().error_kind) == ("failed", "DiskFull")
    monkeypatch.undo()
    assert run_case(run, CpuEngine()).loop.step.tolist() == list(range(10))


def test_full_disk_while_a_state_is_saved(tiny, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr("harness.mx3.files.output.write_ovf", full)
    run = first(tiny, CpuEngine(), tmp_path)
    with pytest.raises(DiskFull, match="Disk quota exceeded"):
        run_case(run, CpuEngine())
    assert run.folder.state() == "failed"


def test_disk_too_full_even_to_say_so(tiny, tmp_path, monkeypatch):
    """Nothing can be written any more: the state stays running, which reads as interrupted."""

    class Filling:
        name, revision = "cpu", CpuEngine.revision
        version, unavailable, options = CpuEngine.version, CpuEngine.unavailable, CpuEngine.options

        def run(self, *args, **kwargs):
            monkeypatch.setattr(os, "fsync", self.fail)
            self.fail()

        def fail(self, *args):
            raise OSError(errno.ENOSPC, "No space left on device")

    engine = Filling()
    run = first(tiny, engine, tmp_path)
    with pytest.raises(DiskFull):
        run_case(run, engine)
    assert run.folder.state() == "interrupted" and not (run.folder.path / "run.json.new").exists()
    monkeypatch.undo()
    run_case(run, CpuEngine())
    assert run.folder.state() == "done"


@pytest.mark.parametrize("limit", [1000, 20_000])
def test_files_that_may_not_grow(tmp_path, limit):
    """A real limit of the system: at 1 kB the script is too long, at 20 kB the table."""
    long = Study.from_values(
        {**TINY, "field": {"loop": {"max_T": 1, "step_T": 0.01}}, "protocol": [{"kind": "bare"}]}
    )
    run = first(long, CpuEngine(), tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(DiskFull, match=r"raise the limit \(ulimit -f\)"):
            run_case(run, CpuEngine())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert run.folder.state() in ("planned", "failed", "interrupted")
    run_case(run, CpuEngine())
    assert run.folder.state() == "done"


def test_room_is_asked_for_before_a_run(tiny, tmp_path, monkeypatch):
    run = first(tiny, CpuEngine(), tmp_path)
    usage = shutil.disk_usage(tmp_path)._replace(free=output_bytes(run) - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage)
    with pytest.raises(DiskFull, match=r"needs about 1.01 MB and 1.01 MB are free; make room, save fewer"):
        run_case(run, CpuEngine())
    assert run.folder.state() == "planned"


def test_room_asked_for_is_enough(tiny, tmp_path):
    run = first(tiny, CpuEngine(), tmp_path)
    run_case(run, CpuEngine())
    written = sum(f.stat().st_size for f in run.folder.path.rglob("*") if f.is_file())
    assert written <= output_bytes(run)


def test_room_asked_for_holds_the_checkpoint_of_a_certified_loop(tmp_path, monkeypatch):
    monkeypatch.setattr(Checkpoint, "remove", lambda self: None)
    plain, run = (
        first(Study.from_values(TINY | {"protocol": [{"kind": kind}]}), CpuEngine(), tmp_path)
        for kind in ("bare", "certified")
    )
    execute(run, CpuEngine())
    (kept,) = run.folder.path.glob("*.checkpoint")
    sizes = {file.name: file.stat().st_size for file in kept.iterdir()}
    assert len(sizes) == len(run.case.field_values_T) + 2
    assert sum(sizes.values()) + sizes["branch.npz"] <= output_bytes(run) - output_bytes(plain)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_folder_that_cannot_be_written(tiny, tmp_path, monkeypatch, number):
    real = Path.mkdir

    def refuse(self, *args, **kwargs):
        if self.is_relative_to(tmp_path / "runs"):
            raise OSError(number, os.strerror(number), str(self))
        real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", refuse)
    (tmp_path / "tiny.toml").write_text(TINY_TOML)
    result = mxval("run", tmp_path / "tiny.toml", "--engine", "cpu", "--runs", tmp_path / "runs", "--json")
    assert result.exit_code == 1
    (line,) = result.stderr.strip().splitlines()
    assert "cannot be written" in line and "choose another folder with --runs" in line


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a file system nobody can write")
def test_a_file_system_nobody_can_write(tiny):
    with pytest.raises(FolderNotWritable, match="choose another folder"):
        run_study(tiny, "cpu", "/sys/kernel/mxval")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_read_only_folder_can_still_be_asked(tiny, tmp_path):
    run = first(tiny, CpuEngine(), tmp_path)
    run_case(run, CpuEngine())
    run.folder.path.chmod(0o500)
    try:
        assert run.folder.state() == "done"
        with pytest.raises(FolderNotWritable):
            run_case(run, CpuEngine(), redo=True)
    finally:
        run.folder.path.chmod(0o700)


# ---- results that are not what they seem ---------------------------------------------------------------


def test_search_that_does_not_converge(tiny, tmp_path):
    """By default the row is kept and the run warns; a strict engine fails."""

    class Hasty(CpuEngine):
        def __init__(self, strict):
            self.strict = strict

        def options(self, *asked, **options):
            return {**super().options(*asked, **options), "max_evaluations": 2, "strict": self.strict}

    run = first(tiny, Hasty(False), tmp_path)
    result = run_case(run, Hasty(False))
    assert any("did not reach 1e-06 T" in warning for warning in result.warnings)
    assert "warning" in run.folder.look().note
    strict = first(tiny, Hasty(True), tmp_path)
    with pytest.raises(NotConverged, match=r"did not reach 1e-06 T.*; raise solver.tolerance_T"):
        run_case(strict, Hasty(True))
    assert strict.folder.record().error_kind == "NotConverged"


def with_changed_row(engine, monkeypatch, column, value):
    """The engine, whose row of step 3 has another number in a column."""
    real = engine.run

    def run(script, out, options, **more):
        told = real(script, out, options, **more)
        table = (out / "table.txt").read_text().splitlines()
        row = table[4].split("\t")
        row[table[0].split("\t").index(column)] = value
        table[4] = "\t".join(row)
        (out / "table.txt").write_text("\n".join(table) + "\n")
        return told

    monkeypatch.setattr(engine, "run", run)
    return engine


def test_rows_that_are_no_equilibrium_are_told(tiny, tmp_path, stand_in, monkeypatch):
    engine = with_changed_row(stand_in(), monkeypatch, "maxTorque (T)", "0.02")
    result = run_case(first(tiny, engine, tmp_path), engine)
    (warning,) = result.warnings
    assert warning.startswith(
        "1 of 10 rows are no equilibrium: |m x B| above 2.2e-05 T, 10 times the single-"
    )
    assert "largest 0.02 T at step 3 (-0.2 T)" in warning


def test_rows_that_descent_cannot_have_reached_are_told(tiny, tmp_path, stand_in, monkeypatch):
    """A run is not simply done that has them: its record, its status and its result say so."""
    engine = with_changed_row(stand_in(), monkeypatch, "E_total (J)", "2.5e-16")
    run = first(tiny, engine, tmp_path)
    result = run_case(run, engine)
    assert result.warnings == run.folder.record().warnings
    (warning,) = result.warnings
    assert warning.startswith(
        "5 of 10 rows, step 3 (-0.2 T) to step 7 (0 T), are no result of the field path"
    )
    assert run.folder.look().note == "1 warning"
    assert [fault.step for fault in result.faults] == [3, 4, 5, 6, 7]  # at step 8 it is saturated again
    assert np.isnan(result.moment[3:8]).all() and np.isfinite(result.moment[[0, 1, 2, 8, 9]]).all()
    assert list(result.fits) == [2] and list(result.unfitted) == [7]


def test_another_version_on_resume_warns(tiny, tmp_path, no_figures):
    class Other(CpuEngine):
        def version(self):
            return "0.0.9"

        def run(self, *args, **kwargs):
            told = super().run(*args, **kwargs)
            return EngineRun(told.engine, self.version())

    study = Study.from_values({**TINY, "protocol": [{"kind": "bare"}]})
    run_study(study, Choice(Other(), ""), tmp_path)
    result = run_study(study, "cpu", tmp_path)
    ((warning,),) = result.warnings.values()
    assert warning.startswith("was run by cpu 0.0.9, and ") and warning.endswith("--redo runs it again")


def test_output_that_changed_or_came_later_is_not_used(tiny, tmp_path):
    run = first(tiny, CpuEngine(), tmp_path)
    run_case(run, CpuEngine())
    state = run.folder.out / "m_step000002.ovf"
    shutil.copy(state, run.folder.out / "m_step000003.ovf")
    with pytest.raises(OutputForeign, match=r"m_step000003.ovf: has come since .*--redo"):
        run_case(run, CpuEngine())
    (run.folder.out / "m_step000003.ovf").unlink()
    state.unlink()
    with pytest.raises(OutputIncomplete, match=r"m_step000002.ovf: is gone since .*--redo"):
        run_case(run, CpuEngine())
    run_case(run, CpuEngine(), redo=True)
    assert RunFolder(run.folder.path, run.folder.hash).state() == "done"
