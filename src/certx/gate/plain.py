"""Schemas that are not licence schemas: plain containment, each file against the one of the same name."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from certx.gate.deciding import blocked_at, chain, explained
from certx.gate.edition import Edition
from certx.gate.finding import Breaks, Finding, Report, Step, Weight
from certx.gate.review import Mode, Terms
from certx.schema.compat import Answer, Assumptions, Direction, compare
from certx.schema.validate import Validator
from certx.trust.files import parse_document

Schema = Mapping[str, Any] | bool

_DIRECTIONS: Final = (
    ("backward", "old-documents-refused", Breaks.NEW_VERIFIER, Mode.FORWARD),
    ("forward", "new-documents-refused", Breaks.OLD_VERIFIER, Mode.BACKWARD),
)
"""Each question, its rule, whom it breaks, and the mode that does not ask it."""


def review_plain(before: Edition, after: Edition, terms: Terms, assumptions: Assumptions) -> Report:
    """Every schema of two folders that is in both and differs, with those beside it to refer to."""
    pairs = [(path, before.tree[path], data) for path, data in after.tree.items() if path in before.tree]
    resources = {path: parse_document(data, path) for path, data in after.tree.items() if path.endswith(".json")}
    by_id = {str(document["$id"]): document for document in resources.values() if "$id" in document}
    steps = []
    for path, old, new in sorted(pairs):
        if old != new and path.endswith(".json"):
            documents = parse_document(old, path), parse_document(new, path)
            steps.append(compare_plain(path, *documents, terms=terms, assumptions=assumptions, resources=by_id))
    return Report(before.name, after.name, tuple(steps), assumptions=named(assumptions))


def named(assumptions: Assumptions) -> dict[str, str]:
    """Assumptions by name."""
    return {name: str(value) for name, value in assumptions._asdict().items()}


def compare_plain(
    place: str,
    old: Schema,
    new: Schema,
    *,
    terms: Terms,
    assumptions: Assumptions,
    resources: Mapping[str, Schema],
) -> Step:
    """Two schemas in the directions that the mode asks for."""
    compared = compare(old, new, assumptions=assumptions, resources=resources, seconds=terms.seconds)
    findings: list[Finding] = []
    proven: dict[str, tuple[str, ...]] = {}
    for name, rule, breaks, but in _DIRECTIONS:
        if terms.mode is not but:
            direction: Direction = getattr(compared, name)
            refusing = new if name == "backward" else old
            findings += _findings(direction, rule, breaks, place, _with(refusing, resources))
            if direction.answer is Answer.COMPATIBLE:
                proven[name] = chain(direction)
    return Step(place, place.rpartition("/")[2], "", proven=proven, findings=tuple(findings))


def _with(schema: Schema, resources: Mapping[str, Schema]) -> Schema:
    """A schema with what it may refer to inside of it."""
    if isinstance(schema, bool):
        return schema
    others = {uri: contents for uri, contents in resources.items() if uri != schema.get("$id")}
    return {**schema, "$defs": {**schema.get("$defs", {}), **others}} if others else schema


def _findings(direction: Direction, rule: str, breaks: Breaks, place: str, refusing: Schema) -> Iterator[Finding]:
    match direction.answer:
        case Answer.COMPATIBLE:
            return
        case Answer.UNDECIDED:
            yield Finding(rule, Weight.UNDECIDED, breaks, place, blocked_at(direction), because=chain(direction))
        case Answer.INCOMPATIBLE:
            witness = explained(direction.witness, Validator(refusing).problems(direction.witness))
            yield Finding(rule, Weight.BREAK, breaks, place, witness.at, {}, witness, chain(direction))
