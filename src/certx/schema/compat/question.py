"""The two questions about a pair of schemas, and the ways to an answer in the order of their cost."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from certx.schema.compat.answer import Answer, Assumptions, Content, Direction, Formats, Rule, Step
from certx.schema.compat.because import MOST_STEPS, proof
from certx.schema.compat.budget import Deadline, OutOfBudgetError, within
from certx.schema.compat.confirm import Subject, Witnessing
from certx.schema.compat.declared import closed, within_closed
from certx.schema.compat.domain import Domain
from certx.schema.compat.evaluated import KEYWORDS
from certx.schema.compat.keywords import FORMATS
from certx.schema.compat.load import Sources, UnresolvedError, accepted, beside, bounded, same
from certx.schema.compat.prove import Prover
from certx.schema.compat.search import Witness, find_witness
from certx.schema.compat.shrink import shrink
from certx.schema.compat.terms import Terms
from certx.schema.compat.translate import Translation

_TABLES: Final = {Formats.ANNOTATION: KEYWORDS, Formats.ASSERTION: {**KEYWORDS, **FORMATS}}
_FIRST: Final = 0.3
"""Share of the time for a first proof, which nearly always is enough; the search, if it is not, gets as much."""
_SHRINKING_SECONDS: Final = 0.25
_LARGE_WITNESS: Final = 120
"""Characters of a witness beside which a smaller one is looked for."""


class Prepared(NamedTuple):
    """One schema, ready to be asked about."""

    subject: Subject
    translation: Translation
    term: int

    @property
    def name(self) -> str:
        """What it is called in answers."""
        return self.subject.sources.name


class Pair:
    """Schemas by name, their resources by `$id`, what is assumed of them, and the time that a question may take."""

    def __init__(
        self, schemas: Mapping[str, Any], resources: Mapping[str, Any], assumptions: Assumptions, seconds: float
    ) -> None:
        self._schemas, self._resources = schemas, resources
        self._assumptions, self._seconds = assumptions, seconds
        self._terms = Terms()
        self._prepared: dict[tuple[str, bool], Prepared] = {}
        self._deadline: Deadline = within(seconds)

    def ask(self, left: str, right: str) -> Direction:
        """Is every document valid under the left schema valid under the right one?"""
        self._deadline = within(self._seconds)
        try:
            declared = self._assumptions.content is Content.DECLARED
            return self._answer(self._side(left, declared=declared), self._side(right, declared=False))
        except OutOfBudgetError as cost:
            return _undecided(cost.step)

    def _side(self, name: str, *, declared: bool) -> Prepared:
        """A schema made ready. Raises `OutOfBudgetError` for one that is too large, or that cannot be understood."""
        if (name, declared) not in self._prepared:
            schema = bounded(self._schemas[name], name)
            given = {str(uri): bounded(contents, str(uri)) for uri, contents in self._resources.items()}
            resources = beside(schema, given)
            if not accepted(schema):
                raise OutOfBudgetError(Step(Rule.SCHEMA, f"{name}#"))
            if declared:
                schema, resources = closed(schema), {uri: within_closed(part) for uri, part in resources.items()}
            try:
                subject = Subject(Sources(schema, resources, name), resources)
            except UnresolvedError as error:
                raise OutOfBudgetError(Step(Rule.REFERENCE, f"{name}#", "$id")) from error
            table = _TABLES[self._assumptions.formats]
            translation = Translation(self._terms, subject.sources, table, self._due)
            self._prepared[name, declared] = Prepared(subject, translation, translation.root())
        return self._prepared[name, declared]

    def _answer(self, left: Prepared, right: Prepared) -> Direction:
        """By equality; by proof; by the document a proof fails with; by search; by proof again with more time."""
        if left.term == right.term or same(left.subject.schema, right.subject.schema):
            return Direction(Answer.COMPATIBLE, (Step(Rule.EQUAL),))
        endless = [place for side in (left, right) for place in side.translation.endless]
        if endless:  # a validator, and so every search, would not come back
            return _undecided(*(Step(Rule.REFERENCE, place, "$ref") for place in endless))
        trial = Witnessing(left.subject, right.subject, self._assumptions.formats)
        found = self._proven(left, right, self._part(_FIRST))
        witness = None if found.is_empty else self._witness(found, trial)
        if witness is not None:
            return Direction(Answer.INCOMPATIBLE, (Step(Rule.WITNESS),), self._small(witness.document, trial))
        if any(step.rule is Rule.TIME for step in found.doubts):
            found = self._proven(left, right, self._deadline)
        if found.is_empty:
            return Direction(Answer.COMPATIBLE, proof(self._terms, left.term, right.term))
        return _undecided(*(found.doubts or (Step(Rule.UNCONFIRMED, f"{right.name}#"),)))

    def _witness(self, found: Domain, trial: Witnessing) -> Witness | None:
        """A document that a proof failed with, if it is one; else one that a search comes upon."""
        for document in found.values:
            if trial.confirms(document):
                return Witness(document)
        return find_witness(trial, self._part(_FIRST))

    def _small(self, document: Any, trial: Witnessing) -> Any:  # noqa: ANN401 - any JSON
        """A witness as small as may be. What a proof fails with may break much at once: beside a large one, another."""
        soon = within(_SHRINKING_SECONDS)

        def due() -> bool:
            return soon() or self._deadline()

        small = shrink(document, trial, due)
        if len(repr(small)) <= _LARGE_WITNESS:
            return small
        other = find_witness(trial, due)
        return min(
            small, small if other is None else shrink(other.document, trial, due), key=lambda found: len(repr(found))
        )

    def _proven(self, left: Prepared, right: Prepared, deadline: Deadline) -> Domain:
        """What documents there are that the left schema takes and the right one refuses."""
        try:
            return Prover(self._terms, self._unfold, deadline).domain(frozenset((left.term, -right.term)))
        except OutOfBudgetError as cost:
            return Domain((), complete=False, doubts=(cost.step,))

    def _part(self, share: float) -> Deadline:
        """A share of the time for a question, if the question is not due earlier."""
        soon = within(share * self._seconds)
        return lambda: soon() or self._deadline()

    def _due(self) -> bool:
        """Is the time of the question that is being answered up?"""
        return self._deadline()

    def _unfold(self, term: int) -> int:
        for side in self._prepared.values():
            whole = side.translation.unfold(term)
            if whole is not None:
                return whole
        raise KeyError(term)


def _undecided(*steps: Step) -> Direction:
    return Direction(Answer.UNDECIDED, tuple(dict.fromkeys(steps))[:MOST_STEPS])
