"""`certx verify`: what was asked, what is written; reached without typer by the fast path."""

import os
import sys
from itertools import chain, islice
from time import perf_counter
from typing import Final

from certx.app.clock import now as wall_clock
from certx.app.clock import read_moment
from certx.app.desk import Form, Order, Tally
from certx.app.verify_inputs import STDIN, open_inputs
from certx.app.verify_run import verify_stream
from certx.app.verifying import MOST_TOGETHER
from certx.cli.noting import noting, with_salt
from certx.cli.options import VerifyArguments
from certx.cli.terminal import uses_colour, width, words_for
from certx.errors import Exit, UsageError
from certx.evidence import Expectation
from certx.i18n import Words
from certx.settings import load_settings

_MOST_SCREENS: Final = 20
"""Most credentials that are shown at length, unless all findings were asked for."""
_MOST_WORKERS: Final = 256


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
        for done in verify_stream(chain(few, items), order, workers=workers):
            note(done.lines)
            if order.form is Form.JSON:
                sys.stdout.buffer.write(done.output)
            else:
                sys.stdout.write(done.output.decode("utf-8", "surrogatepass"))
            tally.add(done.tally)
    _sum_up(tally, words, order.form, are_many=are_many, seconds=perf_counter() - start)
    return tally.exit


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
    if arguments.receipt is not None:
        from certx.app.receipts import read_receipt_file  # noqa: PLC0415 - rarely shown

        expectation = expectation._replace(receipts=read_receipt_file(arguments.receipt))
    order = Order(settings, now, is_past=arguments.at is not None, expectation=expectation, language=words.language)
    if arguments.json:
        return order, words
    return order._replace(form=Form.SCREEN, colour=uses_colour(), width=width(), explain=arguments.explain), words


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
