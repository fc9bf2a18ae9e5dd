"""Status lists out of the rows that a database tells of them."""

from collections.abc import Iterable

from certx.ledger.protocol import StatusesOfList
from certx.licence.status import CanonicalStatus


def statuses_of_lists(rows: Iterable[tuple[int, int, int | None, str | None, int]]) -> list[StatusesOfList]:
    """The lists that rows of number, size, index, status and when it was noted tell of; no index: all are valid.

    A status of `valid` is that of a licence which was something else before.
    """
    by_number: dict[int, tuple[int, dict[int, CanonicalStatus], dict[int, int]]] = {}
    for number, size, index, status, noted in rows:
        _, statuses, reinstated = by_number.setdefault(number, (size, {}, {}))
        if index is None or status is None:
            continue
        if status == CanonicalStatus.VALID:
            reinstated[index] = noted
        else:
            statuses[index] = CanonicalStatus(status)
    return [
        StatusesOfList(number, statuses, reinstated, size) for number, (size, statuses, reinstated) in by_number.items()
    ]
