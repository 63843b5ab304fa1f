"""How fast MuMax3 steps one magnet, by the number of its processes on one GPU.

In: a script that steps and prints its turns, without end. Out: turns a second of 1, 2, 4 ... processes.
A study's own rows will not do for it: one field can take a hundred times as long as the next.
"""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.engines.children import tied_to_parent

GROWTH = 1.1
"""Twice the processes are kept if they bring more than this times the steps."""
START_S = 60.0
"""Time for all processes to begin."""
WINDOW_S = 2.0
LOOK_EVERY_S = 0.05
_TURN = re.compile(rb"^(?://)?\s*\d+\s*$", re.MULTILINE)


def throughput(
    program: Path,
    script: str,
    most: int,
    environment: Mapping[str, str],
    fit: Callable[[int], int] = lambda processes: 1_000_000,
) -> dict[int, float]:
    """Turns a second by number of processes, twice as many each time while that brings over 10 % more.

    Parameters
    ----------
    program : Path
    script : str
        Prints a number a turn.
    most : int
        More processes are not tried.
    environment : mapping of str to str
        What leads a process to the GPU, beside our own environment.
    fit : callable, optional
        How many processes fit the GPU's memory; asked while that many run.

    Returns
    -------
    dict of int to float
        0 for a number with which not all of them ran.
    """
    rates: dict[int, float] = {}
    processes = 1
    while processes <= most:
        with _running(program, script, processes, environment) as consoles:
            rates[processes] = _rate(consoles)
            room = fit(processes)
        if rates[processes] <= GROWTH * rates.get(processes // 2, 0.0) or 2 * processes > room:
            break
        processes *= 2
    return rates


def best(rates: Mapping[int, float]) -> int:
    """The fewest processes that bring the most, but for 10 %.

    >>> best({1: 28.0, 2: 7.0}), best({1: 22.0, 2: 54.0, 4: 86.0, 8: 88.0})
    (1, 4)
    """
    most = max(rates.values(), default=0.0)
    return min((n for n, rate in rates.items() if GROWTH * rate >= most), default=1)


@contextmanager
def _running(
    program: Path, script: str, processes: int, environment: Mapping[str, str]
) -> Iterator[list[tuple["subprocess.Popen[bytes]", Path]]]:
    """Processes that step, each with the file it prints to; they are ended with the block."""
    with tempfile.TemporaryDirectory(prefix="mxval-steps-") as folder:
        started: list[tuple[subprocess.Popen[bytes], Path]] = []
        try:
            for number in range(processes):
                place = Path(folder) / str(number)
                place.mkdir()
                (place / "steps.mx3").write_text(script, encoding="utf-8")
                with (place / "console.txt").open("wb") as console:
                    process = subprocess.Popen(
                        [str(program), "-http=", "-cache", folder, "-o", "out", "steps.mx3"],
                        cwd=place,
                        env=os.environ | environment,
                        stdout=console,
                        stderr=subprocess.STDOUT,
                        stdin=subprocess.DEVNULL,
                        preexec_fn=tied_to_parent(),
                    )
                started.append((process, place / "console.txt"))
            yield started
        finally:
            for process, _ in started:
                process.kill()
            for process, _ in started:
                process.wait()


def _rate(running: list[tuple["subprocess.Popen[bytes]", Path]]) -> float:
    """Turns a second of all together, from when each has printed one; 0 if one ends or never begins."""

    def turns() -> list[int]:
        return [len(_TURN.findall(console.read_bytes())) for _, console in running]

    deadline = time.monotonic() + START_S
    while min(turns()) < 1:
        if time.monotonic() > deadline or any(process.poll() is not None for process, _ in running):
            return 0.0
        time.sleep(LOOK_EVERY_S)
    before, began = sum(turns()), time.monotonic()
    time.sleep(WINDOW_S)
    after, took = sum(turns()), time.monotonic() - began
    ended = any(process.poll() is not None for process, _ in running)
    return 0.0 if ended else (after - before) / took
