"""One tree of errors for every engine, with the line of the script and the exit code of the command line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness import mx3
from harness.engines import base as engines
from harness.mx3 import CheckFailed, EngineError, NotConverged, OutputError, ScriptError
from reduced_model.errors import MxvalError


@pytest.mark.parametrize("kind", [ScriptError, CheckFailed, NotConverged, OutputError])
def test_every_error_is_one_a_user_can_cause(kind: type[EngineError]) -> None:
    assert issubclass(kind, EngineError) and issubclass(kind, MxvalError)
    assert kind.exit_code == (2 if kind is ScriptError else 1)  # bad input; a run or a check failed


def test_a_script_error_is_one_line_that_names_the_line() -> None:
    error = ScriptError(3, "unknown\nname")
    assert (error.line, error.message) == (3, "unknown name")
    assert str(error) == "script line 3: unknown name"
    assert str(ScriptError(None, "no script")) == "no script"


def test_engines_share_the_errors_and_former_names_still_work() -> None:
    for name in ("CheckFailed", "EngineError", "NotConverged", "ScriptError"):
        assert getattr(engines, name) is getattr(mx3, name)
    former = (mx3.Mx3Error, mx3.ExpectationFailed, mx3.ConvergenceError)
    assert former == (EngineError, CheckFailed, NotConverged)


def test_a_crash_keeps_its_own_exit_code_apart_from_the_command_lines() -> None:
    crash = engines.EngineCrashed(-9, "killed", ("last words",))
    assert (crash.process_exit_code, crash.exit_code) == (-9, 1)


def test_checking_a_script_loads_no_compiler() -> None:
    code = """import sys
from harness.mx3 import vet
assert vet("SetGridSize(2, 2, 2); relax()") == []
print(*{"numba", "scipy", "matplotlib"} & set(sys.modules))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
