"""What a campaign gives out, and to whom: a case with what became of it, and a place for one process.

In: planned runs, an engine, workers. Out: Task and Lane, and how long a case still takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.engines.base import Engine
from harness.engines.gpus import Gpu
from harness.runs.plan import PlannedRun
from harness.runs.worker import Errand, Worker


@dataclass(eq=False)
class Task:
    """A case that is to run, runs, or ran."""

    index: int
    run: PlannedRun
    engine: Engine
    seconds: float = 0.0
    tries: int = 0
    beside: int | None = None
    """How many others may run on its GPU, where its memory was full once."""
    company: int = 0
    """The most others that ran on its GPU since it began."""
    began: float = 0.0
    rows: int = 0

    @property
    def total(self) -> int:
        """Rows it is to have."""
        return len(self.run.case.field_values_T)


@dataclass(eq=False)
class Lane:
    """A place for one process."""

    name: str
    threads: int = 1
    gpu: Gpu | None = None
    worker: Worker | None = None
    task: Task | None = None
    errand: Errand | None = None
    began: float = 0.0
    """When its errand did."""

    @property
    def idle(self) -> bool:
        return self.task is None and self.errand is None


def case_left_s(expected_s: float, took_s: float, part: float) -> float:
    """What is left of a case: at its own pace once it has one to speak of, before by what is expected."""
    return took_s * (1 - part) / part if part > 0.05 else max(0.0, expected_s - took_s)
