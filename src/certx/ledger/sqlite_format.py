"""The tables of the ledger in SQLite, format by format: what makes each out of the one before."""

import sqlite3
from secrets import token_bytes
from typing import Final

_FORMAT_1: Final = (
    "CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE IF NOT EXISTS licence (
        row_mac     BLOB PRIMARY KEY,
        licence_id  TEXT NOT NULL UNIQUE,
        content_mac BLOB NOT NULL,
        state       TEXT NOT NULL CHECK (state IN ('reserved', 'issued')),
        digest      BLOB UNIQUE,
        issued_at   INTEGER
    ) WITHOUT ROWID
    """,
    "INSERT OR IGNORE INTO setting (name, value) VALUES ('row-key-secret', random_bytes(32))",
)

# Licences of format 1 are on no list, and all of them valid.
_FORMAT_2: Final = (
    """
    CREATE TABLE status_list (
        list   INTEGER PRIMARY KEY,
        series TEXT NOT NULL,
        number INTEGER NOT NULL,
        given  INTEGER NOT NULL DEFAULT 0,
        UNIQUE (series, number)
    )
    """,
    "ALTER TABLE licence ADD COLUMN list INTEGER REFERENCES status_list (list)",
    "ALTER TABLE licence ADD COLUMN list_index INTEGER",
    "ALTER TABLE licence ADD COLUMN status TEXT NOT NULL DEFAULT 'valid'",
    "CREATE UNIQUE INDEX licence_place ON licence (list, list_index)",
    "CREATE INDEX licence_not_valid ON licence (list) WHERE status <> 'valid'",
    """
    CREATE TABLE status_change (
        change     INTEGER PRIMARY KEY,
        licence_id TEXT NOT NULL,
        status     TEXT NOT NULL,
        at         INTEGER NOT NULL,
        why        TEXT NOT NULL
    )
    """,
    "CREATE INDEX status_change_of ON status_change (licence_id)",
)

# Which key signed a licence of an earlier format is not known; its issuer stands in its identifier (GB/T 36904).
_ISSUER: Final = "substr(licence_id, 38, 18)"
_FORMAT_3: Final = (
    """
    CREATE TABLE signing_key (
        signing_key INTEGER PRIMARY KEY,
        issuer      TEXT NOT NULL,
        kid         TEXT NOT NULL,
        UNIQUE (issuer, kid)
    )
    """,
    """
    CREATE TABLE log_entry (
        issuer   TEXT NOT NULL,
        position INTEGER NOT NULL,
        digest   BLOB NOT NULL,
        PRIMARY KEY (issuer, position)
    ) WITHOUT ROWID
    """,
    "ALTER TABLE licence ADD COLUMN signed_by INTEGER REFERENCES signing_key (signing_key)",
    "ALTER TABLE licence ADD COLUMN log_position INTEGER",
    "ALTER TABLE status_list ADD COLUMN size INTEGER NOT NULL DEFAULT 1048576",  # as all of them were until now
    f"""
    INSERT INTO log_entry (issuer, position, digest)
    SELECT {_ISSUER}, row_number() OVER (PARTITION BY {_ISSUER} ORDER BY issued_at, digest) - 1, digest
    FROM licence WHERE state = 'issued'
    """,  # noqa: S608 - of our own text alone
    """
    UPDATE licence SET log_position = logged.position
    FROM log_entry AS logged WHERE state = 'issued' AND logged.digest = licence.digest
    """,
    # Licences of format 2 supersede none that they name. A licence is superseded by one other; while that is only
    # reserved, the row keeps others from doing the same.
    "CREATE TABLE succession (old TEXT PRIMARY KEY, new TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX succession_of ON succession (new)",
)

# Rows are kept in the order in which they came, and only what is looked up has an index: a batch then writes few pages.
# `job` and `line` say which row of which run of issuing holds a reservation, `chunk` and `nth` where its output lies.
_FORMAT_4: Final = (
    """
    CREATE TABLE job (
        job    INTEGER PRIMARY KEY AUTOINCREMENT,
        output TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE chunk (
        chunk  INTEGER PRIMARY KEY,
        output TEXT NOT NULL,
        file   TEXT NOT NULL,
        start  INTEGER NOT NULL,
        length INTEGER NOT NULL,
        rows   INTEGER NOT NULL,
        sha256 BLOB NOT NULL
    )
    """,
    "CREATE INDEX chunk_of ON chunk (output)",
    """
    CREATE TABLE reissue (
        reissue    INTEGER PRIMARY KEY,
        licence_id TEXT NOT NULL,
        at         INTEGER NOT NULL,
        digest     BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE licence_4 (
        licence      INTEGER PRIMARY KEY,
        row_mac      BLOB NOT NULL UNIQUE,
        licence_id   TEXT NOT NULL UNIQUE,
        content_mac  BLOB NOT NULL,
        state        TEXT NOT NULL CHECK (state IN ('reserved', 'issued')),
        digest       BLOB,
        issued_at    INTEGER,
        list         INTEGER REFERENCES status_list (list),
        list_index   INTEGER,
        status       TEXT NOT NULL DEFAULT 'valid',
        signed_by    INTEGER REFERENCES signing_key (signing_key),
        log_position INTEGER,
        job          INTEGER NOT NULL DEFAULT 0,
        line         INTEGER NOT NULL DEFAULT 0,
        chunk        INTEGER REFERENCES chunk (chunk),
        nth          INTEGER
    )
    """,
    """
    INSERT INTO licence_4 (row_mac, licence_id, content_mac, state, digest, issued_at, list, list_index, status,
        signed_by, log_position)
    SELECT row_mac, licence_id, content_mac, state, digest, issued_at, list, list_index, status, signed_by, log_position
    FROM licence ORDER BY issued_at
    """,
    "DROP TABLE licence",
    "ALTER TABLE licence_4 RENAME TO licence",
    "CREATE UNIQUE INDEX licence_place ON licence (list, list_index) WHERE list IS NOT NULL",
    "CREATE INDEX licence_not_valid ON licence (list) WHERE status <> 'valid'",
)

# A list has a bit for each entry that is given out: an index of places would cost as much as the licences themselves.
# When a change of status was noted, whenever it is said to have begun: of earlier ones only the latter is known.
_FORMAT_5: Final = (
    "ALTER TABLE status_list ADD COLUMN taken BLOB NOT NULL DEFAULT x''",
    "UPDATE status_list SET taken = zeroblob((size + 7) / 8)",
    """
    UPDATE status_list SET taken = (
        SELECT bits(list_index, status_list.size) FROM licence WHERE licence.list = status_list.list
    ) WHERE list IN (SELECT list FROM licence)
    """,
    "DROP INDEX licence_place",
    "ALTER TABLE status_change ADD COLUMN noted INTEGER NOT NULL DEFAULT 0",
    "UPDATE status_change SET noted = at",
)


class Bits:
    """The SQL aggregate `bits(index, size)`: so many bits, of which those of these indexes are set."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def step(self, index: int, size: int) -> None:
        """One more."""
        self._bits = self._bits or bytearray(-(-size // 8))
        self._bits[index >> 3] |= 1 << (index & 7)

    def finalize(self) -> bytes:
        """All of them."""
        return bytes(self._bits)


def add_functions(database: sqlite3.Connection) -> None:
    """Let a connection know what the steps call: `bits`, and `random_bytes` of the system's own randomness."""
    database.create_function("random_bytes", 1, token_bytes)
    database.create_aggregate("bits", 2, Bits)  # type: ignore[arg-type]  # typeshed wants a result of step


STEPS: Final = (_FORMAT_1, _FORMAT_2, _FORMAT_3, _FORMAT_4, _FORMAT_5)
FORMAT: Final = len(STEPS)
"""The format that this certx reads and writes, as `PRAGMA user_version` has it; 0 is an empty file."""
