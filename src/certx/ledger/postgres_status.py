"""Setting the statuses of many licences on PostgreSQL, in its caller's transaction."""

from collections.abc import Sequence
from typing import Final

from certx.errors import UsageError
from certx.ledger.postgres_server import Connection
from certx.ledger.protocol import EntryState, StatusChange, StatusEvent
from certx.licence.status import CanonicalStatus

_LOCK: Final = """
    SELECT count(*) FROM (
        SELECT 1 FROM wanted JOIN licence USING (licence_id) ORDER BY row_mac FOR UPDATE OF licence
    ) AS held
"""
_FIND: Final = """
    CREATE TEMP TABLE found ON COMMIT DROP AS SELECT wanted.licence_id, row_mac, state, status, list
    FROM wanted LEFT JOIN licence USING (licence_id)
"""
_BAD: Final = """
    SELECT licence_id, state, status FROM found WHERE state IS DISTINCT FROM 'issued' OR status = ANY(%s)
"""
_ISSUED_LATER: Final = """
    SELECT licence_id, issued_at FROM found JOIN licence USING (row_mac, licence_id)
    WHERE issued_at > %s AND NOT EXISTS (SELECT 1 FROM reissue WHERE reissue.licence_id = licence.licence_id) LIMIT 1
"""
"""Of one that was signed again the first time of issue is not kept."""
_LATER: Final = """
    SELECT licence_id, max(at) FROM found JOIN status_change USING (licence_id) WHERE at > %s GROUP BY 1 LIMIT 1
"""
_SET: Final = "UPDATE licence SET status = %s FROM found WHERE licence.row_mac = found.row_mac"
_NOTE: Final = """
    INSERT INTO status_change (licence_id, status, at, why, noted) SELECT licence_id, %s, %s, %s, %s FROM found
"""


def set_status(connection: Connection, licence_ids: Sequence[str], event: StatusEvent, noted: int) -> StatusChange:
    """See `Ledger.set_status`."""
    execute = connection.execute
    execute('CREATE TEMP TABLE wanted (licence_id text COLLATE "C" PRIMARY KEY) ON COMMIT DROP')
    with connection.cursor() as cursor, cursor.copy("COPY wanted FROM STDIN") as copy:
        for licence_id in sorted(set(licence_ids)):
            copy.write_row((licence_id,))
    execute(_LOCK)
    execute(_FIND)
    _refuse_change(connection, licence_ids, event.status)
    same = execute("DELETE FROM found WHERE status = %s", (event.status.value,)).rowcount
    issued = execute(_ISSUED_LATER, (event.at,)).fetchone()
    if issued is not None:
        raise UsageError("status-before-issue", hint="status-before-last", licence_id=issued[0], at=issued[1])
    later = execute(_LATER, (event.at,)).fetchone()
    if later is not None:
        raise UsageError("status-before-last", hint="status-before-last", licence_id=later[0], at=later[1])
    execute(_SET, (event.status.value,))
    execute(_NOTE, (event.status.value, event.at, event.why, noted))
    counts = execute("SELECT count(*), count(*) - count(list) FROM found").fetchone()
    changed, unlisted = counts or (0, 0)
    return StatusChange(changed, unlisted, same)


def _refuse_change(connection: Connection, licence_ids: Sequence[str], wanted: CanonicalStatus) -> None:
    """Raise `UsageError` on the first of the licences that is not there or cannot become so."""
    stays = [status.value for status in CanonicalStatus if status is not wanted and not status.may_become(wanted)]
    bad = {licence_id: (state, status) for licence_id, state, status in connection.execute(_BAD, (stays,))}
    if not bad:
        return
    first = next(licence_id for licence_id in licence_ids if licence_id in bad)
    state, status = bad[first]
    if state != EntryState.ISSUED:
        raise UsageError("licence-unknown", hint="licence-unknown", licence_id=first)
    raise UsageError("status-fixed", hint="status-fixed", licence_id=first, status=status, wanted=wanted)
