"""What issuing needs of a ledger."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import NamedTuple, Protocol


class EntryState(StrEnum):
    """How far a row has come."""

    RESERVED = "reserved"
    ISSUED = "issued"


class Reservation(NamedTuple):
    """A row that wants to be signed: its key, the identifier it would get, and what it says.

    `content` is the canonical JSON of the claims apart from the identifier; ledgers keep only a keyed hash of it.
    """

    row_key: str
    licence_id: str
    content: bytes


class Entry(NamedTuple):
    """What the ledger holds for a row.

    `digest` is the SHA-256 of the JWT's signing input, once issued; `content`, given to `commit`, is what was signed.
    `is_new`: reserved just now, not by an earlier run. `is_same`: the content is what was reserved or issued.
    """

    row_key: str
    licence_id: str
    state: EntryState
    content: bytes = b""
    digest: bytes | None = None
    issued_at: int | None = None
    is_new: bool = True
    is_same: bool = True


class Ledger(Protocol):
    """Identifiers are reserved first, in a transaction; output is on disk before it is committed here."""

    def reserve(self, rows: Sequence[Reservation]) -> list[Entry]:
        """One entry for each row: a new reservation, or what an earlier run left or finished.

        A row that an earlier run reserved but did not finish keeps its identifier. Raises
        `EnvironmentFailureError` if nothing could be written, `UsageError` if an identifier is taken by another row.
        """

    def find(self, rows: Sequence[Reservation]) -> list[Entry | None]:
        """What the ledger holds for each row, `None` for a new one; writes nothing."""

    def commit(self, issued: Sequence[Entry]) -> None:
        """Record that these licences are signed with their content, and that their output is on disk."""

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep other issuing jobs out for as long as the block runs; let go even if this process is killed.

        Raises `EnvironmentFailureError` if another job does not finish in time.
        """

    def close(self) -> None:
        """Let go of the database."""
