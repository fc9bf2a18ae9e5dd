"""`certx trust`: who may sign what."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog

_EPILOG = epilog(["certx trust check keys/", "certx trust show"])

app = typer.Typer(help="The trust registry: check, show.", no_args_is_help=True, rich_markup_mode=None, epilog=_EPILOG)

_Json = Annotated[bool, typer.Option("--json", help="as JSON, one object a line")]
_Lang = Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")]


@app.command("check", epilog=epilog(["certx trust check keys/"], "0 2 3 9"))
def check(
    folder: Annotated[Path, typer.Argument(help="a folder of the shape of keys/")],
    as_json: _Json = False,
    lang: _Lang = None,
) -> int:
    """Check the reviewed source of trust: keys, windows, duplicates, agreements, no private key."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.stores import review_trust  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import Exit  # noqa: PLC0415
    from certx.render.width import printable  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    words = words_for(load_settings(os.environ, lang=lang).lang)
    review = review_trust(folder)
    for problem in review.problems:
        message = words.problem(problem.code, {"path": problem.path, "at": problem.at, **problem.params})
        if as_json:
            path = problem.path.encode("utf-8", "backslashreplace").decode()  # a file name may be no text
            row = {"path": path, "at": problem.at, "code": problem.code, "message": printable(message)}
            print(orjson.dumps(row).decode())  # noqa: T201
        else:
            place = ", ".join(part for part in (problem.path, problem.at) if part)
            print(printable(f"{place}: {message}"))  # noqa: T201
    if review.problems:
        return Exit.INVALID
    counts = {"regions": review.regions, "issuers": review.issuers, "keys": review.keys}
    print(words.term("trust-clean", path=folder, **counts), file=sys.stderr)  # noqa: T201
    return Exit.OK


@app.command("show", epilog=epilog(["certx trust show", "certx trust show --registry keys --json"], "0 2 3 9"))
def show(
    registry: Annotated[str | None, typer.Option(metavar="SRC", help="the trust registry")] = None,
    as_json: _Json = False,
    lang: _Lang = None,
) -> int:
    """Show the registry in use: regions, issuers, keys and what they may sign."""
    from certx.app.sources import require_registry  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.registry import print_registry  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    print_registry(require_registry(settings), words_for(settings.lang), as_json=as_json)
    return 0
