"""A Parquet file: chunks go to a spool of JSON lines beside it, which is converted when the run is over."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

import orjson

from certx.app.machine.files import replacing, sync_folder
from certx.app.outputs.chunk_file import PRIVATE, ChunkFile, damaged, not_as_written, unreadable, unwritable
from certx.app.outputs.compression import split_lines
from certx.app.outputs.parquet_file import COLUMNS, ParquetLines, arrow_library
from certx.batch.output import Knows, Placed, knows_none, output_object
from certx.errors import UsageError

GROUP_ROWS: Final = 10_000


class ParquetOutput:
    """An `Output` whose `Placed` speaks of the spool `<name>.rows`: the lines in order, which a Parquet file keeps.

    `finish` writes the Parquet file and removes the spool; a later run makes the spool anew from it, byte for byte,
    before it appends.
    """

    def __init__(self, path: Path) -> None:
        """Nothing is made yet; raises `EnvironmentFailureError` if pyarrow is not installed."""
        arrow_library()
        self._path = path
        self._spool = ChunkFile(path.with_name(f"{path.name}.rows"))
        self._packed: ParquetLines | None = None
        """The Parquet file, while there is no spool."""
        self._committed: Sequence[Placed] = ()

    def resume(self, committed: Sequence[Placed], knows: Knows = knows_none) -> list[bool]:
        """See `Output`."""
        self.close()
        self._committed = committed
        exists = self._path.exists()
        if exists and not self._path.is_file():
            raise UsageError("output-not-a-file", hint="output-exists", path=str(self._path))
        if exists and not committed:
            raise UsageError("output-exists", hint="output-exists", path=str(self._path))
        if self._spool.path.exists() or not exists:
            return self._spool.resume(committed, knows)
        self._packed = self._converted()
        try:
            whole = self._packed.verify(committed)
        except ValueError as error:
            raise not_as_written(self._path) from error
        if not any(whole):
            raise not_as_written(self._path)
        return whole

    def _converted(self) -> ParquetLines:
        """What an earlier run finished; raises `UsageError` if it is no such file."""
        try:
            return ParquetLines(self._path)
        except ValueError as error:
            raise not_as_written(self._path) from error

    def append(self, lines: Sequence[bytes]) -> Placed:
        """See `Output`."""
        if self._packed is not None:
            with replacing(self._spool.path, mode=PRIVATE) as file:
                file.writelines(self._packed.lines())
            self._packed.close()
            self._packed = None
            self._spool.resume(self._committed)
        return self._spool.append(lines)

    def cut(self, placed: Placed) -> None:
        """See `Output`."""
        self._spool.cut(placed)

    def finish(self) -> None:
        """Convert the spool, and remove it."""
        with unwritable(self._path):
            size = self._spool.path.stat().st_size if self._spool.path.exists() else None
            if size:
                with self._spool.path.open("rb") as spool, replacing(self._path, mode=PRIVATE) as file:
                    self._convert(spool, file)
            if size is not None:
                self._spool.remove()
                sync_folder(self._path.resolve().parent)

    def _convert(self, spool: BinaryIO, file: BinaryIO) -> None:
        """Row groups of so many rows; raises `EnvironmentFailureError` if a line is not one of output."""
        arrow, parquet = arrow_library()
        schema = arrow.schema([(name, arrow.string()) for name in COLUMNS])
        start = 0
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            while group := list(islice(spool, GROUP_ROWS)):
                rows = list(map(_row, group))
                if None in rows:
                    raise damaged(self._spool.path, Placed("", start, 0, len(group), b""))
                writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
                start += sum(map(len, group))

    def lines(self, placed: Placed) -> Iterator[bytes]:
        """See `Output`."""
        if self._packed is None and not self._spool.path.exists():
            with unreadable(self._path):
                self._packed = self._converted()
        if self._packed is None:
            yield from self._spool.lines(placed)
            return
        data = self._packed.read(placed)
        if sha256(data).digest() != placed.sha256:
            raise damaged(self._path, placed)
        yield from split_lines(data)

    def close(self) -> None:
        """See `Output`."""
        self._spool.close()
        if self._packed is not None:
            self._packed.close()
            self._packed = None


def _row(line: bytes) -> dict[str, str] | None:
    """The members of a line, if it is one that they make up again."""
    try:
        row: dict[str, str] = orjson.loads(line)
        return row if output_object(**row) == line else None
    except (TypeError, orjson.JSONDecodeError):
        return None
