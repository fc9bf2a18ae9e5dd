"""What issuing and keeping statuses need of a ledger.

A grant by a body stands in it like a licence, under a number that is no licence identifier:
`certx.app.recognition.grant_ledger`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from types import MappingProxyType
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

    `supersedes` is the identifier of the licence that this one is the next version of, or follows after its end
    (`unless_ended`: not so). Where the ledger holds an earlier licence of the same number, the row is kept under a key
    of its own: see `version_key`.

    `content` is the canonical JSON of the claims apart from the identifier; ledgers keep only a keyed hash of it.
    `series` is that of the issuer's status lists, `None` if the licence is to be on none. `line` is where the row
    stands in what a job issues, counted from 1.
    """

    row_key: str
    licence_id: str
    content: bytes
    series: str | None = None
    supersedes: str | None = None
    line: int = 0
    unless_ended: bool = False


def version_key(row_key: str, last: str) -> str:
    """The row key of the licence of a number after the one of this identifier; the first has the row key alone."""
    return f"{row_key}:{last}"


class Refusal(NamedTuple):
    """Why a row gets no reservation. `code` names the words for it.

    It supersedes a licence that cannot be, brings an identifier that another row has, is there twice, or another job is
    at it.
    """

    code: str
    params: Mapping[str, object]


class ListPlace(NamedTuple):
    """Where a licence's status stands: the lists of one issuer share a series and are numbered from 1."""

    series: str
    number: int
    idx: int


class Entry(NamedTuple):
    """What the ledger holds for a row.

    `digest` is the SHA-256 of the JWT's signing input, once issued. `is_new`: reserved just now, not by an earlier run.
    `is_same`: the content is what was reserved or issued. `chunk` and `nth` say where its output lies, if that is
    known; `is_again`: it was issued before, and its output is lost.
    `place`: the entry of a status list that is this licence's and never another's. `row_key` is the one that the
    ledger keeps it under, `supersedes` what the row asked for.
    """

    row_key: str
    licence_id: str
    state: EntryState
    digest: bytes | None = None
    issued_at: int | None = None
    is_new: bool = True
    is_same: bool = True
    place: ListPlace | None = None
    supersedes: str | None = None
    chunk: int | None = None
    nth: int | None = None
    is_again: bool = False

    def when_issued(self, digest: bytes, at: int) -> "Entry":
        """What the ledger is told of it once it is signed."""
        row_key, licence_id, *_ = self
        return Entry(
            row_key, licence_id, EntryState.ISSUED, digest, at, supersedes=self.supersedes, is_again=self.is_again
        )


class Chunk(NamedTuple):
    """Licences that were written together: `rows` lines, `length` bytes from `start` on in a file of an output.

    `file` is the name inside an output that is a folder, empty for one that is a file. `sha256` is of these bytes.
    """

    output: str
    file: str
    start: int
    length: int
    rows: int
    sha256: bytes


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

    `reinstated`: by index of those that are valid again, when that was noted (Unix time). `size`: how many entries it
    has, given out or not.
    """

    number: int
    statuses: Mapping[int, CanonicalStatus]
    reinstated: Mapping[int, int] = MappingProxyType({})
    size: int = LIST_CAPACITY


class SigningKey(NamedTuple):
    """Which issuer signed, by its credit code, and with which of its keys."""

    issuer: str
    kid: str


class KeyUse(NamedTuple):
    """How many live licences of a key there are, and when the oldest and the newest were issued (Unix seconds).

    A licence is live while its status is valid or suspended, whatever its last day. `kid` is `None` for those that were
    issued before the ledger noted keys.
    """

    kid: str | None
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

    def job(self, output: str) -> AbstractContextManager[int]:
        """Begin to issue into an output: the job's number, which is above that of every earlier job.

        The job is at work while the block runs, and not any more once its process ends, however it does.
        """

    def told_by(self, kind: str) -> str | None:
        """The claims that tell rows of a kind (`TYPE:ISSUER`) apart here, `None` if that was never noted."""

    def tell_by(self, kind: str, claims: str) -> str:
        """Note the claims that tell rows of a kind apart, unless some are noted: those that are."""

    def has_any(self, head: str) -> bool:
        """Was an identifier that begins so ever given to a row?"""

    def reserve(self, rows: Sequence[Reservation], job: int = 0) -> list[Entry | Refusal]:
        """One entry for each row: a new reservation, or what an earlier run left or finished.

        A job (0: none that is at work) holds what it reserves: others are refused it (`row-in-progress`) while that job
        is at work. Within a job the first line with a row key has it, others are refused (`row-twice`).

        A row that supersedes a licence is refused, and nothing reserved for it, if that one is reserved here and not
        issued yet, or is superseded by another licence, or about to be while the job that is to is at work. What a row
        that nobody is at any more was to supersede is taken over, with its identifier if both have the same.

        A row that an earlier run reserved but did not finish keeps its identifier and its place on a status list. A
        place is taken at random in the same transaction and given once, ever. What an unfinished row says is taken
        from the row. Raises `EnvironmentFailureError` if nothing could be written.
        """

    def rehearsal(self) -> Callable[[Sequence[Reservation]], list[Entry | Refusal]]:
        """What `reserve` would answer a new job, which this remembers from call to call; writes nothing.

        No places are drawn.
        """

    def find(self, rows: Sequence[Reservation]) -> list[Entry | Refusal | None]:
        """What the ledger holds for each row, `None` for a new one, or why it would refuse it; writes nothing."""

    def commit(self, issued: Sequence[Entry], key: SigningKey, *, job: int = 0, chunk: Chunk | None = None) -> int:
        """Record that these licences are signed, and that their output, the lines of the chunk, is on disk.

        In the same transaction their digests are put at the end of the issuer's log, in this order. What they supersede
        becomes so in the same transaction, unless it came to another end meanwhile. One that was issued before is
        recorded as issued again. How many licences became superseded. Raises `UsageError` if another job holds one of
        them now: then nothing is recorded.
        """

    def latest(self, rows: Sequence[Reservation]) -> list[Entry | None]:
        """The last issued licence of each row's number, `None` if there is none; `supersedes` is what that one did."""

    def chunks(self, output: str) -> list[tuple[int, Chunk]]:
        """What was written into an output, with its numbers, in order."""

    def chunk(self, number: int) -> Chunk | None:
        """What was written under a number."""

    def set_status(self, licence_ids: Sequence[str], event: StatusEvent, *, noted: int | None = None) -> StatusChange:
        """Give all these licences a status, or none of them; the earlier ones stay in their history.

        `noted`: Unix time at which this is done, whenever the status began; `None`: just when it began.

        Raises `UsageError` naming the first licence that was not issued here, whose status cannot become this one, that
        was issued later than that, or that something became of later. One that has the status already is left as it is.
        """

    def history(self, licence_id: str) -> list[StatusEvent]:
        """What became of a licence, in order; empty if it was never anything but valid."""

    def standing(self, licence_id: str) -> Standing | None:
        """How a licence stands, `None` if it was not issued here."""

    def lists(self, series: str) -> list[StatusesOfList]:
        """All status lists of a series as they are at one moment."""

    def uses(self, issuer: str) -> list[KeyUse]:
        """The keys of an issuer (a credit code) that live licences, or grants, were signed with, the last used last.

        After them, if there are any, live licences whose key is not known.
        """

    def live_since(self, key: SigningKey, at: int) -> int:
        """How many live licences of a key were issued at that time (Unix seconds) or later."""

    def live_by_type(self) -> dict[str, int]:
        """How many live licences there are, by the type code in their identifiers (GB/T 36904)."""

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
