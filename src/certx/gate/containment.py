"""Who can still read what, by containment of sets of licences: the engine's answers about views of two schemas.

An issuer validates the closed schema, a verifier reads the open view. So a change is safe if closed(old) ⊆ open(new)
and closed(new) ⊆ open(old). A holder may show a part: whatever closed(old) accepts and the partial view of the new
schema takes whole, it takes in every part, for the partial view demands nothing that a hidden claim could break.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from certx.gate.change import Change, substance
from certx.gate.edition import Example
from certx.gate.finding import Hit, Weight, Witness
from certx.gate.samples import members_of, narrowed, refuting
from certx.licence.paths import format_path
from certx.schema.catalogue import LicenceSchema
from certx.schema.compat import Answer, Assumptions, Direction, Formats, compare
from certx.schema.validate import SchemaProblem, Validator
from certx.schema.views import open_view

ASSUMED: Final = Assumptions(formats=Formats.ASSERTION)
"""Licence schemas assert their formats, and are closed by themselves."""


class Question(NamedTuple):
    """Is every document of the one schema one of the other? `refuses` says what is wrong with one that is not."""

    accepts: Mapping[str, Any]
    refuses: Mapping[str, Any]

    def answer(self, seconds: float) -> Direction:
        """The engine's answer."""
        return compare(self.accepts, self.refuses, assumptions=ASSUMED, seconds=seconds).backward


def backward(change: Change) -> Iterator[Hit]:
    """Old licences before a new verifier."""
    yield from _hits(change, "backward", change.old, change.new)


def forward(change: Change) -> Iterator[Hit]:
    """New licences before an old verifier."""
    yield from _hits(change, "forward", change.new, change.old)


def rows(change: Change) -> Iterator[Hit]:
    """Rows that an issuer fed under the old schema: a claim that went is refused by name."""
    if ask_backward(change).answer is not Answer.COMPATIBLE:  # told already, and worse
        return
    closed = Side(substance(change.new), change.new.closed)
    for found in _refuted(change, "rows", change.old, closed):
        if found.witness is not None:  # what stays open here would weigh nothing
            yield Hit(witness=found.witness, because=found.because)


def ask(change: Change, name: str, question: Question) -> Direction:
    """The answer to a question about a change, asked once."""
    answers: dict[str, Direction] = change.answers
    if name not in answers:
        answers[name] = question.answer(change.seconds)
    return answers[name]


def ask_backward(change: Change) -> Direction:
    """Does a new verifier take every old licence?"""
    return ask(change, "backward", Question(substance(change.old), _open(change.new)))


class Side(NamedTuple):
    """A schema as the engine reads it, and as a validator."""

    schema: Mapping[str, Any]
    validator: Validator


class _Found(NamedTuple):
    """A witness, `None` if the question stayed open; and how the engine answered."""

    witness: Witness | None
    because: tuple[str, ...]


def _hits(change: Change, name: str, accepting: LicenceSchema, refusing: LicenceSchema) -> Iterator[Hit]:
    for witness, because in _refuted(change, name, accepting, Side(_open(refusing), refusing.open)):
        if witness is None:
            yield Hit(params={"part": because[-1]}, because=because, weight=Weight.UNDECIDED)
        else:
            told = _in_part(change, name, witness.document, accepting, refusing)
            yield Hit(at=witness.at, params=told, witness=witness, because=because)


def _refuted(change: Change, name: str, accepting: LicenceSchema, refusing: Side) -> Iterator[_Found]:
    """A witness, or what was not decided; nothing if it is proven that there is none."""
    accepts = Side(substance(accepting), accepting.closed)
    answer = ask(change, name, Question(accepts.schema, refusing.schema))
    if answer.answer is Answer.COMPATIBLE:
        return
    documents = iter([answer.witness])
    if answer.answer is Answer.UNDECIDED:
        documents = refute(accepts, refusing, accepting.national_code, change.samples(), change.seconds)
    witness = next((explained(d, refusing.validator.problems(d)) for d in documents), None)
    yield _Found(witness, chain(answer))


def refute(accepting: Side, refusing: Side, code: str, examples: Iterable[Example], seconds: float) -> Iterator[object]:
    """Documents that refute what the engine left open: of a narrower question, or an example of the type.

    `code`: the national code of the type, for identifiers of licences.
    """
    members = members_of(code)
    answer = Question(narrowed(accepting.schema, members), narrowed(refusing.schema, members)).answer(seconds)
    candidates = [answer.witness] if answer.answer is Answer.INCOMPATIBLE else []
    yield from refuting([*candidates, *(e.document for e in examples)], accepting.validator, refusing.validator)


def _in_part(
    change: Change, name: str, document: object, accepting: LicenceSchema, refusing: LicenceSchema
) -> Mapping[str, object]:
    """Is it felt where only a part is disclosed, too? Empty if that is not known."""
    if not refusing.partial.is_valid(document):
        return {"partial": True}
    partial = open_view(substance(refusing), partial=True)
    answer = ask(change, f"{name}-partial", Question(substance(accepting), partial))
    return {"partial": False} if answer.answer is Answer.COMPATIBLE else {}


def _open(schema: LicenceSchema) -> dict[str, Any]:
    return open_view(substance(schema), partial=False)


def explained(document: Any, problems: list[SchemaProblem]) -> Witness:  # noqa: ANN401 - any JSON document
    """A document with the first of its problems."""
    if not problems:
        return Witness(document)
    first = problems[0]
    return Witness(document, format_path(first.at), first.keyword, first.params)


def chain(answer: Direction) -> tuple[str, ...]:
    """The steps of a proof, or what blocked it, a line each."""
    return tuple(" ".join(filter(None, step)) for step in answer.because)
