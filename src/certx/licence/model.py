"""A licence: the facts that are certified, before they are signed and after they were proven."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple, NewType

LicenceType = NewType("LicenceType", str)
"""The name of a licence type as in the schema catalogue, such as `business-licence`."""

_UNIX_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
DAY: Final = 86_400
CHINA_STANDARD_TIME: Final = 8 * 3_600
"""Seconds by which clocks in China are ahead of UTC."""


class Licence(NamedTuple):
    """What one licence says: its type and its claims by the element names of GB/T 36903."""

    type: LicenceType
    claims: Mapping[str, object]

    @property
    def identifier(self) -> str:
        """The licence identifier (GB/T 36904) as text."""
        return str(self.claims["certificateIdentifier"])


@lru_cache(maxsize=4096)
def day_starts_at(day: str) -> int:
    """Unix time of 00:00 China Standard Time of an ISO date; raises `ValueError` on anything else.

    Remembered, for the days of many licences are few.
    """
    return (date.fromisoformat(day).toordinal() - _UNIX_EPOCH_ORDINAL) * DAY - CHINA_STANDARD_TIME


def day_ends_at(day: str) -> int:
    """Unix time of the end of an inclusive date: 00:00 China Standard Time of the next day."""
    return day_starts_at(day) + DAY


def day_of(moment: float) -> date:
    """The date in China at a Unix time."""
    return date.fromordinal(int(moment + CHINA_STANDARD_TIME) // DAY + _UNIX_EPOCH_ORDINAL)


def time_text(moment: float) -> str:
    """A Unix time with China's offset, to the second: `2026-11-23T09:30:00+08:00`."""
    seconds = int(moment + CHINA_STANDARD_TIME) % DAY
    clock = f"{seconds // 3_600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{day_of(moment).isoformat()}T{clock}+08:00"
