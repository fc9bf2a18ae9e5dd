"""PyPI's `openvc-core`: needs `iss` and `vct`, conceals top-level claims only and shows every Disclosure it is given.

Its validity checks read the wall clock; an expiry is waived, so that the sample licences may grow old.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from openvc.keys import Ed25519SigningKey, P256SigningKey
from openvc.proof.sd_jwt import SdJwtVcProofSuite

from certx.schema.frame import Frame

Key = Ed25519SigningKey | P256SigningKey


def new_key(algorithm: str) -> Key:
    """A key that writes one of the names ES256, Ed25519 and EdDSA."""
    return P256SigningKey.generate("1") if algorithm == "ES256" else Ed25519SigningKey.generate("1", alg=algorithm)


def issue(
    claims: Mapping[str, Any],
    frame: Frame,
    key: Key,
    *,
    holder: Mapping[str, Any] | None = None,
    hash_name: str = "sha-256",
) -> str:
    assert not frame.elements
    assert not frame.children
    return SdJwtVcProofSuite(hash_name=hash_name).issue(
        dict(claims),
        signing_key=key,
        disclosable=sorted(frame.selective & claims.keys()),
        holder_jwk=None if holder is None else dict(holder),
        decoys=frame.decoys,
    )


def present(credential: str, key: Key, *, audience: str, nonce: str) -> str:
    return SdJwtVcProofSuite().create_presentation(credential, holder_key=key, audience=audience, nonce=nonce)


def verify(
    credential: str,
    jwk: Mapping[str, object],
    *,
    audience: str | None = None,
    nonce: str | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """The processed claims; raises a `ProofError`. With an audience there must be a key binding."""
    verified = SdJwtVcProofSuite().verify(
        credential,
        public_key_jwk=dict(jwk),
        audience=audience,
        nonce=nonce,
        require_key_binding=audience is not None,
        check_temporal=False,
        now=now,
    )
    assert verified.key_bound == (audience is not None)
    return dict(verified.claims)
