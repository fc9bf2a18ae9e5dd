"""What a file is, by its first bytes: formats that are read, and some that people bring and that are not."""

from enum import StrEnum
from typing import Final


class Format(StrEnum):
    """A format of files, as people call it."""

    PNG = "PNG"
    JPEG = "JPEG"
    PDF = "PDF"
    GIF = "GIF"
    TIFF = "TIFF"
    WEBP = "WebP"
    BMP = "BMP"
    HEIC = "HEIC"
    OFD = "OFD, ZIP"
    """OFD is a ZIP, and so are the files of word processors."""


NOT_READ: Final = frozenset({Format.HEIC, Format.OFD})
_BEGINNINGS: Final = {
    b"\x89PNG\r\n\x1a\n": Format.PNG,
    b"\xff\xd8\xff": Format.JPEG,
    b"%PDF-": Format.PDF,
    b"GIF87a": Format.GIF,
    b"GIF89a": Format.GIF,
    b"II*\0": Format.TIFF,
    b"MM\0*": Format.TIFF,
    b"PK\x03\x04": Format.OFD,
}
_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif"})
"""Of files in the container of ISO/IEC 14496-12 that telephones make: HEIC, and AVIF, its like."""


def format_of(head: bytes) -> Format | None:
    """The format of a file by its first bytes, `None` if it is none of these; no text begins so."""
    for beginning, form in _BEGINNINGS.items():
        if head.startswith(beginning):
            return form
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Format.WEBP
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return Format.BMP
    return Format.HEIC if head[4:8] == b"ftyp" and head[8:12] in _BRANDS else None
