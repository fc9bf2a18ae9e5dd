"""Who can still read what: the rules that are questions about sets of licences.

An issuer validates the closed schema, a verifier reads the open view. So a change is safe if closed(old) ⊆ open(new)
and closed(new) ⊆ open(old). A holder may show a part: whatever closed(old) accepts and the partial view of the new
schema takes whole, it takes in every part, for the partial view demands nothing that a hidden claim could break.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from certx.gate.change import Change, substance
from certx.gate.deciding import Side, blocked_at, chain, decide, explained
from certx.gate.finding import Hit, Weight
from certx.schema.catalogue import LicenceSchema
from certx.schema.compat import Answer, Direction
from certx.schema.views import open_view


class View(StrEnum):
    """What a schema is held against a licence as (`certx.schema.views`)."""

    CLOSED = "closed"
    OPEN = "open"
    PARTIAL = "partial"

    def of(self, schema: LicenceSchema) -> Side:
        """That view of a schema."""
        document = substance(schema)
        match self:
            case View.CLOSED:
                return Side(document, schema.closed)
            case View.OPEN:
                return Side(open_view(document, partial=False), schema.open)
            case View.PARTIAL:
                return Side(open_view(document, partial=True), schema.partial)


def backward(change: Change) -> Iterator[Hit]:
    """Old licences before a new verifier."""
    yield from _hits(change, "backward", change.old, change.new)


def forward(change: Change) -> Iterator[Hit]:
    """New licences before an old verifier."""
    yield from _hits(change, "forward", change.new, change.old)


def rows(change: Change) -> Iterator[Hit]:
    """Rows that an issuer fed under the old schema: a claim that went is refused by name."""
    if not is_read_on(change):  # told already, and worse
        return
    answer = _ask(change, "rows", change.old, change.new, View.CLOSED)
    if answer.answer is Answer.INCOMPATIBLE:  # what stays open here would weigh nothing
        yield Hit(witness=explained(answer.witness, change.new.closed.problems(answer.witness)), because=chain(answer))


def is_read_on(change: Change) -> bool:
    """Is it proven that a new verifier takes every old licence?"""
    return _ask(change, "backward", change.old, change.new, View.OPEN).answer is Answer.COMPATIBLE


def _ask(change: Change, name: str, accepting: LicenceSchema, refusing: LicenceSchema, view: View) -> Direction:
    """The answer to a question about a change, asked once: is every licence that may be issued taken by the view?"""
    if name not in change.answers:
        change.answers[name] = decide(
            View.CLOSED.of(accepting), view.of(refusing),
            national_code=accepting.national_code, examples=change.samples(), seconds=change.seconds,
        )  # fmt: skip
    return change.answers[name]


def _hits(change: Change, name: str, accepting: LicenceSchema, refusing: LicenceSchema) -> Iterator[Hit]:
    answer = _ask(change, name, accepting, refusing, View.OPEN)
    match answer.answer:
        case Answer.COMPATIBLE:
            return
        case Answer.UNDECIDED:
            yield Hit(blocked_at(answer), because=chain(answer), weight=Weight.UNDECIDED)
        case Answer.INCOMPATIBLE:
            witness = explained(answer.witness, refusing.open.problems(answer.witness))
            told = _in_part(change, f"{name}-partial", witness.document, accepting, refusing)
            yield Hit(at=witness.at, params=told, witness=witness, because=chain(answer))


def _in_part(
    change: Change, name: str, document: object, accepting: LicenceSchema, refusing: LicenceSchema
) -> Mapping[str, object]:
    """Is it felt where only a part is disclosed, too? Empty if that is not known."""
    if not refusing.partial.is_valid(document):
        return {"partial": True}
    answer = _ask(change, name, accepting, refusing, View.PARTIAL).answer
    return {} if answer is Answer.UNDECIDED else {"partial": answer is Answer.INCOMPATIBLE}
