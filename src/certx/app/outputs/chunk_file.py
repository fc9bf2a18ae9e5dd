"""A file that chunks are appended to.

Each is on disk before the ledger is told of it; what the ledger was not told of is cut off by the next run.
"""

import os
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from certx.app.machine.files import sync_folder
from certx.app.outputs.beginning import Beginning
from certx.app.outputs.compression import PLAIN, Packing, split_lines
from certx.batch.output import Knows, Placed, knows_none
from certx.errors import EnvironmentFailureError, UsageError, cause_of

PRIVATE: Final = 0o600
FOLDER: Final = 0o700
_PIECE: Final = 1_048_576
_HEAD: Final = 65_536
_LICENCE: Final = re.compile(rb'"licence_id":"([^"\\]+)"')


class ChunkFile:
    """An `Output` in one file; `name` is what `Placed` calls it.

    A first chunk that no ledger knows of is known by its `Beginning`.
    """

    def __init__(self, path: Path, packing: Packing = PLAIN, *, name: str = "") -> None:
        """Nothing is opened or made yet."""
        self.path, self._packing, self._name = path, packing, name
        self._beginning = Beginning(path)
        self._file: BinaryIO | None = None
        self._size: int | None = None

    def resume(self, committed: Sequence[Placed], knows: Knows = knows_none) -> list[bool]:
        """See `Output`. What lies in the place of chunks that are no longer whole is set aside in a file `….torn`."""
        self.close()
        with unwritable(self.path):
            file = self._opened()
            if file is None:
                self._size = 0
                return [False] * len(committed)
            size = os.fstat(file.fileno()).st_size
            whole = [placed.end <= size and _digest(file, placed) == placed.sha256 for placed in committed]
            self._size = self._end_of_known(committed, whole, size)
            if self._size == 0 < size and not self._may_take(file, size, knows if committed else knows_none):
                self.close()
                raise (
                    not_as_written(self.path)
                    if committed
                    else UsageError("output-exists", hint="output-exists", path=str(self.path))
                )
            if self._size < size:
                if not all(whole):
                    self._set_aside(file, self._size)
                _cut(file, self._size)
            if self._size > 0:
                self._beginning.forget()
        return whole

    @staticmethod
    def _end_of_known(committed: Sequence[Placed], whole: Sequence[bool], size: int) -> int:
        """Up to where the file is what the ledger knows; 0 if nothing of it is."""
        return max(placed.end for placed in committed if placed.end <= size) if any(whole) else 0

    def _may_take(self, file: BinaryIO, size: int, knows: Knows) -> bool:
        """Is what is there ours, although no chunk of it is whole: by its note, or by the licence that it begins with?

        A frame that is torn before its first line ends names none: it is known as a frame.
        """
        if self._beginning.covers(size):
            return True
        file.seek(0)
        head = self._packing.head(file.read(_HEAD))
        if head is None:
            return knows is not knows_none
        named = _LICENCE.search(head.partition(b"\n")[0])
        return named is not None and knows(named[1].decode("utf-8", "replace"))

    def append(self, lines: Sequence[bytes]) -> Placed:
        """See `Output`."""
        if self._size is None:
            self.resume(())
        start = self._size or 0
        data = self._packing.pack(b"".join(lines))
        with unwritable(self.path):
            file = self._file or self._made()
            if start:
                self._beginning.forget()
            else:
                self._beginning.write(len(data))
            try:
                _write(file, data)
                os.fsync(file.fileno())
            except BaseException:
                with suppress(OSError):
                    _cut(file, start)
                raise
        self._size = start + len(data)
        return Placed(self._name, start, len(data), len(lines), sha256(data).digest())

    def cut(self, placed: Placed) -> None:
        """See `Output`."""
        if self._file is None or placed.end != self._size:
            raise ValueError(placed)
        with unwritable(self.path):
            _cut(self._file, placed.start)
        self._size = placed.start

    def finish(self) -> None:
        """The note of a beginning has served."""
        with unwritable(self.path):
            self._beginning.forget()

    def lines(self, placed: Placed) -> Iterator[bytes]:
        """See `Output`."""
        with unreadable(self.path), self.path.open("rb") as file:
            file.seek(placed.start)
            data = file.read(placed.length)
        if sha256(data).digest() != placed.sha256:
            raise damaged(self.path, placed)
        yield from split_lines(self._packing.unpack(data))

    def close(self) -> None:
        """See `Output`."""
        if self._file is not None:
            self._file.close()
        self._file = self._size = None

    def remove(self) -> None:
        """The whole file, which no ledger knows of."""
        self.close()
        with unwritable(self.path):
            self.path.unlink(missing_ok=True)
            self._beginning.forget()

    def _opened(self) -> BinaryIO | None:
        """The file, if it is there; raises `UsageError` if it is a folder, a device or the like."""
        try:
            if not stat.S_ISREG(self.path.stat().st_mode):
                raise UsageError("output-not-a-file", hint="output-exists", path=str(self.path))
            self._file = self.path.open("r+b", buffering=0)
        except FileNotFoundError:
            return None
        return self._file

    def _made(self) -> BinaryIO:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.fdopen(os.open(self.path, flags, PRIVATE), "r+b", buffering=0)
        sync_folder(self.path.resolve().parent)
        return self._file

    def _set_aside(self, file: BinaryIO, start: int) -> None:
        torn = self.path.with_name(f"{self.path.name}.torn")
        with os.fdopen(os.open(torn, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE), "ab") as kept:
            file.seek(start)
            shutil.copyfileobj(file, kept, _PIECE)
            kept.flush()
            os.fsync(kept.fileno())


def not_as_written(path: Path) -> UsageError:
    """A file in the place of an output, of which nothing is what was written there."""
    return UsageError("output-not-as-written", hint="output-not-as-written", path=str(path))


def damaged(path: Path, placed: Placed) -> EnvironmentFailureError:
    """A committed chunk that is not what was written."""
    return EnvironmentFailureError(
        "output-damaged", hint="output-damaged", path=str(path), start=placed.start, count=placed.count
    )


@contextmanager
def unwritable(path: Path) -> Iterator[None]:
    """An `OSError` in the block says that the file cannot be written."""
    try:
        yield
    except OSError as error:
        raise EnvironmentFailureError(
            "file-unwritable", hint="file-unwritable", path=str(path), detail=cause_of(error)
        ) from error


@contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """An `OSError` in the block says that the file cannot be read."""
    try:
        yield
    except OSError as error:
        raise EnvironmentFailureError("file-unreadable", path=str(path), detail=cause_of(error)) from error


def names_in(folder: Path) -> list[str]:
    """What is in a folder; nothing if it is not there."""
    if not folder.exists():
        return []
    with unreadable(folder):
        return [path.name for path in folder.iterdir()]


def file_digest(file: BinaryIO, length: int) -> bytes:
    """SHA-256 of the next bytes of a file."""
    digest = sha256()
    while length > 0 and (piece := file.read(min(length, _PIECE))):
        digest.update(piece)
        length -= len(piece)
    return digest.digest()


def _digest(file: BinaryIO, placed: Placed) -> bytes:
    file.seek(placed.start)
    return file_digest(file, placed.length)


def _write(file: BinaryIO, data: bytes) -> None:
    """All of it at the end of the file, in as many pieces as the system takes it."""
    file.seek(0, os.SEEK_END)
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _cut(file: BinaryIO, size: int) -> None:
    os.ftruncate(file.fileno(), size)
    os.fsync(file.fileno())
