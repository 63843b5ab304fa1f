"""How many processes to run on one GPU at a time.

In: when cases begin, come further and end there. Out: how many may run now, and what that rests on.
Measured are rows a second with 1, 2, 4 and 8 processes, on the study's own cases; nothing is run twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable

WINDOW_S = 20.0
"""Time for one number of processes, unless twice as many cases end sooner."""
PATIENCE_S = 10.0
"""More of it, where MuMax3 holds back rows: it writes them every five seconds."""
GROWTH = 1.1
"""Twice the processes are kept if they bring more than this times the rows."""
MEMORY_EVERY_S = 1.0
MEMORY_SHARE = 0.9
"""Of what is free on the GPU, what its processes may fill."""


class Packing:
    """The number of processes for one GPU: a given one, or the measured one.

    Parameters
    ----------
    fixed : int or None
        None to measure.
    most : int
        More are not tried: one for each core that feeds them.
    used_MB : callable, optional
        Gives memory in use on the GPU and all it has; None where that cannot be told.
    """

    def __init__(
        self,
        fixed: int | None,
        most: int = 8,
        used_MB: Callable[[], tuple[float, float] | None] = lambda: None,
    ) -> None:
        self.limit, self.measuring = fixed or 1, fixed is None
        self.rates: dict[int, float] = {}
        self.why = ""
        self._most, self._used_MB, self._bound = max(1, min(most, 8)), used_MB, ""
        self._empty = used_MB() if self.measuring else None
        self._each_MB, self._asked = 0.0, float("-inf")
        self._tracks: dict[Hashable, list[tuple[float, int]]] = {}
        self._running: set[Hashable] = set()
        self._since: float | None = None
        self._until: float | None = None
        self._ended = 0

    @property
    def running(self) -> int:
        """Cases that run on the GPU now."""
        return len(self._running)

    def begins(self, case: Hashable) -> None:
        """A case is given to a process here, which may have to start itself first."""
        self._running.add(case)
        self._tracks[case] = []

    def rows(self, case: Hashable, rows: int, now: float) -> None:
        """A case has come that far; first, with no rows, that its engine starts."""
        track = self._tracks[case]
        if not track or rows > track[-1][1]:
            track.append((now, rows))
        all_started = self.running >= self.limit and all(self._tracks[c] for c in self._running)
        if self._since is None and all_started:
            self._since, self._ended = now, 0

    def ends(self, case: Hashable, rows: int, now: float) -> None:
        """A case has ended after that many rows, well or not."""
        self.rows(case, rows, now)
        self._running.discard(case)
        self._ended += 1

    def consider(self, now: float, waiting: int) -> None:
        """Go on to twice the processes, or stay, once enough was seen; so many cases have no place yet."""
        if not self.measuring:
            return
        self._look_at_memory(now)
        if self._since is None:
            if not waiting and self.running < self.limit:
                self._choose("no more cases to measure with")
            return
        if self._until is None and (self._ended >= 2 * self.limit or now - self._since >= WINDOW_S):
            self._until = now
        if self._until is None:
            if not waiting and self.running < self.limit:
                self._choose("no more cases to measure with")
            return
        behind = [c for c in self._running if not self._tracks[c] or self._tracks[c][-1][0] < self._until]
        if behind and self._ended < 2 * self.limit and now - self._until < PATIENCE_S:
            return
        self._close_window(waiting)

    def shrink(self, to: int) -> None:
        """No more than that many from now on: its memory was full."""
        if self.measuring:
            self._choose("its memory was full with more")
        self.limit = max(1, min(self.limit, to))
        self.why = f"{self.limit} at a time, for its memory was full with more"

    def _close_window(self, waiting: int) -> None:
        since, until = self._since or 0.0, self._until or 0.0
        done = sum(_at(t, until) - _at(t, since) for t in self._tracks.values())
        self.rates[self.limit] = done / max(until - since, 1e-9)
        self._tracks = {case: self._tracks[case] for case in self._running}
        self._since = self._until = None
        before = self.rates.get(self.limit // 2)
        if before and self.rates[self.limit] < GROWTH * before:
            self._choose("twice as many bring less than 10 % more")
        elif 2 * self.limit > self._roomy():
            self._choose(self._bound)
        elif waiting < 2 * self.limit:
            self._choose("no more cases to measure with")
        else:
            self.limit *= 2

    def _look_at_memory(self, now: float) -> None:
        """Keep the most that a process was seen to fill."""
        if self._empty and self.running and now - self._asked >= MEMORY_EVERY_S:
            self._asked = now
            if used := self._used_MB():
                self._each_MB = max(self._each_MB, (used[0] - self._empty[0]) / self.running)

    def _roomy(self) -> int:
        """The most processes that cores and memory allow, from what those before them filled."""
        self._bound = f"no more than {self._most} are tried: a core for each, and 8 at most"
        if self._empty is None or not self._each_MB:
            return self._most
        fit = int(MEMORY_SHARE * (self._empty[1] - self._empty[0]) / self._each_MB)
        if fit < self._most:
            self._bound = f"memory for {fit} at most, {self._each_MB:.0f} MB each"
        return min(self._most, max(1, fit))

    def _choose(self, why: str) -> None:
        self.measuring = False
        if self.rates:
            best = max(self.rates.values())
            self.limit = min(n for n, rate in self.rates.items() if GROWTH * rate >= best)
        seen = ", ".join(f"{rate:.3g} with {n}" for n, rate in self.rates.items())
        self.why = f"{self.limit} at a time ({'rows a second: ' + seen + '; ' if seen else ''}{why})"


def _at(track: list[tuple[float, int]], when: float) -> float:
    """Rows of a case at a time, between the times it was heard of."""
    if not track:
        return 0.0
    times = [t for t, _ in track]
    k = bisect_left(times, when)
    if k == 0:
        return float(track[0][1])
    if k == len(track):
        return float(track[-1][1])
    (t0, n0), (t1, n1) = track[k - 1], track[k]
    return n0 + (n1 - n0) * (when - t0) / max(t1 - t0, 1e-9)
