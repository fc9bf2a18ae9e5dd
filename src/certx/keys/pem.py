"""Private keys as encrypted PKCS#8 text, and public keys as JWK text; bytes in, bytes out."""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from certx.errors import KeyFailureError
from certx.keys.algorithms import Ed25519Signer, P256Signer
from certx.keys.protocols import Signer

PASSPHRASE_MIN: Final = 8
"""Shortest passphrase that a new key is encrypted with, in characters."""

_PLAIN_MARK: Final = (b"BEGIN PRIVATE KEY", b"BEGIN EC PRIVATE KEY")


def write_private_key(signer: Signer, passphrase: bytes) -> bytes:
    """Encrypted PKCS#8 of a software key; raises `KeyFailureError` if it has none or the passphrase is short."""
    if not isinstance(signer, P256Signer | Ed25519Signer):
        raise KeyFailureError("key-not-exportable")
    if len(passphrase) < PASSPHRASE_MIN:
        raise KeyFailureError("passphrase-short", hint="passphrase-short", minimum=PASSPHRASE_MIN)
    return signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))


def read_private_key(data: bytes, passphrase: bytes, *, name: str) -> Signer:
    """The signer of an encrypted PKCS#8 file; raises `KeyFailureError` saying which of the things is wrong.

    A key that lies there unencrypted is refused: certx never leaves one so, and a reader of the disk has it.
    """
    if is_plain(data):
        raise KeyFailureError("key-not-encrypted", hint="key-not-encrypted", key=name)
    try:
        key = load_pem_private_key(data, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        code = "passphrase-wrong" if is_encrypted(data) else "key-damaged"
        raise KeyFailureError(code, hint=code, key=name) from error
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return P256Signer(key)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return Ed25519Signer(key)
    raise KeyFailureError("key-kind", key=name)


def is_plain(data: bytes) -> bool:
    """Is it a private key that lies there unencrypted?"""
    return any(mark in data for mark in _PLAIN_MARK)


def is_encrypted(data: bytes) -> bool:
    """Does it have the form of an encrypted private key, from its beginning to its end?"""
    return b"BEGIN ENCRYPTED PRIVATE KEY" in data and b"END ENCRYPTED PRIVATE KEY" in data
