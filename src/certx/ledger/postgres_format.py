"""The tables of the ledger on a PostgreSQL server, format by format; all of them in the schema `certx`."""

from typing import Final

# Half of each page of `licence` is left free: what is reserved is soon issued, and the row then stays on its page and
# in its indexes as they are. What it refers to is written by the same transaction or an earlier one and never deleted:
# to have the server check that would double the time of a commit.
_FORMAT_1: Final = (
    "CREATE TABLE format (format integer NOT NULL)",
    "INSERT INTO format VALUES (0)",
    "CREATE TABLE setting (name text PRIMARY KEY, value bytea NOT NULL)",
    "CREATE SEQUENCE job_number AS integer",
    "CREATE TABLE job (job integer PRIMARY KEY, output text NOT NULL)",
    """
    CREATE TABLE status_list (
        list   integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
        series text NOT NULL,
        number integer NOT NULL,
        given  integer NOT NULL DEFAULT 0,
        size   integer NOT NULL,
        UNIQUE (series, number)
    )
    """,
    """
    CREATE TABLE signing_key (
        signing_key integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
        issuer      text NOT NULL,
        kid         text NOT NULL,
        UNIQUE (issuer, kid)
    )
    """,
    """
    CREATE TABLE chunk (
        chunk  bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
        output text NOT NULL,
        file   text NOT NULL,
        start  bigint NOT NULL,
        length bigint NOT NULL,
        rows   integer NOT NULL,
        sha256 bytea NOT NULL
    )
    """,
    "CREATE INDEX chunk_of ON chunk (output)",
    """
    CREATE TABLE licence (
        row_mac      bytea PRIMARY KEY,
        licence_id   text COLLATE "C" NOT NULL UNIQUE,
        content_mac  bytea NOT NULL,
        state        text NOT NULL CHECK (state IN ('reserved', 'issued')),
        digest       bytea,
        issued_at    bigint,
        list         integer,
        list_index   integer,
        status       text NOT NULL DEFAULT 'valid',
        signed_by    integer,
        log_position bigint,
        job          integer NOT NULL DEFAULT 0,
        line         bigint NOT NULL DEFAULT 0,
        chunk        bigint,
        nth          integer
    ) WITH (fillfactor = 50)
    """,
    "CREATE UNIQUE INDEX licence_place ON licence (list, list_index) WHERE list IS NOT NULL",
    "CREATE INDEX licence_not_valid ON licence (list) WHERE status <> 'valid'",
    """
    CREATE TABLE reissue (
        reissue    bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
        licence_id text NOT NULL,
        at         bigint NOT NULL,
        digest     bytea NOT NULL
    )
    """,
    """
    CREATE TABLE status_change (
        change     bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
        licence_id text COLLATE "C" NOT NULL,
        status     text NOT NULL,
        at         bigint NOT NULL,
        why        text NOT NULL,
        noted      bigint NOT NULL
    )
    """,
    "CREATE INDEX status_change_of ON status_change (licence_id)",
    'CREATE TABLE succession (old text COLLATE "C" PRIMARY KEY, new text COLLATE "C" NOT NULL)',
    "CREATE INDEX succession_of ON succession (new)",
    # The row of an issuer is locked by whoever adds to its log, so that positions have no gap and no second owner.
    "CREATE TABLE log (issuer text PRIMARY KEY, size bigint NOT NULL)",
    """
    CREATE TABLE log_entry (
        issuer   text NOT NULL,
        position bigint NOT NULL,
        digest   bytea NOT NULL,
        PRIMARY KEY (issuer, position)
    )
    """,
)

STEPS: Final = (_FORMAT_1,)
FORMAT: Final = len(STEPS)
"""The format that this certx reads and writes, as the table `format` has it; it is counted apart from SQLite's."""
