"""RFC 7638 thumbprints, the `kid` of every key here."""

from hashlib import sha256
from typing import Final

import orjson

from certx.keys.encoding import base64url
from certx.keys.protocols import Jwk

_REQUIRED: Final = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


def thumbprint(jwk: Jwk) -> str:
    """SHA-256 thumbprint of an EC or OKP key (RFC 7638, section 3; RFC 8037, section 2).

    Raises `KeyError` if a required member is missing or the key type is another.
    """
    members = {name: jwk[name] for name in _REQUIRED[str(jwk["kty"])]}
    return base64url(sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest())
