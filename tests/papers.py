"""Pictures and PDFs of symbols, as scanners, telephones and printers make them."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import pypdfium2
from PIL import Image

from certx.app.carrier.symbol_drawing import draw, modules_of
from certx.carrier import symbols
from issued import DICTIONARIES


def picture_of(text: str) -> Any:
    """A symbol, in grey."""
    return Image.open(BytesIO(draw(text))).convert("L")


def page_of(*texts: str, width: int = 1_654, height: int = 2_339) -> Any:
    """A page of A4 at 200 dpi with these symbols on it, one under another."""
    page, top = Image.new("L", (width, height), 255), 50
    for text in texts:
        code = picture_of(text)
        page.paste(code, (100, top))
        top += code.height + 20
    assert top <= height, "more than fits on a page"
    return page


def encoded(picture: Any, form: str = "PNG", **more: Any) -> bytes:
    """The bytes of a file of this form."""
    file = BytesIO()
    picture.save(file, form, **more)
    return file.getvalue()


def pdf_of(pages: Sequence[Any], attached: Mapping[str, bytes] | None = None) -> bytes:
    """A PDF of these pages, with files attached to it."""
    data = encoded(pages[0], "PDF", save_all=True, append_images=pages[1:], resolution=200)
    if attached is None:
        return data
    document = pypdfium2.PdfDocument(data)
    for name, content in attached.items():
        document.new_attachment(name).set_data(content)
    file = BytesIO()
    document.save(file)
    document.close()
    return file.getvalue()


def texts_of(credential: str, **more: Any) -> list[str]:
    """The symbols of a credential."""
    return symbols.write(credential, DICTIONARIES, **more)


def modules(text: str) -> int:
    """Along a symbol, its quiet zone included."""
    return len(modules_of(text))
