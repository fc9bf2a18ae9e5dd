"""Statuses → a signed list (TSL, sections 4.1, 5.1 and 13)."""

import zlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from certx.credential.jws import encode_segment, sign_jws
from certx.keys.encoding import base64url
from certx.keys.protocols import Signer
from certx.status.changes import Entries
from certx.status.constants import BITS, TYP_STATUS_LIST

_SPARSE: Final = 16
"""A list is searched for repetitions if fewer than one byte in so many says anything; elsewhere there are none."""


class Signing(NamedTuple):
    """What is signed besides the entries: the name of the list, who signs it and when; Unix seconds, `ttl` seconds."""

    uri: str
    signer: Signer
    issued_at: int
    expires_at: int
    ttl: int

    def token(self, typ: str, member: str, content: Mapping[str, Any]) -> str:
        """A token of this type with that content in `member`."""
        claims = {
            "sub": self.uri,
            "iat": self.issued_at,
            "exp": self.expires_at,
            "ttl": self.ttl,
            member: content,
        }
        header = encode_segment({"alg": self.signer.algorithm, "typ": typ, "kid": self.signer.kid})
        return sign_jws(header, claims, self.signer)


def pack(values: Mapping[int, int], *, size: int, bits: int = BITS) -> bytes:
    """A list of `size` entries, those not named being 0; the lowest bits come first. `size` × `bits` is whole bytes.

    Raises `ValueError` on an index or value that does not fit.
    """
    apart, each = bytearray(size), 8 // bits  # a byte for each entry, so that a million are set in no time
    for index, value in values.items():
        if not 0 <= index < size or not 0 <= value < 1 << bits:
            raise ValueError((index, value))
        apart[index] = value
    packed = sum(int.from_bytes(apart[place::each], "little") << place * bits for place in range(each))
    return packed.to_bytes(size // each, "little")


def write_token(entries: Entries, *, uri: str, signer: Signer, issued_at: int, expires_at: int, ttl: int) -> str:
    """The token of a packed list; times are Unix seconds, `ttl` seconds.

    The list is packed at its full size whether its entries are given out or not, so that its size tells nothing.
    """
    signing = Signing(uri, signer, issued_at, expires_at, ttl)
    content = {"bits": BITS, "lst": base64url(_compress(entries))}
    return signing.token(TYP_STATUS_LIST, "status_list", content)


def _compress(entries: Entries) -> bytes:
    """As small as zlib makes it; where much is marked, its search takes seconds and finds nothing."""
    if (len(entries) - entries.count(0)) * _SPARSE < len(entries):
        return zlib.compress(entries, 9)
    found = []
    for strategy in (zlib.Z_RLE, zlib.Z_HUFFMAN_ONLY):
        stream = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
        found.append(stream.compress(entries) + stream.flush())
    return min(found, key=len)
