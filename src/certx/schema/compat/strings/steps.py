"""Steps: a term read one character further is a term again (Brzozowski, Derivatives of Regular Expressions, 1964)."""

from collections.abc import Iterable
from functools import lru_cache

from certx.schema.compat.strings.characters import Characters
from certx.schema.compat.strings.kinds import NOTHING, Both, Either, Loop, Other, Step, Term
from certx.schema.compat.strings.terms import both, complement, either, one_round


def after(term: Term, char: str) -> Term:
    """What may follow once the character has been read."""
    match term:
        case Step(_, _, characters, then):
            return then if char in characters else NOTHING
        case Loop():
            return either(after(part, char) for part in _unrolled(term))
        case Both(_, _, parts):
            return both(after(part, char) for part in parts)
        case Either(_, _, parts):
            return either(after(part, char) for part in parts)
        case Other(_, _, inner):
            return complement(after(inner, char))
        case _:
            return NOTHING


def firsts(term: Term) -> list[Characters]:
    """The sets of characters that the next step may be of, one for each thing that `after` has to look at."""
    match term:
        case Step(_, _, characters, _):
            return [characters]
        case Loop():
            inner: Iterable[Term] = _unrolled(term)
        case Both(_, _, parts) | Either(_, _, parts):
            inner = parts
        case Other(_, _, other):
            inner = (other,)
        case _:
            return []
    return [characters for part in inner for characters in firsts(part)]


def _unrolled(term: Loop) -> list[Term]:
    """The first round of the loop, and of each loop behind it that may come at once."""
    parts: list[Term] = []
    rest: Term = term
    while isinstance(rest, Loop):
        parts.append(_first_round(rest))
        if rest.least:
            return parts
        rest = rest.then
    return [*parts, rest]


@lru_cache(maxsize=4096)
def _first_round(term: Loop) -> Term:
    return one_round(term.body, term.least, term.most, term.then)
