"""`certx counter`: the full screen, where there is a terminal and Textual is installed."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from certx.app.counter.background_sync import BackgroundSync
from certx.app.counter.folder_watch import FolderWatch
from certx.app.counter.session import Counter
from certx.app.machine.clock import now
from certx.errors import UsageError
from certx.extras import extra_module
from certx.i18n import Language

_TURN_SECONDS: Final = 0.0005
"""Keys are read, judged and painted by three threads in turn: at Python's 5 ms a turn, waiting is most of a verdict."""


def run_screen(counter: Counter, language: Language, *, watch: Path | None, serial: str | None, baud: int) -> None:
    """Keep the counter open until the clerk quits; raises `UsageError` if there is no terminal."""
    streams = (sys.stdin, sys.stdout, sys.stderr)  # Textual draws on the last
    if not all(stream is not None and stream.isatty() for stream in streams):
        raise UsageError("counter-terminal", hint="counter-terminal")
    extra_module("textual", extra="counter", package="textual")
    from certx.tui.app import CounterApp  # noqa: PLC0415 - of an extra

    chunks = None
    if serial is not None:
        extra_module("serial", extra="counter", package="pyserial")
        chunks = _port(serial, baud)
    folder = FolderWatch(watch) if watch is not None else None
    screen = CounterApp(counter, BackgroundSync(counter.settings), language, clock=now, watch=folder, chunks=chunks)
    sys.setswitchinterval(_TURN_SECONDS)
    screen.run()
    if screen.failure is not None:  # a bug, told as any other is
        raise screen.failure


def _port(device: str, baud: int) -> Callable[[Callable[[str], None]], Iterator[bytes]]:
    from certx.app.counter.serial_port import serial_chunks  # noqa: PLC0415 - of an extra

    return lambda tell: serial_chunks(device, baud, tell)
