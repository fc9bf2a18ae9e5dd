"""`certx init`."""

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.parameters import Lang

EPILOG = epilog(
    [
        "certx init --region 500000 --registry https://registry.example --root root.json",
        "certx init --region 500000 --registry registry.zip --fingerprint sha256:…",
        "certx init --region 500000 --registry keys",
    ],
    "0 2 3 9",
)


def init(
    region: Annotated[str, typer.Option(metavar="CODE", help="the region this machine works for")],
    registry: Annotated[
        str, typer.Option(metavar="SRC", help="https URL, folder or bundle file; or a keys/-shaped folder, for trials")
    ],
    root: Annotated[Path | None, typer.Option(metavar="FILE", help="the root of trust, from your region")] = None,
    fingerprint: Annotated[
        str | None, typer.Option(metavar="sha256:…", help="or its fingerprint, from your region")
    ] = None,
    lang: Lang = None,
) -> int:
    """Set this machine up: which region it accepts licences for, by which registry, and whom it trusts.

    The root of trust is never taken on faith from SRC: give its file or its fingerprint, as your region handed it to
    you. Without either you are asked at the terminal.
    """
    from certx.app.registry.setup import Anchor, initialise  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, region=region, lang=lang)
    words = words_for(settings.lang)

    def ask() -> str | None:
        return getpass.getpass(words.term("ask-fingerprint")) if sys.stdin and sys.stdin.isatty() else None

    path = initialise(settings, registry, Anchor(root, fingerprint, ask))
    message = words.term("initialised", region=region, registry=registry, path=path)
    print(message, file=sys.stderr)  # noqa: T201 - talk of a command
    if "root = " in path.read_text(encoding="utf-8"):
        print(words.term("initialised-sync"), file=sys.stderr)  # noqa: T201
    return 0
