"""What happens at a counter while its screen is open: scans become answers, and what is shown follows them.

Nothing here paints: the screen asks for the text of each of its parts.
"""

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.geometry import Size

from certx.app.counter.background_sync import BackgroundSync
from certx.app.counter.scan_buffer import ScanBuffer
from certx.app.counter.scan_pause import Dropped, ScanPauses
from certx.app.counter.session import Counter, Shown, Waiting
from certx.app.verifying.inputs import Item
from certx.errors import CertxError
from certx.i18n import Language, Words
from certx.tui import panels
from certx.tui.shift import Shift
from certx.tui.view import View
from certx.verdict import Answer


class Session:
    """One counter, its shift and what its screen shows; `clock` is Unix time."""

    def __init__(
        self, counter: Counter, sync: BackgroundSync, language: Language, *, clock: Callable[[], float]
    ) -> None:
        self.counter, self.sync, self.clock = counter, sync, clock
        self.words = Words(language, counter)
        self.shift, self.view, self.buffer = Shift(), View(), ScanBuffer()
        self._pauses = ScanPauses(counter, self.buffer)
        self._unlogged: list[tuple[Sequence[Answer], float]] = []
        self._refused: CertxError | None = None

    # What comes in

    def scan(self, text: str) -> None:
        """Verify a scan."""
        now = self.clock()
        self._take(self.counter.scan(text, now=now), now)

    def show(self, items: Sequence[Item]) -> None:
        """Verify the credentials of a file that was opened."""
        now = self.clock()
        self._take(self.counter.show(items, now=now), now)

    def _take(self, found: Shown | Waiting | None, now: float) -> None:
        self._refused = None
        if isinstance(found, Waiting):
            self.view.wait(found)
        elif found is not None:
            for answer in found.answers:
                schema = self.counter.schema(answer, now=now)
                self.shift.add(answer, schema, now=now)
                self.view.show(answer, schema, has_more=found.has_more)
            self._unlogged.append((found.answers, now))

    def pause(self, seconds: float) -> str | Dropped | None:
        """Nothing has come for so long: the scan that is whole by now; one that was cut off is dropped, and told."""
        found = self._pauses.after(seconds, now=self.clock())
        if isinstance(found, Dropped):
            self.view.drop(found.characters)
        return found

    def ask(self) -> None:
        """Make a new request, which the next scans are answers to."""
        try:
            self.view.show_request(self.counter.ask(now=self.clock()))
            self._refused = None
        except CertxError as error:
            self._refused = error

    def choose_scenario(self) -> None:
        """Let the clerk choose the matter."""
        self.view.choose(self.counter.scenarios(self.clock()), self.counter.scenario)

    def switch_language(self) -> None:
        """The other language."""
        self.words = Words("en" if self.words.language == "zh" else "zh", self.counter)

    def note(self) -> None:
        """Log the verdicts that were not logged yet: after they were painted."""
        waiting, self._unlogged = self._unlogged, []
        for answers, now in waiting:
            self.counter.note(answers, now=now)

    def unfinished(self) -> list[str]:
        """Why one should not quit yet."""
        self.note()
        held = self.counter.log.held if self.counter.log is not None else 0
        reasons = {
            "counter-leave-parts": self.counter.waiting,
            "counter-leave-typed": bool(self.buffer),
            "counter-leave-sync": self.sync.is_running,
            "counter-leave-log": bool(held),
        }
        return [self.words.term(code, count=held) for code, holds in reasons.items() if holds]

    # What the screen shows

    def head(self, size: Size) -> Text:
        """Whose counter it is, in which matter, and the time."""
        return panels.head(self.counter, self.words, self.clock(), width=size.width)

    def registry(self, size: Size) -> Text:
        """The ages of registry and status list, and the last sync."""
        now = self.clock()
        age = self.counter.registry_age(now)
        return panels.registry(age, self.sync, self.view.answer, self.words, now, width=size.width)

    def banner(self, size: Size) -> Text:
        """The outcome."""
        return self.view.banner(self.words, width=size.width, height=size.height)

    def body(self, size: Size) -> Text:
        """The rest of the verdict, or what lies over it."""
        return self.view.body(self.words, chosen=self.counter.scenario, width=size.width, height=size.height)

    def tally(self, size: Size) -> Text:
        """The outcomes of the shift, on a line."""
        return panels.tally(self.shift, self.words, width=size.width)

    def tally_column(self, size: Size) -> Text:
        """The same, a line each."""
        return panels.tally_column(self.shift, self.words, width=size.width)

    def history(self, size: Size) -> Text:
        """The newest answers of the shift."""
        return panels.history(self.shift, self.words, width=size.width, rows=size.height)

    def prompt(self, size: Size, news: str | None) -> Text:
        """What was typed so far, or what the clerk should know that has nothing to do with a verdict."""
        words, problem = self.words, self.counter.log_problem
        trouble = news
        if self._refused is not None:
            trouble = words.error(self._refused)[0]
        elif trouble is None and problem is not None:
            trouble = words.term("log-failed", message=words.error(problem)[0])
        return panels.prompt(self.buffer, trouble, words, width=size.width)

    def keys(self, _size: Size) -> Text:
        """What the keys do."""
        return Text(self.words.term("counter-keys"), no_wrap=True)
