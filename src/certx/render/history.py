"""The log of verdicts for people, as CSV and as JSON."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from certx.audit.record import Kind, Record, canonical
from certx.i18n import Words, show_time
from certx.i18n.names import Named
from certx.render.agreement_csv import defused

HEADINGS: Final = (
    "序号", "时间", "结论", "结论代码", "原因", "原因码", "提示", "提示码", "证照类型", "证照类型代码",
    "颁发行政区", "颁发行政区代码", "互认协议", "互认协议代码", "办理场景", "办理场景代码", "信任名录版本", "证照散列",
)  # fmt: skip
"""Those of a list for offices, whatever the language of the screen."""
_UNREADABLE: Final = "unreadable"
_NAMED: Final = {
    "type": Named.TYPE,
    "region": Named.REGION,
    "agreement": Named.AGREEMENT,
    "scenario": Named.SCENARIO,
}


def history_json(records: Iterable[Record]) -> Iterator[bytes]:
    """One object a line: the canonical bytes of each record."""
    return (canonical(record) + b"\n" for record in records)


def history_lines(records: Iterable[Record], words: Words, here: str | None) -> Iterator[str]:
    """One line for each record: number, time, outcome, type, where from, why; `here` is the region of this counter."""
    for number, (at, kind, _) in records:
        said = _said(kind, words, here)
        parts = (said.type, said.region, said.scenario, said.reason, said.warnings)
        yield "  ".join((str(number), show_time(at, seconds=True), said.outcome, *filter(None, parts)))


def history_csv(records: Iterable[Record], words: Words, here: str | None) -> Iterator[bytes]:
    """The records as CSV, codes beside the words: UTF-8 with a byte order mark, as spreadsheets like it."""
    yield b"\xef\xbb\xbf" + _row(HEADINGS)
    for number, (at, kind, licence) in records:
        said = _said(kind, words, here)
        yield _row((
            str(number), show_time(at, seconds=True), said.outcome, kind.outcome or _UNREADABLE,
            said.reason, kind.reason, said.warnings, kind.warnings, said.type, kind.type, said.region, kind.region,
            said.agreement, kind.agreement, said.scenario, kind.scenario, kind.registry, licence.hex(),
        ))  # fmt: skip


def _said(kind: Kind, words: Words, here: str | None) -> Kind:
    """What lines have in common, in words; the version of the registry stays as it is."""
    params = {
        "type": kind.type,
        "issued_in": kind.region,
        "accepted_in": here,
        "agreement": kind.agreement,
        "scenario": kind.scenario,
    }
    params = {name: code for name, code in params.items() if code}
    return kind._replace(
        outcome=words.term(f"outcome-{kind.outcome}" if kind.outcome else _UNREADABLE),
        reason=words.gist(kind.reason, params) if kind.reason else "",
        warnings=words.term("also").join(words.gist(code, params) for code in kind.warnings.split()),
        **{field: words.name(named, code) for field, named in _NAMED.items() if (code := getattr(kind, field))},
    )


def _row(cells: Iterable[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(map(defused, cells))
    return text.getvalue().encode()
