"""Files written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from certx.errors import EnvironmentFailureError

_PRIVATE: Final = 0o600


@contextmanager
def replacing(path: Path, *, mode: int = 0o644, folder_mode: int = 0o777) -> Iterator[BinaryIO]:
    """A file to write; it takes the place of `path` when the block ends well, on disk by then, else it vanishes.

    A link stays one: what it leads to is replaced. A file left by a process that was killed has the same name, so the
    next one takes its place. Raises `EnvironmentFailureError` if it cannot be written.
    """
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=folder_mode)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(temporary, flags, _PRIVATE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(mode)
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(target.parent)
    except OSError as error:
        raise EnvironmentFailureError(
            "file-unwritable", hint="file-unwritable", path=str(path), detail=error.strerror or "?"
        ) from error


def replace_file(path: Path, data: bytes, *, mode: int = 0o644, folder_mode: int = 0o777) -> None:
    """Write a whole file at once; see `replacing`."""
    with replacing(path, mode=mode, folder_mode=folder_mode) as file:
        file.write(data)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where folders can be synced."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
