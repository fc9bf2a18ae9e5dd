"""Chunks through worker processes, in order; a few at a time, so that memory stays bounded."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from time import perf_counter
from typing import Any, Final, Protocol

from certx.app.work import WorkOrder, open_worker_alone
from certx.app.work_process import begin_process, rare_collection
from certx.batch.worker import Signed, Worker
from certx.errors import EnvironmentFailureError
from certx.licence.tabular import RawChunk

IN_FLIGHT: Final = 4
"""Chunks at work or waiting, for each process."""
_ALONE: Final = 2
"""So many chunks are done here before processes are started: few rows do not need them."""
_RESTARTS: Final = 3
_FEWEST, _MOST = 100, 4_000
_AIM_SECONDS: Final = 0.25


class Answer(Protocol):
    """What will have become of a chunk."""

    def result(self) -> tuple[Signed, float]:
        """Wait for it: what was signed, and how many seconds it took; raises what went wrong."""


Submit = Callable[[int, RawChunk], Answer]


class Pool(Protocol):
    """Processes that work on one order, on this machine or on others."""

    @property
    def window(self) -> int:
        """So many chunks are sent and not yet answered."""

    def executor(self) -> AbstractContextManager[Submit]:
        """Takes chunks until the block ends; what was not begun by then is dropped."""


class Pace:
    """How many rows a chunk has, so that it takes about a quarter of a second."""

    def __init__(self) -> None:
        self._rows = 500

    def rows(self) -> int:
        """For the next chunk."""
        return self._rows

    def note(self, rows: int, seconds: float) -> None:
        """So many took so long."""
        if rows:
            fitting = int(rows * _AIM_SECONDS / max(seconds, 1e-6))
            self._rows = max(_FEWEST, min(_MOST, 2 * self._rows, fitting))


class Turn:
    """Chunks reserve one after the other, whichever process works on them: the first row with a number has it."""

    def __init__(self, context: Any) -> None:  # noqa: ANN401 - multiprocessing does not publish the types
        self._next = context.Value("q", 0, lock=False)
        self._condition = context.Condition()

    @contextmanager
    def of(self, index: int) -> Iterator[None]:
        """Wait for the turn of a chunk; the next one's comes when the block ends."""
        with self._condition:
            self._condition.wait_for(lambda: self._next.value >= index)
            yield
            self._next.value = max(self._next.value, index + 1)
            self._condition.notify_all()

    def begin_at(self, index: int) -> None:
        """All before this one have had theirs."""
        self._next.value = index


def results_of(
    work: WorkOrder, worker: Worker, chunks: Iterable[RawChunk], pace: Pace
) -> Generator[Signed, None, None]:
    """What became of each chunk, in order; by this process alone, or by several once there is enough to do."""
    rare_collection()
    numbered = enumerate(chunks)
    for index, chunk in numbered:
        began = perf_counter()
        signed = worker(index, chunk)
        pace.note(signed.rows, perf_counter() - began)
        yield signed
        if work.order.workers > 1 and index + 1 >= _ALONE:
            break
    if work.order.workers > 1:
        yield from results_of_pool(lambda begin_at: _Pool(work, begin_at), numbered, pace)


def results_of_pool(
    open_pool: Callable[[int], Pool], numbered: Iterator[tuple[int, RawChunk]], pace: Pace
) -> Generator[Signed, None, None]:
    """What became of each chunk, in order; `open_pool` gets the index of the first one that is sent to a pool."""
    waiting: deque[tuple[int, RawChunk]] = deque()  # sent, and not yet answered
    restarts = 0
    is_over = False
    while not is_over or waiting:
        first = waiting[0] if waiting else next(numbered, None)
        if first is None:
            return
        if not waiting:
            waiting.append(first)
        try:
            for signed, seconds in _through(open_pool(first[0]), waiting, numbered):
                pace.note(signed.rows, seconds)
                yield signed
            is_over = True
        except BrokenProcessPool as error:
            restarts += 1
            if restarts > _RESTARTS:
                raise EnvironmentFailureError("workers-die", hint="workers-die", count=restarts) from error


def _through(
    pool: Pool, waiting: deque[tuple[int, RawChunk]], numbered: Iterator[tuple[int, RawChunk]]
) -> Iterator[tuple[Signed, float]]:
    """Send chunks, a few ahead, and take the answers in their order."""
    with pool.executor() as submit:
        futures = deque(submit(*chunk) for chunk in waiting)
        while futures:
            while len(futures) < pool.window and (following := next(numbered, None)) is not None:
                waiting.append(following)
                futures.append(submit(*following))
            result = futures[0].result()
            futures.popleft()
            waiting.popleft()
            yield result


class _Pool:
    """Processes that work on one order."""

    def __init__(self, work: WorkOrder, begin_at: int) -> None:
        self._work = work
        self._context = get_context("spawn")
        self._turn = Turn(self._context)
        self._turn.begin_at(begin_at)
        self.window = IN_FLIGHT * work.order.workers

    @contextmanager
    def executor(self) -> Iterator[Submit]:
        """See `Pool.executor`."""
        pool = ProcessPoolExecutor(
            self._work.order.workers, mp_context=self._context, initializer=_begin, initargs=(self._work, self._turn)
        )
        try:
            yield lambda index, chunk: pool.submit(_sign, index, chunk)
        finally:
            pool.shutdown(cancel_futures=True)


_worker: Worker | None = None


def _begin(work: WorkOrder, turn: Turn) -> None:
    """A process begins; an interrupt is its parent's business."""
    global _worker  # noqa: PLW0603 - what a process keeps between its chunks
    begin_process()
    _worker = open_worker_alone(work, turn.of)


def _sign(index: int, chunk: RawChunk) -> tuple[Signed, float]:
    """A process works on a chunk, for so many seconds."""
    assert _worker is not None  # noqa: S101 - it has begun
    began = perf_counter()
    return _worker(index, chunk), perf_counter() - began
