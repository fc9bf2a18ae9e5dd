"""Cross-field rules, each by itself."""

from datetime import date
from typing import Any

import pytest

from certx.errors import DocumentError
from certx.schema.rules import RULE_NAMES, Context, Violation, compile_rule, look_up
from world import CATALOGUE

CONTEXT = Context(date(2026, 6, 1), CATALOGUE)
PERSON = "510104188801010013"  # male, born on 1888-01-01


def broken(rule: dict[str, Any], document: dict[str, Any]) -> list[tuple[str, Any]]:
    """Where a rule does not hold."""
    found = compile_rule(rule).violations(document, CONTEXT)
    assert all(violation.rule == rule["rule"] for violation in found)
    return [(violation.at, look_up(document, violation.at)) for violation in found]


RULES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "same": ({"path": "a", "other": "b"}, {"a": "x", "b": "x"}, {"a": "x", "b": "y"}),
    "differs": ({"path": "a", "other": "b"}, {"a": "x", "b": "y"}, {"a": "x", "b": "x"}),
    "starts-with": ({"path": "a", "other": "b"}, {"a": "xyz", "b": "xy"}, {"a": "xyz", "b": "yz"}),
    "not-before": (
        {"path": "a", "earlier": "b"},
        {"a": "2026-01-05", "b": "2026-01-05"},
        {"a": "2026-01-04", "b": "2026-01-05"},
    ),
    "birth-date-of": ({"path": "a", "number": "b"}, {"a": "1888-01-01", "b": PERSON}, {"a": "1888-01-02", "b": PERSON}),
    "sex-of": ({"path": "a", "number": "b"}, {"a": "1", "b": PERSON}, {"a": "2", "b": PERSON}),
    "code-matches-type": (
        {"path": "a", "codeType": "b"},
        {"a": PERSON, "b": "111"},
        {"a": PERSON, "b": "001"},
    ),
    "division-known": ({"path": "a"}, {"a": "510104"}, {"a": "510156"}),
    "place-known": (
        {"path": "a", "codeType": "b"},
        {"a": PERSON, "b": "111"},
        {"a": "000000188801010013", "b": "111"},
    ),
    "digit-at": ({"path": "a", "other": "b", "at": 2}, {"a": "3", "b": "123"}, {"a": "2", "b": "123"}),
    "pattern": ({"path": "a", "pattern": "^J[0-9]{2}$"}, {"a": "J12"}, {"a": "J12\n"}),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_holds_or_names_the_place_where_it_does_not(name: str) -> None:
    row, good, bad = RULES[name]
    assert broken({"rule": name, **row}, good) == []
    assert broken({"rule": name, **row}, bad) == [(("a",), bad["a"])]


def test_every_rule_of_the_vocabulary_is_tried_here() -> None:
    assert set(RULES) | {"distinct"} == RULE_NAMES


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("missing", ["a", "b", "both"])
def test_a_rule_says_nothing_where_an_operand_is_not_there(name: str, missing: str) -> None:
    row, _, bad = RULES[name]
    document = {key: value for key, value in bad.items() if missing not in {key, "both"}}
    if missing == "b" and "b" not in bad:
        document = {}
    assert broken({"rule": name, **row}, document) == []


@pytest.mark.parametrize("name", RULES)
def test_a_rule_with_when_holds_its_tongue_in_other_documents(name: str) -> None:
    row, _, bad = RULES[name]
    rule = {"rule": name, **row, "when": {"path": "kind.code", "is": "111"}}
    assert broken(rule, {**bad, "kind": {"code": "111"}}) == [(("a",), bad["a"])]
    assert broken(rule, {**bad, "kind": {"code": "001"}}) == []
    assert broken(rule, bad) == []


def test_a_wildcard_looks_at_each_element_and_pairs_it_with_its_own() -> None:
    rule = {"rule": "not-before", "path": "terms[*].to", "earlier": "terms[*].from"}
    document = {
        "terms": [
            {"from": "2026-01-02", "to": "2026-01-03"},
            {"from": "2026-01-03", "to": "2026-01-02"},
            {"to": "2026-01-01"},
            {"from": "2026-01-05"},
            {"from": "2026-01-05", "to": "2026-01-04"},
        ]
    }
    assert broken(rule, document) == [(("terms", 1, "to"), "2026-01-02"), (("terms", 4, "to"), "2026-01-04")]


def test_a_wildcard_may_be_held_against_one_value() -> None:
    rule = {"rule": "same", "path": "items[*].code", "other": "code"}
    document = {"code": "1", "items": [{"code": "1"}, {"code": "2"}]}
    assert broken(rule, document) == [(("items", 1, "code"), "2")]
    assert broken(rule, {"items": document["items"]}) == []


def test_wildcards_in_wildcards_are_paired_level_by_level() -> None:
    rule = {"rule": "same", "path": "a[*].b[*].x", "other": "a[*].b[*].y"}
    document = {"a": [{"b": [{"x": 1, "y": 1}, {"x": 2, "y": 3}]}, {"b": [{"x": 4, "y": 5}]}, {}]}
    assert broken(rule, document) == [(("a", 0, "b", 1, "x"), 2), (("a", 1, "b", 0, "x"), 4)]


def test_a_wildcard_over_what_is_no_array_says_nothing() -> None:
    rule = {"rule": "same", "path": "a[*].b", "other": "c"}
    assert broken(rule, {"a": {"b": 1}, "c": 2}) == []
    assert broken(rule, {"c": 2}) == []


def test_distinct_names_every_repetition() -> None:
    rule = {"rule": "distinct", "path": "holders[*].code"}
    assert broken(rule, {"holders": [{"code": "1"}, {"code": "2"}, {}]}) == []
    document = {"holders": [{"code": "1"}, {"code": "2"}, {"code": "1"}, {"code": "1"}]}
    assert [at for at, _ in broken(rule, document)] == [("holders", 2, "code"), ("holders", 3, "code")]


def test_distinct_of_scalars_in_an_array_works_as_well() -> None:
    assert [at for at, _ in broken({"rule": "distinct", "path": "a[*]"}, {"a": ["x", "y", "x"]})] == [("a", 2)]


def test_a_number_that_is_none_leaves_the_sex_to_the_rule_about_numbers() -> None:
    assert broken({"rule": "sex-of", "path": "a", "number": "b"}, {"a": "2", "b": "E12345678"}) == []


def test_a_code_is_held_against_the_day_of_the_check() -> None:
    rule = compile_rule({"rule": "code-matches-type", "path": "a", "codeType": "b"})
    document = {"a": PERSON, "b": "111"}
    assert not rule.violations(document, CONTEXT)
    found = rule.violations(document, CONTEXT._replace(today=date(1887, 12, 31)))
    assert found == (Violation("code-matches-type", ("a",), {"defect": "identifier-date"}),)


@pytest.mark.parametrize("place", ["510104", "440524", "810000", "820000", "830000", "510132"])
def test_a_place_of_the_country_past_or_present_is_known(place: str) -> None:
    rule = {"rule": "place-known", "path": "a", "codeType": "b"}
    assert broken(rule, {"a": f"{place}188801010013", "b": "111"}) == []


def test_only_the_place_in_a_citizen_number_is_asked_for() -> None:
    rule = {"rule": "place-known", "path": "a", "codeType": "b"}
    assert broken(rule, {"a": "000000", "b": "414"}) == []


def test_a_division_rule_looks_at_the_first_six_digits() -> None:
    rule = {"rule": "division-known", "path": "a"}
    assert broken(rule, {"a": "510104999999"}) == []
    assert compile_rule(rule).violations({"a": "510156000000"}, CONTEXT)[0].params == {"division": "510156"}


def test_what_comes_too_early_does_not_show_the_other_date() -> None:
    rule = compile_rule({"rule": "not-before", "path": "a", "earlier": "b"})
    assert rule.violations({"a": "2026-01-01", "b": "2026-01-02"}, CONTEXT)[0].params == {}


def test_a_rule_that_only_warns_says_so() -> None:
    rule = {"rule": "pattern", "path": "a", "pattern": "x"}
    assert not compile_rule(rule).is_warning
    assert compile_rule({**rule, "severity": "warning"}).is_warning


def test_a_rule_outside_the_vocabulary_is_a_document_error() -> None:
    with pytest.raises(DocumentError) as caught:
        compile_rule({"rule": "not-after", "path": "a"})
    assert caught.value.params == {"rule": "not-after"}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (("a", 0, "b"), 1),
        (("a", 1), None),
        (("a", "b"), None),
        (("x",), None),
        (("a", 0, "b", "c"), None),
        (("a", -1, "b"), 1),
    ],
)
def test_looking_up_never_fails(path: tuple[str | int, ...], found: object) -> None:
    value = look_up({"a": [{"b": 1}]}, path)
    assert value == found or (found is None and type(value) is object)


def test_a_code_of_wrong_length_says_how_long_it_is_and_ought_to_be() -> None:
    rule = compile_rule({"rule": "code-matches-type", "path": "a", "codeType": "b"})

    found = rule.violations({"a": "9151", "b": "001"}, CONTEXT)

    assert [violation.params for violation in found] == [{"defect": "identifier-length", "expected": 18, "actual": 4}]
