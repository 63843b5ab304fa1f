"""How many processes run on one GPU at a time.

In: a number, or what was measured. Out: how many may run now, and what that rests on.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from harness.engines.mumax3.throughput import best


class Packing:
    """The number of processes for one GPU, and the cases that run on it.

    Parameters
    ----------
    limit : int
        Processes at a time.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.why = limit, ""
        self._running: set[Hashable] = set()

    @property
    def running(self) -> int:
        """Cases that run on the GPU now."""
        return len(self._running)

    def begins(self, case: Hashable) -> None:
        """A case is given to a process here."""
        self._running.add(case)

    def ends(self, case: Hashable) -> None:
        """A case has ended, well or not."""
        self._running.discard(case)

    def measured(self, rates: Mapping[int, float]) -> None:
        """Take the number of processes that brings most of these turns a second.

        >>> packing = Packing(1)
        >>> packing.measured({1: 28.0, 2: 7.0})
        >>> packing.limit, packing.why
        (1, '1 at a time: 2 bring 0.25 times the steps of one')
        """
        self.limit, one = best(rates), rates.get(1, 0.0)
        others = ", ".join(f"{n} bring {rate / one:.2g}" for n, rate in rates.items() if n > 1 and one)
        self.why = f"{self.limit} at a time: " + (
            f"{others} times the steps of one" if others else "more could not be tried"
        )

    def shrink(self, to: int) -> None:
        """No more than that many from now on: its memory was full."""
        self.limit = max(1, min(self.limit, to))
        self.why = f"{self.limit} at a time, for its memory was full with more"
