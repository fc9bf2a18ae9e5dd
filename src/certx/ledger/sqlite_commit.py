"""What is written once licences are signed, in SQLite; every function works in its caller's transaction."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final

from certx.ledger.protocol import Chunk, Entry, SigningKey

_NEW_CHUNK: Final = "INSERT INTO chunk (output, file, start, length, rows, sha256) VALUES (?, ?, ?, ?, ?, ?)"
_AGAIN: Final = """
    INSERT INTO reissue (licence_id, at, digest)
    SELECT licence_id, ?, digest FROM licence WHERE row_mac = ? AND state = 'issued' AND digest IS NOT ?
"""
_ISSUED: Final = """
    UPDATE licence
    SET state = 'issued', digest = ?, issued_at = ?, signed_by = ?, log_position = ?, chunk = ?, nth = ?
    WHERE row_mac = ? AND digest IS NOT ? AND job = ?
"""
_LOG_ENTRY: Final = "INSERT INTO log_entry (issuer, position, digest) VALUES (?, ?, ?)"
_COMMITTED: Final = "SELECT 1 FROM licence WHERE row_mac = ? AND digest = ?"


class Committing:
    """Licences of one key that a job signed, and the chunk that they were written in."""

    def __init__(
        self,
        database: sqlite3.Connection,
        key: SigningKey,
        job: int,
        chunk: Chunk | None,
        mac: Callable[[bytes], bytes],
    ) -> None:
        self._database, self._key, self._job, self._mac = database, key, job, mac
        self._chunk = None if chunk is None else database.execute(_NEW_CHUNK, chunk).lastrowid

    def put(self, issued: Sequence[Entry]) -> bool:
        """Mark them as issued and log them, none of them twice; not so if another job has one of them."""
        self._database.execute("SAVEPOINT issued")
        if self._mark(issued) == len(issued):
            return True
        self._database.execute("ROLLBACK TO issued")
        others = [entry for entry in issued if not self._is_committed(entry)]
        return self._mark(others) == len(others)

    def _mark(self, issued: Sequence[Entry]) -> int:
        """How many of these rows this job held and were not committed before; all of them are put in the log."""
        signed_by, size = self._number_of_key(), log_size(self._database, self._key.issuer)
        chunk, job = self._chunk, self._job
        macs = [self._mac(entry.row_key.encode()) for entry in issued]
        again = [(e.issued_at, row_mac, e.digest) for e, row_mac in zip(issued, macs, strict=True) if e.is_again]
        self._database.executemany(_AGAIN, again)
        marked = self._database.executemany(
            _ISSUED,
            [
                (e.digest, e.issued_at, signed_by, size + nth, chunk, nth if chunk else None, row_mac, e.digest, job)
                for nth, (e, row_mac) in enumerate(zip(issued, macs, strict=True))
            ],
        )
        places = enumerate(issued, size)
        self._database.executemany(_LOG_ENTRY, [(self._key.issuer, place, e.digest) for place, e in places])
        return marked.rowcount

    def _is_committed(self, entry: Entry) -> bool:
        row = (self._mac(entry.row_key.encode()), entry.digest)
        return self._database.execute(_COMMITTED, row).fetchone() is not None

    def _number_of_key(self) -> int:
        """The number that stands for the key here."""
        self._database.execute("INSERT OR IGNORE INTO signing_key (issuer, kid) VALUES (?, ?)", self._key)
        query = "SELECT signing_key FROM signing_key WHERE issuer = ? AND kid = ?"
        return int(self._database.execute(query, self._key).fetchone()[0])


def log_size(database: sqlite3.Connection, issuer: str) -> int:
    """How many digests the log of an issuer has."""
    last = database.execute("SELECT max(position) FROM log_entry WHERE issuer = ?", (issuer,)).fetchone()[0]
    return 0 if last is None else int(last) + 1
