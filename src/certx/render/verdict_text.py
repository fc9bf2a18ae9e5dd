"""A verdict as lines for a person at a terminal: outcome, why, what next, what was checked."""

from collections.abc import Iterator
from typing import Final

from certx.i18n import Words
from certx.reason import Outcome, Result
from certx.render.verdict_sheet import MARKS, UNREADABLE, Checked, Row, Sheet, SheetWriter
from certx.render.width import cells, fold, printable
from certx.schema.catalogue import LicenceSchema
from certx.verdict import Answer

COLOURS: Final = {
    Outcome.ACCEPTED: "32",
    Outcome.NOT_ACCEPTABLE: "33",
    Outcome.UNDETERMINED: "36",
    Outcome.INVALID: "31",
}
UNREADABLE_COLOUR: Final = "35"
_OUTCOME_COLOURS: Final = {
    **{str(outcome): colour for outcome, colour in COLOURS.items()},
    UNREADABLE: UNREADABLE_COLOUR,
}
_RESULT_COLOURS: Final = {
    Result.PASSED: "32",
    Result.FAILED: "31",
    Result.WARNED: "33",
    Result.UNDETERMINED: "36",
    Result.NOT_RUN: "2",
}
_WIDEST_LABEL: Final = 20
_NARROWEST_LABEL: Final = 8


class VerdictText:
    """Writes answers as text; `colour` paints outcomes and marks, which are always said in words or signs too."""

    def __init__(
        self, words: Words, *, colour: bool, width: int, explain: bool, columns: int | None = None,
        height: int | None = None,
    ) -> None:  # fmt: skip
        """`columns`: how many short claims may stand side by side on a screen; `None` for lines that are searched.

        `height`: lines of a terminal, which scrolls the top of what is longer away; `None` where nothing scrolls.
        """
        self._height = height
        self._words, self._colour, self._width, self._columns = words, colour, width, columns or 1
        self._marked = colour or columns is not None
        self._writer = SheetWriter(words, explain=explain)

    def lines(self, answer: Answer, schema: LicenceSchema | None) -> Iterator[str]:
        """The screen for one answer; `schema` gives the licence's labels if it was accepted."""
        yield from self.draw(self._writer.sheet(answer, schema))

    def draw(self, sheet: Sheet) -> Iterator[str]:
        """The same of what was put into words already."""
        term = self._words.term
        yield from self._head(sheet)
        yield from self._rows(sheet.about)
        yield from self._rows(sheet.face, self._columns)
        if sheet.hidden:
            yield from fold("-", sheet.hidden, label_width=1, width=self._width)
        if sheet.checked or sheet.unchecked:
            yield ""
        wide = self._label_width([2 + cells(check.label) for check in (*sheet.checked, *sheet.unchecked)])
        for heading, checks in ((term("checked"), sheet.checked), (term("unchecked"), sheet.unchecked)):
            if checks:
                yield self._paint(f"{heading}", "1")
                yield from self._checks(checks, wide)

    def _head(self, sheet: Sheet) -> Iterator[str]:
        """The outcome of what, why, and what next."""
        title = f"{sheet.mark} {sheet.title}" if self._marked else sheet.title
        title = self._paint(title, f"1;{_OUTCOME_COLOURS[sheet.outcome]}")
        yield f"{title}  {printable(sheet.input)}"
        yield from self._rows(sheet.historical)
        yield from self._rows(sheet.why)

    def screen(self, answer: Answer, schema: LicenceSchema | None) -> bytes:
        """The same as it is written, an empty line after it; a head that would scroll away stands at the end again."""
        sheet = self._writer.sheet(answer, schema)
        lines = [*self.draw(sheet), ""]
        if self._height is not None and len(lines) >= self._height:
            lines += [*self._head(sheet), ""]
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")

    def _rows(self, rows: tuple[Row, ...], columns: int = 1) -> Iterator[str]:
        """A line each; up to `columns` that follow each other share one where they fit."""
        wide = self._label_width([2 * row.depth + cells(row.label) for row in rows if row.text])
        line, count, depth = "", 0, 0
        for row in rows:
            beside = f"{line}{' ' * (count * self._width // columns - cells(line))}  {row.label}  {row.text}"
            fits = beside.isprintable() and cells(beside) <= self._width
            if line and row.text and count < columns and row.depth == depth and fits:
                line, count = beside, count + 1
                continue
            if line:
                yield line
            label = "  " * row.depth + row.label
            *above, line = fold(label, row.text, label_width=wide, width=self._width) if row.text else (f"  {label}",)
            yield from above
            count, depth = columns if above or not row.text else 1, row.depth
        if line:
            yield line

    def _checks(self, checks: tuple[Checked, ...], wide: int) -> Iterator[str]:
        for check in checks:
            mark = MARKS[check.result]
            text = f"{check.text} [{check.clause}]" if check.clause else check.text
            first, *more = fold(f"{mark} {check.label}", text, label_width=wide, width=self._width)
            yield first.replace(mark, self._paint(mark, _RESULT_COLOURS[check.result]), 1)
            yield from more

    def _label_width(self, widths: list[int]) -> int:
        """As wide as the longest label, within bounds that leave most of the screen to the values."""
        return max(min(max(widths, default=0), _WIDEST_LABEL, self._width // 3), _NARROWEST_LABEL)

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text


def paint(text: str, colour: str) -> str:
    """Text in a bold colour of the terminal."""
    return f"\x1b[1;{colour}m{text}\x1b[0m"
