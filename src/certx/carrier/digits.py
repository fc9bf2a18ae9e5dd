"""Bytes as decimal digits, which every keyboard layout and input method leaves alone: 17 digits for 7 bytes."""

from typing import Final

_BLOCK: Final = 7
_DIGITS: Final = (0, 3, 5, 8, 10, 13, 15, 17)
"""How many digits so many bytes take; no two take the same."""


def to_digits(data: bytes) -> str:
    """Each seven bytes as a big-endian number of 17 digits, the rest as one of fewer."""
    blocks = [data[place : place + _BLOCK] for place in range(0, len(data), _BLOCK)]
    return "".join([str(int.from_bytes(block, "big")).zfill(_DIGITS[len(block)]) for block in blocks])


def from_digits(text: str) -> bytes:
    """The bytes of a text; raises `ValueError` if it is none, or one that `to_digits` does not write."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError("not digits")
    step = _DIGITS[_BLOCK]
    try:
        blocks = [text[place : place + step] for place in range(0, len(text), step)]
        return b"".join([int(block).to_bytes(_DIGITS.index(len(block)), "big") for block in blocks])
    except OverflowError as error:
        raise ValueError("not digits of bytes") from error
