"""How far a study, its report or a computation has come, on stderr.

In: reports from the pipeline. Out: on a terminal the case in hand and what is left, below a line for each
case that has ended; elsewhere plain lines, as they come.
Times left assume the mean pace so far: near a jump fields cost more, and coarse cells tell little of fine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

if TYPE_CHECKING:
    from harness.pipeline import CaseProgress
    from harness.study.study import Case

LINE_EVERY_S = 30.0
"""Time between lines on a case in hand where there is no terminal."""


class MeanTimeLeft(ProgressColumn):
    """Time left from the mean pace since the start, once there is a pace to speak of."""

    def render(self, task: Task) -> Text:
        elapsed = task.finished_time if task.finished else task.elapsed
        if elapsed is None:
            return Text("")
        if task.finished:
            return Text(f"in {duration(elapsed)}", style="progress.elapsed")
        return Text(time_left(elapsed, task.completed, task.total or 0), style="progress.remaining")


def time_left(elapsed_s: float, done: float, total: float) -> str:
    """What is left of a task at its mean pace, in words; the first steps of many have a start in them.

    >>> time_left(30.0, 10, 40), time_left(30.0, 1, 40)
    ('about 1 min 30 s left', 'estimating')
    """
    if elapsed_s < 2 or done < min(3, total / 10) or not done:
        return "estimating"
    return f"about {duration(elapsed_s * (total - done) / done)} left"


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


@dataclass(frozen=True)
class Pace:
    """What the fields computed so far cost, and what those to come may."""

    seconds: float = 0.0
    fields: int = 0
    cell_fields: int = 0
    """Each field times its case's cells."""

    def with_(self, case: Case, fields: int, seconds: float) -> Pace:
        """The same with fields of a case that took that long."""
        cells = fields * case.lattice.n_cells
        return Pace(self.seconds + seconds, self.fields + fields, self.cell_fields + cells)

    def left(self, cases: tuple[Case, ...]) -> str:
        """Time for cases to come by their fields alone, and by fields and cells; empty if nothing is known.

        A GPU's time hardly depends on a few cells, a CPU's grows with them.
        """
        if self.seconds < 2 or not self.fields:
            return ""
        rest = Pace()
        for case in cases:
            rest = rest.with_(case, len(case.field_values_T), 0.0)
        shares = rest.fields / self.fields, rest.cell_fields / self.cell_fields
        low, high = (duration(self.seconds * share) for share in sorted(shares))
        return f"about {low}" if low == high else f"roughly {low} to {high}"


class _CaseLines:
    """What is said of the cases of a study."""

    def __init__(self, console: Console) -> None:
        self.console, self.pace = console, Pace()
        self.name, self.began, self.told = "", 0.0, 0.0
        self.live: Live | None = None

    def show(self, report: CaseProgress) -> None:
        """A case starts, has come further, or ends."""
        now, head = time.monotonic(), f"[{report.index + 1}/{report.n_cases}] {report.case.name}"
        starts = report.case.name != self.name
        if starts:
            self.name, self.began, self.told = report.case.name, now, now
        took = now - self.began
        if report.state != "running":
            if report.state == "done":
                self.pace = self.pace.with_(report.case, report.total, took)
            self.close()
            self._say(f"{head}: {ENDS[report.state].format(fields=report.total, took=duration(took))}")
        elif self.console.is_terminal:
            self._draw(report, head, took)
        elif starts or now - self.told > LINE_EVERY_S:
            self.told = now
            self._say(f"{head}: {'; '.join(self._words(report, took))}")

    def step(self, words: str) -> None:
        """A step of the report begins."""
        if self.console.is_terminal:
            self._live(Text(f"report: {words}"))
        else:
            self._say(f"report: {words}")

    def close(self) -> None:
        """Take away what is not to stay."""
        if self.live:
            self.live.stop()
            self.live = None

    def _words(self, report: CaseProgress, took: float) -> Iterator[str]:
        """Fields done and time left of the case in hand, then of the cases after it."""
        yield f"{report.done} of {report.total} fields"
        if report.done:
            yield time_left(took, report.done, report.total)
        if report.later:
            rest = self.pace.with_(report.case, report.done, took).left(report.later)
            yield f"{len(report.later)} more to run after it" + (f", {rest}" if rest else "")

    def _draw(self, report: CaseProgress, head: str, took: float) -> None:
        """The case's whole name on a line of its own, below it how far it is, below that what comes after."""
        done, *rest = self._words(report, took)
        width = max(10, min(30, self.console.width - len(done) - 30))
        full = width * report.done // report.total
        bar = "━" * full + " " * (width - full)
        lines = [f"{bar} {', '.join([done, *rest[:1]])}", *rest[1:]] if report.done else [done, *rest]
        whole = [head, *(f"  {line}" for line in lines)]
        self._live(Group(*(Text(line, overflow="fold") for line in whole)))

    def _live(self, shown: Group | Text) -> None:
        if self.live is None:
            self.live = Live(console=self.console, transient=True, auto_refresh=False)
            self.live.start()
        self.live.update(shown, refresh=True)

    def _say(self, line: str) -> None:
        self.console.print(Text(line, overflow="fold"), soft_wrap=True)
        self.console.file.flush()


ENDS = {
    "done": "{fields} fields in {took}",
    "kept": "done before, kept",
    "busy": "another mxval is at work on it",
    "failed": "failed after {took}",
}
"""What is said of a case that has ended, by state."""


@contextmanager
def case_lines(
    *, quiet: bool
) -> Iterator[tuple[Callable[[CaseProgress], None] | None, Callable[[str], None]]]:
    """What takes the pipeline's reports on cases (None if quiet), and on the steps of the report."""
    if quiet:
        yield None, lambda words: None
        return
    lines = _CaseLines(Console(stderr=True, highlight=False))
    try:
        yield lines.show, lines.step
    finally:
        lines.close()


@contextmanager
def step_bar(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """One bar for work in steps, lines off a terminal; yields what takes steps done and total."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield _step_lines(label)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), MeanTimeLeft())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(escape(label), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _step_lines(label: str) -> Callable[[int, int], None]:
    """What prints a line on steps done, total and time left, the first after half a minute."""
    began = told = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal told
        now = time.monotonic()
        if done < total and now - told > LINE_EVERY_S:
            told = now
            print(f"{label}: {done} of {total}; {time_left(now - began, done, total)}", file=sys.stderr)

    return show
