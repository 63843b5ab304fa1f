"""The commands about loops that others ran: import, compare.

In: folders and files of MuMax3, OOMMF or any program with a table. Out: runs, a table of branches, a page.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

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
    typer.Option(
        "--material",
        help="A known material, or a label; by default the script's numbers.",
        autocompletion=options.known_materials,
    ),
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
    str | None,
    typer.Option("--field-column", help="The applied field's column: NAME, its unit behind it in brackets."),
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

FLAGS: dict[str, Any] = {
    "radius_nm": RadiusOrNone,
    "material": MaterialOrNone,
    "script": Script,
    "Ms_A_per_m": options.OwnMs,
    "A_J_per_m": options.OwnA,
    "Ku_J_per_m3": options.OwnKu,
    "axis": Axis,
    "cell_nm": Cell,
    "field_column": FieldColumn,
    "field_direction": Direction,
    "full_moment": Full,
    "fields_T": Fields,
}
"""What can be said of a foreign loop, by every command that imports; the names are those of a `Told`."""
Given = dict[str, Any]


def _with_flags(command: Any) -> Callable[..., None]:
    """A command whose parameter `given` is an option for each of FLAGS."""

    def run(**values: Any) -> None:
        given = {name: values.pop(name) for name in FLAGS}
        command(**values, given=given)

    own, types = inspect.signature(command).parameters, get_type_hints(command, include_extras=True)
    types = {name: types[name] for name in own if name != "given"} | FLAGS
    kept = [parameter.replace(annotation=types[name]) for name, parameter in own.items() if name in types]
    by_name = inspect.Parameter.KEYWORD_ONLY
    flags = [inspect.Parameter(name, by_name, default=None, annotation=kind) for name, kind in FLAGS.items()]
    first, *rest = (parameter.replace(kind=by_name) for parameter in kept)
    run.__signature__ = inspect.Signature([first, *flags, *rest])  # type: ignore[attr-defined]
    run.__annotations__, run.__doc__ = types, command.__doc__
    run.__name__ = command.__name__.rstrip("_")
    return run


def import_(
    paths: Paths,
    given: Given,
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
    found, failed = _imported(paths, given, name, runs)
    if not as_json:
        for each in found:
            _show_import(each, judged=report)
    answers: list[dict[str, Any]] = [_values(each) for each in found]
    for each, answer in zip(found, answers, strict=True) if report else ():
        judged = _judged([each.folder], each.folder / "report", as_json)
        failed = failed or judged is None
        if judged is None:
            _show_notes(each, as_json, disbelieved=True)
        else:
            answer |= {"report": each.folder / "report" / "index.html", **judged.to_dict()["sources"][0]}
            if not as_json:
                _show_table(judged, each.folder / "report")
    if as_json:
        show(Answer({"imported": answers}), as_json)
    if failed:
        raise typer.Exit(1)


def compare(
    sources: Sources,
    given: Given,
    runs: options.Runs = options.DEFAULT_RUNS,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for page, figures and tables; RUNS/compare if none.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Set loops of one sphere, of any origin, beside continuum and models: which branch each one sits on.

    Loops that are no runs yet are imported first, all with the same flags; import them one by one where these
    differ. A study's folder stands for its runs.
    """
    from harness.runs.folder import runs_in

    sources = [each for path in sources for each in runs_in(path) or [path]]
    found, failed = _imported(sources, given, None, runs)
    given_as, folders = [str(path) for path in sources], [str(each.folder) for each in found]
    for name in dict.fromkeys((*_repeated(given_as), *_repeated(folders))):
        say(f"mxval: note: {name}: is given twice and counts once", err=True)
    if not as_json:
        for each in found:
            if each.inferred:
                _show_import(each, judged=True)
    place = out or runs / "compare"
    from harness.cli.progress import case_lines
    from harness.engines.base import EngineError
    from harness.sources import compare_runs
    from reduced_model.errors import InputError

    try:
        with case_lines(quiet=as_json) as (_, step):
            judged = compare_runs([each.folder for each in found], place, on_step=step)
    except (EngineError, InputError):
        for each in found:
            _show_notes(each, as_json, disbelieved=True)
        raise
    if as_json:
        show(Answer(judged.to_dict() | {"report": place / "index.html"}), as_json)
    else:
        _show_table(judged, place)
    if failed:
        raise typer.Exit(1)


COMMANDS = tuple(map(_with_flags, (import_, compare)))


def _told(given: Given) -> Told:
    """What the flags say of a loop."""
    from harness.runs.foreign.told import Told
    from harness.study.sweep import NUMBERS

    said = {name: value for name, value in given.items() if value is not None and name != "script"}
    numbers = {key: said.pop(key) for key in NUMBERS if key in said}
    for name in ("axis", "field_direction"):
        if name in said:
            said[name] = _triple(f"--{name.replace('_', '-')}", said[name])
    if "fields_T" in said:
        said["fields_T"] = tuple(options.numbers("--fields-T", said["fields_T"]))
    return Told.checked(**said, numbers=numbers)


def _triple(flag: str, text: str) -> tuple[float, ...]:
    from reduced_model.errors import InputError

    numbers = tuple(options.numbers(flag, text))
    if len(numbers) != 3:
        raise InputError(f"{flag} = {text}: must be three numbers with commas, such as 0,0,1")
    return numbers


def _imported(
    paths: list[Path], given: Given, name: str | None, runs: Path
) -> tuple[tuple[Import, ...], bool]:
    """The loops that can be imported, and whether others were refused, a line each."""
    from harness.sources import import_folders

    asked, refused = _told(given), list[str]()
    options.require_folder(runs)
    found = import_folders(
        paths, asked, runs, given["script"], name, lambda error: refused.append(str(error))
    )
    for why in refused:
        say(f"mxval: {why}: left out", err=True)
    return found, bool(refused)


def _repeated(given: Sequence[str]) -> list[str]:
    """What is there more than once."""
    return [each for each in dict.fromkeys(given) if given.count(each) > 1]


def _show_import(each: Import, judged: bool) -> None:
    """What was found out of a loop, and where it is now; what it contradicts if no judgement will tell it."""
    if not each.inferred:  # a run of this program
        say(f"{each.folder}: is a run already, taken as it is")
        return
    state = "imported as" if each.fresh else "imported before, as"
    show(
        Answer({}, each.folder.name, ("what", "value", "from"), each.inferred),
        False,
        notes=(f"{state} {each.folder}",),
    )
    _show_notes(each, False, disbelieved=False if judged else None)


def _show_notes(each: Import, as_json: bool, *, disbelieved: bool | None) -> None:
    """The notes for which nothing of the loop is to be believed, or the others, or all; JSON has all."""
    from harness.runs.foreign.told import DISBELIEVE

    for note in () if as_json else each.notes:
        if disbelieved is None or (DISBELIEVE in note) == disbelieved:
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
    """A table a loop, then what they come to; all in one table, with every digit, is branches.csv."""
    for label in judged.of_source:
        show(Answer({}, *judged.table_of(label)), False)
    show(Answer({}), False, notes=(*judged.lines(), f"report: {out / 'index.html'}"))
