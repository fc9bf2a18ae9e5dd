"""What the rest of certx knows of a key."""

from collections.abc import Mapping
from typing import Protocol

Jwk = Mapping[str, object]
"""A JSON Web Key (RFC 7517) as parsed JSON."""


class PublicKey(Protocol):
    """Checks signatures of one public key."""

    @property
    def algorithms(self) -> frozenset[str]:
        """The JOSE `alg` names under which this key may be used (RFC 8725, section 3.1)."""

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Is this the JOSE form of a signature over `data`? Never raises on any signature bytes."""


class Signer(Protocol):
    """Signs with one private key, wherever that lives; refuses to be pickled."""

    @property
    def algorithm(self) -> str:
        """The JOSE `alg` written into headers."""

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the public key."""

    @property
    def public_jwk(self) -> dict[str, str]:
        """The public key, with `kid` and `alg`."""

    def sign(self, data: bytes) -> bytes:
        """The JOSE form of the signature over `data` (ES256: 64 bytes r||s)."""
