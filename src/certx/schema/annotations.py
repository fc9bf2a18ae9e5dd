"""What the annotations of a licence schema say: what may be disclosed, what columns are called, which rules hold.

See schemas/README.md for the vocabulary (`x-disclosure`, `x-title-en`, `x-group`, `x-certx`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from certx.errors import DocumentError
from certx.licence.model import day_of
from certx.licence.rows import Field, Kind, Path, RowShape
from certx.schema.frame import Frame

CORE_ID: Final = "urn:certx:schema:core:1.0"
_KINDS: Final = {
    "string": Kind.TEXT,
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
    "object": Kind.OBJECT,
}

REJECT_COLUMNS: Final = ("certx_line", "certx_column", "certx_reason", "certx_message")
"""Columns that a file of rejected rows has beside the row's own; ignored when it is fed back."""

RESERVED_COLUMNS: Final = frozenset({"holderKey", *REJECT_COLUMNS})
"""Columns of a row that are not claims: the holder's public key (JWK), and the marks of a reject."""


@dataclass(frozen=True, slots=True)
class Label:
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


def read_shape(document: Mapping[str, Any], resolve: Resolver) -> RowShape:
    """Which columns a row may have and what they fill."""
    annotation = document["x-certx"]
    derived = {row["claim"] for row in annotation.get("derived", ())}
    everyone_is_a_person = annotation["holderCategory"] != "legal"
    fields: dict[Path, Field] = {}
    columns: dict[str, Field] = {}
    defaults: list[tuple[str, str, object]] = []
    for name, raw in document["properties"].items():
        if name in derived:
            continue
        member = resolve(raw)
        personal = bool(member.get("x-personal", everyone_is_a_person and member.get("x-disclosure") == "selective"))
        for path, field in _fields(name, member, resolve, personal=personal):
            fields[path] = field
        columns[name] = columns[str(member["title"])] = fields[(name,)]
        for inner, node in resolve(member.get("items", {})).get("properties", {}).items():
            if "default" in resolve(node):
                defaults.append((name, inner, resolve(node)["default"]))
    shape = RowShape(columns, fields, tuple(defaults), RESERVED_COLUMNS)
    for alias, text in annotation.get("columns", {}).items():
        field = RowShape({}, fields).find(text)
        if field is None:
            raise DocumentError("schema-column", column=alias, path=text)
        columns[alias] = field
    return shape


def _fields(
    name: str, member: Mapping[str, Any], resolve: Resolver, *, personal: bool, above: Path = ()
) -> Iterator[tuple[Path, Field]]:
    path = (*above, name)
    if member.get("type") == "array":
        item = resolve(member["items"])
        if item.get("type") == "object":
            yield path, Field(path, Kind.OBJECT, many=True, personal=personal)
            path = (*path, -1)
            member = item
        else:
            yield path, Field(path, _kind(item), many=True, personal=personal)
            return
    yield path, Field(path, _kind(member), personal=personal)
    for inner, node in member.get("properties", {}).items():
        yield from _fields(inner, resolve(node), resolve, personal=True, above=path)


def _kind(node: Mapping[str, Any]) -> Kind:
    if node.get("format") == "date":
        return Kind.DATE
    known = node.get("type", type(node.get("const", "")).__name__)
    return _KINDS.get("string" if known == "str" else "boolean" if known == "bool" else known, Kind.TEXT)


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


@dataclass(frozen=True, slots=True)
class Derivation:
    """A static fact derived at issue: the claim is `true` or absent, never false (it would go stale)."""

    claim: str
    source: str
    rule: str
    value: float

    def holds(self, claims: Mapping[str, Any], issued_at: float) -> bool:
        """Is the fact true of these claims at Unix time `issued_at`?"""
        operand = claims.get(self.source)
        if operand is None:
            return False
        if self.rule == "at-least":
            return bool(operand >= self.value)
        born, today = date.fromisoformat(operand), day_of(issued_at)
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        return age >= self.value


def read_derivations(annotation: Mapping[str, Any]) -> tuple[Derivation, ...]:
    """The `derived` rows of an `x-certx` annotation; raises `DocumentError` on an unknown rule."""
    rows = tuple(
        Derivation(row["claim"], row["from"], row["rule"], row["value"])
        for row in annotation.get("derived", ())
    )
    for row in rows:
        if row.rule not in {"at-least", "age-at-least"}:
            raise DocumentError("schema-derivation", claim=row.claim, rule=row.rule)
    return rows


