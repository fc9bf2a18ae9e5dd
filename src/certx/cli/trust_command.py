"""`certx trust`: who may sign what."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli import trust_counter_command, trust_deny_command, trust_key_command, trust_publish, trust_source
from certx.cli.help import epilog
from certx.cli.parameters import JsonLines, Lang, Registry

_EPILOG = epilog(["certx trust check keys/", "certx trust publish keys/ --to registry", "certx trust show"])

app = typer.Typer(
    help="The trust registry: found, review, sign, publish, show.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=_EPILOG,
)

for _writes in (trust_source.init, trust_source.region, trust_source.issuer, trust_source.role):
    app.command(_writes.__name__, epilog=trust_source.EPILOGS[_writes.__name__])(_writes)
app.command("counter", epilog=trust_counter_command.EPILOG)(trust_counter_command.counter)
app.add_typer(trust_key_command.app, name="key")
app.command("deny", epilog=trust_deny_command.EPILOG)(trust_deny_command.deny)
for _serves in (trust_publish.publish, trust_publish.sign, trust_publish.status, trust_publish.bundle):
    app.command(_serves.__name__, epilog=trust_publish.EPILOGS[_serves.__name__])(_serves)


@app.command("check", epilog=epilog(["certx trust check keys/"], "0 2 3 9"))
def check(
    folder: Annotated[Path, typer.Argument(help="a folder of the shape of keys/")],
    as_json: JsonLines = False,
    lang: Lang = None,
) -> int:
    """Check the reviewed source of trust: keys, windows, duplicates, agreements, no private key."""
    from certx.app.trust.review.folder import review_trust  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import Exit  # noqa: PLC0415
    from certx.render.problems import print_problems  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    words = words_for(load_settings(os.environ, lang=lang).lang)
    review = review_trust(folder)
    print_problems(review.problems, words, as_json=as_json)
    if review.problems:
        return Exit.INVALID
    counts = {"regions": review.regions, "issuers": review.issuers, "keys": review.keys}
    print(words.term("trust-clean", path=folder, **counts), file=sys.stderr)  # noqa: T201
    return Exit.OK


@app.command("show", epilog=epilog(["certx trust show", "certx trust show --registry keys --json"], "0 2 3 9"))
def show(registry: Registry = None, as_json: JsonLines = False, lang: Lang = None) -> int:
    """Show the registry in use: regions, issuers, keys and what they may sign."""
    from certx.app.registry.sources import open_registry  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.registry import print_registry  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    print_registry(open_registry(settings).registry, words_for(settings.lang), as_json=as_json)
    return 0
