"""Agreements on mutual recognition: in force between the parties that published the same bytes."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from certx.errors import CertxError, DocumentError
from certx.licence.model import day_ends_at, day_starts_at
from certx.recognition.members import day, ident, mapping, refuse_unknown, regions, texts, truth, whole, words

MEMBERS: Final = frozenset(
    {
        "id", "version", "title", "parties", "types", "issuedIn", "acceptedIn", "scenarios", "from", "to",
        "conditions", "perRegion", "replaces", "paperWaived", "mode", "legalBasis", "contact", "exceptions",
        "supersedes",
    }
)  # fmt: skip
"""All that an agreement may say: a term that this certx does not know could narrow it, so it is not passed over."""

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_CONDITIONS: Final = frozenset({"minRemainingDays", "maxStatusAgeDays"})
_PER_REGION: Final = frozenset({"scenarios", "conditions", "paperWaived", "mode"})
"""What may differ from one accepting region to another (差异化)."""


class Mode(StrEnum):
    """How the accepting side takes the licence: as data, as a file, or shown on a screen (数据、文件、亮证)."""

    DATA = "data"
    FILE = "file"
    PRESENTATION = "presentation"


class Agreement(NamedTuple):
    """What regions agreed: which types, issued where, are accepted where, for which matters, and until when.

    Times are Unix seconds, `until` exclusive, `None` open. `listed_by`: parties that published these very bytes;
    `withdrawn_by`: regions that withdrew it. `scenarios` is `None` for every matter; `title` is by language.
    `per_region`: the fields that are other in an accepting region, by its code.
    """

    id: str
    version: int
    parties: frozenset[str]
    types: frozenset[str]
    issued_in: frozenset[str]
    accepted_in: frozenset[str]
    since: float
    until: float | None
    listed_by: frozenset[str]
    withdrawn_by: frozenset[str] = frozenset()
    scenarios: frozenset[str] | None = None
    min_remaining_days: int | None = None
    max_status_age_days: int | None = None
    supersedes: frozenset[str] = frozenset()
    paper_waived: bool | None = None
    mode: Mode | None = None
    title: Mapping[str, str] = _NOTHING
    per_region: Mapping[str, Mapping[str, Any]] = _NOTHING

    def as_in(self, accepted_in: str) -> "Agreement":
        """It with the terms that hold where the licence is accepted."""
        own = self.per_region.get(accepted_in)
        return self if own is None else self._replace(**own)

    def covers(self, licence_type: str, issued_in: str, accepted_in: str) -> bool:
        """Do its terms, apart from matters, dates and signatures, cover this licence here?"""
        return licence_type in self.types and issued_in in self.issued_in and accepted_in in self.accepted_in

    def serves(self, scenario: str | None) -> bool:
        """Is it for this matter? One that names its matters does not serve where none is named."""
        return self.scenarios is None or scenario in self.scenarios

    def is_mutual(self, *regions: str) -> bool:
        """Did each of these regions publish it, as a party?"""
        return self.parties.issuperset(regions) and self.listed_by.issuperset(regions)

    def is_withdrawn(self, *regions: str) -> bool:
        """Did one of these regions withdraw it? Listed again, it stays withdrawn."""
        return not self.withdrawn_by.isdisjoint(regions)

    def is_current(self, now: float) -> bool:
        """Is it in force at that time by its dates?"""
        return self.since <= now and (self.until is None or now < self.until)

    def is_in_force(self, now: float, *regions: str) -> bool:
        """Does it bind these regions at that time, unless another took its place?"""
        return self.is_mutual(*regions) and not self.is_withdrawn(*regions) and self.is_current(now)


class UnreadAgreement(NamedTuple):
    """A file among the agreements that this certx cannot read as one: in force for nobody.

    `withdrawn_by`: regions that published it and withdrew what its file is called.
    """

    id: str
    listed_by: frozenset[str]
    defect: CertxError
    withdrawn_by: frozenset[str] = frozenset()

    def is_mutual(self, *regions: str) -> bool:
        """Did each of these regions publish it?"""
        return self.listed_by.issuperset(regions)


def successor_of(agreement: Agreement, agreements: Sequence[Agreement], now: float, *regions: str) -> Agreement | None:
    """The agreement in force between these regions that took the place of this one, `None` if there is none.

    It took its place for good while it is in force: one that was itself superseded brings nothing back.
    """
    successors = [
        other
        for other in agreements
        if agreement.id in other.supersedes and other is not agreement and other.is_in_force(now, *regions)
    ]
    return min(successors, key=rank, default=None)


def rank(agreement: Agreement) -> tuple[object, ...]:
    """An order of agreements that does not depend on that of files."""
    return agreement.id, -agreement.version, sorted(agreement.types), sorted(agreement.listed_by), agreement.since


def read_agreement(
    document: Mapping[str, Any], name: str, listed_by: Iterable[str], withdrawn_by: Iterable[str] = ()
) -> Agreement:
    """One agreement document; raises `DocumentError` naming its file."""
    try:
        until = document.get("to")
        agreement = Agreement(
            id=ident(document["id"]),
            version=whole(document["version"]),
            parties=regions(document["parties"]),
            types=frozenset(texts(document["types"])),
            issued_in=regions(document["issuedIn"]),
            accepted_in=regions(document["acceptedIn"]),
            since=day_starts_at(day(document["from"])),
            until=None if until is None else day_ends_at(day(until)),
            listed_by=frozenset(listed_by),
            withdrawn_by=frozenset(withdrawn_by),
            supersedes=frozenset(texts(document.get("supersedes", []))),
            title=words(document.get("title")),
            per_region=_read_per_region(document),
            **_read_terms(document),
        )
        refuse_unknown(document, MEMBERS)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError("agreement-form", file=name, detail=str(error)) from error
    return agreement


def _read_per_region(document: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The fields that are other in some accepting regions; one that accepts nothing by it has no terms."""
    rows = mapping(document.get("perRegion", {}))
    for code in rows.keys() - regions(document["acceptedIn"]):
        raise ValueError(code)
    for row in rows.values():
        refuse_unknown(mapping(row), _PER_REGION)
    return {code: _read_terms(row) for code, row in rows.items()}


def _read_terms(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of those terms that are there."""
    conditions = mapping(row.get("conditions", {}))
    refuse_unknown(conditions, _CONDITIONS)
    readers: dict[str, tuple[Mapping[str, Any], str, Any]] = {
        "scenarios": (row, "scenarios", lambda value: frozenset(texts(value))),
        "min_remaining_days": (conditions, "minRemainingDays", whole),
        "max_status_age_days": (conditions, "maxStatusAgeDays", whole),
        "paper_waived": (row, "paperWaived", truth),
        "mode": (row, "mode", Mode),
    }
    return {field: read(place[name]) for field, (place, name, read) in readers.items() if name in place}
