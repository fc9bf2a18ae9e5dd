"""Who can still read what, by containment of sets of licences: the engine's answers about views of two schemas.

An issuer validates the closed schema, a verifier reads the open view. So a change is safe if closed(old) ⊆ open(new)
and closed(new) ⊆ open(old). A holder may show a part: whatever closed(old) accepts and the partial view of the new
schema takes whole, it takes in every part, for the partial view demands nothing that a hidden claim could break.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from certx.gate.change import Change, substance
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
    answer = ask(change, "rows", Question(_closed(change.old), _closed(change.new)))
    if answer.answer is Answer.INCOMPATIBLE and ask_backward(change).answer is Answer.COMPATIBLE:
        yield Hit(witness=_witness(answer.witness, change.new.document), because=chain(answer))


def ask(change: Change, name: str, question: Question) -> Direction:
    """The answer to a question about a change, asked once."""
    answers: dict[str, Direction] = change.answers
    if name not in answers:
        answers[name] = question.answer(change.seconds)
    return answers[name]


def ask_backward(change: Change) -> Direction:
    """Does a new verifier take every old licence?"""
    return ask(change, "backward", Question(_closed(change.old), _open(change.new)))


def _hits(change: Change, name: str, accepting: LicenceSchema, refusing: LicenceSchema) -> Iterator[Hit]:
    answer = ask(change, name, Question(_closed(accepting), _open(refusing)))
    if answer.answer is Answer.COMPATIBLE:
        return
    documents = [answer.witness] if answer.answer is Answer.INCOMPATIBLE else _tried(change, accepting, refusing)
    for document in documents:
        witness = _witness(document, _open(refusing))
        told = _in_part(change, name, document, accepting, refusing)
        yield Hit(at=witness.at, params=told, witness=witness, because=chain(answer))
        return
    yield Hit(params={"part": chain(answer)[-1]}, because=chain(answer), weight=Weight.UNDECIDED)


def _tried(change: Change, accepting: LicenceSchema, refusing: LicenceSchema) -> Iterator[Any]:
    """Documents that refute what the engine left open: of a narrower question, or an example of the type."""
    members = members_of(accepting.national_code)
    narrow = Question(narrowed(_closed(accepting), members), narrowed(_open(refusing), members))
    answer = narrow.answer(change.seconds)
    candidates = [answer.witness] if answer.answer is Answer.INCOMPATIBLE else []
    candidates += [example.document for example in change.samples()]
    yield from refuting(candidates, accepting.closed, refusing.open)


def _in_part(
    change: Change, name: str, document: object, accepting: LicenceSchema, refusing: LicenceSchema
) -> Mapping[str, object]:
    """Is it felt where only a part is disclosed, too? Empty if that is not known."""
    if not refusing.partial.is_valid(document):
        return {"partial": True}
    partial = open_view(substance(refusing), partial=True)
    answer = ask(change, f"{name}-partial", Question(_closed(accepting), partial))
    return {"partial": False} if answer.answer is Answer.COMPATIBLE else {}


def _closed(schema: LicenceSchema) -> dict[str, Any]:
    return substance(schema)


def _open(schema: LicenceSchema) -> dict[str, Any]:
    return open_view(substance(schema), partial=False)


def _witness(document: Any, refuses: Mapping[str, Any]) -> Witness:  # noqa: ANN401 - any JSON document
    """A witness, with what the refusing schema says of it."""
    return explained(document, Validator(refuses).problems(document))


def explained(document: Any, problems: list[SchemaProblem]) -> Witness:  # noqa: ANN401 - any JSON document
    """A document with the first of its problems."""
    if not problems:
        return Witness(document)
    first = problems[0]
    return Witness(document, format_path(first.at), first.keyword, first.params)


def chain(answer: Direction) -> tuple[str, ...]:
    """The steps of a proof, or what blocked it, a line each."""
    return tuple(" ".join(filter(None, step)) for step in answer.because)
