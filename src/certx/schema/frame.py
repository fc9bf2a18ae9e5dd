"""Which parts of a document can be disclosed one by one (RFC 9901, section 4.2)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Frame(NamedTuple):
    """Which parts of an object are concealed.

    `selective`: names that become Disclosures. `children`: frames of members that are objects, or of the elements
    of members that are arrays. `elements`: names of array members whose elements become Disclosures one by one.
    `decoys`: how many digests without a Disclosure are added to the object (RFC 9901, section 4.2.5).
    """

    selective: frozenset[str] = frozenset()
    elements: frozenset[str] = frozenset()
    children: Mapping[str, "Frame"] = MappingProxyType({})
    decoys: int = 0
