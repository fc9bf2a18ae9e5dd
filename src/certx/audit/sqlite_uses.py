"""The tables of what verdicts use up, in the store of a counter. Each function is called within a transaction."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final

from certx.audit.uses import Answered, Consumed, Counted, GrantUse, OpenRequest, Showing, Took
from certx.licence.model import CHINA_STANDARD_TIME, DAY

TABLES: Final = (
    """
    CREATE TABLE request (
        nonce     TEXT PRIMARY KEY,
        digest    BLOB NOT NULL,
        scenario  TEXT NOT NULL,
        counter   TEXT NOT NULL,
        issued_at INTEGER NOT NULL,
        expires   INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE showing (
        nonce        TEXT NOT NULL,
        query        TEXT NOT NULL,
        presentation BLOB NOT NULL,
        credential   BLOB NOT NULL,
        at           INTEGER NOT NULL,
        PRIMARY KEY (nonce, query),
        UNIQUE (nonce, credential)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX showing_at ON showing (at)",
    # `refused` is empty for a use that counts, else why it was none.
    """
    CREATE TABLE grant_use (
        number       INTEGER PRIMARY KEY AUTOINCREMENT,
        grant_id     TEXT NOT NULL,
        presentation BLOB NOT NULL,
        at           INTEGER NOT NULL,
        refused      TEXT NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX grant_use_once ON grant_use (grant_id, presentation) WHERE refused = ''",
    "CREATE INDEX grant_use_at ON grant_use (grant_id, at) WHERE refused = ''",
    "CREATE INDEX grant_use_refused ON grant_use (grant_id) WHERE refused != ''",
    # Whoever signed the revocation is part of it: it counts for a grant that the same key signed.
    """
    CREATE TABLE grant_revoked (
        grant_id TEXT NOT NULL,
        kid      TEXT NOT NULL,
        at       INTEGER NOT NULL,
        PRIMARY KEY (grant_id, kid)
    ) WITHOUT ROWID
    """,
)
TALLIES: Final = (
    # How often a grant was used: since 0, which is ever, and since midnight in China of each day on which it was.
    """
    CREATE TABLE grant_tally (
        grant_id TEXT NOT NULL,
        since    INTEGER NOT NULL,
        used     INTEGER NOT NULL,
        refused  INTEGER NOT NULL,
        PRIMARY KEY (grant_id, since)
    ) WITHOUT ROWID
    """,
    """
    INSERT INTO grant_tally
    SELECT grant_id, 0, sum(refused = ''), sum(refused != '') FROM grant_use GROUP BY 1
    """,
    """
    INSERT INTO grant_tally
    SELECT grant_id, at - (at + 28800) % 86400, sum(refused = ''), sum(refused != '') FROM grant_use GROUP BY 1, 2
    """,
    "DROP INDEX grant_use_at",
    "DROP INDEX grant_use_refused",
)
"""What format 3 has besides: without it each use would take longer, the more there were before."""
SCENARIOS: Final = (
    # Requests that were open are forgotten: nobody kept by which scenario they asked.
    "DROP TABLE request",
    """
    CREATE TABLE request (
        nonce     TEXT PRIMARY KEY,
        digest    BLOB NOT NULL,
        scenario  TEXT NOT NULL,
        counter   TEXT NOT NULL,
        issued_at INTEGER NOT NULL,
        expires   INTEGER NOT NULL,
        document  BLOB NOT NULL
    ) WITHOUT ROWID
    """,
)
KEPT_SECONDS: Final = 30 * 86_400
"""Requests and answers are kept so long after they ended: what is older, the age of its proof refuses."""

_TAKEN: Final = "SELECT presentation, at FROM showing WHERE nonce = ? AND (query = ? OR credential = ?)"
_TALLY: Final = "SELECT used, refused FROM grant_tally WHERE grant_id = ? AND since = ?"
_TALLY_MORE: Final = """
    INSERT INTO grant_tally VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET used = used + excluded.used, refused = refused + excluded.refused
"""
_EVER: Final = 0


def open_request(database: sqlite3.Connection, request: OpenRequest) -> None:
    """Keep a request; those that ended long ago are forgotten, with what answered them."""
    oldest = request.issued_at - KEPT_SECONDS
    database.execute("DELETE FROM request WHERE expires < ?", (oldest,))
    database.execute("DELETE FROM showing WHERE at < ?", (oldest,))
    database.execute("INSERT INTO request VALUES (?, ?, ?, ?, ?, ?, ?)", request)


def find_request(database: sqlite3.Connection, nonce: str) -> OpenRequest | None:
    """The request of that nonce, if it is one of this counter's."""
    row = database.execute("SELECT * FROM request WHERE nonce = ?", (nonce,)).fetchone()
    return None if row is None else OpenRequest._make(row)


def answered(database: sqlite3.Connection, nonce: str) -> frozenset[str]:
    """The queries that have an answer under that nonce."""
    return frozenset(query for (query,) in database.execute("SELECT query FROM showing WHERE nonce = ?", (nonce,)))


def answer(
    database: sqlite3.Connection, showings: Sequence[Showing], serves: Callable[[frozenset[str]], bool], *, at: int
) -> Answered:
    """Take the answers to one request, all or none: if with those taken before they are what the matter needs.

    Of two for one query, or of one credential for two, the first counts. `serves`: do answers to these queries do?
    """
    database.execute("SAVEPOINT answer")
    found: list[Consumed | None] = [consume(database, showing, None, at=at) for showing in showings]
    there = answered(database, showings[0].nonce)
    if not serves(there):
        database.execute("ROLLBACK TO answer")
        found = [one if one is not None and one.took is Took.TAKEN else None for one in found]
    database.execute("RELEASE answer")
    return Answered(found, there)


def consume(database: sqlite3.Connection, showing: Showing | None, use: GrantUse | None, *, at: int) -> Consumed:
    """Take an answer and a use of a grant, both or neither; a use that is refused is put down as such."""
    if showing is not None:
        same = (showing.nonce, showing.query, showing.credential)
        for presentation, then in database.execute(_TAKEN, same).fetchall():
            return Consumed(Took.AGAIN if presentation == showing.presentation else Took.TAKEN, then)
    if use is not None:
        refused = _use(database, use, at)
        if refused is not None:
            return refused
    if showing is not None:
        database.execute("INSERT INTO showing VALUES (?, ?, ?, ?, ?)", (*showing, at))
    return Consumed(Took.NEW, at)


def _use(database: sqlite3.Connection, use: GrantUse, at: int) -> Consumed | None:
    """Count a use; `None` if it counts."""
    same = "SELECT at FROM grant_use WHERE grant_id = ? AND presentation = ? AND refused = ''"
    row = database.execute(same, (use.grant, use.presentation)).fetchone()
    if row is not None:
        return Consumed(Took.AGAIN, row[0])
    took, counted = Took.NEW, count(database, use.grant, at=at)
    if use.most is not None and counted.used >= use.most:
        took = Took.EXHAUSTED
    elif use.daily is not None and counted.today >= use.daily:
        took = Took.TODAY
    put_down(database, use, "" if took is Took.NEW else took, at=at)
    return None if took is Took.NEW else Consumed(took, at)


def _midnight(at: int) -> int:
    """When the day in China began."""
    return at - (at + CHINA_STANDARD_TIME) % DAY


def put_down(database: sqlite3.Connection, use: GrantUse, refused: str, *, at: int) -> None:
    """Put a use down, and add it up: one that counts if `refused` is empty, else as refused for that reason."""
    row = (use.grant, use.presentation, at, str(refused))
    database.execute("INSERT INTO grant_use (grant_id, presentation, at, refused) VALUES (?, ?, ?, ?)", row)
    for since in (_EVER, _midnight(at)):
        database.execute(_TALLY_MORE, (use.grant, since, not refused, bool(refused)))


def count(database: sqlite3.Connection, grant: str, *, at: int) -> Counted:
    """How often a grant was used."""
    (used, refused), (today, _) = (
        database.execute(_TALLY, (grant, since)).fetchone() or (0, 0) for since in (_EVER, _midnight(at))
    )
    return Counted(used, today, refused)


def revoke(database: sqlite3.Connection, grant: str, kid: str, *, at: int) -> None:
    """Keep that whoever has this key revoked a grant; the first time that it was told stands."""
    database.execute("INSERT OR IGNORE INTO grant_revoked VALUES (?, ?, ?)", (grant, kid, at))


def is_revoked(database: sqlite3.Connection, grant: str, kid: str) -> bool:
    """Did whoever has this key revoke the grant?"""
    query = "SELECT 1 FROM grant_revoked WHERE grant_id = ? AND kid = ?"
    return database.execute(query, (grant, kid)).fetchone() is not None
