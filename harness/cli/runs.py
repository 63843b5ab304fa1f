"""The commands about a single run or state: rerun, fit, certify, mx3.

In: a run folder, a saved state or a script. Out: a repetition, a fit, certificates, an output folder.
"""

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import options
from harness.cli.terminal import Answer, say, show

if TYPE_CHECKING:
    from harness.mx3.lint import Caution


def rerun(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a finished run.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Where to repeat it; FOLDER-rerun if not given.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option("--engine", help="Who runs it: cpu, mumax3 or auto; the engine that did if not given."),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Repeat a finished run from its run.json and compare; exit 1 if the two part."""
    from harness.checks.rerun import rerun as repeat

    repeated = repeat(folder, out, engine)
    if not as_json:
        for remark in repeated.remarks:
            say(f"mxval: note: {remark}", err=True)
    same = "the same, byte for byte" if repeated.identical else "not the same byte for byte"
    show(repeated, as_json, notes=(same, f"repeated in {repeated.folder}"))
    if not repeated.agreement.agrees:
        raise typer.Exit(1)


def fit(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", exists=True, dir_okay=False, help="Saved magnetisations, OVF by content."
        ),
    ],
    radius_nm: Annotated[
        float | None,
        typer.Option("--radius-nm", help="Radius of the sphere, nm; else that of its run, or by its volume."),
    ] = None,
    residual: Annotated[
        Path | None,
        typer.Option("--residual", help="PNG file for what the fit leaves, a CSV file beside it."),
    ] = None,
    workers: options.Workers = None,
    as_json: options.AsJson = False,
) -> None:
    """Name saved states and fit the vortex Ansatz to them: nu, kappa, axis, core, chirality, polarity.

    Any OVF file of m or M is read, in any unit. docs/glossary.md says what each number is.
    """
    from harness.inputs import checked
    from harness.study.tables import ParticleTable
    from reduced_model.errors import InputError

    if radius_nm is not None:
        radius_nm = checked(ParticleTable, {"radius_nm": radius_nm}).radius_nm
    if workers is not None and workers < 1:
        raise InputError(f"--workers = {workers}: must be at least 1")
    if residual is not None and residual.suffix.lower() != ".png":
        raise InputError(f"--residual {residual}: give the name of a PNG file, such as residual.png")
    if residual is not None and len(files) > 1:
        raise InputError(f"--residual {residual}: holds one state, and {len(files)} files were given")
    if len(files) > 1:
        _fit_many(files, radius_nm, workers, as_json)
        return
    from harness.analysis.saved_state import fit_saved_state

    file = files[0]
    fitted = fit_saved_state(file, radius_nm)
    unit = {"": " (the file names no unit)", "1": ""}.get(fitted.moment_unit, f" {fitted.moment_unit}")
    notes = [
        f"state: {file}",
        f"radius and centre: {fitted.radius_from}",
        f"its vectors are {fitted.moment:.6g}{unit} long",
    ]
    notes += [f"warning: {warning}" for warning in fitted.warnings]
    written: tuple[Path, ...] = ()
    if residual:
        if not fitted.fit.is_vortex:
            raise InputError(
                f"{file}: {fitted.fit.state}, no single vortex: no fit to take from it; leave --residual out"
            )
        from harness.mx3.files.ovf import read_ovf
        from harness.report.figures.residual import write_residual  # a second with matplotlib

        written = write_residual(read_ovf(file), fitted.fit, fitted.centre_m, residual)
    notes += [f"written: {each}" for each in written]
    show(fitted, as_json, more={"files": written} if written else {}, notes=notes)


def _fit_many(files: list[Path], radius_nm: float | None, workers: int | None, as_json: bool) -> None:
    """A row a file; those that cannot be fitted are named below, and the command then ends with 1."""
    from harness.analysis.saved_state import SavedStateFit, fit_saved_states
    from harness.cli.progress import step_bar
    from harness.runs.foreign.told import told_once

    with step_bar("states", quiet=as_json) as on_step:
        found = dict(zip(files, fit_saved_states(files, radius_nm, on_step, workers), strict=True))
    fits = {file: each for file, each in found.items() if isinstance(each, SavedStateFit)}
    refused = {str(file): str(each) for file, each in found.items() if file not in fits}
    values = {"states": {str(file): each.to_dict() for file, each in fits.items()}, "refused": refused}
    header = ("file", "state", "nu", "error", "spread", "kappa", "error", "is", "tilt (deg)", "rms")
    rows = [[str(file), *each.fit.row()] for file, each in fits.items()]
    warned = [f"{file}: warning: {line}" for file, each in fits.items() for line in each.warnings]
    guessed = [
        f"{file}: radius and centre: {each.radius_from}"
        for file, each in fits.items()
        if isfinite(each.radius_error_m)
    ]
    show(Answer(values, "", header, rows), as_json, notes=told_once([*guessed, *warned, *refused.values()]))
    if refused:
        raise typer.Exit(1)


def certify(
    target: Annotated[
        Path,
        typer.Argument(
            metavar="RUN|FILE", exists=True, help="A run's folder, an OVF file, or a folder of OVF files."
        ),
    ],
    script: Annotated[
        Path | None,
        typer.Option("--script", exists=True, dir_okay=False, help="The script that saved the states."),
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            "--study",
            help="The study they belong to, in place of a script.",
            autocompletion=options.known_studies,
        ),
    ] = None,
    case: Annotated[
        str | None, typer.Option("--case", help="Name of the study's case, where several have the cells.")
    ] = None,
    band_T: Annotated[
        float | None,
        typer.Option(
            "--band-T", min=0.0, help="Undecided within this of zero, T; else by the engine's kernel."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for pictures and CSV of the modes.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Tell minima from saddles: the smallest curvature of the energy at saved states, with its mode.

    A run brings its script, and so does an output folder with one beside it; other files need --script or
    --study. A state is first moved onto its stationary point, never downhill. docs/certificates.md says what
    the words rest on.
    """
    from harness.analysis.certify import certify as look
    from harness.cli.progress import step_bar
    from harness.mx3.errors import ScriptError

    asked = None
    if study is not None:
        from harness.shipped import find_study
        from harness.study.study import Study

        asked = Study.load(find_study(study))
    try:
        with step_bar("states", quiet=as_json) as on_step:
            found = look(target, script=script, study=asked, case=case, band_T=band_T, on_step=on_step)
    except ScriptError as error:
        raise error if script is None else type(error)(None, f"--script {script}: {error}") from None
    files: tuple[Path, ...] = ()
    if out:
        from harness.report.figures.mode import write_mode  # a second with matplotlib

        files = tuple(file for each in found.states for file in write_mode(each, out))
    refused = tuple(f"{name}: not certified: {why}" for name, why in found.refused.items())
    said = (*found.states[0].lines(), *found.notes) if found.of_file else found.words()
    notes = (*said, *refused, *(f"written: {file}" for file in files))
    show(found, as_json, more={"files": files}, notes=notes)


def mx3(
    script: Annotated[
        Path, typer.Argument(metavar="SCRIPT.mx3", exists=True, dir_okay=False, help="A MuMax3 script.")
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Output folder; SCRIPT.out if not given.")
    ] = None,
    vet: Annotated[
        bool, typer.Option("--vet", help="Only check the script, and what it may not mean; run nothing.")
    ] = False,
    certify: Annotated[
        bool,
        typer.Option(
            "--certify",
            help="Say of each equilibrium: minimum, saddle or maximum, by lambda_min; soft: curvatures of "
            "turns that only the cells resist, left out of it.",
        ),
    ] = False,
    faithful: Annotated[
        bool, typer.Option("--faithful", help="MuMax3's own relax and minimize, with its stopping rules.")
    ] = False,
    float32: Annotated[
        bool, typer.Option("--float32", help="Single precision, as MuMax3; faster, see docs/mx3.md.")
    ] = False,
    demag: Annotated[
        str,
        typer.Option("--demag", help="Demagnetising tensor: newell, exact, or mumax3, by its quadrature."),
    ] = "newell",
    surface: Annotated[
        str,
        typer.Option(
            "--surface", help="Of an ellipsoid: cells, as cut, or smooth, corrected for their steps."
        ),
    ] = "cells",
    tolerance_T: Annotated[
        float | None,
        typer.Option("--tolerance", help="Largest torque of an equilibrium, T; 1e-6 if not given."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what an earlier run wrote to the folder.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Run a MuMax3 script on the embedded CPU engine; the output folder is what MuMax3 would write."""
    if vet:
        _vet(script, out, as_json)
        return
    from harness.engines import CpuEngine
    from harness.inputs import checked
    from harness.mx3.errors import ScriptError
    from harness.mx3.options import FAITHFUL
    from harness.study.tables import SolverTable
    from reduced_model.errors import InputError

    if faithful and tolerance_T is not None:
        raise InputError(
            f"--tolerance {tolerance_T:g}: --faithful stops by MuMax3's own rules, which know none; set "
            "RelaxTorqueThreshold or MinimizerStop in the script"
        )
    asked = {"demag": demag, "surface": surface} | (
        {} if tolerance_T is None else {"tolerance_T": tolerance_T}
    )
    solver = checked(SolverTable, asked)

    folder = out or script.with_suffix(".out")
    if folder.exists() and not overwrite:
        raise InputError(f"{folder}: exists already; give another folder with -o, or --overwrite")
    engine = CpuEngine()
    options = engine.options(solver.tolerance_T, demag=solver.demag, surface=solver.surface)
    options |= FAITHFUL if faithful else {}
    if float32:
        options["float_dtype"] = "float32"
    on_log = None if as_json else say
    try:
        ran = engine.run(script, folder, options, overwrite=overwrite, certify=certify, on_log=on_log)
    except ScriptError as error:
        raise error if error.line is None else type(error)(None, f"{script}: {error}") from None
    values = {"out": folder, "warnings": ran.warnings}
    notes = (*(f"warning: {warning}" for warning in ran.warnings), f"output in {folder}")
    if not certify:
        show(Answer(values), as_json, notes=notes)
        return
    found = (ran.details or {})["found"]
    if not found:
        show(Answer(values | {"found": found}), as_json, notes=(NO_SEARCH, *notes))
        return
    header: tuple[str, ...] = ("line", "search", "B (T)", "<m>", "verdict", "lambda_min (T)", "mode")
    rows = [[each[key] for key in FOUND] for each in found]
    if any(each["soft_T"] for each in found):
        header = (*header, "soft (T)")
        rows = [[*row, each["soft_T"] or ""] for row, each in zip(rows, found, strict=True)]
        notes = (SOFT, *notes)
    untold = (f"line {each['line']}: no telling: {each['remark']}" for each in found if not each["verdict"])
    show(Answer(values | {"found": found}, "", header, rows), as_json, notes=(*untold, *notes))


FOUND = ("line", "event", "B_T", "m", "verdict", "lambda_min_T", "mode")
"""What is shown of the end of a search, of `harness.mx3.session.search.Found`."""
NO_SEARCH = "nothing to certify: no relax or minimize was carried out"
SOFT = "soft: curvature of a turn of the whole state that only the cells resist; left out of lambda_min"

COMMANDS = (rerun, fit, certify, mx3)


def _vet(script: Path, out: Path | None, as_json: bool) -> None:
    from harness.mx3 import ScriptError, vet
    from harness.mx3.run import read_script
    from reduced_model.errors import InputError

    try:
        problems = vet(read_script(script), script, out)
    except ScriptError as error:  # no text at all
        problems = [error]
    cautions: list[Caution] = []
    if not problems or problems[0].line:
        from harness.mx3.lint import lint  # follows the script, with compiled code behind it

        cautions, fault = lint(script, out, problems[0].line if problems else None)
        if fault and not problems:
            problems = [fault]
    values = {
        name: [{"line": each.line, "message": each.message} for each in kind]
        for name, kind in (("problems", problems), ("cautions", cautions))
    }
    notes = [f"{script}: caution: {caution}" for caution in cautions]
    if not problems:
        n = len(cautions)
        said = f"nothing keeps it from running; {n} caution{'s' if n > 1 else ''}" if n else "no problems"
        notes.append(f"{script}: {said}")
    show(Answer(values), as_json, notes=notes)
    if problems:
        raise InputError([f"{script}: {problem}" for problem in problems])
