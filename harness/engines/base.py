"""What an engine is, and everything that can go wrong with one.

In: a script, an output folder, options. Out: an EngineRun; files as MuMax3 writes them.
An engine knows scripts and folders, never a study.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

OnProgress = Callable[[int], None]
"""Called with the number of table rows written so far."""


class EngineError(Exception):
    """Base of the errors of a run. Each message is one line: what happened and, if known, what to do."""


class EngineMissing(EngineError):
    """The engine cannot run here: no binary, no driver, no GPU, or a GPU the binary was not built for."""


class ScriptError(EngineError):
    """The engine refuses the script: syntax, an unknown name, a wrong type.

    Attributes
    ----------
    line : line of the script counted from 1, None if the engine does not say.
    """

    def __init__(self, line: int | None, message: str) -> None:
        self.line = line
        super().__init__(message if line is None else f"script line {line}: {message}")


class CheckFailed(EngineError):
    """An ``expect`` of the script found another value: the run worked, its own check did not."""


class EngineCrashed(EngineError):
    """The engine ended by itself before the script did.

    Attributes
    ----------
    exit_code : the process's exit code, negative for a signal.
    last_lines : the end of what it printed.
    """

    def __init__(self, exit_code: int, cause: str, last_lines: tuple[str, ...] = ()) -> None:
        self.exit_code, self.last_lines = exit_code, last_lines
        super().__init__(f"engine ended with exit code {exit_code}: {cause}")


class NotConverged(EngineError):
    """An equilibrium search used up its evaluations before the torque was small enough."""


class EngineStalled(EngineError):
    """The engine runs on but nothing it writes has grown for longer than anyone should wait; it was ended."""


class OutputInvalid(EngineError):
    """An output file is missing, cut short, not a number where one belongs, or not of this run."""


class OutputIncomplete(OutputInvalid):
    """A file or a row that belongs to the run is missing, or ends early."""


class OutputForeign(OutputInvalid):
    """A file or a row is not of this run: another grid, another field, or changed since the run ended."""


class Diverged(OutputInvalid):
    """The output holds NaN or infinite numbers."""


class StorageError(EngineError):
    """The file system refuses a file of the run."""


class DiskFull(StorageError):
    """No room is left: on the disk, in the quota, or below the limit on the size of one file."""


class FolderNotWritable(StorageError):
    """The runs' folder is read-only, or belongs to somebody else."""


@dataclass(frozen=True)
class EngineRun:
    """What an engine tells of a run it has finished.

    Attributes
    ----------
    engine, version : who ran it.
    warnings : one line each.
    details : anything else worth keeping in the manifest (JSON values).
    """

    engine: str
    version: str | None
    warnings: tuple[str, ...] = ()
    details: Mapping[str, Any] | None = None


class Engine(Protocol):
    """One way to run a script."""

    name: str

    @property
    def revision(self) -> int | None:
        """Raised by hand when results change; None for an engine whose version says so itself."""

    def version(self) -> str | None:
        """Version of the engine, None where it cannot be asked."""

    def unavailable(self) -> str | None:
        """Why the engine cannot run here and what to do, or None if it can."""

    def options(self, tolerance_T: float) -> dict[str, Any]:
        """The options of a run, as JSON values; they are part of the run's identity."""

    def run(
        self,
        script: Path,
        out: Path,
        options: Mapping[str, Any],
        *,
        slot: int = 0,
        on_progress: OnProgress | None = None,
    ) -> EngineRun:
        """Run a script to its end.

        Parameters
        ----------
        script : the script; files it loads lie beside it.
        out : folder for the output, made here; it must not exist.
        options : as given by :meth:`options`.
        slot : which of several devices to use.

        Raises
        ------
        EngineError
            One of its kinds; what the engine had written stays in ``out``.
        """
