"""Different items for every position of an array (validation, section 6.4.3): a matching of positions and values."""

from collections.abc import Sequence
from typing import Any

from certx.schema.compat.load import same


def chosen(offers: Sequence[Sequence[Any]]) -> list[Any] | None:
    """One value of each offer, no two of them equal; None if there is no such choice."""
    values: list[Any] = []
    numbered: list[list[int]] = []
    for offer in offers:
        numbers = []
        for value in offer:
            known = next((i for i, other in enumerate(values) if same(value, other)), len(values))
            if known == len(values):
                values.append(value)
            numbers.append(known)
        numbered.append(numbers)
    owner: dict[int, int] = {}
    for position in range(len(numbered)):
        if not _settle(position, numbered, owner):
            return None
    mine = {position: values[number] for number, position in owner.items()}
    return [mine[position] for position in range(len(offers))]


def _settle(start: int, numbered: list[list[int]], owner: dict[int, int]) -> bool:
    """Give the position a value, moving others to theirs along a shortest chain (an augmenting path)."""
    came_from: dict[int, int] = {}
    queue = [start]
    for position in queue:
        for number in numbered[position]:
            if number in came_from:
                continue
            came_from[number] = position
            if number in owner:
                queue.append(owner[number])
                continue
            taken = number
            while True:
                holder = came_from[taken]
                before = next((n for n, p in owner.items() if p == holder), None)
                owner[taken] = holder
                if before is None:
                    return True
                taken = before
    return False
