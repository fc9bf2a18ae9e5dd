"""Patterns that can hold up a matcher that backtracks: texts exist that match in exponentially many ways.

By the automaton of positions (Glushkov, 1961): exponentially ambiguous if from one position back to it lead two ways
that read the same text (Weber and Seidl, 1991, criterion EDA). Counted repetitions that may be long count as endless.
Our own validators take linear time; other verifiers read the same schemas with what their language has.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise, product
from typing import Any, Final, NamedTuple

from certx.gate.finding import Hit, Weight
from certx.schema.compat.strings.characters import Characters
from certx.schema.compat.strings.pattern import Choice, Edge, Look, Node, Repeat, Sequence, UnsupportedPattern, parse

_SHORT: Final = 8
"""A repetition of at most so many rounds cannot take long."""
_MOST_POSITIONS: Final = 64


def pattern_hits(document: Mapping[str, Any]) -> Iterator[tuple[str, Hit]]:
    """What is wrong with each pattern of a schema."""
    for at, pattern in sorted(set(_patterns(document, ()))):
        place = ".".join(at)
        shown = {"pattern": pattern[:120]}
        try:
            part = backtracking_part(parse(pattern))
        except UnsupportedPattern as error:
            detail = {**shown, "detail": error.construct[:120]}
            yield "pattern-unreadable", Hit(place, detail, weight=Weight.NOTICE)
            continue
        if part is not None:
            yield "pattern-backtracks", Hit(place, {**shown, "part": part})


def _patterns(node: object, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, Mapping):
        if isinstance(node.get("pattern"), str):
            yield (*at, "pattern"), node["pattern"]
        by_pattern = node.get("patternProperties")
        for pattern in by_pattern if isinstance(by_pattern, Mapping) else ():
            yield (*at, "patternProperties"), pattern
        for name, inner in node.items():
            yield from _patterns(inner, (*at, str(name)))
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _patterns(inner, (*at, str(index)))


class _Part(NamedTuple):
    """Of a part of a pattern: may it read nothing, at which positions can it begin, at which end?"""

    empty: bool
    first: frozenset[int]
    last: frozenset[int]


def _all(sets: Iterable[frozenset[int]]) -> frozenset[int]:
    return frozenset[int]().union(*sets)


class _Positions:
    """The automaton of positions: what each reads, and which follow which, each as often as there are ways to."""

    def __init__(self) -> None:
        self.reads: list[Characters] = []
        self.follows: dict[tuple[int, int], int] = {}

    def add(self, node: Node) -> _Part:
        """Add the positions of a node."""
        match node:
            case Characters():
                self.reads.append(node)
                here = frozenset({len(self.reads) - 1})
                return _Part(empty=False, first=here, last=here)
            case Choice(parts):
                each = [self.add(part) for part in parts]
                nothing = any(part.empty for part in each)
                return _Part(nothing, _all(part.first for part in each), _all(part.last for part in each))
            case Sequence(parts):
                return self._chain([self.add(part) for part in parts])
            case Repeat(body, least, most):
                return self._loop(body, least, most)
            case Look() | Edge():
                return _Part(empty=True, first=frozenset(), last=frozenset())

    def _chain(self, parts: list[_Part]) -> _Part:
        nothing, first, last = True, frozenset[int](), frozenset[int]()
        for empty, begins, ends in parts:
            self._link(last, begins)
            first = first | begins if nothing else first
            last = last | ends if empty else ends
            nothing = nothing and empty
        return _Part(nothing, first, last)

    def _loop(self, body: Node, least: int, most: int | None) -> _Part:
        if most is not None and most <= 1:
            empty, first, last = self.add(body)
            return _Part(empty or least == 0, first, last)
        if most is not None and most <= _SHORT:
            return self._rounds([self.add(body) for _ in range(most)], least)
        empty, first, last = self.add(body)
        self._link(last, first)
        return _Part(empty or least == 0, first, last)

    def _rounds(self, rounds: list[_Part], least: int) -> _Part:
        """One after the other, as far as it goes: `x(x(x)?)?`, so that no text has two ways by the rounds alone."""
        for one, following in pairwise(rounds):
            self._link(one.last, following.first)
        ends = rounds if rounds[0].empty else rounds[max(least - 1, 0) :]
        return _Part(least == 0 or rounds[0].empty, rounds[0].first, _all(part.last for part in ends))

    def _link(self, ends: frozenset[int], begins: frozenset[int]) -> None:
        for pair in product(ends, begins):
            self.follows[pair] = self.follows.get(pair, 0) + 1


def backtracking_part(tree: Node) -> str | None:
    """A character of a part that matches some text in exponentially many ways, `None` if there is no such part."""
    automaton = _Positions()
    automaton.add(tree)
    if len(automaton.reads) > _MOST_POSITIONS:
        return None
    after: dict[int, set[int]] = {}
    for before, behind in automaton.follows:
        after.setdefault(before, set()).add(behind)
    for position in range(len(automaton.reads)):
        if _returns_twice(position, automaton, after):
            return automaton.reads[position].pick()
    return None


def _returns_twice(position: int, automaton: _Positions, after: Mapping[int, set[int]]) -> bool:
    """Do two different ways lead from a position back to it by the same text?

    Pairs of positions that the same text leads to, with whether the ways were ever apart: by different positions, or
    by a step that can be taken in two ways.
    """
    start = (position, position, False)
    seen, waiting = {start}, [start]
    while waiting:
        one, other, were_apart = waiting.pop()
        for left, right in product(after.get(one, ()), after.get(other, ())):
            if not automaton.reads[left] & automaton.reads[right]:
                continue
            twice = one == other and left == right and automaton.follows[one, left] > 1
            found = (left, right, were_apart or left != right or twice)
            if found == (position, position, True):
                return True
            if found not in seen:
                seen.add(found)
                waiting.append(found)
    return False
