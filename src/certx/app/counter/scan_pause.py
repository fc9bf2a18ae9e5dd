"""What a pause makes of a scan that no line end followed: whole it counts, cut off it is dropped and never judged."""

from typing import NamedTuple

from certx.app.counter.scan_buffer import CUT_OFF_SECONDS, GAP_SECONDS, ScanBuffer
from certx.app.counter.session import Counter


class Dropped(NamedTuple):
    """A scan broke off after so many characters."""

    characters: int


class ScanPauses:
    """Watches one buffer; each of its beginnings is looked at once."""

    def __init__(self, counter: Counter, buffer: ScanBuffer) -> None:
        self._counter, self._buffer = counter, buffer
        self._looked_at = 0

    def after(self, seconds: float, *, now: float) -> str | Dropped | None:
        """Nothing has come for so long: the scan that is whole by now, one that was dropped, `None` to wait on."""
        buffer = self._buffer
        if not buffer or seconds <= GAP_SECONDS:
            return None
        if self._looked_at != len(buffer):
            self._looked_at = len(buffer)
            if self._counter.is_whole(buffer.text, now=now):
                return buffer.end()
        return Dropped(len(buffer.end())) if seconds > CUT_OFF_SECONDS else None
