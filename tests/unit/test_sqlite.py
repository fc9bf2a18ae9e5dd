"""A file of SQLite: transactions that are whole or nothing, whatever ends them."""

import sqlite3
from pathlib import Path

import pytest

from certx.errors import CertxError, EnvironmentFailureError
from certx.sqlite import SqliteFile, held, is_busy

STEPS = (("CREATE TABLE row (text TEXT)",), ("CREATE TABLE other (text TEXT)",))


def failure(error: sqlite3.Error | OSError) -> CertxError:
    return EnvironmentFailureError("busy" if is_busy(error) else "failed", detail=str(error))


def newer(found: int) -> CertxError:
    return EnvironmentFailureError("newer", found=found)


def opened(path: Path) -> SqliteFile:
    file = SqliteFile(path, patience=0.1, failure=failure)
    file.bring_up_to_date(STEPS, newer)
    return file


def texts(file: SqliteFile) -> list[str]:
    return [text for (text,) in file.database.execute("SELECT text FROM row")]


def fill(file: SqliteFile) -> None:
    """Write until the file may not grow any more."""
    file.database.execute("INSERT INTO row VALUES ('gone')")
    pages = file.database.execute("PRAGMA page_count").fetchone()[0]
    file.database.execute(f"PRAGMA max_page_count = {pages}")
    file.database.execute("INSERT INTO row VALUES (?)", ("x" * 100_000,))


def write_and_raise(file: SqliteFile, error: type[BaseException]) -> None:
    with file.transaction():
        file.database.execute("INSERT INTO row VALUES ('gone')")
        raise error


def test_what_ends_a_block_undoes_all_of_it(tmp_path: Path) -> None:
    file = opened(tmp_path / "file.db")
    with file.transaction():
        file.database.execute("INSERT INTO row VALUES ('kept')")
    for error in (KeyError, KeyboardInterrupt):
        with pytest.raises(error):
            write_and_raise(file, error)
    assert texts(file) == ["kept"]
    assert not file.database.in_transaction


def test_a_disk_that_is_full_is_the_only_thing_that_is_told(tmp_path: Path) -> None:
    file = opened(tmp_path / "file.db")
    with pytest.raises(CertxError) as caught, file.transaction():
        fill(file)
    assert caught.value.params["detail"] == "database or disk is full"
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert caught.value.__cause__.__context__ is None
    with file.transaction():
        file.database.execute("INSERT INTO row VALUES ('fits')")
    assert texts(file) == ["fits"]


def test_a_block_that_goes_on_after_its_transaction_ended_is_not_taken_for_done(tmp_path: Path) -> None:
    file = opened(tmp_path / "file.db")
    with pytest.raises(CertxError) as caught, file.transaction(), pytest.raises(sqlite3.OperationalError):
        fill(file)
    assert "no transaction" in str(caught.value.params["detail"])


def test_another_process_is_waited_for_no_longer_than_said(tmp_path: Path) -> None:
    first, second = opened(tmp_path / "file.db"), opened(tmp_path / "file.db")
    with first.transaction(), pytest.raises(CertxError, match="busy"), second.transaction():
        pytest.fail("two at once")
    with second.transaction():
        pass


def test_steps_are_carried_out_once_and_a_file_with_more_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    file = SqliteFile(path, patience=0.1, failure=failure)
    file.bring_up_to_date(STEPS[:1], newer)
    file.bring_up_to_date(STEPS, newer)
    file.bring_up_to_date(STEPS, newer)
    before = path.read_bytes()
    with pytest.raises(CertxError) as caught:
        file.bring_up_to_date(STEPS[:1], newer)
    assert (caught.value.code, caught.value.params) == ("newer", {"found": 2})
    assert path.read_bytes() == before


def test_a_lock_is_held_by_one_and_let_go_whatever_happens(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    first, second = (held(lock, patience=0, failure=failure) for _ in range(2))
    with first, pytest.raises(CertxError, match="busy"), second:
        pytest.fail("two at once")
    with pytest.raises(KeyError), held(lock, patience=0, failure=failure):
        raise KeyError
    with held(lock, patience=0, failure=failure):
        pass
    lock.write_bytes(b"not a database, but a text of some length" * 40)
    with pytest.raises(CertxError, match="failed"), held(lock, patience=0, failure=failure):
        pytest.fail("nothing was locked")
