"""Does a given null, boolean, number or string obey a term? And which booleans do?"""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any

from certx.schema.compat.domain import Domain
from certx.schema.compat.formats import is_of
from certx.schema.compat.strings import Language, TooLarge, UnsupportedPattern
from certx.schema.compat.terms import (
    Above,
    And,
    Below,
    Booleans,
    Format,
    Kind,
    Longer,
    Matches,
    Multiple,
    Numbers,
    Strings,
    Terms,
)

Scalar = bool | Fraction | str | None


@lru_cache(maxsize=512)
def language(pattern: str) -> Language | None:
    """The strings that a pattern is found in, if patterns of its sort are understood."""
    try:
        return Language.pattern(pattern)
    except (UnsupportedPattern, TooLarge):
        return None


@lru_cache(maxsize=4096)
def _matches(pattern: str, text: str) -> bool | None:
    known = language(pattern)
    return None if known is None else text in known


def holds(terms: Terms, term: int, kind: Kind, value: Scalar) -> bool | None:
    """Does the value, of this kind, obey the term? None: not known."""
    known = terms.on(term, kind)
    if known:
        return known > 0
    node = terms[term]
    if isinstance(node, And):
        each = [holds(terms, part, kind, value) for part in node.parts]
        found = False if False in each else None if None in each else True
    else:
        found = _obeys(node, value)
    return found if term > 0 or found is None else not found


def _obeys(node: object, value: Scalar) -> bool | None:  # noqa: PLR0911 - one return for each kind of atom
    match node, value:
        case Booleans(only), bool():
            return only is value
        case (Numbers(values), Fraction()) | (Strings(values), str()):
            return value in values
        case Above(limit, strict), Fraction():
            return value > limit or (value == limit and not strict)
        case Below(limit, strict), Fraction():
            return value < limit or (value == limit and not strict)
        case Multiple(of), Fraction():
            return (value / of).denominator == 1
        case Longer(length), str():
            return len(value) >= length
        case Matches(pattern), str():
            return _matches(pattern, value)
        case Format(name), str():
            return is_of(name, value)
        case _:
            return None


def among(terms: Terms, facts: Iterable[int], kind: Kind, values: Iterable[Any], most: int) -> Domain:
    """Up to `most` of the values that obey all of the facts; what is not known of one is a doubt."""
    facts = list(facts)
    kept: list[Any] = []
    unknown: set[int] = set()
    for value in values:
        if len(kept) == most:
            return Domain(tuple(kept), complete=False, doubts=tuple(map(terms.doubt, unknown)))
        each = {fact: holds(terms, fact, kind, value) for fact in facts}
        if False not in each.values():
            kept.append(value)
            unknown |= {fact for fact, known in each.items() if known is None}
    return Domain(tuple(kept), complete=True, doubts=tuple(map(terms.doubt, unknown)))
