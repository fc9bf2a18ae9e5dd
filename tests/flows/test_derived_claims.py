"""Answers without the datum: derived when a licence is issued, true or absent, each shown alone."""

import copy
import json
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from certx.credential import verify_with_key
from certx.credential.parse import parse
from certx.credential.present import disclosed_in, select
from certx.credential.sdjwt import random_salts
from certx.errors import DocumentError, UsageError
from certx.evidence import Expectation
from certx.issue import IssuePlan
from certx.licence.model import day_starts_at
from certx.reason import Outcome, Reason
from certx.recognition.scenario import read_scenario
from certx.schema.annotations import Derivation
from certx.schema.catalogue import LicenceSchema, SchemaVersion, require
from world import (
    CATALOGUE,
    KEY,
    NOW,
    SCHEMAS,
    TYPES,
    WORLD,
    decision,
    draft_row,
    examples,
    forge,
    full_row,
    issue,
    verify,
)

AGE: Final = Derivation("ageOver18", "birthDate", "age-at-least", 18)
DERIVED: Final = [(name, row) for name in TYPES for row in require(CATALOGUE, name).derivations]
FIRST: Final = SchemaVersion(1, 0)
NEXT: Final = SchemaVersion(1, 1)
MINORS: Final = [name for name in TYPES if CATALOGUE.versions(name) == [FIRST, NEXT]]


def midnight(day: str) -> int:
    """00:00 of a day in China."""
    return day_starts_at(day)


@pytest.mark.parametrize(
    ("born", "last_moment_before", "of_age_from"),
    [
        ("2008-06-01", "2026-05-31", "2026-06-01"),
        ("2008-01-01", "2025-12-31", "2026-01-01"),
        ("2008-02-29", "2026-02-28", "2026-03-01"),
        ("2008-02-28", "2026-02-27", "2026-02-28"),
        ("2008-03-01", "2026-02-28", "2026-03-01"),
    ],
)
def test_of_age_from_the_birthday_on_in_china(born: str, last_moment_before: str, of_age_from: str) -> None:
    assert midnight(last_moment_before) < midnight(of_age_from)
    claims = {"birthDate": born}
    assert not AGE.holds(claims, midnight(of_age_from) - 1)
    assert AGE.holds(claims, midnight(of_age_from))


def test_a_birthday_on_29_february_is_on_it_in_a_leap_year() -> None:
    row = AGE._replace(value=20)
    assert not row.holds({"birthDate": "2008-02-29"}, midnight("2028-02-29") - 1)
    assert row.holds({"birthDate": "2008-02-29"}, midnight("2028-02-29"))


@pytest.mark.parametrize(
    ("capital", "rungs"),
    [(9.99, []), (10, [10]), (99.999999, [10]), (100, [10, 100]), (999.99, [10, 100]), (1000, [10, 100, 1000])],
)
def test_amounts_are_told_by_the_rungs_of_a_ladder(capital: float, rungs: list[int]) -> None:
    claims = draft_row("business-licence", full_row("business-licence") | {"registeredCapital": capital}).claims
    found = [row.value for row in require(CATALOGUE, "business-licence").derivations if claims.get(row.claim) is True]
    assert found == rungs


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (["B2"], {"mayDriveB2", "mayDriveC1"}), (["A2"], {"mayDriveB2", "mayDriveC1"}),
        (["A1", "D"], {"mayDriveB2", "mayDriveC1"}), (["A3"], {"mayDriveC1"}), (["C1", "E"], {"mayDriveC1"}),
        (["C2"], set()), (["C6", "D"], set()),
    ],
)  # fmt: skip
def test_a_class_is_held_with_any_class_that_includes_it(classes: list[str], expected: set[str]) -> None:
    claims = draft_row("driving-licence", full_row("driving-licence") | {"vehicleClasses": classes}).claims
    assert {name for name in claims if name.startswith("mayDrive")} == expected


@pytest.mark.parametrize(("licence_type", "row"), DERIVED, ids=[row.claim for _, row in DERIVED])
def test_each_is_true_only_shown_alone_and_never_taken_from_a_row(licence_type: str, row: Derivation) -> None:
    schema = require(CATALOGUE, licence_type)
    assert row.claim in schema.frame.selective
    plan = IssuePlan(schema, WORLD.issuer, KEY, salts=random_salts(), context=WORLD.context)
    with pytest.raises(UsageError):
        plan.check_header([*full_row(licence_type), row.claim])
    lie = verify(forge(licence_type, **{row.claim: False}))
    assert decision(lie)[:2] == (Outcome.INVALID, Reason.LICENCE_MALFORMED)


def asking(claim: str) -> dict[str, Any]:
    """A world in which a counter asks for that claim and no other."""
    document = {
        "id": "lorry", "version": 1, "matter": "example-0003", "types": ["driving-licence"],
        "requires": [claim], "holderBinding": False,
    }  # fmt: skip
    return {"scenarios": {"lorry": read_scenario(document, "lorry.json")}, "expectation": Expectation(scenario="lorry")}


def test_a_matter_may_ask_for_the_answer_alone() -> None:
    shown = select(issue("driving-licence"), [("mayDriveB2",)])
    assert disclosed_in(parse(shown)) == [("mayDriveB2",)]
    verdict = verify(shown, **asking("mayDriveB2"))
    assert verdict.outcome is Outcome.ACCEPTED
    assert verdict.licence is not None
    assert {"birthDate", "certificateNumber", "mayDriveC1"}.isdisjoint(verdict.licence.claims)
    assert verdict.licence.claims.get("vehicleClasses") == []


def test_no_is_told_by_its_absence() -> None:
    small = issue("driving-licence", vehicleClasses=["C1"])
    assert "mayDriveB2" not in parse(small).claims
    assert decision(verify(small, **asking("mayDriveB2")))[:2] == (Outcome.NOT_ACCEPTABLE, Reason.CLAIM_MISSING)


def test_it_stays_as_of_the_day_of_issue() -> None:
    """Who comes of age later shows the licence again after a renewal, or the date."""
    assert not AGE.holds({"birthDate": "2008-06-02"}, NOW)
    assert AGE.holds({"birthDate": "2008-06-02"}, NOW + 86_400)


def test_others_see_an_ordinary_claim() -> None:
    shown = select(issue("identity-card"), [("ageOver22",)])
    claims = verify_with_key(shown, KEY.public_jwk, now=datetime.fromtimestamp(NOW, UTC))
    assert claims["ageOver22"] is True
    assert "birthDate" not in claims


@pytest.mark.parametrize(
    "row",
    [
        {"claim": "address", "from": "establishedDate", "rule": "at-least", "value": 1},
        {"claim": "certificateNumber", "from": "establishedDate", "rule": "at-least", "value": 1},
        {"claim": "nowhere", "from": "establishedDate", "rule": "at-least", "value": 1},
    ],
)
def test_a_schema_whose_answer_is_not_true_only_and_shown_alone_is_none(row: dict[str, Any]) -> None:
    with pytest.raises(DocumentError) as caught:
        _ = changed(row).derivations
    assert caught.value.code == "schema-derived-claim"


@pytest.mark.parametrize(
    ("rule", "value"), [("any-of", 1), ("any-of", []), ("any-of", [1]), ("at-least", ["B2"]), ("at-least", True)]
)
def test_a_rule_has_a_value_of_its_kind(rule: str, value: object) -> None:
    row = {"claim": "registeredCapitalAtLeast10", "from": "registeredCapital", "rule": rule, "value": value}
    with pytest.raises(DocumentError) as caught:
        _ = changed(row).derivations
    assert caught.value.code == "schema-derivation"


def changed(row: dict[str, Any]) -> LicenceSchema:
    """The schema of the business licence with one row of derived claims."""
    document = copy.deepcopy(dict(require(CATALOGUE, "business-licence").document))
    document["x-certx"] = {**document["x-certx"], "derived": [row]}
    return LicenceSchema(document, json.loads((SCHEMAS / "core" / "1.0.json").read_bytes()))


def test_two_types_have_a_minor_with_more_of_them() -> None:
    assert MINORS == ["driving-licence", "identity-card"]


@pytest.mark.parametrize("licence_type", MINORS)
def test_licences_of_either_minor_are_read_by_the_other(licence_type: str) -> None:
    old, new = (CATALOGUE.read(licence_type, version) for version in (FIRST, NEXT))
    for _, document in examples(licence_type, "valid"):
        assert old.closed.is_valid(document)
        assert new.open.is_valid(document)
        more = {**document, **{row.claim: True for row in new.derivations if row.holds(document, NOW)}}
        assert new.closed.is_valid(more)
        assert old.open.is_valid(more)
