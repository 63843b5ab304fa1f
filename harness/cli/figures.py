"""The commands that draw: figure, show, animate.

In: the number of a figure of the paper, a saved state, a run. Out: pictures, CSV files beside them, a film.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import options
from harness.cli.terminal import Answer, say
from harness.cli.terminal import show as answer

if TYPE_CHECKING:
    from harness.papers.curves import PaperData

CaseName = Annotated[str | None, typer.Option("--case", help="Draw one case of the study alone.")]
OtherStudy = Annotated[
    str | None, typer.Option("--study", help="Whose runs are drawn: a study file, or a ready study's name.")
]
Published = Annotated[
    Path | None,
    typer.Option("--published", help="Folder of CSV files with points of published curves (fig3a.csv)."),
]


def figure(
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help="1a, 1b, 2, 3, 4a, 4b, s1, s2 or s3 of the paper.")
    ],
    study: OtherStudy = None,
    case: CaseName = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the files.")] = Path("figures"),
    formats: Annotated[str, typer.Option("--format", help="Pictures: png, svg, pdf.")] = "png,svg,pdf",
    published: Published = None,
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Run what is missing without asking.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Draw a figure of Adams & Michels 2026, with the runs it shows, and its numbers as CSV.

    Figures 1a to 3 show a simulation: fe_sphere_40nm, which is run if it is missing; the cost is told first,
    and on a terminal whether to run it is asked.
    Figures 4a, 4b and s3 show one where --study names it.
    """
    from harness.papers.curves import PaperData, read_curves
    from harness.papers.numbered import draw, require_number, require_runs
    from harness.report.figures.drawn import KINDS

    number = require_number(number)
    kinds = options.words("--format", formats, KINDS)
    served = require_runs(number, study, case)
    points = read_curves(published) if published else {}
    data = PaperData()
    if served:
        data = simulated(served, engine, runs, case, number, quiet=as_json, ask=not yes)
    drawn = draw(number, PaperData(points, data.results, data.study))
    out.mkdir(parents=True, exist_ok=True)
    files = drawn.save(out, kinds)
    values = {"figure": number, "title": drawn.title, "caption": drawn.caption, "files": files}
    notes = (drawn.title, drawn.caption, *(f"written: {file}" for file in files.values()))
    answer(Answer(values), as_json, notes=notes)


def show(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A saved magnetisation, OVF or OMF by content.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="PNG, SVG or PDF file; FILE.png in this folder if not given."),
    ] = None,
    radius_nm: Annotated[
        float | None,
        typer.Option("--radius-nm", help="Radius of the sphere, nm; else that of its run, or by its cells."),
    ] = None,
    window: Annotated[bool, typer.Option("--window", help="Show it in a window too.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Draw a saved state: its texture in space, and the cuts xy, xz and yz through the centre."""
    from harness.inputs import checked
    from harness.report.figures.drawn import KINDS
    from harness.report.state_picture import draw_state
    from harness.study.tables import ParticleTable
    from reduced_model.errors import InputError

    if file.is_dir():
        raise InputError(
            f"{file}: a folder; give one state of it, an OVF or OMF file; mxval animate takes a run"
        )
    if radius_nm is not None:
        radius_nm = checked(ParticleTable, {"radius_nm": radius_nm}).radius_nm
    target = out or Path(f"{file.stem}.png")
    kind = target.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise InputError(f"--out {target}: must end in .png, .svg or .pdf")
    options.require_place(target)
    drawn, words = draw_state(file, radius_nm)
    drawn.write(target)
    answer(Answer({"file": target, "words": words}), as_json, notes=(*words, f"written: {target}"))
    if window and typer.launch(str(target)):
        raise InputError(f"--window: no program here shows pictures; look at {target}")


def animate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="The film's file; the run's name in this folder if not given."),
    ] = None,
    formats: Annotated[
        str | None, typer.Option("--format", help="gif, mp4 or both: gif,mp4; else as --out ends, or gif.")
    ] = None,
    fps: Annotated[float, typer.Option("--fps", min=0.1, max=60, help="States a second.")] = 8.0,
    as_json: options.AsJson = False,
) -> None:
    """Make a film of a run: its saved states, one after the other, beside its loop."""
    from harness.cli.progress import step_bar
    from harness.report.animation import FORMATS
    from harness.report.animation import animate as film
    from harness.runs.output import read
    from reduced_model.errors import InputError

    ending = out.suffix.lower()[1:] if out else ""
    if out and ending and ending not in FORMATS:
        raise InputError(f"--out {out}: must end in .gif or .mp4, or name the film without an ending")
    kinds = options.words("--format", formats or ending or "gif", FORMATS)
    if ending and ending not in kinds:
        raise InputError(f"--out {out}: ends in .{ending}, and --format asks for {', '.join(kinds)}")
    if out:
        options.require_place(out)
    target = out.with_suffix("") if out else None
    left_out: list[str] = []
    with step_bar("frames", quiet=as_json) as on_step:
        of, stem = read(run, all_states=False), target or Path(run.resolve().name)
        files = film(of, stem, kinds, fps=fps, on_step=on_step, on_note=left_out.append)
    for why in left_out:
        say(f"mxval: {why}", err=True)
    answer(
        Answer({"files": files, "left_out": left_out}), as_json, notes=[f"written: {file}" for file in files]
    )


def simulated(
    study: str,
    engine: str,
    runs: Path,
    case: str | None = None,
    number: str | None = None,
    *,
    quiet: bool,
    ask: bool = False,
) -> PaperData:
    """The finished runs of a study, those that are missing run first; what that costs is told before.

    Where no case is of the spheres that the figure of that number shows, nothing is run.
    Whether to run them is asked where `ask` is given and somebody is at a terminal to answer.
    """
    from harness.cli import cluster
    from harness.cli.progress import cases_in_hand, duration
    from harness.papers.curves import PaperData
    from harness.papers.numbered import require_sphere
    from harness.pipeline import finish_study, plan_study
    from harness.runs.cost import forecast
    from harness.runs.folder import runs_option
    from harness.shipped import find_study
    from harness.study.study import Study
    from reduced_model.errors import InputError

    asked = Study.load(find_study(study))
    names = [each.name for each in asked.cases()]
    if case is not None and case not in names:
        raise InputError(f"--case {case}: study {asked.name} has no such case; it has {', '.join(names)}")
    if number:
        require_sphere(number, asked.name, (each for each in asked.cases() if case in (None, each.name)))
    options.require_folder(runs)
    choice = cluster.choose(engine, asked, runs)
    share = options.share(choice.engine.name, None, "auto", "auto")
    planned = plan_study(asked, choice.engine, runs)
    if any(run.folder.is_open() for run in planned):
        cost = forecast(planned, choice.engine, runs, share).words(duration)
        say(f"mxval: {asked.name} is run first, below {runs}: {cost}", err=True)
        if ask and _somebody_there() and not _agreed():
            say("mxval: nothing was run; --study draws the runs of another study", err=True)
            raise typer.Exit(1)
    with cases_in_hand(quiet=quiet) as lines:
        progress, note = (lines.show, lines.note) if lines else (None, None)
        found = finish_study(asked, choice, runs, progress=progress, on_step=note, on_note=note, share=share)
    for name, why in found.failures.items():
        say(f"mxval: {name}: {why}", err=True)
    results = tuple(r for r in found.results if case in (None, r.case.name))
    if not results:
        raise InputError(
            f"study {asked.name}: no finished run to draw; mxval status {study}{runs_option(runs)} says why"
        )
    return PaperData(results=results, study=asked.name)


def _somebody_there() -> bool:
    return sys.stdin.isatty()


def _agreed() -> bool:
    """Whether somebody says that what is missing may run; Ctrl-C ends the command as it does elsewhere."""
    try:
        return typer.confirm("Run it?", default=True, err=True)
    except typer.Abort:
        raise KeyboardInterrupt from None


COMMANDS = (figure, show, animate)
