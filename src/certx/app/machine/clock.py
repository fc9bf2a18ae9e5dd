"""The wall clock, which nothing else reads, and times as people write them."""

import time
from datetime import datetime
from typing import Final

from certx.errors import UsageError
from certx.licence.model import day_starts_at

_LATEST: Final = 253_402_300_799 - 2 * 86_400
"""Two days before the year 10000, Unix time: every time zone can show it."""


def now() -> float:
    """Unix time."""
    return time.time()  # noqa: TID251 - here and nowhere else


def read_moment(text: str) -> int:
    """Unix time of a day (its first moment in China) or of a time with its offset; raises `UsageError`."""
    try:
        is_day = len(text) == len("2026-11-23")
        moment = day_starts_at(text) if is_day else _moment(datetime.fromisoformat(text))
    except ValueError as error:
        raise UsageError("time-form", hint="time-form", text=text) from error
    if not 0 <= moment < _LATEST:
        raise UsageError("time-form", hint="time-form", text=text)
    return moment


def _moment(time: datetime) -> int:
    if time.utcoffset() is None:
        raise ValueError(time)
    return int(time.timestamp())
