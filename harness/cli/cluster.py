"""Runs that others run: the commands work and export-jobs, and what run and status say of a cluster.

In: folders of prepared runs, a study, what to ask Slurm for. Out: finished runs, jobs, files of commands.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import options
from harness.cli.terminal import Answer, say, show

if TYPE_CHECKING:
    from harness.engines import Choice
    from harness.engines.base import Engine
    from harness.runs.folder import Found, RunFolder
    from harness.runs.plan import PlannedRun
    from harness.study.study import Study

Slurm = Annotated[
    str | None,
    typer.Option(
        "--slurm",
        metavar="KEY=VALUE,...",
        help="Submit to Slurm and return, as in partition=gpu,gres=gpu:1,time=2:00:00 (docs/cluster.md).",
    ),
]


def work(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Folders of prepared runs.")],
    gpus: options.Gpus = None,
    per_gpu: options.PerGpu = "auto",
    cpus: options.Cpus = "1",
) -> None:
    """Run prepared runs from their folders alone; done ones are kept, busy ones left to who has them.

    May be given again, and on several machines at once. Exit 1 if one failed, else 2 if a folder is no run.
    """
    from harness.engines.base import EngineError
    from harness.runs.jobs import Outcome, run_prepared
    from harness.runs.record import NotARun

    words = {"done": "done", "kept": "done before, kept", "busy": "another mxval is at work on it"}

    def tell(folder: Path, outcome: Outcome) -> None:
        if isinstance(outcome, EngineError):
            of = "" if isinstance(outcome, NotARun) else f"{folder.name}: "  # which names its folder itself
            say(f"mxval: {of}{outcome}", err=True)
        else:
            say(f"{folder.name}: {words[outcome]}")

    ended = run_prepared(folders, options.share("mumax3", gpus, per_gpu, cpus), tell, say)
    if codes := [outcome.exit_code for outcome in ended.values() if isinstance(outcome, EngineError)]:
        raise typer.Exit(min(codes))


def export_jobs(
    study: options.Study,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Folder for the files; jobs beside the runs if not given."),
    ] = None,
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    as_json: options.AsJson = False,
) -> None:
    """Write one ready command a case, for GNU parallel, xargs, PBS, SGE or sh; runs nothing.

    Each command may be given twice, or on two machines at once: done cases are kept.
    """
    from harness.pipeline import plan_study
    from harness.runs.folder import runs_option
    from harness.runs.jobs import write_jobs
    from harness.shipped import find_study
    from harness.study.study import Study

    asked = Study.load(find_study(study))
    options.require_folder(runs)
    choice = choose(engine, asked, runs)
    planned = plan_study(asked, choice.engine, runs)
    folder = out or runs / asked.name / "jobs"
    ready, refused = _prepared(planned, choice.engine)
    files = write_jobs([*ready["prepared"], *ready["busy"], *ready["done"]], folder, replace=out is None)
    values = {
        "study": asked.name,
        "engine": choice.engine.name,
        "engine_reason": choice.reason,
        "files": files,
        "refused": refused,
        **{state: [run.name for run in found] for state, found in ready.items()},
    }
    notes = (
        choice.reason,
        *(f"{file}: {what}" for file, what in zip(files, _USES, strict=True)),
        f"then mxval run {study} --engine {choice.engine.name}{runs_option(runs)} runs what is missing and "
        "writes the report",
    )
    show(Answer(values), as_json, notes=notes)
    _tell(refused)


_USES = (
    "a command a case; parallel -j 2 < cases.txt, or xargs -P 2 -d '\\n' -n 1 sh -c < cases.txt",
    "the same as an array for PBS: qsub",
    "the same as an array for SGE: qsub",
    "the same one after another: sh",
)


def choose(engine: str, study: Study, runs: Path, slurm: str | None = None) -> Choice:
    """The engine asked for; auto is the one that the study's jobs have, or that a GPU is asked for."""
    from harness.engines import ENGINES, Choice
    from harness.pipeline import engine_for
    from harness.runs.slurm import submissions
    from harness.runs.slurm_options import slurm_options

    if engine == "auto":
        if slurm is not None:
            if slurm_options(slurm).wants_gpu:
                return Choice(ENGINES["mumax3"](), "engine mumax3, because the jobs ask for a GPU")
            return Choice(ENGINES["cpu"](), "engine cpu, because the jobs ask for no GPU")
        if submitted := [*submissions(runs / study.name).values()]:
            name, when = submitted[-1].engine, submitted[-1].submitted
            return Choice(ENGINES[name](), f"engine {name}: as submitted to Slurm, {when}")
    return engine_for(study, engine)


def require_no_slots(gpus: str | None, per_gpu: str, cpus: str) -> None:
    """Refuse options about this machine where jobs are submitted to others."""
    from reduced_model.errors import InputError

    if (gpus, per_gpu, cpus) != (None, "auto", "auto"):
        raise InputError(
            "--gpus, --per-gpu and --cpus are about this machine: what a job gets is said in --slurm, as in "
            "gres=gpu:1,cpus_per_task=4"
        )


def look(study: Study, planned: tuple[PlannedRun, ...], runs: Path) -> list[tuple[PlannedRun, Found]]:
    """What there is of each run, in its folder and in Slurm's queue."""
    from harness.analysis.run_certificates import spoilt_certificates
    from harness.runs.slurm import jobs_of, seen

    def looked(folder: RunFolder) -> Found:
        there = folder.look()
        spoilt = spoilt_certificates(folder.path) if there.state == "done" else ""
        return there._replace(note="; ".join(filter(None, (there.note, spoilt))))

    found = {run.folder.path.name: looked(run.folder) for run in planned}
    jobs = jobs_of(runs / study.name, lambda name: name in found and not found[name].finished)
    names = [run.folder.path.name for run in planned]
    return [(run, seen(found[name], jobs.get(name))) for run, name in zip(planned, names, strict=True)]


def submitted(study: Study, choice: Choice, runs: Path, slurm: str, *, redo: bool, as_json: bool) -> bool:
    """Submit what is missing of a study; False where every case is done, and nothing is left to submit."""
    from harness.pipeline import plan_study
    from harness.runs.slurm import one_submits, submit
    from harness.runs.slurm_options import slurm_options

    asked, folder = slurm_options(slurm), runs / study.name
    planned = plan_study(study, choice.engine, runs)
    with one_submits(folder):
        states = look(study, planned, runs)
        left = {run.name: found for run, found in states if found.state in ("queued", "running")}
        open_runs = [run for run, found in states if redo or not found.finished]
        open_runs = [run for run in open_runs if run.name not in left]
        if not open_runs and not left:
            return False
        ready, refused = _prepared(open_runs, choice.engine, redo=redo)
        folders = [run.folder.path for run in ready["prepared"]]
        submission = submit(folders, folder, choice.engine.name, asked) if folders else None
    names = {run.folder.path.name: run.name for run in planned}
    jobs = submission.jobs if submission else {}
    rows = [(job, "submitted", ", ".join(names[name] for name in held)) for job, held in jobs.items()]
    rows += [("", found.state, f"{name}: {found.note}") for name, found in left.items()]
    values: dict[str, Any] = {"study": study.name, "engine": choice.engine.name}
    values |= {"engine_reason": choice.reason}
    values |= {"jobs": {job: [names[name] for name in held] for job, held in jobs.items()}}
    values |= {"left": {name: found.note for name, found in left.items()}, "refused": refused}
    ids = dict.fromkeys(job.split("_")[0] for job in jobs)
    notes = (
        "you may log out; mxval status tells how far it is, the same command submits what is missing then",
        f"logs: {folder / 'slurm'}" + (f"; to cancel: scancel {' '.join(ids)}" if ids else ""),
    )
    show(Answer(values, f"study {study.name}", ("Slurm job", "state", "cases"), rows), as_json, notes=notes)
    _tell(refused)
    return True


def _prepared(
    planned: tuple[PlannedRun, ...] | list[PlannedRun], engine: Engine, *, redo: bool = False
) -> tuple[dict[str, list[PlannedRun]], dict[str, str]]:
    """The runs by what their folders are now, and by case name why one cannot be prepared."""
    from harness.runs.jobs import prepare
    from harness.runs.record import NotARun

    ready: dict[str, list[PlannedRun]] = {"prepared": [], "busy": [], "done": []}
    refused = {}
    for run in planned:
        try:
            ready[prepare(run, engine, redo=redo)].append(run)
        except NotARun as error:
            refused[run.name] = str(error)
    return ready, refused


def _tell(refused: dict[str, str]) -> None:
    """Name the cases that were left out; exit 1 if there are any."""
    for name, why in refused.items():
        say(f"mxval: {name}: {why}", err=True)
    if refused:
        raise typer.Exit(1)


COMMANDS = (work, export_jobs)
