"""Tables of rows for `certx issue`, in each format that it reads."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter


def write_table(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Write rows that all have the same columns; the file's suffix names the format."""
    {".jsonl": _jsonl, ".csv": _csv, ".xlsx": _xlsx, ".parquet": _parquet}[path.suffix](path, rows)


def _jsonl(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    with path.open("wb") as file:
        file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _csv(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    rows = iter(rows)
    first = next(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows((first.keys(), first.values()))
        writer.writerows(row.values() for row in rows)


def _xlsx(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows, 1):
            if number == 1:
                sheet.write_row(0, 0, list(row))
            sheet.write_row(number, 0, list(row.values()))


def _parquet(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
