"""Random schemas against random documents: what is called compatible is never refuted, and every witness is one.

The schemas are of all keywords, small, and speak of the same few names, numbers and texts as the documents, so that
they meet. Half of the pairs are a schema and itself with one thing changed.
"""

import copy
import random
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certx.schema.compat import Answer, compare

SAMPLE = settings(
    deadline=None, database=None, max_examples=200, derandomize=True, suppress_health_check=list(HealthCheck)
)
SOAK = settings(deadline=None, database=None, max_examples=6_000, suppress_health_check=list(HealthCheck))
PER_PAIR = 200
"""Documents that each pair is tried with: 6,000 pairs are 1.2 million."""

NAME = ["a", "b", "ab", "x1"]
NAMES = st.sampled_from(NAME)
PATTERNS = st.sampled_from(["^a", "b$", "[0-9]", "^.$", "^[ab]+$", ""])
NUMBERS = st.sampled_from([-2, -1, 0, 0.5, 1, 1.0, 1.5, 2, 3, 4, 6, 10])
SCALAR = [None, True, False, 0, 1, 1.0, 2, 3, 0.5, "", "a", "ab", "b", "x1", "aaa", -1, 6]
SCALARS = st.sampled_from(SCALAR)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=8,
)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
COUNTS = st.integers(0, 3)
LEAVES = st.one_of(
    st.booleans(),
    st.fixed_dictionaries({"type": TYPES}),
    st.fixed_dictionaries({"const": SCALARS}),
    st.sampled_from([{"$ref": "#/$defs/d"}, {"$ref": "#/$defs/e"}]),
)


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(inner, min_size=1, max_size=3)
    some = st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    positive = st.sampled_from([1, 2, 3, 0.5, 1.5, 4])
    names = st.lists(NAMES, unique=True, max_size=2)
    values: dict[str, st.SearchStrategy[Any]] = {
        "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=3, unique=True)),
        "enum": st.lists(DOCUMENTS, min_size=1, max_size=3),
        "const": DOCUMENTS,
        "multipleOf": positive,
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), NUMBERS),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), COUNTS),
        **dict.fromkeys(("minContains", "maxContains"), COUNTS),
        "pattern": PATTERNS,
        "uniqueItems": st.booleans(),
        **dict.fromkeys(("prefixItems", "allOf", "anyOf", "oneOf"), several),
        **dict.fromkeys(("items", "contains", "additionalProperties", "propertyNames"), inner),
        **dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), st.one_of(st.just(value=False), inner)),
        **dict.fromkeys(("not", "if", "then", "else"), inner),
        "required": names,
        "dependentRequired": st.dictionaries(NAMES, names, max_size=2),
        "dependentSchemas": some,
        "properties": some,
        "patternProperties": st.dictionaries(PATTERNS, inner, min_size=1, max_size=2),
        "$ref": st.sampled_from(["#/$defs/d", "#/$defs/e"]),
    }
    rows = [st.tuples(st.just(keyword), value) for keyword, value in values.items()]
    return st.lists(st.one_of(rows), min_size=1, max_size=4).map(dict)


SCHEMAS = st.recursive(LEAVES, keywords, max_leaves=6)
ROOTS = st.tuples(keywords(SCHEMAS), SCHEMAS, SCHEMAS).map(
    lambda made: {**made[0], "$defs": {"d": made[1], "e": made[2]}}
)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    one = draw(ROOTS)
    if draw(st.booleans()):
        return one, draw(ROOTS)
    other = copy.deepcopy(one)
    place = other
    for _ in range(draw(st.integers(0, 4))):
        inner = [value for value in place.values() if isinstance(value, dict) and value]
        if not inner:
            break
        place = draw(st.sampled_from(inner))
    if draw(st.booleans()) and place is not other:
        place.pop(draw(st.sampled_from(sorted(place))))
    else:
        other |= draw(keywords(LEAVES))
    return one, other


def attack(pair: tuple[Any, Any], seed: int) -> None:
    try:
        validators = [jsonschema_rs.Draft202012Validator(schema) for schema in pair]
    except (ValueError, jsonschema_rs.ValidationError):
        return  # a part that was taken out made it no schema
    found = compare(*pair)
    for direction, (left, right) in ((found.backward, validators), (found.forward, validators[::-1])):
        if direction.answer is Answer.INCOMPATIBLE:
            assert left.is_valid(direction.witness)
            assert not right.is_valid(direction.witness)
        if direction.answer is Answer.COMPATIBLE:
            for document in documents(seed):
                assert not left.is_valid(document) or right.is_valid(document), (pair, document)


def documents(seed: int) -> Iterator[Any]:
    """Random documents; drawn one by one by Hypothesis they would cost more than all the rest."""
    chance = random.Random(seed)  # noqa: S311 - not a secret

    def one(depth: int) -> Any:
        shape = chance.random() if depth else 0
        if shape < 0.4:
            return chance.choice(SCALAR)
        if shape < 0.65:
            return [one(depth - 1) for _ in range(chance.randrange(4))]
        return {name: one(depth - 1) for name in chance.sample(NAME, chance.randrange(4))}

    return (one(3) for _ in range(PER_PAIR))


SEEDS = st.integers(0, 2**32)


@SAMPLE
@given(pairs(), SEEDS)
def test_no_document_refutes_what_was_called_compatible(pair: tuple[Any, Any], seed: int) -> None:
    attack(pair, seed)


@pytest.mark.slow
@SOAK
@given(pairs(), SEEDS)
def test_no_document_of_a_million_does(pair: tuple[Any, Any], seed: int) -> None:
    attack(pair, seed)


@SAMPLE
@given(ROOTS, DOCUMENTS)
def test_a_constant_is_in_a_schema_if_it_is_valid(schema: Any, document: Any) -> None:
    """Containment of one document, which validators decide: right both ways, and decided nearly always."""
    right = jsonschema_rs.Draft202012Validator(schema).is_valid(document)
    found = compare({"const": document}, schema).backward.answer
    assert found in (Answer.COMPATIBLE if right else Answer.INCOMPATIBLE, Answer.UNDECIDED)
