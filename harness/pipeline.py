"""The main job: plan, execute, read, analyse, compare, judge, report.

In: a Study, an engine, a folder for the runs. Out: a StudyResult; run folders and report/index.html on disk.
What is done is read, not run again; a case that fails is recorded and the others go on.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from filelock import FileLock

from harness.comparison.ahead import analysis, continua
from harness.engines import Choice, choose_engine
from harness.engines.base import (
    Engine,
    EngineError,
    EngineMissing,
    OutputInvalid,
    storage_faults,
)
from harness.report.kept import PAGE_NAME, STAGING, Kept, file_hashes, report_key, study_hash
from harness.runs.campaign import Event, campaign
from harness.runs.cost import Costs
from harness.runs.folder import LOCK_NAME, RUNS, Damaged, RunBusy, RunFolder
from harness.runs.output import Run, read
from harness.runs.plan import PlannedRun, named, plan, require_study, scatters
from harness.runs.record import NotARun
from harness.runs.slots import Share
from harness.study.study import Case, Study
from harness.study.tables import ContinuumTable
from harness.study_result import OnStep, StudyResult

if TYPE_CHECKING:
    from harness.analysis.result import CaseResult

REPORT_NAME = "report"


@dataclass(frozen=True)
class CaseProgress:
    """How far a case has come: its state, field points done and in all, its place among the cases."""

    case: Case
    state: Literal["running", "done", "kept", "busy", "failed", "again"]
    """kept if done before, busy if another process is at work on it, again if it will be tried once more."""
    done: int
    total: int
    index: int
    n_cases: int
    lane: str = ""
    """Where it runs, if several do at the same time."""
    message: str = ""
    """Why it failed, or is run again."""
    waiting: int = 0
    """Cases that have not begun."""
    left_s: float | None = None
    """Time until all is done, continua, certificates and report included, as far as is known."""
    replica: int = 0
    """Which of the repeats of its case it is."""

    @property
    def name(self) -> str:
        """The case's name, with the number of the repeat after the first."""
        return named(self.case, self.replica)


Progress = Callable[[CaseProgress], None]


def engine_for(study: Study, engine: str | Choice = "auto") -> Choice:
    """The engine asked for; "auto" gives one that can do every case. It need not be able to run here."""
    require_study(study)
    choice = choose_engine(engine, to_run=False, asked=(case.engine_options for case in study.cases()))
    if study.repeats == 1 or scatters(choice.engine):
        return choice
    once = f"repeats = {study.repeats} is passed over: this engine gives the same numbers each time"
    return choice if once in choice.reason else choice._replace(reason=f"{choice.reason}; {once}")


def plan_study(study: Study, engine: Engine, runs: Path = RUNS) -> tuple[PlannedRun, ...]:
    """Render every case and find its folder; writes nothing. See `harness.runs.plan.plan`."""
    return plan(study, engine, runs)


def run_study(
    study: Study,
    engine: str | Choice = "auto",
    runs: str | Path = RUNS,
    *,
    progress: Progress | None = None,
    on_step: OnStep | None = None,
    on_note: OnStep | None = None,
    redo: bool = False,
    slot: int = 0,
    share: Share | None = None,
    source: Path | None = None,
) -> StudyResult:
    """Run what is missing of a study, compare it with the model and write the report unless it is still true.

    Parameters
    ----------
    study : Study
    engine : str or Choice
        "auto" (MuMax3 where it can run, else the CPU engine), "cpu", "mumax3", or a choice already made.
    runs : str or Path
        Folder below which run folders are made.
    progress : callable, optional
        Called when a case starts, at every field point, and when it ends.
    on_step : callable, optional
        Called with a few words as each step of the report begins.
    on_note : callable, optional
        Called with what is to know of the cases as a whole, such as how many share a GPU.
    redo : bool
        Run finished cases anew; where that fails, what they wrote before is put back.
    slot : int
        Number of the GPU, where there is no share.
    share : Share, optional
        Cores and GPUs to keep busy, a process a case; one case after the other in this process if not given.
    source : Path, optional
        The study's file: the report of another file of the same name is not replaced.

    Raises
    ------
    EngineMissing
        If a case is to be run and the engine asked for cannot run here.
    InputError
        If the report of another study file of this name is there.
    StorageError
        If the disk is full or a folder cannot be written; the cases not yet run are left for the next time.
    """
    share = share or Share()
    job = _Job.of(study, engine, Path(runs), source, on_step, share.cores)
    told = (progress, on_note or (lambda words: None))
    return _reported(job, _run_missing(job, told, redo, slot, share, reported=True), anew=False)


def _run_missing(
    job: _Job, tell: tuple[Progress | None, OnStep], redo: bool, slot: int, share: Share, *, reported: bool
) -> _Finished:
    """Run what is not done; the runs that are then, and why others are not."""
    study = job.study
    to_run = _to_run(job, redo, tell[1])
    if to_run and (missing := job.choice.engine.unavailable(slot)):
        raise EngineMissing(f"engine {job.choice.engine.name} cannot run: {missing}")

    costs = Costs.of_runs(job.runs) if to_run else Costs()
    tasks = [(run, job.choice.engine) for run in to_run]
    told = _Told(job, to_run, *tell)
    analysed: list[Any] = []
    try:
        failed = campaign(
            *(tasks, share, told.event),
            slot=slot,
            costs=costs,
            redo=redo,
            errands=continua(study) if to_run else (),
            after=analysis,
            on_outcome=analysed.append,
            later_s=costs.report(len(job.planned)).seconds if reported else 0.0,
        )
    finally:
        costs.keep(job.runs)
    busy = [to_run[place].name for place, error in failed.items() if redo and isinstance(error, RunBusy)]
    for name in busy:
        tell[1](f"{name}: left to another mxval, which was at work on it, and not made anew by this one")
    why = {to_run[place].folder.hash: error for place, error in failed.items()}
    at_hand = {result.folder.name: result for result in filter(None, analysed)}
    return replace(_finished(job, why, told.kept), analysed=at_hand)


def _to_run(job: _Job, redo: bool, on_note: OnStep) -> list[PlannedRun]:
    """The runs that are not done, or all; where others are run, those that cannot be are told at once."""
    found, refused = [], []
    for run in job.planned:
        try:
            if run.folder.state() != "done" or redo:
                found.append(run)
        except NotARun as why:
            refused.append(f"{run.name}: {why}")
    for line in refused if found else ():
        on_note(line)
    return found


def report_study(
    study: Study,
    engine: str | Choice = "auto",
    runs: str | Path = RUNS,
    *,
    on_step: OnStep | None = None,
    share: Share | None = None,
    source: Path | None = None,
) -> StudyResult:
    """Write the report of a study anew from the runs that are done; arguments as for `run_study`."""
    job = _Job.of(study, engine, Path(runs), source, on_step, (share or Share()).cores)
    return _reported(job, _finished(job, {}), anew=True)


def read_study(
    study: Study,
    engine: str | Choice = "auto",
    runs: str | Path = RUNS,
    *,
    on_step: OnStep | None = None,
) -> StudyResult:
    """What is done of a study, read and analysed; writes nothing. Arguments as for `run_study`."""
    choice, step, runs = engine_for(study, engine), on_step or (lambda words: None), Path(runs)
    job = _Job(study, choice, plan(study, choice.engine, runs), runs, runs, None, step)
    return _read(job, _finished(job, {}))


def _read(job: _Job, done: _Finished) -> StudyResult:
    """The result of finished runs without a report, with the certificates that are there."""
    from harness.analysis.result import with_replicas  # half a second with scipy

    study, choice, step = job.study, job.choice, job.step
    step("reading and fitting the saved states")
    analysed = _analysed(done, step)
    found, failures = done.runs, done.failures
    at_hand = {result.folder.name for result in analysed}
    analysed = with_replicas(analysed)
    if study.save.certify:
        from harness.analysis.certified import with_kept_certificates  # as above

        analysed = with_kept_certificates(analysed)
    found = tuple(run for run in found if run.folder.name in at_hand)
    reason = choice.reason
    return StudyResult(
        study, choice.engine.name, reason, found, None, failures, analysed=analysed, on_step=step
    )


def finish_study(
    study: Study,
    engine: str | Choice = "auto",
    runs: str | Path = RUNS,
    *,
    progress: Progress | None = None,
    on_step: OnStep | None = None,
    on_note: OnStep | None = None,
    share: Share | None = None,
) -> StudyResult:
    """Run what is missing of a study and read it, without its continuum and report; see `run_study`."""
    bare = {
        "continuum": ContinuumTable(solve=False),
        "save": study.save.model_copy(update={"certify": False}),
    }
    alone = study.model_copy(update=bare)
    choice, runs, step = engine_for(study, engine), Path(runs), on_step or (lambda words: None)
    job = _Job(alone, choice, plan(study, choice.engine, runs), runs, runs, None, step)
    told = (progress, on_note or (lambda words: None))
    return _read(job, _run_missing(job, told, False, 0, share or Share(), reported=False))


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


def _done(run: PlannedRun) -> RunFolder:
    """The folder of a run that is done; raises NotARun for any other."""
    if (state := run.folder.state()) != "done":
        kept = f"; {run.folder.kept}" if run.folder.kept else ""
        raise NotARun(f"not run yet ({state}){kept}")
    return run.folder


@dataclass(frozen=True)
class _Job:
    """A study with its runs, and where and how its report is written."""

    study: Study
    choice: Choice
    planned: tuple[PlannedRun, ...]
    runs: Path
    """Folder of all runs."""
    folder: Path
    """The report's."""
    source: Path | None
    step: OnStep
    cores: int = 1
    """Processes that write the report."""

    @classmethod
    def of(
        cls,
        study: Study,
        engine: str | Choice,
        runs: Path,
        source: Path | None,
        on_step: OnStep | None,
        cores: int,
    ) -> _Job:
        """The job, unless another study file has its name."""
        choice = engine_for(study, engine)
        planned, folder = plan(study, choice.engine, runs), runs / study.name / REPORT_NAME
        if former := Kept.read(folder):
            former.require_same_study(study, source, folder, "its report would be replaced")
        return cls(study, choice, planned, runs, folder, source, on_step or (lambda words: None), cores)


@dataclass(frozen=True)
class _Finished:
    """The runs of a study that are done, and why the others are not."""

    runs: tuple[Run, ...]
    failures: dict[str, str]
    analysed: Mapping[str, CaseResult] = field(default_factory=dict)
    """Those that are analysed already, by the names of their folders."""


@dataclass(frozen=True)
class _Told:
    """Hands on what a campaign tells, as progress of the study's cases."""

    job: _Job
    to_run: Sequence[PlannedRun]
    progress: Progress | None
    note: OnStep

    def event(self, event: Event) -> None:
        """Something has happened to a case that is run, or to all of them."""
        if event.state == "errand":
            self.job.step(event.message)
        elif event.index is None:
            self.note(event.message)
        else:
            run = self.to_run[event.index]
            more = {name: getattr(event, name) for name in ("lane", "message", "waiting", "left_s")}
            self._tell(run, event.state, event.rows, **more)

    def kept(self, run: PlannedRun) -> None:
        """A case was done before."""
        if run.folder.hash not in self._anew:
            self._tell(run, "kept", len(run.case.field_values_T))

    def _tell(self, run: PlannedRun, state: Any, rows: int, **more: Any) -> None:
        if self.progress:
            total, of = len(run.case.field_values_T), len(self.job.planned)
            place = self._place[run.folder.hash]
            self.progress(CaseProgress(run.case, state, rows, total, place, of, replica=run.replica, **more))

    @cached_property
    def _place(self) -> Mapping[str, int]:
        return {run.folder.hash: index for index, run in enumerate(self.job.planned)}

    @cached_property
    def _anew(self) -> frozenset[str]:
        return frozenset(run.folder.hash for run in self.to_run)


def _finished(
    job: _Job, failed: Mapping[str, EngineError], kept: Callable[[PlannedRun], None] = lambda run: None
) -> _Finished:
    """Look at every run of the study; ``failed`` says why some are not done, by their hash."""
    runs: list[Run] = []
    failures: dict[str, str] = {}
    for run in job.planned:
        if why := failed.get(run.folder.hash):
            done = run.folder.is_done()
            if not (done and isinstance(why, RunBusy)):  # which another has done meanwhile
                failures[run.name] = f"{why}; what was done before is put back" if done else str(why)
                continue
        try:
            runs.append(read(_done(run), run.case, job.choice.engine))
        except OutputInvalid as error:
            failures[run.name] = Damaged.of(error)
        except EngineError as error:
            failures[run.name] = str(error)
        else:
            kept(run)
    return _Finished(tuple(runs), failures)


def _reported(job: _Job, done: _Finished, *, anew: bool) -> StudyResult:
    """The result of finished runs, with the report that is there where it is still true or knows more."""
    runs, failures = done.runs, done.failures
    made = partial(StudyResult, job.study, job.choice.engine.name, job.choice.reason, on_step=job.step)
    folder, page = job.folder, job.folder / PAGE_NAME
    if not runs:
        return made((), None, failures)
    damaged = [name for name, why in failures.items() if isinstance(why, Damaged)]
    key = report_key(job.study, runs, damaged)
    if not anew and (former := Kept.still_true(folder, key)):
        return made(runs, page, failures, former)
    with storage_faults(folder), _report_lock(folder, job.step):
        if not anew and (former := Kept.still_true(folder, key)):  # another process was at it meanwhile
            return made(runs, page, failures, former)
        job.step("reading and fitting the saved states")
        from harness.analysis.result import with_replicas  # half a second with scipy

        began = time.monotonic()
        analysed = _analysed(done, job.step)
        at_hand = {result.folder.name for result in analysed}
        analysed = with_replicas(analysed)
        fitted_s = time.monotonic() - began
        asked = {run.folder.path.name for run in job.planned}
        if (former := Kept.read(folder)) and (lost := sorted(asked & {*former.runs} - at_hand)):
            return made(runs, page, failures, former, _knows_more(folder, lost), analysed)
        if not analysed:
            return made((), None, failures)
        if job.study.save.certify:
            from harness.analysis.certified import with_certificates  # as above

            analysed = with_certificates(analysed, job.step)
        runs = tuple(run for run in runs if run.folder.name in at_hand)
        result = made(runs, page, failures, analysed=analysed)
        _write(job, result, report_key(job.study, runs, damaged), fitted_s)
    return result


def _analysed(done: _Finished, step: OnStep) -> tuple[CaseResult, ...]:
    """Every run analysed that can be; of the others the reason is added to the failures."""
    from harness.analysis.result import analyse  # half a second with scipy, not spent on a report still true

    results = []
    for run in done.runs:
        try:
            results.append(done.analysed.get(run.folder.name) or analyse(run, step))
        except EngineError as error:
            done.failures[run.case.name] = str(error)
    return tuple(results)


def _write(job: _Job, result: StudyResult, key: str, fitted_s: float) -> None:
    """Compare, judge, draw; what the report rests on is kept last, and the time of fits and figures."""
    from harness.report.report import write_report  # seconds with pandas and matplotlib

    assert result.comparison and result.verdict
    began = time.monotonic()
    write_report(result.comparison, result.verdict, job.folder, job.step, job.cores)
    Kept(
        key=key,
        runs=tuple(run.folder.name for run in result.runs),
        study=study_hash(job.study),
        source=os.path.relpath(job.source.resolve(), job.folder.resolve()) if job.source else None,
        summary=result.verdict.summary,
        verdict=result.verdict.to_dict(),
        files=file_hashes(job.folder),
    ).write(job.folder)
    costs = Costs.of_runs(job.runs)
    costs.add_report(job.study.name, len(result.runs), fitted_s + time.monotonic() - began)
    costs.keep(job.runs)


@contextmanager
def _report_lock(folder: Path, step: OnStep) -> Iterator[None]:
    """One process writes a report at a time; the next waits for it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK_NAME)
    try:
        lock.acquire(timeout=0)
    except TimeoutError:
        step("waiting for another mxval that writes this report")
        lock.acquire()
    try:
        for left in folder.glob(f"{STAGING}*"):  # by one that was killed
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        lock.release()


def _knows_more(folder: Path, lost: list[str]) -> str:
    shown = ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
    return (
        f"the report was left as it was, because it shows what cannot be used now: {shown}; "
        f"mend that, or move {folder} away to have one without it"
    )
