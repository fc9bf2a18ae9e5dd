"""`certx schema lint`: is each schema in order by itself."""

import os
from typing import Annotated

import typer

from certx.cli.help import epilog

EPILOG = epilog(["certx schema lint", "certx schema lint shared/ --format github"], "0 2 3 9")


def lint(
    source: Annotated[str, typer.Argument(metavar="[DIR]", help="a repository or a folder of schemas")] = ".",
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help="text, json, sarif, junit, github, markdown")
    ] = "text",
    lang: Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")] = None,
) -> int:
    """Check each schema: form, labels, examples, patterns, disclosure."""
    from certx.app.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.schema_lint import run_lint  # noqa: PLC0415
    from certx.cli.mistake import one_of  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.licence.model import day_of  # noqa: PLC0415
    from certx.render.gate import ReportFormat, print_report  # noqa: PLC0415
    from certx.render.gate_places import Places  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    shape = ReportFormat(one_of(form, ReportFormat, "--format"))
    gated = run_lint(source, settings, today=day_of(now()))
    print_report(gated.report, shape, words_for(settings.lang), Places(str(gated.folder), gated.tree))
    return gated.report.exit
