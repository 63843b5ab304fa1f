"""Signals that ask the process to end, unwound like Ctrl-C.

In: Ctrl-C, SIGTERM, SIGHUP. Out: Stopped: engines are ended, locks given back, and the exit code is right.
"""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

AGAIN_S = 0.05
"""Time after which an interruption that Python dropped is raised again."""


class Stopped(KeyboardInterrupt):
    """The process was asked to end, by the signal of this number."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


@contextmanager
def signals_as_exceptions() -> Iterator[None]:
    """Raise Stopped at Ctrl-C, SIGTERM, and SIGHUP unless it is ignored (nohup). A second SIGTERM ends all.

    Python drops what is raised while an object is freed or C calls back, and libraries catch too much or make
    another error of it: an interruption lost so is raised again a moment later, or at the end. Outside the
    main thread, where signals cannot be taken, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []
    kinds = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {kind: signal.getsignal(kind) for kind in kinds}

    def stop(number: int, frame: object) -> NoReturn:
        asked.append(number)
        signal.signal(number, before[number])
        raise Stopped(number)

    for kind, handler in before.items():
        if handler in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(kind, stop)
    try:
        with _dropped_raised_again():
            yield
            if asked:
                raise Stopped(asked[0])
    except Exception as error:
        if asked:
            raise Stopped(asked[0]) from error
        raise
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


@contextmanager
def _dropped_raised_again() -> Iterator[None]:
    """Raise an interruption again that Python dropped; where the system has no timer, nothing changes."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    lost: list[BaseException] = []

    def dropped(unraisable: "sys.UnraisableHookArgs") -> None:
        if isinstance(unraisable.exc_value, KeyboardInterrupt):
            lost.append(unraisable.exc_value)
            signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
        else:
            sys.__unraisablehook__(unraisable)

    def again(number: int, frame: object) -> None:
        if lost:
            raise lost.pop()

    hook, sys.unraisablehook = sys.unraisablehook, dropped
    alarm = signal.signal(signal.SIGALRM, again)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarm)
        sys.unraisablehook = hook
