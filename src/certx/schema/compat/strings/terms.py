"""Terms: what may still follow, as a value. A term read one character further is a term again (Brzozowski, 1964).

So terms are the states of an automaton that is never built in advance: intersection, complement and look-ahead cost
nothing until they are walked (`certx.schema.compat.strings.walk`), and a counted repetition is a number, not copies.
Equal terms are one object; what is simplified here only keeps the walk short.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from certx.schema.compat.strings.characters import ANY, Characters
from certx.schema.compat.strings.kinds import END, EVERYTHING, NOTHING, Both, Either, End, Loop, Other, Step, Term, one
from certx.schema.compat.strings.pattern import Choice, Edge, Look, Node, Repeat, Sequence


def step(characters: Characters, then: Term) -> Term:
    """One of the characters, then the rest."""
    if not characters.spans or then is NOTHING:
        return NOTHING
    return one(Step, characters, then, nullable=False)


def loop(body: Node, least: int, most: int | None, then: Term) -> Term:
    """The body between `least` and `most` times, then the rest."""
    if most == 0 or then is NOTHING or (then is EVERYTHING and least == 0):
        return then
    if then is EVERYTHING:
        most = least
    if least == most == 1:
        return follow(body, _Rest(then, then), at_start=False).start
    if body is ANY and then is END and least == 0 and most is None:
        return EVERYTHING
    if isinstance(body, Characters):
        if isinstance(then, Loop) and then.body is body:
            total = None if most is None or then.most is None else most + then.most
            return loop(body, least + then.least, total, then.then)
        return one(Loop, body, least, most, then, nullable=least == 0 and then.nullable)
    nullable = then.nullable if least == 0 else _silent(body).nullable and one_round(body, least, most, then).nullable
    return one(Loop, body, least, most, then, nullable=nullable)


def length(least: int, most: int | None) -> Term:
    """Every text of at least and at most so many characters."""
    return NOTHING if most is not None and most < least else loop(ANY, least, most, END)


def is_length(term: Term) -> bool:
    """Does only the length of a text decide?"""
    return term is END or term is EVERYTHING or (isinstance(term, Loop) and term.body is ANY and term.then is END)


def _fewer(count: int | None) -> int | None:
    return None if count is None else count - 1


class _Rest(NamedTuple):
    """What follows: if nothing has been read since the beginning (of the text, of a round), and if something has."""

    start: Term
    later: Term


def follow(node: Node, rest: _Rest, *, at_start: bool) -> _Rest:
    """The node, then the rest. `at_start`: is the beginning that of the text, so that `^` holds there?"""
    match node:
        case Characters():
            term = step(node, rest.later)
            rest = _Rest(term, term)
        case Sequence(parts):
            for part in reversed(parts):
                rest = follow(part, rest, at_start=at_start)
        case Choice(parts):
            ways = [follow(part, rest, at_start=at_start) for part in parts]
            rest = _Rest(either(way.start for way in ways), either(way.later for way in ways))
        case Edge(at_start=True):
            rest = _Rest(rest.start if at_start else NOTHING, NOTHING)
        case Edge():
            rest = _Rest(both([END, rest.start]), both([END, rest.later]))
        case Look(body, negated):
            seen = follow(body, _Rest(EVERYTHING, EVERYTHING), at_start=at_start)
            start, later = map(complement, seen) if negated else seen
            rest = _Rest(both([start, rest.start]), both([later, rest.later]))
        case Repeat():
            rest = _repeated(node, rest, at_start=at_start)
    return rest


def _repeated(node: Repeat, rest: _Rest, *, at_start: bool) -> _Rest:
    """As `one_round`, and of the first round also at the beginning."""
    body, least, most = node.body, node.least, node.most
    later = loop(body, least, most, rest.later)
    if most == 0 or (rest.start is rest.later and not (at_start and _anchored(body))):
        return _Rest(rest.start if most == 0 else later, later)
    none = follow(Repeat(body, 0, _fewer(most)), rest, at_start=at_start).start if least else NOTHING
    again = loop(body, max(least - 1, 0), _fewer(most), rest.later)
    start = follow(body, _Rest(none, again), at_start=at_start).start
    return _Rest(start if least else either([rest.start, start]), later)


def _anchored(node: Node) -> bool:
    """Does `^` stand in it?"""
    match node:
        case Sequence(parts) | Choice(parts):
            return any(map(_anchored, parts))
        case Repeat(body, _, _) | Look(body, _):
            return _anchored(body)
        case _:
            return node == Edge(at_start=True)


def found_in(node: Node) -> Term:
    """The texts in which the node is found somewhere."""
    anything = Repeat(ANY, 0, None)
    return follow(Sequence((anything, node, anything)), _Rest(END, END), at_start=True).start


def one_round(body: Node, least: int, most: int | None, then: Term) -> Term:
    """One round of a loop, then what is left of it.

    After a round that takes nothing, all that are still owed may take nothing at the same place.
    """
    none = loop(body, 0, _fewer(most), then) if least else NOTHING
    return follow(body, _Rest(none, loop(body, max(least - 1, 0), _fewer(most), then)), at_start=False).start


@lru_cache(maxsize=1024)
def _silent(body: Node) -> Term:
    """What has to follow for a round of the body that takes nothing."""
    return follow(body, _Rest(EVERYTHING, NOTHING), at_start=False).start


def either(terms: Iterable[Term]) -> Term:
    """The union."""
    parts: set[Term] = set()
    steps: dict[Term, Characters] = {}
    loops: dict[tuple[Node, Term], list[tuple[int, int | None]]] = defaultdict(list)
    for term in terms:
        for part in term.parts if isinstance(term, Either) else (term,):
            match part:
                case Step(_, _, characters, then):
                    steps[then] = steps[then] | characters if then in steps else characters
                case Loop(_, _, body, least, most, then):
                    loops[body, then].append((least, most))
                case _:
                    parts.add(part)
    parts.update(step(characters, then) for then, characters in steps.items())
    for (body, then), counts in loops.items():
        if then in parts:
            parts.discard(then)
            counts.append((0, 0))
        parts.update(loop(body, least, most, then) for least, most in _joined(counts))
    if END in parts and any(part.nullable and part is not END for part in parts):
        parts.discard(END)
    if EVERYTHING in parts or any(isinstance(part, Other) and part.term in parts for part in parts):
        return EVERYTHING
    return next(iter(parts)) if len(parts) == 1 else _of(Either, frozenset(parts))


def _of(kind: type[Both | Either], parts: frozenset[Term]) -> Term:
    """A union or an intersection that is already simple."""
    if not parts:
        return EVERYTHING if kind is Both else NOTHING
    nullable = all(part.nullable for part in parts) if kind is Both else any(part.nullable for part in parts)
    return one(kind, parts, nullable=nullable, inner=parts)


def _joined(counts: list[tuple[int, int | None]]) -> list[tuple[int, int | None]]:
    """Counts as few ranges: those that touch become one."""
    joined: list[tuple[int, int | None]] = []
    for least, most in sorted(counts, key=lambda count: count[0]):
        if joined and (joined[-1][1] is None or least <= joined[-1][1] + 1):
            known = joined[-1][1]
            joined[-1] = (joined[-1][0], None if known is None or most is None else max(known, most))
        else:
            joined.append((least, most))
    return joined


def both(terms: Iterable[Term]) -> Term:
    """The intersection."""
    parts: set[Term] = set()
    for term in terms:
        parts |= term.parts if isinstance(term, Both) else {term}
    steps = [part for part in parts if isinstance(part, Step)]
    if len(steps) > 1:
        characters = ANY
        for part in steps:
            characters &= part.characters
        parts = {*parts.difference(steps), step(characters, both(part.then for part in steps))}
    lengths = [part for part in parts if isinstance(part, Loop) and is_length(part)]
    if len(lengths) > 1:
        mosts = [part.most for part in lengths if part.most is not None]
        shared = length(max(part.least for part in lengths), min(mosts, default=None))
        parts = {*parts.difference(lengths), shared}
    if END in parts:
        return END if all(part.nullable for part in parts) else NOTHING
    if NOTHING in parts or any(isinstance(part, Other) and _within_any(parts, part.term) for part in parts):
        return NOTHING
    return next(iter(parts)) if len(parts) == 1 else _of(Both, frozenset(parts))


def _within_any(parts: set[Term], outer: Term) -> bool:
    """Is a part plainly contained in the outer term?"""
    return outer in parts or (isinstance(outer, Loop) and any(_within(part, outer) for part in parts))


def _within(inner: Term, outer: Loop) -> bool:
    return (
        isinstance(inner, Loop)
        and inner.then is outer.then
        and isinstance(inner.body, Characters)
        and isinstance(outer.body, Characters)
        and inner.least >= outer.least
        and (outer.most is None or (inner.most is not None and inner.most <= outer.most))
        and inner.body <= outer.body
    )


def complement(term: Term) -> Term:
    """Every other text."""
    match term:
        case Other(_, _, inner):
            return inner
        case Both(_, _, parts):
            return either(map(complement, parts))
        case Either(_, _, parts):
            return both(map(complement, parts))
        case End():
            return length(1, None)
        case Loop(_, _, _, least, most, _) if is_length(term):
            return either([length(0, least - 1), NOTHING if most is None else length(most + 1, None)])
        case _:
            return one(Other, term, nullable=not term.nullable, inner=(term,))
