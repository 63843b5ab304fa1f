"""Options and arguments that several commands share.

In: nothing. Out: annotated types, one an option, so that it has one name and one help text everywhere.
Engines and models are plain text here: the registries that know them are slow to import, and check them.
"""

from glob import escape, glob
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np

    from harness.runs.slots import Share


def known_studies(incomplete: str) -> list[str]:
    """Names of ready studies and study files that begin so, for the shell to complete."""
    from harness.shipped import study_names

    ready = [name for name in study_names() if name.startswith(incomplete)]
    return [*ready, *sorted(glob(f"{escape(incomplete)}*.toml"))]


def known_materials(incomplete: str) -> list[str]:
    """Names of known materials that begin so, for the shell to complete."""
    from reduced_model.materials import MATERIALS

    return [name for name in MATERIALS if name.startswith(incomplete)]


Study = Annotated[
    str,
    typer.Argument(
        metavar="STUDY", help="A study file, or the name of a ready study.", autocompletion=known_studies
    ),
]
Runs = Annotated[Path, typer.Option("--runs", help="Folder below which run folders are made.")]
Engine = Annotated[
    str, typer.Option("--engine", help="Who runs the scripts: cpu, mumax3, or auto for MuMax3 where it can.")
]
Gpus = Annotated[
    str | None,
    typer.Option("--gpus", "--gpu", help="GPUs MuMax3 uses: all, or numbers such as 0,1; the first if none."),
]
PerGpu = Annotated[
    str,
    typer.Option("--per-gpu", help="MuMax3 processes on each of --gpus; auto measures how many pay."),
]
Cpus = Annotated[
    str, typer.Option("--cpus", help="Cores for the CPU engine, a case each; auto for all there are.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def _can_be_made(folder: Path | None) -> Path | None:
    """A folder for files, refused before anything is computed for it if it cannot be had; none is made."""
    if folder is None:
        return None
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for place in made:
            place.rmdir()
    except OSError as error:
        from reduced_model.errors import InputError  # --version answers without it

        why = error.strerror or str(error)
        raise InputError(f"--out = {folder}: no folder can be made there ({why}); give another") from None
    return folder


Out = Annotated[
    Path | None, typer.Option("--out", help="Folder for tables and figures.", callback=_can_be_made)
]

Material = Annotated[
    str, typer.Option("--material", help="A known material.", autocompletion=known_materials)
]
MaterialOrLabel = Annotated[
    str | None,
    typer.Option(
        "--material",
        help="A known material (iron if none), or a label for your own numbers.",
        autocompletion=known_materials,
    ),
]
OwnMs = Annotated[
    float | None, typer.Option("--Ms", "--Ms-A-per-m", help="Your own Ms, A/m; with --A and --Ku.")
]
OwnA = Annotated[float | None, typer.Option("--A", "--A-J-per-m", help="Your own exchange stiffness, J/m.")]
OwnKu = Annotated[
    float | None, typer.Option("--Ku", "--Ku-J-per-m3", help="Your own uniaxial anisotropy, J/m3.")
]
Axis = Annotated[
    str | None,
    typer.Option("--axis", help="Easy axis as x,y,z, of any length; the field is along z (0,0,1 if none)."),
]
Model = Annotated[str, typer.Option("--model", help="Hpp, Hp, or SW for a rigid moment.")]
Radius = Annotated[float, typer.Option("--radius-nm", help="Radius of the sphere, nm.")]
MaxField = Annotated[float, typer.Option("--max-T", help="Largest field, T.")]
FieldStep = Annotated[float, typer.Option("--step-T", help="Field step, T.")]
FirstRadius = Annotated[float, typer.Option("--from-nm", help="First radius, nm.")]
LastRadius = Annotated[float, typer.Option("--to-nm", help="Last radius, nm.")]
RadiusStep = Annotated[float, typer.Option("--step-nm", help="Step of the radius, nm.")]
Workers = Annotated[
    int | None, typer.Option("--workers", help="Loops computed at a time; every core if not given.")
]

DEFAULT_RUNS = Path("mumax_runs")
MOST_VALUES = 20_000


def require_folder(runs: Path) -> None:
    """Refuse a file where the folder for runs belongs."""
    from reduced_model.errors import InputError

    place = next((folder for folder in (runs, *runs.parents) if folder.exists()), runs)
    if place.exists() and not place.is_dir():
        raise InputError(f"--runs = {runs}: {place} is a file; give a folder, which is made if need be")


def require_place(file: Path) -> None:
    """Refuse a file to be written where its folder is not there."""
    from reduced_model.errors import InputError

    if not file.parent.is_dir():
        raise InputError(f"{file}: there is no folder {file.parent}; make it, or give another file")


def share(engine: str, gpus: str | None, per_gpu: str, cpus: str) -> "Share":
    """The part of the machine that the options ask for, checked against the engine and what is here."""
    from harness.engines.gpus import gpus as look
    from harness.runs.slots import share as checked_share
    from reduced_model.errors import InputError

    wanted = [("--gpus", gpus)] * (gpus is not None) + [("--per-gpu", per_gpu)] * (per_gpu != "auto")
    if wanted and engine != "mumax3":
        option, value = wanted[0]
        raise InputError(
            f"{option} {value}: engine {engine} uses no GPU; leave it out, or take --engine mumax3"
        )
    return checked_share(cpus, gpus, per_gpu, found=look() if wanted else ())


def numbers(option: str, text: str) -> list[float]:
    """The numbers of an option that takes several, with commas between them.

    Raises InputError if one of them is no finite number.

    Examples
    --------
    >>> numbers("--fields-T", "0.5, -0.3")
    [0.5, -0.3]
    """
    from reduced_model.errors import InputError, finite

    try:
        return [finite(option, float(part)) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{option} = {text}: must be finite numbers with commas between") from None


def fields(text: str) -> list[float]:
    """The fields of --fields-T, T, in path order; InputError for one that no magnet makes."""
    from harness.study.field_path import MAX_FIELD_T
    from reduced_model.errors import InputError

    found = numbers("--fields-T", text)
    if wrong := [B_T for B_T in found if abs(B_T) > MAX_FIELD_T]:
        raise InputError(f"--fields-T = {wrong[0]:g}: must be from {-MAX_FIELD_T:g} to {MAX_FIELD_T:g}")
    return found


def words(option: str, text: str, known: "Collection[str]") -> tuple[str, ...]:
    """The words of an option that takes several, with commas between them; InputError for an unknown one.

    Examples
    --------
    >>> words("--format", "png, svg", ("png", "svg", "pdf"))
    ('png', 'svg')
    """
    from reduced_model.errors import InputError

    given = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",")))
    if wrong := [word for word in given if word not in known]:
        raise InputError(f"{option} {wrong[0] or text!r}: must be of {', '.join(known)}, with commas between")
    return given


def steps(unit: str, first: float, last: float, step: float, *, above: float | None = None) -> "np.ndarray":
    """Values from first to last as the options give them, both included where the step fits.

    Raises InputError if a number is not finite, the first not above `above`, the range empty, the step not
    positive, or if there would be too many values.

    Examples
    --------
    >>> steps("nm", 6.0, 7.0, 0.5).tolist()
    [6.0, 6.5, 7.0]
    """
    import numpy as np  # --version and --help answer without it

    from reduced_model.errors import InputError

    ends = ("from", "to", "step")
    names = [f"--{end}-nm" if unit == "nm" else f"--{unit}-{end}" for end in ends]
    given = zip(names, (first, last, step), strict=True)
    problems = [
        f"{name} = {value:g}: must be a finite number" for name, value in given if not np.isfinite(value)
    ]
    if above is not None and first <= above:
        problems.append(f"{names[0]} = {first:g}: must be above {above:g}")
    if step <= 0.0:
        problems.append(f"{names[2]} = {step:g}: must be a positive number")
    if last < first:
        problems.append(f"{names[1]} = {last:g}: must be at least {names[0]} = {first:g}")
    if not problems and (count := int(np.floor((last - first) / step + 1e-9)) + 1) > MOST_VALUES:
        problems.append(f"{names[2]} = {step:g}: would make {count} values, at most {MOST_VALUES}")
    if problems:
        raise InputError(problems)
    return np.round(first + step * np.arange(count), 12)
