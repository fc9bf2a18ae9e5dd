"""A request on the counter's screen, as a code for holders to scan."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from certx.app.carrier.symbol_drawing import modules_of
from certx.errors import EnvironmentFailureError
from certx.i18n import Words
from certx.recognition.request import Request
from certx.render.width import printable


def request_rows(asked: Request, words: Words, *, width: int, height: int) -> list[Text]:
    """A request for holders to scan, or its text where the terminal has no room for the code."""
    head = [Text(words.term("counter-request", scenario=asked.scenario, at=asked.expires), style="bold")]
    try:
        rows = code_lines(modules_of(asked.text, level="L"))
    except EnvironmentFailureError as error:
        return [*head, Text(printable(words.error(error)[0]), style="yellow"), Text(asked.text)]
    columns, lines = len(rows[0]), len(rows) + len(head)
    if columns > width or lines > height:
        small = words.term("counter-request-small", columns=columns, rows=lines)
        return [*head, Text(small, style="yellow"), Text(asked.text)]
    return [*head, *(Text(row, style="black on white", no_wrap=True) for row in rows)]


def code_lines(modules: Sequence[bytes]) -> list[str]:
    """A symbol in half blocks, two of its rows in a line; dark is what is drawn."""
    lower = [*modules[1::2], b"\xff" * len(modules[0])]
    pairs = zip(modules[::2], lower, strict=False)
    return ["".join(_HALVES[above == 0, below == 0] for above, below in zip(*pair, strict=True)) for pair in pairs]


_HALVES: Final = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
