"""`certx agreement diff` and `test`: what a change would do to whom, known before anybody signs it."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.parameters import JsonLines, Lang, Registry


def add_to(app: typer.Typer) -> None:
    """Add these commands to those that write."""
    app.command("diff", epilog=epilog(_DIFF, "0 2 3 9"))(diff)
    app.command("test", epilog=epilog(_TEST, "0 2 3 5 9"))(try_out)


_DIFF = ["certx agreement diff agr-500000-510000-1 proposed.json", "certx agreement diff old.json new.json --lang zh"]


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="a file, or the id of an agreement in the registry")],
    after: Annotated[str, typer.Argument(metavar="B", help="the same, in its place")],
    registry: Registry = None,
    lang: Lang = None,
) -> int:
    """Tell what changes for whom if one agreement stood in the place of another."""
    from certx.app.machine.shipped import schemas  # noqa: PLC0415
    from certx.app.recognition.agreement_trial import agreement_text  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import Exit  # noqa: PLC0415
    from certx.recognition.terms import differences  # noqa: PLC0415
    from certx.render.agreement_text import difference_lines, member_lines  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings, catalogue = load_settings(os.environ, registry=registry, lang=lang), schemas()
    words = words_for(settings.lang)
    old, new = (agreement_text(settings, name, catalogue) for name in (before, after))
    lines = [
        *difference_lines(differences(old.agreement, new.agreement), catalogue, words),
        *member_lines(old.document, new.document, words),
    ]
    print("\n".join(lines or [words.term("diff-same")]))  # noqa: T201 - the output of a command
    return Exit.INVALID if lines else Exit.OK


_TEST = [
    "certx agreement test",
    "certx agreement test proposed.json --html matrix.html",
    "certx agreement test keys/ --registry registry --json",
]


def try_out(
    proposal: Annotated[
        Path | None, typer.Argument(metavar="[PROPOSAL]", help="an agreement, or a folder of the shape of keys/")
    ] = None,
    registry: Registry = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="when, with its offset (default: now, or its first day)")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="also write the matrix as a page")] = None,
    as_json: JsonLines = False,
    lang: Lang = None,
) -> int:
    """Try out what is recognised, and what a proposal starts or stops, with sample licences of every type."""
    from certx.app.machine.clock import now, read_moment  # noqa: PLC0415
    from certx.app.machine.files import replace_file  # noqa: PLC0415
    from certx.app.machine.shipped import schemas  # noqa: PLC0415
    from certx.app.recognition.agreement_trial import run_trial  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import Exit  # noqa: PLC0415
    from certx.render.trial import counts_of, print_trial_json, summary, trial_lines, trial_page  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings, catalogue = load_settings(os.environ, registry=registry, lang=lang), schemas()
    words = words_for(settings.lang)
    trial = run_trial(settings, proposal, catalogue, now=now(), at=None if at is None else read_moment(at))
    if html is not None:
        replace_file(html, "".join(trial_page(trial, catalogue, words)).encode())
    if as_json:
        print_trial_json(trial, words)
        print(summary(trial, words), file=sys.stderr)  # noqa: T201 - talk of a command
    else:
        print("\n".join(trial_lines(trial, catalogue, words)))  # noqa: T201 - the output of a command
    counts = counts_of(trial)
    return Exit.INVALID if counts["stops"] else Exit.UNDETERMINED if counts["open"] else Exit.OK
