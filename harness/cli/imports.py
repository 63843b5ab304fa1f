"""The commands about loops that others ran: import, compare.

In: folders and files of MuMax3, OOMMF or any program with a table. Out: runs, a table of branches, a page.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import options
from harness.cli.terminal import Answer, say, show

if TYPE_CHECKING:
    from harness.comparison.sources import SourceTable
    from harness.runs.foreign.told import Told
    from harness.runs.imported import Import

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="FOLDER|FILE...", help="Each a loop: an output folder, or the file of a table."),
]
Sources = Annotated[
    list[Path],
    typer.Argument(
        metavar="RUN|FOLDER...", help="Run folders, imported or not; what else there is is imported."
    ),
]
RadiusOrNone = Annotated[
    float | None, typer.Option("--radius-nm", help="Radius of the sphere, nm; by default the script's.")
]
MaterialOrNone = Annotated[
    str | None,
    typer.Option("--material", help="A known material, or a label; by default the script's numbers."),
]
Script = Annotated[
    Path | None,
    typer.Option(
        "--script", exists=True, dir_okay=False, help="The MuMax3 script that ran it, if not beside it."
    ),
]
Axis = Annotated[str | None, typer.Option("--axis", help="Easy axis, x,y,z; 0,0,1 if none is told.")]
Cell = Annotated[
    float | None,
    typer.Option("--cell-nm", help="Edge of the cells, nm, where neither states nor script tell."),
]
FieldColumn = Annotated[
    str | None, typer.Option("--field-column", help="The applied field's column: NAME, or 'NAME [mT]'.")
]
Direction = Annotated[
    str | None,
    typer.Option("--field-direction", help="Direction of the field, x,y,z, where one column tells it."),
]
Full = Annotated[
    float | None, typer.Option("--full-moment", help="The table's moment at saturation, where that is not 1.")
]
Fields = Annotated[
    str | None,
    typer.Option("--fields-T", help="Fields of states without a table, T, in the order of their names."),
]
Name = Annotated[
    str | None, typer.Option("--name", help="What the loop is called; its folder's name if none.")
]


def import_(
    paths: Paths,
    radius_nm: RadiusOrNone = None,
    material: MaterialOrNone = None,
    script: Script = None,
    Ms: options.OwnMs = None,
    A: options.OwnA = None,
    Ku: options.OwnKu = None,
    axis: Axis = None,
    cell_nm: Cell = None,
    field_column: FieldColumn = None,
    field_direction: Direction = None,
    full_moment: Full = None,
    fields_T: Fields = None,
    name: Name = None,
    runs: options.Runs = options.DEFAULT_RUNS,
    report: Annotated[
        bool,
        typer.Option("--report/--no-report", help="Judge each loop and write its page, report/index.html."),
    ] = True,
    as_json: options.AsJson = False,
) -> None:
    """Bring a loop that you already have: it becomes a run that is read, certified and judged like any other.

    Output of MuMax3 (table.txt, .ovf) and OOMMF or Ubermag (.odt, .omf), or a table of any program, which are
    only read. docs/import.md says what is read from what.
    """
    asked = _told(
        radius_nm, material, (Ms, A, Ku), axis, cell_nm, field_column, field_direction, full_moment, fields_T
    )
    found = _imported(paths, asked, script, name, runs)
    if not as_json:
        for each in found:
            _show_import(each)
    answers: list[dict[str, Any]] = [_values(each) for each in found]
    failed = False
    for each, answer in zip(found, answers, strict=True) if report else ():
        judged = _judged([each.folder], each.folder / "report", as_json)
        failed = failed or judged is None
        if judged is not None:
            answer |= {"report": each.folder / "report" / "index.html", **judged.to_dict()["sources"][0]}
            if not as_json:
                _show_table(judged, each.folder / "report")
    if as_json:
        show(Answer({"imported": answers}), as_json)
    if failed:
        raise typer.Exit(1)


def compare(
    sources: Sources,
    radius_nm: RadiusOrNone = None,
    material: MaterialOrNone = None,
    script: Script = None,
    Ms: options.OwnMs = None,
    A: options.OwnA = None,
    Ku: options.OwnKu = None,
    axis: Axis = None,
    cell_nm: Cell = None,
    field_column: FieldColumn = None,
    field_direction: Direction = None,
    full_moment: Full = None,
    runs: options.Runs = options.DEFAULT_RUNS,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for page, figures and tables; RUNS/compare if none.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Set loops of one sphere, of any origin, beside continuum and models: which branch each one sits on.

    Loops that are no runs yet are imported first, all with the same flags; import them one by one where these
    differ.
    """
    asked = _told(
        radius_nm, material, (Ms, A, Ku), axis, cell_nm, field_column, field_direction, full_moment, None
    )
    found = _imported(sources, asked, script, None, runs)
    if not as_json:
        for each in found:
            if each.inferred:
                _show_import(each)
    place = out or runs / "compare"
    from harness.cli.progress import case_lines
    from harness.sources import compare_runs

    with case_lines(quiet=as_json) as (_, step):
        judged = compare_runs([each.folder for each in found], place, on_step=step)
    if as_json:
        show(Answer(judged.to_dict() | {"report": place / "index.html"}), as_json)
    else:
        _show_table(judged, place)


import_.__name__ = "import"
COMMANDS = (import_, compare)


def _told(
    radius_nm: float | None,
    material: str | None,
    numbers: tuple[float | None, ...],
    axis: str | None,
    cell_nm: float | None,
    field_column: str | None,
    field_direction: str | None,
    full_moment: float | None,
    fields_T: str | None,
) -> Told:
    """What the flags say."""
    from harness.runs.foreign.told import Told
    from harness.study.sweep import NUMBERS

    given = {key: value for key, value in zip(NUMBERS, numbers, strict=True) if value is not None}
    return Told.checked(
        radius_nm=radius_nm,
        material=material,
        numbers=given,
        axis=_triple("--axis", axis),
        cell_nm=cell_nm,
        field_column=field_column,
        field_direction=_triple("--field-direction", field_direction),
        full_moment=full_moment,
        fields_T=None if fields_T is None else tuple(options.numbers("--fields-T", fields_T)),
    )


def _triple(flag: str, text: str | None) -> tuple[float, ...] | None:
    from reduced_model.errors import InputError

    if text is None:
        return None
    numbers = tuple(options.numbers(flag, text))
    if len(numbers) != 3:
        raise InputError(f"{flag} = {text}: must be three numbers with commas, such as 0,0,1")
    return numbers


def _imported(
    paths: list[Path], asked: Told, script: Path | None, name: str | None, runs: Path
) -> tuple[Import, ...]:
    from harness.sources import import_folders

    options.require_folder(runs)
    return import_folders(paths, asked, runs, script, name)


def _show_import(each: Import) -> None:
    """What was found out of a loop, and where it is now."""
    state = "imported as" if each.fresh else "imported before, as"
    show(
        Answer({}, each.folder.name, ("what", "value", "from"), each.inferred),
        False,
        notes=(f"{state} {each.folder}",),
    )
    for note in each.notes:
        say(f"mxval: note: {note}", err=True)


def _values(each: Import) -> dict[str, Any]:
    inferred = [one._asdict() for one in each.inferred]
    return {"folder": each.folder, "fresh": each.fresh, "inferred": inferred, "notes": each.notes}


def _judged(folders: list[Path], out: Path, as_json: bool) -> SourceTable | None:
    """The loops beside the continuum; None, with a line, where one cannot be judged and others can."""
    from harness.cli.progress import case_lines
    from harness.engines.base import EngineError
    from harness.sources import compare_runs

    try:
        with case_lines(quiet=as_json) as (_, step):
            return compare_runs(folders, out, on_step=step)
    except EngineError as error:
        say(f"mxval: {folders[0]}: {error}", err=True)
        return None


def _show_table(judged: SourceTable, out: Path) -> None:
    show(judged, False, notes=(*judged.lines(), f"report: {out / 'index.html'}"))
