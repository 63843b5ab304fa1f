"""One piece of work shared out among this process and others that are started for it.

In: parts, each a call whose outcome is files. Out: all of them done.
The processes end with the block, and with this process, however it ends.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module

from harness.runs.worker import Errand, Worker

Part = Callable[[], object]


@contextmanager
def beside(cores: int, module: str) -> Iterator[Callable[[Sequence[Part]], None]]:
    """Processes for all cores but this process's own, which import a module that takes long meanwhile.

    Yields what takes one part a core and returns when all are done, the first by this process. A part that
    another could not do, because it died or failed, or that cannot be sent, is done here too, and an error of
    it is raised here.
    """
    workers = [Worker() for _ in range(cores - 1)]
    try:
        for worker in workers:
            worker.send_on(Errand(f"importing {module}", partial(import_module, module)))
        yield partial(_do, workers)
    finally:
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.reap()


def _do(workers: Sequence[Worker], parts: Sequence[Part]) -> None:
    own, *others = parts
    given = [
        (part, worker if _sent(worker, part) else None) for worker, part in zip(workers, others, strict=True)
    ]
    own()
    for part, worker in given:
        if worker is None or not (worker.did() and worker.did()):  # the import, and the part
            part()


def _sent(worker: Worker, part: Part) -> bool:
    try:
        worker.send_on(Errand("a part", part))
    except (pickle.PicklingError, AttributeError, TypeError):  # all three say that it cannot be pickled
        return False
    return True
