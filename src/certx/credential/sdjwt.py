"""Selective disclosure itself (RFC 9901, sections 4 and 7.1): no key, no clock.

`conceal` turns claims into a payload with digests and the Disclosures that belong to them; `reveal` is the way
back, with every rule about digests that a verifier must hold.
"""

import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
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
from certx.keys.encoding import base64url, base64url_each, base64url_texts, from_base64url_each
from certx.licence.paths import Path
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
    members = [dict(claims) for claims in objects]
    disclosures: list[list[str]] = [[] for _ in objects]
    for claims in members:
        _refuse_reserved_names(claims if not frame.children else _unframed(claims, frame.children))
    for name, child in frame.children.items():
        _conceal_inside(members, name, child, salts, disclosures)
    for name in sorted(frame.elements):
        owners = [nth for nth, claims in enumerate(members) if type(claims.get(name)) is list]
        elements = ((next(salts), element) for nth in owners for element in members[nth][name])
        digests = _disclose(elements, [(len(members[nth][name]), disclosures[nth]) for nth in owners])
        for nth, own in zip(owners, digests, strict=True):
            members[nth][name] = [{ELEMENT: digest} for digest in own]
    selective = frame.selective
    payloads = [{name: value for name, value in claims.items() if name not in selective} for claims in members]
    contents = ((next(salts), name, claims[name]) for claims in members for name in claims if name in selective)
    counts = [len(claims) - len(payload) for claims, payload in zip(members, payloads, strict=True)]
    for payload, own in zip(payloads, _disclose(contents, zip(counts, disclosures, strict=True)), strict=True):
        own += [base64url(os.urandom(_DIGEST_BYTES)) for _ in range(frame.decoys)]
        if own:
            payload[SD] = sorted(own)
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
        if not _FORBIDDEN.isdisjoint(value):
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


def _disclose(contents: Iterable[tuple[Any, ...]], owners: Iterable[tuple[int, list[str]]]) -> list[list[str]]:
    """The digests of contents (salt, name if any, value), for each owner as many as it has.

    Each owner's are as many contents as it says, one owner after the other; their Disclosures are appended to its own.
    """
    texts = base64url_texts(map(orjson.dumps, contents))
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
    if by_digest:  # step 5: every Disclosure must have been referenced
        raise CredentialError(Reason.DISCLOSURE_UNREFERENCED, count=len(by_digest))
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
    """One walk over a payload: takes each Disclosure out of `waiting` as its digest is met."""

    __slots__ = ("hidden", "seen", "short", "waiting")

    def __init__(self, waiting: dict[str, list[Any]]) -> None:
        self.waiting = waiting
        self.seen: set[str] = set()
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
        take, is_short = self.take, False
        for digest in digests:
            content = take(digest)
            if content is None:
                is_short = True
                continue
            if len(content) != 3:
                raise CredentialError(Reason.DISCLOSURE_MALFORMED)
            _, name, value = content
            if name in _FORBIDDEN:
                raise CredentialError(Reason.DISCLOSURE_NAME_FORBIDDEN, name=name)
            if name in claims:
                raise CredentialError(Reason.DISCLOSURE_NAME_TAKEN, name=name)
            claims[name] = self.reveal_value(value, depth) if type(value) in _CONTAINERS else value
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
        if digest in self.seen:
            raise CredentialError(Reason.DIGEST_REPEATED)
        self.seen.add(digest)
        content = self.waiting.pop(digest, None)
        if content is None:
            self.hidden += 1
        return content


_CONTAINERS: Final = frozenset({dict, list})
