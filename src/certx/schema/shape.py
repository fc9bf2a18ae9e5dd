"""What a row of a licence type may look like: read from the schema, needed only where rows are."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from certx.errors import DocumentError
from certx.licence.cells import Kind
from certx.licence.paths import Path
from certx.licence.rejects import REJECT_COLUMNS
from certx.licence.rows import Field, RowShape
from certx.schema.annotations import Resolver

_KINDS: Final = {
    "string": Kind.TEXT,
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
    "object": Kind.OBJECT,
}

RESERVED_COLUMNS: Final = frozenset({"holderKey", *REJECT_COLUMNS})
"""Columns of a row that are not claims: the holder's public key (JWK), and the marks of a reject."""


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
        inner = resolve(member["items"]) if member.get("type") == "array" else member
        selective = "selective" in {member.get("x-disclosure"), inner.get("x-disclosure")}
        personal = bool(member.get("x-personal", everyone_is_a_person and selective))
        fields |= dict(_fields(name, member, resolve, personal=personal))
        columns[name] = columns[str(member.get("title", name))] = fields[(name,)]
        nested = {part: resolve(node) for part, node in inner.get("properties", {}).items()}
        defaults += [(name, part, node["default"]) for part, node in nested.items() if "default" in node]
    shape = RowShape(columns, fields, tuple(defaults), RESERVED_COLUMNS, is_personal=everyone_is_a_person)
    for alias, text in annotation.get("columns", {}).items():
        found = RowShape({}, fields).find(text)
        if found is None:
            raise DocumentError("schema-column", column=alias, path=text)
        columns[alias] = found
    return shape


def _fields(
    name: str, member: Mapping[str, Any], resolve: Resolver, *, personal: bool, above: Path = ()
) -> Iterator[tuple[Path, Field]]:
    path = (*above, name)
    if member.get("type") == "array":
        item = resolve(member["items"])
        if item.get("type") == "object":
            yield path, Field(path, Kind.OBJECT, many=True, personal=True)
            path = (*path, -1)
            member = item
        else:
            yield path, Field(path, _kind(item), many=True, personal=personal)
            return
    kind = _kind(member)
    yield path, Field(path, kind, personal=personal or kind is Kind.OBJECT)
    for inner, node in member.get("properties", {}).items():
        yield from _fields(inner, resolve(node), resolve, personal=True, above=path)


def _kind(node: Mapping[str, Any]) -> Kind:
    if node.get("format") == "date":
        return Kind.DATE
    known = node.get("type", type(node.get("const", "")).__name__)
    return _KINDS.get("string" if known == "str" else "boolean" if known == "bool" else known, Kind.TEXT)
