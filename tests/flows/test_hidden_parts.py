"""A holder who hides what a constraint looks at: elements, members, or nothing at all behind decoys."""

from typing import Any, Final

import pytest

from certx.credential.issue import issue as sign_claims
from certx.credential.parse import parse
from certx.credential.present import select
from certx.credential.sdjwt import random_salts
from certx.evidence import Expectation
from certx.licence.paths import parse_path
from certx.reason import Outcome, Reason
from certx.recognition.scenario import read_scenario
from certx.recognition.scenario_review import flaws_of
from certx.schema.catalogue import require
from certx.verdict import Verdict
from world import CATALOGUE, KEY, decision, finding_of, forge, issue, verify

DRIVER: Final = forge("driving-licence", vehicleClasses=["A1", "C1"])
CHILD: Final = issue("birth-certificate")
BORN: Final = {"types": ["birth-certificate"]}


def document(constraints: dict[str, Any], requires: list[str], **more: Any) -> dict[str, Any]:
    head = {"id": "x", "version": 1, "name": {"zh": "某事项"}, "matter": "x", "types": ["driving-licence"]}
    return {**head, "requires": requires, "constraints": constraints, "holderBinding": False, **more}


def judged(text: str, constraints: dict[str, Any], requires: list[str], **more: Any) -> Verdict:
    found = {"x": read_scenario(document(constraints, requires, **more), "x.json")}
    return verify(text, scenarios=found, expectation=Expectation(scenario="x"))


def shown(text: str, *paths: str) -> str:
    return select(text, map(parse_path, paths))


def of_classes(rule: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"vehicleClasses": rule}}


NO_A1: Final = [
    of_classes({"items": {"not": {"const": "A1"}}}),
    of_classes({"not": {"contains": {"const": "A1"}}}),
    of_classes({"contains": {"const": "A1"}, "minContains": 0, "maxContains": 0}),
    of_classes({"maxItems": 1}),
    of_classes({"prefixItems": [{"const": "C1"}]}),
    of_classes({"const": ["C1"]}),
    of_classes({"enum": [["C1"], ["C2"]]}),
    of_classes({"unevaluatedItems": {"const": "C1"}}),
    {"allOf": [{"anyOf": [of_classes({"items": {"const": "C1"}})]}]},
    {"not": of_classes({"contains": {"const": "A1"}})},
    {"if": of_classes({"contains": {"const": "A1"}}), "then": False},
    {"oneOf": [of_classes({"items": {"const": "C1"}}), of_classes({"items": {"const": "B1"}})]},
    {"dependentSchemas": {"fileNumber": of_classes({"items": {"const": "C1"}})}},
    {"patternProperties": {"^vehicle": {"items": {"const": "C1"}}}},
    {"properties": {"fileNumber": {}}, "additionalProperties": {"not": {"contains": {"const": "A1"}}}},
]


@pytest.mark.parametrize("constraints", NO_A1, ids=str)
@pytest.mark.parametrize("requires", [["fileNumber"], ["fileNumber", "vehicleClasses"]], ids=["unrequired", "required"])
def test_what_is_forbidden_of_each_element_is_not_evaded_by_hiding_one(
    constraints: dict[str, Any], requires: list[str]
) -> None:
    everything = judged(DRIVER, constraints, requires)
    assert decision(everything) == (Outcome.NOT_ACCEPTABLE, Reason.SCENARIO_NOT_MET, "scenario")
    for hides_a1 in (shown(DRIVER, "fileNumber", "vehicleClasses[1]"), shown(DRIVER, "fileNumber")):
        verdict = judged(hides_a1, constraints, requires)
        assert decision(verdict) == (Outcome.NOT_ACCEPTABLE, Reason.CLAIM_MISSING, "scenario")
        name = str(finding_of(verdict, "scenario").params["name"])
        assert name.startswith(("vehicleClasses", "*"))
    assert {flaw.code for flaw in flaws_of(document(constraints, ["fileNumber"]), "x.json", CATALOGUE)} == {
        "trust-scenario-unrequired"
    }


def of_mother(rule: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"mother": rule}}


OF_THE_CODE: Final = [
    of_mother({"properties": {"code": {"const": "another"}}}),
    of_mother({"not": {"required": ["code"]}}),
    of_mother({"properties": {"code": False}}),
    of_mother({"maxProperties": 1}),
    of_mother({"propertyNames": {"const": "name"}}),
    of_mother({"dependentRequired": {"code": ["nickname"]}}),
    of_mother({"additionalProperties": False, "properties": {"name": {}}}),
]


@pytest.mark.parametrize("constraints", OF_THE_CODE, ids=str)
def test_what_is_asked_of_a_member_is_not_evaded_by_hiding_it_under_a_parent_that_is_shown(
    constraints: dict[str, Any],
) -> None:
    assert parse(CHILD).claims["mother"].keys() >= {"name", "code"}
    assert decision(judged(CHILD, constraints, ["mother.name"], **BORN))[1] is Reason.SCENARIO_NOT_MET
    hides_code = shown(CHILD, "mother.name")
    assert "code" not in parse(hides_code).claims["mother"]
    verdict = judged(hides_code, constraints, ["mother.name"], **BORN)
    assert decision(verdict) == (Outcome.NOT_ACCEPTABLE, Reason.CLAIM_MISSING, "scenario")
    assert str(finding_of(verdict, "scenario").params["name"]).startswith("mother")
    flaws = list(flaws_of(document(constraints, ["mother.name"], **BORN), "x.json", CATALOGUE))
    assert {flaw.code for flaw in flaws} == {"trust-scenario-unrequired"}


def test_what_no_constraint_looks_at_may_be_hidden() -> None:
    hides_code = shown(CHILD, "mother.name")
    name = of_mother({"type": "object", "properties": {"name": {"minLength": 1}}})
    assert judged(hides_code, name, ["mother.name"], **BORN).outcome is Outcome.ACCEPTED
    assert not list(flaws_of(document(name, ["mother.name"], **BORN), "x.json", CATALOGUE))
    one_class = shown(DRIVER, "fileNumber", "vehicleClasses[1]")
    number = {"properties": {"fileNumber": {"minLength": 1}}, "title": "x", "$comment": "y"}
    assert judged(one_class, number, ["fileNumber"]).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("required", ["vehicleClasses", "vehicleClasses[*]"])
def test_a_required_claim_is_all_that_is_in_it(required: str) -> None:
    for kept in ("vehicleClasses[0]", "vehicleClasses[1]"):
        verdict = judged(shown(DRIVER, kept), {}, [required])
        assert decision(verdict) == (Outcome.NOT_ACCEPTABLE, Reason.CLAIM_MISSING, "scenario")
        assert finding_of(verdict, "scenario").params["name"] == required
    assert judged(shown(DRIVER, "vehicleClasses"), {}, [required]).outcome is Outcome.ACCEPTED
    mother = judged(shown(CHILD, "mother.name"), {}, ["mother"], **BORN)
    assert finding_of(mother, "scenario").params["name"] == "mother"


def decoyed(*left_out: str) -> str:
    claims = {name: value for name, value in parse(DRIVER).claims.items() if name not in left_out}
    frame = require(CATALOGUE, "driving-licence").frame._replace(decoys=3)
    return sign_claims(claims, frame=frame, signer=KEY, salts=random_salts())


def test_behind_a_decoy_nobody_knows_whether_something_is_there() -> None:
    points = {"properties": {"accumulatedPoints": {"exclusiveMaximum": 12}}}
    assert judged(decoyed(), points, ["fileNumber"]).outcome is Outcome.ACCEPTED, "it is there, whatever else is"
    without = judged(decoyed("accumulatedPoints"), points, ["fileNumber"])
    assert decision(without) == (Outcome.NOT_ACCEPTABLE, Reason.CLAIM_MISSING, "scenario")
    assert finding_of(without, "scenario").params["name"] == "accumulatedPoints"
    plain = forge("driving-licence", accumulatedPoints=None)
    assert judged(plain, points, ["fileNumber"]).outcome is Outcome.ACCEPTED


SHOWN_ENOUGH: Final[list[tuple[dict[str, Any], list[str]]]] = [
    (of_classes({"contains": {"const": "C1"}}), ["vehicleClasses[*]"]),
    (of_classes({"uniqueItems": True, "minItems": 1}), ["vehicleClasses[*]"]),
    ({"properties": {"holders": {"items": {"properties": {"name": {"minLength": 2}}}}}}, ["holders[*].name"]),
    ({"properties": {"holders": {"maxItems": 1}}}, ["holders[*].name"]),
    ({"required": ["sex"], "properties": {"sex": {"enum": ["1"]}}}, ["sex"]),
]


@pytest.mark.parametrize(("constraints", "requires"), SHOWN_ENOUGH, ids=str)
def test_what_is_required_cannot_be_hidden(constraints: dict[str, Any], requires: list[str]) -> None:
    assert not list(flaws_of(document(constraints, requires), "x.json", CATALOGUE))


def test_a_scenario_that_names_a_claim_and_not_its_parts_is_told_which() -> None:
    found = list(flaws_of(document({}, ["vehicleClasses"], allows=["vehicleClasses", "holders"]), "x.json", CATALOGUE))
    assert [(flaw.at, flaw.code, flaw.params["parts"]) for flaw in found] == [
        ("requires", "scenario-claim-in-parts", "vehicleClasses[*]"),
        ("allows", "scenario-claim-in-parts", "holders[*]"),
    ]


@pytest.mark.parametrize(
    ("claim", "instead"), [("vehicleClasses[1]", "vehicleClasses[*]"), ("holders[0].name", "holders[*].name")]
)
def test_a_position_means_nothing_where_elements_can_be_hidden(claim: str, instead: str) -> None:
    found = [
        flaw for flaw in flaws_of(document({}, [claim]), "x.json", CATALOGUE) if flaw.code != "scenario-claim-in-parts"
    ]
    assert [(flaw.at, flaw.code, flaw.params["parts"]) for flaw in found] == [
        ("requires", "scenario-claim-position", instead)
    ]
