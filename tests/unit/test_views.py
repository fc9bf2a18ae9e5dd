"""Open and partial views: whatever the closed schema accepts, whole or in part, a verifier takes."""

import copy
import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certx.schema.catalogue import require
from certx.schema.validate import Validator
from certx.schema.views import open_view
from world import CATALOGUE, TYPES, WORLD, examples

VALID = [(name, stem, document) for name in TYPES for stem, document in examples(name, "valid")]
IDS = [f"{name}-{stem}" for name, stem, _ in VALID]


def hide(value: Any, choice: random.Random, share: float) -> Any:
    """The value with random members and elements left out, at any depth."""
    if isinstance(value, dict):
        return {name: hide(inner, choice, share) for name, inner in value.items() if choice.random() >= share}
    if isinstance(value, list):
        return [hide(inner, choice, share) for inner in value if choice.random() >= share]
    return value


@pytest.mark.parametrize(("licence_type", "stem", "document"), VALID, ids=IDS)
def test_what_is_valid_is_valid_in_every_view(licence_type: str, stem: str, document: Any) -> None:
    schema = require(CATALOGUE, licence_type)
    assert schema.open.is_valid(document), stem
    assert schema.partial.is_valid(document)


@settings(deadline=None, max_examples=500, database=None)
@given(st.sampled_from(VALID), st.integers(min_value=0), st.sampled_from([0.1, 0.4, 0.8]))
def test_any_part_of_a_valid_licence_is_valid_in_part(example: tuple[str, str, Any], seed: int, share: float) -> None:
    licence_type, _, document = example
    part = hide(document, random.Random(seed), share)  # noqa: S311 - not for secrets
    schema = require(CATALOGUE, licence_type)
    assert schema.partial.problems(part) == []
    assert schema.partial.is_valid(part)


@settings(deadline=None, max_examples=300, database=None)
@given(st.sampled_from(VALID), st.integers(min_value=0))
def test_hiding_whole_members_breaks_no_rule(example: tuple[str, str, Any], seed: int) -> None:
    licence_type, _, document = example
    choice = random.Random(seed)  # noqa: S311 - not for secrets
    schema = require(CATALOGUE, licence_type)
    part = {name: hide(inner, choice, 0.3) for name, inner in document.items() if choice.random() > 0.3}
    assert schema.violations(part, schema.rules, WORLD.context) == []


@pytest.mark.parametrize(("licence_type", "stem", "document"), VALID, ids=IDS)
@pytest.mark.parametrize("where", ["top", "object", "array"])
def test_claims_that_are_not_known_are_ignored_by_a_verifier_alone(
    licence_type: str, stem: str, document: Any, where: str
) -> None:
    schema, changed = require(CATALOGUE, licence_type), copy.deepcopy(document)
    inner = {
        "top": changed,
        "object": next((value for value in changed.values() if isinstance(value, dict)), changed),
        "array": changed["holders"][0],
    }[where]
    inner["claimOfTheNextMinor"] = {"any": ["thing"]}
    assert not schema.closed.is_valid(changed), stem
    assert schema.open.is_valid(changed)
    assert schema.partial.is_valid(changed)


@pytest.mark.parametrize("licence_type", TYPES)
def test_a_full_disclosure_is_still_held_to_what_is_required(licence_type: str) -> None:
    schema = require(CATALOGUE, licence_type)
    document = next(document for name, stem, document in VALID if (name, stem) == (licence_type, "minimal"))
    for name in schema.document["required"]:
        part = {key: value for key, value in document.items() if key != name}
        assert not schema.open.is_valid(part), name
        assert schema.partial.is_valid(part), name


@pytest.mark.parametrize("licence_type", TYPES)
def test_no_view_takes_a_disclosed_value_of_the_wrong_form(licence_type: str) -> None:
    schema = require(CATALOGUE, licence_type)
    for name, example in examples(licence_type, "invalid"):
        if example["wrong"] in {
            "type",
            "format",
            "pattern",
            "enum",
            "const",
            "maxItems",
            "minimum",
            "exclusiveMinimum",
        }:
            assert schema.partial.problems(example["document"]), name


CASES: list[tuple[Any, Any, Any]] = [
    ({"required": ["a"]}, {}, {"required": ["a"]}),
    ({"minItems": 2}, {}, {"minItems": 2}),
    ({"dependentRequired": {"a": ["b"]}}, {}, {"dependentRequired": {"a": ["b"]}}),
    ({"contains": {"const": 1}}, {}, {"contains": {"const": 1}}),
    ({"not": {"required": ["a"]}}, {}, {"not": {"required": ["a"]}}),
    ({"if": {"const": 1}, "then": False}, {}, {"if": {"const": 1}, "then": False}),
    ({"additionalProperties": False}, {}, {}),
    ({"unevaluatedProperties": False}, {}, {}),
    ({"additionalProperties": {"type": "string"}},) * 3,
    ({"maxItems": 2, "uniqueItems": True, "type": "array"},) * 3,
    ({"oneOf": [{"required": ["a"]}]}, {"allOf": [{"anyOf": [{}]}]}, {"oneOf": [{"required": ["a"]}]}),
    ({"properties": {"required": {"minItems": 1}}}, {"properties": {"required": {}}},
     {"properties": {"required": {"minItems": 1}}}),
    ({"items": {"required": ["a"], "additionalProperties": False}}, {"items": {}}, {"items": {"required": ["a"]}}),
    ({"$defs": {"x": {"required": ["a"]}}}, {"$defs": {"x": {}}}, {"$defs": {"x": {"required": ["a"]}}}),
    ({"const": {"required": ["a"]}},) * 3,
    ({"enum": [{"additionalProperties": False}]},) * 3,
]  # fmt: skip


@pytest.mark.parametrize(("schema", "partial", "opened"), CASES)
def test_a_view_takes_away_what_it_must_and_nothing_else(schema: Any, partial: Any, opened: Any) -> None:
    assert open_view(schema, partial=True) == partial
    assert open_view(schema, partial=False) == opened


# closed schema, a document that it accepts, a part of that document
HIDDEN: list[tuple[Any, Any, Any]] = [
    ({"additionalProperties": {"required": ["b"]}}, {"a": {"b": 1}}, {"a": {}}),
    ({"patternProperties": {"^a": {"required": ["b"]}}}, {"a": {"b": 1}}, {"a": {}}),
    ({"prefixItems": [{"required": ["b"]}]}, [{"b": 1}], [{}]),
    ({"prefixItems": [{"const": 1}, {"const": 2}]}, [1, 2], [2]),
    ({"allOf": [{"$ref": "#/$defs/x"}], "$defs": {"x": {"minProperties": 1}}}, {"a": 1}, {}),
    ({"unevaluatedProperties": {"required": ["b"]}}, {"a": {"b": 1}}, {"a": {}}),
    ({"unevaluatedItems": {"required": ["b"]}}, [{"b": 1}], [{}]),
    (
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"a": 1},
        {},
    ),
    ({"propertyNames": {"minLength": 1}}, {"a": 1}, {}),
]


# closed schema, a document that it accepts and that its open view must accept as well
CLOSED: list[tuple[Any, Any]] = [
    ({"not": {"additionalProperties": False}}, {"a": 1}),
    ({"if": {"additionalProperties": False}, "then": {"maxProperties": 0}}, {"a": 1}),
    ({"oneOf": [{"properties": {"a": {}}, "additionalProperties": False},
                {"properties": {"b": {}}, "additionalProperties": False}]}, {"a": 1}),
    ({"contains": {"additionalProperties": False}, "maxContains": 1}, [{}, {"a": 1}]),
    ({"allOf": [{"not": {"unevaluatedProperties": False}}]}, {"a": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "document"), CLOSED, ids=[str(list(schema)) for schema, _ in CLOSED])
def test_opening_a_schema_takes_demands_away_also_where_they_are_turned_round(schema: Any, document: Any) -> None:
    assert Validator(schema).is_valid(document)
    assert Validator(open_view(schema, partial=False)).is_valid(document)


@pytest.mark.parametrize("view", ["open", "partial"])
def test_no_view_refuses_what_third_parties_accept(vectors: Path, view: str) -> None:
    refused, tried = [], 0
    with gzip.open(vectors / "schema-compat" / "open.jsonl.gz") as file:
        for case in map(json.loads, file):
            witnesses = [found["witness"] for found in case["evidence"].values() if "witness" in found]
            for schema in (case["old"], case["new"]):
                for document in witnesses:
                    if isinstance(schema, dict) and Validator(schema).is_valid(document):
                        tried += 1
                        if not Validator(open_view(schema, partial=view == "partial")).is_valid(document):
                            refused.append(case["id"])
    assert tried > 2_500
    assert refused == []


@pytest.mark.parametrize(("schema", "whole", "part"), HIDDEN, ids=[str(list(schema)) for schema, _, _ in HIDDEN])
def test_no_keyword_calls_a_hidden_claim_missing(schema: Any, whole: Any, part: Any) -> None:
    assert Validator(schema).is_valid(whole)
    assert Validator(open_view(schema, partial=True)).is_valid(whole)
    assert Validator(open_view(schema, partial=True)).is_valid(part)
