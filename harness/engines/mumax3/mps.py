"""NVIDIA's Multi-Process Service, for as long as runs last.

In: nothing. Out: what the environment of processes must say so that they compute on one GPU at the same time.
Without it they take turns, and two small loops together are slower than one after the other.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRAM = "nvidia-cuda-mps-control"
BESIDE_DRIVER = Path("/usr/local/nvidia/bin")
"""Where containers have the driver's programs, often off PATH."""
PATIENCE_S = 20.0


def mps_program() -> str | None:
    """The daemon's control program; None where the driver brought none."""
    return shutil.which(PROGRAM) or shutil.which(PROGRAM, path=str(BESIDE_DRIVER))


@contextmanager
def own_mps() -> Iterator[Mapping[str, str]]:
    """A daemon of our own, which listens in a folder that only this user can read, and ends with the block.

    Gives the variables that lead a process to it; none where it cannot be had, and processes take turns.
    """
    program = mps_program()
    if program is None:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="mxval-mps-", ignore_cleanup_errors=True) as folder:
        leads = {"CUDA_MPS_PIPE_DIRECTORY": folder, "CUDA_MPS_LOG_DIRECTORY": folder}
        if not _told(program, leads, "-d"):
            yield {}
            return
        try:
            yield leads
        finally:
            _told(program, leads, words="quit\n")


def _told(program: str, leads: Mapping[str, str], *arguments: str, words: str = "") -> bool:
    """Start the daemon, or say something to it; whether that went well."""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            [program, *arguments],
            env=os.environ | leads,
            input=words,
            text=True,
            stdout=subprocess.DEVNULL,  # the daemon keeps what it is given, so a pipe would never end
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
        )
        return done.returncode == 0
    return False
