"""A ledger of a million licences and more: what it costs to set the statuses of a million, and to look one up.

    python bench/ledger.py            ledgers of one and of ten million, a million set; about ten minutes, 6 GB of disk

The ledger is filled by SQL, not by `certx issue`: its rows are as wide, and as scattered, as those of issued licences.
"""

import argparse
import os
import random
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from rounds import Contestant, Section, Target, Timing, interleave

from certx.ledger import LIST_CAPACITY
from certx.ledger.sqlite import SqliteLedger
from certx.licence.check_digits import mod_37_36, mod_37_36_state
from certx.licence.identifiers import LICENCE_OID

MILLION: Final = 1_000_000
_TYPE: Final = "11100000000013127D001"
_ISSUER: Final = "11510100MB9X0A012X"
_SERIES: Final = f"510000:{_ISSUER}"
_CHUNK: Final = 100_000
_PER_LIST: Final = LIST_CAPACITY // 2
_MAIN: Final = "from certx._entry import main; main()"
_INSERT: Final = """
    INSERT INTO licence (row_mac, licence_id, content_mac, state, digest, issued_at, list, list_index, signed_by,
        log_position) VALUES (?, ?, ?, 'issued', ?, ?, ?, ?, 1, ?)
"""


def fill(path: Path, count: int) -> None:
    """A ledger of so many issued licences, the same ones every time."""
    SqliteLedger(path).close()
    chance = random.Random(count)  # noqa: S311 - no secret
    state = mod_37_36_state(_TYPE + _ISSUER)
    with closing(sqlite3.connect(path)) as database:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-4000000"):
            database.execute(f"PRAGMA {pragma}")
        database.execute("INSERT INTO signing_key (issuer, kid) VALUES (?, 'key')", (_ISSUER,))
        for number in range(count // _PER_LIST + 1):
            database.execute("INSERT INTO status_list (series, number, given) VALUES (?, ?, 0)", (_SERIES, number + 1))
        indexes: Iterator[int] = iter(())
        for start in range(0, count, _CHUNK):
            rows = []
            for position in range(start, min(start + _CHUNK, count)):
                if position % _PER_LIST == 0:
                    indexes = iter(chance.sample(range(LIST_CAPACITY), _PER_LIST))
                serial = f"{chance.getrandbits(80):020X}"
                name = f"{LICENCE_OID}.{_TYPE}.{_ISSUER}.{serial}.001.{mod_37_36(serial + '001', state)}"
                row, place = chance.randbytes(72), (position // _PER_LIST + 1, next(indexes))
                rows.append((row[:20], name, row[20:40], row[40:], 1_767_571_200 + position, *place, position))
            database.executemany(_INSERT, rows)
            logged = ((_ISSUER, row[-1], row[3]) for row in rows)
            database.executemany("INSERT INTO log_entry (issuer, position, digest) VALUES (?, ?, ?)", logged)
        database.commit()
        database.execute("PRAGMA journal_mode=WAL")


def write_ids(path: Path, ledger: Path, count: int) -> None:
    """A file that names so many of its licences, in no order."""
    with closing(sqlite3.connect(ledger)) as database:
        rows = database.execute("SELECT licence_id FROM licence ORDER BY digest")
        path.write_text("".join(f"{row[0]}\n" for row in islice(rows, count)), encoding="utf-8")


def set_all(home: Path, ids: Path, status: str) -> tuple[float, float]:
    """Seconds by the clock and MB of memory that `certx status set` takes, from its start to its end."""
    command = [sys.executable, "-c", _MAIN, "status", "set", "--ids", str(ids), "--to", status, "--why", "bench"]
    began = perf_counter()
    subprocess.run(command, check=True, env={**os.environ, "CERTX_HOME": str(home)}, stderr=subprocess.DEVNULL)
    seconds = perf_counter() - began
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1_024


def measure(folder: Path, *, licences: int, wanted: int, rounds: int) -> list[Section]:
    """One table: `set` by the clock, for it waits for the disk; look-ups by CPU time."""
    home, ids = folder / str(licences), folder / "ids.txt"
    home.mkdir(parents=True)
    fill(home / "ledger.db", licences)
    write_ids(ids, home / "ledger.db", wanted)
    bound = max(20.0 * wanted / MILLION, 1.0)
    notes, targets = [], []
    for status in ("suspended", "cancelled"):
        seconds, memory = set_all(home, ids, status)
        targets.append(Target(f"set {wanted:,} to {status}, s by the clock", seconds, seconds, bound, at_most=True))
        notes.append(f"{memory:,.0f} MB of memory at most")
    with closing(SqliteLedger(home / "ledger.db")) as ledger:
        names = ids.read_text(encoding="utf-8").split()
        timings = _look_ups(ledger, names, rounds=rounds)
    return [Section(f"a ledger of {licences:,} licences", timings, targets, notes[-1:])]


def _look_ups(ledger: SqliteLedger, names: list[str], *, rounds: int) -> list[Timing]:
    chance = random.Random(1)  # noqa: S311 - no secret

    def timed(operation: str) -> Contestant:
        def run(count: int) -> float:
            look_up = getattr(ledger, operation)
            began = perf_counter()
            for name in chance.choices(names, k=count):
                look_up(name)
            return perf_counter() - began

        return Contestant(f"{operation} of one licence", run)

    contestants = [timed(operation) for operation in ("standing", "history")]
    return interleave(contestants, rounds=rounds, counts=[200, 200])


def main() -> None:
    """The large ledgers, which `make bench` leaves out."""
    parser = argparse.ArgumentParser(description="the ledger at its size")
    parser.add_argument("sizes", nargs="*", type=int, default=[MILLION, 10 * MILLION], metavar="LICENCES")
    parser.add_argument("--in", dest="folder", type=Path, metavar="FOLDER", help="where the ledgers go (default: /tmp)")
    arguments = parser.parse_args()
    for size in arguments.sizes:
        with TemporaryDirectory(dir=arguments.folder) as folder:
            for section in measure(Path(folder), licences=size, wanted=min(size, MILLION), rounds=10):
                print(section.title)
                for timing in section.timings:
                    print(f"  {timing.name:<48}{timing.best:>10,.1f}{timing.median:>10,.1f}   µs")
                for target in section.targets:
                    print(f"  {target.name:<48}{target.best:>10.2f}   at most {target.bound:g}")
                print("", *section.notes, sep="  ")


if __name__ == "__main__":
    main()
