"""What a constraint looks at: if that were hidden, it could be broken and nobody would know.

A keyword that is not in the tables below is taken to look at all that is in the value it stands at.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from certx.licence.paths import Path, format_path


class Look(NamedTuple):
    """A place, -1 for each element: is it there, and what is its value; `is_whole`: with all that is in it."""

    path: Path
    is_whole: bool = False

    def __str__(self) -> str:
        """The path; that of the licence itself is `*`."""
        return format_path(self.path) or "*"


def looks_of(schema: object, at: Path = ()) -> Iterator[Look]:
    """The places that a schema for what stands at `at` speaks of, in whichever branch."""
    if schema is False:
        yield Look(at)
    for keyword, value in _members(schema):
        walk = _WALKS.get(keyword)
        if walk is not None:
            yield from walk(value, at)
        elif keyword in _SCALARS:
            yield Look(at)
        elif keyword not in _ANNOTATIONS:
            yield Look(at, is_whole=True)


def _each_named(value: object, at: Path) -> Iterator[Look]:
    for name, inner in _members(value):
        yield from looks_of(inner, (*at, name))


def _names(value: object, at: Path) -> Iterator[Look]:
    return (Look((*at, name)) for name in _items(value) if isinstance(name, str))


def _dependent_names(value: object, at: Path) -> Iterator[Look]:
    for name, others in _members(value):
        yield from _names([name, *_items(others)], at)


def _dependent(value: object, at: Path) -> Iterator[Look]:
    for name, inner in _members(value):
        yield Look((*at, name))
        yield from looks_of(inner, at)


def _each(value: object, at: Path) -> Iterator[Look]:
    return looks_of(value, (*at, -1))


def _some(value: object, at: Path) -> Iterator[Look]:
    yield Look((*at, -1))
    yield from looks_of(value, (*at, -1))


def _first(value: object, at: Path) -> Iterator[Look]:
    yield Look((*at, -1))  # with others hidden, nobody knows which were the first
    for nth, inner in enumerate(_items(value)):
        yield from looks_of(inner, (*at, nth))


def _count(_value: object, at: Path) -> Iterator[Look]:
    yield Look((*at, -1))


def _branches(value: object, at: Path) -> Iterator[Look]:
    for inner in _items(value):
        yield from looks_of(inner, at)


def _value(value: object, at: Path) -> Iterator[Look]:
    yield Look(at, is_whole=isinstance(value, dict | list))


def _values(value: object, at: Path) -> Iterator[Look]:
    for one in _items(value):
        yield from _value(one, at)


_WALKS: Final[Mapping[str, Callable[[object, Path], Iterator[Look]]]] = MappingProxyType(
    {
        "properties": _each_named, "required": _names, "dependentRequired": _dependent_names,
        "dependentSchemas": _dependent, "items": _each, "contains": _some, "prefixItems": _first,
        "minItems": _count, "maxItems": _count, "minContains": _count, "maxContains": _count,
        "const": _value, "enum": _values, "allOf": _branches, "anyOf": _branches, "oneOf": _branches,
        "not": looks_of, "if": looks_of, "then": looks_of, "else": looks_of,
    }
)  # fmt: skip
_SCALARS: Final = frozenset(
    {
        "type", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum", "multipleOf",
    }
)  # fmt: skip
"""What is said of a value as it stands there, whatever is in it."""
_ANNOTATIONS: Final = frozenset(
    {
        "$schema", "$id", "$comment", "$defs", "title", "description", "default", "examples", "deprecated",
        "readOnly", "writeOnly",
    }
)  # fmt: skip
"""What decides nothing; references, which would make `$defs` count, are refused."""


def _members(value: object) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, Mapping) else []


def _items(value: object) -> list[Any]:
    """The members of a list; whatever else it is, itself."""
    return value if isinstance(value, list) else [value]
