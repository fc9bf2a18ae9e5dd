"""What the commands of `certx schema` are asked alike, and how those that judge answer."""

import os
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # imports are the cost of a start
    from certx.app.schema.gate import Gated
    from certx.settings import Settings

Lang = Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")]
Form = Annotated[str, typer.Option("--format", metavar="FORM", help="text, json, sarif, junit, github, markdown")]


def answer(judge: "Callable[[Settings, date], Gated]", form: str, lang: str | None) -> int:
    """Judge as of today, print the report, and return its exit status."""
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.mistake import one_of  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.licence.model import day_of  # noqa: PLC0415
    from certx.render.gate import ReportFormat, print_report  # noqa: PLC0415
    from certx.render.gate_places import Places  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    shape = ReportFormat(one_of(form, ReportFormat, "--format"))
    gated = judge(settings, day_of(now()))
    print_report(gated.report, shape, words_for(settings.lang), Places(str(gated.folder), gated.tree))
    return gated.report.exit
