"""What the face of a licence says of its issuer and its last day, whoever signed it."""

from typing import Any

import pytest

from certx.carrier import read
from certx.credential.issue import issue as sign_claims
from certx.credential.parse import parse
from certx.credential.present import select
from certx.credential.sdjwt import random_salts
from certx.licence.check_digits import credit_check, organisation_check
from certx.licence.identifiers import LicenceIdentifier
from certx.licence.model import day_ends_at
from certx.licence.rows import RowError
from certx.reason import Outcome, Reason, Result
from certx.schema.catalogue import require
from world import (
    AGREEMENT,
    CATALOGUE,
    KEY,
    NOW,
    decision,
    draft_row,
    finding_of,
    forge,
    full_row,
    issue,
    verify,
)

TYPE_CODE = "11100000MB0143028R001"
OTHER = "11510100MB9X0A039M"


def _body_of_51() -> str:
    """A body whose credit code begins like the division of Sichuan."""
    head = "515100007MB9X0A0"
    head += organisation_check(head[8:16])
    return head + credit_check(head)


def identifier(issuer: str) -> str:
    return str(LicenceIdentifier.make(TYPE_CODE, issuer, "7"))


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"issuingAuthorityCode": OTHER}, "issuingAuthorityCode"),
        ({"certificateIdentifier": identifier(OTHER)}, "certificateIdentifier"),
        ({"certificateIdentifier": identifier("500100")}, "certificateIdentifier"),
        ({"certificateIdentifier": identifier(_body_of_51())}, "certificateIdentifier"),
        ({"areaCode": "500112"}, "areaCode"),
    ],
)
def test_an_entitled_issuer_cannot_put_another_body_on_the_face(change: dict[str, Any], at: str) -> None:
    verdict = verify(forge(**change))
    assert verdict.outcome is Outcome.INVALID
    finding = finding_of(verdict, "schema")
    assert (finding.reason, finding.params["at"]) == (Reason.LICENCE_MALFORMED, at)


@pytest.mark.parametrize("change", [{}, {"certificateIdentifier": identifier("510100")}, {"areaCode": "510104"}])
def test_its_own_code_division_and_area_are_accepted(change: dict[str, Any]) -> None:
    assert verify(forge(**change)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(("day", "outcome"), [("2026-05-31", Outcome.INVALID), ("2026-06-01", Outcome.ACCEPTED)])
def test_the_last_day_on_the_face_counts_without_exp(day: str, outcome: Outcome) -> None:
    verdict = verify(forge(expiringDate=day, effectiveDate="2026-01-05"), now=NOW)
    assert verdict.outcome is outcome
    assert finding_of(verdict, "validity").reason is (None if outcome is Outcome.ACCEPTED else Reason.EXPIRED)


def test_the_last_day_ends_at_midnight_in_china() -> None:
    text, end = forge(expiringDate="2026-06-01", effectiveDate="2026-01-05"), day_ends_at("2026-06-01")
    assert verify(text, now=end - 1).outcome is Outcome.ACCEPTED
    assert verify(text, now=end).outcome is Outcome.INVALID


def secretive(last_day: str | None) -> str:
    """A licence whose issuer names no `exp` and lets the holder conceal the last day."""
    claims = parse(issue(expiringDate=last_day, effectiveDate="2026-01-05")).claims
    claims.pop("exp", None)
    frame = require(CATALOGUE, "business-licence").frame
    concealing = frame._replace(selective=frame.selective | {"expiringDate"})
    return sign_claims(claims, frame=concealing, signer=KEY, salts=random_salts())


def test_a_last_day_that_may_be_concealed_is_told() -> None:
    for last_day in ("2026-05-31", "2026-06-02", None):
        verdict = verify(select(secretive(last_day), []))
        finding = finding_of(verdict, "validity")
        assert (verdict.outcome, finding.result, finding.reason) == (
            Outcome.ACCEPTED, Result.WARNED, Reason.END_UNKNOWN,
        )  # fmt: skip


def test_a_last_day_that_was_concealable_is_refused() -> None:
    """Its issuer breaks the schema, whether or not the day has passed."""
    for day in ("2026-05-31", "2026-06-02"):
        for text in (secretive(day), select(secretive(day), [("expiringDate",)])):
            assert decision(verify(text)) == (Outcome.INVALID, Reason.CLAIM_MUST_BE_PLAIN, "validity")


def test_a_licence_without_an_end_may_be_shown_in_part() -> None:
    agreement = AGREEMENT._replace(min_remaining_days=36_500)
    assert verify(select(issue(expiringDate=None), []), agreements=[agreement]).outcome is Outcome.ACCEPTED
    assert verify(secretive(None), agreements=[agreement]).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("change", [{"issuingAuthorityCode": OTHER}, {"areaCode": "500112"}])
def test_no_row_makes_an_issuer_sign_for_another(change: dict[str, str]) -> None:
    with pytest.raises(RowError) as caught:
        draft_row("business-licence", {**full_row("business-licence"), **change})
    assert [(problem.code, problem.column) for problem in caught.value.problems] == [
        ("not-the-issuers", next(iter(change)))
    ]


@pytest.mark.parametrize("width", [60, 115, 76])
def test_a_credential_folded_anywhere_is_read_whole(width: int) -> None:
    texts = [issue(), issue()]
    folded = "\n".join(text[i : i + width] for text in texts for i in range(0, len(text), width))
    assert [item.text for item in read(folded.encode())] == texts
    assert [item.text for item in read(texts[0].replace(".", ".\n").encode())] == texts[:1]


def test_a_long_text_that_is_no_credential_is_refused_in_time() -> None:
    found = read(b"some words in a line\n" * 400_000)
    assert [item.error is not None and item.error.reason for item in found] == [Reason.UNREADABLE_TOO_LARGE]
