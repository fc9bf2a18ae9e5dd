"""Each rule of the gate: a change that it is for, whom that breaks, and the document that proves it."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from certx.gate.finding import Breaks, Report, Weight
from certx.gate.table import BREAKING, RULES
from certx.i18n import gate_en, gate_zh
from schema_repository import SHIPPED, broken, changed, document_of, found, judged, successor, trademark

TYPE = "business-licence"
Properties = dict[str, Any]


def judged_successor(change: Callable[[dict[str, Any]], object], **terms: Any) -> Report:
    return judged(successor(TYPE, change), **terms)


def with_claims(change: Callable[[Properties], object]) -> Report:
    return judged_successor(lambda document: change(document["properties"]))


def moved(properties: Properties, old: str, new: str) -> None:
    properties[new] = properties.pop(old)


def test_a_new_optional_claim_breaks_nobody_and_both_ways_are_proven() -> None:
    report = with_claims(lambda claims: claims.update(trademark=trademark()))
    (step,) = report.steps
    assert (report.exit, step.findings, step.should_be) == (0, (), "1.1")
    assert {"backward", "forward"} <= step.proven.keys()


def test_a_new_required_claim_refuses_old_licences_where_all_of_them_is_shown() -> None:
    def require(document: dict[str, Any]) -> None:
        document["properties"]["tradeMark"] = trademark()
        document["required"].append("tradeMark")

    finding = found(report := judged_successor(require), "old-licences-refused")
    assert broken(report) == {"old-licences-refused", "major-not-raised"}
    assert (finding.breaks, finding.at, finding.params["partial"]) == (Breaks.NEW_VERIFIER, "tradeMark", False)
    assert finding.witness is not None
    assert "tradeMark" not in finding.witness.document
    assert found(report, "major-not-raised").params["should_be"] == "2.0"


def test_a_narrower_value_refuses_old_licences_shown_in_part_too() -> None:
    report = with_claims(lambda claims: claims["entityType"].update(maxLength=20))
    finding = found(report, "old-licences-refused")
    assert (finding.at, finding.params["partial"]) == ("entityType", True)
    assert finding.witness is not None
    assert len(finding.witness.document["entityType"]) > 20


def test_a_wider_value_is_refused_by_verifiers_that_have_the_old_schema() -> None:
    report = with_claims(lambda claims: claims["entityType"].update(maxLength=200))
    assert broken(report) == {"new-licences-refused", "major-not-raised"}
    assert found(report, "new-licences-refused").breaks is Breaks.OLD_VERIFIER


def test_a_format_is_asserted() -> None:
    report = with_claims(lambda claims: claims["address"].update(format="credit-code"))
    witness = found(report, "old-licences-refused").witness
    assert witness is not None
    assert (witness.at, witness.keyword) == ("address", "format")


def test_an_optional_claim_that_goes_is_missed_by_issuers_only() -> None:
    report = with_claims(lambda claims: claims.pop("copyNumber"))
    assert (report.exit, {f.rule for f in report.findings}) == (0, {"rows-refused", "claim-removed"})
    assert all(finding.breaks is Breaks.ROWS for finding in report.findings)


def test_a_renamed_claim_is_known_again_by_its_label() -> None:
    report = with_claims(lambda claims: moved(claims, "copyNumber", "duplicateNumber"))
    finding = found(report, "claim-renamed")
    assert (finding.params["old"], finding.params["new"]) == ("copyNumber", "duplicateNumber")
    assert "claim-removed" not in {finding.rule for finding in report.findings}


def test_a_claim_of_another_label_is_not_taken_for_a_new_name() -> None:
    def replace(claims: Properties) -> None:
        del claims["copyNumber"]
        claims["tradeMark"] = trademark()

    assert "claim-renamed" not in {finding.rule for finding in with_claims(replace).findings}


def test_a_cross_field_rule_that_came_is_proven_by_an_example_that_breaks_it() -> None:
    rule = {"rule": "differs", "path": "address", "other": "legalRepresentative"}
    wrong = {"wrong": "differs", "at": "/address", "why": "x", "document": None}

    def spoilt(document: dict[str, Any]) -> None:
        licence = document_of(f"schemas/{TYPE}/valid/minimal.json")
        licence["address"] = licence["legalRepresentative"]
        document.clear()
        document.update({**wrong, "document": licence})

    tree = successor(TYPE, lambda document: document["x-certx"]["rules"].append(rule))
    undecided = judged(tree)
    assert (undecided.exit, found(undecided, "rule-tightened").weight) == (5, Weight.UNDECIDED)
    example = changed(
        tree, f"schemas/{TYPE}/invalid/capital-zero.json", spoilt, to=f"schemas/{TYPE}/invalid/address-of-person.json"
    )
    report = judged(example)
    assert broken(report) == {"rule-tightened", "major-not-raised"}
    witness = found(report, "rule-tightened").witness
    assert witness is not None
    assert witness.at == "address"


def test_a_cross_field_rule_that_went_breaks_old_verifiers_by_its_own_counterexample() -> None:
    def drop(document: dict[str, Any]) -> None:
        rules = document["x-certx"]["rules"]
        rules[:] = [row for row in rules if row.get("earlier") != "businessTerm.from"]

    finding = found(judged_successor(drop), "rule-loosened")
    assert (finding.breaks, finding.weight) == (Breaks.OLD_VERIFIER, Weight.BREAK)
    assert finding.witness is not None


def test_what_the_old_schema_refuses_already_is_no_counterexample() -> None:
    """A rule that is the old one over again, said otherwise: every example that breaks it was refused before."""
    when = {"path": "certificateName", "is": "营业执照"}
    rule = {"rule": "not-before", "path": "expiringDate", "earlier": "effectiveDate", "when": when}
    finding = found(judged_successor(lambda d: d["x-certx"]["rules"].append(rule)), "rule-tightened")
    assert (finding.weight, finding.witness) == (Weight.UNDECIDED, None)


def test_what_is_not_decided_is_told_where_it_stands() -> None:
    beyond = r"^(.)\1?.*$"  # a pattern with a reference back takes what no automaton tells
    report = judged_successor(lambda document: document["properties"]["address"].update(pattern=beyond))
    finding = found(report, "old-licences-refused")
    assert (report.exit, finding.weight, finding.at) == (5, Weight.UNDECIDED, "address")
    assert "keyword-not-decided new#/properties/address/pattern pattern" in finding.because


def test_advice_may_come_and_go() -> None:
    advice = {"rule": "division-known", "path": "areaCode", "severity": "warning"}
    report = judged_successor(lambda document: document["x-certx"]["rules"].remove(advice))
    assert report.exit == 0


@pytest.mark.parametrize(
    ("change", "rule", "breaks"),
    [
        (lambda c: c["address"].update({"x-disclosure": "always"}), "always-disclosed-now", Breaks.HOLDERS),
        (lambda c: c["areaCode"].update({"x-disclosure": "selective"}), "concealable-now", Breaks.OLD_VERIFIER),
        (lambda c: c["registeredCapital"].update({"x-unit": "元"}), "unit-changed", Breaks.OLD_VERIFIER),
    ],
)
def test_annotations_that_people_and_verifiers_rely_on(change: Any, rule: str, breaks: Breaks) -> None:
    report = with_claims(change)
    assert broken(report) == {rule, "major-not-raised"}
    assert found(report, rule).breaks is breaks


def test_a_label_is_told_and_breaks_nobody() -> None:
    def relabel(claims: Properties) -> None:
        claims["address"]["title"] = "经营场所"
        claims["compositionForm"]["x-enum-labels"]["个人经营"]["en"] = "By one person"

    report = with_claims(relabel)
    assert report.exit == 0
    told = {(finding.params["claim"], finding.params["annotation"]) for finding in report.findings}
    assert told == {("address", "title"), ("compositionForm", "x-enum-labels 个人经营")}


def test_the_national_code_is_part_of_every_identifier() -> None:
    report = judged_successor(lambda d: d["x-certx"].update(nationalCode="11100000MB0143028R009"))
    assert "national-code-changed" in broken(report)


def test_a_derived_claim_keeps_its_meaning() -> None:
    report = judged_successor(lambda d: d["x-certx"]["derived"][0].update(value=20))
    assert found(report, "derivation-changed").params["claim"] == "registeredCapitalAtLeast10"


def drop_code(document: dict[str, Any]) -> None:
    document["properties"]["compositionForm"]["enum"].remove("家庭经营")


def test_a_code_that_goes_is_told_with_the_licences_that_stand() -> None:
    code = "11100000MB0143028R001"
    assert found(judged_successor(drop_code, live={code: 7}), "code-removed").params["live"] == 7
    for live in (None, {}, {code: 0}):
        report = judged_successor(drop_code, live=live)
        assert "code-removed" not in broken(report)
        assert "old-licences-refused" in broken(report)


NEEDING = {
    ("business-premises", "keys/500000/scenarios/business-premises.json"),
    ("property-transfer", "keys/catalogue/scenario-property-transfer.json"),
}
"""A region's own matter and one for all, which need the location of real estate."""


def test_a_claim_that_a_scenario_needs_stays_and_stays_required() -> None:
    def judged_type(change: Callable[[dict[str, Any]], object]) -> Report:
        return judged(successor("real-estate-certificate", change))

    gone = judged_type(lambda d: (d["properties"].pop("location"), d["required"].remove("location")))
    findings = [finding for finding in gone.findings if finding.rule == "needed-claim-gone"]
    assert {finding.breaks for finding in findings} == {Breaks.SCENARIOS}
    assert {(finding.params["name"], finding.params["file"]) for finding in findings} == NEEDING
    optional = judged_type(lambda d: d["required"].remove("location"))
    told = [finding.params for finding in optional.findings if finding.rule == "needed-claim-optional"]
    assert {(params["name"], params["file"], params["claim"]) for params in told} == {
        (*needing, "location") for needing in NEEDING
    }


def test_an_agreement_that_counts_days_needs_the_last_day() -> None:
    agreement = "keys/500000/agreements/agr-500000-510000-1.json"
    tree = changed(SHIPPED, agreement, lambda d: d.update(conditions={"minRemainingDays": 30}))
    before = changed(tree, f"schemas/{TYPE}/1.0.json", lambda d: d["required"].append("expiringDate"))
    after = changed(
        before,
        f"schemas/{TYPE}/1.0.json",
        lambda d: d["required"].remove("expiringDate"),
        to=f"schemas/{TYPE}/1.1.json",
    )
    assert found(judged(after, before), "needed-claim-optional").params["name"] == "agr-500000-510000-1"


def test_a_licence_that_outgrows_its_code_breaks_what_holders_carry() -> None:
    tree = successor(TYPE, lambda d: d["properties"].update(motto=trademark(maxLength=2_000)))
    path = f"schemas/{TYPE}/valid/full.json"

    def grown(characters: int) -> Report:
        some = random.Random(7)  # noqa: S311 - text that does not compress, not for secrets
        text = "".join(chr(some.randrange(0x4E00, 0x9FA5)) for _ in range(characters))
        return judged(changed(tree, path, lambda d: d.update(motto=text)))

    assert "symbol-outgrown" not in {finding.rule for finding in grown(1).findings}
    noticed = found(grown(20), "symbol-outgrown")
    assert noticed.weight is Weight.NOTICE
    assert noticed.params["new_bytes"] > noticed.params["old_bytes"]
    outgrown = found(grown(200), "symbol-outgrown")
    assert (outgrown.weight, outgrown.breaks) == (Weight.BREAK, Breaks.HOLDERS)
    assert outgrown.params["new_codes"] == outgrown.params["old_codes"] + 1


def test_a_new_major_may_break_what_it_likes_and_is_told() -> None:
    tree = successor(TYPE, lambda d: d["properties"]["address"].update(maxLength=20), version="2.0")
    report = judged(tree)
    assert report.exit == 0
    assert found(report, "old-licences-refused").weight is Weight.NOTICE


def test_every_rule_has_its_words_in_both_languages_and_the_table_its_columns() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert {rule.id for rule in RULES if rule.weight is Weight.BREAK} == BREAKING
    assert gate_en.RULES.keys() == gate_zh.RULES.keys() >= {rule.id for rule in RULES}
