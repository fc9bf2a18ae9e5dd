"""A QR symbol as a picture: black and white, four dots a module, so that no viewer that smooths it does harm."""

import zlib
from math import isqrt
from struct import pack
from typing import Final

from certx.app.extras import extra_module

DOTS: Final = 4
"""Dots along each side of a module."""
_QUIET: Final = 4
"""Modules of empty margin on each side (ISO/IEC 18004)."""
_LEVEL: Final = "M"
_MASK: Final = 3
"""Any would do: what is packed looks random already. To try all eight takes six times as long."""
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def draw(text: str) -> bytes:
    """The PNG of the symbol that says this text, its quiet zone included."""
    zxing = extra_module("zxingcpp", extra="carrier", package="zxing-cpp")
    symbol = zxing.create_barcode(text, zxing.BarcodeFormat.QRCode, ec_level=_LEVEL, data_mask=_MASK)
    pixels = bytes(symbol.to_image(scale=1, add_quiet_zones=False))
    size = isqrt(len(pixels))
    side, margin = size + 2 * _QUIET, b"\xff" * _QUIET
    blank = b"\xff" * side
    rows = [margin + pixels[start : start + size] + margin for start in range(0, size * size, size)]
    return _png([_scanline(row) for row in [*[blank] * _QUIET, *rows, *[blank] * _QUIET]], side * DOTS)


def _scanline(row: bytes) -> bytes:
    """A row of modules, light ones 255, as `DOTS` lines of dots, a bit each, unfiltered."""
    nibbles = row.translate(_NIBBLES) + b"\x0f" * (len(row) % 2)
    line = bytes(high << 4 | low for high, low in zip(nibbles[::2], nibbles[1::2], strict=True))
    return (b"\0" + line) * DOTS


_NIBBLES: Final = bytes(15 if value else 0 for value in range(256))


def _png(lines: list[bytes], side: int) -> bytes:
    header = pack(">2I5B", side, side, 1, 0, 0, 0, 0)
    data = zlib.compress(b"".join(lines), 6)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))
