"""Statuses → a signed list, and the delta beside it (TSL, sections 4.1, 5.1 and 13; docs/formats.md)."""

import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

from certx.credential.jws import encode_segment, sign_jws
from certx.keys.encoding import base64url, from_base64url
from certx.keys.protocols import Signer
from certx.status.changes import Entries, changes_between, digest_of
from certx.status.constants import (
    BITS,
    DELTA_SHARE,
    MAX_CHANGES_BYTES,
    MAX_DELTA_CHARACTERS,
    MAX_STEPS,
    TYP_STATUS_DELTA,
    TYP_STATUS_LIST,
)
from certx.status.delta import MEMBER, Step, read_delta
from certx.status.errors import StatusError
from certx.status.tokenlist import StatusList, StatusToken, inflate

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


class Earlier(NamedTuple):
    """What was published of a list before: its entries, and the steps that led to them."""

    statuses: StatusList
    steps: tuple[Step, ...] = ()


def read_earlier(token: str, delta: str | None, uri: str) -> Earlier:
    """What lies where a list is about to be published, unproven; raises `StatusError` if the token is no list.

    Of a delta that is none, or belongs to another state, nothing is used. One that leads beyond the token was left by a
    publication that was cut off: it is used up to there.
    """
    statuses = StatusToken(token).read_unproven(uri)
    if delta is None or len(delta) > MAX_DELTA_CHARACTERS:
        return Earlier(statuses)
    try:
        found = read_delta(StatusToken(delta).jws.payload, uri)
    except StatusError:
        return Earlier(statuses)
    rest = found.from_state(digest_of(statuses.entries)) if found.bits == statuses.bits else None
    return Earlier(statuses) if rest is None else Earlier(statuses, found.steps[: len(found.steps) - len(rest)])


def write_delta(entries: Entries, earlier: Earlier, token: str, signing: Signing) -> str | None:
    """The delta that stands beside the token of these entries, `None` if it would be of no use.

    It leads from each state that the earlier delta led from, and from what was published last, as long as it stays small.
    """
    before, present = digest_of(earlier.statuses.entries), digest_of(entries)
    steps = earlier.steps
    if earlier.statuses.bits != BITS or len(earlier.statuses.entries) != len(entries):
        return None
    if before != present:
        changes = changes_between(earlier.statuses.entries, entries, BITS)
        steps = (*steps, Step(before, base64url(zlib.compress(changes, 9)))) if _fits(changes) else ()
    while steps:
        found = _delta_of(steps, present, token, signing)
        if len(steps) <= MAX_STEPS and len(found) * DELTA_SHARE <= len(token) and _are_bounded(steps):
            return found
        if len(steps) == 1:
            break
        steps = steps[1:]
    found = _delta_of(steps, present, token, signing)
    return found if len(found) < len(token) else None


def _fits(changes: bytes) -> bool:
    return len(changes) <= MAX_CHANGES_BYTES
