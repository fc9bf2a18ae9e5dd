"""The counter's screen: keys in, the last verdict large, what came before it below or beside it.

Keys are collected here and not in an input field, which would merge scans that follow one another closely. Nothing
waits: sync is a process, a watched folder and a serial port are read by threads, the log is written after painting.
"""

from collections.abc import Callable, Iterable, Sequence
from threading import Event
from time import monotonic
from typing import Final

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Event as BaseEvent
from textual.events import Key, Paste, Resize
from textual.geometry import Size
from textual.widget import Widget

from certx.app.background_sync import BackgroundSync
from certx.app.counter import Counter, Shown, Waiting, read_file
from certx.app.folder_watch import POLL_SECONDS, FolderWatch
from certx.app.scan_buffer import ScanBuffer
from certx.app.scan_pause import Dropped, ScanPauses
from certx.app.verify_inputs import Item
from certx.errors import CertxError
from certx.i18n import Language, Words
from certx.tui import panels
from certx.tui.plain_failure import PlainFailureApp
from certx.tui.shift import Shift
from certx.tui.view import Overlay, View
from certx.verdict import Answer

_TICK_SECONDS: Final = 0.05
"""How often it is seen that keys have come, or have paused: to paint each key would be too slow for a scanner."""
_CLOCK_SECONDS: Final = 1.0
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
        chunks: Callable[[Callable[[str], None]], Iterable[bytes]] | None = None,
    ) -> None:
        """`chunks` reads a serial port, and calls what it is given with the code of what to say."""
        super().__init__()
        self.counter, self.sync, self.shift = counter, sync, Shift()
        self.words = Words(language, counter)
        self._clock, self._watch, self._chunks = clock, watch, chunks
        self._buffer = ScanBuffer()
        self._last_key_at = 0.0
        self._is_prompt_old = False
        self._pauses = ScanPauses(counter, self._buffer)
        self._unlogged: list[tuple[Sequence[Answer], float]] = []
        self._stopping = Event()
        self._refused: CertxError | None = None
        self.view = View()

    def compose(self) -> ComposeResult:
        """The parts of the screen; each is filled by `screen`."""
        yield Panel(self._heading, id="head")
        yield Panel(self._age, id="registry")
        yield Panel(lambda size: self.view.banner(self.words, width=size.width, height=size.height), id="banner")
        with Horizontal(id="middle"):
            with Vertical(id="left"):
                yield Panel(self._body, id="body")
                with Vertical(id="below"):
                    yield Panel(lambda size: panels.tally(self.shift, self.words, width=size.width), id="tally")
                    yield Panel(self._history, id="history")
            with Vertical(id="side"):
                yield Panel(lambda size: panels.tally_column(self.shift, self.words, width=size.width), id="side-tally")
                yield Panel(self._history, id="side-history")
        yield Panel(self._prompt, id="prompt")
        yield Panel(lambda _: Text(self.words.term("counter-keys"), no_wrap=True), id="keys")

    def on_mount(self) -> None:
        """Begin: warm the registry, start what runs beside."""
        self.counter.registry_age(self._clock())
        self.set_interval(_TICK_SECONDS, self._tick)
        self.set_interval(_CLOCK_SECONDS, self._paint_lines)
        if self._watch is not None:
            self.run_worker(self._watch_folder, thread=True)
        if self._chunks is not None:
            self.run_worker(self._read_port, thread=True)
        self._paint()

    def on_unmount(self) -> None:
        """End: what was not logged yet is."""
        self._stopping.set()
        self.sync.stop()
        self._write_log()

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
        overlay = self.view.overlay
        if overlay is not None and self._overlay_key(overlay, event):
            return
        if event.key in {"enter", "ctrl+j", "ctrl+m", "tab"}:
            if self._buffer:
                self._scan(self._buffer.end())
        elif event.is_printable and event.character is not None:
            self._last_key_at = monotonic()  # as it is handled: while keys wait in the queue there is no pause
            for scan in self._buffer.add(event.character, at=event.time):
                self._scan(scan)
        else:
            self._command(event.key)
        self._is_prompt_old = True

    def _command(self, key: str) -> None:
        match key:
            case "backspace" if self._buffer:
                self._buffer.erase()
            case "escape":
                self._buffer.end()
            case "f1":
                self.view.overlay = Overlay.HELP
            case "f2":
                self.words = Words("en" if self.words.language == "zh" else "zh", self.counter)
            case "f3":
                self.view.choose(self.counter.scenarios(self._clock()), self.counter.scenario)
            case "f4":
                self._ask()
            case "ctrl+q" | "ctrl+c":
                self._leave()
            case "f5":
                self.sync.start(self.words.language, now=self._clock())
            case "pageup" | "pagedown" | "up" | "down" | "home":
                self.view.scroll(key, self._panel("body").size.height)
            case _:
                return
        self._paint()

    def _ask(self) -> None:
        """A new request, which the next scans are answers to."""
        try:
            self.view.show_request(self.counter.ask(now=self._clock()))
            self._refused = None
        except CertxError as error:
            self._refused = error

    def _overlay_key(self, overlay: Overlay, event: Key) -> bool:
        """Was the key meant for what lies over the verdict? A scan is not, and closes it."""
        key = event.key
        if overlay is Overlay.LEAVE and key in {"y", "Y", "ctrl+q", "ctrl+c"}:
            self.exit()
            return True
        if overlay is Overlay.SCENARIOS and key in {"up", "down", "enter"}:
            if key == "enter":
                self.counter.scenario = self.view.take_chosen()
            else:
                self.view.move(1 if key == "down" else -1)
            self._paint()
            return True
        self.view.overlay = None
        self._paint()
        closes = {Overlay.HELP: {"f1"}, Overlay.SCENARIOS: {"f3"}, Overlay.LEAVE: set[str](), Overlay.REQUEST: set()}
        return key in {"escape", "enter", *closes[overlay]}

    def on_paste(self, event: Paste) -> None:
        """A paste is whole: each of its lines is a scan."""
        event.stop()
        self.view.overlay = None
        for scan in self._buffer.add(f"{event.text}\n", at=monotonic()):
            self._scan(scan)
        self._is_prompt_old = True

    def _tick(self) -> None:
        """Has a scan ended by a pause, has anything beside it changed?"""
        if self._buffer and not self._buffer.is_typed:
            self._pause(monotonic() - self._last_key_at)
        if self._is_prompt_old:
            self._is_prompt_old = False
            self._panel("prompt").refresh()
        if self.sync.poll(self.words.language, now=self._clock()):
            self._paint_lines()

    def _pause(self, seconds: float) -> None:
        """Nothing has come for so long: what is whole counts; what is not was cut off, once nothing more can come."""
        found = self._pauses.after(seconds, now=self._clock())
        if isinstance(found, Dropped):
            self.view.drop(found.characters)
            self._paint()
        elif found is not None:
            self._scan(found)

    def _scan(self, text: str) -> None:
        self._refused = None
        now = self._clock()
        self._take(self.counter.scan(text, now=now), now)

    def _take(self, found: Shown | Waiting | None, now: float) -> None:
        if found is None:
            return
        if isinstance(found, Waiting):
            self.view.wait(found)
        else:
            for answer in found.answers:
                schema = self.counter.schema(answer, now=now)
                self.shift.add(answer, schema, now=now)
                self.view.show(answer, schema, has_more=found.has_more)
            self._unlogged.append((found.answers, now))
            self.call_after_refresh(self._write_log)
        self._paint_verdict()

    def _write_log(self) -> None:
        """After painting: a line in the log for each verdict."""
        waiting, self._unlogged = self._unlogged, []
        for answers, now in waiting:
            self.counter.note(answers, now=now)

    # What runs beside

    def _watch_folder(self) -> None:
        """A thread: files that are complete are read here, and verified where everything is."""
        assert self._watch is not None  # noqa: S101 - not started otherwise
        while not self._stopping.wait(POLL_SECONDS):
            try:
                for path in self._watch.poll():
                    self.call_from_thread(self._show_file, read_file(path))
                trouble = None
            except OSError as error:
                trouble = error.strerror or str(error)
            if trouble != self.view.watch_trouble:
                self.view.watch_trouble = trouble
                self.call_from_thread(self._paint)

    def _show_file(self, items: Sequence[Item]) -> None:
        now = self._clock()
        self._take(self.counter.show(items, now=now), now)

    def _read_port(self) -> None:
        """A thread: what a serial scanner sends."""
        assert self._chunks is not None  # noqa: S101 - not started otherwise
        for chunk in self._chunks(self._tell):
            if self._stopping.is_set():
                return
            if chunk:
                self.call_from_thread(self._take_chunk, chunk)

    def _take_chunk(self, chunk: bytes) -> None:
        for scan in self._buffer.add(chunk.decode("utf-8", "replace"), at=monotonic()):
            self._scan(scan)
        self._last_key_at = monotonic()
        self._is_prompt_old = True

    def _tell(self, code: str) -> None:
        self.view.notice = code
        self.call_from_thread(self._paint)

    # The end

    def _leave(self) -> None:
        """Quit; with a question if something is not finished."""
        reasons = self._unfinished()
        if not reasons:
            self.exit()
            return
        self.view.ask_to_leave(reasons)
        self._paint()

    def _unfinished(self) -> list[str]:
        self._write_log()
        held = self.counter.log.held if self.counter.log is not None else 0
        reasons = {
            "counter-leave-parts": self.counter.waiting,
            "counter-leave-typed": bool(self._buffer),
            "counter-leave-sync": self.sync.is_running,
            "counter-leave-log": bool(held),
        }
        return [self.words.term(code, count=held) for code, holds in reasons.items() if holds]

    # Painting

    def _panel(self, name: str) -> Panel:
        return self.query_one(f"#{name}", Panel)

    def _paint(self) -> None:
        """Everything anew."""
        self.screen.set_class(self.view.overlay is not None, "over")
        for panel in self.query(Panel):
            panel.refresh()

    def _paint_verdict(self) -> None:
        """What a verdict changes."""
        self.screen.set_class(self.view.overlay is not None, "over")
        beside = "side-" if self.screen.has_class("wide") else ""
        for name in ("banner", "body", "registry", f"{beside}tally", f"{beside}history"):
            self._panel(name).refresh()
        self._is_prompt_old = True

    def _paint_lines(self) -> None:
        """What changes with time: the clock and the ages."""
        self._panel("head").refresh()
        self._panel("registry").refresh()

    def _heading(self, size: Size) -> Text:
        return panels.head(self.counter, self.words, self._clock(), width=size.width)

    def _age(self, size: Size) -> Text:
        now = self._clock()
        age = self.counter.registry_age(now)
        return panels.registry(age, self.sync, self.view.answer, self.words, now, width=size.width)

    def _body(self, size: Size) -> Text:
        return self.view.body(self.words, chosen=self.counter.scenario, width=size.width, height=size.height)

    def _history(self, size: Size) -> Text:
        return panels.history(self.shift, self.words, width=size.width, rows=size.height)

    def _prompt(self, size: Size) -> Text:
        return panels.prompt(self._buffer, self._trouble(), self.words, width=size.width)

    def _trouble(self) -> str | None:
        """What the clerk should know that has nothing to do with a verdict."""
        words, problem = self.words, self.counter.log_problem
        if self._refused is not None:
            return words.error(self._refused)[0]
        if self.view.notice is not None:
            return words.term(self.view.notice)
        if problem is not None:
            return words.term("log-failed", message=words.error(problem)[0])
        if self.view.watch_trouble is not None:
            return words.term("counter-watch-failed", detail=self.view.watch_trouble)
        return None
