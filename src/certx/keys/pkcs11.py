"""Signers whose keys live in a device, reached by its PKCS #11 module [edge].

Tokens and sessions to them: `certx.keys.pkcs11_tokens`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final, NamedTuple, NoReturn

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.exceptions import PKCS11Error

from certx.errors import KeyFailureError, UsageError
from certx.keys.algorithms import read_public_key
from certx.keys.jwk import thumbprint
from certx.keys.pkcs11_points import certificate_point, jwk_of_point
from certx.keys.pkcs11_tokens import LOCK, AskPin, Pin, Place, failure, session_to
from certx.keys.pkcs11_uri import Pkcs11Uri

__all__ = [
    "SIGNATURE_BYTES", "AskPin", "DeviceSigner", "HeldKey", "Pin", "Place",
    "list_device_keys", "make_device_key", "open_device_signer",
]  # fmt: skip

SIGNATURE_BYTES: Final = 64
_TRIAL: Final = b"certx: is the public key in this token that of the private key?"


class _Kind(NamedTuple):
    """A kind of key that certx signs with; `curves` are the EC_PARAMS that mean its curve.

    A key on any other curve is refused: a device signs plain ECDSA with a key on the SM2 curve, which is no SM2
    signature and no ES256 either.
    """

    algorithm: str
    key_type: KeyType
    curves: tuple[bytes, ...]
    mechanism: Mechanism
    generation: Mechanism


_KINDS: Final = (
    _Kind("ES256", KeyType.EC, (bytes.fromhex("06082a8648ce3d030107"),), Mechanism.ECDSA, Mechanism.EC_KEY_PAIR_GEN),
    _Kind(
        "Ed25519",
        KeyType.EC_EDWARDS,
        (bytes.fromhex("06032b6570"), b"\x13\x0cedwards25519"),
        Mechanism.EDDSA,
        Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
    ),
)


class DeviceSigner:
    """Signs with a key that stays in its device; for this process only."""

    __slots__ = ("_jwk", "_key", "_kind", "_pid", "algorithm")

    def __init__(self, key: Any, kind: _Kind) -> None:  # noqa: ANN401 - python-pkcs11 puts its classes together at run time
        self._key, self._kind, self._pid = key, kind, os.getpid()
        self._jwk: dict[str, str] = {}
        self.algorithm = kind.algorithm

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint."""
        return self._jwk["kid"]

    @property
    def public_jwk(self) -> dict[str, str]:
        """The public key, with `kid` and `alg`."""
        return dict(self._jwk)

    def sign(self, data: bytes) -> bytes:
        """The JOSE form of the signature, 64 bytes; raises `KeyFailureError` if the device does not give it.

        ECDSA gets the digest: not every device hashes (PKCS #11 3.0, section 2.3.6; SoftHSM has no CKM_ECDSA_SHA256).
        """
        if os.getpid() != self._pid:
            raise KeyFailureError("key-not-portable", hint="key-not-portable")
        if self._kind.mechanism is Mechanism.ECDSA:
            data = sha256(data).digest()
        try:
            with LOCK:
                signature: bytes = self._key.sign(data, mechanism=self._kind.mechanism, buffer_size=SIGNATURE_BYTES)
        except PKCS11Error as error:
            raise failure(error) from error
        if len(signature) != SIGNATURE_BYTES:
            raise KeyFailureError("hsm-failed", detail=f"{len(signature)} B")
        return signature

    def __reduce__(self) -> NoReturn:
        raise KeyFailureError("key-not-portable", hint="key-not-portable")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._jwk.get('kid')}>"


def open_device_signer(place: Place, ask: AskPin) -> DeviceSigner:
    """The signer of exactly one private key; raises `KeyFailureError` saying what is wrong."""
    with LOCK:
        try:
            session = session_to(place, ask)
            found = list(_find(session, place.uri, ObjectClass.PRIVATE_KEY))
            if not found:
                raise KeyFailureError("hsm-key-missing", hint="hsm-key-missing", key=place.reference)
            if len(found) > 1:
                raise KeyFailureError("hsm-key-several", hint="hsm-several", key=place.reference, count=len(found))
            return _signer(session, found[0], place.reference)
        except PKCS11Error as error:
            raise failure(error) from error


class HeldKey(NamedTuple):
    """A private key of a token: its own reference, and its public JWK, empty if certx cannot sign with it."""

    uri: Pkcs11Uri
    jwk: dict[str, str]


def list_device_keys(place: Place, ask: AskPin) -> list[HeldKey]:
    """The private keys of a token that the reference may mean, by label; raises `KeyFailureError`."""
    with LOCK:
        try:
            session = session_to(place, ask)
            held = []
            for key in _find(session, place.uri, ObjectClass.PRIVATE_KEY):
                named = place.uri._replace(object=key.label, id=key.id or None)
                try:
                    held.append(HeldKey(named, _signer(session, key, place.reference).public_jwk))
                except KeyFailureError:
                    held.append(HeldKey(named, {}))
        except PKCS11Error as error:
            raise failure(error) from error
    return sorted(held, key=lambda key: (key.uri.object or "", key.uri.id or b""))


def make_device_key(place: Place, algorithm: str, ask: AskPin) -> DeviceSigner:
    """Generate a key in the device that never leaves it; raises `KeyFailureError` if there is one of that label."""
    kind = next((kind for kind in _KINDS if kind.algorithm == algorithm), None)
    if kind is None:
        known = ", ".join(kind.algorithm for kind in _KINDS)
        raise UsageError("algorithm-unknown", hint="algorithm-unknown", name=algorithm, known=known)
    if not place.uri.object:
        raise KeyFailureError("hsm-uri-label", hint="hsm-uri-label", key=place.reference)
    with LOCK:
        try:
            session = session_to(place, ask)
            _require(session.token, kind.generation, algorithm)
            wanted = Pkcs11Uri(object=place.uri.object)
            for held in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY):
                if next(_find(session, wanted, held), None) is not None:
                    raise KeyFailureError("hsm-key-exists", hint="hsm-key-exists", key=place.reference)
            with session.token.open(rw=True) as writing:
                parameters = writing.create_domain_parameters(
                    kind.key_type, {Attribute.EC_PARAMS: kind.curves[0]}, local=True
                )
                parameters.generate_keypair(
                    mechanism=kind.generation, store=True, label=place.uri.object,
                    id=place.uri.id or os.urandom(16), capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
                    private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
                )  # fmt: skip
        except PKCS11Error as error:
            raise failure(error) from error
        return open_device_signer(place, ask)


def _find(session: Any, uri: Pkcs11Uri, object_class: ObjectClass) -> Iterator[Any]:  # noqa: ANN401 - likewise
    """The objects of a class that have the label and the id of a reference, as far as it names them."""
    wanted: dict[Attribute, object] = {Attribute.CLASS: object_class}
    if uri.object is not None:
        wanted[Attribute.LABEL] = uri.object
    if uri.id is not None:
        wanted[Attribute.ID] = uri.id
    return iter(list(session.get_objects(wanted)))


def _signer(session: Any, key: Any, reference: str) -> DeviceSigner:  # noqa: ANN401 - likewise
    """The signer of a private key, after a signature that its public key verifies."""
    kind = _kind(key, reference)
    if not _attribute(key, Attribute.SIGN):
        raise KeyFailureError("hsm-not-for-signing", hint="hsm-not-for-signing", key=reference)
    if _attribute(key, Attribute.ALWAYS_AUTHENTICATE):
        raise KeyFailureError("hsm-each-time", key=reference)
    _require(session.token, kind.mechanism, kind.algorithm)
    signer = DeviceSigner(key, kind)
    candidates = [jwk for jwk in (jwk_of_point(kind.algorithm, point) for point in _points(session, key)) if jwk]
    if not candidates:
        raise KeyFailureError("hsm-public-missing", hint="hsm-public-missing", key=reference)
    signature = signer.sign(_TRIAL)
    # All of them must be its own: one that is not would be published by whoever reads the token another way.
    if not all(read_public_key(jwk).verify(signature, _TRIAL) for jwk in candidates):
        raise KeyFailureError("hsm-pair-differs", hint="hsm-pair-differs", key=reference)
    signer._jwk = {**candidates[0], "kid": thumbprint(candidates[0]), "alg": kind.algorithm}  # noqa: SLF001 - its maker
    return signer


def _kind(key: Any, reference: str) -> _Kind:  # noqa: ANN401 - likewise
    curve = _attribute(key, Attribute.EC_PARAMS)
    for kind in _KINDS:
        if key.key_type == kind.key_type and curve in kind.curves:
            return kind
    raise KeyFailureError("key-kind", key=reference)


def _points(session: Any, key: Any) -> Iterator[bytes]:  # noqa: ANN401 - likewise
    """The public points that stand in the token under the id of a private key (its label if it has no id)."""
    same = Pkcs11Uri(id=key.id) if key.id else Pkcs11Uri(object=key.label)
    for public in _find(session, same, ObjectClass.PUBLIC_KEY):
        yield _attribute(public, Attribute.EC_POINT) or b""
    for certificate in _find(session, same, ObjectClass.CERTIFICATE):
        yield certificate_point(_attribute(certificate, Attribute.VALUE) or b"")


def _attribute(held: Any, attribute: Attribute) -> Any:  # noqa: ANN401 - likewise
    """An attribute of an object, `None` if the device does not have it or does not say."""
    try:
        return held[attribute]
    except (pkcs11.AttributeTypeInvalid, pkcs11.AttributeSensitive, pkcs11.AttributeValueInvalid):
        return None


def _require(token: Any, mechanism: Mechanism, algorithm: str) -> None:  # noqa: ANN401 - likewise
    if mechanism not in token.slot.get_mechanisms():
        raise KeyFailureError("hsm-mechanism", hint="hsm-mechanism", algorithm=algorithm)
