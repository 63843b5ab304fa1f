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
KEEPER = 'cat; echo quit | "$0"; rm -rf "$1"'
"""Ends the daemon and its folder when its own input ends, a pipe whose other end only this process holds."""


def mps_program() -> str | None:
    """The daemon's control program; None where the driver brought none."""
    return shutil.which(PROGRAM) or shutil.which(PROGRAM, path=str(BESIDE_DRIVER))


@contextmanager
def own_mps() -> Iterator[Mapping[str, str]]:
    """A daemon of our own, which listens in a folder that only this user can read, and ends with the block.

    It ends with this process too, were that killed. Gives the variables that lead a process to it; none
    where it cannot be had, and processes take turns.
    """
    program = mps_program()
    if program is None:
        yield {}
        return
    folder = tempfile.mkdtemp(prefix="mxval-mps-")
    leads = {"CUDA_MPS_PIPE_DIRECTORY": folder, "CUDA_MPS_LOG_DIRECTORY": folder}
    keeper = _call(["sh", "-c", KEEPER, program, folder], leads)
    try:
        yield leads if _succeeds(_call([program, "-d"], leads)) else {}
    finally:
        _succeeds(keeper)


def _call(command: list[str], leads: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=os.environ | leads,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,  # the daemon keeps what it is given, so a pipe would never end
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # no Ctrl-C for it
    )


def _succeeds(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process ends well, and in time, when its input does."""
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=PATIENCE_S)
    return process.returncode == 0
