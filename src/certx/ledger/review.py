"""What a look at a ledger finds that changes nothing: neither its format nor a row of it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from certx.licence.status import CanonicalStatus


class LedgerReview(NamedTuple):
    """What was found; `known` is the newest format that this certx reads, whose tables alone are looked into.

    `damage` is in the words of the database, `reserved` counts rows that were never signed. `statuses`: by series and
    number of the list, the status of each entry that was ever changed.
    """

    format: int
    known: int
    damage: str | None = None
    reserved: int = 0
    statuses: Mapping[tuple[str, int], Mapping[int, CanonicalStatus]] = {}


def changed_statuses(rows: Iterable[tuple[str, int, int, str]]) -> dict[tuple[str, int], dict[int, CanonicalStatus]]:
    """By series and number, out of rows of series, number, index and status."""
    statuses: dict[tuple[str, int], dict[int, CanonicalStatus]] = {}
    for series, number, index, status in rows:
        statuses.setdefault((series, number), {})[index] = CanonicalStatus(status)
    return statuses
