"""Signed notes (C2SP signed-note): a text, a blank line, and signatures of it by named Ed25519 keys."""

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from certx.errors import KeyFailureError
from certx.keys.algorithms import read_public_key
from certx.keys.encoding import from_base64url

if TYPE_CHECKING:
    from certx.keys.protocols import Jwk, Signer

MAX_NOTE_BYTES: Final = 65_536
_MAX_SIGNATURES: Final = 100
_DASH: Final = "\u2014 "
_ED25519: Final = b"\x01"
_KEY_ID_BYTES: Final = 4


class NoteError(ValueError):
    """The bytes are no signed note, or this key did not sign it."""


def sign_note(text: str, name: str, signer: "Signer") -> bytes:
    """A note of a text that ends with a line break, signed under the name of the key.

    Raises `KeyFailureError` if the key is not Ed25519.
    """
    if signer.algorithm != "Ed25519":
        raise KeyFailureError("note-key", hint="note-key", kid=signer.kid)
    data = text.encode()
    signature = b2a_base64(_key_id(name, signer.public_jwk) + signer.sign(data), newline=False).decode()
    return data + f"\n{_DASH}{name} {signature}\n".encode()


def open_note(data: bytes, name: str, jwk: "Jwk") -> str:
    """The text of a note that this key, under this name, signed; signatures of others are not looked at.

    Raises `NoteError`.
    """
    text, signatures = _parts(data)
    key_id, public = _key_id(name, jwk), read_public_key(jwk)
    for signer, blob in signatures:
        if signer == name and blob[:_KEY_ID_BYTES] == key_id:
            if public.verify(blob[_KEY_ID_BYTES:], text.encode()):
                return text
            break  # a wrong signature of a known key spoils the note
    raise NoteError(name)


def _parts(data: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The text, and the names and signatures below it."""
    try:
        note = data.decode("utf-8") if len(data) <= MAX_NOTE_BYTES else ""
    except UnicodeDecodeError as error:
        raise NoteError from error
    if any(ord(character) < 0x20 and character != "\n" for character in note):
        raise NoteError
    text, blank, below = note.rpartition("\n\n")
    lines = below.split("\n")
    if not blank or lines[-1] or not 1 <= len(lines) - 1 <= _MAX_SIGNATURES:
        raise NoteError
    return text + "\n", [_signature(line) for line in lines[:-1]]


def _signature(line: str) -> tuple[str, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        blob = a2b_base64(encoded.encode("ascii"), strict_mode=True)
    except (Base64Error, UnicodeEncodeError) as error:
        raise NoteError(line[:80]) from error
    if not line.startswith(_DASH) or not name or "+" in name or len(blob) <= _KEY_ID_BYTES:
        raise NoteError(line[:80])
    return name, blob


def _key_id(name: str, jwk: "Jwk") -> bytes:
    """The first bytes of the digest of name, kind and key."""
    if jwk.get("crv") != "Ed25519":
        raise NoteError(name)
    return sha256(name.encode() + b"\n" + _ED25519 + from_base64url(str(jwk["x"]).encode())).digest()[:_KEY_ID_BYTES]
