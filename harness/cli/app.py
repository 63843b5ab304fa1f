"""The command mxval: parse, call, print.

In: arguments. Out: tables for people or JSON for programs, and an exit code.
Exit codes: 0 all well, 1 a run or a check failed, 2 bad input, 130 interrupted, 128 + n ended by signal n.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from harness.cli.model import add_model_commands
from harness.cli.signals import Stopped, endings_as_exceptions
from harness.cli.terminal import plain, print_agreements, print_json, print_table, short

if TYPE_CHECKING:
    from harness.engines import Choice
    from harness.pipeline import PlannedRun, Progress, StudyResult
    from harness.study.study import Study

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130

START_AGAIN = "nothing was left half done; give the same command again"
AFTER_AN_INTERRUPT = {
    "run": "give the same command again: finished cases are kept, the one in hand is made anew",
    "mx3": "what was written so far is in the output folder; start anew with --overwrite",
}
"""What to do next, by command."""


class EngineName(StrEnum):
    """Engines to choose from."""

    auto = "auto"
    cpu = "cpu"
    mumax3 = "mumax3"


class PlainErrors(TyperGroup):
    """Commands whose errors are one line on stderr and an exit code, for every error a user can cause."""

    def main(self, *args: Any, **settings: Any) -> Any:
        """Run the command line; a wrong option or argument is told in one line too."""
        settings["standalone_mode"] = False
        try:
            code = super().main(*args, **settings)
        except Exception as error:
            if not hasattr(error, "format_message"):
                raise
            typer.echo(f"mxval: {error.format_message()} (mxval --help)", err=True)
            sys.exit(BAD_INPUT)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: Any) -> Any:
        """Run the command named on the command line."""
        try:
            with endings_as_exceptions():
                return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            ended = 128 + stop.number if isinstance(stop, Stopped) else INTERRUPTED
            _fail(f"interrupted; {AFTER_AN_INTERRUPT.get(ctx.invoked_subcommand, START_AGAIN)}", ended)
        except BrokenPipeError:
            raise
        except OSError as error:
            _fail(f"{error.filename or 'file'}: {error.strerror or error}", FAILED)
        except Exception as error:
            code = _exit_code(error)
            if code is None:
                raise
            _fail(str(error), code)


def _exit_code(error: Exception) -> int | None:
    """2 for bad input, 1 for a failed run, None for what no user can cause."""
    from harness.engines.base import EngineError, ScriptError

    if isinstance(error, ScriptError):
        return BAD_INPUT
    if isinstance(error, EngineError):
        return FAILED
    modules = ("harness.", "reduced_model.")
    return BAD_INPUT if isinstance(error, ValueError) and type(error).__module__.startswith(modules) else None


def _fail(message: str, code: int) -> NoReturn:
    for line in message.splitlines():
        typer.echo(f"mxval: {line}", err=True)
    raise typer.Exit(code)


app = typer.Typer(
    name="mxval",
    cls=PlainErrors,
    help="Check MuMax3 against the minimal vortex model: one study in, one report out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StudyArgument = Annotated[
    str, typer.Argument(metavar="STUDY", help="A study file, or the name of a ready study.")
]
RunsOption = Annotated[Path, typer.Option("--runs", help="Folder below which run folders are made.")]
EngineOption = Annotated[EngineName, typer.Option("--engine", help="Who runs the scripts.")]
GpuOption = Annotated[int, typer.Option("--gpu", min=0, help="Number of the GPU MuMax3 uses.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
DEFAULT_RUNS = Path("mumax_runs")


def _version(wanted: bool) -> None:
    if wanted:
        from harness import __version__

        typer.echo(f"mxval {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    study: StudyArgument,
    engine: EngineOption = EngineName.auto,
    runs: RunsOption = DEFAULT_RUNS,
    redo: Annotated[bool, typer.Option("--redo", help="Run finished cases anew.")] = False,
    gpu: GpuOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Run what is missing of a study, compare it with the model and write the report."""
    from harness.engines import choose_engine
    from harness.pipeline import run_study

    asked, choice = _load(study), choose_engine(engine)
    if not as_json:
        typer.echo(choice.reason)
    with _progress_bars(quiet=as_json) as progress:
        result = run_study(asked, choice, runs, progress=progress, redo=redo, slot=gpu)
    _show_result(result, as_json)


@app.command()
def plan(
    study: StudyArgument,
    engine: EngineOption = EngineName.auto,
    runs: RunsOption = DEFAULT_RUNS,
    as_json: JsonOption = False,
) -> None:
    """List the cases of a study and what exists of them; writes nothing."""
    from harness.engines import choose_engine
    from harness.pipeline import plan_study

    asked, choice = _load(study), choose_engine(engine)
    _show_runs(asked, choice, plan_study(asked, choice.engine, runs), as_json)


@app.command()
def status(
    study: StudyArgument,
    engine: EngineOption = EngineName.auto,
    runs: RunsOption = DEFAULT_RUNS,
    as_json: JsonOption = False,
) -> None:
    """Tell which runs are done, running or planned; exit 1 if one failed, stopped or was changed."""
    from harness.engines import choose_engine
    from harness.pipeline import plan_study

    asked, choice = _load(study), choose_engine(engine)
    planned = plan_study(asked, choice.engine, runs)
    _show_runs(asked, choice, planned, as_json)
    if any(p.folder.state() in ("failed", "interrupted") or p.folder.damage() for p in planned):
        raise typer.Exit(FAILED)


@app.command()
def render(
    study: StudyArgument,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the scripts, one folder a case.")],
    as_json: JsonOption = False,
) -> None:
    """Write the scripts and masks of a study, to read or to run by hand; never over existing files."""
    from harness.study.script import render as render_case

    asked = _load(study)
    written = []
    for case in asked.cases():
        folder = out / case.name
        if folder.exists():
            _fail(f"{folder}: exists already; give another folder with -o", BAD_INPUT)
        folder.mkdir(parents=True)
        written.append({"name": case.name, "script": str(render_case(case).write(folder))})
    if as_json:
        print_json({"study": asked.name, "cases": written})
    else:
        print_table(f"study {asked.name}", ("case", "script"), [tuple(w.values()) for w in written])


@app.command()
def report(
    study: StudyArgument,
    engine: EngineOption = EngineName.auto,
    runs: RunsOption = DEFAULT_RUNS,
    as_json: JsonOption = False,
) -> None:
    """Write the report of a study anew from the runs that are done; runs nothing."""
    from harness.pipeline import report_study

    _show_result(report_study(_load(study), engine, runs), as_json)


@app.command()
def rerun(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a finished run.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Where to repeat it; FOLDER-rerun if not given.")
    ] = None,
    engine: Annotated[
        EngineName | None, typer.Option("--engine", help="Who runs it; the engine that did if not given.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Repeat a finished run from its run.json and compare; exit 1 if the two part."""
    from harness.checks.rerun import rerun as repeat

    told = repeat(folder, out, engine.value if engine else None)
    summary = told.agreement.summary()
    if as_json:
        print_json(
            {"folder": str(told.folder), "identical": told.identical, "remarks": told.remarks, **summary}
        )
    else:
        for remark in told.remarks:
            typer.echo(f"mxval: note: {remark}", err=True)
        typer.echo("the same, byte for byte" if told.identical else "not the same byte for byte")
        print_agreements([summary])
        typer.echo(f"repeated in {told.folder}")
    if not told.agreement.agrees:
        raise typer.Exit(FAILED)


@app.command()
def doctor(
    runs: RunsOption = DEFAULT_RUNS,
    as_json: JsonOption = False,
) -> None:
    """Tell what works on this machine and what to do about the rest; exit 1 if something is broken."""
    from harness.checks.doctor import examine

    findings = examine(runs)
    if as_json:
        print_json({"findings": [plain(f) for f in findings]})
    else:
        rows = [(f.name, f.status, f.found, f.remedy) for f in findings]
        print_table("doctor", ("what", "is", "found", "to do"), rows)
    if any(f.status == "broken" for f in findings):
        raise typer.Exit(FAILED)


@app.command("gpu-check")
def gpu_check(
    runs: Annotated[
        Path | None, typer.Option("--runs", help="Folder of the record; mumax_runs/recorded if not given.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run the shipped studies small and whole on MuMax3 and on the CPU engine, record and compare them."""
    from harness.checks.gpu_check import RECORDED, record
    from harness.engines import choose_engine

    def say(study: str, case: str, engine: str) -> None:
        typer.echo(f"{study}: {case} on {engine}", err=True)

    engines = [choose_engine(name).engine for name in ("mumax3", "cpu")]
    folder = runs or RECORDED
    summaries = [agreement.summary() for agreement in record(engines, folder, on_run=say)]
    if as_json:
        print_json({"runs": str(folder), "agreements": summaries})
    else:
        print_agreements(summaries)
        typer.echo(f"recorded in {folder}")


@app.command()
def mx3(
    script: Annotated[Path, typer.Argument(metavar="SCRIPT.mx3", help="A MuMax3 script.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Output folder; SCRIPT.out if not given.")
    ] = None,
    vet: Annotated[bool, typer.Option("--vet", help="Only check the script; run nothing.")] = False,
    faithful: Annotated[
        bool, typer.Option("--faithful", help="MuMax3's own relax and minimize, with its stopping rules.")
    ] = False,
    float32: Annotated[
        bool, typer.Option("--float32", help="Single precision, as MuMax3; faster, see docs/mx3.md.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what an earlier run wrote to the folder.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a MuMax3 script on the embedded CPU engine; the output folder is what MuMax3 would write."""
    if not script.is_file():
        _fail(f"{script}: no such script", BAD_INPUT)
    if vet:
        _vet(script, as_json)
        return
    from harness.engines import CpuEngine
    from harness.mx3.options import FAITHFUL

    folder = out or script.with_suffix(".out")
    if folder.exists() and not overwrite:
        _fail(f"{folder}: exists already; give another folder with -o, or --overwrite", BAD_INPUT)
    engine = CpuEngine()
    options = engine.options(1e-6) | (FAITHFUL if faithful else {})
    if float32:
        options["float_dtype"] = "float32"
    told = engine.run(script, folder, options, overwrite=overwrite, on_log=None if as_json else typer.echo)
    if as_json:
        print_json({"out": str(folder), "warnings": list(told.warnings)})
    else:
        typer.echo("\n".join([*(f"warning: {w}" for w in told.warnings), f"output in {folder}"]))


def _vet(script: Path, as_json: bool) -> None:
    from harness.mx3 import ScriptError, vet
    from harness.mx3.run import read_script

    try:
        problems = vet(read_script(script))
    except ScriptError as error:  # no text at all
        problems = [error]
    if as_json:
        print_json({"problems": [{"line": p.line, "message": p.message} for p in problems]})
    if problems:
        _fail("\n".join(f"{script}: {problem}" for problem in problems), BAD_INPUT)
    if not as_json:
        typer.echo(f"{script}: no problems")


@app.command()
def fit(
    file: Annotated[Path, typer.Argument(metavar="FILE.ovf", help="A saved magnetisation state.")],
    radius_nm: Annotated[
        float | None,
        typer.Option("--radius-nm", help="Radius of the sphere, nm; else that of its run, or by its volume."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fit the vortex Ansatz to a saved state: nu, axis, chirality and polarity."""
    from harness.analysis.saved_state import fit_saved_state
    from harness.inputs import checked
    from harness.study.study import ParticleTable

    if not file.is_file():
        _fail(f"{file}: no such file", BAD_INPUT)
    if radius_nm is not None:
        radius_nm = checked(ParticleTable, {"radius_nm": radius_nm}).radius_nm
    fitted, where_from = fit_saved_state(file, radius_nm)
    values = plain(fitted.as_dict())
    if as_json:
        print_json(values | {"radius_from": where_from})
    else:
        print_table(str(file), ("quantity", "value"), [(k, short(v)) for k, v in values.items()])
        typer.echo(f"radius and centre: {where_from}")


def _load(name_or_path: str) -> Study:
    from harness import shipped
    from harness.inputs import StudyError
    from harness.study.study import Study

    path = shipped.find_study(name_or_path)
    if not path.exists():
        raise StudyError(
            [f"{name_or_path}: no such study file; ready studies: {', '.join(shipped.study_names())}"]
        )
    return Study.load(path)


def _show_result(result: StudyResult, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "study": result.study.name,
                "engine": result.engine,
                "engine_reason": result.engine_reason,
                "cases": [
                    {"name": r.case.name, "folder": str(r.folder), "state": "done"} for r in result.results
                ],
                "warnings": result.warnings,
                "failures": dict(result.failures),
                "report": str(result.report) if result.report else None,
            }
        )
    else:
        for name, lines in result.warnings.items():
            for line in lines:
                typer.echo(f"mxval: warning: {name}: {line}", err=True)
        for name, why in result.failures.items():
            typer.echo(f"mxval: {name}: {why}", err=True)
        if result.report:
            typer.echo(f"report: {result.report}")
    if result.failures:
        raise typer.Exit(FAILED)


def _show_runs(study: Study, choice: Choice, planned: Sequence[PlannedRun], as_json: bool) -> None:
    if as_json:
        cases = [p.to_dict() for p in planned]
        engine = {"engine": choice.engine.name, "engine_reason": choice.reason}
        print_json({"study": study.name, **engine, "cases": cases})
        return
    typer.echo(choice.reason)
    table = [
        (
            p.case.name,
            p.folder.state(),
            len(p.case.field_values_T),
            "x".join(map(str, p.case.grid)),
            p.folder.hash[:12],
            p.folder.note(),
        )
        for p in planned
    ]
    print_table(f"study {study.name}", ("case", "state", "fields", "cells", "hash", "note"), table)


@contextlib.contextmanager
def _progress_bars(*, quiet: bool) -> Iterator[Progress | None]:
    """One bar a case on stderr: field points done, and the time left."""
    if quiet:
        yield None
        return
    from harness.cli.progress import bars

    with bars() as progress:
        yield progress


add_model_commands(app)


def main() -> None:
    """Run the command line."""
    app()
