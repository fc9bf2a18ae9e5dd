"""What one question may cost. The only reader of a clock here: a budget is a length of time, not a date."""

import time
from collections.abc import Callable

from certx.schema.compat.answer import Rule, Step

MAX_NESTING = 100
"""Levels of JSON that a schema may have."""
MAX_OPEN = 50
"""Schemas within schemas, references followed, that are translated at once; what is deeper waits until it is needed."""
MAX_LEVELS = 32
"""Levels of a document that the prover looks at; a deeper goal is not decided."""
MAX_CASES = 20_000
"""Cases of one goal that are looked at."""

Deadline = Callable[[], bool]
"""True once the time is up."""


class OutOfBudgetError(Exception):
    """The question costs more than it may; `step` says where that was noticed."""

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.step = step


def within(seconds: float) -> Deadline:
    """A deadline that many seconds from now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def check(deadline: Deadline, place: str = "", keyword: str = "") -> None:
    """Raise `OutOfBudgetError` if the time is up."""
    if deadline():
        raise OutOfBudgetError(Step(Rule.TIME, place, keyword))
