"""A worker process of `certx verify`: opens the registry once, then answers chunk after chunk."""

from time import perf_counter

from certx.app.desk import Desk, Done, Order
from certx.app.verify_inputs import Item
from certx.app.work_process import begin_process

_DESK: list[Desk] = []
"""The one of this process."""


def begin_work(order: Order) -> None:
    """Make this process ready for chunks."""
    begin_process()
    _DESK[:] = [Desk(order)]


def verify_chunk(items: list[Item]) -> tuple[Done, float]:
    """The answers to a chunk, and how many seconds they took."""
    start = perf_counter()
    done = _DESK[0].run(items)
    return done, perf_counter() - start
