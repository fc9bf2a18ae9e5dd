"""How large credentials and their QR symbols would be: measured on a sample that a rehearsal signed."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Self

from certx.carrier.packing import Dictionaries
from certx.carrier.symbols import version_of, write
from certx.errors import UnreadableError

MAX_PACKED: Final = 200
"""Most credentials of a run that are packed into symbols, so that a million rows take no longer for it."""


class Spread(NamedTuple):
    """The least, the one in the middle, and the most of some numbers."""

    least: int
    median: int
    most: int

    @classmethod
    def of(cls, numbers: Sequence[int]) -> Self | None:
        """`None` of no numbers."""
        ordered = sorted(numbers)
        return cls(ordered[0], ordered[len(ordered) // 2], ordered[-1]) if ordered else None


class SymbolSizes(NamedTuple):
    """QR symbols of a sample of `packed` licences: versions, and how many symbols each licence takes.

    `too_large` of them fit no nine symbols; there is no spread if that is all.
    """

    packed: int
    version: Spread | None
    symbols: Spread | None
    too_large: int


class EvenSample:
    """At most `most` credentials, spread evenly over all that are offered, however many these turn out to be."""

    def __init__(self, most: int = MAX_PACKED) -> None:
        self.chosen: list[str] = []
        self._most, self._offered, self._stride = most, 0, 1

    def offer(self, credentials: Iterable[str]) -> None:
        """Take each that is next in turn; when there are too many, every other one goes and turns are twice as rare."""
        for credential in credentials:
            if self._offered % self._stride == 0:
                self.chosen.append(credential)
            self._offered += 1
            if len(self.chosen) > self._most:
                self.chosen = self.chosen[::2]
                self._stride *= 2


def measure_symbols(credentials: Sequence[str], dictionaries: Dictionaries) -> SymbolSizes:
    """Pack each as `certx print --as qr` does."""
    versions: list[int] = []
    symbols: list[int] = []
    for credential in credentials:
        try:
            texts = write(credential, dictionaries)
        except UnreadableError:  # too large for nine
            continue
        versions.append(max(map(version_of, texts)))
        symbols.append(len(texts))
    too_large = len(credentials) - len(symbols)
    return SymbolSizes(len(credentials), Spread.of(versions), Spread.of(symbols), too_large)
