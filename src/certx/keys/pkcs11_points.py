"""Public keys as devices keep them (CKA_EC_POINT, certificates), read into JWKs.

PKCS #11 has a DER OCTET STRING around a point; some devices leave it away, and some have a BIT STRING for Ed25519.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certx.keys.encoding import base64url

_P256_BYTES: Final = 32
_ED25519_WRAPPINGS: Final = (b"", b"\x04\x20", b"\x03\x21\x00")


def jwk_of_point(algorithm: str, point: bytes) -> dict[str, str] | None:
    """The public JWK of a point, without `kid`; `None` if it is not a point of that algorithm's curve."""
    if algorithm == "Ed25519":
        raw = point[-32:]
        if len(raw) != 32 or point[:-32] not in _ED25519_WRAPPINGS:
            return None
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url(raw)}
    # 04 is the tag of an OCTET STRING and the mark of an uncompressed point: the length tells which.
    raw = point[2:] if point[:2] in {b"\x04\x41", b"\x04\x21"} and len(point) == point[1:2][0] + 2 else point
    try:
        numbers = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw).public_numbers()
    except ValueError:
        return None
    x, y = (base64url(number.to_bytes(_P256_BYTES, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def certificate_point(data: bytes) -> bytes:
    """The point of the public key of an X.509 certificate, empty if it has none that certx verifies with."""
    from cryptography import x509  # noqa: PLC0415 - for devices that keep certificates

    try:
        key = x509.load_der_x509_certificate(data).public_key()
    except ValueError:
        return b""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key.public_bytes_raw()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return b""
