"""The corpus of compatibility questions: suites of other tools, constructed cases and real histories of schemas.

Its own notes (SOURCES.md) say which questions do not count: disputed ones, and those that hang on formats or on
dialects of regular expressions. That a pair is not contained is certain there; that it is contained is a claim, so an
"incompatible" against it would be news, but it would come with a witness that two validators confirm.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certx.schema.compat import Answer, Assumptions, Direction, Formats, compare
from certx.schema.compat.confirm import Subject, Witnessing
from certx.schema.compat.load import Sources

FLAGS = ("disputed", "format_sensitive", "regex_or_optional_semantics")
DIRECTIONS = {"backward": ("old", "new"), "forward": ("new", "old")}
FLOORS = {"suite": 0.99, "constructed": 0.99, "history": 0.98}
"""Shares of the questions that are to be decided, and rightly."""
SAMPLED = 12
"""One pair in so many is asked without `--soak`; of the histories all."""

Pair = dict[str, Any]
Asked = tuple[Pair, str, Direction]


@pytest.fixture(scope="module")
def corpus(vectors: Path) -> list[Pair]:
    """All pairs."""
    with gzip.open(vectors / "schema-compat" / "open.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def pairs(corpus: list[Pair]) -> list[Pair]:
    """The pairs that count."""
    return [pair for pair in corpus if not any(map(pair.get, FLAGS))]


def asked(pairs: list[Pair]) -> Iterator[Asked]:
    """Both questions of every pair, answered; in what time is for the bench, for here others use the machine too."""
    for pair in pairs:
        comparison = compare(pair["old"], pair["new"], seconds=10.0)
        for name in DIRECTIONS:
            yield pair, name, getattr(comparison, name)


def confirmed(pair: Pair, name: str, document: object) -> bool:
    """Do both validators take the document under the one schema and refuse it under the other?"""
    left, right = (Subject(Sources(pair[side], {}, side), {}) for side in DIRECTIONS[name])
    return Witnessing(left, right, Formats.ANNOTATION).confirms(document)


def check(pairs: list[Pair]) -> None:
    """Nothing wrong, every witness good, and enough decided."""
    total, right = Counter[str](), Counter[str]()
    for pair, name, direction in asked(pairs):
        truth, where = pair["truth"][name], (pair["id"], name)
        match direction.answer:
            case Answer.COMPATIBLE:
                assert truth is not False, where
            case Answer.INCOMPATIBLE:
                assert truth is not True, where
                assert confirmed(pair, name, direction.witness), where
            case Answer.UNDECIDED:
                assert direction.because, where
        if truth is not None:
            total[pair["kind"]] += 1
            right[pair["kind"]] += direction.answer is not Answer.UNDECIDED
    assert {kind: right[kind] / total[kind] for kind in total if right[kind] < FLOORS[kind] * total[kind]} == {}


def test_real_histories_are_decided(pairs: list[Pair]) -> None:
    """Iglu Central, ANS and the European certificate, every step."""
    check([pair for pair in pairs if pair["kind"] == "history"])


@pytest.mark.parametrize(
    ("formats", "truth", "breaks"),
    [(Formats.ANNOTATION, "truth", 16), (Formats.ASSERTION, "truth_format_assertion", 14)],
)
def test_every_refuted_step_of_the_european_certificate_is_found(
    corpus: list[Pair], formats: Formats, truth: str, breaks: int
) -> None:
    """EU DCC 1.0.0 to 1.3.3 (the table in docs/schema-gate.md): each break is shown by a document."""
    steps = [pair for pair in corpus if any(source["source"] == "eu-dcc" for source in pair["sources"])]
    assert sum(len(pair["sources"]) for pair in steps) == 13
    found = 0
    for pair in steps:
        comparison = compare(pair["old"], pair["new"], assumptions=Assumptions(formats=formats))
        for name, sides in DIRECTIONS.items():
            if pair[truth].get(name) is False:
                direction = getattr(comparison, name)
                assert direction.answer is Answer.INCOMPATIBLE, (pair["id"], name)
                left, right = (Subject(Sources(pair[side], {}, side), {}) for side in sides)
                assert Witnessing(left, right, formats).confirms(direction.witness)
                found += 1
    assert found == breaks


def test_a_sample_of_suites_and_constructed_cases_is_decided(pairs: list[Pair]) -> None:
    """One pair in twelve."""
    check([pair for pair in pairs if pair["kind"] != "history"][::SAMPLED])


@pytest.mark.slow
def test_suites_and_constructed_cases_are_decided(pairs: list[Pair]) -> None:
    """All pairs."""
    check([pair for pair in pairs if pair["kind"] != "history"])
