"""Grants by a body, in its ledger: each has an entry on the status lists of its licences, and can end by it.

Its sites synchronise these lists anyway. A holder has none: what a holder grants ends at its site
(`certx.recognition.grant_revocation`), or with the licence.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Protocol

from certx.app.machine.ledgers import open_ledger
from certx.app.status.statuses import read_event, set_statuses
from certx.errors import UsageError
from certx.ledger import Entry, EntryState, ListPlace, Reservation, SigningKey, StatusChange
from certx.licence.status import CanonicalStatus
from certx.recognition.grant import Grant, number_of, read_grant
from certx.settings import Settings
from certx.status.reference import Reference, list_uri, series_by
from certx.trust.registry import Issuer


class Make(Protocol):
    """Makes a signed grant, once it is known what makes it unique and by which entry of a list it can end."""

    def __call__(self, *, unique: str, place: Reference | None = None) -> str:
        """Sign it."""


def enter_grants(settings: Settings, issuer: Issuer, kid: str, wanted: Mapping[str, Make], *, now: float) -> list[str]:
    """Grants by a body, by what makes each unique, signed with its key `kid`.

    They are in the ledger before anybody has them: one of which the ledger knew nothing could not be revoked. If
    nobody is listed to sign lists of the body, they name none. Raises `UsageError` if there is no ledger here.
    """
    series = series_by(issuer)
    if series is None:
        return [make(unique=unique) for unique, make in wanted.items()]
    with closing(open_ledger(settings)) as ledger:
        numbers = map(number_of, wanted)
        reserved = ledger.reserve([Reservation(number, number, b"", series) for number in numbers])
        entries = [entry for entry in reserved if isinstance(entry, Entry)]
        made = [
            make(unique=unique, place=_reference(entry.place))
            for (unique, make), entry in zip(wanted.items(), entries, strict=True)
        ]
        signed = [
            entry._replace(state=EntryState.ISSUED, digest=read_grant(text).held.jws.digest, issued_at=int(now))
            for entry, text in zip(entries, made, strict=True)
        ]
        ledger.commit(signed, SigningKey(issuer.credit_code, kid))
    return made


def _reference(place: ListPlace | None) -> Reference | None:
    return None if place is None else Reference(place.idx, list_uri(place.series, place.number))


def revoke_here(settings: Settings, grants: Sequence[Grant], why: str, *, now: float) -> StatusChange:
    """Note in the ledger that these grants are over: all, or none; its next status lists say so.

    Raises `UsageError` on one that is not, to the letter, a grant that this ledger holds.
    """
    if all(grant.place is None for grant in grants):  # a holder's, say, who has no ledger either
        raise _not_here(grants[0])
    with closing(open_ledger(settings)) as ledger:
        for grant in grants:
            kept = ledger.log_place(grant.number)
            if kept is None or kept.digest != grant.held.jws.digest:
                raise _not_here(grant)
    event = read_event(CanonicalStatus.CANCELLED, None, why, now=now)
    return set_statuses([grant.number for grant in grants], event, settings, now=now)


def _not_here(grant: Grant) -> UsageError:
    return UsageError("grant-not-here", hint="grant-not-here", grant=grant.id)
