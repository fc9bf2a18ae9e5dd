"""`certx schema matrix`: who takes what from whom, before a change and after it."""

import os
import sys
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.schema_options import Lang

EPILOG = epilog(["certx schema matrix", "certx schema matrix --against git:main --format markdown"], "0 2 3 6 9")


def matrix(
    source: Annotated[str, typer.Argument(metavar="[NEW]", help="a repository, or what --against takes")] = ".",
    against: Annotated[
        str | None, typer.Option(metavar="SRC", help="what it is held against: git:REF, a folder, a bundle, registry")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help="text, json (an object a line), markdown")
    ] = "text",
    lang: Lang = None,
) -> int:
    """Show who takes whose sample licences, before and after a change."""
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.schema.matrix import run_matrix  # noqa: PLC0415
    from certx.cli.mistake import one_of  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.gate_matrix import (  # noqa: PLC0415
        MatrixFormat,
        matrix_cells,
        matrix_head,
        matrix_json,
        matrix_markdown,
    )
    from certx.render.gate_words import GateWords  # noqa: PLC0415
    from certx.render.table import print_table  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    shape, words = one_of(form, MatrixFormat, "--format"), GateWords(words_for(settings.lang))
    found = run_matrix(source, against, settings, now=now())
    if shape == MatrixFormat.TEXT:
        print_table(matrix_head(words), matrix_cells(found.rows, words))
    else:
        text = matrix_json(found.rows) if shape == MatrixFormat.JSON else matrix_markdown(found.rows, words)
        sys.stdout.write(text)
    return found.report.exit
