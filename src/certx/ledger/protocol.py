"""What issuing and keeping statuses need of a ledger."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from certx.licence.status import CanonicalStatus

LIST_CAPACITY: Final = 1_048_576
"""Entries of the first status list of a series, so that a small issuer's is small."""
LATER_CAPACITY: Final = 8_388_608
"""Entries of each list after it, so that a large issuer has few of them."""


def capacity_of(number: int) -> int:
    """Entries of the new list of this number. Half are given out, so that a free one is found by a try or two."""
    return LIST_CAPACITY if number == 1 else LATER_CAPACITY


class EntryState(StrEnum):
    """How far a row has come."""

    RESERVED = "reserved"
    ISSUED = "issued"


class Reservation(NamedTuple):
    """A row that wants to be signed: its key, the identifier it would get, and what it says.

    `supersedes` is the identifier of the licence that this one is the next version of. Where the ledger holds that one
    under the same row key, as an earlier version, the row is kept under a key of its own: see `version_key`.

    `content` is the canonical JSON of the claims apart from the identifier; ledgers keep only a keyed hash of it.
    `series` is that of the issuer's status lists, `None` if the licence is to be on none.
    """

    row_key: str
    licence_id: str
    content: bytes
    series: str | None = None
    supersedes: str | None = None


def version_key(row_key: str, supersedes: str) -> str:
    """The row key of a later version of a licence, whose first version has the row key alone."""
    return f"{row_key}:{supersedes}"


class Refusal(NamedTuple):
    """Why a row gets no reservation: it supersedes a licence that cannot be. `code` names the words for it."""

    code: str
    params: Mapping[str, object]


class ListPlace(NamedTuple):
    """Where a licence's status stands: the lists of one issuer share a series and are numbered from 1."""

    series: str
    number: int
    idx: int


class Entry(NamedTuple):
    """What the ledger holds for a row.

    `digest` is the SHA-256 of the JWT's signing input, once issued; `content`, given to `commit`, is what was signed.
    `is_new`: reserved just now, not by an earlier run. `is_same`: the content is what was reserved or issued.
    `place`: the entry of a status list that is this licence's and never another's. `row_key` is the one that the
    ledger keeps it under, `supersedes` what the row asked for.
    """

    row_key: str
    licence_id: str
    state: EntryState
    content: bytes = b""
    digest: bytes | None = None
    issued_at: int | None = None
    is_new: bool = True
    is_same: bool = True
    place: ListPlace | None = None
    supersedes: str | None = None


class Standing(NamedTuple):
    """An issued licence as it stands: when it was signed (Unix time), its status, its place on a list.

    `predecessor` is the licence that it supersedes, `successor` the issued one that supersedes it; `None`: not known.
    """

    licence_id: str
    issued_at: int
    status: CanonicalStatus
    place: ListPlace | None
    predecessor: str | None
    successor: str | None


class StatusEvent(NamedTuple):
    """What became of a licence: its status from then on (Unix time), and why, in the issuer's words.

    Why a licence was superseded by a later version is that one's identifier.
    """

    status: CanonicalStatus
    at: int
    why: str


class StatusChange(NamedTuple):
    """What came of setting a status: of how many licences, how many of them are on no list, and how many had it."""

    changed: int
    unlisted: int
    unchanged: int = 0


class StatusesOfList(NamedTuple):
    """One status list: its number, and by index the status of those licences on it that are not valid.

    `reinstated`: indexes of those that are valid again. `size`: how many entries it has, given out or not.
    """

    number: int
    statuses: Mapping[int, CanonicalStatus]
    reinstated: frozenset[int] = frozenset()
    size: int = LIST_CAPACITY


class SigningKey(NamedTuple):
    """Which issuer signed, by its credit code, and with which of its keys."""

    issuer: str
    kid: str


class KeyUse(NamedTuple):
    """How many live licences of a key there are, and when the oldest and the newest were issued (Unix seconds).

    A licence is live while its status is valid or suspended, whatever its last day.
    """

    kid: str
    live: int
    oldest: int
    newest: int


class LogPlace(NamedTuple):
    """Where a licence stands in its issuer's log of what it issued; `digest` is that of `Entry`.

    `kid`: what signed it, `None` if it was issued before the ledger noted that.
    """

    issuer: str
    position: int
    digest: bytes
    kid: str | None = None


class Ledger(Protocol):
    """Identifiers are reserved first, in a transaction; output is on disk before it is committed here."""

    def reserve(self, rows: Sequence[Reservation]) -> list[Entry | Refusal]:
        """One entry for each row: a new reservation, or what an earlier run left or finished.

        A row that supersedes a licence of this ledger is refused, and nothing reserved for it, if that one is not
        issued yet, has come to another end, or is superseded by another licence or about to be.

        A row that an earlier run reserved but did not finish keeps its identifier and its place on a status list. A
        place is taken at random in the same transaction and given once, ever. Raises
        `EnvironmentFailureError` if nothing could be written, `UsageError` if an identifier is taken by another row.
        """

    def find(self, rows: Sequence[Reservation]) -> list[Entry | Refusal | None]:
        """What the ledger holds for each row, `None` for a new one, or why it would refuse it; writes nothing."""

    def commit(self, issued: Sequence[Entry], key: SigningKey) -> None:
        """Record that these licences are signed with their content, and that their output is on disk.

        In the same transaction their digests are put at the end of the issuer's log, in this order.
        What they supersede becomes so in the same transaction, unless it came to another end meanwhile.
        """

    def set_status(self, licence_ids: Sequence[str], event: StatusEvent) -> StatusChange:
        """Give all these licences a status, or none of them; the earlier ones stay in their history.

        Raises `UsageError` naming the first licence that was not issued here, whose status cannot become this one, or
        that something became of later. One that has the status already is left as it is.
        """

    def history(self, licence_id: str) -> list[StatusEvent]:
        """What became of a licence, in order; empty if it was never anything but valid."""

    def standing(self, licence_id: str) -> Standing | None:
        """How a licence stands, `None` if it was not issued here."""

    def lists(self, series: str) -> list[StatusesOfList]:
        """All status lists of a series as they are at one moment."""

    def uses(self, issuer: str) -> list[KeyUse]:
        """The keys of an issuer (a credit code) that live licences were signed with, those used last in the end."""

    def live_since(self, key: SigningKey, at: int) -> int:
        """How many live licences of a key were issued at that time (Unix seconds) or later."""

    def log_size(self, issuer: str) -> int:
        """How many licences an issuer's log has."""

    def log(self, issuer: str, start: int, stop: int) -> bytes:
        """The digests of an issuer's log from one position up to another, 32 bytes each, in order."""

    def log_place(self, licence_id: str) -> LogPlace | None:
        """Where a licence stands in its issuer's log, `None` if it was not issued here."""

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep other jobs that issue or publish out while the block runs; let go even if this process is killed.

        Raises `EnvironmentFailureError` if another job does not finish in time.
        """

    def close(self) -> None:
        """Let go of the database."""
