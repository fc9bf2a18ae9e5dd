"""What a look at a ledger finds that changes nothing: neither its format nor a row of it."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from certx.licence.status import CanonicalStatus


class LedgerReview(NamedTuple):
    """What was found; `known` is the newest format that this certx reads, whose tables alone are looked into.

    Format 0 is a ledger in which there is nothing at all. `damage` is mostly in the words of the database, `reserved`
    counts rows that were never signed. `statuses`: by series and number of the list, the status of each entry that was
    ever changed; `lists`: those on which licences were issued.
    """

    format: int
    known: int
    damage: str | None = None
    reserved: int = 0
    statuses: Mapping[tuple[str, int], Mapping[int, CanonicalStatus]] = {}
    lists: AbstractSet[tuple[str, int]] = frozenset()


ISSUED_LISTS: Final = """
    SELECT series, number FROM status_list
    WHERE EXISTS (SELECT * FROM licence WHERE licence.list = status_list.list AND state = 'issued')
"""


def issued_lists(rows: Iterable[Sequence[object]]) -> frozenset[tuple[str, int]]:
    """The lists of rows of series and number; raises `TypeError`."""
    lists = set[tuple[str, int]]()
    for series, number in rows:
        if not (isinstance(series, str) and isinstance(number, int)):
            raise TypeError(f"no list: {series!r}, {number!r}")
        lists.add((series, number))
    return frozenset(lists)


def changed_statuses(rows: Iterable[Sequence[object]]) -> dict[tuple[str, int], dict[int, CanonicalStatus]]:
    """By series and number, out of rows of series, number, index and status; raises `TypeError` or `ValueError`."""
    statuses: dict[tuple[str, int], dict[int, CanonicalStatus]] = {}
    for series, number, index, status in rows:
        if not (isinstance(series, str) and isinstance(number, int) and isinstance(index, int)):
            raise TypeError(f"no place on a list: {series!r}, {number!r}, {index!r}")
        statuses.setdefault((series, number), {})[index] = CanonicalStatus(str(status))
    return statuses
