"""The table of signature algorithms, and the two software key kinds in it: ES256 and Ed25519.

ES256 is RFC 7518, section 3.4; Ed25519 is RFC 9864 (written), with its old name EdDSA (RFC 8037) read too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from certx.errors import KeyFailureError, UsageError
from certx.keys.encoding import EncodingError, base64url, from_base64url

if TYPE_CHECKING:
    from certx.keys.protocols import Jwk, PublicKey, Signer


class _EcdsaSha256(ec.ECDSA):
    """ECDSA with SHA-256; the constructor of its base imports what nothing here needs, 6 ms of a cold start."""

    def __init__(self) -> None:
        """Nothing to keep: both properties are constant."""

    @property
    def algorithm(self) -> SHA256:
        return _SHA256

    @property
    def deterministic_signing(self) -> bool:
        return False


_SHA256: Final = SHA256()
_ECDSA_SHA256: Final = _EcdsaSha256()
_P256_BYTES: Final = 32
_ED25519_BYTES: Final = 32
_ES256_NAMES: Final = frozenset({"ES256"})
_ED25519_NAMES: Final = frozenset({"Ed25519", "EdDSA"})


class P256PublicKey:
    """A P-256 key that checks ES256 signatures."""

    __slots__ = ("_key",)
    algorithms = _ES256_NAMES

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Is this 64-byte r||s a signature over `data`?"""
        if len(signature) != 2 * _P256_BYTES:
            return False
        r = int.from_bytes(signature[:_P256_BYTES], "big")
        s = int.from_bytes(signature[_P256_BYTES:], "big")
        try:
            self._key.verify(encode_dss_signature(r, s), data, _ECDSA_SHA256)
        except InvalidSignature:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        """Is it the same key, wherever it was read?"""
        return isinstance(other, P256PublicKey) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key.public_numbers())


class Ed25519PublicKey:
    """An Ed25519 key."""

    __slots__ = ("_key",)
    algorithms = _ED25519_NAMES

    def __init__(self, key: ed25519.Ed25519PublicKey) -> None:
        self._key = key

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Is this 64-byte R||S a signature over `data`?"""
        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        """Is it the same key, wherever it was read?"""
        return isinstance(other, Ed25519PublicKey) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key.public_bytes_raw())


class _SoftwareSigner:
    """What both software signers share: identity, and the refusal to travel between processes."""

    __slots__ = ("_jwk",)
    algorithm: str

    def __init__(self, public: dict[str, str]) -> None:
        from certx.keys.jwk import thumbprint  # noqa: PLC0415 - verifiers make no keys

        self._jwk = {**public, "kid": thumbprint(public), "alg": self.algorithm}

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint."""
        return self._jwk["kid"]

    @property
    def public_jwk(self) -> dict[str, str]:
        """The public key, with `kid` and `alg`."""
        return dict(self._jwk)

    def __reduce__(self) -> NoReturn:
        raise KeyFailureError("key-not-portable", hint="key-not-portable")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.kid}>"


class P256Signer(_SoftwareSigner):
    """Signs ES256 with a key in this process's memory."""

    __slots__ = ("key",)
    algorithm = "ES256"

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        if key.curve.name != "secp256r1":
            raise KeyFailureError("key-curve", curve=key.curve.name)
        self.key = key
        point = key.public_key().public_numbers()
        super().__init__(
            {
                "kty": "EC",
                "crv": "P-256",
                "x": base64url(point.x.to_bytes(_P256_BYTES, "big")),
                "y": base64url(point.y.to_bytes(_P256_BYTES, "big")),
            }
        )

    def sign(self, data: bytes) -> bytes:
        """ES256: r||s, 64 bytes (RFC 7518, section 3.4)."""
        r, s = decode_dss_signature(self.key.sign(data, _ECDSA_SHA256))
        return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")


class Ed25519Signer(_SoftwareSigner):
    """Signs Ed25519 with a key in this process's memory."""

    __slots__ = ("key",)
    algorithm = "Ed25519"

    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        self.key = key
        super().__init__({"kty": "OKP", "crv": "Ed25519", "x": base64url(key.public_key().public_bytes_raw())})

    def sign(self, data: bytes) -> bytes:
        """Ed25519: R||S, 64 bytes (RFC 8032)."""
        return self.key.sign(data)


def _coordinate(jwk: Jwk, name: str, size: int) -> bytes:
    value = jwk.get(name)
    try:
        data = from_base64url(value.encode("ascii")) if isinstance(value, str) else b""
    except (EncodingError, UnicodeEncodeError):
        data = b""
    if len(data) != size:
        raise KeyFailureError("jwk-coordinate", hint="jwk-coordinate", member=name, size=size)
    return data


def _read_p256(jwk: Jwk) -> PublicKey:
    x = int.from_bytes(_coordinate(jwk, "x", _P256_BYTES), "big")
    y = int.from_bytes(_coordinate(jwk, "y", _P256_BYTES), "big")
    try:
        return P256PublicKey(ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key())
    except ValueError:
        raise KeyFailureError("jwk-not-on-curve", hint="jwk-coordinate") from None


def _read_ed25519(jwk: Jwk) -> PublicKey:
    return Ed25519PublicKey(ed25519.Ed25519PublicKey.from_public_bytes(_coordinate(jwk, "x", _ED25519_BYTES)))


class Algorithm(NamedTuple):
    """One row of the table: the name written, the names read, the key kind, how to make and read keys."""

    name: str
    names: frozenset[str]
    kty: str
    crv: str
    read: Callable[[Jwk], PublicKey]
    generate: Callable[[], Signer]


ALGORITHMS: Final[Mapping[str, Algorithm]] = {
    row.name: row
    for row in (
        Algorithm(
            "ES256", _ES256_NAMES, "EC", "P-256", _read_p256,
            lambda: P256Signer(ec.generate_private_key(ec.SECP256R1())),
        ),
        Algorithm(
            "Ed25519", _ED25519_NAMES, "OKP", "Ed25519", _read_ed25519,
            lambda: Ed25519Signer(ed25519.Ed25519PrivateKey.generate()),
        ),
    )
}  # fmt: skip

ALLOWED: Final = frozenset(name for row in ALGORITHMS.values() for name in row.names)
"""Every `alg` that a header may carry; `none` and symmetric ones are not among them (RFC 8725, section 3.1)."""


def new_signer(algorithm: str) -> Signer:
    """A fresh key of that algorithm, in memory; raises `UsageError` on an unknown name."""
    row = ALGORITHMS.get(algorithm)
    if row is None:
        raise UsageError("algorithm-unknown", hint="algorithm-unknown", name=algorithm, known=", ".join(ALGORITHMS))
    return row.generate()


def read_public_key(jwk: Jwk) -> PublicKey:
    """The public key of a JWK (RFC 7517, RFC 8037); raises `KeyFailureError` if it cannot check signatures.

    A JWK whose `use`, `key_ops` or `alg` says that it is for something else is refused (RFC 8725, section 3.12).
    """
    for row in ALGORITHMS.values():
        if jwk.get("kty") == row.kty and jwk.get("crv") == row.crv:
            break
    else:
        raise KeyFailureError("jwk-kind", hint="jwk-kind")
    operations, algorithm = jwk.get("key_ops"), jwk.get("alg", row.name)
    if (
        jwk.get("use", "sig") != "sig"
        or (operations is not None and not (isinstance(operations, list) and "verify" in operations))
        or not isinstance(algorithm, str)
        or algorithm not in row.names
    ):
        raise KeyFailureError("jwk-purpose", hint="jwk-purpose")
    return row.read(jwk)
