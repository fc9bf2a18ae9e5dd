"""What became of the entries of a list, as bytes: how an earlier state becomes a later one (docs/formats.md).

For each entry that changed, in order, one number: its distance from the one before (the first: from -1) times 2 to the
power of `bits`, plus its new value; seven bits a byte, the lowest first, the highest bit set if another byte follows.
"""

import re
from hashlib import sha256
from typing import Final

from certx.keys.encoding import base64url
from certx.reason import Reason
from certx.status.errors import StatusError

_MAX_SHIFT: Final = 35
_DIFFERENT: Final = re.compile(rb"[^\0]")

Entries = bytes | bytearray
"""A packed list, without compression."""


def digest_of(entries: Entries) -> str:
    """What tells one state of a list from all others: SHA-256 of its entries, base64url."""
    return base64url(sha256(entries).digest())


def changes_between(earlier: Entries, later: Entries, bits: int) -> bytes:
    """The changes that lead from one state to another of the same size; raises `ValueError` if that differs."""
    if len(earlier) != len(later):
        raise ValueError((len(earlier), len(later)))
    size, mask = len(later), (1 << bits) - 1
    differing = int.from_bytes(earlier, "little") ^ int.from_bytes(later, "little")
    changes, before = bytearray(), -1
    for found in _DIFFERENT.finditer(differing.to_bytes(size, "little")):
        place, byte = found.start(), found[0][0]
        for shift in range(0, 8, bits):
            if byte >> shift & mask:
                index = (place * 8 + shift) // bits
                number = (index - before) << bits | later[place] >> shift & mask
                while number > 0x7F:
                    changes.append(number & 0x7F | 0x80)
                    number >>= 7
                changes.append(number)
                before = index
    return bytes(changes)


def apply_changes(entries: bytearray, changes: bytes, bits: int) -> None:
    """Change the entries; raises `StatusError` on a change that is none or is outside of the list."""
    size, mask = len(entries) * 8 // bits, (1 << bits) - 1
    index, number, shift = -1, 0, 0
    for byte in changes:
        number |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
            if shift > _MAX_SHIFT:
                raise StatusError(Reason.STATUS_LIST_MALFORMED)
            continue
        index += number >> bits
        if index >= size or not number >> bits:
            raise StatusError(Reason.STATUS_LIST_MALFORMED)
        place = index * bits
        offset = place & 7
        entries[place >> 3] = entries[place >> 3] & ~(mask << offset) | (number & mask) << offset
        number = shift = 0
    if shift:
        raise StatusError(Reason.STATUS_LIST_MALFORMED)
