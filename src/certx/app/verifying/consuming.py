"""What verdicts use up, put down after the judgement: each answer to a request counts once.

A verdict whose answer came too late has one more finding, and is judged again (`certx.verify.judge_again`).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from certx.audit.sqlite import CounterStore
from certx.audit.uses import Consumed, Showing, Took
from certx.errors import EnvironmentFailureError, cause_of
from certx.evidence import Expectation, Sources, matter_of
from certx.reason import Finding, Outcome, Reason, failed, passed, warned
from certx.recognition.scenario import Scenario
from certx.settings import Settings
from certx.verdict import Answer, Verdict
from certx.verify import COMPLETENESS, REPLAY, judge_again

_PATIENCE: Final = 5.0
"""Seconds to wait for another process that is writing."""


def counter_store(settings: Settings) -> CounterStore:
    """The store of this machine, made if there is none; raises `EnvironmentFailureError`.

    Unlike the log of verdicts it is needed: where nothing can be put down, everything could be shown twice.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        path, detail = str(settings.home), cause_of(error)
        raise EnvironmentFailureError("counter-unwritable", hint="file-unwritable", path=path, detail=detail) from error
    return CounterStore(settings.counter, patience=_PATIENCE)


class AnswerBook:
    """Where the good answers to requests are put down; the store is opened with the first of them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store: CounterStore | None = None

    def settle(
        self, answers: Sequence[Answer], sources: Sources, expectation: Expectation, *, now: float
    ) -> list[Answer]:
        """The answers once those that are good were put down under the nonce of their request, and judged again.

        Where a matter wants several credentials, none is accepted and none put down before all are there, good at
        this moment. Raises `EnvironmentFailureError`.
        """
        nonce = expectation.nonce
        good = [verdict for answer in answers if (verdict := _good(answer)) is not None]
        showings = [Showing(nonce, *one.presented) for one in good if nonce is not None and one.presented is not None]
        if not showings:
            return [*answers]
        if self._store is None:
            self._store = counter_store(self._settings)
        matter = matter_of(expectation, sources)
        parts = matter if isinstance(matter, Scenario) and len(matter.queries) > 1 else None
        taken = self._store.answer(showings, _serves if parts is None else parts.is_served_by, at=int(now))
        facts = {}
        if parts is not None:
            facts = {"scenario": parts.id, "missing": ", ".join(parts.missing_of(taken.queries))}
        findings = iter([_findings(one, facts) for one in taken.each])
        return [_judged(answer, next(findings)) if _good(answer) is not None else answer for answer in answers]

    def close(self) -> None:
        """Give the store back."""
        if self._store is not None:
            self._store.close()
            self._store = None


def _serves(_answered: frozenset[str]) -> bool:
    """Of a matter that needs one licence, any answer is all that it needs."""
    return True


def _good(answer: Answer) -> Verdict | None:
    verdict = answer.verdict
    return verdict if verdict is not None and verdict.outcome is Outcome.ACCEPTED else None


def _judged(answer: Answer, findings: Sequence[Finding]) -> Answer:
    verdict = answer.verdict
    assert verdict is not None  # noqa: S101 - it is good
    for finding in findings:
        verdict = judge_again(verdict, finding)
    return answer._replace(verdict=verdict)


def _findings(taken: Consumed | None, facts: Mapping[str, str]) -> list[Finding]:
    """What came of an answer; `facts`: the matter and what it still needs, if it needs several licences."""
    if taken is None:
        return [failed(COMPLETENESS, Reason.ANSWER_INCOMPLETE, **facts)]
    complete = [passed(COMPLETENESS)] if facts else []
    match taken.took:
        case Took.NEW:
            return [passed(REPLAY), *complete]
        case Took.AGAIN:
            return [warned(REPLAY, Reason.SEEN_BEFORE, at=taken.at), *complete]
        case _:
            return [failed(REPLAY, Reason.ANSWERED_BEFORE, at=taken.at)]
