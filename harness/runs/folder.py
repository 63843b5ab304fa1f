"""One run's folder and its life.

In: a rendered case and its identity. Out: a RunFolder that says what state the run is in and guards it.
States go into run.json by atomic replacement; done is written last, after the output was read and checked.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from harness.engines.base import EngineError, OutputForeign, OutputIncomplete, OutputInvalid
from harness.runs.record import RECORD_NAME, RunRecord, State
from harness.study.script import RenderedCase

RUNS = Path("mumax_runs")
"""Where runs are, unless the user says otherwise."""
LOCK_NAME = ".lock"
OUT_NAME = "out"
LOCK_PATIENCE_S = 2.0
"""Asking for a run's state holds its lock for a moment; a run that starts waits this out."""


class RunBusy(EngineError):
    """Another process is at work in the run's folder."""


@dataclass(frozen=True)
class RunFolder:
    """The folder <runs>/<study>/<case>-<first 12 digits of the identity>.

    Attributes
    ----------
    path : the folder; it need not exist yet.
    hash : identity of the run, 64 hex digits.
    """

    path: Path
    hash: str

    @classmethod
    def of(cls, runs: Path, study_name: str, case_name: str, run_hash: str) -> RunFolder:
        """The folder of one run below ``runs``."""
        return cls(runs / study_name / f"{case_name}-{run_hash[:12]}", run_hash)

    @property
    def out(self) -> Path:
        """What the engine writes."""
        return self.path / OUT_NAME

    def record(self) -> RunRecord | None:
        """What run.json says; None if there is none.

        Raises
        ------
        NotARun
            If it is not a run's, which no run of this program leaves behind.
        """
        return RunRecord.read(self.path) if (self.path / RECORD_NAME).exists() else None

    def state(self) -> State:
        """State of the run. A run that says running while nobody holds its lock was interrupted."""
        record = self.record()
        state = record.state if record else "planned"
        return "interrupted" if state == "running" and not self._is_locked() else state

    def note(self) -> str:
        """What there is to say about the state: why it failed, how far it came, how many warnings it has."""
        record = self.record()
        if record is None or record.state == "planned":
            return ""
        if record.state == "failed":
            return f"{record.error_kind}: {record.error}"
        if record.state == "running":
            return f"{self._rows_written()} rows written"
        count = len(record.warnings)
        return self.damage() or (f"{count} warning{'s' if count > 1 else ''}" if count else "")

    def damage(self) -> str:
        """What is no longer as a finished run left it; empty if nothing, or if the run is not finished."""
        if self.state() == "done":
            try:
                self.check_outputs()
            except OutputInvalid as changed:
                return str(changed)
        return ""

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder, made if need be, for the time of a run.

        Raises
        ------
        RunBusy
            If another process holds it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.path / LOCK_NAME, timeout=LOCK_PATIENCE_S):
                yield
        except Timeout:
            raise RunBusy(
                f"{self.path}: another mxval is at work here; wait for it, or end it first"
            ) from None

    def prepare(self, rendered: RenderedCase, record: RunRecord) -> Path:
        """Make the folder ready for a fresh run, under its lock; returns the path of the script.

        Whatever an earlier attempt left is removed first: old and new output never mix. The state is taken
        back before anything is removed, so that no moment shows a finished run without its output.
        """
        record.updated(state="planned").write(self.path)
        if self.out.exists():
            shutil.rmtree(self.out)
        return rendered.write(self.path)

    def output_hashes(self) -> dict[str, str]:
        """SHA-256 of every file the engine wrote, by name relative to ``out``."""
        files = sorted(f for f in self.out.rglob("*") if f.is_file())
        return {f.relative_to(self.out).as_posix(): _sha256(f) for f in files}

    def check_outputs(self) -> None:
        """Compare the output of a finished run with the hashes it was finished with.

        Raises
        ------
        OutputIncomplete
            If a file is gone.
        OutputForeign
            If a file was changed, or one has come that the run did not write.
        """
        record = self.record()
        recorded, found = record.outputs if record else {}, self.output_hashes()
        since = "since the run was finished; move its folder away, or run again with --redo"
        for name in sorted(recorded.keys() | found.keys()):
            if name not in found:
                raise OutputIncomplete(f"{self.out / name}: is gone {since}")
            if found[name] != recorded.get(name):
                what = "was changed" if name in recorded else "has come"
                raise OutputForeign(f"{self.out / name}: {what} {since}")

    def _rows_written(self) -> int:
        try:
            return max(0, (self.out / "table.txt").read_bytes().count(b"\n") - 1)
        except OSError:  # not there, or no longer
            return 0

    def _is_locked(self) -> bool:
        """Whether some process holds the folder; somebody else's folder is taken at its word."""
        try:
            with FileLock(self.path / LOCK_NAME, timeout=0):
                return False
        except OSError:  # held, or not ours to open
            return True


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
