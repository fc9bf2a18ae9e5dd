"""A licence printed and read back: by its attachment, by its symbols, by whoever reads the page."""

import contextlib
import re
import socket
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest

import world
from certx.app.printing.fonts import find_fonts
from certx.app.printing.press import Press
from certx.carrier import symbols
from certx.errors import EnvironmentFailureError, UnreadableError, UsageError
from certx.render.sheet import Labels
from conftest import need

pdfium = pytest.importorskip("pypdfium2")
zxing = pytest.importorskip("zxingcpp")
pytest.importorskip("typst")

DICTIONARIES = world.CATALOGUE.dictionary
SCALES = {"150 dpi": 150 / 72, "300 dpi": 300 / 72}
RARE = "𠮷"
"""In no font of the package."""


@pytest.fixture(scope="module")
def press() -> Press:
    return Press(world.CATALOGUE, DICTIONARIES)


def scanned(pdf: bytes, scale: float) -> set[str]:
    """The texts of all symbols on all pages."""
    with pdfium.PdfDocument(pdf) as document:
        pictures = [page.render(scale=scale).to_pil() for page in document]
    codes = [code for picture in pictures for code in zxing.read_barcodes(picture, zxing.BarcodeFormat.QRCode)]
    return {code.text for code in codes}


def attached(pdf: bytes) -> list[tuple[str, bytes]]:
    with pdfium.PdfDocument(pdf) as document:
        files = [document.get_attachment(number) for number in range(document.count_attachments())]
        return [(file.get_name(), bytes(file.get_data())) for file in files]


def page_text(pdf: bytes) -> str:
    """All that the pages say, without spaces and line breaks."""
    with pdfium.PdfDocument(pdf) as document:
        return re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in document))


def streams(pdf: bytes) -> bytes:
    """The file with its compressed streams laid open beside it."""
    found = [pdf]
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(match[1]))
        except zlib.error:
            continue
    return b"\n".join(found)


@pytest.mark.parametrize("licence_type", world.TYPES)
def test_every_example_comes_back_from_paper_and_from_the_file(press: Press, licence_type: str) -> None:
    for name, document in world.examples(licence_type, "valid"):
        given = {claim: value for claim, value in document.items() if claim in row_claims(licence_type)}
        text = world.issue_row(licence_type, {**world.full_row(licence_type), **given} if name == "full" else given)
        pdf = press.print(text)
        assert attached(pdf) == [("credential.sd-jwt", text.encode())]
        for resolution, scale in SCALES.items():
            codes = scanned(pdf, scale)
            assert symbols.read(symbols.join(codes), DICTIONARIES) == text, (name, resolution)


def row_claims(licence_type: str) -> set[str]:
    return {*world.full_row(licence_type), *(n for _, d in world.examples(licence_type, "valid") for n in d)} - {
        "certificateName", "certificateIdentifier", "issuingAuthorityName", "issuingAuthorityCode", "areaCode",
    } - {name for name in ("ageOver18", "ageOver60") if licence_type == "identity-card"} - {
        f"registeredCapitalAtLeast{amount}" for amount in (10, 100, 1000)
    }  # fmt: skip


def test_a_credential_too_large_for_one_symbol_is_printed_with_several(press: Press) -> None:
    scope = "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(700))
    text = world.issue(businessScope=scope)
    codes = scanned(press.print(text), SCALES["300 dpi"])
    assert len(codes) > 1
    assert symbols.read(symbols.join(codes), DICTIONARIES) == text


def test_it_is_pdf_a_3b_with_the_credential_as_its_source(press: Press) -> None:
    pdf = streams(press.print(world.issue()))
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf
    assert re.search(rb"/AFRelationship\s*/Source", pdf)
    assert re.search(rb"/Subtype\s*/application#2Fdc(\+|#2B)sd-jwt", pdf)
    assert b"/OutputIntents" in pdf


def test_the_same_credential_is_printed_as_the_same_bytes(press: Press) -> None:
    text = world.issue()
    first = press.print(text)
    assert press.print(text) == first
    assert Press(world.CATALOGUE, DICTIONARIES).print(text) == first
    assert b"D:20260601" in streams(first)  # its iat, in UTC


MARKUP = '#panic("x") $x^2$ @cite `raw` \\u{41} <label> "quoted" *bold* _under_ // no /* comment */ {code} [body] ~-'


def test_markup_in_claims_is_printed_as_it_stands(press: Press) -> None:
    text = world.issue(businessScope=f"{MARKUP}\n第二行", legalRepresentative='= #read("/etc/passwd")')
    page = page_text(press.print(text))
    assert re.sub(r"\s", "", MARKUP) + "第二行" in page
    assert '=#read("/etc/passwd")' in page


def test_a_character_without_a_glyph_is_refused_by_name(press: Press) -> None:
    with pytest.raises(EnvironmentFailureError) as caught:
        press.print(world.issue(legalRepresentative=f"张{RARE}"))
    assert caught.value.code == "glyph-missing"
    assert caught.value.params["characters"] == f"{RARE} U+20BB7 (法定代表人)"
    assert caught.value.hint == "glyph-missing"


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x07", "\ufeff"], ids=ascii)
def test_characters_that_show_nothing_or_turn_the_text_round_are_refused(press: Press, hidden: str) -> None:
    with pytest.raises(EnvironmentFailureError) as caught:
        press.print(world.issue(legalRepresentative=f"张{hidden}示例"))
    assert caught.value.params["characters"] == f"U+{ord(hidden):04X} (法定代表人)"
    assert caught.value.hint == "glyph-control"


def test_typst_itself_refuses_what_a_font_does_not_have(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no template, with whatever fonts, prints boxes."""
    monkeypatch.setattr(press._fonts, "missing", lambda _: [])
    with pytest.raises(UnreadableError) as caught:
        press.print(world.issue(legalRepresentative=f"张{RARE}"))
    assert caught.value.code == "print-impossible"


def test_what_no_template_can_set_is_the_credentials_fault_and_what_ours_can_is_the_templates(tmp_path: Path) -> None:
    (tmp_path / "licence.typ").write_text("#let licence(sheet, symbol) = { sheet.groups; symbol(0) }")
    own = Press(world.CATALOGUE, DICTIONARIES, template=tmp_path)
    with pytest.raises(UnreadableError) as unreadable:
        own.print(world.forge(businessScope="a" + "\u0301" * 20_000))
    assert unreadable.value.code == "print-impossible"
    with pytest.raises(UsageError) as usage:
        own.print(world.issue())
    assert usage.value.code == "template-failed"


def test_a_template_with_a_font_that_is_not_there_leaves_no_text_out(tmp_path: Path) -> None:
    (tmp_path / "licence.typ").write_text(
        '#let licence(sheet, symbol) = { text(font: "No Such Font", sheet.title.text); symbol(0) }'
    )
    with pytest.raises(UsageError) as caught:
        Press(world.CATALOGUE, DICTIONARIES, template=tmp_path).print(world.issue())
    assert caught.value.params["detail"] == "unknown font family: no such font"


def test_the_mistake_of_a_template_is_told_without_the_text_of_a_claim(tmp_path: Path) -> None:
    (tmp_path / "licence.typ").write_text(
        "#let licence(sheet, symbol) = { text(sheet.title.text + str.from-unicode(0x20bb7)); symbol(0) }"
    )
    with pytest.raises(UsageError) as caught:
        Press(world.CATALOGUE, DICTIONARIES, template=tmp_path).print(world.issue())
    assert "could not be displayed" in str(caught.value.params["detail"])
    assert RARE not in str(caught.value.params["detail"])


def test_a_font_of_ones_own_comes_first(tmp_path: Path) -> None:
    from fontTools.ttLib import TTFont  # noqa: PLC0415
    from pylopdf_fonts_zh_cn import sans_path  # noqa: PLC0415

    own = rare_font(sans_path(), TTFont)
    own.save(tmp_path / "rare.otf")
    fonts = find_fonts(tmp_path)
    assert fonts.families[0] == "Rare Names"
    assert not fonts.missing([("姓名", RARE)])
    pdf = Press(world.CATALOGUE, DICTIONARIES, fonts=tmp_path).print(world.issue(legalRepresentative=f"张{RARE}"))
    assert f"张{RARE}" in page_text(pdf)


def rare_font(path: Path, load: Any) -> Any:
    """A small font that has the rare character, with the glyph of its everyday sister."""
    from fontTools.subset import Subsetter  # noqa: PLC0415
    from fontTools.ttLib.tables._c_m_a_p import CmapSubtable  # noqa: PLC0415

    font = load(path)
    subsetter = Subsetter()
    subsetter.populate(text="吉")
    subsetter.subset(font)
    table = CmapSubtable.newSubtable(12)
    table.platformID, table.platEncID, table.language = 3, 10, 0
    table.cmap = {ord(RARE): font.getBestCmap()[ord("吉")]}
    font["cmap"].tables = [table]
    for record in font["name"].names:
        if record.nameID in {1, 4, 16}:
            record.string = "Rare Names"
    return font


def test_a_folder_without_fonts_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_fonts(tmp_path)
    assert caught.value.code == "font-path-empty"


@pytest.mark.parametrize(
    ("module", "extra"), [("typst", "print"), ("fontTools.ttLib", "print"), ("zxingcpp", "carrier")]
)
def test_a_library_that_is_missing_is_named_with_its_extra(
    module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EnvironmentFailureError) as caught:
        Press(world.CATALOGUE, DICTIONARIES).print(world.issue())
    assert (caught.value.code, caught.value.params["extra"]) == ("extra-missing", extra)


def test_an_unknown_type_cannot_be_laid_out(press: Press) -> None:
    with pytest.raises(UnreadableError) as caught:
        press.print(world.forge(vct="urn:certx:licence:fishing-permit:1"))
    assert caught.value.code == "print-type-unknown"


def test_a_partial_disclosure_says_so_at_its_head(press: Press) -> None:
    first, *disclosures, _ = world.issue("identity-card").split("~")
    page = page_text(press.print("~".join([first, *disclosures[:2], ""])))
    assert "本件为部分出示" in page
    assert page.index("本件为部分出示") < page.index("基础信息")


def test_words_without_a_place_to_break_and_empty_lines_stay_on_a_few_pages(press: Press) -> None:
    for value in ("A" * 3_000, "长" * 3_000, "\n" * 500, "(" * 2_000):
        pdf = press.print(world.forge(businessScope=value, legalRepresentative=value[:200]))
        with pdfium.PdfDocument(pdf) as document:
            assert len(document) <= 20


OWN = """#let licence(sheet, symbol) = {
  [OURS #sheet.type #sheet.title.text]
  for index in range(sheet.scan.len()) { symbol(index) }
}
"""


def test_a_template_of_ones_own_for_one_type_or_all(tmp_path: Path) -> None:
    (tmp_path / "identity-card.typ").write_text(OWN)
    some = Press(world.CATALOGUE, DICTIONARIES, template=tmp_path)
    pdf = some.print(world.issue("identity-card"))
    assert "OURSidentity-card居民身份证" in page_text(pdf)
    assert attached(pdf)
    assert "OURS" not in page_text(some.print(world.issue()))
    every = Press(world.CATALOGUE, DICTIONARIES, template=tmp_path / "identity-card.typ")
    assert "OURSbusiness-licence" in page_text(every.print(world.issue()))


@pytest.mark.parametrize(
    "template",
    [
        "#let licence(sheet, symbol) = [no symbol]",
        "#let licence(sheet, symbol) = symbol(0, width: 20mm)",
        "#let licence(sheet, symbol) = {",
        '#let licence(sheet, symbol) = read("../secret.txt")',
        "#let other = 1",
    ],
    ids=["no symbol", "too small", "syntax", "outside", "no function"],
)
def test_a_template_with_a_mistake_is_refused(tmp_path: Path, template: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "mine.typ").write_text(template)
    with pytest.raises(UsageError) as caught:
        Press(world.CATALOGUE, DICTIONARIES, template=tmp_path / "layouts" / "mine.typ").print(world.issue())
    assert caught.value.code == "template-failed"


@pytest.mark.network
def test_a_template_downloads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "licence.typ").write_text('#import "@preview/nothing:0.1.0": x\n#let licence(sheet, symbol) = x')
    callers: list[socket.socket] = []

    def answer(proxy: socket.socket) -> None:
        with contextlib.suppress(OSError):
            caller, _ = proxy.accept()
            callers.append(caller)
            caller.close()

    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(1.0)
        waiting = threading.Thread(target=answer, args=(proxy,))
        waiting.start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        with pytest.raises(UsageError) as caught:
            Press(world.CATALOGUE, DICTIONARIES, template=tmp_path).print(world.issue())
        waiting.join()
    assert caught.value.code == "template-failed"
    assert not callers


@pytest.mark.parametrize("labels", list(Labels))
def test_labels_in_each_language_fit_a_page_or_two(labels: Labels) -> None:
    press = Press(world.CATALOGUE, DICTIONARIES, labels=labels)
    for licence_type in world.TYPES:
        with pdfium.PdfDocument(press.print(world.issue(licence_type))) as document:
            assert len(document) <= (1 if labels is Labels.ZH else 2), licence_type


def test_no_printed_example_is_larger_than_80_kb(press: Press) -> None:
    sizes = {licence_type: len(press.print(world.issue(licence_type))) for licence_type in world.TYPES}
    assert max(sizes.values()) <= 80_000, sizes


def test_the_fonts_are_under_the_open_font_licence() -> None:
    from importlib.metadata import distribution  # noqa: PLC0415

    need(distribution("pylopdf-fonts-zh-cn"), "the package of fonts is not installed")
    assert "SIL Open Font License" in (distribution("pylopdf-fonts-zh-cn").metadata["License"] or "").replace("\n", " ")
