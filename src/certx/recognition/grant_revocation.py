"""The word of a grantor that a grant is over: signed by the key that signed the grant, and taken by its site.

It names the key itself: whoever signs one with another key has revoked nothing (`certx.audit.sqlite_uses`).
"""

from typing import Final, NamedTuple

from certx.credential.errors import CredentialError
from certx.credential.jws import encode_segment, parse_jws, sign_jws
from certx.errors import DocumentError, KeyFailureError
from certx.keys import Signer
from certx.keys.algorithms import read_public_key
from certx.keys.jwk import thumbprint
from certx.recognition.grant import Grant
from certx.recognition.members import mapping, text

TYPE: Final = "certx-grant-revocation+jwt"
MAX_CHARACTERS: Final = 4_096


class Revocation(NamedTuple):
    """Which grant is revoked, and by whom: the thumbprint of the key that signed this, which was proven."""

    grant: str
    kid: str


def make_revocation(grant: Grant, signer: Signer, *, issued_at: int) -> str:
    """The signed text; raises `KeyFailureError` if the key is not the one that signed the grant."""
    if signer.kid != grant.kid:
        raise KeyFailureError("grant-other-key", hint="present-other-key", kid=grant.kid)
    header = encode_segment({"alg": signer.algorithm, "typ": TYPE, "kid": signer.kid})
    jwk = {name: value for name, value in signer.public_jwk.items() if name in {"kty", "crv", "x", "y"}}
    return sign_jws(header, {"grant": grant.id, "iat": issued_at, "cnf": {"jwk": jwk}}, signer)


def read_revocation(data: str) -> Revocation:
    """What a text revokes; raises `DocumentError` if it is no revocation, or not signed by the key that it names."""
    try:
        if len(data) > MAX_CHARACTERS:
            raise ValueError("size")  # noqa: TRY301 - told like every other defect of form
        jws = parse_jws(data)
        if jws.header.get("typ") != TYPE or "crit" in jws.header:
            raise ValueError("typ")  # noqa: TRY301 - likewise
        jwk = mapping(mapping(jws.payload["cnf"])["jwk"])
        key = read_public_key(jwk)
        if jws.header.get("alg") not in key.algorithms or not key.verify(jws.signature, jws.signing_input):
            raise ValueError("signature")  # noqa: TRY301 - likewise
        return Revocation(text(jws.payload["grant"]), thumbprint(jwk))
    except (CredentialError, KeyError, KeyFailureError, TypeError, ValueError) as error:
        raise DocumentError("grant-revocation-form", hint="grant-revocation-form") from error
