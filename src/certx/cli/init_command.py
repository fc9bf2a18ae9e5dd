"""`certx init`."""

import os
import sys
from typing import Annotated

import typer

from certx.cli.help import epilog

EPILOG = epilog(["certx init --region 500000 --registry keys"], "0 2 3 9")


def init(
    region: Annotated[str, typer.Option(metavar="CODE", help="the region this machine works for")],
    registry: Annotated[str, typer.Option(metavar="SRC", help="a folder of the shape of keys/")],
    lang: Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")] = None,
) -> int:
    """Set this machine up: which region it accepts licences for, and by which registry."""
    from certx.app.setup import initialise  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, region=region, registry=registry, lang=lang)
    path = initialise(settings)
    words = words_for(settings.lang)
    message = words.term("initialised", region=region, registry=registry, path=path)
    print(message, file=sys.stderr)  # noqa: T201 - talk of a command
    return 0
