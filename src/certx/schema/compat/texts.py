"""Which strings obey a set of facts: languages of patterns, lengths, and words left out."""

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import count, islice
from operator import and_
from string import ascii_lowercase
from typing import Final

from certx.schema.compat.answer import Rule, Step
from certx.schema.compat.domain import EMPTY, Domain, doubtful
from certx.schema.compat.formats import EXAMPLES
from certx.schema.compat.scalars import among, holds, language
from certx.schema.compat.strings import Language, TooLarge
from certx.schema.compat.terms import Format, Kind, Longer, Matches, Strings, Terms

_LONGEST: Final = 20_000
"""Characters of a string that is written out."""


def texts(  # noqa: C901, PLR0912 - one case for each kind of fact
    terms: Terms, facts: Iterable[int], most: int, without: frozenset[str] = frozenset()
) -> Domain:
    """Up to `most` strings, none of `without`, that obey all of the facts: atoms about strings or their negations."""
    facts = list(facts)
    only: frozenset[str] | None = None
    least, longest = 0, None
    languages: list[Language] = []
    doubts: list[Step] = []
    for fact in facts:
        match terms[fact], fact > 0:
            case Strings(values), True:
                only = values if only is None else only & values
            case Strings(values), False:
                without |= values
            case Longer(length), True:
                least = max(least, length)
            case Longer(length), False:
                longest = length - 1 if longest is None else min(longest, length - 1)
            case Matches(pattern), positive if (known := language(pattern)) is not None:
                languages.append(known if positive else ~known)
            case _:
                doubts.append(terms.doubt(fact))
    if only is not None:
        return among(terms, facts, Kind.STRING, sorted(only - without, key=lambda text: (len(text), text)), most)
    if longest is not None and least > longest:
        return EMPTY
    if languages:
        if least or longest is not None:
            languages.append(Language.lengths(least, longest))
        found = _members(reduce(and_, languages), most, without)
    elif least > _LONGEST:
        found = doubtful(Step(Rule.SIZE, keyword="minLength"))
    else:
        found = _words(least, longest, most, without)
    if not doubts:
        return found
    if found.complete:
        return among(terms, facts, Kind.STRING, found.values, most)
    examples = [
        text for fact in facts if isinstance(node := terms[fact], Format) for text in EXAMPLES.get(node.name, ())
    ]
    for text in (*examples, *found.values):
        if text not in without and all(holds(terms, fact, Kind.STRING, text) for fact in facts):
            return Domain((text,), complete=False)
    return found._replace(doubts=(*found.doubts, *doubts))


def _words(least: int, longest: int | None, most: int, without: frozenset[str]) -> Domain:
    """Strings of which only the length matters."""
    if longest == 0:
        kept = () if "" in without else ("",)
        return Domain(kept[:most], complete=len(kept) <= most)
    return Domain(tuple(islice((word for word in _spelled(least) if word not in without), most)), complete=False)


def _spelled(least: int) -> Iterator[str]:
    """Strings of a length, endlessly but for the empty one: `a` to `z`, then the rest of Unicode."""
    if least == 0:
        yield ""
        least = 1
    yield from (char + "a" * (least - 1) for char in ascii_lowercase)
    yield from (chr(point) + "a" * (least - 1) for point in count(0x4E00))


def _members(words: Language, most: int, without: frozenset[str]) -> Domain:
    """Strings of a language."""
    try:
        first = words.shortest()
        if first is None:
            return EMPTY
        if most == 1 and first not in without:
            return Domain((first,), complete=False)
        kept = [word for word in words.samples(most + len(without) + 4) if word not in without]
        if len(kept) >= most > 1:
            return Domain(tuple(kept[:most]), complete=False)
        rest = words - Language.of(without) if without else words
        every = rest.members(most)
        if every is not None:
            return Domain(tuple(every), complete=True)
        return Domain(tuple(kept[:most]) or ((one,) if (one := rest.shortest()) is not None else ()), complete=False)
    except TooLarge:
        return doubtful(Step(Rule.SIZE, keyword="pattern"))
