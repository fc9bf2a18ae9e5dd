"""What is written once licences are signed, on PostgreSQL; every function works in its caller's transaction."""

from collections.abc import Callable, Sequence
from typing import Final

from psycopg import Rollback

from certx.ledger.postgres_server import Connection
from certx.ledger.protocol import Chunk, Entry, SigningKey

_NEW_CHUNK: Final = """
    INSERT INTO chunk (output, file, start, length, rows, sha256) VALUES (%s, %s, %s, %s, %s, %s) RETURNING chunk
"""
_LOCK: Final = """
    SELECT count(*) FROM (SELECT 1 FROM licence WHERE row_mac = ANY(%b::bytea[]) ORDER BY row_mac FOR UPDATE) AS held
"""
_AGAIN: Final = """
    INSERT INTO reissue (licence_id, at, digest)
    SELECT licence_id, said.at, licence.digest
    FROM unnest(%b::bytea[], %b::bytea[], %b::bigint[]) AS said (row_mac, digest, at) JOIN licence USING (row_mac)
    WHERE state = 'issued' AND licence.digest IS DISTINCT FROM said.digest
"""
_MARK: Final = """
    UPDATE licence
    SET state = 'issued', digest = said.digest, issued_at = said.at, signed_by = %b, log_position = %b + said.nth - 1,
        chunk = %b, nth = CASE WHEN %b THEN said.nth - 1 END
    FROM unnest(%b::bytea[], %b::bytea[], %b::bigint[]) WITH ORDINALITY AS said (row_mac, digest, at, nth)
    WHERE licence.row_mac = said.row_mac AND licence.digest IS DISTINCT FROM said.digest AND job = %b
"""
_LOG: Final = """
    INSERT INTO log (issuer, size) VALUES (%s, %s)
    ON CONFLICT (issuer) DO UPDATE SET size = log.size + excluded.size RETURNING size
"""
_LOG_ENTRIES: Final = """
    INSERT INTO log_entry (issuer, position, digest)
    SELECT %b, %b + nth - 1, digest FROM unnest(%b::bytea[]) WITH ORDINALITY AS said (digest, nth)
"""
_COMMITTED: Final = """
    SELECT row_mac FROM unnest(%b::bytea[], %b::bytea[]) AS said (row_mac, digest) JOIN licence USING (row_mac, digest)
"""
_LET_GO: Final = """
    DELETE FROM succession USING unnest(%b::text[], %b::text[]) AS said (new, old)
    WHERE succession.new = said.new AND succession.old IS DISTINCT FROM said.old
"""
_CLAIM: Final = """
    INSERT INTO succession (old, new)
    SELECT DISTINCT ON (old) old, new FROM unnest(%s::text[], %s::text[]) AS said (old, new)
    ON CONFLICT (old) DO UPDATE SET new = excluded.new
    WHERE NOT EXISTS (SELECT 1 FROM licence WHERE licence_id = succession.new AND state = 'issued')
"""
_SUPERSEDE: Final = """
    WITH ended AS (
        UPDATE licence SET status = 'superseded'
        FROM unnest(%b::text[], %b::text[], %b::bigint[]) AS said (old, new, at)
        WHERE licence_id = said.old AND status IN ('valid', 'suspended') RETURNING licence_id, said.new, said.at
    )
    INSERT INTO status_change (licence_id, status, at, why, noted)
    SELECT licence_id, 'superseded', greatest(at, coalesce(
        (SELECT max(earlier.at) FROM status_change AS earlier WHERE earlier.licence_id = ended.licence_id), 0)), new, at
    FROM ended
"""


class Committing:
    """Licences of one key that a job signed, and the chunk that they were written in."""

    def __init__(
        self, connection: Connection, key: SigningKey, job: int, chunk: Chunk | None, mac: Callable[[bytes], bytes]
    ) -> None:
        self._connection, self._key, self._job, self._mac = connection, key, job, mac
        self._chunk = None if chunk is None else self._one(_NEW_CHUNK, *chunk)

    def mark(self, issued: Sequence[Entry]) -> bool:
        """Mark these as issued and put them in the log, if the job holds all of them; else nothing is changed."""
        with self._connection.transaction() as attempt:
            if self._mark(issued) == len(issued):
                return True
            raise Rollback(attempt)
        return False

    def _mark(self, issued: Sequence[Entry]) -> int:
        """How many of these rows this job held and were not committed before."""
        signed_by = self._number_of_key()
        size = self._one(_LOG, self._key.issuer, len(issued)) - len(issued)
        macs, digests, times = self._macs(issued), [e.digest for e in issued], [e.issued_at for e in issued]
        execute = self._connection.execute
        execute(_LOCK, (macs,))
        again = [(row_mac, e.digest, e.issued_at) for e, row_mac in zip(issued, macs, strict=True) if e.is_again]
        if again:
            execute(_AGAIN, [list(column) for column in zip(*again, strict=True)])
        has_chunk = self._chunk is not None
        marked = execute(_MARK, (signed_by, size, self._chunk, has_chunk, macs, digests, times, self._job)).rowcount
        execute(_LOG_ENTRIES, (self._key.issuer, size, digests))
        return marked

    def committed(self, issued: Sequence[Entry]) -> set[bytes]:
        """The keyed row keys of those that were committed before, just like this."""
        parameters = (self._macs(issued), [entry.digest for entry in issued])
        return {row[0] for row in self._connection.execute(_COMMITTED, parameters, binary=True)}

    def settle(self, issued: Sequence[Entry]) -> int:
        """What these supersede is superseded from now on, unless it came to another end meanwhile: how many."""
        execute = self._connection.execute
        if not self._one("SELECT count(*) FROM (SELECT 1 FROM succession LIMIT 1) AS one"):
            return 0
        execute(_LET_GO, ([e.licence_id for e in issued], [e.supersedes for e in issued]))
        pairs = sorted((e.supersedes, e.licence_id, e.issued_at) for e in issued if e.supersedes is not None)
        if not pairs:
            return 0
        old, new, at = map(list, zip(*pairs, strict=True))
        execute(_CLAIM, (old, new))
        return execute(_SUPERSEDE, (old, new, at)).rowcount

    def _macs(self, issued: Sequence[Entry]) -> list[bytes]:
        return [self._mac(entry.row_key.encode()) for entry in issued]

    def _number_of_key(self) -> int:
        """The number that stands for the key here."""
        find = "SELECT signing_key FROM signing_key WHERE issuer = %s AND kid = %s"
        found = self._connection.execute(find, self._key).fetchone()
        if found is None:
            new = "INSERT INTO signing_key (issuer, kid) VALUES (%s, %s) RETURNING signing_key"
            return self._one(new, *self._key)
        return int(found[0])

    def _one(self, query: str, *values: object) -> int:
        row = self._connection.execute(query, values).fetchone()
        return 0 if row is None else int(row[0])
