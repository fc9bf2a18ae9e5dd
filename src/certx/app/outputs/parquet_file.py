"""A Parquet file of licences, read as the lines that it was made from."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Final

from certx.app.outputs.compression import missing_extra
from certx.batch.output import Placed, output_object

COLUMNS: Final = ("row_key", "licence_id", "credential")
_BATCH_ROWS: Final = 64
"""Rows that are decoded together: with a credential of the largest size each, 64 MB."""
_STRING_BYTES: Final = 16 * 1_048_576
_CONTAINER_ITEMS: Final = 1_000_000
"""The most that the file's own metadata may hold (Thrift)."""


def arrow_library() -> tuple[ModuleType, ModuleType]:
    """The libraries `pyarrow` and `pyarrow.parquet`; raises `EnvironmentFailureError` if they are not installed."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise missing_extra("parquet", "pyarrow") from error
    return pa, parquet


class ParquetLines(AbstractContextManager["ParquetLines"]):
    """The rows of a Parquet file as lines, and where they would lie in a file of lines.

    Every method raises `ValueError` if it is not a Parquet file of licences, `OSError` if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        """Open it."""
        self._file: Any = arrow_library()[1].ParquetFile(
            path,
            pre_buffer=False,
            thrift_string_size_limit=_STRING_BYTES,
            thrift_container_size_limit=_CONTAINER_ITEMS,
        )
        self._starts = [0]
        """Where the row groups that were looked at begin, in bytes of lines."""
        self._group = lru_cache(maxsize=2)(self._read_group)
        if not {*COLUMNS} <= {*self._file.schema_arrow.names}:
            self.close()
            raise ValueError("no column " + ", ".join(sorted({*COLUMNS} - {*self._file.schema_arrow.names})))

    def lines(self, groups: Sequence[int] | None = None) -> Iterator[bytes]:
        """All lines, or those of some row groups; a few rows in memory at a time."""
        for batch in self._file.iter_batches(_BATCH_ROWS, row_groups=groups, columns=list(COLUMNS)):
            for row in zip(*(batch.column(name).to_pylist() for name in COLUMNS), strict=True):
                try:
                    yield output_object(*row)
                except TypeError as error:
                    raise ValueError("columns of another type") from error

    def verify(self, committed: Sequence[Placed]) -> list[bool]:
        """Which of these chunks are in it."""
        return [sha256(self.read(placed)).digest() == placed.sha256 for placed in committed]

    def read(self, placed: Placed) -> bytes:
        """The bytes of a chunk, fewer if it does not go so far."""
        parts = list[bytes]()
        for number in range(self._file.num_row_groups):
            start = self._starts[number]
            if start >= placed.end:
                break
            known_end = self._starts[number + 1] if number + 1 < len(self._starts) else None
            if known_end is not None and known_end <= placed.start:
                continue
            data = self._group(number)
            if known_end is None:
                self._starts.append(start + len(data))
            parts.append(data[max(placed.start - start, 0) : placed.end - start])
        return b"".join(parts)

    def _read_group(self, number: int) -> bytes:
        return b"".join(self.lines([number]))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
