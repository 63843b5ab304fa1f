"""One run's folder and its life.

In: a rendered case and its identity. Out: a RunFolder that says what state the run is in and guards it.
States go into run.json by atomic replacement; done is written last, after the output was read and checked.
"""

from __future__ import annotations

import glob
import hashlib
import os
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from filelock import FileLock, Timeout

from harness.engines.base import EngineError, OutputForeign, OutputIncomplete, OutputInvalid, OutputUnreadable
from harness.mx3.files.folders import CHECKPOINT
from harness.runs.record import RECORD_NAME, NotARun, RunRecord, State
from harness.study.script import RenderedCase

RUNS = Path("mumax_runs")
"""Where runs are, unless the user says otherwise."""
LOCK_NAME = ".lock"
OUT_NAME = "out"
BEFORE_NAME = "before"
"""Folder in a run's: record and output of the finished run that is made anew, until that is done."""
LOCK_PATIENCE_S = 2.0
"""Asking for a run's state holds its lock for a moment; a run that starts waits this out."""


def runs_option(runs: Path) -> str:
    """What a command of advice needs to look into the same folder.

    >>> runs_option(RUNS), runs_option(Path("my runs"))
    ('', " --runs 'my runs'")
    """
    return "" if runs == RUNS else f" --runs {shlex.quote(str(runs))}"


def runs_in(folder: Path) -> list[Path]:
    """The run that a folder is, or the runs that a study's folder holds, by name."""
    if (folder / RECORD_NAME).is_file():
        return [folder]
    return sorted(file.parent for file in folder.glob(f"*/{RECORD_NAME}"))


class RunBusy(EngineError):
    """Another process is at work in the run's folder."""


class Damaged(str):
    """Why a case cannot be used that was finished: its output is not as it was then."""

    @classmethod
    def of(cls, error: OutputInvalid) -> Damaged:
        """What it says of an error."""
        return cls(f"damaged: {error}")


class Found(NamedTuple):
    """What there is of a run: its state, a note on it, and whether nothing is wrong with it."""

    state: State | Literal["unreadable", "damaged", "queued"]
    """Damaged: finished, and its output is not as it was then."""
    note: str
    """Why it failed or cannot be read, how far it came, what was changed since, how many warnings it has."""
    sound: bool

    @property
    def finished(self) -> bool:
        """Whether nothing is left to run, be the output sound or not."""
        return self.state in ("done", "damaged")


@dataclass(frozen=True)
class RunFolder:
    """The folder <runs>/<study>/<case>-<first 12 digits of the identity>."""

    path: Path
    """It need not exist yet."""
    hash: str
    """Identity of the run, 64 hex digits."""

    @property
    def out(self) -> Path:
        """What the engine writes."""
        return self.path / OUT_NAME

    def record(self) -> RunRecord | None:
        """What run.json says, None if there is none; raises NotARun if it is not that of this run."""
        if not os.path.lexists(self.path / RECORD_NAME):
            return None
        record = RunRecord.read(self.path)
        if record.hash != self.hash:
            raise NotARun(
                f"{self.path / RECORD_NAME}: hash = {record.hash[:12]}...: the run of this folder has "
                f"{self.hash[:12]}...; move this folder away to run its case anew"
            )
        return record

    def state(self) -> State:
        """State of the run; raises NotARun if its run.json is not a run's."""
        record = self.record()
        return self._state(record) if record else "planned"

    def is_done(self) -> bool:
        """Whether a finished run is there; a run.json that cannot be read is none."""
        try:
            return self.state() == "done"
        except NotARun:
            return False

    def is_open(self) -> bool:
        """Whether there is something to run: a run.json that cannot be read is to be moved away first."""
        try:
            return self.state() != "done"
        except NotARun:
            return False

    def look(self) -> Found:
        """What there is of the run; a run.json that cannot be read is a finding too, not an error."""
        try:
            record = self.record()
        except NotARun as error:
            return Found("unreadable", str(error), False)
        state = self._state(record) if record else "planned"
        kept = f"; {self.kept}" if self.kept else ""
        if record is None or state == "planned":
            return Found(state, self._others() or self.kept, True)
        if state == "failed":
            return Found(state, f"{record.error_kind}: {record.error}{kept}", False)
        if state != "done":
            return Found(state, f"{self._rows_written()} rows written{kept}", state == "running")
        try:
            self.check_outputs(record)
        except OutputInvalid as changed:
            return Found("damaged", str(changed), False)
        count = len(record.warnings)
        notes = [f"{count} warning{'s' * (count > 1)}"] if count else []
        if (last := record.earlier[-1:]) and (last[0].started or "") > (record.finished or ""):
            notes.append(f"made anew in vain: {last[0].error_kind}: {last[0].error}")
        return Found(state, "; ".join(notes), True)

    @property
    def kept(self) -> str:
        """Says that a run which was done, and is made anew, is still there; "" where there is none."""
        return f"what was done before is kept in {BEFORE_NAME}" if self._was_done else ""

    @property
    def _was_done(self) -> bool:
        return (self._before / RECORD_NAME).exists()

    def _others(self) -> str:
        """A note where a run of this case by another script, engine or version lies beside."""
        stem = glob.escape(self.path.name[: -len(self.hash[:12])])
        beside = (f.name for f in self.path.parent.glob(f"{stem}*") if f != self.path)
        found = sorted(name for name in beside if len(name) == len(self.path.name))
        return f"{found[0]} is of another script, engine or version" if found else ""

    def _state(self, record: RunRecord) -> State:
        """A run that says running while nobody holds its lock was interrupted."""
        return "interrupted" if record.state == "running" and not self._is_locked() else record.state

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder, made if need be, for the time of a run; raises RunBusy if another process does."""
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.path / LOCK_NAME, timeout=LOCK_PATIENCE_S):
                yield
        except Timeout:
            busy = f"{self.path}: another mxval is at work here; wait for it, or end it first"
            raise RunBusy(busy) from None

    def prepare(self, rendered: RenderedCase, record: RunRecord) -> Path:
        """Make the folder ready for a fresh run, under its lock; returns the path of the script.

        Whatever an earlier attempt left is removed first, and put aside if it was done: old and new output
        never mix. The state is taken back before that, so that no moment shows a finished run without its
        output; record aside and no output is what a kill in between leaves.
        """
        if (former := self.record()) and former.state == "done":
            shutil.rmtree(self._before, ignore_errors=True)
            self._before.mkdir()
            try:
                former.write(self._before)
            except OSError:
                self._before.rmdir()
                raise
        record.updated(state="planned").write(self.path)
        if self.out.exists():
            if self._was_done and not (self._before / OUT_NAME).exists():
                self.out.rename(self._before / OUT_NAME)
            else:
                shutil.rmtree(self.out)
        return rendered.write(self.path)

    def finish(self, record: RunRecord) -> None:
        """Say that the run is done, and remove what it was before."""
        record.updated(state="done").write(self.path)
        shutil.rmtree(self._before, ignore_errors=True)

    def fail(self, record: RunRecord, error: EngineError) -> None:
        """Say that the run failed; if it was done before, put that back, with this among its tries."""
        failed = record.updated(state="failed", error=str(error), error_kind=type(error).__name__)
        failed.write(self.path)
        if self._was_done:
            former = RunRecord.read(self._before)
            if (self._before / OUT_NAME).exists():
                shutil.rmtree(self.out, ignore_errors=True)
                (self._before / OUT_NAME).rename(self.out)
            self.finish(former.updated(earlier=failed.tries()))

    @property
    def _before(self) -> Path:
        return self.path / BEFORE_NAME

    def forget_checkpoint(self) -> None:
        """Remove what a killed run would go on from."""
        shutil.rmtree(self.out.with_name(f"{self.out.name}{CHECKPOINT}"), ignore_errors=True)

    def output_hashes(self) -> dict[str, str]:
        """SHA-256 of every file the engine wrote, by name relative to ``out``.

        Raises OutputUnreadable if the system refuses one of them.
        """
        hashes, file = {}, self.out
        try:
            for file in sorted(f for f in self.out.rglob("*") if f.is_file()):
                with file.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256")
                hashes[file.relative_to(self.out).as_posix()] = digest.hexdigest()
        except OSError as error:
            what = f"{error.filename or file}: cannot be read: {error.strerror or error}"
            raise OutputUnreadable(f"{what}; mend this, or run again with mxval run --redo") from None
        return hashes

    def check_outputs(self, record: RunRecord, *, but: str | None = None) -> None:
        """Compare the output of a finished run with the hashes in its record; not of files that end so.

        Raises OutputIncomplete if a file is gone, OutputForeign if one was changed or is not of the run.
        """
        recorded, found = record.outputs, self.output_hashes()
        since = "since the run was finished; move its folder away and run again, or all with mxval run --redo"
        for name in sorted(recorded.keys() | found.keys()):
            if but and name.endswith(but):
                continue
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
