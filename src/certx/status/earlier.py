"""The delta beside a list: how what was published before becomes what is published now (docs/formats.md)."""

import zlib
from hashlib import sha256
from typing import Final, NamedTuple

from certx.keys.encoding import base64url
from certx.status.changes import Entries, changes_between, digest_of
from certx.status.constants import (
    BITS,
    DELTA_SHARE,
    MAX_CHANGES_BYTES,
    MAX_DELTA_CHARACTERS,
    MAX_STEPS,
    TYP_STATUS_DELTA,
)
from certx.status.delta import MEMBER, Step, read_delta
from certx.status.errors import StatusError
from certx.status.listing import Signing
from certx.status.payload import StatusList, inflate
from certx.status.tokenlist import StatusToken

_ENVELOPE: Final = 900
"""Characters of a delta without steps: header, claims, digests, signature."""
_MEMBERS: Final = len('{"base":"","changes":""},')


class Earlier(NamedTuple):
    """What was published of a list before: its entries, and the steps that led to them."""

    statuses: StatusList
    steps: tuple[Step, ...] = ()


def read_earlier(token: str, delta: str | None, uri: str) -> Earlier:
    """What lies where a list is about to be published, unproven; raises `StatusError` if the token is no list.

    Of a delta that is none, or belongs to another state, nothing is used. One that leads beyond the token was left by a
    publication that was cut off: it is used up to there.
    """
    statuses = StatusToken(token).read_unproven(uri)
    if delta is None:
        return Earlier(statuses)
    try:
        found = read_delta(StatusToken(delta, maximum=MAX_DELTA_CHARACTERS).jws.payload, uri)
        _check_bounds(found.steps)
    except StatusError:
        return Earlier(statuses)
    rest = found.from_state(digest_of(statuses.entries)) if found.bits == statuses.bits else None
    return Earlier(statuses) if rest is None else Earlier(statuses, found.steps[: len(found.steps) - len(rest)])


def write_delta(entries: Entries, earlier: Earlier, token: str, signing: Signing) -> str | None:
    """The delta that stands beside the token of these entries, `None` if it would be of no use.

    It leads from each state that the earlier delta led from, and from what was published last, while it stays small.
    """
    if earlier.statuses.bits != BITS or len(earlier.statuses.entries) != len(entries):
        return None
    before, present = digest_of(earlier.statuses.entries), digest_of(entries)
    steps = [step for step in earlier.steps if step.base not in {before, present}]
    if before != present:
        changes = changes_between(earlier.statuses.entries, entries, BITS)
        steps.append(Step(before, base64url(zlib.compress(changes, 9))))
    del steps[:-MAX_STEPS]
    room = len(token) // DELTA_SHARE
    while len(steps) > 1 and (_characters(steps) > room or not _is_bounded(steps)):
        del steps[0]  # the latest stays unless it alone is too much
    if _characters(steps) >= min(len(token), MAX_DELTA_CHARACTERS) or not _is_bounded(steps):
        return None
    content = {
        "bits": BITS,
        "token": sha256(token.encode("ascii")).hexdigest(),
        "base": steps[0].base if steps else present,
        "result": present,
        "steps": [step._asdict() for step in steps],
    }
    return signing.token(TYP_STATUS_DELTA, MEMBER, content)


def _characters(steps: list[Step]) -> int:
    """About how many characters a delta of these steps has, and rather more than that."""
    return _ENVELOPE + sum(len(step.base) + len(step.changes) + _MEMBERS for step in steps) * 4 // 3


def _is_bounded(steps: list[Step]) -> bool:
    try:
        _check_bounds(tuple(steps))
    except StatusError:
        return False
    return True


def _check_bounds(steps: tuple[Step, ...]) -> None:
    """Raise `StatusError` if a counter would not inflate all of these."""
    room = MAX_CHANGES_BYTES
    for step in steps:
        room -= len(inflate(step.changes, room))
