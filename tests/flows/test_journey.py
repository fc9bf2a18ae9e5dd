"""Row → credential → verdict, for every licence type, whole and in part."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certx.credential.parse import parse
from certx.credential.present import bind
from certx.credential.reveal import digest_of
from certx.evidence import Expectation
from certx.keys import new_signer
from certx.keys.encoding import from_base64url
from certx.licence.identifiers import LicenceIdentifier
from certx.licence.model import day_ends_at, day_starts_at
from certx.reason import Outcome, Reason, Result
from certx.schema.catalogue import require
from world import CATALOGUE, ISSUER, NOW, TYPES, decision, finding_of, full_row, issue, issue_row, table_rows, verify

ACCEPTED = (Outcome.ACCEPTED, None, None)
CREDENTIALS = {name: issue(name) for name in TYPES}
HOLDER = new_signer("Ed25519")


def keep(text: str, wanted: list[bool]) -> str:
    """The credential with some Disclosures dropped, and with them those that only they refer to."""
    issuer_signed, *disclosures, _ = text.split("~")
    shown = [text for text, is_wanted in zip(disclosures, wanted, strict=False) if is_wanted]
    while True:
        referring = [issuer_signed.split(".")[1], *shown]
        content = "".join(from_base64url(segment.encode()).decode() for segment in referring)
        rooted = [text for text in shown if digest_of(text) in content]
        if rooted == shown:
            return "~".join((issuer_signed, *shown, ""))
        shown = rooted


@pytest.mark.parametrize("licence_type", TYPES)
def test_a_full_licence_of_every_type_is_accepted_with_all_its_claims(licence_type: str) -> None:
    verdict = verify(CREDENTIALS[licence_type])
    assert decision(verdict) == ACCEPTED
    assert verdict.licence is not None
    assert verdict.licence.type == licence_type
    assert full_row(licence_type).items() <= dict(verdict.licence.claims).items()


@pytest.mark.parametrize(
    ("licence_type", "row"), [(name, index) for name in TYPES for index in range(len(table_rows(name)))]
)
def test_every_sample_row_becomes_a_licence_that_is_accepted(licence_type: str, row: int) -> None:
    verdict = verify(issue_row(licence_type, table_rows(licence_type)[row]))
    assert decision(verdict) == ACCEPTED


@pytest.mark.parametrize("licence_type", TYPES)
def test_the_credential_facts_are_those_of_the_registry_and_the_licence(licence_type: str) -> None:
    verdict = verify(CREDENTIALS[licence_type])
    assert verdict.credential is not None
    assert dict(list(verdict.credential._asdict().items())[:5]) == {
        "type": licence_type,
        "licence_id": parse(CREDENTIALS[licence_type]).claims["certificateIdentifier"],
        "issuer": ISSUER,
        "region": "510000",
        "issued_at": int(NOW),
    }
    assert verdict.credential.region_name["en"] == "Sichuan"
    identifier = LicenceIdentifier.parse(str(verdict.credential.licence_id))
    assert identifier.type_code == require(CATALOGUE, licence_type).national_code


@pytest.mark.parametrize("licence_type", TYPES)
def test_each_claim_may_be_withheld_without_being_called_missing(licence_type: str) -> None:
    text = CREDENTIALS[licence_type]
    count = len(text.split("~")) - 2
    assert count > 0
    for hidden in range(count):
        presented = keep(text, [index != hidden for index in range(count)])
        assert len(presented) < len(text)
        assert decision(verify(presented)) == ACCEPTED, hidden


@pytest.mark.parametrize("licence_type", TYPES)
def test_a_licence_with_everything_withheld_is_accepted(licence_type: str) -> None:
    presented = CREDENTIALS[licence_type].partition("~")[0] + "~"
    verdict = verify(presented)
    assert decision(verdict) == ACCEPTED
    assert verdict.licence is not None
    frame = require(CATALOGUE, licence_type).frame
    assert frame.selective.isdisjoint(verdict.licence.claims)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow], database=None)
@given(st.sampled_from(TYPES), st.lists(st.booleans(), min_size=40, max_size=40))
def test_any_choice_of_disclosures_is_accepted(licence_type: str, wanted: list[bool]) -> None:
    assert decision(verify(keep(CREDENTIALS[licence_type], wanted))) == ACCEPTED


def test_only_what_was_disclosed_is_in_the_verdict() -> None:
    text = CREDENTIALS["business-licence"]
    presented = keep(text, ["legalRepresentative" not in _decoded(part) for part in text.split("~")[1:-1]])
    verdict = verify(presented)
    assert verdict.licence is not None
    assert "legalRepresentative" not in verdict.licence.claims
    assert "张示例" not in str(verdict)


def _decoded(disclosure: str) -> str:
    return json.dumps(json.loads(from_base64url(disclosure.encode())), ensure_ascii=False)


def test_the_envelope_is_the_validity_of_the_licence_in_china_standard_time() -> None:
    text = issue(effectiveDate="2026-02-01", expiringDate="2028-02-29")
    payload = parse(text).jws.payload
    assert payload["nbf"] == day_starts_at("2026-02-01")
    assert payload["exp"] == day_ends_at("2028-02-29") == day_starts_at("2028-03-01")


def test_a_licence_without_an_end_has_no_exp() -> None:
    assert "exp" not in parse(issue(expiringDate=None)).jws.payload
    assert "exp" not in parse(issue(expiringDate="长期")).jws.payload


def test_an_accepted_verdict_warns_that_the_holder_is_not_proven() -> None:
    finding = finding_of(verify(CREDENTIALS["identity-card"]), "key-binding")
    assert (finding.result, finding.reason) == (Result.WARNED, Reason.HOLDER_NOT_PROVEN)


def test_a_holder_who_answers_our_nonce_is_proven() -> None:
    text = issue(holderKey=HOLDER.public_jwk)
    bound = bind(text, HOLDER, audience="counter-1", nonce="n-1", issued_at=int(NOW))
    expectation = Expectation(nonce="n-1", audience="counter-1", max_age=300)
    verdict = verify(bound, expectation=expectation)
    assert decision(verdict) == ACCEPTED
    assert finding_of(verdict, "key-binding").result is Result.PASSED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"nonce": "n-2"}, Reason.KEY_BINDING_NONCE_WRONG),
        ({"audience": "counter-2"}, Reason.KEY_BINDING_AUDIENCE_WRONG),
        ({"max_age": 10}, Reason.KEY_BINDING_TOO_OLD),
    ],
)
def test_a_proof_for_another_request_is_invalid(change: dict[str, object], reason: Reason) -> None:
    text = issue(holderKey=HOLDER.public_jwk)
    bound = bind(text, HOLDER, audience="counter-1", nonce="n-1", issued_at=int(NOW) - 60)
    expectation = Expectation("n-1", "counter-1", 300)._replace(**change)  # type: ignore[arg-type]
    assert decision(verify(bound, expectation=expectation)) == (Outcome.INVALID, reason, "key-binding")


def test_a_proof_that_was_asked_for_and_is_not_there_is_invalid() -> None:
    verdict = verify(issue(holderKey=HOLDER.public_jwk), expectation=Expectation(nonce="n-1"))
    assert decision(verdict) == (Outcome.INVALID, Reason.KEY_BINDING_MISSING, "key-binding")


def test_a_proof_without_a_nonce_of_ours_does_not_prove_who_stands_here() -> None:
    text = issue(holderKey=HOLDER.public_jwk)
    bound = bind(text, HOLDER, audience="counter-1", nonce="of the holder's own choice", issued_at=int(NOW))
    verdict = verify(bound)
    assert decision(verdict) == ACCEPTED
    assert finding_of(verdict, "key-binding").reason is Reason.HOLDER_NOT_PROVEN


def test_a_proof_that_is_broken_is_invalid_although_nobody_asked_for_it() -> None:
    text = issue(holderKey=HOLDER.public_jwk)
    stranger = bind(text, new_signer("Ed25519"), audience="counter-1", nonce="n-1", issued_at=int(NOW))
    assert decision(verify(stranger)) == (Outcome.INVALID, Reason.KEY_BINDING_SIGNATURE_WRONG, "key-binding")


def test_the_private_part_of_a_holder_key_never_gets_into_a_credential() -> None:
    jwk = {**HOLDER.public_jwk, "note": "not public"}
    payload = parse(issue(holderKey=json.dumps(jwk))).jws.payload
    assert payload["cnf"] == {"jwk": {name: HOLDER.public_jwk[name] for name in ("kty", "crv", "x")}}


def test_the_same_world_gives_the_same_verdict_twice() -> None:
    text = CREDENTIALS["marriage-certificate"]
    assert verify(text) == verify(text)
