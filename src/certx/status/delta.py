"""A list read from an earlier token and the signed delta that leads on from it (docs/formats.md, ADR 11).

The delta's signature covers the digest of the entries that must come out, so the earlier token needs no proof: any
bytes that lead to them will do, and no others.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from certx.reason import Reason
from certx.status.changes import apply_changes, digest_of
from certx.status.constants import (
    BITS_ALLOWED,
    MAX_CHANGES_BYTES,
    MAX_DELTA_CHARACTERS,
    MAX_STEPS,
    TYP_STATUS_DELTA,
)
from certx.status.errors import StatusError
from certx.status.payload import Envelope, StatusList, inflate, read_envelope
from certx.status.tokenlist import StatusToken

MEMBER: Final = "status_list_delta"


class Step(NamedTuple):
    """The changes, as the token has them, that lead from the state with the digest `base` to the next one."""

    base: str
    changes: str


class Delta(NamedTuple):
    """What a delta says: from which states it leads to the one with the digest `result`.

    `token` is the SHA-256, hex, of the file of the whole list that it stands for.
    """

    envelope: Envelope
    bits: int
    token: str
    result: str
    steps: tuple[Step, ...]

    def from_state(self, digest: str) -> tuple[Step, ...] | None:
        """The steps that lead from a state to the result, as few as possible; `None` if none do."""
        if digest == self.result:
            return ()
        starts = [number for number, step in enumerate(self.steps) if step.base == digest]
        return self.steps[starts[-1] :] if starts else None


def read_delta(claims: Mapping[str, Any], uri: str) -> Delta:
    """A delta out of its payload, nothing of it inflated; raises `StatusError`."""
    envelope = read_envelope(claims, uri, MEMBER)
    content = envelope.content
    bits, rows = content.get("bits"), content.get("steps")
    texts = [content.get(name) for name in ("token", "base", "result")]
    if type(bits) is not int or bits not in BITS_ALLOWED or not isinstance(rows, list) or len(rows) > MAX_STEPS:
        raise StatusError(Reason.STATUS_LIST_MALFORMED)
    steps = tuple(map(_step, rows))
    token, base, result = (text if isinstance(text, str) else "" for text in texts)
    if not token or not result or base != (steps[0].base if steps else result):
        raise StatusError(Reason.STATUS_LIST_MALFORMED)
    return Delta(envelope, bits, token, result, steps)


def _step(row: object) -> Step:
    base, changes = (row.get("base"), row.get("changes")) if isinstance(row, dict) else (None, None)
    if not isinstance(base, str) or not isinstance(changes, str):
        raise StatusError(Reason.STATUS_LIST_MALFORMED)
    return Step(base, changes)


def patched_token(earlier: str, delta: str, *, stands_for: str) -> StatusToken:
    """An earlier token of a list with the delta that brings it up to date, read as one.

    `stands_for` is the SHA-256, hex, of the file of the whole list: a delta that goes with another is refused.
    """

    def read(claims: Mapping[str, Any], uri: str) -> StatusList:
        found = read_delta(claims, uri)
        if found.token != stands_for:
            raise StatusError(Reason.STATUS_LIST_MALFORMED)
        before = StatusToken(earlier).read_unproven(uri)
        steps = found.from_state(digest_of(before.entries)) if before.bits == found.bits else None
        if steps is None:
            raise StatusError(Reason.STATUS_LIST_MALFORMED)
        return found.envelope.around(_apply(bytearray(before.entries), steps, found), found.bits)

    return StatusToken(delta, typ=TYP_STATUS_DELTA, maximum=MAX_DELTA_CHARACTERS, read=read)


def _apply(entries: bytearray, steps: tuple[Step, ...], delta: Delta) -> bytearray:
    """The entries after these steps; raises `StatusError` if they are not those that the delta promises."""
    room = MAX_CHANGES_BYTES
    for step in steps:
        changes = inflate(step.changes, room)
        room -= len(changes)
        apply_changes(entries, changes, delta.bits)
    if digest_of(entries) != delta.result:
        raise StatusError(Reason.STATUS_LIST_MALFORMED)
    return entries
