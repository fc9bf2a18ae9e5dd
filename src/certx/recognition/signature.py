"""Detached signatures over the text of an agreement: evidence for a court. They never decide whether it is in force.

A compact JWS whose payload is left out (RFC 7515, appendix F): the file beside it, byte by byte, is the payload.
"""

from collections.abc import Mapping
from typing import Final

import orjson

from certx.credential.jws import encode_segment
from certx.keys import Signer
from certx.keys.encoding import base64url, from_base64url
from certx.trust.registry import Region, key_defect

TYPE: Final = "certx-agreement"
SUFFIX: Final = ".jws"
MAX_BYTES: Final = 4_096


def sign_detached(data: bytes, signer: Signer) -> str:
    """The signature of a region's key over a file."""
    header = encode_segment({"alg": signer.algorithm, "kid": signer.kid, "typ": TYPE})
    return f"{header}..{base64url(signer.sign(f'{header}.{base64url(data)}'.encode('ascii')))}"


def is_signature_of(text: bytes, data: bytes, region: Region) -> bool:
    """Is it a detached signature over a file by a key that the region lists?"""
    try:
        header, payload, signature = text.strip().decode("ascii").split(".")
        members = orjson.loads(from_base64url(header.encode()))
        decoded = from_base64url(signature.encode())
    except ValueError:
        return False
    if payload or not isinstance(members, Mapping) or "crit" in members or members.get("typ") != TYPE:
        return False
    keys = {key.kid: key for issuer in region.issuers.values() for key in issuer.keys.values()}
    key = keys.get(str(members.get("kid")))
    if key is None or key_defect(key) is not None or members.get("alg") not in key.public.algorithms:
        return False
    return key.public.verify(decoded, f"{header}.{base64url(data)}".encode("ascii"))
