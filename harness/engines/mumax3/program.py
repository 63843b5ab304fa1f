"""MuMax3: the external GPU program as an engine.

In: a script and an output folder. Out: what MuMax3 wrote, or a named error with the line or the likely cause.
One script a process, no web page, kernels in a folder of our own; what it prints goes to console.txt at once.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.engines.base import (
    EngineMissing,
    EngineRun,
    EngineStalled,
    OnProgress,
    OutputForeign,
    storage_faults,
)
from harness.engines.children import tied_to_parent
from harness.engines.mumax3 import messages
from harness.engines.mumax3.kernels import kernel_cache
from harness.engines.mumax3.settings import Configuration, configuration
from harness.engines.mumax3.versions import adapt, require_own_files
from harness.inputs import InputError

CONSOLE_NAME = "console.txt"
ADAPTED_NAME = "script-as-run.mx3"
PROBE_SECONDS = 60
GRACE_SECONDS = 10
POLL_SECONDS = 0.2
STATE = re.compile(r"m_step(\d+)\.ovf")
_MINIMIZES = re.compile(r"^[^/\n]*\bminimize\s*\(", re.IGNORECASE | re.MULTILINE)


class RunProgress:
    """How far a run has come, seen from the files in its output folder and from its console.

    MuMax3 holds back table rows for up to five seconds; saved states appear at once and count as well.
    """

    def __init__(self, out: Path, console: Path) -> None:
        self._out, self._console = out, console
        self._sizes: dict[str, int] = {}
        self._table_read, self._table_lines = 0, 0
        self.rows = 0
        """Table rows written, or states saved where these tell of more."""

    def update(self) -> bool:
        """Update `rows`; returns whether any file has appeared or changed its size since the last time."""
        sizes = self._file_sizes()
        written = sizes != self._sizes
        if written:
            self._sizes = sizes
            self._count_lines()
            steps = (int(m[1]) + 1 for name in sizes if (m := STATE.fullmatch(name)))
            self.rows = max(self._table_lines - 1, *steps, 0)
        return written

    def _file_sizes(self) -> dict[str, int]:
        sizes = {"": self._console.stat().st_size if self._console.exists() else 0}
        for file in self._out.iterdir() if self._out.is_dir() else ():
            with suppress(FileNotFoundError):  # MuMax3 removes a file before it makes it anew
                sizes[file.name] = file.lstat().st_size
        return sizes

    def _count_lines(self) -> None:
        """Count the table's lines added since the last time."""
        if "table.txt" in self._sizes:
            with suppress(FileNotFoundError), (self._out / "table.txt").open("rb") as table:
                table.seek(self._table_read)
                added = table.read()
                self._table_read += len(added)
                self._table_lines += added.count(b"\n")


class MuMax3:
    """Runs scripts with MuMax3.

    Parameters
    ----------
    binary : str, optional
        The program; if not given, the one $MUMAX3 names, else the configuration, else mumax3 on PATH.
    settings : Configuration, optional
        How this machine runs it; the user's own if not given.
    """

    name = "mumax3"
    revision = None

    def __init__(self, binary: str | None = None, settings: Configuration | None = None) -> None:
        self.settings = settings or configuration()
        self.binary = binary or os.environ.get("MUMAX3") or self.settings.mumax3 or "mumax3"
        self._started: dict[int, tuple[str | None, str]] = {}

    def __getstate__(self) -> dict[str, Any]:
        """To a copy, which another process with another GPU may use, nothing goes of what was asked here."""
        return {**self.__dict__, "_started": {}}

    @property
    def program(self) -> Path | None:
        """The program file, None if there is none."""
        found = shutil.which(self.binary)
        return Path(found).absolute() if found else None  # a wrapper may go by the name it is called by

    def version(self) -> str | None:
        """Version as MuMax3 prints it, or where it cannot start as its file holds it; None if neither."""
        printed = messages.version_in(self._start(0)[1].encode())
        return printed or (messages.program_version(self.program) if self.program else None)

    def gpu(self) -> str | None:
        """The GPU as MuMax3 names it at its start; None where it cannot start."""
        return messages.gpu_in(self._start(0)[1])

    def unavailable(self, slot: int = 0) -> str | None:
        """Why MuMax3 cannot run on this GPU and what to do, or None if it can."""
        return self._start(slot)[0]

    def options(
        self,
        tolerance_T: float,
        algorithm: str = "fast",
        precision: str = "double",
        demag: str = "newell",
        leave_saddles: bool = False,
        surface: str = "cells",
    ) -> dict[str, Any]:
        """None: MuMax3 has its own algorithms and kernel, and stops where its float32 arithmetic does."""
        if leave_saddles:
            raise InputError(
                "protocol certified: engine mumax3 cannot tell a saddle from a minimum; take --engine cpu, "
                "or protocol kick here and mxval certify for its states"
            )
        if surface != "cells":
            raise InputError(
                f'solver.surface = "{surface}": engine mumax3 has no other surface than its cells\'; allowed '
                'there: "cells"; or take --engine cpu'
            )
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
        """Run a script on GPU number `slot`; see `harness.engines.base.Engine`."""
        if reason := self.unavailable(slot):
            raise EngineMissing(f"engine mumax3 cannot run: {reason}")
        script, out = script.resolve(), out.resolve()
        if out.exists():
            raise OutputForeign(f"{out}: exists already, and MuMax3 would write into it; move it away")
        with storage_faults(script.parent):
            as_run, warnings = self._prepared(script)
            with kernel_cache(self.settings.kernel_cache) as kernels:
                flags = ["-http=", "-gpu", str(slot), "-cache", str(kernels), "-o", str(out)]
                code, console = self._follow([*flags, str(as_run)], script.parent, out, on_progress)
                if code != 0:
                    raise messages.explain(code, console, as_run.read_text(encoding="utf-8"))
        device = os.environ.get("CUDA_VISIBLE_DEVICES")
        details = {"gpu": messages.gpu_in(console), "slot": slot, "device": device, "script": as_run.name}
        version = messages.version_in(console.encode()) or self.version()
        return EngineRun(self.name, version, (*warnings, *messages.warnings_in(console)), details)

    def _prepared(self, script: Path) -> tuple[Path, tuple[str, ...]]:
        """The script to run: the one given, or beside it what an old version can run of it."""
        text = script.read_text(encoding="utf-8")
        require_own_files(text)
        adapted = adapt(text, self.version())
        changed = script.with_name(ADAPTED_NAME)
        if adapted.script == text:
            changed.unlink(missing_ok=True)  # of an earlier attempt with an older version
            return script, ()
        changed.write_text(adapted.script, encoding="utf-8")
        return changed, adapted.warnings

    def _follow(
        self, arguments: list[str], folder: Path, out: Path, on_progress: OnProgress | None
    ) -> tuple[int, str]:
        """Run the program to its end and watch its files; returns the exit code and what it printed.

        It looks for files to load in its working folder, so that is the script's.
        """
        console = folder / CONSOLE_NAME
        progress = RunProgress(out, console)
        own_group = 0 if os.name == "posix" else None  # Ctrl-C reaches this program alone, which ends MuMax3
        with console.open("wb") as log:
            process = subprocess.Popen(
                [str(self.program), *arguments],
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                process_group=own_group,
                preexec_fn=tied_to_parent(),
            )
            try:
                self._watch(process, progress, on_progress, _stall_advice(Path(arguments[-1])))
            finally:
                _stop(process)
        progress.update()
        if on_progress and progress.rows > 0:
            on_progress(progress.rows)
        return process.returncode, console.read_text(encoding="utf-8", errors="replace")

    def _watch(
        self,
        process: subprocess.Popen[bytes],
        progress: RunProgress,
        on_progress: OnProgress | None,
        advice: str,
    ) -> None:
        patience_s = 60 * self.settings.patience_min
        last = time.monotonic()
        while not _ended(process, min(POLL_SECONDS, patience_s)):
            now = time.monotonic()
            if progress.update():
                last = now
                if on_progress and progress.rows > 0:
                    on_progress(progress.rows)
            elif now - last > patience_s:
                raise EngineStalled(
                    f"MuMax3 wrote nothing for {self.settings.patience_min:g} min after row {progress.rows} "
                    f"and was ended; {advice}; or give it longer with patience_min in the configuration"
                )

    def _start(self, slot: int) -> tuple[str | None, str]:
        """What MuMax3's CUDA test says of a GPU, asked once: why it cannot run (None if it can), its text."""
        if slot not in self._started:
            self._started[slot] = self._test(slot)
        return self._started[slot]

    def _test(self, slot: int) -> tuple[str | None, str]:
        program = self.program
        if program is None:
            return f"no program {self.binary}; set MUMAX3 to the binary or put it on PATH", ""
        try:
            done = subprocess.run(
                [str(program), *(["-gpu", str(slot)] if slot else []), "-test"],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=PROBE_SECONDS,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            return f"{program} did not start within {PROBE_SECONDS} s; see whether nvidia-smi answers", ""
        except OSError as error:
            return f"{program} cannot be started: {error.strerror}; is it built for this machine?", ""
        text = done.stdout + done.stderr
        if done.returncode == 0 and messages.version_in(text.encode()) is None:
            return f"{program} does not answer as MuMax3 does; set MUMAX3 to the MuMax3 program", text
        return (None if done.returncode == 0 else str(messages.explain(done.returncode, text))), text


def _stall_advice(script: Path) -> str:
    """What helps against a hang, by what the script waits in."""
    if _MINIMIZES.search(script.read_text(encoding="utf-8")):
        return 'minimize() has no iteration limit: take solver.method = "relax"'
    return (
        "one field took longer than that: take larger cells or smaller field steps, "
        "see with nvidia-smi whether something else holds the GPU"
    )


def _ended(process: subprocess.Popen[bytes], within_s: float) -> bool:
    """Whether the program ends within that time."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(within_s)
    return process.returncode is not None


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the program if it still runs: asked first, then killed."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
