"""`certx verify`: what was asked, what is written; reached without typer by the fast path."""

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from time import perf_counter
from typing import BinaryIO, Final

from certx.app.machine.clock import now as wall_clock
from certx.app.machine.clock import read_moment
from certx.app.verifying.desk import Done, Form, Order, Tally
from certx.app.verifying.inputs import MOST_TOGETHER, STDIN, open_inputs
from certx.app.verifying.run import verify_stream
from certx.cli.noting import Note, noting, with_salt
from certx.cli.options import VerifyArguments
from certx.cli.terminal import height, uses_colour, width, words_for
from certx.errors import Exit, UsageError
from certx.evidence import Expectation
from certx.i18n import Words
from certx.settings import load_settings

_MOST_SCREENS: Final = 20
"""Most credentials that are shown at length, unless all findings were asked for."""
_MOST_WORKERS: Final = 256
_COLUMN: Final = 40
"""Cells of a terminal that one short claim may take beside another."""
_MOST_COLUMNS: Final = 3


def run_verify(arguments: VerifyArguments) -> Exit:
    """Verify the inputs and write a verdict for each; the exit status is the worst of theirs."""
    order, words = _order_of(arguments)
    order = with_salt(order, words, wanted=not arguments.no_log)
    workers = _workers_of(arguments.workers)
    inputs = arguments.inputs or ([] if sys.stdin is None or sys.stdin.isatty() else [STDIN])
    if not inputs:
        raise UsageError("no-input", hint="no-input")
    start = perf_counter()
    items = open_inputs(inputs)
    few = list(islice(items, _MOST_SCREENS + 1))
    are_many = len(few) > _MOST_SCREENS
    if are_many and order.form is Form.SCREEN and not arguments.explain:
        order = order._replace(form=Form.LINE)
    tally = Tally.empty()
    with noting(order, words) as note:
        answers = _noted(verify_stream(chain(few, items), order, workers=workers), note)
        if arguments.html is None:
            _write(answers, order.form, tally)
        else:
            from certx.cli.verify_page import page_of  # noqa: PLC0415 - only for a page

            with page_of(arguments.html, inputs, order, words, tally) as page:
                _write(answers, order.form, tally, page)
    _sum_up(tally, words, order.form, are_many=are_many, seconds=perf_counter() - start)
    return tally.exit


def _noted(answers: Iterable[Done], note: Note) -> Iterator[Done]:
    """The same answers, each of which was given to the log."""
    for done in answers:
        note(done.lines)
        yield done


def _write(answers: Iterable[Done], form: Form, tally: Tally, page: BinaryIO | None = None) -> None:
    """Write answers as they come to stdout, and to a page if there is one."""
    for done in answers:
        if form is Form.JSON:
            sys.stdout.buffer.write(done.output)
        else:
            sys.stdout.write(done.output.decode("utf-8", "surrogatepass"))
        if page is not None:
            page.write(done.page)
        tally.add(done.tally)


def _sum_up(tally: Tally, words: Words, form: Form, *, are_many: bool, seconds: float) -> None:
    """What all came to: after the verdicts, and of a batch in JSON, which a script reads, on stderr."""
    count = sum(tally.outcomes.values())
    if count == 1 or (form is Form.JSON and count <= MOST_TOGETHER):
        return
    from certx.render.verdict_line import (  # noqa: PLC0415 - not for one
        outcome_summary,
        rate_summary,
        reason_summary,
    )

    stream = sys.stderr if form is Form.JSON else sys.stdout
    lines = [outcome_summary(tally.outcomes, words)]
    if are_many:
        lines += [*reason_summary(tally.reasons, words), rate_summary(count, seconds, words)]
    stream.writelines(f"{line}\n" for line in lines)


def _order_of(arguments: VerifyArguments) -> tuple[Order, Words]:
    settings = load_settings(os.environ, region=arguments.region, registry=arguments.registry, lang=arguments.lang)
    words, now = words_for(settings.lang), wall_clock()
    if arguments.at is not None:
        now = _earlier(arguments.at, now)
    expectation = Expectation(nonce=arguments.nonce, audience=arguments.audience, scenario=arguments.scenario)
    if arguments.request is not None or (arguments.nonce is not None and arguments.at is None):
        from certx.app.verifying.expecting import expected_answer  # noqa: PLC0415 - only where something was asked for

        expectation = expected_answer(settings, arguments.request, expectation, now=now)
    if arguments.receipt is not None:
        from certx.app.status.receipts import read_receipt_file  # noqa: PLC0415 - rarely shown

        expectation = expectation._replace(receipts=read_receipt_file(arguments.receipt))
    order = Order(settings, now, is_past=arguments.at is not None, expectation=expectation, language=words.language)
    order = order._replace(explain=arguments.explain, page=arguments.html is not None)
    if arguments.json:
        return order, words
    wide = width()
    columns = max(min(wide // _COLUMN, _MOST_COLUMNS), 1) if sys.stdout.isatty() else None
    order = order._replace(colour=uses_colour(), width=wide, columns=columns, height=height())
    return order._replace(form=Form.SCREEN), words


def _workers_of(text: str | None) -> int | None:
    """The number of processes asked for; raises `UsageError` if it is none."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= _MOST_WORKERS):
        raise UsageError("workers-number", hint="usage", text=text, maximum=_MOST_WORKERS)
    return int(text)


def _earlier(text: str, now: float) -> float:
    """The time that a verdict is to be about; raises `UsageError` if it is none, or yet to come."""
    moment = read_moment(text)
    if moment > now:
        raise UsageError("verify-in-future", hint="verify-in-future", at=moment)
    return float(moment)
