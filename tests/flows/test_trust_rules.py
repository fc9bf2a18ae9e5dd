"""Who may sign what: each rule of docs/verifier-rules.md, broken once."""

from typing import Any

import pytest

from certx.credential.issue import header_segment
from certx.credential.jws import encode_segment
from certx.credential.parse import parse
from certx.errors import DocumentError
from certx.evidence import Expectation
from certx.merkle import Tree
from certx.reason import Outcome, Reason, Result
from certx.trust.checkpoint import LogHead
from certx.trust.receipt import Receipt
from certx.trust.registry import State
from world import (
    DAY,
    ISSUER,
    KEY,
    NOW,
    OTHER_ISSUER,
    OTHER_KEY,
    STATUS_URI,
    STRANGER,
    decision,
    finding_of,
    forge,
    issue,
    status_list,
    verify,
)

GOOD = issue()
INVALID, UNDETERMINED, ACCEPTED = Outcome.INVALID, Outcome.UNDETERMINED, Outcome.ACCEPTED


def test_without_a_registry_nothing_can_be_told() -> None:
    verdict = verify(GOOD, has_registry=False)
    assert decision(verdict) == (UNDETERMINED, Reason.REGISTRY_MISSING, "registry")
    assert verdict.registry is None


def test_a_registry_that_cannot_be_read_says_why() -> None:
    error = DocumentError("document-not-json", path="keys.json", detail="line 1")
    verdict = verify(GOOD, has_registry=False, registry_error=error)
    assert decision(verdict) == (UNDETERMINED, Reason.REGISTRY_UNREADABLE, "registry")
    assert finding_of(verdict, "registry").params["defect"] == "document-not-json"


def test_an_unsigned_registry_is_good_enough_with_a_warning() -> None:
    verdict = verify(GOOD, signed_at=None)
    assert decision(verdict) == (ACCEPTED, None, None)
    finding = finding_of(verdict, "registry")
    assert (finding.result, finding.reason) == (Result.WARNED, Reason.UNSIGNED_REGISTRY)
    assert verdict.registry is not None
    assert verdict.registry.age_seconds is None


def test_the_age_of_a_signed_registry_is_counted_from_its_signed_time() -> None:
    verdict = verify(GOOD, signed_at=NOW - 90)
    assert verdict.registry is not None
    assert (verdict.registry.version, verdict.registry.age_seconds) == ("7", 90)


def test_an_issuer_that_no_region_lists_is_invalid() -> None:
    assert decision(verify(GOOD, issuer_id="urn:certx:issuer:x")) == (INVALID, Reason.ISSUER_NOT_LISTED, "issuer")
    nobody = forge(iss="https://issuer.example")
    assert decision(verify(nobody)) == (INVALID, Reason.ISSUER_NOT_LISTED, "issuer")
    assert decision(verify(forge(iss=None))) == (INVALID, Reason.ISSUER_NOT_LISTED, "issuer")


def test_a_key_that_is_not_listed_is_invalid() -> None:
    stranger = forge(signer=STRANGER)
    assert decision(verify(stranger)) == (INVALID, Reason.KEY_NOT_LISTED, "issuer")
    assert decision(verify(GOOD, listed_key=None)) == (INVALID, Reason.KEY_NOT_LISTED, "issuer")


@pytest.mark.parametrize("header", [{}, *({"kid": kid} for kid in (7, None, [], {}))], ids=str)
def test_a_header_that_names_no_key_is_invalid(header: dict[str, object]) -> None:
    segment = encode_segment({"alg": "ES256", "typ": "dc+sd-jwt", **header})
    assert verify(forge(header=segment)).outcome is INVALID


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_the_header_brings_along_is_never_used(member: str) -> None:
    brought: dict[str, Any] = {
        "jwk": STRANGER.public_jwk,
        "jku": "https://attacker.example/jwks.json",
        "x5u": "https://attacker.example/x5u.pem",
        "x5c": ["MIIB"],
    }
    segment = encode_segment({"alg": "ES256", "typ": "dc+sd-jwt", "kid": STRANGER.kid, member: brought[member]})
    text = forge(signer=STRANGER, header=segment)
    assert decision(verify(text)) == (INVALID, Reason.KEY_NOT_LISTED, "issuer")


def test_a_strangers_signature_under_a_listed_kid_is_invalid() -> None:
    text = forge(signer=STRANGER, header=header_segment(KEY))
    verdict = verify(text)
    assert decision(verdict) == (INVALID, Reason.SIGNATURE_WRONG, "signature")
    assert verdict.credential is None


@pytest.mark.parametrize(
    ("claimed", "signer"), [(ISSUER, OTHER_KEY), (OTHER_ISSUER, None)], ids=["their key", "their name"]
)
def test_a_key_that_another_issuer_lists_is_invalid(claimed: str, signer: Any) -> None:
    text = forge(iss=claimed, signer=signer) if signer is not None else forge(iss=claimed)
    assert decision(verify(text)) == (INVALID, Reason.KEY_OF_ANOTHER_ISSUER, "issuer")


@pytest.mark.parametrize("change", [{"listed_key": None}, {"issuer_id": "urn:certx:issuer:x"}])
def test_a_key_that_may_have_been_listed_since_the_registry_was_signed_is_undetermined(change: dict[str, Any]) -> None:
    verdict = verify(GOOD, signed_at=NOW - 1, **change)
    assert decision(verdict) == (UNDETERMINED, Reason.NOT_YET_LISTED, "issuer")
    assert finding_of(verdict, "issuer").params == {"issued_at": NOW, "signed_at": NOW - 1}


def test_a_licence_issued_in_the_second_of_the_registry_is_not_excused() -> None:
    assert decision(verify(GOOD, signed_at=NOW, listed_key=None))[0] is INVALID


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"key_from": NOW}, ACCEPTED),
        ({"key_from": NOW + 1}, INVALID),
        ({"key_to": NOW + 1}, ACCEPTED),
        ({"key_to": NOW}, INVALID),
    ],
    ids=["first second", "before", "last second", "after"],
)
def test_the_window_of_a_key_holds_for_the_time_of_issue(change: dict[str, Any], expected: Outcome) -> None:
    verdict = verify(GOOD, **change)
    reason = None if expected is ACCEPTED else (Reason.KEY_OUTSIDE_WINDOW, "entitlement")
    assert verdict.outcome is expected
    assert (None if reason is None else decision(verdict)[1:]) == reason


def test_a_key_that_was_replaced_since_still_vouches_for_what_it_signed() -> None:
    assert verify(GOOD, now=NOW + 30 * DAY, key_to=NOW + DAY).outcome is ACCEPTED


@pytest.mark.parametrize(
    "change", [{"types": frozenset({"identity-card"})}, {"key_types": frozenset({"identity-card"})}]
)
def test_a_type_that_issuer_or_key_may_not_sign_is_invalid(change: dict[str, Any]) -> None:
    assert decision(verify(GOOD, **change)) == (INVALID, Reason.TYPE_NOT_ENTITLED, "entitlement")


def test_a_key_never_widens_what_its_issuer_may_sign() -> None:
    wide = {"types": frozenset({"identity-card"}), "key_types": frozenset({"business-licence", "identity-card"})}
    assert decision(verify(GOOD, **wide)) == (INVALID, Reason.TYPE_NOT_ENTITLED, "entitlement")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key_state": State.SUSPENDED}, Reason.KEY_SUSPENDED),
        ({"issuer_state": State.SUSPENDED}, Reason.ISSUER_SUSPENDED),
        ({"region_state": State.SUSPENDED}, Reason.REGION_SUSPENDED),
    ],
)
def test_what_is_under_inquiry_is_undetermined_and_never_invalid(change: dict[str, Any], reason: Reason) -> None:
    verdict = verify(GOOD, **change)
    assert decision(verdict) == (UNDETERMINED, reason, "entitlement")
    assert verdict.licence is None
    assert verdict.credential is not None


@pytest.mark.parametrize("state", ["key_state", "issuer_state", "region_state"])
def test_an_inquiry_does_not_outweigh_an_invalidity_that_is_established(state: str) -> None:
    expired = forge(exp=int(NOW) - 1)
    assert decision(verify(expired, **{state: State.SUSPENDED})) == (INVALID, Reason.EXPIRED, "validity")


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (NOW - 1, (INVALID, Reason.KEY_COMPROMISED, "entitlement")),
        (NOW, (INVALID, Reason.KEY_COMPROMISED, "entitlement")),
        (NOW + 1, (UNDETERMINED, Reason.KEY_COMPROMISED_LATER, "entitlement")),
        (None, (INVALID, Reason.KEY_COMPROMISED, "entitlement")),
    ],
    ids=["before issue", "at issue", "after issue", "since ever"],
)
def test_a_compromised_key_is_judged_by_when(since: float | None, expected: tuple[object, ...]) -> None:
    verdict = verify(GOOD, now=NOW + DAY, key_state=State.COMPROMISED, key_since=since)
    assert decision(verdict) == expected


@pytest.mark.parametrize("state", ["issuer_state", "region_state"])
def test_a_key_that_the_federation_condemned_does_not_hide_behind_an_inquiry(state: str) -> None:
    stolen: dict[str, Any] = {"key_state": State.COMPROMISED, "key_since": NOW, "key_condemned": NOW}
    assert decision(verify(GOOD, **stolen, **{state: State.SUSPENDED})) == (
        INVALID, Reason.KEY_COMPROMISED, "entitlement",
    )  # fmt: skip


@pytest.mark.parametrize("condemned", [None, NOW + 1], ids=["by the region alone", "later by the federation"])
def test_what_a_suspended_region_says_of_its_key_condemns_nothing(condemned: float | None) -> None:
    stolen: dict[str, Any] = {"key_state": State.COMPROMISED, "key_since": NOW, "key_condemned": condemned}
    verdict = verify(GOOD, **stolen, region_state=State.SUSPENDED)
    assert decision(verdict) == (UNDETERMINED, Reason.REGION_SUSPENDED, "entitlement")
    assert verify(GOOD, **stolen).outcome is INVALID


@pytest.mark.parametrize(
    ("word", "check"),
    [
        ({"listed_key": None}, "issuer"),
        ({"issuer_id": "urn:certx:issuer:x"}, "issuer"),
        ({"key_to": NOW}, "entitlement"),
        ({"key_from": NOW + 1}, "entitlement"),
        ({"types": frozenset({"identity-card"})}, "entitlement"),
        ({"key_state": State.RETIRED, "key_since": NOW - DAY}, "entitlement"),
    ],
)
def test_the_word_of_a_suspended_region_makes_no_licence_invalid(word: dict[str, Any], check: str) -> None:
    assert verify(GOOD, **word).outcome is INVALID
    verdict = verify(GOOD, **word, region_state=State.SUSPENDED)
    assert decision(verdict) == (UNDETERMINED, Reason.REGION_SUSPENDED, check)


@pytest.mark.parametrize("value", [1, 2, 3])
def test_the_lists_of_a_suspended_region_end_no_licence(value: int) -> None:
    text = forge(status={"status_list": {"idx": 7, "uri": STATUS_URI}})
    lists = {"status_lists": {STATUS_URI: status_list({7: value})}}
    assert verify(text, **lists).outcome is INVALID
    verdict = verify(text, **lists, region_state=State.SUSPENDED)
    assert verdict.outcome is UNDETERMINED
    assert finding_of(verdict, "status").reason is Reason.REGION_SUSPENDED


@pytest.mark.parametrize("word", [{"key_to": NOW}, {"types": frozenset({"identity-card"})}])
@pytest.mark.parametrize(
    ("inquiry", "reason"), [("key_state", Reason.KEY_SUSPENDED), ("issuer_state", Reason.ISSUER_SUSPENDED)]
)
def test_an_inquiry_comes_before_windows_and_types(word: dict[str, Any], inquiry: str, reason: Reason) -> None:
    assert decision(verify(GOOD, **word, **{inquiry: State.SUSPENDED})) == (UNDETERMINED, reason, "entitlement")


def test_a_signature_that_is_wrong_is_so_in_a_suspended_region_too() -> None:
    head, _, rest = GOOD.partition("~")
    altered = f"{head[:-6]}{'A' * 6}~{rest}"
    assert decision(verify(altered, region_state=State.SUSPENDED))[0] is INVALID


def test_a_licence_of_a_compromised_key_needs_its_time_of_issue() -> None:
    text = forge(iat=None)
    verdict = verify(text, key_state=State.COMPROMISED, key_since=NOW)
    assert decision(verdict) == (INVALID, Reason.CLAIM_REQUIRED, "entitlement")


@pytest.mark.parametrize("state", ["issuer_state", "region_state"])
def test_an_issuer_or_region_said_to_be_compromised_is_not_accepted(state: str) -> None:
    assert verify(GOOD, **{state: State.COMPROMISED}).outcome is not ACCEPTED


def test_a_key_signs_nothing_from_the_moment_it_was_retired() -> None:
    retired = {"key_state": State.RETIRED, "key_since": NOW - DAY}
    assert decision(verify(GOOD, **retired)) == (INVALID, Reason.KEY_OUTSIDE_WINDOW, "entitlement")


def test_a_retired_key_still_vouches_for_what_it_signed_before() -> None:
    assert verify(GOOD, now=NOW + 2 * DAY, key_state=State.RETIRED, key_since=NOW + DAY).outcome is ACCEPTED


# --- after a compromise: what proves that a licence is older

DIGEST = parse(GOOD).jws.digest
TREE = Tree([b"\0" * 32, DIGEST, b"\1" * 32])
HEAD = LogHead(3, TREE.root)
RECEIPT = Receipt("its id", "log", DIGEST, 1, HEAD, tuple(TREE.prove_entry(1)))
STOLEN: dict[str, Any] = {"key_state": State.COMPROMISED, "key_since": NOW + DAY, "key_witnessed": HEAD}


def shown(*receipts: Receipt) -> dict[str, Any]:
    return {"expectation": Expectation(receipts={receipts[0].digest: receipts})}


@pytest.mark.parametrize(
    ("more", "proof"),
    [
        (shown(RECEIPT), "receipt"), (shown(RECEIPT._replace(head=LogHead(4, TREE.root)), RECEIPT), "receipt"),
        (shown(RECEIPT, RECEIPT._replace(position=2)), "receipt"), ({"logged": {HEAD: {DIGEST}}}, "log"),
        ({**shown(RECEIPT._replace(position=2)), "logged": {HEAD: {DIGEST}}}, "log"),
    ],
)  # fmt: skip
def test_what_was_logged_before_the_compromise_stays_good(more: dict[str, Any], proof: str) -> None:
    verdict = verify(GOOD, **STOLEN, **more)
    assert decision(verdict) == (ACCEPTED, None, None)
    finding = finding_of(verdict, "entitlement")
    assert (finding.result, finding.reason) == (Result.WARNED, Reason.KEY_COMPROMISED_PROVEN)
    assert finding.params["proof"] == proof


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, Reason.KEY_COMPROMISED_LATER),
        ({"logged": {HEAD: {b"\1" * 32}}}, Reason.KEY_COMPROMISED_LATER),
        ({"logged": {LogHead(2, TREE.root): {DIGEST}}}, Reason.KEY_COMPROMISED_LATER),
        (shown(RECEIPT._replace(digest=b"\1" * 32)), Reason.RECEIPT_OF_ANOTHER),
        (shown(RECEIPT._replace(position=2)), Reason.RECEIPT_UNUSABLE),
        (shown(RECEIPT._replace(head=LogHead(4, TREE.root))), Reason.RECEIPT_UNUSABLE),
        ({**shown(RECEIPT), "key_witnessed": LogHead(3, b"\1" * 32)}, Reason.RECEIPT_UNUSABLE),
        (shown(RECEIPT._replace(position=2), RECEIPT._replace(position=0)), Reason.RECEIPT_UNUSABLE),
        ({**shown(RECEIPT), "key_witnessed": None}, Reason.KEY_COMPROMISED_LATER),
    ],
)  # fmt: skip
def test_without_that_proof_nothing_can_be_told(more: dict[str, Any], reason: Reason) -> None:
    assert decision(verify(GOOD, **{**STOLEN, **more})) == (UNDETERMINED, reason, "entitlement")


def test_no_proof_makes_good_what_was_signed_after_the_compromise() -> None:
    stolen = {**STOLEN, "key_since": NOW - DAY, "logged": {HEAD: {DIGEST}}, **shown(RECEIPT)}
    assert decision(verify(GOOD, **stolen)) == (INVALID, Reason.KEY_COMPROMISED, "entitlement")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"issuer_state": State.SUSPENDED}, Reason.ISSUER_SUSPENDED),
        ({"region_state": State.SUSPENDED}, Reason.REGION_SUSPENDED),
    ],
)
def test_a_proof_does_not_lift_a_suspension(more: dict[str, Any], reason: Reason) -> None:
    verdict = verify(GOOD, **STOLEN, **shown(RECEIPT), **more)
    assert decision(verdict) == (UNDETERMINED, reason, "entitlement")
