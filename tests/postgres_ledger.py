"""A PostgreSQL server for tests: the one that `CERTX_TEST_POSTGRES` names, and a database of their own on it."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

VARIABLE: Final = "CERTX_TEST_POSTGRES"


def server_url() -> str | None:
    """A database of the server, as somebody who may make others."""
    return os.environ.get(VARIABLE)


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A connection that sees the ledger's tables."""
    import psycopg  # noqa: PLC0415 - an extra

    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("SET search_path = certx, public")
        connection.execute("SET client_min_messages = warning")
        yield connection


@contextmanager
def database_of_tests(server: str) -> Iterator[str]:
    """A fresh database, dropped in the end."""
    name = f"certx_test_{os.getpid()}"
    with connected(server) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with connected(server) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def wipe(url: str) -> None:
    """Take the ledger of a database away."""
    with connected(url) as connection:
        connection.execute("DROP SCHEMA IF EXISTS certx CASCADE")


def everything_in(url: str) -> bytes:
    """Each value of each table of the ledger."""
    values: list[bytes] = []
    with connected(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'certx'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f"SELECT * FROM certx.{table}", binary=True):  # noqa: S608 - our own name
                values += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    return b"\n".join(values)


def rows_in(url: str, query: str) -> list[tuple[Any, ...]]:
    """What a query says; none before there is a ledger."""
    with connected(url) as connection:
        if connection.execute("SELECT to_regclass('certx.format')").fetchone() == (None,):
            return []
        found: list[tuple[Any, ...]] = connection.execute(query, binary=True).fetchall()
        return found
