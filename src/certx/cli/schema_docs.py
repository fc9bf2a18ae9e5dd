"""`certx schema docs`: pages and SD-JWT VC type metadata of licence types."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.schema_options import Lang

EPILOG = epilog(
    ["certx schema docs --out site", "certx schema docs business-licence --source shared/ --out site"], "0 2 3 9"
)


def docs(
    out: Annotated[Path, typer.Option(metavar="DIR", help="a folder for the pages")],
    types: Annotated[
        list[str] | None, typer.Argument(metavar="[TYPE]...", help="default: every type", show_default=False)
    ] = None,
    source: Annotated[str, typer.Option(metavar="SRC", help="a repository, or what compat takes")] = ".",
    lang: Lang = None,
) -> int:
    """Write pages in both languages and SD-JWT VC type metadata."""
    from certx.app.schema.docs import write_docs  # noqa: PLC0415 - imports are the cost of a start
    from certx.settings import load_settings  # noqa: PLC0415

    for path in write_docs(source, types or [], out, load_settings(os.environ, lang=lang)):
        sys.stdout.write(f"{path}\n")
    return 0
