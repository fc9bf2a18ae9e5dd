"""Agreements on mutual recognition: in force between the parties that published the same bytes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from certx.errors import CertxError, DocumentError
from certx.licence.model import day_ends_at, day_starts_at

MEMBERS: Final = frozenset(
    {
        "id", "version", "title", "parties", "types", "issuedIn", "acceptedIn", "scenarios", "from", "to",
        "conditions", "replaces", "paperWaived", "mode", "legalBasis", "contact", "exceptions", "supersedes",
    }
)  # fmt: skip
"""All that an agreement may say: a term that this certx does not know could narrow it, so it is not passed over."""

ID_FORM: Final = r"[a-z0-9][a-z0-9-]{0,63}"
"""What agreements and scenarios may be called: also a file name, on any file system."""

_ID: Final = re.compile(ID_FORM)
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PROVINCE: Final = re.compile("[0-9]{2}0000")
_NO_TITLE: Final[Mapping[str, str]] = MappingProxyType({})
_CONDITIONS: Final = frozenset({"minRemainingDays", "maxStatusAgeDays"})


class Mode(StrEnum):
    """How the accepting side takes the licence: as data, as a file, or shown on a screen (数据、文件、亮证)."""

    DATA = "data"
    FILE = "file"
    PRESENTATION = "presentation"


class Agreement(NamedTuple):
    """What regions agreed: which types, issued where, are accepted where, for which matters, and until when.

    Times are Unix seconds, `until` exclusive, `None` open. `listed_by`: parties that published these very bytes;
    `withdrawn_by`: regions that withdrew it. `scenarios` is `None` for every matter; `title` is by language.
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
    title: Mapping[str, str] = _NO_TITLE

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
        until, conditions = document.get("to"), document.get("conditions", {})
        agreement = Agreement(
            id=_id(document["id"]),
            version=_whole(document["version"]),
            parties=_regions(document["parties"]),
            types=_texts(document["types"]),
            issued_in=_regions(document["issuedIn"]),
            accepted_in=_regions(document["acceptedIn"]),
            since=day_starts_at(_day(document["from"])),
            until=None if until is None else day_ends_at(_day(until)),
            listed_by=frozenset(listed_by),
            withdrawn_by=frozenset(withdrawn_by),
            scenarios=_texts(document["scenarios"]) if "scenarios" in document else None,
            min_remaining_days=_whole(conditions["minRemainingDays"]) if "minRemainingDays" in conditions else None,
            max_status_age_days=_whole(conditions["maxStatusAgeDays"]) if "maxStatusAgeDays" in conditions else None,
            supersedes=_texts(document.get("supersedes", [])),
            paper_waived=_truth(document["paperWaived"]) if "paperWaived" in document else None,
            mode=Mode(document["mode"]) if "mode" in document else None,
            title=title_of(document.get("title")),
        )
        _refuse_unknown(document, MEMBERS)
        _refuse_unknown(conditions, _CONDITIONS)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError("agreement-form", file=name, detail=str(error)) from error
    return agreement


def title_of(value: object) -> Mapping[str, str]:
    """What it is called, by language: only shown, so one of another form is none."""
    return {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def _refuse_unknown(document: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(document.keys() - known)
    if unknown:
        raise KeyError(unknown[0])


def _regions(value: object) -> frozenset[str]:
    """Codes of provinces; what is meant for a city or county must not apply to all of its province."""
    codes = _texts(value)
    for code in codes:
        if _PROVINCE.fullmatch(code) is None:
            raise ValueError(code)
    return codes


def _texts(value: object) -> frozenset[str]:
    """The members of a list of texts; a text by itself is no list."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError(value)
    return frozenset(value)


def _id(value: object) -> str:
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        raise ValueError(value)
    return value


def _day(value: object) -> str:
    """A day as agreements write it: `date.fromisoformat` takes other forms too."""
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        raise ValueError(value)
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value
