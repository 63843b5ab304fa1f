"""Seconds of a piece of work: on the wall, and of the processors in this process and its ended children.

In: a function. Out: Seconds. Where other programs run too, the processors' seconds are the steadier.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Seconds:
    """Wall time and processor time, both in s."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> Seconds:
        """Time of the two clocks; differences count."""
        usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return cls(time.perf_counter(), sum(usage.ru_utime + usage.ru_stime for usage in usages))

    def __sub__(self, start: Seconds) -> Seconds:
        return Seconds(self.wall - start.wall, self.cpu - start.cpu)

    def __mul__(self, factor: float) -> Seconds:
        return Seconds(self.wall * factor, self.cpu * factor)

    def __truediv__(self, divisor: float) -> Seconds:
        return self * (1 / divisor)


def mean_of(repeats: int, work: Callable[[], object]) -> Seconds:
    """Seconds of one call, the mean of some."""
    start = Seconds.now()
    for _ in range(repeats):
        work()
    return (Seconds.now() - start) / repeats


def best_of(work: Callable[[], object]) -> Seconds:
    """Seconds of one call, the best of five rounds of at least 0.2 s, each clock for itself."""
    work()
    repeats = max(1, round(0.2 / mean_of(1, work).wall))
    rounds = [mean_of(repeats, work) for _ in range(5)]
    return Seconds(min(r.wall for r in rounds), min(r.cpu for r in rounds))


def report(found: Seconds | Mapping[str, Seconds]) -> None:
    """Print a contestant's seconds as the last line of its process."""
    named = {"": found} if isinstance(found, Seconds) else found
    print(json.dumps({name: astuple(seconds) for name, seconds in named.items()}))
