"""What a verdict uses up, and what came of it: an answer to a request, a use of a grant."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class OpenRequest(NamedTuple):
    """A request that this counter made: its nonce, the SHA-256 of its text, and what it says. Times are Unix seconds.

    From `expires` on nothing answers it. `document`: the file of the scenario, by which the answer is judged whatever
    the registry says by then.
    """

    nonce: str
    digest: bytes
    scenario: str
    counter: str
    issued_at: int
    expires: int
    document: bytes


class Showing(NamedTuple):
    """An answer to a request: which of its queries, by which presentation and which credential (SHA-256 of each).

    The credential is known by what its issuer signed, so that another signature on it makes no other of it.
    """

    nonce: str
    query: str
    presentation: bytes
    credential: bytes


class GrantUse(NamedTuple):
    """A use of a grant, known by what was shown (SHA-256): how often may it be used in all, and in a day in China?"""

    grant: str
    presentation: bytes
    most: int | None = None
    daily: int | None = None


class Counted(NamedTuple):
    """How often a grant was used: in all, and since the day began in China; and how often that was refused."""

    used: int
    today: int
    refused: int


class Took(StrEnum):
    """What came of using something up."""

    NEW = "new"
    AGAIN = "again"
    """The very same had been taken already, which uses up nothing."""
    TAKEN = "taken"
    """Something else was first: another presentation for this query, or this credential for another query."""
    EXHAUSTED = "exhausted"
    """The grant has been used as often as it may be."""
    TODAY = "today"
    """The grant has been used as often as it may be in a day."""


class Consumed(NamedTuple):
    """What came of it, and when (Unix time): now, or of what had been taken already, then."""

    took: Took
    at: int


class Answered(NamedTuple):
    """What came of each answer to a request, `None` of one that was not taken because others are missing.

    `queries` have an answer, be it one of these that were not taken.
    """

    each: Sequence[Consumed | None]
    queries: frozenset[str]
