"""What is in a PDF: the files attached to it and the codes on its pages, by PDFium (extra `certx[carrier]`).

PDFium bounds neither what a stream inflates to nor how long a page takes: of a file that somebody brought, this is run
in a process of its own (`certx.app.carrier.confined`). Its plain interface is used: the wrapper around it takes 18 ms
longer to load.
"""

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from math import ceil
from typing import Any, Final

from certx.carrier.contents import Contents, Step, check_pages
from certx.carrier.pictures import MAX_SIDE, codes_in_rows, is_ours
from certx.carrier.text import MAX_LINE_BYTES
from certx.credential.errors import CredentialError
from certx.extras import extra_module
from certx.reason import Reason

_MOST_ATTACHMENTS: Final = 32
_POINTS_AN_INCH: Final = 72
_DOTS_AN_INCH: Final = (150, 300)
"""How finely a page is drawn, and how finely where no code is found on it, or one that cannot be read."""
_SCANNED_PIXELS: Final = 1_000_000
"""From so many on, a picture on a page is taken for a scan of it: no code that is printed on a page has as many."""
_FIRST_OBJECTS: Final = 8
"""Of a page, among which its scan is looked for; others lie on top of it: text that was recognised, a stamp."""
_MAX_PIXELS: Final = 12_000_000
"""Of a page as it is drawn, whatever size it says it has."""
_WHITE: Final = 0xFF


def open_pdf(data: bytes, step: Step) -> Contents:
    """The contents of a PDF: see `certx.carrier.contents.Open`."""
    pdfium = _pdfium()
    step()
    with _closing(pdfium.FPDF_LoadMemDocument64(data, len(data), None), pdfium.FPDF_CloseDocument) as document:
        count = pdfium.FPDF_GetPageCount(document)
        if not count:
            raise CredentialError(Reason.UNREADABLE_PDF)
        check_pages(count)
        attached = tuple(dict.fromkeys(_attached(document)))
        codes = tuple(code for number in range(count) for code in _codes_on(document, number, step))
    return Contents(attached, tuple(dict.fromkeys(codes)))


@cache
def _pdfium() -> Any:  # noqa: ANN401 - a module without types
    """PDFium, ready for use."""
    pdfium = extra_module("pypdfium2_raw", extra="carrier", package="pypdfium2")
    pdfium.FPDF_InitLibraryWithConfig(pdfium.FPDF_LIBRARY_CONFIG(version=2))
    return pdfium


@contextmanager
def _closing(opened: Any, close: Any) -> Iterator[Any]:  # noqa: ANN401 - a handle of PDFium
    """A handle, closed at the end; raises `CredentialError` if there is none."""
    if not opened:
        raise CredentialError(Reason.UNREADABLE_PDF)
    try:
        yield opened
    finally:
        close(opened)


def _attached(document: Any) -> Iterator[bytes]:  # noqa: ANN401 - a handle
    """The first files that are attached, those too large for a credential left out."""
    pdfium = _pdfium()
    for number in range(min(pdfium.FPDFDoc_GetAttachmentCount(document), _MOST_ATTACHMENTS)):
        attachment, size = pdfium.FPDFDoc_GetAttachment(document, number), ctypes.c_ulong()
        pdfium.FPDFAttachment_GetFile(attachment, None, 0, size)
        if not 0 < size.value <= MAX_LINE_BYTES:
            continue
        data = ctypes.create_string_buffer(size.value)
        if pdfium.FPDFAttachment_GetFile(attachment, data, size.value, size):
            yield data.raw[: size.value]


def _codes_on(document: Any, number: int, step: Step) -> list[str | None]:  # noqa: ANN401 - a handle
    """The codes on a page: what is drawn more finely is looked at only where that may say more."""
    pdfium, codes = _pdfium(), list[str | None]()
    with _closing(pdfium.FPDF_LoadPage(document, number), pdfium.FPDF_ClosePage) as page:
        for dots in _finenesses(page):
            codes = codes_in_rows(_drawn(page, dots / _POINTS_AN_INCH), is_last=dots == _DOTS_AN_INCH[-1])
            if None not in codes and any(is_ours(code) for code in codes if code is not None):
                break
    step()
    return codes


def _finenesses(page: Any) -> Sequence[int]:  # noqa: ANN401 - a handle
    """How finely to draw a page, one after the other: a scan at once finely, for each drawing decodes it anew."""
    pdfium, across, down = _pdfium(), ctypes.c_uint(), ctypes.c_uint()
    for place in range(min(pdfium.FPDFPage_CountObjects(page), _FIRST_OBJECTS)):
        drawn = pdfium.FPDFPage_GetObject(page, place)
        if (
            pdfium.FPDFPageObj_GetType(drawn) == pdfium.FPDF_PAGEOBJ_IMAGE
            and pdfium.FPDFImageObj_GetImagePixelSize(drawn, across, down)
            and across.value * down.value >= _SCANNED_PIXELS
        ):
            return _DOTS_AN_INCH[-1:]
    return _DOTS_AN_INCH


def _drawn(page: Any, scale: float) -> memoryview:  # noqa: ANN401 - a handle
    """A page in grey, rows of bytes; raises `CredentialError` if it has no size that can be drawn."""
    pdfium = _pdfium()
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    scale *= min(1.0, (_MAX_PIXELS / max(width * height * scale * scale, 1.0)) ** 0.5)
    across, down = ceil(width * scale), ceil(height * scale)
    if min(across, down) < 1 or max(across, down) > MAX_SIDE or across * down > 2 * _MAX_PIXELS:  # a line
        raise CredentialError(Reason.UNREADABLE_PDF)
    dots = (ctypes.c_ubyte * (across * down))()
    ctypes.memset(dots, _WHITE, across * down)
    drawing = pdfium.FPDFBitmap_CreateEx(across, down, pdfium.FPDFBitmap_Gray, dots, across)
    with _closing(drawing, pdfium.FPDFBitmap_Destroy):
        pdfium.FPDF_RenderPageBitmap(drawing, page, 0, 0, across, down, 0, pdfium.FPDF_GRAYSCALE | pdfium.FPDF_ANNOT)
    return memoryview(dots).cast("B").cast("B", (down, across))
