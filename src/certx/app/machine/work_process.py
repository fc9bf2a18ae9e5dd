"""What every worker process of ours does: it ends with its parent, leaves Ctrl-C to it, and collects seldom."""

import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_COLLECT_EVERY: Final = 500_000
"""More objects than a chunk of rows has, before the collector looks for cycles; our work leaves hardly any."""


def begin_process() -> None:
    """Make this process a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    rare_collection()


def rare_collection() -> None:
    """Let the collector of this process look seldom: what is done with is freed without it."""
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY, 20, 100)


@contextmanager
def without_interrupts() -> Iterator[None]:
    """What is started meanwhile does not hear Ctrl-C, which the terminal sends to all; for us it only waits."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for ever."""
    from multiprocessing import parent_process  # noqa: PLC0415 - only in a worker
    from threading import Thread  # noqa: PLC0415

    parent = parent_process()
    if parent is not None:

        def wait() -> None:
            parent.join()
            os._exit(1)

        Thread(target=wait, daemon=True).start()
