"""The two questions about a pair of schemas, and the ways to an answer in the order of their cost."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from certx.schema.compat.answer import Answer, Assumptions, Content, Direction, Formats, Rule, Step
from certx.schema.compat.because import MOST_STEPS, proof
from certx.schema.compat.budget import Deadline, OutOfBudgetError, within
from certx.schema.compat.confirm import Subject, Witnessing
from certx.schema.compat.declared import closed, within_closed
from certx.schema.compat.evaluated import KEYWORDS
from certx.schema.compat.keywords import FORMATS
from certx.schema.compat.load import Sources, UnresolvedError, accepted, bounded
from certx.schema.compat.prove import Prover
from certx.schema.compat.terms import Terms
from certx.schema.compat.translate import Translation

_TABLES: Final = {Formats.ANNOTATION: KEYWORDS, Formats.ASSERTION: {**KEYWORDS, **FORMATS}}


class Question:
    """Is every document valid under the left schema valid under the right one?

    Raises `OutOfBudgetError` where that cannot be told within the means.
    """

    def __init__(self, left: Subject, right: Subject, formats: Formats, deadline: Deadline) -> None:
        self._subjects, self._formats, self._deadline = (left, right), formats, deadline
        self._terms = Terms()
        self._translations = tuple(self._translated(subject) for subject in self._subjects)
        self._left, self._right = (translation.root() for translation in self._translations)

    def _translated(self, subject: Subject) -> Translation:
        if not accepted(subject.schema):
            raise OutOfBudgetError(Step(Rule.SCHEMA, f"{subject.name}#"))
        try:
            sources = Sources(subject.schema, subject.resources, subject.name)
        except UnresolvedError as error:
            raise OutOfBudgetError(Step(Rule.REFERENCE, f"{subject.name}#", "$id")) from error
        return Translation(self._terms, sources, _TABLES[self._formats], self._deadline)

    def answer(self) -> Direction:
        """By equality, else by proof; where the proof fails, by the document it fails with."""
        if self._left == self._right:
            return Direction(Answer.COMPATIBLE, (Step(Rule.EQUAL),))
        for translation, subject in zip(self._translations, self._subjects, strict=True):
            if translation.runs_for_ever:
                return undecided(Step(Rule.REFERENCE, f"{subject.name}#", "$ref"))
        found = Prover(self._terms, self._unfold, self._deadline).domain(frozenset((self._left, -self._right)))
        if found.is_empty:
            return Direction(Answer.COMPATIBLE, proof(self._terms, self._left, self._right))
        for document in found.values:
            if self._trial.confirms(document):
                return Direction(Answer.INCOMPATIBLE, (Step(Rule.WITNESS),), document)
        return undecided(*(found.doubts or (Step(Rule.UNCONFIRMED, *self._terms.origins.get(abs(self._right), ())),)))

    @cached_property
    def _trial(self) -> Witnessing:
        return Witnessing(*self._subjects, self._formats)

    def _unfold(self, term: int) -> int:
        for translation in self._translations:
            whole = translation.unfold(term)
            if whole is not None:
                return whole
        raise KeyError(term)


def undecided(*steps: Step) -> Direction:
    """That a question was not decided, and what was in the way."""
    return Direction(Answer.UNDECIDED, tuple(dict.fromkeys(steps))[:MOST_STEPS])


def ask(
    left: tuple[str, Any],
    right: tuple[str, Any],
    assumptions: Assumptions,
    resources: Mapping[str, Any],
    seconds: float,
) -> Direction:
    """Is every document valid under the left schema valid under the right one? Each comes with its name."""
    try:
        one, other = (Subject(name, bounded(schema, name), _copies(resources)) for name, schema in (left, right))
        if assumptions.content is Content.DECLARED:
            one = Subject(one.name, closed(one.schema), {u: within_closed(s) for u, s in one.resources.items()})
        return Question(one, other, assumptions.formats, within(seconds)).answer()
    except OutOfBudgetError as cost:
        return undecided(cost.step)


def _copies(resources: Mapping[str, Any]) -> dict[str, Any]:
    return {str(uri): bounded(contents, str(uri)) for uri, contents in resources.items()}
