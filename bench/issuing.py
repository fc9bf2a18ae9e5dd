"""`certx issue` end to end, whole processes: by one and by two, by size, by kind of table and of ledger.

    python bench/issuing.py                   20,000 licences; three minutes
    .ci/postgres python bench/issuing.py      the ledger on a server too

Each run has a ledger of its own. What one process costs is told in time of the processor; two are compared with one by
the clock, and so is a server, whose work is not this process's.
"""

import argparse
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from commands import Cost, cost_of
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from peers.opened import PEER_BOUNDS, open_peers
from rounds import Section, Target, Timing, print_section
from tables import write_table
from workload import Workload

from certx.demo import ISSUER

SHARE: Final = 0.30
"""Of the rate of the bare signature, on one core."""
TWO: Final = 1.8
"""Times as fast with two workers as with one."""
MEMORY_MIB: Final = 300
LINEAR: Final = 1.10
"""Times as long for a licence of a large table as for one of a small table."""
TABLE_SHARE: Final = 0.8
SERVER_SHARE: Final = 0.7
SERVER: Final = "CERTX_TEST_POSTGRES"
_BARE: Final = 4_000
_OF_PEERS: Final = 2_000
"""Licences that a peer signs in a round: it starts from finished claims and writes nothing."""
_FORMATS: Final = ("csv", "xlsx", "parquet")
_BY_TWO: Final = "two workers, clock"


class Bench:
    """Runs of one issuer over tables of many licences."""

    def __init__(self, work: Workload, demo: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._work, self._issuer, self._folder = work, demo / "issuer", folder

    def table(self, count: int, kind: str = "jsonl") -> Path:
        """A table of so many licences, made when first asked for."""
        path = self._folder / f"rows-{count}.{kind}"
        if not path.exists():
            write_table(path, self._work.numbered_rows(count))
        return path

    def run(self, table: Path, *, workers: int = 1, ledger: str = "") -> Cost:
        """Issue a table from nothing; `ledger`: a URL, by default a file."""
        out = self._folder / "out.jsonl"
        for file in (*self._issuer.glob("ledger.db*"), *self._folder.glob("*out.jsonl*")):
            file.unlink()
        passphrase = str(self._issuer / "passphrase")
        arguments = ["issue", str(table), "--type", "business-licence", "--issuer", ISSUER, "--key", "samr"]
        arguments += ["--passphrase-file", passphrase, "--out", str(out), "--workers", str(workers)]
        return cost_of(arguments, self._issuer, environment={"CERTX_LEDGER": ledger} if ledger else {})

    def bare(self) -> float:
        """Seconds of the processor for a signature of `cryptography`."""
        key, algorithm = self._work.signer.key, ec.ECDSA(SHA256())
        inputs = (self._work.signing_inputs * (_BARE // len(self._work.signing_inputs) + 1))[:_BARE]
        began = process_time()
        for data in inputs:
            key.sign(data, algorithm)
        return (process_time() - began) / _BARE


def measure(work: Workload, demo: Path, folder: Path, *, licences: int, large: int, rounds: int) -> list[Section]:
    """Tables of microseconds for each licence."""
    bench = Bench(work, demo, folder)
    sections = [_cores(bench, licences, rounds, work), _growth(bench, licences, large)]
    sections.append(_tables(bench, licences, rounds))
    server = os.environ.get(SERVER)
    if server and find_spec("psycopg"):
        sections.append(_servers(bench, licences, rounds, server))
    return sections


def _cores(bench: Bench, licences: int, rounds: int, work: Workload) -> Section:
    table = bench.table(licences)
    bare: list[float] = []
    one: list[Cost] = []
    two: list[Cost] = []
    of_peers: dict[str, list[float]] = {}
    with open_peers(work) as (peers, notes):
        for _ in range(rounds):
            bare.append(bench.bare())
            one.append(bench.run(table))
            two.append(bench.run(table, workers=2))
            for peer in peers:
                of_peers.setdefault(peer.name, []).append(peer.issue(_OF_PEERS) / _OF_PEERS * 1e6)
    each = 1e6 / licences
    by_peers = [_timing(f"{name}, only its part, processor", times) for name, times in of_peers.items()]
    timings = [
        _timing("ES256 signature alone, processor", [seconds * 1e6 for seconds in bare]),
        _timing("one worker, processor", [cost.processor * each for cost in one]),
        _timing("one worker, clock", [cost.clock * each for cost in one]),
        _timing(_BY_TWO, [cost.clock * each for cost in two]),
    ]
    memory = max(cost.memory for cost in (*one, *two)) / 1024
    targets = [
        _ratio("share of the rate of the bare signature", timings[0], timings[1], SHARE),
        _ratio("times as fast with two workers", timings[2], timings[3], TWO),
        Target("memory of the largest process, MiB", memory, memory, MEMORY_MIB, at_most=True),
        *(
            _ratio(f"times as fast as {name}", timing, timings[1], PEER_BOUNDS[name])
            for name, timing in zip(of_peers, by_peers, strict=True)
        ),
    ]
    return Section(f"issue {licences:,} licences of a .jsonl end to end", [*timings, *by_peers], targets, notes)


def _growth(bench: Bench, licences: int, large: int) -> Section:
    """A tenth, the whole and `large`: time for each licence, without what a start costs, and memory."""
    start = bench.run(bench.table(1)).processor
    timings: list[Timing] = []
    memory = 0.0
    for count in (licences // 10, licences, large):
        cost = bench.run(bench.table(count))
        memory = max(memory, cost.memory / 1024)
        timings.append(_timing(f"{count:,} licences, processor", [(cost.processor - start) / count * 1e6]))
    slowest, fastest = max(each.best for each in timings), min(each.best for each in timings)
    targets = [
        Target("the slowest to the fastest, for a licence", slowest / fastest, slowest / fastest, LINEAR, at_most=True),
        Target("memory of the largest process, MiB", memory, memory, MEMORY_MIB, at_most=True),
    ]
    return Section("issue tables of several sizes", timings, targets, ["one run of each"])


def _tables(bench: Bench, licences: int, rounds: int) -> Section:
    kinds = ("jsonl", *_FORMATS)
    runs = {kind: partial(_processor, bench, bench.table(licences, kind)) for kind in kinds}
    timings = _in_turn(runs, licences, rounds, "processor")
    targets = [
        _ratio(f".{kind}, share of the rate of .jsonl", timings[0], timing, TABLE_SHARE)
        for kind, timing in zip(_FORMATS, timings[1:], strict=True)
    ]
    return Section("issue tables of several kinds", timings, targets, [])


def _processor(bench: Bench, table: Path) -> float:
    return bench.run(table).processor


def _servers(bench: Bench, licences: int, rounds: int, server: str) -> Section:
    table = bench.table(licences)
    timings: list[Timing] = []
    targets: list[Target] = []
    for workers in (1, 2):
        runs = {
            f"in a file, {workers} worker(s)": partial(_clock, bench, table, workers, ""),
            f"on a server, {workers} worker(s)": partial(_clock, bench, table, workers, server),
        }
        file, remote = _in_turn(runs, licences, rounds, "clock")
        timings += [file, remote]
        targets.append(_ratio(f"server / file, rate, {workers} worker(s)", file, remote, SERVER_SHARE))
    return Section("issue with the ledger on PostgreSQL", timings, targets, ["the server is on the same machine"])


def _clock(bench: Bench, table: Path, workers: int, server: str) -> float:
    with _database(server) if server else nullcontext("") as ledger:
        return bench.run(table, workers=workers, ledger=ledger).clock


@contextmanager
def _database(server: str) -> Iterator[str]:
    """A fresh database on a server, dropped in the end."""
    import psycopg  # noqa: PLC0415 - not everybody has it

    name = f"certx_bench_{os.getpid()}_{os.urandom(4).hex()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _in_turn(runs: Mapping[str, Callable[[], float]], count: int, rounds: int, what: str) -> list[Timing]:
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append(run() / count * 1e6)
    return [_timing(f"{name}, {what}", times) for name, times in found.items()]


def _timing(name: str, times: Sequence[float]) -> Timing:
    return Timing(name, min(times), median(times))


def _ratio(name: str, above: Timing, below: Timing, bound: float) -> Target:
    return Target(name, above.best / below.best, above.median / below.median, bound)


def main() -> None:
    """At the size that is asked for."""
    parser = argparse.ArgumentParser(description="issuing end to end")
    parser.add_argument("licences", nargs="?", type=int, default=20_000)
    parser.add_argument("--large", type=int, help="licences of the largest table; ten times as many by default")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        large = arguments.large or 10 * arguments.licences
        count, rounds = arguments.licences, arguments.rounds
        for section in measure(Workload(demo), demo, Path(folder) / "i", licences=count, large=large, rounds=rounds):
            print_section(section)


if __name__ == "__main__":
    main()
