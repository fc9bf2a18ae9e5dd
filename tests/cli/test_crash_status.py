"""`certx status set` that is killed has set all of the statuses or none, and the same command again ends it."""

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from certx.errors import Exit
from certx.ledger import Entry, Reservation, SigningKey
from certx.ledger.sqlite import SqliteLedger
from cli.orders import MAIN
from cli.runner import Session

LICENCES: Final = 20_000
POINTS: Final = 60
POINTS_IN_CI: Final = 6
_RANDOM: Final = random.Random(20261123)  # noqa: S311 - points in time, and the same ones every day
_FRACTIONS: Final = [_RANDOM.random() for _ in range(POINTS)]


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger of many licences, and a file that names them all."""
    if sys.platform == "win32":
        pytest.skip("these sessions need a POSIX shell")
    folder = tmp_path_factory.mktemp("issued")
    names = [f"1.2.156.{number}" for number in range(LICENCES)]
    with closing(SqliteLedger(folder / "home" / "ledger.db")) as ledger:
        entries = ledger.reserve([Reservation(f"row {name}", name, b"{}", "510000:issuer") for name in names])
        done = [
            entry._replace(digest=sha256(entry.licence_id.encode()).digest(), issued_at=1)
            for entry in entries
            if isinstance(entry, Entry)
        ]
        ledger.commit(done, SigningKey("issuer", "key"))
    (folder / "ids.txt").write_text("\n".join(names), encoding="ascii")
    return folder


def begin(folder: Path) -> subprocess.Popen[bytes]:
    arguments = ["status", "set", "--ids", "ids.txt", "--to", "suspended", "--why", "inquiry", "--json"]
    return subprocess.Popen(
        [sys.executable, "-P", "-c", MAIN, *arguments], cwd=folder, env=Session(folder).environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def carry_out(folder: Path) -> dict[str, int]:
    process = begin(folder)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == Exit.OK
    found = json.loads(said)
    return {name: found[name] for name in ("changed", "unchanged", "unlisted")}


def set_so_far(folder: Path) -> tuple[int, int, int]:
    """Licences that are suspended, changes of status, licences that these are of."""
    with closing(sqlite3.connect(folder / "home" / "ledger.db")) as database:
        suspended = database.execute("SELECT count(*) FROM licence WHERE status = 'suspended'").fetchone()[0]
        changes = database.execute("SELECT count(*), count(DISTINCT licence_id) FROM status_change").fetchone()
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return suspended, *changes


@pytest.fixture(scope="session")
def usual_seconds(issued: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long it takes undisturbed."""
    folder = shutil.copytree(issued, tmp_path_factory.mktemp("undisturbed") / "f")
    began = time.monotonic()
    assert carry_out(folder) == {"changed": LICENCES, "unchanged": 0, "unlisted": 0}
    return time.monotonic() - began


@pytest.mark.parametrize(
    "point", [pytest.param(n, marks=[pytest.mark.slow] if n >= POINTS_IN_CI else []) for n in range(POINTS)]
)
def test_kill_at_a_random_point(point: int, issued: Path, usual_seconds: float, tmp_path: Path) -> None:
    folder = shutil.copytree(issued, tmp_path / "f")
    process = begin(folder)
    time.sleep(usual_seconds * _FRACTIONS[point])
    process.kill()
    process.communicate(timeout=120)
    assert process.returncode in {-signal.SIGKILL, Exit.OK}  # it may have been faster
    before = set_so_far(folder)
    assert before in {(0, 0, 0), (LICENCES, LICENCES, LICENCES)}

    assert carry_out(folder) == {"changed": LICENCES - before[0], "unchanged": before[0], "unlisted": 0}
    assert set_so_far(folder) == (LICENCES, LICENCES, LICENCES)
