"""`certx schema compat`: what a change of the shared schemas would break, before it lands."""

import os
from typing import Annotated

import typer

from certx.cli.help import epilog

_EXAMPLES = [
    "certx schema compat --against git:main",
    "certx schema compat old/1.0.json new/1.1.json",
    "certx schema compat . --against registry --format markdown",
    "certx schema compat --against git:origin/main --format sarif > gate.sarif",
]
EPILOG = epilog(_EXAMPLES, "0 2 3 5 6 9")


def compat(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[OLD] [NEW]", help="two files, or what --against takes", show_default=False),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="SRC", help="git:REF, a folder, a bundle, registry: what NEW (default: .) is held against"
        ),
    ] = None,
    mode: Annotated[
        str, typer.Option(metavar="MODE", help="backward, forward, full, transitive (every earlier minor)")
    ] = "transitive",
    assume: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="of other schemas than licences': declared-only, formats", show_default=False
        ),
    ] = None,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="ask this machine's ledger how many licences of a type stand")
    ] = False,
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help="text, json, sarif, junit, github, markdown")
    ] = "text",
    lang: Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")] = None,
) -> int:
    """Judge a change of schemas; a document proves each break."""
    from certx.app.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.schema_gate import GateOrder, run_gate  # noqa: PLC0415
    from certx.cli.mistake import one_of  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.gate.review import Mode  # noqa: PLC0415
    from certx.licence.model import day_of  # noqa: PLC0415
    from certx.render.gate import ReportFormat, print_report  # noqa: PLC0415
    from certx.render.gate_places import Places  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    shape = ReportFormat(one_of(form, ReportFormat, "--format"))
    order = GateOrder(sources or [], against, Mode(one_of(mode, Mode, "--mode")), assume or [], ledger)
    gated = run_gate(order, settings, today=day_of(now()))
    print_report(gated.report, shape, words_for(settings.lang), Places(str(gated.folder), gated.tree))
    return gated.report.exit
