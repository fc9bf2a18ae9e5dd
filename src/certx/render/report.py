"""What became of an issuing order, for people and for scripts."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson

from certx.batch.order import Order, Report, Tally
from certx.batch.sizes import Spread, SymbolSizes
from certx.i18n import Words
from certx.licence.rows import RowProblem
from certx.licence.tabular import Row
from certx.render.verdict_line import reason_summary
from certx.render.width import printable

_SHOWN = 20


def word_problem(problem: RowProblem, words: Words) -> str:
    """One problem in words: column, value, what is wrong and how to mend it."""
    parts = []
    if problem.column:
        parts.append(words.term("column", column=problem.column))
    if problem.value:
        parts.append(words.term("value", value=problem.value))
    place = ", ".join(parts)
    text = words.problem(problem.code, problem.params)
    return f"{place}: {text}" if place else text


def mend_problem(problem: RowProblem, words: Words) -> str:
    """How one problem is mended."""
    return words.mend(problem.code, problem.params, problem.hint)


def report_text(report: Report, words: Words) -> Iterator[str]:
    """Lines for stderr: the first problems, warnings, and the totals."""
    order, tally = report.order, report.tally
    for kind, items, total in (
        ("error", tally.first_rejected, tally.rejected), ("warning", tally.first_warned, tally.warned)
    ):  # fmt: skip
        for item in items[:_SHOWN]:
            yield from _lines(kind, order.rows, item.row, item.problems, words)
        if total > _SHOWN:
            yield words.term("more", count=total - _SHOWN)
    done = "would-issue" if order.dry_run else "issued"
    yield words.term(done, issued=tally.issued, type=order.licence_type, out=order.out)
    yield from _counts(tally, words)
    if report.proven is not None:
        yield words.term("receipts-written", count=report.proven.written, path=order.receipts_out)
        if report.proven.left_out:
            yield words.term("receipts-left-out", count=report.proven.left_out)
    if report.is_cut_off:
        yield words.term("cut-off")
    if tally.rejected:
        yield from _rejected(order, tally, words)


def _rejected(order: Order, tally: Tally, words: Words) -> Iterator[str]:
    if tally.rejected > _SHOWN:  # else each of them was told
        yield from reason_summary(tally.reasons, words)
    yield words.term("rejected-count", count=tally.rejected)
    if order.rejects is None:
        yield words.term("rejects-hint")
    elif not order.dry_run and order.rejects != "-":
        yield words.term("rejects-written", path=order.rejects)


def _counts(tally: Tally, words: Words) -> Iterator[str]:
    characters = Spread.of(tally.sizes)
    if characters is not None:
        yield words.term("sizes", **characters._asdict())
    if tally.symbols is not None:
        yield from _symbols(tally.symbols, words)
    for term, number in (
        ("superseding-count", tally.superseding), ("again-count", tally.again), ("already-issued-count", tally.already)
    ):  # fmt: skip
        if number:
            yield words.term(term, count=number)


def _symbols(found: SymbolSizes, words: Words) -> Iterator[str]:
    for term, spread in (("symbol-versions", found.version), ("symbol-counts", found.symbols)):
        if spread is not None:
            yield words.term(term, **spread._asdict(), packed=found.packed)
    if found.too_large:
        yield words.term("symbols-too-large", count=found.too_large, packed=found.packed)


def _sizes(tally: Tally) -> dict[str, Any] | None:
    """What a rehearsal measured, `None` if it signed nothing."""
    characters, symbols = Spread.of(tally.sizes), tally.symbols
    if characters is None or symbols is None:
        return None
    return {
        "signed": len(tally.sizes),
        "characters": characters._asdict(),
        "packed": symbols.packed,
        "version": None if symbols.version is None else symbols.version._asdict(),
        "symbols": None if symbols.symbols is None else symbols.symbols._asdict(),
        "too_large": symbols.too_large,
    }


def _lines(kind: str, file: str, row: Row, problems: tuple[RowProblem, ...], words: Words) -> Iterator[str]:
    place = words.term("row", file=file, line=row.line)
    for problem in problems:
        yield printable(f"certx: {words.term(kind)}: {place}: {word_problem(problem, words)}")


def print_totals(report: Report, seconds: float, words: Words) -> None:
    """The closing table, on stderr: for a person who watched the run."""
    from certx.render.table import print_table  # noqa: PLC0415 - a script has no use for it

    tally = report.tally
    numbers = {
        "rows": tally.rows, "issued": tally.issued, "already": tally.already, "rejected": tally.rejected,
        "rate": int(tally.rows / max(seconds, 0.001)),
    }  # fmt: skip
    cells = {name: f"{number:,}" for name, number in numbers.items()}
    cells["took"] = str(timedelta(seconds=round(seconds)))
    print_table([words.term(f"total-{name}") for name in cells], [list(cells.values())], file=sys.stderr)


def report_object(report: Report, words: Words) -> str:
    """The summary as one JSON object (schemas/documents/issue-report.json)."""
    tally = report.tally
    document = {
        "type": report.order.licence_type,
        "rows": tally.rows,
        "issued": tally.issued,
        "superseding": tally.superseding,
        "reissued": tally.again,
        "already_issued": tally.already,
        "rejected": tally.rejected,
        "cut_off": report.is_cut_off,
        "dry_run": report.order.dry_run,
        "out": report.order.out,
        "sizes": _sizes(tally),
        "receipts": None if report.proven is None else report.proven._asdict(),
        "reasons": dict(sorted(tally.reasons.items())),
        "problems": [
            {
                "line": item.row.line, "column": problem.column, "reason": problem.code,
                "message": word_problem(problem, words),
            }
            for item in tally.first_rejected
            for problem in item.problems
        ],
    }  # fmt: skip
    return orjson.dumps(document).decode()
