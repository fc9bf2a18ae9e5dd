"""Parquet tables through pyarrow: batch by batch, values as their JSON form has them."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO, Final

import orjson

from certx.app.tables.opened import Opened
from certx.errors import UnreadableError
from certx.extras import extra_module
from certx.licence.paths import is_deeper_than
from certx.licence.rejects import RAW_PART
from certx.licence.rows import RowProblem
from certx.licence.tabular import MAX_ROW_DEPTH, RawRow, Row, header_of

MAX_GROUP_BYTES: Final = 512 * 1_048_576
_BATCH: Final = 512
_WHOLE: Final = 2**63
_PLAIN: Final = ("string", "large_string", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")


def read_parquet(file: BinaryIO, name: str) -> Opened:
    """The rows of a Parquet file; raises `UnreadableError`, also while they are read.

    A row group, which the reader holds part by part, may have 512 MiB when it is unpacked.
    """
    arrow = extra_module("pyarrow", extra="parquet", package="pyarrow")
    parquet = extra_module("pyarrow.parquet", extra="parquet", package="pyarrow")
    damage = (arrow.ArrowException, OSError, ValueError)
    try:
        table = parquet.ParquetFile(file, pre_buffer=False)
        groups = [table.metadata.row_group(number).total_byte_size for number in range(table.num_row_groups)]
        fields, total = list(table.schema_arrow), int(table.metadata.num_rows)
    except damage as error:
        raise _refusal(name, 0, error) from error
    if max(groups, default=0) > MAX_GROUP_BYTES:
        raise UnreadableError("rows-parquet-large", hint="rows-large", path=name, maximum=MAX_GROUP_BYTES)
    header = header_of([field.name for field in fields])
    converters = [None if str(field.type) in _PLAIN else _json_form for field in fields]
    taken = 0

    def rows() -> Iterator[RawRow]:
        nonlocal taken
        batches = table.iter_batches(batch_size=_BATCH, use_threads=False)
        while True:
            try:
                batch = next(batches, None)
                columns = [] if batch is None else [column.to_pylist() for column in batch.columns]
            except damage as error:
                raise _refusal(name, taken + 1, error) from error
            if batch is None:
                return
            yield from _rows(columns, converters, header, taken + 1)
            taken += batch.num_rows

    return Opened(header, rows(), lambda: taken / total if total else 1.0)


def _rows(
    columns: list[list[Any]],
    converters: Sequence[Callable[[Any], object] | None],
    header: tuple[str, ...],
    first: int,
) -> Iterator[RawRow]:
    read = [
        column if convert is None else list(map(convert, column))
        for column, convert in zip(columns, converters, strict=True)
    ]
    for number, cells in enumerate(zip(*read, strict=True), first):
        if any(converters) and is_deeper_than(list(cells), MAX_ROW_DEPTH):
            text = orjson.dumps(dict(zip(header, cells, strict=True)), default=str).decode()
            yield Row(number, {RAW_PART: text}, RowProblem("row-too-deep", "", "", {"maximum": MAX_ROW_DEPTH}))
            continue
        bad = next((place for place, cell in enumerate(cells) if isinstance(cell, bytes)), None)
        if bad is None:
            yield number, cells
            continue
        shown = {name: None if isinstance(cell, bytes) else cell for name, cell in zip(header, cells, strict=True)}
        part = "; ".join(cell.hex() for cell in cells if isinstance(cell, bytes))
        yield Row(number, {**shown, RAW_PART: part}, RowProblem("cell-not-text", header[bad], "", {}))


def _json_form(value: Any) -> object:  # noqa: ANN401, PLR0911 - any value of a column; one line a kind
    """A value as JSON has it. Nothing and not-a-number are no value; members without a value are left out."""
    match value:
        case None | str() | bool() | int():
            return value
        case float():
            return None if math.isnan(value) else int(value) if value.is_integer() else value
        case Decimal():
            return _number_of(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat()
        case date() | time():
            return value.isoformat()
        case bytes():
            return _text_of(value)
        case dict():
            return {name: _json_form(inner) for name, inner in value.items() if inner is not None}
        case list():
            return [_json_form(inner) for inner in value]
        case _:
            return str(value)


def _number_of(value: Decimal) -> int | float | str | None:
    """A decimal as a number if it is one exactly, else its digits."""
    if not value.is_finite():
        return None
    if value == value.to_integral_value() and abs(value) < _WHOLE:
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else format(value, "f")


def _text_of(value: bytes) -> str | bytes:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value


def _refusal(name: str, row: int, error: Exception) -> UnreadableError:
    detail = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    return UnreadableError("rows-not-parquet", hint="rows-damaged", path=name, line=row, detail=detail)
