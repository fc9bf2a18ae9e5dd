"""What the licence says and when: each rule of docs/verifier-rules.md, broken once."""

from typing import Any

import pytest

from certx.credential.errors import CredentialError
from certx.credential.issue import header_segment
from certx.credential.jws import sign_jws
from certx.credential.parse import parse
from certx.i18n import Words
from certx.licence.model import day_ends_at, day_starts_at
from certx.reason import Outcome, Reason, Result, not_run
from certx.recognition.agreement import Agreement
from certx.render.verdict_text import VerdictText
from certx.verdict import Answer
from certx.verify import CHECKS
from world import AGREEMENT, CHONGQING, DAY, KEY, NOW, SICHUAN, STRANGER, decision, finding_of, forge, issue, verify

GOOD = issue()
INVALID, UNDETERMINED, ACCEPTED = Outcome.INVALID, Outcome.UNDETERMINED, Outcome.ACCEPTED
NOT_ACCEPTABLE = Outcome.NOT_ACCEPTABLE
LAST_DAY = "2027-05-31"
LASTING = issue(expiringDate=LAST_DAY)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (day_ends_at(LAST_DAY) - 1, (ACCEPTED, None, None)),
        (day_ends_at(LAST_DAY), (INVALID, Reason.EXPIRED, "validity")),
        (day_ends_at(LAST_DAY) + 900 * DAY, (INVALID, Reason.EXPIRED, "validity")),
    ],
    ids=["last second", "first second after", "long after"],
)
def test_the_last_day_of_a_licence_counts(now: float, expected: tuple[object, ...]) -> None:
    assert decision(verify(LASTING, now=now)) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (day_starts_at("2026-07-01"), (ACCEPTED, None, None)),
        (day_starts_at("2026-07-01") - 1, (INVALID, Reason.NOT_YET_VALID, "validity")),
    ],
)
def test_a_licence_is_valid_from_the_first_second_of_its_first_day(now: float, expected: tuple[object, ...]) -> None:
    assert decision(verify(issue(effectiveDate="2026-07-01"), now=now)) == expected


def test_a_licence_issued_in_the_future_is_invalid() -> None:
    assert decision(verify(forge(iat=int(NOW) + 301)))[1:] == (Reason.ISSUED_IN_FUTURE, "validity")
    assert verify(forge(iat=int(NOW) + 300), signed_at=NOW + DAY).outcome is ACCEPTED


@pytest.mark.parametrize(
    ("change", "at", "rule"),
    [
        ({"registeredCapital": "many"}, "registeredCapital", "type"),
        ({"address": None}, "address", "required"),
        ({"legalRepresentativeCapacity": "king"}, "legalRepresentativeCapacity", "enum"),
        ({"issuedDate": "2026-02-30"}, "issuedDate", "format"),
        ({"effectiveDate": "2027-06-01", "expiringDate": "2027-05-31"}, "expiringDate", "not-before"),
        (
            {"holders": [{"name": "虚构", "code": "91510100MA9XQ00139", "codeType": "001"}]},
            "holders[0].code",
            "code-matches-type",
        ),
        ({"certificateIdentifier": "1.2.156"}, "certificateIdentifier", "format"),
        ({"registeredCapitalAtLeast10": False}, "registeredCapitalAtLeast10", "const"),
    ],
)
def test_a_malformed_licence_is_invalid_although_its_issuer_is_entitled(
    change: dict[str, Any], at: str, rule: str
) -> None:
    verdict = verify(forge(**change))
    assert decision(verdict) == (INVALID, Reason.LICENCE_MALFORMED, "schema")
    assert finding_of(verdict, "schema").params == {"at": at, "rule": rule}


def test_claims_that_the_schema_does_not_know_are_ignored() -> None:
    verdict = verify(forge(addedNextYear={"a": [1]}, anotherClaim="x"))
    assert decision(verdict) == (ACCEPTED, None, None)


def test_an_identifier_of_another_type_is_invalid() -> None:
    identifier = "1.2.156.3005.2.11100000000013338W032.11500000MB9X0A020F.A042026000001.001.H"
    verdict = verify(forge(certificateIdentifier=identifier))
    assert decision(verdict) == (INVALID, Reason.LICENCE_MALFORMED, "schema")
    assert finding_of(verdict, "schema").params == {"at": "certificateIdentifier", "rule": "type-code"}


def test_a_licence_of_one_type_does_not_pass_as_another() -> None:
    verdict = verify(forge("road-transport-permit", vct="urn:certx:licence:business-licence:1"))
    assert decision(verdict) == (INVALID, Reason.LICENCE_MALFORMED, "schema")


@pytest.mark.parametrize("status", [{"status_list": {"idx": 1, "uri": "https://status.example/1"}}, {}])
def test_a_credential_that_names_a_status_list_is_undetermined_while_its_status_is_unknown(
    status: dict[str, object],
) -> None:
    verdict = verify(forge(status=status))
    assert decision(verdict) == (UNDETERMINED, Reason.STATUS_UNAVAILABLE, "status")


def test_a_credential_without_a_status_reference_says_so() -> None:
    finding = finding_of(verify(GOOD), "status")
    assert (finding.result, finding.reason) == (Result.NOT_RUN, Reason.NO_STATUS_REFERENCE)


@pytest.mark.parametrize(
    ("vct", "expected"),
    [
        ("urn:example:permit", (INVALID, Reason.TYPE_NOT_ENTITLED, "entitlement")),
        ("urn:certx:licence:unheard-of:1", (INVALID, Reason.TYPE_NOT_ENTITLED, "entitlement")),
        ("urn:certx:licence:business-licence:2", (UNDETERMINED, Reason.SCHEMA_UNAVAILABLE, "schema")),
        (None, (INVALID, Reason.VCT_MISSING, "claims")),
    ],
)
def test_a_credential_of_a_type_that_is_not_ours_is_not_accepted(vct: str | None, expected: tuple[object, ...]) -> None:
    assert decision(verify(forge(vct=vct) if vct else _without_vct())) == expected


def _without_vct() -> str:
    issuer_signed, tilde, rest = GOOD.partition("~")
    payload = {name: value for name, value in parse(issuer_signed + "~").jws.payload.items() if name != "vct"}
    return sign_jws(header_segment(KEY), payload, KEY) + tilde + rest


def test_a_listed_type_without_a_schema_here_is_undetermined() -> None:
    assert decision(verify(GOOD, has_schemas=False)) == (UNDETERMINED, Reason.SCHEMA_UNAVAILABLE, "schema")


def _without_chongqing() -> Agreement:
    return AGREEMENT._replace(listed_by=frozenset({SICHUAN}))


@pytest.mark.parametrize(
    ("agreements", "reason"),
    [
        ((), Reason.NO_AGREEMENT),
        ((AGREEMENT._replace(types=frozenset({"identity-card"})),), Reason.NO_AGREEMENT),
        ((AGREEMENT._replace(issued_in=frozenset({CHONGQING})),), Reason.NO_AGREEMENT),
        ((AGREEMENT._replace(accepted_in=frozenset({SICHUAN})),), Reason.NO_AGREEMENT),
        ((_without_chongqing(),), Reason.AGREEMENT_NOT_MUTUAL),
        ((AGREEMENT._replace(parties=frozenset({SICHUAN, "530000"})),), Reason.AGREEMENT_NOT_MUTUAL),
        ((AGREEMENT._replace(since=NOW + 1),), Reason.AGREEMENT_OUT_OF_DATE),
        ((AGREEMENT._replace(until=NOW),), Reason.AGREEMENT_OUT_OF_DATE),
    ],
)
def test_what_no_agreement_covers_is_genuine_but_not_acceptable(
    agreements: tuple[Agreement, ...], reason: Reason
) -> None:
    verdict = verify(GOOD, agreements=agreements)
    assert decision(verdict) == (NOT_ACCEPTABLE, reason, "recognition")
    assert verdict.licence is None
    assert verdict.credential is not None


def test_a_verdict_names_the_agreement_that_it_rests_on() -> None:
    finding = finding_of(verify(GOOD, agreements=(_without_chongqing(), AGREEMENT)), "recognition")
    assert (finding.result, finding.reason) == (Result.PASSED, Reason.AGREEMENT)
    assert finding.params == {"agreement": AGREEMENT.id, "version": 1}


def test_a_region_recognises_its_own_licences_without_an_agreement() -> None:
    verdict = verify(GOOD, region=SICHUAN, agreements=None)
    assert decision(verdict) == (ACCEPTED, None, None)
    assert finding_of(verdict, "recognition").reason is Reason.OWN_REGION


def test_a_counter_that_has_not_been_told_its_region_cannot_tell() -> None:
    assert decision(verify(GOOD, region=None)) == (UNDETERMINED, Reason.REGION_NOT_SET, "recognition")


def test_agreements_that_cannot_be_had_leave_it_open() -> None:
    assert decision(verify(GOOD, agreements=None)) == (UNDETERMINED, Reason.REGISTRY_UNREADABLE, "recognition")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD.replace(".", "!.", 1), None),
        ("", Reason.UNREADABLE_NOT_A_CREDENTIAL),
        ("https://example.org/scan?id=7", Reason.UNREADABLE_NOT_A_CREDENTIAL),
        (GOOD.partition("~")[0], Reason.UNREADABLE_TRUNCATED),
        (GOOD[:-20], Reason.UNREADABLE_TRUNCATED),
    ],
    ids=["damaged header", "empty", "another code", "no disclosures", "broken off"],
)
def test_what_is_no_credential_gets_no_verdict(text: str, reason: Reason | None) -> None:
    with pytest.raises(CredentialError) as caught:
        verify(text)
    assert caught.value.reason == (reason or Reason.UNREADABLE_NOT_A_CREDENTIAL)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda text: text.replace(".", ".!", 1), Reason.ENCODING_MALFORMED),
        (lambda text: _payload(text, "bm90IGpzb24"), Reason.JSON_MALFORMED),
    ],
)
def test_a_credential_that_does_not_decode_is_invalid_and_nothing_else_was_run(broken: Any, reason: Reason) -> None:
    verdict = verify(broken(GOOD))
    assert decision(verdict) == (INVALID, reason, "structure")
    assert verdict.findings[1:] == tuple(
        not_run(check.name, Reason.PREMISE_FAILED, premise="structure") for check in CHECKS
    )
    assert (verdict.credential, verdict.licence) == (None, None)


def _payload(text: str, segment: str) -> str:
    header, _, rest = text.split(".", 2)
    return f"{header}.{segment}.{rest}"


@pytest.mark.parametrize("words", [Words("zh"), Words("en")], ids=["zh", "en"])
@pytest.mark.parametrize(
    "change", [{"iat": "yesterday"}, {"iat": [1]}, {"certificateIdentifier": ["x"]}, {"exp": "never"}, {"iat": 1e300}]
)
def test_every_verdict_can_be_shown_whatever_an_entitled_issuer_signed(change: dict[str, Any], words: Words) -> None:
    verdict = verify(forge(**change), signed_at=NOW)
    assert verdict.outcome is INVALID
    screen = VerdictText(words, colour=False, width=80, explain=True)
    assert list(screen.lines(Answer("x", verdict), None))


def test_a_strangers_claims_are_not_shown_as_facts() -> None:
    verdict = verify(forge(signer=STRANGER))
    assert (verdict.credential, verdict.licence) == (None, None)
