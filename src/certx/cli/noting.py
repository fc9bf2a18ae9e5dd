"""Verdicts noted in the log, for a command that writes them; whatever goes wrong with it is told once, on stderr."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from certx.app.verifying.desk import Order
from certx.app.verifying.inputs import MOST_TOGETHER
from certx.app.verifying.verdict_log import keeps_log, leave_lines, salt_for
from certx.audit.record import Line
from certx.errors import CertxError
from certx.i18n import Words
from certx.render.width import printable

if TYPE_CHECKING:
    from certx.app.verifying.verdict_log import VerdictLog

Note = Callable[[Sequence[Line]], None]
"""Takes the lines of verdicts that were given."""


def with_salt(order: Order, words: Words, *, wanted: bool) -> Order:
    """The order, with the secret of the log if there are to be lines in it: of verdicts on the present alone."""
    if not wanted or order.is_past or not keeps_log(order.settings):
        return order
    try:
        return order._replace(salt=salt_for(order.settings))
    except CertxError as error:
        tell(error, words)
        return order


@contextmanager
def noting(order: Order, words: Words) -> Iterator[Note]:
    """Lines are written as they come if they are many, else at the end of the block, also if output was cut off."""
    log: VerdictLog | None = None
    few: list[Line] = []

    def note(lines: Sequence[Line]) -> None:
        nonlocal log
        if log is None and len(few) + len(lines) <= MOST_TOGETHER:
            few.extend(lines)
            return
        if log is None:
            from certx.app.verifying.verdict_log import VerdictLog  # noqa: PLC0415 - opens a database, for many

            log = VerdictLog(order.settings)
        was_well = log.problem is None
        log.add([*few, *lines], now=order.now)
        few.clear()
        if was_well and log.problem is not None:
            tell(log.problem, words)

    try:
        yield note
    finally:
        with suppress(OSError):  # nobody reads any more, which is told where it was written
            sys.stdout.flush()
        if log is not None:
            log.add(few, now=order.now)
            if log.held or log.lost:
                _warn(words.term("log-lost", count=log.held + log.lost))
            log.close()
        elif few:
            try:
                leave_lines(order.settings, few, now=order.now)
            except CertxError as error:
                tell(error, words)


def tell(error: CertxError, words: Words) -> None:
    """Say on stderr what keeps verdicts from being logged; they stand."""
    _warn(words.term("log-failed", message=words.error(error)[0]))


def _warn(text: str) -> None:
    sys.stderr.write(f"certx: {printable(text)}\n")
