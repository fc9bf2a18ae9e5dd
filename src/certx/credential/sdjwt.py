"""Selective disclosure, the issuer's way (RFC 9901, section 4): no key, no clock.

`conceal` turns claims into a payload with digests and the Disclosures that belong to them; `certx.credential.reveal`
is the way back.
"""

import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any, Final, NamedTuple

from certx.credential.constants import (
    ELEMENT,
    RESERVED_NAMES,
    SALT_BYTES,
    SD,
)
from certx.credential.errors import CredentialError
from certx.credential.jws import encode_each
from certx.keys.encoding import base64url, base64url_each
from certx.reason import Reason
from certx.schema.frame import Frame

_DIGEST_BYTES: Final = 32
_SALTS_AT_ONCE: Final = 512


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
        if not value.keys().isdisjoint(RESERVED_NAMES):
            raise CredentialError(Reason.DISCLOSURE_NAME_FORBIDDEN, name=min(RESERVED_NAMES.intersection(value)))
        value = value.values()
    elif type(value) is not list:
        return
    for inner in value:
        if type(inner) is dict or type(inner) is list:
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
