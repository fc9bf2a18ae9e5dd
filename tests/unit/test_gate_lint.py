"""Each finding of the lint: one thing wrong with a schema that is otherwise in order."""

from typing import Any

import pytest

from certx.gate.finding import Report
from certx.gate.lint import LINT_IDS, lint
from certx.gate.patterns import backtracking_part
from certx.schema.compat.strings.pattern import parse
from certx.schema.rules import Context
from schema_repository import EVERYTHING, FORM, SHIPPED, TODAY, broken, changed, document_of, edition, found

TYPE = "business-licence"
PATH = f"schemas/{TYPE}/1.0.json"
CORE = "schemas/core/1.0.json"


def linted(tree: Any) -> Report:
    new = edition(tree)
    return lint(new, FORM, Context(TODAY, new.catalogue))


ALONE = {p: data for p, data in SHIPPED.items() if p.split("/")[1] in {TYPE, "core", "data"}}


def spoilt(change: Any, path: str = PATH) -> Report:
    return linted(changed(ALONE, path, change))


def test_what_certx_ships_is_in_order() -> None:
    report = linted(EVERYTHING)
    assert (report.exit, report.findings) == (0, [])
    assert len(report.steps) > 15


def claims(document: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = document["properties"]
    return properties


CASES: list[tuple[str, Any]] = [
    ("not-a-schema", lambda d: claims(d)["address"].update(type="txt")),
    ("not-a-schema", lambda d: d.update(required="address")),
    ("schema-id", lambda d: d.update({"$id": "urn:certx:schema:business-license:1.0"})),
    ("schema-id", lambda d: d.update({"$schema": "http://json-schema.org/draft-07/schema#"})),
    ("schema-id", lambda d: d["x-certx"].update(type="identity-card")),
    ("annotation-form", lambda d: d["x-certx"].update(holderCategory="anybody")),
    ("annotation-form", lambda d: claims(d)["address"].update({"x-disclosure": "sometimes"})),
    ("annotation-form", lambda d: claims(d)["address"].update({"x-titel-en": "Address"})),
    ("annotation-form", lambda d: d["x-certx"]["rules"].append({"rule": "same"})),
    ("title-missing", lambda d: claims(d)["address"].pop("x-title-en")),
    ("title-missing", lambda d: claims(d)["businessTerm"]["properties"]["from"].pop("title")),
    ("title-missing", lambda d: claims(d)["entityType"].pop("title")),
    ("codes-unlabelled", lambda d: claims(d)["compositionForm"]["enum"].append("其他")),
    ("disclosure-unsaid", lambda d: claims(d)["address"].pop("x-disclosure")),
    ("never-concealable", lambda d: claims(d)["expiringDate"].update({"x-disclosure": "selective"})),
    ("never-concealable", lambda d: claims(d).update(cnf=claims(d)["address"])),
    ("definition-unreachable", lambda d: d.update({"$defs": {"spare": {"type": "string"}}})),
    ("pattern-backtracks", lambda d: claims(d)["copyNumber"].update(pattern="^([0-9]+-?)+$")),
    ("pattern-unreadable", lambda d: claims(d)["copyNumber"].update(pattern=r"^(?<=a)b$")),
    ("schema-unreadable", lambda d: d["x-certx"]["rules"].append({"rule": "sames", "path": "address"})),
    ("schema-unreadable", lambda d: claims(d)["address"].update({"$ref": "urn:certx:schema:core:1.0#/$defs/adress"})),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "change"), CASES)
def test_one_thing_wrong_is_found_and_named(rule: str, change: Any) -> None:
    report = spoilt(change)
    assert {finding.rule for finding in report.findings} >= {rule}
    places = {finding.place for finding in report.findings} - {CORE}  # of which one type uses but a part
    assert all(place.startswith(f"schemas/{TYPE}/") for place in places)


def test_a_valid_example_that_is_refused() -> None:
    report = spoilt(lambda d: d.pop("address"), f"schemas/{TYPE}/valid/full.json")
    finding = found(report, "example-refused")
    assert finding.place.endswith("valid/full.json")
    assert finding.witness is not None
    assert finding.witness.keyword == "required"


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(document=document_of(f"schemas/{TYPE}/valid/full.json")),
        lambda d: d.update(wrong="maximum"),
        lambda d: d.update(at="/address"),
        lambda d: d["document"].pop("address"),
    ],
)
def test_an_invalid_example_is_wrong_in_the_one_way_that_it_names(change: Any) -> None:
    assert broken(spoilt(change, f"schemas/{TYPE}/invalid/capital-zero.json")) == {"example-accepted"}


def test_a_type_without_examples_and_a_shared_definition_without_use() -> None:
    bare = {path: data for path, data in ALONE.items() if not path.startswith(f"schemas/{TYPE}/valid/")}
    assert broken(linted(bare)) == {"examples-missing"}
    spare = spoilt(lambda d: d["$defs"].update(spare={"type": "string"}), CORE)
    assert spare.exit == 0
    assert "$defs.spare" in {finding.at for finding in spare.findings if finding.rule == "definition-unreachable"}


@pytest.mark.parametrize("change", [lambda d: d.update({"$defs": 5}), lambda d: d["$defs"].update(sex=True)])
def test_without_shared_definitions_nothing_else_can_be_said(change: Any) -> None:
    report = spoilt(change, CORE)
    assert {finding.place for finding in report.findings} == {CORE}
    assert report.exit == 3
    gone = linted({path: data for path, data in ALONE.items() if path != CORE})
    assert broken(gone) == {"schema-unreadable"}


def test_every_finding_has_a_case() -> None:
    elsewhere = {"example-refused", "example-accepted", "examples-missing"}
    assert {rule for rule, _ in CASES} | elsewhere == LINT_IDS


@pytest.mark.parametrize(
    "pattern",
    ["^(a+)+$", "(a|a)*b", "(a*)*b", "^(a|ab|b)*$", "([a-z0-9]+\\.?)+@", "(x+x+)+y", "^(\\d|\\w)+$", "(?:a{1,3})*"],
)
def test_a_pattern_that_backtracks_without_bound(pattern: str) -> None:
    assert backtracking_part(parse(pattern)) is not None


@pytest.mark.parametrize(
    "pattern",
    [
        "^[0-9]{1,3}-[0-9]{1,3}$",
        "^(a|b)*$",
        "^([0-9]{2}-)+$",
        "^[a-z]+(-[a-z]+)*$",
        "^(ab?)*$",
        "a*b*",
        "^(a{1,3}-)*$",
        "x{1,64}",
    ],
)
def test_a_pattern_of_which_a_text_has_few_readings(pattern: str) -> None:
    assert backtracking_part(parse(pattern)) is None
