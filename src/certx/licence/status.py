"""The canonical statuses of a licence; the numbers in use differ from type to type (domain facts, 1.7)."""

from collections.abc import Mapping
from enum import StrEnum
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


class StatusCodes(NamedTuple):
    """The status codes of each licence type, from `schemas/data/statuses.json`."""

    by_type: Mapping[str, Mapping[str, str]]

    def canonical(self, licence_type: str, code: str) -> CanonicalStatus:
        """The canonical status of a type's own code; a code that is not listed is `other`."""
        return CanonicalStatus(self.by_type.get(licence_type, {}).get(code, CanonicalStatus.OTHER))
