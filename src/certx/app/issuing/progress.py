"""How a long run is shown to the person who started it, and how that person ends it."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from certx.app.issuing.run import Watch
from certx.app.tables.chunks import Table
from certx.batch.order import Tally
from certx.i18n import Words

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_QUIET_SECONDS: Final = 1.0
"""What takes less needs no bar."""
_STEPS: Final = 1_000
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


class Interruptible(Watch):
    """Ends a run at Ctrl-C or SIGTERM: what is at work is finished and committed. At the second, it ends at once."""

    def __init__(self) -> None:
        self._is_over, self._began = False, monotonic()

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return monotonic() - self._began

    @property
    def is_seen(self) -> bool:
        """Is somebody watching a run that takes its time?"""
        return False

    @property
    def wants_to_stop(self) -> bool:
        """Did one of them come?"""
        return self._is_over

    def interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        """It did."""
        if self._is_over:
            raise KeyboardInterrupt
        self._is_over = True


class Bar(Interruptible):
    """A bar on a terminal: how far, how fast, how long still, how many rows were rejected."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._done: Callable[[], float | None] = lambda: None
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    @property
    def is_seen(self) -> bool:
        """See `Interruptible.is_seen`."""
        return self._progress is not None

    def begin(self, table: Table) -> None:
        """The table is open."""
        self._done = table.done

    def seen(self, tally: Tally) -> None:
        """A chunk is done."""
        seconds = self.seconds
        if self._progress is None:
            if seconds < _QUIET_SECONDS:
                return
            self._progress = _progress()
            self._progress.start()
            self._task = self._progress.add_task("", total=None)
        share = self._done()
        text = self._words.term(
            "progress", rows=tally.rows, rate=int(tally.rows / max(seconds, 1e-6)), rejected=tally.rejected
        )
        assert self._task is not None  # noqa: S101 - it began with the bar
        total = None if share is None else _STEPS
        completed = tally.rows if share is None else int(share * _STEPS)
        self._progress.update(self._task, description=text, total=total, completed=completed)

    def end(self) -> None:
        """The run is over."""
        if self._progress is not None:
            self._progress.stop()


class Counting:
    """A line on a terminal of how many are done, for a run that takes longer than a second."""

    def __init__(self, words: Words) -> None:
        self._words, self._began = words, monotonic()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def seen(self, count: int) -> None:
        """So many are done."""
        seconds = monotonic() - self._began
        if seconds < _QUIET_SECONDS or sys.stderr is None or not sys.stderr.isatty():
            return
        if self._progress is None:
            self._progress = _progress()
            self._progress.start()
            self._task = self._progress.add_task("", total=None)
        assert self._task is not None  # noqa: S101 - it began with the line
        text = self._words.term("print-progress", count=count, rate=int(count / seconds))
        self._progress.update(self._task, description=text)

    def end(self) -> None:
        """All are."""
        if self._progress is not None:
            self._progress.stop()


def _progress() -> "Progress":
    from rich.console import Console  # noqa: PLC0415 - only for a person who waits
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns: tuple[Any, ...] = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(file=sys.stderr), transient=True, auto_refresh=False)


@contextmanager
def watching(words: Words) -> Iterator[Interruptible]:
    """The watch for one run: a bar if there is a terminal; Ctrl-C and SIGTERM end the run well."""
    watch = Bar(words) if sys.stderr is not None and sys.stderr.isatty() else Interruptible()
    is_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, watch.interrupt) for number in (_ENDING if is_main else ())}
    try:
        yield watch
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if isinstance(watch, Bar):
            watch.end()
