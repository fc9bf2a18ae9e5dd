"""`certx verify` of a .jsonl, whole processes, by one and by two, beside the bare verification in the same run."""

from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final

import orjson
from commands import cost_of
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from rounds import Section, Target, Timing
from workload import Workload

from certx.credential.parse import parse

SHARE: Final = 0.55
"""Of the speed of the bare verification, on one core."""
TWO: Final = 1.8
_BARE: Final = 2_000
_HEADLINE: Final = "verify a .jsonl end to end"


def measure(work: Workload, folder: Path, *, credentials: int, rounds: int) -> list[Section]:
    """One table: microseconds of the clock for each credential, and the most memory of all processes."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "issued.jsonl"
    with source.open("wb") as file:
        file.writelines(_lines(work, credentials))
    found: dict[str, list[float]] = {}
    peaks: dict[int, int] = {}
    for _ in range(rounds):
        found.setdefault("ES256 verification alone, CPU", []).append(_bare(work))
        for workers in (1, 2):
            name = f"certx verify --json --workers {workers}, clock"
            cpu, clock, peak = _run(work, source, folder / "out.jsonl", workers, credentials)
            found.setdefault(name, []).append(clock)
            if workers == 1:
                found.setdefault("certx verify --json --workers 1, CPU", []).append(cpu)
            peaks[workers] = max(peaks.get(workers, 0), peak)
    timings = [Timing(name, min(times), median(times)) for name, times in found.items()]
    by_name = {timing.name: timing for timing in timings}
    bare, one, two = (
        by_name["ES256 verification alone, CPU"],
        *(by_name[f"certx verify --json --workers {count}, clock"] for count in (1, 2)),
    )
    cpu_one = by_name["certx verify --json --workers 1, CPU"]
    targets = [
        Target(
            "share of the speed of the bare operation", bare.best / cpu_one.best, bare.median / cpu_one.median, SHARE
        ),
        Target("times as fast on two processes", one.best / two.best, one.median / two.median, TWO),
    ]
    notes = [
        f"{credentials:,} credentials; most memory of the largest process: "
        + ", ".join(f"{count} worker(s) {peak / 1024:.0f} MiB" for count, peak in peaks.items())
    ]
    return [Section(_HEADLINE, timings, targets, notes)]


def _lines(work: Workload, count: int) -> Iterator[bytes]:
    for number, text in enumerate(islice(cycle(work.credentials), count)):
        yield orjson.dumps({"row_key": str(number), "licence_id": "", "credential": text}) + b"\n"


def _bare(work: Workload) -> float:
    key, algorithm = work.signer.key.public_key(), ec.ECDSA(SHA256())
    signed = []
    for text in work.credentials:
        jws = parse(text).jws
        r, s = (int.from_bytes(part, "big") for part in (jws.signature[:32], jws.signature[32:]))
        signed.append((encode_dss_signature(r, s), jws.signing_input))
    start = process_time()
    for signature, data in islice(cycle(signed), _BARE):
        key.verify(signature, data, algorithm)
    return (process_time() - start) / _BARE * 1e6


def _run(work: Workload, source: Path, target: Path, workers: int, count: int) -> tuple[float, float, int]:
    """Microseconds of the processor and of the clock for each credential, and KiB of the largest process."""
    cost = cost_of(["verify", str(source), "--json", "--workers", str(workers)], work.home, stdout=target)
    return cost.processor / count * 1e6, cost.clock / count * 1e6, cost.memory
