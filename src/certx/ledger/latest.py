"""What was issued last under a number: all rows of a chunk are looked up together."""

from collections.abc import Sequence
from typing import Protocol

from certx.ledger import row_keys
from certx.ledger.protocol import Entry, Reservation
from certx.ledger.reserving import Held, Mac


class Versions(Protocol):
    """The licences that a ledger holds, and what they followed."""

    def look_up(self, macs: Sequence[bytes]) -> dict[bytes, Held]:
        """What the ledger holds under these row keys."""

    def predecessors(self, licence_ids: Sequence[str]) -> dict[str, str]:
        """Which licence each of these superseded, or is about to, where it does one."""


def latest(versions: Versions, rows: Sequence[Reservation], mac: Mac) -> list[Entry | None]:
    """Follow the licences of each number; see `Ledger.latest`."""
    slots = row_keys.slots(versions.look_up, [row.row_key for row in rows], mac)
    last = {number: [slot for slot in of_number if slot.is_issued][-1:] for number, of_number in slots.items()}
    macs = {slot.row_key: mac(slot.row_key.encode()) for found in last.values() for slot in found}
    held = versions.look_up(list(macs.values()))
    old = versions.predecessors([slot.licence_id for found in last.values() for slot in found])

    def entry(row: Reservation, slot: row_keys.Slot) -> Entry:
        asked = row._replace(row_key=slot.row_key, supersedes=old.get(slot.licence_id))
        return held[macs[slot.row_key]].entry(asked, mac(row.content))

    return [entry(row, *last[row.row_key]) if last[row.row_key] else None for row in rows]
