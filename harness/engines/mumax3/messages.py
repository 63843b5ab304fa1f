"""What MuMax3 prints, and what it means.

In: an exit code, the console's text, the script. Out: the version and GPU named, or the error behind the end.
MuMax3's exit codes: 127 a library is missing; 1 the script, a failed expect, or CUDA at start; 2 a Go panic.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from harness.engines.base import (
    DiskFull,
    EngineCrashed,
    EngineError,
    EngineMissing,
    FolderNotWritable,
    OutputForeign,
    ScriptError,
)

Version = tuple[int, ...]

NO_DRIVER = "no NVIDIA driver here (libcuda is missing); install the driver or run on a machine with a GPU"
NO_CUDA_LIBRARY = (
    "the CUDA libraries MuMax3 was built with are missing; keep its lib folder beside it, or put it on "
    "LD_LIBRARY_PATH"
)


STUB_DRIVER = "the libcuda found is a stub to build with, not a driver; take its folder off LD_LIBRARY_PATH"
OLD_DRIVER = "the NVIDIA driver is too old for this MuMax3; update the driver"
GPU_MEMORY_FULL = "the GPU's memory is full; take larger cells, or a GPU nobody else uses (--gpu)"
GPU_STOPPED = (
    "the GPU failed in the middle of a computation; run again, and update the driver if it comes back"
)
SIGXFSZ = 25
FILE_TOO_LARGE = "a file is larger than one may be here; raise the limit (ulimit -f) and run again"


class Sign(NamedTuple):
    """A piece of MuMax3's output, the kind of error it stands for, and what to say."""

    text: str
    kind: type[EngineError]
    meaning: str


SIGNS: tuple[Sign, ...] = (
    Sign("libcuda.so", EngineMissing, NO_DRIVER),
    Sign("libcufft", EngineMissing, NO_CUDA_LIBRARY),
    Sign("libcurand", EngineMissing, NO_CUDA_LIBRARY),
    Sign(
        "glibc", EngineMissing, "this MuMax3 was built for a newer system (glibc); build it here from source"
    ),
    Sign(
        "cuda_error_no_device",
        EngineMissing,
        "no NVIDIA GPU is visible; check nvidia-smi and CUDA_VISIBLE_DEVICES",
    ),
    Sign(
        "cuda_error_invalid_device",
        EngineMissing,
        "there is no GPU of this number; choose another with --gpu",
    ),
    Sign(
        "no binary for gpu",
        EngineMissing,
        "this MuMax3 has no kernels for this GPU, or the driver is too old for it; update the driver, or "
        "take the MuMax3 built for a CUDA version that knows the GPU",
    ),
    Sign(
        "cuda_error_no_binary_for_gpu",
        EngineMissing,
        "this MuMax3 has no kernels for this GPU; take one built for a CUDA version that knows the GPU",
    ),
    Sign(
        "insufficient compute capability",
        EngineMissing,
        "this GPU is too old for MuMax3; compute capability 5.0 is the least for the published programs",
    ),
    Sign("unknown curesult: 34", EngineMissing, STUB_DRIVER),
    Sign("unknown curesult: 35", EngineMissing, OLD_DRIVER),
    Sign("unknown curesult: 222", EngineMissing, OLD_DRIVER),
    Sign(
        "unknown curesult: 46",
        EngineMissing,
        "the GPU is held by another program; wait, or choose another with --gpu",
    ),
    Sign("unknown curesult: 802", EngineMissing, "the GPUs are not ready; start nvidia-fabricmanager"),
    Sign(
        "unknown curesult: 803",
        EngineMissing,
        "the NVIDIA driver and its kernel module disagree; restart the machine",
    ),
    Sign(
        "cuda_error_unknown",
        EngineMissing,
        "CUDA does not start; load its device with nvidia-modprobe -u, or restart the machine",
    ),
    Sign("cuda_error_out_of_memory", EngineCrashed, GPU_MEMORY_FULL),
    Sign("cufft_alloc_failed", EngineCrashed, GPU_MEMORY_FULL),
    Sign("cufft_", EngineCrashed, GPU_STOPPED),
    Sign(
        "cuda_error_invalid_value",
        EngineCrashed,
        "CUDA refuses a value; cell counts with prime factors above 127 do this",
    ),
    Sign(
        "cuda_error_ecc_uncorrectable",
        EngineCrashed,
        "the GPU's memory is faulty; take another GPU and tell whoever keeps it",
    ),
    Sign("cuda_error_launch", EngineCrashed, GPU_STOPPED),
    Sign("no space left on device", DiskFull, "the disk is full; make room and run the same command again"),
    Sign("file size limit exceeded", DiskFull, FILE_TOO_LARGE),
    Sign("disk quota exceeded", DiskFull, "the quota is used up; make room and run the same command again"),
    Sign(
        "log.txt: no such file or directory",
        FolderNotWritable,
        "the output folder cannot be made; choose another with --runs",
    ),
    Sign(
        "read-only file system",
        FolderNotWritable,
        "the output folder is read-only; choose another with --runs",
    ),
    Sign(
        "permission denied", FolderNotWritable, "a file may not be written; choose another folder with --runs"
    ),
    Sign(
        "file size mismatch",
        OutputForeign,
        "another program wrote into the output folder at the same time; end it and run again",
    ),
    Sign("time step too small", EngineCrashed, "the time step went to zero; check the material's numbers"),
)
"""Looked for in this order, in small letters."""

_VERSION = re.compile(rb"mumax (3\.\d{1,2}(?:\.\d{1,2})?[a-c]?)(?![\d.])")
_SYNTAX = re.compile(r"script line (\d+):\d+: *(.*?):? *$")
_NAMED_LINE = re.compile(r"script line (\d+): *(.*)")
_EXPECT = re.compile(r": +have: .* want: ")
_PANIC = re.compile(r"panic:|fatal error:|SIG[A-Z]+:")
_GPU = re.compile(r"//(?:GPU info: |CUDA \d+ )(.*?)(?:, *using .*)?$", re.MULTILINE)


def version_in(text: bytes) -> str | None:
    """The version named in what MuMax3 printed, or in the program file itself.

    >>> version_in(b"//mumax 3.11.1 [linux_amd64 go1.21(gc) CUDA-12.6]"), version_in(b"mumax 3.9.3 linux")
    ('3.11.1', '3.9.3')
    """
    found = _VERSION.search(text)
    return found[1].decode() if found else None


def version_numbers(version: str) -> Version:
    """Numbers of a version, for comparing.

    >>> version_numbers("3.9.1c") < version_numbers("3.10") < version_numbers("3.11.1")
    True
    """
    return tuple(int(part) for part in re.findall(r"\d+", version))


def gpu_in(text: str) -> str | None:
    """The GPU, its memory, driver and compute capability, as MuMax3 prints them at its start."""
    found = _GPU.search(text)
    return found[1].strip() if found else None


def warnings_in(text: str) -> tuple[str, ...]:
    """MuMax3's warnings, each once."""
    lines = (line.strip("/ \t") for line in text.splitlines() if "WARNING" in line)
    return tuple(dict.fromkeys(lines))


def explain(exit_code: int, text: str, script: str = "") -> EngineError:
    """The error behind MuMax3's end.

    Parameters
    ----------
    exit_code : of the process, negative for a signal.
    text : all it printed.
    script : the script it ran, to find the line of the statement it was at.
    """
    lines = [line.strip("/ \t") for line in text.splitlines() if line.strip("/ \t")]
    last = tuple(lines[-10:])
    sign = _sign(lines)
    if sign and sign.kind is EngineCrashed:
        return EngineCrashed(exit_code, sign.meaning + _place(text, script), last)
    if sign:
        return sign.kind(sign.meaning)
    if exit_code == 127:
        return EngineMissing(f"a program or library is missing: {lines[-1] if lines else 'no message'}")
    if exit_code == 1:
        return _script_error(lines, text, script)
    if exit_code == -SIGXFSZ:
        return DiskFull(FILE_TOO_LARGE)
    if exit_code < 0:
        return EngineCrashed(exit_code, _signal(-exit_code) + _place(text, script), last)
    panic = next((line for line in lines if _PANIC.match(line)), lines[-1] if lines else "no message")
    return EngineCrashed(exit_code, panic + _place(text, script), last)


def _sign(lines: list[str]) -> Sign | None:
    """The first known sign among the lines of the console."""
    said = "\n".join(lines).lower()
    return next((sign for sign in SIGNS if sign.text in said), None)


def _script_error(lines: list[str], text: str, script: str) -> ScriptError:
    """Exit code 1 without a known sign: the script, or a failed expect.

    Lines of syntax errors are counted with one line too many: MuMax3 puts the script inside a function first.
    """
    for line in lines:
        if found := _SYNTAX.search(line):
            return ScriptError(int(found[1]) - 1, found[2] or "syntax error")
        if found := _NAMED_LINE.search(line):
            return ScriptError(int(found[1]), found[2] or "syntax error")
    # After a failed expect MuMax3 still prints what to cite.
    last = next((line for line in lines if _EXPECT.search(line)), lines[-1] if lines else "no message")
    said = re.sub(r"^\S*\.go:\d+ ?", "", last)
    return ScriptError(_line_reached(text, script), said)


def _signal(number: int) -> str:
    if number == 9:
        return "killed (signal 9), by a person, the batch system, or for want of memory; run again"
    return f"ended by signal {number}; run again"


def _place(text: str, script: str) -> str:
    line = _line_reached(text, script)
    return f" (script line {line})" if line else ""


def _line_reached(text: str, script: str) -> int | None:
    """Line of the last statement MuMax3 echoed: it prints each before running it, spaced in its own way.

    A loop is echoed whole before its first turn, so it is its first line that is told: the one not indented.
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
    import mmap

    try:
        with program.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = _VERSION.search(content)
            return found[1].decode() if found else None
    except (OSError, ValueError):
        return None
