"""`certx sync`."""

import os
import sys
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.parameters import Lang

EPILOG = epilog(["certx sync", "certx sync --from registry.zip"], "0 2 3 9")


def sync(
    source: Annotated[
        str | None, typer.Option("--from", metavar="SRC", help="a bundle, folder or https URL, for this once")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the report as one JSON object")] = False,
    lang: Lang = None,
) -> int:
    """Bring the registry up to date: all or nothing; whatever fails, what was there stays in use."""
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.registry.syncing import sync as bring_up_to_date  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.registry_work import sync_lines, sync_object  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    report = bring_up_to_date(settings, now=now(), source=source)
    words = words_for(settings.lang)
    for line in sync_lines(report, words):
        print(line, file=sys.stderr)  # noqa: T201 - talk of a command
    if as_json:
        print(sync_object(report, words).decode())  # noqa: T201
    return 0
