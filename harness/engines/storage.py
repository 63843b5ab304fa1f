"""What the file system refuses, said in words.

In: an operating system's error, or the room a run needs. Out: DiskFull, FolderNotWritable or StorageError.
Everything a run writes passes through one of these, so that no fault of the disk ends in a trace.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.engines.base import DiskFull, FolderNotWritable, StorageError

FULL = (errno.ENOSPC, errno.EDQUOT)
NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)


@contextmanager
def storage_faults(place: Path) -> Iterator[None]:
    """Name what the file system refuses inside this block.

    Parameters
    ----------
    place : Path
        File or folder to name where the error itself names none.

    Raises
    ------
    StorageError
        One of its kinds, for every OSError but that of a closed pipe.
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
    if error.errno in FULL:
        return DiskFull(f"{where}: the disk is full ({why}); make room and run the same command again")
    if error.errno == errno.EFBIG:
        return DiskFull(
            f"{where}: larger than one file may be here; raise the limit (ulimit -f) and run again"
        )
    if error.errno in NOT_WRITABLE:
        return FolderNotWritable(
            f"{where}: cannot be written ({why}); choose another folder with --runs, or mend its permissions"
        )
    return StorageError(f"{where}: {why}; mend this and run the same command again")


def require_room(folder: Path, n_bytes: int) -> None:
    """Refuse to start what the disk cannot hold.

    Parameters
    ----------
    folder : Path
        Where the files will be; it exists.
    n_bytes : int
        Room they need.

    Raises
    ------
    DiskFull
        If less is free.
    """
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise DiskFull(
            f"{folder}: the run needs about {n_bytes / 1e6:.3g} MB and {free / 1e6:.3g} MB are free; "
            "make room, save fewer states, or choose another folder with --runs"
        )
