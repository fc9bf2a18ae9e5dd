"""The assumption that producers write what their schema names and nothing else, as a schema.

Every part of the left schema that names members of an object is closed with `unevaluatedProperties: false`: the whole
of it, so that what an `allOf` puts together stays together. A schema that names no member is a map and stays open.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

Change = Callable[[Any], Any]
"""What a schema becomes."""


def closed(schema: Any) -> Any:  # noqa: ANN401 - a schema
    """The schema, about whole values, closed to members it does not name."""
    if not isinstance(schema, dict):
        return schema
    inside = within_closed(schema)
    if "unevaluatedProperties" in schema or not _names_members(schema):
        return inside
    return {**inside, "unevaluatedProperties": False}


def within_closed(schema: Any) -> Any:  # noqa: ANN401 - a schema
    """The schema with its parts closed and itself left as it is."""
    if not isinstance(schema, dict):
        return schema
    return {keyword: _PARTS[keyword](part) if keyword in _PARTS else part for keyword, part in schema.items()}


def _list(change: Change) -> Change:
    return lambda parts: [change(part) for part in parts]


def _map(change: Change) -> Change:
    return lambda parts: {name: change(part) for name, part in parts.items()} if isinstance(parts, dict) else parts


_IN_PLACE: Final = ("allOf", "anyOf", "oneOf")
_PARTS: Final[Mapping[str, Change]] = {
    **dict.fromkeys(_IN_PLACE, _list(within_closed)),
    **dict.fromkeys(("then", "else"), within_closed),
    **dict.fromkeys(("$defs", "definitions", "dependentSchemas"), _map(within_closed)),
    "prefixItems": _list(closed),
    **dict.fromkeys(("properties", "patternProperties"), _map(closed)),
    **dict.fromkeys(
        ("items", "contains", "additionalProperties", "unevaluatedItems", "unevaluatedProperties"),
        closed,
    ),
}
"""What becomes of each keyword that holds schemas; `not` and `if` stay as they are, they say nothing about a writer."""
_NAMING: Final = frozenset({"properties", "patternProperties", "$ref", "$dynamicRef"})


def _names_members(schema: Any) -> bool:  # noqa: ANN401 - a schema
    """Does the schema speak of members by name, itself or in a part about the same value?"""
    if not isinstance(schema, dict):
        return False
    if not _NAMING.isdisjoint(schema):
        return True
    branches = [branch for keyword in _IN_PLACE for branch in schema.get(keyword, ())]
    branches += [schema[keyword] for keyword in ("then", "else") if keyword in schema]
    return any(map(_names_members, branches))
