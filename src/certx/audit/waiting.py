"""Lines on their way to the log: a small file for each run of `certx verify`, which has no time to open a database.

Whoever opens the log next takes them in. A file appears whole, under a name that no other process uses, so that any
number of them may be written at once and none waits for a lock.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Final, NamedTuple

import orjson

from certx.audit.record import SALT_BYTES, Line, line_from, line_object

_SUFFIX: Final = ".jsonl"
_PRIVATE: Final = 0o600
MAX_BYTES: Final = 1_048_576
"""Largest file that is taken in; a run that leaves one has some dozens of lines."""


class Left(NamedTuple):
    """A file of waiting lines; `None` if it cannot be read as such, which a power cut may cause."""

    name: str
    lines: Sequence[Line] | None


class WaitingLines:
    """A folder of such files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def leave(self, lines: Sequence[Line]) -> None:
        """Write lines that are to be taken in; raises `OSError`."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        name = f"{os.getpid()}-{token_hex(8)}"
        temporary = self._folder / f".{name}"
        _write(temporary, b"".join(orjson.dumps(line_object(line)) + b"\n" for line in lines))
        temporary.replace(self._folder / f"{name}{_SUFFIX}")

    def names(self) -> list[str]:
        """The files that wait."""
        try:
            return [name for name in os.listdir(self._folder) if name.endswith(_SUFFIX)]  # noqa: PTH208 - cheaper
        except FileNotFoundError:
            return []

    def read(self, name: str) -> Left | None:
        """One of them, `None` if another process has taken it in already; raises `OSError`."""
        path = self._folder / name
        try:
            if path.stat().st_size > MAX_BYTES:
                return Left(name, None)
            rows = [line_from(orjson.loads(row)) for row in path.read_bytes().splitlines()]
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            return Left(name, None)
        return Left(name, rows or None)

    def remove(self, name: str) -> None:
        """Remove one that was taken in; raises `OSError`."""
        (self._folder / name).unlink(missing_ok=True)


def salt_of(path: Path) -> bytes:
    """The secret in a file, made if there is none; raises `OSError`, and `ValueError` if it is damaged.

    It lies beside the log and not in it: without this file, no identifier can be guessed from the hashes.
    """
    try:
        salt = path.read_bytes()
    except FileNotFoundError:
        salt = _make_salt(path)
    if len(salt) != SALT_BYTES:
        raise ValueError(path)
    return salt


def _make_salt(path: Path) -> bytes:
    """Of several processes that make one at once, the first decides."""
    temporary = path.with_name(f".{path.name}-{token_hex(8)}")
    _write(temporary, token_bytes(SALT_BYTES), durable=True)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    return path.read_bytes()


def _write(path: Path, data: bytes, *, durable: bool = False) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, _PRIVATE)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            file.write(data)
            if durable:
                os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
