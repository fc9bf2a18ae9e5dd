"""Schemas with their references: where each leads, found without running anything and without fetching (core, 8.2)."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin

import jsonschema_rs
from jsonschema_specifications import REGISTRY
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable, Unretrievable
from referencing.jsonschema import DRAFT202012, DynamicAnchor

from certx.schema.compat.answer import Rule, Step
from certx.schema.compat.budget import MAX_NESTING, OutOfBudgetError

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_VALUES: Final = 200_000
"""Values, members and items that a schema and its resources may have together."""
_MAX_BITS: Final = 4_096
"""Of an integer: what is calculated with larger ones cannot be shown any more."""


class At(NamedTuple):
    """A place in a schema.

    `base` is what references are relative to; `scope` are the resources entered on the way here, the outermost first
    and each once, which is all that `$dynamicRef` can tell apart (core, section 7.1).
    """

    contents: Any
    base: str
    scope: tuple[str, ...]
    place: str

    def into(self, *path: str | int) -> "At":
        """The place of a subschema."""
        contents = self.contents
        for step in path:
            contents = contents[step]
        place = "/".join((self.place, *(str(step).replace("~", "~0").replace("/", "~1") for step in path)))
        return At(contents, self.base, self.scope, place).entered()

    def entered(self) -> "At":
        """This place as a resource of its own if it has an `$id`."""
        if not isinstance(self.contents, dict) or not isinstance(self.contents.get("$id"), str):
            return self
        return self.moved_to(urldefrag(urljoin(self.base, self.contents["$id"])).url)

    def moved_to(self, base: str) -> "At":
        """This place with another base."""
        scope = self.scope if base in self.scope else (*self.scope, base)
        return self._replace(base=base, scope=scope)


class UnresolvedError(Exception):
    """A reference leads nowhere that may be followed."""


class NotASchemaError(UnresolvedError):
    """A reference leads to something that the metaschema does not accept."""


class Sources:
    """A schema and the resources its references may lead to. Raises `UnresolvedError` for an `$id` that is no URI."""

    def __init__(self, schema: Any, resources: Mapping[str, Any], name: str) -> None:  # noqa: ANN401 - any JSON
        self.name = name
        self._registry: Registry[Any] = REGISTRY
        self._schemas: dict[int, bool] = {}
        try:
            pairs = [(uri, DRAFT202012.create_resource(contents)) for uri, contents in resources.items()]
            root: Resource[Any] = DRAFT202012.create_resource(schema)
            self._registry = self._registry.with_resources([*pairs, ("", root)]).crawl()
            self._given = {"": schema, **resources}
            self.root = At(schema, "", (), f"{name}#").moved_to(self._home("", schema))
        except (ValueError, TypeError, AttributeError) as error:
            raise UnresolvedError(str(error)) from error

    def follow(self, at: At, reference: str, *, dynamic: bool) -> At:
        """The schema that `$ref`, or `$dynamicRef` if `dynamic`, leads to from a place. Raises `UnresolvedError`."""
        target = self._found(at, reference, dynamic=dynamic)
        key = id(target.contents)
        if key not in self._schemas:
            self._schemas[key] = accepted(target.contents)
        if not self._schemas[key]:  # a pointer may lead into what was never meant as a schema
            raise NotASchemaError(reference)
        return target

    def _found(self, at: At, reference: str, *, dynamic: bool) -> At:
        try:
            uri, fragment = urldefrag(urljoin(at.base, reference)) if reference[:1] != "#" else (at.base, reference[1:])
            resource = self._registry.get_or_retrieve(uri).value
        except (ValueError, NoSuchResource, Unretrievable, Unresolvable) as error:
            raise UnresolvedError(reference) from error
        if (uri, "") in self._ambiguous:
            raise UnresolvedError(reference)
        place = reference if uri else at.place.partition("#")[0] + reference
        target = At(resource.contents, uri, at.scope, place).moved_to(self._home(uri, resource.contents))
        if not fragment:
            return target
        if fragment.startswith("/"):
            return self._pointed(target, unquote(fragment), reference)
        return self._anchored(target, fragment, reference, dynamic=dynamic)

    def _home(self, uri: str, contents: Any) -> str:  # noqa: ANN401 - any JSON
        """What references in a resource are relative to: its `$id` is joined once, never twice."""
        name = contents.get("$id") if uri in self._given and isinstance(contents, Mapping) else None
        return urldefrag(urljoin(uri, name)).url if isinstance(name, str) else uri

    def _pointed(self, at: At, pointer: str, reference: str) -> At:
        place = at.place
        for segment in pointer[1:].split("/"):
            key: str | int = segment.replace("~1", "/").replace("~0", "~")
            if isinstance(at.contents, list):
                key = int(segment) if segment.isdecimal() and segment.isascii() and len(segment) < 7 else -1
                known = 0 <= key < len(at.contents)
            else:
                known = isinstance(at.contents, dict) and key in at.contents
            if not known:
                raise UnresolvedError(reference)
            at = at.into(key)
        return at._replace(place=place)

    def _anchored(self, at: At, name: str, reference: str, *, dynamic: bool) -> At:
        try:
            anchor = self._anchor(at.base, name)
            if dynamic and isinstance(anchor, DynamicAnchor):
                for uri in at.scope:
                    outer = self._dynamic(uri, name)
                    if outer is not None:
                        return at._replace(contents=outer).moved_to(uri)
        except (NoSuchResource, Unresolvable) as error:
            raise UnresolvedError(reference) from error
        return at._replace(contents=anchor.resource.contents)

    def _anchor(self, uri: str, name: str) -> Any:  # noqa: ANN401 - of the library
        if (uri, name) in self._ambiguous:
            raise UnresolvedError(name)
        return self._registry.anchor(uri, name).value

    @cached_property
    def _ambiguous(self) -> frozenset[tuple[str, str]]:
        """Resources and anchors, by URI and name, of which there are two that differ: what they mean is undefined.

        Core, sections 8.2.1 and 8.2.2.
        """
        known: dict[tuple[str, str], Any] = {}
        found: set[tuple[str, str]] = set()
        todo = [(uri, DRAFT202012.create_resource(contents)) for uri, contents in self._given.items()]
        while todo:
            base, resource = todo.pop()
            name = resource.id()
            anchors: Iterable[Any] = resource.anchors()
            named = {anchor.name: anchor.resource.contents for anchor in anchors}
            if name is not None:
                base = urldefrag(urljoin(base, name)).url
                named[""] = resource.contents
            found |= {(base, key) for key, part in named.items() if not same(known.setdefault((base, key), part), part)}
            todo += [(base, inner) for inner in resource.subresources()]
        return frozenset(found)

    def _dynamic(self, uri: str, name: str) -> Any:  # noqa: ANN401 - a schema
        try:
            anchor = self._anchor(uri, name)
        except (NoSuchResource, Unresolvable):
            return None
        return anchor.resource.contents if isinstance(anchor, DynamicAnchor) else None


def beside(schema: Any, resources: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """The resources that a schema may refer to: one that is called as itself gives way to it."""
    name = _id(schema)
    return {uri: part for uri, part in resources.items() if name is None or name not in (uri, _id(part))}


def _id(part: Any) -> Any:  # noqa: ANN401 - any JSON
    return part.get("$id") if isinstance(part, dict) else None


def of_draft(schema: Mapping[str, Any]) -> bool:
    """Does a schema, also one inside another, not say that it is of another draft (core, 8.1.1)?"""
    return schema.get("$schema", DRAFT) in (DRAFT, DRAFT + "#")


def accepted(schema: Any) -> bool:  # noqa: ANN401 - any JSON
    """Does the metaschema of draft 2020-12 accept this? A schema of another draft is none of ours."""
    if not isinstance(schema, dict):
        return isinstance(schema, bool)
    try:
        return of_draft(schema) and bool(jsonschema_rs.meta.is_valid({**schema, "$schema": DRAFT}))
    except UnicodeEncodeError:  # an `$id` with half of a surrogate pair, which no URI has
        return False


def bounded(schema: Any, name: str) -> Any:  # noqa: ANN401 - any JSON
    """A copy in which no part is shared. Raises `OutOfBudgetError` for what is too deep or too large to look at."""
    left = iter(range(MAX_VALUES))

    def copy(value: Any, depth: int) -> Any:  # noqa: ANN401 - any JSON
        if depth > MAX_NESTING:
            raise OutOfBudgetError(Step(Rule.DEPTH, f"{name}#"))
        if next(left, None) is None:
            raise OutOfBudgetError(Step(Rule.SIZE, f"{name}#"))
        if isinstance(value, Mapping):
            return {str(key): copy(inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [copy(inner, depth + 1) for inner in value]
        if isinstance(value, int) and value.bit_length() > _MAX_BITS:
            raise OutOfBudgetError(Step(Rule.SIZE, f"{name}#"))
        return value

    return copy(schema, 0)


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON
    """Are two JSON values equal, `true` and `1` being different (core, section 4.2.2)?"""
    todo: list[tuple[Any, Any]] = [(one, other)]
    while todo:
        left, right = todo.pop()
        if isinstance(left, bool) or isinstance(right, bool):
            if left is not right:
                return False
        elif isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            todo.extend((left[key], right[key]) for key in left)
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            todo.extend(zip(left, right, strict=True))
        elif left != right:
            return False
    return True
