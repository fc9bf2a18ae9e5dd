"""What the annotations of a licence schema say: what may be disclosed, what columns are called, which rules hold.

See schemas/README.md for the vocabulary (`x-disclosure`, `x-title-en`, `x-group`, `x-certx`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from certx.errors import DocumentError
from certx.licence.model import day_of
from certx.schema.frame import Frame

CORE_ID: Final = "urn:certx:schema:core:1.0"


class Label(NamedTuple):
    """What a claim is called on screen and on paper."""

    zh: str
    en: str


class Resolver:
    """Follows `$ref` into the core schema and local `$defs`; local annotations override the target's."""

    def __init__(self, document: Mapping[str, Any], core: Mapping[str, Any]) -> None:
        self._document, self._core = document, core

    def __call__(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """The node with its `$ref` merged in; raises `DocumentError` on a reference that leads nowhere."""
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        base, _, pointer = reference.partition("#/$defs/")
        defs = (self._core if base == CORE_ID else self._document if not base else {}).get("$defs", {})
        if pointer not in defs:
            raise DocumentError("schema-reference", reference=reference)
        return {**self(defs[pointer]), **{key: value for key, value in node.items() if key != "$ref"}}


def read_frame(node: Mapping[str, Any], resolve: Resolver) -> Frame:
    """Which members of an object schema are disclosed one by one (`x-disclosure: selective`)."""
    selective, elements, children = set(), set(), {}
    for name, raw in node.get("properties", {}).items():
        member = resolve(raw)
        if member.get("x-disclosure") == "selective":
            selective.add(name)
        inner = resolve(member.get("items", {})) if member.get("type") == "array" else member
        if member.get("type") == "array" and inner.get("x-disclosure") == "selective":
            elements.add(name)
        child = read_frame(inner, resolve)
        if child.selective or child.elements or child.children:
            children[name] = child
    return Frame(frozenset(selective), frozenset(elements), children)


def read_nodes(
    node: Mapping[str, Any], resolve: Resolver, above: tuple[str, ...] = ()
) -> dict[tuple[str, ...], Mapping[str, Any]]:
    """The resolved subschema of each claim, by path of names; for arrays of scalars that of an element."""
    nodes: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for name, raw in node.get("properties", {}).items():
        member = resolve(raw)
        path = (*above, name)
        inner = resolve(member.get("items", {})) if member.get("type") == "array" else member
        nodes[path] = {**inner, **{k: v for k, v in member.items() if k in {"title", "x-title-en"}}}
        nodes |= read_nodes(inner, resolve, path)
    return nodes


def label_of(path: tuple[str, ...], node: Mapping[str, Any]) -> Label:
    """What a claim is called."""
    return Label(str(node.get("title", path[-1])), str(node.get("x-title-en", path[-1])))


class Derivation(NamedTuple):
    """A static fact derived at issue: the claim is `true` or absent, never false (it would go stale).

    `rule` is `at-least` (a number), `age-at-least` (years from a date to the day of issue in China; who was born on 29
    February is a year older on 1 March of a common year) or `any-of` (a list has one of several codes).
    """

    claim: str
    source: str
    rule: str
    value: float | tuple[str, ...]

    def holds(self, claims: Mapping[str, Any], issued_at: float) -> bool:
        """Is the fact true of these claims at Unix time `issued_at`?"""
        operand, value = claims.get(self.source), self.value
        if operand is None:
            return False
        if isinstance(value, tuple):
            return isinstance(operand, list) and not set(value).isdisjoint(operand)
        if self.rule == "at-least":
            return bool(operand >= value)
        born, today = date.fromisoformat(operand), day_of(issued_at)
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        return age >= value


def read_derivations(annotation: Mapping[str, Any]) -> tuple[Derivation, ...]:
    """The `derived` rows of an `x-certx` annotation; raises `DocumentError` on an unknown rule."""
    return tuple(map(_read_derivation, annotation.get("derived", ())))


def _read_derivation(row: Mapping[str, Any]) -> Derivation:
    claim, rule, value = row["claim"], row["rule"], row["value"]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_codes = isinstance(value, list) and bool(value) and all(isinstance(code, str) for code in value)
    if not (is_codes if rule == "any-of" else is_number and rule in {"at-least", "age-at-least"}):
        raise DocumentError("schema-derivation", claim=claim, rule=rule)
    return Derivation(claim, row["from"], rule, tuple(value) if is_codes else value)
