"""Is every licence that one side accepts accepted by another? The engine's answer, with what it cannot make up itself.

The engine reads formats with check digits as sets that it knows nothing of: good for proofs, not for documents. So
the question is put twice: first with such places narrowed to a few known members, which refutes in milliseconds what
can be refuted; then as it is, which proves. What stays open is tried on the examples beside the schemas.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from certx.gate.edition import Example
from certx.gate.finding import Witness
from certx.gate.samples import members_of, narrowed, refuting
from certx.licence.paths import format_path
from certx.schema.compat import Answer, Assumptions, Direction, Formats, contains
from certx.schema.validate import SchemaProblem, Validator

ASSUMED: Final = Assumptions(formats=Formats.ASSERTION)
"""Licence schemas assert their formats, and are closed by themselves."""

Schema = Mapping[str, Any] | bool


class Side(NamedTuple):
    """A schema as the engine reads it, and as a validator."""

    schema: Mapping[str, Any]
    validator: Validator


def contained(accepts: Schema, refuses: Schema, seconds: float) -> Direction:
    """Is every document of the one schema one of the other? Asked in this direction alone."""
    return contains(refuses, accepts, assumptions=ASSUMED, seconds=seconds)


def decide(
    accepting: Side, refusing: Side, *, national_code: str, examples: Iterable[Example], seconds: float
) -> Direction:
    """The same of two sides; every witness was shown to both validators of both real schemas.

    `national_code` is that of the type, for identifiers of licences.
    """
    members = members_of(national_code)
    narrow = contained(narrowed(accepting.schema, members), narrowed(refusing.schema, members), seconds)
    for document in refuting([narrow.witness], accepting.validator, refusing.validator):
        return Direction(Answer.INCOMPATIBLE, narrow.because, document)
    answer = contained(accepting.schema, refusing.schema, seconds)
    if answer.answer is Answer.UNDECIDED:
        for document in refuting((e.document for e in examples), accepting.validator, refusing.validator):
            return Direction(Answer.INCOMPATIBLE, answer.because, document)
    return answer


def explained(document: Any, problems: list[SchemaProblem]) -> Witness:  # noqa: ANN401 - any JSON document
    """A document with the first of its problems."""
    if not problems:
        return Witness(document)
    first = problems[0]
    return Witness(document, format_path(first.at), first.keyword, first.params)


def blocked_at(answer: Direction) -> str:
    """The claim in which the first of what was in the way stands, as a path of names; empty if it is in none."""
    _, _, pointer = answer.because[0].place.partition("#/")
    segments = iter(pointer.split("/"))
    return format_path(tuple(next(segments, "") for segment in segments if segment == "properties"))


def chain(answer: Direction) -> tuple[str, ...]:
    """The steps of a proof, or what blocked it, a line each."""
    return tuple(" ".join(filter(None, step)) for step in answer.because)
