"""`certx verify`: parse, verify, render; reached without typer by the fast path."""

import os
import sys

from certx.app.clock import now as wall_clock
from certx.app.clock import read_moment
from certx.app.sources import LocalSources
from certx.app.verifying import STDIN, verify_inputs
from certx.cli.options import VerifyArguments
from certx.cli.terminal import uses_colour, width, words_for
from certx.errors import Exit, UsageError
from certx.evidence import Expectation
from certx.schema.catalogue import LicenceSchema, latest
from certx.settings import load_settings
from certx.verdict import Answer, worst


def run_verify(arguments: VerifyArguments) -> Exit:
    """Verify the inputs and print a verdict for each; the exit status is the worst of theirs."""
    settings = load_settings(os.environ, region=arguments.region, registry=arguments.registry, lang=arguments.lang)
    words, now = words_for(settings.lang), wall_clock()
    inputs = arguments.inputs or ([] if sys.stdin is None or sys.stdin.isatty() else [STDIN])
    if not inputs:
        raise UsageError("no-input", hint="no-input")
    is_past = arguments.at is not None
    if arguments.at is not None:
        now = _earlier(arguments.at, now)
    sources = LocalSources(settings, now=now, is_past=is_past)
    expectation = Expectation(nonce=arguments.nonce, audience=arguments.audience, scenario=arguments.scenario)
    if arguments.receipt is not None:
        from certx.app.receipts import read_receipt_file  # noqa: PLC0415 - rarely shown

        expectation = expectation._replace(receipts=read_receipt_file(arguments.receipt))
    answers = verify_inputs(inputs, sources, now=now, expectation=expectation)
    statuses: list[Exit] = []
    if arguments.json:
        import orjson  # noqa: PLC0415

        from certx.render.verdict_json import verdict_object  # noqa: PLC0415 - one of two renderers

        for answer in answers:
            item = verdict_object(answer, words, now=now, schema=_schema(answer, sources), historical=is_past)
            data = orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE)
            sys.stdout.buffer.write(data)
            statuses.append(answer.exit)
        return worst(statuses)
    from certx.render.verdict_text import VerdictText  # noqa: PLC0415 - the other

    text = VerdictText(words, colour=uses_colour(), width=width(), explain=arguments.explain)
    outcomes: dict[str, int] = {}
    for answer in answers:
        for line in text.lines(answer, _schema(answer, sources)):
            print(line)  # noqa: T201 - the output of a command
        print()  # noqa: T201
        key = f"outcome-{answer.verdict.outcome}" if answer.verdict is not None else "unreadable"
        outcomes[key] = outcomes.get(key, 0) + 1
        statuses.append(answer.exit)
    if len(statuses) > 1:
        parts = ", ".join(f"{words.term(key)} {count}" for key, count in sorted(outcomes.items()))
        print(words.term("summary", count=len(statuses), parts=parts))  # noqa: T201
    return worst(statuses)


def _earlier(text: str, now: float) -> float:
    """The time that a verdict is to be about; raises `UsageError` if it is none, or yet to come."""
    moment = read_moment(text)
    if moment > now:
        raise UsageError("verify-in-future", hint="verify-in-future", at=moment)
    return float(moment)


def _schema(answer: Answer, sources: LocalSources) -> LicenceSchema | None:
    facts = answer.verdict.credential if answer.verdict is not None else None
    return latest(sources.catalogue, facts.type) if facts is not None else None
