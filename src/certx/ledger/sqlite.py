"""The ledger in SQLite (WAL; local disks only)."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes
from typing import Final

from certx.errors import EnvironmentFailureError, UsageError
from certx.ledger.protocol import Entry, EntryState, Reservation

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS licence (
    row_mac     BLOB PRIMARY KEY,
    licence_id  TEXT NOT NULL UNIQUE,
    content_mac BLOB NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('reserved', 'issued')),
    digest      BLOB UNIQUE,
    issued_at   INTEGER
) WITHOUT ROWID;
"""
_BUSY_SECONDS: Final = 30.0
_FORMAT: Final = 1


class SqliteLedger:
    """One file. Row keys and content may hold personal data, so only a keyed hash of each is stored."""

    def __init__(self, path: Path) -> None:
        """Open or make the file, readable by its owner alone; raises `EnvironmentFailureError`."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
            with self.exclusive():  # two first jobs at once would both make the tables
                self._database.execute("PRAGMA journal_mode=WAL")
                self._database.execute("PRAGMA synchronous=FULL")
                self._database.executescript(_SCHEMA)
                self._check_format()
                self._secret = self._load_secret()
        except (sqlite3.Error, OSError) as error:
            raise self._failure(error) from error

    def reserve(self, rows: Sequence[Reservation]) -> list[Entry]:
        """Reserve in one transaction; see `Ledger.reserve`."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                entries = [self._reserve_one(row) for row in rows]
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failure(error) from error
        return entries

    def _reserve_one(self, row: Reservation) -> Entry:
        known = self._find_one(row)
        if known is None:
            self._insert(row, self._mac(row.row_key.encode()), self._mac(row.content))
            return Entry(row.row_key, row.licence_id, EntryState.RESERVED)
        return known

    def find(self, rows: Sequence[Reservation]) -> list[Entry | None]:
        """Look rows up; see `Ledger.find`."""
        try:
            return [self._find_one(row) for row in rows]
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def _find_one(self, row: Reservation) -> Entry | None:
        known = self._database.execute(
            "SELECT licence_id, state, digest, issued_at, content_mac FROM licence WHERE row_mac = ?",
            (self._mac(row.row_key.encode()),),
        ).fetchone()
        if known is None:
            return None
        return Entry(
            row.row_key,
            known[0],
            EntryState(known[1]),
            digest=known[2],
            issued_at=known[3],
            is_new=False,
            is_same=known[4] == self._mac(row.content),
        )

    def _insert(self, row: Reservation, mac: bytes, content: bytes) -> None:
        try:
            self._database.execute(
                "INSERT INTO licence (row_mac, licence_id, content_mac, state) VALUES (?, ?, ?, 'reserved')",
                (mac, row.licence_id, content),
            )
        except sqlite3.IntegrityError as error:
            raise UsageError("identifier-taken", hint="identifier-taken", licence_id=row.licence_id) from error

    def commit(self, issued: Sequence[Entry]) -> None:
        """Mark rows as issued, in one transaction."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.executemany(
                    "UPDATE licence SET state = 'issued', digest = ?, issued_at = ?, content_mac = ? WHERE row_mac = ?",
                    [(e.digest, e.issued_at, self._mac(e.content), self._mac(e.row_key.encode())) for e in issued],
                )
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failure(error) from error

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold a lock file for the block; see `Ledger.exclusive`. SQLite's own locks end with the process."""
        try:
            job = Path(f"{self._path}-job")
            job.touch(mode=0o600)
            lock = sqlite3.connect(job, timeout=_BUSY_SECONDS, isolation_level=None)
            lock.execute("BEGIN EXCLUSIVE")
        except (sqlite3.Error, OSError) as error:
            if not isinstance(error, sqlite3.OperationalError):
                raise self._failure(error) from error
            raise EnvironmentFailureError("ledger-busy", hint="ledger-busy", path=str(self._path)) from error
        try:
            yield
        finally:
            lock.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _mac(self, data: bytes) -> bytes:
        return blake2b(data, key=self._secret, digest_size=20).digest()

    def _load_secret(self) -> bytes:
        self._database.execute(
            "INSERT OR IGNORE INTO setting (name, value) VALUES ('row-key-secret', ?)", (token_bytes(32),)
        )
        row = self._database.execute("SELECT value FROM setting WHERE name = 'row-key-secret'").fetchone()
        return bytes(row[0])

    def _check_format(self) -> None:
        version = self._database.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._database.execute(f"PRAGMA user_version = {_FORMAT}")
        elif version != _FORMAT:
            raise EnvironmentFailureError(
                "ledger-format", hint="ledger-format", path=str(self._path), found=version, known=_FORMAT
            )

    def _failure(self, error: Exception) -> EnvironmentFailureError:
        return EnvironmentFailureError("ledger-failed", hint="ledger-failed", path=str(self._path), detail=str(error))
