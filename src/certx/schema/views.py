"""Views of a closed licence schema: what a verifier may hold against a credential.

An issuer validates the closed schema. A verifier reads what it knows and ignores what it does not (*open*), and
on a partial disclosure must not call a claim missing that is only hidden (*partial*).
"""

from collections.abc import Mapping
from typing import Any, Final

_CLOSERS: Final = frozenset({"additionalProperties", "unevaluatedProperties"})

# Keywords that a hidden claim or array element could break although the whole licence obeys them.
_NEEDS_ALL: Final = frozenset(
    {
        "required", "minProperties", "dependentRequired", "contains", "minContains", "maxContains",
        "minItems", "if", "then", "else", "not", "dependentSchemas",
    }
)  # fmt: skip

_SCHEMA_MAPS: Final = frozenset({"properties", "patternProperties", "$defs"})
_SCHEMA_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})


def open_view(schema: Mapping[str, Any], *, partial: bool) -> dict[str, Any]:
    """The schema without what closes it and, if `partial`, without what only a full disclosure can satisfy.

    Each step only takes demands away, so a document that the closed schema accepts passes here, whole or in part.
    """
    result: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _CLOSERS and value is False:
            continue
        if partial and keyword in _NEEDS_ALL:
            continue
        name = "anyOf" if partial and keyword == "oneOf" and "anyOf" not in schema else keyword
        result[name] = _view_of(keyword, value, partial=partial)
    return result


def _view_of(keyword: str, value: Any, *, partial: bool) -> Any:  # noqa: ANN401 - any JSON value
    if keyword in _SCHEMA_MAPS and isinstance(value, dict):
        return {name: _sub(item, partial=partial) for name, item in value.items()}
    if keyword in _SCHEMA_LISTS and isinstance(value, list):
        return [_sub(item, partial=partial) for item in value]
    if keyword in {"items", "if", "then", "else", "not", "contains", "propertyNames"}:
        return _sub(value, partial=partial)
    return value


def _sub(value: Any, *, partial: bool) -> Any:  # noqa: ANN401 - a schema: object or boolean
    return open_view(value, partial=partial) if isinstance(value, dict) else value
