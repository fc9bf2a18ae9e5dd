"""Lock files beside a ledger in SQLite: which jobs are at work, and who has the ledger to themselves.

Each is a database of its own, held by a transaction: see `certx.sqlite.held`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from certx.errors import EnvironmentFailureError
from certx.sqlite import held, is_busy, told

_BUSY_SECONDS: Final = 30.0


class SqliteLocks:
    """The lock files of one ledger."""

    def __init__(self, path: Path) -> None:
        """`path` is that of the ledger."""
        self._path = path

    @contextmanager
    def job(self, number: int) -> Iterator[None]:
        """Hold the lock file of a job for the block; those of jobs that were killed go."""
        for file in self._path.parent.glob(f"{self._path.name}-job-*"):
            earlier = file.name.rpartition("-")[2]
            if earlier.isdecimal():  # not the journal of a lock file
                self.is_at_work(int(earlier))
        file = self._job_file(number)
        with self._locked(file):
            try:
                yield
            finally:
                file.unlink(missing_ok=True)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock file that is for one process at a time."""
        with self._locked(Path(f"{self._path}-job")):
            yield

    def _job_file(self, number: int) -> Path:
        return Path(f"{self._path}-job-{number}")

    def is_at_work(self, number: int) -> bool:
        """Does a process hold the lock file of a job?"""
        file = self._job_file(number)
        if not file.exists():
            return False
        try:
            with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as lock:
                lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return True
        file.unlink(missing_ok=True)
        return False

    @contextmanager
    def _locked(self, file: Path) -> Iterator[None]:
        tell = partial(failure, self._path)
        with told(tell):
            file.touch(mode=0o600)
        with held(file, patience=_BUSY_SECONDS, failure=tell):
            yield


def failure(path: Path, error: sqlite3.Error | OSError) -> EnvironmentFailureError:
    """What is told of an error of a ledger's files."""
    if is_busy(error):
        return EnvironmentFailureError("ledger-busy", hint="ledger-busy", path=str(path))
    return EnvironmentFailureError("ledger-failed", hint="ledger-failed", path=str(path), detail=str(error))
