"""Which licence may supersede which: the rules, whatever database the ledger is in."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from certx.ledger.protocol import EntryState, Refusal, Reservation, version_key
from certx.licence.status import CanonicalStatus


class Earlier(NamedTuple):
    """A licence that another is to supersede, as the ledger holds it; `old` is the one that it superseded itself."""

    row_mac: bytes
    old: str | None
    state: str
    status: str


class Versions(Protocol):
    """What the ledger holds of licences and of who supersedes them."""

    def earlier(self, licence_id: str) -> Earlier | None:
        """A licence that another names, `None` if it is not in this ledger."""

    def successor(self, old: str) -> tuple[str, str | None] | None:
        """Which licence supersedes it or is about to, and that one's state (`None`: it is not there yet)."""


def keyed(versions: Versions, row: Reservation, mac: Callable[[bytes], bytes]) -> Reservation:
    """The row under the key that the ledger keeps it by: a later version of what is held there has its own."""
    if row.supersedes is None:
        return row
    held = versions.earlier(row.supersedes)
    if held is None:
        return row
    before = row.row_key if held.old is None else version_key(row.row_key, held.old)
    if held.row_mac in (mac(row.row_key.encode()), mac(before.encode())):
        return row._replace(row_key=version_key(row.row_key, row.supersedes))
    return row


def refusal(versions: Versions, old: str, new: str | None) -> Refusal | None:
    """Why one licence cannot be superseded by another, `None` if it can; `new`: `None` if not here yet."""
    claimed = versions.successor(old)
    if claimed is not None and claimed[0] != new:
        code = "previous-superseded" if claimed[1] == EntryState.ISSUED else "previous-claimed"
        return Refusal(code, {"previous": old, "successor": claimed[0]})
    held = versions.earlier(old)
    if held is None:
        return None
    if old == new or held.state != EntryState.ISSUED:
        return Refusal("previous-not-issued", {"previous": old})
    status = CanonicalStatus(held.status)
    if status is not CanonicalStatus.SUPERSEDED and not status.may_become(CanonicalStatus.SUPERSEDED):
        return Refusal("previous-ended", {"previous": old, "status": status})
    return None
