"""Status lists out of the rows that a database tells of them."""

from collections.abc import Iterable

from certx.ledger.protocol import StatusesOfList
from certx.licence.status import CanonicalStatus


def statuses_of_lists(rows: Iterable[tuple[int, int, int | None, str | None]]) -> list[StatusesOfList]:
    """The lists that rows of number, size, index and status tell of; index and status: `None` if all are valid.

    A status of `valid` is that of a licence which was something else before.
    """
    by_number: dict[int, tuple[int, dict[int, CanonicalStatus], set[int]]] = {}
    for number, size, index, status in rows:
        _, statuses, reinstated = by_number.setdefault(number, (size, {}, set()))
        if index is None or status is None:
            continue
        if status == CanonicalStatus.VALID:
            reinstated.add(index)
        else:
            statuses[index] = CanonicalStatus(status)
    return [
        StatusesOfList(number, statuses, frozenset(reinstated), size)
        for number, (size, statuses, reinstated) in by_number.items()
    ]
