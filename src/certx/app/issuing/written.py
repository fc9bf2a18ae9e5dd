"""What earlier runs wrote, read back where the ledger says that it lies."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import orjson

from certx.ledger import Chunk, Ledger

_KEPT: Final = 16
_STDOUT: Final = "-"


class WrittenBefore:
    """Chunks of earlier runs, by their numbers in the ledger."""

    def __init__(self, ledger: Ledger | None, output: str, here: frozenset[int]) -> None:
        """`here`: those that are whole in the output of this run."""
        self._ledger, self._output, self._here = ledger, output, here
        self._read = lru_cache(maxsize=_KEPT)(self._read_chunk)

    def is_here(self, chunk: int | None) -> bool:
        """Is it whole, in the output of this run?"""
        return chunk in self._here

    def is_lost(self, chunk: int | None) -> bool:
        """Is it known where it was written, and not there any more? What went to a pipe is nowhere."""
        place = self._place(chunk)
        if place is None or chunk in self._here:
            return False
        return place.output in {self._output, _STDOUT} or self._read(place) is None

    def credential(self, chunk: int | None, nth: int | None) -> str | None:
        """A credential of it, if it can be read."""
        place = self._place(chunk)
        lines = self._read(place) if place is not None else None
        if lines is None or nth is None or nth >= len(lines):
            return None
        credential: str = orjson.loads(lines[nth])["credential"]
        return credential

    def _place(self, chunk: int | None) -> Chunk | None:
        return self._ledger.chunk(chunk) if self._ledger is not None and chunk is not None else None

    def _read_chunk(self, place: Chunk) -> list[bytes] | None:
        """Its lines, `None` if they are not there as they were written."""
        path = Path(place.output, place.file) if place.file else Path(place.output)
        try:
            with path.open("rb") as file:
                file.seek(place.start)
                data = file.read(place.length)
        except OSError:
            return None
        if sha256(data).digest() != place.sha256:
            return None
        return data.splitlines()


class WrittenElsewhere(WrittenBefore):
    """The same, where the outputs lie on another machine: what cannot be read here need not be lost.

    Of the output of this run `here` says all; any other is not called lost, so that nothing of it is signed again.
    """

    def is_lost(self, chunk: int | None) -> bool:
        """Is it of this run's output, or of a pipe, and not in it any more?"""
        place = self._place(chunk)
        return place is not None and chunk not in self._here and place.output in {self._output, _STDOUT}
