"""Schemas of draft 2020-12 for peers that read older drafts only; what has no older form is left as it is."""

from collections.abc import Callable
from typing import Any, Final

Schema = Any

_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS: Final = ("properties", "patternProperties", "$defs", "dependentSchemas")
_SINGLE: Final = ("additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else")
_CONSTANT: Final[dict[bool, Schema]] = {True: {}, False: {"not": {}}}


def draft_07(schema: Schema) -> Schema:
    """Tuples as `items`, `dependencies`, `definitions`."""
    if not isinstance(schema, dict):
        return schema
    old = _inside(schema, draft_07)
    if "prefixItems" in old:
        if "items" in old:
            old["additionalItems"] = old["items"]
        old["items"] = old.pop("prefixItems")
    dependencies = {**old.pop("dependentSchemas", {}), **old.pop("dependentRequired", {})}
    if dependencies:
        old["dependencies"] = dependencies
    if "$defs" in old:
        old["definitions"] = old.pop("$defs")
    if isinstance(old.get("$ref"), str):
        old["$ref"] = old["$ref"].replace("#/$defs/", "#/definitions/")
    return old


def draft_04(schema: Schema) -> Schema:
    """Also without `const`, schemas that are a boolean, and exclusive bounds that are a number."""
    return _draft_04(schema, whole=True)


def _draft_04(schema: Schema, *, whole: bool = False) -> Schema:
    if isinstance(schema, bool):
        return _CONSTANT[schema]
    if not isinstance(schema, dict):
        return schema
    old = _inside(schema, _draft_04)
    if "dependentRequired" in old:  # of which none may be empty
        old["dependentRequired"] = {name: needed for name, needed in old["dependentRequired"].items() if needed}
    if "const" in old:
        old["enum"] = [old.pop("const")]
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if exclusive in old:
            limit = old.pop(exclusive)
            inner = max if bound == "minimum" else min
            if bound not in old or inner(limit, old[bound]) == limit:
                old[bound], old[exclusive] = limit, True
    return draft_07(old) if whole else old


def _inside(schema: dict[str, Any], change: Callable[[Schema], Schema]) -> dict[str, Any]:
    """A copy in which every subschema is changed."""
    copy = dict(schema)
    for keyword, value in schema.items():
        if keyword in _LISTS:
            copy[keyword] = [change(item) for item in value]
        elif keyword in _MAPS:
            copy[keyword] = {name: change(item) for name, item in value.items()}
        elif keyword in _SINGLE:
            copy[keyword] = change(value)
    return copy
