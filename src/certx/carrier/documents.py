"""The credentials in a PDF: attached to it, and in the QR codes on its pages (extra `certx[carrier]`)."""

from collections.abc import Iterator
from typing import Any, Final

from certx.carrier.pictures import codes_in, credentials_in, is_ours
from certx.carrier.text import MAX_LINE_BYTES, Carried, read_text
from certx.credential.errors import CredentialError
from certx.extras import extra_module
from certx.reason import Reason

MAX_PAGES: Final = 20
_MOST_ATTACHMENTS: Final = 32
_NOT_OURS: Final = frozenset({Reason.UNREADABLE_OTHER_CODE, Reason.UNREADABLE_NO_CODE})
_POINTS_AN_INCH: Final = 72
_DOTS_AN_INCH: Final = (150, 300)
"""How finely a page is drawn, and how finely where no code is found on it, or one that cannot be read."""
_MAX_PIXELS: Final = 12_000_000
"""Of a page as it is drawn, whatever size it says it has."""


def read_pdf(data: bytes) -> list[Carried]:
    """The credentials in a PDF, those attached first; why none, if there is none.

    An attached one has the codes on the pages as its `copies`: they must say the same. Raises
    `EnvironmentFailureError` if the libraries are not installed.
    """
    pdfium = extra_module("pypdfium2", extra="carrier", package="pypdfium2")
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        return [_refuse(Reason.UNREADABLE_PDF)]
    try:
        if len(document) > MAX_PAGES:
            return [_refuse(Reason.UNREADABLE_PDF_TOO_LONG, maximum=MAX_PAGES)]
        attached = [*dict.fromkeys(_attached(document))]
        codes = [code for number in range(len(document)) for code in _codes_on(document[number])]
    except (pdfium.PdfiumError, ValueError):  # a page that is a line
        return [_refuse(Reason.UNREADABLE_PDF)]
    finally:
        document.close()
    printed = credentials_in(list(dict.fromkeys(codes)))
    return _side_by_side(attached, printed) if attached else printed


def _side_by_side(attached: list[str], printed: list[Carried]) -> list[Carried]:
    """Those attached, each with what is printed; what is printed, if it is ours and cannot be read."""
    unread = [carried for carried in printed if carried.error is not None and carried.error.reason not in _NOT_OURS]
    if unread:  # nobody can tell whether it says the same
        return unread
    copies = tuple(carried.text for carried in printed if carried.text is not None)
    if copies and len(copies) != len(attached):
        return [_refuse(Reason.UNREADABLE_COPIES_DIFFER)]
    return [Carried(number, text, copies=copies, beside=tuple(attached)) for number, text in enumerate(attached, 1)]


def _attached(document: Any) -> Iterator[str]:  # noqa: ANN401 - a document of pypdfium2
    """The credentials in the files that are attached."""
    for number in range(min(document.count_attachments(), _MOST_ATTACHMENTS)):
        data = bytes(document.get_attachment(number).get_data())
        if len(data) <= MAX_LINE_BYTES:
            yield from (
                carried.text for carried in read_text(data) if carried.text is not None and is_ours(carried.text)
            )


def _codes_on(page: Any) -> list[str | None]:  # noqa: ANN401 - a page of pypdfium2
    codes = list[str | None]()
    for dots in _DOTS_AN_INCH:
        width, height = page.get_size()
        pixels = width * height * (dots / _POINTS_AN_INCH) ** 2
        scale = dots / _POINTS_AN_INCH * min(1.0, (_MAX_PIXELS / max(pixels, 1.0)) ** 0.5)
        codes = codes_in(page.render(scale=scale, grayscale=True).to_pil())
        if None not in codes and any(is_ours(code) for code in codes if code is not None):
            break
    return codes


def _refuse(reason: Reason, **params: object) -> Carried:
    return Carried(1, None, CredentialError(reason, **params))
