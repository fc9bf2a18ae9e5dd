"""Agreements on mutual recognition: in force between the parties that published the same bytes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from certx.errors import DocumentError
from certx.licence.divisions import province_of
from certx.licence.model import day_ends_at, day_starts_at
from certx.trust.files import RegistryFiles, parse_document


class Agreement(NamedTuple):
    """What regions agreed: which types, issued where, are accepted where, and until when.

    Times are Unix seconds, `until` exclusive, `None` open. `listed_by`: parties that published these very bytes.
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

    def covers(self, licence_type: str, issued_in: str, accepted_in: str) -> bool:
        """Do its terms, apart from dates and signatures, cover this licence here?"""
        return licence_type in self.types and issued_in in self.issued_in and accepted_in in self.accepted_in

    def is_mutual(self, *regions: str) -> bool:
        """Did each of these regions publish it, as a party?"""
        return self.parties.issuperset(regions) and self.listed_by.issuperset(regions)

    def is_current(self, now: float) -> bool:
        """Is it in force at that time by its dates?"""
        return self.since <= now and (self.until is None or now < self.until)


def agreements_of(files: RegistryFiles, *regions: str) -> tuple[Agreement, ...]:
    """The agreements that any of these regions published, each listed by those of them that hold the same bytes.

    Files of one name that differ by a byte are different agreements. Raises `DocumentError` on a file that is none, and
    `CertxError` if what a region published cannot be relied on.
    """
    listed: dict[tuple[str, str], list[str]] = {}
    for region in dict.fromkeys(regions):
        for name, digest in files.names(f"regions/{region}/agreements").items():
            listed.setdefault((name, digest), []).append(region)
    return tuple(_read(files, name, listed_by) for (name, _), listed_by in listed.items())


def _read(files: RegistryFiles, name: str, listed_by: Sequence[str]) -> Agreement:
    path = f"regions/{listed_by[0]}/agreements/{name}"
    return read_agreement(parse_document(files.read(path) or b"", path), path, listed_by)


def read_agreement(document: Mapping[str, Any], name: str, listed_by: Iterable[str]) -> Agreement:
    """One agreement document; raises `DocumentError` naming its file."""
    try:
        until = document.get("to")
        return Agreement(
            id=str(document["id"]),
            version=int(document["version"]),
            parties=_texts(document["parties"]),
            types=_texts(document["types"]),
            issued_in=_regions(document["issuedIn"]),
            accepted_in=_regions(document["acceptedIn"]),
            since=day_starts_at(document["from"]),
            until=None if until is None else day_ends_at(until),
            listed_by=frozenset(listed_by),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError("agreement-form", file=name, detail=str(error)) from error


def _regions(value: object) -> frozenset[str]:
    """Codes of regions; a county or city stands for its province, whose role speaks for it."""
    return frozenset(map(province_of, _texts(value)))


def _texts(value: object) -> frozenset[str]:
    """The members of a list of texts; a text by itself is no list."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError(value)
    return frozenset(value)
