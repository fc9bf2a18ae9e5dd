"""A PostgreSQL server that has a ledger: connections to it, its locks, and what its failures are called here."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from enum import IntEnum
from random import SystemRandom
from time import sleep
from typing import Any, Final, TypeVar
from urllib.parse import quote

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from certx.errors import EnvironmentFailureError, UsageError

BUSY_SECONDS: Final = 30.0
"""How long to wait for what another job holds."""
_DEFAULTS: Final[dict[str, str | int]] = {"connect_timeout": 10, "fallback_application_name": "certx"}
_TRIES: Final = 6
_PAUSE_SECONDS: Final = 0.05
_DETAIL: Final = 200
_AGAIN: Final = (errors.SerializationFailure, errors.DeadlockDetected, errors.UniqueViolation)
"""Another job was first: the same once more sees what that one did."""
# Rows are found by their indexes whatever the server has learnt of tables that were empty a minute ago. A server that
# is set to forget what it confirmed would make the ledger lie.
_SESSION: Final = """
    SELECT set_config('search_path', 'certx, pg_temp', false),
        set_config('lock_timeout', %s, false),
        set_config('statement_timeout', '15min', false),
        set_config('idle_in_transaction_session_timeout', '2min', false),
        set_config('default_transaction_isolation', 'read committed', false),
        set_config('enable_seqscan', 'off', false),
        set_config('enable_hashjoin', 'off', false),
        set_config('enable_mergejoin', 'off', false),
        set_config('jit', 'off', false),
        CASE current_setting('synchronous_commit')
            WHEN 'off' THEN set_config('synchronous_commit', 'on', false) ELSE '' END
"""

Connection = psycopg.Connection[tuple[Any, ...]]
_Result = TypeVar("_Result")


class Lock(IntEnum):
    """What an advisory lock of ours is for: the first of its two numbers."""

    JOB = 0x63657201
    EXCLUSIVE = 0x63657202
    FORMAT = 0x63657203


class Server:
    """Where a ledger is; `name` says so to people, host and database alone."""

    def __init__(self, url: str, *, busy_seconds: float = BUSY_SECONDS) -> None:
        """Raises `UsageError` if the URL is none, or has a password in it."""
        self._url, self._busy = url, f"{int(busy_seconds * 1000)}ms"
        try:
            self._told: dict[str, str | int | None] = dict(conninfo_to_dict(url).items())
        except psycopg.Error as error:
            raise UsageError("ledger-url", hint="ledger-url", detail=_said(error)) from error
        if self._told.get("password") or self._told.get("sslpassword"):
            raise UsageError("ledger-password", hint="ledger-password")
        self.name = _name(str(self._told.get("host") or ""), str(self._told.get("dbname") or ""))

    def connect(self) -> Connection:
        """A connection of its own; raises `EnvironmentFailureError`."""
        with self.failures():
            connection = psycopg.connect(
                make_conninfo("", **{**_DEFAULTS, **self._told, "client_encoding": "utf8"}), autocommit=True
            )
            self.name = _name(connection.info.host, connection.info.dbname)
            connection.execute(_SESSION, (self._busy,))
            return connection

    @contextmanager
    def failures(self) -> Iterator[None]:
        """What goes wrong with the server in the block is an `EnvironmentFailureError`."""
        try:
            yield
        except errors.LockNotAvailable as error:
            raise EnvironmentFailureError("ledger-busy", hint="ledger-busy", path=self.name) from error
        except psycopg.Error as error:
            raise EnvironmentFailureError(
                "ledger-failed", hint="ledger-server", path=self.name, detail=_said(error)
            ) from error

    def transact(self, connection: Connection, work: Callable[[], _Result]) -> _Result:
        """All of the work or nothing of it; once more, a few times, if another job was first."""
        with self.failures():
            for attempt in range(1, _TRIES):
                try:
                    with connection.transaction():
                        return work()
                except _AGAIN:
                    sleep(_PAUSE_SECONDS * attempt * (0.5 + SystemRandom().random()))
            with connection.transaction():
                return work()

    @contextmanager
    def locked(self, lock: Lock, number: int = 0) -> Iterator[Connection]:
        """Hold a lock for the block, by a connection of its own: it ends with the process, however that does."""
        with closing(self.connect()) as holder:
            with self.failures():
                holder.execute("SELECT pg_advisory_lock(%s, %s)", (int(lock), number))
            try:
                yield holder
            finally:  # a server notices a little later that a connection was closed
                with suppress(psycopg.Error):
                    holder.execute("SELECT pg_advisory_unlock(%s, %s)", (int(lock), number))


def _name(host: str, database: str) -> str:
    return f"postgresql://{quote(host, safe=',:')}/{quote(database, safe='')}"


def _said(error: psycopg.Error) -> str:
    """The first line of it: what follows may repeat values."""
    said = error.diag.message_primary or next(iter(str(error).splitlines()), type(error).__name__)
    return said[:_DETAIL]
