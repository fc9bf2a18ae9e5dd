"""Signers whose keys live in a device, reached by its PKCS #11 module [edge].

The module is code of the device's maker that is loaded into this process. A process logs in to a token once and keeps
one session to it: a module need not bear threads (python-pkcs11 opens it without locks), so signatures of one process
are made one after the other, and more processes are what makes a device busy.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from threading import RLock
from typing import Any, Final, NamedTuple, NoReturn

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, TokenFlag
from pkcs11.exceptions import PKCS11Error

from certx.errors import KeyFailureError, UsageError
from certx.keys.algorithms import read_public_key
from certx.keys.jwk import thumbprint
from certx.keys.pkcs11_points import certificate_point, jwk_of_point
from certx.keys.pkcs11_uri import Pkcs11Uri

SIGNATURE_BYTES: Final = 64
_TRIAL: Final = b"certx: is the public key in this token that of the private key?"
_LOST: Final = frozenset({
    "DeviceError", "DeviceRemoved", "KeyHandleInvalid", "ObjectHandleInvalid", "SessionClosed", "SessionCount",
    "SessionHandleInvalid", "TokenNotPresent", "TokenNotRecognised", "UserNotLoggedIn",
})  # fmt: skip


class Pin(NamedTuple):
    """A PIN, and whether a person typed it just now."""

    text: str
    is_typed: bool


AskPin = Callable[[], Pin]
"""Asked only if the process is not logged in to the token yet."""


class Place(NamedTuple):
    """Where a key is: its reference as it was given, its attributes, the path of the device's module."""

    reference: str
    uri: Pkcs11Uri
    module: str


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

_LOCK: Final = RLock()
_loaded_by: Final[dict[str, int]] = {}
_sessions: Final[dict[tuple[int, str, int], Any]] = {}


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
            with _LOCK:
                signature: bytes = self._key.sign(data, mechanism=self._kind.mechanism, buffer_size=SIGNATURE_BYTES)
        except PKCS11Error as error:
            raise _failure(error) from error
        if len(signature) != SIGNATURE_BYTES:
            raise KeyFailureError("hsm-failed", detail=f"{len(signature)} B")
        return signature

    def __reduce__(self) -> NoReturn:
        raise KeyFailureError("key-not-portable", hint="key-not-portable")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._jwk.get('kid')}>"


def open_device_signer(place: Place, ask: AskPin) -> DeviceSigner:
    """The signer of exactly one private key; raises `KeyFailureError` saying what is wrong."""
    with _LOCK:
        try:
            session = _session(place, ask)
            found = list(_find(session, place.uri, ObjectClass.PRIVATE_KEY))
            if not found:
                raise KeyFailureError("hsm-key-missing", hint="hsm-key-missing", key=place.reference)
            if len(found) > 1:
                raise KeyFailureError("hsm-key-several", hint="hsm-several", key=place.reference, count=len(found))
            return _signer(session, found[0], place.reference)
        except PKCS11Error as error:
            raise _failure(error) from error


class HeldKey(NamedTuple):
    """A private key of a token: its own reference, and its public JWK, empty if certx cannot sign with it."""

    uri: Pkcs11Uri
    jwk: dict[str, str]


def list_device_keys(place: Place, ask: AskPin) -> list[HeldKey]:
    """The private keys of a token that the reference may mean, by label; raises `KeyFailureError`."""
    with _LOCK:
        try:
            session = _session(place, ask)
            held = []
            for key in _find(session, place.uri, ObjectClass.PRIVATE_KEY):
                named = place.uri._replace(object=key.label, id=key.id or None)
                try:
                    held.append(HeldKey(named, _signer(session, key, place.reference).public_jwk))
                except KeyFailureError:
                    held.append(HeldKey(named, {}))
        except PKCS11Error as error:
            raise _failure(error) from error
    return sorted(held, key=lambda key: (key.uri.object or "", key.uri.id or b""))


def make_device_key(place: Place, algorithm: str, ask: AskPin) -> DeviceSigner:
    """Generate a key in the device that never leaves it; raises `KeyFailureError` if there is one of that label."""
    kind = next((kind for kind in _KINDS if kind.algorithm == algorithm), None)
    if kind is None:
        known = ", ".join(kind.algorithm for kind in _KINDS)
        raise UsageError("algorithm-unknown", hint="algorithm-unknown", name=algorithm, known=known)
    if not place.uri.object:
        raise KeyFailureError("hsm-uri-label", hint="hsm-uri-label", key=place.reference)
    with _LOCK:
        try:
            session = _session(place, ask)
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
            raise _failure(error) from error
        return open_device_signer(place, ask)


def refuse_risky_try(flags: int, pin: Pin, token: str) -> None:
    """Refuse to log in to a locked token, or to take its last try with a PIN that nobody typed just now."""
    if flags & TokenFlag.USER_PIN_LOCKED:
        raise KeyFailureError("hsm-pin-locked", hint="hsm-pin-locked", token=token)
    if flags & TokenFlag.USER_PIN_FINAL_TRY and not pin.is_typed:
        raise KeyFailureError("hsm-pin-final", hint="hsm-pin-final", token=token)


def wrong_pin(flags: int, token: str) -> KeyFailureError:
    """What is said of a wrong PIN, by the flags that the token shows after it."""
    if flags & TokenFlag.USER_PIN_LOCKED:
        return KeyFailureError("hsm-pin-locked", hint="hsm-pin-locked", token=token)
    if flags & TokenFlag.USER_PIN_FINAL_TRY:
        return KeyFailureError("hsm-pin-wrong", hint="hsm-pin-final", token=token)
    if flags & TokenFlag.USER_PIN_COUNT_LOW:
        return KeyFailureError("hsm-pin-wrong", hint="hsm-pin-low", token=token)
    return KeyFailureError("hsm-pin-wrong", hint="hsm-pin-wrong", token=token)


def _session(place: Place, ask: AskPin) -> Any:  # noqa: ANN401 - likewise
    """The session of this process to the token of a reference, logged in."""
    with _alone(place.module):
        token = _token(place)
    key = (os.getpid(), place.module, token.slot.slot_id)
    if key not in _sessions:
        pin = ask() if token.flags & TokenFlag.LOGIN_REQUIRED else None
        with _alone(place.module):
            _sessions[key] = token.open() if pin is None else _log_in(token, pin)
    return _sessions[key]


@contextmanager
def _alone(module: str) -> Iterator[None]:
    """Let the certx processes of a machine open a module one after the other, by a lock on the module's own file.

    While one process logs in, others do not find a SoftHSM token, or cannot log in: of 40 openings, four at a time, 14
    failed. Where there are no such locks there is none: it is a kindness to the device, not a safeguard.
    """
    file = None
    with suppress(OSError, ModuleNotFoundError):
        from fcntl import LOCK_EX, flock  # noqa: PLC0415 - not on Windows

        file = os.open(module, os.O_RDONLY | os.O_CLOEXEC)
        flock(file, LOCK_EX)
    try:
        yield
    finally:
        if file is not None:
            os.close(file)


def _log_in(token: Any, pin: Pin) -> Any:  # noqa: ANN401 - likewise
    """A session, after one try; a wrong PIN is never tried again."""
    refuse_risky_try(token.flags, pin, token.label)
    if not pin.text:
        raise KeyFailureError("hsm-pin-form", token=token.label)
    try:
        return token.open(user_pin=pin.text)
    except pkcs11.UserAlreadyLoggedIn:
        return token.open()
    except (pkcs11.PinIncorrect, pkcs11.PinLocked):
        raise wrong_pin(token.slot.get_token().flags, token.label) from None
    except (pkcs11.PinInvalid, pkcs11.PinLenRange):
        raise KeyFailureError("hsm-pin-form", token=token.label) from None
    except (pkcs11.UserPinNotInitialized, pkcs11.PinExpired):
        raise KeyFailureError("hsm-pin-unset", hint="hsm-pin-locked", token=token.label) from None


def _token(place: Place) -> Any:  # noqa: ANN401 - likewise
    """The one token that the reference means."""
    library, present, found = _library(place.module), [], []
    for slot in library.get_slots(token_present=True):
        try:
            token = slot.get_token()
        except (pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised):
            continue
        if token.flags & TokenFlag.TOKEN_INITIALIZED:
            present.append(token.label)
            if _is_meant(place.uri, library, slot, token):
                found.append(token)
    if not found:
        shown = ", ".join(sorted(present)) or "–"
        raise KeyFailureError("hsm-token-missing", hint="hsm-token-missing", key=place.reference, present=shown)
    if len(found) > 1:
        raise KeyFailureError("hsm-token-several", hint="hsm-several", key=place.reference, count=len(found))
    return found[0]


def _is_meant(uri: Pkcs11Uri, library: Any, slot: Any, token: Any) -> bool:  # noqa: ANN401 - likewise
    """Has the token every attribute that the reference names (RFC 7512, section 2.4)?"""
    serial = token.serial.decode("utf-8", "replace") if isinstance(token.serial, bytes) else token.serial
    version = tuple(int(part) for part in (uri.library_version or "0").split("."))
    pairs = (
        (uri.token, token.label),
        (uri.serial, serial.strip("\0 ")),
        (uri.manufacturer, token.manufacturer_id),
        (uri.model, token.model),
        (uri.slot_id, slot.slot_id),
        (uri.slot_description, slot.slot_description),
        (uri.slot_manufacturer, slot.manufacturer_id),
        (uri.library_manufacturer, library.manufacturer_id),
        (uri.library_description, library.library_description),
        (uri.library_version and version, tuple(library.library_version)[: len(version)]),
    )
    return all(wanted is None or wanted == actual for wanted, actual in pairs)


def _library(path: str) -> Any:  # noqa: ANN401 - likewise
    """The module, loaded once; a process that was forked off opens it anew (PKCS #11 2.40, section 5.4)."""
    try:
        library = pkcs11.lib(path)
        if _loaded_by.setdefault(path, os.getpid()) != os.getpid():
            library.reinitialize()
            _loaded_by[path] = os.getpid()
    except PKCS11Error as error:
        detail = str(error).rpartition(": ")[2] or type(error).__name__
        raise KeyFailureError("hsm-module-broken", hint="hsm-module-broken", path=path, detail=detail) from error
    return library


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


def _failure(error: PKCS11Error) -> KeyFailureError:
    """What the device answered, by the name of its answer; what was open to it is forgotten if it was lost."""
    detail = type(error).__name__ if type(error) is not PKCS11Error else str(error)
    if detail in _LOST:
        _sessions.clear()
        return KeyFailureError("hsm-lost", hint="hsm-lost", detail=detail)
    return KeyFailureError("hsm-failed", detail=detail)
