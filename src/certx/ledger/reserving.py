"""Reserving many rows at once: the rules, whatever database the ledger is in.

A chunk of rows is looked up, given places on status lists and written by a statement each, not row by row.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

from certx.ledger import places, row_keys, succession
from certx.ledger.protocol import Entry, EntryState, ListPlace, Refusal, Reservation

Mac = Callable[[bytes], bytes]
Given = Mapping[int, tuple[int, ListPlace]]
"""Places by where rows stand, each with the list's own name in the ledger."""
_NO_PLACE: Final = (None, None)
_Result = TypeVar("_Result")


class Held(NamedTuple):
    """A row as the ledger holds it."""

    licence_id: str
    state: str
    digest: bytes | None
    issued_at: int | None
    content_mac: bytes
    job: int
    line: int
    chunk: int | None
    nth: int | None
    place: ListPlace | None

    def entry(self, row: Reservation, content_mac: bytes) -> Entry:
        """What is told of it to a row that says so much."""
        return Entry(
            row.row_key, self.licence_id, EntryState(self.state), self.digest, self.issued_at,
            is_new=False, is_same=self.content_mac == content_mac,
            place=self.place, supersedes=row.supersedes, chunk=self.chunk, nth=self.nth,
        )  # fmt: skip


class Write(NamedTuple):
    """A row that is to be written: its keyed hashes, and the place that it is given now.

    `place` is the list's own name in the ledger and the index on it, of nothing if it is given none.
    """

    row: Reservation
    row_mac: bytes
    content_mac: bytes
    place: tuple[int, int] | tuple[None, None] = _NO_PLACE


class Writes(NamedTuple):
    """What is written for a chunk of rows."""

    new: Sequence[Write]
    reserved: Sequence[Write]
    """Rows that are there and not issued: they now say this."""
    issued: Sequence[Write]
    """Rows that are there and issued: only which job and line asked for them is noted."""


class Books(succession.Versions, Protocol):
    """What a ledger holds, to be read."""

    def look_up(self, macs: Sequence[bytes]) -> dict[bytes, Held]:
        """What the ledger holds under these row keys."""

    def taken(self, licence_ids: Sequence[str]) -> set[str]:
        """Which of these identifiers licences have."""

    def is_at_work(self, job: int) -> bool:
        """Is another job?"""


class Tables(Books, places.Lists, Protocol):
    """The tables of a ledger, in one transaction."""

    def claim(self, old: str, new: str) -> None:
        """Keep others from superseding a licence, unless one that is issued does already."""

    def hand_over(self, claim: succession.Claim, row_mac: bytes) -> bool:
        """Give the reservation of an unfinished row another row's key, unless a job has come to it meanwhile."""

    def write(self, job: int, writes: Writes) -> None:
        """Write rows for a job."""

    def unless_there(self, work: Callable[[], _Result]) -> _Result | None:
        """What work comes to; `None`, and all it wrote undone, where a new row's key or identifier is there already."""


class _Pending(NamedTuple):
    """A row that is to be written, and where its answer stands."""

    position: int
    write: Write
    state: str | None
    """What it is already, `None` if it is new."""
    has_place: bool


class _Seen:
    """What a ledger holds, and what a job's rows before this one supersede."""

    def __init__(self, books: Books, job: int = 0) -> None:
        self.books, self.job = books, job
        self._claims: dict[str, succession.Claim] = {}

    def successor(self, old: str) -> succession.Claim | None:
        """Which licence supersedes another or is about to."""
        return self._claims.get(old) or self.books.successor(old)

    def is_held(self, old: str, claim: succession.Claim) -> bool:
        """Is whoever claims a licence still at work?"""
        return old in self._claims or bool(claim.job and self.books.is_at_work(claim.job))

    def note(self, row: Reservation, row_mac: bytes, entry: Entry) -> None:
        """Keep the rows after this one from superseding what it does."""
        old = row.supersedes
        if old is None:
            return
        if entry.state is EntryState.RESERVED:
            self._claims[old] = succession.Claim(entry.licence_id, entry.state, row_mac, self.job, row.line)
            return
        claim = self.successor(old)
        if claim is not None and claim.licence_id == entry.licence_id:
            self._claims[old] = claim._replace(job=self.job, line=row.line)


def find(books: Books, rows: Sequence[Reservation], mac: Mac) -> list[Entry | Refusal | None]:
    """See `Ledger.find`."""
    rows = row_keys.keyed(books, books.look_up, rows, mac)
    macs = [mac(row.row_key.encode()) for row in rows]
    held = books.look_up(macs)
    found: list[Entry | Refusal | None] = []
    for row, row_mac in zip(rows, macs, strict=True):
        known = held.get(row_mac)
        refused = _refusal(_Seen(books), row, known)
        found.append(refused or (None if known is None else known.entry(row, mac(row.content))))
    return found


def reserve(tables: Tables, rows: Sequence[Reservation], job: int, mac: Mac) -> list[Entry | Refusal]:
    """See `Ledger.reserve`. Most often all rows are new: it is tried before anything is looked up."""
    if all(row.supersedes is None for row in rows):
        entries = tables.unless_there(lambda: _reserve_new(tables, rows, job, mac))
        if entries is not None:
            return entries
    rows = row_keys.keyed(tables, tables.look_up, rows, mac, job)
    keys = [(mac(row.row_key.encode()), mac(row.content)) for row in rows]
    taken = tables.taken([row.licence_id for row in rows])  # first: the row that another job writes meanwhile is seen
    held = tables.look_up([row_mac for row_mac, _ in keys])
    seen = _Seen(tables, job)
    answers: list[Entry | Refusal] = []
    pending: list[_Pending] = []
    first: dict[bytes, int] = {}
    for position, (row, (row_mac, content_mac)) in enumerate(zip(rows, keys, strict=True)):
        known = held.get(row_mac)
        refused = _refusal(seen, row, known)
        if refused is None and known is None and row.licence_id in taken:
            known = _handed_over(tables, row, row_mac)
            if known is None:
                refused = Refusal("identifier-taken", {"licence_id": row.licence_id})
            else:  # if the row that had it is among these, it is a new one now
                held = {mac_of: other for mac_of, other in held.items() if other.licence_id != known.licence_id}
                taken |= tables.taken([row.licence_id for row in rows])
        answer = refused or _entry(row, known, content_mac)
        answers.append(answer)
        if isinstance(answer, Refusal):
            continue
        if known is None:
            held[row_mac] = Held(row.licence_id, "reserved", None, None, content_mac, job, row.line, None, None, None)
            taken.add(row.licence_id)
            first[row_mac] = position
        else:
            held[row_mac] = known._replace(job=job, line=row.line)
        if row.supersedes is not None and answer.state is EntryState.RESERVED:
            tables.claim(row.supersedes, answer.licence_id)
        seen.note(row, row_mac, answer)
        if answer.state is EntryState.RESERVED or job:
            state = None if known is None else answer.state
            pending.append(_Pending(position, Write(row, row_mac, content_mac), state, answer.place is not None))
    _write(tables, job, pending, answers, first)
    return answers


def _reserve_new(tables: Tables, rows: Sequence[Reservation], job: int, mac: Mac) -> list[Entry | Refusal]:
    """Write rows that no ledger knows of."""
    seekers: dict[str, list[int]] = {}
    for position, row in enumerate(rows):
        if row.series is not None:
            seekers.setdefault(row.series, []).append(position)
    given = _drawn(tables, seekers)
    writes, entries, reserved = list[Write](), list[Entry | Refusal](), EntryState.RESERVED
    for position, row in enumerate(rows):
        row_key, licence_id, content, *_ = row
        name, place = given.get(position, _NO_PLACE)
        at = _NO_PLACE if name is None or place is None else (name, place.idx)
        writes.append(Write(row, mac(row_key.encode()), mac(content), at))
        entries.append(Entry(row_key, licence_id, reserved, place=place))
    tables.write(job, Writes(writes, (), ()))
    return entries


def _handed_over(tables: Tables, row: Reservation, row_mac: bytes) -> Held | None:
    """What an unfinished row had that nobody is at any more, and that claims what this one supersedes.

    Both would be the version after the same licence, and have its identifier: this row gets that one's reservation.
    """
    claim = None if row.supersedes is None else tables.successor(row.supersedes)
    if claim is None or claim.row_mac is None or claim.licence_id != row.licence_id:
        return None
    known = tables.look_up([claim.row_mac]).get(claim.row_mac)
    return known if known is not None and tables.hand_over(claim, row_mac) else None


def _entry(row: Reservation, known: Held | None, content_mac: bytes) -> Entry:
    if known is None:
        return Entry(row.row_key, row.licence_id, EntryState.RESERVED, supersedes=row.supersedes)
    return known.entry(row, content_mac)


def _refusal(seen: _Seen, row: Reservation, known: Held | None) -> Refusal | None:
    if known is not None and seen.job and known.job == seen.job and known.line != row.line:
        return Refusal("row-twice", {"first": known.line})
    if known is not None and known.state == EntryState.ISSUED:
        return None
    if row.supersedes is not None:
        refused = _refused_version(seen, row, row.supersedes, None if known is None else known.licence_id)
        if refused is not None:
            return refused
    if known is not None and known.job not in {0, seen.job} and seen.books.is_at_work(known.job):
        return Refusal("row-in-progress", {"licence_id": known.licence_id})
    return None


def _refused_version(seen: _Seen, row: Reservation, old: str, new: str | None) -> Refusal | None:
    """Why a row cannot supersede a licence; `new`: the row's own, `None` if it is not here yet."""
    claim = seen.successor(old)
    if claim is not None and claim.licence_id != new:
        if seen.job and claim.job == seen.job:
            return Refusal("previous-twice", {"first": claim.line})
        if claim.is_issued or seen.is_held(old, claim):
            code = "previous-superseded" if claim.is_issued else "previous-claimed"
            return Refusal(code, {"previous": old, "successor": claim.licence_id})
    return succession.refusal(seen.books, row, old, new)


def _write(
    tables: Tables, job: int, pending: Sequence[_Pending], answers: list[Entry | Refusal], first: Mapping[bytes, int]
) -> None:
    """Write new rows, and what changes of those that are there; complete the answers with the places given.

    `first`: where the new row of a key stands among these rows.
    """
    given = _give_places(tables, pending, first)
    by_state: dict[str | None, list[Write]] = {None: [], EntryState.RESERVED: [], EntryState.ISSUED: []}
    for one in pending:
        answer, origin = answers[one.position], first.get(one.write.row_mac, one.position)
        if origin in given and isinstance(answer, Entry):
            answers[one.position] = answer._replace(place=given[origin][1])
        drawn = given.get(one.position)
        write = one.write if drawn is None else one.write._replace(place=(drawn[0], drawn[1].idx))
        by_state[one.state].append(write)
    tables.write(job, Writes(by_state[None], by_state[EntryState.RESERVED], by_state[EntryState.ISSUED]))


def _give_places(tables: Tables, pending: Sequence[_Pending], first: Mapping[bytes, int]) -> Given:
    """A place for each row that wants one and has none."""
    seekers: dict[str, list[int]] = {}
    for one in pending:
        is_first = first.get(one.write.row_mac, one.position) == one.position
        series = one.write.row.series
        if series is not None and is_first and not one.has_place and one.state != EntryState.ISSUED:
            seekers.setdefault(series, []).append(one.position)
    return _drawn(tables, seekers)


def _drawn(tables: Tables, seekers: Mapping[str, Sequence[int]]) -> Given:
    """Places for the rows that stand where each series is sought."""
    given: dict[int, tuple[int, ListPlace]] = {}
    for series in sorted(seekers):  # of several series in one order, or two jobs would wait for one another
        positions = seekers[series]
        given.update(zip(positions, places.draw(tables, series, len(positions)), strict=True))
    return given
