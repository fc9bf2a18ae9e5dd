"""Tokens of a device and the session that a process has to each, by its PKCS #11 module [edge].

The module is code of the device's maker that is loaded into this process. A process logs in to a token once and keeps
one session to it: a module need not bear threads (python-pkcs11 opens it without locks), so signatures of one process
are made one after the other, and more processes are what makes a device busy.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import RLock
from typing import Any, Final, NamedTuple

import pkcs11
from pkcs11 import TokenFlag
from pkcs11.exceptions import PKCS11Error

from certx.errors import KeyFailureError
from certx.keys.pkcs11_uri import Pkcs11Uri

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


LOCK: Final = RLock()
"""Held by whoever speaks with a device."""
_loaded_by: Final[dict[str, int]] = {}
_sessions: Final[dict[tuple[int, str, int], Any]] = {}


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


def session_to(place: Place, ask: AskPin) -> Any:  # noqa: ANN401 - python-pkcs11 puts its classes together at run time
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


def failure(error: PKCS11Error) -> KeyFailureError:
    """What the device answered, by the name of its answer; what was open to it is forgotten if it was lost."""
    detail = type(error).__name__ if type(error) is not PKCS11Error else str(error)
    if detail in _LOST:
        _sessions.clear()
        return KeyFailureError("hsm-lost", hint="hsm-lost", detail=detail)
    return KeyFailureError("hsm-failed", detail=detail)
