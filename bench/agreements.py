"""The matrix of `certx agreement test`: 34 regions × every licence type × 20 matters, before a change and after it.

    python bench/agreements.py [--regions 34] [--matters 20]

One agreement for each pair of regions and one of all; a matter takes up to three types. It
fails if the whole, samples and files included, takes more than ten seconds.
"""

import argparse
import sys
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import orjson

from certx.app.machine.clock import now
from certx.app.recognition.agreement_trial import run_trial
from certx.render.trial import counts_of
from certx.schema.files import shipped_schemas
from certx.settings import Settings

LIMIT = 10.0


def write(path: Path, document: object) -> Path:
    """A JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(document))
    return path


def agreement(name: str, parties: list[str], types: list[str], **members: object) -> dict[str, object]:
    """An agreement of these parties on these types."""
    return {
        "id": name, "version": 1, "title": {"zh": name}, "parties": parties, "types": types,
        "issuedIn": parties, "acceptedIn": parties, "from": "2026-01-01", **members,
    }  # fmt: skip


def federation(folder: Path, codes: list[str], types: list[str], matters: int) -> None:
    """The regions, what they agreed, and what all their counters ask for."""
    for code in codes:
        write(folder / code / "keys.json", {"region": code, "name": {"zh": code, "en": code}, "issuers": []})
    texts = [agreement("agr-all", codes, types[: len(types) // 2])]
    texts += [agreement(f"agr-{a}-{b}", [a, b], types[-3:], scenarios=["matter-1"]) for a, b in combinations(codes, 2)]
    for text in texts:
        for party in text["parties"]:  # type: ignore[attr-defined]
            write(folder / party / "agreements" / f"{text['id']}.json", text)
    for number in range(matters):
        asked = [types[(number + step) % len(types)] for step in range(1 + number % 3)]
        name = f"matter-{number}"
        document = {"id": name, "version": 1, "name": {"zh": name}, "matter": name, "types": asked}
        write(folder / "catalogue" / f"scenario-{name}.json", document | {"requires": ["holders[*].name"]})


def main() -> int:
    """Print what was measured."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--regions", type=int, default=34)
    options.add_argument("--matters", type=int, default=20)
    given = options.parse_args()
    codes, catalogue = [f"{number}0000" for number in range(11, 11 + given.regions)], shipped_schemas()
    types = [str(name) for name in catalogue.types()]
    with TemporaryDirectory() as name:
        folder = Path(name)
        federation(folder / "keys", codes, types, given.matters)
        change = write(folder / "proposed.json", agreement("agr-new", codes[:2], types, supersedes=["agr-all"]))
        settings = Settings(folder / "home", registry=folder / "keys")
        start = perf_counter()
        trial = run_trial(settings, change, catalogue, now=now())
        seconds = perf_counter() - start
    told = ", ".join(f"{count} {what}" for what, count in counts_of(trial).items())
    print(f"{given.regions} regions, {len(types)} types, {given.matters} matters: {told}: {seconds:.2f} s")
    return int(seconds > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
