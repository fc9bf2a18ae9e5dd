"""Under which key a row is kept: the licences of one number follow one another, each under a key of its own.

The first has the number's row key alone, each later one the version key after the one before it, so that no two rows
can be the next licence of a number. What a row says that it follows tells which of them is meant.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from certx.ledger import succession
from certx.ledger.protocol import EntryState, Reservation, version_key


class Kept(Protocol):
    """What matters here of a row that the ledger holds."""

    @property
    def licence_id(self) -> str:
        """The identifier of its licence."""

    @property
    def state(self) -> str:
        """How far it has come, see `EntryState`."""

    @property
    def job(self) -> int:
        """The job that asked for it last."""


LookUp = Callable[[Sequence[bytes]], Mapping[bytes, Kept]]
Mac = Callable[[bytes], bytes]


class Slot(NamedTuple):
    """One licence of a number, and the row key that it is kept under; what this very job reserved will be issued."""

    row_key: str
    licence_id: str
    is_issued: bool


def slots(look_up: LookUp, numbers: Iterable[str], mac: Mac, job: int = 0) -> dict[str, list[Slot]]:
    """The licences of each of these numbers (row keys), in the order in which they followed one another.

    What a job asks means the same whether its earlier chunks are committed yet or not.
    """
    found: dict[str, list[Slot]] = {number: [] for number in numbers}
    following = {number: number for number in found}
    while following:
        macs = {number: mac(row_key.encode()) for number, row_key in following.items()}
        held = look_up(list(macs.values()))
        kept = {number: held[row_mac] for number, row_mac in macs.items() if row_mac in held}
        for number, row in kept.items():
            is_issued = row.state == EntryState.ISSUED or (job != 0 and row.job == job)
            found[number].append(Slot(following[number], row.licence_id, is_issued))
        following = {number: version_key(number, row.licence_id) for number, row in kept.items()}
    return found


def keyed(
    versions: succession.Versions, look_up: LookUp, rows: Sequence[Reservation], mac: Mac, job: int = 0
) -> list[Reservation]:
    """The rows, each under the key that the ledger keeps it by for a job (0: for none)."""
    naming = {row.row_key for row in rows if row.supersedes is not None}
    if not naming:
        return list(rows)
    found = slots(look_up, naming, mac, job)
    return [
        row if row.supersedes is None
        else row._replace(row_key=_key(versions, row.row_key, row.supersedes, found[row.row_key]))
        for row in rows
    ]  # fmt: skip


def _key(versions: succession.Versions, number: str, old: str, of_number: Sequence[Slot]) -> str:
    """The key of a row of this number that follows `old`: a licence of the number, or any other."""
    claim = versions.successor(old)
    for slot in of_number:
        if claim is not None and claim.licence_id == slot.licence_id:
            return slot.row_key  # this very row, from before
        if slot.licence_id == old:
            return version_key(number, old)
    issued = [slot for slot in of_number if slot.is_issued]
    if not issued:
        return number
    last = issued[-1].licence_id
    return version_key(number, last) if succession.is_vacant(versions, last, old) else number
