"""The QR codes in a picture that was scanned, photographed or taken of a screen (extra `certx[carrier]`).

Pillow opens PNG, JPEG, GIF, TIFF, WebP and BMP; zxing-cpp finds the codes and reads them. What it finds and cannot read
is looked at once more, twice as large and sharpened.
"""

import struct
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any, Final

from certx.carrier.contents import Contents, Step, check_pages
from certx.carrier.formats import Format, format_of
from certx.carrier.text import Carried, is_symbol, joined
from certx.credential.errors import CredentialError
from certx.extras import extra_module
from certx.reason import Reason

MAX_PIXELS: Final = 50_000_000
"""Of the largest picture that is opened; about 300 MB of memory while it is."""
MAX_SIDE: Final = 65_535
"""Of the longest picture that zxing-cpp looks at."""
MOST_CODES: Final = 64
_PLUGINS: Final = {
    Format.PNG: "Png", Format.JPEG: "Jpeg", Format.GIF: "Gif", Format.TIFF: "Tiff", Format.WEBP: "WebP",
    Format.BMP: "Bmp",
}  # fmt: skip
"""What Pillow reads a format with."""
_ENOUGH_PIXELS: Final = 18_000_000
"""A larger picture is halved in each direction, a JPEG while it is decoded: 48 megapixels to 12, a page of A4 at 600
dots an inch to 300; one of A3 at 300 stays as it is."""
_LOOK_AGAIN_PIXELS: Final = 3_000_000
"""Of a picture, or a part of one, that is made larger."""
_MARGIN: Final = 0.15
_DAMAGE: Final = (OSError, SyntaxError, TypeError, ValueError, EOFError, IndexError, struct.error, zlib.error)
"""What Pillow raises on a damaged picture."""


def open_picture(data: bytes, step: Step) -> Contents:
    """The codes of a picture, from the top: see `certx.carrier.contents.Open`."""
    step()
    return Contents((), tuple(dict.fromkeys(code for grey in _pages(data, step) for code in codes_in(grey))))


def _pages(data: bytes, step: Step) -> Iterator[Any]:
    """The pages of a TIFF in grey; of another picture the first or only frame."""
    form = format_of(data)
    if form is None or form not in _PLUGINS:
        raise CredentialError(Reason.UNREADABLE_PICTURE)
    imaging = extra_module("PIL.Image", extra="carrier", package="Pillow")
    extra_module(f"PIL.{_PLUGINS[form]}ImagePlugin", extra="carrier", package="Pillow")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of tags that nobody asks for
            warnings.simplefilter("error", imaging.DecompressionBombWarning)
            picture = imaging.open(BytesIO(data), formats=(form.upper(),))
            pages = picture.n_frames if form is Format.TIFF else 1
            check_pages(pages)
            for number in range(pages):
                picture.seek(number)
                if picture.width * picture.height > MAX_PIXELS or max(picture.size) > MAX_SIDE:
                    raise CredentialError(Reason.UNREADABLE_PICTURE_TOO_LARGE, maximum=MAX_PIXELS)
                yield _halved(_grey(picture))
                step()
    except (imaging.DecompressionBombError, imaging.DecompressionBombWarning):
        raise CredentialError(Reason.UNREADABLE_PICTURE_TOO_LARGE, maximum=MAX_PIXELS) from None
    except _DAMAGE:
        raise CredentialError(Reason.UNREADABLE_PICTURE) from None


def _grey(picture: Any) -> Any:  # noqa: ANN401 - pictures of Pillow
    """The picture in grey, on white where it is transparent."""
    if picture.width * picture.height > _ENOUGH_PIXELS:
        picture.draft("L", (picture.width // 2, picture.height // 2))
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("LA")
        grey, opacity = picture.split()
        white = grey.point(lambda _: 255)
        white.paste(grey, mask=opacity)
        return white
    if picture.mode.startswith("I"):  # 16 bits, which convert() would clip at 255
        return picture.convert("I").point(lambda value: value * (1 / 256) + 0).convert("L")
    return picture.convert("L")


def _halved(grey: Any) -> Any:  # noqa: ANN401 - likewise
    """The picture, not larger than it has to be."""
    return grey.reduce(2) if grey.width * grey.height > _ENOUGH_PIXELS else grey


def codes_in(grey: Any) -> list[str | None]:  # noqa: ANN401 - a picture of Pillow
    """The text of each QR code in a grey picture, from the top; `None` for one that cannot be read."""
    return _texts(_read(grey), grey.size, lambda: grey)


def codes_in_rows(rows: memoryview, *, is_last: bool) -> list[str | None]:
    """The same of a page in rows of bytes, which becomes a picture of Pillow only if it is to be looked at twice.

    Unless it `is_last`, it is drawn more finely instead.
    """
    height, width = rows.shape or (0, 0)

    def picture() -> Any:  # noqa: ANN401 - of Pillow
        return extra_module("PIL.Image", extra="carrier", package="Pillow").frombuffer("L", (width, height), rows)

    found = _read(rows)
    return _texts(found, (width, height), picture) if is_last else [*map(_text_of, found)]


def _texts(found: list[Any], size: tuple[int, int], picture: Callable[[], Any]) -> list[str | None]:
    """The texts of codes that were found, with those of a second look where that may find more."""
    texts = list[str | None]()
    for code in found:
        again = _read_larger(picture(), _box_of(code, size)) if code.error else []
        texts += [second.text for second in again] or [_text_of(code)]
    if not found and size[0] * size[1] <= _LOOK_AGAIN_PIXELS:
        texts = [code.text for code in _read_larger(picture(), (0, 0, *size))]
    return list(dict.fromkeys(texts))


def _text_of(code: Any) -> str | None:  # noqa: ANN401 - of zxing-cpp
    return None if code.error else code.text


def _read(grey: Any) -> list[Any]:  # noqa: ANN401 - a picture of Pillow, or rows
    zxing = extra_module("zxingcpp", extra="carrier", package="zxing-cpp")
    found = zxing.read_barcodes(
        grey, formats=zxing.BarcodeFormat.QRCode, text_mode=zxing.TextMode.Plain, return_errors=True
    )
    return sorted(found, key=lambda code: (code.position.top_left.y, code.position.top_left.x))[:MOST_CODES]


def _box_of(code: Any, size: tuple[int, int]) -> tuple[int, int, int, int]:  # noqa: ANN401 - of zxing-cpp
    """The part of a picture that a code is in, with its quiet zone."""
    place = code.position
    corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
    left, right = min(corner.x for corner in corners), max(corner.x for corner in corners)
    top, bottom = min(corner.y for corner in corners), max(corner.y for corner in corners)
    more = int(_MARGIN * max(right - left, bottom - top)) + 1
    return max(left - more, 0), max(top - more, 0), min(right + more, size[0]), min(bottom + more, size[1])


def _read_larger(grey: Any, box: tuple[int, int, int, int]) -> list[Any]:  # noqa: ANN401 - of Pillow
    """The codes in a part of a picture, twice as large and sharpened."""
    left, top, right, bottom = box
    if not 0 < (right - left) * (bottom - top) <= _LOOK_AGAIN_PIXELS or max(box) > MAX_SIDE // 2:
        return []
    imaging = extra_module("PIL.Image", extra="carrier", package="Pillow")
    filters = extra_module("PIL.ImageFilter", extra="carrier", package="Pillow")
    part = grey.crop(box)
    larger = part.resize((2 * part.width, 2 * part.height), imaging.Resampling.BICUBIC)
    return [code for code in _read(larger.filter(filters.UnsharpMask(3, 150, 0))) if not code.error]


def credentials_in(codes: Sequence[str | None]) -> list[Carried]:
    """What the codes of one picture or page say, ours alone; why there is nothing, if there is not."""
    ours = [Carried(number, text) for number, text in enumerate(codes, 1) if text is not None and is_ours(text)]
    if ours:
        return joined(ours)
    if None in codes:
        return [_refuse(Reason.UNREADABLE_SYMBOL)]
    return [_refuse(Reason.UNREADABLE_OTHER_CODE if codes else Reason.UNREADABLE_NO_CODE)]


def is_ours(text: str) -> bool:
    """Is it a credential, packed or as it is?"""
    return is_symbol(text) or (text.startswith("eyJ") and "~" in text)


def _refuse(reason: Reason, **params: object) -> Carried:
    return Carried(1, None, CredentialError(reason, **params))
