"""The log of verdicts: what a line says, how it gets into the store, and that nothing about it can harm a verdict."""

import json
import os
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import pytest

import world
from certx.app.verifying.verdict_log import VerdictLog, leave_lines, read_history, salt_for
from certx.audit.record import Kind, Line, Record, canonical, line_from, line_object, lines_of, mark_of
from certx.audit.sqlite import CounterStore
from certx.audit.waiting import WaitingLines
from certx.credential.errors import CredentialError
from certx.errors import CertxError, EnvironmentFailureError
from certx.i18n import Words
from certx.reason import Reason
from certx.render.history import history_csv
from certx.settings import Settings, load_settings
from certx.verdict import Answer

SALT: Final = bytes(range(32))
KIND: Final = Kind("accepted", "", "holder-not-proven", "business-licence", "510000", "agr-1", "", "7")
DAY: Final = 86_400


def line(at: int, kind: Kind = KIND) -> Line:
    return Line(at, kind, bytes(16))


def settings(home: Path, **more: int) -> Settings:
    return Settings(home, **more)


def numbers(where: Settings) -> list[int]:
    return [record.number for record in read_history(where, since=0, until=float("inf"), now=1_000)]


def times(where: Settings) -> list[int]:
    return [record.line.at for record in read_history(where, since=0, until=float("inf"), now=1_000)]


def test_a_line_says_what_a_verdict_says_and_nothing_of_whom() -> None:
    verdict = world.verify(world.issue())
    found = lines_of([Answer("张三.txt", verdict)], now=1.0, salt=SALT)[0]
    assert found.kind.outcome == "accepted"
    assert found.kind.warnings.split() == ["holder-not-proven"]
    assert (found.kind.type, found.kind.region) == ("business-licence", world.SICHUAN)
    assert found.kind.agreement
    assert verdict.credential is not None
    assert found.licence == mark_of(str(verdict.credential.licence_id), SALT)
    said = canonical(Record(1, found)).decode()
    assert verdict.licence is not None
    for text in [value for value in verdict.licence.claims.values() if isinstance(value, str) and len(value) > 4]:
        assert text not in said
    assert "张三" not in said


def test_what_is_not_proven_is_not_noted() -> None:
    text = world.issue()
    head, _, rest = text.partition(".")
    altered = f"{head}.{rest[:40]}{'A' if rest[40] != 'A' else 'B'}{rest[41:]}"
    found = lines_of([Answer("x", world.verify(altered))], now=1.0, salt=SALT)[0]
    assert found.kind.outcome == "invalid"
    assert (found.kind.type, found.kind.region, found.licence) == ("", "", b"")


def test_what_cannot_be_read_has_a_line_too() -> None:
    found = lines_of([Answer("x", None, CredentialError(Reason.UNREADABLE_EMPTY))], now=5.7, salt=SALT)[0]
    assert found == Line(5, Kind("", "unreadable-empty"))


def test_the_canonical_bytes_of_a_record_never_change() -> None:
    assert canonical(Record(3, line(1_795_438_753))) == (
        b'{"agreement":"agr-1","at":1795438753,"licence":"00000000000000000000000000000000","number":3,'
        b'"outcome":"accepted","reason":null,"region":"510000","registry":"7","scenario":null,'
        b'"type":"business-licence","warnings":["holder-not-proven"]}'
    )
    assert line_from(json.loads(canonical(Record(3, line(9))))) == line(9)


def test_the_same_licence_is_known_again_at_one_counter_and_not_at_another() -> None:
    assert mark_of("1.2.3", SALT) == mark_of("1.2.3", SALT)
    assert len({mark_of("1.2.3", SALT), mark_of("1.2.3", bytes(32)), mark_of("1.2.4", SALT)}) == 3


def test_lines_are_numbered_and_no_number_is_given_twice(tmp_path: Path) -> None:
    store = CounterStore(tmp_path / "counter.db", patience=1)
    store.add([line(100), line(200)], keep_since=0)
    store.add([line(300, KIND._replace(outcome="invalid"))], keep_since=1_000)  # all are old now
    assert list(store.history(0, 1_000)) == []
    store.add([line(2_000)], keep_since=1_000)
    assert [(record.number, record.line.at) for record in store.history(0, 9_000)] == [(4, 2_000)]


def test_waiting_lines_are_taken_in_by_time_and_once(tmp_path: Path) -> None:
    where = settings(tmp_path)
    for at in (30, 10, 20):
        leave_lines(where, [line(at)], now=100)
    assert times(where) == [10, 20, 30]
    assert numbers(where) == [1, 2, 3]
    assert list(where.counter_waiting.iterdir()) == []


def test_a_crash_before_a_file_is_removed_does_not_log_it_twice(tmp_path: Path) -> None:
    where = settings(tmp_path)
    leave_lines(where, [line(10)], now=100)
    (kept,) = where.counter_waiting.iterdir()
    data = kept.read_bytes()

    class Crash(WaitingLines):
        def remove(self, name: str) -> None:
            raise OSError(28, f"cannot remove {name}")

    with pytest.raises(EnvironmentFailureError):
        CounterStore(where.counter, patience=1).take_in(Crash(where.counter_waiting), keep_since=0)
    assert kept.read_bytes() == data
    assert numbers(where) == [1]
    assert not kept.exists()


def test_a_damaged_file_is_told_and_does_not_stay(tmp_path: Path) -> None:
    where = settings(tmp_path)
    leave_lines(where, [line(10)], now=100)
    (where.counter_waiting / "9-x.jsonl").write_bytes(b"")  # as a power cut leaves it
    (where.counter_waiting / "9-y.jsonl").write_bytes(b'{"at": "soon"}')
    with pytest.raises(EnvironmentFailureError) as told:
        numbers(where)
    assert (told.value.code, told.value.params["count"]) == ("counter-lines-damaged", 2)
    assert numbers(where) == [1]


def test_after_many_small_runs_one_tidies_up(tmp_path: Path) -> None:
    where = settings(tmp_path)
    for at in range(70):
        leave_lines(where, [line(at)], now=100)
    assert len(list(where.counter_waiting.iterdir())) < 10
    assert times(where) == sorted(times(where))
    assert len(times(where)) == 70


def _write_some(home: str, start: int) -> None:
    where = Settings(Path(home))
    for at in range(start, start + 40):
        leave_lines(where, [line(at)], now=1_000)
    log = VerdictLog(where)
    for at in range(start + 40, start + 80):
        log.add([line(at)], now=1_000)
    assert log.problem is None, log.problem


def test_many_processes_write_at_once(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(_write_some, [str(tmp_path)] * 4, range(0, 400, 100)))
    found = times(settings(tmp_path))
    assert sorted(found) == sorted(start + n for start in range(0, 400, 100) for n in range(80))
    assert numbers(settings(tmp_path)) == list(range(1, 321))


def test_a_locked_store_makes_lines_wait_and_none_is_lost(tmp_path: Path) -> None:
    where = settings(tmp_path)
    log = VerdictLog(where, patience=0.01)
    log.add([line(1)], now=100)
    other = sqlite3.connect(where.counter, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    log.add([line(2)], now=100)
    assert log.problem is not None
    assert log.problem.code == "counter-busy"
    assert log.held == 1
    other.execute("COMMIT")
    log.add([line(3)], now=100)
    assert (log.problem, log.held) == (None, 0)
    assert times(where) == [1, 2, 3]


@pytest.mark.parametrize("content", [b"not a database, but long enough to look like one" * 30, None])
def test_a_store_that_cannot_be_used_is_an_error_with_words(tmp_path: Path, content: bytes | None) -> None:
    where = settings(tmp_path)
    if content is None:
        where.counter.mkdir()
    else:
        where.counter.write_bytes(content)
    log = VerdictLog(where)
    log.add([line(1)], now=100)
    assert log.problem is not None
    assert log.problem.code == "counter-unwritable"
    for language in ("zh", "en"):
        assert Words(language).error(log.problem)[0]  # type: ignore[arg-type]


def test_a_store_of_a_later_certx_is_left_alone(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "counter.db")
    database.execute("PRAGMA user_version=99")
    database.close()
    before = (tmp_path / "counter.db").read_bytes()
    with pytest.raises(EnvironmentFailureError, match="counter-newer"):
        CounterStore(tmp_path / "counter.db", patience=1).add([line(1)], keep_since=0)
    assert before == b"" or (tmp_path / "counter.db").stat().st_size >= len(before)


def test_old_lines_go_in_passing(tmp_path: Path) -> None:
    where = settings(tmp_path, history_days=2)
    log = VerdictLog(where)
    log.add([line(0), line(DAY)], now=2 * DAY)
    log.add([line(3 * DAY)], now=3 * DAY + 1)
    assert times(where) == [3 * DAY]


def test_the_secret_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    where = settings(tmp_path)
    salt = salt_for(where)
    assert len(salt) == 32
    assert salt_for(where) == salt
    assert [path.name for path in tmp_path.iterdir()] == ["counter.salt"]
    if os.name == "posix":
        assert where.counter_salt.stat().st_mode & 0o077 == 0
    where.counter_salt.write_bytes(b"short")
    with pytest.raises(CertxError, match="counter-salt"):
        salt_for(where)


def test_a_table_for_offices_runs_no_formula() -> None:
    kind = KIND._replace(scenario="=cmd|' /C calc'!A0", registry="+1", agreement="@x")
    data = b"".join(history_csv([Record(1, line(0, kind))], Words("zh"), None))
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == 2
    row = data.decode("utf-8-sig").splitlines()[1].split(",")
    assert row[2:4] == ["认可", "accepted"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


@pytest.mark.parametrize("text", ["-1", "1.5", "", "x", "99999999999", "１"])
def test_a_setting_that_is_no_number_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "certx.toml").write_text(f'history_days = "{text}"\n', "utf-8")
    if not text:
        assert load_settings({"CERTX_HOME": str(tmp_path)}).history_days == 184
        return
    with pytest.raises(CertxError, match="setting-number"):
        load_settings({"CERTX_HOME": str(tmp_path)})


def test_settings_of_the_counter(tmp_path: Path) -> None:
    (tmp_path / "certx.toml").write_text('history_days = "30"\nsync_minutes = "0"\n', "utf-8")
    found = load_settings({"CERTX_HOME": str(tmp_path), "CERTX_HISTORY_DAYS": "7"})
    assert (found.history_days, found.sync_minutes) == (7, 0)


def test_an_object_of_a_line_says_null_where_there_is_nothing() -> None:
    found = line_object(Line(5, Kind("", "unreadable-empty")))
    assert (found["outcome"], found["licence"], found["warnings"]) == (None, None, [])
