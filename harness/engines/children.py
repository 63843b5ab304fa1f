"""Processes that end with the one that started them.

In: nothing. Out: what `subprocess` calls in a fresh child, so that the kernel ends it with its parent.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable


def tied_to_parent(*, heeds_interrupt: bool = True) -> Callable[[], None] | None:
    """On Linux, have the kernel end the program when the thread that starts it ends, be it by kill -9.

    Without it, an orphan would go on writing into a folder that counts as free. One that heeds no interrupt
    leaves Ctrl-C to its parent from its first instruction on.
    """
    if heeds_interrupt and sys.platform != "linux":
        return None
    libc, parent, die_with_parent = ctypes.CDLL(None), os.getpid(), 1

    def tie() -> None:
        if not heeds_interrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        if sys.platform != "linux":
            return
        libc.prctl(die_with_parent, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return tie
