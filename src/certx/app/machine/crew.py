"""Worker processes, each on a line of its own to a thread of this process.

Nothing is shared between workers: no lock that a killed one could keep, no pipe in which it could leave half an
answer while others hold it open. A line ends with its worker, whatever that was doing, and whoever waits is told.
"""

import signal
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, suppress
from enum import Enum, auto
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Condition, Thread
from time import monotonic
from typing import Any, Final, Generic, NamedTuple, Self, TypeVar

from certx.app.machine.work_process import begin_process, without_interrupts

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Turn = Callable[[], AbstractContextManager[None]]
"""Blocks entered through it are passed one task after the other, in the order in which tasks were given."""
Begin = Callable[[Turn], Callable[[Task], Answer]]
"""What a process does once, before its first task; it is pickled."""

_LEAVE_SECONDS: Final = 10.0
"""So long may a process take to finish its task and leave."""


class WorkerDiedError(Exception):
    """A process of the crew has ended before it answered; none of the crew takes another task."""


class Crew(Generic[Task, Answer]):
    """Processes that do tasks; they start as tasks come, and leave at the end of the `with` block."""

    def __init__(self, count: int, begin: Begin[Task, Answer]) -> None:
        self._begin = begin
        self._jobs: SimpleQueue[_Job[Task, Answer] | None] = SimpleQueue()
        self._given = 0
        self._turns = _Turns()
        self._processes: list[Any] = []
        self._threads = [Thread(target=self._attend, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def give(self, task: Task) -> Future[Answer]:
        """Hand a task in. Its future raises what the worker raised, or `WorkerDiedError`."""
        job = _Job[Task, Answer](self._given, task, Future())
        self._given += 1
        self._jobs.put(job)
        return job.future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._turns.end()
        for _thread in self._threads:
            self._jobs.put(None)
        until = monotonic() + _LEAVE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))
        for process in self._processes:
            process.join(max(0.0, until - monotonic()))
            process.kill()
            process.join()

    def _attend(self) -> None:
        """One thread gives tasks to one process and waits for each answer."""
        line: Connection | None = None
        while (job := self._jobs.get()) is not None:
            try:
                if self._turns.is_over:
                    raise WorkerDiedError  # noqa: TRY301 - or another of the crew
                line = line or self._started()
                answer = self._ask(line, job)
            except (EOFError, OSError) as error:
                self._turns.end()
                job.future.set_exception(WorkerDiedError(str(error)))
            except BaseException as error:  # noqa: BLE001 - it is raised where the answer is awaited
                job.future.set_exception(error)
            else:
                if answer.error is None:
                    job.future.set_result(answer.value)
                else:
                    job.future.set_exception(answer.error)
        if line is not None:
            line.close()

    def _started(self) -> Connection:
        """A line to a new process. The other end is open in that process alone, so that it closes with it."""
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._begin), daemon=True)
        with theirs, without_interrupts():
            process.start()
        self._processes.append(process)
        return ours

    def _ask(self, line: Connection, job: "_Job[Task, Answer]") -> "_Answer":
        line.send(job.task)
        while isinstance(message := line.recv(), _Step):
            if message is _Step.MAY_I:
                self._turns.wait_for(job.number)
                line.send(None)
            else:
                self._turns.pass_on(job.number)
        self._turns.pass_on(job.number)
        answer: _Answer = message
        return answer


class _Job(NamedTuple, Generic[Task, Answer]):
    number: int
    task: Task
    future: Future[Answer]


class _Answer(NamedTuple):
    value: Any
    error: Exception | None = None


class _Step(Enum):
    """What a worker says while it is at a task."""

    MAY_I = auto()
    DONE = auto()


class _Turns:
    """Whose turn it is; kept here, where no worker can take it along."""

    def __init__(self) -> None:
        self.is_over = False
        self._next = 0
        self._passed: set[int] = set()
        self._changed = Condition()

    def wait_for(self, number: int) -> None:
        """Until all before it have passed; raises `WorkerDiedError` if that will not be."""
        with self._changed:
            self._changed.wait_for(lambda: self.is_over or self._next >= number)
            if self.is_over:
                raise WorkerDiedError

    def pass_on(self, number: int) -> None:
        """It has had its turn, or does not want it any more."""
        with self._changed:
            if number >= self._next:
                self._passed.add(number)
            while self._next in self._passed:
                self._passed.remove(self._next)
                self._next += 1
            self._changed.notify_all()

    def end(self) -> None:
        """There are no more turns."""
        with self._changed:
            self.is_over = True
            self._changed.notify_all()


def _serve(line: Connection, begin: Begin[Any, Any]) -> None:
    """What a process does until its line is closed."""

    @contextmanager
    def turn() -> Iterator[None]:
        line.send(_Step.MAY_I)
        line.recv()
        yield
        line.send(_Step.DONE)

    begin_process()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what ends a whole group lets a task be finished, as Ctrl-C does
    work: Callable[[Any], Any] | None = None
    with suppress(EOFError, ConnectionError):
        while True:
            task = line.recv()
            try:
                work = work or begin(turn)
                answer = _Answer(work(task))
            except Exception as error:  # noqa: BLE001 - it is raised where the answer is awaited
                error.add_note("".join(traceback.format_exception(error)))
                answer = _Answer(None, error)
            line.send(answer)
