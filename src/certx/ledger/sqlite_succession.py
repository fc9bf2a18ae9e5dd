"""Which licence supersedes which, in the tables of the SQLite ledger; every function works in its caller's transaction.

A row that is reserved claims the licence that it supersedes; once it is issued, the claim is a fact and the old licence
superseded. Claims of what a mended row no longer says are dropped then.
"""

import sqlite3
from collections.abc import Sequence

from certx.ledger.protocol import Entry
from certx.ledger.sqlite_reserve import SqliteTables


def settle(database: sqlite3.Connection, issued: Sequence[Entry]) -> int:
    """What issued licences supersede is superseded from then on, unless it came to another end meanwhile.

    How many licences became so.
    """
    if database.execute("SELECT 1 FROM succession LIMIT 1").fetchone() is None:
        return 0
    database.executemany(
        "DELETE FROM succession WHERE new = ? AND old IS NOT ?", [(e.licence_id, e.supersedes) for e in issued]
    )
    superseded = 0
    for entry in issued:
        if entry.supersedes is not None:
            SqliteTables(database).claim(entry.supersedes, entry.licence_id)
            superseded += _supersede(database, entry.supersedes, entry)
    return superseded


def _supersede(database: sqlite3.Connection, old: str, entry: Entry) -> int:
    changed = database.execute(
        "UPDATE licence SET status = 'superseded' WHERE licence_id = ? AND status IN ('valid', 'suspended')", (old,)
    ).rowcount
    if changed:
        database.execute(
            "INSERT INTO status_change (licence_id, status, at, why, noted) SELECT ?, 'superseded', max(?, "
            "coalesce((SELECT max(at) FROM status_change WHERE licence_id = ?), 0)), ?, ?",
            (old, entry.issued_at, old, entry.licence_id, entry.issued_at),
        )
    return changed
