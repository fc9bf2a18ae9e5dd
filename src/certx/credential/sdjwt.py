"""Selective disclosure itself (RFC 9901, sections 4 and 7.1): no key, no clock.

`conceal` turns claims into a payload with digests and the Disclosures that belong to them; `reveal` is the way
back, with every rule about digests that a verifier must hold.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256, sha384, sha512
from typing import Any, Final, NamedTuple

import orjson

from certx.credential.constants import (
    DEFAULT_HASH,
    ELEMENT,
    MAX_DEPTH,
    MAX_DISCLOSURES,
    SALT_BYTES,
    SD,
    SD_ALG,
)
from certx.credential.errors import CredentialError
from certx.keys.encoding import base64url, base64url_each, from_base64url_each
from certx.reason import Reason
from certx.schema.frame import Frame

_FORBIDDEN: Final = frozenset({SD, ELEMENT, SD_ALG})
"""Names that no claim may have, plain or disclosed."""
_DIGEST_BYTES: Final = 32
_SALTS_AT_ONCE: Final = 64

# IANA "Named Information Hash Algorithm" names that are strong enough (RFC 9901, section 4.1.1).
_HASHES: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "sha-256": sha256,
    "sha-384": sha384,
    "sha-512": sha512,
}


def random_salts() -> Iterator[str]:
    """Salts of 128 random bits as base64url, without end.

    Many are made at once: two zero bytes after each salt bring it to a multiple of three, so that one call encodes
    all; the two characters that they add are cut off again.
    """
    while True:
        block = bytearray(os.urandom((SALT_BYTES + 2) * _SALTS_AT_ONCE))
        block[SALT_BYTES :: SALT_BYTES + 2] = block[SALT_BYTES + 1 :: SALT_BYTES + 2] = bytes(_SALTS_AT_ONCE)
        text = base64url(block)
        yield from [text[start : start + 22] for start in range(0, len(text), 24)]


def digest_of(disclosure: str, algorithm: str = DEFAULT_HASH) -> str:
    """The digest of a Disclosure, over its base64url text (RFC 9901, section 4.2.3)."""
    return base64url(_HASHES[algorithm](disclosure.encode("ascii")).digest())


def conceal(claims: Mapping[str, object], frame: Frame, salts: Iterator[str]) -> tuple[dict[str, object], list[str]]:
    """The payload members of an object with what `frame` names concealed, and the Disclosures, parents last.

    Digests are sorted, so their order tells nothing (RFC 9901, section 4.2.4.1). `_sd_alg` is the caller's.
    """
    payload: dict[str, object] = {}
    disclosures: list[str] = []
    members: list[tuple[str, str, object]] = []
    selective = frame.selective
    for name, value in claims.items():
        if name in _FORBIDDEN:
            raise CredentialError(Reason.DISCLOSURE_NAME_FORBIDDEN, name=name)
        if type(value) in _CONTAINERS:
            if name in frame.elements or name in frame.children:
                value = _conceal_inside(name, value, frame, salts, disclosures)
            else:
                _refuse_reserved_names(value)
        if name in selective:
            members.append((next(salts), name, value))
        else:
            payload[name] = value
    digests = _disclose(members, disclosures)
    digests += [base64url(os.urandom(_DIGEST_BYTES)) for _ in range(frame.decoys)]
    if digests:
        digests.sort()
        payload[SD] = digests
    return payload, disclosures


def _refuse_reserved_names(value: object) -> None:
    """No data may look like a digest of ours (RFC 9901, sections 4.1 and 4.1.1)."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _FORBIDDEN:
                raise CredentialError(Reason.DISCLOSURE_NAME_FORBIDDEN, name=name)
            _refuse_reserved_names(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_reserved_names(inner)


def _disclose(contents: Sequence[tuple[object, ...]], disclosures: list[str]) -> list[str]:
    """Append the Disclosures of these contents (salt, name if any, value); answer their digests in order."""
    if not contents:
        return []
    texts = [base64url(orjson.dumps(content)) for content in contents]
    disclosures += texts
    return base64url_each([sha256(text.encode()).digest() for text in texts], _DIGEST_BYTES)


def _conceal_inside(name: str, value: object, frame: Frame, salts: Iterator[str], disclosures: list[str]) -> object:
    child = frame.children.get(name)

    def inner(element: object) -> object:
        if child is None or not isinstance(element, Mapping):
            _refuse_reserved_names(element)
            return element
        payload, more = conceal(element, child, salts)
        disclosures.extend(more)
        return payload

    if not isinstance(value, list):
        return inner(value)
    if name not in frame.elements:
        return [inner(element) for element in value]
    contents = [(next(salts), inner(element)) for element in value]
    return [{ELEMENT: digest} for digest in _disclose(contents, disclosures)]


def read_disclosures(texts: Sequence[str]) -> list[list[Any]]:
    """The two or three elements of each Disclosure (RFC 9901, sections 4.2.1 and 4.2.2)."""
    if not texts:
        return []
    contents = []
    try:
        for data in from_base64url_each("~".join(texts).encode("ascii")):
            content = orjson.loads(data)
            if type(content) is not list or type(content[0] if content else None) is not str:
                raise CredentialError(Reason.DISCLOSURE_MALFORMED)
            size = len(content)
            if size != 2 and (size != 3 or type(content[1]) is not str):
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
    hidden_names: int
    """Those of them that may each conceal a claim of the payload itself, and not a part of one."""


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
    if by_digest:  # step 5: every Disclosure must have been referenced
        raise CredentialError(Reason.DISCLOSURE_UNREFERENCED, count=len(by_digest))
    return Revealed(claims, walk.hidden, algorithm, walk.hidden_names)


class _Reveal:
    """One walk over a payload: takes each Disclosure out of `waiting` as its digest is met."""

    __slots__ = ("hidden", "hidden_names", "seen", "waiting")

    def __init__(self, waiting: dict[str, list[Any]]) -> None:
        self.waiting = waiting
        self.seen: set[str] = set()
        self.hidden = self.hidden_names = 0

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
        for name, value in source.items():
            if type(value) in _CONTAINERS:
                claims[name] = self.reveal_value(value, depth) if name != SD else None
        if SD in source:
            del claims[SD]
            self._disclose_members(source[SD], claims, depth)
        return claims

    def _disclose_members(self, digests: object, claims: dict[str, Any], depth: int) -> None:
        if type(digests) is not list:
            raise CredentialError(Reason.DIGEST_MALFORMED)
        take = self.take
        for digest in digests:
            content = take(digest)
            if content is None:
                if not depth:
                    self.hidden_names += 1
                continue
            if len(content) != 3:
                raise CredentialError(Reason.DISCLOSURE_MALFORMED)
            _, name, value = content
            if name in _FORBIDDEN:
                raise CredentialError(Reason.DISCLOSURE_NAME_FORBIDDEN, name=name)
            if name in claims:
                raise CredentialError(Reason.DISCLOSURE_NAME_TAKEN, name=name)
            claims[name] = self.reveal_value(value, depth) if type(value) in _CONTAINERS else value

    def reveal_array(self, source: list[Any], depth: int) -> list[Any]:
        if depth > MAX_DEPTH:
            raise CredentialError(Reason.TOO_DEEP, maximum=MAX_DEPTH)
        elements = []
        for element in source:
            if type(element) is dict and ELEMENT in element:
                if len(element) != 1:
                    raise CredentialError(Reason.DIGEST_MALFORMED)
                content = self.take(element[ELEMENT])
                if content is None:
                    continue
                if len(content) != 2:
                    raise CredentialError(Reason.DISCLOSURE_MALFORMED)
                element = content[1]
            elements.append(self.reveal_value(element, depth))
        return elements

    def take(self, digest: object) -> list[Any] | None:
        """The Disclosure of a digest, or `None` if it is not disclosed; a digest met twice is refused (step 4)."""
        if type(digest) is not str:
            raise CredentialError(Reason.DIGEST_MALFORMED)
        if digest in self.seen:
            raise CredentialError(Reason.DIGEST_REPEATED)
        self.seen.add(digest)
        content = self.waiting.pop(digest, None)
        if content is None:
            self.hidden += 1
        return content


_CONTAINERS: Final = frozenset({dict, list})
