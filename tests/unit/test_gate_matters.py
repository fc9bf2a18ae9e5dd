"""A change of a scenario: what it asks for must be there, and what it asks for more is told."""

from typing import Any

import pytest

from schema_repository import SHIPPED, broken, changed, found, judged

Document = dict[str, Any]

SCENARIO = "keys/500000/scenarios/business-premises.json"


def test_a_changed_scenario_asks_for_what_there_is_and_says_that_it_changed() -> None:
    def change(document: Document) -> None:
        document["requires"] += ["originNumber", "colour"]
        document["constraints"]["properties"]["uses"]["contains"]["pattern"] = "商业"

    report = judged(changed(SHIPPED, SCENARIO, change))
    assert {finding.place for finding in report.findings} == {SCENARIO}
    assert broken(report) == {"scenario-version", "scenario-claim-unknown"}
    unknown = {finding.at for finding in report.findings if finding.rule == "scenario-claim-unknown"}
    assert "colour" in unknown
    assert found(report, "scenario-version").params["should_be"] == 3
    witness = found(report, "scenario-tightened").witness
    assert witness is not None
    assert all("商业" not in use for use in witness.document["uses"])


def test_a_scenario_may_ask_for_more_in_its_next_version_and_that_is_told() -> None:
    report = judged(
        changed(SHIPPED, SCENARIO, lambda d: d.update(version=3, requires=[*d["requires"], "holders[*].code"]))
    )
    assert report.exit == 0
    assert found(report, "scenario-asks-more").params["claim"] == "holders[*].code"
    assert judged(changed(SHIPPED, SCENARIO, lambda d: d.update(name={"zh": "别名", "en": "x"}))).steps == ()


SHARED = "keys/catalogue/scenario-food-business-branch.json"
TRANSFER = "keys/catalogue/scenario-property-transfer.json"


def test_a_shared_scenario_is_judged_once_and_at_its_own_place() -> None:
    report = judged(changed(SHIPPED, SHARED, lambda d: (d["requires"].append("colour"), d["allows"].append("colour"))))
    assert [step.place for step in report.steps] == [SHARED]
    assert "scenario-version" in broken(report)


def test_constraints_are_compared_for_each_licence_that_a_matter_asks_for() -> None:
    def stricter(document: Document) -> None:
        document["version"] += 1
        document["credentials"][0]["constraints"] = {"properties": {"location": {"minLength": 9}}}

    witness = found(judged(changed(SHIPPED, TRANSFER, stricter)), "scenario-tightened").witness
    assert witness is not None
    assert len(witness.document["location"]) < 9


def test_one_more_licence_is_told_if_the_matter_cannot_be_done_without_it() -> None:
    def one_more(document: Document) -> None:
        document["version"] += 1
        document["credentials"].append({"id": "extra", "types": ["business-licence"]})

    def needed(document: Document) -> None:
        one_more(document)
        document["credentialSets"].append({"options": [["extra"]]})

    assert found(judged(changed(SHIPPED, TRANSFER, needed)), "scenario-licence-needed").at == "extra"
    spare = judged(changed(SHIPPED, TRANSFER, one_more))
    assert "scenario-licence-needed" not in {finding.rule for finding in spare.findings}


@pytest.mark.parametrize("data", [b'{"id": ', b"{}"])
@pytest.mark.parametrize("place", [SHARED, SCENARIO, "keys/500000/agreements/agr-500000-510000-1.json"])
def test_what_cannot_be_read_any_more_is_a_break_and_what_never_could_is_no_change(place: str, data: bytes) -> None:
    spoilt = SHIPPED | {place: data}
    report = judged(spoilt)
    assert report.exit == 3
    finding = found(report, "matter-unreadable")
    assert finding.place.rpartition("/")[2] == place.rpartition("/")[2]
    assert {finding.params[name] for name in ("path", "file") if name in finding.params} <= {finding.place}
    assert judged(spoilt, spoilt).findings == []


def test_a_claim_that_is_required_and_not_allowed_is_a_break() -> None:
    report = judged(changed(SHIPPED, SHARED, lambda d: d["requires"].append("motto")))
    assert broken(report) == {"matter-unreadable"}


def test_a_scenario_that_went_is_told() -> None:
    assert broken(judged({place: data for place, data in SHIPPED.items() if place != SHARED})) == {"scenario-removed"}
