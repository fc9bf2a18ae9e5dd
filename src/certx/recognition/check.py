"""Is a licence of their region recognised in ours?"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from certx.licence.model import CHINA_STANDARD_TIME, DAY
from certx.reason import Finding, Reason, Result, failed, undetermined
from certx.recognition.agreement import Agreement, UnreadAgreement, rank, successor_of

CHECK: Final = "recognition"


def check_recognition(  # noqa: PLR0911 - one return for each answer
    licence_type: str,
    issued_in: str,
    accepted_in: str | None,
    agreements: Sequence[Agreement | UnreadAgreement] | None,
    now: float,
    *,
    scenario: str | None = None,
    ends_at: float | None = None,
    status_age: float | None = None,
) -> Finding:
    """A region recognises its own licences; those of others need an agreement that both published and is current.

    Regions are province-level codes; `agreements` is `None` if they could not be read. `ends_at`: when the licence
    ends, Unix time, `None` for 长期; `status_age`: seconds since its status was signed, `None` if not known. A finding
    that passed names the agreement it rests on: the first by id of those whose conditions hold.
    """
    if accepted_in is None:
        return undetermined(CHECK, Reason.REGION_NOT_SET)
    if accepted_in == issued_in:
        return _at_home(accepted_in)
    if agreements is None:
        return undetermined(CHECK, Reason.REGISTRY_UNREADABLE, defect="agreements-unreadable")
    pair = (issued_in, accepted_in)
    read, covering, standing = _sort(_Same(agreements), licence_type, pair, now)
    serving = [(a, good) for a, good in standing if a.serves(scenario)]
    if serving:
        findings = [_unmet(a, now, ends_at, status_age) or good for a, good in serving]
        if len(findings) == 1:
            return findings[0]
        return min(findings, key=lambda finding: _BEST_FIRST.index(finding.result))
    unread = sorted((a for a in agreements if isinstance(a, UnreadAgreement) and a.is_mutual(*pair)), key=_id_of)
    open_ = [a for a in unread if a.withdrawn_by.isdisjoint(pair)]
    if open_:
        return undetermined(CHECK, Reason.AGREEMENT_UNREADABLE, agreement=open_[0].id)
    terms = {"type": licence_type, "issued_in": issued_in, "accepted_in": accepted_in}
    if standing:
        matters = sorted({matter for a, _ in standing for matter in a.scenarios or ()})
        return failed(CHECK, Reason.AGREEMENT_OTHER_MATTER, scenarios=", ".join(matters), **terms)
    if unread and not covering:
        by = ", ".join(sorted(unread[0].withdrawn_by.intersection(pair)))
        return failed(CHECK, Reason.AGREEMENT_WITHDRAWN, agreement=unread[0].id, by=by, **terms)
    return _nearest_miss(covering, read, now, terms)


@lru_cache(maxsize=64)
def _at_home(region: str) -> Finding:
    return Finding(CHECK, Result.PASSED, Reason.OWN_REGION, {"region": region})


class _Same:
    """Agreements that are the same only as this very object, which is never changed."""

    __slots__ = ("agreements",)

    def __init__(self, agreements: Sequence[Agreement | UnreadAgreement]) -> None:
        self.agreements = agreements if isinstance(agreements, tuple) else tuple(agreements)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.agreements is other.agreements

    def __hash__(self) -> int:
        return id(self.agreements)


@lru_cache(maxsize=1_024)
def _sort(
    same: _Same, licence_type: str, pair: tuple[str, str], now: float
) -> tuple[list[Agreement], list[Agreement], list[tuple[Agreement, Finding]]]:
    """Those that can be read, those of them that cover the licence, and those of these that are in force, by id.

    Beside one in force is what it comes to where its conditions are met.
    """
    read = sorted((a for a in same.agreements if isinstance(a, Agreement)), key=rank)
    covering = [a for a in read if a.covers(licence_type, *pair)]
    standing = [a for a in covering if a.is_in_force(now, *pair) and successor_of(a, read, now, *pair) is None]
    return read, covering, [(a, _good(a)) for a in (a.as_in(pair[1]) for a in standing)]


_BEST_FIRST: Final = (Result.PASSED, Result.UNDETERMINED, Result.FAILED)


def _id_of(agreement: UnreadAgreement) -> str:
    return agreement.id


def _unmet(agreement: Agreement, now: float, ends_at: float | None, status_age: float | None) -> Finding | None:
    """Which demand of an agreement in force the licence does not meet; `None` if it meets all."""
    least, oldest = agreement.min_remaining_days, agreement.max_status_age_days
    if least is not None and ends_at is not None and not days_left(ends_at, now) >= least:
        return failed(CHECK, Reason.REMAINING_TOO_SHORT, days=least, **_facts(agreement))
    if oldest is not None and (status_age is None or status_age > oldest * DAY):
        return undetermined(CHECK, Reason.STATUS_TOO_OLD, days=oldest, **_facts(agreement))
    return None


def _good(agreement: Agreement) -> Finding:
    facts = _facts(agreement)
    if agreement.paper_waived is not None:
        facts["paper_waived"] = agreement.paper_waived
    if agreement.mode is not None:
        facts["mode"] = agreement.mode
    return Finding(CHECK, Result.PASSED, Reason.AGREEMENT, facts)


def _facts(agreement: Agreement) -> dict[str, object]:
    return {"agreement": agreement.id, "version": agreement.version}


def days_left(ends_at: float, now: float) -> float:
    """Whole days in China from today to the last day that a licence which ends at `ends_at` is good."""
    return (ends_at - 1 + CHINA_STANDARD_TIME) // DAY - (now + CHINA_STANDARD_TIME) // DAY


def _nearest_miss(
    covering: Sequence[Agreement], read: Sequence[Agreement], now: float, terms: Mapping[str, str]
) -> Finding:
    """Why none of the agreements that cover a licence by their terms is in force between its regions."""
    pair = (terms["issued_in"], terms["accepted_in"])
    mutual = [a for a in covering if a.is_mutual(*pair) and not a.is_withdrawn(*pair)]
    for agreement in mutual:
        if not agreement.is_current(now):
            return failed(CHECK, Reason.AGREEMENT_OUT_OF_DATE, agreement=agreement.id, **terms)
    for agreement in mutual:
        successor = successor_of(agreement, read, now, *pair)
        if successor is not None:
            by = successor.id
            return failed(CHECK, Reason.AGREEMENT_SUPERSEDED, agreement=agreement.id, by=by, **terms)
    for agreement in covering:
        if agreement.is_withdrawn(*pair):
            by = ", ".join(sorted(agreement.withdrawn_by.intersection(pair)))
            return failed(CHECK, Reason.AGREEMENT_WITHDRAWN, agreement=agreement.id, by=by, **terms)
    if covering:
        return failed(CHECK, Reason.AGREEMENT_NOT_MUTUAL, agreement=covering[0].id, **terms)
    return failed(CHECK, Reason.NO_AGREEMENT, **terms)
