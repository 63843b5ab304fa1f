"""The main job: from a study to its report.

In: a Study, an engine, a folder for the runs. Out: a StudyResult; run folders and report/index.html on disk.
What is done is read, not run again; a case that fails is recorded and the others go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import provenance
from harness.engines import Choice, Engine, EngineError, OutputInvalid, choose_engine
from harness.read import read_loop
from harness.render import RenderedCase, identity, render
from harness.rundir import RunFolder, State
from harness.study import Case, Study

if TYPE_CHECKING:
    from harness.compare import CaseResult, Comparison

RUNS = Path("mumax_runs")
REPORT_NAME = "report"


@dataclass(frozen=True)
class PlannedRun:
    """A case with everything needed to run it.

    Attributes
    ----------
    case : what is asked for.
    rendered : script and masks.
    options : the engine's options for it.
    folder : where it runs, or ran.
    """

    case: Case
    rendered: RenderedCase
    options: Mapping[str, Any]
    folder: RunFolder


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


@dataclass(frozen=True, eq=False)
class StudyResult:
    """A study that has been run.

    Attributes
    ----------
    study : what was asked for.
    engine : name of the engine, with the reason it was chosen in ``engine_reason``.
    comparison : the finished cases beside the model; None if no case finished.
    report : the report's page; None if no case finished.
    failures : message by case name, for cases that did not finish.
    """

    study: Study
    engine: str
    engine_reason: str
    comparison: Comparison | None
    report: Path | None
    failures: Mapping[str, str]

    @property
    def results(self) -> tuple[CaseResult, ...]:
        """The finished cases."""
        return self.comparison.results if self.comparison else ()

    def _repr_html_(self) -> str:
        failed = "".join(f"<li>{escape(name)}: {escape(why)}</li>" for name, why in self.failures.items())
        page = escape(str(self.report))
        parts = [
            f"<p><b>{escape(self.study.name)}</b>: {len(self.results)} cases done</p>",
            f"<p>{escape(self.engine_reason)}</p>",
            f"<p>Failed:</p><ul>{failed}</ul>" if failed else "",
            self.comparison._repr_html_() if self.comparison else "",
            f'<p>Report: <a href="{page}">{page}</a></p>' if self.report else "",
        ]
        return "".join(parts)


def plan_study(study: Study, engine: Engine, runs: Path = RUNS) -> tuple[PlannedRun, ...]:
    """Render every case and find its folder; writes nothing."""
    return tuple(_plan(case, engine, runs) for case in study.cases())


def run_study(
    study: Study,
    engine: str | Choice = "auto",
    runs: str | Path = RUNS,
    *,
    progress: Progress | None = None,
    redo: bool = False,
) -> StudyResult:
    """Run what is missing of a study, compare it with the model and write the report.

    Parameters
    ----------
    study : the study.
    engine : "auto" (MuMax3 where it can run, else the CPU engine), "cpu", "mumax3", or a choice already made.
    runs : folder below which run folders are made.
    progress : called when a case starts, at every field point, and when it ends.
    redo : run finished cases anew.

    Raises
    ------
    EngineMissing
        If the engine asked for cannot run here.
    """
    chosen, reason = choose_engine(engine)
    planned = plan_study(study, chosen, Path(runs))
    results, failures = [], {}
    for index, run in enumerate(planned):
        report_progress = _progress_of(run, index, len(planned), progress)
        try:
            results.append(run_case(study, run, chosen, report_progress, redo=redo))
        except EngineError as error:
            failures[run.case.name] = str(error)
            report_progress("failed", 0)
    return _compared(study, chosen, reason, results, failures, Path(runs))


def report_study(study: Study, engine: str | Choice = "auto", runs: str | Path = RUNS) -> StudyResult:
    """Write the report of a study from the runs that are done; runs nothing."""
    chosen, reason = choose_engine(engine)
    results, failures = [], {}
    for run in plan_study(study, chosen, Path(runs)):
        try:
            if (state := run.folder.state()) == "done":
                results.append(_read(run, run.folder.manifest()))
            else:
                failures[run.case.name] = f"not run yet ({state})"
        except EngineError as error:
            failures[run.case.name] = str(error)
    return _compared(study, chosen, reason, results, failures, Path(runs))


def run_case(
    study: Study,
    run: PlannedRun,
    engine: Engine,
    progress: Callable[[State, int], None] = lambda state, done: None,
    *,
    redo: bool = False,
) -> CaseResult:
    """Run one case unless it is done, and read it.

    Raises
    ------
    EngineError
        One of its kinds, after the run was recorded as failed; RunBusy if another process is at work on it.
    """
    total = len(run.case.field_values_T)
    with run.folder.lock():
        if run.folder.state() == "done" and not redo:
            run.folder.check_outputs()
            progress("done", total)
            return _read(run, run.folder.manifest())
        manifest = _manifest(study, run, engine)
        script = run.folder.prepare(run.rendered, manifest)
        manifest |= {"state": "running", "started": provenance.now()}
        run.folder.write_manifest(manifest)
        progress("running", 0)
        clock = time.monotonic()
        try:
            told = engine.run(
                script,
                run.folder.out,
                run.options,
                on_progress=lambda rows: progress("running", min(rows, total)),
            )
            result = _read(run, manifest)
        except EngineError as error:
            manifest |= {
                "state": "failed",
                **_ended(clock),
                "error": str(error),
                "error_kind": type(error).__name__,
            }
            run.folder.write_manifest(manifest)
            raise
        manifest |= {
            **_ended(clock),
            "engine_version": told.version,
            "warnings": list(told.warnings),
            "details": dict(told.details or {}),
            "outputs": run.folder.output_hashes(),
            "state": "done",
        }
        run.folder.write_manifest(manifest)
        progress("done", total)
    return replace(result, manifest=manifest)


def _plan(case: Case, engine: Engine, runs: Path) -> PlannedRun:
    rendered = render(case)
    options = engine.options(case.solver.tolerance_T)
    run_hash = identity(rendered, engine=engine.name, options=options, revision=engine.revision)
    return PlannedRun(case, rendered, options, RunFolder.of(runs, case.study_name, case.name, run_hash))


def _read(run: PlannedRun, manifest: Mapping[str, Any]) -> CaseResult:
    """Read a run's output, check it against what was asked for, and analyse it."""
    from harness.analysis.vortex import FitError
    from harness.compare import analyse_case

    loop = read_loop(run.folder.out, run.case.field_values_T, run.case.direction)
    if missing := sorted(set(run.case.saved_steps) - set(loop.states)):
        raise OutputInvalid(f"{run.folder.out}: the state of step {missing[0]} was not saved")
    try:
        return analyse_case(run.case, loop, run.folder.path, manifest)
    except FitError as error:
        raise OutputInvalid(f"{run.folder.out}: a saved state cannot be fitted: {error}") from error


def _manifest(study: Study, run: PlannedRun, engine: Engine) -> dict[str, Any]:
    return {
        "state": "planned",
        "hash": run.folder.hash,
        "study": study.model_dump(mode="json", exclude_none=True),
        "case": run.case.model_dump(mode="json", exclude_none=True),
        "engine": engine.name,
        "engine_version": engine.version(),
        "revision": engine.revision,
        "options": dict(run.options),
        "replica": 0,
        "versions": provenance.versions(),
        "host": provenance.host(),
    }


def _ended(clock: float) -> dict[str, Any]:
    return {"finished": provenance.now(), "wall_s": round(time.monotonic() - clock, 3)}


def _progress_of(
    run: PlannedRun, index: int, n_cases: int, progress: Progress | None
) -> Callable[[State, int], None]:
    total = len(run.case.field_values_T)

    def report(state: State, done: int) -> None:
        if progress:
            progress(CaseProgress(run.case, state, done, total, index, n_cases))

    return report


def _compared(
    study: Study,
    engine: Engine,
    reason: str,
    results: list[CaseResult],
    failures: Mapping[str, str],
    runs: Path,
) -> StudyResult:
    if not results:
        return StudyResult(study, engine.name, reason, None, None, failures)
    from harness.compare import compare
    from harness.report import write_report

    comparison = compare(study, results)
    report = write_report(comparison, runs / study.name / REPORT_NAME)
    return StudyResult(study, engine.name, reason, comparison, report, failures)
