"""The log of verdicts for people, as CSV and as JSON."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from certx.audit.record import Record, canonical
from certx.i18n import Words, show_time
from certx.render.agreement_csv import defused

HEADINGS: Final = (
    "序号", "时间", "结论", "结论代码", "原因码", "提示码", "证照类型", "颁发行政区", "互认协议", "办理场景",
    "信任名录版本", "证照散列",
)  # fmt: skip
"""Those of a list for offices, whatever the language of the screen."""
_UNREADABLE: Final = "unreadable"


def history_json(records: Iterable[Record]) -> Iterator[bytes]:
    """One object a line: the canonical bytes of each record."""
    return (canonical(record) + b"\n" for record in records)


def history_lines(records: Iterable[Record], words: Words, type_label: Callable[[str], str]) -> Iterator[str]:
    """One line for each record: number, time, outcome, type, where from, why."""
    for number, (at, kind, _) in records:
        parts = [str(number), show_time(at, seconds=True), _outcome(kind.outcome, words)]
        parts += filter(None, (type_label(kind.type), kind.region, kind.scenario, kind.reason, kind.warnings))
        yield "  ".join(parts)


def history_csv(records: Iterable[Record], words: Words) -> Iterator[bytes]:
    """The records as CSV: UTF-8 with a byte order mark, as spreadsheets like it."""
    yield b"\xef\xbb\xbf" + _row(HEADINGS)
    for number, (at, kind, licence) in records:
        yield _row((
            str(number), show_time(at, seconds=True), _outcome(kind.outcome, words), kind.outcome or _UNREADABLE,
            kind.reason, kind.warnings, kind.type, kind.region, kind.agreement, kind.scenario, kind.registry,
            licence.hex(),
        ))  # fmt: skip


def _row(cells: Iterable[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(map(defused, cells))
    return text.getvalue().encode()


def _outcome(code: str, words: Words) -> str:
    return words.term(f"outcome-{code}" if code else _UNREADABLE)
