"""Is there a document that obeys a set of terms? Type by type and case by case, smaller goals from larger ones.

Refutation: that every document valid under A is valid under B is shown by finding none that obeys A and not B. Each
kind of value has its own reasoning (`numbers`, `texts`, `arrays`, `objects`); what one of them does not model makes
the answer doubtful, never empty.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any, Final

from certx.schema.compat import objects
from certx.schema.compat.answer import Rule, Step
from certx.schema.compat.arrays import arrays
from certx.schema.compat.budget import MAX_LEVELS, Deadline, OutOfBudgetError, check
from certx.schema.compat.cases import Facts, Judge, Tableau
from certx.schema.compat.constants import one_of
from certx.schema.compat.domain import EMPTY, Domain, doubtful
from certx.schema.compat.load import same
from certx.schema.compat.memo import Goal, Memo
from certx.schema.compat.numbers import numbers
from certx.schema.compat.scalars import among, holds
from certx.schema.compat.terms import TRUE, And, Kind, Numbers, Reference, Strings, Terms
from certx.schema.compat.texts import texts

_COMPOUND: Final = (Kind.ARRAY, Kind.OBJECT)
_FEW: Final = 8
"""Arrays or objects that are listed."""


class Prover:
    """Answers goals about the terms of one pair of schemas, remembering what it has answered."""

    def __init__(self, terms: Terms, unfold: Callable[[int], int], deadline: Deadline) -> None:
        self.terms, self._unfold, self._deadline = terms, unfold, deadline
        self._memo = Memo()
        self._tableaux = {
            kind: Tableau(terms, kind, unfold=unfold, judge=partial(self._judge, kind), deadline=deadline)
            for kind in Kind
        }

    def check(self) -> None:
        """Raise `OutOfBudgetError` if the time is up."""
        check(self._deadline)

    def domain(self, goal: Goal) -> Domain:
        """A document that obeys all of the terms, if there is one."""
        goal = self._plain(goal)
        known = self._memo.recall(goal)
        if known is not None:
            return known
        if self._memo.depth >= MAX_LEVELS:
            return doubtful(Step(Rule.DEPTH))
        before = self._memo.begin(goal)
        try:
            found = self._first(goal)
        except OutOfBudgetError as cost:
            if cost.step.rule is Rule.TIME:
                raise
            found = doubtful(cost.step)
        found = found._replace(doubts=tuple(self._located(step, goal) for step in found.doubts))
        self._memo.end(goal, found, before)
        return found

    def _located(self, step: Step, goal: Goal) -> Step:
        """A step that names no place, with one of the goal: of what is asked for, rather than of what is given."""
        if step.place:
            return step
        for term in sorted(goal):
            if abs(term) in self.terms.origins:
                place, keyword = self.terms.origins[abs(term)]
                return Step(step.rule, place, step.keyword or keyword)
        return step

    def some(self, goal: Goal, most: int) -> Domain:
        """Up to `most` documents that obey all of the terms, arrays and objects fewer, no two of them equal."""
        values: list[Any] = []
        doubts: list[Step] = []
        complete = True
        for kind in Kind:
            several = self._one_by_one if kind in _COMPOUND else self._at_once
            found = several(kind, goal, most - len(values))
            complete = complete and found.complete
            values += found.values
            doubts += found.doubts
        return Domain(tuple(values), complete, tuple(doubts))

    def _at_once(self, kind: Kind, goal: Goal, most: int) -> Domain:
        """Scalars of one type, as their reasoning lists them."""
        values: list[Any] = []
        doubts: list[Step] = []
        complete = True
        for facts in self._tableaux[kind].cases(goal):
            found = self._solve(kind, facts, most)
            complete = complete and found.complete
            doubts += found.doubts
            values += (new for new in map(json_value, found.values) if not any(same(new, other) for other in values))
        return Domain(tuple(values[:most]), complete and len(values) <= most, tuple(doubts))

    def _one_by_one(self, kind: Kind, goal: Goal, most: int) -> Domain:
        """Arrays or objects: one, then one that differs from it, and so on."""
        values: list[Any] = []
        goal |= {self.terms.types(kind)}
        for _ in range(min(most, _FEW) + 1):
            found = self.domain(goal)
            if not found.is_sure:
                return Domain(tuple(values), complete=found.is_empty, doubts=found.doubts)
            values += found.values
            goal |= {-one_of(self.terms, found.values, "")}
        return Domain(tuple(values[:most]), complete=False)

    def _plain(self, goal: Goal) -> Goal:
        """The goal as the set of what it asks for, references and conjunctions undone: one goal, one name."""
        plain: set[int] = set()
        seen: set[int] = set()
        todo = list(goal)
        while todo:
            term = todo.pop()
            node = self.terms[term]
            if isinstance(node, Reference) and term not in seen:
                seen.add(term)
                whole = self._unfold(abs(term))
                todo.append(whole if term > 0 else -whole)
            elif isinstance(node, And) and term > 0:
                todo.extend(node.parts)
            elif term != TRUE:
                plain.add(term)
        return frozenset(plain)

    def _first(self, goal: Goal) -> Domain:
        unsure: Domain | None = None
        for kind in Kind:
            if any(self.terms.on(term, kind) < 0 for term in goal):
                continue
            for facts in self._tableaux[kind].cases(goal):
                found = self._solve(kind, facts, 1)
                if found.is_sure:
                    return found._replace(values=tuple(map(json_value, found.values)))
                if not found.is_empty and (unsure is None or (found.values and not unsure.values)):
                    unsure = found._replace(values=tuple(map(json_value, found.values)), complete=False)
        return unsure or EMPTY

    def _solve(self, kind: Kind, facts: Facts, most: int) -> Domain:
        """Documents of one type that obey facts about that type."""
        match kind:
            case Kind.NULL:
                return among(self.terms, facts, kind, [None], most + 1)
            case Kind.BOOLEAN:
                return among(self.terms, facts, kind, [False, True], most + 1)
            case Kind.NUMBER:
                return numbers(self.terms, facts, most)
            case Kind.STRING:
                return texts(self.terms, facts, most)
            case Kind.ARRAY:
                return arrays(self, facts)
            case Kind.OBJECT:
                return objects.objects(self, facts)

    def _judge(self, kind: Kind, facts: Facts) -> Judge:
        if kind is Kind.OBJECT:
            return objects.judge(self, facts)
        for fact in facts:
            node = self.terms[fact]
            if fact > 0 and isinstance(node, Numbers | Strings):
                return self._judge_by(kind, node.values)
        return lambda _term: 0

    def _judge_by(self, kind: Kind, values: frozenset[Fraction] | frozenset[str]) -> Judge:
        def judged(term: int) -> int:
            each = {holds(self.terms, term, kind, value) for value in values}
            return 1 if each == {True} else -1 if each == {False} else 0

        return judged


def json_value(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A value as JSON writes it: a fraction as an integer if it is one."""
    if not isinstance(value, Fraction):
        return value
    return value.numerator if value.denominator == 1 else float(value)
