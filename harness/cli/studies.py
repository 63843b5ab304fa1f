"""The commands about a study: new, run, plan, status, render, report.

In: a study file or a ready study's name, an engine, a folder. Out: runs, scripts, a report.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import options
from harness.cli.terminal import Answer, show

if TYPE_CHECKING:
    from harness.pipeline import PlannedRun, StudyResult
    from harness.study.study import Study


def new(
    name: Annotated[
        Path, typer.Argument(metavar="[NAME]", help="Name of the study, or path of its file.")
    ] = Path("my_study"),
) -> None:
    """Write a study file with every key explained, ready to run; never over an existing one."""
    import tomllib

    from harness.study.document import new_study
    from harness.study.study import Study
    from reduced_model.errors import InputError

    file = name if name.suffix == ".toml" else name.with_name(f"{name.name}.toml")
    text = new_study(file.stem)
    Study.from_values(tomllib.loads(text), source=str(file))  # not every name is one for a study
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise InputError(f"{file}: exists already; give another name") from None
    typer.echo(f"{file}: a study with every key; mxval plan {file} lists its cases")


def run(
    study: options.Study,
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    redo: Annotated[bool, typer.Option("--redo", help="Run finished cases anew.")] = False,
    gpu: options.Gpu = 0,
    as_json: options.AsJson = False,
) -> None:
    """Run what is missing of a study, compare it with the model and write the report."""
    from harness.cli.progress import case_bars
    from harness.engines import choose_engine
    from harness.pipeline import run_study

    asked, choice = _study(study), choose_engine(engine)
    if not as_json:
        for line in (choice.reason, *_notes(asked)):
            typer.echo(line)
    with case_bars(quiet=as_json) as progress:
        result = run_study(asked, choice, runs, progress=progress, redo=redo, slot=gpu)
    _show_result(result, as_json)


def plan(
    study: options.Study,
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    as_json: options.AsJson = False,
) -> None:
    """List the cases of a study and what exists of them; writes nothing."""
    _show_plan(study, engine, runs, as_json)


def status(
    study: options.Study,
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    as_json: options.AsJson = False,
) -> None:
    """Tell which runs are done, running or planned; exit 1 if one failed, stopped or was changed."""
    planned = _show_plan(study, engine, runs, as_json)
    if not all(p.folder.look().sound for p in planned):
        raise typer.Exit(1)


def render(
    study: options.Study,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the scripts, one folder a case.")],
    as_json: options.AsJson = False,
) -> None:
    """Write the scripts and masks of a study, to read or to run by hand; never over existing files."""
    from harness.study.script import render as render_case
    from reduced_model.errors import InputError

    asked = _study(study)
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
    from harness.pipeline import report_study

    _show_result(report_study(_study(study), engine, runs), as_json)


COMMANDS = (new, run, plan, status, render, report)


def _study(name_or_path: str) -> Study:
    from harness.shipped import find_study
    from harness.study.study import Study

    return Study.load(find_study(name_or_path))


def _notes(study: Study) -> Iterator[str]:
    """What to know of a study's values before it is run."""
    return (f"note: {line}" for line in study.notes)


def _show_plan(study: str, engine: str, runs: Path, as_json: bool) -> tuple[PlannedRun, ...]:
    from harness.engines import choose_engine
    from harness.pipeline import plan_study

    asked, choice = _study(study), choose_engine(engine)
    planned = plan_study(asked, choice.engine, runs)
    cases = [p.to_dict() for p in planned]
    rows = [
        (c["name"], c["state"], c["fields"], "x".join(map(str, c["grid"])), c["hash"][:12], c["note"])
        for c in cases
    ]
    values: dict[str, Any] = {"study": asked.name, "notes": asked.notes}
    values |= {"engine": choice.engine.name, "engine_reason": choice.reason}
    header = ("case", "state", "fields", "cells", "hash", "note")
    answer = Answer(values | {"cases": cases}, f"study {asked.name}", header, rows)
    show(answer, as_json, notes=(choice.reason, *_notes(asked)))
    return planned


def _show_result(result: StudyResult, as_json: bool) -> None:
    """Warnings and failures, then what to believe, then where to read on."""
    if not as_json:
        cases: dict[str, list[str]] = {}  # by warning: each is said once, with the cases it is about
        for name, lines in result.warnings.items():
            for line in lines:
                cases.setdefault(line, []).append(name)
        for line, names in cases.items():
            typer.echo(f"mxval: warning: {', '.join(names)}: {line}", err=True)
        for name, why in result.failures.items():
            typer.echo(f"mxval: {name}: {why}", err=True)
    verdict, page = result.verdict, result.report
    lines = (*(verdict.summary if verdict else ()), *([f"report: {page}"] if page else ()))
    show(Answer(result.to_dict()), as_json, notes=lines)
    if result.failures:
        raise typer.Exit(1)
