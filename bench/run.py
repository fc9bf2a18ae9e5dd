"""`make bench`: how fast certx is, as ratios within one run, and whether that is what was promised.

The bare signature, certx and the peers take turns in short rounds of CPU time, so that a busy machine slows all of
them alike; the best round of each is compared, the median stands beside it. See docs/performance.md.
"""

import argparse
import json
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

import batch
import cold
import counter
import federation
import issuing
import ledger
import output
import signing
import status
import validation
from cryptography.hazmat.backends.openssl import backend
from rounds import Section, print_section
from workload import COLUMNS, DISCLOSURES, LICENCES, Workload

_PACKAGES = (
    "certx",
    "cryptography",
    "orjson",
    "jsonschema-rs",
    "jsonschema",
    "typer",
    "zstandard",
    "pyarrow",
    "openvc-core",
)


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description="benchmarks of certx")
    parser.add_argument("--quick", action="store_true", help="a few short rounds, to see that it works")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    arguments = parser.parse_args()
    rounds, seconds, starts = (5, 0.02, 5) if arguments.quick else (60, 0.06, 20)
    with TemporaryDirectory() as folder:
        work = Workload(Path(folder) / "demo")
        sections = signing.measure(work, rounds=rounds, seconds=seconds)
        sections += validation.measure(work, rounds=rounds, seconds=seconds)
        sections += cold.measure(work, rounds=starts)
        sections += federation.measure(Path(folder) / "federation", rounds=starts)
        sections += counter.measure(Path(folder) / "counter", scans=40 if arguments.quick else 400)
        sections += status.measure(Path(folder) / "status", rounds=starts, quick=arguments.quick)
        several = 10_000 if arguments.quick else 200_000
        sections += ledger.measure(Path(folder) / "ledger", licences=several, wanted=several, rounds=starts)
        sections += output.measure(Path(folder) / "output", count=several // 10, rounds=3)
        large = 40_000 if arguments.quick else 2_000_000
        sections += issuing.measure(
            work, Path(folder) / "demo", Path(folder) / "issuing", licences=several, large=large, rounds=3
        )
        sections += batch.measure(
            work, Path(folder) / "batch", credentials=20_000 if arguments.quick else 200_000, rounds=3
        )
    machine = _machine()
    if arguments.json:
        print(json.dumps({"machine": machine, "sections": [_object(section) for section in sections]}, indent=2))
        return
    for name, value in machine.items():
        print(f"{name:<10}{value}")
    for section in sections:
        print_section(section)


def _machine() -> dict[str, str]:
    return {
        "command": " ".join([Path(sys.executable).name, *sys.argv]),
        "work": f"{LICENCES} business licences, {COLUMNS} columns, {DISCLOSURES} Disclosures, ES256",
        "machine": f"{_cpu_model()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "openssl": backend.openssl_version_text(),
        "packages": ", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _object(section: Section) -> dict[str, object]:
    return {
        "title": section.title,
        "microseconds": [timing._asdict() for timing in section.timings],
        "targets": [target._asdict() | {"is_met": target.is_met} for target in section.targets],
        "notes": section.notes,
    }


if __name__ == "__main__":
    main()
