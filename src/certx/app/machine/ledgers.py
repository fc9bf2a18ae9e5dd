"""The ledger of this machine: a file in its home folder, or on the PostgreSQL server that its settings name."""

from typing import TYPE_CHECKING

from certx.errors import UsageError
from certx.extras import extra_module
from certx.ledger import Ledger
from certx.ledger.review import LedgerReview
from certx.ledger.sqlite import SqliteLedger
from certx.ledger.sqlite_review import review_ledger_file
from certx.settings import Settings

if TYPE_CHECKING:  # what it needs is in an extra
    from certx.ledger.postgres import PostgresLedger


def make_ledger(settings: Settings) -> Ledger:
    """The ledger, made if there is none yet; raises `EnvironmentFailureError`."""
    return SqliteLedger(settings.ledger) if settings.ledger_url is None else _postgres()(settings.ledger_url)


def known_ledger(settings: Settings) -> Ledger | None:
    """The ledger that is there already, `None` if nothing was ever issued here; raises `EnvironmentFailureError`."""
    if settings.ledger_url is not None:
        return _postgres().existing(settings.ledger_url)
    return SqliteLedger(settings.ledger) if settings.ledger.exists() else None


def open_ledger(settings: Settings) -> Ledger:
    """The ledger that is there already; raises `UsageError` if nothing was ever issued here."""
    ledger = known_ledger(settings)
    if ledger is None:
        path = str(settings.ledger) if settings.ledger_url is None else _postgres().name_of(settings.ledger_url)
        raise UsageError("ledger-none", hint="ledger-none", path=path)
    return ledger


def review_known_ledger(settings: Settings) -> tuple[str, LedgerReview] | None:
    """What the ledger is called and is like, without a change to it; `None` if there is none.

    Raises `EnvironmentFailureError` if its server does not answer.
    """
    if settings.ledger_url is None:
        path = settings.ledger
        return (str(path), review_ledger_file(path)) if path.exists() else None
    _postgres()
    from certx.ledger.postgres_review import review_ledger_on_server  # noqa: PLC0415 - what it needs is in an extra

    return review_ledger_on_server(settings.ledger_url)


def _postgres() -> "type[PostgresLedger]":
    """The ledger on a server; raises `EnvironmentFailureError` if the extra is not installed."""
    extra_module("psycopg", extra="postgres", package="psycopg")
    from certx.ledger.postgres import PostgresLedger  # noqa: PLC0415 - what it needs is in an extra

    return PostgresLedger
