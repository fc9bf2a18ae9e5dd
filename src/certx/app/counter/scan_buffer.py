"""What a scanner types or sends, put together to whole scans; of keys that come by themselves, none is lost.

A scan ends with a line end or a tab, as scanners send them, or with a pause. What a pause cuts off before it is whole
(a scanner unplugged) is nobody's scan: the caller drops it and says so.
"""

from collections.abc import Iterator
from typing import Final

from certx.carrier.text import MAX_LINE_BYTES

MOST_CHARACTERS: Final = MAX_LINE_BYTES
"""What is longer is no credential; the rest of such a line is dropped as it comes."""
GAP_SECONDS: Final = 0.3
LINE_ENDS: Final = frozenset("\r\n")
SCANNER_ENDS: Final = frozenset("\r\n\t")
"""A scanner may have been told to send a tab; in a line of a pipe a tab is a space."""
CUT_OFF_SECONDS: Final = 1.0
"""A busy machine may hand keys over with pauses; after this one, no more of the scan will come."""
_BY_HAND_SECONDS: Final = 0.05
"""No scanner takes as long from one character to the next, and nobody types as fast."""


class ScanBuffer:
    """Characters until they are a scan; a scan that is too long ends one character after the limit."""

    def __init__(self, ends: frozenset[str] = SCANNER_ENDS) -> None:
        self._ends = ends
        self._parts: list[str] = []
        self._size = 0
        self._first_at = self._last_at = 0.0

    def __len__(self) -> int:
        return self._size

    def add(self, text: str, *, at: float) -> Iterator[str]:
        """Take characters that came at this moment (seconds of any clock); the scans that end with them."""
        start = 0
        for place, char in enumerate(text):
            if char in self._ends:
                self._take(text[start:place], at)
                start = place + 1
                if self._size:
                    yield self.end()
        self._take(text[start:], at)

    def end(self) -> str:
        """What there is, whole or not; the buffer is empty then."""
        text = "".join(self._parts)
        self._parts, self._size = [], 0
        return text

    def erase(self) -> None:
        """Take the last character back, for those who type."""
        text = self.end()[:-1]
        self._parts, self._size = [text], len(text)

    @property
    def text(self) -> str:
        """What there is so far."""
        return "".join(self._parts)

    @property
    def is_typed(self) -> bool:
        """Has somebody typed this by hand, who may pause as they like?"""
        return self._size < 2 or (self._last_at - self._first_at) / (self._size - 1) > _BY_HAND_SECONDS

    def _take(self, text: str, at: float) -> None:
        room = MOST_CHARACTERS + 1 - self._size
        text = text[:room]
        if not text:
            return
        if not self._size:
            self._first_at = at
        self._last_at = at
        self._parts.append(text)
        self._size += len(text)
