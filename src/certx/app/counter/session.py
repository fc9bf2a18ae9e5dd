"""One counter that stays open: scans in, answers out, one after the other; `--plain` and the full screen share it.

What it looks up is kept warm from scan to scan. When another process has brought the registry up to date, or the day
has changed, the next scan looks at it anew; each is judged by the clock of its own moment.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from certx.app.carrier.reading import read
from certx.app.carrier.symbol_parts import SymbolParts
from certx.app.counter.named_files import named_file, read_file
from certx.app.registry.names import RegistryNames
from certx.app.registry.sources import LocalSources
from certx.app.verifying.inputs import MOST_TOGETHER, Item, parts_joined
from certx.app.verifying.verdict_log import VerdictLog, keeps_log, salt_for
from certx.app.verifying.verdicts import answers_together
from certx.audit.record import lines_of
from certx.carrier import Carried
from certx.carrier.symbols import read as read_symbol
from certx.carrier.text import MAX_LINE_BYTES, half_width, is_symbol
from certx.credential.errors import CredentialError
from certx.errors import CertxError, UsageError
from certx.evidence import Expectation
from certx.i18n import Language
from certx.i18n.names import Named
from certx.licence.model import day_of
from certx.reason import Finding, Reason
from certx.recognition.scenario import scenarios_of
from certx.schema.catalogue import LicenceSchema
from certx.settings import Settings
from certx.trust.freshness import check_freshness
from certx.trust.registry import Registry
from certx.trust.roles import roles_behind
from certx.verdict import Answer

if TYPE_CHECKING:
    from certx.app.recognition.requests import Asking
    from certx.app.verifying.consuming import AnswerBook
    from certx.audit.uses import OpenRequest
    from certx.recognition.request import Request
    from certx.recognition.scenario import Scenario

_UNSIGNED_SECONDS: Final = 60
"""An unsigned folder has no pointer that tells of a change, and is read anew as often as this."""
_DOTS: Final = 2
"""In a JWS."""
_PATIENCE: Final = 0.05
"""Seconds that a scan waits for another process that is writing to the log; its line waits longer."""


class Waiting(NamedTuple):
    """A symbol of several was scanned, and not all of them are there: how many are, of how many; `input` names it."""

    have: int
    total: int
    input: str = ""


class Shown(NamedTuple):
    """What came of one scan: answers, and whether its file has more credentials than a counter looks at."""

    answers: Sequence[Answer]
    has_more: bool = False


class RegistryAge(NamedTuple):
    """Which registry is in use and how recent: `finding` has what is to be said of it, `error` why there is none.

    `left_out` counts the regions of which this machine was given nothing.
    """

    registry: Registry | None
    finding: Finding | None
    error: CertxError | None
    left_out: int = 0


class Counter:
    """The counter of this machine; `scenario` is the matter at hand, to be changed between scans.

    `request` is what holders were asked last, if this counter has a key to ask with (`asking`): scans are answers to it
    until another is made, or the matter is changed.
    """

    def __init__(self, settings: Settings, *, scenario: str | None = None, asking: "Asking | None" = None) -> None:
        self.settings, self.asking = settings, asking
        self.request: Request | None = None
        self._open: OpenRequest | None = None
        self._incomplete: list[Item] = []
        """Good answers to it that wait for others: no disk has them, and they are judged again with the next."""
        self._scenario = scenario
        self._book: AnswerBook | None = None
        self._parts = SymbolParts()
        self._sources: LocalSources | None = None
        self._stamp: object = None
        self._names: RegistryNames | None = None
        self._left_out = 0
        self._number = 0
        self.log = VerdictLog(settings, patience=_PATIENCE) if keeps_log(settings) else None
        self.log_problem: CertxError | None = None
        self._salt: bytes | None = None

    @property
    def scenario(self) -> str | None:
        """The matter at hand."""
        return self._scenario

    @scenario.setter
    def scenario(self, scenario: str | None) -> None:
        self._scenario, self.request, self._open, self._incomplete = scenario, None, None, []

    def ask(self, *, now: float) -> "Request":
        """Make a request for the matter at hand; raises `CertxError` if there is none, or nobody to ask."""
        if self.asking is None or self._scenario is None:
            code = "counter-no-key" if self.asking is None else "counter-no-matter"
            raise UsageError(code, hint=code)
        from certx.app.recognition.requests import ask  # noqa: PLC0415
        from certx.app.verifying.consuming import AnswerBook  # noqa: PLC0415 - a counter need not ask

        self._book = self._book or AnswerBook(self.settings)
        self._incomplete = []
        self.request, self._open = ask(self.settings, self._scenario, self.asking, now=now)
        return self.request

    def sources(self, now: float) -> LocalSources:
        """Where things are looked up at this moment: what was read before, unless it has changed since."""
        stamp = (self._registry_stamp(now), day_of(now))
        if self._sources is None or stamp != self._stamp or self._sources.registry is None:
            self._sources, self._stamp = LocalSources(self.settings, now=now), stamp
            self._names = RegistryNames(self._sources)
            self._left_out = len(self._sources.files.left_out()) if self._sources.files is not None else 0
        return self._sources

    def name(self, kind: Named, code: str, language: Language) -> str:
        """What people call what a code is of, by what the last scan was looked up in."""
        return self._names.name(kind, code, language) if self._names is not None else code

    def _registry_stamp(self, now: float) -> object:
        if self.settings.root is None:
            return now // _UNSIGNED_SECONDS
        try:
            found = (self.settings.generations / "current").stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def scan(self, text: str, *, now: float) -> Shown | Waiting | None:
        """What comes of a line from a scanner, a keyboard or a pipe; `None` of an empty one.

        It may be a credential, a symbol or one of several, or the path of a file.
        """
        typed = text.strip()
        text = half_width(typed)
        if not text:
            return None
        self._number += 1
        name = str(self._number)
        if len(text) > MAX_LINE_BYTES:
            return self._refuse(name, CredentialError(Reason.UNREADABLE_TOO_LARGE, maximum=MAX_LINE_BYTES), now)
        path = named_file(typed)
        if path is not None:
            return self.show(read_file(path), now=now)
        try:
            joined = self._parts.add(text)
        except CredentialError as error:
            return self._refuse(name, error, now)
        if isinstance(joined, tuple):
            return Waiting(*joined, name)
        return self.show([Item(name, found.line, found) for found in read(joined.encode("utf-8", "replace"))], now=now)

    def is_whole(self, text: str, *, now: float) -> bool:
        """May this be all of a scan that no line end followed, and not the beginning of one that was cut off?

        A symbol of several is not taken so: that one of them is cut would be noticed only with the last.
        """
        typed = text.strip()
        text = half_width(typed)
        if is_symbol(text):
            try:
                read_symbol(text, self.sources(now).dictionary)
            except CredentialError as error:
                return error.reason is Reason.DICTIONARY_UNKNOWN
            return True
        if text.startswith("eyJ"):
            return text.count(".") >= _DOTS and (text.endswith("~") or text.rpartition("~")[2].count(".") == _DOTS)
        return (text.startswith("{") and text.endswith("}")) or named_file(typed) is not None

    def show(self, items: Sequence[Item], *, now: float) -> Shown:
        """What comes of credentials that were read, after those that waited for them and now wait no longer."""
        expectation, sources = self._expectation(now), self.sources(now)
        fresh = parts_joined(items[:MOST_TOGETHER])
        told = {item.read().text for item in fresh}
        together = [*fresh, *(item for item in self._incomplete if item.read().text not in told)]
        answers = answers_together(together, sources, now, expectation)
        if self._book is not None:
            answers = self._book.settle(answers, sources, expectation, now=now)
        self._incomplete = [item for item, one in zip(together, answers, strict=True) if _waits(one)]
        earlier = [one for one in answers[len(fresh) :] if not _waits(one) and not _is_replaced(one)]
        return Shown([*earlier, *answers[: len(fresh)]], has_more=len(items) > MOST_TOGETHER)

    def _expectation(self, now: float) -> Expectation:
        expectation = Expectation(scenario=self._scenario)
        if self._open is None:
            return expectation
        from certx.app.verifying.expecting import expect_answer  # noqa: PLC0415 - likewise

        return expect_answer(self._open, expectation, now=now)

    def _refuse(self, name: str, error: CredentialError, now: float) -> Shown:
        return self.show([Item(name, 1, Carried(1, None, error))], now=now)

    def note(self, answers: Sequence[Answer], *, now: float) -> None:
        """Log answers that were given; if that fails, `log_problem` says why, and they wait."""
        if self.log is None:
            return
        try:
            if self._salt is None:
                self._salt = salt_for(self.settings)
        except CertxError as error:
            self.log_problem = error
            return
        salt = self._salt
        self.log.add(lines_of(answers, now=now, salt=salt), now=now)
        self.log_problem = self.log.problem

    @property
    def waiting(self) -> bool:
        """Are there symbols that wait for others?"""
        return bool(self._parts)

    def forget_parts(self) -> None:
        """Wait no longer for the other symbols."""
        self._parts = SymbolParts()

    def schema(self, answer: Answer, *, now: float) -> LicenceSchema | None:
        """The schema by which the licence of an answer is shown."""
        facts = answer.verdict.credential if answer.verdict is not None else None
        return self.sources(now).latest_schema(facts.type) if facts is not None else None

    def registry_age(self, now: float) -> RegistryAge:
        """Which registry is in use, and whether verdicts may rely on it."""
        sources = self.sources(now)
        registry = sources.registry
        if registry is None:
            return RegistryAge(None, None, sources.registry_error)
        roles = roles_behind(sources.region, sources.region, has_status=False)
        expiries = {role: end for role in roles if (end := registry.expiries.get(role)) is not None}
        return RegistryAge(registry, check_freshness(registry, expiries, sources.limits, now), None, self._left_out)

    def scenarios(self, now: float) -> "list[Scenario]":
        """The matters that the accepting region published and that can be read."""
        sources = self.sources(now)
        files = sources.files
        return [] if files is None or sources.region is None else list(scenarios_of(files, sources.region))

    def close(self, *, now: float) -> int:
        """Give the log back; how many answers could not be logged to the last."""
        if self._book is not None:
            self._book.close()
        if self.log is None:
            return 0
        lost = self.log.settle(now=now)
        self.log.close()
        return lost


def _waits(answer: Answer) -> bool:
    """Is it good, and are others missing that belong to it?"""
    return _decided_by(answer, Reason.ANSWER_INCOMPLETE)


def _is_replaced(answer: Answer) -> bool:
    """Did the holder show something else in its place?"""
    return _decided_by(answer, Reason.ANSWERED_BEFORE)


def _decided_by(answer: Answer, reason: Reason) -> bool:
    deciding = answer.verdict.deciding if answer.verdict is not None else None
    return deciding is not None and deciding.reason is reason
