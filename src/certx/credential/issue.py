"""Claims → a signed credential (RFC 9901, section 4; SD-JWT VC, section 2.2)."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
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
from certx.credential.jws import encode_segment, signing_input
from certx.credential.sdjwt import conceal_each
from certx.keys.encoding import base64url
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
    return issue_each([claims], frame=frame, signer=signer, salts=salts, header=header)[0].credential


def issue_each(
    each: Sequence[Mapping[str, object]],
    *,
    frame: Frame,
    signer: Signer,
    salts: Iterator[str],
    header: str | None = None,
) -> list[Signed]:
    """A compact SD-JWT VC of each of these claims, with all its Disclosures.

    Claims hold envelope and content alike; `header` is a prepared `header_segment(signer)`. Raises `CredentialError`
    if a `vct` is missing or the frame would conceal a claim that must stay plain (SD-JWT VC, section 2.2.2.3).
    """
    named = frame.selective.union(frame.elements, frame.children)
    if not PLAIN_CLAIMS.isdisjoint(named):
        raise CredentialError(Reason.CLAIM_MUST_BE_PLAIN, name=min(PLAIN_CLAIMS & named))
    header = header or header_segment(signer)
    signed: list[Signed] = []
    for start in range(0, len(each), _AT_ONCE):
        unsigned = _unsigned(each[start : start + _AT_ONCE], frame, salts, header)
        signatures = [signer.sign(data) for data, _ in unsigned]
        signed += [
            Signed("~".join((f"{data.decode()}.{base64url(signature)}", *disclosures, "")), sha256(data).digest())
            for (data, disclosures), signature in zip(unsigned, signatures, strict=True)
        ]
    return signed


def _unsigned(
    each: Sequence[Mapping[str, object]], frame: Frame, salts: Iterator[str], header: str
) -> list[tuple[bytes, Sequence[str]]]:
    """What is to be signed of each, and the Disclosures that belong to it."""
    if not all(claims.get("vct") for claims in each):
        raise CredentialError(Reason.VCT_MISSING)
    try:
        concealed = conceal_each(each, frame, salts)
        for payload, disclosures in concealed:
            if SD in payload or disclosures:
                payload[SD_ALG] = DEFAULT_HASH
        return [(signing_input(header, payload), disclosures) for payload, disclosures in concealed]
    except (orjson.JSONEncodeError, RecursionError) as error:  # an integer over 64 bits, a value JSON does not have
        raise CredentialError(Reason.CLAIM_TYPE_WRONG, name=str(error)) from error
