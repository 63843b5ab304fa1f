"""The commands about what is kept of a study: bundle, verify, prune.

In: a study and the folder of its runs. Out: all of it in one file; what it no longer needs, or without that.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import options
from harness.cli.terminal import Answer, say, show

if TYPE_CHECKING:
    from harness.runs.plan import PlannedRun
    from harness.study.study import Study


def bundle(
    study: options.Study,
    out: Annotated[Path, typer.Option("-o", "--out", help="The zip file to write.")],
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    as_json: options.AsJson = False,
) -> None:
    """Put a finished study into one zip, ready for an archive: everything its report rests on."""
    from harness.checks.bundle import write_bundle
    from harness.cli.cluster import choose
    from harness.cli.progress import cases_in_hand
    from harness.shipped import find_study
    from harness.study.study import Study
    from reduced_model.errors import InputError

    if out.suffix.lower() != ".zip":
        raise InputError(f"--out {out}: must end in .zip")
    file = find_study(study)
    asked = Study.load(file)
    options.require_folder(runs)
    choice = choose(engine, asked, runs)
    with cases_in_hand(quiet=as_json) as lines:
        step = lines.step if lines else lambda words: None
        files = write_bundle(asked, file, choice, runs, out, step)
    values = {"study": asked.name, "bundle": out, "files": files, "bytes": out.stat().st_size}
    note = f"{out}: {len(files)} files, {out.stat().st_size / 1e6:.3g} MB; mxval verify {out} checks it"
    show(Answer(values), as_json, notes=(note,))


def verify(
    file: Annotated[
        Path, typer.Argument(metavar="BUNDLE.zip", exists=True, dir_okay=False, help="A bundle.")
    ],
    as_json: options.AsJson = False,
) -> None:
    """Derive tables, figures, verdict and certificates of a bundle from raw files; exit 1 if one differs."""
    from harness.checks.verify import AGAIN, verify_bundle
    from harness.cli.progress import cases_in_hand

    with cases_in_hand(quiet=as_json) as lines:
        found = verify_bundle(file, lines.step if lines else lambda words: None)
    told = f"{found.n_files} files, {n_runs(found.n_runs)}, {found.n_numbers} numbers derived anew"
    n = len(found.differences)
    same = f"{n} difference{'s' * (n > 1)}" if n else "all as they were"
    remedy = f"; {AGAIN}; --json lists them all" if found.differences else ""
    show(Answer(vars(found)), as_json, notes=(*found.lines(), f"study {found.study}: {told}: {same}{remedy}"))
    if found.differences:
        raise typer.Exit(1)


def prune(
    study: options.Study,
    runs: options.Runs = options.DEFAULT_RUNS,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove them; without it they are only shown.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Show the runs that a study, as it is now, no longer needs; with --remove, remove them.

    A run is needed if a case of the study asks for it on any engine. Imported runs and repetitions are left.
    """
    from harness.engines.base import EngineError
    from harness.runs.folder import runs_option
    from harness.runs.unneeded import unneeded
    from harness.shipped import find_study
    from harness.study.study import Study
    from reduced_model.errors import InputError

    file = find_study(study)
    asked = Study.load(file)
    options.require_folder(runs)
    found = unneeded(asked, runs)
    whose = _whose(asked, file, runs) if found else None
    if remove and whose:
        raise InputError(whose)
    told = [run.to_dict() for run in found]
    rows = [(c["case"], c["engine"], c["state"], f"{c['bytes'] / 1e6:.3g}", c["why"]) for c in told]
    left = {}
    for run in found if remove else ():
        try:
            run.remove()
        except EngineError as error:
            left[run.case] = str(error)
    told_of = f"{n_runs(len(found))}, {sum(c['bytes'] for c in told) / 1e6:.3g} MB"
    removing = f"mxval prune {study}{runs_option(runs)} --remove removes them"
    note = f"{told_of}; {whose or removing}" if found else "every run is needed"
    if remove and found:
        note = f"{told_of}: {len(found) - len(left)} removed"
    values = {"study": asked.name, "unneeded": told, "removed": remove, "left": left, "refused": whose}
    header = ("case", "engine", "state", "MB", "why") if found else ()
    show(Answer(values, f"study {asked.name}", header, rows), as_json, notes=(note,))
    for name, why in left.items():
        say(f"mxval: {name}: {why}", err=True)
    if left:
        raise typer.Exit(1)


def _whose(study: Study, source: Path, runs: Path) -> str | None:
    """Why the runs are not this study's to remove: the report is that of another file of the same name."""
    from harness.pipeline import REPORT_NAME
    from harness.report.kept import Kept
    from reduced_model.errors import InputError

    folder = runs / study.name / REPORT_NAME
    try:
        if former := Kept.read(folder):
            former.require_same_study(study, source, folder, "its runs would be removed")
    except InputError as other:
        return str(other)
    return None


def n_runs(n: int) -> str:
    """Runs, counted.

    >>> n_runs(1), n_runs(2)
    ('1 run', '2 runs')
    """
    return f"{n} run{'s' * (n != 1)}"


def left_over(study: Study, planned: tuple[PlannedRun, ...], runs: Path) -> tuple[str, ...]:
    """Folders of runs that the study no longer needs, beside those that are planned now."""
    from harness.runs.unneeded import unneeded

    found = unneeded(study, runs, [run.folder.path for run in planned])
    return tuple(run.folder.path.name for run in found)


def words(folders: tuple[str, ...]) -> tuple[str, ...]:
    """What status says of them."""
    told = f"note: {n_runs(len(folders))} of before that the study no longer needs: mxval prune shows which"
    return (told,) if folders else ()


COMMANDS = (bundle, verify, prune)
