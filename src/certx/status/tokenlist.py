"""A status list token: taken apart, checked, inflated, looked up (TSL, sections 4, 5.1 and 8.3).

What it says and how old it is are two questions. `StatusToken.open` answers the first and knows no clock, so that an
entry which is not valid stays so however old its list is; `read_token` asks both.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from certx.credential.constants import CLOCK_SKEW
from certx.credential.errors import CredentialError
from certx.credential.jws import Jws, parse_jws
from certx.errors import KeyFailureError
from certx.keys.algorithms import ALLOWED, read_public_key
from certx.keys.encoding import EncodingError, from_base64url
from certx.reason import Reason
from certx.status.constants import BITS_ALLOWED, LIFE, MAX_LIST_BYTES, MAX_TOKEN_CHARACTERS, TYP_STATUS_LIST
from certx.status.errors import StatusError

if TYPE_CHECKING:
    from certx.keys.protocols import PublicKey

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


Read = Callable[[Mapping[str, Any], str], StatusList]
"""Makes the list out of the payload of a token, for the name that it must have; raises `StatusError`."""


class StatusToken:
    """A token as it was found. Taking it apart, checking its signature and inflating it are each done once.

    `typ`, `maximum` and `read` tell what kind of token it is: a whole list unless said otherwise. Once it is open, the
    list alone is kept, and neither the text nor what it was inflated from.
    """

    __slots__ = ("_compact", "_jws", "_maximum", "_opened", "_read", "_said", "_typ")

    def __init__(
        self,
        compact: str,
        *,
        typ: str = TYP_STATUS_LIST,
        maximum: int = MAX_TOKEN_CHARACTERS,
        read: Read | None = None,
    ) -> None:
        self._compact, self._typ, self._maximum = compact, typ, maximum
        self._read: Read = read if read is not None else read_whole_list
        self._jws: Jws | None = None
        self._said: tuple[object, object, object] | None = None
        self._opened: tuple[PublicKey, str, StatusList] | None = None

    def age_at(self, now: float) -> float | None:
        """Seconds since it says that it was signed, which is proven by `open` alone; `None` if it does not say."""
        issued_at = self.issued_at
        return now - issued_at if issued_at is not None else None

    @property
    def issued_at(self) -> float | None:
        """When it says that it was signed, Unix time, unproven; `None` if it does not say."""
        try:
            issued_at = self._what_it_says()[1]
        except StatusError:
            return None
        return issued_at if isinstance(issued_at, int | float) else None

    @property
    def kid(self) -> str | None:
        """The key that it says it was signed by; raises `StatusError` if it cannot be taken apart."""
        kid = self._what_it_says()[0]
        return kid if isinstance(kid, str) else None

    @property
    def uri(self) -> str | None:
        """The name of the list that it says it is; raises `StatusError` if it cannot be taken apart."""
        uri = self._what_it_says()[2]
        return uri if isinstance(uri, str) else None

    @property
    def jws(self) -> Jws:
        """Header and payload, unproven; raises `StatusError` if there are none. Not to be had any more once open."""
        if self._jws is None:
            if len(self._compact) > self._maximum:
                raise StatusError(Reason.STATUS_LIST_TOO_LARGE, maximum=self._maximum)
            try:
                self._jws = parse_jws(self._compact)
            except CredentialError as error:
                raise StatusError(Reason.STATUS_LIST_MALFORMED) from error
        return self._jws

    def _what_it_says(self) -> tuple[object, object, object]:
        """`kid`, `iat` and `sub`, unproven."""
        if self._said is None:
            header, payload = self.jws[:2]
            self._said = header.get("kid"), payload.get("iat"), payload.get("sub")
        return self._said

    def read_unproven(self, uri: str) -> StatusList:
        """The list published as `uri`, whoever signed it: what an issuer finds where it is about to publish."""
        return self._opened[2] if self._opened is not None else self._read(self.jws.payload, uri)

    def open(self, key: PublicKey, uri: str) -> StatusList:
        """The list, signed by this key and published as `uri`, whatever the time; raises `StatusError`."""
        if self._opened is not None:
            opened_with, opened_as, found = self._opened
            if key is not opened_with and key != opened_with:
                raise StatusError(Reason.SIGNATURE_WRONG)
            if uri != opened_as:
                raise StatusError(Reason.STATUS_LIST_OF_ANOTHER)
            return found
        _check_signed(self.jws, key, self._typ)
        found = self._read(self.jws.payload, uri)
        self._what_it_says()
        self._opened = (key, uri, found)
        self._compact, self._jws, self._read = "", None, read_whole_list
        return found


def _check_signed(jws: Jws, key: PublicKey, typ: str) -> None:
    header = jws.header
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALLOWED or algorithm not in key.algorithms:
        raise StatusError(Reason.ALGORITHM_NOT_ALLOWED)
    if "crit" in header:  # we understand no extension
        raise StatusError(Reason.HEADER_CRITICAL)
    if header.get("typ") != typ:
        raise StatusError(Reason.TYPE_HEADER_WRONG, expected=typ)
    if not key.verify(jws.signature, jws.signing_input):
        raise StatusError(Reason.SIGNATURE_WRONG)


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


_NO_TEXT: Final = Reason.UNREADABLE_NOT_TEXT


def read_token(compact: str, jwk: Mapping[str, object], *, uri: str, now: datetime) -> StatusList:
    """The list that a status list token carries, signed by `jwk`, published as `uri` and not past its `exp` at `now`.

    The header's `typ`, `alg` and `crit`, the signature, `sub`, `iat`, `exp`, `nbf`, `ttl` and the form of the list are
    all checked (TSL, sections 5.1 and 8.3). Raises `StatusError`, whose `reason` says which rule was broken, and
    nothing else, whatever the input.
    """
    given: tuple[object, ...] = (compact, jwk, uri, now)  # whatever the annotations promise
    if not isinstance(given[0], str) or not isinstance(given[1], Mapping) or not isinstance(given[2], str):
        raise StatusError(_NO_TEXT)
    if not isinstance(given[3], datetime) or given[3].utcoffset() is None:
        raise StatusError(Reason.CLOCK_NOT_AWARE)
    moment = now.timestamp()
    try:
        key = read_public_key(jwk)
    except KeyFailureError as error:
        raise StatusError(Reason.KEY_UNUSABLE, defect=error.code) from error
    found = StatusToken(compact).open(key, uri)
    found.check_begun(moment)
    if found.expires_at is not None and moment >= found.end:
        raise StatusError(Reason.STATUS_EXPIRED, at=found.end)
    return found
