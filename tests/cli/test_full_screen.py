"""The full screen in a real terminal: keys at a scanner's speed, and how it ends by a bug."""

import os
import select
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from certx.app.machine.clock import now
from certx.app.verifying.verdict_log import read_history
from certx.settings import load_settings

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
fcntl = pytest.importorskip("fcntl", reason="no pseudo-terminals here")
termios = pytest.importorskip("termios", reason="no pseudo-terminals here")
textual_app = pytest.importorskip("textual.app", reason="Textual is an extra")

BURST: Final = 16
"""Characters at a time: with `BURST_SECONDS` between them 2,000 a second, more than any scanner types."""
BURST_SECONDS: Final = 0.008
QUIT: Final = b"\x11"
RUN: Final = "from certx._entry import main; main()"


class Screen:
    """`certx counter` in a terminal of 80 by 24; `seen` is all that it painted."""

    def __init__(self, home: Path, code: str = RUN) -> None:
        self._master, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        more = {"CERTX_HOME": str(home), "CERTX_SYNC_MINUTES": "0", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", code, "counter", "--lang", "zh"], env={**os.environ, **more},
            stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
        )  # fmt: skip
        os.close(terminal)
        self.seen = b""

    def type_in(self, data: bytes) -> None:
        """At a scanner's speed; the terminal is read meanwhile, as terminals are."""
        for start in range(0, len(data), BURST):
            os.write(self._master, data[start : start + BURST])
            self._read(BURST_SECONDS)

    def wait_for(self, what: bytes) -> None:
        until = time.monotonic() + 30
        while what not in self.seen:
            assert time.monotonic() < until, self.seen[-2_000:]
            self._read(0.05)

    def wait_for_end(self) -> int:
        until = time.monotonic() + 30
        while self.process.poll() is None:
            assert time.monotonic() < until, self.seen[-2_000:]
            self._read(0.05)
        self._read(0.2)
        return self.process.returncode

    def _read(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (rest := until - time.monotonic()) > 0 and select.select([self._master], [], [], rest)[0]:
            try:
                data = os.read(self._master, 65_536)
            except OSError:  # how a terminal says that its process has ended
                return
            if not data:
                return
            self.seen += data

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=10)
        os.close(self._master)


@pytest.fixture
def home(town: Path, tmp_path: Path) -> Path:
    return shutil.copytree(town.parent / "day" / "counter", tmp_path / "home")


@pytest.fixture
def screens() -> Iterator[list[Screen]]:
    opened: list[Screen] = []
    yield opened
    for screen in opened:
        screen.close()


def test_scans_at_a_scanners_speed_are_verdicts_in_order(town: Path, home: Path, screens: list[Screen]) -> None:
    names = ["accepted", "expired", "not-recognised", "altered", "revoked", "stranger"] * 2
    screen = Screen(home)
    screens.append(screen)
    screen.wait_for("请扫描".encode())
    for name in names:
        screen.type_in((town / "cases" / f"{name}.txt").read_bytes().strip() + b"\r")
    screen.wait_for(f"本班 {len(names)} 件".encode())
    screen.type_in(QUIT)
    assert screen.wait_for_end() == 0
    records = read_history(load_settings({"CERTX_HOME": str(home)}), since=0, until=float("inf"), now=now())
    of = {
        "accepted": ("accepted", ""), "expired": ("invalid", "expired"), "revoked": ("invalid", "revoked"),
        "not-recognised": ("not-acceptable", "no-agreement"), "altered": ("invalid", "signature-wrong"),
        "stranger": ("invalid", "key-not-listed"),
    }  # fmt: skip
    assert [(record.line.kind.outcome, record.line.kind.reason) for record in records] == [of[name] for name in names]


def test_a_bug_is_told_without_the_programs_variables(town: Path, home: Path, screens: list[Screen]) -> None:
    broken = (
        "import certx.tui.panels as panels\n"
        "def body(answer, *_, **__):\n"
        "    secret = repr(answer)\n"
        "    raise ValueError('a bug')\n"
        f"panels.body = body\n{RUN}"
    )
    screen = Screen(home, broken)
    screens.append(screen)
    screen.wait_for("请扫描".encode())
    screen.type_in((town / "licences" / "business-licence.txt").read_bytes().strip() + b"\r")
    assert screen.wait_for_end() == 1
    told = screen.seen.decode("utf-8", "replace")
    assert "ValueError" in told
    assert "locals" not in told
    assert "成都示例数据科技有限公司" not in told
    assert "张示例" not in told


def test_textual_still_has_what_it_does_not_publish() -> None:
    """`certx.tui.plain_failure` rests on these: if this fails, see how that version of Textual ends by an exception."""
    assert all(callable(getattr(textual_app.App, name, None)) for name in ("_fatal_error", "_close_messages_no_wait"))
    assert textual_app.App()._exception is None
