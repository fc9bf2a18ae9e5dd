"""A region's profile beside a change: of its own, or of the shared schema under it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from certx.errors import Exit
from certx.gate.finding import Breaks, Report, Weight
from schema_repository import SHIPPED, broken, found, judged, profile_of, successor

TYPE = "business-licence"
PLACE = f"keys/510000/profile-{TYPE}.json"
RULES: dict[str, Any] = {
    "requires": ["registeredCapital"],
    "restricts": {"entityType": {"maxLength": 20}},
    "adds": {"park": {"type": "string", "title": "园区", "x-title-en": "Park", "maxLength": 40}},
}


def having(tree: Mapping[str, bytes], **rules: Any) -> dict[str, bytes]:
    """A tree with a profile of Sichuan."""
    return {**tree, PLACE: profile_of(TYPE, **rules)}


def told(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_a_profile_that_stays_is_not_looked_at() -> None:
    assert judged(having(SHIPPED, **RULES), having(SHIPPED, **RULES)).steps == ()
    other_name = {**RULES, "name": {"zh": "别名", "en": "Another name"}}
    assert told(judged(having(SHIPPED, **other_name), having(SHIPPED, **RULES))) == set()


@pytest.mark.parametrize(
    ("text", "defect"),
    [
        (b"{", "document-not-json"),
        (profile_of(TYPE, colour="red"), "profile-form"),
        (profile_of(TYPE, requires=["colour"]), "profile-claim"),
        (profile_of(TYPE, major=2), "profile-of-nothing"),
        (profile_of("real-estate-certificate"), "profile-of-another"),
    ],
)
def test_a_profile_that_goes_with_no_shared_schema_is_refused(text: bytes, defect: str) -> None:
    report = judged({**SHIPPED, PLACE: text})
    assert broken(report) == {"profile-unfit"}
    params = found(report, "profile-unfit").params
    assert params["defect"] == defect
    assert params.get("path", PLACE) == PLACE


def test_a_shared_schema_that_drops_what_a_profile_requires_breaks_that_region() -> None:
    tree = successor(TYPE, lambda d: d["properties"].pop("registeredCapital"))
    report = judged(having(tree, **RULES), having(SHIPPED, **RULES))
    assert found(report, "profile-unfit").params["defect"] == "profile-claim"


def test_a_shared_schema_that_refuses_what_a_profile_took_is_told_with_the_example() -> None:
    rules: dict[str, Any] = {"restricts": {"entityType": {"maxLength": 50}}}
    examples = [data for path, data in SHIPPED.items() if path.startswith(f"schemas/{TYPE}/valid/")]
    lengths = sorted(len(json.loads(data)["entityType"]) for data in examples)

    def squeezed(most: int) -> Report:
        tree = successor(TYPE, lambda d: d["properties"]["entityType"].update(maxLength=most))
        return judged(having(tree, **rules), having(SHIPPED, **rules))

    some = [f for f in squeezed(lengths[-1] - 1).findings if f.rule == "profile-rows-refused"]
    assert 0 < len(some) < len(lengths)
    assert {finding.weight for finding in some} == {Weight.NOTICE}
    every = [f for f in squeezed(lengths[0] - 1).findings if f.rule == "profile-rows-refused"]
    assert len(every) == len(lengths)
    assert {finding.weight for finding in every} == {Weight.BREAK}
    assert every[0].witness is not None
    assert (every[0].witness.at, every[0].witness.keyword) == ("entityType", "maxLength")


def test_a_profile_that_became_stricter_is_told_with_a_smallest_part_of_a_licence() -> None:
    stricter = {**RULES, "restricts": {"entityType": {"maxLength": 5}}, "version": 2}
    report = judged(having(SHIPPED, **stricter), having(SHIPPED, **RULES))
    assert report.exit is Exit.OK
    witness = found(report, "profile-stricter").witness
    assert witness is not None
    assert (witness.at, witness.keyword) == ("entityType", "maxLength")
    assert 5 < len(witness.document["entityType"]) <= 20
    looser = {**RULES, "restricts": {}, "version": 2}
    assert told(judged(having(SHIPPED, **looser), having(SHIPPED, **RULES))) == set()


def test_a_first_profile_is_stricter_than_none() -> None:
    assert told(judged(having(SHIPPED, **RULES))) == {"profile-stricter"}


def test_what_the_shared_schema_says_already_makes_no_profile_stricter() -> None:
    assert told(judged(having(SHIPPED, restricts={"entityType": {"maxLength": 100}}))) == set()


def test_a_claim_of_the_region_s_own_that_goes_is_told() -> None:
    less = {**RULES, "adds": {}, "version": 2}
    report = judged(having(SHIPPED, **less), having(SHIPPED, **RULES))
    assert found(report, "profile-claim-removed").params == {"claim": "x-510000.park"}
    assert told(report) == {"profile-claim-removed"}
    assert report.exit is Exit.OK
    stricter = {**less, "restricts": {"entityType": {"maxLength": 5}}}
    assert found(judged(having(SHIPPED, **stricter), having(SHIPPED, **RULES)), "profile-stricter").at == "entityType"


def test_a_profile_that_goes_is_told_with_the_claims_that_go_with_it() -> None:
    report = judged(SHIPPED, having(SHIPPED, **RULES))
    assert [(f.rule, f.breaks, f.place, f.at) for f in report.findings] == [
        ("profile-removed", Breaks.ROWS, PLACE, ""),
        ("profile-claim-removed", Breaks.ROWS, PLACE, "x-510000.park"),
    ]
    assert report.exit is Exit.OK
    assert told(judged(SHIPPED, {**SHIPPED, PLACE: b"{"})) == {"profile-removed"}


def test_a_profile_that_changes_says_so() -> None:
    report = judged(having(SHIPPED, **{**RULES, "requires": []}), having(SHIPPED, **RULES))
    assert broken(report) == {"profile-version"}
    assert found(report, "profile-version").params == {"should_be": 2}
