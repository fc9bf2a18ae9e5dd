"""The log of verdicts of this machine: written after the judgement, and never in its way.

Whatever keeps a line from being written, the verdict stands and the command's exit status is its own. It is told
once; lines wait in memory, a bounded number of them, and are written as soon as that is possible again.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from certx.audit.record import Line, Record
from certx.audit.waiting import WaitingLines, salt_of
from certx.errors import CertxError, EnvironmentFailureError, cause_of
from certx.settings import Settings

if TYPE_CHECKING:  # a start of `certx verify` has no time for a database
    from certx.audit.sqlite import CounterStore

_DAY: Final = 86_400
_MOST_HELD: Final = 50_000
_MOST_WAITING: Final = 64
"""So many runs of `certx verify` leave their lines in files before one of them takes the time to tidy up."""
_PATIENCE: Final = 5.0
"""Seconds that a command waits for another process that is writing; the counter's screen waits for nobody."""


def keeps_log(settings: Settings) -> bool:
    """Is this machine one that logs? One that was never set up has no home, and gets none by this."""
    return settings.history_days > 0 and settings.home.is_dir()


def salt_for(settings: Settings) -> bytes:
    """The secret of this machine's log; raises `EnvironmentFailureError`."""
    path = settings.counter_salt
    try:
        return salt_of(path)
    except ValueError as error:
        raise EnvironmentFailureError("counter-salt", hint="counter-salt", path=str(path)) from error
    except OSError as error:
        raise _unwritable(str(path), error) from error


def leave_lines(settings: Settings, lines: Sequence[Line], *, now: float) -> None:
    """Log a few lines at the least expense; raises `CertxError`."""
    waiting = WaitingLines(settings.counter_waiting)
    try:
        waiting.leave(lines)
        are_many = len(waiting.names()) >= _MOST_WAITING
    except OSError as error:
        raise _unwritable(str(settings.counter_waiting), error) from error
    if are_many:
        log = VerdictLog(settings)
        try:
            log.take_in(now=now)
        finally:
            log.close()


def read_history(settings: Settings, *, since: float, until: float, now: float) -> Iterator[Record]:
    """The lines of that time (Unix; `until` exclusive), those that wait taken in first; raises `CertxError`."""
    if not settings.counter.exists() and not settings.counter_waiting.exists():
        return
    log = VerdictLog(settings)
    try:
        log.take_in(now=now)
        yield from log.store().history(since, until)
    finally:
        log.close()


class VerdictLog:
    """The log, for a process that has many lines to write. `problem` is why lines have to wait, if they do."""

    def __init__(self, settings: Settings, *, patience: float = _PATIENCE) -> None:
        self._settings, self._patience = settings, patience
        self._store: CounterStore | None = None
        self._held: deque[Line] = deque()
        self.problem: CertxError | None = None
        self.lost = 0

    @property
    def held(self) -> int:
        """How many lines wait to be written."""
        return len(self._held)

    def add(self, lines: Sequence[Line], *, now: float) -> None:
        """Write lines, or hold them until they can be."""
        self._held.extend(lines)
        if not self._held:
            return
        try:
            damaged = self._take_in(now) if self._store is None else None  # what came before
            self.store().add(self._held, keep_since=self._keep_since(now))
        except CertxError as error:
            self.problem = error
            while len(self._held) > _MOST_HELD:
                self._held.popleft()
                self.lost += 1
        else:
            self.problem = damaged
            self._held.clear()

    def settle(self, *, now: float) -> int:
        """Write what still waits in memory, with a command's patience; how many lines are not in the log for good."""
        if self._held:
            self.close()
            self._patience = _PATIENCE
            self.add([], now=now)
        return self.lost + len(self._held)

    def take_in(self, *, now: float) -> None:
        """Write what other processes left to be written; raises `CertxError`, also if some of it is unreadable."""
        damaged = self._take_in(now)
        if damaged is not None:
            raise damaged

    def _take_in(self, now: float) -> CertxError | None:
        """The same; what is unreadable is given back, and keeps nothing else from being written."""
        waiting = WaitingLines(self._settings.counter_waiting)
        count = self.store().take_in(waiting, keep_since=self._keep_since(now))
        if not count:
            return None
        return EnvironmentFailureError("counter-lines-damaged", path=str(self._settings.counter), count=count)

    def store(self) -> "CounterStore":
        """The store, opened when it is first needed; raises `EnvironmentFailureError`."""
        if self._store is None:
            from certx.audit.sqlite import CounterStore  # noqa: PLC0415 - a database, see above

            self._store = CounterStore(self._settings.counter, patience=self._patience)
        return self._store

    def close(self) -> None:
        """Give the file back."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _keep_since(self, now: float) -> float:
        return now - self._settings.history_days * _DAY


def _unwritable(path: str, error: OSError) -> EnvironmentFailureError:
    return EnvironmentFailureError("counter-unwritable", hint="file-unwritable", path=path, detail=cause_of(error))
