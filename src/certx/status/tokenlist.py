"""A status list token: taken apart, checked, opened (TSL, sections 5.1 and 8.3).

What it says and how old it is are two questions. `StatusToken.open` answers the first and knows no clock, so that an
entry which is not valid stays so however old its list is; `read_token` asks both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from certx.credential.errors import CredentialError
from certx.credential.jws import Jws, parse_jws
from certx.errors import KeyFailureError
from certx.keys.algorithms import ALLOWED, read_public_key
from certx.reason import Reason
from certx.status.constants import MAX_TOKEN_CHARACTERS, TYP_STATUS_LIST
from certx.status.errors import StatusError
from certx.status.payload import StatusList, read_whole_list

if TYPE_CHECKING:
    from certx.keys.protocols import PublicKey

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


def read_token(compact: str, jwk: Mapping[str, object], *, uri: str, now: datetime) -> StatusList:
    """The list that a status list token carries, signed by `jwk`, published as `uri` and not past its `exp` at `now`.

    The header's `typ`, `alg` and `crit`, the signature, `sub`, `iat`, `exp`, `nbf`, `ttl` and the form of the list are
    all checked (TSL, sections 5.1 and 8.3). Raises `StatusError`, whose `reason` says which rule was broken, and
    nothing else, whatever the input.
    """
    given: tuple[object, ...] = (compact, jwk, uri, now)  # whatever the annotations promise
    if not isinstance(given[0], str) or not isinstance(given[1], Mapping) or not isinstance(given[2], str):
        raise StatusError(Reason.UNREADABLE_NOT_TEXT)
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
