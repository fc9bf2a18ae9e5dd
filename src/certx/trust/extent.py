"""Which regions a source of a registry has: a bundle for the counters of some regions leaves the others out.

The file that says so is signed by nobody. The most that a false one can do is to leave a region out, of which a counter
then knows nothing and says so: the licences of that region are undetermined, never invalid and never accepted.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Final

import orjson

from certx.trust.roles import region_of

EXTENT: Final = "bundle.json"
MAX_BYTES: Final = 65_536


def extent_bytes(regions: Iterable[str]) -> bytes:
    """The file of a bundle that has these regions."""
    return orjson.dumps({"regions": sorted(regions)}, option=orjson.OPT_APPEND_NEWLINE)


class Extent:
    """What a source says of itself; read when a role is not there."""

    def __init__(self, read: Callable[[], bytes | None]) -> None:
        """`read` gets the file, `None` if there is none."""
        self._read = read

    def leaves_out(self, role: str) -> bool:
        """Is it the role of a region that the source does not have, nor means to?"""
        code = region_of(role)
        return code is not None and self._regions is not None and code not in self._regions

    @cached_property
    def _regions(self) -> frozenset[str] | None:
        """`None`: all of them, as of any source that says nothing."""
        try:
            regions = orjson.loads(self._read() or b"{}")["regions"]
            return frozenset(regions) if isinstance(regions, list) else None
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return None
