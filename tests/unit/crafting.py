"""Credentials made by hand, with whatever is wrong in them: what `certx.credential.issue` would not make."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from certx.credential import CredentialError, verify_with_key
from certx.keys import Signer, new_signer
from certx.keys.encoding import base64url
from certx.reason import Reason

NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
MOMENT: Final = int(NOW.timestamp())

ISSUER: Final = new_signer("ES256")
HOLDER: Final = new_signer("Ed25519")
STRANGER: Final = new_signer("ES256")

AUDIENCE: Final = "https://verifier.example"
NONCE: Final = "n-0S6_WzA2Mj"


def segment(value: object) -> str:
    """JSON as base64url; bytes as they are."""
    return base64url(value if isinstance(value, bytes) else json.dumps(value).encode())


def disclosure(*content: object) -> str:
    """A Disclosure with these elements, however many."""
    return segment(content)


def digest(text: str, algorithm: str = "sha256") -> str:
    return base64url(hashlib.new(algorithm, text.encode()).digest())


def element(text: str) -> dict[str, str]:
    """The place of a concealed array element."""
    return {"...": digest(text)}


def claims(**more: object) -> dict[str, Any]:
    """The payload of a credential in which nothing is wrong yet."""
    return {
        "iss": "https://issuer.example",
        "vct": "urn:example:licence",
        "iat": MOMENT - 60,
        "exp": MOMENT + 60,
        **more,
    }


def bound_claims(**more: object) -> dict[str, Any]:
    """The same, for a holder with a key."""
    jwk = {name: HOLDER.public_jwk[name] for name in ("kty", "crv", "x")}
    return claims(**{"cnf": {"jwk": jwk}, **more})


def sign(header: object, payload: object, signer: Signer = ISSUER) -> str:
    """A compact JWS over any header and payload."""
    signing_input = f"{segment(header)}.{segment(payload)}"
    return f"{signing_input}.{base64url(signer.sign(signing_input.encode()))}"


def header(signer: Signer = ISSUER, **more: object) -> dict[str, object]:
    return {"alg": signer.algorithm, "typ": "dc+sd-jwt", **more}


def credential(payload: object, *disclosures: str, signer: Signer = ISSUER, **more: object) -> str:
    """A signed credential with this payload; `more` changes its header."""
    return "~".join((sign(header(signer, **more), payload, signer), *disclosures, ""))


def bind(
    presented: str,
    *,
    signer: Signer = HOLDER,
    covered: str | None = None,
    changed: Mapping[str, object] | None = None,
    without: str | None = None,
    **more: object,
) -> str:
    """A credential with a KB-JWT behind it; `changed` changes its claims, `more` its header."""
    payload = {
        "iat": MOMENT,
        "aud": AUDIENCE,
        "nonce": NONCE,
        "sd_hash": digest(presented if covered is None else covered),
        **(changed or {}),
    }
    payload.pop(without, None)
    return presented + sign({"alg": signer.algorithm, "typ": "kb+jwt", **more}, payload, signer)


def refusal(compact: str, jwk: Mapping[str, object] | None = None, **expected: Any) -> Reason | None:
    """Why certx does not believe a credential, `None` if it does."""
    key = ISSUER.public_jwk if jwk is None else jwk
    try:
        verify_with_key(compact, key, **{"now": NOW, **expected})
    except CredentialError as error:
        return error.reason
    return None


def shown(compact: str) -> dict[str, Any]:
    """The claims of a credential that certx believes."""
    return verify_with_key(compact, ISSUER.public_jwk, now=NOW)
