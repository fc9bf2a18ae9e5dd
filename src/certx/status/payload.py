"""What the payload of a status list token says: entries, packed and compressed, and its times (TSL, section 4).

Whose signature stands below it is the token's question (`certx.status.tokenlist`), not this module's.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from certx.credential.constants import CLOCK_SKEW
from certx.keys.encoding import EncodingError, from_base64url
from certx.reason import Reason
from certx.status.constants import BITS_ALLOWED, LIFE, MAX_LIST_BYTES
from certx.status.errors import StatusError

_NOT_VALID: Final = re.compile(rb"[^\0]")
"""A byte with an entry that is not valid."""


class StatusList:
    """The entries of one list, and from when until when they may be relied on.

    `entries` are packed as in the token. `expires_at` is `None` if the list does not say; `ttl` is how long a copy may
    be kept before asking anew. All times are aware. `signed_at` is the time of issue as Unix time; `end` is that from
    which its word that a licence is valid is old: `exp`, else a week after it was signed.
    """

    __slots__ = ("_begins", "bits", "end", "entries", "expires_at", "issued_at", "signed_at", "ttl")

    def __init__(
        self,
        entries: bytes | bytearray,
        bits: int,
        issued_at: datetime,
        *,
        expires_at: datetime | None = None,
        not_before: datetime | None = None,
        ttl: timedelta | None = None,
    ) -> None:
        self.entries, self.bits = entries, bits
        self.issued_at, self.expires_at, self.ttl = issued_at, expires_at, ttl
        self._begins = not_before
        self.signed_at = issued_at.timestamp()
        self.end = self.signed_at + LIFE if expires_at is None else expires_at.timestamp()

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self.entries) * 8 // self.bits

    def get(self, index: int) -> int:
        """The value of an entry, 0 being valid; the lowest bits come first (TSL, section 4.1).

        Raises `StatusError` if the list has no such entry (TSL, section 8.3).
        """
        if type(index) is not int or not 0 <= index < len(self):
            raise StatusError(Reason.STATUS_INDEX_OUT_OF_RANGE, size=len(self))
        place = index * self.bits
        return self.entries[place >> 3] >> (place & 7) & ((1 << self.bits) - 1)

    def marked(self) -> Iterator[tuple[int, int]]:
        """Index and value of each entry that is not valid."""
        bits, mask = self.bits, (1 << self.bits) - 1
        for found in _NOT_VALID.finditer(self.entries):
            place, byte = found.start() * 8, found[0][0]
            for shift in range(0, 8, bits):
                if byte >> shift & mask:
                    yield (place + shift) // bits, byte >> shift & mask

    def check_ever_good(self) -> None:
        """Raise `StatusError` if it ended before it was signed: there is no time that it covers (TSL, section 8.4)."""
        if self.end <= self.signed_at:
            raise StatusError(Reason.STATUS_EXPIRED, at=self.end)

    def check_begun(self, now: float) -> None:
        """Raise `StatusError` if by this clock the list is not of yet (RFC 7519, 4.1.5 and 4.1.6), or never was."""
        self.check_ever_good()
        issued_at = self.signed_at
        if issued_at > now + CLOCK_SKEW:
            raise StatusError(Reason.ISSUED_IN_FUTURE, at=issued_at)
        if self._begins is not None and now < self._begins.timestamp():
            raise StatusError(Reason.NOT_YET_VALID, at=self._begins.timestamp())


class Envelope(NamedTuple):
    """What a token says besides its entries: what its member of the kind holds, and its times."""

    content: Mapping[str, Any]
    issued_at: datetime
    expires_at: datetime | None
    not_before: datetime | None
    ttl: timedelta | None

    def around(self, entries: bytes | bytearray, bits: int) -> StatusList:
        """The list of these entries."""
        return StatusList(
            entries, bits, self.issued_at, expires_at=self.expires_at, not_before=self.not_before, ttl=self.ttl
        )


def read_envelope(claims: Mapping[str, Any], uri: str, member: str) -> Envelope:
    """A payload whose content stands in `member`, an object; raises `StatusError`."""
    for name in ("sub", "iat", member):
        if name not in claims:
            raise StatusError(Reason.CLAIM_REQUIRED, name=name)
    if claims["sub"] != uri:
        raise StatusError(Reason.STATUS_LIST_OF_ANOTHER)
    issued_at = _time(claims, "iat")
    assert issued_at is not None  # noqa: S101 - it is there, see above
    expires_at, not_before = _time(claims, "exp"), _time(claims, "nbf")
    content = claims[member]
    if not isinstance(content, dict):
        raise StatusError(Reason.CLAIM_TYPE_WRONG, name=member)
    return Envelope(content, issued_at, expires_at, not_before, _duration(claims, "ttl"))


def read_whole_list(claims: Mapping[str, Any], uri: str) -> StatusList:
    """The list in a payload whose signature was checked; what is compressed is inflated last."""
    envelope = read_envelope(claims, uri, "status_list")
    bits, compressed = envelope.content.get("bits"), envelope.content.get("lst")
    if type(bits) is not int or bits not in BITS_ALLOWED or not isinstance(compressed, str):
        raise StatusError(Reason.STATUS_LIST_MALFORMED)
    return envelope.around(inflate(compressed, MAX_LIST_BYTES), bits)


def inflate(text: str, maximum: int) -> bytes:
    """Bytes of zlib in base64url (TSL, section 4.1); never more than `maximum` are made, nothing follows their end."""
    try:
        stream = zlib.decompressobj()
        data = stream.decompress(from_base64url(text.encode("ascii")), maximum + 1)
    except (EncodingError, UnicodeEncodeError, zlib.error) as error:
        raise StatusError(Reason.STATUS_LIST_MALFORMED) from error
    if len(data) > maximum:
        raise StatusError(Reason.STATUS_LIST_TOO_LARGE, maximum=maximum)
    if not stream.eof or stream.unused_data:
        raise StatusError(Reason.STATUS_LIST_MALFORMED)
    return data


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if name not in claims or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise StatusError(Reason.CLAIM_TYPE_WRONG, name=name)


def _time(claims: Mapping[str, Any], name: str) -> datetime | None:
    value = _number(claims, name)
    try:
        return None if value is None else datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as error:  # no year of any calendar
        raise StatusError(Reason.CLAIM_TYPE_WRONG, name=name) from error


def _duration(claims: Mapping[str, Any], name: str) -> timedelta | None:
    value = _number(claims, name)
    try:
        if value is None or value > 0:
            return None if value is None else timedelta(seconds=value)
    except OverflowError:
        pass
    raise StatusError(Reason.CLAIM_TYPE_WRONG, name=name)
