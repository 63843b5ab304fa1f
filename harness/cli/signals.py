"""Signals that ask the process to end, unwound like Ctrl-C.

In: SIGTERM, SIGHUP. Out: Stopped, so that engines are ended, locks given back and the exit code is right.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class Stopped(KeyboardInterrupt):
    """The process was asked to end, by the signal of this number."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


@contextmanager
def signals_as_exceptions() -> Iterator[None]:
    """Raise Stopped at SIGTERM, and at SIGHUP unless it is ignored (nohup). A second signal ends the process.

    Outside the main thread, where signals cannot be taken, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: object) -> NoReturn:
        signal.signal(number, signal.SIG_DFL)
        raise Stopped(number)

    kinds = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {kind: signal.getsignal(kind) for kind in kinds}
    for kind, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(kind, stop)
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
