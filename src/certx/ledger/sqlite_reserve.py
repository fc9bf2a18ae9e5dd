"""Reserving many rows at once in the SQLite ledger; every function works in its caller's transaction.

A chunk of rows is looked up, given places on status lists and written by a statement each, not row by row.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from certx.ledger import sqlite_succession as succession
from certx.ledger.protocol import Entry, EntryState, ListPlace, Refusal, Reservation, capacity_of

_VARIABLES: Final = 10_000
"""So many values fit into one statement."""
_FIND: Final = """
    SELECT row_mac, licence_id, state, digest, issued_at, content_mac, job, line, chunk, nth, series, number, list_index
    FROM licence LEFT JOIN status_list USING (list) WHERE row_mac IN ({})
"""
_INSERT: Final = """
    INSERT INTO licence (row_mac, licence_id, content_mac, state, list, list_index, job, line)
    VALUES (?, ?, ?, 'reserved', ?, ?, ?, ?)
"""
_UPDATE: Final = """
    UPDATE licence
    SET content_mac = ?, list = coalesce(?, list), list_index = coalesce(?, list_index), job = ?, line = ?
    WHERE row_mac = ?
"""

_Value = TypeVar("_Value")
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


class _Write(NamedTuple):
    """A row that is to be written: its keyed hashes, and where its answer stands."""

    position: int
    row: Reservation
    row_mac: bytes
    content_mac: bytes
    state: str | None
    """What it is already, `None` if it is new."""
    has_place: bool


def look_up(database: sqlite3.Connection, macs: Sequence[bytes]) -> dict[bytes, Held]:
    """What the ledger holds under these row keys."""
    found: dict[bytes, Held] = {}
    for part in _parts(macs):
        for row in database.execute(_FIND.format(_marks(part)), part):
            place = None if row[10] is None else ListPlace(*row[10:13])
            found[row[0]] = Held._make((*row[1:10], place))
    return found


class _Desk(NamedTuple):
    """Who asks, and how the ledger answers about others."""

    database: sqlite3.Connection
    job: int
    is_at_work: Callable[[int], bool]
    taken: set[str]
    """Identifiers that new rows must not bring."""


def reserve(
    database: sqlite3.Connection, rows: Sequence[Reservation], job: int, mac: Mac, is_at_work: Callable[[int], bool]
) -> list[Entry | Refusal]:
    """See `Ledger.reserve`; `is_at_work` tells whether another job is."""
    rows = [row if row.supersedes is None else succession.keyed(database, row, mac) for row in rows]
    keys = [(mac(row.row_key.encode()), mac(row.content)) for row in rows]
    held = look_up(database, [row_mac for row_mac, _ in keys])
    new = [row.licence_id for row, (row_mac, _) in zip(rows, keys, strict=True) if row_mac not in held]
    desk = _Desk(database, job, is_at_work, _taken(database, new))
    answers: list[Entry | Refusal] = []
    writes: list[_Write] = []
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
            succession.claim(database, row.supersedes, answer.licence_id)
        if answer.state is EntryState.RESERVED or job:
            state = None if known is None else answer.state
            writes.append(_Write(position, row, row_mac, content_mac, state, answer.place is not None))
    _write(desk, writes, answers, first)
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
        refused = succession.refusal(desk.database, row.supersedes, None if known is None else known.licence_id)
        if refused is not None:
            return refused
    if known is None:
        return Refusal("identifier-taken", {"licence_id": row.licence_id}) if row.licence_id in desk.taken else None
    if known.job not in {0, desk.job} and desk.is_at_work(known.job):
        return Refusal("row-in-progress", {"licence_id": known.licence_id})
    return None


def _write(desk: _Desk, writes: Sequence[_Write], answers: list[Entry | Refusal], first: Mapping[bytes, int]) -> None:
    """Write new rows, and what changes of those that are there; complete the answers with the places given.

    `first`: where the new row of a key stands among these rows.
    """
    given = _give_places(desk, writes, first)
    for write in writes:
        answer, origin = answers[write.position], first.get(write.row_mac, write.position)
        if origin in given and isinstance(answer, Entry):
            answers[write.position] = answer._replace(place=given[origin][1])
    desk.database.executemany(
        _INSERT,
        [
            (w.row_mac, w.row.licence_id, w.content_mac, *_place(given, w), desk.job, w.row.line)
            for w in writes
            if w.state is None
        ],
    )
    desk.database.executemany(
        _UPDATE,
        [
            (w.content_mac, *_place(given, w), desk.job, w.row.line, w.row_mac)
            for w in writes
            if w.state == EntryState.RESERVED
        ],
    )
    desk.database.executemany(
        "UPDATE licence SET job = ?, line = ? WHERE row_mac = ?",
        [(desk.job, w.row.line, w.row_mac) for w in writes if w.state == EntryState.ISSUED],
    )


def _give_places(desk: _Desk, writes: Sequence[_Write], first: Mapping[bytes, int]) -> dict[int, tuple[int, ListPlace]]:
    """A place for each row that wants one and has none, by where the row stands, with the list's own number here."""
    seekers: dict[str, list[int]] = {}
    for write in writes:
        is_first = first.get(write.row_mac, write.position) == write.position
        if write.row.series is not None and is_first and not write.has_place and write.state != EntryState.ISSUED:
            seekers.setdefault(write.row.series, []).append(write.position)
    given: dict[int, tuple[int, ListPlace]] = {}
    for series, positions in seekers.items():
        given.update(zip(positions, draw(desk.database, series, len(positions)), strict=True))
    return given


def _place(given: Mapping[int, tuple[int, ListPlace]], write: _Write) -> tuple[int | None, int | None]:
    found = given.get(write.position)
    return (None, None) if found is None else (found[0], found[1].idx)


def _taken(database: sqlite3.Connection, licence_ids: Sequence[str]) -> set[str]:
    """Which of these identifiers other rows have."""
    found: set[str] = set()
    for part in _parts(licence_ids):
        query = f"SELECT licence_id FROM licence WHERE licence_id IN ({_marks(part)})"  # noqa: S608 - marks, not values
        found.update(row[0] for row in database.execute(query, part))
    return found


def draw(database: sqlite3.Connection, series: str, count: int) -> list[tuple[int, ListPlace]]:
    """So many free entries of the newest list of a series, at random, with the list's own number here.

    Of a new list once half of that one is given out.
    """
    places: list[tuple[int, ListPlace]] = []
    while len(places) < count:
        newest = database.execute(
            "SELECT list, number, given, size FROM status_list WHERE series = ? ORDER BY number DESC LIMIT 1", (series,)
        ).fetchone()
        if newest is None or newest[2] >= newest[3] // 2:
            number = 1 if newest is None else newest[1] + 1
            database.execute(
                "INSERT INTO status_list (series, number, size) VALUES (?, ?, ?)", (series, number, capacity_of(number))
            )
            continue
        name, number, before, size = newest
        wanted = min(count - len(places), size // 2 - before)
        places += [(name, ListPlace(series, number, index)) for index in _free(database, name, size, wanted)]
        database.execute("UPDATE status_list SET given = given + ? WHERE list = ?", (wanted, name))
    return places


def _free(database: sqlite3.Connection, name: int, size: int, wanted: int) -> list[int]:
    """So many indexes of a list that nobody has, each as likely as any other."""
    mask, found = (1 << (size - 1).bit_length()) - 1, dict[int, None]()
    while len(found) < wanted:
        drawn = memoryview(os.urandom(4 * (2 * (wanted - len(found)) + 8))).cast("I")
        fresh = list(dict.fromkeys(index for number in drawn if (index := number & mask) < size and index not in found))
        for part in _parts(fresh):
            query = f"SELECT list_index FROM licence WHERE list = ? AND list_index IN ({_marks(part)})"  # noqa: S608
            taken = {row[0] for row in database.execute(query, (name, *part))}
            found.update((index, None) for index in part if index not in taken)
    return list(found)[:wanted]


def _parts(values: Sequence[_Value]) -> Iterable[Sequence[_Value]]:
    return (values[start : start + _VARIABLES] for start in range(0, len(values), _VARIABLES))


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
