"""The search for a witness: found at the boundaries, small, and confirmed by two validators."""

from typing import Any

import pytest

from certx.schema.compat.answer import Formats
from certx.schema.compat.confirm import Subject, Witnessing
from certx.schema.compat.load import Sources
from certx.schema.compat.search import find_witness
from certx.schema.compat.shrink import shrink

STRING, INTEGER = {"type": "string"}, {"type": "integer"}
TREE = {"type": "object", "properties": {"next": {"$ref": "#"}, "name": STRING}, "required": ["name"]}


def always() -> bool:
    """The time is up."""
    return True


def never() -> bool:
    """There is no end of time."""
    return False


def question(old: Any, new: Any) -> Witnessing:
    """Is every document valid under `old` valid under `new`?"""
    left, right = (Subject(Sources(schema, {}, name), {}) for name, schema in (("old", old), ("new", new)))
    return Witnessing(left, right, Formats.ANNOTATION)


def smallest(old: Any, new: Any) -> list[Any]:
    """The shrunk witness against `old` being contained in `new`; an empty list if none is found."""
    trial = question(old, new)
    found = find_witness(trial, never)
    if found is None:
        return []
    small = shrink(found.document, trial, never)
    assert trial.confirms(found.document)
    assert trial.confirms(small)
    return [small]


@pytest.mark.parametrize(
    ("old", "new", "witness"),
    [
        (True, False, 0),
        ({"maximum": 10}, {"maximum": 9}, 10),
        (INTEGER, {"multipleOf": 3}, 1),
        ({"multipleOf": 0.01}, {"multipleOf": 0.05}, 0.01),
        ({"type": "string", "minLength": 3}, {"maxLength": 4}, "aaaaa"),
        ({"type": "string", "minLength": 1}, {"pattern": "."}, "\n"),
        ({"pattern": "^[A-Z]{2}$", "type": "string"}, {"pattern": "^[A-Y]+$"}, "AZ"),
        ({"enum": ["a", "b", 7]}, {"enum": ["a", 7]}, "b"),
        ({"properties": {"a": STRING}}, {"properties": {"a": STRING}, "required": ["a"]}, {}),
        ({"type": "object"}, {"properties": {"a": STRING}, "additionalProperties": False}, {"a": 0}),
        ({"type": "object"}, {"maxProperties": 2}, {"x": 0, "y": 0, "other": 0}),
        ({"type": "object"}, {"dependentSchemas": {"a": {"properties": {"b": INTEGER}}}}, {"a": 0, "b": None}),
        ({"type": "object"}, {"propertyNames": {"pattern": "^[a-z]+$"}}, {"": 0}),
        ({"type": "array"}, {"uniqueItems": True}, [0, 0]),
        ({"type": "array", "items": INTEGER}, {"contains": {"minimum": 0}, "maxContains": 1}, []),
        ({"type": "array", "minItems": 120, "items": INTEGER}, {"items": {"minimum": 0}}, [-1] + [0] * 119),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"required": ["b"]}, {}),
        ({"oneOf": [STRING, {"type": ["string", "null"]}]}, STRING, None),
        (TREE, {**TREE, "properties": {"next": {"type": "object", "required": ["name", "x"]}}},
         {"next": {"name": ""}, "name": ""}),
    ],
)  # fmt: skip
def test_a_difference_at_a_boundary_is_found_and_shrunk(old: Any, new: Any, witness: Any) -> None:
    """The document is a smallest one, and both validators take it under `old` and refuse it under `new`."""
    assert smallest(old, new) == [witness]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"maximum": 9}, {"maximum": 10}),
        (TREE, TREE),
        ({"$ref": "urn:nowhere"}, False),
        ({"type": "string", "pattern": "("}, False),
        ({"const": "\ud800"}, False),
        ({"minimum": 10**400, "multipleOf": 0.3}, {"maximum": 0.1}),
        ({"type": "string", "pattern": r"^\d$"}, {"pattern": "^[0-9]$"}),
    ],
)
def test_nothing_is_found_where_there_is_nothing_or_nothing_can_be_asked(old: Any, new: Any) -> None:
    """Containment, a reference that leads nowhere, a pattern that is none: no witness, and no exception."""
    assert smallest(old, new) == []


def test_the_search_and_the_shrinking_stop_when_the_time_is_up() -> None:
    """Nothing is tried any more; a document is left as it is."""
    trial = question({"type": "array"}, {"maxItems": 3})
    assert find_witness(trial, always) is None
    assert shrink([1, 2, 3, "long", {"a": 1}], trial, always) == [1, 2, 3, "long", {"a": 1}]
    assert shrink([1, 2, 3, "long", {"a": 1}], trial, never) == [None, None, None, None]


def test_shrinking_goes_on_as_long_as_something_becomes_smaller() -> None:
    """One simplification makes room for the next."""
    assert shrink(987654.25, question({"type": "number"}, {"maximum": 123}), never) == 125


def test_shrinking_keeps_to_what_both_validators_say() -> None:
    """By its floats the reference takes 0.3 for no multiple of 0.1: a smaller number, but no witness for both."""
    trial = question({"enum": [0.3125, 0.3]}, {"not": {"anyOf": [{"const": 0.3125}, {"multipleOf": 0.1}]}})
    assert trial.refutes(0.3)
    assert not trial.confirms(0.3)
    assert shrink(0.3125, trial, never) == 0.3125
