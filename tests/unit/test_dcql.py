"""Scenarios in the language of wallets, out and in (OpenID4VP 1.0, section 6)."""

import json
from pathlib import Path
from typing import Any

import pytest

from certx.app.recognition.scenarios import Asked, draft_scenario, query_for_wallets
from certx.errors import DocumentError, UsageError
from certx.recognition.dcql import from_dcql
from certx.recognition.scenario import Scenario, read_scenario
from world import CATALOGUE

HEAD = {"id": "x", "version": 1, "name": {"zh": "某事项"}, "matter": "x"}
KEYS = Path(__file__).parents[2] / "keys"
SHIPPED = sorted([*KEYS.glob("catalogue/scenario-*.json"), *KEYS.glob("*/scenarios/*.json")])


def scenario(**asked: Any) -> Scenario:
    return read_scenario({**HEAD, **asked}, "x.json")


def test_one_licence_with_claims_that_are_required_and_allowed() -> None:
    found = scenario(
        types=["driving-licence"], requires=["fileNumber", "holders[*].name"],
        allows=["fileNumber", "holders[*].name", "sex", "vehicleClasses[0]"],
        constraints={"properties": {"sex": {"const": "1"}, "fileNumber": {"enum": ["1", "2"], "minLength": 1}}},
    )  # fmt: skip
    assert query_for_wallets(found, CATALOGUE) == {
        "credentials": [
            {
                "id": "licence",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["urn:certx:licence:driving-licence:1"]},
                "require_cryptographic_holder_binding": True,
                "claim_sets": [["c0", "c1"], ["c0", "c1", "c2", "c3"]],
                "claims": [
                    {"path": ["fileNumber"], "id": "c0"},
                    {"path": ["holders", None, "name"], "id": "c1"},
                    {"path": ["sex"], "values": ["1"], "id": "c2"},
                    {"path": ["vehicleClasses", 0], "id": "c3"},
                ],
            }
        ]
    }


def test_several_licences_of_which_some_serve_together() -> None:
    found = scenario(
        credentials=[
            {"id": "a", "types": ["identity-card", "driving-licence"], "requires": ["sex"], "holderBinding": False},
            {"id": "b", "types": ["marriage-certificate"]},
        ],
        credentialSets=[{"options": [["a"], ["a", "b"]], "required": False}],
    )
    query = query_for_wallets(found, CATALOGUE)
    assert query["credential_sets"] == [{"options": [["a"], ["a", "b"]], "required": False}]
    first, second = query["credentials"]
    vcts = ["urn:certx:licence:driving-licence:1", "urn:certx:licence:identity-card:1"]
    assert (first["meta"]["vct_values"], first["require_cryptographic_holder_binding"]) == (vcts, False)
    assert "claims" not in second, "nothing that is disclosed one by one is asked for"
    assert "claim_sets" not in second


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_is_shown_survives_there_and_back(path: Path) -> None:
    found = read_scenario(json.loads(path.read_bytes()), path.name)
    query = query_for_wallets(found, CATALOGUE)
    back = read_scenario({**HEAD, **from_dcql(json.loads(json.dumps(query)), "q.json")}, "x.json")
    assert query_for_wallets(back, CATALOGUE) == query
    for one, other in zip(found.queries.values(), back.queries.values(), strict=True):
        assert (one.id, one.types, one.requires, one.holder_binding) == (
            other.id, other.types, other.requires, other.holder_binding,
        )  # fmt: skip
        assert {*one.requires, *one.allows} == set(other.allows)
    assert found.sets == back.sets


ONE: dict[str, Any] = {
    "id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:certx:licence:identity-card:1"]},
    "claims": [{"id": "s", "path": ["sex"], "values": ["2"]}, {"id": "a", "path": ["ageOver18"], "values": [True]}],
}  # fmt: skip


def test_what_a_wallet_s_query_asks_is_asked() -> None:
    read = scenario(**from_dcql({"credentials": [ONE]}, "q.json")).queries["licence"]
    assert read.holder_binding, "the default of section 6.1"
    assert read.missing_in({"sex": "2"}) == ["ageOver18"]
    assert read.broken_in({"sex": "1", "ageOver18": True}) == ("sex", "enum")
    assert read.broken_in({"sex": "2", "ageOver18": True}) is None


def test_only_what_each_claim_set_has_is_required() -> None:
    query = {"credentials": [{**ONE, "claim_sets": [["a"], ["s", "a"]]}]}
    read = scenario(**from_dcql(query, "q.json")).queries["licence"]
    assert (read.requires, read.allows) == ((("ageOver18",),), (("sex",), ("ageOver18",)))


def test_ids_become_ids_of_ours() -> None:
    query = {"credentials": [{**ONE, "id": "My_PID"}], "credential_sets": [{"options": [["My_PID"]]}]}
    assert scenario(**from_dcql(query, "q.json")).sets[0].options == (("my-pid",),)


REFUSED: list[dict[str, Any]] = [
    {"format": "mso_mdoc"}, {"multiple": True}, {"trusted_authorities": []}, {"meta": {}}, {"id": None},
    {"meta": {"vct_values": ["https://example.com/pid"]}}, {"claims": [{"path": []}]}, {"claims": [{"path": [-1]}]},
    {"claims": [{"path": [1.5]}]}, {"claims": [{"path": [True]}]}, {"claims": [{"path": ["sex"], "values": []}]},
    {"claims": [{"path": ["sex"], "values": [1.5]}]}, {"claims": [{"path": ["sex"], "values": [{}]}]},
    {"claims": [{"path": ["holders", None, "name"], "values": ["x"]}]}, {"claims": []}, {"claims": None},
    {"claim_sets": []}, {"claim_sets": [["z"]]}, {"claims": [{"path": ["sex"]}], "claim_sets": [["s"]]},
    {"claim_sets": [["s"], ["a"]]}, {"claims": [{"path": ["sex"]}] * 2}, {"id": "a.b"}, {"id": ""}, {"multiple": "no"},
    {"claims": [{"id": "s", "path": ["sex"]}, {"id": "s", "path": ["birthDate"]}]}, {"meta": {"vct_values": []}},
    {"claims": [{"id": "s s", "path": ["sex"]}]}, {"require_cryptographic_holder_binding": "no"},
    {"trusted_authorities": [{"type": "aki", "values": ["x"]}]},
]  # fmt: skip


@pytest.mark.parametrize("change", REFUSED, ids=str)
def test_what_a_scenario_has_no_word_for_is_refused_and_never_cut_down(change: dict[str, Any]) -> None:
    with pytest.raises(DocumentError) as caught:
        from_dcql({"credentials": [{**ONE, **change}]}, "q.json")
    assert (caught.value.code, caught.value.params["file"]) == ("dcql-form", "q.json")


@pytest.mark.parametrize(
    "query",
    [
        {}, {"credentials": []}, {"credentials": None}, {"credentials": [{**ONE, "id": f"q{n}"} for n in range(17)]},
        {"credentials": [ONE] * 2}, {"credentials": [ONE], "credential_sets": None},
        {"credentials": [ONE, {**ONE, "id": "PID"}]}, {"credentials": [ONE], "credential_sets": []},
        {"credentials": [ONE], "credential_sets": [{"options": []}]},
        {"credentials": [ONE], "credential_sets": [{"options": [[]]}]},
        {"credentials": [ONE], "credential_sets": [{"options": [["other"]]}]},
        {"credentials": [ONE], "credential_sets": [{"options": [["pid"]], "required": "yes"}]},
    ],
)  # fmt: skip
def test_a_document_of_another_kind_is_refused(query: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        from_dcql(query, "q.json")


def test_properties_that_the_standard_does_not_have_are_passed_over() -> None:
    """OpenID4VP 1.0, section 6: "Implementations MUST ignore any unknown properties"."""
    claims = [{**claim, "purpose": "x"} for claim in ONE["claims"]]
    sets = [{"options": [["pid"]], "purpose": "x"}]
    more = {"credentials": [{**ONE, "claims": claims, "x": 1}], "credential_sets": sets, "y": 2}
    plain = {"credentials": [ONE], "credential_sets": [{"options": [["pid"]]}]}
    assert from_dcql(more, "q.json") == from_dcql(plain, "q.json")


def test_a_query_that_says_multiple_no_is_taken() -> None:
    assert from_dcql({"credentials": [{**ONE, "multiple": False}]}, "q.json")["types"] == ["identity-card"]


ASKED = Asked("x", "0001", "某事项", types=["driving-licence"], requires=["fileNumber"])


def test_a_scenario_is_written_by_what_was_asked(tmp_path: Path) -> None:
    asked = ASKED._replace(name_en="X", allows=["fileNumber", "sex"], holder_binding=False, min_remaining_days=0)
    assert draft_scenario(asked, CATALOGUE) == {
        "id": "x", "version": 1, "name": {"zh": "某事项", "en": "X"}, "matter": "0001", "types": ["driving-licence"],
        "requires": ["fileNumber"], "allows": ["fileNumber", "sex"], "holderBinding": False,
        "conditions": {"minRemainingDays": 0},
    }  # fmt: skip
    path = tmp_path / "q.json"
    path.write_text(json.dumps({"credentials": [ONE]}))
    written = draft_scenario(Asked("x", "0001", "某事项", dcql=path), CATALOGUE)
    assert read_scenario(written, "x.json").types == {"identity-card"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_scenario_is_written_like_another(path: Path) -> None:
    written = draft_scenario(Asked("x", "0001", "某事项", like=path, first_day="2026-02-01"), CATALOGUE)
    document = json.loads(path.read_bytes())
    head = {"id": "x", "version": 1, "name": {"zh": "某事项"}, "matter": "0001", "from": "2026-02-01"}
    assert written == {**{name: document[name] for name in document if name != "legalBasis"}, **head}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (ASKED._replace(types=[]), "scenario-no-types"),
        (ASKED._replace(types=["x"]), "type-unknown"),
        (ASKED._replace(dcql=Path("q.json")), "scenario-dcql-alone"),
        (ASKED._replace(like=Path("q.json")), "scenario-dcql-alone"),
        (Asked("x", "0001", "某事项", like=Path("q.json"), dcql=Path("q.json")), "scenario-dcql-alone"),
        (ASKED._replace(requires=["vehicleClasses"]), "scenario-claim-in-parts"),
        (ASKED._replace(requires=["colour"]), "scenario-claim-unknown"),
        (ASKED._replace(allows=["sex"]), "scenario-asks-more"),
        (ASKED._replace(scenario_id="X"), "scenario-form"),
        (ASKED._replace(first_day="soon"), "scenario-form"),
    ],
)
def test_what_could_not_be_published_is_not_written(asked: Asked, code: str) -> None:
    with pytest.raises((DocumentError, UsageError)) as caught:
        draft_scenario(asked, CATALOGUE)
    assert caught.value.code == code
