"""Progress bars on stderr.

In: reports from the pipeline. Out: one bar a case with field points done and the time left.
The time left assumes the remaining fields cost as much as the mean of those done; near a jump they cost more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

if TYPE_CHECKING:
    from harness.pipeline import CaseProgress


class MeanTimeLeft(ProgressColumn):
    """Time left from the mean pace since the start, once there is a pace to speak of."""

    def render(self, task: Task) -> Text:
        elapsed = task.finished_time if task.finished else task.elapsed
        if elapsed is None:
            return Text("")
        if task.finished:
            return Text(f"in {duration(elapsed)}", style="progress.elapsed")
        if elapsed < 2 or not task.completed or task.total is None:
            return Text("estimating", style="progress.remaining")
        left = elapsed * (task.total - task.completed) / task.completed
        return Text(f"about {duration(left)} left", style="progress.remaining")


def duration(seconds: float) -> str:
    """A time span as a person says it.

    >>> duration(7.4), duration(95), duration(7320)
    ('7 s', '1 min 35 s', '2 h 2 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@contextmanager
def case_bars(*, quiet: bool) -> Iterator[Callable[[CaseProgress], None] | None]:
    """Bars for the cases of a study; yields what the pipeline reports to, or None if quiet."""
    if quiet:
        yield None
        return
    counted = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    columns = (*counted, TextColumn("fields"), MeanTimeLeft())
    progress = Progress(*columns, console=Console(stderr=True))
    tasks: dict[str, TaskID] = {}

    def show(report: CaseProgress) -> None:
        name = report.case.name
        if name not in tasks:
            progress.start()
            label = f"[{report.index + 1}/{report.n_cases}] {name}"
            tasks[name] = progress.add_task(escape(label), total=report.total)
        if report.state == "failed":
            progress.update(tasks[name], description=f"{progress.tasks[tasks[name]].description} failed")
            progress.stop_task(tasks[name])
        else:
            progress.update(tasks[name], completed=report.done)

    try:
        yield show
    finally:
        if tasks:
            progress.stop()


@contextmanager
def step_bar(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """One bar for work in known steps; yields what takes steps done and total, or None off a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), MeanTimeLeft())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(escape(label), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
