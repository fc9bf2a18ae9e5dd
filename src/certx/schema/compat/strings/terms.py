"""Terms: what may still follow, as a value. A term read one character further is a term again (Brzozowski, 1964).

So terms are the states of an automaton that is never built in advance: intersection, complement and look-ahead cost
nothing until they are walked (`certx.schema.compat.strings.walk`), and a counted repetition is a number, not copies.
Equal terms are one object; what is simplified here only keeps the walk short.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar, cast
from weakref import WeakValueDictionary

from certx.schema.compat.strings.characters import ANY, Characters
from certx.schema.compat.strings.pattern import Choice, Edge, Look, Node, Repeat, Sequence

_MAX_DEPTH: Final = 100


class TooLarge(Exception):  # noqa: N818 - a budget, not a fault
    """The question takes more states, or a longer text, than its budget allows: the answer is not known."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Term:
    """What all terms have: may the text end here, and how deep do terms lie in it?"""

    nullable: bool
    depth: int


@dataclass(frozen=True, slots=True, eq=False)
class End(Term):
    """Nothing more."""


@dataclass(frozen=True, slots=True, eq=False)
class Step(Term):
    """One of the characters, then the rest."""

    characters: Characters
    then: Term


@dataclass(frozen=True, slots=True, eq=False)
class Loop(Term):
    """The body between `least` and `most` times (None: without end), then the rest.

    A round that takes nothing counts only while rounds are owed (ECMA-262, RepeatMatcher, step 2.b).
    """

    body: Node
    least: int
    most: int | None
    then: Term


@dataclass(frozen=True, slots=True, eq=False)
class Both(Term):
    """All of the parts at once; of none: every text."""

    parts: frozenset[Term]


@dataclass(frozen=True, slots=True, eq=False)
class Either(Term):
    """Any of the parts; of none: no text."""

    parts: frozenset[Term]


@dataclass(frozen=True, slots=True, eq=False)
class Other(Term):
    """Every text but those of the term."""

    term: Term


_T = TypeVar("_T", bound=Term)
_KNOWN: Final[WeakValueDictionary[tuple[object, ...], Term]] = WeakValueDictionary()


def _one(kind: type[_T], nullable: bool, inner: Iterable[Term], *fields: object) -> _T:  # noqa: FBT001
    """The one term of this kind and these fields."""
    if (known := _KNOWN.get((kind, *fields))) is not None:
        return cast("_T", known)
    depth = 1 + max((term.depth for term in inner), default=0)
    if depth > _MAX_DEPTH:
        raise TooLarge
    return cast("_T", _KNOWN.setdefault((kind, *fields), kind(nullable, depth, *fields)))


END: Final = _one(End, True, ())  # noqa: FBT003
EVERYTHING: Final = _one(Both, True, (), frozenset())  # noqa: FBT003
NOTHING: Final = _one(Either, False, (), frozenset())  # noqa: FBT003


def step(characters: Characters, then: Term) -> Term:
    """One of the characters, then the rest."""
    return _one(Step, False, (), characters, then) if characters.spans and then is not NOTHING else NOTHING  # noqa: FBT003


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
        return _one(Loop, least == 0 and then.nullable, (), body, least, most, then)
    nullable = then.nullable if least == 0 else _silent(body).nullable and one_round(body, least, most, then).nullable
    return _one(Loop, nullable, (), body, least, most, then)


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
    return _one(kind, nullable, parts, parts)


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
            return _one(Other, not term.nullable, (term,), term)
