"""Which numbers obey a set of facts: an interval, a lattice of multiples, and points and lattices left out of it."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice
from math import ceil, floor, lcm
from typing import Final, NamedTuple

from certx.schema.compat.answer import Rule, Step
from certx.schema.compat.atoms import Above, Below, Kind, Multiple, Numbers
from certx.schema.compat.domain import EMPTY, Domain, doubtful
from certx.schema.compat.scalars import among
from certx.schema.compat.terms import Terms

_DENSE: Final = 600
"""Numbers between two limits that are tried where there is no lattice."""
_SORTED: Final = 32
_TRIED: Final = 20_000
"""Members of a lattice that are looked at one by one."""


class Range(NamedTuple):
    """Numbers between two limits, either of which may be missing."""

    least: Fraction | None = None
    least_strict: bool = False
    most: Fraction | None = None
    most_strict: bool = False

    def above(self, limit: Fraction, *, strict: bool) -> "Range":
        """Those that are also above a limit."""
        if self.least is None or limit > self.least or (limit == self.least and strict):
            return self._replace(least=limit, least_strict=strict)
        return self

    def below(self, limit: Fraction, *, strict: bool) -> "Range":
        """Those that are also below a limit."""
        if self.most is None or limit < self.most or (limit == self.most and strict):
            return self._replace(most=limit, most_strict=strict)
        return self

    def steps(self, of: Fraction) -> tuple[int | None, int | None]:
        """The first and the last whole number whose multiple of `of` is in the range."""
        first = last = None
        if self.least is not None:
            first = ceil(self.least / of)
            first += self.least_strict and first * of == self.least
        if self.most is not None:
            last = floor(self.most / of)
            last -= self.most_strict and last * of == self.most
        return first, last

    @property
    def points(self) -> int:
        """How many numbers there are: 0, 1, or 2 for infinitely many."""
        if self.least is None or self.most is None or self.least < self.most:
            return 2
        return int(self.least == self.most and not self.least_strict and not self.most_strict)


def numbers(terms: Terms, facts: Iterable[int], most: int) -> Domain:  # noqa: C901, PLR0911 - case by case
    """Up to `most` numbers that obey all of the facts, which are atoms about numbers or their negations."""
    facts = list(facts)
    spread, lattice = Range(), Fraction(0)
    without: list[Fraction] = []
    for fact in facts:
        match terms[fact], fact > 0:
            case Numbers(values), True:
                return among(terms, facts, Kind.NUMBER, sorted(values, key=abs), most)
            case (Above(limit, strict), True) | (Below(limit, strict), False):
                spread = spread.above(limit, strict=strict is (fact > 0))
            case (Below(limit, strict), True) | (Above(limit, strict), False):
                spread = spread.below(limit, strict=strict is (fact > 0))
            case Multiple(of), True:
                lattice = _common(lattice, of) if lattice else of
            case Multiple(of), False:
                without.append(of)
            case _:
                pass
    if not spread.points:
        return EMPTY
    if spread.points == 1:
        return among(terms, facts, Kind.NUMBER, [spread.least], most)
    if not lattice:
        found = among(terms, facts, Kind.NUMBER, islice(_between(spread), _DENSE), most)
        return found._replace(complete=False) if found.values else doubtful(Step(Rule.SIZE, keyword="multipleOf"))
    if any((lattice / of).denominator == 1 for of in without):
        return EMPTY
    first, last = spread.steps(lattice)
    found = among(terms, facts, Kind.NUMBER, _multiples(first, last, lattice), most)
    exhausted = first is not None and last is not None and last - first < _TRIED
    if not found.values and not exhausted:
        return doubtful(Step(Rule.SIZE, keyword="multipleOf"))
    return found._replace(complete=found.complete and exhausted)


def _multiples(first: int | None, last: int | None, of: Fraction) -> Iterator[Fraction]:
    """Multiples between two steps; of the first ones those first that validators, which divide floats, agree about."""
    every = (step * of for step in islice(_whole(first, last), _TRIED))
    head = list(islice(every, _SORTED))
    yield from sorted(head, key=lambda value: (value.denominator > 1, not _is_multiple_in_floats(value, of)))
    yield from every


def _is_multiple_in_floats(value: Fraction, of: Fraction) -> bool:
    try:
        return (float(value) / float(of)).is_integer()
    except (OverflowError, ZeroDivisionError):  # one of them is beyond what a float can be
        return False


def _common(one: Fraction, other: Fraction) -> Fraction:
    """The least common multiple."""
    bottom = lcm(one.denominator, other.denominator)
    return Fraction(lcm(int(one * bottom), int(other * bottom)), bottom)


def _whole(first: int | None, last: int | None) -> Iterator[int]:
    """Every whole number of a range, those near zero first."""
    if (first is None or first <= 0) and (last is None or last >= 0):
        start = 0
    else:
        start = first if first is not None and first > 0 else last or 0
    up, down = start, start - 1
    while (last is None or up <= last) or (first is None or down >= first):
        if last is None or up <= last:
            yield up
            up += 1
        if first is None or down >= first:
            yield down
            down -= 1


def _between(spread: Range) -> Iterator[Fraction]:
    """Numbers of a range without a lattice, endlessly and each once: whole ones, then finer and finer decimals."""
    first, last = spread.steps(Fraction(1))
    yield from map(Fraction, islice(_whole(first, last), 40))
    unit = Fraction(1, 10)
    seen: set[Fraction] = set()
    while True:
        first, last = spread.steps(unit)
        for step in islice(_whole(first, last), 40):
            if (step * unit).denominator > 1 and step * unit not in seen:
                seen.add(step * unit)
                yield step * unit
        unit /= 10
