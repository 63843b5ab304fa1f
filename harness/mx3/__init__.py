"""mxval's CPU engine: runs MuMax3 scripts without a GPU.

In: a `.mx3` script. Out: the output folder MuMax3 would write, and a summary; or, from `vet`, what is wrong
with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from harness.mx3.errors import CheckFailed, EngineError, NotConverged, OutputError, ScriptError
from harness.mx3.options import Options

if TYPE_CHECKING:
    from harness.mx3.run import RunSummary, run_script, vet

# former names
Mx3Error = EngineError
ConvergenceError = NotConverged
ExpectationFailed = CheckFailed

__all__ = [
    "CheckFailed",
    "ConvergenceError",
    "EngineError",
    "ExpectationFailed",
    "Mx3Error",
    "NotConverged",
    "Options",
    "OutputError",
    "RunSummary",
    "ScriptError",
    "run_script",
    "vet",
]


def __getattr__(name: str) -> Any:
    """Import what runs scripts when it is first asked for: errors and options alone need no parser."""
    if name in ("RunSummary", "run_script", "vet"):
        return getattr(import_module("harness.mx3.run"), name)
    raise AttributeError(f"module 'harness.mx3' has no attribute {name!r}")
