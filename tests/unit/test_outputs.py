"""What the contract of outputs leaves open: names, the manifest, damage, libraries that are missing."""

import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from certx.app.outputs import exploded, part_folder
from certx.app.outputs.by_name import open_output
from certx.batch.output import Placed
from certx.errors import CertxError, EnvironmentFailureError, UsageError
from contracts.output_job import chunk


def issue(out: str, *counts: int, committed: tuple[Placed, ...] = (), explode: bool = False) -> tuple[Placed, ...]:
    """A run of chunks of so many lines."""
    with open_output(out, explode=explode) as output:
        output.resume(committed)
        first = sum(placed.count for placed in committed)
        for count in counts:
            committed = (*committed, output.append(chunk(first, count)))
            first += count
        output.finish()
    return committed


@pytest.mark.parametrize(
    ("name", "explode", "code"),
    [
        ("x.txt", False, "output-form"),
        ("x.zst", False, "output-form"),
        ("x.jsonl.gz", False, "output-form"),
        ("x.jsonl", True, "output-form"),
        ("-", True, "output-form"),
        ("file", False, "output-not-a-folder"),
        ("file/", True, "output-not-a-folder"),
        ("link.jsonl", False, "output-not-a-file"),
    ],
)
def test_a_name_that_is_no_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, name: str, explode: bool, code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_bytes(b"")
    Path("link.jsonl").symlink_to("/dev/null")
    with pytest.raises(UsageError) as caught:
        issue(name, 1, explode=explode)
    assert caught.value.code == code


def test_a_folder_is_one_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").mkdir()
    issue(str(tmp_path / "x.jsonl"), 3)
    issue(str(tmp_path / "new"), 3)
    assert (tmp_path / "x.jsonl" / "part-00000.jsonl.zst").exists()
    assert (tmp_path / "new" / "manifest.json").exists()


def test_a_link_leads_to_the_output(tmp_path: Path) -> None:
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")
    issue(str(tmp_path / "link.jsonl"), 3)
    assert (tmp_path / "real.jsonl").read_bytes() == b"".join(chunk(0, 3))
    assert (tmp_path / "link.jsonl").is_symlink()


def test_an_empty_file_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").touch()
    issue(str(tmp_path / "x.jsonl"), 3)
    assert (tmp_path / "x.jsonl").read_bytes() == b"".join(chunk(0, 3))


def test_the_manifest_says_what_the_parts_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_folder, "PART_LINES", 10)
    out = f"{tmp_path}/parts/"
    placed = issue(out, 4, 4, 4, 30, 1)
    assert [one.file for one in placed] == [f"part-{n:05}.jsonl.zst" for n in (0, 0, 1, 2, 3)]
    manifest = json.loads((tmp_path / "parts" / "manifest.json").read_bytes())
    for part in manifest["parts"]:
        data = (tmp_path / "parts" / part["name"]).read_bytes()
        assert (part["bytes"], part["sha256"]) == (len(data), sha256(data).hexdigest())
    assert [part["licences"] for part in manifest["parts"]] == [8, 4, 30, 1]
    assert (manifest["licences"], manifest["bytes"]) == (43, sum(part["bytes"] for part in manifest["parts"]))


def test_the_manifest_is_not_there_while_the_output_is_not_whole(tmp_path: Path) -> None:
    out = f"{tmp_path}/parts/"
    placed = issue(out, 4)
    with open_output(out) as output:
        output.resume(placed)
        assert (tmp_path / "parts" / "manifest.json").exists()
        output.append(chunk(4, 1))
        assert not (tmp_path / "parts" / "manifest.json").exists()


def test_zstd_itself_reads_the_parts(tmp_path: Path) -> None:
    if shutil.which("zstd") is None:
        pytest.skip("zstd is not installed")
    issue(f"{tmp_path}/parts/", 4, 5)
    command = ["zstd", "-dcq", str(tmp_path / "parts" / "part-00000.jsonl.zst")]
    assert subprocess.run(command, check=True, capture_output=True).stdout == b"".join(chunk(0, 9))


@pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.zst", "parts/"])
def test_a_damaged_chunk_is_told_and_the_others_stay(tmp_path: Path, name: str) -> None:
    out = f"{tmp_path}/{name}"
    placed = issue(out, 5, 5, 5)
    path = tmp_path / name / placed[0].file if placed[0].file else tmp_path / name
    data = bytearray(path.read_bytes())
    data[placed[1].start + 9] ^= 1
    path.write_bytes(data)
    with open_output(out) as output:
        assert output.resume(placed) == [True, False, True]
        assert list(output.lines(placed[2])) == chunk(10, 5)
        with pytest.raises(EnvironmentFailureError) as caught:
            list(output.lines(placed[1]))
        assert caught.value.code == "output-damaged"
        again = output.append(chunk(5, 5))
    with open_output(out) as output:
        assert output.resume([*placed, again]) == [True, False, True, True]
    assert path.read_bytes()[: len(data)] == data


@pytest.mark.parametrize("change", ["longer", "another file"])
def test_only_our_own_first_chunk_is_cut(tmp_path: Path, change: str) -> None:
    """One that no ledger knows of, in a file that somebody else has changed since."""
    path = tmp_path / "x.jsonl"
    with open_output(str(path)) as output:
        output.append(chunk(0, 5))
    if change == "longer":
        path.write_bytes(path.read_bytes() + b"mine")
    else:
        (tmp_path / "mine").write_bytes(b"mine")
        (tmp_path / "mine").replace(path)
    before = path.read_bytes()
    with open_output(str(path)) as output, pytest.raises(UsageError):
        output.resume(())
    assert path.read_bytes() == before


def test_what_was_torn_off_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    placed = issue(str(path), 5, 5)
    torn = path.read_bytes()[: placed[1].start + 100]
    path.write_bytes(torn)
    with open_output(str(path)) as output:
        assert output.resume(placed) == [True, False]
        output.append(chunk(5, 5))
    assert path.read_bytes() == b"".join(chunk(0, 10))
    assert (tmp_path / "x.jsonl.torn").read_bytes() == torn[placed[1].start :]


def test_parts_of_which_one_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_folder, "PART_LINES", 5)
    out = f"{tmp_path}/parts/"
    placed = issue(out, 5, 5, 5)
    (tmp_path / "parts" / placed[1].file).unlink()
    (tmp_path / "parts" / placed[2].file).write_bytes(b"no zstd")
    with open_output(out) as output:
        assert output.resume(placed) == [True, False, False]
        assert output.append(chunk(5, 5)).file == "part-00003.jsonl.zst"


@pytest.mark.parametrize("how", ["gone", "shorter"])
def test_a_single_file_that_is_damaged_is_told(tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploded, "SHARD_FILES", 4)
    placed = issue(f"{tmp_path}/single/", 5, 5, explode=True)
    file = next(tmp_path.rglob("1.2.156.2%2A.txt"))
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1])
    with open_output(f"{tmp_path}/single/", explode=True) as output:
        assert output.resume(placed) == [False, True]
        with pytest.raises(EnvironmentFailureError):
            list(output.lines(placed[0]))
    assert len(list(tmp_path.rglob("*.txt"))) == 10 - (how == "gone")


def test_an_identifier_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    with open_output(f"{tmp_path}/single/", explode=True) as output:
        output.append([b'{"row_key": "k", "licence_id": "../../x/..", "credential": "eyJ"}\n'])
    assert [path.name for path in tmp_path.rglob("*.txt")] == ["..%2F..%2Fx%2F...txt"]


def test_files_of_others_in_the_folder_stay(tmp_path: Path) -> None:
    placed = issue(f"{tmp_path}/single/", 5, explode=True)
    (tmp_path / "single" / "00000" / "note.md").write_text("mine")
    (tmp_path / "single" / "readme").write_text("mine")
    issue(f"{tmp_path}/single/", 3, committed=placed, explode=True)
    assert (tmp_path / "single" / "00000" / "note.md").exists()
    assert (tmp_path / "single" / "readme").exists()


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("x.jsonl.zst", "zstandard", "zstd"), ("parts/", "zstandard", "zstd"), ("x.parquet", "pyarrow", "parquet")],
)
def test_a_library_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(CertxError) as caught:
        issue(f"{tmp_path}/{name}", 1)
    assert (caught.value.code, caught.value.params["extra"]) == ("extra-missing", extra)
    assert list(tmp_path.iterdir()) == []


def test_stdout_is_written_and_not_resumed(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    placed = issue("-", 3, 2)
    assert capfdbinary.readouterr().out == b"".join(chunk(0, 5))
    assert [one.start for one in placed] == [0, placed[0].length]
    with open_output("-") as output:
        assert output.resume(placed) == [False, False]


def test_a_folder_of_which_only_the_manifest_is_left_is_ours(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    placed = issue(f"{folder}/", 3)
    next(folder.glob("part-*")).unlink()
    assert [path.name for path in folder.iterdir() if path.name[0] != "."] == ["manifest.json"]

    with open_output(f"{folder}/") as output:
        assert output.resume(placed) == [False]
        with pytest.raises(UsageError, match="exists"):
            output.resume(())
