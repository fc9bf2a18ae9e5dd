"""The wall clock, which nothing else reads, and times as people write them."""

import time
from datetime import datetime

from certx.errors import UsageError
from certx.licence.model import day_starts_at


def now() -> float:
    """Unix time."""
    return time.time()  # noqa: TID251 - here and nowhere else


def read_moment(text: str) -> int:
    """Unix time of a day (its first moment in China) or of a time with its offset; raises `UsageError`."""
    try:
        if len(text) == len("2026-11-23"):
            return day_starts_at(text)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError("time-form", hint="time-form", text=text) from error
    if moment.utcoffset() is None:
        raise UsageError("time-form", hint="time-form", text=text)
    return int(moment.timestamp())
