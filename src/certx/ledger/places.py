"""Places on status lists: drawn at random, given once ever, whatever database the ledger is in."""

import os
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from certx.ledger.protocol import ListPlace, capacity_of


class OpenList(NamedTuple):
    """The newest list of a series: its name in the ledger, its number, its entries, how many of them are given out."""

    name: int
    number: int
    given: int
    size: int


class Lists(Protocol):
    """The lists of a ledger, in a transaction that keeps others from drawing of the same series."""

    def newest(self, series: str) -> OpenList | None:
        """The list that places are drawn from."""

    def add(self, series: str, number: int, size: int) -> None:
        """Begin a new one."""

    def occupied(self, name: int, indexes: Sequence[int]) -> set[int]:
        """Which of these entries of a list are given out."""

    def give(self, name: int, indexes: Sequence[int]) -> None:
        """Note that these are."""


def draw(lists: Lists, series: str, count: int) -> list[tuple[int, ListPlace]]:
    """So many free entries of the newest list of a series, at random, with the list's own name in the ledger.

    Of a new list once half of that one is given out.
    """
    places: list[tuple[int, ListPlace]] = []
    while len(places) < count:
        newest = lists.newest(series)
        if newest is None or newest.given >= newest.size // 2:
            number = 1 if newest is None else newest.number + 1
            lists.add(series, number, capacity_of(number))
            continue
        wanted = min(count - len(places), newest.size // 2 - newest.given)
        free = _free(lists, newest, wanted)
        places += [(newest.name, ListPlace(series, newest.number, index)) for index in free]
        lists.give(newest.name, free)
    return places


def _free(lists: Lists, of: OpenList, wanted: int) -> list[int]:
    """So many indexes of a list that nobody has, each as likely as any other."""
    size = of.size
    mask, found = (1 << (size - 1).bit_length()) - 1, dict[int, None]()
    while len(found) < wanted:
        tries = (wanted - len(found)) * size // (size - of.given) + 8
        drawn = memoryview(os.urandom(4 * tries)).cast("I")
        fresh = list(dict.fromkeys(index for number in drawn if (index := number & mask) < size and index not in found))
        occupied = lists.occupied(of.name, fresh)
        found.update((index, None) for index in fresh if index not in occupied)
    return list(found)[:wanted]
