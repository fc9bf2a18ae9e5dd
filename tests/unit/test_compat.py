"""`compare`: what each keyword means for containment, proven where it holds and shown by a document where not."""

from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from certx.schema.compat import Answer, Assumptions, Content, Formats, Rule, compare, contains

YES, NO = Answer.COMPATIBLE, Answer.INCOMPATIBLE
NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "value": {"type": "integer"}}}
CHAIN = {"$defs": {"node": NODE}, "$ref": "#/$defs/node"}


def chain(value: Any, **more: Any) -> dict[str, Any]:
    node = {**NODE, "properties": {**NODE["properties"], "value": value}, **more}
    return {"$defs": {"node": node}, "$ref": "#/$defs/node"}


TABLE = {
    "integer is number": ({"type": "integer"}, {"type": "number"}, YES, NO),
    "integer is every multiple of one": ({"type": "integer"}, {"type": "number", "multipleOf": 1}, YES, YES),
    "true is not one": ({"const": True}, {"const": 1}, NO, NO),
    "one is one point nought": ({"const": 1}, {"const": 1.0}, YES, YES),
    "null, booleans": ({"enum": [None, True, False]}, {"type": ["boolean", "null"]}, YES, YES),
    "enum": ({"enum": ["a", "b"]}, {"enum": ["a", "b", "c"]}, YES, NO),
    "enum of objects": (
        {"enum": [{"a": 1}, {"a": 2}]},
        {"required": ["a"], "properties": {"a": {"maximum": 2}}},
        YES,
        NO,
    ),
    "const array": ({"const": [1, 2]}, {"prefixItems": [{"const": 1}], "minItems": 2, "maxItems": 2}, YES, NO),
    "interval": ({"minimum": 1, "maximum": 2}, {"exclusiveMinimum": 0, "exclusiveMaximum": 3}, YES, NO),
    "integer interval": (
        {"type": "integer", "minimum": 1, "maximum": 2},
        {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 3},
        YES,
        YES,
    ),
    "an open end between integers": (
        {"type": "integer", "exclusiveMinimum": 0.5, "exclusiveMaximum": 1.5},
        {"const": 2},
        NO,
        NO,
    ),
    "open and closed at one point": (
        {"type": "number", "minimum": 1, "exclusiveMinimum": 1, "maximum": 1},
        False,
        YES,
        YES,
    ),
    "closed and open at one point": (
        {"type": "number", "maximum": 1, "exclusiveMaximum": 1, "minimum": 1},
        False,
        YES,
        YES,
    ),
    "multiples": ({"type": "number", "multipleOf": 6}, {"type": "number", "multipleOf": 2}, YES, NO),
    "exact decimals": (
        {"type": "number", "multipleOf": 0.3},
        {"type": "number", "multipleOf": 0.1},
        YES,
        NO,
    ),
    "an empty lattice": (
        {"type": "integer", "multipleOf": 7, "minimum": 1, "maximum": 6},
        {"const": "nothing"},
        YES,
        NO,
    ),
    "not a multiple": (
        {"type": "integer", "minimum": 3, "maximum": 5, "not": {"multipleOf": 2}},
        {"enum": [3, 5]},
        YES,
        YES,
    ),
    "big integers": ({"const": 2**70}, {"type": "integer", "minimum": 2**69}, YES, NO),
    "lengths": ({"type": "string", "minLength": 2, "maxLength": 3}, {"minLength": 1, "maxLength": 4}, YES, NO),
    "patterns": ({"type": "string", "pattern": "^[0-9]{4}$"}, {"pattern": "^[0-9]+$", "maxLength": 4}, YES, NO),
    "characters, not bytes": ({"type": "string", "pattern": "^证照$"}, {"minLength": 2, "maxLength": 2}, YES, NO),
    "items after prefixItems": (
        {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}},
        {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "number"}},
        YES,
        NO,
    ),
    "items false is a length": ({"type": "array", "prefixItems": [True], "items": False}, {"maxItems": 1}, YES, NO),
    "unique among few": (
        {"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": True},
        {"type": "array", "maxItems": 2},
        YES,
        NO,
    ),
    "unique uses up what there is": (
        {"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": True},
        {"type": "array", "maxItems": 1},
        NO,
        NO,
    ),
    "unique, the first giving way": (
        {"type": "array", "prefixItems": [{"enum": [1, 2]}, {"const": 1}], "uniqueItems": True},
        {"type": "array", "maxItems": 1},
        NO,
        NO,
    ),
    "unique, a matching": (
        {"prefixItems": [{"enum": [1, 2]}, {"const": 1}, {"const": 2}], "uniqueItems": True, "type": "array"},
        {"maxItems": 2},
        YES,
        NO,
    ),
    "unique among few arrays": (
        {"items": {"items": {"const": 0}, "maxItems": 1, "type": "array"}, "type": "array", "uniqueItems": True},
        {"maxItems": 2, "type": "array"},
        YES,
        NO,
    ),
    "unique among few objects": (
        {
            "items": {"type": "object", "propertyNames": {"const": "a"}, "additionalProperties": {"enum": [1, 2]}},
            "type": "array",
            "uniqueItems": True,
        },
        {"type": "array", "maxItems": 3},
        YES,
        NO,
    ),
    "not unique needs two": ({"not": {"uniqueItems": True}}, {"minItems": 2, "type": "array"}, YES, NO),
    "contains": ({"type": "array", "contains": {"const": 1}}, {"type": "array", "minItems": 1}, YES, NO),
    "contains what no item is": ({"type": "array", "items": {"const": 2}, "contains": {"const": 1}}, False, YES, YES),
    "contains counted": (
        {"type": "array", "contains": {"type": "integer"}, "minContains": 2},
        {"type": "array", "contains": {"type": "number"}, "minContains": 1},
        YES,
        NO,
    ),
    "contains at most": (
        {"type": "array", "items": {"type": "string"}, "contains": {"minLength": 1}, "maxContains": 1},
        {"type": "array", "contains": {"minLength": 2}, "minContains": 0, "maxContains": 1},
        YES,
        NO,
    ),
    "contains two of three": (
        {"type": "array", "maxItems": 1, "allOf": [{"contains": {"const": 1}}, {"contains": {"const": 2}}]},
        False,
        YES,
        YES,
    ),
    "required": ({"type": "object", "required": ["a", "b"]}, {"required": ["a"]}, YES, NO),
    "closed in open": (
        {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
        {"type": "object", "properties": {"a": {"type": "string"}}},
        YES,
        NO,
    ),
    "a new optional member of an open object": (
        {"type": "object"},
        {"type": "object", "properties": {"a": {"type": "string"}}},
        NO,
        YES,
    ),
    "patternProperties": (
        {"type": "object", "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": False},
        {"type": "object", "patternProperties": {"^x": {"type": "number"}}, "propertyNames": {"minLength": 1}},
        YES,
        NO,
    ),
    "overlapping patterns": (
        {"patternProperties": {"^a": {"type": "string"}, "z$": {"type": "integer"}}},
        {"properties": {"a1z": False}},
        YES,
        NO,
    ),
    "propertyNames": (
        {"type": "object", "propertyNames": {"enum": ["a", "b"]}},
        {"type": "object", "maxProperties": 2},
        YES,
        NO,
    ),
    "names run out": (
        {"type": "object", "propertyNames": {"pattern": "^[ab]$"}, "minProperties": 3},
        False,
        YES,
        YES,
    ),
    "one member for two demands": (
        {
            "type": "object",
            "maxProperties": 1,
            "allOf": [
                {"not": {"additionalProperties": {"type": "string"}}},
                {"not": {"additionalProperties": {"maximum": 5}}},
            ],
        },
        {"additionalProperties": {"maximum": 5}},
        NO,
        NO,
    ),
    "dependentRequired": (
        {"type": "object", "dependentRequired": {"a": ["b"]}, "required": ["a"]},
        {"required": ["b"]},
        YES,
        NO,
    ),
    "dependentSchemas": (
        {"dependentSchemas": {"a": {"required": ["b"]}}},
        {"dependentRequired": {"a": ["b"]}},
        YES,
        YES,
    ),
    "oneOf that is anyOf": (
        {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        YES,
        YES,
    ),
    "oneOf of what overlaps": (
        {"oneOf": [{"minimum": 2}, {"maximum": 5}], "type": "number"},
        {"type": "number"},
        YES,
        NO,
    ),
    "not narrowed": ({"not": {"type": ["string", "null"]}}, {"not": {"type": "string"}}, YES, NO),
    "if, then, else": (
        {"if": {"type": "string"}, "then": {"minLength": 1}, "else": {"type": "null"}},
        {"anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}]},
        YES,
        YES,
    ),
    "unevaluated by a branch": (
        {
            "type": "object",
            "anyOf": [{"properties": {"a": True}, "required": ["a"]}, {"properties": {"b": True}, "required": ["b"]}],
            "unevaluatedProperties": False,
        },
        {"type": "object", "propertyNames": {"enum": ["a", "b"]}, "minProperties": 1},
        YES,
        YES,
    ),
    "unevaluated where a branch does not hold": (
        {
            "type": "object",
            "anyOf": [
                {"properties": {"a": {"const": 1}}, "required": ["a"]},
                {"properties": {"b": {"const": 1}}, "required": ["b"]},
            ],
            "unevaluatedProperties": False,
        },
        {"not": {"required": ["a", "b"], "properties": {"b": {"const": 2}}}},
        YES,
        NO,
    ),
    "unevaluated by contains": (
        {"type": "array", "contains": {"type": "string"}, "unevaluatedItems": {"type": "integer"}},
        {"type": "array", "items": {"type": ["string", "integer"]}},
        YES,
        NO,
    ),
    "recursion": (chain({"type": "integer"}), chain({"type": "number"}), YES, NO),
    "recursion closed": (chain({}, additionalProperties=False), CHAIN, NO, NO),
    "no finite document": (chain({}, required=["next"]), False, YES, YES),
    "an anchor": (
        {"$ref": "#there", "$defs": {"x": {"$anchor": "there", "type": "integer"}}},
        {"type": "number"},
        YES,
        NO,
    ),
    "an embedded resource": (
        {"$ref": "urn:x", "$defs": {"y": {"$id": "urn:x", "$ref": "#/$defs/z", "$defs": {"z": {"type": "null"}}}}},
        {"type": "null"},
        YES,
        YES,
    ),
    "a dynamic reference": (
        {
            "$id": "urn:strict",
            "$dynamicAnchor": "node",
            "$ref": "urn:tree",
            "unevaluatedProperties": False,
            "$defs": {
                "tree": {
                    "$id": "urn:tree",
                    "$dynamicAnchor": "node",
                    "type": "object",
                    "properties": {"child": {"$dynamicRef": "#node"}},
                }
            },
        },
        {"properties": {"child": {"propertyNames": {"const": "child"}}}},
        YES,
        NO,
    ),
}


@pytest.mark.parametrize(("old", "new", "backward", "forward"), TABLE.values(), ids=TABLE)
def test_what_a_keyword_means(old: Any, new: Any, backward: Answer, forward: Answer) -> None:
    found = compare(old, new)
    assert (found.backward.answer, found.forward.answer) == (backward, forward), found
    for direction, left, right in ((found.backward, old, new), (found.forward, new, old)):
        if direction.answer is NO:
            assert shows(direction.witness, left, right)
        assert direction.because


def shows(document: Any, left: Any, right: Any) -> bool:
    """Do both libraries, as they come, take the document under the left schema and refuse it under the right one?"""
    compiled = [jsonschema_rs.Draft202012Validator(schema).is_valid(document) for schema in (left, right)]
    reference = [jsonschema.Draft202012Validator(schema).is_valid(document) for schema in (left, right)]
    return compiled == reference == [True, False]


def test_a_break_further_round_a_loop_is_not_masked() -> None:
    """Two ways into the same loop, of which the second breaks: what was found on the first is no proof for it."""

    def loop(last: str) -> dict[str, Any]:
        definitions = {
            "a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}, "c": {"$ref": "#/$defs/c"}}},
            "b": {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}},
            "c": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}, "v": {"type": last}}},
        }
        return {"$defs": definitions, "properties": {"x": {"$ref": "#/$defs/b"}, "y": {"$ref": "#/$defs/b"}}}

    found = compare(loop("number"), loop("integer"))
    assert (found.backward.answer, found.forward.answer) == (NO, YES)
    assert shows(found.backward.witness, loop("number"), loop("integer"))


def test_what_rests_on_a_goal_that_was_not_empty_is_forgotten() -> None:
    """Inside `h`, a `g` is empty but for an `h` within: it must not stay empty once `h` is found not to be."""
    definitions = {
        "h": {"anyOf": [{"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/g"}}, {"type": "object"}]},
        "g": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/h"}},
    }
    items = [{"$ref": "#/$defs/h"}, {"$ref": "#/$defs/g"}]
    schema = {"$defs": definitions, "type": "array", "minItems": 2, "prefixItems": items}
    found = compare(schema, {"not": {}}).backward
    assert found.answer is NO
    assert shows(found.witness, schema, {"not": {}})


def test_a_pattern_that_is_not_understood_is_never_a_proof() -> None:
    old = {
        "type": "object",
        "properties": {"aa": {}},
        "additionalProperties": False,
        "not": {"patternProperties": {r"(a)\1": False}},
    }
    assert compare(old, {"not": {}}).backward.answer is not YES
    assert compare({"type": "string", "pattern": r"^(a)\1$"}, {"minLength": 5}).backward.answer is not YES


def test_references_lead_into_the_resources_and_nowhere_else() -> None:
    code = {"$id": "https://example.org/code", "type": "string", "maxLength": 6}
    old, new = {"$ref": "https://example.org/code"}, {"type": "string", "maxLength": 8}
    assert compare(old, new, resources={"https://example.org/code": code}).backward.answer is YES
    alone = compare(old, new).backward
    assert alone.answer is Answer.UNDECIDED
    assert alone.because[0] == (Rule.REFERENCE, "old#", "$ref")


def test_a_producer_of_declared_members_is_not_broken_by_a_new_one() -> None:
    old = {"type": "object", "properties": {"a": {"type": "string"}}}
    new = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    declared = Assumptions(content=Content.DECLARED)
    assert compare(old, new).backward.answer is NO
    assert compare(old, new, assumptions=declared).backward.answer is YES
    assert compare(old, new, assumptions=declared).assumptions == declared
    assert compare(new, old, assumptions=declared).backward.answer is YES
    still = compare(old, {**new, "required": ["b"]}, assumptions=declared).backward
    assert still.answer is NO
    assert still.witness == {}


def test_one_direction_may_be_asked_alone() -> None:
    outer, inner = {"$ref": "urn:x:number"}, {"type": "integer"}
    resources = {"urn:x:number": {"$id": "urn:x:number", "type": "number"}}
    both = compare(inner, outer, resources=resources)
    assert contains(outer, inner, resources=resources) == both.backward
    assert contains(inner, outer, resources=resources) == both.forward
    assert (both.backward.answer, both.forward.answer) == (YES, NO)
    named = {"type": "object", "properties": {"a": True}}
    declared = Assumptions(content=Content.DECLARED)
    assert contains({**named, "additionalProperties": False}, named).answer is NO
    assert contains({**named, "additionalProperties": False}, named, assumptions=declared).answer is YES


def test_what_all_of_puts_together_is_closed_as_a_whole() -> None:
    old = {"allOf": [{"properties": {"a": True}}, {"properties": {"b": True}}], "required": ["a", "b"]}
    declared = Assumptions(content=Content.DECLARED)
    both = {"required": ["a", "b"], "additionalProperties": False, "properties": {"a": True, "b": True}}
    assert compare({"type": "object", **old}, both, assumptions=declared).backward.answer is YES
    assert compare({"type": "object", **old}, {"not": {}}, assumptions=declared).backward.answer is NO


def test_a_format_says_something_only_where_that_was_agreed() -> None:
    old, new = {"type": "string"}, {"type": "string", "format": "date"}
    assert compare(old, new).backward.answer is YES
    asserted = compare(old, new, assumptions=Assumptions(formats=Formats.ASSERTION))
    assert (asserted.backward.answer, asserted.forward.answer) == (NO, YES)


@pytest.mark.parametrize(
    ("old", "new", "backward", "forward"),
    [
        ({"enum": ["2026-01-31", "2026-02-28"]}, {"format": "date"}, YES, NO),
        ({"enum": ["2026-02-30"]}, {"format": "date"}, NO, NO),
        ({"type": "string", "format": "uuid"}, {"type": "string", "minLength": 1}, YES, NO),
        ({"type": "string", "format": "uuid"}, {"type": "string", "minLength": 2}, Answer.UNDECIDED, NO),
        ({"format": "email", "maxLength": 20}, {"format": "email"}, YES, NO),
        ({"type": "string", "format": "vin"}, {"type": "string", "minLength": 17, "maxLength": 17}, YES, NO),
        ({"type": "string"}, {"type": "string", "format": "x-unknown"}, YES, YES),
    ],
)
def test_formats_that_assert(old: Any, new: Any, backward: Answer, forward: Answer) -> None:
    found = compare(old, new, assumptions=Assumptions(formats=Formats.ASSERTION))
    assert (found.backward.answer, found.forward.answer) == (backward, forward)


HOSTILE = {
    "itself": {"$ref": "#"},
    "each other": {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}},
    "nowhere": {"properties": {"a": {"$ref": "#/$defs/missing"}}},
    "no schema there": {"$ref": "#/x", "x": {"type": 3}},
    "no uri": {"$id": "http://[", "properties": {"a": {"$ref": "b"}}},
    "no pattern": {"pattern": "(", "patternProperties": {"[": True}},
    "huge counts": {"minItems": 10**12, "minLength": 10**12, "minProperties": 10**12, "type": ["array", "string"]},
    "huge numbers": {"multipleOf": 1e-300, "maximum": 1e300, "type": "number"},
    "arrays of arrays": {"items": {"items": {"minItems": 9000}, "minItems": 9000}, "minItems": 9000, "type": "array"},
    "a backtracking pattern": {"type": "string", "pattern": "^(a?){50}a{50}$"},
    "of another draft": {"$schema": "http://json-schema.org/draft-04/schema#", "type": "string"},
    "a lone surrogate": {"const": "\ud800", "properties": {"\udfff": True}},
    "half of a surrogate pair in a URI": {"$id": "urn:\ud800", "$ref": "#/$defs/\ud800", "$defs": {"\ud800": {}}},
    "an integer that no float holds": {"type": "integer", "minimum": 10**400},
    "multiples of one that no float holds": {"type": "integer", "multipleOf": 10**400},
    "an integer of five thousand digits": {"const": 10**5000},
    "multiples of more digits than are shown": {"allOf": [{"multipleOf": 10**1000 + k} for k in (1, 3, 7, 9, 11)]},
    "more items than an index counts": {"type": "array", "contains": {}, "minContains": 10**30},
    "formats": {"type": "string", "allOf": [{"format": "email"}, {"format": "uuid"}, {"not": {"format": "x-unknown"}}]},
}


@pytest.mark.parametrize("schema", HOSTILE.values(), ids=HOSTILE)
def test_nothing_is_raised_and_nothing_hangs(schema: Any) -> None:
    for other in ({}, {"not": {}}, {"type": "string", "minLength": 3}, {"not": schema}, {"maxItems": 3}):
        for assumptions in (Assumptions(), Assumptions(Content.DECLARED, Formats.ASSERTION)):
            found = compare(schema, other, assumptions=assumptions, seconds=0.2)
            assert found.backward.because
            assert found.forward.because


def nested(depth: int, leaf: Any) -> Any:
    for _ in range(depth):
        leaf = {"type": "object", "properties": {"a": leaf}}
    return leaf


@pytest.mark.parametrize("depth", [20, 45, 3000])
def test_depth_is_followed_as_far_as_it_is_bounded_and_then_said(depth: int) -> None:
    found = compare(nested(depth, {"type": "integer"}), nested(depth, {"type": "number"})).backward
    assert found.answer is (YES if depth == 20 else Answer.UNDECIDED)
    assert depth == 20 or found.because[0].rule is Rule.DEPTH


def test_a_long_way_of_references_costs_no_stack() -> None:
    definitions: dict[str, Any] = {f"d{i}": {"properties": {"x": {"$ref": f"#/$defs/d{i + 1}"}}} for i in range(900)}
    schema = {"$defs": {**definitions, "d900": {}}, "$ref": "#/$defs/d0"}
    assert compare(schema, {"type": "object"}).backward.answer is NO


def test_time_is_bounded_and_what_was_not_decided_is_named() -> None:
    hard = {"allOf": [{"contains": {"multipleOf": n}, "minContains": 900} for n in range(2, 9)], "type": "array"}
    found = compare(hard, {"maxItems": 900, "minItems": 899}, seconds=0.05)
    assert found.forward.answer is NO
    assert found.backward.answer in (NO, Answer.UNDECIDED)


def test_a_proof_names_what_it_proved() -> None:
    found = compare({"type": "string", "maxLength": 3}, {"type": "string", "maxLength": 4}).backward
    assert {step.keyword: step.rule for step in found.because} == {"type": Rule.SAME, "maxLength": Rule.CASES}
    assert found.because[-1].place == "new#/maxLength"


def tree(identifier: str, inner: Any) -> dict[str, Any]:
    """A schema with a resource of a relative `$id`, and another where that `$id` would lead if it were joined twice."""
    resource = {"$id": identifier, "$ref": "#/$defs/it", "$defs": {"it": inner}}
    decoy = {"$id": f"https://example.org/d/{identifier}", "$defs": {"it": {"type": "integer"}}}
    return {"$id": "https://example.org/root", "$ref": identifier, "$defs": {"a": resource, "b": decoy}}


def test_a_relative_id_is_joined_to_its_base_once() -> None:
    found = compare(tree("d/e", {"type": "string"}), {"type": "integer"})
    assert (found.backward.answer, found.forward.answer) == (NO, NO)
    assert compare(tree("d/e", {"type": "string"}), {"type": "string"}).backward.answer is YES


def test_a_dynamic_reference_to_the_root_keeps_its_base() -> None:
    node = {"$id": "t", "$dynamicAnchor": "n", "type": "object", "properties": {"kid": {"$dynamicRef": "#n"}}}
    root = {"$id": "https://example.org/a", "$dynamicAnchor": "n", "$ref": "t", "$defs": {"t": node}, "required": ["x"]}
    kid = {"type": "object", "properties": {"kid": {"type": "object", "required": ["x"]}}}
    assert compare(root, kid).backward.answer is YES
    elsewhere = {"t": {"type": "integer"}}
    wrong = {"type": "object", "properties": {"kid": {"type": "integer"}}}
    assert compare(root, wrong, resources=elsewhere).backward.answer is NO


@pytest.mark.parametrize("name", ["$anchor", "$dynamicAnchor", "$id"])
def test_what_a_name_means_that_two_parts_have_is_not_decided(name: str) -> None:
    called = "urn:x:y" if name == "$id" else "y"
    reference = called if name == "$id" else "#y"
    parts = {"a": {name: called, "type": "string"}, "b": {name: called, "type": "integer"}}
    twice = {"$id": "urn:x:twice", "$ref": reference, "$defs": parts}
    for other in ({"type": "string"}, {"type": "integer"}):
        assert YES not in (compare(twice, other).backward.answer, compare(twice, other).forward.answer)
    parts["b"] = parts["a"]
    assert compare(twice, {"type": "string"}).backward.answer is YES


def test_a_given_resource_gives_way_to_the_schema_of_its_name() -> None:
    schema = {"$id": "urn:x:word", "$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}
    other = {**schema, "$defs": {"a": {"type": "integer"}}}
    for given in (schema, other):
        assert compare(schema, {"type": "string"}, resources={"urn:x:word": given}).backward.answer is YES
        assert compare(schema, other, resources={"urn:x:word": given}).backward.answer is NO


@pytest.mark.parametrize("draft", ["http://json-schema.org/draft-07/schema#", "https://example.org/other"])
def test_a_part_of_another_draft_is_never_a_proof(draft: str) -> None:
    part = {"$id": "https://example.org/part", "$schema": draft, "prefixItems": [False]}
    found = compare({"properties": {"a": part}}, {"properties": {"a": {"prefixItems": [False]}}})
    assert YES not in (found.backward.answer, found.forward.answer)
