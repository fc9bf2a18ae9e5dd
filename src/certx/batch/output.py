"""Where the licences of a run go, and how the ledger names the place of each chunk of them."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

import orjson


class Placed(NamedTuple):
    """Where a chunk of `count` lines lies: what the ledger keeps of it.

    `file` is the name inside an output of several files, '' in one of a single file; `start` and `length` count bytes
    of that file as it lies on disk, and `sha256` is of those bytes.
    """

    file: str
    start: int
    length: int
    count: int  # type: ignore[assignment]  # nobody counts what occurs in a place
    sha256: bytes

    @property
    def end(self) -> int:
        """The first byte after it."""
        return self.start + self.length


Knows = Callable[[str], bool]
"""Is a licence of that identifier in the ledger?"""


def knows_none(_: str) -> bool:
    """Of a ledger that is not asked."""
    return False


class Output(Protocol):
    """An output that chunks are appended to, one after the other; first of all it is resumed."""

    def resume(self, committed: Sequence[Placed], knows: Knows = knows_none) -> list[bool]:
        """Cut off what no ledger knows of; of the committed chunks, in order, which are still whole.

        Where none is, what is there is ours, and set aside, if its first line names a licence that the ledger
        `knows`. Raises `UsageError` if what is there is not what a run of that ledger left.
        """
        ...

    def append(self, lines: Sequence[bytes]) -> Placed:
        """Write a chunk, each line one JSON object with its line break; it is on disk when this returns.

        Raises `EnvironmentFailureError` (disk full); then nothing of the chunk is left, or the next `resume` cuts it.
        """
        ...

    def cut(self, placed: Placed) -> None:
        """Take back the chunk that was appended last: the ledger refused it."""
        ...

    def finish(self) -> None:
        """All chunks of the run are committed: write what speaks of the whole (manifest, conversion)."""
        ...

    def lines(self, placed: Placed) -> Iterator[bytes]:
        """The lines of a chunk, as they were appended; raises `EnvironmentFailureError` if it is damaged."""
        ...

    def close(self) -> None:
        """Let go of the files; what was committed stays."""
        ...


def output_object(row_key: str, licence_id: str, credential: str) -> bytes:
    """A line of output from its members."""
    members = {"row_key": row_key, "licence_id": licence_id, "credential": credential}
    return orjson.dumps(members, option=orjson.OPT_APPEND_NEWLINE)
