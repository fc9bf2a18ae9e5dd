"""Is what verdicts rest on still good for a while: the clock, the roles' signatures, status lists, agreements?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from certx.doctor.anchors import SOON
from certx.doctor.complaint import Ailment, Complaint, Severity, error, note, warning
from certx.errors import CertxError
from certx.recognition.agreement import Agreement
from certx.recognition.standing import Standing
from certx.recognition.standing import State as Standpoint
from certx.trust.freshness import DEFAULT_LIMITS, Limits
from certx.trust.registry import Issuer, Region, State
from certx.trust.roles import region_of, status_role

_DAY: Final = 86_400.0
_REMAINDERS: Final = {"timestamp": 2 * _DAY, "snapshot": 7 * _DAY, "duty": 7 * _DAY}
"""What should be left of roles that live short and are signed anew at half their lives; of others, `SOON`."""
_STATUS_REMAINDER: Final = 2 * _DAY
_PART_OF_LIFE: Final = 2 / 7
"""What should be left of the life that a list was signed for: two days of a week."""


def review_clock(latest_signed: float, limits: Limits, now: float) -> Iterator[Complaint]:
    """A clock that is earlier than what was already signed judges nothing."""
    if now < latest_signed - limits.clock_behind:
        yield error(Ailment.CLOCK_BEHIND, at=now, signed_at=latest_signed)


def review_roles(
    expiries: Mapping[str, float], wanted: Iterable[str], limits: Limits, now: float
) -> Iterator[Complaint]:
    """Signatures that have ended, or will within `SOON`: a note where it is not yet time to renew them."""
    for role in wanted:
        end = expiries.get(role)
        if end is None:  # there is no such role, or its file is told elsewhere
            continue
        is_stamp = role == "timestamp"
        if end <= now:
            code = Ailment.REGISTRY_EXPIRED if is_stamp else Ailment.ROLE_EXPIRED
            yield error(code, role=role, at=end, until=end + limits.grace)
        elif end - now < _remainder(role):
            code = Ailment.REGISTRY_EXPIRES if is_stamp else Ailment.ROLE_EXPIRES
            yield warning(code, role=role, at=end)
        elif end - now < SOON:
            yield note(Ailment.ROLE_ON_SCHEDULE, role=role, at=end)


def _remainder(role: str) -> float:
    code = region_of(role)
    if code is not None and role == status_role(code):
        return _STATUS_REMAINDER
    return _REMAINDERS.get(role, SOON)


class ListFacts(NamedTuple):
    """A published status list: from when to when it is good (Unix time), or why counters cannot use it."""

    region: str
    file: str
    begins: float | None
    ends: float | None
    defect: CertxError | None = None


def review_lists(
    regions: Sequence[Region],
    types: Mapping[str, frozenset[str] | None],
    lists: Sequence[ListFacts],
    own: str | None,
    now: float,
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Complaint]:
    """Lists that are missing, of no use or old, of issuers with status keys; the others of a region in one note.

    `types`: by region, of which types licences are accepted from there; `None` for all.
    """
    for region in regions:
        severity = Severity.ERROR if region.code == own else Severity.WARNING
        files = {found.file for found in lists if found.region == region.code}
        for issuer in region.issuers.values():
            if _keeps_lists(issuer, types.get(region.code)) and not any(_is_of(file, issuer) for file in files):
                yield warning(Ailment.LIST_MISSING, issuer=issuer.id)
        looked_at = [
            found
            for found in lists
            if found.region == region.code
            and any(
                _is_of(found.file, issuer) and _keeps_lists(issuer, types.get(region.code))
                for issuer in region.issuers.values()
            )
        ]
        complaints = [complaint for found in looked_at for complaint in _review_list(found, severity, limits, now)]
        yield from complaints
        yield from _note_lists(region.code, looked_at, {complaint.params["file"] for complaint in complaints}, now)


def _keeps_lists(issuer: Issuer, types: frozenset[str] | None) -> bool:
    is_covered = types is None or not types.isdisjoint(issuer.types)
    return bool(issuer.status_keys) and issuer.state is State.ACTIVE and is_covered


def _is_of(file: str, issuer: Issuer) -> bool:
    return file.startswith(f"{issuer.credit_code}-")


def _review_list(found: ListFacts, severity: Severity, limits: Limits, now: float) -> Iterator[Complaint]:
    if found.defect is not None:
        params = {**found.defect.params, "defect": found.defect.code, "file": found.file}
        yield Complaint(Ailment.LIST_UNUSABLE, severity, params)
        return
    if found.begins is None or found.ends is None:
        return
    remainder = min(SOON, _PART_OF_LIFE * (found.ends - found.begins))
    until = found.ends + limits.grace
    if until <= now:
        yield error(Ailment.LIST_OUTDATED, file=found.file, at=found.ends, until=until)
    elif found.ends <= now:
        yield error(Ailment.LIST_EXPIRED, file=found.file, at=found.ends, until=until)
    elif found.ends - now < remainder:
        yield warning(Ailment.LIST_EXPIRES, file=found.file, at=found.ends)


def _note_lists(region: str, lists: Iterable[ListFacts], told: AbstractSet[object], now: float) -> Iterator[Complaint]:
    """Those that end within `SOON` and are not told of otherwise, by the first: there may be hundreds."""
    ends = [(found.ends, found.file) for found in lists if found.ends is not None and found.file not in told]
    soon = sorted((end, file) for end, file in ends if end - now < SOON)
    if soon:
        yield note(Ailment.LISTS_ON_SCHEDULE, member=region, count=len(soon), file=soon[0][1], at=soon[0][0])


def accepted_from(standings: Sequence[Standing], own: str) -> dict[str, frozenset[str] | None]:
    """The regions whose licences are accepted here today, with the types; all types of our own region."""
    found: dict[str, frozenset[str] | None] = {}
    for standing in standings:
        agreement = standing.agreement
        if isinstance(agreement, Agreement):
            for code in agreement.issued_in - {own}:
                if standing.applies(code, own):
                    found[code] = (found.get(code) or frozenset()) | agreement.types
    return {**found, own: None}


def review_agreements(
    standings: Sequence[Standing], own: str, now: float, unread: AbstractSet[str] = frozenset()
) -> Iterator[Complaint]:
    """Agreements of our region that end soon, or that do not count because not all published the same.

    `unread`: regions of which it is not known what they published.
    """
    for standing in standings:
        agreement = standing.agreement
        if not isinstance(agreement, Agreement):
            if own in agreement.listed_by and not agreement.withdrawn_by:
                params = {"agreement": agreement.id, **agreement.defect.params, "defect": agreement.defect.code}
                yield warning(Ailment.AGREEMENT_UNUSABLE, **params)
        elif own not in agreement.parties or (agreement.until is not None and agreement.until <= now):
            continue
        elif standing.state is Standpoint.ONE_SIDED and unread.isdisjoint(standing.missing):
            yield warning(Ailment.AGREEMENT_ONE_SIDED, agreement=agreement.id, missing=", ".join(standing.missing))
        elif standing.state is Standpoint.ALTERED:
            yield warning(Ailment.AGREEMENT_ALTERED, agreement=agreement.id, missing=", ".join(standing.altered))
        elif standing.state is Standpoint.IN_FORCE and _ends_soon(agreement, standings, now):
            yield warning(Ailment.AGREEMENT_ENDS, agreement=agreement.id, until=agreement.until)


def _ends_soon(agreement: Agreement, standings: Sequence[Standing], now: float) -> bool:
    """Does it, and no other between all its parties, of at least its types, begins in time and lasts longer?"""
    until = agreement.until
    if until is None or until >= now + SOON:
        return False
    others = [standing.agreement for standing in standings if standing.agreement is not agreement]
    return not any(
        isinstance(other, Agreement)
        and other.is_mutual(*agreement.parties)
        and not other.is_withdrawn(*agreement.parties)
        and other.types >= agreement.types
        and other.issued_in >= agreement.issued_in
        and other.accepted_in >= agreement.accepted_in
        and other.since <= until
        and (other.until is None or other.until > until)
        for other in others
    )
