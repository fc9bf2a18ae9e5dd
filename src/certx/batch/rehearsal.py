"""What would become of rows, by what the ledger holds; nothing is written."""

from collections.abc import Sequence

from certx.ledger import Entry, EntryState, Ledger, Refusal, Reservation, version_key
from certx.licence.status import CanonicalStatus


class Rehearsal:
    """Answers like a ledger that reserves, and remembers which rows it saw."""

    def __init__(self, ledger: Ledger | None) -> None:
        """`None`: there is no ledger yet."""
        self._ledger = ledger
        self._first: dict[str, int] = {}

    def reserve(self, rows: Sequence[Reservation]) -> list[Entry | Refusal]:
        """What `Ledger.reserve` would answer."""
        found = self._ledger.find(rows) if self._ledger is not None else [None] * len(rows)
        return [self._answer(row, answer) for row, answer in zip(rows, found, strict=True)]

    def latest(self, row: Reservation) -> Entry | None:
        """The last issued version of what the ledger holds under a row's key."""
        return self._ledger.latest(row) if self._ledger is not None else None

    def superseding(self, entries: Sequence[Entry]) -> int:
        """How many licences of the ledger would be superseded by these."""
        if self._ledger is None:
            return 0
        old = [self._ledger.standing(e.supersedes) for e in entries if e.supersedes is not None and not e.is_again]
        return sum(one is not None and one.status.may_become(CanonicalStatus.SUPERSEDED) for one in old)

    def _answer(self, row: Reservation, found: Entry | Refusal | None) -> Entry | Refusal:
        if isinstance(found, Refusal):
            return found
        if row.supersedes is not None and self._is_repeated(row.supersedes, row.line):
            return Refusal("previous-twice", {"first": self._first[row.supersedes]})
        key = found.row_key if found is not None else self._row_key(row)
        if self._is_repeated(key, row.line):
            return Refusal("row-twice", {"first": self._first[key]})
        return found or Entry(key, row.licence_id, EntryState.RESERVED, supersedes=row.supersedes)

    def _is_repeated(self, key: str, line: int) -> bool:
        return self._first.setdefault(key, line) != line

    def _row_key(self, row: Reservation) -> str:
        """The key under which the ledger would hold a new row: that of a version only where it has an earlier one."""
        if self._ledger is None or row.supersedes is None:
            return row.row_key
        if self._ledger.find([row._replace(supersedes=None)])[0] is None:
            return row.row_key
        return version_key(row.row_key, row.supersedes)
