"""Compact JWS taken apart byte by byte (RFC 7515, section 7.1).

PyJWT scans each base64 character in Python, which costs twice the signature check on a credential of 3 kB, so the
paths that run for every licence split and decode here; see docs/adr/0003-jose.md.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from certx.credential.errors import CredentialError
from certx.keys.encoding import EncodingError, base64url, from_base64url
from certx.keys.protocols import Signer
from certx.reason import Reason


@dataclass(frozen=True, slots=True)
class Jws:
    """A decoded compact JWS; nothing about it is proven."""

    header: dict[str, Any]
    payload: dict[str, Any]
    signing_input: bytes
    signature: bytes


def parse_jws(text: str) -> Jws:
    """Decode header, payload (both JSON objects) and signature; raises `CredentialError`."""
    try:
        data = text.encode("ascii")
        signing_input, _, signature = data.rpartition(b".")
        header, payload = signing_input.split(b".")
        decoded = from_base64url(header), from_base64url(payload), from_base64url(signature)
    except (ValueError, EncodingError):
        raise CredentialError(Reason.ENCODING_MALFORMED) from None
    try:
        header_json, payload_json = orjson.loads(decoded[0]), orjson.loads(decoded[1])
    except orjson.JSONDecodeError:
        raise CredentialError(Reason.JSON_MALFORMED) from None
    if not isinstance(header_json, dict) or not isinstance(payload_json, dict):
        raise CredentialError(Reason.JSON_MALFORMED)
    return Jws(header_json, payload_json, signing_input, decoded[2])


def encode_segment(value: object) -> str:
    """A header or payload as base64url of compact UTF-8 JSON, without \\u escapes."""
    return base64url(orjson.dumps(value))


def sign_jws(header_segment: str, payload: object, signer: Signer) -> str:
    """A compact JWS over a prepared header segment and a JSON payload."""
    signing_input = f"{header_segment}.{encode_segment(payload)}"
    return f"{signing_input}.{base64url(signer.sign(signing_input.encode('ascii')))}"
