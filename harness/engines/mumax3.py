"""MuMax3: the external GPU program as an engine.

In: a script and an output folder. Out: what MuMax3 wrote, or a named error with the line or the likely cause.
One script a process, no web page unless asked for, a kernel cache of our own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.engines.base import (
    EngineCrashed,
    EngineError,
    EngineMissing,
    EngineRun,
    OnProgress,
    ScriptError,
)

CONSOLE_NAME = "console.txt"
PROBE_SECONDS = 60
GRACE_SECONDS = 10
POLL_SECONDS = 0.2

CAUSES: tuple[tuple[str, str], ...] = (
    (
        "libcuda",
        "no NVIDIA driver here (libcuda is missing); install the driver or run on a machine with a GPU",
    ),
    (
        "libcufft",
        "the CUDA libraries MuMax3 was built with are missing; put its lib folder on LD_LIBRARY_PATH",
    ),
    (
        "libcurand",
        "the CUDA libraries MuMax3 was built with are missing; put its lib folder on LD_LIBRARY_PATH",
    ),
    ("CUDA_ERROR_NO_DEVICE", "no NVIDIA GPU is visible; check nvidia-smi and CUDA_VISIBLE_DEVICES"),
    ("CUDA_ERROR_NO_BINARY_FOR_GPU", "this MuMax3 has no kernels for this GPU; take a newer MuMax3"),
    ("CUDA_ERROR_INSUFFICIENT_DRIVER", "the NVIDIA driver is too old for this MuMax3; update the driver"),
    ("CUDA_ERROR_OUT_OF_MEMORY", "the GPU's memory is full; take larger cells or a GPU nobody else uses"),
    ("CUDA_ERROR_SYSTEM", "the NVIDIA driver and its kernel module disagree; restart the machine"),
    ("no space left on device", "the disk is full"),
)
"""What MuMax3 prints, and what it means."""


class MuMax3:
    """Runs scripts with the MuMax3 binary named by $MUMAX3 or found on PATH."""

    name = "mumax3"
    revision = None

    def __init__(self, binary: str | None = None) -> None:
        self.binary = binary or os.environ.get("MUMAX3") or "mumax3"
        self._probe: tuple[str | None, str] | None = None

    def version(self) -> str | None:
        """Version as MuMax3 prints it; None where it cannot start."""
        found = re.search(r"mumax\s*(\d+(?:\.\d+)*\w*)", self._start()[1], re.IGNORECASE)
        return found.group(1) if found else None

    def unavailable(self) -> str | None:
        """Why MuMax3 cannot run here and what to do, or None if it can."""
        return self._start()[0]

    def options(self, tolerance_T: float) -> dict[str, Any]:
        """None: MuMax3 stops where its float32 arithmetic does."""
        return {}

    def run(
        self,
        script: Path,
        out: Path,
        options: Mapping[str, Any],
        *,
        slot: int = 0,
        on_progress: OnProgress | None = None,
    ) -> EngineRun:
        """Run a script on GPU number ``slot``; see :class:`harness.engines.base.Engine`."""
        if reason := self.unavailable():
            raise EngineMissing(f"engine mumax3 cannot run: {reason}")
        script, out = script.resolve(), out.resolve()
        console = script.parent / CONSOLE_NAME
        cache = _kernel_cache()
        command = [
            self._found() or self.binary,
            "-http=",
            "-gpu",
            str(slot),
            "-cache",
            str(cache),
            "-o",
            str(out),
        ]
        with console.open("wb") as log:
            # MuMax3 looks for files to load in its working folder, not beside the script.
            process = subprocess.Popen(
                [*command, str(script)],
                cwd=script.parent,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
            try:
                while process.poll() is None:
                    time.sleep(POLL_SECONDS)
                    _report_rows(out / "table.txt", on_progress)
            finally:
                _stop(process)
        _report_rows(out / "table.txt", on_progress)
        text = console.read_text(encoding="utf-8", errors="replace")
        if process.returncode != 0:
            raise explain(process.returncode, text)
        warnings = tuple(line.strip("/ ") for line in text.splitlines() if "WARNING" in line)
        return EngineRun(
            self.name, self.version(), warnings, {"command": [Path(command[0]).name, *command[1:4]]}
        )

    def _found(self) -> str | None:
        return shutil.which(self.binary)

    def _start(self) -> tuple[str | None, str]:
        """Start MuMax3's own CUDA test once: why it cannot run (None if it can), and what it printed."""
        if self._probe is None:
            self._probe = self._try_cuda()
        return self._probe

    def _try_cuda(self) -> tuple[str | None, str]:
        binary = self._found()
        if binary is None:
            return f"no program {self.binary}; set MUMAX3 to the binary or put it on PATH", ""
        try:
            done = subprocess.run(
                [binary, "-test"],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=PROBE_SECONDS,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            return f"{binary} did not start within {PROBE_SECONDS} s", ""
        except OSError as error:
            return f"{binary} cannot be started: {error.strerror}", ""
        text = done.stdout + done.stderr
        return (None if done.returncode == 0 else str(explain(done.returncode, text))), text


def explain(exit_code: int, text: str) -> EngineError:
    """The error behind MuMax3's exit code and what it printed.

    127: a library is missing. 1: the script, a failed expect, or CUDA at start. 2: a panic with a Go trace.
    """
    lines = [line.strip("/ \t") for line in text.splitlines() if line.strip("/ \t")]
    last = tuple(lines[-10:])
    cause = next((meaning for sign, meaning in CAUSES if sign.lower() in text.lower()), None)
    if exit_code == 127:
        return EngineMissing(
            cause or f"a program or library is missing: {lines[-1] if lines else 'no message'}"
        )
    if cause:
        missing = "CUDA_ERROR" in text and "OUT_OF_MEMORY" not in text
        return EngineMissing(cause) if missing else EngineCrashed(exit_code, cause, last)
    if exit_code == 1:
        located = re.search(r"script line (\d+): *(.*)", text)
        if located:
            return ScriptError(int(located.group(1)), located.group(2).strip() or "syntax error")
        return ScriptError(None, lines[-1] if lines else "no message")
    if exit_code < 0:
        return EngineCrashed(exit_code, f"killed by signal {-exit_code}", last)
    panic = next((line for line in lines if line.startswith("panic:")), lines[-1] if lines else "no message")
    return EngineCrashed(exit_code, panic, last)


def _report_rows(table: Path, on_progress: OnProgress | None) -> None:
    if on_progress and table.exists():
        with table.open("rb") as file:
            on_progress(
                max(0, sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")) - 1)
            )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Leave no MuMax3 behind, whatever ended the wait."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _kernel_cache() -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = base / "mxval" / "mumax3-kernels"
    cache.mkdir(parents=True, exist_ok=True)
    return cache
