"""References to keys in devices: PKCS #11 URIs (RFC 7512), read strictly and written again.

A device key is named as `pkcs11:token=certx;object=issuer?pin-source=file:/run/pin`. A PIN never stands in one: a
command line is seen by every process of the machine. No value is repeated in an error: it may be a secret put wrongly.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from certx.errors import KeyFailureError

SCHEME: Final = "pkcs11:"
MAX_CHARACTERS: Final = 4_096

_UNRESERVED: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_PATH_SAFE: Final = _UNRESERVED + b":[]@!$'()*+,=&"
_QUERY_SAFE: Final = _UNRESERVED + b":[]@!$'()*+,=/?|"
_ENCODED: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_PATH_VALUE: Final = re.compile(r"(?:[\w.~\-:\[\]@!$'()*+,=&]|%[0-9A-Fa-f]{2})*")
_QUERY_VALUE: Final = re.compile(r"(?:[\w.~\-:\[\]@!$'()*+,=/?|]|%[0-9A-Fa-f]{2})*")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_VERSION: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_NUMBER: Final = re.compile(r"[0-9]{1,20}")
_TYPES: Final = frozenset({"public", "private", "cert", "secret-key", "data"})
_PATH: Final = {
    "token": "token", "manufacturer": "manufacturer", "serial": "serial", "model": "model",
    "library-manufacturer": "library_manufacturer", "library-version": "library_version",
    "library-description": "library_description", "object": "object", "type": "type", "id": "id",
    "slot-description": "slot_description", "slot-manufacturer": "slot_manufacturer", "slot-id": "slot_id",
}  # fmt: skip
_QUERY: Final = {"pin-source": "pin_source", "module-name": "module_name", "module-path": "module_path"}
_CLOSE_TO_KNOWN: Final = ("pin", "module")


class Pkcs11Uri(NamedTuple):
    """The attributes of a reference; `None` is one that is not given, the empty text one that must be empty.

    `vendor` are attributes of the query that RFC 7512 does not know: kept, and not looked at (section 2.4).
    """

    token: str | None = None
    manufacturer: str | None = None
    serial: str | None = None
    model: str | None = None
    library_manufacturer: str | None = None
    library_version: str | None = None
    library_description: str | None = None
    object: str | None = None
    type: str | None = None
    id: bytes | None = None
    slot_description: str | None = None
    slot_manufacturer: str | None = None
    slot_id: int | None = None
    pin_source: str | None = None
    module_name: str | None = None
    module_path: str | None = None
    vendor: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """The reference as RFC 7512, section 2.3 writes it; reading it gives the same attributes."""
        path = ";".join(_written(self, _PATH, _PATH_SAFE))
        known = [*_written(self, _QUERY, _QUERY_SAFE)]
        query = "&".join([*known, *(f"{name}={_quoted(value.encode(), _QUERY_SAFE)}" for name, value in self.vendor)])
        return f"{SCHEME}{path}?{query}" if query else SCHEME + path


def is_pkcs11_uri(reference: str) -> bool:
    """Does a key reference name a key in a device? The scheme may be written in any case (RFC 3986, section 3.1)."""
    return reference[: len(SCHEME)].lower() == SCHEME


def parse_pkcs11_uri(text: str) -> Pkcs11Uri:
    """The attributes of a reference; raises `KeyFailureError` naming the attribute and where it stands.

    Characters outside ASCII stand for their UTF-8, so that a label can be typed as it is read. An attribute of the path
    that is not known is refused, for it was meant to narrow what is found (section 2.4).
    """
    if not is_pkcs11_uri(text) or len(text) > MAX_CHARACTERS:
        raise KeyFailureError("hsm-uri-form", hint="hsm-uri", maximum=MAX_CHARACTERS)
    path, mark, query = text[len(SCHEME) :].partition("?")
    fields: dict[str, object] = {}
    vendor: list[tuple[str, str]] = []
    for name, value, place in _attributes(path, ";", len(SCHEME) + 1):
        if name not in _PATH:
            _refuse_pin(name)
            raise KeyFailureError("hsm-uri-attribute", hint="hsm-uri", name=name, place=place)
        _add(fields, _PATH[name], _value(name, value, place, _PATH_VALUE), name, place)
    for name, value, place in _attributes(query, "&", len(SCHEME) + len(path) + len(mark) + 1):
        _refuse_pin(name)
        if name in _QUERY:
            _add(fields, _QUERY[name], _value(name, value, place, _QUERY_VALUE), name, place)
        elif name in _PATH or name.lower().startswith(_CLOSE_TO_KNOWN):
            raise KeyFailureError("hsm-uri-attribute", hint="hsm-uri", name=name, place=place)
        else:
            vendor.append((name, str(_value(name, value, place, _QUERY_VALUE))))
    return Pkcs11Uri(**fields, vendor=tuple(vendor))  # type: ignore[arg-type]  # each by the reader of its name


def _attributes(text: str, separator: str, place: int) -> Iterator[tuple[str, str, int]]:
    """Name, encoded value and place (from 1) of each attribute; the component may be empty."""
    for part in text.split(separator) if text else ():
        name, equals, value = part.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise KeyFailureError("hsm-uri-syntax", hint="hsm-uri", place=place)
        yield name, value, place
        place += len(part) + 1


def _refuse_pin(name: str) -> None:
    if name.lower() == "pin-value":
        raise KeyFailureError("hsm-uri-pin", hint="hsm-uri-pin")


def _add(fields: dict[str, object], field: str, value: object, name: str, place: int) -> None:
    if field in fields:
        raise KeyFailureError("hsm-uri-twice", hint="hsm-uri", name=name, place=place)
    fields[field] = value


def _value(name: str, encoded: str, place: int, form: re.Pattern[str]) -> str | bytes | int:
    """A value as its attribute has it: bytes of an id, number of a slot, text of all others."""
    if form.fullmatch(encoded):
        data = _ENCODED.sub(lambda found: bytes.fromhex(found[1].decode()), encoded.encode())
        try:
            text = "" if name == "id" else data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            if name == "id":
                return data
            if name == "slot-id" and _NUMBER.fullmatch(text) and text.isascii():
                return int(text)
            if _is_well_formed(name, text):
                return text
    raise KeyFailureError("hsm-uri-value", hint="hsm-uri", name=name, place=place)


def _is_well_formed(name: str, text: str) -> bool:
    match name:
        case "slot-id":
            return False
        case "type":
            return text in _TYPES
        case "library-version":
            return _VERSION.fullmatch(text) is not None
        case _:
            return "\0" not in text


def _written(uri: Pkcs11Uri, names: dict[str, str], safe: bytes) -> Iterator[str]:
    for name, field in names.items():
        value = getattr(uri, field)
        if value is not None:
            data = value if isinstance(value, bytes) else str(value).encode()
            yield f"{name}={_quoted(data, b'' if name == 'id' else safe)}"  # section 2.3: all bytes of an id


def _quoted(data: bytes, safe: bytes) -> str:
    return "".join(chr(byte) if byte in safe else f"%{byte:02X}" for byte in data)
