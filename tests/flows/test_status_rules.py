"""Is it still good: what a status list says, who says it, and how old that is."""

from typing import Any

import pytest

from certx.credential.constants import CLOCK_SKEW
from certx.errors import CertxError
from certx.reason import Finding, Outcome, Reason
from certx.trust.freshness import Limits
from certx.trust.registry import State
from world import (
    AGREEMENT,
    CHONGQING,
    DAY,
    KEY,
    NOW,
    OTHER_CREDIT_CODE,
    SICHUAN,
    STATUS_KEY,
    STATUS_URI,
    STRANGER,
    decision,
    finding_of,
    forge,
    status_list,
    verify,
)

INDEX = 37
CREDENTIAL = forge(status={"status_list": {"idx": INDEX, "uri": STATUS_URI}})
INVALID, UNDETERMINED, ACCEPTED = Outcome.INVALID, Outcome.UNDETERMINED, Outcome.ACCEPTED

GOOD = status_list({})
BAD = {1: Reason.REVOKED, 2: Reason.SUSPENDED, 3: Reason.SUPERSEDED}


def look(token: str | None, credential: str = CREDENTIAL, **changes: Any) -> tuple[str, Reason | None, str | None]:
    lists = {} if token is None else {STATUS_URI: token}
    return decision(verify(credential, status_lists=lists, **changes))


def finding(token: str, **changes: Any) -> Finding:
    return finding_of(verify(CREDENTIAL, status_lists={STATUS_URI: token}, **changes), "status")


def test_a_licence_that_its_list_calls_valid_is_accepted() -> None:
    assert look(GOOD) == (ACCEPTED, None, None)
    assert finding(GOOD).result == "passed"


@pytest.mark.parametrize(("value", "reason"), BAD.items())
def test_a_licence_that_is_no_longer_valid_is_invalid_with_its_own_reason(value: int, reason: Reason) -> None:
    assert look(status_list({INDEX: value})) == (INVALID, reason, "status")


@pytest.mark.parametrize("neighbour", [INDEX - 1, INDEX + 1, 0, 63])
def test_the_entry_of_another_licence_does_not_matter(neighbour: int) -> None:
    assert look(status_list({neighbour: 1})) == (ACCEPTED, None, None)


@pytest.mark.parametrize("idx", [64, 2**20, 2**63])
def test_an_entry_that_the_list_does_not_have_is_invalid(idx: int) -> None:
    credential = forge(status={"status_list": {"idx": idx, "uri": STATUS_URI}})
    assert look(GOOD, credential) == (INVALID, Reason.STATUS_INDEX_OUT_OF_RANGE, "status")


@pytest.mark.parametrize(
    "reference",
    [
        None,
        [],
        "x",
        {},
        {"idx": 1},
        {"uri": STATUS_URI},
        {"idx": -1, "uri": STATUS_URI},
        {"idx": True, "uri": STATUS_URI},
        {"idx": 1.0, "uri": STATUS_URI},
        {"idx": "1", "uri": STATUS_URI},
        {"idx": 1, "uri": ""},
        {"idx": 1, "uri": 7},
        {"idx": 1, "uri": None},
    ],
)
def test_a_reference_that_is_malformed_is_invalid(reference: object) -> None:
    credential = forge(status={"status_list": reference})
    assert look(GOOD, credential) == (INVALID, Reason.STATUS_REFERENCE_MALFORMED, "status")


@pytest.mark.parametrize("status", [{}, {"identifier_list": {"id": "00", "uri": STATUS_URI}}])
def test_a_status_of_another_kind_cannot_be_looked_up(status: dict[str, object]) -> None:
    assert look(GOOD, forge(status=status)) == (UNDETERMINED, Reason.STATUS_UNAVAILABLE, "status")


def test_a_list_that_is_not_there_cannot_tell() -> None:
    assert look(None) == (UNDETERMINED, Reason.STATUS_UNAVAILABLE, "status")


def test_a_list_of_another_region_is_not_looked_for() -> None:
    uri = STATUS_URI.replace(SICHUAN, CHONGQING)
    credential = forge(status={"status_list": {"idx": 0, "uri": uri}})
    assert look(GOOD, credential) == (UNDETERMINED, Reason.STATUS_UNAVAILABLE, "status")


def test_a_list_under_the_name_of_another_is_not_believed() -> None:
    for name in (STATUS_URI[:-1] + "2", STATUS_URI + " ", STATUS_URI.upper(), ""):
        found = finding(status_list({INDEX: 1}, uri=name))
        assert (found.result, found.reason) == ("undetermined", Reason.STATUS_LIST_UNUSABLE)
        assert found.params["defect"] == Reason.STATUS_LIST_OF_ANOTHER


@pytest.mark.parametrize("signer", [KEY, STRANGER], ids=["the key that signs licences", "a stranger"])
@pytest.mark.parametrize("value", [0, 1])
def test_a_list_by_a_key_that_is_no_status_key_says_nothing(signer: Any, value: int) -> None:
    token = status_list({INDEX: value}, signer=signer)
    assert look(token) == (UNDETERMINED, Reason.STATUS_KEY_NOT_LISTED, "status")


def test_a_list_that_names_the_status_key_and_was_signed_by_another_says_nothing() -> None:
    header, payload, _ = status_list({INDEX: 1}).split(".")
    signature = status_list({INDEX: 1}, signer=STRANGER).rpartition(".")[2]
    assert look(f"{header}.{payload}.{signature}")[1] is Reason.STATUS_LIST_UNUSABLE


def test_a_status_key_signs_no_licences() -> None:
    assert look(GOOD, forge(signer=STATUS_KEY))[:2] == (INVALID, Reason.KEY_NOT_LISTED)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "€", GOOD[:-1], GOOD + "A", GOOD + "\n", "e30.e30.", GOOD + "~"])
def test_what_is_no_list_says_nothing(text: str) -> None:
    found = finding(text)
    assert found.result == "undetermined"
    assert found.reason in {Reason.STATUS_LIST_UNUSABLE, Reason.STATUS_KEY_NOT_LISTED}


@pytest.mark.parametrize("value", [0, 1])
@pytest.mark.parametrize(
    "key",
    [
        {"status_state": State.SUSPENDED, "status_since": NOW + 1},
        {"status_state": State.COMPROMISED, "status_since": NOW + 1},
        {"status_state": State.COMPROMISED},
        {"status_state": State.RETIRED, "status_since": NOW},
        {"status_from": NOW + 1},
        {"status_to": NOW},
    ],
)
def test_a_list_by_a_key_that_is_not_in_good_standing_says_nothing(key: dict[str, Any], value: int) -> None:
    assert look(status_list({INDEX: value}), **key) == (UNDETERMINED, Reason.STATUS_KEY_NOT_IN_USE, "status")


@pytest.mark.parametrize(
    "key", [{"status_state": State.RETIRED, "status_since": NOW + 1}, {"status_from": NOW}, {"status_to": NOW + 1}]
)
def test_a_list_signed_while_its_key_was_in_use_stands(key: dict[str, Any]) -> None:
    assert look(GOOD, **key) == (ACCEPTED, None, None)
    assert look(status_list({INDEX: 1}), **key) == (INVALID, Reason.REVOKED, "status")


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (6.9999, None),
        (7, Reason.STATUS_STALE),
        (13.9999, Reason.STATUS_STALE),
        (14, Reason.STATUS_EXPIRED),
        (400, Reason.STATUS_EXPIRED),
    ],
)
def test_a_list_that_says_valid_ages(days: float, reason: Reason | None) -> None:
    found = finding(GOOD, now=NOW + days * DAY)
    assert found.reason is reason
    assert found.result == {None: "passed", Reason.STATUS_STALE: "warned"}.get(reason, "undetermined")
    if reason is Reason.STATUS_STALE:
        assert found.params == {"at": NOW + 7 * DAY, "until": NOW + 14 * DAY}
    if reason is Reason.STATUS_EXPIRED:
        assert found.params == {"at": NOW + 7 * DAY}


def test_the_outcome_of_a_stale_list_is_accepted_and_of_an_expired_one_undetermined() -> None:
    assert look(GOOD, now=NOW + 8 * DAY)[0] is ACCEPTED
    assert look(GOOD, now=NOW + 15 * DAY) == (UNDETERMINED, Reason.STATUS_EXPIRED, "status")


@pytest.mark.parametrize(("value", "reason"), BAD.items())
@pytest.mark.parametrize("days", [-400, -1, 7, 14, 400, 4000])
def test_what_a_list_established_does_not_age(days: int, value: int, reason: Reason) -> None:
    found = finding(status_list({INDEX: value}), now=NOW + days * DAY)
    assert (found.result, found.reason) == ("failed", reason)


def test_a_federation_may_allow_less_grace() -> None:
    assert look(GOOD, now=NOW + 7 * DAY, limits=Limits(grace=0))[1] is Reason.STATUS_EXPIRED


@pytest.mark.parametrize("days", [-1 / 86_400, 0])
def test_a_list_that_ended_before_it_was_signed_is_no_use_to_counters_within_its_grace_either(days: float) -> None:
    found = finding(status_list({}, days=days))
    assert (found.result, found.reason) == ("undetermined", Reason.STATUS_LIST_UNUSABLE)
    assert found.params["defect"] == Reason.STATUS_EXPIRED
    assert look(status_list({INDEX: 1}, days=days)) == (INVALID, Reason.REVOKED, "status")


def test_a_list_from_the_future_cannot_tell() -> None:
    assert look(status_list({}, issued_at=NOW + CLOCK_SKEW)) == (ACCEPTED, None, None)
    found = finding(status_list({}, issued_at=NOW + CLOCK_SKEW + 1))
    assert (found.result, found.params["defect"]) == ("undetermined", Reason.ISSUED_IN_FUTURE)


def test_the_age_of_the_regions_status_role_counts_where_there_is_a_status() -> None:
    old = {"signed_at": NOW, "expiries": {"status-510000": NOW - 8 * DAY}}
    assert look(GOOD, **old) == (UNDETERMINED, Reason.REGISTRY_EXPIRED, "freshness")
    assert look(status_list({INDEX: 1}), **old)[:2] == (INVALID, Reason.REVOKED)
    assert decision(verify(forge(), **old))[0] is ACCEPTED
    other = {"signed_at": NOW, "expiries": {"status-500000": NOW - 8 * DAY}}
    assert look(GOOD, **other)[0] is ACCEPTED


@pytest.mark.parametrize(
    "taken", [{"has_registry": False}, {"listed_key": None}, {"signed_at": None}, {"region": None}]
)
def test_taking_evidence_away_never_makes_a_revoked_licence_acceptable(taken: dict[str, Any]) -> None:
    assert look(status_list({INDEX: 1}), **taken)[0] is not ACCEPTED
    assert look(status_list({INDEX: 1}), agreements=())[0] is INVALID


def test_a_registry_that_cannot_be_read_gives_no_status() -> None:
    error = CertxError("x")
    assert look(GOOD, has_registry=False, registry_error=error)[0] is UNDETERMINED


def test_a_list_of_another_issuer_is_not_believed_by_this_one() -> None:
    """Each issuer's lists are signed by its own status key; another's cannot speak for it."""
    uri = STATUS_URI.replace("11510100MB9X0A012X", OTHER_CREDIT_CODE)
    credential = forge(status={"status_list": {"idx": 0, "uri": uri}})
    lists = {uri: status_list({}, uri=uri, signer=STRANGER)}
    found = finding_of(verify(credential, status_lists=lists), "status")
    assert (found.result, found.reason) == ("undetermined", Reason.STATUS_KEY_NOT_LISTED)


@pytest.mark.parametrize(
    ("token", "days", "outcome"),
    [
        (status_list({}, issued_at=NOW - 2 * DAY), 2, ACCEPTED),
        (status_list({}, issued_at=NOW - 2 * DAY - 1), 2, UNDETERMINED),
        (status_list({INDEX: 1}, issued_at=NOW - 3 * DAY), 2, INVALID),
        (None, 2, UNDETERMINED),
    ],
)
def test_an_agreement_may_ask_for_a_status_of_these_days(token: str | None, days: int, outcome: Outcome) -> None:
    demanding = [AGREEMENT._replace(max_status_age_days=days)]
    assert look(token, agreements=demanding)[0] is outcome


def test_an_agreement_that_asks_for_a_status_does_not_cover_a_licence_without_one() -> None:
    demanding = [AGREEMENT._replace(max_status_age_days=7)]
    assert look(GOOD, forge(), agreements=demanding) == (UNDETERMINED, Reason.STATUS_TOO_OLD, "recognition")
