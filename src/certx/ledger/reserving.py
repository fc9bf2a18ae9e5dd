"""Reserving many rows at once: the rules, whatever database the ledger is in.

A chunk of rows is looked up, given places on status lists and written by a statement each, not row by row.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from certx.ledger import places, succession
from certx.ledger.protocol import Entry, EntryState, ListPlace, Refusal, Reservation

Mac = Callable[[bytes], bytes]


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
    place: tuple[int, int] | tuple[None, None] = (None, None)


class Writes(NamedTuple):
    """What is written for a chunk of rows."""

    new: Sequence[Write]
    reserved: Sequence[Write]
    """Rows that are there and not issued: they now say this."""
    issued: Sequence[Write]
    """Rows that are there and issued: only which job and line asked for them is noted."""


class Tables(succession.Versions, places.Lists, Protocol):
    """The tables of a ledger, in one transaction."""

    def look_up(self, macs: Sequence[bytes]) -> dict[bytes, Held]:
        """What the ledger holds under these row keys."""

    def taken(self, licence_ids: Sequence[str]) -> set[str]:
        """Which of these identifiers licences have."""

    def is_at_work(self, job: int) -> bool:
        """Is another job?"""

    def claim(self, old: str, new: str) -> None:
        """Keep others from superseding a licence, unless another does already."""

    def write(self, job: int, writes: Writes) -> None:
        """Write rows for a job."""


class _Pending(NamedTuple):
    """A row that is to be written, and where its answer stands."""

    position: int
    write: Write
    state: str | None
    """What it is already, `None` if it is new."""
    has_place: bool


class _Desk(NamedTuple):
    """Who asks whom."""

    tables: Tables
    job: int
    taken: set[str]
    """Identifiers that new rows must not bring."""


def find(tables: Tables, rows: Sequence[Reservation], mac: Mac) -> list[Entry | Refusal | None]:
    """See `Ledger.find`."""
    rows = [succession.keyed(tables, row, mac) for row in rows]
    macs = [mac(row.row_key.encode()) for row in rows]
    held = tables.look_up(macs)
    return [_found(tables, row, held.get(row_mac), mac) for row, row_mac in zip(rows, macs, strict=True)]


def _found(tables: Tables, row: Reservation, known: Held | None, mac: Mac) -> Entry | Refusal | None:
    if row.supersedes is not None and (known is None or known.state != EntryState.ISSUED):
        refused = succession.refusal(tables, row.supersedes, None if known is None else known.licence_id)
        if refused is not None:
            return refused
    return None if known is None else known.entry(row, mac(row.content))


def latest(look_up: Callable[[Sequence[Reservation]], list[Entry | Refusal | None]], row: Reservation) -> Entry | None:
    """Follow the versions of a row; see `Ledger.latest`. `look_up` is `Ledger.find`."""
    found = look_up([row])[0]
    while isinstance(found, Entry) and found.state is EntryState.ISSUED:
        row = row._replace(supersedes=found.licence_id)
        following = look_up([row])[0]
        if not isinstance(following, Entry) or following.state is not EntryState.ISSUED:
            return found
        found = following
    return None


def reserve(tables: Tables, rows: Sequence[Reservation], job: int, mac: Mac) -> list[Entry | Refusal]:
    """See `Ledger.reserve`."""
    rows = [row if row.supersedes is None else succession.keyed(tables, row, mac) for row in rows]
    keys = [(mac(row.row_key.encode()), mac(row.content)) for row in rows]
    held = tables.look_up([row_mac for row_mac, _ in keys])
    new = [row.licence_id for row, (row_mac, _) in zip(rows, keys, strict=True) if row_mac not in held]
    desk = _Desk(tables, job, tables.taken(new))
    answers: list[Entry | Refusal] = []
    pending: list[_Pending] = []
    first: dict[bytes, int] = {}
    for position, (row, (row_mac, content_mac)) in enumerate(zip(rows, keys, strict=True)):
        known = held.get(row_mac)
        answer = _refusal(desk, row, known) or _entry(row, known, content_mac)
        answers.append(answer)
        if isinstance(answer, Refusal):
            continue
        if known is None:
            held[row_mac] = Held(row.licence_id, "reserved", None, None, content_mac, job, row.line, None, None, None)
            desk.taken.add(row.licence_id)
            first[row_mac] = position
        else:
            held[row_mac] = known._replace(job=job, line=row.line)
        if row.supersedes is not None and answer.state is EntryState.RESERVED:
            tables.claim(row.supersedes, answer.licence_id)
        if answer.state is EntryState.RESERVED or job:
            state = None if known is None else answer.state
            pending.append(_Pending(position, Write(row, row_mac, content_mac), state, answer.place is not None))
    _write(desk, pending, answers, first)
    return answers


def _entry(row: Reservation, known: Held | None, content_mac: bytes) -> Entry:
    if known is None:
        return Entry(row.row_key, row.licence_id, EntryState.RESERVED, supersedes=row.supersedes)
    return known.entry(row, content_mac)


def _refusal(desk: _Desk, row: Reservation, known: Held | None) -> Refusal | None:
    if known is not None and desk.job and known.job == desk.job and known.line != row.line:
        return Refusal("row-twice", {"first": known.line})
    if known is not None and known.state == EntryState.ISSUED:
        return None
    if row.supersedes is not None:
        refused = succession.refusal(desk.tables, row.supersedes, None if known is None else known.licence_id)
        if refused is not None:
            return refused
    if known is None:
        return Refusal("identifier-taken", {"licence_id": row.licence_id}) if row.licence_id in desk.taken else None
    if known.job not in {0, desk.job} and desk.tables.is_at_work(known.job):
        return Refusal("row-in-progress", {"licence_id": known.licence_id})
    return None


def _write(
    desk: _Desk, pending: Sequence[_Pending], answers: list[Entry | Refusal], first: Mapping[bytes, int]
) -> None:
    """Write new rows, and what changes of those that are there; complete the answers with the places given.

    `first`: where the new row of a key stands among these rows.
    """
    given = _give_places(desk, pending, first)
    by_state: dict[str | None, list[Write]] = {None: [], EntryState.RESERVED: [], EntryState.ISSUED: []}
    for one in pending:
        answer, origin = answers[one.position], first.get(one.write.row_mac, one.position)
        if origin in given and isinstance(answer, Entry):
            answers[one.position] = answer._replace(place=given[origin][1])
        drawn = given.get(one.position)
        write = one.write if drawn is None else one.write._replace(place=(drawn[0], drawn[1].idx))
        by_state[one.state].append(write)
    desk.tables.write(desk.job, Writes(by_state[None], by_state[EntryState.RESERVED], by_state[EntryState.ISSUED]))


def _give_places(
    desk: _Desk, pending: Sequence[_Pending], first: Mapping[bytes, int]
) -> dict[int, tuple[int, ListPlace]]:
    """A place for each row that wants one and has none, by where the row stands, with the list's own name there."""
    seekers: dict[str, list[int]] = {}
    for one in pending:
        is_first = first.get(one.write.row_mac, one.position) == one.position
        series = one.write.row.series
        if series is not None and is_first and not one.has_place and one.state != EntryState.ISSUED:
            seekers.setdefault(series, []).append(one.position)
    given: dict[int, tuple[int, ListPlace]] = {}
    for series in sorted(seekers):  # of several series in one order, or two jobs would wait for one another
        positions = seekers[series]
        given.update(zip(positions, places.draw(desk.tables, series, len(positions)), strict=True))
    return given
