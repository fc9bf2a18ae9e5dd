"""What the counter's screen shows at the moment, whatever its size and language."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from rich.text import Text

from certx.app.counter.session import Waiting
from certx.i18n import Words
from certx.recognition.request import Request
from certx.recognition.scenario import Scenario
from certx.render.width import fold, hanging
from certx.schema.catalogue import LicenceSchema
from certx.tui import panels
from certx.tui.request_panel import request_rows
from certx.verdict import Answer


class Overlay(Enum):
    """What lies over the verdict."""

    HELP = auto()
    SCENARIOS = auto()
    LEAVE = auto()
    REQUEST = auto()


_NARROWEST: Final = 20


class View:
    """The last answer, or what took its place since, and what lies over it."""

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self.overlay: Overlay | None = None
        self._schema: LicenceSchema | None = None
        self._has_more = False
        self._waiting: Waiting | None = None
        self._dropped = 0
        self._offset = 0
        self._reasons: Sequence[str] = ()
        self._scenarios: Sequence[Scenario] = ()
        self._at = 0
        self._request: Request | None = None

    def show(self, answer: Answer, schema: LicenceSchema | None, *, has_more: bool) -> None:
        """An answer, in the place of whatever there was."""
        self.answer, self._schema, self._has_more = answer, schema, has_more
        self.overlay, self._waiting, self._dropped, self._offset = None, None, 0, 0

    def wait(self, waiting: Waiting) -> None:
        """Symbols of a licence are still to be scanned."""
        self.answer, self.overlay, self._waiting, self._dropped, self._offset = None, None, waiting, 0, 0

    def drop(self, characters: int) -> None:
        """A scan was cut off."""
        self.answer, self.overlay, self._waiting, self._dropped, self._offset = None, None, None, characters, 0

    def show_help(self) -> None:
        """Say what the keys do."""
        self.overlay, self._offset = Overlay.HELP, 0

    def choose(self, scenarios: Sequence[Scenario], chosen: str | None) -> None:
        """Let the clerk choose the matter."""
        self.overlay, self._scenarios, self._offset = Overlay.SCENARIOS, scenarios, 0
        ids = [None, *(scenario.id for scenario in scenarios)]
        self._at = ids.index(chosen) if chosen in ids else 0

    def move(self, step: int) -> None:
        """Move in the list of matters."""
        self._at = (self._at + step) % (len(self._scenarios) + 1)

    def take_chosen(self) -> str | None:
        """The id of the matter that the list stands at; the list is gone then."""
        self.overlay = None
        scenario = self._scenarios[self._at - 1] if self._at else None
        return scenario.id if scenario is not None else None

    def show_request(self, request: Request) -> None:
        """What holders are to be shown, in the place of whatever there was."""
        self.answer, self._waiting, self._dropped, self._offset = None, None, 0, 0
        self.overlay, self._request = Overlay.REQUEST, request

    def ask_to_leave(self, reasons: Sequence[str]) -> None:
        """Ask before quitting."""
        self.overlay, self._reasons, self._offset = Overlay.LEAVE, reasons, 0

    def scroll(self, key: str, height: int) -> None:
        """Show another part of the verdict."""
        step = {"pageup": -(height - 2), "pagedown": height - 2, "up": -1, "down": 1}.get(key)
        self._offset = 0 if step is None else max(self._offset + step, 0)

    def banner(self, words: Words, *, width: int, height: int) -> Text:
        """The outcome, or what to do."""
        if self._waiting is not None:
            lines = [
                words.term("counter-parts", have=self._waiting.have, total=self._waiting.total),
                words.term("counter-parts-any"),
            ]
        elif self._dropped:
            lines = [words.term("counter-dropped", count=self._dropped), words.term("counter-dropped-more")]
            return panels.banner(lines, panels.DROPPED, width=width, height=height)
        elif self.answer is None:
            lines = [words.term("counter-ready"), words.term("counter-ready-more")]
        else:
            label = panels.label_of(self.answer, self._schema, words)
            return panels.verdict_banner(self.answer, label, words, width=width, height=height)
        return panels.quiet_banner(lines, width=width, height=height)

    def body(self, words: Words, *, chosen: str | None, width: int, height: int) -> Text:
        """The rest of the verdict as far as it fits, or what lies over it."""
        if self.overlay is Overlay.REQUEST and self._request is not None:
            return Text("\n").join(request_rows(self._request, words, width=width, height=height))
        rows = self._rows(words, chosen, max(width, _NARROWEST))
        marked = [place for place, row in enumerate(rows) if row.style == panels.MARKED]
        if marked:  # what the list stands at is always in sight, and the last line is for how many more there are
            self._offset = min(max(self._offset, marked[-1] - height + 2), marked[0])
        self._offset = min(self._offset, max(len(rows) - height, 0))
        below = len(rows) - self._offset - height
        rows = rows[self._offset : self._offset + height]
        if below > 0 and rows:
            rows[-1] = Text(words.term("counter-body-more", count=below + 1), style="dim", justify="right")
        return Text("\n").join(rows)

    def _rows(self, words: Words, chosen: str | None, width: int) -> list[Text]:
        if self.overlay is Overlay.HELP:
            lines = words.term("counter-help").split("\n")
            return [Text(row) for line in lines for row in hanging(line, width)]
        if self.overlay is Overlay.SCENARIOS:
            return panels.scenario_list(self._scenarios, chosen, self._at, words, width=width)
        if self.overlay is Overlay.LEAVE:
            reasons = [Text(row) for reason in self._reasons for row in fold("!", reason, label_width=1, width=width)]
            return [Text(words.term("counter-leave"), style="bold"), Text(""), *reasons]
        if self.answer is None:
            return []
        rows = panels.body(self.answer, self._schema, words, width=width)
        if self._has_more:
            rows.insert(0, Text(f"  ! {words.term('counter-more', count=64)}", style="bold yellow"))
        return rows
