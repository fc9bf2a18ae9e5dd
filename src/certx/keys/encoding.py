"""base64url without padding (RFC 7515, section 2), strict both ways: one text, one value."""

from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _each_of(letters: bytes) -> list[bytes]:
    return [letters[at : at + 1] for at in range(len(letters))]


_PADDING: Final[Sequence[Mapping[bytes, bytes]]] = (
    dict.fromkeys([b"", *_each_of(ALPHABET + b"+/")], b""),
    {},
    dict.fromkeys(_each_of(b"AQgw"), b"=="),
    dict.fromkeys(_each_of(b"AEIMQUYcgkosw048"), b"="),
)
"""By length mod 4 and last character: the padding that was left out. A last character that is not there has unused bits
that are not zero, and no text has length 1."""


class EncodingError(ValueError):
    """The text is not canonical base64url."""


def base64url(data: bytes | bytearray) -> str:
    """The base64url text of bytes, unpadded."""
    return _for_urls(b2a_base64(data, newline=False).rstrip(b"=")).decode()


def base64url_texts(blocks: Iterable[bytes]) -> list[str]:
    """The base64url text of each of some blocks of any size; what is done to the characters is done to all at once."""
    lines = _for_urls(b"".join([b2a_base64(block) for block in blocks])).replace(b"=", b"")
    return lines.decode().split("\n")[:-1]


def base64url_each(blocks: Sequence[bytes], size: int) -> list[str]:
    """The base64url text of each block of `size` bytes, by one call for all.

    Zero bytes fill each block up to a multiple of three, so that the texts stand side by side; what they add is
    cut off again.
    """
    fill = bytes(-size % 3)
    text = _for_urls(b2a_base64(fill.join(blocks) + fill, newline=False)).decode()
    length, step = (size * 4 + 2) // 3, (size + len(fill)) // 3 * 4
    return [text[start : start + length] for start in range(0, len(blocks) * step, step)]


def _for_urls(text: bytes) -> bytes:
    """Base64 with the characters that URLs allow: both are rare, so that looking for them is faster than a table."""
    return text.replace(b"+", b"-").replace(b"/", b"_")


def from_base64url(text: bytes) -> bytes:
    """The bytes of an unpadded base64url text, such that no two texts mean the same bytes.

    Raises `EncodingError` on padding, white space, + and /, and on unused bits that are not zero.
    """
    try:
        return a2b_base64(_plain(text) + _PADDING[len(text) & 3][text[-1:]], strict_mode=True)
    except (KeyError, Error):
        raise EncodingError from None


def from_base64url_each(texts: bytes) -> list[bytes]:
    """The bytes of each of the texts that `~` separates, as `from_base64url` has them."""
    try:
        return [
            a2b_base64(text + _PADDING[len(text) & 3][text[-1:]], strict_mode=True)
            for text in _plain(texts).split(b"~")
        ]
    except (KeyError, Error):
        raise EncodingError from None


def _plain(text: bytes) -> bytes:
    """In the characters of plain base64; they are rare, so that looking for them is faster than a table."""
    if b"+" in text or b"/" in text:
        raise EncodingError
    return text.replace(b"-", b"+").replace(b"_", b"/")
