"""What an order left in its output, its file of rejects and the ledger, and whether these three agree."""

import io
import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from certx.batch.output import output_object
from certx.credential.parse import parse
from cli.orders import ledger_rows, left_over, write_table

BAD_EVERY: Final = 97
TWICE_EVERY: Final = 501
_ZSTD: Final = bytes.fromhex("28b52ffd")


class Form(NamedTuple):
    """A kind of output: the options that ask for it, and the name that it has in a folder."""

    out: str
    options: tuple[str, ...] = ()


FORMS: Final = {
    "jsonl": Form("out.jsonl"),
    "zstd": Form("out.jsonl.zst"),
    "parts": Form("parts/"),
    "parquet": Form("out.parquet"),
    "files": Form("files/", ("--explode",)),
}


class Outcome(NamedTuple):
    """What one run must have in common with another: content by row key, in order, and the rejected rows."""

    licences: Mapping[str, Mapping[str, Any]]
    rejects: str


def write_order(path: Path, count: int) -> Path:
    """A table in which some rows are wrong, and some are there twice."""
    lines = write_table(path, range(count)).read_text(encoding="utf-8").splitlines(keepends=True)
    for number in range(BAD_EVERY, count, BAD_EVERY):
        lines[number] = lines[number].replace("2016-01-05", "2016-13-05")
    for number in range(TWICE_EVERY, count, TWICE_EVERY):
        lines[number] = lines[number - 300]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def outcome_of(folder: Path, form: Form) -> Outcome:
    """What is there; asserts that nothing is there twice, and that the ledger has all of it and nothing else."""
    files = _files(folder / form.out)
    chunks = ledger_rows(folder, "SELECT chunk, file, start, length, rows, sha256 FROM chunk ORDER BY chunk")
    ends = dict.fromkeys(files, 0)
    written: list[tuple[Mapping[str, str], int, int]] = []
    for chunk, file, start, length, rows, digest in chunks:
        assert start == ends[file], "chunks follow one another"
        ends[file] += length
        data = files[file][start : start + length]
        assert sha256(data).digest() == bytes(digest)
        lines = [_line(folder / form.out, line) for line in _unpacked(data).splitlines()]
        assert len(lines) == rows
        written += [(line, chunk, nth) for nth, line in enumerate(lines)]
    assert ends == {name: len(data) for name, data in files.items()}, "the output ends where the ledger says"
    _assert_known(folder, written)
    assert left_over(folder) == []
    licences = {line["row_key"]: _content(line["credential"]) for line, _, _ in written}
    assert len(licences) == len(written), "no licence is there twice"
    rejects = folder / "rejects.csv"
    return Outcome(licences, rejects.read_text(encoding="utf-8-sig") if rejects.exists() else "")


def _files(output: Path) -> dict[str, bytes]:
    """What the ledger's chunks speak of, by the names that they use."""
    if output.suffix == ".parquet":
        from pyarrow import parquet  # noqa: PLC0415 - an extra

        assert not output.with_name(f"{output.name}.rows").exists()
        return {"": b"".join(output_object(**row) for row in parquet.read_table(output).to_pylist())}
    if not output.is_dir():
        return {"": output.read_bytes()}
    if (output / "index.jsonl").exists():
        return {"index.jsonl": (output / "index.jsonl").read_bytes()}
    manifest = json.loads((output / "manifest.json").read_bytes())
    parts = {part.name: part.read_bytes() for part in output.glob("part-*")}
    assert {part["name"]: part["sha256"] for part in manifest["parts"]} == {
        name: sha256(data).hexdigest() for name, data in parts.items()
    }
    return parts


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(_ZSTD):
        return data
    from zstandard import ZstdDecompressor  # noqa: PLC0415 - an extra

    return ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read()


def _line(output: Path, line: bytes) -> Mapping[str, str]:
    found: dict[str, str] = json.loads(line)
    if "file" in found:
        found["credential"] = (output / found["file"]).read_text().removesuffix("\n")
    return found


def _assert_known(folder: Path, written: list[tuple[Mapping[str, str], int, int]]) -> None:
    """Identifier, digest, place in the output, place on a status list and in the log, of each licence, are the same."""
    query = """
        SELECT licence_id, state, licence.digest, chunk, nth, number, list_index, log_position
        FROM licence JOIN status_list USING (list)
    """
    in_ledger = {row[0]: tuple(row[1:]) for row in ledger_rows(folder, query)}
    log = ledger_rows(folder, "SELECT position, digest FROM log_entry ORDER BY position")
    assert [position for position, _ in log] == list(range(len(written))), "the log has each licence once"
    positions = {bytes(digest): position for position, digest in log}
    expected = {}
    for line, chunk, nth in written:
        signed = line["credential"].partition("~")[0].rpartition(".")[0]
        digest = sha256(signed.encode()).digest()
        reference = parse(line["credential"]).jws.payload["status"]["status_list"]
        number = int(reference["uri"].rpartition(":")[2])
        expected[line["licence_id"]] = ("issued", digest, chunk, nth, number, reference["idx"], positions[digest])
    assert len(expected) == len(written), "no identifier is there twice"
    assert {licence_id: (row[0], bytes(row[1]), *row[2:]) for licence_id, row in in_ledger.items()} == expected
    assert len({row[4:6] for row in expected.values()}) == len(expected), "no place on a list is given twice"


def _content(credential: str) -> Mapping[str, Any]:
    """What a licence says, whenever and under whatever identifier it was issued."""
    return {name: value for name, value in parse(credential).claims.items() if name not in _OF_THE_RUN}


_OF_THE_RUN: Final = {"certificateIdentifier", "iat", "status"}
