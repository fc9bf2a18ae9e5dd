"""A look at a ledger on PostgreSQL that changes nothing: neither its format nor a row of it."""

from contextlib import closing
from typing import Final

from psycopg import errors

from certx.ledger.postgres import format_of
from certx.ledger.postgres_format import FORMAT
from certx.ledger.postgres_server import Connection, Server
from certx.ledger.review import ISSUED_LISTS, LedgerReview, changed_statuses, issued_lists

_DETAIL: Final = 200
_ROW_KEY: Final = "SELECT value FROM setting WHERE name = 'row-key-secret'"
_RESERVED: Final = "SELECT count(*) FROM licence WHERE state = 'reserved'"
_CHANGED: Final = """
    SELECT series, number, list_index, licence.status FROM licence JOIN status_list USING (list)
    WHERE status <> 'valid' OR licence_id IN (SELECT licence_id FROM status_change)
"""


def review_ledger_on_server(url: str) -> tuple[str, LedgerReview] | None:
    """What a ledger is called and is like, `None` if the database has none.

    Whether its files are whole is for the server to know. Raises `EnvironmentFailureError` if it does not answer.
    """
    server = Server(url)
    with closing(server.connect()) as database, server.failures():
        database.read_only = True
        try:
            with database.transaction():
                return _review(server, database)
        except (errors.UndefinedTable, errors.UndefinedColumn, TypeError, ValueError) as error:
            return server.name, LedgerReview(0, FORMAT, damage=str(error).partition("\n")[0][:_DETAIL])


def _review(server: Server, database: Connection) -> tuple[str, LedgerReview] | None:
    found = format_of(database)
    if found > FORMAT:
        return server.name, LedgerReview(found, FORMAT)
    if found <= 0:
        has_table = database.execute("SELECT to_regclass('certx.format') IS NOT NULL").fetchone() == (True,)
        return (server.name, LedgerReview(0, FORMAT, damage=f"no ledger: format is {found}")) if has_table else None
    reserved = database.execute(_RESERVED).fetchone()
    statuses = changed_statuses(database.execute(_CHANGED))
    lists = issued_lists(database.execute(ISSUED_LISTS))
    secret = database.execute(_ROW_KEY).fetchone()
    damage = None if secret is not None else "setting: no row-key-secret"
    return server.name, LedgerReview(found, FORMAT, damage, int(reserved[0]) if reserved else 0, statuses, lists)
