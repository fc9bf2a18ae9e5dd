"""What the vector tests share: reading a file of vectors, and what certx says of one."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from certx.credential import CredentialError, verify_with_key
from certx.credential.jws import parse_jws
from certx.errors import KeyFailureError
from certx.keys import read_public_key
from certx.keys.algorithms import ALLOWED
from certx.keys.encoding import EncodingError, from_base64url
from certx.reason import Reason

BEFORE_EXPIRY = datetime(2026, 6, 1, tzinfo=UTC)
"""The published examples expire in September 2029."""


def load(path: Path) -> Any:
    """The JSON document of one file."""
    return json.loads(path.read_text(encoding="utf-8"))


def key_refusal(jwk: Mapping[str, object]) -> str | None:
    """The code with which certx refuses a JWK as a signature key, `None` if it takes it."""
    try:
        read_public_key(jwk)
    except KeyFailureError as error:
        return error.code
    return None


def jws_refusal(text: str) -> Reason | None:
    """Why certx does not take a text for a compact JWS, `None` if it does."""
    try:
        parse_jws(text)
    except CredentialError as error:
        return error.reason
    return None


def verify_refusal(compact: str, jwk: Mapping[str, object], **expected: Any) -> Reason | None:
    """Why certx does not believe a credential, `None` if it does."""
    try:
        verify_with_key(compact, jwk, **{"now": BEFORE_EXPIRY, **expected})
    except CredentialError as error:
        return error.reason
    return None


def signature_stands(compact: object, jwk: Mapping[str, object]) -> bool:
    """Does certx's encoding, list of algorithms and key take this JWS, whatever is in its payload?

    Wycheproof signs payloads like `foo`, which `parse_jws` refuses for not being JSON objects; so its steps
    are taken here one by one, without that one.
    """
    if not isinstance(compact, str) or compact.count(".") != 2:
        return False
    signing_input, _, signature = compact.encode().rpartition(b".")
    try:
        header = json.loads(from_base64url(signing_input.partition(b".")[0]))
        from_base64url(signing_input.partition(b".")[2])
        decoded = from_base64url(signature)
        key = read_public_key(jwk)
    except (EncodingError, ValueError, KeyFailureError):
        return False
    algorithm = header.get("alg")
    return (
        algorithm in ALLOWED
        and "crit" not in header
        and algorithm in key.algorithms
        and key.verify(decoded, signing_input)
    )


def to_compact(document: Mapping[str, Any], index: int = 0) -> str:
    """The compact form of an SD-JWT in JWS JSON Serialization (RFC 9901, section 8.1).

    sd-jwt 0.10.4 puts the Disclosures at the top, as the drafts did, and not into the unprotected header.
    """
    signatures = document.get("signatures", [document])
    extra = signatures[0].get("header", document)
    jws = f"{signatures[index]['protected']}.{document['payload']}.{signatures[index]['signature']}"
    return "~".join((jws, *extra.get("disclosures", ()), extra.get("kb_jwt", "")))
