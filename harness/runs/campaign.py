"""Many cases at the same time: one process a lane, each core and GPU kept busy, nothing lost.

In: planned runs with their engines, and a share of the machine. Out: a folder or a named failure for each.
A case is tried again only where its error's name says that it is not to blame; see `_Campaign.failed`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Literal, cast

from harness.engines.base import (
    DriverMismatch,
    Engine,
    EngineError,
    EngineKilled,
    EngineMissing,
    GpuFailed,
    GpuMemoryFull,
    StorageError,
)
from harness.engines.gpus import FIRST, SHARED, Gpu, mps_runs, sharing, uses
from harness.engines.mumax3.mps import own_mps
from harness.engines.mumax3.program import MuMax3
from harness.engines.mumax3.throughput import throughput
from harness.runs.cost import Costs, certificates_s
from harness.runs.execute import abandon, execute
from harness.runs.folder import RunBusy
from harness.runs.lanes import Lane, Task, case_left_s
from harness.runs.packing import Packing
from harness.runs.plan import PlannedRun
from harness.runs.slots import Share
from harness.runs.worker import GRACE_S, Ended, Errand, Rows, Worker
from harness.study.script import render_steps

MOST_TRIES = 2
"""Times a case is run whose process was killed, or whose GPU failed but works on."""
LOOK_EVERY_S = 0.5
MOST_MEASURED = 16
MEMORY_SHARE = 0.9
"""Of what is free on a GPU, what its processes may fill."""


State = Literal["running", "done", "kept", "failed", "busy", "again", "note", "errand"]
ALONE = Share()
"""One core, no GPU of its own."""


@dataclass(frozen=True)
class Event:
    """Something has happened to a case, or to the campaign as a whole where there is no case."""

    index: int | None
    state: State
    rows: int = 0
    lane: str = ""
    message: str = ""
    waiting: int = 0
    """Cases that have not begun."""
    left_s: float | None = None
    """Time until all is done, errands and what comes after them included, as far as is known."""


OnEvent = Callable[[Event], None]


def campaign(
    tasks: Sequence[tuple[PlannedRun, Engine]],
    share: Share = ALONE,
    on_event: OnEvent = lambda event: None,
    *,
    slot: int = 0,
    costs: Costs | None = None,
    redo: bool = False,
    errands: Sequence[Errand] = (),
    after: Callable[[PlannedRun], Errand | None] = lambda run: None,
    on_outcome: Callable[[object], None] = lambda outcome: None,
    later_s: float = 0.0,
) -> dict[int, EngineError]:
    """Run every case, as many at a time as the share allows; returns what failed, by place in ``tasks``.

    Parameters
    ----------
    tasks : sequence of (PlannedRun, Engine)
        Runs of the CPU engine go to cores, those of MuMax3 to GPUs.
    share : Share, optional
        If not given, or where it has room for one case at a time alone, they run in this process, in order.
    on_event : callable, optional
    slot : int
        Number of the GPU for runs of MuMax3 in this process.
    costs : Costs, optional
        What cases are thought to take; learns from those that finish.
    redo : bool
        Run finished cases anew; where that fails, what they wrote before is put back.
    errands : sequence of Errand
        Done by cores that have no case left, the more the sooner; not where the cases run in this process.
    after : callable, optional
        The errand that a finished case brings, if any.
    on_outcome : callable, optional
        Given what an errand returned, if it was done.
    later_s : float
        What comes when all are done, such as a report: part of the time that is told to be left.

    Raises
    ------
    StorageError, DriverMismatch
        Which every other case would meet too: all is ended at once. What was running counts as interrupted.
    EngineMissing
        If no GPU is left.
    """
    costs = costs or Costs()
    if not share.several([engine.name for _, engine in tasks]):
        return _one_by_one(tasks, on_event, slot, costs, redo, later_s + sum(e.seconds for e in errands))
    beside = any(engine.name == "mumax3" for _, engine in tasks) and share.gpus and share.per_gpu != 1
    with ExitStack() as stack:
        mps = stack.enter_context(own_mps()) if beside and not mps_runs() else {}
        job = _Campaign(
            tasks=tasks,
            share=share,
            on_event=on_event,
            costs=costs,
            redo=redo,
            errands=errands,
            after=after,
            on_outcome=on_outcome,
            later_s=later_s,
            mps=mps,
        )
        stack.callback(job.stop)
        if beside:
            job.fill_gpus()
        job.work()
    return job.failures


def _one_by_one(
    tasks: Sequence[tuple[PlannedRun, Engine]],
    on_event: OnEvent,
    slot: int,
    costs: Costs,
    redo: bool,
    later_s: float,
) -> dict[int, EngineError]:
    """Every case in this process, one after the other; none is tried again."""
    failures: dict[int, EngineError] = {}
    seconds = [costs.estimate(run.case, engine).seconds for run, engine in tasks]
    later_s += sum(certificates_s(run, s) for (run, _), s in zip(tasks, seconds, strict=True))
    for index, (run, engine) in enumerate(tasks):
        began, total, later = time.monotonic(), len(run.case.field_values_T), seconds[index + 1 :]
        begun = False

        def tell(rows: int, state: State = "running", message: str = "") -> None:
            nonlocal begun
            begun = begun or state == "running"
            left_s = case_left_s(seconds[index], time.monotonic() - began, rows / total)  # noqa: B023
            left_s += sum(later) + later_s  # noqa: B023
            on_event(Event(index, state, rows, "", message, len(later), left_s))  # noqa: B023

        try:
            folder = execute(run, engine, tell, redo=redo, slot=slot)
        except StorageError:
            raise  # every other case would meet it too
        except EngineError as error:
            failures[index] = error
            tell(0, "busy" if isinstance(error, RunBusy) else "failed", str(error))
        else:
            if record := folder.record():
                costs.add(record, folder.path)
            tell(total, "done" if begun else "kept")
    return failures


@dataclass(eq=False, kw_only=True)
class _Campaign:
    tasks: Sequence[tuple[PlannedRun, Engine]]
    share: Share
    on_event: OnEvent = lambda event: None
    costs: Costs = field(default_factory=Costs)
    redo: bool = False
    errands: Sequence[Errand] = ()
    after: Callable[[PlannedRun], Errand | None] = lambda run: None
    on_outcome: Callable[[object], None] = lambda outcome: None
    later_s: float = 0.0
    mps: Mapping[str, str] = field(default_factory=dict)
    """Variables that lead a process to an MPS daemon of our own."""
    failures: dict[int, EngineError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.queue = [Task(k, run, engine) for k, (run, engine) in enumerate(self.tasks)]
        for task in self.queue:
            task.seconds = self.costs.estimate(task.run.case, task.engine).seconds
        self.queue.sort(key=lambda task: -task.seconds)
        self.waiting_errands = list(self.errands)
        self.brought_s: dict[Errand, float] = {}
        on_gpu = sum(map(_on_gpu, self.queue))
        first = self.share.per_gpu or 1
        self.packings = {gpu: Packing(first) for gpu in self.share.gpus or (FIRST,)} if on_gpu else {}
        self.lanes: list[Lane] = []

    def _gpu_lanes(self) -> list[Lane]:
        most = max((packing.limit for packing in self.packings.values()), default=0)
        return [
            Lane(f"{gpu.name}, process {k + 1}" if packing.limit > 1 else gpu.name, gpu=gpu)
            for k in range(most)
            for gpu, packing in self.packings.items()
            if k < packing.limit
        ]

    def _cpu_lanes(self, n_cases: int) -> list[Lane]:
        """A lane a core, or wider ones where cases are fewer; a GPU's process needs a core of its own."""
        cores = max(1, self.share.cores - sum(p.limit for p in self.packings.values()))
        n = min(cores, n_cases + len(self.errands))
        wide, rest = divmod(cores, max(1, n))
        return [Lane(f"core {k + 1}", max(1, wide + (k < rest))) for k in range(n)]

    def fill_gpus(self) -> None:
        """Say how processes share a GPU here, and measure how many pay where that is not given."""
        self._say(SHARED if self.mps else sharing())
        waiting = [task for task in self.queue if _on_gpu(task)]
        most = min(MOST_MEASURED, self.share.cores // len(self.packings), len(waiting))
        if self.share.per_gpu is not None or most < 2:
            return
        rates: dict[str, Mapping[int, float]] = {}
        for gpu, packing in self.packings.items():
            if gpu.model not in rates:  # GPUs alike are measured once
                self._say(f"{gpu.name}: measuring how many processes pay")
                rates[gpu.model] = self._rates(gpu, waiting[0], most)
            packing.measured(rates[gpu.model])
            self._say(f"{gpu.name}: {packing.why}")

    def _rates(self, gpu: Gpu, task: Task, most: int) -> Mapping[int, float]:
        """Turns a second on a GPU by number of processes, with the magnet of one case."""
        program = task.engine.program if isinstance(task.engine, MuMax3) else None
        if program is None:
            return {}
        empty = uses().get(gpu.uuid or "")

        def fit(processes: int) -> int:
            full = uses().get(gpu.uuid or "")
            if not (empty and full and full.used_MB and empty.used_MB is not None and full.total_MB):
                return most
            each = max(1.0, (full.used_MB - empty.used_MB) / processes)
            return int(MEMORY_SHARE * (full.total_MB - empty.used_MB) / each)

        to_gpu = dict(self.mps) | ({"CUDA_VISIBLE_DEVICES": gpu.uuid} if gpu.uuid else {})
        return throughput(program, render_steps(task.run.case), most, to_gpu, fit)

    def work(self) -> None:
        """Give out, listen, until nothing waits and nothing runs."""
        n_cpu = sum(not _on_gpu(task) for task in self.queue)
        self.lanes = [*self._gpu_lanes(), *self._cpu_lanes(n_cpu)]
        while True:
            self._give_out()
            busy = [lane for lane in self.lanes if not lane.idle]
            if not busy:
                assert not self.queue, "a case that no lane takes"
                return
            self._listen(busy)

    def stop(self) -> None:
        """End every worker, and wait for it."""
        workers = [lane.worker for lane in self.lanes if lane.worker]
        for worker in workers:
            worker.stop()
        deadline = time.monotonic() + GRACE_S
        for worker in workers:
            worker.reap(max(0.0, deadline - time.monotonic()))

    # -- giving out

    def _give_out(self) -> None:
        for lane in self.lanes:
            task = self._next_for(lane) if lane.idle else None
            if lane.idle and lane.gpu is None and self._comes_first(task):
                lane.errand = errand = self.waiting_errands.pop(0)
                lane.began = time.monotonic()
                self._worker(lane).send_on(errand)
                self.on_event(Event(None, "errand", message=errand.words))
            elif task:
                self.queue.remove(task)
                self._start(lane, task)

    def _comes_first(self, task: Task | None) -> bool:
        """Whether an errand is to begin before a case: a longer one, on half of the cores at most."""
        if not self.waiting_errands or task is None:
            return bool(self.waiting_errands)
        on_cores = [lane for lane in self.lanes if lane.gpu is None]
        room = 2 * sum(lane.errand is not None for lane in on_cores) + 2 <= len(on_cores)
        return room and self.waiting_errands[0].seconds > task.seconds

    def _next_for(self, lane: Lane) -> Task | None:
        """The longest case the lane can take."""
        if lane.gpu is None:
            return next((task for task in self.queue if not _on_gpu(task)), None)
        packing = self.packings.get(lane.gpu)
        if packing is None or packing.running >= packing.limit:
            return None
        others = [other.task for other in self.lanes if other.gpu == lane.gpu and other.task]
        strictest = min((t.beside for t in others if t.beside is not None), default=len(others))
        if len(others) > strictest:
            return None
        fitting = (t for t in self.queue if _on_gpu(t) and (t.beside is None or len(others) <= t.beside))
        return next(fitting, None)

    def _start(self, lane: Lane, task: Task) -> None:
        lane.task, task.began, task.rows = task, time.monotonic(), 0
        task.tries += 1
        if lane.gpu:
            others = [
                each.task for each in self.lanes if each.gpu == lane.gpu and each is not lane and each.task
            ]
            task.company = len(others)
            for other in others:
                other.company = max(other.company, len(others))
            self.packings[lane.gpu].begins(task)
        self._worker(lane).give(task.run, task.engine, self.redo)
        self._tell(lane, task, "running")

    def _worker(self, lane: Lane) -> Worker:
        if lane.worker is None:
            on_gpu = (lane.gpu.uuid, self.mps) if lane.gpu else ()
            lane.worker = Worker(lane.threads, *on_gpu)
        return lane.worker

    # -- listening

    def _listen(self, busy: list[Lane]) -> None:
        by_connection = {lane.worker.connection: lane for lane in busy if lane.worker}
        for ready in wait(list(by_connection), LOOK_EVERY_S):
            connection = cast(Connection, ready)
            lane = by_connection[connection]
            try:
                message = connection.recv()
            except (EOFError, OSError):
                self._died(lane)
                continue
            if isinstance(message, Rows) and lane.task:
                self._came(lane, lane.task, message.rows)
            elif isinstance(message, Ended):
                self._ended(lane, message)

    def _came(self, lane: Lane, task: Task, rows: int) -> None:
        task.rows = rows
        if rows:
            self._tell(lane, task, "running")

    def _ended(self, lane: Lane, end: Ended) -> None:
        if end.no_memory:
            raise MemoryError
        if end.fault and not lane.errand:
            raise RuntimeError(f"a worker failed:\n{end.fault}")
        if lane.errand or lane.task is None:  # what it could not do is done, and told, when it is needed
            lane.errand = None
            if end.well:
                self.on_outcome(end.outcome)
            return
        error = end.error()
        task = self._free(lane, lane.task.rows if error else lane.task.total)
        if error is None:
            record = task.run.folder.record()
            if record:
                self.costs.add(record, task.run.folder.path)
            self._tell(lane, task, "kept" if end.kept else "done")
            if errand := self.after(task.run):
                self.waiting_errands.append(errand)
                self.brought_s[errand] = certificates_s(task.run, task.seconds)
        else:
            self._failed(lane, task, error, end.gone)

    def _died(self, lane: Lane) -> None:
        """A worker's process is no more, killed by a person or by the system."""
        assert lane.worker
        code, lane.worker = lane.worker.reap(), None
        if lane.errand or lane.task is None:
            lane.errand = None
            return
        task = self._free(lane, lane.task.rows)
        error = EngineKilled(code, "the process that ran the case was killed, or ended by itself; run again")
        try:
            abandon(task.run, error)
        except RunBusy as busy:  # another process has it now, and will say what became of it
            self._failed(lane, task, busy, None)
        else:
            self._failed(lane, task, error, None)

    def _free(self, lane: Lane, rows: int) -> Task:
        task = lane.task
        assert task
        if lane.gpu and lane.gpu in self.packings:
            self.packings[lane.gpu].ends(task)
        lane.task, task.rows = None, rows
        return task

    # -- what to do about a failure

    def _failed(self, lane: Lane, task: Task, error: EngineError, gone: str | None) -> None:
        """Stop all, try the case again where it is not to blame, or keep its failure.

        Only an error's name decides: a full disk and a driver that does not fit stop all; a full GPU is
        shared by fewer, at last by one; a lost GPU's cases go to the others; what was killed is run once
        more. A case that stalled, diverged or did not converge would do so again.
        """
        if isinstance(error, StorageError | DriverMismatch):
            raise error
        if isinstance(error, RunBusy):
            self.failures[task.index] = error
            self._tell(lane, task, "busy", str(error))
            return
        again = False
        if isinstance(error, GpuMemoryFull) and lane.gpu:
            again = self._with_fewer(lane.gpu, task)
        elif lane.gpu and gone:
            again = self._without(lane.gpu, gone)
            task.tries -= again
        elif isinstance(error, EngineKilled | GpuFailed):
            again = task.tries < MOST_TRIES
        if again:
            self.queue.append(task)
            self.queue.sort(key=lambda each: -each.seconds)
            self._tell(lane, task, "again", str(error))
        else:
            self.failures[task.index] = error
            self._tell(lane, task, "failed", str(error))

    def _with_fewer(self, gpu: Gpu, task: Task) -> bool:
        """Let fewer share a GPU whose memory was full; False if the case was alone on it all the time."""
        others = task.company  # by now some may have ended
        if others == 0:
            return False
        fewer = others // 2
        for each in [task, *self.queue]:  # a larger case would not fit either
            if each.run.case.lattice.n_cells >= task.run.case.lattice.n_cells:
                each.beside = fewer if each.beside is None else min(each.beside, fewer)
        if packing := self.packings.get(gpu):  # by now the GPU may be lost
            packing.shrink(max(1, others))
            self._say(f"{gpu.name}: {packing.why}")
        return True

    def _without(self, gpu: Gpu, why: str) -> bool:
        """Go on without a GPU; raises EngineMissing if it was the last."""
        if self.packings.pop(gpu, None):
            self._say(f"{gpu.name} is lost: {why}; the others go on")
        if not self.packings:
            raise EngineMissing(f"no GPU is left: {why}")
        return True

    # -- telling

    def _tell(
        self,
        lane: Lane,
        task: Task,
        state: State,
        message: str = "",
    ) -> None:
        waiting, left_s = len(self.queue), self._left_s()
        self.on_event(Event(task.index, state, task.rows, lane.name, message, waiting, left_s))

    def _say(self, words: str) -> None:
        self.on_event(Event(None, "note", message=words))

    def _left_s(self) -> float:
        """Time until all is done, by the costs; cases that run are taken at their own pace."""
        now = time.monotonic()
        running, beside = [], [self._takes_s(errand) for errand in self.waiting_errands]
        certified_s = sum(certificates_s(task.run, task.seconds) for task in self.queue)
        for lane in self.lanes:
            if task := lane.task:
                running.append(case_left_s(task.seconds, now - task.began, task.rows / task.total))
                certified_s += certificates_s(task.run, task.seconds)
            elif lane.errand:
                beside.append(max(0.0, self._takes_s(lane.errand) - (now - lane.began)))
        cpu_lanes = sum(lane.gpu is None for lane in self.lanes)
        lanes = sum(p.limit for p in self.packings.values()) + cpu_lanes
        work = sum(running) + sum(task.seconds for task in self.queue)
        on_cores = certified_s + sum(beside) + (0.0 if self.packings else work)
        longest = max(running + beside, default=0.0)
        return max(work / max(1, lanes), on_cores / max(1, cpu_lanes), longest) + self.later_s

    def _takes_s(self, errand: Errand) -> float:
        """About how long an errand takes, those that cases brought included."""
        return errand.seconds or self.brought_s.get(errand, 0.0)


def _on_gpu(task: Task) -> bool:
    return task.engine.name == "mumax3"
