"""The tables of the SQLite ledger as `certx.ledger.reserving` asks them; all in its caller's transaction."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from certx.ledger.places import OpenList
from certx.ledger.protocol import ListPlace
from certx.ledger.reserving import Held, Writes
from certx.ledger.succession import Claim, Earlier

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
_EARLIER: Final = """
    SELECT row_mac, old, state, status FROM licence LEFT JOIN succession ON new = licence_id WHERE licence_id = ?
"""
_SUCCESSOR: Final = """
    SELECT new, state, row_mac, job, line FROM succession LEFT JOIN licence ON licence_id = new WHERE old = ?
"""
_CLAIM: Final = """
    INSERT INTO succession (old, new) VALUES (?, ?) ON CONFLICT (old) DO UPDATE SET new = excluded.new
    WHERE NOT EXISTS (SELECT 1 FROM licence WHERE licence_id = succession.new AND state = 'issued')
"""
_HAND_OVER: Final = "UPDATE licence SET row_mac = ? WHERE row_mac = ? AND job = ? AND state = 'reserved'"

_Value = TypeVar("_Value")


class SqliteTables:
    """See `Tables`; `is_at_work` tells whether another job is."""

    def __init__(self, database: sqlite3.Connection, is_at_work: Callable[[int], bool] = lambda _: False) -> None:
        self._database, self.is_at_work = database, is_at_work

    def look_up(self, macs: Sequence[bytes]) -> dict[bytes, Held]:
        """See `Tables.look_up`."""
        found: dict[bytes, Held] = {}
        for part in _parts(macs):
            for row in self._database.execute(_FIND.format(_marks(part)), part):
                place = None if row[10] is None else ListPlace(*row[10:13])
                found[row[0]] = Held._make((*row[1:10], place))
        return found

    def taken(self, licence_ids: Sequence[str]) -> set[str]:
        """See `Tables.taken`."""
        found: set[str] = set()
        for part in _parts(licence_ids):
            query = f"SELECT licence_id FROM licence WHERE licence_id IN ({_marks(part)})"  # noqa: S608 - marks, not values
            found.update(row[0] for row in self._database.execute(query, part))
        return found

    def earlier(self, licence_id: str) -> Earlier | None:
        """See `Versions.earlier`."""
        held = self._database.execute(_EARLIER, (licence_id,)).fetchone()
        return None if held is None else Earlier(*held)

    def predecessors(self, licence_ids: Sequence[str]) -> dict[str, str]:
        """See `Versions.predecessors`."""
        found: dict[str, str] = {}
        for part in _parts(licence_ids):
            query = f"SELECT new, old FROM succession WHERE new IN ({_marks(part)})"  # noqa: S608 - marks, not values
            found.update(self._database.execute(query, part).fetchall())
        return found

    def successor(self, old: str) -> Claim | None:
        """See `Versions.successor`."""
        found = self._database.execute(_SUCCESSOR, (old,)).fetchone()
        return None if found is None else Claim(*found)

    def claim(self, old: str, new: str) -> None:
        """See `Tables.claim`."""
        self._database.execute(_CLAIM, (old, new))

    def hand_over(self, claim: Claim, row_mac: bytes) -> bool:
        """See `Tables.hand_over`."""
        return self._database.execute(_HAND_OVER, (row_mac, claim.row_mac, claim.job)).rowcount == 1

    def write(self, job: int, writes: Writes) -> None:
        """See `Tables.write`."""
        self._database.executemany(
            _INSERT,
            [(w.row_mac, w.row.licence_id, w.content_mac, *w.place, job, w.row.line) for w in writes.new],
        )
        self._database.executemany(
            _UPDATE, [(w.content_mac, *w.place, job, w.row.line, w.row_mac) for w in writes.reserved]
        )
        self._database.executemany(
            "UPDATE licence SET job = ?, line = ? WHERE row_mac = ?",
            [(job, w.row.line, w.row_mac) for w in writes.issued],
        )

    def unless_there(self, work: Callable[[], _Value]) -> _Value | None:
        """See `Tables.unless_there`."""
        self._database.execute("SAVEPOINT new")
        result: _Value | None = None
        try:
            result = work()
        except sqlite3.IntegrityError:
            self._database.execute("ROLLBACK TO new")
        self._database.execute("RELEASE new")
        return result

    def newest(self, series: str) -> OpenList | None:
        """See `Lists.newest`."""
        query = "SELECT list, number, given, size FROM status_list WHERE series = ? ORDER BY number DESC LIMIT 1"
        found = self._database.execute(query, (series,)).fetchone()
        return None if found is None else OpenList(*found)

    def add(self, series: str, number: int, size: int) -> None:
        """See `Lists.add`."""
        new = "INSERT INTO status_list (series, number, size, taken) VALUES (?, ?, ?, zeroblob(?))"
        self._database.execute(new, (series, number, size, -(-size // 8)))

    def occupied(self, name: int, indexes: Sequence[int]) -> set[int]:
        """See `Lists.occupied`."""
        with self._database.blobopen("status_list", "taken", name) as bits:
            return {index for index in indexes if bits[index >> 3] & 1 << (index & 7)}

    def give(self, name: int, indexes: Sequence[int]) -> None:
        """See `Lists.give`; of the bits only the pages with those that change are written."""
        self._database.execute("UPDATE status_list SET given = given + ? WHERE list = ?", (len(indexes), name))
        with self._database.blobopen("status_list", "taken", name) as bits:
            for index in indexes:
                bits[index >> 3] |= 1 << (index & 7)


def _parts(values: Sequence[_Value]) -> Iterable[Sequence[_Value]]:
    return (values[start : start + _VARIABLES] for start in range(0, len(values), _VARIABLES))


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
