"""A worker process of `certx verify`: opens the registry once, then answers chunk after chunk."""

import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from certx.app.desk import Desk, Done, Order
from certx.app.verify_inputs import Item

_COLLECT_EVERY: Final = 50_000
"""Objects made before the collector looks for cycles; verifying leaves hardly any."""
_DESK: list[Desk] = []
"""The one of this process."""


def begin_work(order: Order) -> None:
    """Make this process ready for chunks."""
    _end_with_parent()
    rare_collection()
    _DESK[:] = [Desk(order)]


def rare_collection() -> None:
    """Let the collector of this process look seldom: what a verdict takes is freed without it."""
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY, 20, 100)


def verify_chunk(items: list[Item]) -> tuple[Done, float]:
    """The answers to a chunk, and how many seconds they took."""
    start = perf_counter()
    done = _DESK[0].run(items)
    return done, perf_counter() - start


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
