"""A database in a file of SQLite: opened, brought to its format, changed whole or not at all; and lock files.

Whose file it is tells what goes wrong in words of its own: a `Failure` makes its error of what was raised.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from time import sleep
from typing import Final

from certx.errors import CertxError

Failure = Callable[[sqlite3.Error | OSError], CertxError]
_PAUSE: Final = 0.02
"""Seconds between two tries where SQLite itself does not wait."""


@contextmanager
def told(failure: Failure) -> Iterator[None]:
    """What goes wrong with files of this kind in the block is told in their owner's words."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise failure(error) from error


class SqliteFile:
    """One file (WAL; local disks only) that any number of processes may read and write at once."""

    def __init__(self, path: Path, *, patience: float, failure: Failure) -> None:
        """Open or make it, readable by its owner alone; `patience`: seconds to wait for another process's change."""
        self._patience, self._failure = patience, failure
        with self.failures():
            path.touch(mode=0o600)
            self.database = sqlite3.connect(path, timeout=patience, isolation_level=None)

    @contextmanager
    def failures(self) -> Iterator[None]:
        """See `told`."""
        with told(self._failure):
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing of it; it waits for those of others.

        What is open after an error is rolled back, and nothing where SQLite did that itself, as it does when the disk
        is full.
        """
        with self.failures(), self.database:
            self.database.execute("BEGIN IMMEDIATE")
            yield
            self.database.execute("COMMIT")

    def bring_up_to_date(self, steps: Sequence[Sequence[str]], newer: Callable[[int], CertxError]) -> None:
        """Carry out the steps that the file lacks, of several processes one; `PRAGMA user_version` counts what it has.

        A file that has more than these is left as it is: `newer` makes the error.
        """
        if self._steps_done(steps, newer) == len(steps):
            return
        self._begin_wal()
        with self.transaction():
            missing = steps[self._steps_done(steps, newer) :]  # another process may have been first
            for statement in chain.from_iterable(missing):
                self.database.execute(statement)
            self.database.execute(f"PRAGMA user_version={len(steps)}")

    def _steps_done(self, steps: Sequence[Sequence[str]], newer: Callable[[int], CertxError]) -> int:
        with self.failures():
            done = int(self.database.execute("PRAGMA user_version").fetchone()[0])
        if not 0 <= done <= len(steps):
            raise newer(done)
        return done

    def _begin_wal(self) -> None:
        """For this alone SQLite does not wait, where another process does the same at once."""
        for left in range(int(self._patience / _PAUSE), -1, -1):
            try:
                self.database.execute("PRAGMA journal_mode=WAL")
            except sqlite3.Error as error:
                if not is_busy(error) or not left:
                    raise self._failure(error) from error
                sleep(_PAUSE)
            else:
                return


@contextmanager
def held(path: Path, *, patience: float, failure: Failure) -> Iterator[None]:
    """Hold a lock file for the block: SQLite's own locks end with the process, however it ends."""
    with told(failure):
        lock = sqlite3.connect(path, timeout=patience, isolation_level=None)
    with closing(lock):
        with told(failure):
            lock.execute("BEGIN EXCLUSIVE")
        yield


def is_busy(error: sqlite3.Error | OSError) -> bool:
    """Did another process not finish in time?"""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
