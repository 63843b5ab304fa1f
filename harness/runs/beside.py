"""Work shared out among this process and others that are started for it.

In: parts, each a call whose outcome is files. Out: all of them done.
The processes end with the block, and with this process, however it ends.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from queue import SimpleQueue

from harness.runs.worker import Errand, Worker

Part = Callable[[], object]


class Beside:
    """Takes parts as they come; the other processes begin them in that order."""

    def __init__(self, workers: list[Worker]) -> None:
        self._given: list[tuple[Part, Future[bool] | None]] = []
        self._threads = ThreadPoolExecutor(len(workers)) if workers else None
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        for worker in workers:
            self._idle.put(worker)

    def give(self, part: Part) -> None:
        """Have it done by whoever is free first."""
        self._given.append((part, self._threads.submit(self._elsewhere, part) if self._threads else None))

    def finish(self) -> None:
        """Do here what nobody has begun, the last first, and wait for the others.

        A part that another process could not do, because it died or failed, or that cannot be sent, is done
        here too, and an error of it is raised here.
        """
        while self._given:
            part, elsewhere = self._given.pop()
            if elsewhere is None or elsewhere.cancel() or not elsewhere.result():
                part()

    def close(self) -> None:
        """Forget what has not begun; the workers have been stopped."""
        if self._threads:
            self._threads.shutdown(cancel_futures=True)

    def _elsewhere(self, part: Part) -> bool:
        """Whether another process has done it."""
        worker = self._idle.get()
        try:
            worker.send_on(Errand("a part", part))
        except (pickle.PicklingError, AttributeError, TypeError):  # all three say that it cannot be pickled
            return False
        else:
            return worker.did()
        finally:
            self._idle.put(worker)


@contextmanager
def beside(cores: int, module: str) -> Iterator[Beside]:
    """Processes for all cores but this process's own, which import a module that takes long meanwhile."""
    workers = [Worker() for _ in range(cores - 1)]
    shared = Beside(workers)
    try:
        for _ in workers:
            shared.give(partial(_load, module))
        yield shared
    finally:
        for worker in workers:
            worker.stop()
        shared.close()
        for worker in workers:
            worker.reap()


def _load(module: str) -> None:
    import_module(module)  # returned, it would be sent back


__all__ = ["Beside", "beside"]
