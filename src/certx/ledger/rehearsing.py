"""Reserving without writing: the very rules of `certx.ledger.reserving`, over tables that only remember what came."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from secrets import token_bytes
from typing import Final

from certx.ledger import reserving
from certx.ledger.places import OpenList
from certx.ledger.protocol import LIST_CAPACITY, Entry, EntryState, Refusal, Reservation
from certx.ledger.reserving import Books, Held, Mac, Writes
from certx.ledger.succession import Claim, Earlier
from certx.licence.status import CanonicalStatus

_JOB: Final = -1
"""The number of the job that is rehearsed, which no job has."""
_FORGOTTEN: Final = ""
"""In the place of the identifier of a new row that follows no other licence."""


class Memory:
    """What a rehearsal came to, chunk after chunk; of most rows no more than a keyed hash and a line."""

    def __init__(self) -> None:
        self.lines: dict[bytes, int] = {}
        """Where each row stands, by its keyed row key."""
        self.named: dict[bytes, str] = {}
        """The identifiers of those of them that follow another licence."""
        self.followers: dict[str, bytes] = {}
        """The same the other way round."""
        self.taken: set[int] = set()
        """Hashes of the identifiers of those that are new."""
        self.claims: dict[str, Claim] = {}
        self.moved: dict[bytes, bytes] = {}
        """Reservations that were handed over: where each really is."""

    def reserve(self, books: Books, rows: Sequence[Reservation], mac: Mac) -> list[Entry | Refusal]:
        """What a job would be answered that was answered all this before."""
        return reserving.reserve(Rehearsed(books, self), rows, _JOB, mac)


class Rehearsed:
    """See `Tables`: what a ledger holds, and what is remembered instead of written there."""

    def __init__(self, books: Books, memory: Memory) -> None:
        self._books, self._memory = books, memory
        self.is_at_work = books.is_at_work

    def look_up(self, macs: Sequence[bytes]) -> dict[bytes, Held]:
        """See `Tables.look_up`."""
        memory = self._memory
        gone = set(memory.moved.values())
        real = {row_mac: memory.moved.get(row_mac, row_mac) for row_mac in macs}
        held = self._books.look_up([is_now for row_mac, is_now in real.items() if row_mac not in gone])
        found: dict[bytes, Held] = {}
        for row_mac, is_now in real.items():
            known, line = held.get(is_now) if row_mac not in gone else None, memory.lines.get(row_mac)
            if known is None and line is not None:
                licence_id = memory.named.get(row_mac, _FORGOTTEN)
                known = Held(licence_id, EntryState.RESERVED, None, None, b"", _JOB, line, None, None, None)
            if known is not None:
                found[row_mac] = known if line is None else known._replace(job=_JOB, line=line)
        return found

    def earlier(self, licence_id: str) -> Earlier | None:
        """See `Versions.earlier`; what the rehearsal came to is as good as issued."""
        row_mac = self._memory.followers.get(licence_id)
        if row_mac is None and licence_id != _FORGOTTEN:
            return self._books.earlier(licence_id)
        return Earlier(row_mac or b"", None, EntryState.ISSUED, CanonicalStatus.VALID)

    def taken(self, licence_ids: Sequence[str]) -> set[str]:
        """See `Tables.taken`."""
        taken = self._memory.taken
        return self._books.taken(licence_ids) | {name for name in licence_ids if hash(name) in taken}

    def successor(self, old: str) -> Claim | None:
        """See `Versions.successor`."""
        if old in self._memory.claims:
            return self._memory.claims[old]
        claim = self._books.successor(old)
        if claim is None or claim.row_mac is None or claim.row_mac not in self._memory.lines:
            return claim
        return claim._replace(job=_JOB, line=self._memory.lines[claim.row_mac])

    def claim(self, old: str, new: str) -> None:
        """See `Tables.claim`; where the row stands is remembered with it."""
        self._memory.claims[old] = Claim(new, EntryState.RESERVED, None, _JOB, None)

    def hand_over(self, claim: Claim, row_mac: bytes) -> bool:
        """See `Tables.hand_over`."""
        if claim.row_mac is not None:
            self._memory.moved[row_mac] = claim.row_mac
        return claim.row_mac is not None

    def write(self, job: int, writes: Writes) -> None:  # noqa: ARG002 - there is one job
        """See `Tables.write`."""
        memory = self._memory
        for w in (*writes.new, *writes.reserved, *writes.issued):
            memory.lines[w.row_mac] = w.row.line
        for w in writes.new:
            memory.taken.add(hash(w.row.licence_id))
            if w.row.supersedes is not None:
                memory.named[w.row_mac] = w.row.licence_id
                memory.followers[w.row.licence_id] = w.row_mac
        for w in (*writes.new, *writes.reserved):
            if w.row.supersedes is not None:
                claim = memory.claims[w.row.supersedes]
                memory.claims[w.row.supersedes] = claim._replace(row_mac=w.row_mac, line=w.row.line)

    def unless_there(self, work: Callable[[], object]) -> None:
        """See `Tables.unless_there`: what is there and what is remembered is looked up row by row."""

    def newest(self, series: str) -> OpenList | None:  # noqa: ARG002
        """See `Lists.newest`: a list that there is not, for as long as a place takes no more room than another."""
        return OpenList(0, 1, 0, LIST_CAPACITY)

    def add(self, series: str, number: int, size: int) -> None:
        """See `Lists.add`."""

    def occupied(self, name: int, indexes: Sequence[int]) -> set[int]:  # noqa: ARG002
        """See `Lists.occupied`."""
        return set()

    def give(self, name: int, indexes: Sequence[int]) -> None:
        """See `Lists.give`."""


class _Empty:
    """See `Books`: those of a ledger that there is not yet."""

    def look_up(self, macs: Sequence[bytes]) -> dict[bytes, Held]:  # noqa: ARG002
        """Nothing."""
        return {}

    def taken(self, licence_ids: Sequence[str]) -> set[str]:  # noqa: ARG002
        """None."""
        return set()

    def is_at_work(self, job: int) -> bool:  # noqa: ARG002
        """It is not."""
        return False

    def earlier(self, licence_id: str) -> Earlier | None:  # noqa: ARG002
        """It is not here."""
        return None

    def successor(self, old: str) -> Claim | None:  # noqa: ARG002
        """There is none."""
        return None


def rehearsal_of_the_first() -> Callable[[Sequence[Reservation]], list[Entry | Refusal]]:
    """See `Ledger.rehearsal`: of a ledger that there is not yet."""
    memory, secret = Memory(), token_bytes(32)

    def mac(data: bytes) -> bytes:
        return blake2b(data, key=secret, digest_size=20).digest()

    return lambda rows: memory.reserve(_Empty(), rows, mac)
