"""Which licence supersedes which, in the tables of the SQLite ledger; every function works in its caller's transaction.

A row that is reserved claims the licence that it supersedes; once it is issued, the claim is a fact and the old licence
superseded. Claims of what a mended row no longer says are dropped then.
"""

import sqlite3
from collections.abc import Callable, Sequence

from certx.ledger.protocol import Entry, EntryState, Refusal, Reservation, version_key
from certx.licence.status import CanonicalStatus


def keyed(database: sqlite3.Connection, row: Reservation, mac: Callable[[bytes], bytes]) -> Reservation:
    """The row under the key that the ledger keeps it by: a later version of what is held there has its own."""
    if row.supersedes is None:
        return row
    held = database.execute(
        "SELECT row_mac, old FROM licence LEFT JOIN succession ON new = licence_id WHERE licence_id = ?",
        (row.supersedes,),
    ).fetchone()
    if held is None:
        return row
    earlier = row.row_key if held[1] is None else version_key(row.row_key, held[1])
    if held[0] in (mac(row.row_key.encode()), mac(earlier.encode())):
        return row._replace(row_key=version_key(row.row_key, row.supersedes))
    return row


def refusal(database: sqlite3.Connection, old: str, new: str | None) -> Refusal | None:
    """Why one licence cannot be superseded by another, `None` if it can; `new`: `None` if not here yet."""
    claimed = database.execute(
        "SELECT new, state FROM succession LEFT JOIN licence ON licence_id = new WHERE old = ?", (old,)
    ).fetchone()
    if claimed is not None and claimed[0] != new:
        code = "previous-superseded" if claimed[1] == EntryState.ISSUED else "previous-claimed"
        return Refusal(code, {"previous": old, "successor": claimed[0]})
    held = database.execute("SELECT state, status FROM licence WHERE licence_id = ?", (old,)).fetchone()
    if held is None:
        return None
    if old == new or held[0] != EntryState.ISSUED:
        return Refusal("previous-not-issued", {"previous": old})
    status = CanonicalStatus(held[1])
    if status is not CanonicalStatus.SUPERSEDED and not status.may_become(CanonicalStatus.SUPERSEDED):
        return Refusal("previous-ended", {"previous": old, "status": status})
    return None


def claim(database: sqlite3.Connection, old: str, new: str) -> None:
    """Keep others from superseding a licence."""
    database.execute("INSERT OR IGNORE INTO succession (old, new) VALUES (?, ?)", (old, new))


def settle(database: sqlite3.Connection, issued: Sequence[Entry]) -> None:
    """What issued licences supersede is superseded from then on, unless it came to another end meanwhile."""
    if database.execute("SELECT 1 FROM succession LIMIT 1").fetchone() is None:
        return
    database.executemany(
        "DELETE FROM succession WHERE new = ? AND old IS NOT ?", [(e.licence_id, e.supersedes) for e in issued]
    )
    for entry in issued:
        if entry.supersedes is not None:
            claim(database, entry.supersedes, entry.licence_id)
            _supersede(database, entry.supersedes, entry)


def _supersede(database: sqlite3.Connection, old: str, entry: Entry) -> None:
    changed = database.execute(
        "UPDATE licence SET status = 'superseded' WHERE licence_id = ? AND status IN ('valid', 'suspended')", (old,)
    ).rowcount
    if changed:
        database.execute(
            "INSERT INTO status_change (licence_id, status, at, why, noted) SELECT ?, 'superseded', max(?, "
            "coalesce((SELECT max(at) FROM status_change WHERE licence_id = ?), 0)), ?, ?",
            (old, entry.issued_at, old, entry.licence_id, entry.issued_at),
        )
