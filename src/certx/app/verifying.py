"""Verification over inputs: each credential found in files, stdin or text gets a verdict or a reason why none."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from certx.app.verify_inputs import Item, open_inputs
from certx.credential.errors import CredentialError
from certx.evidence import NO_EXPECTATION, Expectation, Sources
from certx.reason import Reason
from certx.verdict import Answer
from certx.verify import verify

MOST_TOGETHER: Final = 64
"""Most credentials that are looked at together; of more, each is judged by itself."""


def verify_inputs(
    inputs: Sequence[str],
    sources: Sources,
    *,
    now: float,
    expectation: Expectation = NO_EXPECTATION,
) -> Iterator[Answer]:
    """An answer for each credential in each input, in order; `-` is stdin, a credential may stand for itself."""
    items = open_inputs(inputs)
    few = list(islice(items, MOST_TOGETHER + 1))
    if len(few) <= MOST_TOGETHER:
        yield from answers_together(few, sources, now, expectation)
        return
    for some in (few, items):
        yield from (answer_of(item, sources, now, expectation) for item in some)


def answer_of(item: Item, sources: Sources, now: float, expectation: Expectation) -> Answer:
    """The verdict on an item, or why there is none."""
    carried = item.read()
    if carried.text is None:
        return Answer(item.label, None, carried.error)
    try:
        return Answer(item.label, verify(carried.text, sources, now=now, expectation=expectation))
    except CredentialError as error:
        return Answer(item.label, None, error)


def answers_together(items: Sequence[Item], sources: Sources, now: float, expectation: Expectation) -> Sequence[Answer]:
    """The answers on a few that are shown together: one may prove what took the place of another."""
    answers = [answer_of(item, sources, now, expectation) for item in items]
    if len(answers) > 1 and any(map(_is_superseded, answers)):
        from certx.status.succession import name_successors  # noqa: PLC0415 - seldom needed

        return name_successors(answers)
    return answers


def _is_superseded(answer: Answer) -> bool:
    return answer.verdict is not None and any(found.reason is Reason.SUPERSEDED for found in answer.verdict.findings)
