"""One job at a time, by a lock that ends with the process that holds it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from certx.errors import EnvironmentFailureError
from certx.sqlite import held, is_busy, told

_BUSY_SECONDS: Final = 30.0


@contextmanager
def exclusive(
    path: Path, *, code: str, hint: str | None = None, of: Path | None = None,
    folder_mode: int = 0o700, seconds: float = _BUSY_SECONDS,
) -> Iterator[None]:  # fmt: skip
    """Hold a lock file for the block.

    Raises `EnvironmentFailureError`: with `code`, naming what it is a lock `of`, if another job does not finish in
    time, else naming the file.
    """

    def failure(error: sqlite3.Error | OSError) -> EnvironmentFailureError:
        if is_busy(error):
            return EnvironmentFailureError(code, hint=hint, path=str(of or path))
        return EnvironmentFailureError("file-unwritable", hint="file-unwritable", path=str(path), detail=str(error))

    with told(failure):
        path.parent.mkdir(parents=True, exist_ok=True, mode=folder_mode)
    with held(path, patience=seconds, failure=failure):
        yield
