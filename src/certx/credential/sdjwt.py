"""Selective disclosure itself (RFC 9901, sections 4 and 7.1): no key, no clock.

`conceal` turns claims into a payload with digests and the Disclosures that belong to them; `reveal` is the way
back, with every rule about digests that a verifier must hold.
"""

import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256, sha384, sha512
from itertools import islice
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
from certx.credential.jws import encode_each
from certx.keys.encoding import base64url, base64url_each, from_base64url_each
from certx.reason import Reason
from certx.schema.frame import Frame

_FORBIDDEN: Final = frozenset({SD, ELEMENT, SD_ALG})
"""Names that no claim may have, plain or disclosed."""
_DIGEST_BYTES: Final = 32
_SALTS_AT_ONCE: Final = 512

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


class Concealed(NamedTuple):
    """The payload members of an object, and its Disclosures, parents last."""

    payload: dict[str, Any]
    disclosures: list[str]


def conceal(claims: Mapping[str, Any], frame: Frame, salts: Iterator[str]) -> Concealed:
    """An object with what `frame` names concealed; see `conceal_each`."""
    return conceal_each([claims], frame, salts)[0]


def conceal_each(objects: Sequence[Mapping[str, Any]], frame: Frame, salts: Iterator[str]) -> list[Concealed]:
    """Objects with what `frame` names concealed; each step is taken for all of them, for some of its cost is paid once.

    Digests are sorted, so their order tells nothing (RFC 9901, section 4.2.4.1). `_sd_alg` is the caller's.
    """
    selective, members = frame.selective, [dict(claims) for claims in objects]
    disclosures: list[list[str]] = [[] for _ in objects]
    for claims in members:
        _refuse_reserved_names(claims if not frame.children else _unframed(claims, frame.children))
    for name, child in frame.children.items():
        _conceal_inside(members, name, child, salts, disclosures)
    for name in sorted(frame.elements):
        _conceal_elements(members, name, salts, disclosures)
    payloads: list[dict[str, Any]] = []
    names, values, owners = list[str](), list[Any](), list[tuple[int, list[str]]]()
    for claims, own in zip(members, disclosures, strict=True):
        payload: dict[str, Any] = {}
        for name, value in claims.items():
            if name in selective:
                names.append(name)
                values.append(value)
            else:
                payload[name] = value
        payloads.append(payload)
        owners.append((len(claims) - len(payload), own))
    contents = list(zip(islice(salts, len(names)), names, values, strict=True))
    for payload, digests in zip(payloads, _disclose(contents, owners), strict=True):
        digests += [base64url(os.urandom(_DIGEST_BYTES)) for _ in range(frame.decoys)]
        if digests:
            payload[SD] = sorted(digests)
    return list(map(Concealed, payloads, disclosures))


def _unframed(claims: Mapping[str, Any], framed: Container[str]) -> dict[str, Any]:
    """The claims without those objects that have frames of their own."""
    return {
        name: value if name not in framed
        else [element for element in value if type(element) is not dict] if type(value) is list
        else None
        for name, value in claims.items()
    }  # fmt: skip


def _refuse_reserved_names(value: object) -> None:
    """No data may look like a digest of ours (RFC 9901, sections 4.1 and 4.1.1)."""
    if type(value) is dict:
        if not value.keys().isdisjoint(_FORBIDDEN):
            raise CredentialError(Reason.DISCLOSURE_NAME_FORBIDDEN, name=min(_FORBIDDEN.intersection(value)))
        value = value.values()
    elif type(value) is not list:
        return
    for inner in value:
        if type(inner) in _CONTAINERS:
            _refuse_reserved_names(inner)


def _conceal_inside(
    members: Sequence[dict[str, Any]], name: str, child: Frame, salts: Iterator[str], disclosures: Sequence[list[str]]
) -> None:
    """Conceal parts of the objects of this name, or of those in the arrays of this name."""
    places: list[tuple[int, Any, Any]] = []
    for nth, claims in enumerate(members):
        value = claims.get(name)
        if type(value) is dict:
            places.append((nth, claims, name))
        elif type(value) is list:
            claims[name] = array = list(value)
            places += [(nth, array, at) for at, element in enumerate(array) if type(element) is dict]
    concealed = conceal_each([where[at] for _, where, at in places], child, salts)
    for (nth, where, at), (payload, more) in zip(places, concealed, strict=True):
        where[at] = payload
        disclosures[nth].extend(more)


def _conceal_elements(
    members: Sequence[dict[str, Any]], name: str, salts: Iterator[str], disclosures: Sequence[list[str]]
) -> None:
    """Conceal the elements of the arrays of this name."""
    owners = [(claims, own) for claims, own in zip(members, disclosures, strict=True) if type(claims.get(name)) is list]
    contents = [(next(salts), element) for claims, _ in owners for element in claims[name]]
    digests = _disclose(contents, [(len(claims[name]), own) for claims, own in owners])
    for (claims, _), found in zip(owners, digests, strict=True):
        claims[name] = [{ELEMENT: digest} for digest in found]


def _disclose(contents: Sequence[tuple[Any, ...]], owners: Iterable[tuple[int, list[str]]]) -> list[list[str]]:
    """The digests of contents (salt, name if any, value), for each owner as many as it has.

    Each owner's are as many contents as it says, one owner after the other; their Disclosures are appended to its own.
    """
    texts = encode_each(contents)
    digests = base64url_each([sha256(text.encode()).digest() for text in texts], _DIGEST_BYTES)
    found, start = [], 0
    for count, own in owners:
        end = start + count
        own += texts[start:end]
        found.append(digests[start:end])
        start = end
    return found


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
    short_arrays: frozenset[tuple[str | int, ...]] = frozenset()
    """Where arrays stand of which elements are hidden (or decoys): what is left is not each of them."""


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
    short = frozenset(_places_of(claims, walk.short)) if walk.short else frozenset()
    return Revealed(claims, walk.hidden, algorithm, walk.hidden_names, short)


def _places_of(
    value: object, arrays: Sequence[list[Any]], at: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """The paths at which these very arrays stand."""
    if type(value) is list:
        if any(value is array for array in arrays):
            yield at
        for nth, element in enumerate(value):
            yield from _places_of(element, arrays, (*at, nth))
    elif type(value) is dict:
        for name, inner in value.items():
            yield from _places_of(inner, arrays, (*at, name))


class _Reveal:
    """One walk over a payload: takes each Disclosure out of `waiting` as its digest is met."""

    __slots__ = ("hidden", "hidden_names", "seen", "short", "waiting")

    def __init__(self, waiting: dict[str, list[Any]]) -> None:
        self.waiting = waiting
        self.seen: set[str] = set()
        self.hidden = self.hidden_names = 0
        self.short: list[list[Any]] = []

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
        if digest in self.seen:
            raise CredentialError(Reason.DIGEST_REPEATED)
        self.seen.add(digest)
        content = self.waiting.pop(digest, None)
        if content is None:
            self.hidden += 1
        return content


_CONTAINERS: Final = frozenset({dict, list})
