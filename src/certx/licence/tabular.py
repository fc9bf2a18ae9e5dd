"""Raw chunks of a table → rows, each with what is wrong with it: one process reads, others make rows of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from certx.errors import UnreadableError, UsageError
from certx.licence.paths import is_deeper_than
from certx.licence.rows import RAW, RowProblem

MAX_ROW_DEPTH: Final = 8
MAX_ROW_BYTES: Final = 1_048_576
RAW_SHOWN: Final = 4_096
"""So many characters are kept of a row that is too long."""
TEXT_FORMATS: Final = ("csv", "json", "jsonl")
FORMATS: Final = (*TEXT_FORMATS, "xlsx", "parquet")
_MARKS: Final = ((b"PK\x03\x04", "xlsx"), (b"PAR1", "parquet"))


class Row(NamedTuple):
    """One row: `line` is the line it ends on (for JSON lists and Parquet its position), counted from 1."""

    line: int
    cells: Mapping[str, Any]
    problem: RowProblem | None = None


RawRow = tuple[int, Any] | Row
"""A row as it stands in its table: its line and, of .jsonl the bytes, of .json the value, else the list of cells.

One that has a problem already is a `Row`.
"""


class RawChunk(NamedTuple):
    """Some rows of a table, on their way to a worker. `header`: the column names, where all rows share them."""

    format: str
    header: tuple[str, ...] | None
    data: list[RawRow]


def rows_of(chunk: RawChunk) -> Iterator[Row]:
    """The rows of a chunk; one that cannot be read carries its problem."""
    header = chunk.header
    if header is not None:
        yield from _cell_rows(chunk.data, header)
        return
    read = _json_row if chunk.format == "jsonl" else object_row
    for raw in chunk.data:
        yield raw if isinstance(raw, Row) else read(*raw)


def _cell_rows(data: list[RawRow], header: tuple[str, ...]) -> Iterator[Row]:
    width = len(header)
    for raw in data:
        if isinstance(raw, Row):
            yield raw
            continue
        line, cells = raw
        if len(cells) == width:
            yield Row(line, dict(zip(header, cells, strict=True)))
        else:
            params = {"actual": len(cells), "expected": width}
            yield Row(line, named_cells(header, cells), RowProblem("row-ragged", "", "", params))


def named_cells(header: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    """The cells of a row by column; those beyond the header stand under names that begin as `RAW` does."""
    names = [*header, *(f"{RAW}_{position}" for position in range(len(header) + 1, len(cells) + 1))]
    return dict(zip(names, cells, strict=False))


def _json_row(number: int, line: bytes) -> Row:
    try:
        item = orjson.loads(line)
        if type(item) is dict and line.count(b"{") + line.count(b"[") <= MAX_ROW_DEPTH:  # cannot be too deep
            return Row(number, item)
        return object_row(number, item)
    except orjson.JSONDecodeError as error:
        text = line.decode("utf-8", "backslashreplace")
        return Row(number, {RAW: text}, RowProblem("row-not-json", "", "", {"detail": str(error)}))


def object_row(number: int, item: Any) -> Row:  # noqa: ANN401 - any JSON value
    """The row that a JSON value is."""
    if not isinstance(item, dict):
        return Row(number, {RAW: str(item)[:80]}, RowProblem("row-not-object", "", "", {}))
    if is_deeper_than(item, MAX_ROW_DEPTH):
        return Row(number, {}, RowProblem("row-too-deep", "", "", {"maximum": MAX_ROW_DEPTH}))
    return Row(number, item)


def header_of(cells: Sequence[str]) -> tuple[str, ...]:
    """The column names that the first row of a table gives; raises `UsageError` if two are the same."""
    header = tuple(cell.strip() for cell in cells)
    seen: dict[str, int] = {}
    for position, cell in enumerate(header, 1):
        first = seen.setdefault(cell, position)
        if first != position:  # by position: without a header, these would be somebody's data
            raise UsageError("columns-same-name", hint="columns-collide", first=first, second=position)
    return header


def guess_format(name: str, head: bytes) -> str:
    """The format of a table, by its file name, for stdin by its first characters; raises `UnreadableError`."""
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix in FORMATS:
        return suffix
    if name != "-":
        raise UnreadableError("rows-format", hint="rows-format", path=name, suffix=suffix)
    for mark, found in _MARKS:
        if head.startswith(mark):
            raise UnreadableError("rows-stdin-format", hint="rows-stdin-format", format=found)
    first = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return {b"[": "json", b"{": "jsonl"}.get(first, "csv")
