"""Credentials in pictures and PDFs: found among other codes, in several parts, on several pages; why none is found."""

import io
import random
import struct
import sys
import zlib
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image, ImageFilter

import world
from certx.app.verifying.inputs import open_inputs
from certx.app.verifying.verdicts import verify_inputs
from certx.carrier import MAX_FILE_BYTES, Carried, read
from certx.carrier.base45 import to_base45
from certx.carrier.pictures import MAX_PIXELS
from certx.carrier.symbols import read as read_symbol
from certx.errors import EnvironmentFailureError
from certx.reason import Outcome, Reason
from issued import DICTIONARIES, EXAMPLES
from papers import encoded, page_of, pdf_of, picture_of, texts_of

SMALL, LARGE = world.issue(), next(one.credential for one in EXAMPLES if one.type == "real-estate-certificate")
CODE: Final = texts_of(SMALL)[0]
OTHER: Final = "https://example.com/not-a-licence"


def credentials(found: list[Carried]) -> list[str]:
    """What was found, unpacked; every item must hold something."""
    texts = [carried.text for carried in found]
    assert None not in texts, found
    return [read_symbol(text, DICTIONARIES) if text and not text.startswith("eyJ") else str(text) for text in texts]


def reasons(data: bytes) -> list[Reason | None]:
    return [carried.error and carried.error.reason for carried in read(data)]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"])
@pytest.mark.parametrize("digits", [False, True], ids=["base45", "digits"])
def test_a_symbol_is_read_from_a_picture(form: str, *, digits: bool) -> None:
    picture = page_of(texts_of(SMALL, digits=digits)[0])
    assert credentials(read(encoded(picture, form))) == [SMALL]


def test_each_page_of_a_fax_is_read_and_of_a_moving_picture_the_first() -> None:
    first, second = (page_of(text).convert("1") for text in texts_of(LARGE))
    fax = encoded(
        first, "TIFF", save_all=True, append_images=[second, page_of(CODE).convert("1")], compression="group4"
    )
    assert credentials(read(fax)) == [LARGE, SMALL]
    moving = encoded(page_of(CODE), "GIF", save_all=True, append_images=[page_of(OTHER)])
    assert credentials(read(moving)) == [SMALL]
    pages = [Image.new("1", (10, 10))] * 21
    assert reasons(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])) == [
        Reason.UNREADABLE_PDF_TOO_LONG
    ]


@pytest.mark.parametrize("mode", ["CMYK", "F", "P", "LA", "1"])
def test_whatever_a_scanner_calls_grey_is_read(mode: str) -> None:
    page = page_of(CODE)
    assert credentials(read(encoded((page.convert("RGB") if mode == "CMYK" else page).convert(mode), "TIFF"))) == [
        SMALL
    ]


def test_colours_that_are_none_are_damage() -> None:
    assert reasons(encoded(Image.new("LAB", (10, 10)), "TIFF")) == [Reason.UNREADABLE_PICTURE]


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"), (b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(40), "OFD, ZIP")],
)
def test_a_format_that_is_not_read_is_named(data: bytes, name: str) -> None:
    (found,) = read(data)
    assert found.error is not None
    assert (found.error.reason, found.error.params) == (Reason.UNREADABLE_FORMAT, {"format": name})


def test_text_is_no_picture() -> None:
    for text in (b"BM is not a bitmap at all", b"GIF", b"RIFF of a text", b"II*", b"some ftyp"):
        assert reasons(text) == [None]


def test_several_codes_on_one_page_are_read_from_the_top_and_others_passed_over() -> None:
    two = EXAMPLES[5].credential
    page = page_of(OTHER, *reversed(texts_of(LARGE)), texts_of(two)[0], CODE)
    assert credentials(read(encoded(page))) == [LARGE, two, SMALL]


def test_a_code_with_the_credential_as_it_is_is_read_too() -> None:
    short = world.issue("social-security-card")
    assert credentials(read(encoded(page_of(short)))) == [short]


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (page_of(OTHER), Reason.UNREADABLE_OTHER_CODE),
        (page_of(), Reason.UNREADABLE_NO_CODE),
        (page_of(texts_of(LARGE)[1]), Reason.UNREADABLE_PARTS_MISSING),
    ],
    ids=["another code", "no code", "a part"],
)
def test_why_a_picture_has_no_credential_is_said(picture: Any, reason: Reason) -> None:
    assert reasons(encoded(picture)) == [reason]
    of_pdf = Reason.UNREADABLE_PDF_NO_LICENCE if reason is Reason.UNREADABLE_NO_CODE else reason
    assert reasons(pdf_of([picture])) == [of_pdf]
    assert reasons(pdf_of([picture], {"readme.txt": b"hello"})) == [of_pdf]


def test_a_blurred_photograph_is_read_at_the_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "CX1:" + to_base45(random.Random(1).randbytes(660))  # noqa: S311 - the same each time
    code = picture_of(text)
    side = int(code.width / 4 * 2.4)
    blurred = code.resize((side, side), Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(1.2))
    data = encoded(blurred, "JPEG", quality=70)
    assert [carried.text for carried in read(data)] == [text]
    monkeypatch.setattr("certx.carrier.pictures._read_larger", lambda *_: [])
    assert reasons(data) in ([Reason.UNREADABLE_SYMBOL], [Reason.UNREADABLE_NO_CODE]), "the first try was enough"


def test_a_symbol_on_nothing_is_one_on_white() -> None:
    grey = picture_of(CODE)
    clear = Image.new("RGBA", grey.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=grey.point(lambda value: 255 - value))
    assert credentials(read(encoded(clear))) == [SMALL]


@pytest.mark.parametrize("side", [60_000, 12_000, 8_000])
def test_a_picture_of_too_many_dots_is_not_opened(side: int) -> None:
    assert side**2 > MAX_PIXELS
    small = encoded(page_of())
    header = b"IHDR" + struct.pack(">2I", side, side) + small[24:29]
    data = small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:]
    assert reasons(data) == [Reason.UNREADABLE_PICTURE_TOO_LARGE]


@pytest.mark.parametrize("head", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-"])
def test_files_that_are_damaged_or_too_large_are_refused(head: bytes) -> None:
    assert reasons(head)[0] in {Reason.UNREADABLE_PICTURE, Reason.UNREADABLE_PDF}
    assert reasons(head + bytes(MAX_FILE_BYTES)) == [Reason.UNREADABLE_FILE_TOO_LARGE]


def test_every_page_of_a_pdf_is_read() -> None:
    first, second = texts_of(LARGE)
    pages = [page_of(second), page_of(), page_of(CODE), page_of(first, OTHER)]
    assert credentials(read(pdf_of(pages))) == [LARGE, SMALL]


def test_a_pdf_of_too_many_pages_is_refused() -> None:
    blank = Image.new("L", (10, 10), 255)
    assert reasons(pdf_of([blank] * 21)) == [Reason.UNREADABLE_PDF_TOO_LONG]


def answers(tmp_path: Path, data: bytes) -> list[tuple[Outcome | None, Reason | None]]:
    """What `certx verify` says of a file."""
    file = tmp_path / "licence.pdf"
    file.write_bytes(data)
    return [
        (answer.verdict and answer.verdict.outcome, answer.error and answer.error.reason)
        for answer in verify_inputs([str(file)], world.WORLD, now=world.NOW)
    ]


@pytest.mark.parametrize("pages", [[page_of()], [page_of(OTHER)], [page_of(CODE)]], ids=["none", "other", "same"])
def test_what_is_attached_to_a_pdf_is_taken_first(tmp_path: Path, pages: list[Any]) -> None:
    data = pdf_of(pages, {"readme.txt": b"hello", "credential.txt": SMALL.encode()})
    assert [carried.text for carried in read(data)] == [SMALL]
    assert answers(tmp_path, data) == [(Outcome.ACCEPTED, None)]


def test_what_is_attached_and_what_is_printed_must_be_the_same_licence(tmp_path: Path) -> None:
    other = texts_of(world.issue())[0]
    for printed in ([other], [CODE, other], [*texts_of(LARGE)]):
        data = pdf_of([page_of(*printed)], {"credential.txt": SMALL.encode()})
        assert answers(tmp_path, data) == [(None, Reason.UNREADABLE_COPIES_DIFFER)]


def test_less_of_the_same_licence_may_be_printed(tmp_path: Path) -> None:
    hidden = SMALL.partition("~")[0] + "~"
    data = pdf_of([page_of(texts_of(hidden)[0])], {"credential.txt": SMALL.encode()})
    assert answers(tmp_path, data) == [(Outcome.ACCEPTED, None)]


def test_pictures_are_verified_from_files_folders_and_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(encoded(page_of(CODE)))
    (tmp_path / "b.JPG").write_bytes(encoded(page_of(OTHER), "JPEG"))
    (tmp_path / "c.pdf").write_bytes(pdf_of([page_of(CODE), page_of(texts_of(LARGE)[0], texts_of(LARGE)[1])]))
    (tmp_path / "d.txt").write_text(CODE)
    (tmp_path / "notes.doc").write_bytes(b"not looked at")
    found = [(Path(item.label).name, item.read().error is None) for item in open_inputs([str(tmp_path)])]
    assert found == [("a.png", True), ("b.JPG", False), ("c.pdf:1", True), ("c.pdf:2", True), ("d.txt", True)]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(encoded(page_of(CODE), "PNG", compress_level=0))))
    assert [
        answer.verdict and answer.verdict.outcome for answer in verify_inputs(["-"], world.WORLD, now=world.NOW)
    ] == [Outcome.ACCEPTED]


def test_a_forged_part_in_one_picture_is_mended_by_another(tmp_path: Path) -> None:
    first, second = texts_of(LARGE)
    (tmp_path / "1.png").write_bytes(encoded(page_of(first[:-3] + "000", second)))
    (tmp_path / "2.png").write_bytes(encoded(page_of(first)))
    names = [str(tmp_path / name) for name in ("1.png", "2.png")]
    for order in (names, names[::-1]):
        (answer,) = verify_inputs(order, world.WORLD, now=world.NOW)
        assert answer.verdict is not None, answer.error
        assert answer.input == " + ".join(order)


def test_parts_in_several_pictures_are_one_licence(tmp_path: Path) -> None:
    first, second = texts_of(LARGE)
    (tmp_path / "1.png").write_bytes(encoded(page_of(second)))
    (tmp_path / "2.png").write_bytes(encoded(page_of(CODE)))
    (tmp_path / "3.jpg").write_bytes(encoded(page_of(OTHER, first), "JPEG"))
    names = [str(tmp_path / name) for name in ("1.png", "2.png", "3.jpg")]
    found = [
        (answer.input, answer.verdict and answer.verdict.credential and answer.verdict.credential.type)
        for answer in verify_inputs(names, world.WORLD, now=world.NOW)
    ]
    assert found == [(f"{names[0]} + {names[2]}", "real-estate-certificate"), (names[1], "business-licence")]
    (left,) = verify_inputs(names[:1], world.WORLD, now=world.NOW)
    assert left.error is not None
    assert left.error.reason is Reason.UNREADABLE_PARTS_MISSING


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(page_of(CODE))
    for name in ("PIL.Image", "zxingcpp"):
        with monkeypatch.context() as missing:
            missing.setitem(sys.modules, name, None)
            with pytest.raises(EnvironmentFailureError) as refused:
                read(data)
        assert refused.value.params["extra"] == "carrier"
