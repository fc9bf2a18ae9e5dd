"""What comes in beside the keyboard: files that were named, a watched folder, a serial port; a thread reads each.

Nothing is judged here. What was read is posted to the screen, where everything is.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from queue import Empty, Queue
from threading import Event

from textual.app import App
from textual.message import Message

from certx.app.counter.folder_watch import POLL_SECONDS, FolderWatch
from certx.app.counter.named_files import read_file
from certx.app.verifying.inputs import Item
from certx.errors import cause_of
from certx.i18n import Words

Chunks = Callable[[Callable[[str], None]], Iterable[bytes]]
"""Reads a serial port, and calls what it is given with the code of what to say."""


class Inlets:
    """All that a screen reads beside its keys, from `start` to `stop`."""

    class Opened(Message):
        """A file was opened: its credentials."""

        def __init__(self, items: Sequence[Item]) -> None:
            super().__init__()
            self.items = items

    class Sent(Message):
        """A serial scanner sent something."""

        def __init__(self, chunk: bytes) -> None:
            super().__init__()
            self.chunk = chunk

    class Changed(Message):
        """What there is to `say` has changed."""

    def __init__(self, app: App[None], watch: FolderWatch | None, chunks: Chunks | None) -> None:
        self._app, self._watch, self._chunks = app, watch, chunks
        self._named = Queue[Path]()
        self._opens_files = False
        self._stopping = Event()
        self._watch_trouble: str | None = None
        self.news: str | None = None
        """The code of what a serial scanner did last: it has gone, it is back."""

    def start(self) -> None:
        """Begin to read what was there from the beginning."""
        if self._watch is not None:
            self._run(partial(self._read_folder, self._watch))
        if self._chunks is not None:
            self._run(partial(self._read_port, self._chunks))

    def stop(self) -> None:
        """Let the threads end."""
        self._stopping.set()

    def open(self, path: Path) -> None:
        """Have a file opened: some take seconds, and the next scan does not wait for them."""
        self._named.put(path)
        if not self._opens_files:
            self._opens_files = True
            self._run(self._read_named)

    def say(self, words: Words) -> str | None:
        """What the clerk should know of them."""
        if self._named.unfinished_tasks:
            return words.term("counter-opening")
        if self.news is not None:
            return words.term(self.news)
        if self._watch_trouble is not None:
            return words.term("counter-watch-failed", detail=words.cause(self._watch_trouble))
        return None

    def forget_news(self) -> None:
        """What was good news is none any more at the next scan; a scanner that is gone stays gone."""
        if self.news == "scanner-back":
            self.news = None

    def _run(self, read: Callable[[], None]) -> None:
        self._app.run_worker(read, thread=True)

    def _read_named(self) -> None:
        while not self._stopping.is_set():
            try:
                path = self._named.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            items = read_file(path)
            self._named.task_done()
            self._app.post_message(self.Opened(items))

    def _read_folder(self, watch: FolderWatch) -> None:
        while not self._stopping.wait(POLL_SECONDS):
            try:
                for path in watch.poll():
                    self._app.post_message(self.Opened(read_file(path)))
                trouble = None
            except OSError as error:
                trouble = cause_of(error)
            if trouble != self._watch_trouble:
                self._watch_trouble = trouble
                self._app.post_message(self.Changed())

    def _read_port(self, chunks: Chunks) -> None:
        for chunk in chunks(self._tell):
            if self._stopping.is_set():
                return
            if chunk:
                self._app.post_message(self.Sent(chunk))

    def _tell(self, code: str) -> None:
        self.news = code
        self._app.post_message(self.Changed())
