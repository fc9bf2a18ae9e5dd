"""Where issued licences go, as a run sees it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import orjson

from certx.issue import Issued


class Placed(NamedTuple):
    """Where a chunk lies on disk: `rows` lines in `length` bytes from `start` on in a file, and their SHA-256.

    `file` is the name inside an output that is a folder, empty for one that is a file.
    """

    file: str
    start: int
    length: int
    rows: int
    sha256: bytes


class Output(Protocol):
    """One output. What was appended is on disk; what no ledger knows of is cut off by the next run."""

    def resume(self, committed: Sequence[Placed]) -> list[bool]:
        """Cut off what is not committed; which of the committed chunks, in their order, are still whole."""

    def append(self, lines: Sequence[bytes]) -> Placed:
        """Write lines, each with its line break; they are on disk when this returns."""

    def cut(self, placed: Placed) -> None:
        """Take back what was appended last."""

    def lines(self, placed: Placed) -> Iterator[bytes]:
        """The lines of a chunk."""

    def finish(self) -> None:
        """All is appended and committed."""

    def close(self) -> None:
        """Let go of the files."""


def output_line(issued: Issued) -> bytes:
    """One line of output."""
    return orjson.dumps(
        {"row_key": issued.row_key, "licence_id": issued.licence_id, "credential": issued.credential},
        option=orjson.OPT_APPEND_NEWLINE,
    )
