"""run.json: what was asked of a run, who ran it and what came of it, as one typed record.

In: a run folder. Out: its RunRecord, and the file put in place at one stroke; nothing else touches run.json.
Folders may come from strangers: every value is checked as a study file's is, and none names a path.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.engines import ENGINES
from harness.engines.base import EngineError
from harness.study.study import Case, Study

RECORD_NAME = "run.json"
FORMAT = 3
"""Version of the file; raised when a key changes its name or meaning, with a line in _MIGRATIONS."""
MAX_BYTES = 100_000_000
MAX_SCRIPT = 20_000_000
MOST_TRIES = 20
"""Tries that came to nothing, of which a record keeps the last."""
"""The longest field path a study may have, all of its states saved, makes a quarter of these."""

GIVE = "give the folder of a run"
GIVE_OR_MOVE = f"{GIVE}, or move this one away to run its case anew"

State = Literal["planned", "running", "done", "failed", "interrupted"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

IMPORTED = "imported"
"""The engine of a run that another program made, as records have it; `details` says more of it."""

if TYPE_CHECKING:
    EngineName = str
else:
    EngineName = Literal[(*ENGINES, IMPORTED)]


class NotARun(EngineError):
    """The folder holds no run of this program, or not one that ended well."""

    exit_code = 2


class Attempt(BaseModel):
    """A try at the run that came to nothing."""

    model_config = ConfigDict(frozen=True)

    error_kind: str
    error: str
    started: str | None = None
    host: str | None = None
    """name of the machine"""


class RunRecord(BaseModel):
    """Everything run.json says; the file's keys are these."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    format: Literal[3] = 3
    state: State
    hash: Sha256
    """identity of the run"""
    study: Study
    case: Case
    engine: EngineName
    engine_version: str | None = None
    revision: int | None = None
    """of the CPU engine's results; None for an engine whose version says so itself"""
    options: dict[str, str | bool | int | float | None]
    replica: int = 0
    script: Annotated[str, Field(max_length=MAX_SCRIPT)]
    masks: dict[str, Sha256]
    """hash of each mask's numbers, by name"""
    versions: dict[str, str | None] = {}
    host: dict[str, Any] = {}
    started: str | None = None
    finished: str | None = None
    wall_s: float | None = None
    warnings: tuple[str, ...] = ()
    """of the engine, and of the look at its output"""
    details: dict[str, Any] = {}
    """what else the engine told of its run"""
    outputs: dict[str, Sha256] = {}
    """hash of every file in out/, by name"""
    error: str | None = None
    error_kind: str | None = None
    """why the run failed, and the name of that kind of error"""
    earlier: tuple[Attempt, ...] = ()
    """other tries that failed or were interrupted, the oldest first; of a done run also those after it"""

    @property
    def program(self) -> str:
        """Who found its equilibria: the engine; of an import the program, "" where that is not known."""
        return str(self.details.get("program", "")) if self.engine == IMPORTED else self.engine

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values, without the keys that have none."""
        return self.model_dump(mode="json", exclude_none=True)

    def updated(self, **values: Any) -> RunRecord:
        """The same record with some keys changed."""
        return self.model_copy(update=values)

    def tries(self) -> tuple[Attempt, ...]:
        """The tries so far, this one too if it came to nothing; the last of very many."""
        if self.state not in ("running", "failed"):
            return self.earlier
        kind = self.error_kind or "Interrupted"
        this = Attempt(
            error_kind=kind, error=self.error or "", started=self.started, host=self.host.get("name")
        )
        return (*self.earlier, this)[-MOST_TRIES:]

    def write(self, folder: Path) -> None:
        """Replace run.json in one step: a reader finds the old content or the new, never a part."""
        file = folder / RECORD_NAME
        fresh = file.with_suffix(".json.new")
        try:
            with fresh.open("w", encoding="utf-8") as stream:
                json.dump(self.to_dict(), stream, indent=1)
                stream.write("\n")
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(file)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise

    @classmethod
    def read(cls, folder: Path) -> RunRecord:
        """What run.json in this folder says; an older file is brought up to date on the way.

        Raises
        ------
        NotARun
            If there is none, if it is not one of this program's, or if a later version of it wrote it.
        """
        file = folder / RECORD_NAME
        if not folder.is_dir():
            raise NotARun(f"{folder}: {'is no folder' if folder.exists() else 'no such folder'}; {GIVE}")
        try:
            if file.stat().st_size > MAX_BYTES:
                raise NotARun(f"{file}: too large to be a run's; {GIVE}")
            return cls.model_validate(_migrated(json.loads(file.read_text(encoding="utf-8")), file))
        except FileNotFoundError:
            raise NotARun(f"{folder}: holds no {RECORD_NAME}; {GIVE}") from None
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            where, why = ".".join(map(str, problem["loc"])), " ".join(problem["msg"].split())
            raise NotARun(
                f"{file}: {where}: {why}; it is not of a run of this program; {GIVE_OR_MOVE}"
            ) from None
        except (OSError, ValueError, RecursionError) as error:
            raise NotARun(f"{file}: cannot be read ({error}); {GIVE_OR_MOVE}") from None


def _migrated(values: Any, file: Path) -> Mapping[str, Any]:
    """The values of a file of any version up to this one, under the keys of this one."""
    if not isinstance(values, dict):
        raise ValueError("it holds no table of keys")
    version = values.get("format", 1)
    while isinstance(version, int) and version in _MIGRATIONS:
        values = _MIGRATIONS[version](values)
        version = values["format"]
    if version != FORMAT:
        raise NotARun(
            f"{file}: format = {version!r}: this mxval reads 1 to {FORMAT}; take the later one that wrote it"
        )
    return values


_MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: lambda values: {**values, "format": 2},  # it did not say its version; its keys are those of version 2
    2: lambda values: {**values, "format": 3},  # a bias said b0_mT for b_mT, and its model reads both
}
"""What brings a file of each older version one version on."""
