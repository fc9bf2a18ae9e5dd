"""Which arrays obey a set of facts: a walk along the positions that counts what is counted.

What is said of single positions ends somewhere; from there on all positions are alike. Items are told apart by which
of the counted terms they obey. A walk from one length to the next keeps, for every way to get there, how many items
of each counted term there are, up to where more makes no difference; so it comes to a standstill, and it is exact.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from certx.schema.compat.answer import Rule, Step
from certx.schema.compat.distinct import chosen
from certx.schema.compat.domain import EMPTY, Domain, doubtful
from certx.schema.compat.load import same
from certx.schema.compat.objects import Goals
from certx.schema.compat.terms import TRUE, Distinct, Item, Items, Rest, Terms

_MAX_COUNTED: Final = 12
_MAX_STATES: Final = 4_000
_MAX_PREFIX: Final = 300
MAX_DISTINCT: Final = 64
"""Items that are told apart; kinds of fewer values are counted."""
_LONGEST: Final = 25_000
"""Items of an array that is written out."""


class Counter(NamedTuple):
    """From position `start` on, at least `least` and at most `most` items obey the term."""

    term: int
    start: int = 0
    least: int = 0
    most: int | None = None


class Facts(NamedTuple):
    """What is said of an array."""

    at: dict[int, list[int]]
    rests: list[tuple[int, int]]
    counters: list[Counter]
    least: int
    most: int | None
    distinct: bool | None
    doubts: list[Step]


def arrays(goals: Goals, facts: frozenset[int]) -> Domain:
    """An array that obeys all of the facts, which are atoms about arrays or their negations."""
    said = _sorted(goals.terms, facts)
    if said.most is not None and said.least > said.most:
        return EMPTY
    prefix = max([0, *(i + 1 for i in said.at), *(start for start, _ in said.rests), *(c.start for c in said.counters)])
    if prefix > _MAX_PREFIX or len({counter.term for counter in said.counters}) > _MAX_COUNTED:
        return doubtful(Step(Rule.SIZE, keyword="contains"))
    if said.distinct is not False:
        return _Walk(goals, said, prefix).solve()
    unsure: Domain | None = None
    for one, other in _pairs(prefix + 2):
        both = _Walk(goals, said, prefix)
        goal = both.under(one) | both.under(other)
        at = {**said.at, one: [*goal], other: [*goal]}
        for kind in both.kinds():
            forced = {i: [*terms, *kind] if i in (one, other) else terms for i, terms in at.items()}
            walk = _Walk(goals, said._replace(at=forced, least=max(said.least, other + 1), distinct=None), prefix + 2)
            found = walk.solve()
            if found.is_sure:
                return found
            unsure = unsure or (None if found.is_empty else found)
    return unsure or EMPTY


def _pairs(positions: int) -> Iterator[tuple[int, int]]:
    yield from ((one, other) for other in range(1, positions) for one in range(other))


def _sorted(terms: Terms, facts: frozenset[int]) -> Facts:  # noqa: C901 - one case for each kind of fact
    said = Facts({}, [], [], 0, None, None, [])
    for fact in sorted(facts, key=abs):
        match terms[fact], fact > 0:
            case Item(index, term), True:
                said.at.setdefault(index, []).append(term)
            case Item(index, term), False:
                said.at.setdefault(index, []).append(-term)
                said = said._replace(least=max(said.least, index + 1))
            case Rest(start, term), True:
                said.rests.append((start, term))
            case Rest(start, term), False:
                said.counters.append(Counter(-term, start, 1))
            case Items(count, term), True if term == TRUE:
                said = said._replace(least=max(said.least, count))
            case Items(count, term), False if term == TRUE:
                said = said._replace(most=count - 1 if said.most is None else min(said.most, count - 1))
            case Items(count, term), True:
                said.counters.append(Counter(term, 0, count))
            case Items(1, term), False:
                said.rests.append((0, -term))
            case Items(count, term), False:
                said.counters.append(Counter(term, 0, 0, count - 1))
            case Distinct(), _:
                said = said._replace(distinct=fact > 0)
            case _:
                said.doubts.append(terms.doubt(fact))
    return said


Kind = tuple[int, ...]
"""Which of the counted terms an item obeys: each term, negated if it does not."""
State = tuple[int, ...]
"""How many items each counter has counted, then how many of each scarce kind there are."""


Frontier = dict[State, tuple[State, Kind] | None]
"""The states at one length, each with the state and the kind of item that led to it."""


class _Walk:
    """One walk along the positions."""

    def __init__(self, goals: Goals, said: Facts, prefix: int) -> None:
        self._goals, self._said, self._prefix = goals, said, prefix
        self._counted = sorted({counter.term for counter in said.counters})
        self._scarce: dict[Kind, int] = {}
        self._choices: dict[int, list[tuple[Kind, Domain]]] = {}

    def under(self, position: int) -> frozenset[int]:
        """What the item at a position must obey."""
        rest = (term for start, term in self._said.rests if start <= position)
        return frozenset((*self._said.at.get(position, ()), *rest))

    def choices(self, position: int) -> list[tuple[Kind, Domain]]:
        """The kinds that the item at a position can be of, those that are certain first."""
        position = min(position, self._prefix)
        if position not in self._choices:
            possible: list[tuple[Kind, Domain]] = [((), self._goals.domain(self.under(position)))]
            for term in self._counted:
                longer = [(*kind, sign) for kind, domain in possible if not domain.is_empty for sign in (term, -term)]
                possible = [(kind, self._goals.domain(self.under(position) | frozenset(kind))) for kind in longer]
            found = [(kind, domain) for kind, domain in possible if not domain.is_empty]
            self._choices[position] = sorted(found, key=lambda choice: not choice[1].is_sure)
        return self._choices[position]

    def kinds(self) -> list[Kind]:
        """Every kind that some item can be of."""
        every = (kind for position in range(self._prefix + 1) for kind, _ in self.choices(position))
        return list(dict.fromkeys(every))

    def solve(self) -> Domain:  # noqa: PLR0911 - one return for each way to stop
        """One array, or none at all for certain, or what stood in the way."""
        said = self._said
        if said.distinct:
            self._find_scarce()
        steps: list[Frontier] = [{(0,) * (len(said.counters) + len(self._scarce)): None}]
        for length in range(_LONGEST):
            self._goals.check()
            frontier = steps[-1]
            ready = next(filter(self._is_enough, frontier), None)
            if length >= said.least and ready is not None:
                return self._built(steps, ready, [])
            if length == said.most:
                return EMPTY
            following = self._next(frontier, length)
            if not following:
                return EMPTY
            if len(following) > _MAX_STATES:
                return doubtful(Step(Rule.SIZE, keyword="contains"))
            if length > self._prefix and following.keys() == frontier.keys():  # a standstill
                if ready is None:
                    return EMPTY
                for state, kind in self._staying(frontier) if said.least <= _LONGEST else ():
                    return self._built(steps, state, [kind] * (said.least - length))
            steps.append(following)
        return doubtful(Step(Rule.SIZE, keyword="minItems"))

    def _staying(self, frontier: Frontier) -> Iterator[tuple[State, Kind]]:
        """States in which all is counted, and kinds of which any number of items changes nothing."""
        for state in filter(self._is_enough, frontier):
            for kind, _ in self.choices(self._prefix):
                if self._after(state, kind, self._prefix) == state:
                    yield state, kind

    def _is_enough(self, state: State) -> bool:
        return all(count >= counter.least for count, counter in zip(state, self._said.counters, strict=False))

    def _next(self, frontier: Frontier, position: int) -> Frontier:
        following: Frontier = {}
        for state in frontier:
            for kind, _ in self.choices(position):
                after = self._after(state, kind, position)
                if after is not None and after not in following:
                    following[after] = (state, kind)
        return following

    def _after(self, state: State, kind: Kind, position: int) -> State | None:
        """The counts with one more item; None if that is one too many."""
        counters, held = self._said.counters, set(kind)
        counts = list(state)
        for i, counter in enumerate(counters):
            if counter.term in held and position >= counter.start:
                limit = counter.least if counter.most is None else counter.most
                if counter.most is not None and counts[i] >= limit:
                    return None
                counts[i] = min(counts[i] + 1, limit)
        for i, (scarce, capacity) in enumerate(self._scarce.items(), len(counters)):
            if scarce == kind:
                counts[i] += 1
                if counts[i] > capacity:
                    return None
        return tuple(counts)

    def _find_scarce(self) -> None:
        """Kinds of which there are only so many different items (validation, section 6.4.3)."""
        for kind in self.kinds():
            values: list[object] = []
            for position in range(self._prefix + 1):
                every = self._goals.some(self.under(position) | frozenset(kind), MAX_DISTINCT)
                if not every.complete:
                    break
                values += [value for value in every.values if not any(same(value, other) for other in values)]
            else:
                self._scarce[kind] = len(values)

    def _built(self, steps: list[Frontier], state: State, more: list[Kind]) -> Domain:
        """The array that a walk has come to, and items of more kinds after that."""
        kinds: list[Kind] = []
        for frontier in reversed(steps[1:]):
            before = frontier[state]
            if before is None:
                break
            state, kind = before
            kinds.append(kind)
        kinds = [*reversed(kinds), *more]
        goals = [self.under(min(i, self._prefix)) | frozenset(kind) for i, kind in enumerate(kinds)]
        if self._said.distinct and len(kinds) > 1:
            return self._told_apart(goals)
        found = [self._goals.domain(goal) for goal in goals]
        doubts = tuple(dict.fromkeys((*self._said.doubts, *(doubt for domain in found for doubt in domain.doubts))))
        if not all(domain.values for domain in found):
            return Domain((), complete=False, doubts=doubts)
        return Domain(([domain.values[0] for domain in found],), complete=False, doubts=doubts)

    def _told_apart(self, goals: list[frozenset[int]]) -> Domain:
        """An array of different items, so many that each obeys its goal."""
        if len(goals) > MAX_DISTINCT:
            return doubtful(Step(Rule.SIZE, keyword="uniqueItems"))
        offers = [self._goals.some(goal, len(goals) + 1) for goal in goals]
        doubts = (*self._said.doubts, *(doubt for offer in offers for doubt in offer.doubts))
        items = chosen([offer.values for offer in offers])
        if items is not None:
            return Domain((items,), complete=False, doubts=doubts)
        scarce = [offer.values for offer in offers if offer.complete]
        if not self._said.counters and chosen(scarce) is None:
            return EMPTY
        return doubtful(Step(Rule.KEYWORD, keyword="uniqueItems"))
