"""Pictures and documents are opened in a process of their own, whose end is one more reason.

None of their formats bounds what it takes to open one. The process is started for the first and kept for the next:
60 ms once, then 1. When a file took too much of it, and after many others, a new one takes its place.
"""

import atexit
import subprocess
import sys
from contextlib import suppress
from threading import Lock, Timer
from time import monotonic
from typing import IO, Final

from certx.app.carrier.confined_frames import Kind, answer, send
from certx.app.machine.work_process import without_interrupts
from certx.carrier.contents import Contents
from certx.credential.errors import CredentialError
from certx.errors import EnvironmentFailureError
from certx.extras import missing
from certx.reason import Reason

_MOST_SECONDS: Final = 30.0
"""Of the wall clock, for a file: of the processor's time it has less, where the system can hold it to that."""
_START_SECONDS: Final = 60.0
_ENDING_SECONDS: Final = 1.0
_SIGKILL: Final = 9
"""What the system kills with where all of it lacks memory, and people; bounds of our own end it otherwise."""
_MOST_FILES: Final = 500
"""That one process opens: what a library forgets to free stays small."""
_CODES: Final = frozenset({Kind.CODE, Kind.UNREAD})
_PROGRAM: Final = (
    "import gc, sys; gc.disable(); sys.path[:] = {path}; from certx.app.carrier.confined_process import serve; serve()"
)


class ConfinedReader:
    """The process, started when it is needed; one file at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._left = 0

    def open(self, data: bytes) -> Contents:
        """The contents of a file (`certx.carrier.contents.Open`).

        Raises `CredentialError` also if it took too much memory or time, `EnvironmentFailureError` if there cannot be
        such a process.
        """
        with self._lock:
            found = self._opened(data)
            if found is None:  # somebody killed it, and not for this file: a new one says more
                found = self._opened(data)
        if found is None:
            found = CredentialError(Reason.UNREADABLE_TOO_COSTLY)
        if isinstance(found, CredentialError):
            raise found
        return found

    def _opened(self, data: bytes) -> Contents | CredentialError | None:
        """What the process says of a file; `None` if it was killed from outside, which says nothing of the file."""
        process, until = self._started(), monotonic() + _MOST_SECONDS
        is_good = False
        try:
            found = _found_in(_answered(process, _MOST_SECONDS, data))
            self._left -= 1
            is_good = self._left > 0
        except (EOFError, OSError, ValueError):  # it is dead, or what it says is no answer
            is_killed = monotonic() < until and _end_of(process) == -_SIGKILL
            return None if is_killed else CredentialError(Reason.UNREADABLE_TOO_COSTLY)
        finally:  # whatever it was, Ctrl-C too: nobody knows where in an answer such a process is
            if not is_good:
                self._end()
        return found

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        path = [str(entry) for entry in sys.path if entry]
        # Isolated: neither the folder that somebody works in nor variables decide what is loaded.
        options = ["-I", "-S", *(["-B"] if sys.dont_write_bytecode else [])]
        command = [sys.executable, *options, "-c", _PROGRAM.format(path=path)]
        pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
        try:
            with without_interrupts():
                self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=quiet)  # noqa: S603 - ours
            _answered(self._process, _START_SECONDS)
        except (OSError, EOFError, ValueError) as error:
            self._end()
            raise EnvironmentFailureError("confined-start", hint="confined-start") from error
        except BaseException:  # Ctrl-C: it would answer to the next file that it is ready
            self._end()
            raise
        atexit.unregister(self.close)
        atexit.register(self.close)
        self._left = _MOST_FILES
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for line in _lines(process):
            with suppress(OSError):  # what was not sent yet
                line.close()
        process.wait()


_READER: Final = ConfinedReader()


def open_confined(data: bytes) -> Contents:
    """The contents of a file, opened in the one such process that this one has: see `ConfinedReader.open`."""
    return _READER.open(data)


def _answered(
    process: "subprocess.Popen[bytes]", seconds: float, data: bytes | None = None
) -> list[tuple[Kind, bytes]]:
    """What the process answers to a file, or that it is ready; it is killed if that takes longer.

    Raises `EOFError`, `OSError` or `ValueError` if it does not answer.
    """
    to, back = _lines(process)
    end = Timer(seconds, process.kill)
    end.daemon = True
    end.start()
    try:
        if data is not None:
            send(to, Kind.FILE, data)
            to.flush()
        return list(answer(back))
    finally:
        end.cancel()


def _end_of(process: "subprocess.Popen[bytes]") -> int | None:
    """The status that it ended with, `None` if it is still there."""
    try:
        return process.wait(_ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _lines(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    """To the process and back."""
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101 - likewise
    return process.stdin, process.stdout


def _found_in(frames: list[tuple[Kind, bytes]]) -> Contents | CredentialError:
    """What an answer says: contents, or why there are none; raises what the process could not do at all."""
    for kind, data in frames:
        if kind is Kind.REFUSED:
            reason, *most = data.decode().split(" ")
            return CredentialError(Reason(reason), **({"maximum": int(most[0])} if most else {}))
        if kind is Kind.MISSING:
            raise missing(extra="carrier", package=data.decode())
        if kind is Kind.BUG:
            raise RuntimeError(data.decode())
    attached = tuple(data for kind, data in frames if kind is Kind.ATTACHED)
    codes = tuple(data.decode() if kind is Kind.CODE else None for kind, data in frames if kind in _CODES)
    return Contents(attached, codes)
