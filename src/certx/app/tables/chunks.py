"""Tables as they are opened: whatever the format, rows come in chunks, as many as are asked for."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Final

from certx.errors import UnreadableError, cause_of
from certx.licence.tabular import TEXT_FORMATS, RawChunk, RawRow, guess_format
from certx.licence.text_tables import read_text_table

_BLOCK: Final = 262_144
_SLICE: Final = 64
_CHUNK_BYTES: Final = 16 * 1_048_576


class Table:
    """A table that is open: its format, its column names where all rows share them, and its rows, read once."""

    def __init__(
        self,
        table_format: str,
        header: tuple[str, ...] | None,
        rows: Iterator[RawRow],
        *,
        done: Callable[[], float | None],
        position: Callable[[], int] = lambda: 0,
    ) -> None:
        """`position`: how many bytes were read so far, by which a chunk of large rows is cut short."""
        self.format = table_format
        self.header = header
        self._rows = rows
        self.done = done
        """The share of the table that was read so far, 0 to 1; `None` where its size is not known."""
        self._position = position

    def chunks(self, rows: Callable[[], int]) -> Iterator[RawChunk]:
        """The rows in their order; `rows` is asked before each chunk how many it may hold. None is empty."""
        while True:
            wanted, start, data = max(1, rows()), self._position(), list[RawRow]()
            while len(data) < wanted and self._position() - start <= _CHUNK_BYTES:
                part = list(islice(self._rows, min(_SLICE, wanted - len(data))))
                data += part
                if not part:
                    break
            if not data:
                return
            yield RawChunk(self.format, self.header, data)


@contextmanager
def open_table(name: str) -> Iterator[Table]:
    """The table of a file, `-` being stdin; raises `UnreadableError`, also while its rows are read.

    A missing reader of a format is an `EnvironmentFailureError`, a header with a double name a `UsageError`.
    """
    if name == "-":
        if sys.stdin is None:
            raise UnreadableError("rows-unreadable", path=name, detail="closed")
        yield _text_table(sys.stdin.buffer, name, None)
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below; what the caller does may fail in its own ways
    except OSError as error:
        raise _unreadable(name, error) from error
    with file:
        table_format = guess_format(name, b"")
        if table_format in TEXT_FORMATS:
            yield _text_table(file, name, Path(name).stat().st_size)
        else:
            yield _binary_table(file, name, table_format)


def _binary_table(file: BinaryIO, name: str, table_format: str) -> Table:
    if table_format == "xlsx":
        from certx.app.tables.spreadsheet import read_spreadsheet as read  # noqa: PLC0415 - an extra
    else:
        from certx.app.tables.parquet import read_parquet as read  # noqa: PLC0415 - an extra
    try:
        opened = read(file, name)
    except OSError as error:
        raise _unreadable(name, error) from error
    return Table(table_format, opened.header, opened.rows, done=opened.done)


def _text_table(file: BinaryIO, name: str, size: int | None) -> Table:
    taken = 0

    def blocks() -> Iterator[bytes]:
        nonlocal taken
        while True:
            try:
                block = file.read(_BLOCK)
            except OSError as error:
                raise _unreadable(name, error) from error
            if not block:
                return
            taken += len(block)
            yield block

    rest = blocks()
    first = next(rest, b"")
    table_format = guess_format(name, first)
    found = read_text_table(chain([first], rest), table_format, name=name)
    return Table(
        table_format, found.header, found.rows,
        done=lambda: min(1.0, taken / size) if size else None, position=lambda: taken,
    )  # fmt: skip


def _unreadable(name: str, error: OSError) -> UnreadableError:
    return UnreadableError("rows-unreadable", path=name, detail=cause_of(error))
