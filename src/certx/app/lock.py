"""One job at a time, by a lock that ends with the process that holds it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from certx.errors import EnvironmentFailureError

_BUSY_SECONDS: Final = 30.0


@contextmanager
def exclusive(path: Path, *, code: str, folder_mode: int = 0o700, seconds: float = _BUSY_SECONDS) -> Iterator[None]:
    """Hold a lock file for the block.

    Raises `EnvironmentFailureError`: with `code` if another job does not finish in time, else naming the file.
    """
    lock: sqlite3.Connection | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=folder_mode)
        lock = sqlite3.connect(path, timeout=seconds, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
    except (sqlite3.Error, OSError) as error:
        if lock is not None:
            lock.close()
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise EnvironmentFailureError(code, path=str(path)) from error
        raise EnvironmentFailureError(
            "file-unwritable", hint="file-unwritable", path=str(path), detail=str(error)
        ) from error
    try:
        yield
    finally:
        lock.close()
