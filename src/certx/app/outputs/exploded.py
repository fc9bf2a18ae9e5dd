"""Single files in shards of 1,000: `00000/<licence_id>.txt`, and an index with a line for each."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple
from urllib.parse import quote

import orjson

from certx.app.machine.files import sync_folder
from certx.app.outputs.beginning import Beginning
from certx.app.outputs.chunk_file import FOLDER, PRIVATE, ChunkFile, damaged, names_in, unwritable
from certx.batch.output import Knows, Placed, knows_none, output_object
from certx.errors import UsageError

INDEX: Final = "index.jsonl"
SHARD_FILES: Final = 1_000
SHARD: Final = re.compile(r"[0-9]{5,}")
_SUFFIX: Final = ".txt"


class Single(NamedTuple):
    """A line of the index: one licence in a file of its own, the credential and a line break."""

    row_key: str
    licence_id: str
    file: str
    bytes: int
    sha256: str

    @property
    def shard(self) -> int:
        """The number of the folder that it is in."""
        return int(self.file.partition("/")[0])

    @property
    def name(self) -> str:
        """The name in that folder."""
        return self.file.partition("/")[2]


class ExplodedFolder:
    """An `Output` of single files; what `Placed` speaks of is their lines in the index.

    The files of a chunk are on disk before its lines are written: the index never names what is not there.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is made yet."""
        self._folder = folder
        self._index = ChunkFile(folder / INDEX, name=INDEX)
        self._beginning = Beginning(folder)
        self._is_empty: bool | None = None
        self._shard, self._filled = 0, 0
        self._before = 0, 0
        """Shard and files in it, before the chunk that was appended last."""

    def resume(self, committed: Sequence[Placed], knows: Knows = knows_none) -> list[bool]:
        """See `Output`. A chunk is whole if its lines are and its files are there in their size."""
        self.close()
        with unwritable(self._folder):
            self._refuse_strangers(committed)
            indexed = self._index.resume(committed, knows)
            whole = list(indexed)
            last, names = 0, set[str]()
            for number in (number for number, is_indexed in enumerate(indexed) if is_indexed):
                for single in map(_single, self._index.lines(committed[number])):
                    if single.shard != last:
                        last, names = single.shard, set()
                    names.add(single.name)
                    whole[number] &= self._size_of(single) == single.bytes
            if indexed and not indexed[-1]:  # which files its lines named cannot be told: all are left
                self._shard, self._filled = max(map(int, self._shards()), default=-1) + 1, 0
            else:
                self._remove_unknown(last, names)
                self._shard, self._filled = last, len(names)
            self._is_empty = not any(indexed)
            self._beginning.forget()
        return whole

    def append(self, lines: Sequence[bytes]) -> Placed:
        """See `Output`."""
        if self._is_empty is None:
            self.resume(())
        before = self._shard, self._filled
        written = list[Path]()
        with unwritable(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True, mode=FOLDER)
            if self._is_empty:
                self._beginning.write(len(lines))
            else:
                self._beginning.forget()
            try:
                singles = [self._write(orjson.loads(line), written) for line in lines]
                self._sync(written)
                placed = self._index.append([_line(single) for single in singles])
            except BaseException:
                self._shard, self._filled = before
                _remove(written)
                raise
        self._before, self._is_empty = before, False
        return placed

    def _write(self, item: dict[str, Any], written: list[Path]) -> Single:
        if self._filled == SHARD_FILES:
            self._shard, self._filled = self._shard + 1, 0
        shard = self._folder / f"{self._shard:05}"
        if self._filled == 0:
            shard.mkdir(exist_ok=True, mode=FOLDER)
        path = shard / (quote(item["licence_id"], safe="") + _SUFFIX)
        data = item["credential"].encode() + b"\n"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags, PRIVATE), "wb") as file:
            written.append(path)
            file.write(data)
            file.flush()
            _start_writing(file)
        self._filled += 1
        file_name = f"{shard.name}/{path.name}"
        return Single(item["row_key"], item["licence_id"], file_name, len(data), sha256(data).hexdigest())

    def _sync(self, written: Sequence[Path]) -> None:
        """All files and their names, on disk. They are on their way there, so that waiting for each is cheap."""
        for path in written:
            with path.open("r+b", buffering=0) as file:
                os.fsync(file.fileno())
        for shard in {path.parent for path in written}:
            sync_folder(shard)
        sync_folder(self._folder)

    def cut(self, placed: Placed) -> None:
        """See `Output`."""
        singles = list(map(_single, self._index.lines(placed)))
        self._index.cut(placed)
        if placed.start == 0:
            self._index.remove()
        _remove([self._folder / single.file for single in singles])
        self._shard, self._filled = self._before
        self._is_empty = placed.start == 0

    def finish(self) -> None:
        """See `Output`; the index is whole already."""
        with unwritable(self._folder):
            self._index.finish()
            self._beginning.forget()

    def lines(self, placed: Placed) -> Iterator[bytes]:
        """See `Output`."""
        for single in map(_single, self._index.lines(placed)):
            try:
                data = (self._folder / single.file).read_bytes()
            except OSError as error:
                raise damaged(self._folder / single.file, placed) from error
            if sha256(data).hexdigest() != single.sha256:
                raise damaged(self._folder / single.file, placed)
            yield output_object(single.row_key, single.licence_id, data[:-1].decode())

    def close(self) -> None:
        """See `Output`."""
        self._index.close()
        self._is_empty = None

    def _size_of(self, single: Single) -> int | None:
        try:
            return (self._folder / single.file).stat().st_size
        except OSError:
            return None

    def _shards(self) -> list[str]:
        return sorted(filter(SHARD.fullmatch, names_in(self._folder)), key=int)

    def _refuse_strangers(self, committed: Sequence[Placed]) -> None:
        """A run begins in an empty folder, or in one with no more than its own first chunk, which goes."""
        if committed and (self._folder / INDEX).exists():
            return
        names = [name for name in names_in(self._folder) if not name.startswith(".")]
        files = sum(len(names_in(self._folder / shard)) for shard in self._shards())
        index = self._folder / INDEX
        is_empty = files == 0 and not (index.exists() and index.stat().st_size)
        is_ours = {*names} <= {INDEX, *self._shards()} and (is_empty or self._beginning.covers(files))
        if not is_ours:
            raise UsageError("output-exists", hint="output-exists", path=str(self._folder))
        self._index.remove()

    def _remove_unknown(self, last: int, names: set[str]) -> None:
        """The files of a chunk that no ledger knows of: they are in the last shard, or after it."""
        for name in self._shards():
            shard = self._folder / name
            if int(name) >= last:
                known = names if int(name) == last else set[str]()
                _remove([shard / file for file in names_in(shard) if file not in known and file.endswith(_SUFFIX)])
                if not known:
                    with suppress(OSError):  # somebody keeps something else in it
                        shard.rmdir()


def _single(line: bytes) -> Single:
    return Single(**orjson.loads(line))


def _line(single: Single) -> bytes:
    return orjson.dumps(single._asdict(), option=orjson.OPT_APPEND_NEWLINE)


def _start_writing(file: BinaryIO) -> None:
    """Let the system begin to write now what is waited for later: five times as fast as to wait for each at once."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        with suppress(OSError):  # the next run removes what no ledger knows of
            path.unlink()
