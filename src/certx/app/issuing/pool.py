"""Chunks through worker processes, in order; a few at a time, so that memory stays bounded."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from time import perf_counter
from typing import Final, Protocol

from certx.app.issuing.work import WorkOrder, open_worker_alone
from certx.app.machine.crew import Crew, Turn, WorkerDiedError
from certx.app.machine.work_process import rare_collection
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
        yield from results_of_pool(lambda _: _CrewPool(work), numbered, pace)


def results_of_pool(
    open_pool: Callable[[int], Pool], numbered: Iterator[tuple[int, RawChunk]], pace: Pace
) -> Generator[Signed, None, None]:
    """What became of each chunk, in order; `open_pool` gets the index of the first one that is sent to a pool."""
    waiting: deque[tuple[int, RawChunk]] = deque()  # sent, and not yet answered
    restarts = 0
    while True:
        first = waiting[0] if waiting else next(numbered, None)
        if first is None:
            return
        if not waiting:
            waiting.append(first)
        try:
            for signed, seconds in _through(open_pool(first[0]), waiting, numbered):
                pace.note(signed.rows, seconds)
                yield signed
        except WorkerDiedError as error:
            restarts += 1
            if restarts > _RESTARTS:
                raise EnvironmentFailureError("workers-die", hint="workers-die", count=restarts) from error
        else:
            return


def _through(
    pool: Pool, waiting: deque[tuple[int, RawChunk]], numbered: Iterator[tuple[int, RawChunk]]
) -> Iterator[tuple[Signed, float]]:
    """Send chunks, a few ahead, and take the answers in their order."""
    with pool.executor() as submit:
        futures = deque(submit(*chunk) for chunk in waiting)
        while True:
            while len(futures) < pool.window and (following := next(numbered, None)) is not None:
                waiting.append(following)
                futures.append(submit(*following))
            if not futures:
                return
            result = futures[0].result()
            futures.popleft()
            waiting.popleft()
            yield result


class _CrewPool:
    """Processes of this machine."""

    def __init__(self, work: WorkOrder) -> None:
        self._work = work
        self.window = IN_FLIGHT * work.order.workers

    @contextmanager
    def executor(self) -> Iterator[Submit]:
        """See `Pool.executor`; chunks have their turns in the order in which they are sent."""
        with Crew(self._work.order.workers, partial(_begin, self._work)) as crew:
            yield lambda index, chunk: crew.give((index, chunk))


def _begin(work: WorkOrder, turn: Turn) -> Callable[[tuple[int, RawChunk]], tuple[Signed, float]]:
    """A process begins: chunks reserve one after the other, so that the first row with a number has it."""
    worker = open_worker_alone(work, lambda _: turn())

    def sign(numbered: tuple[int, RawChunk]) -> tuple[Signed, float]:
        """What became of a chunk, and the seconds that it took."""
        began = perf_counter()
        return worker(*numbered), perf_counter() - began

    return sign
