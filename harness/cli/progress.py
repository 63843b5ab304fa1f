"""How far a study, its report or a computation has come, on stderr.

In: reports from the pipeline. Out: on a terminal the case in hand and what is left, below a line for each
case that has ended; elsewhere plain lines, as they come.
Times left assume the mean pace so far: near a jump fields cost more, and coarse cells tell little of fine.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from harness.engines.gpus import Use, uses

if TYPE_CHECKING:
    from harness.pipeline import CaseProgress

LINE_EVERY_S = 30.0
"""Time between lines on a case in hand where there is no terminal."""
DRAW_EVERY_S = 0.1
ESTIMATING = "estimating"
USE_EVERY_S = 2.0


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
        return ESTIMATING
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


@dataclass
class _Running:
    """A case in hand."""

    report: CaseProgress
    began: float
    told: float


class CaseLines:
    """What is said of the cases of a study: those in hand, those that ended, what is left."""

    def __init__(self, console: Console) -> None:
        self.console, self.running = console, dict[int, _Running]()
        self.counts = Counter[str]()
        self.drawn, self.use = -DRAW_EVERY_S, GpuUse()
        self.live: Live | None = None

    def show(self, report: CaseProgress) -> None:
        """A case starts, has come further, or ends."""
        now = time.monotonic()
        starts = report.state == "running" and report.index not in self.running
        hand = self.running.setdefault(report.index, _Running(report, now, now))
        hand.report, took = report, now - hand.began
        if report.state != "running":
            del self.running[report.index]
            self.counts[report.state] += 1
            said = ENDS[report.state].format(fields=report.total, took=duration(took))
            self.close()
            why = f": {report.message}" if report.state == "again" else ""
            self._say(f"[{report.index + 1}/{report.n_cases}] {report.name}: {said}{why}")
        elif self.console.is_terminal:
            if starts or len(self.running) == 1 or now - self.drawn > DRAW_EVERY_S:
                self.drawn = now
                self._draw(report, now)
        elif starts or now - hand.told > LINE_EVERY_S:
            hand.told = now
            self._say("; ".join(self._words(hand, now)))

    def step(self, words: str) -> None:
        """A step of the report begins."""
        if self.console.is_terminal and self.running:
            return  # the cases in hand tell more
        self.use.close()
        if self.console.is_terminal:
            self._live(Text(f"report: {words}"))
        else:
            self._say(f"report: {words}")

    def note(self, words: str) -> None:
        """Something to know of the cases as a whole."""
        self.close()
        self._say(words)

    def close(self) -> None:
        """Take away what is not to stay."""
        if self.live:
            self.live.stop()
            self.live = None

    def _words(self, hand: _Running, now: float) -> Iterator[str]:
        """Name, fields done and time left of a case, then of all that are to come."""
        report = hand.report
        where = f" on {report.lane}" if report.lane else ""
        yield f"[{report.index + 1}/{report.n_cases}] {report.name}{where}: " + _fields(report)
        if left := _left(report, now - hand.began):
            yield left
        yield from self._rest(report, (left,))

    def _rest(self, report: CaseProgress, lefts: Collection[str]) -> Iterator[str]:
        """What is left of the study and its report; no time beside cases that are all still estimated."""
        if report.waiting:
            yield f"{report.waiting} more to run"
        if report.left_s is not None and {*lefts} != {ESTIMATING}:
            yield f"about {duration(report.left_s)} in all"

    def _draw(self, report: CaseProgress, now: float) -> None:
        """A block of two lines for each case in hand, as many as the screen holds, and what is left below."""
        lines: list[str] = []
        lefts: list[str] = []
        room = max(1, (self.console.height - 4) // 2)
        for hand in list(self.running.values())[:room]:
            told = hand.report
            where = f", {told.lane}" if told.lane else ""
            lefts.append(left := _left(told, now - hand.began))
            words = f"{_fields(told)}{', ' * bool(left)}{left}{where}"
            width = max(10, min(30, self.console.width - len(words) - 4))
            full = width * told.done // told.total
            bar = "━" * full + " " * (width - full)
            head = f"[{told.index + 1}/{told.n_cases}] {told.name}"
            lines += [head, f"  {bar} {words}" if told.done else f"  {words}"]
        if (more := len(self.running) - room) > 0:
            lines.append(f"and {more} more in hand")
        ended = [f"{self.counts[state]} {state}" for state in ("done", "failed") if self.counts[state]]
        several = [f"{len(self.running)} in hand"] if len(self.running) > 1 else []
        if rest := [*several, *ended, *self._rest(report, lefts)]:
            lines.append(", ".join(rest))
        if report.lane.startswith("GPU"):
            lines += self.use.lines()
        self._live(Group(*(Text(line, overflow="fold") for line in lines)))

    def _live(self, shown: Group | Text) -> None:
        if self.live is None:
            self.live = Live(console=self.console, transient=True, auto_refresh=False)
            self.live.start()
        self.live.update(shown, refresh=True)

    def _say(self, line: str) -> None:
        self.console.print(Text(line, overflow="fold"), soft_wrap=True)
        self.console.file.flush()


class GpuUse:
    """Use and memory of the GPUs, looked up in a thread of its own: nvidia-smi takes its time."""

    def __init__(self) -> None:
        self._found: Mapping[str, Use] = {}
        self._thread: threading.Thread | None = None
        self._end = threading.Event()

    def lines(self) -> list[str]:
        """A line for each GPU, as last heard; none before."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._look, daemon=True)
            self._thread.start()
        return [f"GPU {k}: {use.words()}" for k, use in enumerate(self._found.values())]

    def close(self) -> None:
        """Look no more."""
        self._end.set()

    def _look(self) -> None:
        while not self._end.is_set():
            self._found = uses()
            self._end.wait(USE_EVERY_S)


def _left(report: CaseProgress, took_s: float) -> str:
    """What is left of a case, "" before its first field."""
    return time_left(took_s, report.done, report.total) if report.done else ""


def _fields(report: CaseProgress) -> str:
    return f"{report.done} of {report.total} fields"


ENDS = {
    "done": "{fields} fields in {took}",
    "kept": "done before, kept",
    "busy": "another mxval is at work on it",
    "failed": "failed after {took}",
    "again": "will be run again, after {took}",
}
"""What is said of a case that has ended, by state."""


@contextmanager
def cases_in_hand(*, quiet: bool) -> Iterator[CaseLines | None]:
    """What takes the pipeline's reports and notes; None if quiet."""
    if quiet:
        yield None
        return
    lines = CaseLines(Console(stderr=True, highlight=False))
    try:
        yield lines
    finally:
        lines.use.close()
        lines.close()


@contextmanager
def case_lines(
    *, quiet: bool
) -> Iterator[tuple[Callable[[CaseProgress], None] | None, Callable[[str], None]]]:
    """What takes the pipeline's reports on cases (None if quiet), and on the steps of the report."""
    with cases_in_hand(quiet=quiet) as lines:
        yield (lines.show, lines.step) if lines else (None, lambda words: None)


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
