"""What a change to agreements or scenarios starts, stops or leaves open."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from certx.reason import Finding, Outcome
from certx.trial.matrix import Answer, Cell, Matrix


class Turn(StrEnum):
    """What becomes of a question."""

    STARTS = "starts"
    STOPS = "stops"
    STAYS = "stays"
    REMAINS_REFUSED = "refused"


class Comparison(NamedTuple):
    """One question before and after; `before`, `after` are `None` where it could not be asked."""

    cell: Cell
    before: Answer | None
    after: Answer | None

    @property
    def turn(self) -> Turn:
        """What becomes of it."""
        match is_accepted(self.before), is_accepted(self.after):
            case False, True:
                return Turn.STARTS
            case True, False:
                return Turn.STOPS
            case True, True:
                return Turn.STAYS
            case _:
                return Turn.REMAINS_REFUSED

    @property
    def is_open(self) -> bool:
        """Is it not known, after the change?"""
        return self.after is not None and self.after.outcome is Outcome.UNDETERMINED

    @property
    def finding(self) -> Finding | None:
        """Why it is as it is in the end."""
        return self.after.finding if self.after is not None else None


def is_accepted(answer: Answer | None) -> bool:
    """Is the licence recognised?"""
    return answer is not None and answer.outcome is Outcome.ACCEPTED


def compare(before: Matrix, after: Matrix) -> Iterator[Comparison]:
    """Every question of either, in order."""
    cells = sorted(before.keys() | after.keys(), key=lambda cell: (*cell[:4], cell.scenario or ""))
    return (Comparison(cell, before.get(cell), after.get(cell)) for cell in cells)
