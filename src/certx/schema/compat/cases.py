"""A goal as cases: for one JSON type, the ways to satisfy all of its terms at once, found lazily (a tableau)."""

from collections.abc import Callable, Iterable, Iterator

from certx.schema.compat.answer import Rule, Step
from certx.schema.compat.budget import MAX_CASES, Deadline, OutOfBudgetError, check
from certx.schema.compat.terms import And, Kind, Reference, Terms

Facts = frozenset[int]
"""Atoms and negated atoms about one type that hold together; parts they came of may be among them."""
Judge = Callable[[int], int]
"""What is known of a term beside some facts: 1 it holds anyway, -1 it cannot hold, 0 neither is known."""

_DEEPEST = 3
"""Parts of parts of a term whose meaning is looked at before it is taken up."""


class Case:
    """One way that is being followed: what is settled, and the choices that are open."""

    __slots__ = ("choices", "facts", "pending")

    def __init__(self, pending: list[int], facts: set[int], choices: list[tuple[int, ...]]) -> None:
        self.pending, self.facts, self.choices = pending, facts, choices


class Tableau:
    """The ways in which values of one type obey goals.

    `unfold` says what a `Reference` stands for, `judge` what facts say about further terms.
    """

    def __init__(
        self,
        terms: Terms,
        kind: Kind,
        *,
        unfold: Callable[[int], int],
        judge: Callable[[Facts], Judge],
        deadline: Deadline,
    ) -> None:
        self._terms, self._kind, self._unfold, self._judge, self._deadline = terms, kind, unfold, judge, deadline

    def cases(self, goal: Iterable[int]) -> Iterator[Facts]:
        """Each way in which a value can obey the whole goal, as far as logic alone can tell."""
        stack = [Case(list(goal), set(), [])]
        looked_at = 0
        while stack:
            check(self._deadline)
            looked_at += 1
            if looked_at > MAX_CASES:
                raise OutOfBudgetError(Step(Rule.SIZE))
            case = stack.pop()
            if not self._settle(case) or (case.choices and not self._narrow(case)):
                continue
            if not case.choices:
                yield frozenset(fact for fact in case.facts if not isinstance(self._terms[fact], And | Reference))
                continue
            choice = min(case.choices, key=_promise)
            rest = [other for other in case.choices if other is not choice]
            stack.extend(Case([term], set(case.facts), list(rest)) for term in reversed(choice))

    def _settle(self, case: Case) -> bool:
        """Take in all that is pending and what follows from it; False: it contradicts itself."""
        while True:
            while case.pending:
                if not self._take(case, case.pending.pop()):
                    return False
            if not self._reduce(case, lambda term: self._known(case.facts, term)):
                return False
            if not case.pending:
                return True

    def _narrow(self, case: Case) -> bool:
        """Take out of the choices what the facts exclude by their meaning; False: nothing is left of one."""
        while True:
            check(self._deadline)
            if not self._reduce(case, self._judging(frozenset(case.facts))):
                return False
            if not case.pending:
                return True
            if not self._settle(case):
                return False

    def _take(self, case: Case, term: int) -> bool:
        known = self._known(case.facts, term)
        if known:
            return known > 0
        case.facts.add(term)
        node = self._terms[term]
        if isinstance(node, And):
            if term > 0:
                case.pending.extend(node.parts)
            else:
                case.choices.append(tuple(-part for part in node.parts))
        elif isinstance(node, Reference):
            whole = self._unfold(abs(term))
            case.pending.append(whole if term > 0 else -whole)
        return True

    def _known(self, facts: set[int], term: int) -> int:
        """What logic says of a term beside facts: 1 it holds, -1 it does not, 0 that is open."""
        known = self._terms.on(term, self._kind)
        return known or (1 if term in facts else -1 if -term in facts else 0)

    def _judging(self, facts: Facts) -> Judge:
        """What is known of terms beside facts by what they mean, parts of parts included."""
        judge, known = self._judge(facts), dict[int, int]()

        def judged(term: int, depth: int = _DEEPEST) -> int:
            if term not in known:
                node = self._terms[term]
                if isinstance(node, And):
                    least = 1 if depth else 0
                    for part in node.parts if depth else ():
                        least = min(least, self._terms.on(part, self._kind) or judged(part, depth - 1))
                        if least < 0:
                            break
                    known[term] = least if term > 0 else -least
                else:
                    known[term] = judge(term)
            return known[term]

        return judged

    def _reduce(self, case: Case, known: Judge) -> bool:
        """Leave only what is open; what has no alternative becomes pending. False: nothing is left of a choice."""
        choices, case.choices = case.choices, []
        for choice in choices:
            judged = [(term, known(term)) for term in choice]
            if any(answer > 0 for _, answer in judged):
                continue
            left = tuple(term for term, answer in judged if not answer)
            if len(left) > 1:
                case.choices.append(left)
            elif left:
                case.pending.append(left[0])
            else:
                return False
        return True


def _promise(choice: tuple[int, ...]) -> tuple[bool, int]:
    """Which choice to make first: one among things that hold, which settle others, then one of few."""
    return any(term < 0 for term in choice), len(choice)
