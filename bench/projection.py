"""What measured rates come to for a province and for the nation, on paper: `python bench/projection.py --core N`.

A run is as fast as the slowest of three: the cores that sign, the ledger that chunks reserve in and commit to one after
the other, and the one machine that writes the output. Several jobs with ledgers of their own (an issuer has one) go
side by side, and share out the cores.
"""

import argparse
from typing import Final, NamedTuple

PROVINCE: Final = 50_000_000
NATION: Final = 1_400_000_000
CORES: Final = 32
MACHINES: Final = (1, 4, 16)
CORE_ROWS: Final = 13_100.0
"""Row to credential, best round of docs/performance.md: 76.0 µs of CPU."""
LEDGER_ROWS: Final = 20_000.0
"""Reserved in PostgreSQL, 4,000 rows at a time, best of fifteen chunks; commits, at 45,000, go on beside it."""
OUTPUT_ROWS: Final = 36_000.0
"""`x.jsonl.zst`, each chunk on disk before the next: docs/performance.md."""
SHARE: Final = 0.8
"""Of a core that is left on a cluster: 10 ms of a task of a quarter of a second, and asking the ledger."""


class Rates(NamedTuple):
    """Rows a second: of one core, of one ledger, of one output."""

    core: float
    ledger: float
    output: float

    def together(self, machines: int, cores: int, jobs: int) -> tuple[float, str]:
        """Rows a second of all jobs, and what they wait for."""
        bounds = {
            "cores": self.core * SHARE * cores * machines,
            "ledger": self.ledger * jobs,
            "output": self.output * jobs,
        }
        slowest = min(bounds, key=bounds.__getitem__)
        return bounds[slowest], slowest


def hours(rows: int, rate: float) -> str:
    taken = rows / rate / 3_600
    return f"{taken:,.2f}" if taken < 1 else f"{taken:,.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--core", type=float, default=CORE_ROWS, help="rows a second of one core")
    parser.add_argument("--ledger", type=float, default=LEDGER_ROWS, help="rows a second of one ledger")
    parser.add_argument("--output", type=float, default=OUTPUT_ROWS, help="rows a second of one output")
    parser.add_argument("--cores", type=int, default=CORES, help="cores of a machine")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 34], help="jobs with a ledger each")
    given = parser.parse_args()
    rates = Rates(given.core, given.ledger, given.output)
    print(f"| machines of {given.cores} cores | jobs | rows/s | waits for | province, h | nation, h |")
    print("|---|---|---|---|---|---|")
    for machines in MACHINES:
        for jobs in given.jobs:
            rate, slowest = rates.together(machines, given.cores, jobs)
            row = (machines, jobs, f"{rate:,.0f}", slowest, hours(PROVINCE, rate), hours(NATION, rate))
            print("| " + " | ".join(map(str, row)) + " |")


if __name__ == "__main__":
    main()
