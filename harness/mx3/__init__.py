"""mxval's CPU engine: runs MuMax3 scripts without a GPU.

In: a `.mx3` script. Out: the output folder MuMax3 would write, and a summary; or, from `vet`, what is wrong
with it.
"""

from __future__ import annotations

from harness.mx3.errors import ConvergenceError, ExpectationFailed, Mx3Error, OutputError, ScriptError
from harness.mx3.options import Options
from harness.mx3.run import RunSummary, run_script, vet

__all__ = [
    "ConvergenceError",
    "ExpectationFailed",
    "Mx3Error",
    "Options",
    "OutputError",
    "RunSummary",
    "ScriptError",
    "run_script",
    "vet",
]
