"""Private keys by reference: on disk, encrypted PKCS#8 with mode 0600 and the public JWK beside each; or in a device.

A reference is a name, a path or a PKCS #11 URI: a text that another process can open as well.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from certx.app.machine.devices import (
    DeviceKey,
    create_device_key,
    list_devices_keys,
    open_device_key,
    public_of_device,
)
from certx.app.machine.files import replace_file
from certx.errors import KeyFailureError, cause_of
from certx.keys import Signer, new_signer
from certx.keys.pem import read_private_key, write_private_key
from certx.keys.pkcs11_uri import MAX_CHARACTERS, is_pkcs11_uri

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MAX_KEY_BYTES: Final = 65_536
_OTHERS: Final = 0o077

Ask = Callable[[str], str | None]
"""Asks a person for the passphrase of a key by name; `None` if there is no terminal."""


class PassphraseSource(NamedTuple):
    """Where a passphrase comes from: a file, else `CERTX_PASSPHRASE`, else a person."""

    file: Path | None
    environment: Mapping[str, str]
    ask: Ask

    def get(self, key: str) -> bytes:
        """The passphrase of a key; raises `KeyFailureError` if there is none to be had."""
        if self.file is not None:
            try:
                return self.file.read_bytes().removesuffix(b"\n").removesuffix(b"\r")
            except OSError as error:
                raise KeyFailureError("passphrase-file", path=str(self.file), detail=cause_of(error)) from error
        given = self.environment.get("CERTX_PASSPHRASE")
        if given is None:
            given = self.ask(key)
        if given is None:
            raise KeyFailureError("passphrase-missing", hint="passphrase-missing", key=key)
        return given.encode()


class KeyFile(NamedTuple):
    """A private key file and its public JWK."""

    name: str
    path: Path
    jwk: Mapping[str, str]

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return str(self.path)

    def to_object(self) -> dict[str, object]:
        """Its JSON."""
        return {"name": self.name, "path": str(self.path), "jwk": self.jwk}


def key_path(reference: str, folder: Path) -> Path:
    """The file that a key reference names: a path, or a name in the key folder."""
    path = Path(reference)
    if path.suffix == ".pem" or len(path.parts) > 1 or path.is_file():
        return path
    if not _NAME.fullmatch(reference):
        raise KeyFailureError("key-name", hint="key-name", key=reference)
    return folder / f"{reference}.pem"


def create_any_key(
    reference: str, folder: Path, *, algorithm: str, passphrase: PassphraseSource
) -> KeyFile | DeviceKey:
    """Make a key where its reference says; raises `KeyFailureError`."""
    if is_pkcs11_uri(reference):
        return create_device_key(reference, algorithm=algorithm, passphrase=passphrase)
    return create_key(reference, folder, algorithm=algorithm, passphrase=passphrase)


def create_key(reference: str, folder: Path, *, algorithm: str, passphrase: PassphraseSource) -> KeyFile:
    """Make a key file; raises `KeyFailureError` if there is one of that name (a key is never overwritten)."""
    path = key_path(reference, folder)
    if path.exists():
        raise KeyFailureError("key-exists", hint="key-exists", key=str(path))
    path.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    signer = new_signer(algorithm)
    data = write_private_key(signer, passphrase.get(reference))
    replace_file(path, data, mode=0o600, folder_mode=0o700)
    public = path.with_suffix(".jwk.json")
    replace_file(public, orjson.dumps(signer.public_jwk, option=orjson.OPT_INDENT_2) + b"\n")
    return KeyFile(path.stem, path, signer.public_jwk)


def open_signer(reference: str, folder: Path, *, passphrase: PassphraseSource) -> Signer:
    """The signer of a key reference; raises `KeyFailureError` saying what is wrong and how to mend it."""
    if is_pkcs11_uri(reference):
        return open_device_key(reference, passphrase)
    path = key_path(reference, folder)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if sys.platform != "win32" and mode & _OTHERS:
                shown = f"{mode & 0o777:o}"
                raise KeyFailureError("key-permissions", hint="key-permissions", key=str(path), mode=shown)
            data = file.read(_MAX_KEY_BYTES)
    except FileNotFoundError as error:
        raise KeyFailureError("key-missing", hint="key-missing", key=str(path)) from error
    except OSError as error:
        raise KeyFailureError("key-unreadable", key=str(path), detail=cause_of(error)) from error
    return read_private_key(data, passphrase.get(reference), name=str(path))


def list_held_keys(
    reference: str | None, folder: Path, *, passphrase: PassphraseSource
) -> Sequence[KeyFile | DeviceKey]:
    """The keys of this machine's folder, or those of the token that a reference names."""
    if reference is None:
        return list_keys(folder)
    if not is_pkcs11_uri(reference):
        raise KeyFailureError("hsm-uri-form", hint="hsm-uri", maximum=MAX_CHARACTERS)
    return list_devices_keys(reference, passphrase)


def list_keys(folder: Path) -> list[KeyFile]:
    """The keys of this machine, by name; no passphrase is needed."""
    found = []
    for path in sorted(folder.glob("*.pem")) if folder.is_dir() else ():
        try:
            found.append(read_public(path.stem, folder))
        except KeyFailureError:
            found.append(KeyFile(path.stem, path, {}))
    return found


def find_public(reference: str, folder: Path, *, passphrase: PassphraseSource) -> KeyFile | DeviceKey:
    """The public JWK of a key, wherever that is; raises `KeyFailureError`."""
    if is_pkcs11_uri(reference):
        return public_of_device(reference, passphrase)
    return read_public(reference, folder)


def read_public(reference: str, folder: Path) -> KeyFile:
    """The public JWK of a key file; raises `KeyFailureError` if there is none, or the key is in a device."""
    if is_pkcs11_uri(reference):
        raise KeyFailureError("hsm-public-file", hint="hsm-public-file", key=reference)
    path = key_path(reference, folder)
    public = path.with_suffix(".jwk.json")
    try:
        jwk = orjson.loads(public.read_bytes())
    except FileNotFoundError as error:
        raise KeyFailureError("key-missing", hint="key-missing", key=str(public)) from error
    except (OSError, orjson.JSONDecodeError) as error:
        raise KeyFailureError("key-unreadable", key=str(public), detail=str(error)) from error
    if not isinstance(jwk, dict) or not all(isinstance(jwk.get(name), str) for name in ("kid", "alg")):
        raise KeyFailureError("key-unreadable", key=str(public), detail="not a JWK")
    return KeyFile(path.stem, path, jwk)
