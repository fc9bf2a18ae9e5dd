"""Worker processes: turns in order, and no death of one leaves anybody waiting."""

import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Final

import pytest

from certx.app.machine.crew import Crew, Turn, WorkerDiedError
from certx.errors import UsageError

SOON: Final = 30.0
LARGE: Final = 100_000_000
"""Bytes of an answer: more than a pipe takes at once, by far."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by POSIX signals")


def die() -> None:
    """As if somebody had killed this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def doubling(turn: Turn, *, notes: Path) -> Callable[[int], int]:
    """Doubles a number and notes it when it is its turn; later ones are quicker to ask for theirs."""

    def work(task: int) -> int:
        time.sleep(0.02 * (4 - task % 4))
        with turn(), notes.open("a") as file:
            file.write(f"{task}\n")
        return 2 * task

    return work


def dying(turn: Turn, *, where: str) -> Callable[[int], int]:
    """Of two workers one dies; what the other does meanwhile is what the parametrisation says of it."""

    def work(task: int) -> int:
        if (task, where) == (0, "working") or (task, where) == (1, "before its turn"):
            time.sleep(0.3)
            die()
        with turn():
            if task == 0:
                time.sleep(0.6)
            if (task, where) == (0, "in its turn"):
                die()
        return task

    if where == "beginning":
        die()
    return work


def answering(_turn: Turn, *, seconds: float) -> Callable[[int], bytes]:
    """Dies so long after it began to answer the first task."""

    def work(task: int) -> bytes:
        if task == 0:
            Timer(seconds, die).start()
        return b"." * LARGE

    return work


def failing(turn: Turn) -> Callable[[int], int]:
    """Cannot do two of its tasks, and does not get as far as its turn in them."""

    def work(task: int) -> int:
        if task == 2:
            raise UsageError("usage", detail="two")
        if task == 3:
            raise ZeroDivisionError
        with turn():
            return task

    return work


def results(futures: list[Future[int]]) -> list[int]:
    """All answers."""
    return [future.result(timeout=SOON) for future in futures]


def test_answers_and_turns_come_in_order(tmp_path: Path) -> None:
    with Crew(3, partial(doubling, notes=tmp_path / "notes")) as crew:
        assert results([crew.give(task) for task in range(12)]) == [2 * task for task in range(12)]
    assert (tmp_path / "notes").read_text().split() == [str(task) for task in range(12)]


@pytest.mark.parametrize("where", ["beginning", "working", "before its turn", "in its turn"])
def test_when_one_dies_nobody_waits_for_ever(where: str) -> None:
    with Crew(2, partial(dying, where=where)) as crew:
        errors = [future.exception(timeout=SOON) for future in [crew.give(task) for task in range(6)]]
        assert WorkerDiedError in map(type, errors)
        with pytest.raises(WorkerDiedError):
            crew.give(9).result(timeout=SOON)


@pytest.mark.parametrize("seconds", [0.02, 0.05, 0.08, 0.12, 0.2])
def test_one_that_dies_in_the_midst_of_its_answer(seconds: float) -> None:
    """The first bytes of the answer are here, and the rest never comes."""
    with Crew(2, partial(answering, seconds=seconds)) as crew:
        futures = [crew.give(task) for task in range(4)]
        assert {type(future.exception(timeout=SOON)) for future in futures} <= {WorkerDiedError, type(None)}


def test_what_a_worker_raises_is_raised_here_and_the_others_go_on() -> None:
    with Crew(2, failing) as crew:
        futures = [crew.give(task) for task in range(6)]
        with pytest.raises(UsageError) as raised:
            futures[2].result(timeout=SOON)
        assert raised.value.params == {"detail": "two"}
        with pytest.raises(ZeroDivisionError) as bug:
            futures[3].result(timeout=SOON)
        assert "in work" in "".join(bug.value.__notes__)
        assert results([*futures[:2], *futures[4:]]) == [0, 1, 4, 5]


def test_what_was_not_begun_at_the_end_is_dropped(tmp_path: Path) -> None:
    began = time.monotonic()
    with Crew(2, partial(doubling, notes=tmp_path / "notes")) as crew:
        futures = [crew.give(task) for task in range(1_000)]
        futures[0].result(timeout=SOON)
    assert isinstance(futures[-1].exception(timeout=0), WorkerDiedError)
    assert time.monotonic() - began < SOON
