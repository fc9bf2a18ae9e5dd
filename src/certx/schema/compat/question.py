"""One question: is every document valid under the left schema valid under the right one?"""

from collections.abc import Mapping
from typing import Any, Final

from certx.schema.compat.answer import Answer, Assumptions, Direction, Rule, Step
from certx.schema.compat.budget import OutOfBudgetError, within
from certx.schema.compat.confirm import Witnessing
from certx.schema.compat.evaluated import KEYWORDS
from certx.schema.compat.load import Sources, UnresolvedError, accepted, bounded
from certx.schema.compat.prove import Prover
from certx.schema.compat.terms import Terms
from certx.schema.compat.translate import Translation

_MOST_STEPS: Final = 20
"""Steps that an answer names."""


class Pair:
    """Two schemas made ready for both questions. Raises `OutOfBudgetError` for what cannot be made ready."""

    def __init__(self, old: Any, new: Any, assumptions: Assumptions, resources: Mapping[str, Any]) -> None:  # noqa: ANN401 - schemas
        self._assumptions = assumptions
        self._resources = {str(uri): bounded(contents, str(uri)) for uri, contents in resources.items()}
        self._schemas = {"old": bounded(old, "old"), "new": bounded(new, "new")}
        self._terms = Terms()
        self._translations = {side: self._translated(side) for side in self._schemas}
        self._roots = {side: translation.root() for side, translation in self._translations.items()}

    def _translated(self, side: str) -> Translation:
        schema = self._schemas[side]
        if not accepted(schema):
            raise OutOfBudgetError(Step(Rule.SCHEMA, f"{side}#"))
        try:
            sources = Sources(schema, self._resources, side)
        except UnresolvedError as error:
            raise OutOfBudgetError(Step(Rule.REFERENCE, f"{side}#", "$id")) from error
        return Translation(self._terms, sources, KEYWORDS, self._assumptions.formats)

    def ask(self, left: str, right: str, seconds: float) -> Direction:
        """Is every document valid under the one side valid under the other?"""
        if self._roots[left] == self._roots[right]:
            return Direction(Answer.COMPATIBLE, (Step(Rule.EQUAL),))
        endless = [side for side, translation in self._translations.items() if translation.runs_for_ever]
        if endless:
            return _undecided(*(Step(Rule.REFERENCE, f"{side}#", "$ref") for side in endless))
        prover = Prover(self._terms, self._unfold, within(seconds))
        try:
            found = prover.domain(frozenset((self._roots[left], -self._roots[right])))
        except OutOfBudgetError as cost:
            return _undecided(cost.step)
        if found.is_empty:
            return Direction(Answer.COMPATIBLE, (Step(Rule.CLOSED),))
        trial = Witnessing(self._schemas[left], self._schemas[right], self._assumptions, self._resources)
        for document in found.values:
            if trial.confirms(document):
                return Direction(Answer.INCOMPATIBLE, (Step(Rule.WITNESS),), document)
        return _undecided(*found.doubts)

    def _unfold(self, term: int) -> int:
        for translation in self._translations.values():
            whole = translation.unfold(term)
            if whole is not None:
                return whole
        raise KeyError(term)


def _undecided(*steps: Step) -> Direction:
    return Direction(Answer.UNDECIDED, tuple(dict.fromkeys(steps))[:_MOST_STEPS])
