"""A worker process of `certx verify`: opens the registry once, then answers chunk after chunk."""

from collections.abc import Callable
from time import perf_counter

from certx.app.machine.crew import Turn
from certx.app.verifying.desk import Desk, Done, Order
from certx.app.verifying.inputs import Item


def begin_verifying(order: Order, _turn: Turn) -> Callable[[list[Item]], tuple[Done, float]]:
    """A process begins; chunks need no turns."""
    desk = Desk(order)

    def answer(items: list[Item]) -> tuple[Done, float]:
        """The answers to a chunk, and how many seconds they took."""
        start = perf_counter()
        done = desk.run(items)
        return done, perf_counter() - start

    return answer
