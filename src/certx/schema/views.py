"""Views of a closed licence schema: what a verifier may hold against a credential.

An issuer validates the closed schema. A verifier reads what it knows and ignores what it does not (*open*), and
on a partial disclosure must not call a claim missing that is only hidden (*partial*).
"""

from collections.abc import Mapping
from typing import Any, Final

_CLOSERS: Final = frozenset({"additionalProperties", "unevaluatedProperties"})

# Keywords that a hidden claim or array element could break although the whole licence obeys them. Positions of an
# array shift when elements are hidden; what is unevaluated depends on keywords that are left out here.
_NEEDS_ALL: Final = frozenset(
    {
        "required", "minProperties", "dependentRequired", "contains", "minContains", "maxContains", "minItems",
        "if", "then", "else", "not", "dependentSchemas", "prefixItems", "unevaluatedProperties", "unevaluatedItems",
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
        if keyword in _CLOSERS and value is False:
            continue
        if partial and (keyword in _NEEDS_ALL or (keyword == "items" and "prefixItems" in schema)):
            continue
        if partial and keyword == "oneOf":  # branches that were apart may meet once their demands are gone
            alternatives.append({"anyOf": _view_of(keyword, value, partial=True)})
            continue
        result[keyword] = _view_of(keyword, value, partial=partial)
    if alternatives:
        result["allOf"] = [*result.get("allOf", ()), *alternatives]
    return result


def _view_of(keyword: str, value: Any, *, partial: bool) -> Any:  # noqa: ANN401 - any JSON value
    if keyword in _SCHEMA_MAPS and isinstance(value, dict):
        return {name: _sub(item, partial=partial) for name, item in value.items()}
    if keyword in _SCHEMA_LISTS and isinstance(value, list):
        return [_sub(item, partial=partial) for item in value]
    return _sub(value, partial=partial) if keyword in _SCHEMAS else value


def _sub(value: Any, *, partial: bool) -> Any:  # noqa: ANN401 - a schema: object or boolean
    return open_view(value, partial=partial) if isinstance(value, dict) else value
