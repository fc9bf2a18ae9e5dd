"""A region's profile of a shared schema: its issuers keep it, and a counter elsewhere says what it does not know."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from certx.app.trust.review.folder import review_trust
from certx.credential.sdjwt import random_salts
from certx.errors import DocumentError
from certx.issue import IssuePlan
from certx.licence.rows import RowError
from certx.reason import Outcome, Reason, Result
from certx.schema.catalogue import require
from certx.schema.profile import profile_path, read_profile, with_profile
from certx.trust.roles import role_for
from world import CATALOGUE, KEY, NOW, SCHEMAS, SICHUAN, WORLD, decision, finding_of, full_row, verify

TYPE = "driving-licence"
PROFILE: dict[str, Any] = {
    "region": SICHUAN, "type": TYPE, "major": 1, "version": 1,
    "name": {"zh": "四川省扩展信息", "en": "Claims of Sichuan"},
    "requires": ["fileNumber"],
    "restricts": {"accumulatedPoints": {"maximum": 8}},
    "adds": {"safetyGrade": {"title": "安全等级", "x-title-en": "Safety grade", "enum": ["A", "B"]}},
    "requiresAdded": ["safetyGrade"],
}  # fmt: skip
OWN = {"x-510000": {"safetyGrade": "A"}}
SCHEMA = require(CATALOGUE, TYPE)


def plan(**changes: Any) -> IssuePlan:
    schema = with_profile(SCHEMA, read_profile({**PROFILE, **changes}, "p.json"), "p.json")
    return IssuePlan(schema, WORLD.issuer, KEY, salts=random_salts(), context=WORLD.context)


def issued(**cells: Any) -> str:
    made = plan()
    row = {name: value for name, value in {**full_row(TYPE), **OWN, **cells}.items() if value is not None}
    draft = made.draft(row, serial="TEST0001", issued_at=int(NOW))
    return made.sign(draft, licence_id=draft.licence_id, issued_at=int(NOW)).credential


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"fileNumber": None}, "schema-required"),
        ({"accumulatedPoints": 9}, "schema-maximum"),
        ({"x-510000": None}, "schema-required"),
        ({"x-510000": {"safetyGrade": "C"}}, "schema-enum"),
    ],
)
def test_issuers_of_the_region_keep_the_shared_schema_and_the_profile(cells: dict[str, Any], code: str) -> None:
    with pytest.raises(RowError) as caught:
        issued(**cells)
    assert [problem.code for problem in caught.value.problems] == [code]
    with pytest.raises(RowError):
        issued(vehicleClasses=["Z9"])  # of the shared schema


def test_a_counter_elsewhere_reads_what_it_knows_and_names_what_it_does_not() -> None:
    verdict = verify(issued())
    assert verdict.outcome is Outcome.ACCEPTED
    finding = finding_of(verdict, "schema")
    assert (finding.result, finding.reason) == (Result.WARNED, Reason.CLAIMS_NOT_KNOWN)
    assert finding.params == {"names": "x-510000.safetyGrade"}
    assert verdict.licence is not None
    assert verdict.licence.claims["fileNumber"] == "510100000001"


def test_the_region_s_own_claims_are_disclosed_as_the_holder_likes() -> None:
    from certx.credential.present import select  # noqa: PLC0415 - only here

    hidden = verify(select(issued(), [("fileNumber",)]))
    assert finding_of(hidden, "schema").result is Result.PASSED
    shown = verify(select(issued(), [("x-510000",)]))
    assert finding_of(shown, "schema").reason is Reason.CLAIMS_NOT_KNOWN


def test_names_of_unknown_claims_are_bounded() -> None:
    from world import forge  # noqa: PLC0415 - only here

    verdict = verify(forge(TYPE, **{f"y{'z' * 300}{number}": 1 for number in range(40)}))
    assert len(str(finding_of(verdict, "schema").params["names"])) < 16 * 82
    assert decision(verdict)[0] is Outcome.ACCEPTED


def test_claims_of_its_own_that_are_not_there_are_left_out_altogether() -> None:
    schema = with_profile(SCHEMA, read_profile({**PROFILE, "requiresAdded": []}, "p"), "p")
    document = json.loads((SCHEMAS / TYPE / "valid" / "full.json").read_bytes())
    assert schema.closed.is_valid(document)
    assert schema.closed.is_valid({**document, **OWN})
    assert not schema.closed.is_valid({**document, "x-510000": {}})


def test_a_profile_of_nothing_but_demands_adds_no_claim() -> None:
    schema = with_profile(SCHEMA, read_profile({**PROFILE, "adds": {}, "requiresAdded": []}, "p"), "p")
    assert "x-510000" not in schema.document["properties"]
    assert schema.vct == SCHEMA.vct


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"region": "510100"}, "profile-form"),
        ({"type": None}, "profile-form"),
        ({"adds": []}, "profile-form"),
        ({"adds": {"x-1": {}}, "requiresAdded": []}, "profile-form"),
        ({"adds": {"safetyGrade": True}}, "profile-form"),
        ({"requiresAdded": ["other"]}, "profile-form"),
        ({"since": "2026"}, "profile-form"),
        ({"restricts": {"fileNumber": {"$ref": "#"}}}, "schema-not-a-schema"),
        ({"adds": {"safetyGrade": {"pattern": "(a{200}){200}"}}}, "schema-not-a-schema"),
        ({"restricts": {"colour": {}}}, "profile-claim"),
        ({"requires": ["colour"]}, "profile-claim"),
        ({"major": 2}, "profile-of-another"),
    ],
)
def test_what_is_no_profile_of_this_schema_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        plan(**change)
    assert caught.value.code == code


def keys(tmp_path: Path, name: str = f"profile-{TYPE}.json", **changes: Any) -> set[str]:
    folder = tmp_path / "keys"
    (folder / SICHUAN).mkdir(parents=True, exist_ok=True)
    region = {"region": SICHUAN, "name": {"zh": "四川省", "en": "Sichuan"}, "issuers": []}
    (folder / SICHUAN / "keys.json").write_bytes(orjson.dumps(region))
    (folder / SICHUAN / name).write_bytes(orjson.dumps({**PROFILE, **changes}))
    return {problem.code for problem in review_trust(folder).problems}


def test_the_review_of_the_source_looks_at_profiles(tmp_path: Path) -> None:
    assert keys(tmp_path) == set()
    assert keys(tmp_path, region="500000") == {"profile-name"}
    assert keys(tmp_path, major=7) == {"profile-of-nothing"}
    assert keys(tmp_path, restricts={"colour": {}}) == {"profile-claim"}
    assert keys(tmp_path, legalBasis="") == {"schema-minLength"}
    assert keys(tmp_path) == set()
    assert keys(tmp_path, "profile-x.json") == {"profile-name"}


def test_it_lies_where_its_region_may_sign() -> None:
    assert role_for(profile_path(SICHUAN, TYPE)) == f"region-{SICHUAN}"
