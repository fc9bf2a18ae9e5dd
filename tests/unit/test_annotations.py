"""What the schemas say about columns, labels, disclosure and derived facts."""

import copy
import json
from typing import Any

import pytest

from certx.credential.constants import ENVELOPE_CLAIMS, PLAIN_CLAIMS
from certx.errors import DocumentError
from certx.licence.cells import Kind
from certx.licence.model import day_starts_at
from certx.licence.rows import RowReader
from certx.schema.annotations import Derivation
from certx.schema.catalogue import LicenceSchema, SchemaVersion, latest, require, split_vct
from certx.schema.files import FolderCatalogue
from certx.schema.frame import Frame
from certx.schema.shape import RESERVED_COLUMNS
from world import CATALOGUE, SCHEMAS, TYPES, examples, issue, table_rows

CORE = json.loads((SCHEMAS / "core" / "1.0.json").read_bytes())
FORBIDDEN = {*PLAIN_CLAIMS, *ENVELOPE_CLAIMS, "_sd", "...", "_sd_alg", "certificateIdentifier"}


def document_of(licence_type: str) -> Any:
    return json.loads((SCHEMAS / licence_type / "1.0.json").read_bytes())


def changed(**annotation: Any) -> LicenceSchema:
    """The schema of the business licence with some of its annotation changed."""
    document = copy.deepcopy(document_of("business-licence"))
    document["x-certx"] |= annotation
    return LicenceSchema(document, CORE)


def concealable(frame: Frame) -> set[str]:
    inner = {name for child in frame.children.values() for name in concealable(child)}
    return {*frame.selective, *frame.elements, *inner}


@pytest.mark.parametrize("licence_type", TYPES)
def test_every_column_of_the_sample_table_fills_a_claim(licence_type: str) -> None:
    header = list(table_rows(licence_type)[0])
    bound = RowReader(require(CATALOGUE, licence_type).shape).bind(header)
    assert [column.name for column in bound] == [name for name in header if name not in RESERVED_COLUMNS]


@pytest.mark.parametrize("licence_type", TYPES)
def test_every_claim_may_be_a_column_by_either_name(licence_type: str) -> None:
    schema = require(CATALOGUE, licence_type)
    derived = {derivation.claim for derivation in schema.derivations}
    for name in schema.document["properties"]:
        english, chinese = schema.shape.find(name), schema.shape.find(schema.labels[name,].zh)
        if name in derived:
            assert english is None
        else:
            assert english is not None
            assert chinese is not None


@pytest.mark.parametrize("licence_type", TYPES)
def test_no_two_claims_have_the_same_chinese_name(licence_type: str) -> None:
    schema = require(CATALOGUE, licence_type)
    names = [schema.labels[name,].zh for name in schema.document["properties"]]
    assert sorted(names) == sorted(set(names))
    for alias in set(schema.annotation.get("columns", {})) & set(names):
        claim = next(name for name in schema.document["properties"] if schema.labels[name,].zh == alias)
        assert schema.shape.columns[alias].path == (claim,)


@pytest.mark.parametrize("licence_type", TYPES)
def test_every_claim_has_a_label_in_both_languages_and_a_group(licence_type: str) -> None:
    schema = require(CATALOGUE, licence_type)
    for path, label in schema.labels.items():
        assert label.zh != path[-1], path
        assert label.en.isascii() or "(" in label.en, path
        assert label.en != path[-1] or label.en.islower(), path
    for name, raw in schema.document["properties"].items():
        node = schema.resolve(raw)
        assert node.get("x-group") in {"basic", "holder", "grant", "management"}, name
        assert node.get("x-disclosure") in {"always", "selective"}, name


@pytest.mark.parametrize("licence_type", TYPES)
def test_every_code_of_an_enumeration_has_its_words(licence_type: str) -> None:
    schema = require(CATALOGUE, licence_type)
    for path, node in schema._nodes.items():
        for code in node.get("enum", ()):
            words = node["x-enum-labels"][str(code)]
            assert words["zh"], path
            assert words["en"], path
            assert schema.show(path, code, "zh").startswith(words["zh"])


@pytest.mark.parametrize("licence_type", TYPES)
def test_nothing_that_must_be_plain_is_concealed(licence_type: str) -> None:
    schema = require(CATALOGUE, licence_type)
    assert FORBIDDEN.isdisjoint(concealable(schema.frame))
    assert FORBIDDEN.isdisjoint(schema.document["properties"].keys() - {"certificateIdentifier"})
    assert schema.frame.selective or schema.frame.elements


@pytest.mark.parametrize("licence_type", TYPES)
def test_every_holder_is_disclosed_apart(licence_type: str) -> None:
    assert "holders" in require(CATALOGUE, licence_type).frame.elements


@pytest.mark.parametrize("licence_type", TYPES)
def test_a_full_example_has_at_most_twenty_disclosures(licence_type: str) -> None:
    assert issue(licence_type).count("~") - 1 <= 20


@pytest.mark.parametrize("licence_type", TYPES)
def test_names_versions_and_codes_agree_with_one_another(licence_type: str) -> None:
    schema = require(CATALOGUE, licence_type)
    row = CATALOGUE.data("types")["types"][licence_type]
    assert schema.type == licence_type
    assert schema.vct == f"urn:certx:licence:{licence_type}:1"
    assert split_vct(schema.vct) == (licence_type, 1)
    assert schema.document["$id"] == f"urn:certx:schema:{licence_type}:{schema.version}"
    assert (schema.national_code, schema.is_provisional) == (row["nationalCode"], row["provisional"])
    assert schema.label._asdict() == row["name"]
    assert schema.holder_category in {"legal", "natural", "mixed"}


@pytest.mark.parametrize(
    "vct",
    [None, 7, "", "business-licence", "urn:certx:licence:", "urn:certx:licence:a", "urn:certx:licence:a:",
     "urn:certx:licence::1",
     "urn:certx:licence:a:x", "urn:certx:licence:a:-1", "urn:certx:licence:a:١", "urn:certx:licence:a:11111",
     "URN:certx:licence:a:1"],
)  # fmt: skip
def test_what_is_no_type_of_ours_is_not_split(vct: object) -> None:
    assert split_vct(vct) is None


def test_values_are_shown_as_people_read_them() -> None:
    schema = require(CATALOGUE, "business-licence")
    assert schema.show(("registeredCapital",), 500, "zh") == "500 万元"
    assert schema.show(("registeredCapitalAtLeast10",), True, "zh") == "是"  # noqa: FBT003 - the claim's value
    assert schema.show(("registeredCapitalAtLeast10",), True, "en") == "yes"  # noqa: FBT003
    assert schema.show(("holders", "codeType"), "001", "en") == "Unified social credit code (001)"
    assert schema.show(("unheardOf",), "x", "en") == "x"


def test_columns_know_their_kinds() -> None:
    shape = require(CATALOGUE, "business-licence").shape
    kinds = {
        name: shape.columns[name].kind for name in ("成立日期", "注册资本", "住所", "营业期限自", "统一社会信用代码")
    }
    assert kinds == {
        "成立日期": Kind.DATE, "注册资本": Kind.NUMBER, "住所": Kind.TEXT, "营业期限自": Kind.DATE,
        "统一社会信用代码": Kind.TEXT,
    }  # fmt: skip
    assert shape.columns["统一社会信用代码"].path == ("holders", 0, "code")
    assert ("holders", "codeType", "001") in shape.defaults


@pytest.mark.parametrize("licence_type", TYPES)
def test_whatever_belongs_to_a_natural_person_is_masked(licence_type: str) -> None:
    schema = require(CATALOGUE, licence_type)
    for path, field in schema.shape.fields.items():
        is_inner = len(path) > 1 and path[-1] in {"name", "code", "birthDate", "address", "phone"}
        if is_inner or (path[0] in {"holders", "address"} and schema.holder_category != "legal"):
            assert field.personal, path


def test_a_column_that_leads_nowhere_is_a_document_error() -> None:
    with pytest.raises(DocumentError) as caught:
        _ = changed(columns={"甲": "holders[0].age"}).shape
    assert caught.value.params == {"column": "甲", "path": "holders[0].age"}


def test_an_unknown_derivation_is_a_document_error() -> None:
    row = {"claim": "old", "from": "establishedDate", "rule": "older-than", "value": 1}
    with pytest.raises(DocumentError) as caught:
        _ = changed(derived=[row]).derivations
    assert caught.value.code == "schema-derivation"


@pytest.mark.parametrize(
    "reference", ["#/$defs/none", "urn:certx:schema:core:1.0#/$defs/none", "https://x.example#/$defs/a"]
)
def test_a_reference_that_leads_nowhere_is_a_document_error(reference: str) -> None:
    with pytest.raises(DocumentError) as caught:
        changed().resolve({"$ref": reference})
    assert caught.value.code == "schema-reference"


@pytest.mark.parametrize(
    ("born", "day", "holds"),
    [
        ("2008-06-01", "2026-06-01", True),
        ("2008-06-02", "2026-06-01", False),
        ("2008-02-29", "2026-02-28", False),
        ("2008-02-29", "2026-03-01", True),
    ],
)
def test_age_is_counted_in_birthdays_in_china(born: str, day: str, *, holds: bool) -> None:
    adult = Derivation("ageOver18", "birthDate", "age-at-least", 18)
    assert adult.holds({"birthDate": born}, day_starts_at(day)) is holds
    assert adult.holds({"birthDate": born}, day_starts_at(day) + 86_399) is holds


def test_a_fact_without_its_source_does_not_hold() -> None:
    rich = Derivation("rich", "capital", "at-least", 10)
    assert [rich.holds({"capital": value}, 0) for value in (10, 10.5, 9.99)] == [True, True, False]
    assert not rich.holds({}, 0)


def test_the_catalogue_knows_versions_and_takes_the_highest_minor() -> None:
    assert CATALOGUE.versions("business-licence") == [SchemaVersion(1, 0)]
    assert latest(CATALOGUE, "business-licence", 2) is None
    schema = latest(CATALOGUE, "business-licence", 1)
    assert schema is not None
    assert schema.version == SchemaVersion(1, 0)


def test_minors_are_counted_and_not_spelt(tmp_path: Any) -> None:
    folder = tmp_path / "business-licence"
    folder.mkdir()
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "1.0.json").write_text(json.dumps(CORE))
    for version in ("1.2", "1.10", "2.0"):
        document = {**document_of("business-licence"), "$id": f"urn:certx:schema:business-licence:{version}"}
        (folder / f"{version}.json").write_text(json.dumps(document))
    (folder / "1.99.json.bak").write_text("{}")
    catalogue = FolderCatalogue(tmp_path)
    assert catalogue.versions("business-licence") == [(1, 2), (1, 10), (2, 0)]
    assert require(catalogue, "business-licence").version == (2, 0)
    newest = latest(catalogue, "business-licence", 1)
    assert newest is not None
    assert str(newest.version) == "1.10"


@pytest.mark.parametrize(
    "name", ["..", "../schemas", "core/../core", "", "Business", "a" * 65, "/etc", "data\n", "data", "core"]
)
def test_a_type_name_never_leads_out_of_the_folder(name: str) -> None:
    if name in {"data", "core"}:
        assert name not in CATALOGUE.types()
    else:
        assert CATALOGUE.versions(name) == []


def test_every_full_example_uses_every_claim_that_is_not_optional() -> None:
    for licence_type in TYPES:
        full = dict(examples(licence_type, "valid"))["full"]
        assert set(require(CATALOGUE, licence_type).document["required"]) <= set(full)
