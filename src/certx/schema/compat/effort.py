"""How long would a validator take? Validators remember nothing, so a short schema can send them down a million paths.

The paths are counted before a validator is asked: those of the schema once, if it is not recursive, and only where that
does not settle it once for every pair of a subschema and a value.
"""

from collections.abc import Iterator
from functools import cached_property
from math import inf
from typing import Any, Final

from certx.schema.compat.load import At, Sources, UnresolvedError

MAX_EFFORT: Final = 200_000
"""Subschemas that a validator may look at, each as often as it is looked at: about a second of the slower one."""
_MAX_PATH: Final = 150
"""Subschemas within subschemas; both validators recurse."""
_SAME: Final = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")
_MEMBERS: Final = ("additionalProperties", "unevaluatedProperties", "propertyNames")
_NAMED: Final = ("properties", "patternProperties", "dependentSchemas")
_ITEMS: Final = ("items", "contains", "unevaluatedItems")


class Effort:
    """What it takes to validate documents against one schema."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def is_bearable(self, document: Any, at: At | None = None) -> bool:  # noqa: ANN401 - any JSON
        """May a validator be asked about this document, or about this value at a place of the schema?"""
        if self._paths * _size(document) <= MAX_EFFORT:
            return True
        return self._of(at or self._sources.root, document, 0, {}) <= MAX_EFFORT

    @cached_property
    def _paths(self) -> float:
        """The subschemas, each as often as there are ways to it; endless if one lies within itself."""
        return self._paths_from(self._sources.root, 0, {})

    def _paths_from(self, at: At, depth: int, known: dict[tuple[int, tuple[str, ...]], float]) -> float:
        if not isinstance(at.contents, dict):
            return 1
        key = id(at.contents), at.scope
        if key not in known:
            known[key] = inf
            if depth <= _MAX_PATH:
                known[key] = 1 + sum(self._paths_from(inner, depth + 1, known) for inner in self._anywhere(at))
        return known[key]

    def _anywhere(self, at: At) -> Iterator[At]:
        """Every subschema that a validator may take up next, whatever the value."""
        yield from (inner for inner, _ in self._referred(at, None))
        for keyword in (*_SAME, *_MEMBERS, *_ITEMS, "prefixItems"):
            yield from _schemas(at, keyword)
        for keyword in _NAMED:
            yield from (at.into(keyword, name) for name in at.contents.get(keyword, ()))

    def _of(self, at: At, value: Any, depth: int, known: dict[tuple[int, tuple[str, ...], int], int]) -> int:  # noqa: ANN401
        if not isinstance(at.contents, dict):
            return 1
        if depth > _MAX_PATH:
            return MAX_EFFORT + 1
        key = id(at.contents), at.scope, id(value)
        if key not in known:
            known[key] = MAX_EFFORT + 1  # met again on its own way, it would never end
            effort = 1 + (len(value) if isinstance(value, dict | list) else 0)
            for inner, part in self._within(at, value):
                effort += self._of(inner, part, depth + 1, known)
                if effort > MAX_EFFORT:
                    break
            known[key] = effort
        return known[key]

    def _within(self, at: At, value: Any) -> Iterator[tuple[At, Any]]:  # noqa: ANN401 - any JSON
        """Every subschema that a validator takes up next, and the value it takes it up with."""
        yield from self._referred(at, value)
        for keyword in _SAME:
            yield from ((place, value) for place in _schemas(at, keyword))
        if isinstance(value, dict):
            yield from self._members(at, value)
        elif isinstance(value, list):
            yield from zip(_schemas(at, "prefixItems"), value, strict=False)
            yield from ((place, item) for keyword in _ITEMS for place in _schemas(at, keyword) for item in value)

    def _referred(self, at: At, value: Any) -> Iterator[tuple[At, Any]]:  # noqa: ANN401 - any JSON
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in at.contents:
                try:
                    yield self._sources.follow(at, at.contents[keyword], dynamic=keyword == "$dynamicRef"), value
                except UnresolvedError:
                    continue

    def _members(self, at: At, value: dict[str, Any]) -> Iterator[tuple[At, Any]]:
        contents = at.contents
        yield from ((at.into("properties", n), value[n]) for n in contents.get("properties", ()) if n in value)
        yield from ((at.into("dependentSchemas", n), value) for n in contents.get("dependentSchemas", ()) if n in value)
        everywhere = [at.into("patternProperties", pattern) for pattern in contents.get("patternProperties", ())]
        everywhere += (place for keyword in _MEMBERS for place in _schemas(at, keyword))
        yield from ((place, member) for place in everywhere for member in value.values())


def _size(value: Any) -> int:  # noqa: ANN401 - any JSON
    """The values in a value, itself among them."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_size, parts))


def _schemas(at: At, keyword: str) -> Iterator[At]:
    """The subschema of a keyword, or the list of them."""
    part = at.contents.get(keyword)
    if isinstance(part, list):
        yield from (at.into(keyword, i) for i in range(len(part)))
    elif part is not None:
        yield at.into(keyword)
