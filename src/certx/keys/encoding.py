"""base64url without padding (RFC 7515, section 2), strict both ways: one text, one value."""

from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Sequence
from typing import Final

ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")
_FILL: Final = (b"", b"\0\0", b"\0")
_PADDING: Final = (b"", None, b"==", b"=")
# Last characters whose unused low bits are zero, by length mod 4.
_LAST: Final = (None, None, frozenset(b"AQgw"), frozenset(b"AEIMQUYcgkosw048"))


class EncodingError(ValueError):
    """The text is not canonical base64url."""


def base64url(data: bytes) -> str:
    """The base64url text of bytes, unpadded."""
    return b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL).decode("ascii")


def base64url_each(blocks: Sequence[bytes]) -> list[str]:
    """The base64url text of each block, unpadded, by one call for all: issuing encodes dozens a licence.

    Each block is filled up with zero bytes to a multiple of three, so that the texts stand side by side; what the
    filling adds is cut off again.
    """
    sizes = [len(block) for block in blocks]
    filled = b"".join([block + _FILL[size % 3] for block, size in zip(blocks, sizes, strict=True)])
    text = b2a_base64(filled, newline=False).translate(_TO_URL).decode("ascii")
    texts = []
    start = 0
    for size in sizes:
        texts.append(text[start : start + (size * 4 + 2) // 3])
        start += (size + 2) // 3 * 4
    return texts


def from_base64url(text: bytes) -> bytes:
    """The bytes of an unpadded base64url text; raises `EncodingError` on padding, white space, + and /,
    and on unused bits that are not zero, so that no two texts mean the same bytes.
    """
    remainder = len(text) % 4
    padding = _PADDING[remainder]
    if padding is None or text.translate(None, ALPHABET):
        raise EncodingError
    last = _LAST[remainder]
    if last is not None and text[-1] not in last:
        raise EncodingError
    try:
        return a2b_base64(text.translate(_FROM_URL) + padding)
    except Error as error:  # pragma: no cover - the tests above leave nothing to refuse
        raise EncodingError from error
