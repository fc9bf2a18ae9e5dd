"""`certx counter --plain`: a line in, a verdict out, until the input ends."""

import os
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from time import monotonic
from typing import Final

import orjson

from certx.app.counter.scan_buffer import LINE_ENDS, SCANNER_ENDS, ScanBuffer
from certx.app.counter.scan_pause import Dropped, ScanPauses
from certx.app.counter.session import Counter, Shown
from certx.app.machine.clock import now
from certx.cli.noting import tell
from certx.cli.terminal import uses_colour
from certx.errors import CertxError
from certx.i18n import Words
from certx.render.verdict_json import verdict_object
from certx.render.verdict_line import VerdictLine
from certx.render.width import printable

_BLOCK_BYTES: Final = 65_536
REQUEST: Final = "request"
"""The line that asks for a new request, at a counter that has a key to make it with."""


def stdin_chunks() -> Iterator[bytes]:
    """What comes through stdin, as soon as it is there."""
    while sys.stdin is not None and (chunk := os.read(sys.stdin.fileno(), _BLOCK_BYTES)):
        yield chunk


def run_plain(counter: Counter, chunks: Iterable[bytes], words: Words, *, as_json: bool, is_scanner: bool) -> None:
    """A verdict for each scan, written before the next is looked at.

    `is_scanner`: what comes is typed by a scanner, where a tab ends a scan too, and so does a pause (empty chunks) if
    the scan is whole.
    """
    buffer = ScanBuffer(SCANNER_ENDS if is_scanner else LINE_ENDS)
    pauses, last_at = ScanPauses(counter, buffer), monotonic()
    decoder = getincrementaldecoder("utf-8-sig")("replace")
    writer = _Writer(counter, words, as_json=as_json)
    for chunk in chunks:
        if chunk:
            last_at = monotonic()
            for scan in buffer.add(decoder.decode(chunk), at=last_at):
                writer.answer(scan)
            continue
        found = pauses.after(monotonic() - last_at, now=now())
        if isinstance(found, Dropped):
            writer.drop(found)
        elif found is not None:
            writer.answer(found)
    if buffer:
        writer.answer(buffer.end())


class _Writer:
    """Writes what came of a scan, and then has it logged."""

    def __init__(self, counter: Counter, words: Words, *, as_json: bool) -> None:
        self._counter, self._words, self._as_json = counter, words, as_json
        self._line = VerdictLine(Words(words.language, counter), colour=uses_colour())
        self._has_told = False

    def answer(self, scan: str) -> None:
        moment = now()
        if scan.strip() == REQUEST and self._counter.asking is not None:
            self._ask(moment)
            return
        found = self._counter.scan(scan, now=moment)
        if found is None:
            return
        if not isinstance(found, Shown):
            symbols = {"have": found.have, "total": found.total}
            self._say({"input": found.input, "symbols": symbols}, "counter-parts", **symbols)
            return
        for answer in found.answers:
            schema = self._counter.schema(answer, now=moment)
            if self._as_json:
                document = verdict_object(answer, self._words, now=moment, schema=schema)
                sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
            else:
                sys.stdout.write(self._line.line(answer, schema).decode("utf-8", "surrogatepass"))
        sys.stdout.flush()
        if found.has_more:
            sys.stderr.write(f"certx: {self._words.term('counter-more', count=len(found.answers))}\n")
        self._counter.note(found.answers, now=moment)
        problem = self._counter.log_problem
        if problem is not None and not self._has_told:
            tell(problem, self._words)
        self._has_told = problem is not None

    def _ask(self, moment: float) -> None:
        """Make a request, and write it for whoever shows it to holders."""
        try:
            request = self._counter.ask(now=moment)
        except CertxError as error:
            sys.stderr.write(f"certx: {printable(self._words.error(error)[0])}\n")
            return
        if self._as_json:
            document = {"request": request.text, "scenario": request.scenario, "expires": request.expires}
            sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
        else:
            sys.stdout.write(f"{request.text}\n")
        sys.stdout.flush()

    def drop(self, dropped: Dropped) -> None:
        """A scan broke off: nothing is judged, and nobody waits for a verdict in vain."""
        sys.stderr.write(f"certx: {self._words.term('counter-dropped', count=dropped.characters)}\n")

    def _say(self, document: object, code: str, **params: object) -> None:
        if self._as_json:
            sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
        else:
            sys.stdout.write(f"{self._words.term(code, **params)}\n")
        sys.stdout.flush()
