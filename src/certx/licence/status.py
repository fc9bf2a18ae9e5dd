"""The canonical statuses of a licence; the numbers in use differ from type to type (domain facts, 1.7)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class CanonicalStatus(StrEnum):
    """What a licence is, whatever number its own system gives that."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED_PENALTY = "revoked-penalty"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    TRANSFERRED_OUT = "transferred-out"
    SUPERSEDED = "superseded"
    OTHER = "other"

    @property
    def list_value(self) -> int:
        """What a status list of two bits says of it (Token Status List, section 7.1)."""
        return _LIST_VALUES.get(self, 1)

    def may_become(self, wanted: "CanonicalStatus") -> bool:
        """Is that change one that an issuer may make? Only a licence that is suspended comes back; an end is an end."""
        if wanted is self or wanted is CanonicalStatus.OTHER:
            return False
        return self is CanonicalStatus.VALID or self is CanonicalStatus.SUSPENDED


_LIST_VALUES: Mapping[CanonicalStatus, int] = MappingProxyType(
    {CanonicalStatus.VALID: 0, CanonicalStatus.SUSPENDED: 2, CanonicalStatus.SUPERSEDED: 3}
)


class StatusCodes(NamedTuple):
    """The status codes of each licence type, from `schemas/data/statuses.json`.

    `words`: the canonical statuses by what they are called in Chinese, in whatever type.
    """

    by_type: Mapping[str, Mapping[str, str]]
    words: Mapping[str, str] = MappingProxyType({})

    def canonical(self, licence_type: str, code: str) -> CanonicalStatus:
        """The canonical status of a type's own code; a code that is not listed is `other`."""
        return CanonicalStatus(self.by_type.get(licence_type, {}).get(code, CanonicalStatus.OTHER))

    def meant(self, licence_type: str, text: str) -> CanonicalStatus:
        """What people mean by a code or a word: as the type has it, else as all types may; else `other`."""
        listed = self.by_type.get(licence_type, {})
        return CanonicalStatus(listed.get(text) or self.words.get(text, CanonicalStatus.OTHER))

    def codes(self, licence_type: str, status: CanonicalStatus) -> tuple[str, ...]:
        """The type's own codes for a canonical status, the usual one first; empty if it has none."""
        return tuple(code for code, meaning in self.by_type.get(licence_type, {}).items() if meaning == status)
