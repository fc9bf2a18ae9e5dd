"""`certx trust counter`: listing a counter that asks holders for presentations."""

import os
import sys
from typing import Annotated, Final

import typer

from certx.cli.help import epilog
from certx.cli.parameters import Lang
from certx.cli.trust_parameters import Source

EPILOG: Final = epilog(
    [
        "certx trust counter keys hall --region 500000 --zh 政务服务大厅 --en 'Service hall'",
        "certx trust key add keys hall-1 --counter urn:certx:counter:500000:hall",
    ],
    "0 2 3 9",
)


def counter(
    source: Source,
    name: Annotated[str, typer.Argument(metavar="NAME", help="the end of its id: small letters, digits, -")],
    region: Annotated[str, typer.Option(metavar="CODE", help="the region that lists it")],
    zh: Annotated[str, typer.Option(metavar="NAME", help="its name in Chinese")],
    en: Annotated[str, typer.Option(metavar="NAME", help="its name in English")],
    lang: Lang = None,
) -> int:
    """List a counter of a region; the keys of its requests are added with `certx trust key add --counter`."""
    from certx.app.trust.founding import add_counter  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.trust.source_lock import changing  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    with changing(source):
        path, found = add_counter(source, region, name, name={"zh": zh, "en": en})
    words = words_for(load_settings(os.environ, lang=lang).lang)
    print(words.term("counter-listed", counter=found), file=sys.stderr)  # noqa: T201 - talk of a command
    print(words.term("source-written", path=path), file=sys.stderr)  # noqa: T201
    return 0
