"""Files that somebody made to hold whoever opens them: small ones that inflate, loop or claim to be huge."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Final

_BLOCK: Final = 1_048_576
_FLATE: Final = b"/Filter/FlateDecode"
_TWICE: Final = b"/Filter[/FlateDecode/FlateDecode]"
_PAGE: Final = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<%s>>/Contents 4 0 R>>"


def pdf_from(objects: Mapping[int, bytes], *, trailer: bytes = b"") -> bytes:
    """A PDF of these objects by their numbers; 1 is the catalogue."""
    file, places = BytesIO(b"%PDF-1.7\n"), dict[int, int]()
    file.seek(0, 2)
    for number, content in objects.items():
        places[number] = file.tell()
        file.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))
    start, size = file.tell(), max(objects) + 1
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
    file.writelines(b"%010d 00000 n \n" % places.get(number, 0) for number in range(1, size))
    file.write(b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF" % (size, trailer, start))
    return file.getvalue()


def one_page(content: bytes, *, resources: bytes = b"", more: Mapping[int, bytes] | None = None) -> bytes:
    """A PDF of one page with this stream on it."""
    return pdf_from(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            3: _PAGE % resources,
            4: content,
            **(more or {}),
        }
    )


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(data), entries, data)


def bomb(block: bytes, times: int) -> bytes:
    """A zlib stream that inflates to a block, so many times; made without inflating it."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = deflate.compress(block) + deflate.flush(zlib.Z_FULL_FLUSH)
    return b"\x78\xda" + once * times + deflate.flush() + bytes(4)


def with_attached(files: Sequence[bytes]) -> bytes:
    """A PDF to which these stream objects are attached."""
    objects = {1: b"", 2: b"<</Type/Pages/Count 1/Kids[3 0 R]>>", 3: _PAGE % b"", 4: stream(b"")}
    names = b""
    for place, content in enumerate(files):
        number = 5 + 2 * place
        objects |= {number: content, number + 1: b"<</Type/Filespec/F(f)/UF(f)/EF<</F %d 0 R>>>>" % number}
        names += b"(f%02d) %d 0 R " % (place, number + 1)
    objects[1] = b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[%b]>>>>>>" % names
    return pdf_from(objects)


def _twice(times: int, block: bytes = bytes(_BLOCK)) -> bytes:
    return zlib.compress(bomb(block, times), 9)


def _laughing(depth: int, each: int) -> bytes:
    """A drawing of drawings of drawings."""
    forms = {
        10 + level: stream(
            b"/F Do " * each if level < depth else b"0 0 500 500 re f",
            b"/Type/XObject/Subtype/Form/BBox[0 0 600 900]/Resources<</XObject<</F %d 0 R>>>>" % (11 + level),
        )
        for level in range(depth + 1)
    }
    return one_page(stream(b"/F Do"), resources=b"/XObject<</F 10 0 R>>", more=forms)


def _picture(filters: bytes, data: bytes, *, side: int = 60_000) -> bytes:
    entries = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8" % (side, side)
    content = stream(b"q 500 0 0 500 0 0 cm /I Do Q")
    return one_page(content, resources=b"/XObject<</I 5 0 R>>", more={5: stream(data, entries + filters)})


def _object_stream() -> bytes:
    """The tree of pages is in a stream that inflates to two gigabytes."""
    file, places = bytearray(b"%PDF-1.7\n"), list[int]()
    packed = stream(zlib.compress(bomb(b"2 0 " + b" " * _BLOCK, 2_000), 9), b"/Type/ObjStm/N 1/First 4" + _TWICE)
    for number, content in ((1, b"<</Type/Catalog/Pages 2 0 R>>"), (3, packed)):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    places.append(len(file))
    rows = [(0, 0, 0), (1, places[0], 0), (2, 3, 0), (1, places[1], 0), (1, places[2], 0)]
    table = b"".join(bytes([kind]) + place.to_bytes(4, "big") + bytes([index]) for kind, place, index in rows)
    file += b"4 0 obj\n%b\nendobj\n" % stream(table, b"/Type/XRef/Size 5/W[1 4 1]/Root 1 0 R")
    return bytes(file + b"startxref\n%d\n%%%%EOF" % places[2])


def in_pages(contents: Sequence[bytes]) -> bytes:
    """A PDF with one of these streams on each page."""
    count = len(contents)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents %d 0 R>>"
    kids = b" ".join(b"%d 0 R" % (3 + place) for place in range(count))
    return pdf_from(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Count %d/Kids[%b]>>" % (count, kids),
            **{3 + place: page % (3 + count + place) for place in range(count)},
            **{3 + count + place: content for place, content in enumerate(contents)},
        }
    )


def painted(times: int) -> bytes:
    """A stream that paints the whole page so many times."""
    return stream(zlib.compress(b"0 0 600 900 re f\n" * times), _FLATE)


def _kids(count: int) -> bytes:
    return pdf_from(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Count %d/Kids[%b]>>" % (count, b"3 0 R " * count),
            3: _PAGE % b"",
            4: stream(b""),
        }
    )


def _deep_tree(depth: int) -> bytes:
    nodes = {10 + n: b"<</Type/Pages/Count 1/Parent %d 0 R/Kids[%d 0 R]>>" % (9 + n, 11 + n) for n in range(depth)}
    return pdf_from({1: b"<</Type/Catalog/Pages 10 0 R>>", **nodes, 10 + depth: _PAGE % b""})


def _xref_loop() -> bytes:
    data = one_page(stream(b""))
    start = data.rindex(b"xref\n0 ")
    return data.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % start)


HELD: Final[dict[str, bytes]] = {
    "an attachment of 2 GB": with_attached([stream(bomb(bytes(_BLOCK), 2_000), _FLATE)]),
    "32 attachments of 8 GB": with_attached([stream(_twice(8_000), _TWICE)] * 32),
    "a page of 500 MB": one_page(stream(_twice(500, b"0 0 9 9 re f\n" * 80_000), _TWICE)),
    "a page painted over and over": one_page(painted(200_000)),
    "the last page painted over and over": in_pages([stream(b"")] * 4 + [painted(200_000)]),
    "a page of a billion drawings": _laughing(9, 10),
    "an object stream of 2 GB": _object_stream(),
}
"""What would take gigabytes or minutes."""

_JPEG: Final = b"\xff\xd8\xff\xc0\0\x0b\x08\xff\xff\xff\xff\x01\x01\x11\0"
_JBIG2: Final = b"\0\0\0\0\x30\0\x01\0\0\0\x13" + b"\x7f\xff\xff\xff" * 4
_FAX: Final = b"/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 60000/Rows 60000>>"

ODD: Final[dict[str, bytes]] = {
    "a picture of 3.6 gigapixels": _picture(_FLATE, zlib.compress(bytes(_BLOCK))),
    "a JPEG that says it is huge": _picture(
        b"/Filter/DCTDecode", b"\xff\xd8\xff\xc0\0\x0b\x08\xff\xff\xff\xff\x01\x01\x11\0"
    ),
    "a JBIG2 that says it is huge": _picture(
        b"/Filter/JBIG2Decode", b"\0\0\0\0\x30\0\x01\0\0\0\x13" + b"\x7f\xff\xff\xff" * 4
    ),
    "a JPEG 2000 that is none": _picture(b"/Filter/JPXDecode", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(64)),
    "a fax that says it is huge": _picture(
        b"/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 60000/Rows 60000>>", bytes(64)
    ),
    "filters within filters": one_page(stream(b"00>" * 99, b"/Filter[%b]" % (b"/ASCIIHexDecode" * 2_000))),
    "a million pages": _kids(1_000_000),
    "a tree of a thousand levels": _deep_tree(1_000),
    "references in a circle": _xref_loop(),
    "a count that lies": one_page(stream(b"")).replace(b"/Count 1", b"/Count 9999999"),
    "a page that is a strip": one_page(stream(b"")).replace(b"[0 0 595 842]", b"[0 0 90000 1]"),
    "a page of no size": one_page(stream(b"")).replace(b"[0 0 595 842]", b"[0 0 1e30 1e-30]"),
    "nested arrays": one_page(stream(b""), resources=b"/X" + b"[" * 100_000),
}
"""What must be read or refused at once."""


def _tiff(side: int, *, loops: bool = False) -> bytes:
    """A TIFF of one strip of deflate, black and white; its directory may name itself as the next."""
    data = zlib.compress(bytes(_BLOCK))
    tags = [(256, side), (257, side), (258, 1), (259, 8), (262, 1), (273, 8), (278, side), (279, len(data))]
    place = 8 + len(data)
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<I", place) + data + directory + struct.pack("<I", place if loops else 0)


def _png(chunks: int) -> bytes:
    """A PNG with so many chunks that say nothing."""
    header = b"IHDR" + struct.pack(">2I5B", 10, 10, 8, 0, 0, 0, 0)
    empty = struct.pack(">I4sI", 0, b"prVt", zlib.crc32(b"prVt"))
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + empty * chunks
    )


def jpeg_of_scans(progressive: bytes, scans: int) -> bytes:
    """A progressive JPEG with its last scan again and again."""
    last = progressive[progressive.rindex(b"\xff\xda") : -2]
    return progressive[:-2] + last * scans + b"\xff\xd9"


_WEBP: Final = (
    b"RIFF\x2e\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\xfe\x3f\0\xfe\x3f\0ANIM\x06\0\0\0" + bytes(6) + b"VP8 " + bytes(8)
)

PICTURES: Final[dict[str, bytes]] = {
    "a TIFF of 3.6 gigapixels": _tiff(60_000),
    "a TIFF that says more than it has": _tiff(7_000),
    "a TIFF whose pages are a circle": _tiff(1_000, loops=True),
    "a GIF of four gigapixels": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x08\x01\0\0;",
    "a BMP of 3.6 gigapixels": b"BM"
    + struct.pack("<4I2i2H6I", 58, 0, 54, 40, 60_000, 60_000, 1, 1, *bytes(6))
    + bytes(4),
    "a WebP of 268 megapixels": _WEBP,
    "a PNG of a million chunks": _png(1_000_000),
}
"""Pictures that claim to be huge, or go round in a circle."""
