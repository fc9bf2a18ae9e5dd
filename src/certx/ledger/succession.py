"""Which licence may follow which: the rules, whatever database the ledger is in."""

from typing import NamedTuple, Protocol

from certx.ledger.protocol import EntryState, Refusal, Reservation
from certx.licence.status import CanonicalStatus

_LIVE = (CanonicalStatus.VALID, CanonicalStatus.SUSPENDED)


class Earlier(NamedTuple):
    """A licence that another is to supersede, as the ledger holds it; `old` is the one that it superseded itself."""

    row_mac: bytes
    old: str | None
    state: str
    status: str


class Claim(NamedTuple):
    """The licence that supersedes another, or that is about to while it is only reserved.

    `state`, `row_mac`, `job` and `line` are of its row as the ledger holds it, of nothing if it is not there.
    """

    licence_id: str
    state: str | None
    row_mac: bytes | None
    job: int | None
    line: int | None

    @property
    def is_issued(self) -> bool:
        """Is it a fact? Else it may be taken over once nobody is at work on that row."""
        return self.state == EntryState.ISSUED


class Versions(Protocol):
    """What the ledger holds of licences and of who supersedes them."""

    def earlier(self, licence_id: str) -> Earlier | None:
        """A licence that another names, `None` if it is not in this ledger."""

    def successor(self, old: str) -> Claim | None:
        """Which licence supersedes it or is about to."""


def refusal(versions: Versions, row: Reservation, old: str, new: str | None) -> Refusal | None:
    """Why a row cannot supersede what nobody else does, `None` if it can; `new`: `None` if it is not here yet.

    A licence that ended may be followed by a new one, and keeps its end.
    """
    held = versions.earlier(old)
    if held is None:
        return None
    if old == new or held.state != EntryState.ISSUED:
        return Refusal("previous-not-issued", {"previous": old})
    if row.unless_ended and has_ended(held.status):
        return Refusal("previous-ended", {"previous": old, "status": CanonicalStatus(held.status)})
    return None


def has_ended(status: str) -> bool:
    """Did a licence of this status come to an end of its own, rather than being superseded?"""
    return status not in {*_LIVE, CanonicalStatus.SUPERSEDED}


def is_vacant(versions: Versions, last: str, old: str) -> bool:
    """May a new licence have the number whose last licence is this, naming `old` as what it follows?

    It may where the number was given up: that licence ended, or what superseded it under other numbers did, or it is
    not known what did. It may also come back to it, from `old`, one of those that superseded it.
    """
    seen: set[str] = set()
    licence_id = last
    while licence_id not in seen:
        seen.add(licence_id)
        held = versions.earlier(licence_id)
        if licence_id == old or held is None or has_ended(held.status):
            return True
        claim = versions.successor(licence_id)
        if claim is None or (not claim.is_issued and claim.licence_id != old):
            return held.status == CanonicalStatus.SUPERSEDED
        licence_id = claim.licence_id
    return False
