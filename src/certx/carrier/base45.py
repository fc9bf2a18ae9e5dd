"""Base45 (RFC 9285): bytes in the alphabet of a QR symbol's alphanumeric mode, strict both ways."""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE: Final = {char: value for value, char in enumerate(ALPHABET)}
_PAIRS: Final = [low + high for high in ALPHABET for low in ALPHABET]
"""The text of each number below 2025, least significant first."""


def to_base45(data: bytes) -> str:
    """Three characters for two bytes, two for a last one. The text never ends with a space."""
    even = len(data) & ~1
    numbers = [data[place] << 8 | data[place + 1] for place in range(0, even, 2)]
    text = "".join([_PAIRS[number % 2025] + ALPHABET[number // 2025] for number in numbers])
    return text + _PAIRS[data[-1]] if len(data) > even else text


def from_base45(text: str) -> bytes:
    """The bytes of a text; raises `ValueError` on any other character, length or value."""
    values = [_VALUE.get(char, -1) for char in text]
    if -1 in values or len(values) % 3 == 1:
        raise ValueError("not base45")
    whole = len(values) // 3 * 3
    data = bytearray()
    for place in range(0, whole, 3):
        low, middle, high = values[place : place + 3]
        number = low + 45 * middle + 2025 * high
        if number > 0xFFFF:
            raise ValueError("not base45")
        data += number.to_bytes(2, "big")
    if whole < len(values):
        number = values[whole] + 45 * values[whole + 1]
        if number > 0xFF:
            raise ValueError("not base45")
        data.append(number)
    return bytes(data)
