"""Which generations of a registry are kept for questions about an earlier time, and which of them was in force then.

Only signed times count here (`x-certx-issued` of a generation's timestamp), never a clock of this machine: they go up
from one generation to the next, so neither a clock that is wrong nor one that was set back loses evidence.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

from certx.errors import CertxError, DocumentError
from certx.licence.model import day_of
from certx.trust.chain import ISSUED, Chain
from certx.trust.generations import Generation, Generations
from certx.trust.metadata import moment, parse_metadata

DAYS: Final = 35
"""For how long the last generation of each day is kept."""
_DIGITS: Final = 12
_FILE: Final = "timestamp.json"
UNTIL: Final = "until"
"""The file in a generation that says when its successor was signed: that one may be gone before it is."""


def claimed_time(generation: Generation) -> float | None:
    """When a generation says that it was signed (Unix time), unproven; `None` if that cannot be read."""
    with suppress(CertxError):
        data = generation.read(_FILE)
        return moment(parse_metadata(data, _FILE)["signed"].get(ISSUED), _FILE) if data is not None else None
    return None


def until_text(successor: Generation) -> bytes | None:
    """What is noted beside a generation once another takes its place; `None` if that one's time cannot be read."""
    time = claimed_time(successor)
    return None if time is None else f"{time:.0f}\n".encode("ascii")


def _ended_at(generation: Generation) -> float | None:
    """When the successor of a generation was signed, as was noted; `None` if nothing was, or it is no time."""
    noted = (generation.read(UNTIL) or b"").strip()
    return float(noted) if noted.isdigit() and len(noted) <= _DIGITS else None


def generation_at(generations: Generations, pinned: bytes, at: float, *, newest: str) -> Generation:
    """The kept generation that was in force at Unix time `at`: of those up to `newest`, the last not signed later.

    Raises `DocumentError` if none is kept, if one that may have been the one is kept no more, or cannot be relied on:
    one whose time cannot be read, or one that is later by what it says and not by its signatures.
    """
    later: Generation | None = None
    doubtful: str | None = None
    since: float | None = None
    for name in reversed([name for name in generations.names() if name <= newest]):
        generation = generations.generation(name)
        time = claimed_time(generation)
        if time is None:
            doubtful = name
        elif time <= at:
            if doubtful is not None or not _is_proven(later, pinned):
                raise DocumentError("past-damaged", generation=doubtful or getattr(later, "name", name))
            if later is not None and _is_gap(generation, later):
                ended = _ended_at(generation)
                if ended is None or ended <= at:
                    raise DocumentError("past-swept", since=ended if ended is not None else time, until=since)
            return generation
        else:
            later, doubtful, since = generation, None, time
    if doubtful is not None:
        raise DocumentError("past-damaged", generation=doubtful)
    raise DocumentError("past-none", since=since)


def _is_gap(generation: Generation, later: Generation) -> bool:
    """Were there others between these two? Generations are numbered one by one."""
    return int(later.name) - int(generation.name) > 1


def _is_proven(generation: Generation | None, pinned: bytes) -> bool:
    """Do its signatures say the same as it does?"""
    try:
        return generation is None or bool(Chain(pinned, generation.read).issued)
    except CertxError:
        return False


def needed_for_the_past(generations: Generations, names: Sequence[str]) -> frozenset[str]:
    """Those of the generations, named oldest first, that questions about the last `DAYS` days need.

    One whose time cannot be read is kept as long as its successor: an older one must not be taken for it.
    """
    return frozenset(_needed([(name, claimed_time(generations.generation(name))) for name in names]))


def _needed(times: Sequence[tuple[str, float | None]]) -> Iterator[str]:
    horizon = max((time for _, time in times if time is not None), default=0.0) - DAYS * 86_400
    ends: float | None = None
    for name, time in reversed(times):
        if ends is not None and ends > horizon and (time is None or day_of(time) != day_of(ends)):
            yield name
        ends = time if time is not None else ends
