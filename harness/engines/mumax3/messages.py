"""What MuMax3 prints, and what it means.

In: an exit code, the console's text, the script. Out: the version and GPU named, or the error behind the end.
MuMax3's exit codes: 127 a library is missing; 1 the script, a failed expect, or CUDA at start; 2 a Go panic.
"""

import mmap
import re
from pathlib import Path

from harness.engines.base import (
    CheckFailed,
    DiskFull,
    DriverMismatch,
    EngineCrashed,
    EngineError,
    EngineKilled,
    EngineMissing,
    FolderNotWritable,
    GpuFailed,
    GpuMemoryFull,
    OutputForeign,
    ScriptError,
)

NO_CUDA_LIBRARY = (
    "the CUDA libraries MuMax3 was built with are missing; keep its lib folder beside it, or put it on "
    "LD_LIBRARY_PATH"
)
OLD_DRIVER = "the NVIDIA driver is too old for this MuMax3; update the driver"
GPU_MEMORY_FULL = "the GPU's memory is full; take larger cells, or a GPU nobody else uses (--gpus)"
GPU_STOPPED = (
    "the GPU failed in the middle of a computation; run again, and update the driver if it comes back"
)
SIGKILL, SIGXFSZ = 9, 25
FILE_TOO_LARGE = "a file is larger than one may be here; raise the limit (ulimit -f) and run again"

_MISSING = {
    "libcuda.so": "no NVIDIA driver here (libcuda is missing); install it, or run on a machine with a GPU",
    "libcufft": NO_CUDA_LIBRARY,
    "libcurand": NO_CUDA_LIBRARY,
    "glibc": "this MuMax3 was built for a newer system (glibc); build it here from source",
    "cuda_error_no_device": "no NVIDIA GPU is visible; check nvidia-smi and CUDA_VISIBLE_DEVICES",
    "cuda_error_invalid_device": "there is no GPU of this number; choose another with --gpus",
    "cuda_error_no_binary_for_gpu": "this MuMax3 has no kernels for this GPU; take one built for a CUDA "
    "version that knows the GPU",
    "insufficient compute capability": "this GPU is too old for MuMax3; compute capability 5.0 is the least "
    "for the published programs",
    "unknown curesult: 34": "the libcuda found is a stub to build with, not a driver; take its folder off "
    "LD_LIBRARY_PATH",
    "unknown curesult: 46": "the GPU is held by another program; wait, or choose another with --gpus",
    "unknown curesult: 802": "the GPUs are not ready; start nvidia-fabricmanager",
    "cuda_error_unknown": "CUDA does not start; load its device with nvidia-modprobe -u, or restart the "
    "machine",
}
_DRIVER = {
    "no binary for gpu": "this MuMax3 has no kernels for this GPU, or the driver is too old for it; update "
    "the driver, or take the MuMax3 built for a CUDA version that knows the GPU",
    "unknown curesult: 35": OLD_DRIVER,
    "unknown curesult: 222": OLD_DRIVER,
    "unknown curesult: 803": "the NVIDIA driver and its kernel module disagree; restart the machine",
}
_MEMORY_FULL = {
    "cuda_error_out_of_memory": GPU_MEMORY_FULL,
    "cufft_alloc_failed": GPU_MEMORY_FULL,
}
_GPU_FAILED = {
    "cufft_": GPU_STOPPED,
    "cuda_error_ecc_uncorrectable": "the GPU's memory is faulty; take another GPU and tell whoever keeps it",
    "cuda_error_launch": GPU_STOPPED,
}
_CRASHED = {
    "cuda_error_invalid_value": "CUDA refuses a value; cell counts with prime factors above 127 do this",
}
_DISK_FULL = {
    "no space left on device": "the disk is full; make room and run the same command again",
    "file size limit exceeded": FILE_TOO_LARGE,
    "disk quota exceeded": "the quota is used up; make room and run the same command again",
}
_NOT_WRITABLE = {
    "log.txt: no such file or directory": "the output folder cannot be made; choose another with --runs",
    "read-only file system": "the output folder is read-only; choose another with --runs",
    "permission denied": "a file may not be written; choose another folder with --runs",
}
_FOREIGN = {
    "file size mismatch": "another program wrote into the output folder at the same time; end it and "
    "run again"
}
_DIVERGED = {"time step too small": "the time step went to zero; check the material's numbers"}

SIGNS: tuple[tuple[type[EngineError], dict[str, str]], ...] = (
    (DriverMismatch, _DRIVER),
    (EngineMissing, _MISSING),
    (GpuMemoryFull, _MEMORY_FULL),
    (GpuFailed, _GPU_FAILED),
    (EngineCrashed, _CRASHED),
    (DiskFull, _DISK_FULL),
    (FolderNotWritable, _NOT_WRITABLE),
    (OutputForeign, _FOREIGN),
    (EngineCrashed, _DIVERGED),
)
"""Pieces of MuMax3's output, in small letters, that tell an error, and what to say; looked for in order."""

_VERSION = re.compile(rb"mumax (3\.\d{1,2}(?:\.\d{1,2})?[a-c]?)(?![\d.])")
_SYNTAX = re.compile(r"script line (\d+):\d+: *(.*?):? *$")
_NAMED_LINE = re.compile(r"script line (\d+): *(.*)")
_EXPECT = re.compile(r": +have: .* want: ")
_PANIC = re.compile(r"panic:|fatal error:|SIG[A-Z]+:")
_GPU = re.compile(r"//(?:GPU info: |CUDA \d+ )(.*?)(?:, *using .*)?$", re.MULTILINE)


def version_in(text: bytes | mmap.mmap) -> str | None:
    """The version named in what MuMax3 printed, or in the program file itself.

    >>> version_in(b"//mumax 3.11.1 [linux_amd64 go1.21(gc) CUDA-12.6]"), version_in(b"mumax 3.9.3 linux")
    ('3.11.1', '3.9.3')
    """
    return found[1].decode() if (found := _VERSION.search(text)) else None


def version_numbers(version: str) -> tuple[int, ...]:
    """Numbers of a version, for comparing.

    >>> version_numbers("3.9.1c") < version_numbers("3.10") < version_numbers("3.11.1")
    True
    """
    return tuple(int(part) for part in re.findall(r"\d+", version))


def gpu_in(text: str) -> str | None:
    """The GPU, its memory, driver and compute capability, as MuMax3 prints them at its start."""
    return found[1].strip() if (found := _GPU.search(text)) else None


def warnings_in(text: str) -> tuple[str, ...]:
    """MuMax3's warnings, each once."""
    lines = (line.strip("/ \t") for line in text.splitlines() if "WARNING" in line)
    return tuple(dict.fromkeys(lines))


def explain(exit_code: int, text: str, script: str = "") -> EngineError:
    """The error behind MuMax3's end.

    Parameters
    ----------
    exit_code : int
        Of the process, negative for a signal.
    text : str
        All it printed.
    script : str
        The script it ran, to find the line of the statement it was at.

    Returns
    -------
    EngineError
        Not raised.
    """
    lines = [line.strip("/ \t") for line in text.splitlines() if line.strip("/ \t")]
    last = tuple(lines[-10:])
    printed = "\n".join(lines).lower()
    for kind, meanings in SIGNS:
        for sign, meaning in meanings.items():
            if sign in printed and issubclass(kind, EngineCrashed):
                return kind(exit_code, meaning + _place(text, script), last)
            if sign in printed:
                return kind(meaning)
    said = lines[-1] if lines else "no message"
    if exit_code == 127:
        return EngineMissing(f"a program or library is missing: {said}")
    if exit_code == 1:
        return _script_error(lines, said, _line_reached(text, script))
    if exit_code == -SIGXFSZ:
        return DiskFull(FILE_TOO_LARGE)
    if exit_code == -SIGKILL:
        cause = "killed (signal 9), by a person, the batch system, or for want of memory; run again"
        return EngineKilled(exit_code, cause + _place(text, script), last)
    if exit_code < 0:
        cause = f"ended by signal {-exit_code}; run again"
    else:
        cause = next((line for line in lines if _PANIC.match(line)), said)
    return EngineCrashed(exit_code, cause + _place(text, script), last)


def _script_error(lines: list[str], said: str, reached: int | None) -> ScriptError:
    """Exit code 1 without a known sign: the script, or a failed expect.

    Lines of syntax errors are counted with one line too many: MuMax3 puts the script inside a function first.
    """
    for line in lines:
        if found := _SYNTAX.search(line):
            return ScriptError(int(found[1]) - 1, found[2] or "syntax error")
        if found := _NAMED_LINE.search(line):
            return ScriptError(int(found[1]), found[2] or "syntax error")
    # After a failed expect MuMax3 still prints what to cite.
    if failed := next((line for line in lines if _EXPECT.search(line)), None):
        return CheckFailed(reached, failed)
    return ScriptError(reached, re.sub(r"^\S*\.go:\d+ ?", "", said))


def _place(text: str, script: str) -> str:
    line = _line_reached(text, script)
    return f" (script line {line})" if line else ""


def _line_reached(text: str, script: str) -> int | None:
    """Line of the last statement MuMax3 echoed: it prints each before running it, spaced in its own way.

    A loop is echoed whole before its first turn, so the line is its first: the one not indented.
    """
    written = [_bare(line) for line in script.splitlines()]
    begun = [bare for line in text.splitlines() if line[:1].strip() and (bare := _bare(line)) in written]
    begun = [bare for bare in begun if bare not in ("", "}")]
    if not begun:
        return None
    places = [number for number, bare in enumerate(written, start=1) if bare == begun[-1]]
    return places[min(begun.count(begun[-1]), len(places)) - 1]


def _bare(line: str) -> str:
    return re.sub(r"\s", "", re.sub(r"//.*", "", line))


def program_version(program: Path) -> str | None:
    """Version of a MuMax3 that cannot start here, from its program file; None if that holds none."""
    try:
        with program.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return version_in(content)
    except (OSError, ValueError):
        return None
