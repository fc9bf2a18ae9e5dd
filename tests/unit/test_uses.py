"""What verdicts use up: each thing once, whoever comes at the same time."""

import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import pytest

from certx.audit.sqlite import FORMAT, CounterStore
from certx.audit.sqlite_uses import KEPT_SECONDS
from certx.audit.uses import Answered, Consumed, Counted, GrantUse, OpenRequest, Showing, Took
from certx.errors import EnvironmentFailureError

NOW: Final = 1_795_438_753
FIRST: Final = Showing("nonce", "first", b"presentation 1", b"credential 1")
REQUEST: Final = OpenRequest("nonce", bytes(32), "branch", "urn:certx:counter:500000:hall", NOW, NOW + 600, b"{}")


def opened(folder: Path) -> CounterStore:
    return CounterStore(folder / "counter.db", patience=5)


def test_the_same_bytes_again_use_up_nothing_and_say_when_they_were_seen(tmp_path: Path) -> None:
    store = opened(tmp_path)
    assert store.consume(FIRST, at=NOW) == Consumed(Took.NEW, NOW)
    assert store.consume(FIRST, at=NOW + 60) == Consumed(Took.AGAIN, NOW)


def test_another_presentation_for_the_same_query_comes_too_late(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.consume(FIRST, at=NOW)
    other = FIRST._replace(presentation=b"presentation 2", credential=b"credential 2")
    assert store.consume(other, at=NOW + 1) == Consumed(Took.TAKEN, NOW)
    assert store.consume(other._replace(nonce="another"), at=NOW + 1).took is Took.NEW


def test_each_query_of_a_request_has_its_own_answer_and_no_credential_answers_two(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.consume(FIRST, at=NOW)
    second = Showing("nonce", "second", b"presentation 2", b"credential 2")
    assert store.consume(second._replace(credential=FIRST.credential), at=NOW) == Consumed(Took.TAKEN, NOW)
    assert store.consume(second, at=NOW).took is Took.NEW
    assert store.answered("nonce") == {"first", "second"}


def test_a_grant_is_used_as_often_as_it_says_and_refusals_are_put_down(tmp_path: Path) -> None:
    store = opened(tmp_path)
    uses = [GrantUse("grant", bytes([number]), most=3, daily=2) for number in range(4)]
    assert [store.consume(None, use, at=NOW).took for use in uses[:3]] == [Took.NEW, Took.NEW, Took.TODAY]
    assert store.consume(None, uses[0], at=NOW + 5) == Consumed(Took.AGAIN, NOW)
    tomorrow = NOW + 86_400
    assert store.consume(None, uses[2], at=tomorrow).took is Took.NEW
    assert store.consume(None, uses[3], at=tomorrow).took is Took.EXHAUSTED
    with sqlite3.connect(tmp_path / "counter.db") as database:
        refused = database.execute("SELECT refused FROM grant_use WHERE refused != '' ORDER BY number").fetchall()
    assert refused == [("today",), ("exhausted",)]


def test_a_day_of_a_grant_is_one_in_china(tmp_path: Path) -> None:
    store, midnight = opened(tmp_path), NOW - (NOW + 8 * 3_600) % 86_400
    first, second = (GrantUse("grant", bytes([number]), daily=1) for number in range(2))
    assert store.consume(None, first, at=midnight - 1).took is Took.NEW
    assert store.consume(None, second, at=midnight).took is Took.NEW


def test_a_grant_that_is_used_up_leaves_the_request_open(tmp_path: Path) -> None:
    store = opened(tmp_path)
    assert store.consume(FIRST, GrantUse("grant", b"1", most=0), at=NOW).took is Took.EXHAUSTED
    assert store.answered("nonce") == frozenset()


def _take(folder: Path, number: int) -> Took:
    mine = FIRST._replace(presentation=bytes([number]), credential=bytes([number]))
    return opened(folder).consume(mine, GrantUse("grant", bytes([number]), most=1), at=NOW).took


def test_of_processes_that_take_the_same_at_once_exactly_one_is_first(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        took = list(pool.map(_take, [tmp_path] * 8, range(8)))
    assert sorted(took) == [Took.NEW, *[Took.TAKEN] * 7]


def test_requests_are_found_by_their_nonce_and_forgotten_a_month_after_they_ended(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.open_request(REQUEST)
    store.consume(FIRST, at=NOW)
    assert store.find_request("nonce") == REQUEST
    assert store.find_request("another") is None
    later = NOW + KEPT_SECONDS + 601
    store.open_request(REQUEST._replace(nonce="another", issued_at=later, expires=later + 600))
    assert store.find_request("nonce") is None
    assert store.answered("nonce") == frozenset()


def test_a_log_of_an_earlier_certx_gets_the_new_tables_and_keeps_its_lines(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.close()
    with sqlite3.connect(tmp_path / "counter.db") as database:
        for table in ("request", "showing", "grant_use", "grant_tally", "grant_revoked"):
            database.execute(f"DROP TABLE {table}")
        database.execute("INSERT INTO taken_in VALUES ('kept')")
        database.execute("PRAGMA user_version=1")
    opened(tmp_path).open_request(REQUEST)
    with sqlite3.connect(tmp_path / "counter.db") as database:
        assert database.execute("PRAGMA user_version").fetchone() == (FORMAT,)
        assert database.execute("SELECT name FROM taken_in").fetchone() == ("kept",)


@contextmanager
def as_format_2(folder: Path) -> Iterator[sqlite3.Connection]:
    """The store as the certx before this one left it."""
    with sqlite3.connect(folder / "counter.db") as database:
        database.execute("DROP TABLE grant_tally")
        database.execute("CREATE INDEX grant_use_at ON grant_use (grant_id, at) WHERE refused = ''")
        database.execute("CREATE INDEX grant_use_refused ON grant_use (grant_id) WHERE refused != ''")
        database.execute("ALTER TABLE request DROP COLUMN document")
        database.execute("PRAGMA user_version=2")
        yield database


def test_uses_that_an_earlier_certx_put_down_are_added_up(tmp_path: Path) -> None:
    store, tomorrow = opened(tmp_path), NOW + 86_400
    for number, at in enumerate((NOW, NOW, tomorrow)):
        store.consume(None, GrantUse("grant", bytes([number]), most=3), at=at)
    store.consume(None, GrantUse("grant", b"late", most=3), at=tomorrow)
    store.refuse(GrantUse("another", b"x"), "grant-over", at=NOW)
    before = [store.count(grant, at=at) for grant in ("grant", "another", "none") for at in (NOW, tomorrow)]
    store.close()
    with as_format_2(tmp_path):
        pass
    store = opened(tmp_path)
    assert [store.count(grant, at=at) for grant in ("grant", "another", "none") for at in (NOW, tomorrow)] == before
    assert before[:3] == [Counted(3, 2, 1), Counted(3, 1, 1), Counted(0, 0, 1)]
    assert store.consume(None, GrantUse("grant", b"later", most=3), at=tomorrow).took is Took.EXHAUSTED


def test_what_is_added_up_is_what_was_put_down_whatever_the_order_of_days(tmp_path: Path) -> None:
    """A clock that was put back counts for the day that it tells."""
    store = opened(tmp_path)
    for number, at in enumerate((NOW, NOW + 86_400, NOW, NOW + 86_400)):
        assert store.consume(None, GrantUse("grant", bytes([number]), daily=2), at=at).took is Took.NEW
    assert store.consume(None, GrantUse("grant", b"5", daily=2), at=NOW).took is Took.TODAY
    assert store.count("grant", at=NOW) == Counted(4, 2, 1)


def test_a_use_that_is_broken_off_leaves_neither_line_nor_sum(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with sqlite3.connect(tmp_path / "counter.db") as database:
        database.execute("CREATE TRIGGER full BEFORE UPDATE ON grant_tally BEGIN SELECT RAISE(ABORT, 'full'); END")
    assert store.consume(None, GrantUse("grant", b"1", most=2), at=NOW).took is Took.NEW
    with pytest.raises(EnvironmentFailureError):
        store.consume(None, GrantUse("grant", b"2", most=2), at=NOW)
    with sqlite3.connect(tmp_path / "counter.db") as database:
        assert database.execute("SELECT count(*) FROM grant_use").fetchone() == (1,)
    assert store.count("grant", at=NOW) == Counted(1, 1, 0)


BOTH: Final = frozenset({"first", "second"})
SECOND: Final = Showing("nonce", "second", b"presentation 2", b"credential 2")


def test_answers_are_taken_together_or_not_at_all(tmp_path: Path) -> None:
    store = opened(tmp_path)
    assert store.answer([FIRST], BOTH.__le__, at=NOW) == Answered([None], frozenset({"first"}))
    assert store.answered("nonce") == frozenset()
    other = FIRST._replace(presentation=b"presentation 3")
    assert store.answer([other, SECOND], BOTH.__le__, at=NOW).each == [Consumed(Took.NEW, NOW)] * 2, (
        "the first is no other"
    )
    again = store.answer([SECOND], BOTH.__le__, at=NOW + 5).each
    assert again == [Consumed(Took.AGAIN, NOW)], "what was there before counts"
    assert store.answer([FIRST], BOTH.__le__, at=NOW + 5).each == [Consumed(Took.TAKEN, NOW)]


def test_one_credential_is_no_answer_to_two_queries(tmp_path: Path) -> None:
    store = opened(tmp_path)
    same = SECOND._replace(credential=FIRST.credential)
    assert store.answer([FIRST, same], BOTH.__le__, at=NOW).each == [None, Consumed(Took.TAKEN, NOW)]
    assert store.answered("nonce") == frozenset()


def _take_both(folder: Path, number: int) -> Sequence[Consumed | None]:
    mine = [one._replace(presentation=bytes([number])) for one in (FIRST, SECOND)]
    return opened(folder).answer(mine, BOTH.__le__, at=NOW).each


def test_of_processes_that_have_all_of_it_at_once_one_takes_all(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        rows = list(pool.map(_take_both, [tmp_path] * 6, range(6)))
    assert sorted([one and one.took for one in row] for row in rows) == [[Took.NEW] * 2, *[[Took.TAKEN] * 2] * 5]


def test_requests_that_an_earlier_certx_made_are_over(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with as_format_2(tmp_path) as database:
        database.execute("INSERT INTO request VALUES ('nonce', x'00', 'branch', 'x', 1, 2)")
    store = opened(tmp_path)
    assert store.find_request("nonce") is None
    store.open_request(REQUEST)
    assert store.find_request("nonce") == REQUEST
