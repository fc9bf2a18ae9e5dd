"""Two validators, one answer: over our own examples, over mutations of them, and over third parties' schemas."""

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certx.errors import DocumentError
from certx.schema.catalogue import require
from certx.schema.rules import RULE_NAMES
from certx.schema.validate import Validator
from unit.mutating import mutated
from world import CATALOGUE, TYPES, WORLD, examples

VALID = [(name, stem, document) for name in TYPES for stem, document in examples(name, "valid")]
INVALID = [(name, stem, example) for name in TYPES for stem, example in examples(name, "invalid")]


def pointer(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{step}" for step in path)


@pytest.mark.parametrize(("licence_type", "stem", "document"), VALID, ids=[f"{t}-{s}" for t, s, _ in VALID])
def test_every_valid_example_is_accepted_by_both(licence_type: str, stem: str, document: Any) -> None:
    schema = require(CATALOGUE, licence_type)
    assert schema.closed.is_valid(document), stem
    assert schema.closed.problems(document) == []
    assert schema.violations(document, schema.rules, WORLD.context) == []


@pytest.mark.parametrize(("licence_type", "stem", "example"), INVALID, ids=[f"{t}-{s}" for t, s, _ in INVALID])
def test_every_invalid_example_is_refused_in_the_way_it_names(licence_type: str, stem: str, example: Any) -> None:
    schema, document = require(CATALOGUE, licence_type), example["document"]
    problems = schema.closed.problems(document)
    assert schema.closed.is_valid(document) == (not problems), stem
    if problems:
        found = [(problem.keyword, pointer(problem.at)) for problem in problems]
        if example["wrong"] in {"required", "additionalProperties"}:  # the example names the object, a row its member
            found = [(problem.keyword, pointer(problem.at[:-1])) for problem in problems]
    else:
        assert example["wrong"] in RULE_NAMES
        broken = schema.violations(document, schema.rules, WORLD.context)
        found = [(violation.rule, pointer(violation.at)) for violation in broken]
    assert found == [(example["wrong"], example["at"])]


def test_every_type_has_examples_of_both_kinds() -> None:
    assert len(TYPES) >= 15
    for licence_type in TYPES:
        assert {stem for name, stem, _ in VALID if name == licence_type} >= {"minimal", "full"}
        assert sum(name == licence_type for name, _, _ in INVALID) >= 5


VALIDATORS = {
    f"{name} {view}": getattr(require(CATALOGUE, name), view)
    for name in TYPES
    for view in ("closed", "open", "partial")
}


@settings(deadline=None, max_examples=400, database=None)
@given(st.sampled_from(VALID), st.sampled_from(["closed", "open", "partial"]), st.integers(min_value=0))
def test_both_agree_on_random_mutations_of_the_examples(example: tuple[str, str, Any], view: str, seed: int) -> None:
    licence_type, _, document = example
    validator = VALIDATORS[f"{licence_type} {view}"]
    changed = mutated(document, random.Random(seed))  # noqa: S311 - not for secrets
    assert validator.is_valid(changed) == (not validator.problems(changed)), changed


# Third parties' cases: {id, old, new, evidence: {direction: {witness}}, truth}. A witness of `backward` is valid under
# `old` and not under `new`, of `forward` the other way round; formats are not asserted there.
DIFFERENCES = {
    "a001b65f72ab306e": r"\p{…}: ECMA-262 has classes of Unicode properties, Python has none",
    "bafd14f002f7f59f": r"\c…: ECMA-262 has control escapes, Python has none",
    "e5b807f170067293": r"\c…, once more",
    "a27f09c924ff57a9": r"\s: in ECMA-262 any white space of Unicode, in the reference that of ASCII (U+00A0)",
    "c27fbf97fdbbba7f": r"\s, once more (U+2029)",
    "c929a4ac5a7a75e7": r"\s, once more (U+FEFF)",
    "d6a023d494e1bdf9": r"\s, once more (U+2003)",
    "1d098ee255bd00f2": r"patternProperties: the reference reads \w there as Python does",
    "658ef31dbaa51b77": r"patternProperties: the reference reads \d there as Python does",
    "d0d4dfbf158711df": "a definition that refers to itself without end: the reference recurses for ever",
}
_MAPS = {"properties", "patternProperties", "$defs", "dependentSchemas"}
_DATA = {"const", "enum", "default", "examples"}


def without_formats(node: Any) -> Any:
    """A schema that asserts no format."""
    if isinstance(node, list):
        return [without_formats(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        name: value
        if name in _DATA
        else {inner: without_formats(schema) for inner, schema in value.items()}
        if name in _MAPS and isinstance(value, dict)
        else without_formats(value)
        for name, value in node.items()
        if name != "format"
    }


def answers(schema: Any, document: Any) -> tuple[bool, bool | str]:
    """What the compiled validator and the reference say."""
    validator = Validator(schema)
    try:
        reference: bool | str = not validator.problems(document)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a difference
        reference = type(error).__name__
    return validator.is_valid(document), reference


@pytest.fixture(scope="session")
def cases(vectors: Path) -> list[Any]:
    with gzip.open(vectors / "schema-compat" / "open.jsonl.gz") as file:
        return [json.loads(line) for line in file]


def judged(cases: list[Any]) -> Iterator[tuple[str, bool | None, bool, bool | str]]:
    """Case id, what is true (`None`: their own validators differed), what ours say; each witness, both schemas."""
    for case in cases:
        for direction, left in (("backward", "old"), ("forward", "new")):
            evidence = case["evidence"].get(direction, {})
            if "witness" in evidence:
                for side in ("old", "new"):
                    truth = side == left if case["truth"][direction] is False else None
                    yield case["id"], truth, *answers(without_formats(case[side]), evidence["witness"])


def test_both_agree_over_the_cases_of_third_parties_apart_from_known_differences(cases: list[Any]) -> None:
    found = list(judged(cases))
    assert len(found) > 5_000
    assert {name for name, _, compiled, reference in found if compiled != reference} == set(DIFFERENCES)


def test_the_compiled_validator_is_never_wrong_about_a_witness(cases: list[Any]) -> None:
    known = [(name, truth, compiled) for name, truth, compiled, _ in judged(cases) if truth is not None]
    assert len(known) > 5_000
    assert [name for name, truth, compiled in known if compiled != truth] == []


@pytest.mark.parametrize(
    ("format_name", "text"),
    [
        ("uri", "no uri"),
        ("email", "nobody"),
        ("ipv4", "127.0.0.0.1"),
        ("uuid", "x"),
        ("date-time", "yesterday"),
        ("time", "08:30:06 PST"),
        ("regex", "^(abc]"),
        ("hostname", "-"),
        ("date", "2026-02-30"),
        ("vin", "x"),
        ("unheard-of", "x"),
    ],
)
def test_both_assert_the_same_formats(format_name: str, text: str) -> None:
    compiled, reference = answers({"format": format_name}, text)
    assert compiled == reference


@pytest.mark.parametrize("pattern", [r"^\p{Script=Han}+$", r"^\p{Letter}+$"])
def test_a_pattern_that_one_of_them_cannot_read_is_no_crash(pattern: str) -> None:
    validator = Validator({"pattern": pattern})
    try:
        assert validator.problems("123") != []
        assert validator.is_valid("张") == (validator.problems("张") == [])
    except DocumentError:
        return


@pytest.mark.parametrize("schema", [{"type": "strng"}, {"$ref": "#/$defs/x"}, {"$ref": "https://example.org/x.json"}])
def test_what_is_no_schema_is_a_document_error(schema: Any) -> None:
    with pytest.raises(DocumentError):
        Validator(schema).is_valid("x")


@pytest.mark.parametrize("text", ["2026-01-31", "0001-01-01", "9999-12-31", "2028-02-29"])
def test_a_calendar_date_is_a_date(text: str) -> None:
    assert answers({"format": "date"}, text) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29",
        "0000-01-01",
        "2026-1-31",
        "20260131",
        "2026-W01-1",
        "2026-01-31\n",
        "+02026-01-31",
        "２０２６-01-31",
    ],
)
def test_what_is_no_calendar_date_is_none_for_either(text: str) -> None:
    assert answers({"format": "date"}, text) == (False, False)
