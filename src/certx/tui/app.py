"""The counter's screen: keys in, the last verdict large, what came before it below or beside it.

Keys are collected here and not in an input field, which would merge scans that follow one another closely. Nothing
waits: sync is a process; files, a watched folder and a serial port are read by threads; the log is written afterwards.
"""

from collections.abc import Callable
from time import monotonic
from typing import Final

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Event as BaseEvent
from textual.events import Key, Paste, Resize
from textual.geometry import Size
from textual.widget import Widget

from certx.app.counter.background_sync import BackgroundSync
from certx.app.counter.folder_watch import FolderWatch
from certx.app.counter.named_files import named_file
from certx.app.counter.scan_pause import Dropped
from certx.app.counter.session import Counter
from certx.i18n import Language
from certx.tui.inlets import Chunks, Inlets
from certx.tui.plain_failure import PlainFailureApp
from certx.tui.session import Session
from certx.tui.view import Overlay

_TICK_SECONDS: Final = 0.05
"""How often it is seen that keys have come, or have paused: to paint each key would be too slow for a scanner."""
_CLOCK_SECONDS: Final = 1.0
_SCROLLING: Final = frozenset({"pageup", "pagedown", "up", "down", "home"})
_TALL: Final = 32
"""From so many rows on, the banner is higher and the history longer."""
_WIDE: Final = 110
"""From so many columns on, the history stands beside the verdict."""


class Panel(Widget):
    """A part of the screen, drawn from what is known at the moment of painting, in the size that it has then."""

    def __init__(self, draw: Callable[[Size], Text], *, id: str) -> None:  # noqa: A002 - as Textual calls it
        super().__init__(id=id)
        self._draw = draw

    def render(self) -> Text:
        """What Textual paints."""
        return self._draw(self.size)


class CounterApp(PlainFailureApp):
    """The full screen of one counter; `clock` is Unix time."""

    CSS = """
    Screen { layout: vertical; }
    #head, #registry, #prompt, #keys { height: 1; }
    #head { text-style: bold; background: #202830; }
    #keys { background: #202830; }
    #banner { height: 3; }
    #middle { height: 1fr; }
    #left { width: 1fr; }
    #body { height: 1fr; }
    #tally { height: 1; background: #202830; }
    #side-tally { height: 8; }
    #side { border-left: solid #404850; }
    #history { height: 4; }
    #side { display: none; width: 48; }
    .tall #banner { height: 5; }
    .tall #history { height: 8; }
    .wide #side { display: block; }
    .wide #below, .over #below, .over #side { display: none; }
    #below { height: auto; }
    """
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        counter: Counter,
        sync: BackgroundSync,
        language: Language,
        *,
        clock: Callable[[], float],
        watch: FolderWatch | None = None,
        chunks: Chunks | None = None,
    ) -> None:
        super().__init__()
        self.session = Session(counter, sync, language, clock=clock)
        self.inlets = Inlets(self, watch, chunks)
        self._panels = dict[str, Panel]()
        self._last_key_at = 0.0
        self._is_prompt_old = False

    def compose(self) -> ComposeResult:
        """The parts of the screen."""
        yield self._panel("head", self.session.head)
        yield self._panel("registry", self.session.registry)
        yield self._panel("banner", self.session.banner)
        with Horizontal(id="middle"):
            with Vertical(id="left"):
                yield self._panel("body", self.session.body)
                with Vertical(id="below"):
                    yield self._panel("tally", self.session.tally)
                    yield self._panel("history", self.session.history)
            with Vertical(id="side"):
                yield self._panel("side-tally", self.session.tally_column)
                yield self._panel("side-history", self.session.history)
        yield self._panel("prompt", lambda size: self.session.prompt(size, self.inlets.say(self.session.words)))
        yield self._panel("keys", self.session.keys)

    def _panel(self, name: str, draw: Callable[[Size], Text]) -> Panel:
        self._panels[name] = Panel(draw, id=name)
        return self._panels[name]

    def on_mount(self) -> None:
        """Begin: warm the registry, start what runs beside."""
        self.session.counter.registry_age(self.session.clock())
        self.set_interval(_TICK_SECONDS, self._tick)
        self.set_interval(_CLOCK_SECONDS, self._paint_lines)
        self.inlets.start()
        self._paint()

    def on_unmount(self) -> None:
        """End: what was not logged yet is."""
        self.inlets.stop()
        self.session.sync.stop()
        self.session.note()

    def on_resize(self, event: Resize) -> None:
        """Another size of the terminal."""
        self.screen.set_class(event.size.width >= _WIDE, "wide")
        self.screen.set_class(event.size.height >= _TALL, "tall")

    # What comes in

    async def on_event(self, event: BaseEvent) -> None:
        """Take keys before Textual sends them round its widgets, where a clock's tick could overtake them."""
        if isinstance(event, Key):
            self._take_key(event)
        else:
            await super().on_event(event)

    def _take_key(self, event: Key) -> None:
        """A key of the clerk's or of the scanner's."""
        overlay, buffer = self.session.view.overlay, self.session.buffer
        if overlay is not None and self._overlay_key(overlay, event):
            return
        if event.key in {"enter", "ctrl+j", "ctrl+m", "tab"}:
            if buffer:
                self._scan(buffer.end())
        elif event.is_printable and event.character is not None:
            self._type_in(event.character, at=event.time)
        else:
            self._command(event.key)
        self._is_prompt_old = True

    def _type_in(self, text: str, *, at: float) -> None:
        """Characters of a scanner or a keyboard, which came at this moment."""
        for scan in self.session.buffer.add(text, at=at):
            self._scan(scan)
        self._last_key_at = monotonic()  # as it is handled: while keys wait in the queue there is no pause
        self._is_prompt_old = True

    def _command(self, key: str) -> None:
        session = self.session
        match key:
            case "backspace" if session.buffer:
                session.buffer.erase()
            case "escape":
                session.buffer.end()
            case "f1":
                session.view.show_help()
            case "f2":
                session.switch_language()
            case "f3":
                session.choose_scenario()
            case "f4":
                session.ask()
            case "ctrl+q" | "ctrl+c":
                self._leave()
            case "f5":
                session.sync.start(session.words.language, now=session.clock())
            case _ if key in _SCROLLING:
                session.view.scroll(key, self._panels["body"].size.height)
            case _:
                return
        self._paint()

    def _overlay_key(self, overlay: Overlay, event: Key) -> bool:
        """Was the key meant for what lies over the verdict? A scan is not, and closes it."""
        key, view = event.key, self.session.view
        if overlay is Overlay.LEAVE and key in {"y", "Y", "ctrl+q", "ctrl+c"}:
            self.exit()
            return True
        if overlay is Overlay.SCENARIOS and key in {"up", "down", "enter"}:
            if key == "enter":
                self.session.counter.scenario = view.take_chosen()
            else:
                view.move(1 if key == "down" else -1)
            self._paint()
            return True
        if key in _SCROLLING:
            return False
        view.overlay = None
        self._paint()
        closes = {Overlay.HELP: {"f1"}, Overlay.SCENARIOS: {"f3"}, Overlay.LEAVE: set[str](), Overlay.REQUEST: set()}
        return key in {"escape", "enter", *closes[overlay]}

    def _leave(self) -> None:
        """Quit; with a question if something is not finished."""
        reasons = self.session.unfinished()
        if reasons:
            self.session.view.ask_to_leave(reasons)
        else:
            self.exit()

    def on_paste(self, event: Paste) -> None:
        """A paste is whole: each of its lines is a scan."""
        event.stop()
        self.session.view.overlay = None
        self._type_in(f"{event.text}\n", at=monotonic())

    def on_inlets_sent(self, message: Inlets.Sent) -> None:
        """A serial scanner sent something."""
        self._type_in(message.chunk.decode("utf-8", "replace"), at=monotonic())

    def on_inlets_opened(self, message: Inlets.Opened) -> None:
        """A file was opened beside."""
        self.session.show(message.items)
        self._paint_answer()

    def on_inlets_changed(self) -> None:
        """There is something else to say of a scanner or a folder."""
        self._is_prompt_old = True

    def _scan(self, text: str) -> None:
        path = named_file(text)
        if path is not None:
            self.inlets.open(path)
            return
        self.session.scan(text)
        self._paint_answer()

    def _tick(self) -> None:
        """Has a scan ended by a pause, has anything beside it changed?"""
        session = self.session
        if session.buffer and not session.buffer.is_typed:
            found = session.pause(monotonic() - self._last_key_at)
            if isinstance(found, Dropped):
                self._paint()
            elif found is not None:
                self._scan(found)
        if self._is_prompt_old:
            self._is_prompt_old = False
            self._panels["prompt"].refresh()
        if session.sync.poll(session.words.language, now=session.clock()):
            self._paint_lines()

    # Painting

    def _paint(self) -> None:
        """Everything anew."""
        self._refresh(*self._panels)

    def _paint_answer(self) -> None:
        """What a scan changes; then its verdict is logged."""
        self.inlets.forget_news()
        beside = "side-" if self.screen.has_class("wide") else ""
        self._refresh("banner", "body", "registry", f"{beside}tally", f"{beside}history")
        self._is_prompt_old = True
        self.call_after_refresh(self.session.note)

    def _paint_lines(self) -> None:
        """What changes with time: the clock and the ages."""
        self._refresh("head", "registry")

    def _refresh(self, *names: str) -> None:
        self.screen.set_class(self.session.view.overlay is not None, "over")
        for name in names:
            self._panels[name].refresh()
