"""Verification over inputs: each credential found in files, stdin or text gets a verdict or a reason why none."""

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from certx.carrier import Carried, read
from certx.credential.errors import CredentialError
from certx.evidence import NO_EXPECTATION, Expectation, Sources
from certx.reason import Reason
from certx.verdict import Answer
from certx.verify import verify

MAX_INPUT_BYTES: Final = 256 * 1_048_576
STDIN: Final = "-"
_MOST_TOGETHER: Final = 64
"""Most credentials that are looked at together; of more, each is judged by itself."""


def verify_inputs(
    inputs: Sequence[str],
    sources: Sources,
    *,
    now: float,
    expectation: Expectation = NO_EXPECTATION,
) -> Iterator[Answer]:
    """An answer for each credential in each input, in order; `-` is stdin, a credential may stand for itself.

    A few that are shown together are looked at together: one may prove what took the place of another.
    """
    answers = _answers(inputs, sources, now, expectation)
    together = list(islice(answers, _MOST_TOGETHER + 1))
    if 1 < len(together) <= _MOST_TOGETHER and any(map(_is_superseded, together)):
        from certx.status.succession import name_successors  # noqa: PLC0415 - seldom needed

        together = name_successors(together)
    yield from together
    yield from answers


def _is_superseded(answer: Answer) -> bool:
    return answer.verdict is not None and any(found.reason is Reason.SUPERSEDED for found in answer.verdict.findings)


def _answers(inputs: Sequence[str], sources: Sources, now: float, expectation: Expectation) -> Iterator[Answer]:
    for name in inputs:
        items = _items(name)
        shown = _shown(name) if not is_credential(name) else f"{name[:16]}…"
        for item in items:
            label = shown if len(items) == 1 else f"{shown}:{item.line}"
            yield _answer(label, item, sources, now, expectation)


def is_credential(argument: str) -> bool:
    """Is a command-line argument a credential itself, and not the name of a file?"""
    return argument.startswith("eyJ") and argument.count(".") >= 2 and "~" in argument


def _shown(name: str) -> str:
    """A file name as text, whatever bytes it has."""
    return name.encode("utf-8", "backslashreplace").decode()


def _items(name: str) -> list[Carried]:
    if is_credential(name):
        return read(name.encode("utf-8", "replace"))
    try:
        if name == STDIN:
            return _read(sys.stdin.buffer) if sys.stdin is not None else read(b"")
        with Path(name).open("rb") as file:
            return _read(file)
    except (OSError, ValueError) as error:
        detail = getattr(error, "strerror", None) or type(error).__name__
        return [Carried(1, None, CredentialError(Reason.UNREADABLE_FILE, path=_shown(name), detail=detail))]


def _read(file: BinaryIO) -> list[Carried]:
    data = file.read(MAX_INPUT_BYTES + 1)
    if len(data) > MAX_INPUT_BYTES:
        return [Carried(1, None, CredentialError(Reason.UNREADABLE_TOO_LARGE, maximum=MAX_INPUT_BYTES))]
    return read(data)


def _answer(label: str, item: Carried, sources: Sources, now: float, expectation: Expectation) -> Answer:
    if item.text is None:
        return Answer(label, None, item.error)
    try:
        return Answer(label, verify(item.text, sources, now=now, expectation=expectation))
    except CredentialError as error:
        return Answer(label, None, error)
