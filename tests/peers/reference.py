"""PyPI's `sd-jwt`: knows sha-256 only, reads no clock, and verifies key binding by ES256 only."""

import json
from collections.abc import Mapping
from typing import Any, Final

from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from certx.schema.frame import Frame

_KEYS: Final = {"ES256": {"kty": "EC", "crv": "P-256"}, "Ed25519": {"kty": "OKP", "crv": "Ed25519"}}


def new_key(algorithm: str) -> JWK:
    return JWK.generate(**_KEYS[algorithm])


def public_jwk(key: JWK) -> dict[str, Any]:
    return dict(key.export_public(as_dict=True))


def issue(claims: Mapping[str, Any], frame: Frame, key: JWK, algorithm: str, *, holder: JWK | None = None) -> str:
    issuer = SDJWTIssuer(
        _marked(claims, frame),
        key,
        holder,
        sign_alg=algorithm,
        add_decoy_claims=bool(frame.decoys),
        extra_header_parameters={"typ": "dc+sd-jwt"},
    )
    return str(issuer.sd_jwt_issuance)


def present(credential: str, shown: Any, key: JWK, algorithm: str, *, audience: str, nonce: str) -> str:
    holder = SDJWTHolder(credential)
    holder.create_presentation(shown, nonce, audience, key, sign_alg=algorithm)
    return str(holder.sd_jwt_presentation)


def verify(
    credential: str, jwk: Mapping[str, object], *, audience: str | None = None, nonce: str | None = None
) -> dict[str, Any]:
    """The processed claims; raises `ValueError` or jwcrypto's errors."""
    key = JWK.from_json(json.dumps(jwk))
    verifier = SDJWTVerifier(credential, lambda _issuer, _header: key, audience, nonce)
    return dict(verifier.get_verified_payload())


def _marked(claims: Mapping[str, Any], frame: Frame) -> dict[Any, Any]:
    """The claims with what the frame conceals wrapped, as this library wants it."""
    result: dict[Any, Any] = {}
    for name, value in claims.items():
        child = frame.children.get(name, Frame())
        if isinstance(value, list):
            elements = [_marked(element, child) if isinstance(element, dict) else element for element in value]
            value = [SDObj(element) for element in elements] if name in frame.elements else elements
        elif isinstance(value, dict):
            value = _marked(value, child)
        result[SDObj(name) if name in frame.selective else name] = value
    return result
