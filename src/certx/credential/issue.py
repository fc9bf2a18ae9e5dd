"""Claims → a signed credential (RFC 9901, section 4; SD-JWT VC, section 2.2)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import Final, NamedTuple

import orjson

from certx.credential.constants import (
    DEFAULT_HASH,
    PLAIN_CLAIMS,
    SD,
    SD_ALG,
    TYP_CREDENTIAL,
)
from certx.credential.errors import CredentialError
from certx.credential.jws import encode_each, encode_segment
from certx.credential.sdjwt import conceal_each
from certx.keys.encoding import base64url_each
from certx.keys.protocols import Signer
from certx.reason import Reason
from certx.schema.frame import Frame

_AT_ONCE: Final = 64
"""So many are concealed before they are signed: each of the two leaves the processor's caches to itself."""


class Signed(NamedTuple):
    """A credential, and the SHA-256 of its issuer-signed JWT's signing input: the same for every presentation of it."""

    credential: str
    digest: bytes


def header_segment(signer: Signer) -> str:
    """The encoded header of credentials that a key signs: `alg`, `typ`, `kid`; the same for all of them."""
    return encode_segment({"alg": signer.algorithm, "typ": TYP_CREDENTIAL, "kid": signer.kid})


def issue(
    claims: Mapping[str, object],
    *,
    frame: Frame,
    signer: Signer,
    salts: Iterator[str],
    header: str | None = None,
) -> str:
    """A compact SD-JWT VC with all its Disclosures; see `issue_each`."""
    return next(issue_each([claims], frame=frame, signer=signer, salts=salts, header=header)).credential


def issue_each(
    each: Iterable[Mapping[str, object]],
    *,
    frame: Frame,
    signer: Signer,
    salts: Iterator[str],
    header: str | None = None,
) -> Iterator[Signed]:
    """A compact SD-JWT VC of each of these claims, with all its Disclosures; a few are made when one is asked for.

    Claims hold envelope and content alike; `header` is a prepared `header_segment(signer)`. Raises `CredentialError`
    if a `vct` is missing or the frame would conceal a claim that must stay plain (SD-JWT VC, section 2.2.2.3).
    """
    named = frame.selective.union(frame.elements, frame.children)
    if not PLAIN_CLAIMS.isdisjoint(named):
        raise CredentialError(Reason.CLAIM_MUST_BE_PLAIN, name=min(PLAIN_CLAIMS & named))
    header = header or header_segment(signer)
    rest = iter(each)
    while some := list(islice(rest, _AT_ONCE)):
        payloads, disclosures = _unsigned(some, frame, salts)
        texts = [f"{header}.{payload}" for payload in payloads]
        inputs = [text.encode("ascii") for text in texts]
        signatures = [signer.sign(data) for data in inputs]
        encoded = base64url_each(signatures, len(signatures[0]))
        for text, data, signature, own in zip(texts, inputs, encoded, disclosures, strict=True):
            yield Signed("~".join((f"{text}.{signature}", *own, "")), sha256(data).digest())


def _unsigned(
    each: Sequence[Mapping[str, object]], frame: Frame, salts: Iterator[str]
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """The encoded payload of each, and the Disclosures that belong to it."""
    if not all(claims.get("vct") for claims in each):
        raise CredentialError(Reason.VCT_MISSING)
    try:
        concealed = conceal_each(each, frame, salts)
        for payload, disclosures in concealed:
            if SD in payload or disclosures:
                payload[SD_ALG] = DEFAULT_HASH
        return encode_each([payload for payload, _ in concealed]), [disclosures for _, disclosures in concealed]
    except (orjson.JSONEncodeError, RecursionError) as error:  # an integer over 64 bits, a value JSON does not have
        raise CredentialError(Reason.CLAIM_TYPE_WRONG, name=str(error)) from error
