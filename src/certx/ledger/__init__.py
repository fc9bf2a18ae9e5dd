"""What was ISSUED: the ledger reserves identifiers before signing, remembers what was signed and what became of it.

`certx.ledger.sqlite` is the default; another database is one more module with a `Ledger`.
"""

from certx.ledger.protocol import (
    LIST_CAPACITY,
    Chunk,
    Entry,
    EntryState,
    KeyUse,
    Ledger,
    ListPlace,
    LogPlace,
    Refusal,
    Reservation,
    SigningKey,
    Standing,
    StatusChange,
    StatusesOfList,
    StatusEvent,
    version_key,
)

__all__ = [
    "LIST_CAPACITY",
    "Chunk",
    "Entry",
    "EntryState",
    "KeyUse",
    "Ledger",
    "ListPlace",
    "LogPlace",
    "Refusal",
    "Reservation",
    "SigningKey",
    "Standing",
    "StatusChange",
    "StatusEvent",
    "StatusesOfList",
    "version_key",
]
