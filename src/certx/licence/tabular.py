"""Raw chunks of a table → rows, each with what is wrong with it: one process reads, others make rows of it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from certx.errors import UnreadableError, UsageError
from certx.licence.json_rows import unsound
from certx.licence.paths import is_deeper_than
from certx.licence.rejects import RAW, RAW_PART, as_it_stood, damage_in, is_own, noted
from certx.licence.rows import RowProblem

MAX_ROW_DEPTH: Final = 8
MAX_ROW_BYTES: Final = 1_048_576
RAW_SHOWN: Final = 4_096
"""So many characters are kept of a row that is too long."""
TEXT_FORMATS: Final = ("csv", "json", "jsonl")
FORMATS: Final = (*TEXT_FORMATS, "xlsx", "parquet")
_MARKS: Final = ((b"PK\x03\x04", "xlsx"), (b"PAR1", "parquet"))


class Row(NamedTuple):
    """One row: `line` is the line it ends on (for JSON lists and Parquet its position), counted from 1.

    `text`: of a row of JSON what it was read from, which says more than the cells: digits without end.
    """

    line: int
    cells: Mapping[str, Any]
    problem: RowProblem | None = None
    text: bytes = b""


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
    read = _json_row if chunk.format == "jsonl" else _value_row
    for raw in chunk.data:
        yield raw if isinstance(raw, Row) else read(*raw)


def _cell_rows(data: list[RawRow], header: tuple[str, ...]) -> Iterator[Row]:
    width = len(header)
    own = tuple(filter(is_own, header)) if RAW in header else ()
    for raw in data:
        if isinstance(raw, Row):
            yield raw
            continue
        line, cells = raw
        if len(cells) == width:
            row = Row(line, dict(zip(header, cells, strict=True)))
            text = _raw_text(row) if own else ""
            yield read_raw(line, text, own) if text else row
        else:  # of CSV alone, and its reader has seen to those with quotes
            yield ragged(line, ",".join(cells), len(cells), width)


def _raw_text(row: Row) -> str:
    """What stands in a row of rejects in the place of its columns, empty if there is nothing; see `RAW`."""
    text = row.cells.get(RAW)
    if not isinstance(text, str) or any(cell not in (None, "") for name, cell in row.cells.items() if is_own(name)):
        return ""
    return as_it_stood(text)


def read_raw(line: int, text: str, header: Sequence[str]) -> Row:
    """The row that a text of CSV is; `line` is where it ends."""
    offset = damage_in(text)
    if offset is not None:
        return raw_row(line, text, "row-not-text", offset=offset)
    try:
        rows = [cells for cells in csv.reader(io.StringIO(text, newline=""), strict=True) if cells]
    except csv.Error as error:
        return raw_row(line, text, "row-not-csv", detail=str(error))
    if len(rows) != 1:
        return raw_row(line, text, "row-several")
    if len(rows[0]) != len(header):
        return ragged(line, text, len(rows[0]), len(header))
    return Row(line, dict(zip(header, rows[0], strict=True)))


def raw_row(line: int, text: str, code: str, **params: object) -> Row:
    """A row that could not be put into columns, and why."""
    return Row(line, {RAW: noted(text)}, RowProblem(code, "", "", params))


def ragged(line: int, text: str, actual: int, expected: int) -> Row:
    """A row with too many or too few cells."""
    return raw_row(line, text, "row-ragged", actual=actual, expected=expected)


def too_long(line: int, beginning: str) -> Row:
    """A row that is too long to be kept, of which this is the beginning."""
    params = {"maximum": MAX_ROW_BYTES}
    return Row(line, {RAW_PART: beginning[:RAW_SHOWN]}, RowProblem("row-too-long", "", "", params))


def _json_row(number: int, line: bytes) -> Row:
    try:
        item = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        text = line.removesuffix(b"\r").decode("utf-8", "surrogateescape")
        return raw_row(number, text, "row-not-json", detail=str(error))
    if type(item) is dict and line.count(b"{") + line.count(b"[") <= MAX_ROW_DEPTH:  # cannot be too deep
        row = Row(number, item, None, line)
    else:
        row = _object_row(number, item, line)
    if row.problem is None and (problem := unsound(item, line)):
        code, params = problem
        return raw_row(number, _text_of(item, line), code, **params)
    return row if RAW not in row.cells else _from_raw(row)


def _value_row(number: int, item: Any) -> Row:  # noqa: ANN401 - any JSON value
    row = _object_row(number, item)
    return row if RAW not in row.cells else _from_raw(row)


def _from_raw(row: Row) -> Row:
    text = _raw_text(row)
    return _json_row(row.line, text.encode("utf-8", "surrogateescape")) if text and row.problem is None else row


def _object_row(number: int, item: Any, line: bytes = b"") -> Row:  # noqa: ANN401 - any JSON value
    """The row that a JSON value is; `line`: what it was read from, if that is known."""
    if not isinstance(item, dict):
        return raw_row(number, _text_of(item, line), "row-not-object")
    if is_deeper_than(item, MAX_ROW_DEPTH):
        return raw_row(number, _text_of(item, line), "row-too-deep", maximum=MAX_ROW_DEPTH)
    return Row(number, item, None, line)


def _text_of(item: Any, line: bytes) -> str:  # noqa: ANN401 - any JSON value
    try:
        return (line.removesuffix(b"\r") or orjson.dumps(item)).decode("utf-8")
    except orjson.JSONEncodeError:  # deeper than orjson writes, although it read it
        return "…"


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
