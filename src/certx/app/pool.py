"""Chunks through worker processes, in order; a few at a time, so that memory stays bounded."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from time import perf_counter
from typing import Final

from certx.app.crew import Crew, Turn, WorkerDiedError
from certx.app.work import WorkOrder, open_worker_alone
from certx.app.work_process import rare_collection
from certx.batch.worker import Signed, Worker
from certx.errors import EnvironmentFailureError
from certx.licence.tabular import RawChunk

_IN_FLIGHT: Final = 4
"""Chunks at work or waiting, for each process."""
_ALONE: Final = 2
"""So many chunks are done here before processes are started: few rows do not need them."""
_RESTARTS: Final = 3
_FEWEST, _MOST = 100, 4_000
_AIM_SECONDS: Final = 0.25


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
    yield from _in_processes(work, numbered, pace) if work.order.workers > 1 else ()


def _in_processes(work: WorkOrder, numbered: Iterator[tuple[int, RawChunk]], pace: Pace) -> Iterator[Signed]:
    waiting: deque[tuple[int, RawChunk]] = deque()  # sent, and not yet answered
    restarts = 0
    while True:
        try:
            for signed, seconds in _through(work, waiting, numbered):
                pace.note(signed.rows, seconds)
                yield signed
        except WorkerDiedError as error:
            restarts += 1
            if restarts > _RESTARTS:
                raise EnvironmentFailureError("workers-die", hint="workers-die", count=restarts) from error
        else:
            return


def _through(
    work: WorkOrder, waiting: deque[tuple[int, RawChunk]], numbered: Iterator[tuple[int, RawChunk]]
) -> Iterator[tuple[Signed, float]]:
    """Send chunks, a few ahead, and take the answers in their order."""
    count = work.order.workers
    with Crew(count, partial(_begin, work)) as crew:
        futures = deque(crew.give(chunk) for chunk in waiting)
        while True:
            while len(futures) < _IN_FLIGHT * count and (following := next(numbered, None)) is not None:
                waiting.append(following)
                futures.append(crew.give(following))
            if not futures:
                return
            result = futures[0].result()
            futures.popleft()
            waiting.popleft()
            yield result


def _begin(work: WorkOrder, turn: Turn) -> Callable[[tuple[int, RawChunk]], tuple[Signed, float]]:
    """A process begins: chunks reserve one after the other, so that the first row with a number has it."""
    worker = open_worker_alone(work, lambda _: turn())

    def sign(numbered: tuple[int, RawChunk]) -> tuple[Signed, float]:
        """What became of a chunk, and the seconds that it took."""
        began = perf_counter()
        return worker(*numbered), perf_counter() - began

    return sign
