"""Setting the statuses of many licences in SQLite, in its caller's transaction."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from certx.ledger.protocol import StatusChange, StatusEvent
from certx.ledger.status_rules import fixed_for, refuse_earlier, refuse_fixed

_FIND: Final = """
    CREATE TEMP TABLE found AS SELECT wanted.licence_id, licence, state, status, list, issued_at
    FROM wanted LEFT JOIN licence USING (licence_id)
"""
_BAD: Final = "SELECT licence_id, state, status FROM found WHERE state IS NOT 'issued' OR status IN (%s)"
_ISSUED_LATER: Final = """
    SELECT licence_id, issued_at FROM found
    WHERE issued_at > ? AND licence_id NOT IN (SELECT licence_id FROM reissue) LIMIT 1
"""
"""Of one that was signed again the first time of issue is not kept."""
_LATER: Final = "SELECT licence_id, max(at) FROM found JOIN status_change USING (licence_id) WHERE at > ? GROUP BY 1"
_SET: Final = "UPDATE licence SET status = ? WHERE licence IN (SELECT licence FROM found)"
_NOTE: Final = """
    INSERT INTO status_change (licence_id, status, at, why, noted) SELECT licence_id, ?, ?, ?, ? FROM found
"""


def set_status(
    database: sqlite3.Connection, licence_ids: Sequence[str], event: StatusEvent, noted: int
) -> StatusChange:
    """See `Ledger.set_status`."""
    execute = database.execute
    execute("CREATE TEMP TABLE wanted (licence_id TEXT PRIMARY KEY) WITHOUT ROWID")
    in_order = sorted(set(licence_ids))  # pages of a large ledger are then visited one after the other
    database.executemany("INSERT INTO wanted VALUES (?)", ((licence_id,) for licence_id in in_order))
    execute(_FIND)
    fixed = fixed_for(event.status)
    rows = execute(_BAD % ", ".join("?" * len(fixed)), fixed)
    refuse_fixed(licence_ids, {licence_id: (state, status) for licence_id, state, status in rows}, event.status)
    same = execute("DELETE FROM found WHERE status = ?", (event.status,)).rowcount
    refuse_earlier(execute(_ISSUED_LATER, (event.at,)).fetchone(), execute(_LATER, (event.at,)).fetchone())
    execute(_SET, (event.status,))
    execute(_NOTE, (event.status, event.at, event.why, noted))
    changed, unlisted = execute("SELECT count(*), count(*) - count(list) FROM found").fetchone()
    execute("DROP TABLE wanted")
    execute("DROP TABLE found")
    return StatusChange(changed, unlisted, same)
