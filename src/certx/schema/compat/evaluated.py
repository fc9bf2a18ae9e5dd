"""`unevaluatedProperties` and `unevaluatedItems` (core, section 11), by cases.

What a schema has evaluated depends on which of its in-place subschemas hold. So the schema is split into cases, in
each of which that is fixed; within a case the unevaluated rest is as plain as the rest of `additionalProperties`.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from certx.schema.compat.answer import Rule
from certx.schema.compat.keywords import ASSERTIONS, declared, has
from certx.schema.compat.load import At
from certx.schema.compat.terms import FALSE, TRUE, Members, Rest
from certx.schema.compat.translate import Keyword, Translation

MAX_SPLIT: Final = 128
"""Cases that one schema is split into."""
_MAX_IN_PLACE: Final = 40
_ALL: Final = -1


class _TooManyError(Exception):
    """More cases than are looked at."""


class Evaluated(NamedTuple):
    """What was evaluated: members of these names; items before `items` (`_ALL`: each) and those that hold `item`."""

    members: int = FALSE
    items: int = 0
    item: int = FALSE


class Case(NamedTuple):
    """When `term` holds, exactly this was evaluated."""

    term: int
    seen: Evaluated = Evaluated()


class _Splitting:
    """One kind of annotation followed through the in-place subschemas of a schema."""

    def __init__(self, to: Translation, *, members: bool) -> None:
        self._to, self._members = to, members
        self._own = "unevaluatedProperties" if members else "unevaluatedItems"
        self._depth = 0

    def cases(self, at: At, base: int | None = None) -> list[Case]:
        """The cases of the schema at a place; its term is `base` if that is known."""
        term = self._to.schema(at) if base is None else base
        if not isinstance(at.contents, dict):
            return [Case(term)]
        if self._depth > _MAX_IN_PLACE:
            raise _TooManyError
        self._depth += 1
        seen = self._beside(at, whole=base is None)
        found = [Case(term, seen)]
        for choice in self._choices(at):
            if len({case.seen for case in choice}) == 1:  # it is the same whichever holds
                choice = [Case(TRUE, choice[0].seen)]
            found = self._product(at, found, choice)
        self._depth -= 1
        return found

    def _product(self, at: At, left: list[Case], right: list[Case]) -> list[Case]:
        terms = self._to.terms
        merged: dict[Evaluated, int] = {}
        for one in left:
            self._to.check(at)
            for other in right:
                term = terms.all_of(one.term, other.term)
                seen = self._union(one.seen, other.seen)
                merged[seen] = terms.any_of(merged.get(seen, FALSE), term)
        if len(merged) > MAX_SPLIT:
            raise _TooManyError
        return [Case(term, seen) for seen, term in merged.items() if term != FALSE]

    def _union(self, one: Evaluated, other: Evaluated) -> Evaluated:
        either = self._to.terms.any_of
        items = _ALL if _ALL in (one.items, other.items) else max(one.items, other.items)
        return Evaluated(either(one.members, other.members), items, either(one.item, other.item))

    def _beside(self, at: At, *, whole: bool) -> Evaluated:
        """What the keywords of the schema itself evaluate."""
        contents = at.contents
        if whole and self._own in contents:
            return Evaluated(members=TRUE, items=_ALL)
        if self._members:
            return Evaluated(members=TRUE if "additionalProperties" in contents else declared(self._to, contents))
        item = self._to.inner(at.into("contains")) if "contains" in contents else FALSE
        return Evaluated(items=_ALL if "items" in contents else len(contents.get("prefixItems", ())), item=item)

    def _choices(self, at: At) -> Iterator[list[Case]]:
        """For each in-place subschema, the cases that it holds in, and the one in which it does not if it need not."""
        contents, to = at.contents, self._to
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in contents:
                target = to.follow(at, contents[keyword], dynamic=keyword == "$dynamicRef")
                if isinstance(target, int):
                    raise _TooManyError
                yield self.cases(target)
        for i in range(len(contents.get("allOf", ()))):
            yield self.cases(at.into("allOf", i))
        for keyword in ("anyOf", "oneOf"):
            for i in range(len(contents.get(keyword, ()))):
                branch = at.into(keyword, i)
                yield [*self.cases(branch), Case(-to.schema(branch))]
        for name in contents.get("dependentSchemas", ()):
            here = [Case(has(to, name))]
            yield [*self._product(at, here, self.cases(at.into("dependentSchemas", name))), Case(-has(to, name))]
        if "if" in contents:
            condition = at.into("if")
            then = self.cases(at.into("then")) if "then" in contents else [Case(TRUE)]
            otherwise = self.cases(at.into("else")) if "else" in contents else [Case(TRUE)]
            yield [
                *self._product(at, self.cases(condition), then),
                *self._product(at, [Case(-to.schema(condition))], otherwise),
            ]


def _unevaluated(members: bool, to: Translation, at: At, _value: Any) -> int:  # noqa: ANN401, FBT001 - in the table
    terms, keyword = to.terms, "unevaluatedProperties" if members else "unevaluatedItems"
    plain = terms.all_of(*(rule(to, at, at.contents[name]) for name, rule in ASSERTIONS.items() if name in at.contents))
    inner = to.inner(at.into(keyword))
    try:
        cases = _Splitting(to, members=members).cases(at, plain)
    except _TooManyError:
        return terms.unknown(Rule.KEYWORD, at.place, keyword)
    return terms.any_of(*(terms.all_of(case.term, _left_over(to, case.seen, inner, members=members)) for case in cases))


def _left_over(to: Translation, seen: Evaluated, inner: int, *, members: bool) -> int:
    if members:
        return to.terms.atom(Members(-seen.members, inner))
    if seen.items == _ALL:
        return TRUE
    return to.terms.atom(Rest(seen.items, to.terms.any_of(inner, seen.item)))


KEYWORDS: Final[Mapping[str, Keyword]] = {
    **ASSERTIONS,
    "unevaluatedProperties": partial(_unevaluated, True),  # noqa: FBT003 - of members
    "unevaluatedItems": partial(_unevaluated, False),  # noqa: FBT003 - of items
}
"""Every keyword that asserts something."""
