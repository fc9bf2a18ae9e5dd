"""Which objects obey a set of facts: names fall into regions (`names`), and a member obeys what is said of its own."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, Protocol

from certx.schema.compat.answer import Rule, Step
from certx.schema.compat.atoms import Count, Has, Members, Strings
from certx.schema.compat.domain import EMPTY, Domain, doubtful
from certx.schema.compat.names import Name, Names, Region, within
from certx.schema.compat.terms import Terms

_MAX_PLACED: Final = 12
"""Members asked for by name or value that are placed in every possible way."""
_MOST_MEMBERS: Final = 2_000


class Goals(Protocol):
    """Whatever decides smaller goals."""

    terms: Terms

    def domain(self, goal: frozenset[int]) -> Domain:
        """A value that obeys all of these terms, if there is one."""

    def some(self, goal: frozenset[int], most: int) -> Domain:
        """Up to `most` values that obey all of these terms; of arrays and objects one is enough."""

    def check(self) -> None:
        """Raise if the time is up."""


class Wanted(NamedTuple):
    """Some member whose name is such has a value that is such."""

    names: int
    term: int


class Facts(NamedTuple):
    """What is said of an object."""

    required: set[str]
    forbidden: set[str]
    every: list[Wanted]
    some: list[Wanted]
    least: int
    most: int | None
    doubts: list[Step]


def objects(goals: Goals, facts: frozenset[int]) -> Domain:
    """An object that obeys all of the facts, which are atoms about objects or their negations."""
    said = _sorted(goals.terms, facts)
    if said.required & said.forbidden:
        return EMPTY
    if said.most is not None and said.most < max(said.least, len(said.required)):
        return EMPTY
    if len(said.some) > _MAX_PLACED:
        return doubtful(Step(Rule.SIZE, keyword="properties"))
    return _Object(goals, said).solve()


def _sorted(terms: Terms, facts: frozenset[int]) -> Facts:
    said = Facts(set(), set(), [], [], 0, None, [])
    for fact in sorted(facts, key=abs):
        match terms[fact], fact > 0:
            case Has(name), True:
                said.required.add(name)
            case Has(name), False:
                said.forbidden.add(name)
            case Members(names, term), True:
                said.every.append(Wanted(names, term))
            case Members(names, term), False:
                said.some.append(Wanted(names, -term))
            case Count(count), True:
                said = said._replace(least=max(said.least, count))
            case Count(count), False:
                said = said._replace(most=count - 1 if said.most is None else min(said.most, count - 1))
            case _:
                said.doubts.append(terms.doubt(fact))
    return said


class _Object:
    """The search for one object."""

    def __init__(self, goals: Goals, said: Facts, *names: int) -> None:
        self._goals, self._said, self._terms = goals, said, goals.terms
        spoken = [*names, *(wanted.names for wanted in (*said.every, *said.some))]
        self._names = Names(goals.terms, said.required | said.forbidden, spoken)
        self._doubts: list[Step] = list(said.doubts)
        self._by_name: dict[str, list[int]] = {}
        self._general: list[Wanted] = []
        for wanted in said.every:
            listed = self._names.listed(wanted.names)
            for name in listed or ():
                self._by_name.setdefault(name, []).append(wanted.term)
            if listed is None:
                self._general.append(wanted)

    def solve(self) -> Domain:
        """One object, or none at all for certain, or what stood in the way."""
        if any(self._goals.domain(self._under(name)).is_empty for name in self._said.required):
            return EMPTY
        unsure: Domain | None = None
        for placed in self._placements(0, dict.fromkeys(sorted(self._said.required), ())):
            found = self._filled(placed)
            if found is not None and found.is_sure:
                return found
            unsure = unsure or found
        return EMPTY if unsure is None else unsure

    def speaking_of(self, names: int) -> "_Object":
        """The same search, where names of these are told apart too."""
        return self if self._names.listed(names) is not None else _Object(self._goals, self._said, names)

    def has(self, name: str) -> int:
        """Is there a member of this name: 1 always, -1 never, 0 that is open."""
        if name in self._said.required:
            return 1
        absent = name in self._said.forbidden or self._goals.domain(self._under(name)).is_empty
        return -1 if absent else 0

    def each(self, wanted: Wanted) -> int:
        """Does every member of such a name have such a value: 1 always, -1 never, 0 that is open."""
        listed = self._names.listed(wanted.names)
        for name in self._said.required if listed is None else self._said.required & listed:
            if self._names.covers(wanted.names, name) and self._goals.domain(self._under(name, wanted.term)).is_empty:
                return -1
        other = Wanted(wanted.names, -wanted.term)
        possible = (self._goals.domain(self._under(name, other.term)) for name in self._candidates(other, {}))
        return 1 if all(domain.is_empty for domain in possible) else 0

    def _under(self, name: Name, *more: int) -> frozenset[int]:
        """What the value of a member of this name must obey."""
        goal = {*more, *(self._by_name.get(name, ()) if isinstance(name, str) else ())}
        for wanted in self._general:
            covered = self._names.covers(wanted.names, name)
            if covered:
                goal.add(wanted.term)
            elif covered is None and isinstance(name, str):
                self._doubts.append(self._terms.doubt(wanted.names))
        return frozenset(goal)

    def _regions(self, wanted: Wanted) -> Iterator[Region]:
        """The regions of names that are not written out, of those that can have such a member."""
        atoms = self._names.splitting(wanted.names)
        todo: list[tuple[Region, int]] = [(frozenset(), 0)]
        while todo:
            self._goals.check()
            region, settled = todo.pop()
            if self._names.covers(wanted.names, (region, 0)) is False:
                continue
            if self._goals.domain(self._under((region, 0), wanted.term)).is_empty:
                continue  # whatever else is said of the names, it is said of more than is possible
            if settled == len(atoms):
                if self._has(region, 1):
                    yield region
                continue
            todo.extend((region | {sign}, settled + 1) for sign in (atoms[settled], -atoms[settled]))

    def _has(self, region: Region, count: int) -> bool:
        """Are there so many names of a region? Yes if that is not known."""
        known = self._names.of(region, count)
        if known.complete and len(known.values) < count:
            return False
        self._doubts += known.doubts
        return True

    def _placements(self, at: int, placed: dict[Name, tuple[int, ...]]) -> Iterator[dict[Name, tuple[int, ...]]]:
        """Every way to give each wanted member a name, shared ones included."""
        self._goals.check()
        if at == len(self._said.some):
            yield placed
            return
        wanted = self._said.some[at]
        for name in self._candidates(wanted, placed):
            more = (*placed.get(name, ()), wanted.term)
            if not self._goals.domain(self._under(name, *more)).is_empty:
                yield from self._placements(at + 1, {**placed, name: more})

    def _candidates(self, wanted: Wanted, placed: dict[Name, tuple[int, ...]]) -> Iterator[Name]:
        listed = self._names.listed(wanted.names)
        if listed is not None:
            yield from sorted(listed - self._said.forbidden)
            return
        for name in sorted(self._names.written - self._said.forbidden):
            covered = self._names.covers(wanted.names, name)
            if covered is None:
                self._doubts.append(self._terms.doubt(wanted.names))
            if covered is not False:
                yield name
        for region in self._regions(wanted):
            there = len(list(within(region, placed)))
            yield region, there
            yield from ((region, i) for i in range(there))

    def _filled(self, placed: dict[Name, tuple[int, ...]]) -> Domain | None:
        """The object with these members and as many more as it needs; None if it cannot have so many or so few."""
        said = self._said
        if said.least > _MOST_MEMBERS:
            return doubtful(Step(Rule.SIZE, keyword="minProperties"))
        placed = dict(placed)
        if (said.most is not None and len(placed) > said.most) or not self._fill(placed):
            return None
        names = self._names.given(placed)
        if names is None:
            return None
        value: dict[str, Any] = {}
        doubts: list[Step] = []
        for name, more in placed.items():
            found = self._goals.domain(self._under(name, *more))
            if found.is_empty:
                return None
            doubts += found.doubts
            if not found.values or name not in names:
                return Domain((), complete=False, doubts=(*self._doubts, *doubts))
            value[names[name]] = found.values[0]
        return Domain((value,), complete=False, doubts=(*self._doubts, *doubts))

    def _fill(self, placed: dict[Name, tuple[int, ...]]) -> bool:
        """Add members that nobody asked for until there are enough; False: there are not so many."""
        for name in sorted(self._names.written - self._said.forbidden - placed.keys()):
            if len(placed) >= self._said.least:
                return True
            if not self._goals.domain(self._under(name)).is_empty:
                placed[name] = ()
        for region in self._regions(Wanted(1, 1)) if len(placed) < self._said.least else ():
            there = len(list(within(region, placed)))
            while len(placed) < self._said.least and self._has(region, there + 1):
                placed[region, there] = ()
                there += 1
        return len(placed) >= self._said.least


def judge(goals: Goals, facts: frozenset[int]) -> Callable[[int], int]:
    """What facts about an object say of one more: 1 it holds anyway, -1 it cannot, 0 neither is known."""
    said = _sorted(goals.terms, facts)
    for wanted in said.some:
        only = goals.terms[wanted.names]
        if wanted.names > 0 and isinstance(only, Strings) and len(only.values) == 1:
            said.required.update(only.values)

    base = _Object(goals, said)

    def judged(term: int) -> int:
        match goals.terms[term]:
            case Has(name):
                known = base.has(name)
            case Members(names, value):
                known = base.speaking_of(names).each(Wanted(names, value))
            case Count(count):
                known = 1 if count <= said.least else -1 if said.most is not None and count > said.most else 0
            case _:
                known = 0
        return known if term > 0 else -known

    return judged
