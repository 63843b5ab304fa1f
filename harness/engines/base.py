"""What an engine is, and everything that can go wrong with one or with the disk under it.

In: a script, an output folder, options. Out: an EngineRun; files as MuMax3 writes them.
An engine knows scripts and folders, never a study.
"""

import errno
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
        The process's, negative for a signal; kept as `process_exit_code`.
    cause : str
        What is known of the reason, and what to do.
    last_lines : tuple of str
        The end of what it printed.
    """

    def __init__(self, exit_code: int, cause: str, last_lines: tuple[str, ...] = ()) -> None:
        self.process_exit_code, self.last_lines = exit_code, last_lines
        super().__init__(f"engine ended with exit code {exit_code}: {cause}")


class EngineKilled(EngineCrashed):
    """Somebody, or the system, killed the engine; the case is not to blame, as far as can be known."""


class GpuMemoryFull(EngineCrashed):
    """The GPU had not the memory for the case beside all else that ran on it."""


class GpuFailed(EngineCrashed):
    """The GPU failed under a running case, or is gone."""


class DriverMismatch(EngineMissing):
    """The driver does not fit the program or its own kernel module: no GPU of this machine can be used."""


class EngineStalled(EngineError):
    """The engine runs on but nothing it writes has grown for longer than anyone should wait; it was ended."""


class OutputInvalid(EngineError):
    """An output file is missing, cut short, not a number where one belongs, or not of this run."""


class OutputIncomplete(OutputInvalid):
    """A file or a row that belongs to the run is missing, or ends early."""


class OutputForeign(OutputInvalid):
    """A file or a row is not of this run: another grid, another field, or changed since the run ended."""


class OutputUnreadable(OutputInvalid):
    """The system refuses to give a file of the run: no right to read it, or a disk that fails."""


class Diverged(OutputInvalid):
    """The output holds NaN or infinite numbers."""


class StorageError(EngineError):
    """The file system refuses a file of the run."""


class DiskFull(StorageError):
    """No room is left: on the disk, in the quota, or below the limit on the size of one file."""


class FolderNotWritable(StorageError):
    """The runs' folder is read-only, or belongs to somebody else."""


@contextmanager
def storage_faults(place: Path) -> Iterator[None]:
    """Name what the file system refuses inside this block, so that no fault of the disk ends in a trace.

    Raises StorageError, one of its kinds, for every OSError but that of a closed pipe; it names `place` where
    the error itself names no file.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise storage_error(error, place) from error


def storage_error(error: OSError, place: Path) -> StorageError:
    """The storage fault behind an operating system's error."""
    where, why = error.filename or place, error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"{where}: the disk is full ({why}); make room and run the same command again")
    if error.errno == errno.EFBIG:
        return DiskFull(
            f"{where}: larger than one file may be here; raise the limit (ulimit -f) and run again"
        )
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return FolderNotWritable(
            f"{where}: cannot be written ({why}); choose another folder with --runs, or mend its permissions"
        )
    return StorageError(f"{where}: {why}; mend this and run the same command again")


def require_room(folder: Path, n_bytes: int) -> None:
    """Raise DiskFull unless that many bytes are free where an existing folder is."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise DiskFull(
            f"{folder}: the run needs about {n_bytes / 1e6:.3g} MB and {free / 1e6:.3g} MB are free; "
            "make room, save fewer states, or choose another folder with --runs"
        )


@dataclass(frozen=True)
class EngineRun:
    """What an engine tells of a run it has finished."""

    engine: str
    version: str | None
    """None where it cannot be asked."""
    warnings: tuple[str, ...] = ()
    details: Mapping[str, Any] | None = None
    """Anything else worth keeping in the run's record, as JSON values."""


class Engine(Protocol):
    """One way to run a script."""

    name: str

    @property
    def revision(self) -> int | None:
        """Raised by hand when results change; None for an engine whose version says so itself."""

    def version(self) -> str | None:
        """Version of the engine, None where it cannot be asked."""

    def unavailable(self, slot: int = 0) -> str | None:
        """Why the engine cannot run here on that device and what to do, or None if it can."""

    def options(
        self,
        tolerance_T: float,
        algorithm: str = "fast",
        precision: str = "double",
        demag: str = "newell",
        leave_saddles: bool = False,
        surface: str = "cells",
    ) -> dict[str, Any]:
        """The options of a run, as JSON values; they are part of the run's identity.

        Parameters
        ----------
        tolerance_T : float
            Largest torque |m x B| of an equilibrium, in T.
        algorithm : {"fast", "faithful"}
        precision : {"double", "single"}
        demag : {"newell", "mumax3"}
            As [solver] of a study has them; an engine that has no such choice ignores them.
        leave_saddles : bool
            Whether stable branches are followed and saddles left, as protocol certified asks.
        surface : {"cells", "smooth"}
            Likewise; an engine that has no smooth surface refuses it.

        Raises
        ------
        InputError
            If saddles are to be left, or the surface is to be smooth, and the engine knows neither.
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

        Raises
        ------
        EngineError
            One of its kinds; what the engine had written stays in ``out``.
        """
