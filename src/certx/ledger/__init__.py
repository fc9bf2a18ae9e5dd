"""What was ISSUED: the ledger reserves identifiers before signing and remembers what was signed.

`certx.ledger.sqlite` is the default; another database is one more module with a `Ledger`.
"""

from certx.ledger.protocol import Entry, EntryState, Ledger, Reservation

__all__ = ["Entry", "EntryState", "Ledger", "Reservation"]
