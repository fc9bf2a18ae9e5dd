"""How old evidence may be: age weakens good answers only, and a wrong clock gives none."""

from typing import Any

import pytest

from certx.reason import Outcome, Reason
from certx.trust.freshness import Limits
from world import AGREEMENT, DAY, NOW, STRANGER, decision, finding_of, forge, issue, verify

FRESH = {"signed_at": NOW, "expiries": {"timestamp": NOW + 7 * DAY, "region-510000": NOW + 30 * DAY}}
CREDENTIAL = issue()


def at(days: float, **changes: Any) -> dict[str, Any]:
    return {**FRESH, "now": NOW + days * DAY, **changes}


def test_a_registry_within_its_life_is_fresh() -> None:
    verdict = verify(CREDENTIAL, **at(6.99))
    assert verdict.outcome is Outcome.ACCEPTED
    assert finding_of(verdict, "freshness").reason is None
    assert verdict.registry is not None
    assert verdict.registry.fresh


@pytest.mark.parametrize("days", [7, 13.99])
def test_within_grace_it_warns_and_says_until_when(days: float) -> None:
    verdict = verify(CREDENTIAL, **at(days))
    finding = finding_of(verdict, "freshness")
    assert (verdict.outcome, finding.reason) == (Outcome.ACCEPTED, Reason.REGISTRY_STALE)
    assert finding.params == {"role": "timestamp", "at": NOW + 7 * DAY, "until": NOW + 14 * DAY}
    assert verdict.registry is not None
    assert not verdict.registry.fresh


def test_after_grace_it_cannot_tell() -> None:
    assert decision(verify(CREDENTIAL, **at(14))) == (Outcome.UNDETERMINED, Reason.REGISTRY_EXPIRED, "freshness")


def test_the_first_role_to_end_decides() -> None:
    roles = {"timestamp": NOW + 90 * DAY, "region-500000": NOW - 8 * DAY, "region-510000": NOW - DAY}
    finding = finding_of(verify(CREDENTIAL, **at(0, expiries=roles)), "freshness")
    assert (finding.reason, finding.params["role"]) == (Reason.REGISTRY_EXPIRED, "region-500000")


def test_a_role_of_a_region_that_has_no_part_in_it_does_not_matter() -> None:
    roles = {"timestamp": NOW + DAY, "region-530000": NOW - 90 * DAY, "status-510000": NOW - 90 * DAY}
    assert verify(CREDENTIAL, **at(0, expiries=roles)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("credential", "reason"),
    [
        (CREDENTIAL[:-40] + "A" * 39 + "~", Reason.DISCLOSURE_MALFORMED),
        (forge(signer=STRANGER), Reason.KEY_NOT_LISTED),
        (forge(exp=int(NOW) - 1), Reason.EXPIRED),
    ],
)
def test_what_is_invalid_stays_invalid_however_old_the_registry(credential: str, reason: Reason) -> None:
    verdict = verify(credential, **at(0, expiries={"timestamp": NOW - 400 * DAY}))
    assert verdict.outcome is Outcome.INVALID
    assert reason in [finding.reason for finding in verdict.findings]


@pytest.mark.parametrize(
    ("signed_at", "seen_at", "outcome"),
    [
        (NOW + DAY, None, Outcome.ACCEPTED),
        (NOW + DAY + 1, None, Outcome.UNDETERMINED),
        (NOW, NOW + DAY, Outcome.ACCEPTED),
        (NOW, NOW + DAY + 1, Outcome.UNDETERMINED),
    ],
)
def test_a_clock_before_what_was_signed_cannot_tell(signed_at: float, seen_at: float | None, outcome: Outcome) -> None:
    verdict = verify(CREDENTIAL, **at(0, signed_at=signed_at, seen_at=seen_at))
    assert verdict.outcome is outcome
    if outcome is Outcome.UNDETERMINED:
        assert decision(verdict)[1:] == (Reason.CLOCK_WRONG, "freshness")


def test_a_federation_may_set_other_limits() -> None:
    strict = Limits(grace=0, clock_behind=60)
    assert decision(verify(CREDENTIAL, **at(7, limits=strict)))[1] is Reason.REGISTRY_EXPIRED
    assert decision(verify(CREDENTIAL, **at(0, signed_at=NOW + 61, limits=strict)))[1] is Reason.CLOCK_WRONG


def test_an_unsigned_registry_has_no_age() -> None:
    finding = finding_of(verify(issue(), signed_at=None, expiries={}), "freshness")
    assert (finding.result, finding.reason) == ("not-run", Reason.REGISTRY_UNDATED)


EARLY = {"signed_at": NOW + 40 * DAY}
"""A clock that was set back: the registry was signed weeks later."""


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nbf": int(NOW) + 39 * DAY}, Reason.NOT_YET_VALID),
        ({"nbf": int(NOW) + 41 * DAY}, Reason.NOT_YET_VALID),
        ({"iat": int(NOW) + 39 * DAY}, Reason.ISSUED_IN_FUTURE),
    ],
)
def test_a_clock_set_back_makes_no_licence_invalid_for_being_too_early(claims: dict[str, int], reason: Reason) -> None:
    credential = forge(**claims)
    assert decision(verify(credential)) == (Outcome.INVALID, reason, "validity")
    verdict = verify(credential, **EARLY)
    assert verdict.outcome is Outcome.UNDETERMINED
    assert finding_of(verdict, "validity").reason is Reason.CLOCK_WRONG


def test_a_clock_little_behind_is_known_to_be_so_where_the_registry_is_newer_than_the_licence() -> None:
    credential = forge(nbf=int(NOW) + 3_600)
    verdict = verify(credential, signed_at=NOW + 3_600)
    assert decision(verdict) == (Outcome.UNDETERMINED, Reason.CLOCK_WRONG, "validity")
    assert verify(credential, signed_at=NOW + 3_599).outcome is Outcome.INVALID


def test_what_is_over_by_a_clock_set_back_is_over() -> None:
    verdict = verify(forge(exp=int(NOW) - 1), **EARLY)
    assert decision(verdict) == (Outcome.INVALID, Reason.EXPIRED, "validity")


def test_an_agreement_that_a_clock_set_back_calls_not_yet_in_force_is_not_missed() -> None:
    later = AGREEMENT._replace(id="agr-500000-510000-2", since=NOW + DAY)
    over = AGREEMENT._replace(until=NOW - DAY)
    assert verify(CREDENTIAL, agreements=(over, later)).outcome is Outcome.NOT_ACCEPTABLE
    verdict = verify(CREDENTIAL, agreements=(over, later), **EARLY)
    assert verdict.outcome is Outcome.UNDETERMINED
    assert finding_of(verdict, "recognition").reason is Reason.CLOCK_WRONG
    one_sided = later._replace(listed_by=frozenset({"510000"}))
    for agreements in ((over,), (over, one_sided)):
        verdict = verify(CREDENTIAL, agreements=agreements, **EARLY)
        assert finding_of(verdict, "recognition").reason is Reason.AGREEMENT_OUT_OF_DATE
