"""Keys in devices, by reference: which module, which PIN, and what is shown of a key."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from certx.errors import KeyFailureError
from certx.keys.pkcs11_uri import Pkcs11Uri, parse_pkcs11_uri

if TYPE_CHECKING:
    from types import ModuleType

    from certx.app.machine.keystore import PassphraseSource
    from certx.keys import Signer
    from certx.keys.pkcs11 import Pin, Place

_FOLDERS: Final = tuple(
    Path(folder)
    for folder in (
        "/usr/lib/softhsm", "/usr/lib/x86_64-linux-gnu/softhsm", "/usr/lib/aarch64-linux-gnu/softhsm",
        "/usr/lib64/softhsm", "/usr/lib64/pkcs11", "/usr/lib/pkcs11", "/usr/local/lib/softhsm",
        "/opt/homebrew/lib/softhsm", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib",
    )
)  # fmt: skip
_WELL_KNOWN: Final[tuple[str, ...]] = ("libsofthsm2.so", "p11-kit-proxy.so")
_ENDINGS: Final = ("{}.so", "lib{}.so", "{}.dylib", "lib{}.dylib")


class DeviceKey(NamedTuple):
    """A key in a device: what it is called there, its reference, and its public JWK (empty if certx cannot use it)."""

    name: str
    reference: str
    jwk: Mapping[str, str]

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return self.reference

    def to_object(self) -> dict[str, object]:
        """Its JSON."""
        return {"name": self.name, "uri": self.reference, "jwk": self.jwk}


def open_device_key(reference: str, passphrase: PassphraseSource) -> Signer:
    """The signer of a key in a device; raises `KeyFailureError`."""
    place = _place(reference, passphrase)
    return _edge().open_device_signer(place, partial(_pin, place, passphrase))  # type: ignore[no-any-return]


def create_device_key(reference: str, *, algorithm: str, passphrase: PassphraseSource) -> DeviceKey:
    """Make a key that never leaves its device; raises `KeyFailureError`."""
    place = _place(reference, passphrase)
    signer = _edge().make_device_key(place, algorithm, partial(_pin, place, passphrase))
    return DeviceKey(place.uri.object or "", reference, signer.public_jwk)


def public_of_device(reference: str, passphrase: PassphraseSource) -> DeviceKey:
    """The public JWK of a key in a device.

    It takes the PIN: whoever can write to a token may put another public key beside the private one, so the pair is
    tried before it is shown.
    """
    signer = open_device_key(reference, passphrase)
    return DeviceKey(parse_pkcs11_uri(reference).object or signer.kid, reference, signer.public_jwk)


def list_devices_keys(reference: str, passphrase: PassphraseSource) -> list[DeviceKey]:
    """The private keys of the token that a reference names; raises `KeyFailureError`."""
    place = _place(reference, passphrase)
    held = _edge().list_device_keys(place, partial(_pin, place, passphrase))
    labels = [key.uri.object for key in held]
    short = [key.uri._replace(id=None) if labels.count(key.uri.object) == 1 else key.uri for key in held]
    return [DeviceKey(uri.object or "", str(uri), key.jwk) for uri, key in zip(short, held, strict=True)]


def _edge() -> ModuleType:
    """`certx.keys.pkcs11`, which needs the extra `hsm`."""
    try:
        from certx.keys import pkcs11  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise KeyFailureError("hsm-extra-missing", hint="hsm-extra-missing") from error
    return pkcs11


def _place(reference: str, passphrase: PassphraseSource) -> Place:
    uri = parse_pkcs11_uri(reference)
    if uri.type not in {None, "private"}:
        raise KeyFailureError("hsm-uri-type", key=reference, type=uri.type)
    place: Place = _edge().Place(reference, uri, _module(uri, passphrase.environment))
    return place


def _module(uri: Pkcs11Uri, environment: Mapping[str, str]) -> str:
    """The path of the device's module: as the reference says, else `CERTX_PKCS11_MODULE`, else where they lie."""
    given = uri.module_path or (environment.get("CERTX_PKCS11_MODULE") if uri.module_name is None else None)
    if given:
        return given
    names = _WELL_KNOWN
    if uri.module_name is not None:
        names = tuple(ending.format(Path(uri.module_name).name) for ending in _ENDINGS)
    for name in names:
        for folder in _FOLDERS:
            if (folder / name).is_file():
                return str(folder / name)
    raise KeyFailureError("hsm-module-missing", hint="hsm-module-missing")


def _pin(place: Place, passphrase: PassphraseSource) -> Pin:
    """The PIN: of the reference's `pin-source`, else of the file given, `CERTX_PIN`, `CERTX_PASSPHRASE`, a person."""
    source = passphrase
    if place.uri.pin_source is not None:
        source = passphrase._replace(file=_pin_file(place.uri.pin_source))
    elif source.file is None and "CERTX_PIN" in source.environment:
        source = source._replace(environment={"CERTX_PASSPHRASE": source.environment["CERTX_PIN"]})
    is_typed = source.file is None and "CERTX_PASSPHRASE" not in source.environment
    try:
        text = source.get(place.reference).decode()
    except UnicodeDecodeError:
        text = ""
    except KeyFailureError as error:
        if error.code != "passphrase-missing":
            raise
        raise KeyFailureError("hsm-pin-missing", hint="hsm-pin-missing", key=place.reference) from None
    pin: Pin = _edge().Pin(text, is_typed)
    return pin


def _pin_file(source: str) -> Path:
    """The file of a `pin-source`: `file:/path`, `file:///path` (RFC 8089), or the path itself; nothing is run."""
    path = source.removeprefix("file:")
    path = path.removeprefix("//") if path.startswith("///") else path
    if not path.startswith("/") or path.startswith("//"):
        raise KeyFailureError("hsm-pin-source", hint="hsm-pin-source")
    return Path(path)
