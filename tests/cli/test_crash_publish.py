"""`certx status publish` that is killed, or cannot write, leaves whole lists, and the same command again ends it."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from certx.app.machine.clock import now
from certx.errors import Exit
from certx.ledger import Entry, Reservation, SigningKey, StatusEvent, protocol
from certx.ledger.sqlite import SqliteLedger
from certx.licence.status import CanonicalStatus
from certx.status import read_token
from certx.status.reference import list_uri, series_of
from cli.orders import MAIN, left_over
from cli.runner import Session, folder_of

ISSUER: Final = "11510100MB9X0A012X"
SERIES: Final = series_of("510000", ISSUER)
NAMES: Final = [f"1.2.156.{number}" for number in range(3_000)]
POINTS: Final = 60
POINTS_IN_CI: Final = 8
_RANDOM: Final = random.Random(20261123)  # noqa: S311 - points in time, and the same ones every day
_FRACTIONS: Final = [_RANDOM.random() for _ in range(POINTS)]

Places = Mapping[str, tuple[int, int]]


@pytest.fixture(scope="session")
def issued(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town whose issuer has so many licences that they are on two lists, each published once."""
    folder = folder_of(town, tmp_path_factory.mktemp("published") / "town")
    with pytest.MonkeyPatch.context() as patch, closing(SqliteLedger(folder / "home" / "ledger.db")) as ledger:
        patch.setattr(protocol, "LIST_CAPACITY", 4_096)  # the second has 8,388,608
        entries = ledger.reserve([Reservation(f"row {name}", name, b"{}", SERIES) for name in NAMES])
        done = [
            entry._replace(digest=sha256(entry.licence_id.encode()).digest(), issued_at=1)
            for entry in entries
            if isinstance(entry, Entry)
        ]
        ledger.commit(done, SigningKey(ISSUER, "key"))
    places = {e.licence_id: (e.place.number, e.place.idx) for e in done if e.place is not None}
    assert {number for number, _ in places.values()} == {1, 2}
    (folder / "places.json").write_text(json.dumps(places))
    end(folder, NAMES[::3])
    assert finish(begin(folder)) == Exit.OK
    return folder


def begin(folder: Path, *, code: str = MAIN) -> subprocess.Popen[bytes]:
    arguments = [
        "status", "publish", "--issuer", ISSUER, "--key", "samr-status", "--passphrase-file", "passphrase",
        "--out", "lists", "--registry", "registry",
    ]  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code, *arguments], cwd=folder, env=Session(folder).environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def finish(process: subprocess.Popen[bytes]) -> int:
    return process.wait(timeout=120)


def end(folder: Path, names: list[str]) -> None:
    with closing(SqliteLedger(folder / "home" / "ledger.db")) as ledger:
        ledger.set_status(names, StatusEvent(CanonicalStatus.CANCELLED, 2, "x"))


def published(folder: Path, number: int, places: Places) -> frozenset[str]:
    """The licences that a list says are over; raises `StatusError` if it is not whole."""
    jwk = json.loads((folder / "home" / "keys" / "samr-status.jwk.json").read_bytes())
    text = (folder / "lists" / f"{ISSUER}-{number}.jwt").read_text()
    found = read_token(text, jwk, uri=list_uri(SERIES, number), now=datetime.fromtimestamp(now(), UTC))
    marked = {index for index, _ in found.marked()}
    over = frozenset(name for name, place in places.items() if place[0] == number and found.get(place[1]))
    assert len(over) == len(marked), "nothing but licences of this list"
    return over


@pytest.fixture(scope="session")
def usual_seconds(issued: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """From the first file that it writes to its end."""
    folder = shutil.copytree(issued, tmp_path_factory.mktemp("undisturbed") / "f")
    process = begin(folder)
    await_first_file(folder, process)
    began = time.monotonic()
    assert finish(process) == Exit.OK
    return time.monotonic() - began


def await_first_file(folder: Path, process: subprocess.Popen[bytes]) -> None:
    before = (folder / "lists").stat().st_mtime_ns
    while process.poll() is None and (folder / "lists").stat().st_mtime_ns == before:
        time.sleep(0.001)


@pytest.mark.parametrize(
    "point", [pytest.param(n, marks=[pytest.mark.slow] if n >= POINTS_IN_CI else []) for n in range(POINTS)]
)
def test_kill_at_a_random_point(point: int, issued: Path, usual_seconds: float, tmp_path: Path) -> None:
    folder = shutil.copytree(issued, tmp_path / "f")
    places: Places = json.loads((folder / "places.json").read_bytes())
    before = [published(folder, number, places) for number in (1, 2)]
    end(folder, NAMES[1::3])
    over = frozenset([*NAMES[::3], *NAMES[1::3]])
    after = [frozenset(name for name in over if places[name][0] == number) for number in (1, 2)]
    process = begin(folder)
    await_first_file(folder, process)
    deadline = time.monotonic() + usual_seconds * _FRACTIONS[point]
    while time.monotonic() < deadline:  # a reader meanwhile
        seen = [published(folder, number, places) for number in (1, 2)]
        assert all(one in states for one, states in zip(seen, zip(before, after, strict=True), strict=True))
    process.kill()  # before its first file it is killed by tests/flows/test_publishing_statuses.py
    assert finish(process) in {-signal.SIGKILL, Exit.OK}  # it may have been faster
    left = [published(folder, number, places) for number in (1, 2)]
    assert all(one in states for one, states in zip(left, zip(before, after, strict=True), strict=True))

    assert finish(begin(folder)) == Exit.OK
    assert [published(folder, number, places) for number in (1, 2)] == after
    assert left_over(folder / "lists") == []


def test_several_at_once_end_well(issued: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(issued, tmp_path / "f")
    places: Places = json.loads((folder / "places.json").read_bytes())
    end(folder, NAMES[1::3])
    assert [finish(process) for process in [begin(folder) for _ in range(4)]] == [Exit.OK] * 4
    over = [published(folder, number, places) for number in (1, 2)]
    assert over[0] | over[1] == frozenset([*NAMES[::3], *NAMES[1::3]])
    assert left_over(folder / "lists") == []


STARVED_BEFORE_THE_SECOND = """
import resource, signal
from certx.app.status import statuses
sign, signed = statuses.write_token, []
def starving(*arguments, **named):
    signed.append(sign(*arguments, **named))
    if len(signed) == 2:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    return signed[-1]
statuses.write_token = starving
"""
"""From then on no file can be larger than 100 bytes, as on a disk that is full."""


def test_a_full_disk_leaves_the_list_that_was_there(issued: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(issued, tmp_path / "f")
    places: Places = json.loads((folder / "places.json").read_bytes())
    before = [published(folder, number, places) for number in (1, 2)]
    end(folder, NAMES[1::3])
    assert finish(begin(folder, code=STARVED_BEFORE_THE_SECOND + MAIN)) == Exit.ENVIRONMENT
    assert published(folder, 1, places) > before[0]
    assert published(folder, 2, places) == before[1]
    assert left_over(folder / "lists") == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(issued: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(issued, tmp_path / "f")
    (folder / "lists").chmod(0o555)
    assert finish(begin(folder)) == Exit.ENVIRONMENT
