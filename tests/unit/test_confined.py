"""PDFs that somebody brings: whatever they make the reader do, there is an answer, and the next file is read."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

import pytest
from PIL import Image

import world
from certx.app.carrier.confined import ConfinedReader
from certx.app.carrier.confined_frames import Kind
from certx.app.carrier.confined_process import MOST_SECONDS, PAGE_SECONDS
from certx.app.carrier.reading import read
from certx.carrier.contents import Contents, open_file
from certx.credential.errors import CredentialError
from certx.errors import EnvironmentFailureError
from certx.reason import Reason
from hostile import HELD, ODD, PICTURES, in_pages, jpeg_of_scans, painted
from papers import encoded, page_of, pdf_of, texts_of
from spending import seconds_spent

resource = pytest.importorskip("resource")

CREDENTIAL = world.issue()
GOOD = pdf_of([page_of(texts_of(CREDENTIAL)[0])], {"credential.txt": CREDENTIAL.encode()})
_GIGABYTE = 1_024 * 1_048_576
_START_SECONDS = 0.5
"""What a process takes to start and to load libraries, on a busy machine."""


def memory_of_children() -> int:
    """The most that one of them had, in bytes."""
    return int(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * (1 if sys.platform == "darwin" else 1_024)


@pytest.mark.parametrize("name", HELD)
def test_what_would_hold_the_reader_is_refused_and_the_next_file_is_read(name: str) -> None:
    assert [carried.text for carried in read(GOOD)] == [CREDENTIAL]
    before, start = seconds_spent(), perf_counter()
    (found,) = read(HELD[name])
    assert found.error is not None
    assert found.error.reason is Reason.UNREADABLE_TOO_COSTLY
    assert seconds_spent() - before < 1 + _START_SECONDS
    assert perf_counter() - start < 15
    assert memory_of_children() < _GIGABYTE
    assert [carried.text for carried in read(GOOD)] == [CREDENTIAL]


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_read_or_refused(name: str) -> None:
    before = seconds_spent()
    for carried in read(ODD[name]):
        assert carried.error is not None
        assert carried.error.reason in {
            Reason.UNREADABLE_PDF_NO_LICENCE, Reason.UNREADABLE_PDF, Reason.UNREADABLE_PDF_TOO_LONG,
            Reason.UNREADABLE_TOO_COSTLY,
        }  # fmt: skip
    assert seconds_spent() - before < 1 + _START_SECONDS
    assert memory_of_children() < _GIGABYTE


def test_a_document_may_take_longer_only_as_its_pages_are_finished() -> None:
    """Pages that take longer than each of them adds use up what there is; those that do not are all looked at."""
    began = process_time()
    open_file(in_pages([painted(500)]))
    costly = painted(int(500 * 0.65 / (process_time() - began)))
    before = seconds_spent()
    (found,) = read(in_pages([costly] * 20))
    assert found.error is not None
    assert found.error.reason is Reason.UNREADABLE_TOO_COSTLY
    assert MOST_SECONDS + PAGE_SECONDS / 2 < seconds_spent() - before < 20 * PAGE_SECONDS
    code = texts_of(CREDENTIAL)[0]
    scan = page_of(code).resize((4_960, 7_016))
    assert [carried.text for carried in read(pdf_of([page_of().resize(scan.size)] * 5 + [scan]))] == [code]


def test_a_jpeg_of_hundreds_of_scans_does_not_hold_the_reader() -> None:
    data = jpeg_of_scans(encoded(Image.new("L", (7_000, 7_000), 255), "JPEG", progressive=True), 500)
    before = seconds_spent()
    (found,) = read(data)
    assert found.error is not None
    assert found.error.reason is Reason.UNREADABLE_TOO_COSTLY
    assert seconds_spent() - before < 1 + _START_SECONDS


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_bounded_too(name: str) -> None:
    before = seconds_spent()
    (found,) = read(PICTURES[name])
    assert found.error is not None
    assert found.error.reason in {
        Reason.UNREADABLE_PICTURE, Reason.UNREADABLE_PICTURE_TOO_LARGE, Reason.UNREADABLE_NO_CODE,
        Reason.UNREADABLE_PDF_TOO_LONG, Reason.UNREADABLE_TOO_COSTLY,
    }  # fmt: skip
    assert seconds_spent() - before < 1 + _START_SECONDS
    assert memory_of_children() < _GIGABYTE


def test_pictures_are_opened_in_a_process_of_their_own(reader: ConfinedReader) -> None:
    code = texts_of(CREDENTIAL)[0]
    for form in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"):
        assert reader.open(encoded(page_of(code), form)) == Contents((), (code,))


@pytest.fixture
def reader() -> Iterator[ConfinedReader]:
    reader = ConfinedReader()
    yield reader
    reader.close()


def test_a_process_is_kept_until_a_file_takes_too_much(reader: ConfinedReader) -> None:
    contents = reader.open(GOOD)
    assert contents == Contents((CREDENTIAL.encode(),), (texts_of(CREDENTIAL)[0],))
    first = reader._process
    assert first is not None
    with pytest.raises(CredentialError, match=Reason.UNREADABLE_PDF):
        reader.open(b"%PDF-1.7 nothing")
    assert reader.open(GOOD) == contents
    assert reader._process is first
    with pytest.raises(CredentialError, match=Reason.UNREADABLE_TOO_COSTLY):
        reader.open(HELD["an attachment of 2 GB"])
    assert first.returncode is not None
    assert reader.open(GOOD) == contents
    assert reader._process is not first


def test_a_process_that_was_killed_between_two_files_is_not_missed(reader: ConfinedReader) -> None:
    contents = reader.open(GOOD)
    os.kill(reader._process.pid, signal.SIGKILL)
    reader._process.wait()
    assert reader.open(GOOD) == contents


def test_a_process_serves_so_many_files(reader: ConfinedReader) -> None:
    reader.open(GOOD)
    first, reader._left = reader._process, 1
    reader.open(GOOD)
    assert first.returncode is not None


def test_what_is_no_answer_is_not_believed(reader: ConfinedReader, monkeypatch: pytest.MonkeyPatch) -> None:
    said = f"import sys; sys.stdout.buffer.write(bytes([{Kind.END}, 0, 0, 0, 0, 99, 0, 0, 0, 0])); sys.stdout.flush()"
    monkeypatch.setattr("certx.app.carrier.confined._PROGRAM", said + "; sys.stdin.read() # {path}")
    with pytest.raises(CredentialError, match=Reason.UNREADABLE_TOO_COSTLY):
        reader.open(GOOD)


def test_where_no_process_can_be_started_the_machine_is_to_blame(
    reader: ConfinedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(EnvironmentFailureError, match="confined-start"):
        reader.open(GOOD)


def test_a_package_that_is_missing_is_named(reader: ConfinedReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[2] / "src"), *_standard_library()])
    with pytest.raises(EnvironmentFailureError) as raised:
        reader.open(GOOD)
    assert raised.value.params == {"extra": "carrier", "package": "pypdfium2"}


def _standard_library() -> list[str]:
    program = "import sys; print(*sys.path, sep='\\n')"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split("\n")


def test_nothing_of_the_folder_one_works_in_is_loaded(
    reader: ConfinedReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gc.py").write_text("raise SystemExit('taken over')")
    (tmp_path / "struct.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    assert reader.open(GOOD).attached == (CREDENTIAL.encode(),)


def test_a_process_killed_at_the_very_moment_of_the_next_file_says_nothing_of_it(reader: ConfinedReader) -> None:
    """The parent cannot see yet that it is dead: `poll` says so a moment later."""
    for _ in range(3):
        assert reader.open(GOOD).attached == (CREDENTIAL.encode(),)
        assert reader._process is not None
        os.kill(reader._process.pid, signal.SIGKILL)
        assert reader.open(GOOD).attached == (CREDENTIAL.encode(),)
