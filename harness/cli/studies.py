"""The commands about a study: new, run, plan, status, render, report.

In: a study file or a ready study's name, an engine, a folder. Out: runs, scripts, a report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import cluster, keeping, options
from harness.cli.terminal import Answer, say, show

if TYPE_CHECKING:
    from harness.study.study import Study
    from harness.study_result import StudyResult


def new(
    name: Annotated[
        Path, typer.Argument(metavar="[NAME]", help="Name of the study, or path of its file.")
    ] = Path("my_study"),
) -> None:
    """Write a study file with every key explained, ready to run; never over an existing one."""
    import tomllib

    from harness.shipped import study_names
    from harness.study.document import new_study
    from harness.study.study import Study
    from reduced_model.errors import InputError

    file = name if name.suffix == ".toml" else name.with_name(f"{name.name}.toml")
    if file.stem in study_names():
        raise InputError(
            f"{file.stem}: a ready study has that name; give another, not {', '.join(study_names())}"
        )
    options.require_place(file)
    text = new_study(file.stem)
    Study.from_values(tomllib.loads(text), source=str(file))  # not every name is one for a study
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise InputError(f"{file}: exists already; give another name") from None
    say(f"{file}: a study with every key; mxval plan {file} lists its cases")


def run(
    study: options.Study,
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    redo: Annotated[
        bool,
        typer.Option(
            "--redo", help="Run finished cases anew; where that fails, what they wrote before is kept."
        ),
    ] = False,
    gpus: options.Gpus = None,
    per_gpu: options.PerGpu = "auto",
    cpus: options.Cpus = "auto",
    slurm: cluster.Slurm = None,
    as_json: options.AsJson = False,
) -> None:
    """Run what is missing of a study, compare it with the model and write the report."""
    from harness.cli.progress import cases_in_hand
    from harness.pipeline import run_study

    asked, file = _study(study)
    choice = cluster.choose(engine, asked, runs, slurm)
    options.require_folder(runs)
    if slurm is not None:
        cluster.require_no_slots(gpus, per_gpu, cpus)
    share = options.share(choice.engine.name, gpus, per_gpu, cpus)
    if not as_json:
        for line in (choice.reason, *_notes(asked)):
            say(line)
    if slurm is not None and cluster.submitted(asked, choice, runs, slurm, redo=redo, as_json=as_json):
        return
    with cases_in_hand(quiet=as_json) as lines:
        result = run_study(
            asked,
            choice,
            runs,
            progress=lines.show if lines else None,
            on_step=lines.step if lines else None,
            on_note=lines.note if lines else None,
            redo=redo,
            share=share,
            source=file,
        )
    _show_result(result, as_json)


def plan(
    study: options.Study,
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    gpus: options.Gpus = None,
    per_gpu: options.PerGpu = "auto",
    cpus: options.Cpus = "auto",
    as_json: options.AsJson = False,
) -> None:
    """List the cases of a study, what exists of them and what the rest may take; writes nothing."""
    _show_plan(study, engine, runs, as_json, (gpus, per_gpu, cpus))


def status(
    study: options.Study,
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    as_json: options.AsJson = False,
) -> None:
    """Tell which runs are done, running or planned; exit 1 if one failed, stopped or is damaged."""
    if not _show_plan(study, engine, runs, as_json):
        raise typer.Exit(1)


def render(
    study: options.Study,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the scripts, one folder a case.")],
    as_json: options.AsJson = False,
) -> None:
    """Write the scripts and masks of a study, to read or to run by hand; never over existing files."""
    from harness.study.script import render as render_case
    from reduced_model.errors import InputError

    asked, _ = _study(study)
    cases = []
    for case in asked.cases():
        folder = out / case.name
        if folder.exists():
            raise InputError(f"{folder}: exists already; give another folder with -o")
        folder.mkdir(parents=True)
        cases.append({"name": case.name, "script": render_case(case).write(folder)})
    rows = [tuple(case.values()) for case in cases]
    answer = Answer({"study": asked.name, "cases": cases}, f"study {asked.name}", ("case", "script"), rows)
    show(answer, as_json)


def report(
    study: options.Study,
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    as_json: options.AsJson = False,
) -> None:
    """Write the report of a study anew from the runs that are done; runs nothing."""
    from harness.cli.progress import cases_in_hand
    from harness.pipeline import report_study
    from harness.runs.slots import Share, usable_cores

    asked, file = _study(study)
    options.require_folder(runs)
    with cases_in_hand(quiet=as_json) as lines:
        choice, step = cluster.choose(engine, asked, runs), lines.step if lines else None
        share = Share(usable_cores())
        result = report_study(asked, choice, runs, on_step=step, share=share, source=file)
    _show_result(result, as_json)


COMMANDS = (new, run, plan, status, render, report)


def _study(name_or_path: str) -> tuple[Study, Path]:
    """The study, and its file."""
    from harness.shipped import find_study
    from harness.study.study import Study

    file = find_study(name_or_path)
    return Study.load(file), file


def _notes(study: Study) -> Iterator[str]:
    """What to know of a study's values before it is run."""
    return (f"note: {line}" for line in study.notes)


def _show_plan(
    study: str, engine: str, runs: Path, as_json: bool, slots: tuple[str | None, str, str] | None = None
) -> bool:
    """Show what exists of each case, with slots also what is to come; returns whether nothing is wrong."""
    from harness.pipeline import plan_study

    asked, _ = _study(study)
    choice = cluster.choose(engine, asked, runs)
    options.require_folder(runs)
    share = options.share(choice.engine.name, *slots) if slots else None
    of_cases = plan_study(asked, choice.engine, runs)
    planned, unneeded = cluster.look(asked, of_cases, runs), keeping.left_over(asked, of_cases, runs)
    cases = [run.to_dict(found) for run, found in planned]
    values: dict[str, Any] = {"study": asked.name, "notes": asked.notes}
    values |= {"engine": choice.engine.name, "engine_reason": choice.reason, "unneeded": unneeded}
    header = ["case", "state", "fields", "cells", "hash", "note"]
    rows = [
        [c["name"], c["state"], c["fields"], "x".join(map(str, c["grid"])), c["hash"][:12], c["note"]]
        for c in cases
    ]
    notes = [choice.reason, *_notes(asked), *keeping.words(unneeded)]
    if share:
        from harness.cli.progress import duration
        from harness.comparison.ahead import continua
        from harness.runs.cost import forecast

        errands = () if all(found.finished for _, found in planned) else continua(asked)
        expected = forecast([run for run, _ in planned], choice.engine, runs, share, errands)
        values["estimate"] = expected.to_dict()
        header.insert(3, "time")
        for row, case, seconds in zip(rows, cases, expected.seconds, strict=True):
            case["estimate_s"] = seconds
            row.insert(3, "" if seconds is None else f"about {duration(seconds)}")
        notes.append(f"to run: {expected.words(duration)}")
    counts = Counter(found.state for _, found in planned)
    notes.append(", ".join(f"{n} {state}" for state, n in counts.items()))
    answer = Answer(values | {"states": counts, "cases": cases}, f"study {asked.name}", header, rows)
    show(answer, as_json, notes=notes)
    return all(found.sound for _, found in planned)


def _show_result(result: StudyResult, as_json: bool) -> None:
    """Warnings and failures, then what to believe, then where to read on."""
    if not as_json:
        cases: dict[str, list[str]] = {}  # by warning: each is said once, with the cases it is about
        for name, lines in result.warnings.items():
            for line in lines:
                cases.setdefault(line, []).append(name)
        for line, names in cases.items():
            say(f"mxval: warning: {', '.join(names)}: {line}", err=True)
        for name, why in result.failures.items():
            say(f"mxval: {name}: {why}", err=True)
        if result.kept_because:
            say(f"mxval: {result.kept_because}", err=True)
    lines = (*result.summary, *([f"report: {result.report}"] if result.report else ()))
    show(Answer(result.to_dict()), as_json, notes=lines)
    if result.failures:
        raise typer.Exit(1)
