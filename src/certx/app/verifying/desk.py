"""Verdicts in the form that is to be written, and what they came to.

One `Desk` makes them for a run, in this process or in each of its workers: what it needs to begin is an `Order`, which
can be pickled.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from enum import StrEnum
from typing import NamedTuple

from certx.app.registry.sources import LocalSources
from certx.app.verifying.inputs import Item
from certx.app.verifying.verdicts import answers_of, answers_together, blocks_of
from certx.audit.record import Line, lines_of
from certx.errors import Exit
from certx.evidence import NO_EXPECTATION, Expectation
from certx.i18n import Language, Words
from certx.schema.catalogue import LicenceSchema
from certx.settings import Settings
from certx.verdict import Answer, worst


class Form(StrEnum):
    """How answers are written."""

    JSON = "json"
    SCREEN = "screen"
    LINE = "line"


class Order(NamedTuple):
    """All that a run of `certx verify` was told; `now` is the moment that the verdicts are about.

    `salt` is the secret of the log of verdicts, `None` if there is to be no line of them in it.
    """

    settings: Settings
    now: float
    is_past: bool = False
    expectation: Expectation = NO_EXPECTATION
    form: Form = Form.JSON
    language: Language = "en"
    colour: bool = False
    width: int = 100
    explain: bool = False
    columns: int | None = None
    """How many short claims a screen shows side by side; `None` for lines that are searched."""
    height: int | None = None
    """Lines of the terminal; a longer screen has its outcome at its end too."""
    page: bool = False
    """Is a page of them wanted too?"""
    salt: bytes | None = None


class Tally(NamedTuple):
    """What answers came to: how often each outcome and each deciding reason, and the exit statuses.

    An outcome is counted under the code of its words, `unreadable` among them.
    """

    outcomes: Counter[str]
    reasons: Counter[str]
    statuses: set[Exit]

    @classmethod
    def empty(cls) -> "Tally":
        """Of no answer at all."""
        return cls(Counter(), Counter(), set())

    def take(self, answers: Iterable[Answer]) -> None:
        """Count answers in; those that came to the very same findings are alike."""
        alike: dict[int, list[Answer]] = {}
        for answer in answers:
            found = answer if answer.verdict is None else answer.verdict.findings
            alike.setdefault(id(found), []).append(answer)
        for group in alike.values():
            _input, verdict, error = group[0]
            if verdict is None:
                self.outcomes["unreadable"] += len(group)
                reason = error.reason if error is not None else None
            else:
                self.outcomes[f"outcome-{verdict.outcome}"] += len(group)
                reason = verdict.deciding.reason if verdict.deciding is not None else None
            if reason is not None:
                self.reasons[reason] += len(group)
            self.statuses.add(group[0].exit)

    def add(self, other: "Tally") -> None:
        """Count another one in."""
        self.outcomes.update(other.outcomes)
        self.reasons.update(other.reasons)
        self.statuses.update(other.statuses)

    @property
    def exit(self) -> Exit:
        """The worst of the exit statuses."""
        return worst(self.statuses)


class Done(NamedTuple):
    """A chunk of answers: as they are to be written, in UTF-8, what they came to, for the log, for a page."""

    output: bytes
    tally: Tally
    lines: list[Line]
    page: bytes = b""


class Desk:
    """Verifies and writes; the registry is read once, when a credential first needs it."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._sources = LocalSources(order.settings, now=order.now, is_past=order.is_past)
        if order.form is Form.JSON:
            from certx.render.verdict_json import VerdictLines  # noqa: PLC0415 - one of three renderers

            self._write = VerdictLines(Words(order.language), now=order.now, historical=order.is_past).line
        elif order.form is Form.SCREEN:
            from certx.render.verdict_text import VerdictText  # noqa: PLC0415

            text = VerdictText(
                self._words(), colour=order.colour, width=order.width, explain=order.explain, columns=order.columns,
                height=order.height,
            )  # fmt: skip
            self._write = text.screen
        else:
            from certx.render.verdict_line import VerdictLine  # noqa: PLC0415

            self._write = VerdictLine(self._words(), colour=order.colour).line
        self._section: Callable[[Answer, LicenceSchema | None], bytes] | None = None
        if order.page:
            from certx.render.verdict_page import VerdictPage  # noqa: PLC0415 - rarely wanted

            self._section = VerdictPage(self._words(), explain=order.explain).section

    def run(self, items: Iterable[Item]) -> Done:
        """A chunk of a stream, each item judged by itself."""
        sources, now, expectation = self._sources, self._order.now, self._order.expectation
        return self._written(answers_of(block, sources, now, expectation) for block in blocks_of(items))

    def together(self, items: Sequence[Item]) -> Done:
        """A few that are shown together."""
        answers = answers_together(items, self._sources, self._order.now, self._order.expectation)
        return self._written([answers])

    def _written(self, blocks: Iterable[Sequence[Answer]]) -> Done:
        """Answers, once what they use up was used up, as they are to be written."""
        tally, output, lines, sections = Tally.empty(), list[bytes](), list[Line](), list[bytes]()
        now, salt = self._order.now, self._order.salt
        for block in blocks:
            answers = self._settled(block)
            tally.take(answers)
            for answer in answers:
                schema = self._schema(answer)
                output.append(self._write(answer, schema))
                if self._section is not None:
                    sections.append(self._section(answer, schema))
            if salt is not None:
                lines += lines_of(answers, now=now, salt=salt)
        return Done(b"".join(output), tally, lines, b"".join(sections))

    def _settled(self, answers: Sequence[Answer]) -> Sequence[Answer]:
        """The answers once what they use up was; verdicts about an earlier time use up nothing."""
        order = self._order
        if order.is_past or not order.expectation.uses_up:
            return answers
        if order.expectation.grant is not None:
            from certx.app.verifying.grant_use import count_uses  # noqa: PLC0415 - a database

            return count_uses(answers, order.settings, order.expectation.grant, now=order.now)
        from certx.app.verifying.consuming import AnswerBook  # noqa: PLC0415 - a database

        with closing(AnswerBook(order.settings)) as book:
            return book.settle(answers, self._sources, order.expectation, now=order.now)

    def _words(self) -> Words:
        """The words for people, with names in them."""
        from certx.app.registry.names import RegistryNames  # noqa: PLC0415 - JSON has codes

        return Words(self._order.language, RegistryNames(self._sources))

    def _schema(self, answer: Answer) -> LicenceSchema | None:
        """The schema whose labels and order the licence is shown by."""
        facts = answer.verdict.credential if answer.verdict is not None else None
        return self._sources.latest_schema(facts.type) if facts is not None else None
