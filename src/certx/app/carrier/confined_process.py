"""A process that opens pictures and documents, within bounds of memory and time that hold it.

It starts by itself, on any platform, and ends with whoever started it: what it is told comes on its standard input.
"""

import gc
import os
import signal
import sys
from contextlib import suppress
from time import process_time
from typing import IO, Final

from certx.app.carrier.confined_frames import Kind, receive, send
from certx.carrier.contents import Contents, open_file
from certx.credential.errors import CredentialError
from certx.errors import EnvironmentFailureError

MOST_MEMORY: Final = 1_024 * 1_048_576
"""Bytes of address space: libraries take 150 MB of them, a picture of the most dots 450."""
MOST_SECONDS: Final = 1.0
"""Of the processor, for a file of one page with all that is attached to it, and for any page."""
PAGE_SECONDS: Final = 0.4
"""Of the processor, that each page adds once it is finished: as much as one scanned in colour at 600 dpi takes."""
_AT_ONCE: Final = 0.001


def serve() -> None:
    """Answer until there is nobody left to ask."""
    line = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints does not spoil an answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bound_memory()
    with suppress(BrokenPipeError):
        send(line, Kind.END)  # ready
        line.flush()
        while (frame := receive(sys.stdin.buffer)) is not None:
            _answer(line, frame[1])
            _end_after(0)
            send(line, Kind.END)
            line.flush()
            gc.enable()
    os._exit(0)  # nothing is left to do; libraries need not be taken down in order


def _answer(line: IO[bytes], data: bytes) -> None:
    try:
        _send_contents(line, open_file(data, _Allowance().step))
    except CredentialError as error:
        send(line, Kind.REFUSED, " ".join(map(str, [error.reason, *error.params.values()])).encode())
    except EnvironmentFailureError as error:
        send(line, Kind.MISSING, str(error.params["package"]).encode())
    except MemoryError:
        os._exit(1)  # as where a library notices first
    except Exception:  # noqa: BLE001 - it is raised where the answer is awaited
        import traceback  # noqa: PLC0415 - 4 ms

        send(line, Kind.BUG, traceback.format_exc().encode())


class _Allowance:
    """What a file may take of the processor: more only as its pages are finished."""

    def __init__(self) -> None:
        self._until: float | None = None

    def step(self) -> None:
        """A `certx.carrier.contents.Step`."""
        now = process_time()
        self._until = now + MOST_SECONDS if self._until is None else self._until + PAGE_SECONDS
        _end_after(max(min(MOST_SECONDS, self._until - now), _AT_ONCE))


def _send_contents(line: IO[bytes], contents: Contents) -> None:
    for data in contents.attached:
        send(line, Kind.ATTACHED, data)
    for code in contents.codes:
        send(line, Kind.UNREAD if code is None else Kind.CODE, (code or "").encode("utf-8", "replace"))


def _bound_memory() -> None:
    """Bound what this process may take, and leave no core with somebody's licence in it; where the system can."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    for limit, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CORE, 0)):
        with suppress(OSError, ValueError):  # a system that has no such limit, or a lower one
            resource.setrlimit(limit, (most, most))


def _end_after(seconds: float) -> None:
    """Let the system end this process once it has worked for so long; 0 for no end."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)
