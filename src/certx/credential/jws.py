"""Compact JWS taken apart byte by byte (RFC 7515, section 7.1).

PyJWT scans each base64 character in Python, which costs twice the signature check on a credential of 3 kB, so the
paths that run for every licence split and decode here; see docs/adr/0003-jose.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from certx.credential.errors import CredentialError
from certx.keys.encoding import base64url, base64url_texts, from_base64url
from certx.reason import Reason

if TYPE_CHECKING:
    from certx.keys.protocols import Signer


_MAX_KEPT_HEADER: Final = 512
"""Longest header segment that is remembered, so that strangers cannot fill the memory."""


_LINE_BREAK: Final = orjson.Fragment(b"\n")
"""Between values that become JSON together: no text of JSON has a line break, so that by these it is taken apart."""


class Jws(NamedTuple):
    """A decoded compact JWS; nothing about it is proven."""

    header: Mapping[str, Any]
    payload: dict[str, Any]
    signing_input: bytes
    signature: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of what was signed: the same for every partial presentation, and what an issuer's log has."""
        return sha256(self.signing_input).digest()


def parse_jws(text: str) -> Jws:
    """Decode header, payload (both JSON objects) and signature; raises `CredentialError`."""
    try:
        data = text.encode("ascii")
        signing_input, _, signature = data.rpartition(b".")
        header, payload = signing_input.split(b".")
        header_json = _read_header(header) if len(header) <= _MAX_KEPT_HEADER else _decode(header)
        payload_json = _decode(payload)
        decoded_signature = from_base64url(signature)
    except orjson.JSONDecodeError:
        raise CredentialError(Reason.JSON_MALFORMED) from None
    except ValueError:  # not ASCII, not three parts, not base64url
        raise CredentialError(Reason.ENCODING_MALFORMED) from None
    if type(header_json) is not dict or type(payload_json) is not dict:
        raise CredentialError(Reason.JSON_MALFORMED)
    return Jws(header_json, payload_json, signing_input, decoded_signature)


def _decode(segment: bytes) -> Any:  # noqa: ANN401 - any JSON value
    return orjson.loads(from_base64url(segment))


@lru_cache(maxsize=256)
def _read_header(segment: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """A decoded header; remembered, for all credentials of one key share theirs. Never changed by anybody."""
    return _decode(segment)


def encode_segment(value: object) -> str:
    """A header or payload as base64url of compact UTF-8 JSON, without escapes of what is not ASCII."""
    return base64url(orjson.dumps(value))


def encode_each(values: Sequence[object]) -> list[str]:
    """Each of some values as `encode_segment` has it, by one call for all; see `_LINE_BREAK`."""
    if not values:
        return []
    parted: list[object] = [_LINE_BREAK] * (2 * len(values) - 1)
    parted[::2] = values
    return base64url_texts(orjson.dumps(parted)[1:-1].split(b",\n,"))


def sign_jws(header_segment: str, payload: object, signer: Signer) -> str:
    """A compact JWS over a prepared header segment and a JSON payload."""
    text = f"{header_segment}.{encode_segment(payload)}"
    return f"{text}.{base64url(signer.sign(text.encode('ascii')))}"
