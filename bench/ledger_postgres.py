"""`certx issue` with the ledger on a PostgreSQL server beside the same with a ledger in a file: end to end, in one run.

    .ci/postgres python bench/ledger_postgres.py        20,000 rows, four rounds; two minutes

`CERTX_TEST_POSTGRES` names the server; whoever it logs in as may make databases. By the clock: the server's work is not
this process's, and on one machine it takes part of the same cores.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import orjson
import psycopg
from rounds import Section, Target, Timing
from workload import Workload, WorkloadError

from certx.demo import ISSUER

SERVER: Final = "CERTX_TEST_POSTGRES"
SHARE: Final = 0.7
"""Of the rate with the ledger in a file."""
_MAIN: Final = "from certx._entry import main; main()"


@contextmanager
def database(server: str) -> Iterator[str]:
    """A fresh database on a server, dropped in the end."""
    name = f"certx_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def measure(work: Workload, demo: Path, folder: Path, server: str, *, licences: int, rounds: int) -> list[Section]:
    """One table: microseconds of the clock for each licence, the two in turn; each run has a ledger of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    issuer, table = demo / "issuer", folder / "rows.jsonl"
    with table.open("wb") as file:
        for number, row in enumerate(islice(cycle(work.rows), licences)):
            file.write(orjson.dumps(row | {"证照编号": f"510100{number:014}"}) + b"\n")
    found: dict[tuple[str, int], list[float]] = {}
    for _ in range(rounds):
        for workers in (1, 2):
            for kept in ("in a file", "on a server"):
                (issuer / "ledger.db").unlink(missing_ok=True)
                with database(server) as url:
                    where = {"CERTX_LEDGER": url} if kept == "on a server" else {}
                    seconds = _issue(issuer, table, folder / "out.jsonl", workers, where)
                found.setdefault((kept, workers), []).append(seconds / licences * 1e6)
                (folder / "out.jsonl").unlink()
    timings = [
        Timing(f"issue, ledger {kept}, --workers {workers}", min(times), median(times))
        for (kept, workers), times in found.items()
    ]
    targets = []
    for workers in (1, 2):
        file_times, server_times = found["in a file", workers], found["on a server", workers]
        best, usual = min(file_times) / min(server_times), median(file_times) / median(server_times)
        targets.append(Target(f"server / file, rate, --workers {workers}", best, usual, SHARE))
    notes = [f"by the clock; {licences:,} licences, each run a ledger of its own, the server on the same machine"]
    return [Section("issuing with the ledger on PostgreSQL", timings, targets, notes)]


def _issue(home: Path, table: Path, out: Path, workers: int, where: dict[str, str]) -> float:
    """Seconds by the clock of a whole run."""
    command = [
        *(sys.executable, "-c", _MAIN, "issue", str(table), "--type", "business-licence", "--issuer", ISSUER),
        *("--key", "samr", "--passphrase-file", str(home / "passphrase"), "--out", str(out), "--workers", str(workers)),
    ]
    environment = {name: value for name, value in os.environ.items() if name != "CERTX_LEDGER"}
    began = perf_counter()
    done = subprocess.run(
        command, env={**environment, "CERTX_HOME": str(home), **where}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise WorkloadError(done.stderr)
    return perf_counter() - began


def main() -> None:
    """At the size that is asked for."""
    parser = argparse.ArgumentParser(description="issuing with the ledger on PostgreSQL")
    parser.add_argument("count", nargs="?", type=int, default=20_000, metavar="LICENCES")
    parser.add_argument("--rounds", type=int, default=4)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        sections = measure(
            Workload(demo), demo, Path(folder) / "ledger", os.environ[SERVER],
            licences=arguments.count, rounds=arguments.rounds,
        )  # fmt: skip
        for section in sections:
            print(section.title)
            for timing in section.timings:
                print(f"  {timing.name:<48}{timing.best:>10,.1f}{timing.median:>10,.1f}   µs")
            for target in section.targets:
                print(f"  {target.name:<48}{target.best:>10.2f}{target.median:>10.2f}   at least {target.bound:g}")
            print("", *section.notes, sep="  ")


if __name__ == "__main__":
    main()
