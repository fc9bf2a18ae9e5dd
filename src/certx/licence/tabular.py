"""Tables as bytes → rows: CSV (UTF-8 with or without BOM, GB18030), JSON and JSON Lines."""

import csv
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from certx.errors import UnreadableError, UsageError
from certx.licence.paths import is_deeper_than
from certx.licence.rows import RAW, RowProblem

_TELLING: Final = 3
"""So many Chinese characters do not come out of GB18030 read as UTF-8."""
MAX_ROW_DEPTH: Final = 8
MAX_ROW_BYTES: Final = 1_048_576
FORMATS: Final = ("csv", "json", "jsonl")


class Row(NamedTuple):
    """One row: `line` is the line it ends on (for a JSON list its position), counted from 1."""

    line: int
    cells: Mapping[str, Any]
    problem: RowProblem | None = None


def guess_format(name: str, data: bytes) -> str:
    """The format of a table, by its file name, for stdin by its first character; raises `UnreadableError`."""
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix in FORMATS:
        return suffix
    if name != "-":
        raise UnreadableError("rows-format", hint="rows-format", path=name, suffix=suffix)
    first = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return {b"[": "json", b"{": "jsonl"}.get(first, "csv")


def read_rows(data: bytes, table_format: str, *, name: str) -> Iterator[Row]:
    """The rows of a table; a row that cannot be read carries its problem. Raises `UnreadableError` for the whole."""
    text = _decode(data, name)
    if not text.strip():
        raise UnreadableError("rows-empty", path=name)
    match table_format:
        case "csv":
            return _csv(text)
        case "jsonl":
            return _json_lines(text)
        case _:
            return _json(text, name)


def _decode(data: bytes, name: str) -> str:
    if b"\0" in data[:4096]:
        raise UnreadableError("rows-not-text", hint="rows-not-text", path=name, offset=data.index(b"\0"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Chinese that reads as UTF-8 up to here is UTF-8 with a damaged byte: as GB18030 it would be other words.
        chinese = sum(char >= "\u2e80" for char in data[: error.start].decode("utf-8-sig"))
        try:
            if chinese < _TELLING:
                return data.decode("gb18030")
        except UnicodeDecodeError:
            pass
        raise UnreadableError("rows-not-text", hint="rows-not-text", path=name, offset=error.start) from None


def _csv(text: str) -> Iterator[Row]:
    lines = text.splitlines(keepends=True)
    reader = csv.reader(lines, strict=True)
    header: list[str] | None = None
    while True:
        start = reader.line_num
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raw = "".join(lines[start : reader.line_num])
            yield Row(start + 1, {RAW: raw}, RowProblem("row-not-csv", "", "", {"detail": str(error)}))
            continue
        if cells is None:
            break
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = _header(cells)
            continue
        if len(cells) == len(header):
            yield Row(reader.line_num, dict(zip(header, cells, strict=True)))
            continue
        params = {"actual": len(cells), "expected": len(header)}
        names = [*header, *(f"{RAW}_{position}" for position in range(len(header) + 1, len(cells) + 1))]
        yield Row(reader.line_num, dict(zip(names, cells, strict=False)), RowProblem("row-ragged", "", "", params))


def csv_header(data: bytes, *, name: str) -> list[str]:
    """The column names of a CSV table; raises `UnreadableError` or `UsageError`."""
    for cells in csv.reader(_decode(data, name).splitlines(keepends=True)):
        if any(cell.strip() for cell in cells):
            return _header(cells)
    raise UnreadableError("rows-empty", path=name)


def _header(cells: list[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    for position, cell in enumerate(header, 1):
        first = header.index(cell) + 1
        if first != position:  # by position: without a header, these would be somebody's data
            raise UsageError("columns-same-name", hint="columns-collide", first=first, second=position)
    return header


def _json_lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _json_row(number, line)


def _json_row(number: int, line: str) -> Row:
    if len(line) > MAX_ROW_BYTES:
        return Row(number, {RAW: line}, RowProblem("row-too-long", "", "", {"maximum": MAX_ROW_BYTES}))
    try:
        return _object_row(number, orjson.loads(line))
    except orjson.JSONDecodeError as error:
        return Row(number, {RAW: line}, RowProblem("row-not-json", "", "", {"detail": str(error)}))


def _object_row(number: int, item: Any) -> Row:  # noqa: ANN401 - any JSON value
    if not isinstance(item, dict):
        return Row(number, {RAW: str(item)[:80]}, RowProblem("row-not-object", "", "", {}))
    if is_deeper_than(item, MAX_ROW_DEPTH):
        return Row(number, {}, RowProblem("row-too-deep", "", "", {"maximum": MAX_ROW_DEPTH}))
    return Row(number, item)


def _json(text: str, name: str) -> Iterator[Row]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableError("rows-not-json", path=name, line=error.lineno, detail=error.msg) from error
    items = document if isinstance(document, list) else [document]
    for number, item in enumerate(items, 1):
        yield _object_row(number, item)
