"""The main job: plan, execute, read, analyse, compare, judge, report.

In: a Study, an engine, a folder for the runs. Out: a StudyResult; run folders and report/index.html on disk.
What is done is read, not run again; a case that fails is recorded and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.engines import Choice, choose_engine
from harness.engines.base import Engine, EngineError, OnProgress, StorageError, storage_faults
from harness.runs.execute import execute
from harness.runs.folder import RUNS, RunFolder
from harness.runs.output import read
from harness.runs.plan import PlannedRun, plan
from harness.runs.record import NotARun, State
from harness.study.study import Case, Study
from reduced_model.results import Shown

if TYPE_CHECKING:
    from harness.analysis.result import CaseResult
    from harness.comparison.comparison import Comparison
    from harness.verdict import Verdict

REPORT_NAME = "report"


@dataclass(frozen=True)
class CaseProgress:
    """How far a case has come: its state, field points done and in all, its place among the cases."""

    case: Case
    state: State
    done: int
    total: int
    index: int
    n_cases: int


Progress = Callable[[CaseProgress], None]


@dataclass(frozen=True, eq=False, repr=False)
class StudyResult(Shown):
    """A study that has been run; of comparison, verdict and report there is none if no case finished."""

    study: Study
    engine: str
    engine_reason: str
    """Why it was this engine."""
    comparison: Comparison | None
    """The finished cases beside the model."""
    verdict: Verdict | None
    """What to believe of them, and why."""
    report: Path | None
    """The report's page."""
    failures: Mapping[str, str]
    """Message by case name, for cases that did not finish."""

    @property
    def results(self) -> tuple[CaseResult, ...]:
        """The finished cases."""
        return self.comparison.results if self.comparison else ()

    @property
    def warnings(self) -> Mapping[str, tuple[str, ...]]:
        """Lines by case name, for finished cases with something to note."""
        return {r.case.name: r.warnings for r in self.results if r.warnings}

    def to_dict(self) -> dict[str, Any]:
        """What came of the study as JSON values."""
        return {
            "study": self.study.name,
            "engine": self.engine,
            "engine_reason": self.engine_reason,
            "cases": [{"name": r.case.name, "folder": str(r.folder), "state": "done"} for r in self.results],
            "warnings": self.warnings,
            "failures": dict(self.failures),
            "verdict": self.verdict.to_dict() if self.verdict else None,
            "report": str(self.report) if self.report else None,
        }

    def _repr_html_(self) -> str:
        failed = "".join(f"<li>{escape(name)}: {escape(why)}</li>" for name, why in self.failures.items())
        page = escape(str(self.report))
        parts = [
            f"<p><b>{escape(self.study.name)}</b>: {len(self.results)} cases done</p>",
            f"<p>{escape(self.engine_reason)}</p>",
            f"<p>Failed:</p><ul>{failed}</ul>" if failed else "",
            self.verdict._repr_html_() if self.verdict else "",
            self.comparison._repr_html_() if self.comparison else "",
            f'<p>Report: <a href="{page}">{page}</a></p>' if self.report else "",
        ]
        return "".join(parts)


def plan_study(study: Study, engine: Engine, runs: Path = RUNS) -> tuple[PlannedRun, ...]:
    """Render every case and find its folder; writes nothing. See `harness.runs.plan.plan`."""
    return plan(study, engine, runs)


def run_study(
    study: Study,
    engine: str | Choice = "auto",
    runs: str | Path = RUNS,
    *,
    progress: Progress | None = None,
    redo: bool = False,
    slot: int = 0,
) -> StudyResult:
    """Run what is missing of a study, compare it with the model and write the report.

    Parameters
    ----------
    study : Study
    engine : str or Choice
        "auto" (MuMax3 where it can run, else the CPU engine), "cpu", "mumax3", or a choice already made.
    runs : str or Path
        Folder below which run folders are made.
    progress : callable, optional
        Called when a case starts, at every field point, and when it ends.
    redo : bool
        Run finished cases anew.
    slot : int
        Number of the GPU.

    Raises
    ------
    EngineMissing
        If the engine asked for cannot run here.
    StorageError
        If the disk is full or a folder cannot be written; the cases not yet run are left for the next time.
    """
    choice = choose_engine(engine)

    def finished(run: PlannedRun, on_rows: OnProgress) -> RunFolder:
        return execute(run, choice.engine, on_rows, redo=redo, slot=slot)

    return _study(study, choice, Path(runs), finished, progress)


def report_study(study: Study, engine: str | Choice = "auto", runs: str | Path = RUNS) -> StudyResult:
    """Write the report of a study anew from the runs that are done; arguments as for `run_study`."""

    def finished(run: PlannedRun, on_rows: OnProgress) -> RunFolder:
        if (state := run.folder.state()) != "done":
            raise NotARun(f"not run yet ({state})")
        return run.folder

    return _study(study, choose_engine(engine), Path(runs), finished, None)


def open_run(folder: str | Path) -> CaseResult:
    """A finished run, read and analysed from its folder alone.

    Raises
    ------
    NotARun
        If the folder holds no finished run.
    OutputInvalid
        One of its kinds, if the output is not as the run left it.
    """
    from harness.analysis.result import analyse  # a second with numba

    return analyse(read(Path(folder)))


def _study(
    study: Study,
    choice: Choice,
    runs: Path,
    finished: Callable[[PlannedRun, OnProgress], RunFolder],
    progress: Progress | None,
) -> StudyResult:
    """From plan to report; ``finished`` gives the folder of a run that is done."""
    from harness.analysis.result import analyse  # a second with numba, not spent on mxval plan or status

    results: list[CaseResult] = []
    failures: dict[str, str] = {}
    planned = plan(study, choice.engine, runs)
    for index, run in enumerate(planned):
        report_progress = _progress_of(run, index, len(planned), progress)
        try:
            folder = finished(run, partial(report_progress, "running"))
            results.append(analyse(read(folder, run.case, choice.engine)))
        except StorageError:
            raise  # every other case would meet it too
        except EngineError as error:
            failures[run.case.name] = str(error)
            report_progress("failed", 0)
        else:
            report_progress("done", len(run.case.field_values_T))
    if not results:
        return StudyResult(study, choice.engine.name, choice.reason, None, None, None, failures)
    # Seconds with pandas and matplotlib, and only now needed.
    from harness.comparison.comparison import compare
    from harness.report.report import write_report
    from harness.verdict import judge

    comparison = compare(study, results)
    verdict = judge(comparison)
    place = runs / study.name / REPORT_NAME
    with storage_faults(place):
        report = write_report(comparison, verdict, place)
    return StudyResult(study, choice.engine.name, choice.reason, comparison, verdict, report, failures)


def _progress_of(
    run: PlannedRun, index: int, n_cases: int, progress: Progress | None
) -> Callable[[State, int], None]:
    total = len(run.case.field_values_T)

    def report_progress(state: State, done: int) -> None:
        if progress:
            progress(CaseProgress(run.case, state, done, total, index, n_cases))

    return report_progress
