"""The ledger in SQLite (WAL; local disks only)."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes
from typing import Any, Final

from certx.errors import EnvironmentFailureError, UsageError
from certx.ledger import reserving
from certx.ledger import sqlite_succession as succession
from certx.ledger.listed import statuses_of_lists
from certx.ledger.protocol import (
    Chunk,
    Entry,
    KeyUse,
    ListPlace,
    LogPlace,
    Refusal,
    Reservation,
    SigningKey,
    Standing,
    StatusChange,
    StatusesOfList,
    StatusEvent,
)
from certx.ledger.rehearsing import Memory
from certx.ledger.sqlite_commit import Committing, log_size
from certx.ledger.sqlite_format import FORMAT, STEPS, Bits
from certx.ledger.sqlite_locks import SqliteLocks, failure
from certx.ledger.sqlite_reserve import SqliteTables
from certx.ledger.sqlite_status import set_status
from certx.licence.status import CanonicalStatus

_BUSY_SECONDS: Final = 30.0
_CHECKPOINT_PAGES: Final = 20_000
"""So many changed pages wait in the log before they are put in their places: random ones are then written once."""
_CACHE_KIB, _LARGE_CACHE_KIB = -32_768, -131_072
"""Kibibytes (as SQLite has it, negative) of pages that are kept: those that many rows share are then written once. The
large one is for a million statuses at once.
"""
_CHUNK: Final = "SELECT output, file, start, length, rows, sha256 FROM chunk WHERE chunk = ?"
_CHUNKS: Final = "SELECT chunk, output, file, start, length, rows, sha256 FROM chunk WHERE output = ? ORDER BY chunk"
_STANDING: Final = """
    SELECT issued_at, status, series, number, list_index,
        (SELECT old FROM succession WHERE new = licence_id),
        (SELECT new FROM succession JOIN licence AS next ON next.licence_id = new
            WHERE old = licence.licence_id AND next.state = 'issued')
    FROM licence LEFT JOIN status_list USING (list) WHERE licence_id = ? AND state = 'issued'
"""
_LISTS: Final = """
    SELECT number, size, list_index, status, 0 FROM status_list
    LEFT JOIN licence ON licence.list = status_list.list AND status <> 'valid'
    WHERE series = :series
    UNION ALL
    SELECT number, size, list_index, 'valid', max(noted) FROM status_change
    JOIN licence USING (licence_id) JOIN status_list USING (list)
    WHERE status_change.status = 'valid' AND licence.status = 'valid' AND series = :series
    GROUP BY number, size, list_index
    ORDER BY number
"""
_USES: Final = """
    SELECT kid, count(*), min(issued_at), max(issued_at) AS newest
    FROM licence JOIN signing_key ON signing_key = signed_by
    WHERE issuer = ? AND status IN ('valid', 'suspended') GROUP BY kid ORDER BY newest, kid
"""
_USES_UNKNOWN: Final = """
    SELECT NULL, count(*), min(issued_at), max(issued_at) FROM licence
    WHERE signed_by IS NULL AND state = 'issued' AND status IN ('valid', 'suspended')
        AND substr(licence_id, 38, 18) = ?
    HAVING count(*) > 0
"""
"""The issuer stands in the identifier (GB/T 36904)."""
_LIVE_BY_TYPE: Final = """
    SELECT substr(licence_id, 16, 21), count(*) FROM licence
    WHERE state = 'issued' AND status IN ('valid', 'suspended') AND substr(licence_id, 1, 15) = '1.2.156.3005.2.'
    GROUP BY 1
"""
"""The type stands in the identifier of a licence (GB/T 36904); a grant has another."""


class SqliteLedger:
    """One file. Row keys and content may hold personal data, so only a keyed hash of each is stored."""

    def __init__(self, path: Path) -> None:
        """Open or make the file, readable by its owner alone; raises `EnvironmentFailureError`."""
        self._path, self._locks = path, SqliteLocks(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
            if self._format() != FORMAT:
                with self.exclusive():  # two first jobs at once would both make the tables
                    self._bring_up_to_date()
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
            self._database.execute(f"PRAGMA cache_size={_CACHE_KIB}")
            self._database.execute("PRAGMA temp_store=MEMORY")  # identifiers go to no other file
            row = self._database.execute("SELECT value FROM setting WHERE name = 'row-key-secret'").fetchone()
            self._secret = bytes(row[0])
        except (sqlite3.Error, OSError) as error:
            raise self._failure(error) from error

    @contextmanager
    def job(self, output: str) -> Iterator[int]:
        """Note it, and hold a lock file of its own for the block; see `Ledger.job`."""
        with self._transaction():
            made = self._database.execute("INSERT INTO job (output) VALUES (?)", (output,))
        number = int(made.lastrowid or 0)
        with self._locks.job(number):
            yield number

    def reserve(self, rows: Sequence[Reservation], job: int = 0) -> list[Entry | Refusal]:
        """Reserve in one transaction; see `Ledger.reserve`."""
        at_work = cache(self._locks.is_at_work)
        with self._transaction():
            return reserving.reserve(SqliteTables(self._database, at_work), rows, job, self._mac)

    def rehearsal(self) -> Callable[[Sequence[Reservation]], list[Entry | Refusal]]:
        """Remember what was asked; see `Ledger.rehearsal`."""
        memory = Memory()

        def rehearse(rows: Sequence[Reservation]) -> list[Entry | Refusal]:
            try:
                return memory.reserve(SqliteTables(self._database, cache(self._locks.is_at_work)), rows, self._mac)
            except sqlite3.Error as error:
                raise self._failure(error) from error

        return rehearse

    def find(self, rows: Sequence[Reservation]) -> list[Entry | Refusal | None]:
        """Look rows up; see `Ledger.find`."""
        try:
            return reserving.find(SqliteTables(self._database, cache(self._locks.is_at_work)), rows, self._mac)
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def latest(self, row: Reservation) -> Entry | None:
        """Follow the versions; see `Ledger.latest`."""
        try:
            return reserving.latest(SqliteTables(self._database), row, self._mac)
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def chunks(self, output: str) -> list[tuple[int, Chunk]]:
        """Read them; see `Ledger.chunks`."""
        rows = self._read(_CHUNKS, output)
        return [(row[0], Chunk(*row[1:])) for row in rows]

    def chunk(self, number: int) -> Chunk | None:
        """Read it; see `Ledger.chunk`."""
        rows = self._read(_CHUNK, number)
        return Chunk(*rows[0]) if rows else None

    def commit(self, issued: Sequence[Entry], key: SigningKey, *, job: int = 0, chunk: Chunk | None = None) -> int:
        """Mark rows as issued, in one transaction; see `Ledger.commit`."""
        with self._transaction():
            committing = Committing(self._database, key, job, chunk, self._mac)
            if not committing.mark(issued) and not committing.mark(committing.uncommitted(issued)):  # nothing twice
                raise UsageError("row-taken-over", hint="row-taken-over", path=str(self._path))
            return succession.settle(self._database, issued)

    def set_status(self, licence_ids: Sequence[str], event: StatusEvent, *, noted: int | None = None) -> StatusChange:
        """Set them in one transaction; see `Ledger.set_status`."""
        self._read(f"PRAGMA cache_size={_LARGE_CACHE_KIB}")
        with self._transaction():
            return set_status(self._database, licence_ids, event, event.at if noted is None else noted)

    def history(self, licence_id: str) -> list[StatusEvent]:
        """Look it up; see `Ledger.history`."""
        try:
            rows = self._database.execute(
                "SELECT status, at, why FROM status_change WHERE licence_id = ? ORDER BY change", (licence_id,)
            ).fetchall()
        except sqlite3.Error as error:
            raise self._failure(error) from error
        return [StatusEvent(CanonicalStatus(status), at, why) for status, at, why in rows]

    def standing(self, licence_id: str) -> Standing | None:
        """Look it up; see `Ledger.standing`."""
        try:
            found = self._database.execute(_STANDING, (licence_id,)).fetchone()
        except sqlite3.Error as error:
            raise self._failure(error) from error
        if found is None:
            return None
        place = None if found[2] is None else ListPlace(*found[2:5])
        return Standing(licence_id, found[0], CanonicalStatus(found[1]), place, *found[5:7])

    def lists(self, series: str) -> list[StatusesOfList]:
        """Read them in one statement; see `Ledger.lists`."""
        try:
            rows = self._database.execute(_LISTS, {"series": series}).fetchall()
        except sqlite3.Error as error:
            raise self._failure(error) from error
        return statuses_of_lists(rows)

    def uses(self, issuer: str) -> list[KeyUse]:
        """Count them; see `Ledger.uses`."""
        return [KeyUse(*row) for row in (*self._read(_USES, issuer), *self._read(_USES_UNKNOWN, issuer))]

    def live_since(self, key: SigningKey, at: int) -> int:
        """Count them; see `Ledger.live_since`."""
        rows = self._read(
            """
            SELECT count(*) FROM licence JOIN signing_key ON signing_key = signed_by
            WHERE issuer = ? AND kid = ? AND issued_at >= ? AND status IN ('valid', 'suspended')
            """,
            *key,
            at,
        )
        return int(rows[0][0])

    def live_by_type(self) -> dict[str, int]:
        """Count them; see `Ledger.live_by_type`."""
        return dict(self._read(_LIVE_BY_TYPE))

    def log_size(self, issuer: str) -> int:
        """Its size; see `Ledger.log_size`."""
        try:
            return log_size(self._database, issuer)
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def log(self, issuer: str, start: int, stop: int) -> bytes:
        """Read them; see `Ledger.log`."""
        query = "SELECT digest FROM log_entry WHERE issuer = ? AND position >= ? AND position < ? ORDER BY position"
        return b"".join(row[0] for row in self._read(query, issuer, start, stop))

    def log_place(self, licence_id: str) -> LogPlace | None:
        """Look it up; see `Ledger.log_place`."""
        rows = self._read(
            """
            SELECT log_entry.issuer, position, log_entry.digest, kid FROM licence
            LEFT JOIN signing_key ON signing_key = signed_by
            JOIN log_entry ON log_entry.issuer = coalesce(signing_key.issuer, substr(licence_id, 38, 18))
                AND position = log_position AND log_entry.digest = licence.digest
            WHERE licence_id = ?
            """,
            licence_id,
        )
        return LogPlace(*rows[0]) if rows else None

    def _read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._database.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self._failure(error) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of the block or nothing of it."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failure(error) from error

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold a lock file for the block; see `Ledger.exclusive`."""
        with self._locks.exclusive():
            yield

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _mac(self, data: bytes) -> bytes:
        return blake2b(data, key=self._secret, digest_size=20).digest()

    def _format(self) -> int:
        return int(self._database.execute("PRAGMA user_version").fetchone()[0])

    def _bring_up_to_date(self) -> None:
        """Make the tables, or those that a ledger of an earlier format lacks; one of a later format is left alone."""
        found = self._format()
        if found > FORMAT or found < 0:
            raise EnvironmentFailureError(
                "ledger-format", hint="ledger-format", path=str(self._path), found=found, known=FORMAT
            )
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.create_aggregate("bits", 2, Bits)  # type: ignore[arg-type]  # typeshed wants a result of step
        with self._transaction():
            for statement in (statement for step in STEPS[found:] for statement in step):
                self._database.execute(statement)
            self._database.execute(
                "INSERT OR IGNORE INTO setting (name, value) VALUES ('row-key-secret', ?)", (token_bytes(32),)
            )
            self._database.execute(f"PRAGMA user_version = {FORMAT}")

    def _failure(self, error: Exception) -> EnvironmentFailureError:
        return failure(self._path, error)
