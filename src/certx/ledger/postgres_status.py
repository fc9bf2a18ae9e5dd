"""Setting the statuses of many licences on PostgreSQL, in its caller's transaction."""

from collections.abc import Sequence
from typing import Final

from certx.ledger.postgres_server import Connection
from certx.ledger.protocol import StatusChange, StatusEvent
from certx.ledger.status_rules import fixed_for, refuse_earlier, refuse_fixed

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
    bad = {licence_id: (state, status) for licence_id, state, status in execute(_BAD, (fixed_for(event.status),))}
    refuse_fixed(licence_ids, bad, event.status)
    same = execute("DELETE FROM found WHERE status = %s", (event.status.value,)).rowcount
    refuse_earlier(execute(_ISSUED_LATER, (event.at,)).fetchone(), execute(_LATER, (event.at,)).fetchone())
    execute(_SET, (event.status.value,))
    execute(_NOTE, (event.status.value, event.at, event.why, noted))
    counts = execute("SELECT count(*), count(*) - count(list) FROM found").fetchone()
    changed, unlisted = counts or (0, 0)
    return StatusChange(changed, unlisted, same)
