"""The output that a name asks for, and one job at a time on it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final, NoReturn

from certx.app.machine.lock import exclusive
from certx.app.outputs.chunk_file import ChunkFile, unwritable
from certx.batch.output import Knows, Output, Placed, knows_none
from certx.errors import UsageError

STDOUT: Final = "-"
_LOCK_SECONDS: Final = 2.0


@contextmanager
def open_output(out: str, *, explode: bool = False) -> Iterator[Output]:
    """The output of a run; nobody else writes it in this block.

    Its form is that of its name: `-` is stdout; `.jsonl`, `.jsonl.zst` and `.parquet` are files; a name that ends in
    `/`, that is a folder's or has no suffix is a folder of parts, or with `explode` of single files. Raises
    `UsageError` if the name is none of these, `EnvironmentFailureError` if another job holds the output or a library
    is missing.
    """
    if out == STDOUT:
        if explode:
            raise UsageError("output-form", hint="output-form-folder", path=out)
        with closing(Stdout()) as stdout:
            yield stdout
        return
    path = Path(out).resolve()
    lock = exclusive(
        path.with_name(f".{path.name}.lock"), code="output-busy", hint="output-busy", of=path,
        folder_mode=0o777, seconds=_LOCK_SECONDS,
    )  # fmt: skip
    with closing(_output(out, path, explode=explode)) as output, lock:
        yield output


def _output(out: str, path: Path, *, explode: bool) -> Output:
    is_folder = out.endswith("/") or path.is_dir() or not Path(out).suffix
    if is_folder and path.exists() and not path.is_dir():
        raise UsageError("output-not-a-folder", hint="output-exists", path=out)
    if explode:
        from certx.app.outputs.exploded import ExplodedFolder  # noqa: PLC0415 - one form of several

        if not is_folder:
            raise UsageError("output-form", hint="output-form-folder", path=out)
        return ExplodedFolder(path)
    if is_folder:
        from certx.app.outputs.part_folder import PartFolder  # noqa: PLC0415

        return PartFolder(path)
    match Path(out).suffixes:
        case [*_, ".jsonl"]:
            return ChunkFile(path)
        case [*_, ".jsonl", ".zst"]:
            from certx.app.outputs.compression import ZstdFrames  # noqa: PLC0415

            return ChunkFile(path, ZstdFrames())
        case [*_, ".parquet"]:
            from certx.app.outputs.parquet_output import ParquetOutput  # noqa: PLC0415

            return ParquetOutput(path)
        case _:
            raise UsageError("output-form", hint="output-form", path=out)


class Stdout:
    """An `Output` that cannot be resumed: what was written is gone."""

    def __init__(self) -> None:
        """Nothing is written yet."""
        self._size = 0

    def resume(self, committed: Sequence[Placed], knows: Knows = knows_none) -> list[bool]:  # noqa: ARG002
        """None is there."""
        return [False] * len(committed)

    def append(self, lines: Sequence[bytes]) -> Placed:
        """Written and flushed; no more can be promised."""
        data = b"".join(lines)
        with unwritable(Path(STDOUT)):
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        placed = Placed("", self._size, len(data), len(lines), sha256(data).digest())
        self._size += len(data)
        return placed

    def cut(self, placed: Placed) -> None:
        """What was written to a pipe stays written: the ledger has it as reserved, and a rerun writes it again."""

    def finish(self) -> None:
        """Nothing is left to do."""

    def lines(self, placed: Placed) -> NoReturn:  # noqa: ARG002
        """There is nothing to read."""
        raise UsageError("output-not-a-file", hint="output-exists", path=STDOUT)

    def close(self) -> None:
        """Nothing was opened."""
