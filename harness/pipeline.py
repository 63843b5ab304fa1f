"""The main job: from a study to its report.

In: a Study, an engine, a folder for the runs. Out: a StudyResult; run folders and report/index.html on disk.
What is done is read, not run again; a case that fails is recorded and the others go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.engines import Choice, Engine, EngineError, EngineRun, StorageError, choose_engine
from harness.engines.storage import require_room, storage_faults
from harness.runs import provenance
from harness.runs.folder import RunFolder, State
from harness.runs.record import read_case
from harness.study.script import RenderedCase, identity, render
from harness.study.study import Case, Study

if TYPE_CHECKING:
    from harness.analysis.result import CaseResult
    from harness.comparison.comparison import Comparison

RUNS = Path("mumax_runs")
REPORT_NAME = "report"

SETTLED_T = 1e-3
"""Residual torque above which a row counts as no equilibrium, T: the limit MuMax3's own manual calls sane."""


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

    def to_dict(self) -> dict[str, Any]:
        """What is planned and what exists of it, as JSON values."""
        return {
            "name": self.case.name,
            "hash": self.folder.hash,
            "state": self.folder.state(),
            "note": self.folder.note(),
            "fields": len(self.case.field_values_T),
            "grid": self.case.grid,
            "folder": str(self.folder.path),
        }


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

    @property
    def warnings(self) -> Mapping[str, tuple[str, ...]]:
        """Lines by case name, for finished cases with something to note."""
        noted = {r.case.name: tuple(r.manifest.get("warnings", ())) for r in self.results}
        return {name: lines for name, lines in noted.items() if lines}

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
    slot: int = 0,
) -> StudyResult:
    """Run what is missing of a study, compare it with the model and write the report.

    Parameters
    ----------
    study : the study.
    engine : "auto" (MuMax3 where it can run, else the CPU engine), "cpu", "mumax3", or a choice already made.
    runs : folder below which run folders are made.
    progress : called when a case starts, at every field point, and when it ends.
    redo : run finished cases anew.
    slot : number of the GPU.

    Raises
    ------
    EngineMissing
        If the engine asked for cannot run here.
    StorageError
        If the disk is full or a folder cannot be written; the cases not yet run are left for the next time.
    """
    chosen, reason = choose_engine(engine)
    planned = plan_study(study, chosen, Path(runs))
    results, failures = [], {}
    for index, run in enumerate(planned):
        report_progress = _progress_of(run, index, len(planned), progress)
        try:
            results.append(run_case(study, run, chosen, report_progress, redo=redo, slot=slot))
        except StorageError:
            raise  # every other case would meet it too
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
                run.folder.check_outputs()
                results.append(read_case(run.case, run.folder.path, run.folder.manifest()))
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
    slot: int = 0,
) -> CaseResult:
    """Run one case unless it is done, and read it.

    Raises
    ------
    EngineError
        One of its kinds, after the run was recorded as failed; RunBusy if another process is at work on it.
    """
    folder = run.folder
    with storage_faults(folder.path), folder.lock():
        if folder.state() == "done" and not redo:
            folder.check_outputs()
            progress("done", len(run.case.field_values_T))
            return _kept(run, engine)
        require_room(folder.path, output_bytes(run.case))
        manifest = _manifest(study, run, engine)
        script = folder.prepare(run.rendered, manifest)
        manifest |= {"state": "running", "started": provenance.now()}
        folder.write_manifest(manifest)
        clock = time.monotonic()
        try:
            with storage_faults(folder.path):
                told, result = _execute(run, script, engine, manifest, progress, slot)
                manifest |= {**_ended(clock), **_told(told, result), "outputs": folder.output_hashes()}
                folder.write_manifest(manifest | {"state": "done"})
        except EngineError as error:
            failure = {"state": "failed", "error": str(error), "error_kind": type(error).__name__}
            with suppress(OSError):  # on a full disk the state stays running, which reads as interrupted
                folder.write_manifest(manifest | _ended(clock) | failure)
            raise
    progress("done", len(run.case.field_values_T))
    return replace(result, manifest=manifest | {"state": "done"})


def output_bytes(case: Case) -> int:
    """Room a run needs at most: masks and saved states in float32, table and log by the row."""
    n_fields, n_states = len(case.field_values_T), len(case.saved_steps)
    return 12 * case.lattice.n_cells * (n_states + 3) + 1000 * n_fields + 1_000_000


def _execute(
    run: PlannedRun,
    script: Path,
    engine: Engine,
    manifest: Mapping[str, Any],
    progress: Callable[[State, int], None],
    slot: int,
) -> tuple[EngineRun, CaseResult]:
    total = len(run.case.field_values_T)
    progress("running", 0)
    told = engine.run(
        script,
        run.folder.out,
        run.options,
        slot=slot,
        on_progress=lambda rows: progress("running", min(rows, total)),
    )
    return told, read_case(run.case, run.folder.path, manifest)


def _kept(run: PlannedRun, engine: Engine) -> CaseResult:
    """A run that is done, with a warning if this engine is not quite the one that ran it."""
    manifest = run.folder.manifest()
    ran, now = manifest.get("engine_version"), engine.version()
    if ran and now and ran != now:
        drift = f"was run by {engine.name} {ran}, and {now} is here now; --redo runs it again"
        manifest["warnings"] = [*manifest.get("warnings", ()), drift]
    return read_case(run.case, run.folder.path, manifest)


def _told(told: EngineRun, result: CaseResult) -> dict[str, Any]:
    """What the manifest keeps of an engine's account and of a look at its output."""
    return {
        "engine_version": told.version,
        "warnings": [*told.warnings, *_unsettled(result)],
        "details": dict(told.details or {}),
    }


def _unsettled(result: CaseResult) -> tuple[str, ...]:
    """A warning if some rows are no equilibrium."""
    residual = result.loop.residual_T
    if residual is None or not (over := residual > SETTLED_T).any():
        return ()
    worst = int(np.argmax(residual))
    return (
        f"{int(over.sum())} of {len(residual)} rows are no equilibrium: largest |m x B| "
        f"{residual[worst]:.2g} T at step {result.loop.step[worst]} ({result.loop.B_T[worst]:g} T); "
        "take smaller field steps, or the other solver.method",
    )


def _plan(case: Case, engine: Engine, runs: Path) -> PlannedRun:
    rendered = render(case)
    options = engine.options(case.solver.tolerance_T)
    run_hash = identity(rendered, engine=engine.name, options=options, revision=engine.revision)
    return PlannedRun(case, rendered, options, RunFolder.of(runs, case.study_name, case.name, run_hash))


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
        "script": run.rendered.script,
        "masks": run.rendered.mask_hashes(),
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
    from harness.comparison.comparison import compare
    from harness.report.report import write_report

    comparison = compare(study, results)
    folder = runs / study.name / REPORT_NAME
    with storage_faults(folder):
        report = write_report(comparison, folder)
    return StudyResult(study, engine.name, reason, comparison, report, failures)
