"""Files written whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from certx.errors import EnvironmentFailureError


@contextmanager
def replacing(path: Path, *, mode: int = 0o644, folder_mode: int = 0o777) -> Iterator[BinaryIO]:
    """A file to write; it takes the place of `path` when the block ends well, on disk by then, else it vanishes.

    Raises `EnvironmentFailureError` if it cannot be written.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=folder_mode)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        raise EnvironmentFailureError(
            "file-unwritable", hint="file-unwritable", path=str(path), detail=error.strerror or "?"
        ) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()


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
