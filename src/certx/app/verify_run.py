"""A run of `certx verify` over a stream: in this process while it is short, over worker processes once it is long.

Answers come in the order of the input. At most `_WINDOW` chunks for each worker are on their way, so that memory does
not grow with the input; the size of a chunk follows the time that the last one took.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from time import perf_counter
from typing import TYPE_CHECKING, Final, Self

from certx.app.desk import Desk, Done, Order
from certx.app.verify_inputs import Item
from certx.app.verify_worker import begin_work, verify_chunk
from certx.app.verifying import MOST_TOGETHER
from certx.app.work_process import rare_collection, without_interrupts
from certx.errors import EnvironmentFailureError

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

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
    with _Pool(order, count) as pool:
        yield from pool.run(pace.chunks(items), pace)


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


class _Waiting:
    """A chunk on its way; without a future it could not be sent."""

    __slots__ = ("chunk", "future")

    def __init__(self, chunk: list[Item], future: "Future[tuple[Done, float]] | None") -> None:
        self.chunk, self.future = chunk, future

    def result(self) -> tuple[Done, float]:
        """The answer, as soon as it is here; raises `BrokenProcessPool` if there will be none."""
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - only for long inputs

        if self.future is None:
            raise BrokenProcessPool
        return self.future.result()

    @property
    def is_done(self) -> bool:
        """Is the answer here?"""
        return self.future is not None and self.future.done() and self.future.exception() is None


class _Pool:
    """Worker processes; if one is killed, all are started anew and what was not finished is done again, once."""

    def __init__(self, order: Order, count: int) -> None:
        self._order, self._count = order, count
        self._executor = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    def run(self, chunks: Iterator[list[Item]], pace: _Pace) -> Iterator[Done]:
        """The answers to each chunk, in order."""
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - only for long inputs

        waiting = deque[_Waiting]()
        failed: _Waiting | None = None
        while True:
            while len(waiting) < _WINDOW * self._count and not (waiting and waiting[0].is_done):
                chunk = next(chunks, None)
                if chunk is None:
                    break
                waiting.append(_Waiting(chunk, self._submit(chunk)))
            if not waiting:
                return
            first = waiting[0]
            try:
                done, seconds = first.result()
            except BrokenProcessPool as error:
                if failed is first:  # nothing came of it again
                    raise EnvironmentFailureError("worker-killed", hint="worker-killed") from error
                failed = first
                self._start_anew(waiting)
                continue
            waiting.popleft()
            pace.learn(len(first.chunk), seconds)
            yield done

    def _start_anew(self, waiting: Iterable[_Waiting]) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = self._start()
        for one in waiting:
            if not one.is_done:
                one.future = self._submit(one.chunk)

    def _submit(self, chunk: list[Item]) -> "Future[tuple[Done, float]] | None":
        """Processes are started as chunks come; they are born deaf to Ctrl-C, which is for this process."""
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - only for long inputs

        try:
            with without_interrupts():
                return self._executor.submit(verify_chunk, chunk)
        except BrokenProcessPool:
            return None

    def _start(self) -> "ProcessPoolExecutor":
        from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only for long inputs
        from multiprocessing import get_context  # noqa: PLC0415

        return ProcessPoolExecutor(
            self._count, mp_context=get_context("spawn"), initializer=begin_work, initargs=(self._order,)
        )
