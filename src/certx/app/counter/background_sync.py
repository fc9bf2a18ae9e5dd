"""`certx sync` beside a counter that stays open: a process of its own, so that no scan ever waits for it."""

import os
import subprocess
import sys
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, Final, NamedTuple

from certx.errors import cause_of
from certx.i18n import Language, Words
from certx.settings import Settings

_MOST_SAID: Final = 65_536
_FIRST_SECONDS: Final = 5.0
"""A counter that was just opened may be needed first."""
_LEAVE_SECONDS: Final = 2.0


class Synced(NamedTuple):
    """How a sync ended: when (Unix time), and what it said if it failed."""

    at: float
    failure: str | None


class BackgroundSync:
    """Starts one process at a time; `poll` says what became of it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._next_at: float | None = None
        self.last: Synced | None = None

    @property
    def can_sync(self) -> bool:
        """Has this machine a signed registry and a source of it?"""
        return self._settings.root is not None and self._settings.source is not None

    @property
    def is_running(self) -> bool:
        """Is a sync on its way?"""
        return self._process is not None

    def start(self, language: Language, *, now: float) -> None:
        """Begin, unless one is on its way."""
        if not self.can_sync or self._process is not None:
            return
        self._next_at = now + 60 * self._settings.sync_minutes
        command = [sys.executable, "-P", "-m", "certx._entry", "sync", "--lang", language]
        environment = {**os.environ, "CERTX_HOME": str(self._settings.home.absolute())}
        for name in ("CERTX_REGISTRY", "CERTX_REGION", "PYTHONSTARTUP"):
            environment.pop(name, None)
        environment["PYTHONUTF8"] = "1"
        self._said = TemporaryFile()  # noqa: SIM115 - until the process has ended; a pipe could fill up
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._said, env=environment
            )
        except OSError as error:
            self._end(Synced(now, Words(language).cause(cause_of(error))))

    def poll(self, language: Language, *, now: float) -> bool:
        """Begin if it is time to, note one that has ended; whether something has changed."""
        if self._next_at is None:
            self._next_at = now + _FIRST_SECONDS
        if self._process is None:
            is_due = self._settings.sync_minutes > 0 and now >= self._next_at
            if is_due:
                self.start(language, now=now)
            return is_due and self.can_sync
        status = self._process.poll()
        if status is None:
            return False
        self._end(Synced(now, None if status == 0 else self._complaint()))
        return True

    def stop(self) -> None:
        """Leave nothing running; what a sync that is cut off has staged is not in use, and swept by the next."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._end(None)

    def _end(self, synced: Synced | None) -> None:
        self._process = None
        if synced is not None:
            self.last = synced
        if self._said is not None:
            with suppress(OSError):
                self._said.close()
            self._said = None

    def _complaint(self) -> str:
        """The first line that the process said, without its name."""
        assert self._said is not None  # noqa: S101 - it is there as long as the process is
        self._said.seek(0)
        lines = self._said.read(_MOST_SAID).decode("utf-8", "replace").splitlines()
        said = next((line for line in lines if line.startswith("certx: ")), lines[-1] if lines else "?")
        return said.removeprefix("certx: ")
