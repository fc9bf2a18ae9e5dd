"""A scanner on a serial port, played by a pseudo-terminal: pauses, cables that are pulled, scans that break off."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from certx.app.counter.serial_port import serial_chunks
from certx.errors import CertxError, UsageError
from certx.i18n import Words

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
tty = pytest.importorskip("tty", reason="no pseudo-terminals here")
termios = pytest.importorskip("termios", reason="no pseudo-terminals here")
pytest.importorskip("serial", reason="pyserial is an extra")


class Scanner:
    """A device that sends what it is told; `name` is how a counter opens it."""

    def __init__(self) -> None:
        self._master, self._port = pty.openpty()
        tty.setraw(self._port)
        self.name = os.ttyname(self._port)

    def wait_until_open(self) -> None:
        """What was sent before somebody listens is lost: to have opened the port is to have set its speed."""
        until = time.monotonic() + 20
        while termios.tcgetattr(self._port)[4] != termios.B9600:
            assert time.monotonic() < until
            time.sleep(0.02)
        time.sleep(0.1)

    def send(self, text: str) -> None:
        data = text.encode()
        while data:  # no more than a terminal holds at a time
            data = data[os.write(self._master, data[:1_024]) :]

    def unplug(self) -> None:
        for end in (self._port, self._master):
            if end >= 0:
                os.close(end)
        self._port = self._master = -1


class Counter:
    """`certx counter --plain --json --serial`; what it says comes in as it is said."""

    def __init__(self, home: Path, scanner: Scanner) -> None:
        command = [sys.executable, "-P", "-m", "certx._entry", "counter", "--plain", "--json", "--serial", scanner.name]
        environment = {**os.environ, "CERTX_HOME": str(home), "CERTX_LANG": "en", "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.verdicts, self.talk = list[dict[str, Any]](), list[str]()
        out, talk = self._process.stdout, self._process.stderr
        assert out is not None
        assert talk is not None
        self._readers = [
            Thread(target=lambda: [self.verdicts.append(json.loads(line)) for line in out]),
            Thread(target=lambda: [self.talk.append(line.decode()) for line in talk]),
        ]
        for reader in self._readers:
            reader.start()

    def wait_for(self, verdicts: int = 0, talk: str = "") -> None:
        until = time.monotonic() + 20
        while len(self.verdicts) < verdicts or (talk and talk not in "".join(self.talk)):
            assert time.monotonic() < until, (self.verdicts, self.talk)
            assert self._process.poll() is None, self.talk
            time.sleep(0.02)

    def end(self) -> None:
        self._process.terminate()
        with self._process:
            for reader in self._readers:
                reader.join(timeout=10)


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    plugged = Scanner()
    yield plugged
    plugged.unplug()


@pytest.fixture
def counter(town: Path, scanner: Scanner, tmp_path: Path) -> Iterator[Counter]:
    home = shutil.copytree(town.parent / "day" / "counter", tmp_path / "home")
    opened = Counter(home, scanner)
    try:
        scanner.wait_until_open()
        yield opened
    finally:
        opened.end()


@pytest.fixture(scope="session")
def good(town: Path) -> str:
    return (town / "licences" / "business-licence.txt").read_text().strip()


def test_each_scan_is_a_verdict_whichever_key_ends_it(counter: Counter, scanner: Scanner, good: str) -> None:
    for number, end in enumerate("\r\n\t", 1):
        scanner.send(good + end)
        counter.wait_for(number)
    assert [verdict["outcome"] for verdict in counter.verdicts] == ["accepted"] * 3


def test_a_pause_within_a_scan_does_not_cut_it(counter: Counter, scanner: Scanner, good: str) -> None:
    scanner.send(good[:500])
    time.sleep(0.6)
    scanner.send(f"{good[500:]}\r")
    counter.wait_for(1)
    assert [verdict["outcome"] for verdict in counter.verdicts] == ["accepted"]


def test_a_whole_scan_needs_no_line_end(counter: Counter, scanner: Scanner, good: str) -> None:
    scanner.send(good)
    counter.wait_for(1)
    assert counter.verdicts[0]["outcome"] == "accepted"


def test_a_scan_that_breaks_off_is_dropped_and_the_next_one_counts(
    counter: Counter, scanner: Scanner, good: str
) -> None:
    scanner.send(good[:500])
    counter.wait_for(talk="500")
    scanner.send(f"{good}\r")
    counter.wait_for(1)
    assert [verdict["outcome"] for verdict in counter.verdicts] == ["accepted"]


def test_a_scanner_that_is_unplugged_is_told_and_waited_for(counter: Counter, scanner: Scanner, good: str) -> None:
    scanner.send(f"{good}\r")
    counter.wait_for(1)
    scanner.unplug()
    counter.wait_for(talk="scanner")
    assert len(counter.verdicts) == 1


def test_a_device_that_is_none_is_named() -> None:
    with pytest.raises(CertxError) as caught:
        next(serial_chunks("/dev/no-such-scanner", 9_600, lambda _: None))
    assert (caught.value.code, caught.value.params["path"]) == ("serial-failed", "/dev/no-such-scanner")
    assert Words("zh").error(caught.value)[0] == "无法打开串口 /dev/no-such-scanner：没有这个文件或文件夹"


def test_what_is_no_serial_port_is_told_in_the_language_of_the_reader() -> None:
    with pytest.raises(CertxError, match="serial-failed") as caught:
        next(serial_chunks("/dev/null", 9_600, lambda _: None))
    assert Words("zh").error(caught.value)[0] == "无法打开串口 /dev/null：不是串口或终端"


def test_a_speed_that_is_none_is_refused(scanner: Scanner) -> None:
    with pytest.raises(UsageError, match="serial-baud"):
        next(serial_chunks(scanner.name, -1, lambda _: None))
