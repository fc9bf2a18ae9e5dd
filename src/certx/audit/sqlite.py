"""The store of a counter in SQLite (WAL; local disks only): its log of verdicts, and what verdicts use up."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from certx.audit import sqlite_uses
from certx.audit.record import Kind, Line, Record
from certx.audit.uses import Answered, Consumed, Counted, GrantUse, OpenRequest, Showing
from certx.audit.waiting import Left, WaitingLines
from certx.errors import EnvironmentFailureError, cause_of
from certx.sqlite import SqliteFile, is_busy

_KIND_COLUMNS: Final = ", ".join(Kind._fields)
_FORMAT_1: Final = (
    f"""
    CREATE TABLE kind (
        kind INTEGER PRIMARY KEY, {" TEXT NOT NULL, ".join(Kind._fields)} TEXT NOT NULL,
        UNIQUE ({_KIND_COLUMNS})
    )
    """,
    """
    CREATE TABLE verdict (
        number  INTEGER PRIMARY KEY AUTOINCREMENT,
        at      INTEGER NOT NULL,
        kind    INTEGER NOT NULL REFERENCES kind (kind),
        licence BLOB NOT NULL
    )
    """,
    "CREATE INDEX verdict_at ON verdict (at)",
    # Files of waiting lines that were taken in and perhaps not removed yet.
    "CREATE TABLE taken_in (name TEXT PRIMARY KEY) WITHOUT ROWID",
)
STEPS: Final = (_FORMAT_1, sqlite_uses.TABLES, (*sqlite_uses.TALLIES, *sqlite_uses.SCENARIOS))
FORMAT: Final = len(STEPS)
"""The format that this certx reads and writes, as `PRAGMA user_version` has it; 0 is an empty file."""

_NEW_KIND: Final = f"INSERT OR IGNORE INTO kind ({_KIND_COLUMNS}) VALUES ({', '.join('?' * len(Kind._fields))})"  # noqa: S608 - our own
_KIND: Final = f"SELECT kind FROM kind WHERE {' AND '.join(f'{name} = ?' for name in Kind._fields)}"  # noqa: S608 - our own
_HISTORY: Final = f"""
    SELECT number, at, licence, {_KIND_COLUMNS} FROM verdict JOIN kind USING (kind)
    WHERE at >= ? AND at < ? ORDER BY number
"""  # noqa: S608 - our own
_REMOVED_AT_ONCE: Final = 10_000
_PAGE: Final = 1_000


class CounterStore:
    """One file, `counter.db`; any number of processes may write to it at once."""

    def __init__(self, path: Path, *, patience: float) -> None:
        """Open or make the file, readable by its owner alone; raises `EnvironmentFailureError`.

        `patience`: seconds to wait for another process that is writing.
        """
        self._path = path
        self._file = SqliteFile(path, patience=patience, failure=self._failure)
        self._database = self._file.database
        with self._file.failures():
            self._database.execute("PRAGMA synchronous=NORMAL")
        self._file.bring_up_to_date(STEPS, self._newer)

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    def add(self, lines: Iterable[Line], *, keep_since: float) -> None:
        """Append lines, all or none, and remove some of those before `keep_since`; raises `EnvironmentFailureError`."""
        with self._file.transaction():
            self._insert(lines)
            self._forget_before(keep_since)

    def take_in(self, waiting: WaitingLines, *, keep_since: float) -> int:
        """Append what waits, each file once whatever happens meanwhile; how many files could not be read.

        Raises `EnvironmentFailureError`; what was not taken in waits on.
        """
        with self._file.failures():
            names = waiting.names()
            if not names:
                return 0
            with self._file.transaction():
                found = self._insert_files(waiting, names)
                self._forget_before(keep_since)
            for left in found:
                waiting.remove(left.name)
            gone = [(left.name,) for left in found]
            self._database.executemany("DELETE FROM taken_in WHERE name = ?", gone)
        return sum(left.lines is None for left in found)

    def _insert_files(self, waiting: WaitingLines, names: Sequence[str]) -> list[Left]:
        """Append the lines of these files, but for those that another process was about to remove."""
        found = [left for name in names if (left := waiting.read(name)) is not None]
        lines = list[Line]()
        for left in found:
            is_new = self._database.execute("INSERT OR IGNORE INTO taken_in VALUES (?)", (left.name,)).rowcount
            if is_new and left.lines is not None:
                lines += left.lines
        self._insert(sorted(lines, key=lambda line: line.at))
        return found

    def history(self, since: float, until: float) -> Iterator[Record]:
        """The lines of that time (Unix; `until` exclusive) by number; raises `EnvironmentFailureError`."""
        with self._file.failures():
            rows = self._database.execute(_HISTORY, (since, until))
            while page := rows.fetchmany(_PAGE):
                for number, at, licence, *kind in page:
                    yield Record(number, Line(at, Kind(*kind), licence))

    def open_request(self, request: OpenRequest) -> None:
        """Keep a request, to be answered until it ends; raises `EnvironmentFailureError`."""
        with self._file.transaction():
            sqlite_uses.open_request(self._database, request)

    def find_request(self, nonce: str) -> OpenRequest | None:
        """The request of that nonce, if this counter made it; raises `EnvironmentFailureError`."""
        with self._file.failures():
            return sqlite_uses.find_request(self._database, nonce)

    def answer(self, showings: Sequence[Showing], serves: Callable[[frozenset[str]], bool], *, at: int) -> Answered:
        """Take the answers to one request at Unix time `at`, all or none; `serves`: do answers to these queries do?

        Of any number of processes that take the same, exactly one is first. Raises `EnvironmentFailureError`.
        """
        with self._file.transaction():
            return sqlite_uses.answer(self._database, showings, serves, at=at)

    def consume(self, showing: Showing | None, use: GrantUse | None = None, *, at: int) -> Consumed:
        """Take an answer to a request and a use of a grant at Unix time `at`, both or neither.

        Of any number of processes that take the same, exactly one is first. Raises `EnvironmentFailureError`.
        """
        with self._file.transaction():
            return sqlite_uses.consume(self._database, showing, use, at=at)

    def answered(self, nonce: str) -> frozenset[str]:
        """The queries of that request that have an answer; raises `EnvironmentFailureError`."""
        with self._file.failures():
            return sqlite_uses.answered(self._database, nonce)

    def refuse(self, use: GrantUse, why: str, *, at: int) -> None:
        """Put down that a use of a grant was refused, and why; raises `EnvironmentFailureError`."""
        with self._file.transaction():
            sqlite_uses.put_down(self._database, use, why, at=at)

    def count(self, grant: str, *, at: int) -> Counted:
        """How often a grant was used at this site; raises `EnvironmentFailureError`."""
        with self._file.failures():
            return sqlite_uses.count(self._database, grant, at=at)

    def revoke(self, grant: str, kid: str, *, at: int) -> None:
        """Keep that the grantor, by its key, revoked a grant; raises `EnvironmentFailureError`."""
        with self._file.transaction():
            sqlite_uses.revoke(self._database, grant, kid, at=at)

    def is_revoked(self, grant: str, kid: str) -> bool:
        """Did the grantor, by its key, revoke the grant? Raises `EnvironmentFailureError`."""
        with self._file.failures():
            return sqlite_uses.is_revoked(self._database, grant, kid)

    def _insert(self, lines: Iterable[Line]) -> None:
        number_of = cache(self._number_of)
        rows = [(at, number_of(kind), licence) for at, kind, licence in lines]
        self._database.executemany("INSERT INTO verdict (at, kind, licence) VALUES (?, ?, ?)", rows)

    def _number_of(self, kind: Kind) -> int:
        self._database.execute(_NEW_KIND, kind)
        number: int = self._database.execute(_KIND, kind).fetchone()[0]
        return number

    def _forget_before(self, moment: float) -> None:
        """Remove old lines, a bounded number at a time; what they had in common is as good as nothing, and stays."""
        self._database.execute(
            "DELETE FROM verdict WHERE number IN (SELECT number FROM verdict WHERE at < ? LIMIT ?)",
            (moment, _REMOVED_AT_ONCE),
        )

    def _newer(self, found: int) -> EnvironmentFailureError:
        """A store of a later certx is left alone."""
        return EnvironmentFailureError("counter-newer", hint="counter-newer", path=str(self._path), version=found)

    def _failure(self, error: sqlite3.Error | OSError) -> EnvironmentFailureError:
        if is_busy(error):
            return EnvironmentFailureError("counter-busy", path=str(self._path))
        detail = cause_of(error)
        return EnvironmentFailureError(
            "counter-unwritable", hint="file-unwritable", path=str(self._path), detail=detail
        )
