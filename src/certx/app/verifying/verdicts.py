"""Verification over inputs: each credential found in files, stdin or text gets a verdict or a reason why none."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from certx.app.verifying.inputs import MOST_TOGETHER, Item, open_inputs, parts_joined
from certx.carrier import Carried
from certx.credential.errors import CredentialError
from certx.evidence import NO_EXPECTATION, Expectation, Sources
from certx.reason import Reason
from certx.verdict import Answer
from certx.verify import verify_each

_BLOCK: Final = 64
_BLOCK_BYTES: Final = 524_288


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
    for block in blocks_of(chain(few, items)):
        yield from answers_of(block, sources, now, expectation)


def answers_of(items: Sequence[Item], sources: Sources, now: float, expectation: Expectation) -> list[Answer]:
    """For each item the verdict, or why there is none."""
    found = _compared([item.read() for item in items], sources)
    whole = [carried for carried in found if carried.text is not None]
    texts = [carried.text for carried in whole if carried.text is not None]
    queries = [carried.query for carried in whole] if any(carried.query for carried in whole) else ()
    verdicts = iter(verify_each(texts, sources, now=now, expectation=expectation, queries=queries))
    answers = []
    for item, carried in zip(items, found, strict=True):
        verdict = next(verdicts) if carried.text is not None else carried.error
        if isinstance(verdict, CredentialError):
            answers.append(Answer(item.label, None, verdict))
        else:
            answers.append(Answer(item.label, verdict))
    return answers


def _compared(found: list[Carried], sources: Sources) -> list[Carried]:
    """What is attached to PDFs, held against what is printed in them."""
    if not any(carried.copies for carried in found):
        return found
    from certx.carrier.copies import Comparison  # noqa: PLC0415 - only for a PDF

    return list(map(Comparison(sources.dictionary).of, found))


def answers_together(items: Sequence[Item], sources: Sources, now: float, expectation: Expectation) -> Sequence[Answer]:
    """The answers on a few that are shown together: one may prove what replaced another, or be a part of it."""
    answers = [
        answer for block in blocks_of(parts_joined(items)) for answer in answers_of(block, sources, now, expectation)
    ]
    if len(answers) > 1 and any(map(_is_superseded, answers)):
        from certx.status.succession import name_successors  # noqa: PLC0415 - seldom needed

        return name_successors(answers)
    return answers


def blocks_of(items: Iterable[Item]) -> Iterator[list[Item]]:
    """As many items at a time as are verified at once: few enough that their parsed form takes little memory."""
    block, size = list[Item](), 0
    for item in items:
        block.append(item)
        size += item.size
        if len(block) >= _BLOCK or size >= _BLOCK_BYTES:
            yield block
            block, size = [], 0
    if block:
        yield block


def _is_superseded(answer: Answer) -> bool:
    return answer.verdict is not None and any(found.reason is Reason.SUPERSEDED for found in answer.verdict.findings)
