"""`certx schema`: the shared licence schemas."""

import os
from typing import Annotated

import typer

from certx.cli import schema_compat, schema_docs, schema_lint, schema_matrix
from certx.cli.help import epilog
from certx.cli.schema_options import Lang

_EPILOG = epilog(["certx schema list", "certx schema show business-licence"])

app = typer.Typer(
    help="The shared licence schemas: list, show, lint, compat, matrix, docs.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=_EPILOG,
)

_Json = Annotated[bool, typer.Option("--json", help="as JSON")]


@app.command("list", epilog=epilog(["certx schema list"], "0 2"))
def list_(as_json: _Json = False, lang: Lang = None) -> int:
    """List the licence types, with their latest version and national code."""
    from certx.app.machine.shipped import schemas  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.schema import print_types  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    words = words_for(load_settings(os.environ, lang=lang).lang)
    print_types(schemas(), words, as_json=as_json)
    return 0


@app.command("show", epilog=epilog(["certx schema show business-licence", "certx schema show TYPE --json"], "0 2"))
def show(
    licence_type: Annotated[str, typer.Argument(metavar="TYPE", help="see: certx schema list")],
    as_json: _Json = False,
    lang: Lang = None,
) -> int:
    """Show a licence type: its claims, the columns of a row, what is disclosed one by one."""
    from certx.app.machine.shipped import schemas  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.schema import print_schema  # noqa: PLC0415
    from certx.schema.catalogue import require  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    words = words_for(load_settings(os.environ, lang=lang).lang)
    print_schema(require(schemas(), licence_type), words, as_json=as_json)
    return 0


app.command("lint", epilog=schema_lint.EPILOG)(schema_lint.lint)
app.command("compat", epilog=schema_compat.EPILOG)(schema_compat.compat)
app.command("matrix", epilog=schema_matrix.EPILOG)(schema_matrix.matrix)
app.command("docs", epilog=schema_docs.EPILOG)(schema_docs.docs)
