"""The command itself: what an error becomes, what an interruption leaves, how soon it answers."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import harness.__main__
from harness.engines.base import EngineCrashed, ScriptError
from reduced_model.errors import InputError, MxvalError

PATHS = os.environ | {"PYTHONPATH": str(Path(harness.__file__).parent.parent)}
"""Lets a fresh interpreter find the package under test, installed or not."""


def fresh(*arguments, **settings):
    """A process of its own, for what one interpreter cannot show."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=PATHS, timeout=120, **settings)


def fails_with(monkeypatch, error):
    """`mxval plan` meets an error when it plans."""

    def plan_study(*arguments):
        raise error

    monkeypatch.setattr("harness.pipeline.plan_study", plan_study)
    return ("plan", "tiny.toml", "--engine", "cpu")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MxvalError("it failed"), 1),
        (InputError(["one", "two"]), 2),
        (EngineCrashed(-11, "a fault"), 1),
        (ScriptError(3, "no such name"), 2),
        (PermissionError(13, "Permission denied", "a/b"), 1),
        (OSError("no disk"), 1),
        (MemoryError(), 1),
    ],
)
def test_whatever_a_user_can_cause_is_a_line_and_a_code(here, mxval, monkeypatch, error, code):
    result = mxval(*fails_with(monkeypatch, error))
    assert (result.exit_code, result.stdout) == (code, "")
    lines = result.stderr.splitlines()
    assert lines and all(line.startswith("mxval: ") for line in lines)
    told = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    assert all(line in result.stderr for line in told.splitlines())


def test_a_fault_of_ours_is_not_hidden(here, mxval, monkeypatch):
    assert isinstance(mxval(*fails_with(monkeypatch, ZeroDivisionError("ours"))).exception, ZeroDivisionError)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["run", "demo", "--engine", "foo"], ("engine", "foo", "auto, cpu, mumax3")),
        (["loop", "--model", "foo"], ("model", "foo", "H''")),
        (["run", "demo", "--engine", "cpu", "--gpus", "-1"], ("--gpus -1", "engine cpu uses no GPU")),
        (["loop", "--radius-nm", "wide"], ("--radius-nm", "number")),
        (["bogus"], ("No such command 'bogus'",)),
        (["run"], ("Missing argument 'STUDY'",)),
        (["run", "tiny.toml", "--demag", "mumax3"], ("--demag", '[solver] demag = "mumax3" in the study')),
        (["run", "tiny.toml", "--faithful"], ("--faithful", '[solver] algorithm = "faithful" in the study')),
    ],
)
def test_a_wrong_command_line_is_one_line(refused, arguments, parts):
    assert refused(arguments, *parts)


def test_without_a_command_help_is_all(mxval):
    result = mxval()
    assert "reproduce" in result.output and "mxval: " not in result.output


def test_version(mxval):
    assert mxval("--version").stdout.strip() == f"mxval {harness.__version__}"


def test_as_a_module_without_traceback(here):
    shown = fresh("-m", "harness", "--help", cwd=here)
    assert shown.returncode == 0 and "report" in shown.stdout
    (here / "tiny.toml").write_text((here / "tiny.toml").read_text().replace("radius_nm", "radius_mm"))
    refusal = fresh("-m", "harness", "run", "tiny.toml", cwd=here)
    assert refusal.returncode == 2
    assert (
        refusal.stderr.strip()
        == "mxval: particle.radius_mm: unknown key; did you mean radius_nm? (tiny.toml)"
    )


def test_version_is_quick_because_nothing_heavy_is_imported():
    heavy = ("numpy", "scipy", "pydantic", "numba", "pandas", "matplotlib", "discretisedfield", "rich")
    code = (
        "import sys, atexit; from harness.cli.app import main; sys.argv[1:] = ['--version']; "
        f"atexit.register(lambda: print([m for m in {heavy} if m in sys.modules])); main()"
    )
    assert fresh("-c", code).stdout.splitlines() == [f"mxval {harness.__version__}", "[]"]


@pytest.mark.parametrize("arguments", [["sizes"], ["average", "--orientations", "2", "--step-T", "0.5"]])
def test_matplotlib_is_not_imported_where_nothing_is_drawn(arguments):
    code = (
        f"import sys, atexit; from harness.cli.app import main; sys.argv[1:] = {arguments} + ['--json']; "
        "atexit.register(lambda: print('matplotlib' in sys.modules, file=sys.stderr)); main()"
    )
    assert fresh("-c", code).stderr.splitlines() == ["False"]


def test_a_terminal_without_the_letters_gets_others():
    code = "import sys; sys.stdout.reconfigure(encoding='ascii'); sys.argv[1:] = ['sizes']"
    shown = fresh("-c", f"{code}; from harness.cli.app import main; main()")
    assert shown.returncode == 0 and "Traceback" not in shown.stderr and "superparamagnetic" in shown.stdout


def test_a_reader_who_leaves_early_hears_nothing(here):
    pipe = f"{sys.executable} -m harness plan tiny.toml --engine cpu --json | head -c 1"
    shown = subprocess.run(["sh", "-c", pipe], capture_output=True, text=True, cwd=here, env=PATHS)
    assert (shown.stdout, shown.stderr) == ("{", "")


def test_interruption_says_how_to_go_on(here, mxval, monkeypatch):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.pipeline.run_study", stop)
    result = mxval("run", "tiny.toml")
    assert result.exit_code == 130 and "give the same command again" in result.stderr
    assert "without --redo makes those in hand anew" in mxval("run", "tiny.toml", "--redo").stderr
    monkeypatch.setattr("harness.pipeline.finish_study", stop)
    drawn = mxval("figure", "2", "--yes", "--runs", here, "--engine", "cpu")
    assert drawn.exit_code == 130 and "finished cases are kept, the one in hand is made anew" in drawn.stderr
    (here / "a.mx3").write_text("SetGridSize(2, 2, 2)")
    monkeypatch.setattr("harness.mx3.vet", stop)
    checked = mxval("mx3", "--vet", "a.mx3")
    assert checked.exit_code == 130 and "nothing was left half done" in checked.stderr


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_stopped_while_running(here, mxval, sent, code):
    """Stopped in the midst of its fields, a run is seen as interrupted and says how to go on."""
    study = (here / "tiny.toml").read_text()
    long = study.replace("values_T = [0.4, 0]", "loop = {max_T = 1, step_T = 0.0001}")
    (here / "tiny.toml").write_text(long)
    command = [sys.executable, "-m", "harness", "run", "tiny.toml", "--engine", "cpu"]
    with subprocess.Popen(command, cwd=here, env=PATHS, stderr=subprocess.PIPE, text=True) as process:
        while not list(here.glob("mumax_runs/tiny/*/out/table.txt")) and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(sent)
        _, said = process.communicate(timeout=60)
    assert process.returncode == code and "Traceback" not in said
    assert ("give the same command again" in said) == (sent == signal.SIGINT)
    (case,) = json.loads(mxval("plan", "tiny.toml", "--engine", "cpu", "--json").stdout)["cases"]
    assert case["state"] == "interrupted"
    assert mxval("status", "tiny.toml", "--engine", "cpu").exit_code == 1


SWALLOWED = """
import os, signal, time
from harness.cli.signals import Stopped, signals_as_exceptions

class Freed:
    def __del__(self):
        os.kill(os.getpid(), signal.{sent})
        time.sleep(0.01)

def catches():
    try:
        os.kill(os.getpid(), signal.{sent})
        time.sleep(0.01)
    except BaseException:
        pass

def renames():
    try:
        os.kill(os.getpid(), signal.{sent})
        time.sleep(0.01)
    except BaseException as error:
        raise ValueError("another error") from error

try:
    with signals_as_exceptions():
        {swallow}()
        time.sleep({wait})
        print("went on")
except KeyboardInterrupt as stop:
    print(type(stop).__name__, getattr(stop, "number", ""))
"""


@pytest.mark.parametrize(
    ("sent", "swallow", "wait", "said"),
    [
        ("SIGTERM", "Freed", 30, ["Stopped 15"]),
        ("SIGINT", "Freed", 30, ["Stopped 2"]),
        ("SIGTERM", "renames", 0, ["Stopped 15"]),
        ("SIGINT", "renames", 0, ["Stopped 2"]),
        ("SIGTERM", "catches", 0, ["went on", "Stopped 15"]),
    ],
)
def test_an_interruption_that_a_library_swallows_is_not_lost(sent, swallow, wait, said):
    """In a freed object's last act Python drops it; others catch what is not theirs."""
    shown = fresh("-c", SWALLOWED.format(sent=sent, swallow=swallow, wait=wait))
    assert [line.strip() for line in shown.stdout.splitlines()] == said and shown.stderr == ""


def test_ctrl_c_before_the_command_line_is_there_is_a_line(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "harness.cli.app", SimpleNamespace(main=interrupted))
    with pytest.raises(SystemExit) as end:
        harness.__main__.main()
    assert end.value.code == 130
    assert capsys.readouterr().err == "mxval: interrupted; nothing was left half done\n"
