"""The tables of the ledger on PostgreSQL as `certx.ledger.reserving` asks them; all in its caller's transaction.

A statement is a way to the server and back, so that what a chunk of rows needs is asked for at once. Rows are locked in
the order of their keys, lists once they are drawn from: two jobs then wait for one another in one direction.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from psycopg.errors import UniqueViolation

from certx.ledger.places import OpenList
from certx.ledger.postgres_server import Connection, Lock
from certx.ledger.protocol import ListPlace, Reservation
from certx.ledger.reserving import Held, Write, Writes
from certx.ledger.succession import Claim, Earlier

_FIND: Final = """
    SELECT row_mac, licence_id, state, digest, issued_at, content_mac, job, line, chunk, nth, series, number, list_index
    FROM licence LEFT JOIN status_list USING (list) WHERE row_mac = ANY(%s) ORDER BY row_mac
"""
_FOR_UPDATE: Final = " FOR UPDATE OF licence"
_EARLIER: Final = """
    SELECT licence_id, row_mac, (SELECT old FROM succession WHERE new = licence_id LIMIT 1), state, status
    FROM licence WHERE licence_id = ANY(%s) ORDER BY row_mac
"""
_LOCK_SUCCESSORS: Final = "SELECT 1 FROM succession WHERE old = ANY(%s) ORDER BY old FOR UPDATE"
_SUCCESSORS: Final = """
    SELECT old, new, state, row_mac, job, line FROM succession LEFT JOIN licence ON licence_id = new
    WHERE old = ANY(%s)
"""
_NEW_CLAIMS: Final = "INSERT INTO succession (old, new) SELECT * FROM unnest(%s::text[], %s::text[])"
_TAKE_OVER: Final = """
    UPDATE succession SET new = said.new FROM unnest(%s::text[], %s::text[]) AS said (old, new)
    WHERE succession.old = said.old
        AND NOT EXISTS (SELECT 1 FROM licence WHERE licence_id = succession.new AND state = 'issued')
"""
_HAND_OVER: Final = "UPDATE licence SET row_mac = %s WHERE row_mac = %s AND job = %s AND state = 'reserved'"
_NEW: Final = """
    COPY licence (row_mac, licence_id, content_mac, state, list, list_index, job, line) FROM STDIN (FORMAT BINARY)
"""
_NEW_TYPES: Final = ("bytea", "text", "bytea", "text", "int4", "int4", "int4", "int8")
_RESERVED: Final = """
    UPDATE licence SET content_mac = said.content_mac, list = coalesce(said.list, licence.list),
        list_index = coalesce(said.list_index, licence.list_index), job = %b, line = said.line
    FROM unnest(%b::bytea[], %b::bytea[], %b::int[], %b::int[], %b::bigint[])
        AS said (row_mac, content_mac, list, list_index, line)
    WHERE licence.row_mac = said.row_mac
"""
_ISSUED: Final = """
    UPDATE licence SET job = %b, line = said.line FROM unnest(%b::bytea[], %b::bigint[]) AS said (row_mac, line)
    WHERE licence.row_mac = said.row_mac
"""
_NEWEST: Final = """
    SELECT list, number, given, size FROM status_list WHERE series = %s ORDER BY number DESC LIMIT 1 FOR UPDATE
"""

_Result = TypeVar("_Result")


class PostgresTables:
    """See `Tables`; it knows what the ledger holds of those that these rows supersede.

    `is_writing`: what is looked up is locked until the end of the transaction.
    """

    def __init__(self, connection: Connection, rows: Sequence[Reservation], *, is_writing: bool = False) -> None:
        self._connection = connection
        self._locking = _FOR_UPDATE if is_writing else ""
        self._earlier: dict[str, Earlier | None] = {}
        self._successors: dict[str, Claim | None] = {}
        self._claims: dict[str, str] = {}
        self._at_work: dict[int, bool] = {}
        superseded = sorted({row.supersedes for row in rows if row.supersedes is not None})
        if superseded:
            self._read_earlier(superseded)
            self._read_successors(superseded)

    def _read_earlier(self, licence_ids: list[str]) -> None:
        held = self._connection.execute(_EARLIER + self._locking, (licence_ids,), binary=True)
        self._earlier |= dict.fromkeys(licence_ids) | {row[0]: Earlier(*row[1:]) for row in held}

    def _read_successors(self, old: list[str]) -> None:
        if self._locking:
            self._connection.execute(_LOCK_SUCCESSORS, (old,))
        claimed = self._connection.execute(_SUCCESSORS, (old,), binary=True)
        self._successors |= dict.fromkeys(old) | {row[0]: Claim(*row[1:]) for row in claimed}

    def look_up(self, macs: Sequence[bytes]) -> dict[bytes, Held]:
        """See `Tables.look_up`."""
        found: dict[bytes, Held] = {}
        for row in self._connection.execute(_FIND + self._locking, (list(macs),), binary=True):
            place = None if row[10] is None else ListPlace(*row[10:13])
            found[row[0]] = Held._make((*row[1:10], place))
        return found

    def taken(self, licence_ids: Sequence[str]) -> set[str]:
        """See `Tables.taken`."""
        if not licence_ids:
            return set()
        query = "SELECT licence_id FROM licence WHERE licence_id = ANY(%s)"
        return {row[0] for row in self._connection.execute(query, (list(licence_ids),), binary=True)}

    def is_at_work(self, job: int) -> bool:
        """See `Tables.is_at_work`: does a connection hold the lock of that job?"""
        if job not in self._at_work:
            query = "SELECT pg_try_advisory_xact_lock_shared(%s, %s)"
            found = self._connection.execute(query, (int(Lock.JOB), job)).fetchone()
            self._at_work[job] = found is not None and not found[0]
        return self._at_work[job]

    def earlier(self, licence_id: str) -> Earlier | None:
        """See `Versions.earlier`."""
        if licence_id not in self._earlier:
            self._read_earlier([licence_id])
        return self._earlier[licence_id]

    def predecessors(self, licence_ids: Sequence[str]) -> dict[str, str]:
        """See `Versions.predecessors`."""
        query = "SELECT new, old FROM succession WHERE new = ANY(%s)"
        return dict(self._connection.execute(query, (list(licence_ids),), binary=True).fetchall())

    def successor(self, old: str) -> Claim | None:
        """See `Versions.successor`."""
        if old not in self._successors:
            self._read_successors([old])
        return self._successors[old]

    def claim(self, old: str, new: str) -> None:
        """See `Tables.claim`; written with the rows."""
        self._claims[old] = new

    def hand_over(self, claim: Claim, row_mac: bytes) -> bool:
        """See `Tables.hand_over`."""
        return self._connection.execute(_HAND_OVER, (row_mac, claim.row_mac, claim.job)).rowcount == 1

    def write(self, job: int, writes: Writes) -> None:
        """See `Tables.write`. A row that another job wrote meanwhile is a unique violation, and all is done again."""
        execute = self._connection.execute
        if writes.new:
            with self._connection.cursor() as cursor, cursor.copy(_NEW) as copy:
                copy.set_types(_NEW_TYPES)
                for w in _in_order(writes.new):
                    row = (w.row_mac, w.row.licence_id, w.content_mac, "reserved", *w.place, job, w.row.line)
                    copy.write_row(row)
        if writes.reserved:
            rows = [(w.row_mac, w.content_mac, *w.place, w.row.line) for w in writes.reserved]
            execute(_RESERVED, (job, *map(list, zip(*rows, strict=True))))
        if writes.issued:
            execute(_ISSUED, (job, [w.row_mac for w in writes.issued], [w.row.line for w in writes.issued]))
        if self._claims:
            self._write_claims()

    def _write_claims(self) -> None:
        """A new one that another job made meanwhile is a unique violation too."""
        for query, is_known in ((_NEW_CLAIMS, False), (_TAKE_OVER, True)):
            claims = sorted(pair for pair in self._claims.items() if (self.successor(pair[0]) is not None) == is_known)
            if claims:
                self._connection.execute(query, tuple(map(list, zip(*claims, strict=True))))

    def unless_there(self, work: Callable[[], _Result]) -> _Result | None:
        """See `Tables.unless_there`."""
        try:
            with self._connection.transaction():
                return work()
        except UniqueViolation:
            return None

    def newest(self, series: str) -> OpenList | None:
        """See `Lists.newest`; nobody else draws of it until the end of the transaction."""
        found = self._connection.execute(_NEWEST, (series,)).fetchone()
        return None if found is None else OpenList(*found)

    def add(self, series: str, number: int, size: int) -> None:
        """See `Lists.add`."""
        query = "INSERT INTO status_list (series, number, size) VALUES (%s, %s, %s)"
        self._connection.execute(query, (series, number, size))

    def occupied(self, name: int, indexes: Sequence[int]) -> set[int]:
        """See `Lists.occupied`."""
        query = "SELECT list_index FROM licence WHERE list = %s AND list_index = ANY(%s)"
        return {row[0] for row in self._connection.execute(query, (name, list(indexes)), binary=True)}

    def give(self, name: int, indexes: Sequence[int]) -> None:
        """See `Lists.give`; the rows of the licences tell which."""
        self._connection.execute("UPDATE status_list SET given = given + %s WHERE list = %s", (len(indexes), name))


def _in_order(writes: Sequence[Write]) -> list[Write]:
    return sorted(writes, key=lambda write: write.row_mac)
