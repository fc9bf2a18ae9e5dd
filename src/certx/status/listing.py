"""Statuses → a signed list (TSL, sections 4.1, 5.1 and 13)."""

import zlib
from collections.abc import Mapping

from certx.credential.jws import encode_segment, sign_jws
from certx.keys.encoding import base64url
from certx.keys.protocols import Signer
from certx.status.constants import BITS, TYP_STATUS_LIST


def pack(values: Mapping[int, int], *, size: int, bits: int = BITS) -> bytes:
    """A list of `size` entries, those not named being 0; the lowest bits come first. `size` × `bits` is whole bytes.

    Raises `ValueError` on an index or value that does not fit.
    """
    entries, mask = bytearray(size * bits // 8), (1 << bits) - 1
    for index, value in values.items():
        if not 0 <= index < size or not 0 <= value <= mask:
            raise ValueError((index, value))
        place = index * bits
        entries[place >> 3] = entries[place >> 3] & ~(mask << (place & 7)) | value << (place & 7)
    return bytes(entries)


def write_token(entries: bytes, *, uri: str, signer: Signer, issued_at: int, expires_at: int, ttl: int) -> str:
    """The token of a packed list; times are Unix seconds, `ttl` seconds.

    The list is packed at its full size whether its entries are given out or not, so that its size tells nothing.
    """
    claims = {
        "sub": uri,
        "iat": issued_at,
        "exp": expires_at,
        "ttl": ttl,
        "status_list": {"bits": BITS, "lst": base64url(zlib.compress(entries, 9))},
    }
    header = encode_segment({"alg": signer.algorithm, "typ": TYP_STATUS_LIST, "kid": signer.kid})
    return sign_jws(header, claims, signer)
