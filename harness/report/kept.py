"""What a report rests on and says, kept beside its page, so that one that is still true is not made again.

In: a study, the runs it shows, the page's folder. Out: a Kept, read back only where it is whole.
A file that is damaged, or of another version, counts as none: the report is then made anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import harness
import reduced_model
from harness.inputs import InputError, read_toml
from harness.runs import provenance
from harness.runs.output import Run
from harness.shipped import templates
from harness.study.study import Study

KEPT_NAME = "report.json"
PAGE_NAME = "index.html"
STAGING = ".report-"
"""How the folders begin in which a report is prepared."""


@dataclass(frozen=True)
class Kept:
    """A report as it was written."""

    key: str
    """Hash of all that the page depends on."""
    runs: tuple[str, ...]
    """Folders of the runs it shows."""
    study: str
    """Hash of what the study asks."""
    source: str | None
    """Path of the study's file from the report's folder, where it came from one."""
    summary: tuple[str, ...]
    """What it says in a few lines."""
    verdict: Mapping[str, Any]
    """The verdict as JSON values."""
    files: Mapping[str, str]
    """SHA-256 of page, table and figures, by name relative to the folder."""

    @classmethod
    def read(cls, folder: Path) -> Kept | None:
        """The report of a folder; None if there is none or what is kept of it is not whole."""
        try:
            values = json.loads((folder / KEPT_NAME).read_text(encoding="utf-8"))
            if values.pop("digest") != _digest(values):
                return None
            kept = cls(**values | {name: tuple(values[name]) for name in ("runs", "summary")})
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        return kept if (folder / PAGE_NAME).is_file() else None

    def write(self, folder: Path) -> None:
        """Keep it beside the page; a reader finds it whole or takes it for none."""
        values = asdict(self)
        (folder / KEPT_NAME).write_text(json.dumps(values | {"digest": _digest(values)}, indent=1) + "\n")

    @classmethod
    def still_true(cls, folder: Path, key: str) -> Kept | None:
        """The report of a folder if it is that of this key, and page, table and figures are as written."""
        kept = cls.read(folder)
        try:
            return kept if kept and kept.key == key and kept.files == file_hashes(folder) else None
        except OSError:
            return None

    def require_same_study(self, study: Study, source: Path | None, folder: Path, at_stake: str) -> None:
        """Refuse what would replace or remove what another study file of the same name has in a folder."""
        if not source or not isinstance(self.source, str) or self.study == study_hash(study):
            return
        former = (folder / self.source).resolve()
        if former == source.resolve():
            return
        try:
            name = read_toml(former).get("name", former.stem)
        except (OSError, InputError):  # gone or no study any more: the name is free
            return
        if name == study.name:
            raise InputError(
                f"name = {study.name}: {former} has this name too, and {at_stake}; "
                f"choose another name for one of the two, or another folder with --runs ({source})"
            )


def report_key(study: Study, runs: Iterable[Run], damaged: Iterable[str] = ()) -> str:
    """Hash of all that the page of these runs depends on, this program's own text included.

    ``damaged`` are cases that the page names as such.

    Their records hold the hashes of their outputs, which were compared when they were read.
    """
    shown = [(run.folder.name, run.record.to_dict()) for run in runs]
    drawn_by = {name: metadata.version(name) for name in ("matplotlib", "bokeh")}
    libraries = provenance.versions() | drawn_by
    return _digest([_program_text(), libraries, study_hash(study), shown, *damaged])


def study_hash(study: Study) -> str:
    """Hash of what a study asks."""
    return _digest(study.model_dump(mode="json"))


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of what a report's folder holds, by name; what is kept of it, and hidden files, aside."""
    files = (f for f in sorted(folder.rglob("*")) if f.is_file() and f.name != KEPT_NAME)
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if not file.name.startswith(".")
    }


def _program_text() -> str:
    """Hash of every module and template."""
    digest = hashlib.sha256()
    modules = (f for p in (harness, reduced_model) for f in sorted(Path(p.__path__[0]).rglob("*.py")))
    for file in (*modules, *sorted(templates().iterdir(), key=lambda file: file.name)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _digest(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
