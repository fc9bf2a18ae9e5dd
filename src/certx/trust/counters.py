"""Counters that a region lists: who may ask its citizens, and those of others, for a presentation."""

import re
from typing import Final, NamedTuple

from certx.errors import CertxError
from certx.trust.check import is_suspended
from certx.trust.registry import Counter, ListedKey, Region, Registry

COUNTER_PREFIX: Final = "urn:certx:counter:"
_ID: Final = re.compile(r"urn:certx:counter:([0-9]{2}0000):[a-z0-9][a-z0-9-]{0,31}")


class ListedCounter(NamedTuple):
    """A counter, the region that lists it, and the key of it that was asked for, `None` if it has no such key."""

    region: Region
    counter: Counter
    key: ListedKey | None


def counter_id(region: str, name: str) -> str:
    """The id of the counter of that name in a region."""
    return f"{COUNTER_PREFIX}{region}:{name}"


def region_of_counter(named: str) -> str | None:
    """The region that an id says lists the counter; `None` if it is no id of a counter."""
    match = _ID.fullmatch(named)
    return None if match is None else match[1]


def find_counter(registry: Registry, named: str, kid: str) -> ListedCounter | None:
    """A counter by its id, and its key by its kid. The region in the id alone speaks for it, so that no other can.

    `None` if that region does not list it, is suspended, or cannot be read.
    """
    code = region_of_counter(named)
    try:
        region = registry.regions[code] if code is not None and code in registry.regions else None
    except CertxError:
        return None
    counter = None if region is None else region.counters.get(named)
    if region is None or counter is None or is_suspended(region):
        return None
    return ListedCounter(region, counter, counter.request_keys.get(kid))
