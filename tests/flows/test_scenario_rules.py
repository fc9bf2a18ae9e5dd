"""What a matter asks for, rule by rule: each test breaks one, by a licence that is genuine and recognised."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from certx.credential.parse import parse
from certx.credential.present import bind, select
from certx.errors import DocumentError
from certx.evidence import Expectation
from certx.keys import new_signer
from certx.licence.model import day_ends_at, day_starts_at
from certx.licence.paths import format_path, parse_path
from certx.reason import Finding, Outcome, Reason, Result
from certx.recognition.scenario import MAX_BYTES, Scenario, read_scenario, scenario_of, scenarios_of
from certx.verdict import Verdict
from world import (
    AGREEMENT,
    CHONGQING,
    DAY,
    NOW,
    STATUS_URI,
    MemoryFiles,
    decision,
    finding_of,
    forge,
    full_row,
    issue,
    issue_row,
    status_list,
    verify,
)

ROOT = Path(__file__).parents[2]
HOLDER = new_signer("ES256")
GOOD = issue("driving-licence")
DOCUMENT: dict[str, Any] = {
    "id": "renewal",
    "version": 2,
    "name": {"zh": "换证"},
    "matter": "example-0002",
    "types": ["driving-licence"],
    "requires": ["fileNumber", "vehicleClasses", "holders[*].name"],
    "constraints": {"properties": {"accumulatedPoints": {"exclusiveMaximum": 12}}},
    "holderBinding": False,
    "from": "2026-01-01",
    "to": "2026-12-31",
}
ASKED = Expectation(scenario="renewal")
PATH = f"regions/{CHONGQING}/scenarios/renewal.json"


def scenario(**changes: Any) -> Scenario:
    document = {**DOCUMENT, **changes}
    return read_scenario({name: value for name, value in document.items() if value is not None}, "renewal.json")


def judge(text: str = GOOD, **changes: Any) -> Verdict:
    return verify(text, scenarios={"renewal": scenario(**changes)}, expectation=ASKED)


def asked_of(verdict: Verdict) -> Finding:
    return finding_of(verdict, "scenario")


def test_a_licence_that_shows_what_the_matter_asks_for_is_accepted() -> None:
    verdict = judge()
    assert (verdict.outcome, verdict.scenario) == (Outcome.ACCEPTED, "renewal")
    finding = asked_of(verdict)
    assert (finding.result, finding.reason) == (Result.PASSED, Reason.SCENARIO_MET)
    assert finding.params == {"scenario": "renewal", "version": 2}


def test_where_no_matter_is_named_nothing_more_is_asked() -> None:
    verdict = verify(GOOD, scenarios={"renewal": scenario(types=["identity-card"])})
    assert (verdict.outcome, verdict.scenario) == (Outcome.ACCEPTED, None)
    assert (asked_of(verdict).result, asked_of(verdict).reason) == (Result.NOT_RUN, Reason.NO_SCENARIO)


def test_a_matter_that_the_region_does_not_know_leaves_it_open() -> None:
    verdict = verify(GOOD, expectation=Expectation(scenario="unheard-of"))
    assert decision(verdict) == (Outcome.UNDETERMINED, Reason.SCENARIO_UNKNOWN, "scenario")
    assert verdict.scenario == "unheard-of"


def test_a_scenario_that_cannot_be_read_leaves_it_open() -> None:
    defect = DocumentError("scenario-form", file="renewal.json", detail="types")
    verdict = verify(GOOD, scenarios={"renewal": defect}, expectation=ASKED)
    assert decision(verdict) == (Outcome.UNDETERMINED, Reason.SCENARIO_UNREADABLE, "scenario")


def test_a_type_that_does_not_serve_is_not_acceptable() -> None:
    verdict = judge(types=["vehicle-licence", "identity-card"])
    assert decision(verdict) == (Outcome.NOT_ACCEPTABLE, Reason.SCENARIO_TYPE, "scenario")
    assert asked_of(verdict).params["types"] == "identity-card, vehicle-licence"


@pytest.mark.parametrize(
    ("now", "outcome"),
    [
        (day_starts_at("2026-06-01") - 1, Outcome.NOT_ACCEPTABLE),
        (day_starts_at("2026-06-01"), Outcome.ACCEPTED),
        (day_ends_at("2026-06-30") - 1, Outcome.ACCEPTED),
        (day_ends_at("2026-06-30"), Outcome.NOT_ACCEPTABLE),
    ],
)
def test_a_scenario_counts_from_its_first_to_its_last_day(now: float, outcome: Outcome) -> None:
    text = issue("driving-licence", issued_at=now - 86_400)
    found = {"renewal": scenario(**{"from": "2026-06-01", "to": "2026-06-30"})}
    verdict = verify(text, now=now, signed_at=now, scenarios=found, expectation=ASKED)
    assert verdict.outcome is outcome
    if outcome is not Outcome.ACCEPTED:
        assert decision(verdict)[1] is Reason.SCENARIO_OUT_OF_DATE


def test_a_required_claim_that_is_not_shown_is_named() -> None:
    shown = select(GOOD, [("holders",), ("sex",)])
    verdict = judge(shown)
    assert decision(verdict) == (Outcome.NOT_ACCEPTABLE, Reason.CLAIM_MISSING, "scenario")
    assert asked_of(verdict).params["name"] == "fileNumber, vehicleClasses"


def test_a_required_claim_that_the_licence_does_not_have_is_named() -> None:
    verdict = judge(requires=["fileNumber", "holders[*].nickname", "holders[1].name", "fileNumber.part", "sex[0]"])
    assert asked_of(verdict).params["name"] == "holders[*].nickname, holders[1].name, fileNumber.part, sex[0]"


def test_a_constraint_that_is_broken_is_told_by_its_place_and_not_by_its_value() -> None:
    verdict = judge(constraints={"properties": {"accumulatedPoints": {"exclusiveMaximum": 3}}})
    assert decision(verdict) == (Outcome.NOT_ACCEPTABLE, Reason.SCENARIO_NOT_MET, "scenario")
    assert asked_of(verdict).params == {
        "scenario": "renewal", "version": 2, "at": "accumulatedPoints", "rule": "exclusiveMaximum",
    }  # fmt: skip


_FEW_POINTS = {"properties": {"accumulatedPoints": {"exclusiveMaximum": 3}}}


@pytest.mark.parametrize(
    "constraints",
    [
        _FEW_POINTS,
        {"allOf": [_FEW_POINTS]},
        {"not": {"properties": {"accumulatedPoints": {"minimum": 3}}, "required": ["accumulatedPoints"]}},
        {"if": {"required": ["accumulatedPoints"]}, "then": _FEW_POINTS},
    ],
)
def test_a_constraint_cannot_be_evaded_by_not_showing_the_claim(constraints: dict[str, Any]) -> None:
    asked = {"requires": ["fileNumber"], "constraints": constraints}
    verdict = judge(select(GOOD, [("fileNumber",)]), **asked)
    assert decision(verdict) == (Outcome.NOT_ACCEPTABLE, Reason.CLAIM_MISSING, "scenario")
    assert asked_of(verdict).params["name"] == "accumulatedPoints"
    hides_another = select(GOOD, [("fileNumber",), ("accumulatedPoints",)])
    assert decision(judge(hides_another, **asked))[1] is Reason.SCENARIO_NOT_MET
    without = issue("driving-licence", accumulatedPoints=None)
    assert judge(without, **asked).outcome is Outcome.ACCEPTED


def test_a_broken_matter_never_hides_that_a_licence_is_invalid() -> None:
    verdict = verify(GOOD, scenarios={"renewal": scenario(types=[])}, expectation=ASKED, listed_key=None)
    assert verdict.outcome is Outcome.INVALID


def chain(length: int) -> dict[str, Any]:
    links = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n - 1}"}] * 2} for n in range(1, length)}
    return {"$defs": {"a0": {}, **links}, "$ref": f"#/$defs/a{length - 1}"}


BROKEN: list[dict[str, Any]] = [
    {"type": "licence"},
    {"properties": 7},
    {"properties": {"sex": {"pattern": "("}}},
    {"properties": {"sex": {"pattern": "(?=a)b"}}},
    {"properties": {"sex": {"pattern": "(a{1000}){1000}"}}},
    {"properties": {"sex": {"pattern": "(a{100}){100}"}}},
    {"properties": {"sex": {"pattern": "a{201}"}}},
    {"properties": {"sex": {"pattern": "a{ ,201}"}}},
    {"properties": {"sex": {"allOf": [{"pattern": f"a{n}"} for n in range(65)]}}},
    {"patternProperties": {f"{'a' * 100}{n}": {} for n in range(41)}},
    {"$ref": "https://example.org/schema.json"},
    {"$ref": "#"},
    {"$ref": "#/$defs/none"},
    {"properties": {"sex": {"$dynamicRef": "#x"}}},
    {"required": "sex"},
    chain(60),
]


@pytest.mark.parametrize("constraints", BROKEN, ids=lambda value: str(value)[:40])
def test_constraints_that_are_no_schema_leave_it_open(constraints: dict[str, Any]) -> None:
    verdict = judge(constraints=constraints)
    assert decision(verdict) == (Outcome.UNDETERMINED, Reason.SCENARIO_UNREADABLE, "scenario")


@pytest.mark.parametrize(
    "constraints",
    [
        {"properties": {"address": {"pattern": "^(.*.*.*.*.*)*x$"}}},
        {"propertyNames": {"pattern": "^(([a-z])+.)+[A-Z]$"}},
    ],
)
def test_a_pattern_that_would_keep_others_busy_takes_no_time(constraints: dict[str, Any]) -> None:
    verdict = judge(issue("driving-licence", address="四川省" * 60), constraints=constraints)
    assert decision(verdict)[1] is Reason.SCENARIO_NOT_MET


def test_what_is_asked_of_a_scenario_of_full_size_is_refused_at_once() -> None:
    pattern = r"[\p{L}]{1,190}"
    constraints = {"properties": {f"p{n}": {"pattern": pattern} for n in range(1_400)}}
    assert len(json.dumps(constraints)) < MAX_BYTES
    began = time.perf_counter()
    assert decision(judge(constraints=constraints))[1] is Reason.SCENARIO_UNREADABLE
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("pattern", [r"^\p{Han}+$", "^[0-9]{17}[0-9X]$", "商业|商务|办公", "^.{1,100}$", r"\w{1,20}"])
def test_patterns_as_offices_need_them_are_taken(pattern: str) -> None:
    found = scenario(constraints={"properties": {f"p{n}": {"pattern": pattern, "format": "date"} for n in range(30)}})
    assert found.queries["licence"].broken_in({}) is None


MALFORMED: list[dict[str, Any]] = [
    {"id": None}, {"id": 7}, {"version": None}, {"version": True}, {"matter": None}, {"types": None},
    {"types": "driving-licence"}, {"types": [7]}, {"requires": "sex"}, {"requires": ["holders[x]"]}, {"requires": [""]},
    {"constraints": []}, {"constraints": True}, {"from": "soon"}, {"to": 7}, {"allowed": ["sex"]},
]  # fmt: skip


@pytest.mark.parametrize("change", MALFORMED, ids=str)
def test_what_is_no_scenario_is_a_document_error(change: dict[str, Any]) -> None:
    with pytest.raises(DocumentError) as caught:
        scenario(**change)
    assert (caught.value.code, caught.value.params["file"]) == ("scenario-form", "renewal.json")


def files(data: bytes) -> MemoryFiles:
    return MemoryFiles({PATH: data, f"regions/{CHONGQING}/keys.json": b"{}"})


def test_the_scenario_is_that_of_the_region_and_of_its_id() -> None:
    data = json.dumps(DOCUMENT).encode()
    found = scenario_of(files(data), CHONGQING, "renewal")
    assert found is not None
    assert found.id == "renewal"
    for region, name in ((CHONGQING, "other"), ("510000", "renewal"), (CHONGQING, "../keys"), (CHONGQING, "")):
        assert scenario_of(files(data), region, name) is None
    for bad in (b"{", json.dumps({**DOCUMENT, "id": "other"}).encode(), data + b" " * MAX_BYTES):
        with pytest.raises(DocumentError):
            scenario_of(files(bad), CHONGQING, "renewal")


def test_the_agreement_and_the_scenario_are_asked_about_the_same_matter() -> None:
    agreement = AGREEMENT._replace(scenarios=frozenset({"renewal"}))
    found = {"renewal": scenario()}
    assert verify(GOOD, agreements=[agreement], scenarios=found, expectation=ASKED).outcome is Outcome.ACCEPTED
    assert decision(verify(GOOD, agreements=[agreement]))[1] is Reason.AGREEMENT_OTHER_MATTER


@pytest.mark.parametrize(("days", "outcome"), [(3_512, Outcome.ACCEPTED), (3_513, Outcome.NOT_ACCEPTABLE)])
def test_what_remains_is_counted_to_the_last_day_of_the_licence(days: int, outcome: Outcome) -> None:
    agreement = AGREEMENT._replace(min_remaining_days=days)  # 2036-01-12 is 3512 days after 2026-06-01
    assert verify(GOOD, agreements=[agreement]).outcome is outcome


def test_a_licence_for_ever_has_always_enough_before_it() -> None:
    agreement = AGREEMENT._replace(min_remaining_days=36_500)
    for last_day, outcome in (("长期", Outcome.ACCEPTED), ("2046-01-04", Outcome.NOT_ACCEPTABLE)):
        text = issue("business-licence", expiringDate=last_day)
        assert verify(text, agreements=[agreement]).outcome is outcome


EXAMPLES = sorted([*(ROOT / "keys").glob("*/scenarios/*.json"), *(ROOT / "keys").glob("catalogue/*.json")])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_scenarios_ask_for_what_a_full_licence_shows(path: Path) -> None:
    found = read_scenario(json.loads(path.read_bytes()), path.name)
    for licence_type in found.types:
        text = issue(licence_type)
        query = found.query_for(licence_type, parse(text).claims)
        assert query is not None
        assert query.missing_in(parse(text).claims) == []
        verdict = verify(issue(licence_type), scenarios={found.id: found}, expectation=Expectation(scenario=found.id))
        assert decision(verdict)[1] in {
            None, Reason.SCENARIO_NOT_MET, Reason.SCENARIO_HOLDER_NOT_PROVEN, Reason.SCENARIO_STATUS_TOO_OLD,
        }  # fmt: skip


def test_more_than_ten_scenarios_are_shipped() -> None:
    assert len(EXAMPLES) > 10


def presented(*paths: str, nonce: str | None = None) -> str:
    """The licence of a holder with a key, of which some claims are shown; for this request if it has a nonce."""
    row = {**full_row("driving-licence"), "holderKey": HOLDER.public_jwk}
    text = select(issue_row("driving-licence", row), [parse_path(path) for path in paths])
    return text if nonce is None else bind(text, HOLDER, audience="counter", nonce=nonce, issued_at=int(NOW))


def test_a_matter_that_needs_the_holder_refuses_a_licence_that_anybody_could_show() -> None:
    text = presented("fileNumber", "vehicleClasses", "accumulatedPoints", "holders[*]")
    bare = judge(text, holderBinding=None)
    assert decision(bare) == (Outcome.NOT_ACCEPTABLE, Reason.SCENARIO_HOLDER_NOT_PROVEN, "key-binding")
    assert judge(text).outcome is Outcome.ACCEPTED
    assert finding_of(judge(text), "key-binding").reason is Reason.HOLDER_NOT_PROVEN


def test_a_holder_who_proves_it_for_this_request_is_accepted() -> None:
    text = presented("fileNumber", "vehicleClasses", "accumulatedPoints", "holders[*]", nonce="n")
    expected = Expectation(scenario="renewal", nonce="n", audience="counter")
    found = {"renewal": scenario(holderBinding=True)}
    assert verify(text, scenarios=found, expectation=expected).outcome is Outcome.ACCEPTED
    other = expected._replace(nonce="m")
    assert decision(verify(text, scenarios=found, expectation=other))[1] is Reason.KEY_BINDING_NONCE_WRONG


@pytest.mark.parametrize(("days", "outcome"), [(3_512, Outcome.ACCEPTED), (3_513, Outcome.NOT_ACCEPTABLE)])
def test_a_matter_asks_for_days_that_remain(days: int, outcome: Outcome) -> None:
    verdict = judge(conditions={"minRemainingDays": days})
    assert verdict.outcome is outcome
    if outcome is Outcome.NOT_ACCEPTABLE:
        assert decision(verdict)[1:] == (Reason.SCENARIO_REMAINING_TOO_SHORT, "scenario")


@pytest.mark.parametrize(("days", "outcome"), [(2, Outcome.ACCEPTED), (1, Outcome.UNDETERMINED)])
def test_a_matter_asks_for_a_recent_registry(days: int, outcome: Outcome) -> None:
    found = {"renewal": scenario(conditions={"maxRegistryAgeDays": days})}
    verdict = verify(GOOD, scenarios=found, expectation=ASKED, signed_at=NOW - 2 * DAY)
    assert verdict.outcome is outcome
    unsigned = verify(GOOD, scenarios=found, expectation=ASKED, signed_at=None)
    assert decision(unsigned)[1:] == (Reason.SCENARIO_REGISTRY_TOO_OLD, "scenario")


@pytest.mark.parametrize(("days", "outcome"), [(2, Outcome.ACCEPTED), (1, Outcome.UNDETERMINED)])
def test_a_matter_asks_for_a_recent_status(days: int, outcome: Outcome) -> None:
    text = forge("driving-licence", status={"status_list": {"idx": 3, "uri": STATUS_URI}})
    lists = {STATUS_URI: status_list({}, issued_at=NOW - 2 * DAY)}
    found = {"renewal": scenario(conditions={"maxStatusAgeDays": days})}
    assert verify(text, scenarios=found, expectation=ASKED, status_lists=lists).outcome is outcome
    assert decision(verify(GOOD, scenarios=found, expectation=ASKED))[1] is Reason.SCENARIO_STATUS_TOO_OLD


def test_where_the_paper_is_not_waived_the_clerk_is_told() -> None:
    verdict = judge(paperWaived=False)
    assert (verdict.outcome, asked_of(verdict).reason) == (Outcome.ACCEPTED, Reason.SCENARIO_PAPER_NEEDED)
    assert asked_of(judge(paperWaived=True)).reason is Reason.SCENARIO_MET


def test_what_is_shown_beyond_what_the_matter_allows_is_reported() -> None:
    enough = judge(presented("fileNumber", "vehicleClasses", "accumulatedPoints", "holders[*]"))
    assert finding_of(enough, "extent") == Finding(
        "extent", Result.WARNED, Reason.OVER_DISCLOSED, {"scenario": "renewal", "names": "accumulatedPoints"}
    )
    allowed = judge(
        presented("fileNumber", "vehicleClasses", "accumulatedPoints", "holders[*]"),
        allows=["fileNumber", "vehicleClasses", "holders[*]", "accumulatedPoints"],
    )
    assert finding_of(allowed, "extent").result is Result.PASSED
    everything = finding_of(judge(), "extent")
    assert everything.params["names"] == (
        "accumulatedPoints, address, birthDate, certificateNumber, firstIssueDate, mayDriveB2, mayDriveC1, "
        "nationality, photoDigest, sex"
    )
    assert judge().outcome is Outcome.ACCEPTED, "it is reported, not held against the holder"


def test_no_extent_is_judged_where_no_matter_is_named() -> None:
    assert "extent" not in {finding.check for finding in verify(GOOD).findings}
    unknown = verify(GOOD, scenarios={}, expectation=ASKED)
    assert finding_of(unknown, "extent").result is Result.NOT_RUN


def test_part_of_a_claim_is_not_more_than_the_claim() -> None:
    query = scenario(allows=["fileNumber", "vehicleClasses", "holders[*].name", "address.city"]).queries["licence"]
    for shown in (("address",), ("address", "city"), ("holders", 3), ("holders", 0, "name"), ("fileNumber", "x")):
        assert not query.over_disclosed([shown]), shown
    needless = query.over_disclosed([("address", "street"), ("holders", 1, "code")])
    assert sorted(map(format_path, needless)) == [
        "address.street",
        "holders[*].code",
    ]


@pytest.mark.parametrize("allows", [[], ["fileNumber"], ["fileNumber", "vehicleClasses", "holders[0].name"]])
def test_a_scenario_that_requires_more_than_it_allows_is_none(allows: list[str]) -> None:
    with pytest.raises(DocumentError) as caught:
        scenario(allows=allows)
    assert caught.value.code == "scenario-asks-more"


TWO: dict[str, Any] = {
    "types": None, "requires": None, "constraints": None, "holderBinding": None,
    "credentials": [
        {"id": "first", "types": ["driving-licence"], "requires": ["sex", "fileNumber"], "holderBinding": False},
        {"id": "second", "types": ["driving-licence", "identity-card"], "requires": ["sex"], "holderBinding": False},
    ],
}  # fmt: skip


def test_a_licence_is_held_against_the_query_that_it_answers() -> None:
    for text, query in ((GOOD, "first"), (issue("identity-card"), "second"), (presented("sex"), "second")):
        finding = asked_of(judge(text, **TWO))
        assert (finding.reason, finding.params["query"]) == (Reason.SCENARIO_MET, query)
    nothing = asked_of(judge(presented("fileNumber"), **TWO))
    assert (nothing.reason, nothing.params["query"]) == (Reason.CLAIM_MISSING, "first")
    assert asked_of(judge(issue("business-licence"), **TWO)).reason is Reason.SCENARIO_TYPE


def test_what_serves_together() -> None:
    assert scenario(**TWO).is_served_by(["first", "second"])
    assert not scenario(**TWO).is_served_by(["first"])
    either = scenario(**TWO, credentialSets=[{"options": [["first"], ["second"]]}])
    assert either.is_served_by(["second"])
    assert not either.is_served_by([])
    assert scenario(**TWO, credentialSets=[{"options": [["first"]], "required": False}]).is_served_by([])


SEVERAL_MALFORMED: list[dict[str, Any]] = [
    {"credentials": []}, {"credentials": [*TWO["credentials"]] * 2}, {"credentials": [{"types": ["x"]}]},
    {"credentials": [{"id": "A", "types": ["x"]}]}, {"credentials": [{"id": "a", "types": ["x"], "matter": "x"}]},
    {"credentials": [{"id": f"q{n}", "types": ["x"]} for n in range(17)]}, {"types": ["x"]},
    {"credentialSets": [{"options": []}]}, {"credentialSets": [{"options": [[]]}]},
    {"credentialSets": [{"options": [["third"]]}]}, {"credentials": None, "credentialSets": [], "types": ["x"]},
]  # fmt: skip


@pytest.mark.parametrize("change", SEVERAL_MALFORMED, ids=str)
def test_what_asks_for_several_licences_in_no_known_way_is_no_scenario(change: dict[str, Any]) -> None:
    with pytest.raises(DocumentError) as caught:
        scenario(**{**TWO, **change})
    assert caught.value.code == "scenario-form"


def test_the_federation_s_scenario_serves_where_the_region_has_none_of_its_own() -> None:
    shared = {"catalogue/scenario-renewal.json": json.dumps({**DOCUMENT, "version": 9}).encode()}
    keys = {f"regions/{CHONGQING}/keys.json": b"{}"}
    found = scenario_of(MemoryFiles(shared | keys), CHONGQING, "renewal")
    assert found is not None
    assert found.version == 9
    own = MemoryFiles(shared | keys | {PATH: json.dumps(DOCUMENT).encode()})
    assert [(one.id, one.version) for one in scenarios_of(own, CHONGQING)] == [("renewal", 2)]
    assert scenario_of(MemoryFiles({"catalogue/limits.json": b"{}"} | keys), CHONGQING, "limits") is None


@pytest.mark.parametrize("hidden", [0, 1])
def test_what_is_asked_of_each_is_asked_of_those_that_the_holder_keeps_back(hidden: int) -> None:
    whole = issue("real-estate-certificate")
    asked = {"types": ["real-estate-certificate"], "requires": ["holders[*].name"], "constraints": None}
    assert len(parse(whole).claims["holders"]) > 1
    assert judge(whole, **asked).outcome is Outcome.ACCEPTED
    one_owner = select(whole, [parse_path(f"holders[{hidden}]")])
    assert len(parse(one_owner).claims["holders"]) == 1
    verdict = judge(one_owner, **asked)
    assert verdict.outcome is Outcome.NOT_ACCEPTABLE
    finding = asked_of(verdict)
    assert (finding.reason, finding.params["name"]) == (Reason.CLAIM_MISSING, "holders[*].name")
    assert judge(one_owner, **{**asked, "requires": ["holders[0].name"]}).outcome is Outcome.ACCEPTED
