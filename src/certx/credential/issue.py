"""Claims → a signed credential (RFC 9901, section 4; SD-JWT VC, section 2.2)."""

from collections.abc import Iterator, Mapping

import orjson

from certx.credential.constants import (
    DEFAULT_HASH,
    PLAIN_CLAIMS,
    SD,
    SD_ALG,
    TYP_CREDENTIAL,
)
from certx.credential.errors import CredentialError
from certx.credential.jws import encode_segment, sign_jws
from certx.credential.sdjwt import conceal
from certx.keys.protocols import Signer
from certx.reason import Reason
from certx.schema.frame import Frame


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
    """A compact SD-JWT VC with all its Disclosures.

    `claims` hold envelope and content alike; `header` is a prepared `header_segment(signer)`. Raises
    `CredentialError` if `vct` is missing or the frame would conceal a claim that must stay plain (SD-JWT VC,
    section 2.2.2.3).
    """
    if not claims.get("vct"):
        raise CredentialError(Reason.VCT_MISSING)
    if not (
        PLAIN_CLAIMS.isdisjoint(frame.selective)
        and PLAIN_CLAIMS.isdisjoint(frame.elements)
        and PLAIN_CLAIMS.isdisjoint(frame.children)
    ):
        concealed = PLAIN_CLAIMS & (frame.selective | frame.elements | frame.children.keys())
        raise CredentialError(Reason.CLAIM_MUST_BE_PLAIN, name=min(concealed))
    try:
        payload, disclosures = conceal(claims, frame, salts)
        if SD in payload or disclosures:
            payload[SD_ALG] = DEFAULT_HASH
        issuer_signed = sign_jws(header or header_segment(signer), payload, signer)
    except (orjson.JSONEncodeError, RecursionError) as error:  # an integer over 64 bits, a value JSON does not have
        raise CredentialError(Reason.CLAIM_TYPE_WRONG, name=str(error)) from error
    return "~".join((issuer_signed, *disclosures, ""))
