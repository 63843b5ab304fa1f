"""Where the templates, the ready studies and the continuum's results are.

In: a name. Out: the text of a template, the path of a study file, the folder of the results.
In a checkout they are the folders beside the package; a wheel carries them as harness/_data.
"""

from __future__ import annotations

import difflib
import os
import shlex
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from reduced_model.errors import InputError

if TYPE_CHECKING:
    import jinja2

CHECKOUT = Path(__file__).resolve().parent.parent


def templates() -> Traversable:
    """Folder of the Jinja2 templates."""
    return _folder("templates")


def studies() -> Traversable:
    """Folder of the ready studies."""
    return _folder("mumax_runs/studies")


def continuum_results() -> Traversable:
    """Folder of the continuum's results, which `make results` makes anew."""
    return _folder("docs/results/continuum")


def citation() -> Traversable:
    """How to cite this program and what it rests on."""
    return _folder("CITATION.cff")


def study_names() -> tuple[str, ...]:
    """Names of the ready studies, sorted."""
    return tuple(sorted(Path(f.name).stem for f in studies().iterdir() if f.name.endswith(".toml")))


def find_study(name_or_path: str | Path) -> Path:
    """Path of a study file given as a path, or as the bare name of a ready study.

    A file in the way the user wrote it comes first, so a local ``demo.toml`` is never shadowed. Raises
    InputError if there is neither.
    """
    if not str(name_or_path).strip():
        raise InputError(f"STUDY is empty: give a study file, or a ready study: {', '.join(study_names())}")
    path, names = Path(name_or_path), study_names()
    if path.exists() and not path.is_dir():
        return path
    if str(name_or_path) in names:
        return Path(str(studies() / f"{name_or_path}.toml"))
    if path.is_dir():
        raise InputError(_of_folder(path, names))
    if (beside := path.with_name(f"{path.name}.toml")).is_file():
        raise InputError(f"{name_or_path}: no such study file, but there is {beside}")
    near = difflib.get_close_matches(str(name_or_path), names, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    raise InputError(f"{name_or_path}: no such study file; {meant}ready studies: {', '.join(names)}")


def _of_folder(folder: Path, ready: Sequence[str]) -> str:
    """Why a folder is no study, and what serves the runs in it."""
    said = f"{folder}: is a folder, and a study is a file (.toml)"
    if (run := _first_run(folder)) is None:
        return said
    name, runs = run.parent.name, shlex.quote(os.path.relpath(run.parents[1]))
    all_of_it = shlex.quote(str(folder)) + ("" if (folder / "run.json").is_file() else "/*")
    given = name if name in ready else f"{name}.toml"
    return f"{said}; give that of its runs, as in {given} --runs {runs}, or see mxval compare {all_of_it}"


def _first_run(folder: Path) -> Path | None:
    """A run's folder: this one, or one in it, or in one of those in it."""
    below = (
        file for depth in ("", "*/", "*/*/") for file in sorted(folder.absolute().glob(f"{depth}run.json"))
    )
    return next((file.parent for file in below), None)


def template_environment() -> jinja2.Environment:
    """Jinja2 over the templates: a name that is not handed over is an error, never an empty string."""
    import jinja2  # planning and reading render nothing

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (templates() / name).read_text(encoding="utf-8")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _folder(name: str) -> Traversable:
    beside = CHECKOUT / name
    if (CHECKOUT / "pyproject.toml").is_file() and beside.exists():
        return beside
    return resources.files("harness") / "_data" / name.rsplit("/", 1)[-1]
