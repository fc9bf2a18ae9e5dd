"""The ledger in SQLite (WAL; local disks only)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from certx.errors import EnvironmentFailureError, UsageError
from certx.ledger import reserving
from certx.ledger import sqlite_succession as succession
from certx.ledger.latest import latest
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
from certx.ledger.sqlite_format import FORMAT, STEPS, add_functions
from certx.ledger.sqlite_locks import SqliteLocks, failure
from certx.ledger.sqlite_reserve import SqliteTables
from certx.ledger.sqlite_status import set_status
from certx.licence.status import CanonicalStatus
from certx.sqlite import SqliteFile, told

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
_TOLD_BY: Final = "SELECT value FROM setting WHERE name = ?"
_TELL_BY: Final = "INSERT OR IGNORE INTO setting (name, value) VALUES (?, ?)"
_ANY: Final = "SELECT 1 FROM licence WHERE licence_id >= ? AND licence_id < ? LIMIT 1"
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
        tell = partial(failure, path)
        with told(tell):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = SqliteFile(path, patience=_BUSY_SECONDS, failure=tell)
        self._database = self._file.database
        with self._file.failures():
            self._database.execute("PRAGMA synchronous=FULL")
            add_functions(self._database)
        self._file.bring_up_to_date(STEPS, self._newer)
        self._read(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        self._read(f"PRAGMA cache_size={_CACHE_KIB}")
        self._read("PRAGMA temp_store=MEMORY")  # identifiers go to no other file
        self._secret = bytes(self._read("SELECT value FROM setting WHERE name = 'row-key-secret'")[0][0])

    @contextmanager
    def job(self, output: str) -> Iterator[int]:
        """Note it, and hold a lock file of its own for the block; see `Ledger.job`."""
        with self._file.transaction():
            made = self._database.execute("INSERT INTO job (output) VALUES (?)", (output,))
        number = int(made.lastrowid or 0)
        with self._locks.job(number):
            yield number

    def told_by(self, kind: str) -> str | None:
        """Read it; see `Ledger.told_by`."""
        rows = self._read(_TOLD_BY, f"told-by {kind}")
        return rows[0][0].decode() if rows else None

    def tell_by(self, kind: str, claims: str) -> str:
        """Write it; see `Ledger.tell_by`."""
        with self._file.transaction():
            self._database.execute(_TELL_BY, (f"told-by {kind}", claims.encode()))
        return self.told_by(kind) or claims

    def has_any(self, head: str) -> bool:
        """Look; see `Ledger.has_any`."""
        return bool(self._read(_ANY, head, head[:-1] + chr(ord(head[-1]) + 1)))

    def reserve(self, rows: Sequence[Reservation], job: int = 0) -> list[Entry | Refusal]:
        """Reserve in one transaction; see `Ledger.reserve`."""
        at_work = cache(self._locks.is_at_work)
        with self._file.transaction():
            return reserving.reserve(SqliteTables(self._database, at_work), rows, job, self._mac)

    def rehearsal(self) -> Callable[[Sequence[Reservation]], list[Entry | Refusal]]:
        """Remember what was asked; see `Ledger.rehearsal`."""
        memory = Memory()

        def rehearse(rows: Sequence[Reservation]) -> list[Entry | Refusal]:
            with self._file.failures():
                return memory.reserve(SqliteTables(self._database, cache(self._locks.is_at_work)), rows, self._mac)

        return rehearse

    def find(self, rows: Sequence[Reservation]) -> list[Entry | Refusal | None]:
        """Look rows up; see `Ledger.find`."""
        with self._file.failures():
            return reserving.find(SqliteTables(self._database, cache(self._locks.is_at_work)), rows, self._mac)

    def latest(self, rows: Sequence[Reservation]) -> list[Entry | None]:
        """Follow the versions; see `Ledger.latest`."""
        with self._file.failures():
            return latest(SqliteTables(self._database), rows, self._mac)

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
        with self._file.transaction():
            committing = Committing(self._database, key, job, chunk, self._mac)
            if not committing.mark(issued) and not committing.mark(committing.uncommitted(issued)):  # nothing twice
                raise UsageError("row-taken-over", hint="row-taken-over", path=str(self._path))
            return succession.settle(self._database, issued)

    def set_status(self, licence_ids: Sequence[str], event: StatusEvent, *, noted: int | None = None) -> StatusChange:
        """Set them in one transaction; see `Ledger.set_status`."""
        self._read(f"PRAGMA cache_size={_LARGE_CACHE_KIB}")
        with self._file.transaction():
            return set_status(self._database, licence_ids, event, event.at if noted is None else noted)

    def history(self, licence_id: str) -> list[StatusEvent]:
        """Look it up; see `Ledger.history`."""
        with self._file.failures():
            rows = self._database.execute(
                "SELECT status, at, why FROM status_change WHERE licence_id = ? ORDER BY change", (licence_id,)
            ).fetchall()
        return [StatusEvent(CanonicalStatus(status), at, why) for status, at, why in rows]

    def standing(self, licence_id: str) -> Standing | None:
        """Look it up; see `Ledger.standing`."""
        with self._file.failures():
            found = self._database.execute(_STANDING, (licence_id,)).fetchone()
        if found is None:
            return None
        place = None if found[2] is None else ListPlace(*found[2:5])
        return Standing(licence_id, found[0], CanonicalStatus(found[1]), place, *found[5:7])

    def lists(self, series: str) -> list[StatusesOfList]:
        """Read them in one statement; see `Ledger.lists`."""
        with self._file.failures():
            rows = self._database.execute(_LISTS, {"series": series}).fetchall()
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
        with self._file.failures():
            return log_size(self._database, issuer)

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
        with self._file.failures():
            return self._database.execute(query, values).fetchall()

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

    def _newer(self, found: int) -> EnvironmentFailureError:
        """A ledger of a later format is left alone."""
        return EnvironmentFailureError(
            "ledger-format", hint="ledger-format", path=str(self._path), found=found, known=FORMAT
        )
