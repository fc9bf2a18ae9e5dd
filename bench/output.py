"""Where issued licences go: what it costs to append them in each form, next to the bare write and fsync of the bytes.

    python bench/output.py            100,000 licences of 2.4 kB in each form; a minute, 2 GB of disk

By the clock, for most of it is waiting for the disk; so the figures are those of this disk, and only ratios travel.
"""

import argparse
import os
import random
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from rounds import Section, Target, Timing, ratio

from certx.app.outputs.by_name import open_output
from certx.batch.output import output_object

CHUNK: Final = 1_000
_CREDENTIAL_BYTES: Final = 2_400
_FORMS: Final = ("x.jsonl", "x.jsonl.zst", "parts/", "x.parquet", "single/")
_MB: Final = 1_000_000

Chunks = Sequence[Sequence[bytes]]


def licences(count: int) -> Chunks:
    """Lines of output in chunks: credentials are base64url of what cannot be compressed, as real ones nearly are."""
    chance = random.Random(count)  # noqa: S311 - no secret
    lines = [
        output_object(
            f"business-licence:11510100MB9X0A012X:{number:020}",
            f"1.2.156.3005.2.11100000MB0143028R001.11510100MB9X0A012X.{chance.getrandbits(80):020X}.001.A",
            urlsafe_b64encode(chance.randbytes(_CREDENTIAL_BYTES * 3 // 4)).decode(),
        )
        for number in range(count)
    ]
    return [lines[start : start + CHUNK] for start in range(0, count, CHUNK)]


def write_bare(folder: Path, chunks: Chunks) -> None:
    """The bytes, with an fsync for each chunk."""
    with (folder / "bare").open("wb", buffering=0) as file:
        for lines in chunks:
            file.write(b"".join(lines))
            os.fsync(file.fileno())


def write_hashed(folder: Path, chunks: Chunks) -> None:
    """The same, with the SHA-256 that the ledger is to keep of each chunk."""
    with (folder / "bare").open("wb", buffering=0) as file:
        for lines in chunks:
            data = b"".join(lines)
            file.write(data)
            sha256(data).digest()
            os.fsync(file.fileno())


def append(name: str, folder: Path, chunks: Chunks) -> None:
    """A run into an output of this form, with its end."""
    with open_output(f"{folder}/{name}", explode=name == "single/") as output:
        output.resume(())
        for lines in chunks:
            output.append(lines)
        output.finish()


def measure(folder: Path, *, count: int, rounds: int) -> list[Section]:
    """One table, in microseconds by the clock for each licence."""
    chunks = licences(count)
    size = sum(len(line) for lines in chunks for line in lines)
    contestants: list[tuple[str, Callable[[Path, Chunks], None]]] = [
        ("bare write and fsync of each chunk", write_bare),
        ("the same with its SHA-256", write_hashed),
    ]
    contestants += [(name, lambda where, what, form=name: append(form, where, what)) for name in _FORMS]  # type: ignore[misc]
    found: dict[str, list[float]] = {name: [] for name, _ in contestants}
    used: dict[str, int] = {}
    for _ in range(rounds):
        for name, write in contestants:
            where = folder / "output"
            where.mkdir(parents=True)
            began = perf_counter()
            write(where, chunks)
            found[name].append((perf_counter() - began) / count * 1e6)
            used[name] = sum(path.stat().st_blocks * 512 for path in where.rglob("*"))
            shutil.rmtree(where)
    timings = [Timing(name, min(times), median(times)) for name, times in found.items()]
    hashed, lines = timings[1:3]
    targets: list[Target] = [ratio("x.jsonl / bare write with SHA-256", lines, hashed, 1.5, at_most=True)]
    notes = [f"by the clock; {count:,} licences, {size / _MB:.0f} MB of lines, {CHUNK:,} a chunk"]
    notes += [
        f"{one.name:<36}{size / count / one.best:>7.0f} MB/s{1e6 / one.best:>10,.0f} licences/s"
        f"{used[one.name] / _MB:>7.0f} MB on disk"
        for one in timings
    ]
    return [Section("appending licences, in each form", timings, targets, notes)]


def main() -> None:
    """The forms at a size that `make bench` has no time for."""
    parser = argparse.ArgumentParser(description="outputs of issuing")
    parser.add_argument("count", nargs="?", type=int, default=100_000, metavar="LICENCES")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--in", dest="folder", type=Path, metavar="FOLDER", help="where the outputs go (default: /tmp)")
    arguments = parser.parse_args()
    with TemporaryDirectory(dir=arguments.folder) as folder:
        for section in measure(Path(folder), count=arguments.count, rounds=arguments.rounds):
            print(section.title, *section.notes, sep="\n  ")


if __name__ == "__main__":
    main()
