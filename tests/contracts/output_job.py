"""A run for the tests of outputs, in memory or as a process: it keeps its ledger in a file."""

import json
import sys
from collections.abc import Sequence
from hashlib import sha512
from pathlib import Path
from typing import Final

from certx.app.outputs import exploded, parquet_output, part_folder
from certx.app.outputs.by_name import open_output
from certx.batch.output import Placed, output_object

SMALL: Final = {(part_folder, "PART_LINES"): 20, (exploded, "SHARD_FILES"): 7, (parquet_output, "GROUP_ROWS"): 11}
"""Parts, shards and row groups of a few lines, so that a few lines fill several."""


def chunk(first: int, count: int) -> list[bytes]:
    """Lines of licences numbered from `first` on; the text of each is its own."""
    return [
        output_object(f"企业-{n}", f"1.2.156.{n}*", f"eyJ{n}." + sha512(b"%d" % n).hexdigest() * 3 + "~")
        for n in range(first, first + count)
    ]


def load(ledger: Path) -> list[Placed]:
    """The chunks that were committed."""
    return [Placed(*row[:-1], bytes.fromhex(row[-1])) for row in json.loads(ledger.read_bytes())]


def save(ledger: Path, committed: Sequence[Placed]) -> None:
    """Commit these chunks."""
    following = ledger.with_name("ledger.next")
    following.write_text(json.dumps([[*placed[:-1], placed.sha256.hex()] for placed in committed]))
    following.replace(ledger)


def main(out: str, explode: str, ledger: Path, chunks: int) -> None:
    """Bring an output to so many chunks of eight lines; says whether what it found was whole, and that it finished."""
    for (module, name), value in SMALL.items():
        setattr(module, name, value)
    committed = load(ledger)
    with open_output(out, explode=bool(explode)) as output:
        whole = output.resume(committed)
        print("whole" if all(whole) else "LOST", flush=True)  # noqa: T201 - to the test
        while len(committed) < chunks:
            committed.append(output.append(chunk(8 * len(committed), 8)))
            save(ledger, committed)
        output.finish()
    print("finished", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
