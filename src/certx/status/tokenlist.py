"""A status list token: taken apart, checked, inflated, looked up (TSL, sections 4, 5.1 and 8.3).

What it says and how old it is are two questions. `StatusToken.open` answers the first and knows no clock, so that an
entry which is not valid stays so however old its list is; `read_token` asks both.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

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


class StatusList:
    """The entries of one list, and from when until when they may be relied on.

    `expires_at` is `None` if the list does not say; `ttl` is how long a copy may be kept before asking anew. All times
    are aware.
    """

    __slots__ = ("_begins", "_entries", "bits", "expires_at", "issued_at", "ttl")

    def __init__(
        self,
        entries: bytes,
        bits: int,
        issued_at: datetime,
        *,
        expires_at: datetime | None = None,
        not_before: datetime | None = None,
        ttl: timedelta | None = None,
    ) -> None:
        self._entries, self.bits = entries, bits
        self.issued_at, self.expires_at, self.ttl = issued_at, expires_at, ttl
        self._begins = not_before

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self._entries) * 8 // self.bits

    def get(self, index: int) -> int:
        """The value of an entry, 0 being valid; the lowest bits come first (TSL, section 4.1).

        Raises `StatusError` if the list has no such entry (TSL, section 8.3).
        """
        if type(index) is not int or not 0 <= index < len(self):
            raise StatusError(Reason.STATUS_INDEX_OUT_OF_RANGE, size=len(self))
        place = index * self.bits
        return self._entries[place >> 3] >> (place & 7) & ((1 << self.bits) - 1)

    def marked(self) -> Iterator[tuple[int, int]]:
        """Index and value of each entry that is not valid."""
        each = 8 // self.bits
        for place, byte in enumerate(self._entries):
            if byte:
                entries = ((index, self.get(index)) for index in range(place * each, (place + 1) * each))
                yield from (entry for entry in entries if entry[1])

    @property
    def end(self) -> float:
        """Unix time from which its word that a licence is valid is old: `exp`, else a week after it was signed."""
        return self.issued_at.timestamp() + LIFE if self.expires_at is None else self.expires_at.timestamp()

    def check_begun(self, now: float) -> None:
        """Raise `StatusError` if by this clock the list is not of yet (RFC 7519, 4.1.5 and 4.1.6)."""
        issued_at = self.issued_at.timestamp()
        if issued_at > now + CLOCK_SKEW:
            raise StatusError(Reason.ISSUED_IN_FUTURE, at=issued_at)
        if self._begins is not None and now < self._begins.timestamp():
            raise StatusError(Reason.NOT_YET_VALID, at=self._begins.timestamp())


class StatusToken:
    """A token as it was found. Taking it apart, checking its signature and inflating it are each done once."""

    __slots__ = ("_jws", "_opened", "compact")

    def __init__(self, compact: str) -> None:
        self.compact = compact
        self._jws: Jws | None = None
        self._opened: tuple[PublicKey, str, StatusList] | None = None

    @property
    def signed_at(self) -> float | None:
        """When it says that it was signed (Unix time), which is proven by `open` alone; `None` if it does not say."""
        try:
            issued_at = self.jws.payload.get("iat")
        except StatusError:
            return None
        return issued_at if isinstance(issued_at, int | float) else None

    def age_at(self, now: float) -> float | None:
        """Seconds since then, as unproven."""
        signed_at = self.signed_at
        return None if signed_at is None else now - signed_at

    @property
    def jws(self) -> Jws:
        """Header and payload, unproven; raises `StatusError` if there are none."""
        if self._jws is None:
            if len(self.compact) > MAX_TOKEN_CHARACTERS:
                raise StatusError(Reason.STATUS_LIST_TOO_LARGE, maximum=MAX_TOKEN_CHARACTERS)
            try:
                self._jws = parse_jws(self.compact)
            except CredentialError as error:
                raise StatusError(Reason.STATUS_LIST_MALFORMED) from error
        return self._jws

    def read_unproven(self, uri: str) -> StatusList:
        """The list published as `uri`, whoever signed it: what an issuer finds where it is about to publish."""
        return _read_claims(self.jws.payload, uri)

    def open(self, key: PublicKey, uri: str) -> StatusList:
        """The list, signed by this key and published as `uri`, whatever the time; raises `StatusError`."""
        if self._opened is not None and self._opened[0] is key and self._opened[1] == uri:
            return self._opened[2]
        _check_signed(self.jws, key)
        found = _read_claims(self.jws.payload, uri)
        self._opened = (key, uri, found)
        return found


def _check_signed(jws: Jws, key: PublicKey) -> None:
    header = jws.header
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALLOWED or algorithm not in key.algorithms:
        raise StatusError(Reason.ALGORITHM_NOT_ALLOWED)
    if "crit" in header:  # we understand no extension
        raise StatusError(Reason.HEADER_CRITICAL)
    if header.get("typ") != TYP_STATUS_LIST:
        raise StatusError(Reason.TYPE_HEADER_WRONG, expected=TYP_STATUS_LIST)
    if not key.verify(jws.signature, jws.signing_input):
        raise StatusError(Reason.SIGNATURE_WRONG)


def _read_claims(claims: Mapping[str, Any], uri: str) -> StatusList:
    """The list in a payload whose signature was checked; what is compressed is inflated last."""
    for name in ("sub", "iat", "status_list"):
        if name not in claims:
            raise StatusError(Reason.CLAIM_REQUIRED, name=name)
    if claims["sub"] != uri:
        raise StatusError(Reason.STATUS_LIST_OF_ANOTHER)
    issued_at = _time(claims, "iat")
    assert issued_at is not None  # noqa: S101 - it is there, see above
    expires_at, not_before = _time(claims, "exp"), _time(claims, "nbf")
    status_list = claims["status_list"]
    if not isinstance(status_list, dict):
        raise StatusError(Reason.CLAIM_TYPE_WRONG, name="status_list")
    bits, compressed = status_list.get("bits"), status_list.get("lst")
    if type(bits) is not int or bits not in BITS_ALLOWED or not isinstance(compressed, str):
        raise StatusError(Reason.STATUS_LIST_MALFORMED)
    return StatusList(
        _inflate(compressed),
        bits,
        issued_at,
        expires_at=expires_at,
        not_before=not_before,
        ttl=_duration(claims, "ttl"),
    )


def _inflate(text: str) -> bytes:
    """The bytes of `lst` (TSL, section 4.1); never more of them than allowed are made, nothing follows their end."""
    try:
        stream = zlib.decompressobj()
        data = stream.decompress(from_base64url(text.encode("ascii")), MAX_LIST_BYTES + 1)
    except (EncodingError, UnicodeEncodeError, zlib.error) as error:
        raise StatusError(Reason.STATUS_LIST_MALFORMED) from error
    if len(data) > MAX_LIST_BYTES:
        raise StatusError(Reason.STATUS_LIST_TOO_LARGE, maximum=MAX_LIST_BYTES)
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
