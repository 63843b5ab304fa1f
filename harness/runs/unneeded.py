"""Runs that a study has, and as it is now no longer needs.

In: a study, the folder of all runs. Out: what lies beside the runs of its cases, and why; removed on request.
A run is needed if any engine would run it for a case; imports, repetitions and foreign folders are left.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.engines import ENGINES
from harness.engines.base import storage_faults
from harness.inputs import InputError
from harness.runs.folder import RunFolder
from harness.runs.plan import named, plan
from harness.runs.record import IMPORTED, RECORD_NAME, NotARun, RunRecord
from harness.study.study import Study

_OF_A_RUN = re.compile(r"(?P<case>.+)-(?P<hash>[0-9a-f]{12})")


@dataclass(frozen=True)
class Unneeded:
    """A run that no case of the study asks for."""

    folder: RunFolder
    case: str
    engine: str
    state: str
    why: str

    @property
    def n_bytes(self) -> int:
        """What it holds."""
        return sum(file.lstat().st_size for file in self.folder.path.rglob("*"))

    def to_dict(self) -> dict[str, Any]:
        """The run as JSON values."""
        told = {"case": self.case, "engine": self.engine, "state": self.state, "why": self.why}
        return {"folder": str(self.folder.path), **told, "bytes": self.n_bytes}

    def remove(self) -> None:
        """Remove it, under its lock.

        Raises RunBusy if another process is at work on it, StorageError if the system refuses.
        """
        with storage_faults(self.folder.path), self.folder.lock():
            shutil.rmtree(self.folder.path)


def unneeded(study: Study, runs: Path, known: Iterable[Path] = ()) -> tuple[Unneeded, ...]:
    """The runs of a study that no case of it asks for, by name.

    Parameters
    ----------
    study : Study
    runs : Path
        Folder that holds the studies' folders.
    known : iterable of Path
        Folders that are known to be needed, which are not looked at.
    """
    place, passed = runs / study.name, {folder.name for folder in known}

    @cache
    def cases() -> frozenset[str]:
        return frozenset(case.name for case in study.cases())

    @cache
    def needed(engine: str) -> frozenset[str]:
        try:
            return frozenset(run.folder.path.name for run in plan(study, ENGINES[engine](), runs))
        except InputError:  # an engine that cannot run this study needs nothing of it
            return frozenset()

    found = []
    for path in sorted(place.iterdir()) if place.is_dir() else ():
        parts = _OF_A_RUN.fullmatch(path.name)
        if path.name in passed or parts is None or path.is_symlink() or not (path / RECORD_NAME).is_file():
            continue
        try:
            record = RunRecord.read(path)
        except NotARun:
            continue
        ours = path.name == f"{named(record.case, record.replica)}-{record.hash[:12]}"
        ours = ours and record.case.study_name == study.name
        if not ours or record.engine == IMPORTED or path.name in needed(record.engine):
            continue
        folder, case = RunFolder(path, record.hash), record.case.name
        known_case = "its case has another script, options or engine version now"
        why = known_case if case in cases() else "the study has no such case"
        found.append(Unneeded(folder, case, record.engine, folder.state(), why))
    return tuple(found)
