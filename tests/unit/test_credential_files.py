"""What is read back of outputs, and of files that only look like them."""

import json
import os
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from certx.app.outputs.by_name import open_output
from certx.app.outputs.credential_files import open_credentials
from certx.carrier.text import MAX_LINE_BYTES, read_line
from certx.credential.errors import CredentialError
from certx.reason import Reason
from contracts.output_job import chunk


def lines(path: Path) -> list[tuple[int, bytes]]:
    return list(open_credentials(path))


def refusal(path: Path) -> str:
    """Why it cannot be read."""
    with pytest.raises(CredentialError) as caught:
        lines(path)
    assert caught.value.reason is Reason.UNREADABLE_FILE
    return str(caught.value.params["detail"])


def test_lines_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\neyJ1\r\n\n \neyJ2")
    assert lines(path) == [(2, b"eyJ1\r"), (5, b"eyJ2")]


@pytest.mark.parametrize("suffix", ["", ".zst"])
def test_a_line_longer_than_any_credential_is_cut_and_refused(tmp_path: Path, suffix: str) -> None:
    data = b"a\n" + b"x" * (3 * MAX_LINE_BYTES) + b"\nb\n" + b"y" * (MAX_LINE_BYTES + 1) + b"\nc"
    path = tmp_path / f"x.jsonl{suffix}"
    path.write_bytes(zstandard.compress(data) if suffix else data)
    found = lines(path)
    assert [(number, line[:1]) for number, line in found] == [(1, b"a"), (2, b"x"), (3, b"b"), (4, b"y"), (5, b"c")]
    for number, line in (found[1], found[3]):
        assert len(line) == MAX_LINE_BYTES + 1
        error = read_line(number, line).error
        assert error is not None
        assert error.reason is Reason.UNREADABLE_TOO_LARGE


@given(st.lists(st.binary(max_size=9).filter(lambda line: b"\n" not in line), max_size=9), st.integers(1, 7))
@settings(max_examples=50, deadline=None)
def test_frames_may_end_anywhere(tmp_path_factory: pytest.TempPathFactory, texts: list[bytes], step: int) -> None:
    path = tmp_path_factory.mktemp("frames") / "x.jsonl.zst"
    data = b"\n".join(texts)
    frames = [zstandard.compress(data[start : start + step]) for start in range(0, len(data), step)]
    path.write_bytes(b"".join(frames))
    assert lines(path) == [(number, text) for number, text in enumerate(texts, 1) if text.strip()]


def test_a_file_that_breaks_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.zst"
    whole = zstandard.compress(b"eyJ1\n") + zstandard.compress(os.urandom(9_000).hex().encode())
    for length in (5, len(whole) - 1, len(whole) - 3_000):
        path.write_bytes(whole[:length])
        assert refusal(path) == "ends within a zstd frame"


@pytest.mark.parametrize("data", [b"not zstd at all", zstandard.compress(b"eyJ1\n") + b"rubbish"])
def test_a_file_that_is_not_zstd_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.jsonl.zst").write_bytes(data)
    assert refusal(tmp_path / "x.jsonl.zst")


@pytest.mark.parametrize("content", [b"\0", b"eyJ" + b"x" * 997 + b"\n"])
def test_a_bomb_is_refused_in_bounded_memory(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.jsonl.zst"
    path.write_bytes(zstandard.compress(content * (100_000_000 // len(content)), level=1))
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(CredentialError, match="200 times"):
            for _ in open_credentials(path):
                pass
        assert tracemalloc.get_traced_memory()[1] < 150_000_000
    finally:
        tracemalloc.stop()


def parquet(path: Path, **columns: list[object]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_a_parquet_file_of_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1 but no more")
    assert refusal(path)
    assert "credential, licence_id" in refusal(parquet(path, row_key=["k"], rows=[1]))
    assert refusal(parquet(path, row_key=["k"], licence_id=["i"], credential=[b"\xff"]))


def test_a_folder_of_something_else_is_told(tmp_path: Path) -> None:
    assert "part-00000" in refusal(tmp_path)


def test_a_part_that_is_missing_is_told(tmp_path: Path) -> None:
    with open_output(f"{tmp_path}/parts/") as output:
        output.append(chunk(0, 30_000))
        output.append(chunk(30_000, 30_000))
        output.finish()
    assert len(lines(tmp_path / "parts")) == 60_000
    assert lines(tmp_path / "parts")[-1][0] == 60_000
    (tmp_path / "parts" / "part-00001.jsonl.zst").unlink()
    assert "part-00001" in refusal(tmp_path / "parts")
    (tmp_path / "parts" / "manifest.json").write_text("[]")
    assert "manifest.json" in refusal(tmp_path / "parts")
    (tmp_path / "parts" / "manifest.json").unlink()
    assert len(lines(tmp_path / "parts")) == 30_000


@pytest.mark.parametrize(
    "file", ["../secret.txt", "00000/../../secret.txt", "/etc/hostname", "00000/nothing.txt", "00000\\..\\x.txt", ""]
)
def test_an_index_names_nothing_outside_the_folder(tmp_path: Path, file: str) -> None:
    (tmp_path / "secret.txt").write_text("eyJ")
    (tmp_path / "single" / "00000").mkdir(parents=True)
    single = {"row_key": "k", "licence_id": "i", "file": file, "bytes": 3, "sha256": ""}
    (tmp_path / "single" / "index.jsonl").write_text(json.dumps(single))
    assert "no file of the folder" in refusal(tmp_path / "single")


@pytest.mark.parametrize(
    "line", ["{}", "[]", "7", '{"row_key": 1, "licence_id": 2, "file": 3, "bytes": 4, "sha256": 5}']
)
def test_an_index_of_something_else_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / "index.jsonl").write_text(line)
    assert "index.jsonl" in refusal(tmp_path)


def test_a_single_file_that_was_changed_is_told(tmp_path: Path) -> None:
    with open_output(f"{tmp_path}/single/", explode=True) as output:
        output.append(chunk(0, 2))
        output.finish()
    path = next(tmp_path.rglob("1.2.156.1*.txt"))
    path.write_bytes(b"eyJ0\n")
    assert path.name in refusal(tmp_path / "single")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "x.jsonl") == "ENOENT"
