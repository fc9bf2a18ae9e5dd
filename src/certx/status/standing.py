"""What is told of one licence: the ledger's facts, and whether counters can know them too."""

from enum import StrEnum
from typing import NamedTuple

from certx.ledger.protocol import Standing, StatusEvent
from certx.schema.annotations import Label


class Publication(StrEnum):
    """Do counters see the status that the ledger has, by the list in the registry in use?"""

    PUBLISHED = "published"
    NOT_PUBLISHED = "not-published"
    UNKNOWN = "unknown"
    NO_LIST = "no-list"


class LicenceType(NamedTuple):
    """A licence type by its name, its national code (GB/T 36904), and what people call it."""

    name: str
    national_code: str
    label: Label


class StandingReport(NamedTuple):
    """All that is told of a licence. Times are Unix seconds.

    `since`: when it came to its status. `codes`: what its type calls that. `uri` and the index in `standing.place` are
    its entry on a list; `published_at` is when the list in the registry in use was signed.
    """

    standing: Standing
    type: LicenceType | None
    since: int
    codes: tuple[str, ...]
    history: tuple[StatusEvent, ...]
    uri: str | None
    publication: Publication
    published_at: int | None
