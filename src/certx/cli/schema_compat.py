"""`certx schema compat`: what a change of the shared schemas would break, before it lands."""

from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.schema_options import Form, Lang, answer

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
        str,
        typer.Option(
            metavar="MODE",
            help="backward, forward, full (both, the version before), transitive (both, every earlier minor)",
        ),
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
    form: Form = "text",
    lang: Lang = None,
) -> int:
    """Judge a change of schemas; a document proves each break."""
    from certx.app.schema.gate import GateOrder, run_gate  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.mistake import one_of  # noqa: PLC0415
    from certx.gate.review import Mode  # noqa: PLC0415

    order = GateOrder(sources or [], against, Mode(one_of(mode, Mode, "--mode")), assume or [], ledger)
    return answer(lambda settings, today: run_gate(order, settings, today=today), form, lang)
