"""CSV, JSON Lines and JSON as blocks of bytes → raw rows, in bounded memory whatever the size.

Lines and their encoding: `certx.licence.text_lines`.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, Self

import orjson

from certx.errors import UnreadableError
from certx.licence.tabular import (
    MAX_ROW_BYTES,
    RAW_SHOWN,
    RawChunk,
    RawRow,
    Row,
    header_of,
    ragged,
    raw_row,
    read_raw,
    rows_of,
    too_long,
)
from certx.licence.text_lines import BOM, Block, Decoder, whole_lines

MAX_JSON_BYTES: Final = 256 * 1_048_576
_AS_BYTES: Final = "surrogateescape"
"""What becomes of bytes that are no text: see `certx.licence.rejects`."""


class TextTable(NamedTuple):
    """A table of text: its column names, where all rows share them, and its rows, to be read once."""

    header: tuple[str, ...] | None
    rows: Iterator[RawRow]


def read_rows(data: bytes, table_format: str, *, name: str) -> Iterator[Row]:
    """The rows of a table that is in memory; raises `UnreadableError` or `UsageError` for the whole."""
    table = read_text_table([data], table_format, name=name)
    return rows_of(RawChunk(table_format, table.header, list(table.rows)))


def read_text_table(blocks: Iterable[bytes], table_format: str, *, name: str) -> TextTable:
    """The rows of a table that comes as blocks of bytes; raises `UnreadableError` or `UsageError` for the whole."""
    match table_format:
        case "csv":
            return _csv(blocks, name)
        case "jsonl":
            return _json_lines(blocks, name)
        case _:
            return _json(blocks, name)


class _Lines:
    """The lines of a table for `csv.reader`, with what the row that is being read has used of them."""

    def __init__(self, blocks: Iterable[bytes], name: str) -> None:
        self._blocks = whole_lines(blocks, by_cr=True)
        self._decoder = Decoder(name)
        self._lines: list[str] = []
        """The lines of a block, the next one last."""
        self._damaged: dict[int, int] = {}
        """Where lines have a byte that is no text."""
        self._cut = 0
        """The line of which only the beginning is here."""
        self._used: list[str] = []
        self._size = self._start = self.count = 0
        self.offset: int | None = None
        """Where the row that is being read has a byte that is no text."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        while not self._lines:
            self._open(next(self._blocks))
        line = self._lines.pop()
        self._used.append(line)
        self.count += 1
        self._size += len(line)
        if self._size > MAX_ROW_BYTES or self.count == self._cut:
            raise csv.Error
        if self.offset is None:
            self.offset = self._damaged.get(self.count)
        return line

    def begin_row(self) -> None:
        """Forget what was used so far."""
        for line in range(self._start, self.count) if self._damaged else ():
            self._damaged.pop(line + 1, None)
        self._used.clear()
        self._size, self._start, self.offset = 0, self.count, None

    @property
    def text(self) -> str:
        """What the row that was read has used."""
        return "".join(self._used).removesuffix("\n").removesuffix("\r")

    def first_row(self, header: Sequence[str]) -> Row:
        """Of lines that are no row those that may be the first, as one; the others may be rows, and are read again.

        A quote that never closes may be that of a cell with line breaks: the next line is never a row by itself,
        lest half a row be signed, nor are others until there are as many cells as in the header. The row is told by
        the line it begins on, where the quote is to be found.
        """
        line = self.count - len(self._used) + 1
        again = self._used[self._lines_of_first(len(header)) :]
        self._lines += reversed(again)
        self.count -= len(again)
        del self._used[len(self._used) - len(again) :]
        damaged = map(self._damaged.get, range(line, self.count + 1))
        offset = next((offset for offset in damaged if offset is not None), None)
        if offset is not None:
            return raw_row(line, self.text, "row-not-text", offset=offset)
        return too_long(line, self.text) if self.count == self._cut else read_raw(line, self.text, header)

    def _lines_of_first(self, width: int) -> int:
        cells = 1
        for taken, line in enumerate(self._used, 1):
            cells += line.count(",")
            if (taken > 1 and cells >= width) or self.count - len(self._used) + taken + 1 == self._cut:
                return taken
        return len(self._used)

    def plain_rows(self) -> list[list[str]]:
        """Between two rows: all rows of the next block if it has no quotes, so that each of its lines is a row."""
        if self._lines:
            return []
        block = next(self._blocks, None)
        if block is None:
            return []
        self._open(block)
        text = "" if block.cut or self._damaged else "".join(reversed(self._lines))
        if not text or '"' in text:
            return []
        try:
            rows = list(csv.reader(reversed(self._lines), strict=True))
        except csv.Error:  # a cell that is too long: line by line it is told which
            return []
        if len(rows) != len(self._lines):  # pragma: no cover - only quotes join lines
            return []
        self._lines = []
        return rows

    def _open(self, block: Block) -> None:
        if block.cut:
            self._lines = [block.data.decode(self._decoder.encoding or "utf-8", "backslashreplace")]
            self._cut = self.count + 1
            return
        decoded = self._decoder.text(block)
        if decoded is not None:
            self._lines = list(io.StringIO(decoded, newline=""))[::-1]
            return
        encoding = self._decoder.encoding or "utf-8"
        data = block.data.removeprefix(BOM) if block.offset == 0 else block.data
        offset, texts = block.offset + len(block.data) - len(data), []
        for number, line in enumerate(data.splitlines(keepends=True), self.count + 1):
            damage = self._decoder.damage_in(line)
            if damage is not None:
                self._damaged[number] = offset + damage
            texts.append(line.decode(encoding, _AS_BYTES))
            offset += len(line)
        self._lines = texts[::-1]


def _csv(blocks: Iterable[bytes], name: str) -> TextTable:
    lines = _Lines(blocks, name)
    reader = csv.reader(lines, strict=True)
    try:
        cells = next((cells for cells in reader if any(cell.strip() for cell in cells)), None)
    except csv.Error as error:
        detail = str(error) or "?"
        raise UnreadableError("rows-header", hint="rows-header", path=name, line=lines.count, detail=detail) from None
    if cells is None:
        raise UnreadableError("rows-empty", path=name)
    if lines.offset is not None:
        raise UnreadableError("rows-not-text", hint="rows-not-text", path=name, offset=lines.offset)
    header = header_of(cells)
    return TextTable(header, _csv_rows(lines, reader, header))


def _csv_rows(lines: _Lines, reader: Any, header: Sequence[str]) -> Iterator[RawRow]:  # noqa: ANN401 - `_csv.reader` is no type
    while True:
        while plain := lines.plain_rows():
            for line, cells in enumerate(plain, lines.count + 1):
                if cells and (cells[0].strip() or any(cell.strip() for cell in cells)):
                    yield line, cells
            lines.count += len(plain)
        lines.begin_row()
        try:
            row = next(reader, None)
        except csv.Error:
            yield lines.first_row(header)
            continue
        if row is None:
            return
        if lines.offset is not None:
            yield raw_row(lines.count, lines.text, "row-not-text", offset=lines.offset)
        elif len(row) != len(header) and any(cell.strip() for cell in row):
            yield ragged(lines.count, lines.text, len(row), len(header))
        elif any(cell.strip() for cell in row):
            yield lines.count, row


def _json_lines(blocks: Iterable[bytes], name: str) -> TextTable:
    rows = _json_line_rows(blocks, name)
    first = next(rows, None)
    if first is None:
        raise UnreadableError("rows-empty", path=name)

    def all_rows() -> Iterator[RawRow]:
        yield first
        yield from rows

    return TextTable(None, all_rows())


def _json_line_rows(blocks: Iterable[bytes], name: str) -> Iterator[RawRow]:
    decoder = Decoder(name)
    for block in whole_lines(blocks, by_cr=False):
        data = block.data.removeprefix(BOM) if block.offset == 0 else block.data
        if block.cut:
            yield too_long(block.line, data.decode("utf-8", "backslashreplace"))
            continue
        if block.offset == 0 or (decoder.encoding is None and not data.isascii()):
            decoder.text(block)
        if decoder.encoding == "gb18030":
            lines = data.splitlines(keepends=True)
            data = b"".join(line.decode("gb18030", _AS_BYTES).encode("utf-8", _AS_BYTES) for line in lines)
        for number, line in enumerate(data.split(b"\n"), block.line):
            if line and not line.isspace():
                if len(line) > MAX_ROW_BYTES:
                    yield too_long(number, line[:RAW_SHOWN].decode("utf-8", "backslashreplace"))
                else:
                    yield number, line


def _json(blocks: Iterable[bytes], name: str) -> TextTable:
    data = bytearray()
    for block in blocks:
        data += block
        if len(data) > MAX_JSON_BYTES:
            raise UnreadableError("rows-json-large", hint="rows-json-large", path=name, maximum=MAX_JSON_BYTES)
    text = Decoder(name).text(Block(bytes(data), 1, 0))
    del data
    if text is None:
        raise UnreadableError("rows-not-text", hint="rows-not-text", path=name, offset=0)
    if not text.strip():
        raise UnreadableError("rows-empty", path=name)
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableError("rows-not-json", path=name, line=error.lineno, detail=error.msg) from error
    items = document if isinstance(document, list) else [document]
    return TextTable(None, iter(enumerate(items, 1)))
