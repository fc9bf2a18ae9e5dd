"""Languages: sets of texts with the operations of sets, and members that show what is in them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice
from math import inf
from typing import Final, Self

from certx.schema.compat.strings.characters import Characters
from certx.schema.compat.strings.kinds import END, EVERYTHING, NOTHING, Term
from certx.schema.compat.strings.pattern import parse
from certx.schema.compat.strings.steps import after
from certx.schema.compat.strings.terms import both, complement, either, found_in, length, step
from certx.schema.compat.strings.walk import DEFAULT_BUDGET, Graph, Layers, Walk
from certx.schema.compat.strings.windows import windows

_NEAR: Final = 300
"""States that sample members are taken from."""
_EDGES: Final = 6
"""Edges of a class that sample members show."""


@dataclass(frozen=True, slots=True)
class Language:
    """A set of texts. Equality is of terms: equal languages are the same set, the same set need not be equal.

    The questions raise `TooLarge` where they take more than the budget of steps.
    """

    term: Term

    @classmethod
    def any(cls) -> Self:
        """Every text."""
        return cls(EVERYTHING)

    @classmethod
    def none(cls) -> Self:
        """No text."""
        return cls(NOTHING)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Exactly these texts."""
        return cls(_literals(sorted(set(texts)), 0))

    @classmethod
    def lengths(cls, least: int = 0, most: int | None = None) -> Self:
        """Every text of so many characters (code points: JSON Schema validation, section 6.3)."""
        return cls(length(least, most))

    @classmethod
    def pattern(cls, source: str) -> Self:
        """The texts in which the pattern is found somewhere, as `pattern` asks. Raises `UnsupportedPattern`."""
        return cls(_pattern(source))

    def __and__(self, other: "Language") -> "Language":
        return Language(both([self.term, other.term]))

    def __or__(self, other: "Language") -> "Language":
        return Language(either([self.term, other.term]))

    def __sub__(self, other: "Language") -> "Language":
        return Language(both([self.term, complement(other.term)]))

    def __invert__(self) -> "Language":
        return Language(complement(self.term))

    def __contains__(self, text: str) -> bool:
        term = self.term
        for char in text:
            term = after(term, char)
        return term.nullable

    def is_empty(self, budget: int = DEFAULT_BUDGET) -> bool:
        """Has it no member?"""
        return self._least(budget) is None

    def includes(self, other: "Language", budget: int = DEFAULT_BUDGET) -> bool:
        """Is every member of the other one of this?"""
        return (other - self).is_empty(budget)

    def shortest(self, budget: int = DEFAULT_BUDGET) -> str | None:
        """A shortest member, of letters and digits where it can be; None if there is none."""
        found = self._least(budget)
        return found if isinstance(found, str) or found is None else found[0].text(found[1])

    def _least(self, budget: int) -> "str | tuple[Layers, int] | None":
        """A shortest member, or how to make it."""
        best: str | tuple[Layers, int] | None = None
        size: int | None = None
        for core, spans in windows(self.term):
            walk = Walk(core, budget)
            text = walk.shortest()
            if text is None or (size is not None and len(text) >= size):
                continue
            if any(least <= len(text) and (most is None or len(text) <= most) for least, most in spans):
                best, size = text, len(text)
                continue
            layers = Layers(walk)
            for least, most in spans:
                if (found := layers.first_length(max(least, len(text)), most)) is not None:
                    if size is None or found < size:
                        best, size = (layers, found), found
                    break
        return best

    def members(self, most: int, budget: int = DEFAULT_BUDGET) -> list[str] | None:
        """All members, shortest first; None if there are more than `most`."""
        graph = Walk(self.term, budget).graph()
        if _count(graph) > most:
            return None
        found: list[str] = []
        level = [("", state) for state in graph.moves if state is self.term]
        while level:
            found += [text for text, state in level if state.nullable]
            level = [
                (text + chr(point), to)
                for text, state in level
                for characters, to in graph.moves[state]
                for first, last in characters.spans
                for point in range(first, last + 1)
            ]
        return found

    def samples(self, most: int, budget: int = DEFAULT_BUDGET) -> list[str]:
        """Up to so many members that differ in kind: a shortest, a long one, every way through, the edges of classes.

        Never too large: what is not found within the budget is left out.
        """
        return list(islice(dict.fromkeys(_various(Walk(self.term, budget).beginning(_NEAR))), most))


def _count(graph: Graph) -> float:
    """How many texts there are."""
    order = graph.in_order()
    if order is None:
        return inf
    ways = dict.fromkeys(order, 0)
    for state in order:
        ways[state] += not graph.leading[state]
        for characters, to in graph.moves[state]:
            ways[to] += ways[state] * len(characters)
    return sum(number for state, number in ways.items() if state.nullable)


def _various(graph: Graph) -> Iterator[str]:
    """Texts that between them take every move of the graph: at first one of each, then the edges of its characters."""
    through = [
        (graph.leading[state], characters, graph.ending[to])
        for state, moves in graph.moves.items()
        for characters, to in moves
    ]
    yield from (graph.leading[state] for state in graph.moves if state.nullable)
    yield from (before + characters.pick() + behind for before, characters, behind in through)
    order = graph.in_order()
    yield from () if order is None else (graph.leading[state] for state in reversed(order) if state.nullable)
    for before, characters, behind in through:
        yield from (before + char + behind for char in characters.edges()[:_EDGES])


def _literals(texts: list[str], at: int) -> Term:
    """The texts, sorted and without those that end before `at`, from that character on."""
    terms: list[Term] = [END] if texts and len(texts[0]) == at else []
    for char, group in groupby((text for text in texts if len(text) > at), key=lambda text: text[at]):
        terms.append(step(Characters.of(char), _literals(list(group), at + 1)))
    return either(terms)


@lru_cache(maxsize=1024)
def _pattern(source: str) -> Term:
    return found_in(parse(source))
