"""A goal as cases: for one JSON type, the ways to satisfy all of its terms at once, found lazily (a tableau)."""

from collections.abc import Callable, Iterable, Iterator

from certx.schema.compat.answer import Rule, Step
from certx.schema.compat.budget import MAX_CASES, Deadline, OutOfBudgetError, check
from certx.schema.compat.terms import And, Kind, Reference, Terms

Facts = frozenset[int]
"""Atoms and negated atoms about one type that hold together; parts they came of may be among them."""
Implied = Callable[[Facts, int], int]
"""What facts say about one more: 1 it holds anyway, -1 it cannot hold, 0 neither is known."""


class Case:
    """One way that is being followed: what is settled, and the choices that are open."""

    __slots__ = ("choices", "facts", "pending")

    def __init__(self, pending: list[int], facts: set[int], choices: list[tuple[int, ...]]) -> None:
        self.pending, self.facts, self.choices = pending, facts, choices


def cases(
    terms: Terms, kind: Kind, goal: Iterable[int], unfold: Callable[[int], int], implied: Implied, deadline: Deadline
) -> Iterator[Facts]:
    """Each way in which a value of the kind can obey the whole goal, as far as logic alone can tell."""
    stack = [Case(list(goal), set(), [])]
    looked_at = 0
    while stack:
        check(deadline)
        looked_at += 1
        if looked_at > MAX_CASES:
            raise OutOfBudgetError(Step(Rule.SIZE))
        case = stack.pop()
        if not _settle(terms, kind, case, unfold):
            continue
        if len(case.choices) > 1 and not _narrow(terms, kind, case, unfold, implied):
            continue
        if not case.choices:
            yield frozenset(fact for fact in case.facts if not isinstance(terms[fact], And | Reference))
            continue
        choice = min(case.choices, key=len)
        rest = [other for other in case.choices if other is not choice]
        stack.extend(Case([term], set(case.facts), list(rest)) for term in reversed(choice))


def _settle(terms: Terms, kind: Kind, case: Case, unfold: Callable[[int], int]) -> bool:
    """Take in all that is pending and what follows from it; False: it contradicts itself."""
    while True:
        while case.pending:
            if not _take(terms, kind, case, case.pending.pop(), unfold):
                return False
        open_choices: list[tuple[int, ...]] = []
        for choice in case.choices:
            left = _left(terms, kind, case.facts, choice)
            if left is None:
                continue
            if not left:
                return False
            if len(left) == 1:
                case.pending.append(left[0])
            else:
                open_choices.append(left)
        case.choices = open_choices
        if not case.pending:
            return True


def _take(terms: Terms, kind: Kind, case: Case, term: int, unfold: Callable[[int], int]) -> bool:
    known = terms.on(term, kind)
    if known or term in case.facts:
        return known >= 0
    if -term in case.facts:
        return False
    case.facts.add(term)
    node = terms[term]
    if isinstance(node, And):
        if term > 0:
            case.pending.extend(node.parts)
        else:
            case.choices.append(tuple(-part for part in node.parts))
    elif isinstance(node, Reference):
        whole = unfold(abs(term))
        case.pending.append(whole if term > 0 else -whole)
    return True


def _left(terms: Terms, kind: Kind, facts: set[int], choice: tuple[int, ...]) -> tuple[int, ...] | None:
    """What of a choice is still possible; None if it is settled already."""
    left = []
    for term in choice:
        known = terms.on(term, kind)
        if known > 0 or term in facts:
            return None
        if not known and -term not in facts:
            left.append(term)
    return tuple(left)


def _narrow(terms: Terms, kind: Kind, case: Case, unfold: Callable[[int], int], implied: Implied) -> bool:
    """Take out of the choices what the facts exclude by their meaning; False: nothing is left of one."""
    while True:
        facts = frozenset(case.facts)
        open_choices: list[tuple[int, ...]] = []
        for choice in case.choices:
            judged = [(term, implied(facts, term)) for term in choice]
            if any(known > 0 for _, known in judged):
                continue
            left = tuple(term for term, known in judged if not known)
            if not left:
                return False
            if len(left) == 1:
                case.pending.append(left[0])
            else:
                open_choices.append(left)
        case.choices = open_choices
        if not case.pending:
            return True
        if not _settle(terms, kind, case, unfold):
            return False
