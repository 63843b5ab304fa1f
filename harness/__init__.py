"""mxval: MuMax3 and the minimal vortex model, checked against each other.

In: a study. Out: scripts, runs, and a report on where simulation and model agree.
Names are imported when used, so that importing the package and asking the command for help stay quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.3.0"

if TYPE_CHECKING:
    from harness.analysis.result import CaseResult, SavedState
    from harness.analysis.vortex import VortexFit, fit_vortex
    from harness.comparison.advice import cell_advice
    from harness.comparison.cell_advice import CellAdvice
    from harness.exports.export import export
    from harness.inputs import InputError, StudyError
    from harness.mx3.files.ovf import VectorField, read_ovf
    from harness.pipeline import open_run, plan_study, report_study, run_study
    from harness.runs.table import Loop, read_loop
    from harness.sources import compare_runs, open_folder
    from harness.study.study import Case, Study
    from harness.study_result import StudyResult
    from harness.verdict import Verdict

_NAMES = {
    "analysis.result": ("CaseResult", "SavedState"),
    "analysis.vortex": ("VortexFit", "fit_vortex"),
    "comparison.advice": ("cell_advice",),
    "comparison.cell_advice": ("CellAdvice",),
    "exports.export": ("export",),
    "inputs": ("InputError", "StudyError"),
    "mx3.files.ovf": ("VectorField", "read_ovf"),
    "pipeline": ("open_run", "plan_study", "report_study", "run_study"),
    "runs.table": ("Loop", "read_loop"),
    "sources": ("compare_runs", "open_folder"),
    "study.study": ("Case", "Study"),
    "study_result": ("StudyResult",),
    "verdict": ("Verdict",),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}

__all__ = [
    "Case",
    "CaseResult",
    "CellAdvice",
    "InputError",
    "Loop",
    "SavedState",
    "Study",
    "StudyError",
    "StudyResult",
    "VectorField",
    "Verdict",
    "VortexFit",
    "__version__",
    "cell_advice",
    "compare_runs",
    "export",
    "fit_vortex",
    "open_folder",
    "open_run",
    "plan_study",
    "read_loop",
    "read_ovf",
    "report_study",
    "run_study",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"harness.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'harness' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
