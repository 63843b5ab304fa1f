"""What an engine is, and everything that can go wrong with one.

In: a script, an output folder, options. Out: an EngineRun; files as MuMax3 writes them.
An engine knows scripts and folders, never a study.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from harness.mx3.errors import CheckFailed as CheckFailed
from harness.mx3.errors import EngineError as EngineError
from harness.mx3.errors import NotConverged as NotConverged
from harness.mx3.errors import OutputError as OutputError
from harness.mx3.errors import ScriptError as ScriptError

OnProgress = Callable[[int], None]
"""Called with the number of table rows written so far."""


class EngineMissing(EngineError):
    """The engine cannot run here: no binary, no driver, no GPU, or a GPU the binary was not built for."""


class EngineCrashed(EngineError):
    """The engine ended by itself before the script did.

    Parameters
    ----------
    exit_code : int
        The process's exit code, negative for a signal.
    cause : str
        What is known of the reason, and what to do.
    last_lines : tuple of str
        The end of what it printed.

    Attributes
    ----------
    process_exit_code, last_lines
        As given; `exit_code` is what the command line ends with.
    """

    def __init__(self, exit_code: int, cause: str, last_lines: tuple[str, ...] = ()) -> None:
        self.process_exit_code, self.last_lines = exit_code, last_lines
        super().__init__(f"engine ended with exit code {exit_code}: {cause}")


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
    engine : str
    version : str or None
        None where it cannot be asked.
    warnings : tuple of str
        One line each.
    details : mapping or None
        Anything else worth keeping in the run's record, as JSON values.
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
        """The options of a run, as JSON values; they are part of the run's identity.

        Parameters
        ----------
        tolerance_T : float
            Largest torque |m x B| of an equilibrium, in T, for an engine that takes it.
        """

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
        script : Path
            Files it loads lie beside it.
        out : Path
            Folder for the output, made here; it must not exist.
        options : mapping
            As given by `options`.
        slot : int
            Which of several devices to use.
        on_progress : callable, optional
            Called with the number of table rows after each.

        Returns
        -------
        EngineRun

        Raises
        ------
        EngineError
            One of its kinds; what the engine had written stays in ``out``.
        """
