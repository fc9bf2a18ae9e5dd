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
_LOG: Final = "INSERT INTO log_entry (issuer, position, digest) VALUES (?, ?, ?)"
_IN_A_ROW: Final = "SELECT licence_id FROM licence WHERE licence BETWEEN ? AND ? ORDER BY licence"
_ALL_ISSUED: Final = """
    UPDATE licence
    SET state = 'issued', digest = substr(:digests, 1 + :each * (licence - :first), :each), issued_at = :at,
        signed_by = :signed_by, log_position = :size + licence - :first, chunk = :chunk,
        nth = CASE WHEN :chunk IS NOT NULL THEN licence - :first END
    WHERE licence BETWEEN :first AND :last AND state = 'reserved' AND job = :job
"""
_ALL_LOGGED: Final = """
    INSERT INTO log_entry (issuer, position, digest)
    SELECT :issuer, log_position, digest FROM licence WHERE licence BETWEEN :first AND :last
"""
_DIGEST_BYTES: Final = 32


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

    def mark(self, issued: Sequence[Entry]) -> bool:
        """Mark these as issued and put them in the log, if the job holds all of them; else nothing is changed."""
        signed_by, size = self._number_of_key(), log_size(self._database, self._key.issuer)
        for marked_by in (self._mark_in_a_row, self._mark_each):
            self._database.execute("SAVEPOINT issued")
            is_marked = marked_by(issued, signed_by, size) == len(issued)
            if not is_marked:
                self._database.execute("ROLLBACK TO issued")
            self._database.execute("RELEASE issued")
            if is_marked:
                return True
        return False

    def _mark_in_a_row(self, issued: Sequence[Entry], signed_by: int, size: int) -> int:
        """Mark rows that stand as they were reserved together, as most do, by a statement for all: how many it did."""
        first = self._one("SELECT licence FROM licence WHERE licence_id = ?", issued[0].licence_id) if issued else None
        if first is None or any(e.is_again or e.supersedes or e.issued_at != issued[0].issued_at for e in issued):
            return 0
        last = first + len(issued) - 1
        standing = self._database.execute(_IN_A_ROW, (first, last)).fetchall()
        if [licence_id for (licence_id,) in standing] != [entry.licence_id for entry in issued]:
            return 0
        found = {
            "first": first, "last": last, "job": self._job, "chunk": self._chunk, "issuer": self._key.issuer,
            "digests": b"".join([entry.digest or b"" for entry in issued]), "each": _DIGEST_BYTES,
            "at": issued[0].issued_at, "signed_by": signed_by, "size": size,
        }  # fmt: skip
        marked = self._database.execute(_ALL_ISSUED, found).rowcount
        if marked == len(issued):
            self._database.execute(_ALL_LOGGED, found)
        return marked

    def _mark_each(self, issued: Sequence[Entry], signed_by: int, size: int) -> int:
        """How many of these rows this job held and were not committed before."""
        macs = [self._mac(entry.row_key.encode()) for entry in issued]
        again = [(e.issued_at, row_mac, e.digest) for e, row_mac in zip(issued, macs, strict=True) if e.is_again]
        self._database.executemany(_AGAIN, again)
        chunk = self._chunk
        marked = self._database.executemany(
            _ISSUED,
            [
                (
                    e.digest,
                    e.issued_at,
                    signed_by,
                    size + nth,
                    chunk,
                    nth if chunk else None,
                    row_mac,
                    e.digest,
                    self._job,
                )
                for nth, (e, row_mac) in enumerate(zip(issued, macs, strict=True))
            ],
        )
        self._database.executemany(_LOG, [(self._key.issuer, place, e.digest) for place, e in enumerate(issued, size)])
        return marked.rowcount

    def uncommitted(self, issued: Sequence[Entry]) -> list[Entry]:
        """Those that were not committed before, just like this."""
        query = "SELECT 1 FROM licence WHERE row_mac = ? AND digest = ?"
        return [e for e in issued if self._one(query, self._mac(e.row_key.encode()), e.digest) is None]

    def _number_of_key(self) -> int:
        """The number that stands for the key here."""
        self._database.execute("INSERT OR IGNORE INTO signing_key (issuer, kid) VALUES (?, ?)", self._key)
        return self._one("SELECT signing_key FROM signing_key WHERE issuer = ? AND kid = ?", *self._key) or 0

    def _one(self, query: str, *values: object) -> int | None:
        row = self._database.execute(query, values).fetchone()
        return None if row is None else int(row[0])


def log_size(database: sqlite3.Connection, issuer: str) -> int:
    """How many licences an issuer's log has."""
    last = database.execute("SELECT max(position) FROM log_entry WHERE issuer = ?", (issuer,)).fetchone()[0]
    return 0 if last is None else int(last) + 1
