"""Verdicts as one page that can be filed or printed: no script, nothing from elsewhere, the words of the screen.

Everything that is shown is escaped, its control characters replaced and its length bounded. Text from a credential
stands in an element of its own that takes its direction from it, so that none reorders the page around it.
"""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Final

from certx.credential.errors import CredentialError
from certx.i18n import Words, show_time
from certx.render.verdict_line import outcome_summary
from certx.render.verdict_sheet import MARKS, Checked, Row, Sheet, SheetWriter
from certx.render.width import printable
from certx.schema.catalogue import LicenceSchema
from certx.verdict import Answer

_STYLE: Final = """
:root{color-scheme:light}
body{margin:1.5rem auto;max-width:50rem;padding:0 1rem;color:#111;background:#fff;line-height:1.45;
font-family:"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",SimSun,sans-serif}
h1{font-size:1.15rem;margin:0}
header p,footer p{margin:.2rem 0;color:#444;font-size:.85rem}
section{margin:1rem 0;border:1px solid #888;border-left:.6rem solid #444;padding:.6rem .9rem}
h2{font-size:1.35rem;margin:0}
h2 small{font-size:.85rem;font-weight:normal;color:#444;margin-left:.6rem}
h3{font-size:1rem;margin:.8rem 0 .2rem;border-bottom:1px solid #bbb}
table{border-collapse:collapse;width:100%;margin:.4rem 0;table-layout:fixed}
th{width:13rem;text-align:left;vertical-align:top;font-weight:normal;color:#444;padding:.05rem .6rem .05rem 0}
td{vertical-align:top;padding:.05rem 0;overflow-wrap:anywhere}
th.d1{padding-left:1rem}th.d2{padding-left:2rem}th.d3{padding-left:3rem}
.why td{font-weight:bold}
.clause{color:#555;font-size:.8rem}
.mark{display:inline-block;width:1.2rem;font-weight:bold}
section.accepted{border-left-color:#1a7f37}section.accepted h2{color:#1a7f37}
section.not-acceptable{border-left-color:#9a6700}section.not-acceptable h2{color:#9a6700}
section.undetermined{border-left-color:#0b6e8f}section.undetermined h2{color:#0b6e8f}
section.invalid{border-left-color:#b42318}section.invalid h2{color:#b42318}
section.unreadable{border-left-color:#7a3e9d}section.unreadable h2{color:#7a3e9d}
th.passed{color:#1a7f37}th.failed{color:#b42318}th.warned{color:#9a6700}th.undetermined{color:#0b6e8f}
.historical{background:#fff3cd;border:1px dashed #9a6700;padding:.2rem .6rem}
@page{size:A4;margin:15mm}
@media print{body{margin:0;max-width:none;padding:0;font-size:10pt}h2,h3{break-after:avoid}tr{break-inside:avoid}
section{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
""".strip()
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_LANGUAGES: Final = {"zh": "zh-CN", "en": "en"}
_DEEPEST: Final = 3


class VerdictPage:
    """Writes answers as sections of a page; what stands above and below them is written once."""

    def __init__(self, words: Words, *, explain: bool) -> None:
        self._words = words
        self._writer = SheetWriter(words, explain=explain)

    def head(self) -> bytes:
        """What the page begins with."""
        title = _shown(self._words.term("page-title"))
        return (
            f'<!DOCTYPE html>\n<html lang="{_LANGUAGES[self._words.language]}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n<header><h1>{title}</h1></header>\n<main>\n"
        ).encode()

    def section(self, answer: Answer, schema: LicenceSchema | None) -> bytes:
        """One answer."""
        named = answer._replace(input=_file_name(answer.input))
        if answer.error is not None and "path" in answer.error.params:
            params = {**answer.error.params, "path": _file_name(str(answer.error.params["path"]))}
            named = named._replace(error=CredentialError(answer.error.reason, **params))
        lines = self._section(self._writer.sheet(named, schema))
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")

    def foot(self, outcomes: Mapping[str, int], *, made_at: float, version: str) -> bytes:
        """What it ends with: what all came to, and when it was made (Unix time), by which certx."""
        words = self._words
        made = words.term("page-made", at=show_time(made_at), version=version)
        notes = [outcome_summary(outcomes, words), made, words.term("page-caution")]
        said = "".join(f"<p>{_shown(note)}</p>\n" for note in notes)
        return f"</main>\n<footer>\n{said}</footer>\n</body>\n</html>\n".encode()

    def _section(self, sheet: Sheet) -> Iterator[str]:
        term = self._words.term
        yield f'<section class="{sheet.outcome}">'
        mark = f'<span class="mark">{sheet.mark}</span>'
        yield f"<h2>{mark}{_shown(sheet.title)}<small>{_foreign(sheet.input)}</small></h2>"
        if sheet.historical:
            yield from _rows(sheet.historical, "historical")
        yield from _rows(sheet.why, "why")
        yield from _rows(sheet.about, "about")
        if sheet.face:
            yield f"<h3>{_shown(term('page-face'))}</h3>"
            yield from _rows(sheet.face, "face")
        if sheet.hidden:
            yield f"<p>{_shown(sheet.hidden)}</p>"
        for code, checks in (("checked", sheet.checked), ("unchecked", sheet.unchecked)):
            if checks:
                yield f"<h3>{_shown(term(code))}</h3>"
                yield '<table class="checks">'
                yield from map(self._check, checks)
                yield "</table>"
        yield "</section>"

    def _check(self, check: Checked) -> str:
        """A check, with its mark, and how it ended in words for those who see neither sign nor colour."""
        result = _shown(self._words.term(f"result-{check.result}"))
        mark = f'<span class="mark" title="{result}">{MARKS[check.result]}</span>'
        clause = f' <span class="clause">[{_shown(check.clause)}]</span>' if check.clause else ""
        head = f'<th scope="row" class="{check.result}">{mark}{_shown(check.label)}</th>'
        return f"<tr>{head}{_cell(check.text, clause)}</tr>"


def _rows(rows: Iterable[Row], name: str) -> Iterator[str]:
    said = [_row(row) for row in rows]
    if said:
        yield f'<table class="{name}">'
        yield from said
        yield "</table>"


def _row(row: Row) -> str:
    depth = f' class="d{min(row.depth, _DEEPEST)}"' if row.depth else ""
    if not row.text:
        return f'<tr><th scope="rowgroup" colspan="2"{depth}>{_foreign(row.label)}</th></tr>'
    return f'<tr><th scope="row"{depth}>{_foreign(row.label)}</th>{_cell(row.text)}</tr>'


def _cell(text: str, more: str = "") -> str:
    return f"<td>{_foreign(text)}{more}</td>"


def _file_name(shown: str) -> str:
    """The last part of a path: where a file lies on this machine is nobody's business who reads the page."""
    return shown.replace("\\", "/").rstrip("/").rpartition("/")[2] or shown


def _shown(text: str) -> str:
    return escape(printable(text))


def _foreign(text: str) -> str:
    """Text that a credential may have brought."""
    return f"<bdi>{_shown(text)}</bdi>"
