"""Setting the statuses of many licences in SQLite, in its caller's transaction."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from certx.errors import UsageError
from certx.ledger.protocol import EntryState, StatusChange, StatusEvent
from certx.licence.status import CanonicalStatus

_FIND: Final = """
    CREATE TEMP TABLE found AS SELECT wanted.licence_id, licence, state, status, list, issued_at
    FROM wanted LEFT JOIN licence USING (licence_id)
"""
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
    _refuse_change(database, licence_ids, event.status)
    same = execute("DELETE FROM found WHERE status = ?", (event.status,)).rowcount
    _refuse_earlier(database, event.at)
    execute(_SET, (event.status,))
    execute(_NOTE, (event.status, event.at, event.why, noted))
    changed, unlisted = execute("SELECT count(*), count(*) - count(list) FROM found").fetchone()
    execute("DROP TABLE wanted")
    execute("DROP TABLE found")
    return StatusChange(changed, unlisted, same)


def _refuse_change(database: sqlite3.Connection, licence_ids: Sequence[str], wanted: CanonicalStatus) -> None:
    """Raise `UsageError` on the first of the licences that is not there or cannot become so."""
    stays = [status for status in CanonicalStatus if status is not wanted and not status.may_become(wanted)]
    marks = ", ".join("?" * len(stays))
    query = f"SELECT licence_id, state, status FROM found WHERE state IS NOT 'issued' OR status IN ({marks})"  # noqa: S608 - marks, not values
    bad = {licence_id: (state, status) for licence_id, state, status in database.execute(query, stays)}
    if not bad:
        return
    first = next(licence_id for licence_id in licence_ids if licence_id in bad)
    state, status = bad[first]
    if state != EntryState.ISSUED:
        raise UsageError("licence-unknown", hint="licence-unknown", licence_id=first)
    raise UsageError("status-fixed", hint="status-fixed", licence_id=first, status=status, wanted=wanted)


def _refuse_earlier(database: sqlite3.Connection, at: int) -> None:
    """Raise `UsageError` if one of the licences was issued, or something became of it, after that time."""
    issued = database.execute(_ISSUED_LATER, (at,)).fetchone()
    if issued is not None:
        raise UsageError("status-before-issue", hint="status-before-last", licence_id=issued[0], at=issued[1])
    later = database.execute(_LATER, (at,)).fetchone()
    if later is not None:
        raise UsageError("status-before-last", hint="status-before-last", licence_id=later[0], at=later[1])
