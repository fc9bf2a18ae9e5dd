"""Thousands printed: over processes or not, the same files; names without personal data; nothing half-written."""

from pathlib import Path

import pytest

import world
from certx.app.printing import run as printing
from certx.app.printing.run import PrintForm, PrintOrder, name_of, print_stream
from certx.app.verifying.inputs import Item, open_inputs
from certx.credential.errors import CredentialError
from certx.errors import EnvironmentFailureError, UsageError
from certx.reason import Reason
from certx.settings import Settings
from issued import EXAMPLES
from papers import encoded, page_of, pdf_of, texts_of

pytest.importorskip("typst")

FEW = 6


def order(folder: Path, form: PrintForm = PrintForm.PDF, template: Path | None = None) -> PrintOrder:
    return PrintOrder(Settings(folder / "home"), world.NOW, form, template=template)


def items(folder: Path, texts: list[str]) -> list[Item]:
    (folder / "many.txt").write_text("\n".join(texts))
    return list(open_inputs([str(folder / "many.txt")]))


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [world.issue("social-security-card") for _ in range(FEW)]


def test_several_processes_write_what_one_does(
    texts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "_WORTH_A_CREW", 1)
    monkeypatch.setattr(printing, "_CHUNK", 2)
    many = items(tmp_path, [*texts[:3], '{"credential": 7}', *texts[3:]])
    for workers, folder in ((1, "alone"), (2, "together")):
        done = list(print_stream(many, order(tmp_path), tmp_path / folder, workers=workers))
        assert [one.input for one in done] == [one.label for one in many]
        assert [one.error is None for one in done] == [True] * 3 + [False] + [True] * 3
    alone, together = (sorted((tmp_path / name).iterdir()) for name in ("alone", "together"))
    assert [path.name for path in alone] == [path.name for path in together]
    assert [path.read_bytes() for path in alone] == [path.read_bytes() for path in together]
    assert len(alone) == FEW


def test_names_are_type_serial_and_version_and_taken_once(texts: list[str], tmp_path: Path) -> None:
    done = list(print_stream(items(tmp_path, texts[:3]), order(tmp_path), tmp_path / "out", workers=1))
    assert [one.files[0].name for one in done] == [
        "social-security-card-TEST0001-001.pdf",
        "social-security-card-TEST0001-001-2.pdf",
        "social-security-card-TEST0001-001-3.pdf",
    ]


def test_parts_in_several_files_are_printed_as_one(tmp_path: Path) -> None:
    licence = next(one.credential for one in EXAMPLES if one.type == "real-estate-certificate")
    first, second = texts_of(licence)
    (tmp_path / "1.png").write_bytes(encoded(page_of(second)))
    (tmp_path / "2.txt").write_text(first[:-3] + "000")
    (tmp_path / "3.txt").write_text(first)
    found = open_inputs([str(tmp_path / name) for name in ("1.png", "2.txt", "3.txt")])
    (done,) = print_stream(found, order(tmp_path, PrintForm.QR), tmp_path / "out", workers=1)
    assert done.error is None
    assert done.input.count(" + ") == 2
    assert len(done.files) == 2


def test_a_pdf_whose_attachment_is_not_what_is_printed_on_it_is_not_printed(texts: list[str], tmp_path: Path) -> None:
    for name, printed in (("same", texts[0]), ("other", texts[1])):
        data = pdf_of([page_of(texts_of(printed)[0])], {"credential.txt": texts[0].encode()})
        (tmp_path / f"{name}.pdf").write_bytes(data)
    found = open_inputs([str(tmp_path / "same.pdf"), str(tmp_path / "other.pdf")])
    same, other = print_stream(found, order(tmp_path, PrintForm.QR), tmp_path / "out", workers=1)
    assert (same.error, len(same.files)) == (None, 1)
    assert other.error is not None
    assert other.error.code == Reason.UNREADABLE_COPIES_DIFFER
    assert not other.files


@pytest.mark.parametrize("vct", ["urn:certx:licence:../../etc/x:1", "urn:certx:licence:a b:1", "x", 7], ids=repr)
def test_no_credential_names_a_file_elsewhere(vct: object) -> None:
    assert name_of(world.forge(vct=vct, certificateIdentifier="../../x")) == "licence"


def test_what_is_no_credential_has_no_name() -> None:
    with pytest.raises(CredentialError):
        name_of("eyJ.x.y~")


def test_a_mistake_in_the_template_ends_the_run(texts: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine.typ").write_text("#let licence(sheet, symbol) = {")
    asked = order(tmp_path, template=tmp_path / "mine.typ")
    with pytest.raises(UsageError):
        list(print_stream(items(tmp_path, texts), asked, tmp_path / "out", workers=1))
    assert not list(tmp_path.glob("out/*"))


def test_a_file_in_the_place_of_the_folder_is_said_before_anything_is_printed(texts: list[str], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError) as caught:
        list(print_stream(items(tmp_path, texts[:1]), order(tmp_path), tmp_path / "out", workers=1))
    assert (caught.value.code, caught.value.hint) == ("output-not-a-folder", "output-exists")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_said(texts: list[str], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(EnvironmentFailureError):
        list(print_stream(items(tmp_path, texts[:1]), order(tmp_path), tmp_path / "out" / "x", workers=1))
    assert (tmp_path / "out").read_text() == "a file"


def test_what_a_killed_run_left_half_written_is_swept_away(texts: list[str], tmp_path: Path) -> None:
    left = tmp_path / "out" / ".social-security-card-X-001.pdf.999999999-01234567.part"
    left.parent.mkdir()
    left.write_bytes(b"%PDF-")
    list(print_stream(items(tmp_path, texts[:1]), order(tmp_path), tmp_path / "out", workers=1))
    assert [path.suffix for path in left.parent.iterdir()] == [".pdf"]
