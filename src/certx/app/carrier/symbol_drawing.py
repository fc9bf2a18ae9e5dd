"""A QR symbol as a picture: black and white, four dots a module, so that no viewer that smooths it does harm."""

import re
import zlib
from math import isqrt
from struct import pack
from typing import Final

from certx.extras import extra_module

DOTS: Final = 4
"""Dots along each side of a module."""
QUIET: Final = 4
"""Modules of empty margin on each side (ISO/IEC 18004)."""
_LEVEL: Final = "M"
_MASK: Final = 3
"""Any would do: what is packed looks random already. To try all eight takes six times as long."""
_DARK: Final = re.compile(rb"\0+")
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def draw(text: str, *, millimetres: float | None = None) -> bytes:
    """The PNG of the symbol that says this text, its quiet zone included.

    `millimetres` is how large it is to be printed without its quiet zone, for programs that heed what a picture says.
    """
    rows = modules_of(text)
    side = len(rows) * DOTS
    dots_a_metre = None if millimetres is None else round(1_000 * (len(rows) - 2 * QUIET) * DOTS / millimetres)
    return _png([_scanline(row) for row in rows], side, dots_a_metre)


def draw_svg(text: str, *, millimetres: float) -> bytes:
    """The same as SVG: a drawing of exact edges, for typesetters."""
    rows = modules_of(text)
    side = len(rows)
    size = round(millimetres * side / (side - 2 * QUIET), 3)
    dark = "".join(
        f"M{found.start()} {number}h{len(found[0])}v1h-{len(found[0])}z"
        for number, row in enumerate(rows)
        for found in _DARK.finditer(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}mm" height="{size}mm" viewBox="0 0 {side} {side}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{dark}"/></svg>\n'
    ).encode()


def modules_of(text: str, *, level: str = _LEVEL) -> list[bytes]:
    """The rows of the symbol with its quiet zone, a byte a module: 255 light, 0 dark.

    `level` is how much of it may be damaged: L, which is smaller, is for screens.
    """
    zxing = extra_module("zxingcpp", extra="carrier", package="zxing-cpp")
    symbol = zxing.create_barcode(text, zxing.BarcodeFormat.QRCode, ec_level=level, data_mask=_MASK)
    pixels = bytes(symbol.to_image(scale=1, add_quiet_zones=False))
    size = isqrt(len(pixels))
    blank, margin = [b"\xff" * (size + 2 * QUIET)] * QUIET, b"\xff" * QUIET
    rows = [margin + pixels[start : start + size] + margin for start in range(0, size * size, size)]
    return [*blank, *rows, *blank]


def _scanline(row: bytes) -> bytes:
    """A row of modules, light ones 255, as `DOTS` lines of dots, a bit each, unfiltered.

    The four dots of a module are a hexadecimal digit.
    """
    digits = row.translate(_AS_DIGITS).decode()
    return (b"\0" + bytes.fromhex(digits + "f" * (len(digits) % 2))) * DOTS


_AS_DIGITS: Final = bytes(ord("f" if value else "0") for value in range(256))


def _png(lines: list[bytes], side: int, dots_a_metre: int | None) -> bytes:
    header = pack(">2I5B", side, side, 1, 0, 0, 0, 0)
    data = zlib.compress(b"".join(lines), 6)
    density = b"" if dots_a_metre is None else _chunk(b"pHYs", pack(">2IB", dots_a_metre, dots_a_metre, 1))
    return _SIGNATURE + _chunk(b"IHDR", header) + density + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))
