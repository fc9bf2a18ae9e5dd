"""What a schema says about one place of a document: all the subschemas that may speak there.

For the search alone, which tries on validators what it finds: a fact too many costs a try, one too few a witness.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice, product
from typing import Any, Final
from urllib.parse import urljoin

import jsonschema_rs

from certx.schema.compat.confirm import Subject
from certx.schema.compat.effort import Effort
from certx.schema.compat.load import At, UnresolvedError
from certx.schema.compat.strings import Language, TooLarge, UnsupportedPattern

Places = tuple[At, ...]
"""Subschemas that a value must obey, all of them."""
Way = list[At]
"""Subschemas that a value may choose to obey together."""

_MAX_FACTS: Final = 200
_MAX_WAYS: Final = 12
_MAX_DEPTH: Final = 40
"""Subschemas within subschemas for the same value."""
REFERENCES: Final = ("$ref", "$dynamicRef")
_CHOICES: Final = ("anyOf", "oneOf")
_CONDITIONS: Final = ("not", "if", "then", "else")
_ROOT: Final = "urn:certx:compat:root"


class Side:
    """One of the two schemas of a question."""

    def __init__(self, subject: Subject, effort: Effort) -> None:
        self._sources, self._effort = subject.sources, effort
        self.root: Places = (subject.sources.root,)
        self._resources = [*subject.resources.items(), (subject.sources.root.base or _ROOT, subject.schema)]
        self._compiled: dict[int, Any] = {}
        self._ways: dict[tuple[int, tuple[str, ...]], list[Way]] = {}

    def takes(self, places: Places, value: Any) -> bool:  # noqa: ANN401 - any JSON
        """Is the value, by itself, valid under all of the subschemas, as far as they compile alone?"""
        try:
            return all(self._effort.is_bearable(value, at) and self._validator(at).is_valid(value) for at in places)
        except ValueError:  # no text that JSON can carry, or a number beyond the validator
            return False

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry(self._resources)

    def _validator(self, at: At) -> Any:  # noqa: ANN401 - of the compiled library
        if isinstance(at.contents, bool):
            return _ANYTHING if at.contents else _NOTHING
        key = id(at.contents)
        if key not in self._compiled:
            try:
                schema = _absolute(at.contents, at.base or _ROOT)
                self._compiled[key] = jsonschema_rs.Draft202012Validator(schema, registry=self._registry, offline=True)
            except (ValueError, jsonschema_rs.ReferencingError):
                self._compiled[key] = _ANYTHING
        return self._compiled[key]

    def facts(self, places: Places) -> list[At]:
        """The subschemas and all that they apply to the same value, each once."""
        found: dict[int, At] = {}
        queue = list(places)
        for at in queue:
            if isinstance(at.contents, dict) and id(at.contents) not in found and len(found) < _MAX_FACTS:
                found[id(at.contents)] = at
                queue.extend(self._in_place(at))
        return list(found.values())

    def _in_place(self, at: At) -> Iterator[At]:
        yield from self._always(at)
        for keyword, value in at.contents.items():
            if keyword in _CHOICES:
                yield from (at.into(keyword, number) for number in range(len(value)))
            elif keyword in _CONDITIONS:
                yield at.into(keyword)
            elif keyword == "dependentSchemas":
                yield from (at.into(keyword, name) for name in value)

    def _always(self, at: At) -> Iterator[At]:
        """What a value that obeys the schema obeys as well."""
        for keyword, value in at.contents.items():
            if keyword in REFERENCES:
                yield from self._followed(at, keyword)
            elif keyword == "allOf":
                yield from (at.into(keyword, number) for number in range(len(value)))

    def ways(self, places: Places) -> list[Way]:
        """Some of the ways to obey the subschemas: one choice is taken wherever there is one."""
        ways: list[Way] = [[]]
        for at in places:
            ways = _both(ways, self._ways_of(at, 0))
        return ways

    def _ways_of(self, at: At, depth: int) -> list[Way]:
        if not isinstance(at.contents, dict) or depth > _MAX_DEPTH:
            return [[at]]
        key = id(at.contents), at.scope
        if key not in self._ways:
            self._ways[key] = ways = [[at]]  # of a schema that applies itself, no more than this
            for group in self._groups(at):
                ways = _both(ways, [way for inner in group for way in self._ways_of(inner, depth + 1)])
            self._ways[key] = ways
        return self._ways[key]

    def _groups(self, at: At) -> Iterator[list[At]]:
        """Subschemas of which a value obeys one: of those it always obeys, each alone."""
        yield from ([inner] for inner in self._always(at))
        for keyword in _CHOICES:
            if keyword in at.contents:
                yield [at.into(keyword, number) for number in range(len(at.contents[keyword]))]
        if branches := [at.into(keyword) for keyword in ("then", "else") if keyword in at.contents]:
            yield branches

    def _followed(self, at: At, keyword: str) -> Iterator[At]:
        try:
            yield self._sources.follow(at, at.contents[keyword], dynamic=keyword == "$dynamicRef")
        except UnresolvedError:
            return


def _both(ways: list[Way], others: list[Way]) -> list[Way]:
    """Each way together with each other, every subschema once; the first few."""
    pairs = islice(product(ways, others), _MAX_WAYS)
    return [list({id(at.contents): at for at in (*way, *other)}.values())[:_MAX_FACTS] for way, other in pairs]


_ANYTHING: Final = jsonschema_rs.Draft202012Validator(True)  # noqa: FBT003 - a schema
_NOTHING: Final = jsonschema_rs.Draft202012Validator(False)  # noqa: FBT003 - a schema


def _absolute(node: Any, base: str) -> Any:  # noqa: ANN401 - any part of a schema
    """The same with every reference absolute, so that the part can be compiled by itself."""
    if isinstance(node, list):
        return [_absolute(item, base) for item in node]
    if not isinstance(node, dict) or isinstance(node.get("$id"), str):
        return node
    references = {key: urljoin(base, node[key]) for key in REFERENCES if isinstance(node.get(key), str)}
    return {key: _absolute(value, base) for key, value in node.items()} | references


def of_member(facts: Iterable[At], name: str) -> Places:
    """The subschemas of the member of this name."""
    found: list[At] = []
    for at in schemas(facts):
        named = [at.into("properties", name)] if name in at.contents.get("properties", ()) else []
        patterns = at.contents.get("patternProperties", ())
        named += [at.into("patternProperties", pattern) for pattern in patterns if _matches(pattern, name)]
        found += named or [at.into(keyword) for keyword in ("additionalProperties",) if keyword in at.contents]
    return tuple(found) or tuple(at.into("unevaluatedProperties") for at in schemas(facts, "unevaluatedProperties"))


def of_item(facts: Iterable[At], place: int) -> Places:
    """The subschemas of the item at this place."""
    found: list[At] = []
    for at in schemas(facts):
        if place < len(at.contents.get("prefixItems", ())):
            found.append(at.into("prefixItems", place))
        elif "items" in at.contents:
            found.append(at.into("items"))
    return tuple(found) or tuple(at.into("unevaluatedItems") for at in schemas(facts, "unevaluatedItems"))


def contents(facts: Iterable[At]) -> list[dict[str, Any]]:
    """The schemas themselves."""
    return [at.contents for at in schemas(facts)]


def schemas(facts: Iterable[At], keyword: str | None = None) -> Iterator[At]:
    """Those that are no booleans, and have the keyword."""
    return (at for at in facts if isinstance(at.contents, dict) and (keyword is None or keyword in at.contents))


def _matches(pattern: str, name: str) -> bool:
    try:
        return name in Language.pattern(pattern)
    except (UnsupportedPattern, TooLarge):
        return False
