"""Orders that are killed at random points leave, once they are finished, what an undisturbed one leaves.

A sample of the points, with a smaller table, belongs to the ordinary tests; all of them are `make soak`.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from certx.errors import Exit
from cli.orders import children, finish, list_status_key, start
from cli.outcomes import FORMS, Form, Outcome, outcome_of, write_order
from cli.runner import folder_of
from postgres_ledger import wipe

POINTS: Final = 100
POINTS_IN_CI: Final = 8
OTHER_FORMS: Final = 12
ROWS: Final = 20_000
ROWS_IN_CI: Final = 3_000
_RANDOM: Final = random.Random(20261125)  # noqa: S311 - points in time, and the same ones every day
SHARES: Final = [1.05 * (point + _RANDOM.random()) / POINTS for point in range(POINTS)]
"""When to kill, as a share of the time that an undisturbed order takes: once in each hundredth of it."""
IN_CI: Final = set(_RANDOM.sample(range(POINTS), POINTS_IN_CI))
"""Of both numbers of workers and all three ways to kill."""
WAYS: Final = ((1, "group"), (2, "group"), (2, "parent"), (2, "worker"))
"""How many workers there are, and who is killed: everybody, the one that writes, or one that signs."""


_POINTS: Final = [pytest.param(n, marks=[] if n in IN_CI else [pytest.mark.slow]) for n in range(POINTS)]


class Undisturbed(NamedTuple):
    """What an order over so many rows leaves, and the seconds that it takes with one worker and with two."""

    rows: int
    outcome: Outcome
    seconds: dict[int, float]


@pytest.fixture(scope="module")
def undisturbed(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Undisturbed]:
    """Orders over tables of so many rows that nothing happened to."""
    known: dict[int, Undisturbed] = {}

    def carried_out(rows: int) -> Undisturbed:
        if rows not in known:
            seconds, outcomes = {}, []
            for workers in (1, 2):
                folder = prepared(town, tmp_path_factory.mktemp("undisturbed"), rows)
                began = time.monotonic()
                assert finish(begin(folder, FORMS["jsonl"], workers))[0] == Exit.REJECTED_ROWS
                seconds[workers] = time.monotonic() - began
                outcomes.append(outcome_of(folder, FORMS["jsonl"]))
            assert outcomes[0] == outcomes[1]
            assert len(outcomes[0].licences) + len(outcomes[0].rejects.splitlines()) - 1 == rows
            known[rows] = Undisturbed(rows, outcomes[0], seconds)
        return known[rows]

    return carried_out


def prepared(town: Path, folder: Path, rows: int) -> Path:
    """A town with a table."""
    folder_of(town, folder)
    list_status_key(folder)
    write_order(folder / "rows.csv", rows)
    return folder


def begin(folder: Path, form: Form, workers: int) -> Any:
    """The order, in a group of processes of its own."""
    return start(
        folder, "rows.csv", "--out", form.out, *form.options, "--rejects", "rejects.csv", "--workers", str(workers),
        start_new_session=True,
    )  # fmt: skip


def kill(process: Any, who: str) -> bool:
    """Kill some of an order's processes; is the order over by that?"""
    if who == "worker":
        for pid in children(process.pid)[:1]:
            os.kill(pid, signal.SIGKILL)
        return False
    if process.poll() is None and who == "group":
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    return True


def run_disturbed(folder: Path, form: Form, point: int, expected: Undisturbed) -> Outcome:
    """Kill an order at one of the points, finish it, and see that there is nothing left to do."""
    workers, who = WAYS[point % len(WAYS)]
    process = begin(folder, form, workers)
    time.sleep(SHARES[point] * expected.seconds[workers])
    is_over = kill(process, who)
    status, talk = finish(process)
    assert status in ({-signal.SIGKILL, Exit.REJECTED_ROWS} if is_over else {Exit.REJECTED_ROWS}), talk
    status, talk = finish(begin(folder, form, workers))
    assert status == Exit.REJECTED_ROWS, talk
    return outcome_of(folder, form)


@pytest.fixture
def expected(undisturbed: Callable[[int], Undisturbed], pytestconfig: pytest.Config) -> Undisturbed:
    """What every order is to leave."""
    return undisturbed(ROWS if pytestconfig.getoption("--soak") else ROWS_IN_CI)


@pytest.fixture
def ledger(request: pytest.FixtureRequest) -> str | None:
    """The URL of a ledger, `None` for that in a file."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres")
    wipe(url)
    return url


@pytest.mark.parametrize("ledger", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("point", _POINTS)
def test_killed_at_a_random_point(
    point: int, ledger: str | None, town: Path, tmp_path: Path, expected: Undisturbed
) -> None:
    prepared(town, tmp_path, expected.rows)
    if ledger is not None:
        with (tmp_path / "home" / "certx.toml").open("a", encoding="utf-8") as file:
            file.write(f'ledger = "{ledger}"\n')
    found = run_disturbed(tmp_path, FORMS["jsonl"], point, expected)
    assert found == expected.outcome
    assert [*found.licences] == [*expected.outcome.licences], "in the order of the table"


@pytest.mark.parametrize("form", [name for name in FORMS if name != "jsonl"])
@pytest.mark.parametrize("nth", [pytest.param(n, marks=[pytest.mark.slow] if n else []) for n in range(OTHER_FORMS)])
def test_killed_while_it_writes_another_form(
    form: str, nth: int, town: Path, tmp_path: Path, undisturbed: Callable[[int], Undisturbed]
) -> None:
    expected = undisturbed(ROWS_IN_CI)
    prepared(town, tmp_path, ROWS_IN_CI)
    point = (POINTS // 2 + nth * POINTS // OTHER_FORMS + nth) % POINTS
    assert run_disturbed(tmp_path, FORMS[form], point, expected) == expected.outcome
