"""What was ISSUED: the ledger reserves identifiers before signing, remembers what was signed and what became of it.

`certx.ledger.sqlite` is the default; another database is one more module with a `Ledger`.
"""

from certx.ledger.protocol import (
    LIST_CAPACITY,
    Entry,
    EntryState,
    KeyUse,
    Ledger,
    ListPlace,
    LogPlace,
    Reservation,
    SigningKey,
    StatusChange,
    StatusesOfList,
    StatusEvent,
)

__all__ = [
    "LIST_CAPACITY",
    "Entry",
    "EntryState",
    "KeyUse",
    "Ledger",
    "ListPlace",
    "LogPlace",
    "Reservation",
    "SigningKey",
    "StatusChange",
    "StatusEvent",
    "StatusesOfList",
]
