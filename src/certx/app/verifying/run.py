"""A run of `certx verify` over a stream: in this process while it is short, over worker processes once it is long.

Answers come in the order of the input. At most `_WINDOW` chunks for each worker are on their way, so that memory does
not grow with the input; the size of a chunk follows the time that the last one took.
"""

import os
from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple

from certx.app.machine.work_process import rare_collection
from certx.app.verifying.desk import Desk, Done, Order
from certx.app.verifying.inputs import MOST_TOGETHER, Item
from certx.errors import EnvironmentFailureError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from certx.app.machine.crew import Crew

_WORTH_A_POOL: Final = 3_000
"""Credentials that are verified here before other processes are started, which takes as long."""
_CHUNK: Final = 200
_MOST_IN_CHUNK: Final = 2_000
_CHUNK_BYTES: Final = 1_048_576
_CHUNK_SECONDS: Final = 0.2
_WINDOW: Final = 4


def verify_stream(items: Iterator[Item], order: Order, *, workers: int | None = None) -> Iterator[Done]:
    """Answers in chunks, in order. `workers`: processes to use for a long input, `None` for one on each core."""
    desk = Desk(order)
    few = list(islice(items, MOST_TOGETHER + 1))
    if len(few) <= MOST_TOGETHER:
        yield desk.together(few)
        return
    items = chain(few, items)
    count = workers or cores()
    rare_collection()
    pace = _Pace()
    if count == 1:
        for chunk in pace.chunks(items):
            yield _timed(desk, chunk, pace)
        return
    if workers is None:
        first = islice(items, _WORTH_A_POOL)
        for chunk in pace.chunks(first):
            yield _timed(desk, chunk, pace)
    yield from _through_processes(order, count, pace.chunks(items), pace)


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Pace:
    """How many items make a chunk: as many as take `_CHUNK_SECONDS`, and not too many bytes."""

    def __init__(self) -> None:
        self._size = _CHUNK

    def learn(self, count: int, seconds: float) -> None:
        """A chunk of so many items took so long."""
        aim = int(count * _CHUNK_SECONDS / max(seconds, 1e-6))
        self._size = max(1, min(aim, 2 * self._size, _MOST_IN_CHUNK))

    def chunks(self, items: Iterator[Item]) -> Iterator[list[Item]]:
        chunk, size = list[Item](), 0
        for item in items:
            chunk.append(item)
            size += item.size
            if len(chunk) >= self._size or size >= _CHUNK_BYTES:
                yield chunk
                chunk, size = [], 0
        if chunk:
            yield chunk


def _timed(desk: Desk, chunk: list[Item], pace: _Pace) -> Done:
    start = perf_counter()
    done = desk.run(chunk)
    pace.learn(len(chunk), perf_counter() - start)
    return done


class _Waiting(NamedTuple):
    """A chunk on its way."""

    chunk: list[Item]
    answer: "Future[tuple[Done, float]]"

    @property
    def is_done(self) -> bool:
        """Is the answer here?"""
        return self.answer.done() and self.answer.exception() is None


def _through_processes(order: Order, count: int, chunks: Iterator[list[Item]], pace: _Pace) -> Iterator[Done]:
    """The answers to each chunk, in order; if a process is killed, what was not finished is done again, once."""
    from certx.app.machine.crew import Crew, WorkerDiedError  # noqa: PLC0415 - only for long inputs
    from certx.app.verifying.worker import begin_verifying  # noqa: PLC0415

    waiting = deque[_Waiting]()
    failed: list[Item] | None = None
    while True:
        with Crew(count, partial(begin_verifying, order)) as crew:
            for place, one in enumerate(waiting):
                waiting[place] = one if one.is_done else _Waiting(one.chunk, crew.give(one.chunk))
            try:
                for first, (done, seconds) in _answered(crew, waiting, chunks, _WINDOW * count):
                    pace.learn(len(first), seconds)
                    yield done
            except WorkerDiedError as error:
                if failed is waiting[0].chunk:  # nothing came of it again
                    raise EnvironmentFailureError("worker-killed", hint="worker-killed") from error
                failed = waiting[0].chunk
            else:
                return


def _answered(
    crew: "Crew[list[Item], tuple[Done, float]]", waiting: deque[_Waiting], chunks: Iterator[list[Item]], window: int
) -> Iterator[tuple[list[Item], tuple[Done, float]]]:
    """Send chunks, a few ahead, and take the answers in their order."""
    while True:
        while len(waiting) < window and not (waiting and waiting[0].is_done):
            chunk = next(chunks, None)
            if chunk is None:
                break
            waiting.append(_Waiting(chunk, crew.give(chunk)))
        if not waiting:
            return
        answer = waiting[0].answer.result()
        yield waiting.popleft().chunk, answer
