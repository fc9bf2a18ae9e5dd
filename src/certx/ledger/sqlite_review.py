"""A look at a ledger in SQLite that changes nothing: neither its format nor a row of it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from certx.ledger.review import ISSUED_LISTS, LedgerReview, changed_statuses, issued_lists
from certx.ledger.sqlite_format import FORMAT

_BUSY_SECONDS: Final = 2.0
_CHECKED_BYTES: Final = 2 * 1_073_741_824
"""A larger file is not read whole just to see whether it is damaged: that would take minutes."""
_WITH_LISTS: Final = 2
"""The format from which on licences have places on lists."""
_DETAIL: Final = 200
_CHANGED: Final = """
    SELECT series, number, list_index, licence.status FROM licence JOIN status_list USING (list)
    WHERE status <> 'valid' OR licence_id IN (SELECT licence_id FROM status_change)
"""


def review_ledger_file(path: Path) -> LedgerReview:
    """What a ledger is like. A file that is no database at all is a damaged one."""
    found = 0
    if not path.is_file():  # a pipe would never end
        return LedgerReview(found, FORMAT, damage="not a file")
    try:
        address = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as database:
            database.execute("PRAGMA query_only=ON")  # one that may not write at all would leave its WAL files behind
            found = int(database.execute("PRAGMA user_version").fetchone()[0])
            if found > FORMAT or (found == 0 and not database.execute("SELECT * FROM sqlite_schema").fetchone()):
                return LedgerReview(found, FORMAT)
            damage = _damage(database, found) if path.stat().st_size <= _CHECKED_BYTES else None
            reserved = database.execute("SELECT count(*) FROM licence WHERE state = 'reserved'").fetchone()[0]
            if found < _WITH_LISTS:
                return LedgerReview(found, FORMAT, damage, reserved)
            statuses = changed_statuses(database.execute(_CHANGED))
            return LedgerReview(found, FORMAT, damage, reserved, statuses, issued_lists(database.execute(ISSUED_LISTS)))
    except (sqlite3.Error, OSError, TypeError, ValueError) as error:
        return LedgerReview(found, FORMAT, damage=str(error)[:_DETAIL])


def _damage(database: sqlite3.Connection, found: int) -> str | None:
    """The first thing that is wrong with the file, by SQLite itself or for want of what every ledger has."""
    said = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    if said != "ok":
        return " ".join(said.split())[:_DETAIL]
    if found <= 0:
        return f"no ledger: user_version is {found}"
    secret = database.execute("SELECT value FROM setting WHERE name = 'row-key-secret'").fetchone()
    return None if secret is not None and isinstance(secret[0], bytes) else "setting: no row-key-secret"
