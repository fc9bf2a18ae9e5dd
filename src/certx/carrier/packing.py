"""A credential as few bytes, and the way back, byte for byte: what a symbol carries (docs/formats.md, "Symbols").

number of the dictionary     one byte, 0 for none
deflate (RFC 1951)           the text that remains, or, after a zero byte, the credential itself
raw bytes                    signatures, salts and digests, which nothing compresses
"""

import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from certx.carrier.apart import Apart, put_together, take_apart
from certx.credential.errors import CredentialError
from certx.errors import UnreadableError
from certx.reason import Reason

Dictionaries = Callable[[int], bytes | None]
"""The dictionary of a number, `None` if it cannot be had."""

DICTIONARY: Final = 1
"""The newest that is written with."""
LAST_DICTIONARY: Final = 14
"""So that no packed credential begins like a part of one (see `certx.carrier.symbols`)."""
MAX_PACKED: Final = 16_384
MAX_TEXT: Final = 65_536
"""Most bytes that may come out of deflate, whatever went in."""
_PLAIN: Final = b"\0"


def pack(credential: str, dictionaries: Dictionaries) -> bytes:
    """A credential packed, and unpacked again to see that it is the same.

    One that has not the form that issuers give it is packed as the text that it is. Raises `UnreadableError` if it is
    too large, `CredentialError` if it is not ASCII.
    """
    try:
        data = credential.encode("ascii")
    except UnicodeEncodeError:
        raise CredentialError(Reason.ENCODING_MALFORMED) from None
    dictionary = dictionaries(DICTIONARY)
    number = DICTIONARY if dictionary is not None else 0
    forms = [Apart(_PLAIN + data, b"")]
    with suppress(ValueError):
        forms.insert(0, take_apart(data))
    for text, raw in forms:
        packed = bytes([number]) + _deflate(text, dictionary) + raw
        try:
            if unpack(packed, dictionaries) == credential:
                return packed
        except CredentialError:
            continue
    raise UnreadableError("symbols-too-large", hint="symbols-too-large")


def unpack(packed: bytes, dictionaries: Dictionaries) -> str:
    """The credential; raises `CredentialError` if that cannot be told or is more than a symbol may hold."""
    if not 2 <= len(packed) <= MAX_PACKED or packed[0] > LAST_DICTIONARY:
        raise CredentialError(Reason.UNREADABLE_SYMBOL)
    number = packed[0]
    dictionary = dictionaries(number) if number else b""
    if dictionary is None:
        raise CredentialError(Reason.DICTIONARY_UNKNOWN, number=number)
    inflate = zlib.decompressobj(-15, zdict=dictionary)
    try:
        text, raw = inflate.decompress(packed[1:], MAX_TEXT), inflate.unused_data
        is_whole = inflate.eof and not (text.startswith(_PLAIN) and raw)
        credential = text[1:] if text.startswith(_PLAIN) else put_together(Apart(text, raw))
        credential_text = credential.decode("ascii")
    except (zlib.error, ValueError):
        raise CredentialError(Reason.UNREADABLE_SYMBOL) from None
    if not is_whole:
        raise CredentialError(Reason.UNREADABLE_SYMBOL)
    return credential_text


def _deflate(text: bytes, dictionary: bytes | None) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=dictionary or b"")
    return deflate.compress(text) + deflate.flush()
