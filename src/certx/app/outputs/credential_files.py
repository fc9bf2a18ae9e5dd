"""The credentials in what `certx issue` writes: files of lines, packed or not, Parquet, folders of parts or files."""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import orjson

from certx.carrier.text import MAX_LINE_BYTES
from certx.credential.errors import CredentialError
from certx.errors import cause_of
from certx.reason import Reason

_PIECE: Final = 262_144
_SINGLE: Final = re.compile(r"[0-9]{5,}/[^/\\\0]{1,255}\.txt")


def open_credentials(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each line that is not empty, with its number from 1; of a folder, the lines of all its files in order.

    A few lines are in memory at a time; of one that is longer than any credential only a beginning is given, which is
    still too long. Raises `CredentialError` where the file cannot be read any further: damaged, cut short, or a bomb.
    `EnvironmentFailureError` if the library for a form is not installed.
    """
    try:
        for number, line in enumerate(_lines_of(path), 1):
            if line.strip():
                yield number, line
    except (OSError, ValueError) as error:
        detail = cause_of(error)
        raise CredentialError(Reason.UNREADABLE_FILE, path=str(path), detail=detail) from error


def _lines_of(path: Path) -> Iterator[bytes]:
    if path.is_dir():
        yield from _lines_in(path)
    elif path.suffix == ".parquet":
        from certx.app.outputs.parquet_file import ParquetLines  # noqa: PLC0415 - one form of several

        with ParquetLines(path) as rows:
            yield from rows.lines()
    else:
        yield from _lines(path)


def _lines_in(folder: Path) -> Iterator[bytes]:
    from certx.app.outputs.exploded import INDEX  # noqa: PLC0415 - one form of several
    from certx.app.outputs.part_folder import MANIFEST, parts_of  # noqa: PLC0415

    if (folder / INDEX).exists():
        yield from _exploded(folder)
        return
    parts = parts_of(folder)
    if not parts:
        raise ValueError("a folder without part-00000.jsonl.zst or index.jsonl")
    if (folder / MANIFEST).exists():
        try:
            listed = {part["name"] for part in orjson.loads((folder / MANIFEST).read_bytes())["parts"]}
        except (KeyError, TypeError) as error:
            raise ValueError("manifest.json has another form") from error
        if listed != {*parts}:
            raise ValueError("not the parts of manifest.json: " + ", ".join(sorted(listed ^ {*parts})))
    for part in parts:
        yield from _lines(folder / part)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        if path.suffix == ".zst":
            from certx.app.outputs.compression import inflated  # noqa: PLC0415 - one form of several

            yield from _split(inflated(file))
        else:
            yield from _split(iter(lambda: file.read(_PIECE), b""))


def _split(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Lines; of a longer one than there may be, one byte more than that."""
    rest, is_cut = b"", False
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if not is_cut:
                yield line[: MAX_LINE_BYTES + 1]
            is_cut = False
        if len(rest) > MAX_LINE_BYTES:
            if not is_cut:
                yield rest[: MAX_LINE_BYTES + 1]
            rest, is_cut = b"", True
    if rest and not is_cut:
        yield rest


def _exploded(folder: Path) -> Iterator[bytes]:
    """The lines of output that the index and the single files make up."""
    from certx.app.outputs.exploded import INDEX, Single  # noqa: PLC0415 - one form of several
    from certx.batch.output import output_object  # noqa: PLC0415

    for line in _lines(folder / INDEX):
        try:
            single = Single(**orjson.loads(line))
            is_inside = _SINGLE.fullmatch(single.file) is not None
        except TypeError as error:
            raise ValueError(f"{INDEX} has a line of another form") from error
        if not is_inside or not (folder / single.file).is_file():
            raise ValueError(f"{INDEX} names {single.file!r}, which is no file of the folder")
        with (folder / single.file).open("rb") as file:
            data = file.read(MAX_LINE_BYTES + 1)
        if sha256(data).hexdigest() != single.sha256:
            raise ValueError(f"{single.file} is not what {INDEX} says")
        yield output_object(single.row_key, single.licence_id, data.decode().strip())
