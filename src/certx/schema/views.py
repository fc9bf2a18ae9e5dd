"""Views of a closed licence schema: what a verifier may hold against a credential.

An issuer validates the closed schema. A verifier reads what it knows and ignores what it does not (*open*), and
on a partial disclosure must not call a claim missing that is only hidden (*partial*).
"""

from collections.abc import Mapping
from typing import Any, Final

_CLOSERS: Final = frozenset({"additionalProperties", "additionalItems"})

# Whether something is unevaluated depends on keywords that a view may leave out.
_UNEVALUATED: Final = frozenset({"unevaluatedProperties", "unevaluatedItems"})

# Keywords that a hidden claim or array element could break although the whole licence obeys them. Positions of an
# array shift when elements are hidden.
_NEEDS_ALL: Final = frozenset(
    {
        "required", "minProperties", "dependentRequired", "contains", "minContains", "maxContains", "minItems",
        "if", "then", "else", "not", "dependentSchemas", "prefixItems",
    }
)  # fmt: skip

_SCHEMA_MAPS: Final = frozenset({"properties", "patternProperties", "$defs", "dependentSchemas"})
_SCHEMA_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SCHEMAS: Final = frozenset(
    {
        "items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "propertyNames", "contains",
        "if", "then", "else", "not",
    }
)  # fmt: skip


def open_view(schema: Mapping[str, Any], *, partial: bool) -> dict[str, Any]:
    """The schema without what closes it and, if `partial`, without what only a full disclosure can satisfy.

    Each step only takes demands away, so a document that the closed schema accepts passes here, whole or in part.
    """
    result: dict[str, Any] = {}
    alternatives: list[Any] = []
    for keyword, value in schema.items():
        if keyword in _UNEVALUATED or (keyword in _CLOSERS and value is False) or _turns(keyword, schema):
            continue
        if partial and (keyword in _NEEDS_ALL or (keyword == "items" and "prefixItems" in schema)):
            continue
        if keyword == "oneOf" and (partial or not all(map(_is_open, value))):
            # Branches that were apart may meet once their demands are gone.
            alternatives.append({"anyOf": _view_of(keyword, value, partial=partial)})
            continue
        result[keyword] = _view_of(keyword, value, partial=partial)
    if alternatives:
        result["allOf"] = [*result.get("allOf", ()), *alternatives]
    return result


def _turns(keyword: str, schema: Mapping[str, Any]) -> bool:
    """Would opening what this keyword holds turn into a demand, so that it has to go as a whole?"""
    match keyword:
        case "not":
            return not _is_open(schema["not"])
        case "if" | "then" | "else":
            return not _is_open(schema.get("if", True))
        case "contains" | "minContains" | "maxContains":
            return "maxContains" in schema and not _is_open(schema.get("contains", True))
        case _:
            return False


def _is_open(value: Any) -> bool:  # noqa: ANN401 - a schema: object or boolean
    """Is a schema its own open view, as far as can be seen without following references?"""
    if isinstance(value, list):
        return all(map(_is_open, value))
    if not isinstance(value, dict):
        return True
    return value.keys().isdisjoint({"$ref", "$dynamicRef", *_CLOSERS, *_UNEVALUATED}) and all(
        map(_is_open, value.values())
    )


def _view_of(keyword: str, value: Any, *, partial: bool) -> Any:  # noqa: ANN401 - any JSON value
    if keyword in _SCHEMA_MAPS and isinstance(value, dict):
        return {name: _sub(item, partial=partial) for name, item in value.items()}
    if keyword in _SCHEMA_LISTS and isinstance(value, list):
        return [_sub(item, partial=partial) for item in value]
    return _sub(value, partial=partial) if keyword in _SCHEMAS else value


def _sub(value: Any, *, partial: bool) -> Any:  # noqa: ANN401 - a schema: object or boolean
    return open_view(value, partial=partial) if isinstance(value, dict) else value
