"""Selective disclosure, the verifier's way (RFC 9901, section 7.1): no key, no clock.

`reveal` works Disclosures into the payload that holds their digests, with every rule about them that a verifier must
hold; `certx.credential.sdjwt` is the way there.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from hashlib import sha256, sha384, sha512
from typing import Any, Final, NamedTuple

import orjson

from certx.credential.constants import (
    CONTAINERS,
    DEFAULT_HASH,
    ELEMENT,
    MAX_DEPTH,
    MAX_DISCLOSURES,
    RESERVED_NAMES,
    SD,
    SD_ALG,
)
from certx.credential.errors import CredentialError
from certx.keys.encoding import base64url, base64url_each, from_base64url_each
from certx.licence.paths import Path
from certx.reason import Reason

# IANA "Named Information Hash Algorithm" names that are strong enough (RFC 9901, section 4.1.1).
_HASHES: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "sha-256": sha256,
    "sha-384": sha384,
    "sha-512": sha512,
}


def digest_of(disclosure: str, algorithm: str = DEFAULT_HASH) -> str:
    """The digest of a Disclosure, over its base64url text (RFC 9901, section 4.2.3)."""
    return base64url(_HASHES[algorithm](disclosure.encode("ascii")).digest())


def read_disclosures(texts: Sequence[str]) -> list[list[Any]]:
    """The two or three elements of each Disclosure (RFC 9901, sections 4.2.1 and 4.2.2)."""
    if not texts:
        return []
    contents = []
    try:
        for data in from_base64url_each("~".join(texts).encode("ascii")):
            content = orjson.loads(data)
            size = len(content) if type(content) is list else 0
            if not (size == 2 or (size == 3 and type(content[1]) is str)) or type(content[0]) is not str:
                raise CredentialError(Reason.DISCLOSURE_MALFORMED)
            contents.append(content)
    except ValueError:  # not ASCII, not base64url, not JSON
        raise CredentialError(Reason.DISCLOSURE_MALFORMED) from None
    return contents


class Revealed(NamedTuple):
    """The processed payload, and how much of the credential it shows."""

    claims: dict[str, Any]
    hidden: int
    """Digests, of claims not disclosed or of decoys, that no Disclosure answered."""
    hash_algorithm: str
    short: frozenset[Path] = frozenset()
    """Where objects and arrays stand that hide some of their own (or have decoys): what is left may not be all."""


def reveal(payload: Mapping[str, Any], disclosures: Sequence[str]) -> Revealed:
    """The processed payload (RFC 9901, section 7.1, steps 2.d to 5); raises `CredentialError` on any violation."""
    algorithm = payload.get(SD_ALG, DEFAULT_HASH)
    hash_function = _HASHES.get(algorithm) if isinstance(algorithm, str) else None
    if hash_function is None:
        raise CredentialError(Reason.HASH_NOT_ALLOWED)
    if len(disclosures) > MAX_DISCLOSURES:
        raise CredentialError(Reason.TOO_MANY_DISCLOSURES, maximum=MAX_DISCLOSURES)
    contents = read_disclosures(disclosures)
    hashes = [hash_function(text.encode()).digest() for text in disclosures]
    digests = base64url_each(hashes, len(hashes[0])) if hashes else []
    by_digest = dict(zip(digests, contents, strict=True))
    if len(by_digest) != len(disclosures):
        raise CredentialError(Reason.DIGEST_REPEATED)
    walk = _Reveal(by_digest)
    claims = walk.reveal_object(payload, 0)
    claims.pop(SD_ALG, None)
    if walk.waiting:  # step 5: every Disclosure must have been referenced
        raise CredentialError(Reason.DISCLOSURE_UNREFERENCED, count=walk.waiting)
    short = _NOWHERE
    if walk.short:
        is_top = len(walk.short) == 1 and walk.short[0] is claims
        short = _AT_THE_TOP if is_top else frozenset(_places_of(claims, frozenset(map(id, walk.short))))
    return Revealed(claims, walk.hidden, algorithm, short)


_NOWHERE: Final = frozenset[Path]()
_AT_THE_TOP: Final = frozenset[Path]({()})
"""What a presentation mostly hides: claims of the licence itself."""


def _places_of(value: object, containers: Container[int], at: Path = ()) -> Iterator[Path]:
    """The paths at which these very objects and arrays stand."""
    if id(value) in containers:
        yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in inside:
        yield from _places_of(inner, containers, (*at, step))


class _Reveal:
    """One walk over a payload; `waiting` counts the Disclosures whose digests it has not met."""

    __slots__ = ("_by_digest", "hidden", "short", "waiting")

    def __init__(self, by_digest: dict[str, list[Any]]) -> None:
        self._by_digest = by_digest
        self.waiting = len(by_digest)
        self.hidden = 0
        self.short: list[dict[str, Any] | list[Any]] = []

    def reveal_value(self, value: Any, depth: int) -> Any:  # noqa: ANN401 - any JSON value
        if type(value) is dict:
            return self.reveal_object(value, depth + 1)
        if type(value) is list:
            return self.reveal_array(value, depth + 1)
        return value

    def reveal_object(self, source: Mapping[str, Any], depth: int) -> dict[str, Any]:
        if depth > MAX_DEPTH:
            raise CredentialError(Reason.TOO_DEEP, maximum=MAX_DEPTH)
        if ELEMENT in source:
            raise CredentialError(Reason.DIGEST_MALFORMED)
        if depth and SD_ALG in source:  # section 4.1.1: at the top level only
            raise CredentialError(Reason.HASH_NOT_ALLOWED)
        claims = dict(source)
        digests = claims.pop(SD, _NO_DIGESTS)
        for name, value in claims.items():
            if type(value) in CONTAINERS:
                claims[name] = self.reveal_value(value, depth)
        self._disclose_members(digests, claims, depth)
        return claims

    def _disclose_members(self, digests: object, claims: dict[str, Any], depth: int) -> None:
        if type(digests) is not list:
            raise CredentialError(Reason.DIGEST_MALFORMED)
        take, is_short = self.take, False
        for digest in digests:
            content = take(digest)
            if content is None:
                is_short = True
                continue
            if len(content) != 3:
                raise CredentialError(Reason.DISCLOSURE_MALFORMED)
            _, name, value = content
            if name in RESERVED_NAMES:
                raise CredentialError(Reason.DISCLOSURE_NAME_FORBIDDEN, name=name)
            if name in claims:
                raise CredentialError(Reason.DISCLOSURE_NAME_TAKEN, name=name)
            claims[name] = self.reveal_value(value, depth) if type(value) in CONTAINERS else value
        if is_short:
            self.short.append(claims)

    def reveal_array(self, source: list[Any], depth: int) -> list[Any]:
        if depth > MAX_DEPTH:
            raise CredentialError(Reason.TOO_DEEP, maximum=MAX_DEPTH)
        elements: list[Any] = []
        hidden = 0
        for element in source:
            if type(element) is dict and ELEMENT in element:
                if len(element) != 1:
                    raise CredentialError(Reason.DIGEST_MALFORMED)
                content = self.take(element[ELEMENT])
                if content is None:
                    hidden += 1
                    continue
                if len(content) != 2:
                    raise CredentialError(Reason.DISCLOSURE_MALFORMED)
                element = content[1]
            elements.append(self.reveal_value(element, depth))
        if hidden:
            self.short.append(elements)
        return elements

    def take(self, digest: object) -> list[Any] | None:
        """The Disclosure of a digest, or `None` if it is not disclosed; a digest met twice is refused (step 4)."""
        if type(digest) is not str:
            raise CredentialError(Reason.DIGEST_MALFORMED)
        content = self._by_digest.get(digest)
        if content is _MET:
            raise CredentialError(Reason.DIGEST_REPEATED)
        self._by_digest[digest] = _MET
        if content is None:
            self.hidden += 1
        else:
            self.waiting -= 1
        return content


_NO_DIGESTS: Final[list[Any]] = []
_MET: Final[list[Any]] = []
"""Stands in the place of a Disclosure once its digest was met, and under each digest that has none."""
