"""The issuer's side: what a draft holds, what a row is refused for, and what such a refusal shows."""

import json
from typing import Any

import pytest

from certx.credential.parse import parse
from certx.credential.sdjwt import random_salts
from certx.errors import CertxError, KeyFailureError, UsageError
from certx.issue import IssuePlan, Reserved, check_entitled, public_members
from certx.keys import new_signer, read_public_key
from certx.ledger import ListPlace
from certx.licence.identifiers import LicenceIdentifier
from certx.licence.rows import RowError, RowProblem
from certx.schema.catalogue import require
from certx.schema.rules import RULE_NAMES
from certx.trust.registry import State
from world import (
    CATALOGUE,
    CREDIT_CODE,
    KEY,
    OTHER_KEY,
    TYPES,
    WORLD,
    World,
    draft_row,
    examples,
    full_row,
    issue,
)

FILLED_IN = {
    "certificateName", "certificateIdentifier", "issuingAuthorityName", "issuingAuthorityCode", "areaCode",
}  # fmt: skip


def problems(licence_type: str, **changes: Any) -> list[RowProblem]:
    row = {**full_row(licence_type), **changes}
    with pytest.raises(RowError) as caught:
        draft_row(licence_type, {name: value for name, value in row.items() if value is not None})
    return list(caught.value.problems)


def test_the_issuer_fills_in_what_it_knows() -> None:
    draft = draft_row("business-licence", full_row("business-licence"))
    assert {name: draft.claims[name] for name in FILLED_IN} == {
        "certificateName": "营业执照",
        "certificateIdentifier": draft.licence_id,
        "issuingAuthorityName": "成都市政务服务局(虚构)",
        "issuingAuthorityCode": CREDIT_CODE,
        "areaCode": "510100",
    }
    identifier = LicenceIdentifier.parse(draft.licence_id)
    assert (identifier.issuer_code, identifier.serial, identifier.version) == (CREDIT_CODE, "TEST0001", "001")


def test_the_row_key_is_type_issuer_and_number() -> None:
    draft = draft_row("business-licence", {**full_row("business-licence"), "certificateNumber": "51010000202601017777"})
    assert draft.row_key == f"business-licence:{CREDIT_CODE}:51010000202601017777"


def test_derived_facts_are_true_or_absent() -> None:
    claims = parse(issue(registeredCapital=100)).claims
    ladder = {name: claims.get(name) for name in claims if name.startswith("registeredCapitalAtLeast")}
    assert ladder == {"registeredCapitalAtLeast10": True, "registeredCapitalAtLeast100": True}
    assert "registeredCapitalAtLeast10" not in parse(issue(registeredCapital=9.5)).claims


def test_a_derived_fact_is_not_taken_from_a_row() -> None:
    with pytest.raises(UsageError):
        issue(registeredCapitalAtLeast1000=True)


def test_an_identifier_that_the_row_brings_is_kept() -> None:
    own = str(LicenceIdentifier.make("11100000MB0143028R001", CREDIT_CODE, "7"))
    assert parse(issue(certificateIdentifier=own)).claims["certificateIdentifier"] == own


@pytest.mark.parametrize(
    ("type_code", "issuer", "code"),
    [
        ("11100000MB0143028R001", "11510100MB9X0A039M", "identifier-of-another-issuer"),
        ("11100000000013127D001", CREDIT_CODE, "identifier-of-another-type"),
    ],
)
def test_an_identifier_of_another_is_refused(type_code: str, issuer: str, code: str) -> None:
    foreign = str(LicenceIdentifier.make(type_code, issuer, "7"))
    found = problems("business-licence", certificateIdentifier=foreign)
    assert [(problem.code, problem.column) for problem in found] == [(code, "certificateIdentifier")]


@pytest.mark.parametrize("name", ["certificateIdentifier", "issuingAuthorityCode"])
def test_what_a_row_brings_itself_is_validated_although_ours_is_not(name: str) -> None:
    found = problems("business-licence", **{name: "x"})
    assert [(problem.code.partition("-")[0], problem.column) for problem in found] == [("schema", name)]


def test_a_row_of_chinese_columns_is_told_of_its_own_columns() -> None:
    row = {**full_row("business-licence"), "住所": "x" * 301, "成立日期": "2030-01-01"}
    for name in ("address", "establishedDate", "approvedDate"):
        row.pop(name)
    with pytest.raises(RowError) as caught:
        draft_row("business-licence", row)
    assert ("schema-maxLength", "住所") in [(problem.code, problem.column) for problem in caught.value.problems]


def test_a_row_is_told_of_schema_and_rules_at_once() -> None:
    found = problems("business-licence", address=7, issuedDate="2015-01-01")
    assert {(problem.code, problem.column) for problem in found} == {
        ("schema-type", "address"),
        ("rule-not-before", "issuedDate"),
    }


def test_a_claim_that_is_missing_is_called_by_its_name() -> None:
    found = problems("business-licence", address=None)
    assert [(problem.code, problem.column, problem.value) for problem in found] == [
        ("schema-required", "住所 (address)", "")
    ]


INVALID = [
    (name, stem, example)
    for name in TYPES
    for stem, example in examples(name, "invalid")
    if require(CATALOGUE, name).holder_category != "legal"
]


@pytest.mark.parametrize(("licence_type", "stem", "example"), INVALID, ids=[f"{t}-{s}" for t, s, _ in INVALID])
def test_a_refusal_shows_no_holder(licence_type: str, stem: str, example: Any) -> None:
    document = example["document"]
    derived = {derivation.claim for derivation in require(CATALOGUE, licence_type).derivations}
    try:
        draft_row(licence_type, {name: value for name, value in document.items() if name not in FILLED_IN | derived})
    except RowError as error:
        shown = json.dumps([problem._asdict() for problem in error.problems], ensure_ascii=False)
    except UsageError:  # an unknown column: a matter of the header
        return
    else:
        told_apart_by_ours = example["at"].lstrip("/") in FILLED_IN or example["wrong"] == "differs"
        assert example["wrong"] not in RULE_NAMES or told_apart_by_ours, stem
        return
    for holder in document["holders"]:
        for name in ("name", "code"):
            if isinstance(holder, dict) and isinstance(holder.get(name), str) and len(holder[name]) > 2:
                assert holder[name] not in shown


@pytest.mark.parametrize("cell", ["张示例 510104188801010013", '[{"name": "张示例"}]'])
def test_a_holder_in_the_wrong_cell_is_not_shown(cell: str) -> None:
    found = problems("identity-card", holders=cell)
    assert all("张示例" not in problem.value for problem in found)


@pytest.mark.parametrize(
    ("world", "error", "code"),
    [
        (World(types=frozenset({"identity-card"})), UsageError, "issuer-not-entitled"),
        (World(listed_key=OTHER_KEY), KeyFailureError, "signing-key-not-listed"),
        (World(key_state=State.SUSPENDED), KeyFailureError, "signing-key-not-active"),
        (World(key_state=State.RETIRED), KeyFailureError, "signing-key-not-active"),
        (World(key_state=State.COMPROMISED), KeyFailureError, "signing-key-not-active"),
        (World(key_types=frozenset({"identity-card"})), KeyFailureError, "signing-key-not-active"),
    ],
)
def test_what_no_counter_would_accept_is_not_signed(world: World, error: type[CertxError], code: str) -> None:
    schema = require(CATALOGUE, "business-licence")
    with pytest.raises(error) as caught:
        check_entitled(schema, world.issuer, KEY)
    assert caught.value.code == code
    with pytest.raises(error):
        IssuePlan(schema, world.issuer, KEY, salts=iter(()), context=WORLD.context)


def test_what_is_listed_may_be_signed() -> None:
    check_entitled(require(CATALOGUE, "business-licence"), World().issuer, KEY)


def test_an_issuer_listed_under_a_malformed_credit_code_is_an_error_and_not_a_crash() -> None:
    issuer = World().issuer._replace(credit_code="11510100mb9x0a012x")
    with pytest.raises(CertxError):
        IssuePlan(require(CATALOGUE, "business-licence"), issuer, KEY, salts=iter(()), context=WORLD.context)


HOLDER = new_signer("ES256").public_jwk


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("{", "holder-key-not-json"),
        ("[]", "jwk-kind"),
        ("7", "jwk-kind"),
        (json.dumps({**HOLDER, "d": "AAAA"}), "jwk-private"),
        (json.dumps({"kty": "oct", "k": "AAAA"}), "jwk-private"),
        (json.dumps({**HOLDER, "x": "AA"}), "jwk-coordinate"),
        (json.dumps({**HOLDER, "use": "enc"}), "jwk-purpose"),
    ],
)
def test_a_holder_key_that_is_none_is_a_problem_of_its_row(given: str, code: str) -> None:
    assert [(p.code, p.column, p.value) for p in problems("business-licence", holderKey=given)] == [
        (code, "holderKey", "")
    ]


def test_only_the_public_members_of_a_holder_key_are_taken() -> None:
    assert public_members({**HOLDER, "x5c": ["AAAA"]}) == {name: HOLDER[name] for name in ("kty", "crv", "x", "y")}


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_holder_key_is_none(empty: object) -> None:
    assert "cnf" not in parse(issue(holderKey=empty)).claims


def test_a_licence_names_its_place_on_a_status_list_in_plain() -> None:
    plan = IssuePlan(
        require(CATALOGUE, "driving-licence"), WORLD.issuer, KEY, salts=random_salts(), context=WORLD.context
    )
    assert plan.series == f"510000:{CREDIT_CODE}"
    draft = plan.draft(full_row("driving-licence"), serial="1", issued_at=1)
    place = ListPlace(plan.series, 3, 4711)
    issued = plan.sign(draft, licence_id=draft.licence_id, issued_at=1, place=place)
    expected = {"status_list": {"idx": 4711, "uri": f"urn:certx:status:510000:{CREDIT_CODE}:3"}}
    assert parse(issued.credential).jws.payload["status"] == expected


def test_an_issuer_without_status_keys_has_no_lists() -> None:
    issuer = WORLD.issuer._replace(status_keys={})
    plan = IssuePlan(require(CATALOGUE, "driving-licence"), issuer, KEY, salts=random_salts(), context=WORLD.context)
    assert plan.series is None
    draft = plan.draft(full_row("driving-licence"), serial="1", issued_at=1)
    assert "status" not in parse(plan.sign(draft, licence_id=draft.licence_id, issued_at=1).credential).claims


def test_the_digest_of_a_licence_does_not_depend_on_what_is_disclosed() -> None:
    plan = IssuePlan(
        require(CATALOGUE, "driving-licence"), WORLD.issuer, KEY, salts=random_salts(), context=WORLD.context
    )
    draft = plan.draft(full_row("driving-licence"), serial="1", issued_at=1)
    signed, again = (plan.sign(draft, licence_id=draft.licence_id, issued_at=1) for _ in range(2))
    for text in (signed.credential, signed.credential.partition("~")[0] + "~"):
        assert parse(text).jws.digest == signed.digest
    assert signed.digest != again.digest


def test_licences_that_are_signed_together_are_those_that_were_reserved() -> None:
    plan = IssuePlan(
        require(CATALOGUE, "business-licence"), WORLD.issuer, KEY, salts=random_salts(), context=WORLD.context
    )
    drafts = [
        plan.draft(
            {**full_row("business-licence"), "certificateNumber": f"510100{number:014}"},
            serial=str(number),
            issued_at=1,
        )
        for number in range(1, 131)
    ]
    reserved = [Reserved(draft, draft.licence_id, ListPlace("s", 1, nth)) for nth, draft in enumerate(drafts)]
    signed = list(plan.sign_each(reserved, issued_at=1))
    assert len({text.credential for text in signed}) == len(drafts)
    for nth, (draft, one) in enumerate(zip(drafts, signed, strict=True)):
        read = parse(one.credential)
        assert read_public_key(KEY.public_jwk).verify(read.jws.signature, read.jws.signing_input)
        assert read.jws.digest == one.digest
        assert read.claims["status"]["status_list"]["idx"] == nth
        assert draft.claims.items() <= read.claims.items()
