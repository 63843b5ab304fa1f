"""One warm process that runs cases, one after the other, for the process that started it.

In: cases, over a socket. Out: how far each has come and how it ended, over the same; folders as `execute`
leaves them. It ends with its parent, and ends the engine with itself.
"""

from __future__ import annotations

import copy
import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from harness.engines.base import Engine, EngineError, EngineMissing, GpuFailed
from harness.engines.children import tied_to_parent
from harness.runs.execute import execute
from harness.runs.plan import PlannedRun

TELL_EVERY_S = 0.1
"""Time between two reports on one case: rows of a few cells come by the thousand."""
GRACE_S = 12.0
"""Time for a worker that is asked to end; MuMax3 itself is given ten seconds of it."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from harness.runs.worker import work; work(int(sys.argv[2]))"
)


@dataclass(frozen=True)
class Errand:
    """Work beside the cases; what it returns goes to who gave it out, unless it leaves files alone."""

    words: str
    """What it does."""
    call: Callable[[], object]
    seconds: float = 0.0
    """About how long it takes; what takes longest begins first, be it a case or an errand."""
    known: int = 0
    """Errands done before that this rests on."""


@dataclass(frozen=True)
class Job:
    """A case for a worker, or an errand."""

    run: PlannedRun | None = None
    engine: Engine | None = None
    """None for the one of the job before."""
    redo: bool = False
    errand: Errand | None = None


@dataclass(frozen=True)
class Rows:
    """A case has come that far."""

    rows: int


@dataclass(frozen=True)
class Ended:
    """A job has ended: well, by an error that has a name, or by one that has none."""

    kind: type[EngineError] | None = None
    message: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    """What else the error knows."""
    gone: str | None = None
    """Why the worker's GPU cannot be used any more."""
    fault: str = ""
    """The trace of an error that is none of an engine's."""
    no_memory: bool = False
    kept: bool = False
    """Whether another process had done the case before."""
    outcome: object = None
    """What an errand returned."""

    @property
    def well(self) -> bool:
        """Whether it was done."""
        return not (self.kind or self.fault or self.no_memory)

    def error(self) -> EngineError | None:
        """The error, made anew: most take other arguments than their message."""
        if self.kind is None:
            return None
        error = self.kind.__new__(self.kind, self.message)
        error.__dict__.update(self.told)
        return error


class Worker:
    """The worker as its parent sees it.

    Parameters
    ----------
    threads : int
        For the libraries of the CPU engine.
    device : str, optional
        UUID of the one GPU it sees; all if not given.
    more : mapping of str to str, optional
        Further variables of its environment.
    """

    def __init__(
        self, threads: int = 1, device: str | None = None, more: Mapping[str, str] | None = None
    ) -> None:
        self._engine: Engine | None = None
        ours, theirs = socket.socketpair()
        environment = os.environ | dict.fromkeys(THREADS, str(threads)) | dict(more or {})
        if device is not None:
            environment["CUDA_VISIBLE_DEVICES"] = device
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, json.dumps(sys.path), str(theirs.fileno())],
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                preexec_fn=tied_to_parent(heeds_interrupt=False),  # Ctrl-C is ours to answer
            )
        self.connection = Connection(ours.detach())

    def give(self, run: PlannedRun, engine: Engine, redo: bool) -> None:
        """Have it run a case; it must be idle. One that is dead says so when it is listened to."""
        self._send(Job(run, None if engine is self._engine else engine, redo))
        self._engine = engine

    def send_on(self, errand: Errand) -> None:
        """Have it do an errand; it must be idle."""
        self._send(Job(errand=errand))

    def _send(self, job: Job) -> None:
        with suppress(OSError):  # if it is dead, the next look at its connection finds that
            self.connection.send(job)

    def did(self) -> bool:
        """Wait for the end of an errand; whether it was done."""
        try:
            end: Ended = self.connection.recv()
        except (EOFError, OSError):  # it is dead
            return False
        return end.well

    def stop(self) -> None:
        """End it at once, and what it runs; its case counts as interrupted."""
        if self.process.poll() is None:
            self.process.terminate()

    def reap(self, within_s: float = GRACE_S) -> int:
        """Wait for its end, and kill it if it takes too long; returns its exit code."""
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.connection.close()
        return self.process.returncode


def work(descriptor: int) -> None:
    """Run what comes over this socket until it closes."""
    signal.signal(signal.SIGTERM, _end)
    connection, engine, code = Connection(descriptor), None, 0
    try:
        while True:
            job: Job = connection.recv()
            engine = job.engine or engine
            if engine and engine.name == "cpu":
                import harness.mx3.run  # noqa: F401  seconds with a compiler, no part of the first case's time
            connection.send(_done(job, engine, connection))
    except (EOFError, OSError):  # the parent is gone, or has no more
        pass
    except SystemExit as asked:
        code = int(asked.code or 0)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # what must be undone is; taking the libraries down would take up to a second


def _done(job: Job, engine: Engine | None, connection: Connection) -> Ended:
    """A job's end, whatever it is."""
    told, begun = -TELL_EVERY_S, False

    def tell(rows: int) -> None:
        nonlocal told, begun
        begun = True
        if (now := time.monotonic()) - told >= TELL_EVERY_S:
            told = now
            connection.send(Rows(rows))

    try:
        if job.errand:
            return Ended(outcome=job.errand.call())
        if job.run and engine:
            execute(job.run, engine, tell, redo=job.redo)
    except EngineError as error:
        gone = None
        if engine and isinstance(error, GpuFailed | EngineMissing):
            gone = copy.copy(engine).unavailable()  # the copy asks anew
        return Ended(type(error), str(error), dict(error.__dict__), gone)
    except MemoryError:
        return Ended(no_memory=True)
    except BrokenPipeError:
        raise
    except Exception:
        return Ended(fault=traceback.format_exc())
    return Ended(kept=job.run is not None and not begun)


def _end(number: int, frame: object) -> None:
    """Unwind, so that the engine is ended and its cache folder removed."""
    raise SystemExit(128 + number)


__all__ = ["Ended", "Errand", "Rows", "Worker", "work"]
