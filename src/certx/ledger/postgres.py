"""The ledger on a PostgreSQL server: for more than one machine. Needs `certx[postgres]`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from secrets import token_bytes
from time import monotonic, sleep
from typing import Any, Final, Self

from certx.errors import EnvironmentFailureError, UsageError
from certx.ledger import reserving
from certx.ledger.latest import latest
from certx.ledger.listed import statuses_of_lists
from certx.ledger.postgres_commit import Committing
from certx.ledger.postgres_format import FORMAT, STEPS
from certx.ledger.postgres_reserve import PostgresTables
from certx.ledger.postgres_server import BUSY_SECONDS, Connection, Lock, Server
from certx.ledger.postgres_status import set_status
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
from certx.licence.status import CanonicalStatus

_CHUNK: Final = "SELECT output, file, start, length, rows, sha256 FROM chunk WHERE chunk = %s"
_CHUNKS: Final = "SELECT chunk, output, file, start, length, rows, sha256 FROM chunk WHERE output = %s ORDER BY chunk"
_STANDING: Final = """
    SELECT issued_at, status, series, number, list_index,
        (SELECT old FROM succession WHERE new = licence_id LIMIT 1),
        (SELECT new FROM succession JOIN licence AS next ON next.licence_id = new
            WHERE old = licence.licence_id AND next.state = 'issued')
    FROM licence LEFT JOIN status_list USING (list) WHERE licence_id = %s AND state = 'issued'
"""
_LISTS: Final = """
    SELECT number, size, list_index, status, 0 FROM status_list
    LEFT JOIN licence ON licence.list = status_list.list AND status <> 'valid'
    WHERE series = %(series)s
    UNION ALL
    SELECT number, size, list_index, 'valid', max(noted) FROM status_change
    JOIN licence USING (licence_id) JOIN status_list USING (list)
    WHERE status_change.status = 'valid' AND licence.status = 'valid' AND series = %(series)s
    GROUP BY number, size, list_index
    ORDER BY number
"""
_USES: Final = """
    SELECT kid, live, oldest, newest FROM (
        SELECT signed_by, count(*) AS live, min(issued_at) AS oldest, max(issued_at) AS newest FROM licence
        WHERE status IN ('valid', 'suspended')
            AND signed_by = ANY (ARRAY (SELECT signing_key FROM signing_key WHERE issuer = %s))
        GROUP BY signed_by
    ) AS used JOIN signing_key ON signing_key = signed_by ORDER BY newest, kid
"""
_USES_UNKNOWN: Final = """
    SELECT NULL, count(*), min(issued_at), max(issued_at) FROM licence
    WHERE signed_by IS NULL AND state = 'issued' AND status IN ('valid', 'suspended')
        AND substr(licence_id, 38, 18) = %s
    HAVING count(*) > 0
"""
"""The issuer stands in the identifier (GB/T 36904)."""
_LIVE_SINCE: Final = """
    SELECT count(*) FROM licence WHERE issued_at >= %s AND status IN ('valid', 'suspended')
        AND signed_by = (SELECT signing_key FROM signing_key WHERE issuer = %s AND kid = %s)
"""
_LIVE_BY_TYPE: Final = """
    SELECT substr(licence_id, 16, 21), count(*) FROM licence
    WHERE state = 'issued' AND status IN ('valid', 'suspended') AND substr(licence_id, 1, 15) = '1.2.156.3005.2.'
    GROUP BY 1
"""
"""The type stands in the identifier of a licence (GB/T 36904); a grant has another."""
_LOG: Final = "SELECT digest FROM log_entry WHERE issuer = %s AND position >= %s AND position < %s ORDER BY position"
_LOG_PLACE: Final = """
    SELECT issuer, log_position, digest, kid FROM licence JOIN signing_key ON signing_key = signed_by
    WHERE licence_id = %s AND state = 'issued'
"""
_NOTICED_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 0.02
_TOLD_BY: Final = "SELECT value FROM setting WHERE name = %s"
_TELL_BY: Final = "INSERT INTO setting (name, value) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_ANY: Final = "SELECT 1 FROM licence WHERE starts_with(licence_id, %s) LIMIT 1"
_NEW_ROW_KEY: Final = "INSERT INTO setting (name, value) VALUES ('row-key-secret', %s) ON CONFLICT DO NOTHING"


class PostgresLedger:
    """One database. Row keys and content may hold personal data, so only a keyed hash of each is stored."""

    def __init__(self, url: str, *, busy_seconds: float = BUSY_SECONDS) -> None:
        """Connect, and make the tables or bring them up to date.

        Raises `UsageError` if the URL is none or holds a password, `EnvironmentFailureError` if the server cannot be
        reached or does not do it.
        """
        self._server = Server(url, busy_seconds=busy_seconds)
        self._database = self._server.connect()
        try:
            if self._format() != FORMAT:
                with self._server.locked(Lock.FORMAT):  # two first jobs at once would both make the tables
                    self._server.transact(self._database, self._bring_up_to_date)
            self._secret = bytes(self._read("SELECT value FROM setting WHERE name = 'row-key-secret'")[0][0])
        except BaseException:
            self._database.close()
            raise

    @classmethod
    def existing(cls, url: str) -> Self | None:
        """The ledger that is there already, `None` if the database has none; raises as opening does."""
        server = Server(url)
        with server.connect() as database, server.failures():
            if format_of(database) == 0:
                return None
        return cls(url)

    @staticmethod
    def name_of(url: str) -> str:
        """Host and database of a URL, for people."""
        return Server(url).name

    @contextmanager
    def job(self, output: str) -> Iterator[int]:
        """Note it, and hold a lock of its own for the block; see `Ledger.job`."""
        self._let_end(output)
        number = int(self._read("SELECT nextval('job_number')")[0][0])
        with self._server.locked(Lock.JOB, number):
            with self._server.failures():
                self._database.execute("INSERT INTO job (job, output) VALUES (%s, %s)", (number, output))
            yield number

    def _let_end(self, output: str) -> None:
        """Wait a moment for the last job of an output: a server notices a little later that a process was killed."""
        until = monotonic() + _NOTICED_SECONDS
        for (job,) in self._read("SELECT job FROM job WHERE output = %s ORDER BY job DESC LIMIT 1", output):
            query = "SELECT pg_try_advisory_xact_lock_shared(%s, %s)"
            while not self._read(query, int(Lock.JOB), job)[0][0] and monotonic() < until:
                sleep(_PAUSE_SECONDS)

    def told_by(self, kind: str) -> str | None:
        """Read it; see `Ledger.told_by`."""
        rows = self._read(_TOLD_BY, f"told-by {kind}")
        return bytes(rows[0][0]).decode() if rows else None

    def tell_by(self, kind: str, claims: str) -> str:
        """Write it; see `Ledger.tell_by`."""
        values = (f"told-by {kind}", claims.encode())
        self._server.transact(self._database, lambda: self._database.execute(_TELL_BY, values))
        return self.told_by(kind) or claims

    def has_any(self, head: str) -> bool:
        """Look; see `Ledger.has_any`."""
        return bool(self._read(_ANY, head))

    def reserve(self, rows: Sequence[Reservation], job: int = 0) -> list[Entry | Refusal]:
        """Reserve in one transaction; see `Ledger.reserve`."""

        def work() -> list[Entry | Refusal]:
            tables = PostgresTables(self._database, rows, is_writing=True)
            return reserving.reserve(tables, rows, job, self._mac)

        return self._server.transact(self._database, work)

    def rehearsal(self) -> Callable[[Sequence[Reservation]], list[Entry | Refusal]]:
        """Remember what was asked; see `Ledger.rehearsal`."""
        memory = Memory()

        def rehearse(rows: Sequence[Reservation]) -> list[Entry | Refusal]:
            with self._server.failures():
                return memory.reserve(PostgresTables(self._database, rows), rows, self._mac)

        return rehearse

    def find(self, rows: Sequence[Reservation]) -> list[Entry | Refusal | None]:
        """Look rows up; see `Ledger.find`."""
        with self._server.failures():
            return reserving.find(PostgresTables(self._database, rows), rows, self._mac)

    def latest(self, rows: Sequence[Reservation]) -> list[Entry | None]:
        """Follow the versions; see `Ledger.latest`."""
        with self._server.failures():
            return latest(PostgresTables(self._database, ()), rows, self._mac)

    def chunks(self, output: str) -> list[tuple[int, Chunk]]:
        """Read them; see `Ledger.chunks`."""
        return [(row[0], Chunk(*row[1:])) for row in self._read(_CHUNKS, output)]

    def chunk(self, number: int) -> Chunk | None:
        """Read it; see `Ledger.chunk`."""
        rows = self._read(_CHUNK, number)
        return Chunk(*rows[0]) if rows else None

    def commit(self, issued: Sequence[Entry], key: SigningKey, *, job: int = 0, chunk: Chunk | None = None) -> int:
        """Mark rows as issued, in one transaction; see `Ledger.commit`."""

        def work() -> int:
            committing = Committing(self._database, key, job, chunk, self._mac)
            if not committing.mark(issued):
                before = committing.committed(issued)  # nothing is logged twice
                if not committing.mark([e for e in issued if self._mac(e.row_key.encode()) not in before]):
                    raise UsageError("row-taken-over", hint="row-taken-over", path=self._server.name)
            return committing.settle(issued)

        return self._server.transact(self._database, work)

    def set_status(self, licence_ids: Sequence[str], event: StatusEvent, *, noted: int | None = None) -> StatusChange:
        """Set them in one transaction; see `Ledger.set_status`."""
        known = event.at if noted is None else noted
        return self._server.transact(self._database, lambda: set_status(self._database, licence_ids, event, known))

    def history(self, licence_id: str) -> list[StatusEvent]:
        """Look it up; see `Ledger.history`."""
        rows = self._read("SELECT status, at, why FROM status_change WHERE licence_id = %s ORDER BY change", licence_id)
        return [StatusEvent(CanonicalStatus(status), at, why) for status, at, why in rows]

    def standing(self, licence_id: str) -> Standing | None:
        """Look it up; see `Ledger.standing`."""
        rows = self._read(_STANDING, licence_id)
        if not rows:
            return None
        found = rows[0]
        place = None if found[2] is None else ListPlace(*found[2:5])
        return Standing(licence_id, found[0], CanonicalStatus(found[1]), place, *found[5:7])

    def lists(self, series: str) -> list[StatusesOfList]:
        """Read them in one statement; see `Ledger.lists`."""
        with self._server.failures():
            return statuses_of_lists(self._database.execute(_LISTS, {"series": series}))

    def uses(self, issuer: str) -> list[KeyUse]:
        """Count them; see `Ledger.uses`."""
        return [KeyUse(*row) for row in (*self._read(_USES, issuer), *self._read(_USES_UNKNOWN, issuer))]

    def live_since(self, key: SigningKey, at: int) -> int:
        """Count them; see `Ledger.live_since`."""
        return int(self._read(_LIVE_SINCE, at, *key)[0][0])

    def live_by_type(self) -> dict[str, int]:
        """Count them; see `Ledger.live_by_type`."""
        return dict(self._read(_LIVE_BY_TYPE))

    def log_size(self, issuer: str) -> int:
        """Its size; see `Ledger.log_size`."""
        rows = self._read("SELECT size FROM log WHERE issuer = %s", issuer)
        return int(rows[0][0]) if rows else 0

    def log(self, issuer: str, start: int, stop: int) -> bytes:
        """Read them; see `Ledger.log`."""
        return b"".join(row[0] for row in self._read(_LOG, issuer, start, stop))

    def log_place(self, licence_id: str) -> LogPlace | None:
        """Look it up; see `Ledger.log_place`."""
        rows = self._read(_LOG_PLACE, licence_id)
        return LogPlace(*rows[0]) if rows else None

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold a lock for the block; see `Ledger.exclusive`."""
        with self._server.locked(Lock.EXCLUSIVE):
            yield

    def close(self) -> None:
        """Let go of the server."""
        self._database.close()

    def _read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._server.failures():
            return self._database.execute(query, values, binary=True).fetchall()

    def _mac(self, data: bytes) -> bytes:
        return blake2b(data, key=self._secret, digest_size=20).digest()

    def _format(self) -> int:
        with self._server.failures():
            return format_of(self._database)

    def _bring_up_to_date(self) -> None:
        """Make the tables, or those that a ledger of an earlier format lacks; one of a later format is left alone."""
        found = format_of(self._database)
        if found > FORMAT or found < 0:
            raise EnvironmentFailureError(
                "ledger-format", hint="ledger-format", path=self._server.name, found=found, known=FORMAT
            )
        execute = self._database.execute
        if execute("SELECT to_regnamespace('certx') IS NULL").fetchone() == (
            True,
        ):  # an administrator may have made it
            execute("CREATE SCHEMA certx")
        for statement in (statement for step in STEPS[found:] for statement in step):
            execute(statement)
        execute(_NEW_ROW_KEY, (token_bytes(32),))
        execute("UPDATE format SET format = %s", (FORMAT,))


def format_of(database: Connection) -> int:
    """The format of the ledger in a database, 0 if it has none."""
    if database.execute("SELECT to_regclass('certx.format') IS NULL").fetchone() == (True,):
        return 0
    found = database.execute("SELECT format FROM certx.format").fetchone()
    return 0 if found is None else int(found[0])
