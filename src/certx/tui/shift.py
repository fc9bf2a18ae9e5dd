"""What the screen of a counter remembers of its shift: no personal data, and only as long as it is open."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from certx.render.verdict_sheet import UNREADABLE
from certx.schema.catalogue import LicenceSchema
from certx.verdict import Answer

_KEPT: Final = 500


class Seen(NamedTuple):
    """One answer of the shift: when (Unix time), its outcome (`UNREADABLE` if there was none), what and why.

    `reason` and `params` are those of what decided; of the parameters, only what is not about a person is shown.
    """

    number: int
    at: float
    outcome: str
    schema: LicenceSchema | None
    type: str
    region: Mapping[str, str]
    reason: str
    params: Mapping[str, object]


class Shift:
    """The answers of a shift, the newest first, and how many of each outcome."""

    def __init__(self) -> None:
        self._seen: deque[Seen] = deque(maxlen=_KEPT)
        self.tally: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Seen]:
        return reversed(self._seen)

    def __len__(self) -> int:
        return self.tally.total()

    def add(self, answer: Answer, schema: LicenceSchema | None, *, now: float) -> None:
        """Remember an answer."""
        verdict = answer.verdict
        facts = verdict.credential if verdict is not None else None
        outcome = str(verdict.outcome) if verdict is not None else UNREADABLE
        deciding = verdict.deciding if verdict is not None else answer.error
        reason = deciding.reason if deciding is not None else None
        self.tally[outcome] += 1
        self._seen.append(
            Seen(
                len(self), now, outcome, schema,
                facts.type if facts is not None else "", facts.region_name if facts is not None else {},
                reason or "", deciding.params if deciding is not None else {},
            )
        )  # fmt: skip
