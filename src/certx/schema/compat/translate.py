"""A schema as a term: its references followed, its keywords looked up in the table of `keywords`."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from certx.schema.compat.answer import Rule
from certx.schema.compat.atoms import FALSE, TRUE, Reference
from certx.schema.compat.budget import MAX_OPEN, Deadline, check
from certx.schema.compat.load import At, NotASchemaError, Sources, UnresolvedError, of_draft
from certx.schema.compat.terms import Terms

Keyword = Callable[["Translation", At, Any], int]
"""The term of one keyword: of the schema at a place, with this value."""


class _Key(NamedTuple):
    """A schema and all that its meaning depends on. The place in memory is its name: copies are never shared."""

    contents: int
    base: str
    scope: tuple[str, ...]


class Translation:
    """The terms of one schema, by a table of what each keyword says."""

    def __init__(self, terms: Terms, sources: Sources, keywords: Mapping[str, Keyword], deadline: Deadline) -> None:
        self.terms, self._sources, self._keywords, self._deadline = terms, sources, keywords, deadline
        self.endless: list[str] = []
        """Where a schema refers to itself without going into the value: validators would not end (core, 9.4.1)."""
        self._known: dict[_Key, int] = {}
        self._open: dict[_Key, int] = {}
        self._references: dict[_Key, int] = {}
        self._places: dict[int, At] = {}
        self._level = 0

    def root(self) -> int:
        """The term of the whole schema."""
        return self.schema(self._sources.root)

    def schema(self, at: At) -> int:
        """The term of the schema at a place, about the same value; one met inside itself is a `Reference`."""
        if isinstance(at.contents, bool):
            return TRUE if at.contents else FALSE
        key = _Key(id(at.contents), at.base, at.scope)
        if key not in self._known:
            if key in self._open or len(self._open) > MAX_OPEN:
                return self._refer(key, at)
            self._open[key] = self._level
            term = self._translate(at)
            del self._open[key]
            self._known[key] = term
        return self._known[key]

    def inner(self, at: At) -> int:
        """The term of a schema about a part of the value."""
        self._level += 1
        term = self.schema(at)
        self._level -= 1
        return term

    def follow(self, at: At, reference: str, *, dynamic: bool) -> At | int:
        """Where a reference leads, or the term of one that leads nowhere."""
        keyword = "$dynamicRef" if dynamic else "$ref"
        try:
            return self._sources.follow(at, reference, dynamic=dynamic)
        except NotASchemaError:
            return self.terms.unknown(Rule.SCHEMA, at.place, keyword, reference)
        except UnresolvedError:
            return self.terms.unknown(Rule.REFERENCE, at.place, keyword, reference)

    def unfold(self, number: int) -> int | None:
        """What a `Reference` stands for, if it is of this schema."""
        at = self._places.get(number)
        return None if at is None else self.schema(at)

    def check(self, at: At) -> None:
        """Raise `OutOfBudgetError` if the time is up."""
        check(self._deadline, at.place)

    def _translate(self, at: At) -> int:
        self.check(at)
        if not of_draft(at.contents):
            return self.terms.unknown(Rule.SCHEMA, at.place, "$schema", str(at.contents["$schema"]))
        parts: list[int] = []
        for keyword, value in at.contents.items():
            rule = self._keywords.get(keyword)
            if rule is not None:
                known = len(self.terms.nodes)
                parts.append(rule(self, at, value))
                for number in (*range(known, len(self.terms.nodes)), abs(parts[-1])):
                    self.terms.origins.setdefault(number, (f"{at.place}/{keyword}", keyword))
        return self.terms.all_of(*parts)

    def _refer(self, key: _Key, at: At) -> int:
        if self._open.get(key) == self._level:
            self.endless.append(at.place)
            return self.terms.unknown(Rule.REFERENCE, at.place, "$ref", "itself")
        number = self._references.setdefault(key, len(self._references))
        term = self.terms.atom(Reference(self._sources.name, number))
        self._places[term] = at
        return term
