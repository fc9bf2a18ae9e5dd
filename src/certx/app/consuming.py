"""What verdicts use up, put down after the judgement: each answer to a request counts once.

A verdict whose answer came too late has one more finding, and is judged again (`certx.verify.judge_again`).
"""

from collections.abc import Sequence
from typing import Final

from certx.audit.sqlite import CounterStore
from certx.audit.uses import Showing, Took
from certx.errors import CertxError, EnvironmentFailureError, cause_of
from certx.evidence import Expectation, Sources
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

        Where a matter wants several credentials, none is accepted before all are there. Raises
        `EnvironmentFailureError`.
        """
        nonce = expectation.nonce
        if nonce is None or not any(map(_is_good, answers)):
            return [*answers]
        if self._store is None:
            self._store = counter_store(self._settings)
        store = self._store
        taken = [_judged(answer, _taken(answer.verdict, nonce, store, now)) for answer in answers]
        scenario = _matter_of(sources, expectation)
        if scenario is None or len(scenario.queries) == 1:
            return taken
        complete, missing = passed(COMPLETENESS), scenario.missing_of(store.answered(nonce))
        if missing:
            names = ", ".join(missing)
            complete = failed(COMPLETENESS, Reason.ANSWER_INCOMPLETE, scenario=scenario.id, missing=names)
        return [_judged(answer, complete if _is_good(answer) else None) for answer in taken]

    def close(self) -> None:
        """Give the store back."""
        if self._store is not None:
            self._store.close()
            self._store = None


def _is_good(answer: Answer) -> bool:
    return answer.verdict is not None and answer.verdict.outcome is Outcome.ACCEPTED


def _judged(answer: Answer, finding: Finding | None) -> Answer:
    if finding is None or answer.verdict is None:
        return answer
    return answer._replace(verdict=judge_again(answer.verdict, finding))


def _taken(verdict: Verdict | None, nonce: str, store: CounterStore, now: float) -> Finding | None:
    """What came of putting an answer down, `None` of one that is not good: its holder may yet give a better one."""
    if verdict is None or verdict.outcome is not Outcome.ACCEPTED or verdict.presented is None:
        return None
    took, at = store.consume(Showing(nonce, *verdict.presented), at=int(now))
    match took:
        case Took.NEW:
            return passed(REPLAY)
        case Took.AGAIN:
            return warned(REPLAY, Reason.SEEN_BEFORE, at=at)
        case _:
            return failed(REPLAY, Reason.ANSWERED_BEFORE, at=at)


def _matter_of(sources: Sources, expectation: Expectation) -> Scenario | None:
    if sources.region is None or expectation.scenario is None:
        return None
    found = sources.scenario(sources.region, expectation.scenario)
    return None if isinstance(found, CertxError) else found
